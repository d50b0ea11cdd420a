"""How the company sorts its customers: tier, tags, owner. Plain words, none personal, each change traced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from dialogs.types import Actor

if TYPE_CHECKING:
    from store.uow import UnitOfWork

TAG_LENGTH = 32
TAGS = 20
"""Tags of one customer at most."""

OF_CUSTOMER = "SELECT tag FROM customer_tag WHERE customer = ? ORDER BY tag"
ADD = "INSERT INTO customer_tag (tag, customer) VALUES (?, ?) ON CONFLICT DO NOTHING"
REMOVE = "DELETE FROM customer_tag WHERE customer = ?"
SORT = "UPDATE customer SET tier = ?, owner = ? WHERE id = ?"
IN_USE = "SELECT DISTINCT tag FROM customer_tag ORDER BY tag LIMIT ?"
TO_VERIFY = "EXISTS (SELECT 1 FROM value_version WHERE customer = c.id AND valid_to IS NULL AND doubted_at IS NOT NULL)"
WITH_TASK = "EXISTS (SELECT 1 FROM task WHERE customer = c.id AND done_at IS NULL)"


class Labels(msgspec.Struct, frozen=True):
    """What a customer is sorted by. `owner` None: nobody's."""

    tier: str
    owner: str | None
    tags: tuple[str, ...]


class Wanted(msgspec.Struct, frozen=True):
    """Which customers a list holds; None and False ask for nothing."""

    tier: str | None = None
    tag: str | None = None
    owner: str | None = None
    owners: tuple[str, ...] | None = None  # of these or of nobody
    status: str | None = None
    to_verify: bool = False
    with_task: bool = False

    def where(self) -> tuple[str, tuple[str, ...]]:
        """The condition on `customer AS c`, fixed text and question marks, and its values."""
        parts, values = ["c.no > ?"], []
        for column in ("tier", "owner", "status"):
            if (value := getattr(self, column)) is not None:
                parts.append(f"c.{column} = ?")
                values.append(value)
        if self.owners is not None:
            marks = ", ".join("?" * len(self.owners))
            parts.append(f"(c.owner IS NULL OR c.owner IN ({marks}))")
            values += self.owners
        if self.tag is not None:
            parts.append("EXISTS (SELECT 1 FROM customer_tag WHERE tag = ? AND customer = c.id)")
            values.append(self.tag)
        parts += [TO_VERIFY] if self.to_verify else []
        parts += [WITH_TASK] if self.with_task else []
        return " AND ".join(parts), tuple(values)


class LabelStore:
    """Keeps tiers, tags and owners."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def tags(self, customer: str) -> tuple[str, ...]:
        """A customer's tags, in order."""
        return tuple(tag for (tag,) in self._uow.run(OF_CUSTOMER, (customer,)))

    def in_use(self, limit: int = 200) -> tuple[str, ...]:
        """The tags that any customer has."""
        return tuple(tag for (tag,) in self._uow.run(IN_USE, (limit,)))

    def add_tags(self, customer: str, tags: Iterable[str]) -> None:
        """Add tags to those there are."""
        for tag in tags:
            self._uow.run(ADD, (tag, customer))

    def sort(self, customer: str, labels: Labels, actor: Actor, now: dt.datetime) -> None:
        """Make tier, owner and tags exactly these."""
        self._uow.run(SORT, (labels.tier, labels.owner, customer))
        self._uow.run(REMOVE, (customer,))
        self.add_tags(customer, labels.tags)
        self._uow.audit.append("customer.sorted", f"customer:{customer}", actor, now, customer=customer)

    def page(self, columns: str, wanted: Wanted, after: str, limit: int) -> list[tuple[Any, ...]]:
        """Rows of customers by number, those after a number."""
        where, values = wanted.where()
        sql = f"SELECT {columns} FROM customer AS c WHERE {where} ORDER BY c.no LIMIT ?"  # noqa: S608  # fixed text
        return self._uow.run(sql, (after, *values, limit)).fetchall()
