"""Versions of values: one value of one field of one customer, from–to, sealed and found by blind index."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from dialogs.facts import OnRecord
from nlu.types import Value
from nlu.values.blocks import blocking_keys
from nlu.values.canonical import canonical
from nlu.values.country import country_of
from nlu.values.present import mask
from store.codec import read
from store.crypto import KeyName, customer_key, new_id
from store.indexes import Index
from store.instant import from_micros, to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

PLACE = "value_version.value"
LIVE_COLUMNS = "id, field, value, valid_from, proven_at, doubted_at, value_index"
LIVE = f"SELECT {LIVE_COLUMNS} FROM value_version WHERE customer = ? AND valid_to IS NULL"  # noqa: S608  # fixed text
BY_ID = "SELECT id, customer, field, value FROM value_version WHERE id = ?"
ELSEWHERE = "SELECT 1 FROM value_version WHERE value_index = ? AND valid_to IS NULL AND customer <> ? LIMIT 1"
HOLDERS = "SELECT customer, id, doubted_at FROM value_version WHERE value_index = ? AND valid_to IS NULL LIMIT 2"
OPEN = (
    "INSERT INTO value_version (id, customer, field, value, value_index, valid_from, proven_at, origin, request, audit)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
CLOSE = (
    "UPDATE value_version SET valid_to = ?, closed_by = ? WHERE customer = ? AND field = ? AND valid_to IS NULL"
    " RETURNING id"
)
BLOCK = "INSERT INTO value_block (block, version) VALUES (?, ?) ON CONFLICT DO NOTHING"
UNBLOCK = "DELETE FROM value_block WHERE version = ?"
WITHOUT_BLOCKS = (
    "SELECT id, customer, field, value FROM value_version AS v WHERE valid_to IS NULL AND id > ?"
    " AND EXISTS (SELECT 1 FROM data_key WHERE kind = 'customer' AND holder = v.customer)"
    " AND NOT EXISTS (SELECT 1 FROM value_block WHERE version = v.id) ORDER BY id LIMIT ?"
)
IN_DOUBT = "SELECT COUNT(*) FROM value_version WHERE customer = ? AND valid_to IS NULL AND doubted_at IS NOT NULL"
DOUBT = "UPDATE value_version SET doubted_at = COALESCE(doubted_at, ?) WHERE id = ? AND valid_to IS NULL"
HISTORY = (
    "SELECT id, field, value, valid_from, valid_to, proven_at, affirmed_at, doubted_at, origin, request"
    " FROM value_version WHERE customer = ? AND (CAST(? AS TEXT) IS NULL OR field = ?)"
    " ORDER BY valid_from, valid_to IS NULL, id"
)

_written = json.JSONEncoder(separators=(",", ":"), sort_keys=True, check_circular=False).encode


class UnknownVersion(LookupError):
    """There is no version with this id."""


class Live(msgspec.Struct, frozen=True, eq=False):
    """A live version as a turn needs it: masked, and with the blind index of its value. The value stays in the store,
    sealed until somebody asks for it."""

    on_record: OnRecord
    index: bytes
    older: tuple[bytes, ...]  # of `index`, while index keys are rotated: under which it may stand, too
    customer: str
    sealed: bytes
    store: ValueStore

    def __repr__(self) -> str:
        return f"Live({self.on_record!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("on_record", self.on_record)]

    @property
    def value(self) -> Value:
        """In clear."""
        return self.store.opened(self)

    def country(self) -> str | None:
        """The country it is of, if a phone or an address tells."""
        return self.store.country(self)


class Version(msgspec.Struct, frozen=True):
    """One version of one field, masked. `until` is None while it is live; `origin` is import or request."""

    id: str
    field: str
    masked: str
    since: dt.datetime
    until: dt.datetime | None
    proven_at: dt.datetime | None
    affirmed_at: dt.datetime | None
    to_verify: bool
    origin: str
    request: str | None


class InClear(msgspec.Struct, frozen=True):
    """A version with its value, for sending only."""

    id: str
    customer: str
    field: str
    value: Value


class ValueStore:
    """Opens, closes and reads versions. Nothing is ever overwritten."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def live(self, customer: str) -> dict[str, Live]:
        """The live versions of a customer by field."""
        rows = self._uow.run(LIVE, (customer,)).fetchall()
        return {row[1]: self.live_of(customer, row) for row in rows}

    def live_of(self, customer: str, row: Sequence[Any]) -> Live:
        """A live version from its LIVE_COLUMNS. What it shows, and its country, are remembered."""
        id, field, sealed, since, proven_at, doubted_at, index = row
        self._uow.seal.look(customer_key(customer))
        shown = self._uow.opened.shown
        if (masked := shown.get(id, sealed)) is None:
            masked = mask(field, self._value(customer, id, sealed))
            shown.put(id, sealed, masked)
        on_record = OnRecord(id, field, masked, from_micros(since), _moment(proven_at), doubted_at is not None)
        if not self._uow.keyring.rotating:
            return Live(on_record, index, (), customer, sealed, self)
        index, *older = self.indexes(field, self._value(customer, id, sealed))
        return Live(on_record, index, tuple(older), customer, sealed, self)

    def opened(self, live: Live) -> Value:
        """A live version in clear."""
        return self._value(live.customer, live.on_record.version, live.sealed)

    def country(self, live: Live) -> str | None:
        """The country of a live version, remembered."""

        def found() -> str | None:
            return country_of(live.on_record.field, live.value, region=self._uow.policy.region)

        return self._uow.opened.countries.of(live.on_record.version, live.sealed, found)

    def in_clear(self, version: str) -> InClear:
        """A version with its value. Raises UnknownVersion."""
        row = self._uow.run(BY_ID, (version,)).fetchone()
        if row is None:
            raise UnknownVersion
        id, customer, field, sealed = row
        return InClear(id, customer, field, self._value(customer, id, sealed))

    def history(self, customer: str, field: str | None) -> list[Version]:
        """Every version of a customer, or of one field, oldest first."""
        rows = self._uow.run(HISTORY, (customer, field, field)).fetchall()
        return [self._version(customer, row) for row in rows]

    def index(self, field: str, value: Value) -> bytes:
        """The blind index of a value: equal for equal values, unreadable without the key."""
        return self._uow.keyring.index(Index.VALUE, field, canonical(field, value))

    def indexes(self, field: str, value: Value) -> tuple[bytes, ...]:
        """Every blind index under which the value may stand, the newest first."""
        return self._uow.keyring.indexes(Index.VALUE, field, canonical(field, value))

    def elsewhere(self, field: str, value: Value, customer: str | None) -> bool:
        """Whether the value is live on another customer."""
        asked = ((index, customer or "") for index in self.indexes(field, value))
        return any(self._uow.run(ELSEWHERE, one).fetchone() is not None for one in asked)

    def only_holder(self, field: str, value: Value) -> tuple[str, str] | None:
        """The one customer on whom the value is live, and the version; None for nobody, for two, and when in doubt."""
        found = [row for index in self.indexes(field, value) for row in self._uow.run(HOLDERS, (index,)).fetchall()]
        if len(found) != 1 or found[0][2] is not None:
            return None
        customer, version, _ = found[0]
        return customer, version

    def open_imported(self, customer: str, field: str, value: Value, now: dt.datetime, audit: int) -> str:
        """Open the first version of a field. An imported value is on record, not proven."""
        return self._open(new_id(), customer, field, value, now, None, "import", None, audit)

    def open_applied(
        self, id: str, customer: str, field: str, value: Value, now: dt.datetime, request: str, audit: int
    ) -> str:
        """Open the version that an applied change makes; being applied resets the clock of its proof."""
        return self._open(id, customer, field, value, now, now, "request", request, audit)

    def close(self, customer: str, field: str, now: dt.datetime, request: str) -> str | None:
        """Close the live version of a field and return its id; None when there was none."""
        row = self._uow.run(CLOSE, (to_micros(now), request, customer, field)).fetchone()
        if row is None:
            return None
        self._uow.run(UNBLOCK, row)
        version: str = row[0]
        return version

    def proven(self, version: str, now: dt.datetime) -> None:
        """A code was answered from this contact: proven, and no longer in doubt."""
        self._uow.run(
            "UPDATE value_version SET proven_at = ?, doubted_at = NULL WHERE id = ?", (to_micros(now), version)
        )

    def affirmed(self, version: str, now: dt.datetime) -> None:
        """The customer tapped "still right", which proves nothing."""
        self._uow.run("UPDATE value_version SET affirmed_at = ? WHERE id = ?", (to_micros(now), version))

    def doubt(self, version: str, now: dt.datetime) -> None:
        """A signal says that it does not hold: to verify, since the first such signal."""
        self._uow.run(DOUBT, (to_micros(now), version))

    def in_doubt(self, customer: str) -> int:
        """How many values on record are to be verified."""
        count: int = self._uow.run(IN_DOUBT, (customer,)).fetchone()[0]
        return count

    def blocks(self, field: str, value: Value) -> list[bytes]:
        """The keyed hashes under which likely duplicates of a value are looked for."""
        return [index for key in blocking_keys(field, value) for index in self._uow.keyring.indexes(Index.BLOCK, key)]

    def add_missing_blocks(self, after: str, limit: int) -> str | None:
        """Write the keys of live versions that have none, those after an id; returns the last looked at, None when
        there are no more."""
        rows = self._uow.run(WITHOUT_BLOCKS, (after, limit)).fetchall()
        for id, customer, field, sealed in rows:
            self._block(id, field, self._value(customer, id, sealed))
        return rows[-1][0] if rows else None

    def reblock(self, version: str, field: str, value: Value) -> None:
        """Write the keys of a live version anew."""
        self._uow.run(UNBLOCK, (version,))
        self._block(version, field, value)

    def _block(self, version: str, field: str, value: Value) -> None:
        for key in blocking_keys(field, value):
            self._uow.run(BLOCK, (self._uow.keyring.index(Index.BLOCK, key), version))

    def _open(
        self,
        id: str,
        customer: str,
        field: str,
        value: Value,
        now: dt.datetime,
        proven_at: dt.datetime | None,
        origin: str,
        request: str | None,
        audit: int,
    ) -> str:
        sealed = self._uow.seal.seal(customer_key(customer), _written(dict(value)).encode("ascii"), PLACE, id)
        proven = None if proven_at is None else to_micros(proven_at)
        index = self.index(field, value)
        self._uow.run(OPEN, (id, customer, field, sealed, index, to_micros(now), proven, origin, request, audit))
        self._block(id, field, value)
        return id

    def _version(self, customer: str, row: tuple[Any, ...]) -> Version:
        id, field, sealed, since, until, proven_at, affirmed_at, doubted_at, origin, request = row
        return Version(
            id,
            field,
            mask(field, self._value(customer, id, sealed)),
            from_micros(since),
            _moment(until),
            _moment(proven_at),
            _moment(affirmed_at),
            doubted_at is not None,
            origin,
            request,
        )

    def _value(self, customer: str, id: str, sealed: bytes) -> Value:
        return open_value(self._uow, customer_key(customer), sealed, PLACE, id)


def seal_value(uow: UnitOfWork, key: KeyName, value: Value, place: str, row: str) -> bytes:
    """A value as it is kept."""
    return uow.seal.seal(key, _written(dict(value)).encode("ascii"), place, row)


def open_value(uow: UnitOfWork, key: KeyName, sealed: bytes, place: str, row: str) -> Value:
    """A value as it was."""
    plain = uow.seal.open(key, sealed, place, row)
    value: dict[str, str] = read(plain) if plain else {}  # empty: erased
    return value


def _moment(micros: int | None) -> dt.datetime | None:
    return None if micros is None else from_micros(micros)
