"""Effects about change requests: filed, moved, applied."""

from __future__ import annotations

from collections.abc import Iterable

from dialogs import approval, lifecycle
from dialogs.effects import (
    REPLACED,
    AnswerReceipt,
    AnswerReturned,
    Apply,
    Effect,
    File,
    Move,
    Reverted,
    TellStaff,
    Withdraw,
)
from dialogs.transitions import OPEN
from store.challenges import ChallengeStore
from store.crypto import new_id
from store.instant import to_micros
from store.schema.columns import quoted
from store.step import Step

DELIVERY = (
    "INSERT INTO delivery (id, request, customer, target, state, idempotency_key, created_at)"
    " VALUES (?, ?, ?, ?, 'pending', ?, ?)"
)
# Taken back: no open request stands on the consent any more. What was applied stays what it was.
WITHDRAW_CONSENT = (
    "UPDATE consent SET withdrawn_at = ? WHERE id = ? AND withdrawn_at IS NULL AND NOT EXISTS"  # noqa: S608  # fixed
    f" (SELECT 1 FROM change_request WHERE consent = ? AND number <> ? AND state IN ({quoted(sorted(OPEN))}))"
)


def file(step: Step, filed: File) -> None:
    """Keep the new requests. The database refuses one without consent and proof. Whoever filed outside a chat is in
    touch with us, too."""
    for request in filed.requests:
        step.uow.requests.file(request, step.actor, step.now)
        if step.inbound is None:
            step.uow.archiving.alive(request.customer, step.actor, step.now)


def move(step: Step, moved: Move) -> None:
    """Write the next state; a request may move several times in one commit."""
    request = moved.request
    before = step.moves.get(request.number, 0)
    step.uow.requests.move(request, moved.came_from, request.version + before, moved.reason, step.actor, step.now)
    step.moves[request.number] = before + 1


def follow(step: Step, effect: Withdraw | AnswerReceipt | AnswerReturned | Reverted) -> Iterable[Effect]:
    """What follows for a request that a conversation only knows by number; nothing when it is too late for that."""
    request = step.uow.requests.load(effect.request)
    match effect:
        case Withdraw(_, why):
            if why != REPLACED:
                step.uow.run(WITHDRAW_CONSENT, (to_micros(step.now), request.consent, request.consent, request.number))
            return approval.withdraw(request, why, step.now).effects
        case AnswerReceipt(_, right):
            return lifecycle.on_receipt(request, right, step.now).effects
        case Reverted():
            return lifecycle.on_reverted(request, step.now).effects
        case AnswerReturned():
            return approval.resume_review(request, step.uow.policy, step.now).effects


def apply(step: Step, applied: Apply) -> None:
    """Close the old version, open the new one, and let every subscribed target know."""
    request, values = applied.request, step.uow.customers.values
    audit = step.trace("change.applied", f"request:{request.number}", request.customer, request.digest)
    closed = values.close(request.customer, request.field, step.now, request.number)
    if closed is not None:
        ChallengeStore(step.uow).void_of_contact(request.customer, closed, step.now)
    version = closed or ""
    if request.value:
        version = request.applied_version or new_id()
        values.open_applied(version, request.customer, request.field, request.value, step.now, request.number, audit)
    step.uow.requests.applied(request.number, version)
    policy = step.uow.policy.fields.get(request.field)
    for target in policy.recipients if policy is not None else ():
        _deliver(step, request.number, request.customer, target)


def tell_staff(step: Step, news: TellStaff) -> None:
    """Staff see requests and their deadlines in the console; that they were told is in the trace."""
    step.mark(f"staff.told.{news.news}", f"request:{news.request}")


def _deliver(step: Step, request: str, customer: str, target: str) -> None:
    """In order per customer and target: one system that is down holds no other back."""
    id = new_id()
    step.uow.run(DELIVERY, (id, request, customer, target, f"{request}/{target}", to_micros(step.now)))
    step.uow.jobs.put("sync", f"{customer}/{target}", step.now, {"delivery": id})
