"""One change request: the evidence beside it, and the verdict on exactly what is on the screen."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from fastapi import APIRouter, Form, Path, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.checks import Check, check
from bot.console.difference import Difference, difference
from bot.console.lines import Line, lines_of
from bot.console.permissions import Decider
from bot.console.screen import actor_of, go_to, show, words
from bot.console.standing import Standing, checker, standing
from bot.console.vouching import PLACES
from bot.live import CONSOLE
from bot.pages import language_of
from bot.served import Served
from bot.signin import SignedIn
from bot.verdict import Verdict, give_verdict
from dialogs import reverting
from dialogs.effects import Refusal
from dialogs.freezing import Frozen
from dialogs.request import ChangeRequest, State
from nlu.types import Language
from nlu.values.present import mask
from store.duplicates import Duplicate, find_duplicates
from store.evidence import Evidence, Outline, ProofShown
from store.protection import Receipt
from store.requests import UnknownRequest
from store.uow import UnitOfWork
from store.values import UnknownVersion

REASON_LENGTH = 1000
Number = Annotated[str, Path(max_length=64)]

STATUS = {
    Refusal.MAKER_IS_CHECKER: 403,
    Refusal.SAME_CHECKER: 403,
    Refusal.WRONG_ROLE: 403,
    Refusal.REASON_NEEDED: 422,
    Refusal.OWN_RECORD: 403,
    Refusal.NOT_YOURS: 403,
}


class ProofRow(msgspec.Struct, frozen=True):
    """A proof in the list. `contact` is masked, "" for the new contact itself and in person; `person` is the member of
    staff who recorded it, "" for the customer's own code."""

    kind: str
    need: str
    contact: str
    person: str
    at: object


class Sheet(msgspec.Struct, frozen=True):
    """All that the page shows. Without `open` values are masked: this person does not decide."""

    request: ChangeRequest
    customer: str
    standing: Standing
    shown: Evidence | Outline
    proofs: tuple[ProofRow, ...]
    difference: Difference | None
    checks: tuple[Check, ...]
    lines: tuple[Line, ...]
    live: str | None
    guard: Guard
    duplicates: tuple[Duplicate, ...] = ()


class Guard(msgspec.Struct, frozen=True):
    """What protects the customer here: a freeze, how the request reached us outside the chat, and what it puts back or
    was put back by. `settles`: this person may settle the dispute."""

    frozen: Frozen | None
    receipt: Receipt | None
    reverted_by: str | None
    settles: bool


def guard_of(uow: UnitOfWork, held: ChangeRequest, staff: SignedIn, now: dt.datetime) -> Guard:
    """Gather it."""
    settles = reverting.uphold(held, checker(uow, staff), "?", now).refused is None
    protection = uow.protection
    return Guard(
        protection.of_customer(held.customer),
        protection.receipt_of(held.number),
        protection.reverted_by(held.number),
        settles,
    )


def proof_row(uow: UnitOfWork, proof: ProofShown) -> ProofRow:
    """A proof, its contact masked."""
    try:
        version = uow.customers.value_of(proof.contact)
        contact = mask(version.field, version.value)
    except UnknownVersion:
        contact = ""
    person = proof.person.removeprefix("staff:") if proof.person.startswith("staff:") else ""
    return ProofRow(proof.kind, proof.need.value, contact, person, proof.at)


def sheet_of(app: Served, uow: UnitOfWork, number: str, staff: SignedIn, language: Language) -> Sheet:
    """Gather the page. For whoever decides the values are in clear; that it was opened is in the trace."""
    now = app.clock()
    held = uow.requests.load(number)
    stand = standing(uow, held, staff, app.policy, now)
    customer = uow.customers.by_id(held.customer).no
    if not stand.decides:
        uow.audit.append("request.viewed", f"request:{number}", actor_of(staff), now, customer=held.customer)
        outline = uow.requests.outline(number)
        proofs = tuple(proof_row(uow, proof) for proof in outline.proofs)
        return Sheet(held, customer, stand, outline, proofs, None, (), (), None, guard_of(uow, held, staff, now))
    evidence = uow.requests.evidence(number, actor_of(staff), now)
    return Sheet(
        request=held,
        customer=customer,
        standing=stand,
        shown=evidence,
        proofs=tuple(proof_row(uow, proof) for proof in evidence.proofs),
        difference=difference(held.field, evidence.old, evidence.new, language),
        checks=check(uow, evidence, app.policy),
        lines=lines_of(evidence.said, language),
        live=evidence.live,
        guard=guard_of(uow, held, staff, now),
        duplicates=find_duplicates(uow, held.customer, {held.field: evidence.new} if evidence.new else None),
    )


def outcome(verdict: Verdict, after: ChangeRequest) -> str:
    """What the list says was done. Approving may have found that the record moved on: then the request is stale."""
    match verdict:
        case Verdict.APPROVE if after.state is State.IN_SECOND_REVIEW:
            return "first"
        case Verdict.APPROVE:
            return "stale" if after.state is State.STALE else "approved"
        case Verdict.REJECT:
            return "rejected"
        case Verdict.RETURN:
            return "returned"


def router(app: Served) -> APIRouter:
    """The page, its forms, and the question whether it is still true."""
    routes = APIRouter()

    def screen(
        request: Request, staff: SignedIn, number: str, *, trouble: str = "", status: int = 200, written: str = "",
        opened: str = "approve",
    ) -> Response:  # fmt: skip
        language = Language(language_of(request, staff.language))
        try:
            sheet = app.database.write(lambda uow: sheet_of(app, uow, number, staff, language))
        except UnknownRequest:
            raise HTTPException(404) from None
        values = {
            "sheet": sheet,
            "one": sheet.request,
            "trouble": trouble,
            "written": written,
            "opened": opened,
            "reason_length": REASON_LENGTH,
            "places": PLACES,
            "can_be_put_back": sheet.request.state in reverting.CAN_BE_PUT_BACK,
        }
        path = f"/console/requests/{number}"
        return show(app, request, staff, "console/review.html", values, section="requests", status=status, path=path)

    @routes.get("/console/requests/{number}")
    def one(request: Request, number: Number, staff: Decider) -> Response:
        """The request with its evidence."""
        return screen(request, staff, number)

    @routes.get("/console/requests/{number}/changed")
    def changed(
        request: Request, number: Number, staff: Decider, version: Annotated[int, Query(ge=0, le=2**53)]
    ) -> Response:
        """A notice when the request is no longer the one on the screen; 204 while it is."""
        try:
            held = app.database.read(lambda uow: uow.requests.load(number))
        except UnknownRequest:
            raise HTTPException(404) from None
        if held.version == version:
            return Response(status_code=204)
        return show(app, request, staff, "console/_changed.html", {"one": held})

    @routes.post("/console/requests/{number}/decision")
    def decide(
        request: Request,
        number: Number,
        staff: Decider,
        verdict: Annotated[str, Form()] = "",
        digest: Annotated[str, Form()] = "",
        reason: Annotated[str, Form()] = "",
    ) -> Response:
        """Approve, reject or return exactly the change that was on the screen."""
        if verdict not in tuple(Verdict):
            raise HTTPException(422)
        given, now = Verdict(verdict), app.clock()
        if len(reason) > REASON_LENGTH:
            trouble = words(request, staff, "console-too-long", limit=REASON_LENGTH)
            return screen(request, staff, number, trouble=trouble, status=422, written=reason, opened=given)

        def act(uow: UnitOfWork) -> tuple[Refusal | None, ChangeRequest]:
            by = checker(uow, staff)
            decision = give_verdict(uow, number, given, by, digest, reason, app.policy, now, staff.origin)
            return decision.refused, uow.requests.load(number)

        try:
            refused, after = app.database.write(act)
        except UnknownRequest:
            raise HTTPException(404) from None
        if refused is not None:
            trouble = words(request, staff, f"console-refusal-{refused}")
            status = STATUS.get(refused, 409)
            return screen(request, staff, number, trouble=trouble, status=status, written=reason, opened=given)
        app.hub.publish((after.conversation, CONSOLE))
        return go_to(f"/console/requests?done={outcome(given, after)}&number={number}")

    return routes
