"""Codes of an authenticator app (RFC 6238: SHA-1, six digits, thirty seconds), by pyotp."""

from __future__ import annotations

import datetime as dt
import unicodedata
from hmac import compare_digest

import pyotp

SECRET_LENGTH = 32  # characters of base32: 160 bits, as RFC 4226 recommends
STEP = 30
AROUND = (-1, 0, 1)
"""Steps whose codes are taken: this one, and one before and after for a clock that is off and a slow hand."""


def new_secret() -> str:
    """A fresh secret in base32."""
    return pyotp.random_base32(SECRET_LENGTH)


def step_at(now: dt.datetime) -> int:
    """The number of the time step."""
    return int(now.timestamp()) // STEP


def code_at(secret: str, step: int) -> str:
    """The code of a time step."""
    return pyotp.TOTP(secret).generate_otp(step)


def step_of(secret: str, typed: str, now: dt.datetime) -> int | None:
    """The time step whose code was typed, None for a wrong code. Every step is compared, right or not."""
    code = digits(typed).encode()
    found = None
    for step in (step_at(now) + away for away in AROUND):
        if compare_digest(code_at(secret, step).encode(), code):
            found = step
    return found


def digits(typed: str) -> str:
    """What was typed without spaces, full-width digits as plain ones."""
    return "".join(unicodedata.normalize("NFKC", typed).split())


def address(secret: str, name: str, company: str) -> str:
    """The `otpauth://` address that an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=company.replace(":", " "))
