"""Sessions of staff: a random secret in a cookie, of which only a keyed hash is kept. They end by themselves, after a
while without use and at the latest after some hours."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec

from dialogs.types import Actor, ActorKind
from store.crypto import new_id, new_token
from store.indexes import Index
from store.instant import from_micros, to_micros
from store.schema.people import SessionStage, Way

if TYPE_CHECKING:
    from store.uow import UnitOfWork

__all__ = ["Lasting", "Session", "SessionStage", "Sessions", "Way"]

COLUMNS = "id, staff, origin, opened_at, used_at, expires_at, stage, way"
LIVE = "expires_at > ? AND used_at > ? AND staff IN (SELECT name FROM staff WHERE disabled_at IS NULL)"
FIND = f"SELECT {COLUMNS} FROM staff_session WHERE token_hash = ? AND {LIVE}"  # noqa: S608  # fixed text
OF_STAFF = f"SELECT {COLUMNS} FROM staff_session WHERE staff = ? AND {LIVE} ORDER BY used_at DESC, id"  # noqa: S608  # fixed
ADD = (
    "INSERT INTO staff_session (token_hash, staff, origin, opened_at, expires_at, id, used_at, stage, way)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
TOUCHED_EVERY = dt.timedelta(minutes=1)
"""How exactly it is kept when a session was last used: a write for each page would be one too many."""


class Lasting(msgspec.Struct, frozen=True):
    """How long a session lasts: without use, and in all."""

    idle: dt.timedelta = dt.timedelta(hours=1)
    whole: dt.timedelta = dt.timedelta(hours=12)


LASTING = Lasting()


class Session(msgspec.Struct, frozen=True):
    """One session. `id` names it where sessions are listed and opens nothing."""

    id: str
    staff: str
    origin: str
    opened_at: dt.datetime
    used_at: dt.datetime
    expires_at: dt.datetime
    stage: SessionStage
    way: Way


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def open(
        self,
        name: str,
        origin: str,
        now: dt.datetime,
        lasting: Lasting = LASTING,
        *,
        stage: SessionStage = SessionStage.FULL,
        way: Way = Way.PASSWORD,
    ) -> str:
        """Begin a session and return its secret, for the cookie. The caller has checked who it is."""
        token, at = new_token(), to_micros(now)
        expires = to_micros(now + lasting.whole)
        self._uow.run("DELETE FROM staff_session WHERE expires_at <= ?", (at,))
        values = (self._hash(token), name, origin, at, expires, new_id(), at, stage.value, way.value)
        self._uow.run(ADD, values)
        act = "staff.signed_in" if stage is SessionStage.FULL else "staff.enrolling"
        self._uow.audit.append(act, f"staff:{name}", Actor(ActorKind.STAFF, name, origin), now)
        return token

    def of(self, token: str, now: dt.datetime, lasting: Lasting = LASTING) -> Session | None:
        """The session with this secret; None when it ended or never was."""
        row = self._uow.run(FIND, (self._hash(token), to_micros(now), to_micros(now - lasting.idle))).fetchone()
        return None if row is None else session(row)

    def touch(self, id: str, now: dt.datetime) -> None:
        """It is in use."""
        self._uow.run("UPDATE staff_session SET used_at = max(used_at, ?) WHERE id = ?", (to_micros(now), id))

    def of_staff(self, name: str, now: dt.datetime, lasting: Lasting = LASTING) -> list[Session]:
        """Everything this person is signed in on, last used first."""
        values = (name, to_micros(now), to_micros(now - lasting.idle))
        return [session(row) for row in self._uow.run(OF_STAFF, values)]

    def close(self, token: str) -> None:
        """End a session: its person leaves."""
        self._uow.run("DELETE FROM staff_session WHERE token_hash = ?", (self._hash(token),))

    def end(self, name: str, now: dt.datetime, actor: Actor, *, id: str | None = None, keep: str | None = None) -> int:
        """End one of this person's sessions, or all when `id` is None, but for the one to `keep`. Returns how many."""
        rows = self._uow.run(
            "DELETE FROM staff_session WHERE staff = ? AND (CAST(? AS TEXT) IS NULL OR id = ?) AND id <> ?"
            " RETURNING id",
            (name, id, id, keep or ""),
        ).fetchall()
        if rows:
            self._uow.audit.append("staff.sessions_ended", f"staff:{name}", actor, now)
        return len(rows)

    def _hash(self, token: str) -> bytes:
        return self._uow.keyring.index(Index.TOKEN, "session", token)


def session(row: tuple[Any, ...]) -> Session:
    """A row as a value."""
    id, staff, origin, opened, used, expires, stage, way = row
    return Session(
        id,
        staff,
        origin,
        from_micros(opened),
        from_micros(used),
        from_micros(expires),
        SessionStage(stage),
        Way(way),
    )
