"""Staff: who they are, how they sign in, and the tokens by which programs speak.

Passwords are kept as Argon2id hashes. Sessions, sign-in links and tokens are random secrets of which only a keyed hash
is kept; nobody who reads the database can use one.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from dialogs.types import Actor, ActorKind
from nlu.types import Language
from store.crypto import Index, digest, new_id, new_token
from store.instant import from_micros, to_micros

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from store.uow import UnitOfWork

SESSION_LENGTH = dt.timedelta(hours=12)
SIGN_IN_LINK_LIFETIME = dt.timedelta(hours=24)
PASSWORD_LENGTH = 12
NAME_LENGTH = 64
CHANNEL_NAME = r"^[a-z][a-z0-9_-]{0,31}$"

MEMBERS = "SELECT name, role, language, created_at, disabled_at FROM staff"
SESSION = (
    "SELECT s.name, s.role, s.language, s.created_at, s.disabled_at FROM staff_session JOIN staff s ON s.name = staff"
    " WHERE token_hash = ? AND expires_at > ? AND s.disabled_at IS NULL"
)
PINNED = "SELECT DISTINCT channel FROM api_token WHERE channel IS NOT NULL AND revoked_at IS NULL"
USE_LINK = (
    "UPDATE sign_in_link SET used_at = ? WHERE token_hash = ? AND used_at IS NULL AND expires_at > ?"
    " AND staff IN (SELECT name FROM staff WHERE disabled_at IS NULL) RETURNING staff"
)
FIND_HOLDER = (
    "SELECT t.id, t.name, t.staff, s.role, t.scopes, t.channel FROM api_token t LEFT JOIN staff s ON s.name = t.staff"
    " WHERE t.token_hash = ? AND t.revoked_at IS NULL AND s.disabled_at IS NULL"
)
ADD_HOLDER = (
    "INSERT INTO api_token (id, token_hash, name, staff, scopes, decides, channel, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


class StaffError(Exception):
    """What was asked cannot be done; the message says why, in words for an operator."""


class Role(StrEnum):
    """What a member of staff is there for."""

    AGENT = "agent"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    OPERATIONS = "operations"
    SECURITY_OFFICER = "security_officer"


class Scope(StrEnum):
    """What a token may do over the API."""

    MESSAGES = "messages"  # speak for chats
    LINKS = "links"  # say whose chat it is
    CUSTOMERS = "customers"  # read and add customers
    SIGNALS = "signals"  # say that something happened to a customer
    REQUESTS = "requests"  # read change requests
    DECIDE = "decide"  # approve, reject, return: only a person's token
    CONVERSATIONS = "conversations"  # take over, write, hand back
    AUDIT = "audit"  # read the trace


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A member of staff. `disabled_at` is None while they may sign in."""

    name: str
    role: Role
    language: str
    created_at: dt.datetime
    disabled_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Who speaks by a token. `staff` and `role` are None for an integrator; `channel` is the only one it may speak
    for, None for any."""

    id: str
    name: str
    staff: str | None
    role: Role | None
    scopes: frozenset[Scope]
    channel: str | None
    elsewhere: frozenset[str] = frozenset()  # channels that other tokens are pinned to


class StaffStore:
    """Keeps staff, their sign-ins and tokens."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def add(self, name: str, role: str, now: dt.datetime, actor: Actor, *, language: str = "en") -> StaffMember:
        """A new member of staff, without a password yet. StaffError for a bad or taken name or an unknown role."""
        if not (0 < len(name) <= NAME_LENGTH and name.isprintable() and not set(name) & set(" :/")):
            raise StaffError("a name has 1 to 64 characters, without spaces, colons and slashes")
        if role not in tuple(Role):
            raise StaffError(f"there is no such role; there are {', '.join(Role)}")
        if language not in tuple(Language):
            raise StaffError(f"there is no console in {language}; there are {', '.join(Language)}")
        if self.by_name(name) is not None:
            raise StaffError(f"there is already somebody called {name}")
        at = to_micros(now)
        self._uow.run(
            "INSERT INTO staff (name, role, language, created_at) VALUES (?, ?, ?, ?)", (name, role, language, at)
        )
        self._uow.audit.append("staff.added", f"staff:{name}", actor, now, digest=digest(role.encode()))
        return StaffMember(name, Role(role), language, now, None)

    def _known(self, name: str) -> None:
        if self.by_name(name) is None:
            raise StaffError(f"there is nobody called {name}")

    def by_name(self, name: str) -> StaffMember | None:
        """The member of staff of that name, disabled ones too."""
        row = self._uow.run(f"{MEMBERS} WHERE name = ?", (name,)).fetchone()
        return None if row is None else member(row)

    def all(self) -> list[StaffMember]:
        """Everybody, by name."""
        return [member(row) for row in self._uow.run(f"{MEMBERS} ORDER BY name")]

    def disable(self, name: str, now: dt.datetime, actor: Actor) -> None:
        """They may no longer sign in; their sessions end and their tokens are void. StaffError for nobody."""
        self._known(name)
        self._uow.run("UPDATE staff SET disabled_at = ? WHERE name = ? AND disabled_at IS NULL", (to_micros(now), name))
        self._uow.run("DELETE FROM staff_session WHERE staff = ?", (name,))
        self._uow.audit.append("staff.disabled", f"staff:{name}", actor, now)

    def set_password(self, name: str, password: str, now: dt.datetime, actor: Actor) -> None:
        """Choose a password; every session of that person ends. StaffError when it is too short, or for nobody."""
        self._known(name)
        if len(password) < PASSWORD_LENGTH:
            raise StaffError(f"a password has at least {PASSWORD_LENGTH} characters")
        self._uow.run("UPDATE staff SET password_hash = ? WHERE name = ?", (hasher().hash(password), name))
        self._uow.run("DELETE FROM staff_session WHERE staff = ?", (name,))
        self._uow.audit.append("staff.password_set", f"staff:{name}", actor, now)

    def check_password(self, name: str, password: str) -> bool:
        """Whether the password is right; takes as long for a name that nobody has."""
        from argon2.exceptions import InvalidHashError, VerificationError

        row = self._uow.run(
            "SELECT password_hash FROM staff WHERE name = ? AND disabled_at IS NULL", (name,)
        ).fetchone()
        known = row is not None and row[0] is not None
        try:
            return hasher().verify(row[0] if known else nobodys_hash(), password) and known
        except (VerificationError, InvalidHashError):
            return False

    def session_open(self, name: str, origin: str, now: dt.datetime) -> str:
        """Begin a session and return its secret, for the cookie. The caller has checked who it is."""
        token = new_token()
        self._uow.run(
            "INSERT INTO staff_session (token_hash, staff, origin, opened_at, expires_at) VALUES (?, ?, ?, ?, ?)",
            (self._hash("session", token), name, origin, to_micros(now), to_micros(now + SESSION_LENGTH)),
        )
        self._uow.audit.append("staff.signed_in", f"staff:{name}", Actor(ActorKind.STAFF, name, origin), now)
        return token

    def session_of(self, token: str, now: dt.datetime) -> StaffMember | None:
        """Who holds this session; None when it ended or never was."""
        row = self._uow.run(SESSION, (self._hash("session", token), to_micros(now))).fetchone()
        return None if row is None else member(row)

    def session_close(self, token: str) -> None:
        """End a session."""
        self._uow.run("DELETE FROM staff_session WHERE token_hash = ?", (self._hash("session", token),))

    def sign_in_link(self, name: str, now: dt.datetime) -> str:
        """A secret with which this person signs in once, within a day. StaffError when there is nobody so called."""
        self._known(name)
        token = new_token()
        self._uow.run(
            "INSERT INTO sign_in_link (token_hash, staff, expires_at) VALUES (?, ?, ?)",
            (self._hash("sign-in", token), name, to_micros(now + SIGN_IN_LINK_LIFETIME)),
        )
        return token

    def use_sign_in_link(self, token: str, now: dt.datetime) -> str | None:
        """Use the link up and return whose it was; None when it was used, is too old or never was."""
        at = to_micros(now)
        row = self._uow.run(USE_LINK, (at, self._hash("sign-in", token), at)).fetchone()
        return None if row is None else str(row[0])

    def token_new(
        self, name: str, scopes: Sequence[str], now: dt.datetime, actor: Actor, *, channel: str | None = None
    ) -> str:
        """A new API token. It belongs to the member of staff of that name if there is one, else to an integrator so
        called. StaffError for an unknown scope, for what is no channel's name, or when it could decide and belongs to
        nobody."""
        if unknown := [scope for scope in scopes if scope not in tuple(Scope)]:
            raise StaffError(f"there is no scope {unknown[0]}; there are {', '.join(Scope)}")
        if not scopes:
            raise StaffError(f"a token needs a scope: {', '.join(Scope)}")
        if channel is not None and not re.fullmatch(CHANNEL_NAME, channel):
            raise StaffError("a channel has up to 32 small letters, digits, - and _, and begins with a letter")
        staff = name if self.by_name(name) is not None else None
        decides = Scope.DECIDE in scopes
        if decides and staff is None:
            raise StaffError("a token that may decide belongs to a member of staff")
        id, token, named = new_id(), new_token(), json.dumps(sorted(set(scopes)))
        values = (id, self._hash("api", token), name, staff, named, int(decides), channel, to_micros(now))
        self._uow.run(ADD_HOLDER, values)
        self._uow.audit.append("token.made", f"token:{id}", actor, now, digest=digest(name.encode(), named.encode()))
        return token

    def token_of(self, secret: str) -> TokenHolder | None:
        """Who speaks by this token; None when it was revoked, its person disabled, or it never was."""
        row = self._uow.run(FIND_HOLDER, (self._hash("api", secret),)).fetchone()
        if row is None:
            return None
        id, name, staff, role, scopes, channel = row
        given = frozenset(Scope(scope) for scope in json.loads(scopes))
        pinned = () if channel is not None else self._uow.run(PINNED).fetchall()
        elsewhere = frozenset(other for (other,) in pinned)
        return TokenHolder(id, name, staff, None if role is None else Role(role), given, channel, elsewhere)

    def token_revoke(self, secret: str, now: dt.datetime, actor: Actor) -> None:
        """The token is void from now on."""
        row = self._uow.run(
            "UPDATE api_token SET revoked_at = ? WHERE token_hash = ? AND revoked_at IS NULL RETURNING id",
            (to_micros(now), self._hash("api", secret)),
        ).fetchone()
        if row is not None:
            self._uow.audit.append("token.revoked", f"token:{row[0]}", actor, now)

    def _hash(self, purpose: str, token: str) -> bytes:
        return self._uow.keyring.index(Index.TOKEN, purpose, token)


def member(row: tuple[Any, ...]) -> StaffMember:
    """A row as a value."""
    name, role, language, created_at, disabled_at = row
    return StaffMember(
        name, Role(role), language, from_micros(created_at), None if disabled_at is None else from_micros(disabled_at)
    )


@functools.cache
def hasher() -> PasswordHasher:
    """Argon2id with the library's parameters (RFC 9106, low memory); imported with the first sign-in."""
    from argon2 import PasswordHasher

    return PasswordHasher()


@functools.cache
def nobodys_hash() -> str:
    """What a password is compared with when there is no such person, so that the time taken says nothing."""
    return hasher().hash(new_token())
