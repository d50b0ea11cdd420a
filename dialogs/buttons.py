"""Button ids (`verb[:subject]`, at most 64 bytes), and what to type instead of tapping."""

from __future__ import annotations

import re
from enum import StrEnum

from dialogs.replies import Label
from dialogs.types import Button


class Verb(StrEnum):
    """What a button means. Ids are stable: a button tapped days later is still understood."""

    CONSENT_YES = "consent.yes"
    CONSENT_CHANGE = "consent.change"
    CONSENT_CANCEL = "consent.cancel"
    CODE_RESEND = "code.resend"
    CODE_OTHER = "code.other"
    FIELD_PICK = "field.pick"
    CHOICE_PICK = "choice.pick"
    CHANGED_YES = "changed.yes"
    CHANGED_NO = "changed.no"
    REPLACE_YES = "replace.yes"
    REPLACE_NO = "replace.no"
    NEXT_YES = "next.yes"
    NEXT_NO = "next.no"
    OLD_WORKS = "old.works"
    OLD_GONE = "old.gone"
    RECEIPT_RIGHT = "receipt.right"
    RECEIPT_WRONG = "receipt.wrong"
    CHECKIN_STILL = "checkin.still"
    CHECKIN_CHANGED = "checkin.changed"
    CHECKIN_LATER = "checkin.later"
    CHECKIN_STOP = "checkin.stop"
    PERSON_YES = "person.yes"
    PERSON_NO = "person.no"
    RESUME_YES = "resume.yes"
    RESUME_NO = "resume.no"
    CONTACT_SHARE = "contact.share"
    WITHDRAW = "withdraw.request"
    WITHDRAW_NO = "withdraw.none"
    SWITCH_YES = "switch.yes"
    SWITCH_NO = "switch.no"
    CANCEL = "cancel"


_LABELS = {
    Verb.CONSENT_YES: Label.CONSENT_YES,
    Verb.CONSENT_CHANGE: Label.CONSENT_CHANGE,
    Verb.CONSENT_CANCEL: Label.CANCEL,
    Verb.CODE_RESEND: Label.CODE_RESEND,
    Verb.CODE_OTHER: Label.CODE_OTHER,
    Verb.CHANGED_YES: Label.YES,
    Verb.CHANGED_NO: Label.NO,
    Verb.REPLACE_YES: Label.REPLACE_YES,
    Verb.REPLACE_NO: Label.REPLACE_NO,
    Verb.NEXT_YES: Label.YES,
    Verb.NEXT_NO: Label.NO,
    Verb.OLD_WORKS: Label.OLD_WORKS,
    Verb.OLD_GONE: Label.OLD_GONE,
    Verb.RECEIPT_RIGHT: Label.RECEIPT_RIGHT,
    Verb.RECEIPT_WRONG: Label.RECEIPT_WRONG,
    Verb.CHECKIN_STILL: Label.CHECKIN_STILL,
    Verb.CHECKIN_CHANGED: Label.CHECKIN_CHANGED,
    Verb.CHECKIN_LATER: Label.CHECKIN_LATER,
    Verb.CHECKIN_STOP: Label.CHECKIN_STOP,
    Verb.PERSON_YES: Label.PERSON_YES,
    Verb.PERSON_NO: Label.PERSON_NO,
    Verb.RESUME_YES: Label.RESUME_YES,
    Verb.RESUME_NO: Label.CANCEL,
    Verb.CONTACT_SHARE: Label.CONTACT_SHARE,
    Verb.WITHDRAW: Label.WITHDRAW,
    Verb.WITHDRAW_NO: Label.WITHDRAW_NO,
    Verb.SWITCH_YES: Label.SWITCH_YES,
    Verb.SWITCH_NO: Label.SWITCH_NO,
    Verb.CANCEL: Label.CANCEL,
}


def button(verb: Verb, subject: str = "") -> Button:
    """The button for a verb; a field or a choice to pick is labelled with its name."""
    match verb:
        case Verb.FIELD_PICK:
            label = f"field-{subject}"
        case Verb.CHOICE_PICK:
            label = f"choice-{subject}"
        case _:
            label = _LABELS[verb].value
    return Button(f"{verb.value}:{subject}" if subject else verb.value, label)


def pressed(id: str) -> tuple[Verb, str] | None:
    """What a tapped button means and its subject; None when it is none of ours."""
    verb, _, subject = id.partition(":")
    try:
        return Verb(verb), subject
    except ValueError:
        return None


# What people type instead of tapping, where "yes", "no" and the other dialogue acts do not already say it.
_TYPED = {
    Verb.CODE_RESEND: (
        "resend", "resend it", "resend code", "resend the code", "send again", "send it again", "send a new code",
        "new code", "another code", "again", "重发", "重新发送", "再发一次", "重新发", "重发验证码", "再发一个",
        "重新获取验证码", "没收到", "没有收到", "没收到验证码", "i didn't get it", "i did not get it", "no code",
        "didn't get a code", "i didn't get a code", "i haven't got a code", "i have not received it",
    ),
    Verb.CODE_OTHER: (
        "another contact", "use another contact", "other contact", "use another way", "another way",
        "a different contact",
        "换个联系方式", "换一个联系方式", "换其他联系方式", "其他方式", "换一种方式", "发到别的联系方式",
    ),
    Verb.REPLACE_YES: ("replace", "replace it", "yes, replace it", "替换", "替换掉", "用新的"),
    Verb.REPLACE_NO: ("keep", "keep it", "keep that one", "no, keep that one", "保留原申请", "保留", "不替换"),
    Verb.OLD_WORKS: (
        "it works", "still works", "it still works", "i still have it", "i can still receive", "还能收到", "能收到",
        "能用", "还能用", "可以收到", "还在用",
    ),
    Verb.OLD_GONE: (
        "it doesn't work", "doesn't work", "not any more", "no longer", "i no longer have it", "it's gone", "gone",
        "收不到", "收不到了", "不能用了", "停机了", "不用了", "已经停机", "收不了",
    ),
    Verb.CHECKIN_STILL: (
        "still right", "still correct", "all correct", "nothing changed", "nothing has changed", "no change",
        "unchanged",
        "没变", "没有变", "没有变化", "没变化", "仍然正确", "还是对的", "没有变动",
    ),
    Verb.CHECKIN_CHANGED: (
        "something changed", "something has changed", "it changed", "it has changed", "changed", "有变化", "变了",
        "有变动", "已经变了",
    ),
    Verb.CHECKIN_STOP: (
        "stop asking", "stop", "don't ask again", "do not ask again", "别再问了", "不要再问", "不再询问",
    ),
    Verb.CHECKIN_LATER: ("later", "ask me later", "以后再说", "稍后", "下次再说"),
}  # fmt: skip
_BY_PHRASE = {phrase: verb for verb, phrases in _TYPED.items() for phrase in phrases}
_EDGE = re.compile(r"^[\s\"'“”‘’。.!！?？,，~]+|[\s\"'“”‘’。.!！?？,，~]+$")


_ANOTHER_CODE = re.compile(
    r"(?:没有?|未)收到|收不到|(?:还没|没有?)来$|(?:没看到|找不到)(?:短信|验证码)|(?:再|重新?|重)发|(?:再|重新)来一?[个次条]|"
    r"\b(?:re-?send|send (?:\w+ )?(?:again|new|another))\b|"
    r"\b(?:did not|didn'?t|haven'?t|have not|never) (?:get|got|gotten|receive|received)\b"
    r"|\bno (?:code|text|sms)\b|\bnothing (?:came|arrived|yet)\b"
)
_SHORT = 40


def typed(text: str) -> Verb | None:
    """The button whose meaning was typed as a whole message; asking for another code has too many wordings to list."""
    plain = _EDGE.sub("", text).casefold().replace("’", "'")
    if (verb := _BY_PHRASE.get(plain) or _BY_PHRASE.get(plain.replace(" ", ", ", 1))) is not None:
        return verb
    if len(plain) <= _SHORT and not any(map(str.isdigit, plain)) and _ANOTHER_CODE.search(plain):
        return Verb.CODE_RESEND
    return None
