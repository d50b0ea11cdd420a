"""The signature and the envelope in which WeChat and WeCom deliver.

A signature is SHA-1 over its sorted parts. An envelope is AES-256-CBC in PKCS#7 padding to 32 bytes, around 16 random
bytes, the length, the message and whom it is meant for: the app id of an account, the corp id of a company.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
RANDOM = 16


class NotOursError(Exception):
    """The request was not made by the platform, not for us, or changed on its way."""


def signature(*parts: str) -> str:
    """Their signature."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def check(given: str, *parts: str) -> None:
    """Compare in constant time. Raises NotOursError."""
    if not hmac.compare_digest(given.encode(), signature(*parts).encode()):
        raise NotOursError("signature")


class Envelope:
    """Opens what was sealed with the EncodingAESKey for one receiver."""

    def __init__(self, encoding_aes_key: str, receiver: str) -> None:
        """Raises ValueError for a key that is none."""
        key = base64.b64decode(f"{encoding_aes_key}=")
        if len(key) != BLOCK:
            raise ValueError("an EncodingAESKey has 43 characters")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))
        self._receiver = receiver.encode()

    def open(self, sealed: str) -> bytes:
        """The message. Check the signature first. Raises NotOursError."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            opener = self._cipher.decryptor()
            padded = opener.update(raw) + opener.finalize()
            plain = padded[: -_padding(padded)]
            (length,) = struct.unpack(">I", plain[RANDOM : RANDOM + 4])
        except (binascii.Error, ValueError, struct.error):
            raise NotOursError("envelope") from None
        message, receiver = plain[RANDOM + 4 :][:length], plain[RANDOM + 4 + length :]
        if len(message) != length or not hmac.compare_digest(receiver, self._receiver):
            raise NotOursError("receiver")
        return message


def _padding(padded: bytes) -> int:
    """How many bytes were added. Raises ValueError when that cannot be."""
    count = padded[-1] if padded else 0
    if not 1 <= count <= BLOCK or padded[-count:] != bytes([count]) * count:
        raise ValueError
    return count
