"""The list of the erased, kept outside the database and its backups, so that a restore does not bring anybody back.

A line is a customer's id and when; nothing else is known of them. Each line carries a keyed hash over itself and the
one before; the key is in the first line, wrapped by the master key. A backup says how long the list was when it was
made, so that a list that was cut is noticed.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from store.crypto import Keyring
from store.masters import KEY_BYTES

PLACE = b"erasures"


class ErasureListError(Exception):
    """The list is damaged or cannot be written; the message says what to do."""


class Erased(msgspec.Struct, frozen=True):
    """Somebody who was erased. `void`: it was ordered and then not done."""

    customer: str
    at: str
    void: bool = False


class ErasureList:
    """One list in one file."""

    def __init__(self, path: Path, keys: Keyring) -> None:
        self._path, self._keys = path, keys

    def read(self) -> list[Erased]:
        """Everybody on it, the latest word of each. Raises ErasureListError when a line was altered, removed or added,
        WrongMasterKeyError when another master key wraps its key."""
        found: dict[str, Erased] = {}
        for one in self._lines()[0]:
            found[one.customer] = one
        return [one for one in found.values() if not one.void]

    def length(self) -> int:
        """How many lines there are."""
        return len(self._lines()[0])

    def add(self, customer: str, now: dt.datetime, *, void: bool = False) -> None:
        """Add a line, durably."""
        if not self._path.exists():
            self._begin()
        _, key, before = self._lines()
        line = {"customer": customer, "at": now.isoformat()} | ({"void": True} if void else {})
        try:
            with self._path.open("a", encoding="ascii") as file:
                file.write(json.dumps(line | {"mac": _mac(key, before, line)}) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise ErasureListError(f"{self._path} cannot be written: {error.strerror}") from None

    def rewrap(self, master: str) -> None:
        """Its key under another master key."""
        if not self._path.exists():
            return
        first, _, rest = self._path.read_text(encoding="ascii").partition("\n")
        told = json.loads(first)
        if told["master"] == master:
            return
        key = self._keys.master(told["master"]).unwrap(base64.b64decode(told["key"]), PLACE)
        self._write(_first(self._keys.master(master).wrap(key, PLACE), master) + "\n" + rest)

    def _begin(self) -> None:
        master = self._keys.current
        self._write(_first(master.wrap(secrets.token_bytes(KEY_BYTES), PLACE), master.fingerprint) + "\n")

    def _write(self, text: str) -> None:
        beside = self._path.with_name(f".{self._path.name}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
        except OSError as error:
            raise ErasureListError(f"{self._path} cannot be written: {error.strerror}") from None

    def _lines(self) -> tuple[Sequence[Erased], bytes, str]:
        """The lines, the key, and the last line's hash."""
        if not self._path.exists():
            return (), b"", ""
        try:
            first, *lines = self._path.read_text(encoding="ascii").splitlines()
            told = json.loads(first)
            key = self._keys.master(told["master"]).unwrap(base64.b64decode(told["key"]), PLACE)
            before, found = "", []
            for n, text in enumerate(lines, 2):
                line = json.loads(text)
                mac = line.pop("mac")
                if not hmac.compare_digest(mac, _mac(key, before, line)):
                    raise ErasureListError(f"{self._path} was altered in line {n}")
                found.append(Erased(line["customer"], line["at"], line.get("void", False)))
                before = mac
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise ErasureListError(f"{self._path} cannot be read: {type(error).__name__}") from None
        return found, key, before


def _first(wrapped: bytes, master: str) -> str:
    return json.dumps({"key": base64.b64encode(wrapped).decode(), "master": master})


def _mac(key: bytes, before: str, line: Mapping[str, object]) -> str:
    text = before + json.dumps(line, sort_keys=True)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
