"""Effects that protect a customer: warnings with a page to object on, freezes, what came in outside the chat."""

from __future__ import annotations

from dialogs.effects import Freeze, KeepReceipt, Release, Warn
from dialogs.offline import LATE
from nlu.replaced import replaced
from store.challenges import ChallengeStore
from store.commit_proof import ADDRESS, put_notice
from store.instant import to_micros
from store.protection import Page
from store.step import Step

OTHERS = (
    "SELECT id FROM value_version WHERE customer = ? AND field IN ('phone', 'email') AND valid_to IS NULL"
    " AND request IS NOT ? ORDER BY field DESC"
)
RECEIPT = (
    "INSERT INTO offline_receipt (request, way, received_at, entered_at, entered_by, late, audit)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)


def warn(step: Step, warning: Warn) -> None:
    """Tell the contact that is replaced and every other one on file, each with a page of its own. The contact that the
    request itself brought is not asked."""
    request, uow = warning.request, step.uow
    others = [version for (version,) in uow.run(OTHERS, (request.customer, request.number)).fetchall()]
    closed = request.old_contact or (request.against if request.field in ADDRESS else None)
    old = () if closed is None else (closed,)
    for version in dict.fromkeys((*old, *others)):
        token = uow.protection.page_new(Page(request.customer, request.number, version), step.now)
        link = f"{uow.policy.public_url}/not-me/{token}"
        message = replaced(warning.message, args={**warning.message.args, "link": link})
        put_notice(step, request.customer, version, message)


def keep_receipt(step: Step, kept: KeepReceipt) -> None:
    """How and when a request reached us."""
    audit = step.trace("request.received_offline", f"request:{kept.request}/{kept.way}", step.whose)
    late = int(step.now - kept.received_at > LATE)
    at, now = to_micros(kept.received_at), to_micros(step.now)
    step.uow.run(RECEIPT, (kept.request, kept.way, at, now, kept.entered_by, late, audit))


def freeze(step: Step, frozen: Freeze) -> None:
    """Nothing of this customer goes on; a code on its way no longer counts and is not sent."""
    audit = step.trace("customer.frozen", f"customer:{frozen.customer}", frozen.customer)
    step.uow.protection.freeze(frozen.id, frozen.customer, frozen.request, step.now, audit)
    ChallengeStore(step.uow).void_of_customer(frozen.customer, step.now)


def release(step: Step, released: Release) -> None:
    """A person has looked; who and why is kept."""
    step.mark("customer.released", f"customer:{released.customer}", released.customer)
    step.uow.protection.release(released.freeze, released.customer, step.actor.name, released.reason, step.now)
