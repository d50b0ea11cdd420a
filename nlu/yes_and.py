"""A yes with something after it: "yes, my name is Ana Garcia", "yes, and my email changed too"."""

from __future__ import annotations

import re

from nlu.questions import HOW_LONG
from nlu.types import ANY, Ask, Candidate, Cue, Expects, Holder, Polarity, Span, WhenKind

_HEAD = re.compile(
    r"\s*(?:(?:yes|yep|yeah|yup|sure|ok|okay|correct|that's right|that is right|i agree|agreed)(?: please)?"
    r"(?:[\s,.!]{1,3}(?:and|also|plus)\b|[\s,.!]{1,3})"
    r"|(?:是的?|对的?|好的?|嗯+|可以|我?同意|确认|没错)(?:[,，。.!！\s]{1,3}|(?=另外|还有|而且|顺便)))"
)
_RESERVED = re.compile(
    r"[?;？；]|\b(?:but|not|no|never|if|unless|except|before|after|until|only|first|wait|hold|stop|maybe|perhaps|or|though|"
    r"although|however|instead|cancel|why|what|how|when|who)\b|n't\b|但|不|没|别|如果|要是|先|等|或|除|吗|呢|可是|取消|暂"
)
"""What takes something of the yes back, or makes it depend on something."""
_POLITE = re.compile(r"[\s,.!?，。！？、]+|请问|那|大概|呢|啊|呀|吗|\b(?:so|and|will|it|take|please)\b")
_FILLER = re.compile(
    r"[\s,.!，。！、'’]+|\b(?:and|also|too|as|well|plus|oh|by|the|way|my|our|i|we|i've|we've|have|has|had|is|it|it's|its|"
    r"that's|this|now|just|recently|actually|already|please|full|last|first|family|given|legal|middle|new|name|surname|"
    r"number|phone|email|mail|address|called|to|changed|s)\b"
    r"|另外|还有|而且|顺便|现在|已经|最近|刚刚?|名字|姓名|全名|号码|手机号?|邮箱|地址|我们?|新|也|都|的|了|是|叫|改|换|成|为|啊|吧|哦"
)


def says_yes_and(
    text: str,
    expects: Expects,
    cues: tuple[Cue, ...],
    noticed: tuple[str, ...],
    candidates: tuple[Candidate, ...],
) -> bool:
    """Whether a normalised text is a yes, then nothing but a change (`noticed`) or a value, and courtesies.

    A proposal is agreed to so only if what follows concerns none of its fields and gives no value: that waits its turn.
    """
    if expects.ask is not Ask.YES_NO or (head := _HEAD.match(text)) is None:
        return False
    if not cues and not candidates and _only_how_long(text[head.end() :]):
        return True
    if _RESERVED.search(text, head.end()) is not None:
        return False
    if not all(_plain(cue) for cue in cues):
        return False
    proposed = {expects.field, *expects.about} if expects.field is not None else set[str | None]()
    if proposed and (candidates or any(cue.field in proposed for cue in cues)):
        return False
    if any(candidate.problem is not None or candidate.role == "old" for candidate in candidates):
        return False
    if not noticed and not any(candidate.field in expects.about for candidate in candidates):
        return False
    return not _left(text, head.end(), [*(cue.span for cue in cues), *(one.span for one in candidates)])


def _only_how_long(rest: str) -> bool:
    """Whether all that follows is the question how long it takes."""
    left, found = HOW_LONG.subn(" ", rest)
    return found > 0 and not _POLITE.sub("", left)


def _plain(cue: Cue) -> bool:
    """Whether a cue tells of a change that can wait its turn: the customer's own, of a known field, and to last."""
    own = cue.polarity is Polarity.ASSERTED and cue.holder is not Holder.OTHER
    return own and cue.field != ANY and cue.when.kind is not WhenKind.TEMPORARY


def _left(text: str, start: int, read: list[Span]) -> str:
    """What remains of a text from `start` without what was read in it and without words that say nothing."""
    kept = "".join(
        " " if any(first <= at < last for first, last in read) else char for at, char in enumerate(text[start:], start)
    )
    return _FILLER.sub("", kept)
