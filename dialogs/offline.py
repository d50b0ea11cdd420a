"""Requests that did not come through a chat: at the counter, on the hotline, by letter. Somebody enters them; from then
on they go the same road as any other, and whoever entered them is a maker."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec

from dialogs import consent, filing, lost_contact, proof
from dialogs.approval import Checker
from dialogs.effects import Decision, File, KeepReceipt, Refusal
from dialogs.lost_contact import InPerson, Vouched
from dialogs.policy import Risk
from dialogs.proof import CONTACTS
from dialogs.step import Turn
from dialogs.types import Conversation, Draft, Item, Proof
from nlu.replaced import replaced
from nlu.types import Operation

LATE = dt.timedelta(hours=24)
"""Entered later than so long after its receipt, a request is flagged."""

CHANNEL = "offline"
"""The channel of the conversation that holds what a customer asked for on paper, at the counter or by telephone."""


class Way(StrEnum):
    """How a request reached us."""

    COUNTER = "counter"
    HOTLINE = "hotline"
    LETTER = "letter"


class Received(msgspec.Struct, frozen=True):
    """A request from outside the chat, and when it was received."""

    way: Way
    at: dt.datetime


def enter(
    conversation: Conversation, item: Item, vouched: Vouched, received: Received, staff: Checker, turn: Turn
) -> Decision:
    """File what was received, with consent and proof as they were given. `conversation` is the customer's own of this
    channel."""
    draft = Draft(turn.draft_id, (replaced(item, risks=risks_of(item, received, turn)),), turn.now, offline=True)
    if (refused := _refused(conversation, item, vouched, received, staff, turn)) is not None:
        return Decision(refused=refused)
    filed = file_vouched(conversation, draft, vouched, staff, turn, how=how_of(vouched, received))
    receipts = tuple(
        KeepReceipt(request.number, received.way.value, received.at, staff.name)
        for effect in filed.effects
        if isinstance(effect, File)
        for request in effect.requests
    )
    return replaced(filed, effects=(*filed.effects, *receipts))


def file_vouched(
    conversation: Conversation, draft: Draft, vouched: Vouched, staff: Checker, turn: Turn, *, how: str
) -> Decision:
    """Consent and a person's proof, both for the draft as it is, and the request that rests on them. Nothing is said:
    nobody is in the chat."""
    here = replaced(conversation, helpers=tuple(dict.fromkeys((*conversation.helpers, staff.name))))
    draft = consent.fixed(draft, here.customer or "", turn)
    agreed = consent.give(here, draft, how, turn)
    (want,) = proof.wanted(draft, turn)
    vouch = lost_contact.effect_of(vouched, want.need, draft.digest or "", staff.name, turn)
    held = Proof(vouch.id, vouch.need, vouch.kind, vouch.digest, vouch.contact, vouch.at)
    draft = replaced(draft, consent=turn.consent_id, proofs=(held,))
    filed = filing.file(here, draft, turn)
    return Decision(filed.conversation, (), (*agreed.effects, vouch, *filed.effects))


def how_of(vouched: Vouched, received: Received) -> str:
    """How consent was given: on paper, or in words on the telephone."""
    return "signed" if isinstance(vouched, InPerson) or received.way is Way.LETTER else "spoken"


def risks_of(item: Item, received: Received, turn: Turn) -> tuple[str, ...]:
    """What those who decide should know besides."""
    late = ("entered_late",) if turn.now - received.at > LATE else ()
    unproven = item.field in CONTACTS and item.operation is not Operation.REMOVE
    return (*item.risks, "received_offline", *late, *((Risk.NEW_CONTACT_UNPROVEN.value,) if unproven else ()))


def _refused(
    conversation: Conversation, item: Item, vouched: Vouched, received: Received, staff: Checker, turn: Turn
) -> Refusal | None:
    if f"customer:{conversation.customer}" in staff.ids:
        return Refusal.OWN_RECORD
    if received.at > turn.now:
        return Refusal.NOT_YET_RECEIVED
    if item.field in turn.facts.open_requests:
        return Refusal.OPEN_REQUEST
    numbers = lost_contact.callable_numbers(turn.facts.record, (), received.at, turn.now)
    if (unproven := lost_contact.why_not(vouched, numbers)) is not None:
        return unproven  # first of all: whoever proves nothing learns nothing of the record either
    same = item.field in turn.facts.same_as_record and item.operation is not Operation.REMOVE
    return Refusal.SAME_AS_RECORD if same else None
