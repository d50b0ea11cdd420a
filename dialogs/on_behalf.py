"""A change that an agent starts on the customer's behalf. The agent says what; consent and codes are the customer's."""

from __future__ import annotations

from dialogs import consent, road, silence
from dialogs.approval import Checker
from dialogs.effects import Decision, Refusal
from dialogs.reading import enabled
from dialogs.step import OPEN, Turn, joined
from dialogs.types import Conversation, Draft, Item, Silence, Stage
from nlu.replaced import replaced


def start(conversation: Conversation, item: Item, staff: Checker, turn: Turn) -> Decision:
    """Show the customer the summary of this change. An open draft of the same field is put right: whatever was agreed
    to is void. Whoever starts a change is a maker."""
    if (refused := _refused(conversation, item, staff, turn)) is not None:
        return Decision(refused=refused)
    conversation, effects = consent.void(conversation, "corrected")
    fresh = Draft(turn.draft_id, (item,), turn.now)
    draft = fresh if conversation.draft is None else replaced(conversation.draft, items=(item,))
    begun = begin(conversation, draft, staff)
    return remembered(joined(Decision(begun, (), effects), road.go_on(begun, draft, turn)), turn)


def remembered(decision: Decision, turn: Turn) -> Decision:
    """The same decision; what it said is put again at a hand-back, and a customer who falls silent is reminded."""
    after = decision.conversation
    if after is None or decision.refused is not None:
        return decision
    timers = silence.timers(after, Silence.ACTIVE, turn.policy, turn.now) if after.draft is not None else ()
    kept = replaced(after, last=decision.replies or after.last)
    return replaced(decision, conversation=kept, effects=(*decision.effects, *timers))


def begin(conversation: Conversation, draft: Draft, staff: Checker) -> Conversation:
    """The conversation with a draft that a member of staff made."""
    return replaced(
        conversation,
        draft=draft,
        pending=None,
        stage=Stage.COLLECTING,
        question=OPEN,
        misunderstood=0,
        helpers=tuple(dict.fromkeys((*conversation.helpers, staff.name))),
    )


def may_not_begin(conversation: Conversation, staff: Checker) -> Refusal | None:
    """Why this person starts nothing here; None when they may."""
    if conversation.owner != staff.name:
        return Refusal.OWNED_BY_OTHER if conversation.owner else Refusal.NOT_OWNER
    if conversation.customer is None:
        return Refusal.NOT_LINKED
    return Refusal.OWN_RECORD if f"customer:{conversation.customer}" in staff.ids else None


def _refused(conversation: Conversation, item: Item, staff: Checker, turn: Turn) -> Refusal | None:
    if (refused := may_not_begin(conversation, staff)) is not None:
        return refused
    draft = conversation.draft
    if draft is not None and (draft.reverts or [held.field for held in draft.items] != [item.field]):
        return Refusal.DRAFT_OPEN
    if not enabled(item.field, turn.policy):
        return Refusal.ILLEGAL_MOVE
    replaced = draft is not None and turn.facts.open_requests.get(item.field) in draft.replaces
    return Refusal.OPEN_REQUEST if item.field in turn.facts.open_requests and not replaced else None
