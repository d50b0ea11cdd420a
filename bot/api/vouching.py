"""What staff do about proof in a conversation: see what is proposed, vouch for the customer, start a change."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field

from bot import vouching
from bot.api.conversations import StandOut, known
from bot.api.once import IdempotencyKey, call_of, write_once
from bot.api.problems import Problem, documented
from bot.api.refusals import accepted
from bot.api.shapes import Ident, In, Text
from bot.api.tokens import holder_with, person_of
from bot.fresh import fresh
from bot.live import CONSOLE
from bot.served import Served, origin_of
from dialogs.facts import OnRecord
from dialogs.lost_contact import Callback, InPerson, Place, Vouched
from store.staff import Scope, TokenHolder
from store.uow import UnitOfWork

Holder = Annotated[TokenHolder, Depends(holder_with(Scope.CONVERSATIONS))]
Id = Annotated[str, Path(max_length=64)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="The digest of the change you looked at")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the signed form, in hex")]


class CallbackIn(In):
    """The customer was called back on a number on file."""

    kind: Literal["callback"]
    version: Annotated[Ident, Field(description="One of `callback_numbers`")]


class InPersonIn(In):
    """The identity document was seen and a form signed."""

    kind: Literal["in_person"]
    place: Literal["counter", "video"]
    signed_form: Sha256


VouchedIn = Annotated[CallbackIn | InPersonIn, Field(discriminator="kind")]


class ProofIn(In):
    """How you made sure who the customer is, for exactly the change with this digest."""

    digest: Digest
    proof: VouchedIn


class ChangeIn(In):
    """A change on the customer's behalf, as they told it to you."""

    field: Ident
    text: Text


class NumberOut(BaseModel):
    """A number on file that may be called back; masked."""

    version: str
    masked: str
    since: dt.datetime


class DraftOut(BaseModel):
    """The change that is being collected; no value of it. `digest` is null until it was proposed to the customer."""

    fields: list[str]
    digest: str | None
    agreed: bool
    proofs: list[str] = Field(description="The kinds held for this digest")
    callback_numbers: list[NumberOut]


def vouched_of(given: CallbackIn | InPersonIn) -> Vouched:
    """The same for the core."""
    match given:
        case CallbackIn():
            return Callback(given.version)
        case InPersonIn():
            return InPerson(Place(given.place), given.signed_form)


def act_of(app: Served, holder: TokenHolder, request: Request) -> vouching.Act:
    """The person of this token, about to do something."""
    drawn = fresh(app.policy.codes.digits)
    return vouching.Act(person_of(holder), app.policy, drawn, app.clock(), origin_of(request), app.own_fields)


def number_out(number: OnRecord) -> NumberOut:
    return NumberOut(version=number.version, masked=number.masked, since=number.since)


def unreadable() -> Problem:
    """What was written is no value of this field."""
    return Problem(422, "value", "This is no whole value of this field, or the field is not changed here.")


def router(app: Served) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(prefix="/conversations", tags=["conversations"])

    def stand(uow: UnitOfWork, id: str) -> StandOut:
        now = known(uow, id)
        return StandOut(id=id, stage=now.stage.value, owner=now.owner, flagged=now.flagged)

    @routes.get("/{id}/draft", responses=documented(404))
    def draft(id: Id, holder: Holder) -> DraftOut:
        """What is being collected, without values, and which numbers may be called back about it."""

        def look(uow: UnitOfWork) -> DraftOut:
            here = known(uow, id)
            if here.draft is None:
                raise Problem(404, "no-draft", "No change is being collected in this conversation.")
            held = [proof.kind for proof in here.draft.proofs if proof.digest == here.draft.digest]
            numbers = vouching.callable_numbers(uow, here, app.clock())
            return DraftOut(
                fields=[item.field for item in here.draft.items],
                digest=here.draft.digest,
                agreed=here.draft.consent is not None,
                proofs=held,
                callback_numbers=[number_out(number) for number in numbers],
            )

        return app.database.read(look)

    @routes.post("/{id}/proofs", responses=documented(403, 404, 409, 422), status_code=201)
    def vouch(request: Request, id: Id, body: ProofIn, holder: Holder, key: IdempotencyKey = None) -> StandOut:
        """Record that you made sure who the customer is, because no code can reach them. You become a maker: two others
        decide."""
        act = act_of(app, holder, request)

        def whole(uow: UnitOfWork) -> StandOut:
            known(uow, id)
            accepted(vouching.record_proof(uow, id, vouched_of(body.proof), body.digest, act))
            return stand(uow, id)

        out = write_once(app, holder, key, call_of(f"proofs {id}", body), StandOut, whole)
        app.hub.publish((id, CONSOLE))
        return out

    @routes.post("/{id}/changes", responses=documented(403, 404, 409, 422), status_code=201)
    def start(request: Request, id: Id, body: ChangeIn, holder: Holder, key: IdempotencyKey = None) -> StandOut:
        """Start a change for the customer in a conversation you speak in. They see the summary; consent and codes come
        from them alone. You become a maker."""
        act = act_of(app, holder, request)

        def whole(uow: UnitOfWork) -> StandOut:
            known(uow, id)
            try:
                accepted(vouching.start_change(uow, id, body.field, body.text, act))
            except vouching.UnreadableValue:
                raise unreadable() from None
            return stand(uow, id)

        out = write_once(app, holder, key, call_of(f"changes {id}", body), StandOut, whole)
        app.hub.publish((id, CONSOLE))
        return out

    return routes
