"""Decides what follows: flows, consent, proofs, approval, check-ins. Pure."""
