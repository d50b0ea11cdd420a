"""Ids, nonces and codes for one turn, from the operating system's secure source; ids begin with the moment."""

from __future__ import annotations

import secrets

from dialogs.facts import Fresh
from store.crypto import ids_of

IDS = 4  # as many as `dialogs.step.Turn` has names for
ID_DIGITS = 32
NONCE_DIGITS = 64


def fresh(digits: int) -> Fresh:
    """Enough of everything for one turn. `digits` is the length of a code."""
    drawn = secrets.token_hex((NONCE_DIGITS + IDS * ID_DIGITS) // 2)
    return Fresh(
        ids=tuple(ids_of(drawn[NONCE_DIGITS:])),
        codes=(f"{secrets.randbelow(10**digits):0{digits}d}",),
        nonce=drawn[:NONCE_DIGITS],
    )
