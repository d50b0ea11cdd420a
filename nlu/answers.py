"""Answers that only the open question makes readable: a code, a customer number, the name of a field."""

from __future__ import annotations

import re

from nlu.custom import Learned
from nlu.rules import Grammar
from nlu.tagging import Tagged
from nlu.types import Language

_SPOKEN = str.maketrans("幺一二三四五六七八九零〇", "112345678900")
_ENGLISH_DIGITS = {
    word: str(digit)
    for digit, word in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
} | {"oh": "0", "o": "0"}
_ENGLISH_RUN = re.compile(r"\b(?:(?:zero|one|two|three|four|five|six|seven|eight|nine|oh|o)\b[\s,-]{0,2}){4,8}")
_WORD = re.compile(r"[a-z]+")
_RUN = re.compile(r"(?<![\d.])\d(?:[\s-]{0,2}\d){3,24}(?!\d)")
_NAMED = re.compile(r"(?:code|pin|otp|验证码|校验码|动态码|密码)\D{0,12}$")
_SEPARATORS = re.compile(r"[\s-]+")
_USUAL = 6
_SHORTEST, _LONGEST = 4, 8

_CUSTOMER = re.compile(r"(?<![a-z0-9])cust[\s._-]{0,2}(?:no\.? ?)?(\d(?:[\s-]?\d){5,19})(?!\d)")
_LETTERS_AND_DIGITS = re.compile(r"(?<![a-z0-9])([a-z]{1,6})-?(\d(?:[\s-]?\d){4,19})(?![a-z0-9])")


def find_code(text: str) -> str | None:
    """Find a one-time code of 4 to 8 digits in a normalised text; None when there is none or it is not clear which."""
    spoken = text.translate(_SPOKEN)
    if (said := _ENGLISH_RUN.search(spoken)) is not None:
        return "".join(_ENGLISH_DIGITS[word] for word in _WORD.findall(said.group()))
    runs = [(_SEPARATORS.sub("", run.group()), run.start()) for run in _RUN.finditer(spoken)]
    fitting = [(digits, start) for digits, start in runs if _SHORTEST <= len(digits) <= _LONGEST]
    if len(fitting) == 1:
        return fitting[0][0]
    for preferred in (
        [digits for digits, start in fitting if _NAMED.search(spoken[:start][-24:])],
        [digits for digits, _ in fitting if len(digits) == _USUAL],
    ):
        if len(preferred) == 1:
            return preferred[0]
    return None


def find_customer_number(text: str) -> str | None:
    """Find a customer number (letters, then digits) in a normalised text,
    without spaces and in capitals; None when absent."""
    if (found := _CUSTOMER.search(text)) is not None:
        return "CUST" + _SEPARATORS.sub("", found.group(1))
    if (found := _LETTERS_AND_DIGITS.search(text)) is not None:
        return found.group(1).upper() + _SEPARATORS.sub("", found.group(2))
    return None


def find_chosen(tagged: Tagged, grammar: Grammar, fields: frozenset[str]) -> tuple[str, ...]:
    """Find the fields named in answer to "which detail?", in the order of the text."""
    names = (grammar.fields.get(letter) for letter in tagged.tags)
    return tuple(dict.fromkeys(name for name in names if name is not None and name in fields))


_LOOSELY = (
    ("bank_account", r"\bbank(?:ing)?\b|\bsort code\b|\bpayout\b|银行|卡号|账户|账号"),
    ("id_document", r"\b(?:id|document|passport|licen[cs]e)\b|证件|身份证|护照|驾照"),
    ("company", r"\b(?:job|work|employer|firm|business|office)\b|公司|单位|工作|职务"),
    ("contact_person", r"\bemergency\b|\bnext of kin\b|\bperson to contact\b|联系人|联络人"),
    ("email", r"\be-?mails?\b|\bmailbox\b|\binbox\b|邮"),
    ("phone", r"\b(?:phone|mobile|cell|tel|number)\b|手机|电话|号码"),
    ("address", r"\b(?:where i live|house|home|flat|street|postcode|zip|place|addr\w*)\b|住|地址|家"),
    ("name", r"\b(?:surname|name)\b|姓|名"),
    (
        "other_personal",
        r"\b(?:personal|birthday|birth|marital|marriage|statements?|other|else)\b|个人|生日|婚|账单|其他|别的",
    ),
)
_LOOSE = tuple((field, re.compile(shape)) for field, shape in _LOOSELY)


def find_loosely(text: str, fields: frozenset[str], custom: tuple[Learned, ...]) -> tuple[str, ...]:
    """The field meant by "the bank one": found by one word, which only the answer to "which detail?" may be so free
    with. A company's own field is meant by any word of its own."""
    words = frozenset(_WORD.findall(text))
    for field in custom:
        if not words.isdisjoint(field.own) or any(word in text for word in field.words[Language.ZH]):
            return (field.name,)
    return tuple(field for field, shape in _LOOSE if field in fields and shape.search(text) is not None)[:1]
