"""Disclosure: "what do you have on me?" A code to a contact on file first (rule 9), then the record, in this chat."""

from __future__ import annotations

import re

from dialogs import linking, road
from dialogs.buttons import Verb, button
from dialogs.effects import Decision, Disclose, OnFile, Purpose, SendCode, SpendChallenge
from dialogs.facts import CodeOutcome
from dialogs.flags import FlagReason
from dialogs.proof import contact_for, minutes, over_limit, wrong
from dialogs.replies import ReplyId
from dialogs.step import OPEN, Turn, ask, card, close, field_term, flagged, joined, reply, say
from dialogs.types import Asked, Conversation, Draft, Need, Pending, Reply, Term
from nlu.replaced import replaced
from nlu.values.present import mask, present

LONGEST = 200
"""Whoever asks for the record does so in few words."""

_HAVE = r"(?:have|hold|store|keep|got|know)"
_DATA = r"(?:data|information|info|details|records?|file)"
_EN = re.compile(
    rf"\bwhat (?:\w+ ){{0,3}}(?:do|did|have) you (?:guys )?{_HAVE}\b[^.?!]{{0,25}}\b(?:on|about|of|for|under) (?:me|my "
    rf"name)\b"
    rf"|\bwhat (?:personal )?{_DATA}\b[^.?!]{{0,30}}\b(?:of mine|about me|on me|for me|on file)\b"
    rf"|\b(?:show|tell|send|give|read) me (?:all |everything )?(?:of )?(?:my|the) (?:\w+ )?{_DATA}\b(?! number)"
    rf"|\b(?:everything|all the data) you {_HAVE}\b[^.?!]{{0,15}}\b(?:on|about) me\b"
    rf"|\bwhat(?:'s| is) (?:on |in )?my {_DATA}\b|\bwhich (?:of my )?{_DATA} do you {_HAVE}\b"
    rf"|\bsee (?:all )?my {_DATA}\b"
)
_WHAT = "(?:哪些|什么|啥)"
_ABOUT = "(?:资料|信息|数据|内容|情况|档案)"
_KEEP = "(?:有|存|登记|保存|记录|掌握|知道|留)"
_ZH = re.compile(
    rf"(?:你们?|您们?|贵司|公司|系统)[那这里边面都]{{0,3}}{_KEEP}了?我?的?{_WHAT}[^，。？！]{{0,4}}{_ABOUT}"
    rf"|我(?:在你们?[这那]?里?|登记)?的?{_ABOUT}[里上都面]{{0,3}}(?:有{_WHAT}|是(?:什么|啥|怎样))"
    rf"|(?:查|看|查询|查看|看看|查查|告诉我|调出)[一下]{{0,2}}(?:你们{_KEEP}的?)?我(?:登记|现在)?的(?:全部|所有)?"
    rf"(?:个人)?(?:登记)?{_ABOUT}(?![变改错])"
    rf"|我(?:都)?登记了{_WHAT}"
)


def asked(text: str) -> bool:
    """Whether a message wants to see the whole record."""
    plain = text[:LONGEST].casefold().replace("’", "'")
    return (_ZH if any("\u4e00" <= letter <= "\u9fff" for letter in plain) else _EN).search(plain) is not None


def said(conversation: Conversation, turn: Turn) -> Decision | None:
    """ "What do you have on me?"; None when it was not asked."""
    if not asked(turn.inbound.text or ""):
        return None
    if conversation.customer is None:
        return joined(say(conversation, reply(ReplyId.DISCLOSE_FIRST_LINK)), linking.ask_number(conversation, turn))
    if conversation.draft is not None:
        return joined(say(conversation, reply(ReplyId.DISCLOSE_AFTERWARDS)), road.again(conversation, turn))
    return _send(conversation, turn)


def _send(conversation: Conversation, turn: Turn) -> Decision:
    """A code to a contact on file. Nothing is shown before it was typed here."""
    contact = contact_for(Draft("", (), turn.now), Need.ON_FILE, turn.facts, turn.now)
    if contact is None or turn.facts.frozen:
        return _no_contact(conversation, turn)
    if turn.facts.sends_left <= 0:
        return over_limit(replaced(conversation, pending=None), turn)
    lifetime = turn.policy.codes.lifetime
    pending = Pending(
        turn.challenge_id, None, contact.version, contact.masked, turn.now, turn.now + lifetime, contact.field,
        discloses=True,
    )  # fmt: skip
    message = Reply(
        ReplyId.DISCLOSE_CODE_MESSAGE,
        {"code": turn.code, "minutes": minutes(lifetime), "company": turn.policy.company},
    )
    send = SendCode(
        pending.challenge, Purpose.DISCLOSE, None, conversation.id, OnFile(contact.version), turn.code, message,
        pending.expires_at,
    )  # fmt: skip
    return ask(replaced(conversation, pending=pending), Asked.CODE, _sent(pending, turn), effects=(send,))


def _no_contact(conversation: Conversation, turn: Turn) -> Decision:
    """Nothing can be proven here: a person helps."""
    closed = close(replaced(conversation, pending=None), card(ReplyId.DISCLOSE_NO_CONTACT))
    return flagged(closed, FlagReason.NO_REACHABLE_CONTACT, turn)


def _sent(pending: Pending, turn: Turn) -> Reply:
    return card(
        ReplyId.DISCLOSE_CODE_SENT,
        button(Verb.CODE_RESEND),
        button(Verb.CANCEL),
        kind=Term(f"contact-{pending.field}"),
        masked=pending.masked,
        digits=turn.policy.codes.digits,
        minutes=minutes(turn.policy.codes.lifetime),
    )


def resend(conversation: Conversation, turn: Turn) -> Decision:
    """Another code; the one before no longer counts."""
    return _send(conversation, turn)


def on_code(conversation: Conversation, pending: Pending, turn: Turn) -> Decision:
    """A code was typed. The store has counted the attempt and compared."""
    again = (button(Verb.CODE_RESEND), button(Verb.CANCEL))
    match turn.facts.code:
        case CodeOutcome.MATCH if turn.facts.frozen:
            return _no_contact(conversation, turn)
        case CodeOutcome.MATCH:
            return _shown(conversation, pending, turn)
        case CodeOutcome.MISMATCH:
            return ask(conversation, Asked.CODE, wrong(turn))
        case CodeOutcome.EXPIRED:
            return ask(conversation, Asked.CODE, card(ReplyId.CODE_EXPIRED, *again))
        case CodeOutcome.EXHAUSTED:
            over = replaced(conversation, pending=None)
            return flagged(close(over, card(ReplyId.DISCLOSE_FAILED)), FlagReason.CODE_FAILED, turn)
        case CodeOutcome.NONE_LIVE | None:
            return ask(conversation, Asked.CODE, card(ReplyId.CODE_NONE_LIVE, *again))


def _shown(conversation: Conversation, pending: Pending, turn: Turn) -> Decision:
    """The record, one line a field; of what is sensitive only its ending."""
    lines = tuple(
        card(ReplyId.DISCLOSED, field=field_term(field), value=_value(conversation, field, turn))
        for field in turn.facts.disclosed
    )
    versions = tuple(turn.facts.record[field].version for field in turn.facts.disclosed if field in turn.facts.record)
    done = replaced(conversation, pending=None, question=OPEN)
    first = card(ReplyId.DISCLOSED_FIRST if lines else ReplyId.DISCLOSED_NOTHING)
    last = (card(ReplyId.DISCLOSED_LAST),) if lines else ()
    return Decision(done, (first, *lines, *last), (SpendChallenge(pending.challenge), Disclose(versions)))


def _value(conversation: Conversation, field: str, turn: Turn) -> str:
    known, value = turn.policy.fields.get(field), turn.facts.disclosed[field]
    if known is not None and known.sensitive:
        return mask(field, value)
    return present(field, value, language=conversation.language)
