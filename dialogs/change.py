"""Collecting a change: a draft begins from cues, its slots are filled, and only what is missing is asked for."""

from __future__ import annotations

from dialogs.buttons import Verb, button
from dialogs.consent import ask_instead, void
from dialogs.effects import Decision
from dialogs.policy import Policy
from dialogs.reading import REFUSED, doubtful, enabled, filled, lacking, problem_with, started
from dialogs.replies import ReplyId
from dialogs.step import OPEN, Turn, ask, close, field_term, field_terms, part_terms, reply, value_shown
from dialogs.types import Arg, Asked, Button, Conversation, Draft, Item, Reply, Stage
from nlu.replaced import replaced
from nlu.types import Act, Language, Operation, Problem
from nlu.values.merge import merge

_WHOLE_ASK = {
    "address": ReplyId.ASK_ADDRESS,
    "phone": ReplyId.ASK_PHONE,
    "email": ReplyId.ASK_EMAIL,
    "name": ReplyId.ASK_NAME,
    "id_document": ReplyId.ASK_ID_DOCUMENT,
    "company": ReplyId.ASK_COMPANY,
    "contact_person": ReplyId.ASK_CONTACT_PERSON,
    "bank_account": ReplyId.ASK_BANK_ACCOUNT,
    "other_personal": ReplyId.ASK_OTHER_PERSONAL,
}


# --- beginning -----------------------------------------------------------------------------------------------------


def begin(conversation: Conversation, items: tuple[Item, ...], turn: Turn) -> Decision:
    """Begin a draft. Ordinary fields share one; a sensitive one has a draft, and so a consent, of its own."""
    possible = tuple(_with_queued(item, conversation, turn) for item in items if enabled(item.field, turn.policy))
    if not possible:
        return not_here(conversation, items[0].field)
    ordinary = tuple(item for item in possible if not turn.policy.fields[item.field].sensitive)
    chosen = ordinary or possible[:1]
    hinted = tuple(item for item in doubtful(turn) if enabled(item.field, turn.policy))
    waiting = tuple(
        item for item in (*possible, *hinted) if item not in chosen and item.field not in {c.field for c in chosen}
    )
    begun = replaced(
        conversation,
        draft=Draft(turn.draft_id, chosen, turn.now),
        pending=None,
        stage=Stage.COLLECTING,
        question=OPEN,
        queue=queued(_without(conversation.queue, chosen), waiting),
        misunderstood=0,
    )
    return Decision(begun, _noted(waiting))


def _with_queued(item: Item, conversation: Conversation, turn: Turn) -> Item:
    """What was said of this field before is not asked again."""
    earlier = next((q for q in conversation.queue if q.field == item.field), None)
    if earlier is None or not earlier.value:
        return item
    value = merge(item.field, earlier.value, item.value)
    risks = tuple(dict.fromkeys((*earlier.risks, *item.risks)))
    return replaced(item, value=value, missing=lacking(item, value, turn.policy), risks=risks)


def not_here(conversation: Conversation, field: str) -> Decision:
    """This company does not change this field in the chat: a person can help."""
    offer = reply(ReplyId.FIELD_NOT_HERE, button(Verb.PERSON_YES), button(Verb.PERSON_NO), field=field_term(field))
    return ask(conversation, Asked.PERSON, offer)


def _without(queue: tuple[Item, ...], items: tuple[Item, ...]) -> tuple[Item, ...]:
    fields = {item.field for item in items}
    return tuple(item for item in queue if item.field not in fields)


def queued(queue: tuple[Item, ...], items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The queue with these changes at its end; a field stands there once."""
    return (*_without(queue, items), *items)


def _noted(items: tuple[Item, ...]) -> tuple[Reply, ...]:
    if not items:
        return ()
    return (reply(ReplyId.NOTED_FOR_LATER, fields=field_terms(tuple(item.field for item in items))),)


def put_in_queue(conversation: Conversation, draft: Draft, turn: Turn) -> Decision:
    """Changes noticed in mid-flow that do not concern the draft wait their turn."""
    in_draft = {item.field for item in draft.items}
    items = tuple(
        item
        for item in (*started(turn), *doubtful(turn))
        if item.field not in in_draft and enabled(item.field, turn.policy)
    )
    if not items:
        return Decision(conversation)
    items = tuple(_with_queued(item, conversation, turn) for item in items)
    return Decision(replaced(conversation, queue=queued(conversation.queue, items)), _noted(items))


def put_aside(conversation: Conversation, item: Item) -> Decision:
    """One more change that waits its turn."""
    return Decision(replaced(conversation, queue=queued(conversation.queue, (item,))), _noted((item,)))


# --- asking first --------------------------------------------------------------------------------------------------


def ask_changed(conversation: Conversation, items: tuple[Item, ...], turn: Turn) -> Decision:
    """A weak cue: ask whether the detail has changed. What was said of it waits in the queue."""
    possible = tuple(item for item in items if enabled(item.field, turn.policy))
    if not possible:
        return not_here(conversation, items[0].field)
    field = possible[0].field
    waiting = replaced(conversation, queue=queued(conversation.queue, possible))
    return ask(waiting, Asked.CHANGED, changed_question(field), about=field)


def changed_question(field: str) -> Reply:
    """ "Has your address changed?" """
    return reply(
        ReplyId.ASK_CHANGED, button(Verb.CHANGED_YES, field), button(Verb.CHANGED_NO, field), field=field_term(field)
    )


def ask_which(conversation: Conversation, turn: Turn) -> Decision:
    """A change without a field: ask which one."""
    return ask(conversation, Asked.WHICH_FIELD, which_question(turn.policy))


def which_question(policy: Policy) -> Reply:
    """ "Which detail do you want to change?" """
    fields = tuple(field for field in policy.fields if enabled(field, policy))
    picks = tuple(button(Verb.FIELD_PICK, field) for field in fields)
    return reply(ReplyId.ASK_WHICH_FIELD, *picks, fields=field_terms(fields))


def begin_waiting(conversation: Conversation, field: str, turn: Turn) -> Decision:
    """The customer said yes to a change that waited in the queue."""
    return begin(conversation, (filled(_waiting_item(conversation, field), turn),), turn)


def _waiting_item(conversation: Conversation, field: str) -> Item:
    return next((q for q in conversation.queue if q.field == field), Item(field, Operation.WANTS_CHANGE))


def drop_waiting(conversation: Conversation, field: str) -> Decision:
    """The customer said no: the detail stays as it is."""
    queue = tuple(item for item in conversation.queue if item.field != field)
    left = reply(ReplyId.LEFT_AS_IS, field=field_term(field))
    return close(replaced(conversation, queue=queue), left)


def ask_next(conversation: Conversation, turn: Turn) -> Decision:
    """Nothing is open: offer what waits in the queue, if anything."""
    queue = tuple(item for item in conversation.queue if enabled(item.field, turn.policy))
    if not queue:
        return Decision(replaced(conversation, queue=()))
    return ask(replaced(conversation, queue=queue), Asked.NEXT_CUE, next_question(queue[0].field),
               about=queue[0].field)  # fmt: skip


def next_question(field: str) -> Reply:
    """ "You also mentioned your e-mail. Change that too?" """
    return reply(ReplyId.ASK_NEXT, button(Verb.NEXT_YES, field), button(Verb.NEXT_NO, field), field=field_term(field))


# --- values, and corrections of them -------------------------------------------------------------------------------


def take_values(conversation: Conversation, draft: Draft, turn: Turn) -> Decision | None:
    """Fill slots, or correct what was given: a correction voids consent, codes and proofs. None: nothing was said of
    the draft's fields."""
    items = tuple(filled(item, turn) for item in draft.items)
    if items == draft.items:
        return _named_only(conversation, draft, turn)
    conversation, effects = void(conversation, "corrected")
    cleared = conversation.draft or draft
    corrected = replaced(cleared, items=items)
    stage = Stage.COLLECTING if conversation.stage in (Stage.CONFIRMING, Stage.VERIFYING) else conversation.stage
    conversation = replaced(conversation, draft=corrected, stage=stage, question=OPEN, misunderstood=0)
    return Decision(conversation, _refusals(draft, turn), effects)


def _named_only(conversation: Conversation, draft: Draft, turn: Turn) -> Decision | None:
    """A value that cannot be taken, the same value again, or a field named without a value."""
    if refusals := _refusals(draft, turn):
        return Decision(replaced(conversation, question=OPEN, misunderstood=0), refusals)
    fields = [item.field for item in draft.items]
    if any(problem_with(field, turn) is not None for field in fields):
        return close(replaced(conversation, misunderstood=0))
    named = [cue.field for cue in turn.understanding.cues if cue.field in fields and cue.field in _meant(turn)]
    if not named or Act.AFFIRM in turn.understanding.acts:
        return None
    return correct(conversation, draft, named[0]) if draft.digest else close(conversation)


def _meant(turn: Turn) -> tuple[str, ...]:
    return (*turn.understanding.starts, *turn.understanding.asks)


def _refusals(draft: Draft, turn: Turn) -> tuple[Reply, ...]:
    """A rejected new value: what is wrong with it, and that the earlier one stays."""
    replies: list[Reply] = []
    for item in draft.items:
        problem = problem_with(item.field, turn)
        if problem in REFUSED and item.value and not item.missing:
            shown = value_shown(item, turn.understanding.language, turn.policy)
            replies.append(problem_reply(item.field, problem or Problem.INVALID))
            replies.append(reply(ReplyId.KEPT_EARLIER, field=field_term(item.field), value=shown))
    return tuple(replies)


def problem_reply(field: str, problem: Problem) -> Reply:
    """What is wrong with a value, and what would be right."""
    match field, problem:
        case ("phone" | "contact_person", Problem.TOO_SHORT):
            return reply(ReplyId.PROBLEM_PHONE_SHORT)
        case ("phone" | "contact_person", Problem.TOO_LONG):
            return reply(ReplyId.PROBLEM_PHONE_LONG)
        case ("email", _):
            return reply(ReplyId.PROBLEM_EMAIL)
        case ("id_document", Problem.TOO_SHORT | Problem.TOO_LONG):
            return reply(ReplyId.PROBLEM_ID_LENGTH)
        case ("id_document", _):
            return reply(ReplyId.PROBLEM_ID_DOCUMENT)
        case ("bank_account", Problem.INVALID):
            return reply(ReplyId.PROBLEM_BANK_ACCOUNT)
        case _:
            return reply(ReplyId.PROBLEM_VALUE, field=field_term(field))


def correct(conversation: Conversation, draft: Draft, field: str) -> Decision:
    """The customer says that a value is wrong and not what is right: ask; what was agreed to no longer counts."""
    conversation, effects = void(conversation, "corrected")
    asked = ask_instead(conversation, field)
    return replaced(asked, effects=effects)


# --- asking for slots ----------------------------------------------------------------------------------------------


def ask_slot(conversation: Conversation, draft: Draft, turn: Turn) -> Decision:
    """Ask for what is missing, and for nothing else."""
    conversation = replaced(conversation, stage=Stage.COLLECTING)
    open_items = [item for item in draft.items if item.missing]
    item = open_items[0]
    first: dict[str, Arg] = {"first": "yes" if draft.id == turn.draft_id else "no"}
    return ask(
        conversation, Asked.SLOT, _slot_question(open_items, first, conversation.language, turn), about=item.field
    )


def _slot_question(items: list[Item], first: dict[str, Arg], language: Language, turn: Turn) -> Reply:
    item = items[0]
    problem = problem_with(item.field, turn)
    if problem in REFUSED and not turn.policy.fields[item.field].choices:
        return problem_reply(item.field, problem or Problem.INVALID)
    if item.value:
        shown = value_shown(item, language, turn.policy)
        if item.field == "email" and problem is Problem.AMBIGUOUS:
            return reply(ReplyId.CHECK_EMAIL, value=shown)
        id = ReplyId.ASK_PARTS_AMBIGUOUS if problem is Problem.AMBIGUOUS else ReplyId.ASK_PARTS
        return Reply(id, first | {"value": shown, "parts": part_terms(item.field, item.missing)})
    if choices := turn.policy.fields[item.field].choices:
        return Reply(ReplyId.ASK_CHOICE, first | {"field": field_term(item.field)}, choice_buttons(item.field, choices))
    empty = tuple(item.field for item in items if not item.value)
    if len(empty) > 1:
        return Reply(ReplyId.ASK_SEVERAL, first | {"fields": field_terms(empty)})
    if item.field in _WHOLE_ASK:
        return Reply(_WHOLE_ASK[item.field], first)
    return Reply(ReplyId.ASK_FIELD, first | {"field": field_term(item.field)})


def slot_needed(conversation: Conversation, draft: Draft, turn: Turn) -> Decision:
    """The customer would rather not say: why it is needed, and what can be done instead."""
    item = next(item for item in draft.items if item.missing)
    parts = part_terms(item.field, item.missing) if item.value else (field_term(item.field),)
    needed = reply(
        ReplyId.SLOT_NEEDED, button(Verb.CANCEL), button(Verb.PERSON_YES), field=field_term(item.field), parts=parts
    )
    return ask(conversation, Asked.SLOT, needed, about=item.field)


def without_refused(conversation: Conversation, draft: Draft) -> Decision | None:
    """Of several changes the one that the customer would rather not complete is taken out, and the others go on. None:
    there is no other that is complete."""
    about = conversation.question.about
    refused = next((item for item in draft.items if item.missing and item.field == about), None)
    rest = tuple(item for item in draft.items if item is not refused)
    if refused is None or not any(item.value for item in rest):
        return None
    conversation, effects = void(conversation, "cancelled")
    kept = replaced(conversation, draft=replaced(conversation.draft or draft, items=rest))
    told = reply(ReplyId.CANCELLED_FIELDS, fields=(field_term(refused.field),))
    return close(kept, told, effects=effects)


def choice_buttons(field: str, choices: tuple[str, ...]) -> tuple[Button, ...]:
    """One button for each of the values to choose from."""
    return tuple(button(Verb.CHOICE_PICK, f"{field}-{place}") for place in range(len(choices)))


def pick(conversation: Conversation, draft: Draft, subject: str, turn: Turn) -> Decision | None:
    """A choice was tapped. None: it belongs to nothing in this draft, or is what was chosen already."""
    field, _, place = subject.rpartition("-")
    item = next((one for one in draft.items if one.field == field), None)
    choices = turn.policy.fields[field].choices if item is not None else ()
    if item is None or not place.isdecimal() or int(place) >= len(choices):
        return None
    chosen = replaced(item, value={"value": choices[int(place)]}, missing=())
    if chosen == item:
        return None
    items = tuple(chosen if one is item else one for one in draft.items)
    conversation, effects = void(conversation, "corrected")
    corrected = replaced(conversation.draft or draft, items=items)
    begun = replaced(conversation, draft=corrected, stage=Stage.COLLECTING, question=OPEN, misunderstood=0)
    return Decision(begun, (), effects)


# --- what is on record already -------------------------------------------------------------------------------------


def drop_same(conversation: Conversation, draft: Draft, same: tuple[Item, ...]) -> Decision:
    """The record already says all of this: nothing to change."""
    return same_told(_keep(conversation, draft, ()), same)


def same_told(conversation: Conversation, same: tuple[Item, ...]) -> Decision:
    """Say which details the record has already."""
    told = reply(ReplyId.SAME_AS_RECORD, fields=field_terms(tuple(item.field for item in same)))
    return Decision(conversation, (told,))


def ask_replace(conversation: Conversation, field: str, number: str) -> Decision:
    """An open request for the same field: offer to replace it."""
    conversation = replaced(conversation, stage=Stage.COLLECTING)
    asked = reply(
        ReplyId.ASK_REPLACE,
        button(Verb.REPLACE_YES, number),
        button(Verb.REPLACE_NO, number),
        field=field_term(field),
        number=number,
    )
    return ask(conversation, Asked.REPLACE_OPEN, asked, about=number)


def replace_open(conversation: Conversation, draft: Draft, number: str) -> Decision:
    """The new change will replace the open request once it is filed."""
    draft = replaced(draft, replaces=(*draft.replaces, number))
    return close(replaced(conversation, draft=draft))


def keep_open(conversation: Conversation, draft: Draft, number: str, turn: Turn) -> Decision:
    """The open request stays, the new change is dropped."""
    field = next((f for f, n in turn.facts.open_requests.items() if n == number), None)
    rest = tuple(item for item in draft.items if item.field != field)
    return close(_keep(conversation, draft, rest), reply(ReplyId.KEPT_OPEN_REQUEST, number=number))


def _keep(conversation: Conversation, draft: Draft, items: tuple[Item, ...]) -> Conversation:
    """The conversation with only these items left in its draft; without any there is no draft."""
    if items:
        return replaced(conversation, draft=replaced(draft, items=items))
    return replaced(conversation, draft=None, pending=None, stage=Stage.IDLE, question=OPEN, helpers=())
