"""Effects about consent and proof: consent records, codes, proofs, notices to contacts."""

from __future__ import annotations

import datetime as dt
import json

from dialogs.effects import (
    Disclose,
    NewContact,
    Notify,
    NotifyContacts,
    Nowhere,
    OnFile,
    RecordConsent,
    RecordProof,
    RecordStaffProof,
    SendCode,
    SpendChallenge,
    VoidDraft,
)
from dialogs.types import Reply
from nlu.types import Language, Value
from store.challenges import ChallengeStore, Whose
from store.crypto import customer_key, new_id
from store.instant import to_micros
from store.notices import Notice
from store.step import Step

NOTICE_LIFETIME = dt.timedelta(hours=72)
ADDRESS = {"phone": "e164", "email": "email"}
"""Which component of a contact a message is sent to."""

CONSENT = (
    "INSERT INTO consent (id, customer, conversation, draft, digest, nonce, form, notice_version, language, how,"
    " purposes, recipients, withdraw, at, standing, audit)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'given', ?)"
)
PROOF = (
    "INSERT INTO proof (id, customer, digest, kind, need, contact, challenge, person, at, standing, audit)"
    " VALUES (?, ?, ?, 'code', ?, ?, ?, ?, ?, 'held', ?)"
)
STAFF_PROOF = (
    "INSERT INTO proof (id, customer, digest, kind, need, contact, person, signed_form, at, standing, audit)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'held', ?)"
)
# What was filed stands on its consent and proofs: those stay as they are whatever becomes of the draft.
VOID_PROOFS = (
    "UPDATE proof SET standing = 'void' WHERE standing = 'held'"
    " AND digest IN (SELECT digest FROM consent WHERE draft = ?)"
    " AND NOT EXISTS (SELECT 1 FROM request_proof WHERE request_proof.proof = proof.id)"
)
VOID_CONSENT = (
    "UPDATE consent SET standing = 'void' WHERE draft = ? AND standing = 'given'"
    " AND NOT EXISTS (SELECT 1 FROM change_request WHERE change_request.digest = consent.digest"
    " AND change_request.customer = consent.customer)"
)
LANGUAGE_OF = "SELECT locale FROM customer WHERE id = ?"


def record_consent(step: Step, consent: RecordConsent) -> None:
    """Keep the consent record; form and nonce are sealed, the digest over them is not."""
    seal, key = step.uow.seal.seal, customer_key(step.whose)
    audit = step.trace("consent.given", f"consent:{consent.id}/{consent.how}", step.whose, consent.digest)
    values = (
        consent.id,
        step.whose,
        step.here.id,
        consent.draft,
        consent.digest,
        seal(key, consent.nonce.encode(), "consent.nonce", consent.id),
        seal(key, consent.form.encode(), "consent.form", consent.id),
        consent.notice_version,
        consent.language,
        consent.how,
        json.dumps(consent.purposes),
        json.dumps(consent.recipients),
        consent.withdraw,
        to_micros(consent.at),
        audit,
    )
    step.uow.run(CONSENT, values)


def send_code(step: Step, send: SendCode) -> None:
    """Keep the challenge, and the message with the code until it is sent."""
    values = step.uow.customers.values
    match send.destination:
        case OnFile(version):
            contact = values.in_clear(version)
            whose = Whose(contact.customer, values.index(contact.field, contact.value))
            field, value = contact.field, contact.value
        case NewContact(field, value):
            whose = Whose(step.whose, values.index(field, value))
        case Nowhere():
            whose, field, value = Whose(None, None), "", {}
    ChallengeStore(step.uow).add(send, step.here, whose, step.now)
    if whose.customer is not None:
        language = step.here.language
        _put(step, send.challenge, whose.customer, field, value, send.message, language, send.expires_at)
    step.mark("code.sent", f"challenge:{send.challenge}", whose.customer, send.digest)


def record_proof(step: Step, proof: RecordProof) -> None:
    """Spend the challenge; the contact it was sent to is proven."""
    ChallengeStore(step.uow).spend(proof.challenge, step.here.id)
    audit = step.trace("proof.given", f"proof:{proof.id}/{proof.contact}", step.whose, proof.digest)
    person = f"customer:{step.whose}"
    at = to_micros(proof.at)
    values = (proof.id, step.whose, proof.digest, proof.need, proof.contact, proof.challenge, person, at, audit)
    step.uow.run(PROOF, values)
    if proof.contact != "new":
        step.uow.customers.values.proven(proof.contact, proof.at)


def record_staff_proof(step: Step, proof: RecordStaffProof) -> None:
    """A member of staff vouches for the customer. Any code on its way no longer counts; a number called back is
    proven: somebody who could show who they are answered there."""
    if step.here.draft is not None:
        ChallengeStore(step.uow).void_of_draft(step.here.draft.id, step.now)
    audit = step.trace(f"proof.{proof.kind}", f"proof:{proof.id}/{proof.contact}", step.whose, proof.digest)
    form = None if proof.signed_form is None else bytes.fromhex(proof.signed_form)
    at, person = to_micros(proof.at), f"staff:{proof.staff}"
    values = (proof.id, step.whose, proof.digest, proof.kind, proof.need, proof.contact, person, form, at, audit)
    step.uow.run(STAFF_PROOF, values)
    if proof.kind == "callback":
        step.uow.customers.values.proven(proof.contact, proof.at)


def spend_challenge(step: Step, spent: SpendChallenge) -> None:
    """A linking code was answered."""
    ChallengeStore(step.uow).spend(spent.challenge, step.here.id)
    step.mark("code.answered", f"challenge:{spent.challenge}", step.here.customer)


def disclose(step: Step, shown: Disclose) -> None:
    """Keep which versions the customer saw."""
    audit = step.trace("record.disclosed", f"conversation:{step.here.id}/{len(shown.versions)}", step.whose)
    for version in shown.versions:
        step.uow.customers.disclosed(step.whose, version, step.actor, "asked for by the customer", step.now, audit)


def void_draft(step: Step, void: VoidDraft) -> None:
    """Consent, proofs and live challenges of a draft no longer count. Without consent there are none of the others."""
    if step.uow.run(VOID_CONSENT, (void.draft,)).rowcount:
        ChallengeStore(step.uow).void_of_draft(void.draft, step.now)
        step.uow.run(VOID_PROOFS, (void.draft,))
    step.mark(f"draft.{void.why}", f"draft:{void.draft}", step.here.customer)


def notify(step: Step, notify: Notify) -> None:
    """Send word to a contact on file, also to one whose version is closed by now."""
    put_notice(step, notify.customer, notify.version, notify.message)


def put_notice(step: Step, customer: str, version: str, message: Reply) -> None:
    """A notice to this contact, in the customer's language."""
    contact = step.uow.customers.value_of(version)
    (locale,) = step.uow.run(LANGUAGE_OF, (customer,)).fetchone()
    language = Language.ZH if locale.lower().startswith("zh") else Language.EN
    id = new_id()
    _put(step, id, customer, contact.field, contact.value, message, language, step.now + NOTICE_LIFETIME)
    step.mark("notice.put", f"notice:{id}", customer)


def notify_contacts(step: Step, all: NotifyContacts) -> None:
    """Send word to every contact on file."""
    live = step.uow.customers.values.live(all.customer)
    for field in ADDRESS:
        if field in live and live[field].on_record.version != all.but:
            notify(step, Notify(all.customer, live[field].on_record.version, all.message))


def _put(
    step: Step,
    id: str,
    customer: str,
    field: str,
    value: Value,
    message: Reply,
    language: Language,
    expires: dt.datetime,
) -> None:
    text = step.uow.render(message, language).text
    step.uow.notices.put(Notice(id, field, value[ADDRESS[field]], text), customer_key(customer), step.now, expires)
