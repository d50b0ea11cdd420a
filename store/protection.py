"""What protects a customer: the page by which an old contact says "this wasn't me", freezes, and which members of staff
are customers themselves."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec

from dialogs.freezing import Frozen
from dialogs.types import Actor
from store.crypto import customer_key, new_token
from store.indexes import Index
from store.instant import from_micros, to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

PAGE_LIFETIME = dt.timedelta(days=30)

ADD_PAGE = (
    "INSERT INTO not_me (token_hash, customer, request, version, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)"
)
FIND_PAGE = "SELECT customer, request, version FROM not_me WHERE token_hash = ? AND used_at IS NULL AND expires_at > ?"
USE_PAGE = (
    "UPDATE not_me SET used_at = ? WHERE token_hash = ? AND used_at IS NULL AND expires_at > ?"
    " RETURNING customer, request, version"
)
FROZEN = "SELECT id, customer, request, at FROM freeze WHERE released_at IS NULL"
ONE = f"{FROZEN} AND id = ?"
OF_CUSTOMER = f"{FROZEN} AND customer = ?"
ALL = f"{FROZEN} ORDER BY at, id LIMIT ?"
FREEZE = "INSERT INTO freeze (id, customer, request, at, audit) VALUES (?, ?, ?, ?, ?)"
RELEASE = "UPDATE freeze SET released_at = ?, released_by = ?, reason = ? WHERE id = ? AND released_at IS NULL"
SET_CUSTOMER = (
    "INSERT INTO staff_customer (staff, customer, audit) VALUES (?, ?, ?)"
    " ON CONFLICT (staff) DO UPDATE SET customer = excluded.customer, audit = excluded.audit"
)
RECEIPT = "SELECT way, received_at, entered_by, late FROM offline_receipt WHERE request = ?"
REVERTED_BY = "SELECT request FROM reversal WHERE reverts = ? ORDER BY request DESC LIMIT 1"


class FreezeReleasedError(Exception):
    """Somebody else released it in the meantime."""


class Page(msgspec.Struct, frozen=True):
    """What a "this wasn't me" link is about: a request, told to the contact with this version id."""

    customer: str
    request: str
    version: str


class Receipt(msgspec.Struct, frozen=True):
    """How a request reached us outside the chat. `late`: entered more than a day after it was received."""

    way: str
    received_at: dt.datetime
    entered_by: str
    late: bool


class ProtectionStore:
    """Keeps freezes and what leads to them."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def page_new(self, page: Page, now: dt.datetime) -> str:
        """A secret for one page, good for thirty days; only its keyed hash is kept."""
        token = new_token()
        ends = to_micros(now + PAGE_LIFETIME)
        values = (self._hash(token), page.customer, page.request, page.version, to_micros(now), ends)
        self._uow.run(ADD_PAGE, values)
        return token

    def page(self, token: str, now: dt.datetime) -> Page | None:
        """What the page is about; None when it was used, is too old or never was. Changes nothing."""
        row = self._uow.run(FIND_PAGE, (self._hash(token), to_micros(now))).fetchone()
        return None if row is None else Page(*row)

    def page_use(self, token: str, now: dt.datetime) -> Page | None:
        """Use the page up; None when it was used, is too old or never was."""
        row = self._uow.run(USE_PAGE, (to_micros(now), self._hash(token), to_micros(now))).fetchone()
        return None if row is None else Page(*row)

    def is_frozen(self, customer: str) -> bool:
        """Whether nothing of this customer is applied for now."""
        return self._uow.run(OF_CUSTOMER, (customer,)).fetchone() is not None

    def of_customer(self, customer: str) -> Frozen | None:
        """The customer's freeze, None when there is none."""
        return _frozen(self._uow.run(OF_CUSTOMER, (customer,)).fetchone())

    def by_id(self, id: str) -> Frozen | None:
        """A freeze that nobody has released; None for any other."""
        return _frozen(self._uow.run(ONE, (id,)).fetchone())

    def all(self, limit: int = 200) -> list[Frozen]:
        """Every freeze that nobody has released, longest first."""
        rows = self._uow.run(ALL, (limit,)).fetchall()
        return [found for row in rows if (found := _frozen(row)) is not None]

    def freeze(self, id: str, customer: str, request: str, now: dt.datetime, audit: int) -> None:
        """Freeze a customer. The database refuses a second freeze beside an open one."""
        self._uow.run(FREEZE, (id, customer, request, to_micros(now), audit))

    def release(self, id: str, customer: str, staff: str, reason: str, now: dt.datetime) -> None:
        """Lift a freeze. Raises FreezeReleasedError when it is lifted already; the database refuses a maker."""
        sealed = self._uow.seal.seal(customer_key(customer), reason.encode(), "freeze.reason", id)
        if self._uow.run(RELEASE, (to_micros(now), f"staff:{staff}", sealed, id)).rowcount != 1:
            raise FreezeReleasedError(id)

    def is_customer(self, staff: str, customer: str, actor: Actor, now: dt.datetime) -> None:
        """This member of staff is that customer too: from now on they take no part in deciding on that record."""
        audit = self._uow.audit.append("staff.is_customer", f"staff:{staff}", actor, now, customer=customer)
        self._uow.run(SET_CUSTOMER, (staff, customer, audit))

    def persons_of(self, staff: str) -> frozenset[str]:
        """Further person ids of a member of staff."""
        rows = self._uow.run("SELECT customer FROM staff_customer WHERE staff = ?", (staff,)).fetchall()
        return frozenset(f"customer:{customer}" for (customer,) in rows)

    def receipt_of(self, request: str) -> Receipt | None:
        """How a request reached us outside the chat, None for one from a chat."""
        row = self._uow.run(RECEIPT, (request,)).fetchone()
        return None if row is None else Receipt(row[0], from_micros(row[1]), row[2], bool(row[3]))

    def reverted_by(self, request: str) -> str | None:
        """The latest request that puts back what this one changed; None when there is none."""
        row = self._uow.run(REVERTED_BY, (request,)).fetchone()
        return None if row is None else str(row[0])

    def _hash(self, token: str) -> bytes:
        return self._uow.keyring.index(Index.TOKEN, "not-me", token)


def _frozen(row: tuple[Any, ...] | None) -> Frozen | None:
    return None if row is None else Frozen(row[0], row[1], row[2], from_micros(row[3]))
