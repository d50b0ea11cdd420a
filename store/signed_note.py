"""Signed notes (c2sp.org/signed-note) and the checkpoints of a log in them (c2sp.org/tlog-checkpoint).

A note is text, an empty line, and signature lines; a signature covers the text. Others may add lines with signatures of
their own (witnesses do); those of names and keys that are not ours are passed over.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ED25519 = b"\x01"
"""The signature type, as key hashes and verifier keys name it."""

MARK = "\u2014 "  # an em dash begins every signature line
LIMIT = 100_000
"""Characters a note may have: enough for a few hundred witnesses."""


class NoteError(Exception):
    """It is not a note, or not one signed by this key; the message says which."""


class Verifier(msgspec.Struct, frozen=True):
    """A name and a public key."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not self.name or any(sign.isspace() or sign == "+" for sign in self.name):
            raise NoteError("the name of a key is not empty and has neither spaces nor plus signs")
        if len(self.public) != 32:
            raise NoteError("a public key has 32 bytes")

    @property
    def key_hash(self) -> bytes:
        """Four bytes by which a signature line names the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def written(self) -> str:
        """The verifier key as it is handed out: name, key hash, key."""
        return f"{self.name}+{self.key_hash.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    def open(self, note: str) -> str:
        """The text of a note that this key signed. Raises NoteError."""
        text, signatures = split(note)
        ours = [sealed for name, sealed in signatures if name == self.name and sealed[:4] == self.key_hash]
        if not ours:
            raise NoteError(f"it bears no signature of {self.name} with this key")
        key = Ed25519PublicKey.from_public_bytes(self.public)
        try:
            for sealed in ours:
                key.verify(sealed[4:], text.encode())
        except InvalidSignature:
            raise NoteError(f"the signature of {self.name} does not fit the text") from None
        return text


def verifier(written: str) -> Verifier:
    """The verifier key that is written so. Raises NoteError."""
    name, hash, key = (*written.strip().split("+", 2), "", "")[:3]
    raw = _bytes(key)
    if raw[:1] != ED25519:
        raise NoteError("it is not a verifier key with an Ed25519 key")
    found = Verifier(name, raw[1:])
    if found.key_hash.hex() != hash:
        raise NoteError("the verifier key does not fit the hash in it")
    return found


def public_of(seed: bytes) -> bytes:
    """The public key that belongs to a secret one."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def sign(text: str, name: str, seed: bytes) -> str:
    """The note of this text, signed."""
    key_hash = Verifier(name, public_of(seed)).key_hash
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(text.encode())
    return f"{text}\n{MARK}{name} {base64.b64encode(key_hash + signature).decode()}\n"


def split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """A note's text and its signatures, by the name on each. Raises NoteError."""
    if len(note) > LIMIT or any(ord(sign) < 32 and sign != "\n" for sign in note):
        raise NoteError("it is not a signed note")
    text, parted, lines = note.rpartition("\n\n")
    if not parted or not text or not lines.endswith("\n"):
        raise NoteError("it is not a signed note")
    signatures = []
    for line in lines[:-1].split("\n"):
        name, _, sealed = line.removeprefix(MARK).partition(" ")
        raw = _bytes(sealed)
        if not line.startswith(MARK) or not name or len(raw) < 5:
            raise NoteError("a line below the text is not a signature")
        signatures.append((name, raw))
    return f"{text}\n", signatures


class Checkpoint(msgspec.Struct, frozen=True):
    """That a log had this many leaves and this root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def checkpoint(text: str) -> Checkpoint:
    """The checkpoint that a note's text is. Raises NoteError."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise NoteError("it is not a checkpoint")
    origin, size, root = lines[:3]
    hash = _bytes(root)
    if not (size.isascii() and size.isdigit()) or str(int(size)) != size or len(hash) != 32:
        raise NoteError("it is not a checkpoint")
    return Checkpoint(origin, int(size), hash)


def _bytes(written: str) -> bytes:
    """What base64 says; nothing where it is none, or is written in another way than its own."""
    try:
        raw = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if base64.b64encode(raw).decode() == written else b""
