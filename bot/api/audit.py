"""The audit log, entry by entry, its checkpoints and proofs: commitments, never plain personal values."""

from __future__ import annotations

import datetime as dt
from base64 import b64encode
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi import Path as PathParam
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from bot.api.problems import documented
from bot.api.shapes import Limit, Page
from bot.api.tokens import holder_with
from bot.served import Served
from store.audit import AuditEntry
from store.audit_proof import NothingToProveError, prove_consistency, prove_inclusion
from store.checkpoints import Signed
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


class CheckpointOut(BaseModel):
    """A signed statement of how long the log was and what its root hash was."""

    n: int
    size: int
    root: str = Field(description="RFC 9162 root hash, base64")
    at: dt.datetime
    note: str = Field(description="c2sp.org/tlog-checkpoint in a c2sp.org/signed-note")


class InclusionOut(BaseModel):
    """That an entry is in the log that the checkpoint was signed over (RFC 9162, 2.1.3). Hashes are base64."""

    kind: Literal["inclusion"]
    entry: int
    form: str | None = Field(description="What was hashed (RFC 8785); null once the entry was trimmed")
    leaf: int
    leaf_hash: str
    size: int
    root: str
    path: list[str]
    checkpoint: str


class ConsistencyOut(BaseModel):
    """That the log that the checkpoint was signed over begins with an earlier one (RFC 9162, 2.1.4)."""

    kind: Literal["consistency"]
    old: int
    old_root: str
    size: int
    root: str
    path: list[str]
    checkpoint: str


def checkpoint_out(one: Signed) -> CheckpointOut:
    return CheckpointOut(n=one.n, size=one.size, root=b64encode(one.root).decode(), at=one.at, note=one.note)


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

    @routes.get("/checkpoints", responses=documented(422))
    def checkpoints(
        holder: Annotated[TokenHolder, Depends(holder_with(Scope.AUDIT))],
        after: Annotated[int, Query(ge=0, le=2**62)] = 0,
        limit: Limit = 100,
    ) -> Page[CheckpointOut]:
        """Signed checkpoints, oldest first."""
        found = app.database.read(lambda uow: uow.checkpoints.page(after, limit))
        return Page(
            items=[checkpoint_out(one) for one in found], next=str(found[-1].n) if len(found) == limit else None
        )

    @routes.get("/entries/{entry}/proof", responses=documented(404, 422))
    def inclusion(
        holder: Annotated[TokenHolder, Depends(holder_with(Scope.AUDIT))],
        entry: Annotated[int, PathParam(ge=1, le=2**62)],
    ) -> InclusionOut:
        """The proof that an entry is in the log, against the first checkpoint over it."""
        try:
            return InclusionOut(**app.database.read(lambda uow: prove_inclusion(uow, entry)).shown())
        except NothingToProveError as error:
            raise HTTPException(404, str(error)) from None

    @routes.get("/consistency", responses=documented(404, 422))
    def consistency(
        holder: Annotated[TokenHolder, Depends(holder_with(Scope.AUDIT))],
        old: Annotated[int, Query(ge=1, le=2**62, description="The size of the earlier log")],
        checkpoint: Annotated[int | None, Query(ge=1, le=2**62, description="Up to this one; else the last")] = None,
    ) -> ConsistencyOut:
        """The proof that the log begins with an earlier one."""
        try:
            return ConsistencyOut(**app.database.read(lambda uow: prove_consistency(uow, old, checkpoint)).shown())
        except NothingToProveError as error:
            raise HTTPException(404, str(error)) from None

    return routes
