"""The list of change requests: what waits for a decision, due soonest first, and what became of the others."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from bot.console.permissions import Decider
from bot.console.screen import show
from bot.console.standing import standing
from bot.reach import among
from bot.served import Served
from bot.signin import SignedIn
from dialogs.access import Permission
from dialogs.effects import Refusal
from dialogs.policy import Policy
from dialogs.request import ChangeRequest, State
from nlu.values.present import mask
from store.uow import UnitOfWork

PAGE = 50
OPEN_AT_ONCE = 200
DONE = ("approved", "first", "rejected", "returned", "stale")

APPLIED = frozenset({State.APPLIED, State.SYNCED, State.SYNC_FAILED, State.CONFIRMED, State.DISPUTED})
ENDED = frozenset(
    {State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.STALE, State.FROZEN, State.REVERTED},
)


class Show(StrEnum):
    """Which requests are listed."""

    OPEN = "open"
    APPLIED = "applied"
    ENDED = "ended"


class RequestRow(msgspec.Struct, frozen=True):
    """A request in the list: masked. `refused` is why this person may not approve it, None when they may."""

    number: str
    field: str
    masked: str
    customer: str
    importance: str
    state: State
    filed_at: dt.datetime
    due_at: dt.datetime | None
    refused: Refusal | None
    step: str


def row_of(uow: UnitOfWork, one: ChangeRequest, staff: SignedIn, policy: Policy, now: dt.datetime) -> RequestRow:
    """The request as the list shows it to this person."""
    stand = standing(uow, one, staff, policy, now)
    return RequestRow(
        number=one.number,
        field=one.field,
        masked=mask(one.field, one.value) if one.value else "",
        customer=uow.customers.by_id(one.customer).no,
        importance=one.importance.value,
        state=one.state,
        filed_at=one.filed_at,
        due_at=one.due_at,
        refused=stand.approve,
        step=stand.step,
    )


def listed(uow: UnitOfWork, which: Show, before: str) -> list[ChangeRequest]:
    """The requests of one list, one more than a page of those that may go on for ever."""
    match which:
        case Show.OPEN:
            return uow.requests.open_soonest(OPEN_AT_ONCE)
        case Show.APPLIED:
            return uow.requests.latest(APPLIED, before, PAGE + 1)
        case Show.ENDED:
            return uow.requests.latest(ENDED, before, PAGE + 1)


def router(app: Served) -> APIRouter:
    """The list."""
    routes = APIRouter()

    @routes.get("/console/requests")
    def requests(
        request: Request,
        staff: Decider,
        which: Annotated[str, Query(alias="show", max_length=20)] = "",
        before: Annotated[str, Query(max_length=64)] = "",
        done: Annotated[str, Query(max_length=20)] = "",
        number: Annotated[str, Query(max_length=64)] = "",
    ) -> Response:
        """The requests, in one of three lists. `done` and `number` say what was just decided."""
        chosen = Show(which) if which in tuple(Show) else Show.OPEN
        now = app.clock()

        def look(uow: UnitOfWork) -> tuple[list[RequestRow], str]:
            found = listed(uow, chosen, before)
            limit = OPEN_AT_ONCE if chosen is Show.OPEN else PAGE
            theirs = among(uow, staff.person, Permission.DECIDE)
            following = found[limit - 1].number if len(found) > limit else ""
            shown = [one for one in found[:limit] if theirs(one.customer)]
            return [row_of(uow, one, staff, app.policy, now) for one in shown], following

        rows, following = app.database.read(look)
        values = {
            "rows": rows,
            "yours": sum(row.refused is None for row in rows),
            "show": chosen,
            "lists": tuple(Show),
            "next": following,
            "done": done if done in DONE else "",
            "number": number,
        }
        return show(app, request, staff, "console/requests.html", values, section="requests")

    return routes
