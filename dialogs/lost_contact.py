"""Lost contact: no code can be sent to anything on file, so a person makes sure who the customer is.

They call back on a number that was on file long before, or see the identity document, at the counter or by video. One
records it, two others decide, and the change waits (design, part 6).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from dialogs import on_behalf, proof, road
from dialogs.approval import Checker
from dialogs.effects import Decision, RecordStaffProof, Refusal
from dialogs.facts import Facts, OnRecord
from dialogs.replies import ReplyId
from dialogs.step import OPEN, Turn, card, joined
from dialogs.types import Conversation, Draft, Need, Proof
from nlu.replaced import replaced

SETTLED_AFTER = dt.timedelta(days=30)
"""A number is called back only when it has stood on file for so long."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Place(StrEnum):
    """Where an identity document was seen."""

    COUNTER = "counter"
    VIDEO = "video"


class Callback(msgspec.Struct, frozen=True):
    """The customer was called back on a number on file, by version id."""

    version: str


class InPerson(msgspec.Struct, frozen=True):
    """The identity document was seen; `signed_form` is the SHA-256 of the signed form, in hex."""

    place: Place
    signed_form: str


Vouched = Callback | InPerson
"""How a member of staff made sure who the customer is."""


def callable_numbers(
    record: Mapping[str, OnRecord], barred: tuple[str, ...], before: dt.datetime, now: dt.datetime
) -> tuple[OnRecord, ...]:
    """The numbers that may be called back: live, on file before `before` and for thirty days; none of the `barred`
    versions. A number that was replaced may be a stranger's by now."""
    phone = record.get("phone")
    if phone is None or phone.version in barred:
        return ()
    settled = phone.since < before and now - phone.since >= SETTLED_AFTER
    return (phone,) if settled else ()


def barred(draft: Draft, facts: Facts, now: dt.datetime) -> tuple[str, ...]:
    """Versions that may not be called back: of a disputed change neither the old contact nor the new one, and a number
    long unproven through which the chat was linked, since whoever has it by now would answer the call as well. A number
    of which the customer only says that it is gone may be tried."""
    disputed = draft.unreachable if draft.reverts is not None else ()
    one_factor = (contact.version for contact in facts.record.values() if proof.is_one_factor(contact, facts, now))
    return (*disputed, *one_factor)


def is_lost(draft: Draft, turn: Turn) -> bool:
    """Whether the proof that is missing cannot be had by a code."""
    need = missing_on_file(draft, turn)
    return need is not None and proof.contact_for(draft, need, turn.facts, turn.now) is None


def missing_on_file(draft: Draft, turn: Turn) -> Need | None:
    """The proof by a contact on file that is still missing; None when it is there."""
    wanted = (want.need for want in proof.still_wanted(draft, turn) if want.need is not Need.NEW_CONTACT)
    return next(wanted, None)


def record(conversation: Conversation, staff: Checker, vouched: Vouched, digest: str, turn: Turn) -> Decision:
    """Keep what a person made sure of, for exactly the change with this digest, and go on: to the code for the new
    contact, or to filing. Whoever records is a maker."""
    draft = conversation.draft
    if draft is None or draft.consent is None or draft.digest is None:
        return Decision(refused=Refusal.NOT_AGREED)
    need = missing_on_file(draft, turn)
    refused = _refused(conversation, draft, staff, vouched, digest, turn)
    if refused is not None or need is None:
        return Decision(refused=refused or Refusal.CONTACT_REACHABLE)
    effect = effect_of(vouched, need, digest, staff.name, turn)
    held = Proof(effect.id, need, effect.kind, digest, effect.contact, turn.now)
    conversation = replaced(
        conversation,
        draft=replaced(draft, proofs=(*draft.proofs, held)),
        helpers=tuple(dict.fromkeys((*conversation.helpers, staff.name))),
        pending=None,
        question=OPEN,
        flagged=None,
        flagged_at=None,
    )
    said = Decision(conversation, (card(ReplyId.PERSON_VOUCHED, name=staff.name),), (effect,))
    return on_behalf.remembered(joined(said, road.go_on(conversation, conversation.draft or draft, turn)), turn)


def _refused(
    conversation: Conversation, draft: Draft, staff: Checker, vouched: Vouched, digest: str, turn: Turn
) -> Refusal | None:
    if conversation.owner not in (None, staff.name):
        return Refusal.OWNED_BY_OTHER
    if f"customer:{conversation.customer}" in staff.ids:
        return Refusal.OWN_RECORD
    if turn.facts.frozen:
        return Refusal.FROZEN
    if digest != draft.digest:
        return Refusal.DIGEST_CHANGED
    if not is_lost(draft, turn):
        return Refusal.CONTACT_REACHABLE
    return why_not(
        vouched, callable_numbers(turn.facts.record, barred(draft, turn.facts, turn.now), draft.began_at, turn.now)
    )


def why_not(vouched: Vouched, numbers: tuple[OnRecord, ...]) -> Refusal | None:
    """Why this proves nothing; None when it does."""
    match vouched:
        case Callback(version):
            return None if version in {number.version for number in numbers} else Refusal.NUMBER_NOT_OFFERED
        case InPerson(_, signed_form):
            return None if _SHA256.fullmatch(signed_form) else Refusal.FORM_NEEDED


def effect_of(vouched: Vouched, need: Need, digest: str, staff: str, turn: Turn) -> RecordStaffProof:
    """The proof as it is kept."""
    match vouched:
        case Callback(version):
            return RecordStaffProof(turn.proof_id, "callback", digest, need, version, staff, turn.now)
        case InPerson(place, form):
            return RecordStaffProof(turn.proof_id, "in_person", digest, need, place.value, staff, turn.now, form)
