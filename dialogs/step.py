"""What one turn is given, and how its decision is put together.

A step returns a `Decision`. A step that settles the open question leaves the conversation without one; then, if a
draft is live, the road (`dialogs.road`) goes on to the next question by itself.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from dialogs.effects import Decision, Effect, Flag
from dialogs.facts import Facts, Fresh
from dialogs.flags import FlagReason
from dialogs.policy import Policy
from dialogs.replies import ReplyId
from dialogs.types import Arg, Asked, Button, Conversation, Inbound, Item, Question, Reply, Term
from nlu.replaced import replaced
from nlu.types import BUILT_IN_FIELDS, Language, Understanding
from nlu.values.present import present

OPEN = Question()
"""No question is open."""


class Turn(msgspec.Struct, frozen=True):
    """Everything a turn knows besides the conversation."""

    inbound: Inbound
    understanding: Understanding
    facts: Facts
    policy: Policy
    fresh: Fresh
    now: dt.datetime
    late: bool = False  # sent before a message that was heard already (see order)

    # Each fresh id has one use in a turn, so that no two things ever share one.

    @property
    def draft_id(self) -> str:
        return self.fresh.ids[0]

    @property
    def consent_id(self) -> str:
        return self.fresh.ids[1]

    @property
    def challenge_id(self) -> str:
        return self.fresh.ids[2]

    @property
    def proof_id(self) -> str:
        return self.fresh.ids[3]

    @property
    def code(self) -> str:
        return self.fresh.codes[0]


def reply(id: ReplyId, *buttons: Button, **args: Arg) -> Reply:
    """A sentence of the bot."""
    return Reply(id, args, buttons)


def card(id: ReplyId, *buttons: Button, **args: Arg) -> Reply:
    """A sentence that belongs to the proof: said even while a person speaks."""
    return Reply(id, args, buttons, card=True)


def say(conversation: Conversation, *replies: Reply, effects: tuple[Effect, ...] = ()) -> Decision:
    """Say something; the open question stays as it is."""
    return Decision(conversation, replies, effects)


def ask(
    conversation: Conversation,
    asked: Asked,
    *replies: Reply,
    about: str | None = None,
    effects: tuple[Effect, ...] = (),
) -> Decision:
    """Say something that opens a question."""
    return Decision(replaced(conversation, question=Question(asked, about)), replies, effects)


def close(conversation: Conversation, *replies: Reply, effects: tuple[Effect, ...] = ()) -> Decision:
    """Say something and close the open question."""
    return Decision(replaced(conversation, question=OPEN), replies, effects)


def joined(first: Decision, then: Decision) -> Decision:
    """Two steps in a row: the later conversation, all replies, all effects."""
    return Decision(then.conversation or first.conversation, first.replies + then.replies, first.effects + then.effects)


def flagged(decision: Decision, reason: FlagReason, turn: Turn, field: str | None = None) -> Decision:
    """The same decision, and a person should look."""
    conversation = decision.conversation
    if conversation is None or conversation.flagged == reason:
        return decision
    return replaced(
        decision,
        conversation=replaced(conversation, flagged=reason.value, flagged_at=turn.now),
        effects=(*decision.effects, Flag(reason.value, field)),
    )


def field_term(field: str) -> Term:
    """The name of a field."""
    return Term(f"field-{field}")


def field_terms(fields: tuple[str, ...]) -> tuple[Term, ...]:
    """The names of fields."""
    return tuple(field_term(field) for field in fields)


def value_shown(item: Item, language: Language, policy: Policy) -> Arg:
    """The value of an item as the customer reads it; one of the company's choices in the customer's language."""
    known = policy.fields.get(item.field)
    if known is not None and (chosen := item.value.get("value")) in known.choices:
        return Term(f"choice-{item.field}-{known.choices.index(chosen)}")
    return present(item.field, item.value, language=language)


def part_terms(field: str, parts: tuple[str, ...]) -> tuple[Term, ...]:
    """The names of the parts of a field that are asked for; a company's own field has no parts."""
    if field not in BUILT_IN_FIELDS:
        return (field_term(field),)
    return tuple(Term(f"part-{field}-{part}") for part in parts)


def purpose_term(policy: Policy, field: str) -> Term:
    """Why the company wants this field."""
    return Term(purpose_id(policy, field))


def purpose_id(policy: Policy, field: str) -> str:
    """The catalogue id of the field's purpose."""
    known = policy.fields.get(field)
    return (known.purpose if known else "") or f"purpose-{field}"
