"""A reason that somebody volunteers: "because I got divorced", "因为换工作了"."""

from __future__ import annotations

import re

from nlu.types import Span

_REASON = re.compile(
    r"\b(?:because(?: of)?|due to|owing to|the reason is(?: that)?|now that)\s+(?P<en>[^.;!?\n]{3,160})"
    r"|(?:因为|由于|原因是|是因为)(?P<zh>[^,，。；;!！?？\n]{2,80})"
)
_END_EN = re.compile(
    r",|\s(?:so|please|can you|could you)\b"
    r"|\s(?=(?:i|we)(?:'d| would| want| need)\b|my (?:new )?(?:address|phone|email|name|number)\b)"
)
_END_ZH = re.compile(r"所以|请|麻烦|想要?|要(?=改|换)|[,，]")
_QUESTION = re.compile(r"[?？]\s*$")


def find_reason(text: str) -> Span | None:
    """Where the reason stands in a normalised text; None when none is given, or the text asks for one."""
    match = _REASON.search(text)
    if match is None:
        return None
    kind = match.lastgroup or "en"
    begin, end = match.span(kind)
    stop = (_END_EN if kind == "en" else _END_ZH).search(text, begin, end)
    end = stop.start() if stop is not None else end
    while end > begin and text[end - 1] in " ,":
        end -= 1
    return (begin, end) if end - begin >= 2 and _QUESTION.search(text, end) is None else None
