"""Staff: who they are, their passwords and sign-in links, and the tokens by which programs speak.

Passwords are kept as Argon2id hashes. Sign-in links and tokens are random secrets of which only a keyed hash is kept;
nobody who reads the database can use one. Sessions: store.sessions; the second factor: store.second_factor.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from dialogs import request
from dialogs.access import Owned, Person
from dialogs.types import Actor
from nlu.types import Language
from store.crypto import digest, new_id, new_token
from store.indexes import Index
from store.instant import from_micros, to_micros
from store.passwords import PASSWORD_LENGTH, Weakness, normal, weakness

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from store.uow import UnitOfWork

SIGN_IN_LINK_LIFETIME = dt.timedelta(hours=24)
NAME_LENGTH = 64
CHANNEL_NAME = r"^[a-z][a-z0-9_-]{0,31}$"
TEAM_NAME = CHANNEL_NAME

MEMBERS = "SELECT name, role, language, created_at, disabled_at, team FROM staff"
PINNED = "SELECT DISTINCT channel FROM api_token WHERE channel IS NOT NULL AND revoked_at IS NULL"
USE_LINK = (
    "UPDATE sign_in_link SET used_at = ? WHERE token_hash = ? AND used_at IS NULL AND expires_at > ?"
    " AND staff IN (SELECT name FROM staff WHERE disabled_at IS NULL) RETURNING staff"
)
LOOK_AT_LINK = (
    "SELECT staff, asks_password FROM sign_in_link WHERE token_hash = ? AND used_at IS NULL AND expires_at > ?"
    " AND staff IN (SELECT name FROM staff WHERE disabled_at IS NULL)"
)
FIND_HOLDER = (
    "SELECT t.id, t.name, t.staff, s.role, t.scopes, t.channel, t.decides, t.activated_at, s.team"
    " FROM api_token t LEFT JOIN staff s ON s.name = t.staff"
    " WHERE t.token_hash = ? AND t.revoked_at IS NULL AND s.disabled_at IS NULL"
)
TOKENS = (
    "SELECT id, name, staff, scopes, channel, decides, created_at, revoked_at, activated_at FROM api_token"
    " WHERE CAST(? AS TEXT) IS NULL OR name = ?"
)
ADD_HOLDER = (
    "INSERT INTO api_token (id, token_hash, name, staff, scopes, decides, channel, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


class StaffError(Exception):
    """What was asked cannot be done; the message says why, in words for an operator."""


class PasswordError(StaffError):
    """A password that may not be used; `weakness` says what is wrong with it."""

    def __init__(self, weakness: Weakness) -> None:
        super().__init__(WEAK[weakness])
        self.weakness = weakness


WEAK = {
    Weakness.SHORT: f"a password has at least {PASSWORD_LENGTH} characters",
    Weakness.NAMED: "a password is more than the person's or the company's name",
    Weakness.COMMON: "this password is one of those that are tried first",
}


class Role(StrEnum):
    """What a member of staff is there for."""

    AGENT = "agent"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    OPERATIONS = "operations"
    SECURITY_OFFICER = "security_officer"


DECIDING = frozenset({Role.REVIEWER, Role.SUPERVISOR, Role.SECURITY_OFFICER})
"""Roles that decide on a change or on a colleague."""


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
    ERASE = "erase"  # erase customers, hold them: only a person's token


ACTIVATED = frozenset({Scope.DECIDE, Scope.ERASE})
"""What a token may do only once its person has activated it with their TOTP."""


class StaffMember(msgspec.Struct, frozen=True):
    """A member of staff. `disabled_at` is None while they may sign in."""

    name: str
    role: Role
    language: str
    created_at: dt.datetime
    disabled_at: dt.datetime | None
    team: str = ""

    @property
    def person(self) -> Person:
        """The same, for questions about permissions."""
        return Person(self.name, request.Role(self.role.value), self.team)


class TokenHolder(msgspec.Struct, frozen=True):
    """Who speaks by a token. `staff` and `role` are None for an integrator; `channel` is the only one it may speak
    for, None for any. `active` is False for a token that may decide and was not yet activated by its person."""

    id: str
    name: str
    staff: str | None
    role: Role | None
    scopes: frozenset[Scope]
    channel: str | None
    elsewhere: frozenset[str] = frozenset()  # channels that other tokens are pinned to
    active: bool = True
    team: str = ""


class TokenLine(msgspec.Struct, frozen=True):
    """A token as it is listed; its secret was shown once and is not kept. The moments are None for what has not
    happened."""

    id: str
    name: str
    staff: str | None
    scopes: tuple[str, ...]
    channel: str | None
    decides: bool
    created_at: dt.datetime
    revoked_at: dt.datetime | None
    activated_at: dt.datetime | None

    @property
    def state(self) -> str:
        """In one word."""
        if self.revoked_at is not None:
            return "revoked"
        return "inactive" if self.decides and self.activated_at is None else "active"


class SignInLink(msgspec.Struct, frozen=True):
    """What an unused link is for. `asks_password`: it was made when the second factor was taken away, so the password
    is asked for besides, lest whoever took it away sign in themselves."""

    staff: str
    asks_password: bool


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

    def owned(self, owner: str | None) -> Owned:
        """Whose a customer is, for questions about permissions. `owner` None: nobody's."""
        member = None if owner is None else self.by_name(owner)
        return Owned(owner or "", "" if member is None else member.team)

    def join(self, name: str, team: str | None, now: dt.datetime, actor: Actor) -> None:
        """They belong to this team from now on, None: to none. StaffError for nobody or what is no team's name."""
        self._known(name)
        if team is not None and not re.fullmatch(TEAM_NAME, team):
            raise StaffError("a team has up to 32 small letters, digits, - and _, and begins with a letter")
        self._uow.run("UPDATE staff SET team = ? WHERE name = ?", (team, name))
        self._uow.audit.append("staff.joined", f"staff:{name}", actor, now, digest=digest((team or "").encode()))

    def identify(self, name: str, identity: str | None, now: dt.datetime, actor: Actor) -> None:
        """The identity provider calls them this, None: it does not know them. StaffError for nobody, or when somebody
        else is so called there."""
        self._known(name)
        if identity is not None and not (0 < len(identity) <= 255 and identity.isprintable()):
            raise StaffError("an identity has 1 to 255 printable characters")
        if identity is not None and self.by_identity(identity) not in (None, name):
            raise StaffError("somebody else has this identity")
        self._uow.run("UPDATE staff SET identity = ? WHERE name = ?", (identity, name))
        self._uow.audit.append(
            "staff.identified", f"staff:{name}", actor, now, digest=digest((identity or "").encode())
        )

    def by_identity(self, identity: str) -> str | None:
        """Whom the identity provider calls so; None for nobody."""
        row = self._uow.run("SELECT name FROM staff WHERE identity = ?", (identity,)).fetchone()
        return None if row is None else str(row[0])

    def all(self) -> list[StaffMember]:
        """Everybody, by name."""
        return [member(row) for row in self._uow.run(f"{MEMBERS} ORDER BY name")]

    def disable(self, name: str, now: dt.datetime, actor: Actor) -> None:
        """They may no longer sign in; their sessions end, their links and tokens are void. StaffError for nobody."""
        self._known(name)
        at = to_micros(now)
        self._uow.run("UPDATE staff SET disabled_at = ? WHERE name = ? AND disabled_at IS NULL", (at, name))
        self._uow.run("UPDATE api_token SET revoked_at = ? WHERE staff = ? AND revoked_at IS NULL", (at, name))
        self._uow.run("DELETE FROM sign_in_link WHERE staff = ? AND used_at IS NULL", (name,))
        self._uow.run("DELETE FROM staff_session WHERE staff = ?", (name,))
        self._uow.audit.append("staff.disabled", f"staff:{name}", actor, now)

    def enable(self, name: str, now: dt.datetime, actor: Actor) -> None:
        """They may sign in again, as before; tokens stay void. StaffError for nobody."""
        self._known(name)
        self._uow.run("UPDATE staff SET disabled_at = NULL WHERE name = ?", (name,))
        self._uow.audit.append("staff.enabled", f"staff:{name}", actor, now)

    def set_password(self, name: str, password: str, now: dt.datetime, actor: Actor) -> None:
        """Choose a password; every session of that person ends. PasswordError for a weak one, StaffError for
        nobody."""
        self._known(name)
        if (wrong := weakness(password, name, self._uow.policy.company)) is not None:
            raise PasswordError(wrong)
        self._uow.run("UPDATE staff SET password_hash = ? WHERE name = ?", (hasher().hash(normal(password)), name))
        self._uow.run("DELETE FROM staff_session WHERE staff = ?", (name,))
        self._uow.audit.append("staff.password_set", f"staff:{name}", actor, now)

    def has_password(self, name: str) -> bool:
        """Whether one was chosen."""
        row = self._uow.run("SELECT password_hash FROM staff WHERE name = ?", (name,)).fetchone()
        return row is not None and row[0] is not None

    def check_password(self, name: str, password: str) -> bool:
        """Whether the password is right; takes as long for a name that nobody has."""
        from argon2.exceptions import InvalidHashError, VerificationError

        row = self._uow.run(
            "SELECT password_hash FROM staff WHERE name = ? AND disabled_at IS NULL", (name,)
        ).fetchone()
        known = row is not None and row[0] is not None
        try:
            return hasher().verify(row[0] if known else nobodys_hash(), normal(password)) and known
        except (VerificationError, InvalidHashError):
            return False

    def sign_in_link(self, name: str, now: dt.datetime, *, asks_password: bool = False) -> str:
        """A secret with which this person signs in once, within a day. StaffError when there is nobody so called."""
        self._known(name)
        token = new_token()
        self._uow.run(
            "INSERT INTO sign_in_link (token_hash, staff, expires_at, asks_password) VALUES (?, ?, ?, ?)",
            (self._hash("sign-in", token), name, to_micros(now + SIGN_IN_LINK_LIFETIME), int(asks_password)),
        )
        return token

    def look_at_link(self, token: str, now: dt.datetime) -> SignInLink | None:
        """Whose link it is, without using it up; None when it was used, is too old or never was."""
        row = self._uow.run(LOOK_AT_LINK, (self._hash("sign-in", token), to_micros(now))).fetchone()
        return None if row is None else SignInLink(row[0], bool(row[1]))

    def use_sign_in_link(self, token: str, now: dt.datetime) -> str | None:
        """Use the link up and return whose it was; None when it was used, is too old or never was."""
        at = to_micros(now)
        row = self._uow.run(USE_LINK, (at, self._hash("sign-in", token), at)).fetchone()
        return None if row is None else str(row[0])

    def token_new(
        self, name: str, scopes: Sequence[str], now: dt.datetime, actor: Actor, *, channel: str | None = None
    ) -> str:
        """A new API token. It belongs to the member of staff of that name if there is one, else to an integrator so
        called. One that may decide is inactive until its person activates it. StaffError for an unknown scope, for what
        is no channel's name, or when it could decide and belongs to nobody."""
        if unknown := [scope for scope in scopes if scope not in tuple(Scope)]:
            raise StaffError(f"there is no scope {unknown[0]}; there are {', '.join(Scope)}")
        if not scopes:
            raise StaffError(f"a token needs a scope: {', '.join(Scope)}")
        if channel is not None and not re.fullmatch(CHANNEL_NAME, channel):
            raise StaffError("a channel has up to 32 small letters, digits, - and _, and begins with a letter")
        staff = name if self.by_name(name) is not None else None
        decides = not ACTIVATED.isdisjoint(scopes)
        if decides and staff is None:
            raise StaffError("a token that may decide or erase belongs to a member of staff")
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
        id, name, staff, role, scopes, channel, decides, activated, team = row
        given = frozenset(Scope(scope) for scope in json.loads(scopes))
        pinned = () if channel is not None else self._uow.run(PINNED).fetchall()
        elsewhere = frozenset(other for (other,) in pinned)
        active = not decides or activated is not None
        return TokenHolder(
            id, name, staff, None if role is None else Role(role), given, channel, elsewhere, active, team or ""
        )

    def token_activate(self, id: str, now: dt.datetime, actor: Actor) -> None:
        """It may decide from now on. The caller has checked a code of its person's TOTP."""
        self._uow.run(
            "UPDATE api_token SET activated_at = ? WHERE id = ? AND decides = 1 AND revoked_at IS NULL",
            (to_micros(now), id),
        )
        self._uow.audit.append("token.activated", f"token:{id}", actor, now)

    def tokens(self, name: str | None = None) -> list[TokenLine]:
        """Every token, or those of one name, oldest first."""
        return [line(row) for row in self._uow.run(f"{TOKENS} ORDER BY created_at, id", (name, name))]

    def token_end(self, id: str, now: dt.datetime, actor: Actor, *, name: str | None = None) -> bool:
        """Revoke the token with this id, and of this member of staff unless that is None. False when there is none."""
        row = self._uow.run(
            "UPDATE api_token SET revoked_at = ? WHERE id = ? AND (CAST(? AS TEXT) IS NULL OR staff = ?)"
            " AND revoked_at IS NULL RETURNING id",
            (to_micros(now), id, name, name),
        ).fetchone()
        if row is not None:
            self._uow.audit.append("token.revoked", f"token:{id}", actor, now)
        return row is not None

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
    name, role, language, created_at, disabled_at, team = row
    disabled = None if disabled_at is None else from_micros(disabled_at)
    return StaffMember(name, Role(role), language, from_micros(created_at), disabled, team or "")


def line(row: tuple[Any, ...]) -> TokenLine:
    """A row as a value."""
    id, name, staff, scopes, channel, decides, created, *moments = row
    revoked, activated = (None if moment is None else from_micros(moment) for moment in moments)
    named = tuple(json.loads(scopes))
    return TokenLine(id, name, staff, named, channel, bool(decides), from_micros(created), revoked, activated)


@functools.cache
def hasher() -> PasswordHasher:
    """Argon2id with the library's parameters (RFC 9106, low memory); imported with the first sign-in."""
    from argon2 import PasswordHasher

    return PasswordHasher()


@functools.cache
def nobodys_hash() -> str:
    """What a password is compared with when there is no such person, so that the time taken says nothing."""
    return hasher().hash(new_token())
