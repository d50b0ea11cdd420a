"""Withdrawal: a filed request, or the consent it stands on, is taken back. Until it is applied that stops it."""

from __future__ import annotations

import re
from enum import StrEnum

from dialogs import road
from dialogs.buttons import Verb, button
from dialogs.effects import Decision, Withdraw
from dialogs.flags import FlagReason
from dialogs.replies import Label, ReplyId
from dialogs.step import Turn, ask, card, close, field_terms, flagged, joined, say
from dialogs.types import Asked, Button, Conversation, Stage
from nlu.replaced import replaced


class Takes(StrEnum):
    """What the customer takes back."""

    REQUEST = "request withdrawn by the customer"
    CONSENT = "consent withdrawn by the customer"


LONGEST = 200
"""Whoever takes something back does so in few words."""

_THING = r"(?:request|application|order to change|change request|ticket|cr-\d)"
_AGREED = r"(?:consent|permission|agreement|authori[sz]ation|approval|yes)"
_TAKES = r"(?:withdraw|withdrew|take back|taking back|took back|revoke|retract|rescind|pull back|recall)"
_EN_CONSENT = re.compile(
    rf"\b{_TAKES}\w*\b[^.?!]{{0,30}}\b{_AGREED}\b|\b(?:no longer|don'?t|do not) (?:agree|consent)\b[^.?!]{{0,20}}"
    rf"\b(?:any ?more|to (?:it|that|this|the change)|now)\b|\bno longer (?:agree|consent)\b|\btake (?:my|that) "
    rf"(?:\w+ )?{_AGREED} back\b"
)
_EN_REQUEST = re.compile(
    rf"\b{_TAKES}\w*\b[^.?!]{{0,30}}\b{_THING}|\b(?:cancel|stop|delete|drop)\b (?:my|the|that|this|all my|both)"
    rf" (?:[\w-]+ ){{0,3}}{_THING}|\b(?:cancel|stop|delete|drop) cr-\d|"
    rf"\btake (?:my|the|that) (?:\w+ )?{_THING}\w* back\b"
)
_ZH_CONSENT = re.compile(
    r"(?:撤回|撤销|收回|取消|撤掉)[^。？！，]{0,6}(?:授权|同意|许可)|(?:授权|同意|许可)[^。？！，]{0,4}(?:撤回|撤销|收回|作废)"
    r"|不(?:再)?(?:同意|授权)了"
)
_ZH_REQUEST = re.compile(
    r"(?:撤回|撤销|撤掉|收回|取消|停止)[^。？！，]{0,12}(?:申请|请求|工单|cr-\d)"
    r"|(?:申请|请求|工单|cr-[\d-]+)[^。？！，]{0,6}(?:撤回|撤销|撤掉|收回|作废|取消)"
)
_HOW = re.compile(r"\b(?:how|can i|could i|may i|what if|am i able)\b|怎么|如何|能不能|可以.{0,12}吗|能.{0,8}吗")
_NOT_YET = re.compile(
    r"\b(?:don'?t|do not|never|not|won'?t) (?:want to )?(?:withdraw|take back|revoke)|(?:不要|不想|别|不)撤"
)
_NUMBER = re.compile(r"cr-\d{4}-\d{6}")
_ALL = re.compile(r"\b(?:all|both|every|everything)\b|全部|所有|都")


def taken_back(text: str) -> Takes | None:
    """What a message takes back; None when it takes back nothing."""
    plain = text[:LONGEST].casefold().replace("’", "'")
    if _NOT_YET.search(plain):
        return None
    if _EN_CONSENT.search(plain) or _ZH_CONSENT.search(plain):
        return Takes.CONSENT
    return Takes.REQUEST if _EN_REQUEST.search(plain) or _ZH_REQUEST.search(plain) else None


def said(conversation: Conversation, turn: Turn) -> Decision | None:
    """ "Withdraw my request", "I take back my consent"; None when nothing like it was said, or it is the draft that is
    meant, which is cancelled like any other."""
    text = turn.inbound.text or ""
    takes = taken_back(text)
    if takes is None or conversation.customer is None:
        return None
    meant = _named(text, turn)
    if conversation.draft is not None and not meant and (conversation.draft.consent or not _open(turn)):
        return None
    if not _open(turn):
        return _nothing_open(conversation, turn)
    if asks_how(text):
        return ask_which(conversation, turn)
    if len(meant) == 1 or (meant and _ALL.search(text.casefold())):
        return _withdrawn(conversation, meant, takes, turn)
    if len(_open(turn)) == 1 and not _NUMBER.search(text.casefold()):
        return _withdrawn(conversation, _open(turn), takes, turn)
    return ask_which(conversation, turn)


def asks_how(text: str) -> bool:
    """ "Can I withdraw my request?" is a question: it is asked back before anything is stopped."""
    return _HOW.search(text.casefold()) is not None


def _open(turn: Turn) -> tuple[str, ...]:
    return tuple(turn.facts.open_requests.values())


def _named(text: str, turn: Turn) -> tuple[str, ...]:
    """The open requests that a message names, by number, by field, or as all of them."""
    plain, read = text.casefold(), turn.understanding
    if _ALL.search(plain):
        return _open(turn)
    numbers = {number.upper() for number in _NUMBER.findall(plain)}
    fields = {*read.chosen, *read.starts, *read.asks, *(cue.field for cue in read.cues)}
    by_field = {number for field, number in turn.facts.open_requests.items() if field in fields}
    return tuple(number for number in _open(turn) if number in (numbers or by_field))


def answered(conversation: Conversation, turn: Turn) -> Decision | None:
    """Which of several: by number, by field, or all of them; None when the answer says none of it."""
    meant = _named(turn.inbound.text or "", turn)
    return _withdrawn(conversation, meant, Takes.REQUEST, turn) if meant else None


def ask_which(conversation: Conversation, turn: Turn) -> Decision:
    """Which of the open requests shall be stopped; with one open, whether."""
    by_number = {number: field for field, number in turn.facts.open_requests.items()}
    numbers = tuple(by_number)
    if len(numbers) == 1:
        buttons = [button(Verb.WITHDRAW, numbers[0])]
    else:
        buttons = [Button(f"{Verb.WITHDRAW.value}:{number}", f"field-{field}") for number, field in by_number.items()]
    asked = card(
        ReplyId.CANCEL_FILED,
        *buttons,
        button(Verb.WITHDRAW_NO),
        numbers=numbers,
        fields=field_terms(tuple(by_number.values())),
        count=len(numbers),
    )
    return ask(conversation, Asked.WITHDRAW, asked, about=numbers[0] if len(numbers) == 1 else None)


def on_button(conversation: Conversation, number: str, turn: Turn) -> Decision:
    """[Withdraw] was tapped under a receipt card or an answer; without a number it is asked which."""
    if number and number in _open(turn):
        return _withdrawn(conversation, (number,), Takes.REQUEST, turn)
    if not number and _open(turn):
        return ask_which(conversation, turn)
    over = card(ReplyId.WITHDRAW_OVER, button(Verb.PERSON_YES))
    return joined(say(conversation, over), road.again(conversation, turn))


def kept(conversation: Conversation) -> Decision:
    """Nothing is withdrawn."""
    return close(conversation, card(ReplyId.WITHDRAW_KEPT))


def _withdrawn(conversation: Conversation, numbers: tuple[str, ...], takes: Takes, turn: Turn) -> Decision:
    """Stop these. One for which a person made sure of the customer is not stopped by whoever holds a chat: somebody may
    have come to the counter just because a stranger has their phone."""
    held = tuple(number for number in numbers if number in turn.facts.vouched_requests)
    rest = tuple(number for number in numbers if number not in held)
    stopped = _stopped(conversation, rest, takes, turn) if rest else Decision(conversation)
    return joined(stopped, _for_a_person(stopped.conversation or conversation, held, turn)) if held else stopped


def _for_a_person(conversation: Conversation, numbers: tuple[str, ...], turn: Turn) -> Decision:
    told = card(ReplyId.WITHDRAW_PERSON, numbers=numbers, count=len(numbers))
    mine = conversation.question.asked is Asked.WITHDRAW
    return flagged(close(conversation, told) if mine else say(conversation, told), FlagReason.RISK, turn)


def _stopped(conversation: Conversation, numbers: tuple[str, ...], takes: Takes, turn: Turn) -> Decision:
    fields = tuple(field for field, number in turn.facts.open_requests.items() if number in numbers)
    told = card(ReplyId.WITHDRAWN, numbers=numbers, fields=field_terms(fields), count=len(numbers))
    effects = tuple(Withdraw(number, takes.value) for number in numbers)
    mine = conversation.question.asked in (Asked.WITHDRAW, Asked.RETURNED, Asked.NOTHING)
    stage = Stage.IDLE if conversation.stage is Stage.FILED else conversation.stage
    here = replaced(conversation, stage=stage)
    done = close(here, told, effects=effects) if mine else say(here, told, effects=effects)
    return done if mine else joined(done, road.again(here, turn))


def _nothing_open(conversation: Conversation, turn: Turn) -> Decision:
    """What was applied cannot be taken back; it can be disputed, or changed again."""
    buttons = tuple(
        Button(f"{Verb.RECEIPT_WRONG.value}:{r.request}", Label.RECEIPT_WRONG) for r in turn.facts.receipts[:1]
    )
    told = card(ReplyId.WITHDRAW_NOTHING, *buttons, button(Verb.PERSON_YES))
    return joined(say(conversation, told), road.again(conversation, turn))
