"""Customers: who they are, what is on their record, which chats are theirs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from dialogs.facts import OnRecord, TokenOutcome
from dialogs.types import Actor
from nlu.types import Value
from store.crypto import customer_key, digest, new_id, new_token
from store.indexes import Index
from store.instant import from_micros, to_micros
from store.labels import LabelStore, Wanted
from store.values import InClear, ValueStore, Version

if TYPE_CHECKING:
    from store.uow import UnitOfWork

NAMES = "id, no, type, tier, locale, timezone, owner, status, created_at"
COLUMNS = f"SELECT {NAMES} FROM customer"  # noqa: S608  # fixed text
BY_NO = f"{COLUMNS} WHERE no = ?"
BY_ID = f"{COLUMNS} WHERE id = ?"
ADD = (
    "INSERT INTO customer (id, no, type, tier, locale, timezone, owner, status, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, 'active', ?)"
)
COUNT = (
    "INSERT INTO counter (name, value) VALUES (?, 1)"
    " ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value"
)
LINKS = "SELECT conversation, at, how, via, ended_at FROM link WHERE customer = ? ORDER BY at, conversation"
DISCLOSE = (
    "INSERT INTO disclosure (id, customer, version, actor_kind, actor, reason, at, audit)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
TOKEN_ADD = "INSERT INTO link_token (token_hash, customer, created_at, expires_at) VALUES (?, ?, ?, ?)"  # noqa: S105
TOKEN_FIND = "SELECT customer, expires_at, used_at FROM link_token WHERE token_hash = ?"  # noqa: S105  # a statement
TOKEN_USE = "UPDATE link_token SET used_at = ?, used_by = ? WHERE token_hash = ? AND used_at IS NULL"  # noqa: S105


class DuplicateCustomer(Exception):
    """The customer number is taken."""


class UnknownCustomer(LookupError):
    """There is no such customer, or the field is not on their record."""


class NewCustomer(msgspec.Struct, frozen=True):
    """A customer to be added, every value in standard form. `no` None: one is made."""

    name: Value
    phone: Value | None = None
    email: Value | None = None
    address: Value | None = None
    no: str | None = None
    tier: str = "standard"
    type: str = "person"
    locale: str = "en"
    timezone: str = "UTC"
    owner: str | None = None
    tags: tuple[str, ...] = ()
    more: Mapping[str, Value] = msgspec.field(default_factory=dict)  # further fields

    def values(self) -> dict[str, Value]:
        """The values given, by field."""
        given = {"name": self.name, "phone": self.phone, "email": self.email, "address": self.address, **self.more}
        return {field: value for field, value in given.items() if value}


class Customer(msgspec.Struct, frozen=True):
    """A customer without any personal value."""

    id: str
    no: str
    type: str
    tier: str
    locale: str
    timezone: str
    owner: str | None
    status: str
    created_at: dt.datetime


class ChatLink(msgspec.Struct, frozen=True):
    """A chat that belongs to a customer, or did until `ended_at`. `via` is the version id of the contact used."""

    conversation: str
    at: dt.datetime
    how: str
    via: str | None
    ended_at: dt.datetime | None = None


class CustomerStore:
    """Keeps customers and their records."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    @cached_property
    def values(self) -> ValueStore:
        """The versions of all fields."""
        return ValueStore(self._uow)

    @cached_property
    def labels(self) -> LabelStore:
        """Tiers, tags, owners."""
        return LabelStore(self._uow)

    def add(self, new: NewCustomer, now: dt.datetime, actor: Actor) -> str:
        """Add a customer with first versions of what is known; returns the id. Raises DuplicateCustomer."""
        if new.no is not None and self.by_no(new.no) is not None:
            raise DuplicateCustomer
        id, no = new_id(), new.no or self._next_no(now)
        self._uow.run(ADD, (id, no, new.type, new.tier, new.locale, new.timezone, new.owner, to_micros(now)))
        values = new.values()
        audit = self._uow.audit.append("customer.added", f"customer:{id}/{len(values)}", actor, now, customer=id)
        for field, value in values.items():
            self.values.open_imported(id, field, value, now, audit)
        self.labels.add_tags(id, new.tags)
        return id

    def by_no(self, no: str) -> Customer | None:
        """The customer with this number, None when there is none."""
        row = self._uow.run(BY_NO, (no,)).fetchone()
        return None if row is None else _customer(row)

    def by_id(self, id: str) -> Customer:
        """A customer. Raises UnknownCustomer."""
        row = self._uow.run(BY_ID, (id,)).fetchone()
        if row is None:
            raise UnknownCustomer
        return _customer(row)

    def page(self, after: str = "", limit: int = 100, wanted: Wanted | None = None) -> list[Customer]:
        """Customers by number, those after a number; `wanted` None: all of them."""
        return [_customer(row) for row in self.labels.page(NAMES, wanted or Wanted(), after, limit)]

    def record(self, customer: str) -> dict[str, OnRecord]:
        """What is on record, masked, by field."""
        return {field: live.on_record for field, live in self.values.live(customer).items()}

    def reveal(self, customer: str, field: str, actor: Actor, reason: str, now: dt.datetime) -> Value:
        """A value on record in clear; who looked, and why, is kept. Needs `Database.write`."""
        live = self.values.live(customer).get(field)
        if live is None:
            raise UnknownCustomer
        version = live.on_record.version
        id = new_id()
        sealed = self._uow.seal.seal(customer_key(customer), reason.encode(), "disclosure.reason", id)
        audit = self._uow.audit.append(
            "value.revealed", f"version:{version}", actor, now, customer=customer, digest=digest(sealed)
        )
        self._uow.run(DISCLOSE, (id, customer, version, actor.kind, actor.name, sealed, to_micros(now), audit))
        return self.values.in_clear(version).value

    def disclosed(self, customer: str, version: str, actor: Actor, reason: str, now: dt.datetime, audit: int) -> None:
        """A version was shown in clear; the trace has it already."""
        id = new_id()
        sealed = self._uow.seal.seal(customer_key(customer), reason.encode(), "disclosure.reason", id)
        self._uow.run(DISCLOSE, (id, customer, version, actor.kind, actor.name, sealed, to_micros(now), audit))

    def value_of(self, version: str) -> InClear:
        """A version with its value in clear, for sending only."""
        return self.values.in_clear(version)

    def history(self, customer: str, field: str | None = None) -> list[Version]:
        """Every version, or those of one field, oldest first, masked."""
        return self.values.history(customer, field)

    def links(self, customer: str) -> list[ChatLink]:
        """Every link of a customer, also those that ended, oldest first."""
        return [
            ChatLink(conversation, from_micros(at), how, via, None if ended is None else from_micros(ended))
            for conversation, at, how, via, ended in self._uow.run(LINKS, (customer,))
        ]

    def link_token(self, customer: str, now: dt.datetime, lifetime: dt.timedelta) -> str:
        """A secret for a deep link that links one chat, once; only its keyed hash is kept."""
        token = new_token()
        self._uow.run(TOKEN_ADD, (self._hash(token), customer, to_micros(now), to_micros(now + lifetime)))
        return token

    def token(self, token: str, now: dt.datetime) -> tuple[TokenOutcome, str | None]:
        """What a presented token is worth, and whose it is when it is valid."""
        row = self._uow.run(TOKEN_FIND, (self._hash(token),)).fetchone()
        if row is None:
            return TokenOutcome.INVALID, None
        customer, expires_at, used_at = row
        if used_at is not None:
            return TokenOutcome.USED, None
        if expires_at <= to_micros(now):
            return TokenOutcome.EXPIRED, None
        return TokenOutcome.VALID, customer

    def use_token(self, token: str, conversation: str, now: dt.datetime) -> bool:
        """Consume a token; False when it was consumed already."""
        return self._uow.run(TOKEN_USE, (to_micros(now), conversation, self._hash(token))).rowcount == 1

    def _hash(self, token: str) -> bytes:
        return self._uow.keyring.index(Index.TOKEN, "link", token)

    def _next_no(self, now: dt.datetime) -> str:
        """The next number of the company's pattern; those that came with an import are passed over."""
        before, _, after = dated(self._uow.policy.customer_number, now).partition("{serial}")
        while True:
            (serial,) = self._uow.run(COUNT, (before,)).fetchone()
            if self.by_no(no := f"{before}{serial:04d}{after}") is None:
                return no


def dated(pattern: str, now: dt.datetime) -> str:
    """A pattern of numbers with the day put in."""
    return pattern.replace("{date}", f"{now:%Y%m%d}").replace("{year}", f"{now:%Y}")


def _customer(row: tuple[Any, ...]) -> Customer:
    id, no, type_, tier, locale, timezone, owner, status, created_at = row
    return Customer(id, no, type_, tier, locale, timezone, owner, status, from_micros(created_at))
