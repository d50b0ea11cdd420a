"""Other personal details: date of birth, marital status, occupation, how statements are sent."""

# ruff: noqa: SIM905 - lists of words read better as text

from __future__ import annotations

import datetime as dt
import re

from nlu.types import Candidate, Span

_OTHER = re.compile(
    r"(?P<marital_status>\b(?:re)?(?:married|divorced|widowed|single|separated|engaged)\b|(?:已婚|未婚|离异|丧偶|单身|"
    r"(?<![没未要想])(?:再婚|离婚|结婚)))"
    r"|(?P<statements>\b(?:paperless|paper (?:statements?|bills?)|(?:e-?|electronic |online |digital )statements?|"
    r"statements? by (?:post|mail|e-?mail))\b|(?:电子|纸质)(?:对?账单)"
    r"|(?:对?账单|月结单)[^,，。;；?？]{0,8}?(?:电子[版档的]?|纸质[版的]?|邮[件箱寄]|短信))"
    r"|(?:职业|工作|岗位)[^,，。]{0,4}[,，]?\s?(?:现在|目前)?(?:改|换|变)?(?:成|为|是|做)(?P<occupation>[\u4e00-\u9fff]{2,8})"
    r"|\b(?:occupation|profession|job) (?:is|to|as|now|has changed to|changed to)(?: now)?(?: an?)? "
    r"(?P<profession>[a-z][a-z \-]{2,30})"
)
_KINDS = {"profession": "occupation"}
_CUT = re.compile(r"[,.;!?]| (?:and|please|now|instead|since|from|because|but|thanks)\b")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_BIRTH = (
    re.compile(
        r"\b(?P<d>\d{1,2})(?:st|nd|rd|th)?(?: of)?(?: the)? (?P<m>[a-z]{3,9}|\d{1,2}(?:st|nd|rd|th)),? "
        r"(?P<y>(?:19|20)\d{2})\b"
    ),
    re.compile(r"\b(?P<m>[a-z]{3,9}) (?P<d>\d{1,2})(?:st|nd|rd|th)?,? (?P<y>(?:19|20)\d{2})\b"),
    re.compile(r"(?P<y>(?:19|20)\d{2})[年\-/.](?P<m>\d{1,2})[月\-/.](?P<d>\d{1,2})"),
    re.compile(r"\b(?P<d>\d{1,2})[/.\- ](?P<m>\d{1,2})[/.\- ](?P<y>(?:19|20)\d{2})\b"),
)
_BORN = re.compile(r"birth|born|dob\b|生日|出生|年龄")
_LONGEST = 200
_SAYS_NOTHING = re.compile(
    r"^\W*(?:(?:why|what|how|who|when|where|cancel|stop|help|repeat|wait|later|no|yes|ok|okay|sure|sorry|thanks?|please|"
    r"skip)\b|为什么|为何|什么|怎么|取消|人工|等|稍|算了|不|没|好的?|是的?|对|嗯|谢谢|干嘛|再说)"
)


def find_other_personal(raw: str, text: str, answer: str | None) -> list[Candidate]:
    """Find a date of birth, a marital status, an occupation or a way of receiving statements; an `answer` is kept as
    text."""
    for pattern in _BIRTH if answer is not None or _BORN.search(text) else ():
        if (match := pattern.search(text)) is not None and (date := _date(match)) is not None:
            return [_other(raw, match.span(), "date_of_birth", date)]
    if (match := _OTHER.search(text)) is not None:
        kind = match.lastgroup or "text"
        span = match.span(kind)
        if (stop := _CUT.search(text, *span)) is not None and kind == "profession":
            span = (span[0], stop.start())
        return [_other(raw, span, _KINDS.get(kind, kind), raw[slice(*span)].strip())]
    if answer is None or not answer.strip() or answer.rstrip().endswith(("?", "？")):
        return []
    if not _SAYS_NOTHING.match(answer):
        start = len(answer) - len(answer.lstrip())
        end = min(len(answer.rstrip()), start + _LONGEST)
        return [Candidate("other_personal", raw[start:end], (start, end), {"text": raw[start:end]})]
    return []


def _other(raw: str, span: Span, kind: str, text: str) -> Candidate:
    return Candidate("other_personal", raw[slice(*span)], span, {"text": text, "kind": kind})


def _date(match: re.Match[str]) -> str | None:
    month = match["m"]
    if month[0].isdigit():
        number = int(month.rstrip("stndrh"))
    else:
        number = _MONTHS.index(month[:3]) + 1 if month[:3] in _MONTHS else 0
    try:
        return dt.date(int(match["y"]), number, int(match["d"])).isoformat()
    except ValueError:
        return None
