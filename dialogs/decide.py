"""What follows from one message of a customer. Pure: the same arguments, the same decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from dialogs import (
    answers,
    change,
    disclosure,
    linking,
    order,
    press,
    proof,
    reading,
    repair,
    returned,
    road,
    silence,
    skipping,
    withdrawal,
)
from dialogs.buttons import typed
from dialogs.effects import Decision, Reactivate
from dialogs.expects import IN_PARTS, expects
from dialogs.facts import Facts, Fresh
from dialogs.language import language_of
from dialogs.policy import Policy
from dialogs.questions import asked_language
from dialogs.replies import PRIVATE, ReplyId
from dialogs.step import OPEN, Turn, card, close, field_terms, joined, reply, say
from dialogs.types import Asked, Conversation, Inbound, Item, Silence, Stage
from nlu.replaced import replaced
from nlu.types import ANY, Act, Ask, Candidate, Operation, Polarity, Understanding

Step = Callable[[Conversation, Turn], Decision | None]


def decide(
    conversation: Conversation,
    inbound: Inbound,
    understanding: Understanding,
    facts: Facts,
    policy: Policy,
    fresh: Fresh,
    now: dt.datetime,
) -> Decision:
    """Decide what one message causes: the next conversation, what is said, and every effect."""
    late = order.sent_before(conversation, inbound)
    read = _without_codes(conversation, understanding, facts)
    turn = Turn(inbound, order.without_answers(read) if late else read, facts, policy, fresh, now, late)
    here = replaced(
        conversation,
        language=language_of(conversation, inbound, understanding, facts.locale or policy.language),
        silence=Silence.ACTIVE,
        last_inbound_at=now,
        last_sent_at=order.latest(conversation, inbound, now),
    )
    if conversation.owner is not None:
        decision = _finish(conversation, _while_a_person_speaks(here, turn), turn)
    else:
        decision = _finish(conversation, _go_on(_greeted(conversation, here, turn), turn), turn)
    if facts.archived and conversation.customer is not None:
        return replaced(decision, effects=(Reactivate(conversation.customer), *decision.effects))
    return decision


def _without_codes(conversation: Conversation, read: Understanding, facts: Facts) -> Understanding:
    """The same, without what only looks like a value: a code is no house number, and while one is awaited "not yet" is
    no city."""
    if facts.code is not None or facts.like_a_code:
        return replaced(read, candidates=())
    waits = conversation.pending is not None or conversation.question.asked is Asked.CODE
    if not waits or expects(conversation).ask is not Ask.CODE:
        return read
    told = Act.CORRECT in read.acts
    named = {*read.starts, *read.asks}
    meant = tuple(
        c
        for c in read.candidates
        if c.field not in IN_PARTS
        or c.field in named
        or ((told or _is_part(c)) and any(map(str.isdigit, "".join(c.value.values()))))
    )
    return read if len(meant) == len(read.candidates) else replaced(read, candidates=meant)


_DOORS = frozenset({"number", "building", "unit", "floor", "room"})


def _is_part(candidate: Candidate) -> bool:
    """Whether several parts of a house were named ("3号楼502"): nobody answers a code with that."""
    return len(candidate.value) > 1 and candidate.value.keys() <= _DOORS


def _greeted(before: Conversation, here: Conversation, turn: Turn) -> Decision:
    """The first words of a chat say what the bot is; after a long silence it says where we stood."""
    answer = _answer(here, turn)
    if before.last_inbound_at is None:
        intro = reply(ReplyId.INTRO, company=turn.policy.company)
        return joined(say(here, intro), answer)
    if before.silence is Silence.PARKED and before.draft is not None and _of(answer).draft is not None:
        fields = field_terms(tuple(item.field for item in before.draft.items))
        return joined(say(here, reply(ReplyId.WELCOME_BACK, fields=fields)), answer)
    return answer


def _answer(conversation: Conversation, turn: Turn) -> Decision:
    inbound = turn.inbound
    if inbound.link_token is not None:
        return linking.on_token(conversation, turn)
    if inbound.vouched is not None and conversation.customer is None:
        return linking.on_vouched(conversation, turn)
    if inbound.attachment is not None:
        return repair.attachment(conversation, inbound.attachment, turn)
    if inbound.button is not None:
        return press.on_button(conversation, inbound.button, turn)
    return _on_text(conversation, turn)


def _on_text(conversation: Conversation, turn: Turn) -> Decision:
    """What was said in passing is answered first; then the first step that knows what to do does it."""
    passing = repair.in_passing(conversation, turn)
    here = _of(passing)
    if repair.grave(turn):
        return replaced(passing, conversation=road.aside(here))
    told = False
    if here.draft is not None:
        passing = joined(passing, change.put_in_queue(here, here.draft, turn))
        here, told = _reasoned(_of(passing), turn)
        passing = replaced(passing, conversation=here)
    for step in _STEPS:
        if (decision := step(here, turn)) is not None:
            return joined(passing, decision)
    if (
        told
        or passing.replies
        or asked_language(turn.inbound.text or "")
        or (here.question.asked is Asked.RESUME and here.draft is not None)
    ):
        return joined(passing, repair.again(here, turn))
    return joined(passing, repair.misunderstood(here, turn))


def _reasoned(conversation: Conversation, turn: Turn) -> tuple[Conversation, bool]:
    """A reason that is volunteered in mid-flow is kept. It is no part of what is agreed to, and voids nothing."""
    draft = conversation.draft
    if draft is None or (items := reading.reasoned(draft.items, turn)) == draft.items:
        return conversation, False
    return replaced(conversation, draft=replaced(draft, items=items)), True


def _typed_button(conversation: Conversation, turn: Turn) -> Decision | None:
    """The meaning of a button, typed."""
    verb = None if turn.late else typed(turn.inbound.text or "")
    if verb is None or not press.fits(verb, conversation):
        return None
    return press.act(verb, press.subject_of(verb, conversation), conversation, turn, how="typed")


def _code(conversation: Conversation, turn: Turn) -> Decision | None:
    pending = conversation.pending
    if turn.facts.code is None:
        return None
    if pending is None:
        return joined(say(conversation, card(ReplyId.CODE_OVER)), road.again(conversation, turn))
    if pending.discloses:
        return disclosure.on_code(conversation, pending, turn)
    if pending.need is None:
        return linking.on_code(conversation, pending, turn)
    if conversation.draft is None:
        return None
    return proof.on_code(conversation, conversation.draft, pending, turn)


def _command(conversation: Conversation, turn: Turn) -> Decision | None:
    """What can be said at any time. A new value in the same message outweighs "cancel"."""
    acts = turn.understanding.acts
    if Act.ASK_HUMAN in acts:
        return repair.ask_human(conversation, turn)
    if Act.OPT_OUT in acts and conversation.question.asked is not Asked.CHECK_IN:
        return repair.opt_out(conversation)
    if turn.understanding.candidates or (conversation.draft is None and turn.understanding.starts):
        return None
    if Act.RESTART in acts:
        return repair.restart(conversation, turn.policy)
    if Act.CANCEL in acts:
        if (declined := answers.declined(conversation, turn)) is not None:
            return declined
        return repair.cancel(conversation, turn)
    if Act.REPEAT in acts:
        return repair.repeat(conversation)
    if Act.WAIT in acts:
        return repair.wait(conversation)
    if Act.LATER in acts and conversation.question.asked is not Asked.CHECK_IN:
        return repair.later(conversation, turn.policy, turn)
    return None


def _values(conversation: Conversation, turn: Turn) -> Decision | None:
    if conversation.draft is None:
        return None
    return change.take_values(conversation, conversation.draft, turn)


def _new_change(conversation: Conversation, turn: Turn) -> Decision | None:
    """A change begins, or the bot asks first."""
    if (offer := repair.offer_for_temporary(conversation, turn)) is not None:
        return offer
    if conversation.draft is not None:
        return None
    if items := reading.started(turn):
        return change.begin(conversation, items, turn)
    if items := reading.doubtful(turn):
        return change.ask_changed(conversation, items, turn)
    if ANY in turn.understanding.asks:
        return change.ask_which(conversation, turn)
    return None


def _second_thoughts(conversation: Conversation, turn: Turn) -> Decision | None:
    """ "Oh, that should have been 503": the one request that was just filed is to be replaced."""
    open_fields = tuple(turn.facts.open_requests)
    idle = conversation.draft is None and conversation.question == OPEN
    if turn.understanding.starts or not idle or len(open_fields) != 1 or turn.late or not repair.second_thoughts(turn):
        return None
    meant = (reading.filled(Item(open_fields[0], Operation.WANTS_CHANGE), turn),)
    certain = replaced(turn, understanding=replaced(turn.understanding, asks=()))  # what was guessed is that request's
    return change.begin(conversation, meant, certain)


def _courtesy(conversation: Conversation, turn: Turn) -> Decision | None:
    """A greeting, thanks, or a change that did not happen."""
    acts = turn.understanding.acts
    live = conversation.draft is not None
    if any(cue.polarity is not Polarity.ASSERTED for cue in turn.understanding.cues) and not live:
        return close(conversation, reply(ReplyId.NO_CHANGE_NOTED))
    if Act.GREET in acts or Act.THANK in acts:
        said = () if live else (reply(ReplyId.HELLO if Act.GREET in acts else ReplyId.WELCOME),)
        return joined(say(conversation, *said), road.again(conversation, turn))
    return None


_STEPS: tuple[Step, ...] = (
    _typed_button,
    _code,
    order.overtaken,
    withdrawal.said,
    disclosure.said,
    _command,
    skipping.skipped,
    answers.about_old_contact,
    answers.about_place_of_code,
    _values,
    answers.to_open_question,
    _second_thoughts,
    _new_change,
    _courtesy,
    returned.answer,
)


def _while_a_person_speaks(conversation: Conversation, turn: Turn) -> Decision:
    """Rule 7: only what belongs to the proof is heard and answered: a typed code, and the buttons of cards."""
    decision = Decision(conversation)
    if turn.inbound.button is not None and press.belongs_to_card(turn.inbound.button):
        decision = _go_on(press.on_button(conversation, turn.inbound.button, turn), turn)
    elif turn.inbound.text is not None and (answer := _code(conversation, turn)) is not None:
        decision = _go_on(answer, turn)
    return replaced(decision, replies=tuple(reply for reply in decision.replies if reply.card))


def _go_on(decision: Decision, turn: Turn) -> Decision:
    """A settled question is followed by the next one on the road."""
    conversation = _of(decision)
    if conversation.draft is None or conversation.question != OPEN or _stays(decision):
        return decision
    return joined(decision, road.go_on(conversation, conversation.draft, turn))


def _stays(decision: Decision) -> bool:
    """A dead end was just reported; going on would report it again."""
    ends = {ReplyId.NO_REACHABLE_CONTACT, ReplyId.CODE_LIMIT, ReplyId.NO_CODE_NOW}
    return any(reply.id in ends for reply in decision.replies)


_ASIDES = frozenset(
    {
        *PRIVATE,
        ReplyId.INTRO,
        ReplyId.PERSON_COMING,
        ReplyId.TAKE_YOUR_TIME,
        ReplyId.NOT_UNDERSTOOD,
        ReplyId.NOT_MY_SUBJECT,
        ReplyId.OVERTAKEN,
        ReplyId.WELCOME_BACK,
        ReplyId.SORRY_DISPLEASURE,
        ReplyId.SORRY_DISTRESS,
    }
)
"""Words that are not said again and leave the open question where it was: that is repeated, and put at a hand-back."""


def _finish(before: Conversation, decision: Decision, turn: Turn) -> Decision:
    """Remember what was said last, and set the conversation's timers."""
    after = _of(decision)
    said = tuple(
        r for r in decision.replies if r.id not in _ASIDES and not (after.draft and r.id == ReplyId.PERSON_OFFER)
    )
    ended = after.draft is None and after.stage in (Stage.COLLECTING, Stage.CONFIRMING, Stage.VERIFYING)
    after = replaced(after, last=said or after.last, stage=Stage.IDLE if ended else after.stage)
    if after.draft is not None and after.silence is Silence.ACTIVE:
        if before.draft is not None and before.silence is Silence.ACTIVE and not _cancels(decision):
            return Decision(after, decision.replies, decision.effects)  # the nudge waits already, and moves itself
        effects = (*decision.effects, *silence.timers(after, before.silence, turn.policy, turn.now))
        return Decision(after, decision.replies, effects)
    if before.draft is not None and after.draft is None and not _cancels(decision):
        return Decision(after, decision.replies, (*decision.effects, *silence.no_timers(after)))
    return Decision(after, decision.replies, decision.effects)


def _cancels(decision: Decision) -> bool:
    effects = decision.effects
    return bool(effects) and any(effect in effects for effect in silence.no_timers(_of(decision)))


def _of(decision: Decision) -> Conversation:
    if decision.conversation is None:
        raise ValueError("a customer's turn always has a conversation")
    return decision.conversation
