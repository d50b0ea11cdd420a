"""What a password must be (NIST SP 800-63B, OWASP ASVS 6.2): long, and not what anybody would try first."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

PASSWORD_LENGTH = 12
ENOUGH = 8
"""Characters that must be left when names and well-known stretches are taken out."""
DIFFERENT = 5
KNOWN = (
    *("password", "passwort", "passw0rd", "letmein", "welcome", "admin", "login", "iloveyou", "monkey", "dragon"),
    *("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertz", "qwerty", "1q2w3e4r5t", "1qaz2wsx3edc", "abcdefghijklm"),
    *("01234567890123456789", "98765432109876543210", "123456789", "12345678", "1234567", "123456", "12345", "1234"),
    *("987654321", "654321", "abcdef", "abc123", "mima", "woaini", "5201314", "密码", "changeme", "secret", "tellonce"),
)


class Weakness(StrEnum):
    """What is wrong with a password."""

    SHORT = "short"
    NAMED = "named"  # little more than the person's or the company's name
    COMMON = "common"


def normal(password: str) -> str:
    """The password as it is hashed: the same characters typed on another keyboard are the same password."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, name: str, company: str) -> Weakness | None:
    """What is wrong with it, None when it may be used. No rule asks for digits or signs: length is what counts."""
    if len(normal(password)) < PASSWORD_LENGTH:
        return Weakness.SHORT
    plain = stripped(password)
    own = without(plain, (stripped(name), stripped(company), *map(stripped, company.split())))
    if len(own) < ENOUGH and own != plain:
        return Weakness.NAMED
    left = without(own, KNOWN)
    if (len(left) < ENOUGH and left != own) or len(set(normal(password))) < DIFFERENT:
        return Weakness.COMMON
    return None


def stripped(text: str) -> str:
    """Letters and digits alone, without case."""
    return "".join(one for one in normal(text).casefold() if one.isalnum())


def without(text: str, parts: tuple[str, ...]) -> str:
    """The text with every one of the parts taken out, longest first; parts of one or two letters say nothing."""
    for part in sorted(set(parts), key=len, reverse=True):
        if len(part) >= 3 or (part and not part.isascii() and len(part) == 2):
            text = text.replace(part, "")
    return text
