"""What a checker decides on: old and new value, consent, proofs, and what was said."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import msgspec

from dialogs.request import ChangeRequest, State
from dialogs.types import Actor, Need
from nlu.replaced import replaced
from nlu.types import Language, Value
from nlu.values.present import mask
from store.crypto import customer_key
from store.instant import from_micros, to_micros
from store.said import Said

if TYPE_CHECKING:
    from store.uow import UnitOfWork

CONSENT = (
    "SELECT id, form, notice_version, language, how, purposes, recipients, withdraw, at, withdrawn_at FROM consent"
    " WHERE id = ?"
)
PROOFS = (
    "SELECT p.id, p.kind, p.need, p.contact, p.person, p.at, v.field FROM request_proof AS r"
    " JOIN proof AS p ON p.id = r.proof LEFT JOIN value_version AS v ON v.id = p.contact"
    " WHERE r.request = ? ORDER BY p.at, p.id"
)
EVENTS = "SELECT state, actor_kind, actor, reason, at, audit FROM request_event WHERE request = ? ORDER BY n"
STRETCH = 60
"""How many messages before filing are shown at most."""
BEFORE = "SELECT COALESCE(MAX(seq), 0) FROM message WHERE conversation = ? AND at <= ?"


class ConsentShown(msgspec.Struct, frozen=True):
    """The consent record; `withdrawn_at` is None while it stands. `form` is the canonical text that the digest is over,
    in clear."""

    id: str
    form: str
    notice_version: str
    language: Language
    how: str
    purposes: tuple[str, ...]
    recipients: tuple[str, ...]
    withdraw: str
    at: dt.datetime
    withdrawn_at: dt.datetime | None = None


class ProofShown(msgspec.Struct, frozen=True):
    """A proof the request rests on. `contact` is a version id or "new"; `field` its field, None for "new"."""

    id: str
    kind: str
    need: Need
    contact: str
    person: str
    at: dt.datetime
    field: str | None


class EventShown(msgspec.Struct, frozen=True):
    """A step of the request. `reason` is None when none was given."""

    state: State
    actor_kind: str
    actor: str
    reason: str | None
    at: dt.datetime


class Evidence(msgspec.Struct, frozen=True):
    """Everything beside a decision. `old` is the value the change was proposed against, None when there was none;
    `live` is the version on record now: another than `request.against` means the record moved on."""

    request: ChangeRequest
    old: Value | None
    new: Value
    live: str | None
    consent: ConsentShown
    proofs: tuple[ProofShown, ...]
    events: tuple[EventShown, ...]
    said: tuple[Said, ...]


class Outline(msgspec.Struct, frozen=True):
    """The evidence without what was said and without values; `old` and `new` are masked, "" for none."""

    request: ChangeRequest
    old: str
    new: str
    consent: ConsentShown
    proofs: tuple[ProofShown, ...]
    events: tuple[EventShown, ...]


def find_outline(uow: UnitOfWork, request: ChangeRequest) -> Outline:
    """Gather it; nothing in it is in clear, so nothing is traced. The consent's form is left out."""
    old = None if request.against is None else uow.customers.value_of(request.against).value
    return Outline(
        request=request,
        old="" if old is None else mask(request.field, old),
        new=mask(request.field, request.value) if request.value else "",
        consent=replaced(_consent(uow, request), form=""),
        proofs=_proofs(uow, request),
        events=events_of(uow, request),
    )


def find_evidence(uow: UnitOfWork, request: ChangeRequest, actor: Actor, now: dt.datetime) -> Evidence:
    """Gather it; the opening is in the trace."""
    subject = f"request:{request.number}"
    uow.audit.append("request.opened", subject, actor, now, customer=request.customer, digest=request.digest)
    live = uow.customers.values.live(request.customer).get(request.field)
    return Evidence(
        request=request,
        old=None if request.against is None else uow.customers.value_of(request.against).value,
        new=request.value,
        live=None if live is None else live.on_record.version,
        consent=_consent(uow, request),
        proofs=_proofs(uow, request),
        events=events_of(uow, request),
        said=_stretch(uow, request),
    )


def _consent(uow: UnitOfWork, request: ChangeRequest) -> ConsentShown:
    row = uow.run(CONSENT, (request.consent,)).fetchone()
    id, form, notice, language, how, purposes, recipients, withdraw, at, withdrawn_at = row
    return ConsentShown(
        id,
        uow.seal.open(customer_key(request.customer), form, "consent.form", id).decode(),
        notice,
        Language(language),
        how,
        tuple(json.loads(purposes)),
        tuple(json.loads(recipients)),
        withdraw,
        from_micros(at),
        None if withdrawn_at is None else from_micros(withdrawn_at),
    )


def _proofs(uow: UnitOfWork, request: ChangeRequest) -> tuple[ProofShown, ...]:
    return tuple(
        ProofShown(id, kind, Need(need), contact, person, from_micros(at), field)
        for id, kind, need, contact, person, at, field in uow.run(PROOFS, (request.number,))
    )


def events_of(uow: UnitOfWork, request: ChangeRequest) -> tuple[EventShown, ...]:
    """The steps of a request, oldest first."""
    events = []
    for state, kind, actor, sealed, at, audit in uow.run(EVENTS, (request.number,)).fetchall():
        place = f"{request.number}/{audit}"
        key = customer_key(request.customer)
        reason = None if sealed is None else uow.seal.open(key, sealed, "request_event.reason", place).decode()
        events.append(EventShown(State(state), kind, actor, reason, from_micros(at)))
    return tuple(events)


def _stretch(uow: UnitOfWork, request: ChangeRequest) -> tuple[Said, ...]:
    """The messages up to the filing or, when the customer was asked something since, up to the answer; none from when
    the chat was another customer's."""
    asked = (at for state, at in request.history if state in (State.RETURNED, State.IN_REVIEW))
    until = max(asked, default=request.filed_at)
    (last,) = uow.run(BEFORE, (request.conversation, to_micros(until))).fetchone()
    said = uow.conversations.said.of_customer(request.conversation, request.customer, last - STRETCH, last)
    return tuple(said)
