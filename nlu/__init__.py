"""Tells one utterance apart from another: what changed, whose, and to what."""
