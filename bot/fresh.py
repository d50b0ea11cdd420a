"""Ids, nonces and codes for one turn, from the operating system's secure source; ids begin with the moment."""

from __future__ import annotations

import secrets

from dialogs.facts import Fresh
from store.crypto import ids_of

CODE_DIGITS = 26  # 104 bits; a code of ten digits needs 34
IDS = 4  # as many as `dialogs.step.Turn` has names for
ID_DIGITS = 32
NONCE_DIGITS = 64


def fresh(digits: int) -> Fresh:
    """Enough of everything for one turn, from one draw.

    `digits` is the length of a code: the remainder of a number with 64 bits more than it needs, so that no code is
    likelier than another by more than 2⁻⁶⁴ (FIPS 186-5, A.2.1).
    """
    drawn = secrets.token_hex((NONCE_DIGITS + CODE_DIGITS + IDS * ID_DIGITS) // 2)
    code = int(drawn[NONCE_DIGITS : NONCE_DIGITS + CODE_DIGITS], 16) % 10**digits
    return Fresh(
        ids=tuple(ids_of(drawn[NONCE_DIGITS + CODE_DIGITS :])),
        codes=(f"{code:0{digits}d}",),
        nonce=drawn[:NONCE_DIGITS],
    )
