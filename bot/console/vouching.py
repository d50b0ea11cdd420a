"""Forms by which staff vouch for a customer, start a change for them, and enter what came in outside the chat."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Form, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot import vouching
from bot.console.permissions import Agent
from bot.console.screen import actor_of, go_to, show, words
from bot.fresh import fresh
from bot.live import CONSOLE
from bot.served import Served
from bot.signin import SignedIn
from bot.viewed import write_form_down
from dialogs.effects import Refusal
from dialogs.facts import OnRecord
from dialogs.lost_contact import Callback, InPerson, Place, Vouched, callable_numbers, is_lost
from dialogs.offline import Received, Way
from dialogs.reading import enabled
from dialogs.types import Conversation
from store.conversations import UnknownConversation
from store.uow import UnitOfWork

Text = Annotated[str, Form(max_length=4096)]
Short = Annotated[str, Form(max_length=128)]
Id = Annotated[str, Path(max_length=64)]
No = Annotated[str, Path(max_length=128)]
PLACES = tuple(Place)
WAYS = tuple(Way)


class ToVouch(msgspec.Struct, frozen=True):
    """What a person may vouch for now: exactly the draft with this digest, and the numbers to call back, masked.
    `gone` are those of which the customer says that they no longer receive."""

    digest: str
    numbers: tuple[OnRecord, ...]
    gone: frozenset[str]


def act_of(app: Served, staff: SignedIn) -> vouching.Act:
    """The person who is signed in, about to do something."""
    return vouching.Act(
        staff.name, app.policy, fresh(app.policy.codes.digits), app.clock(), staff.origin, app.own_fields
    )


def to_vouch(app: Served, uow: UnitOfWork, conversation: Conversation) -> ToVouch | None:
    """What is to be vouched for; None when nothing is agreed to, or a code can still prove it."""
    draft = conversation.draft
    if draft is None or draft.digest is None or draft.consent is None:
        return None
    act = vouching.Act("", app.policy, fresh(app.policy.codes.digits), app.clock())
    if not is_lost(draft, vouching.turn_of(uow, conversation, act)):
        return None
    numbers = vouching.callable_numbers(uow, conversation, app.clock())
    return ToVouch(draft.digest, numbers, frozenset(draft.unreachable))


def fields_of(app: Served) -> tuple[str, ...]:
    """The fields that are changed here."""
    return tuple(field for field in app.policy.fields if enabled(field, app.policy))


def vouched_of(kind: str, version: str, place: str, signed_form: str) -> Vouched | None:
    """What the form says; None when it says neither."""
    if kind == "callback":
        return Callback(version)
    if kind == "in_person" and place in PLACES:
        return InPerson(Place(place), signed_form.strip().lower())
    return None


def moment_of(text: str, zone: str) -> dt.datetime | None:
    """A local moment as a form sends it (2026-03-02T09:00), in UTC; None when it is none."""
    try:
        local = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC) if local.tzinfo is None else local


def router(app: Served) -> APIRouter:
    """The forms. What was refused is said on a page of its own, with the way back."""
    routes = APIRouter()

    def refused(request: Request, staff: SignedIn, why: Refusal | str, back: str) -> Response:
        name = f"console-refusal-{why}" if isinstance(why, Refusal) else why
        values = {"trouble": words(request, staff, name), "back": back}
        status = 422 if isinstance(why, str) and not isinstance(why, Refusal) else 409
        return show(app, request, staff, "console/refused.html", values, status=status, path=back)

    @routes.post("/console/conversations/{id}/proof")
    def prove(
        request: Request, id: Id, staff: Agent, digest: Short = "", kind: Short = "", version: Short = "",
        place: Short = "", signed_form: Short = "",
    ) -> Response:  # fmt: skip
        """Record how this person made sure who the customer is."""
        vouched, back = vouched_of(kind, version, place, signed_form), f"/console/conversations/{id}"
        if vouched is None:
            return refused(request, staff, "console-vouch-choose", back)
        act = act_of(app, staff)
        try:
            decision = app.database.write(lambda uow: vouching.record_proof(uow, id, vouched, digest, act))
        except UnknownConversation:
            raise HTTPException(404) from None
        if decision.refused is not None:
            return refused(request, staff, decision.refused, back)
        app.hub.publish((id, CONSOLE))
        return go_to(f"{back}#end")

    @routes.post("/console/conversations/{id}/change")
    def start(request: Request, id: Id, staff: Agent, field: Short = "", text: Text = "") -> Response:
        """Show the customer a change that this person began for them."""
        back, act = f"/console/conversations/{id}", act_of(app, staff)
        try:
            decision = app.database.write(lambda uow: vouching.start_change(uow, id, field, text, act))
        except UnknownConversation:
            raise HTTPException(404) from None
        except vouching.UnreadableValue:
            return refused(request, staff, "console-value-unreadable", back)
        if decision.refused is not None:
            return refused(request, staff, decision.refused, back)
        app.hub.publish((id, CONSOLE))
        return go_to(f"{back}#end")

    def form(
        request: Request, no: str, staff: SignedIn, *, trouble: str = "", status: int = 200, given: dict[str, str]
    ) -> Response:
        if request.method != "GET":
            write_form_down(request, actor_of(staff))

        def look(uow: UnitOfWork) -> tuple[OnRecord, ...]:
            customer = uow.customers.by_no(no)
            if customer is None:
                raise HTTPException(404)
            now = app.clock()
            return callable_numbers(uow.customers.record(customer.id), (), now, now)

        values = {
            "no": no, "numbers": app.database.read(look), "fields": fields_of(app), "ways": WAYS, "places": PLACES,
            "given": given, "trouble": trouble, "gone": frozenset(), "zone": app.config.timezone,
        }  # fmt: skip
        path = f"/console/customers/{no}/offline"
        return show(app, request, staff, "console/offline.html", values, section="customers", status=status, path=path)

    @routes.get("/console/customers/{no}/offline")
    def blank(request: Request, no: No, staff: Agent) -> Response:
        """The form for what came in outside the chat."""
        return form(request, no, staff, given={})

    @routes.post("/console/customers/{no}/offline")
    def enter(
        request: Request, no: No, staff: Agent, field: Short = "", text: Text = "", way: Short = "",
        received_at: Short = "", kind: Short = "", version: Short = "", place: Short = "", signed_form: Short = "",
    ) -> Response:  # fmt: skip
        """File what came in; whoever enters it is a maker."""
        given = {"field": field, "text": text, "way": way, "received_at": received_at, "signed_form": signed_form}
        vouched, at = vouched_of(kind, version, place, signed_form), moment_of(received_at, app.config.timezone)

        def again(name: str, status: int) -> Response:
            return form(request, no, staff, trouble=words(request, staff, name), status=status, given=given)

        if vouched is None:
            return again("console-vouch-choose", 422)
        if at is None or way not in WAYS:
            return again("console-offline-when", 422)
        act, received = act_of(app, staff), Received(Way(way), at)

        def write(uow: UnitOfWork) -> tuple[Refusal | None, str]:
            customer = uow.customers.by_no(no)
            if customer is None:
                raise HTTPException(404)
            decision, number = vouching.enter_offline(uow, customer.id, field, text, vouched, received, act)
            return decision.refused, number

        try:
            why, number = app.database.write(write)
        except vouching.UnreadableValue:
            return again("console-value-unreadable", 422)
        if why is not None:
            return again(f"console-refusal-{why}", 409)
        app.hub.publish((CONSOLE,))
        values = {"number": number, "back": f"/console/customers/{no}"}
        return show(
            app, request, staff, "console/entered.html", values, section="customers", path=f"/console/customers/{no}"
        )

    return routes
