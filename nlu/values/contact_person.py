"""A person to contact: a name, what they are to the customer, a phone number."""

from __future__ import annotations

import re

from nlu.replaced import replaced
from nlu.types import Candidate, Span
from nlu.values.name import chinese_name

_KIN_ZH = (
    r"妻子|老婆|太太|媳妇|爱人|丈夫|老公|先生|妈妈?|爸爸?|母亲|父亲|儿子|女儿|哥哥?|姐姐?|弟弟?|妹妹?|表[哥姐弟妹]|堂[哥姐弟妹]|"
    r"同事|朋友|室友|男朋友|女朋友|男友|女友|未婚[夫妻]|舅舅|叔叔|阿姨|姑姑|爷爷|奶奶|外公|外婆|姥姥|姥爷|女婿|儿媳|邻居|同学"
)
_KIN_EN = (
    r"wife|husband|mother|father|mom|mum|dad|son|daughter|sister|brother|partner|spouse|fianc[eé]e?|girlfriend|boyfriend|"
    r"friend|colleague|assistant|aunt|uncle|cousin|grandmother|grandfather|niece|nephew|neighbou?r|flatmate|roommate|"
    r"(?:mother|father|brother|sister|son|daughter)-in-law"
)
_RELATION = re.compile(
    rf"我(?:的|家)?(?P<zh>{_KIN_ZH})|\bmy (?:\w+ )?(?P<en>{_KIN_EN})\b|^\W*(?P<bare>{_KIN_ZH})(?=[,， ])"
)
_AFTER_KIN = re.compile(r"[\s,，:：]{0,3}(?:叫|是|名字是|名字叫|called|named|whose name is|is)?[\s,，:：]{0,2}")
_WHO = r"(?:紧急联系人|联系人|联络人|收货人|收件人|对接人|负责人|担保人|监护人)"
_LEAD_ZH = re.compile(
    rf"{_WHO}?(?:的?(?:姓名|名字))?(?:现在|已经|应该)?(?:改|换|变更|更换|更改)?(?:成|为|到|是|叫|:|：|给)+(?:了)?\s?"
    rf"|{_WHO}[\s:：,，]+"
)
_LEAD_EN = re.compile(
    r"\b(?:emergency contact|contact person|next of kin|person to (?:call|contact)|contact)"
    r"(?:(?: person| name|:| is| to| now| should be| as| be| will be| has changed| changed)*)[ :,]{1,2}"
)
_LINK_EN = re.compile(r"\b(?:to|is now|should be|will be|name is|name's|it's|it is)[ :,]{1,2}")
_NAME_EN = re.compile(r"[a-z][a-z'’\-]{1,20}\.?(?: [a-z][a-z'’\-]{1,20}){0,2}")
_STOP = re.compile(
    r"(?:is|to|my|the|a|an|number|phone|mobile|cell|details|information|you|us|me|has|from|by|in|on|changed|now|and|"
    r"at|for|"
    r"with|please|thanks?|not|no|yes|someone|somebody|another|new|different|old|call|called|who|that|this|it|his|her|their|"
    r"be|should|change|update|replace|set|make|give|add|have|emergency|contact|person|instead|because|since|i|we|want|need|can|could|would|ok|okay|sure|cancel|stop|why|"
    r"what|how|help|wait|later|sorry|don'?t|repeat|agent|human|as|reach|dial)(?![\w'’])"
)
_ANSWER = re.compile(
    r"(?:(?:it'?s|it is|yes|ok|okay|sure|the name is|name is|他|她|就|是|叫|名字是?|姓名是?|嗯|好的?)[\s,，:：]*)*"
)


def find_contact_persons(raw: str, text: str, phones: list[Candidate], answer: str | None) -> list[Candidate]:
    """Find a person to contact in an utterance about one, with a phone number beside the name; `answer` is the text
    where a bare one counts."""
    value: dict[str, str] = {}
    spans: list[Span] = []
    kin = _RELATION.search(text)
    if (name := _name(text, kin, answer)) is not None:
        value["name"] = raw[slice(*name)]
        spans.append(name)
    if kin is not None:
        at = kin.span(kin.lastgroup or 0)
        value["relation"] = raw[slice(*at)]
        spans.append(at)
    if (phone := next((one for one in phones if "e164" in one.value and one.role == "new"), None)) is not None:
        value["e164"] = phone.value["e164"]
        spans.append(phone.span)
    if not spans:
        wrong = [one for one in phones if one.problem is not None]
        return [replaced(one, field="contact_person") for one in wrong[:1]]
    span = (min(first for first, _ in spans), max(last for _, last in spans))
    return [Candidate("contact_person", raw[slice(*span)], span, value)]


def _name(text: str, kin: re.Match[str] | None, answer: str | None) -> Span | None:
    """A name after the relation, after the word for such a person, or as the answer itself."""
    places: list[int] = []
    if kin is not None and (after := _AFTER_KIN.match(text, kin.end())) is not None:
        places.append(after.end())
    for lead in (_LEAD_ZH, _LEAD_EN, _LINK_EN):
        places += [match.end() for match in lead.finditer(text)][:4]
    if answer is not None and (opening := _ANSWER.match(answer)) is not None:
        places.append(opening.end())
    for place in places:
        if (found := _name_at(text, place)) is not None:
            return found
    return None


def _name_at(text: str, start: int) -> Span | None:
    while text[start : start + 1] in {" ", ",", "，"}:
        start += 1
    if (zh := re.compile(r"[\u4e00-\u9fff]{2,4}").match(text, start)) is not None:
        return None if _KIN.match(text, start) else chinese_name(text, zh.span())
    match = _NAME_EN.match(text, start)
    if match is None or _STOP.match(text, start):
        return None
    end = match.end()
    for word in re.compile(r"\S+").finditer(text, start, end):
        if _STOP.match(text, word.start()):
            end = word.start()
            break
    while end > start and text[end - 1] in " .,":
        end -= 1
    return (start, end) if end - start >= 2 and not re.match(_KIN_EN + r"\b", text[start:end]) else None


_KIN = re.compile(_KIN_ZH)
