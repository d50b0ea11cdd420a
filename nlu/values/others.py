"""A first reading of company, contact person and other personal details."""

# ruff: noqa: SIM905 - lists of words read better as text

from __future__ import annotations

import re

from nlu.types import Candidate, Span
from nlu.values.name import chinese_name

_COMPANY = (
    re.compile(
        r"(?:公司|单位|雇主|工作单位|任职于|就职于|跳槽到|入职了?|换到)(?:名称?)?(?:现在|已经)?(?:改|"
        r"换|变更|更名)?(?:成|为|到|是|叫|在|:)+(?:了)?\s?([\u4e00-\u9fffa-z0-9()（） ]{2,40})"
    ),
    re.compile(r"([\u4e00-\u9fff]{2,20}(?:有限公司|集团|股份公司|事务所|研究院|银行|大学))"),
    re.compile(
        r"\b(?:company(?: name)?(?: is| has changed| changed)?(?: now)?(?: to)?|work(?:ing)? (?:at|"
        r"for|with)(?: now)?|employed (?:by|at)|employer is(?: now)?|joined|new job (?:at|with)|renamed "
        r"to|now called)[ :]{1,2}"
        r"([a-z0-9&.'’\- ]{2,60})"
    ),
)
_NO_COMPANY = re.compile(
    r"(?:that|this|the|my|a|an|another|any|your|their|home|from|there|here)\b(?! \w{3,} (?:inc|ltd|llc|group))"
)
_TITLE = re.compile(
    r"\b(?:job title|title|position|role) (?:is|to|now|as|has changed to|changed to)(?: now)? "
    r"([a-z \-]{2,40})|(?:职位|职务|岗位)(?:是|为|改成|变成|:)+([\u4e00-\u9fff]{2,10})"
)
_CUT_EN = re.compile(r"[,;!?]|\.(?:\s|$)| (?:and|but|please|now|instead|as|since|from|starting|thanks|because)\b")
_CUT_ZH = re.compile(r"[,，。；;！!？?]|谢谢|了$|工作|上班|请|吧$")
_PERSON = (
    re.compile(
        r"(?:紧急联系人|联系人|收货人|收件人|对接人|负责人)(?:的?姓名)?(?:现在|已经)?(?:改|换|变更|"
        r"更换)?(?:成|为|到|是|叫|:)*(?:了)?\s?(?:我(?:的)?(?P<relation>妻子|老婆|丈夫|老公|妈妈?|"
        r"爸爸?|母亲|父亲|儿子|女儿|哥哥|姐姐|弟弟|妹妹|同事|朋友))?(?P<name>[\u4e00-\u9fff]{2,4})"
    ),
    re.compile(
        r"\b(?:emergency contact|contact person|contact|next of kin|person to call)(?: (?:is|to|now|"
        r"should be|as|be|person|name|:))*[ :]{1,2}"
        r"(?:my (?P<relation>wife|husband|mother|father|mom|dad|son|daughter|sister|brother|partner|"
        r"spouse|friend|colleague|assistant),? )?(?P<name>[a-z][a-z'’\-]{1,20}(?: [a-z][a-z'’\-]{1,20}){0,2})"
        r"?"
    ),
)
_NOT_PERSON = re.compile(
    r"^(?:is|to|my|the|number|phone|details|information|you|us|me|has|from|by|in|on|changed|改|"
    r"换|成|为|是|的|信息|电话|手机|不|了)"
)
_OTHER = re.compile(
    r"(?P<marital_status>\b(?:married|divorced|widowed|single|separated|engaged)\b|(?:已婚|未婚|离婚|离异|丧偶|结婚))"
    r"|(?P<statements>\b(?:paperless|paper statements?|e-?statements?|statements? by (?:post|mail|"
    r"e-?mail))\b|(?:电子账单|纸质账单|电子对账单))"
)
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


def find_companies(raw: str, text: str) -> list[Candidate]:
    """Find a company name or job title in an utterance about it."""
    value: dict[str, str] = {}
    span: Span | None = None
    for pattern in _COMPANY:
        match = pattern.search(text)
        if match is not None and not _NO_COMPANY.match(match[1]) and (span := _cut(text, match.span(1))) is not None:
            value["name"] = raw[span[0] : span[1]]
            break
    if (title := _TITLE.search(text)) is not None:
        at = _cut(text, title.span(1 if title.group(1) else 2))
        if at is not None:
            value["title"] = raw[at[0] : at[1]]
            span = (min(span[0], at[0]), max(span[1], at[1])) if span else at
    return [Candidate("company", raw[span[0] : span[1]], span, value)] if span and value else []


def find_contact_persons(raw: str, text: str, phones: list[Candidate]) -> list[Candidate]:
    """Find a contact person in an utterance about one, with the phone number beside the name."""
    for pattern in _PERSON:
        match = pattern.search(text)
        if match is None:
            continue
        value: dict[str, str] = {}
        named = _person(text, match.span("name")) if match["name"] else None
        if named is not None:
            span = named
            value["name"] = raw[span[0] : span[1]]
        else:
            span = match.span()
        if match["relation"]:
            value["relation"] = match["relation"]
            span = (min(span[0], match.start("relation")), max(span[1], match.end("relation")))
        if phones and "e164" in phones[0].value:
            value["e164"] = phones[0].value["e164"]
        if value:
            return [Candidate("contact_person", raw[span[0] : span[1]], span, value)]
    return []


def _person(text: str, span: Span) -> Span | None:
    if _NOT_PERSON.match(text[slice(*span)]):
        return None
    return _cut(text, span) if text[span[0]].isascii() else chinese_name(text, span)


def find_other_personal(raw: str, text: str, *, expected: bool) -> list[Candidate]:
    """Find a date of birth, a marital status or a way of receiving statements; an expected answer is kept as text."""
    for pattern in _BIRTH:
        if (match := pattern.search(text)) is not None and (date := _date(match)) is not None:
            return [_other(raw, match.span(), "date_of_birth", date)]
    if (match := _OTHER.search(text)) is not None:
        kind = match.lastgroup or "text"
        return [_other(raw, match.span(), kind, raw[match.start() : match.end()])]
    if expected and text.strip():
        start = len(text) - len(text.lstrip())
        end = min(len(text.rstrip()), start + 200)
        return [Candidate("other_personal", raw[start:end], (start, end), {"text": raw[start:end]})]
    return []


def _other(raw: str, span: Span, kind: str, text: str) -> Candidate:
    return Candidate("other_personal", raw[span[0] : span[1]], span, {"text": text, "kind": kind})


def _date(match: re.Match[str]) -> str | None:
    month = match["m"]
    number = (
        int(month.rstrip("stndrh"))
        if month[0].isdigit()
        else _MONTHS.index(month[:3]) + 1
        if month[:3] in _MONTHS
        else 0
    )
    day = int(match["d"])
    if not (1 <= number <= 12 and 1 <= day <= 31):
        return None
    return f"{match['y']}-{number:02}-{day:02}"


def _cut(text: str, span: Span) -> Span | None:
    start, end = span
    if (opening := re.match(r"(?:现在|目前|我|在|去|到|了|叫|是|新的?| )+", text[start:end])) is not None:
        start += opening.end()
    for pattern in (_CUT_EN, _CUT_ZH):
        if (stop := pattern.search(text, start, end)) is not None:
            end = stop.start()
    while end > start and text[end - 1] in " .":
        end -= 1
    return (start, end) if end - start >= 2 else None
