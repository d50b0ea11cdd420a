"""The trace, newest first: when, who, from where, what, on whom."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from bot.console.permissions import Auditor
from bot.console.screen import show
from bot.served import Served
from dialogs.types import ActorKind
from store.audit import AuditEntry
from store.customers import UnknownCustomer
from store.uow import UnitOfWork

PAGE = 100
SHOWN = 8


class EntryRow(msgspec.Struct, frozen=True):
    """An entry with the customer's number instead of the id; "" for nobody, the id's beginning for one who is gone.
    `who` is a member of staff, "" for others; `kind` and `about` are the subject, long ids cut."""

    entry: AuditEntry
    customer: str
    who: str
    kind: str
    about: str


def rows_of(uow: UnitOfWork, before: int | None) -> tuple[EntryRow, ...]:
    """One page of entries."""
    numbers: dict[str, str] = {}

    def number(id: str | None) -> str:
        if id is None:
            return ""
        if id not in numbers:
            try:
                numbers[id] = uow.customers.by_id(id).no
            except UnknownCustomer:
                numbers[id] = f"…{id[-SHOWN:]}"
        return numbers[id]

    return tuple(
        EntryRow(one, number(one.customer), one.actor if one.actor_kind is ActorKind.STAFF else "", *about(one.subject))
        for one in uow.audit.latest(before, PAGE)
    )


def about(subject: str) -> tuple[str, str]:
    """A subject as people read it: requests and staff go by their number and name alone, lists by what is listed; of an
    id only the end is shown: ids of one minute begin alike."""
    kind, _, id = subject.partition(":")
    return ("", id) if kind in ("request", "staff") else (kind, id if kind == "list" else id[-SHOWN:])


def router(app: Served) -> APIRouter:
    """The page."""
    routes = APIRouter()

    @routes.get("/console/audit")
    def audit(
        request: Request, staff: Auditor, before: Annotated[int | None, Query(ge=1, le=2**62)] = None
    ) -> Response:
        """A hundred entries, newest first."""
        rows = app.database.read(lambda uow: rows_of(uow, before))
        older = rows[-1].entry.id if len(rows) == PAGE else None
        return show(app, request, staff, "console/audit.html", {"rows": rows, "older": older}, section="audit")

    return routes
