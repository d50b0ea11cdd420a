"""Answers kept for callers that repeat a call under the same Idempotency-Key."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from store.crypto import COMPANY_KEY
from store.indexes import NOT_COMPARED, Index
from store.instant import to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

KEPT_FOR = dt.timedelta(hours=24)

FIND = "SELECT body, content FROM api_answer WHERE token = ? AND key = ?"
KEEP = "INSERT INTO api_answer (token, key, body, content, at) VALUES (?, ?, ?, ?, ?)"
EXPIRE = "DELETE FROM api_answer WHERE at <= ?"


class KeyReusedError(Exception):
    """The Idempotency-Key was used before for another call."""


class Answers:
    """One caller's kept answers; another token's keys are another world."""

    def __init__(self, uow: UnitOfWork, token: str) -> None:
        self._uow = uow
        self._token = token

    def given(self, key: str, call: str) -> bytes | None:
        """What this call was answered before; None when it is new. Raises KeyReusedError for another call."""
        row = self._uow.run(FIND, (self._token, self._hash(key))).fetchone()
        if row is None:
            return None
        if row[0] != NOT_COMPARED and not self._uow.keyring.matches(row[0], Index.BODY, "api", call):
            raise KeyReusedError
        return self._uow.seal.open(COMPANY_KEY, row[1], "api_answer.content", self._row(key))

    def keep(self, key: str, call: str, content: bytes, now: dt.datetime) -> None:
        """Keep the answer of a call, in the transaction of the call."""
        body = self._uow.keyring.index(Index.BODY, "api", call)
        sealed = self._uow.seal.seal(COMPANY_KEY, content, "api_answer.content", self._row(key))
        self._uow.run(KEEP, (self._token, self._hash(key), body, sealed, to_micros(now)))

    def _hash(self, key: str) -> bytes:
        return self._uow.keyring.index(Index.TOKEN, "idempotency", self._token, key)

    def _row(self, key: str) -> str:
        return f"{self._token}/{self._hash(key).hex()}"


def expire_answers(uow: UnitOfWork, /, now: dt.datetime) -> bool:
    """A chore: remove answers older than a day. False: there is no more to do now."""
    uow.run(EXPIRE, (to_micros(now - KEPT_FOR),))
    return False
