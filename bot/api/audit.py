"""The audit log, entry by entry: commitments, never plain personal values."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from bot.api.problems import documented
from bot.api.shapes import Limit, Page
from bot.api.tokens import holder_with
from bot.served import Served
from store.audit import AuditEntry
from store.staff import Scope, TokenHolder


class EntryOut(BaseModel):
    """One step: who did what to whom, when and from where."""

    id: int
    at: dt.datetime
    actor_kind: str
    actor: str
    origin: str
    act: str
    subject: str
    customer: str | None
    digest: str
    leaf: str = Field(description="RFC 9162 leaf hash, hex")


def entry_out(one: AuditEntry) -> EntryOut:
    return EntryOut(
        id=one.id,
        at=one.at,
        actor_kind=one.actor_kind.value,
        actor=one.actor,
        origin=one.origin,
        act=one.act,
        subject=one.subject,
        customer=one.customer,
        digest=one.digest,
        leaf=one.leaf.hex(),
    )


def router(app: Served) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(prefix="/audit", tags=["audit"])

    @routes.get("/entries", responses=documented(422))
    def entries(
        holder: Annotated[TokenHolder, Depends(holder_with(Scope.AUDIT))],
        after: Annotated[int, Query(ge=0, le=2**62)] = 0,
        limit: Limit = 100,
    ) -> Page[EntryOut]:
        """Entries in the order they were written."""
        found = app.database.read(lambda uow: uow.audit.page(after, limit))
        return Page(items=[entry_out(one) for one in found], next=str(found[-1].id) if len(found) == limit else None)

    return routes
