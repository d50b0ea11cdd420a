"""Deliveries: which target must learn of which change, and how the tries went."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from store.instant import from_micros, to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

COLUMNS = "SELECT id, request, target, state, attempts, idempotency_key, created_at FROM delivery"
LOAD = f"{COLUMNS} WHERE id = ?"
OF_REQUEST = f"{COLUMNS} WHERE request = ? ORDER BY target"
TRY = "UPDATE delivery SET attempts = attempts + 1 WHERE id = ? RETURNING attempts"
TRIED = "INSERT INTO attempt (delivery, n, at, outcome, status) VALUES (?, ?, ?, ?, ?)"
END = "UPDATE delivery SET state = ?, ended_at = ? WHERE id = ? AND state <> 'acknowledged'"


class DeliveryState(StrEnum):
    """Where a delivery stands; one given up may still be acknowledged when a person has it tried again."""

    PENDING = "pending"
    ACKNOWLEDGED = "acknowledged"
    GIVEN_UP = "given_up"


class Outcome(StrEnum):
    """How one try ended."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"  # for good
    FAILED = "failed"  # for now, or no answer


class UnknownDelivery(LookupError):
    """There is no delivery with this id."""


class Delivery(msgspec.Struct, frozen=True):
    """One target that must learn of one applied request. `idempotency_key` is the same in every try."""

    id: str
    request: str
    target: str
    state: DeliveryState
    attempts: int
    idempotency_key: str
    created_at: dt.datetime


class DeliveryStore:
    """Reads deliveries and writes how they went."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def load(self, id: str) -> Delivery:
        """One delivery. Raises UnknownDelivery."""
        row = self._uow.run(LOAD, (id,)).fetchone()
        if row is None:
            raise UnknownDelivery
        return _delivery(row)

    def of_request(self, number: str) -> list[Delivery]:
        """The deliveries of a request, by target."""
        return [_delivery(row) for row in self._uow.run(OF_REQUEST, (number,)).fetchall()]

    def tried(self, id: str, outcome: Outcome, status: int | None, now: dt.datetime) -> None:
        """Keep how a try ended; `status` None means no answer came."""
        (n,) = self._uow.run(TRY, (id,)).fetchone()
        self._uow.run(TRIED, (id, n, to_micros(now), outcome, status))

    def acknowledged(self, id: str, now: dt.datetime) -> None:
        """The target has it."""
        self._uow.run(END, (DeliveryState.ACKNOWLEDGED, to_micros(now), id))

    def given_up(self, id: str, now: dt.datetime) -> None:
        """No further try is made without a person."""
        self._uow.run(END, (DeliveryState.GIVEN_UP, to_micros(now), id))


def _delivery(row: tuple[Any, ...]) -> Delivery:
    id, request, target, state, attempts, key, created_at = row
    return Delivery(id, request, target, DeliveryState(state), attempts, key, from_micros(created_at))
