"""The second factor of staff: an authenticator app (TOTP) and ten recovery codes.

A secret is sealed under the company's key for its own row. It counts once a right code was typed; until then it is
pending. Each time step is accepted once, which the database decides, not a look beforehand.
"""

from __future__ import annotations

import datetime as dt
import secrets
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from dialogs.types import Actor
from store import totp
from store.crypto import COMPANY_KEY, new_id
from store.indexes import Index
from store.instant import from_micros, to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

PLACE = "authenticator.secret"
LIVE = "staff = ? AND ended_at IS NULL"
PENDING = f"SELECT id, secret FROM authenticator WHERE {LIVE} AND confirmed_at IS NULL"  # noqa: S608  # fixed text
CONFIRMED = f"SELECT id, secret FROM authenticator WHERE {LIVE} AND confirmed_at IS NOT NULL"  # noqa: S608  # fixed text
END = "UPDATE authenticator SET ended_at = ?, secret = NULL WHERE staff = ? AND ended_at IS NULL"
USE_STEP = (
    "UPDATE authenticator SET last_step = ? WHERE id = ? AND ended_at IS NULL"
    " AND confirmed_at IS NOT NULL AND (last_step IS NULL OR last_step < ?)"
)
CONFIRM = (
    "UPDATE authenticator SET confirmed_at = ?, last_step = ? WHERE id = ? AND confirmed_at IS NULL"
    " AND ended_at IS NULL"
)
USE_CODE = "UPDATE recovery_code SET used_at = ?, used_from = ? WHERE code_hash = ? AND staff = ? AND used_at IS NULL"
UNTOLD = "SELECT used_at, used_from FROM recovery_code WHERE staff = ? AND used_at IS NOT NULL AND told_at IS NULL"

RECOVERY_CODES = 10
RECOVERY_LENGTH = 16
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32, without letters that look like digits: 16 of them are 80 bits."""
LOOKS_LIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})


class Accepted(Enum):
    """What a typed second factor was."""

    TOTP = "totp"
    RECOVERY = "recovery"


class Standing(msgspec.Struct, frozen=True):
    """A person's second factor as it stands. `since` is None while none counts; `reset` says that one was taken away
    and that a link is needed to set up another."""

    since: dt.datetime | None
    pending: bool
    reset: bool
    recovery_left: int


class Used(msgspec.Struct, frozen=True):
    """A recovery code that was used."""

    at: dt.datetime
    origin: str


class SecondFactors:
    """Keeps authenticators and recovery codes, and checks what is typed."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def of(self, name: str) -> Standing:
        """How it stands."""
        run = self._uow.run
        confirmed = run(
            "SELECT confirmed_at FROM authenticator WHERE staff = ? AND ended_at IS NULL AND confirmed_at IS NOT NULL",
            (name,),
        ).fetchone()
        pending = run(PENDING, (name,)).fetchone() is not None
        ended = run("SELECT 1 FROM authenticator WHERE staff = ? AND ended_at IS NOT NULL", (name,)).fetchone()
        (left,) = run("SELECT count(*) FROM recovery_code WHERE staff = ? AND used_at IS NULL", (name,)).fetchone()
        since = None if confirmed is None else from_micros(confirmed[0])
        return Standing(since, pending, since is None and ended is not None, left)

    def begin(self, name: str, now: dt.datetime) -> str:
        """A fresh secret that waits for its first code, in place of an earlier one that waited. What counts already
        keeps counting until then."""
        at = to_micros(now)
        self._uow.run(
            "DELETE FROM authenticator WHERE staff = ? AND ended_at IS NULL AND confirmed_at IS NULL", (name,)
        )
        id, secret = new_id(), totp.new_secret()
        sealed = self._uow.seal.seal(COMPANY_KEY, secret.encode(), PLACE, id)
        self._uow.run(
            "INSERT INTO authenticator (id, staff, secret, made_at) VALUES (?, ?, ?, ?)", (id, name, sealed, at)
        )
        return secret

    def pending(self, name: str) -> str | None:
        """The secret that waits for its first code; None when none does. One that counts is never shown again."""
        row = self._uow.run(PENDING, (name,)).fetchone()
        return None if row is None else self._open(*row)

    def confirm(self, name: str, typed: str, now: dt.datetime, actor: Actor) -> bool:
        """Whether the code is one of the pending secret: then that secret counts, and one before it ends."""
        row = self._uow.run(PENDING, (name,)).fetchone()
        step = totp.step_of(totp.new_secret() if row is None else self._open(*row), typed, now)
        if row is None or step is None:
            return False
        at = to_micros(now)
        self._uow.run(f"{END} AND confirmed_at IS NOT NULL", (at, name))
        self._uow.run(CONFIRM, (at, step, row[0]))
        self._uow.audit.append("staff.totp_enrolled", f"staff:{name}", actor, now)
        return True

    def accept(self, name: str, typed: str, now: dt.datetime) -> bool:
        """Whether this is a code of the authenticator that counts, not used before. Takes as long where there is
        none."""
        row = self._uow.run(CONFIRMED, (name,)).fetchone()
        step = totp.step_of(totp.new_secret() if row is None else self._open(*row), typed, now)
        if row is None or step is None:
            return False
        return self._uow.run(USE_STEP, (step, row[0], step)).rowcount == 1

    def prove(self, name: str, typed: str, now: dt.datetime, actor: Actor) -> bool:
        """Whether this is a code of the authenticator that counts, or where none does, the first one of a pending."""
        right = self.accept(name, typed, now)
        return right or (self.of(name).since is None and self.confirm(name, typed, now, actor))

    def accept_or_recover(self, name: str, typed: str, now: dt.datetime, actor: Actor) -> Accepted | None:
        """The same, or a recovery code, which is used up by it."""
        right, hash = self.accept(name, typed, now), self._hash(name, typed)
        if right:
            return Accepted.TOTP
        if self._uow.run(USE_CODE, (to_micros(now), actor.origin, hash, name)).rowcount != 1:
            return None
        self._uow.audit.append("staff.recovery_used", f"staff:{name}", actor, now)
        return Accepted.RECOVERY

    def recovery_new(self, name: str, now: dt.datetime, actor: Actor) -> list[str]:
        """Ten fresh recovery codes, to be shown once; earlier ones are void."""
        self._uow.run("DELETE FROM recovery_code WHERE staff = ? AND (used_at IS NULL OR told_at IS NOT NULL)", (name,))
        codes = ["".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
        for code in codes:
            values = (self._hash(name, code), name, to_micros(now))
            self._uow.run("INSERT INTO recovery_code (code_hash, staff, made_at) VALUES (?, ?, ?)", values)
        self._uow.audit.append("staff.recovery_made", f"staff:{name}", actor, now)
        return ["-".join(code[at : at + 4] for at in range(0, RECOVERY_LENGTH, 4)) for code in codes]

    def untold(self, name: str) -> list[Used]:
        """Recovery codes used of which the person was not told yet."""
        return [Used(from_micros(at), origin) for at, origin in self._uow.run(f"{UNTOLD} ORDER BY used_at", (name,))]

    def told(self, name: str, now: dt.datetime) -> None:
        """They are told now, of those used before now."""
        self._uow.run(
            "UPDATE recovery_code SET told_at = ? WHERE staff = ? AND used_at < ? AND told_at IS NULL",
            (to_micros(now), name, to_micros(now)),
        )

    def used(self, name: str) -> list[Used]:
        """Recovery codes used since the last ten were made, told of or not."""
        sql = "SELECT used_at, used_from FROM recovery_code WHERE staff = ? AND used_at IS NOT NULL ORDER BY used_at"
        return [Used(from_micros(at), origin) for at, origin in self._uow.run(sql, (name,))]

    def reset(self, name: str, now: dt.datetime, actor: Actor) -> None:
        """Take the second factor away: a lost phone. Recovery codes are void, tokens that decide inactive, sessions
        over."""
        at = to_micros(now)
        self._uow.run(END, (at, name))
        self._uow.run("DELETE FROM recovery_code WHERE staff = ? AND used_at IS NULL", (name,))
        self._uow.run("UPDATE api_token SET activated_at = NULL WHERE staff = ?", (name,))
        self._uow.run("DELETE FROM staff_session WHERE staff = ?", (name,))
        self._uow.audit.append("staff.totp_reset", f"staff:{name}", actor, now)

    def _open(self, id: str, sealed: bytes) -> str:
        return self._uow.seal.open(COMPANY_KEY, sealed, PLACE, id).decode()

    def _hash(self, name: str, code: str) -> bytes:
        plain = "".join(one for one in totp.digits(code).upper() if one.isalnum()).translate(LOOKS_LIKE)
        return self._uow.keyring.index(Index.TOKEN, "recovery", name, plain)
