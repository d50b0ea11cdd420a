"""Filing: a proven draft becomes one change request per field."""

from __future__ import annotations

from dialogs import consent, lifecycle, risk, silence
from dialogs.buttons import Verb, button
from dialogs.effects import REPLACED, Decision, Effect, File, Warn, Withdraw
from dialogs.flags import FlagReason
from dialogs.policy import Policy
from dialogs.proof import CONTACTS, second_held, still_wanted
from dialogs.replies import ReplyId
from dialogs.request import ChangeRequest, Importance, State
from dialogs.step import OPEN, Turn, card, field_term, field_terms, flagged
from dialogs.types import Conversation, Draft, Item, Reply, Stage
from dialogs.workdays import due
from nlu.replaced import replaced


def file(conversation: Conversation, draft: Draft, turn: Turn) -> Decision:
    """File what was agreed to and proven; its review begins, and the customer hears when it is decided."""
    risks = risk.of_draft(draft, turn.facts, turn.policy, turn.now)
    requests = tuple(
        _request(n, item, (*risks[item.field], *_lost(draft)), conversation, draft, turn)
        for n, item in enumerate(draft.items)
    )
    effects: tuple[Effect, ...] = (
        File(requests),
        *(effect for request in requests for effect in lifecycle.on_filed(request, turn.policy, turn.now).effects),
        *_warnings(draft, requests, turn),
        *(Withdraw(number, REPLACED) for number in _replaced(draft, turn)),
        *silence.no_timers(conversation),
    )
    done = replaced(
        conversation, stage=Stage.FILED, question=OPEN, draft=None, pending=None, misunderstood=0, helpers=()
    )
    decision = Decision(done, (_filed(requests, turn),), effects)
    for request in requests:
        if risk.measures(request.field, request.risks, turn.policy).stop:
            decision = flagged(decision, FlagReason.RISK, turn, request.field)
    return decision


def _replaced(draft: Draft, turn: Turn) -> tuple[str, ...]:
    """The requests that these replace. One for a field that was dropped from the draft since stays open."""
    asked = (turn.facts.open_requests.get(item.field) for item in draft.items)
    return tuple(number for number in asked if number in draft.replaces and number is not None)


def number_of(serial: int, turn: Turn) -> str:
    """CR-YYYY-NNNNNN."""
    return f"CR-{turn.now.year}-{serial:06d}"


def _request(
    n: int, item: Item, risks: tuple[str, ...], conversation: Conversation, draft: Draft, turn: Turn
) -> ChangeRequest:
    if conversation.customer is None or draft.digest is None or draft.consent is None:
        raise ValueError("only a linked customer's agreed change is filed")
    if still_wanted(draft, turn):
        raise ValueError("only a proven change is filed")
    added = risk.measures(item.field, risks, turn.policy)
    importance = _importance(item, added, draft, turn)
    old = turn.facts.record.get(item.field)
    return ChangeRequest(
        number=number_of(turn.facts.next_number + n, turn),
        customer=conversation.customer,
        conversation=conversation.id,
        field=item.field,
        operation=item.operation,
        value=item.value,
        digest=draft.digest,
        consent=draft.consent,
        proofs=tuple(proof.id for proof in draft.proofs),
        makers=makers(conversation) | frozenset(draft.makers),
        importance=importance,
        filed_at=turn.now,
        state=State.FILED,
        due_at=due(turn.now, days_of(importance, turn.policy), turn.policy.review),
        effective=item.when.date if consent.effective(item) else None,
        against=old.version if old else None,
        risks=risks,
        reason=item.reason,
        old_contact=old.version if old and item.field in CONTACTS else None,
        cooling_off=added.cooling_off,
        reverts=draft.reverts if draft.puts_back else None,
        history=((State.FILED, turn.now),),
    )


def _importance(item: Item, added: risk.Measures, draft: Draft, turn: Turn) -> Importance:
    """The field's own, raised where a person vouches, a value is put back, or a risk wants two to decide: always, or
    because no second contact could prove."""
    vouched = draft.puts_back or recorded_by_staff(draft)
    if vouched or added.add_approver or (added.add_proof and not second_held(draft)):
        return Importance.IMPORTANT
    return turn.policy.fields[item.field].importance


def recorded_by_staff(draft: Draft) -> bool:
    """Whether a person vouches for the customer: then two others decide."""
    return any(proof.kind != "code" for proof in draft.proofs)


def _lost(draft: Draft) -> tuple[str, ...]:
    """The risk of a change in a chat that no contact on file could prove."""
    return ("lost_contact",) if recorded_by_staff(draft) and not (draft.offline or draft.puts_back) else ()


def _warnings(draft: Draft, requests: tuple[ChangeRequest, ...], turn: Turn) -> tuple[Effect, ...]:
    """What a person vouched for is told to every address on file: whoever still reads there can stop it."""
    if not recorded_by_staff(draft):
        return ()
    fields = field_terms(tuple(request.field for request in requests))
    return (Warn(requests[0], Reply(ReplyId.NOTICE_FILED, {"fields": fields, "company": turn.policy.company})),)


def makers(conversation: Conversation) -> frozenset[str]:
    """Everyone who touched the draft: the customer, and staff who helped. None of them may decide."""
    return frozenset({f"customer:{conversation.customer}", *(f"staff:{name}" for name in conversation.helpers)})


def days_of(importance: Importance, policy: Policy) -> int:
    """The working days within which such a change is decided."""
    match importance:
        case Importance.ORDINARY:
            return policy.review.ordinary_days
        case Importance.IMPORTANT:
            return policy.review.important_days


def _filed(requests: tuple[ChangeRequest, ...], turn: Turn) -> Reply:
    days = max(days_of(request.importance, turn.policy) for request in requests)
    if len(requests) == 1:
        (request,) = requests
        withdraw = button(Verb.WITHDRAW, request.number)
        return card(ReplyId.FILED, withdraw, number=request.number, field=field_term(request.field), days=days)
    return card(
        ReplyId.FILED_SEVERAL,
        button(Verb.WITHDRAW),
        numbers=tuple(request.number for request in requests),
        fields=tuple(field_term(request.field) for request in requests),
        days=days,
    )
