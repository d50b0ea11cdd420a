"""Numbers with a check digit: Chinese resident numbers (GB 11643), cards (Luhn, ISO/IEC 7812), IBAN (ISO 13616)."""

# ruff: noqa: SIM905 - lists of words read better as text

from __future__ import annotations

import datetime as dt
import re

from nlu.types import Candidate, Problem, Span
from nlu.values.chinese import spoken_digits
from nlu.values.divisions import codes

RESIDENT = "CN resident ID"
"""The type of an 18-character resident number."""
_CN_ID = re.compile(r"(?<!\d)\d{6}[ \-]?(?:18|19|20)\d{2}[ \-]?\d{4}[ \-]?\d{3}[\dx](?![\dx])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10x98765432"
_OTHER_ID = re.compile(
    r"(?<![a-z0-9])(?:[a-z]{1,2}\d{6}\([\da]\)|[a-z]{2}(?: ?\d{2}){3} ?[a-d]|[a-z]{3}\d{12}|[a-z]{5}\d{4}[a-z]|"
    r"[a-z]{1,2}\d{6,10}[a-z]?|\d{3}-\d{2}-\d{4}|\d{8,9}[a-z]?|[a-z]{4,5}\d{6,10}[a-z0-9]{0,5})"
    r"(?![a-z0-9])"
)
_ID_KINDS = (
    ("passport", re.compile(r"passport|护照")),
    ("driving licence", re.compile(r"driv\w{0,5}'?s? ?licen[cs]e|\blicen[cs]e\b|驾照|驾驶证")),
    ("national insurance number", re.compile(r"national insurance|\bni(?:no)?\b")),
    ("social security number", re.compile(r"ssn|social security|社保")),
    ("travel permit", re.compile(r"通行证|台胞证|回乡证")),
    ("residence permit", re.compile(r"residence permit|green card|居住证|居留")),
    ("national ID", re.compile(r"\bid\b|identity card|national|\bhkid\b|\bnric\b|\baadhaar\b|\bpan\b|身份证")),
)
_DIGITS_OF_KIND = {
    "social security number": re.compile(r"(?<![\d-])\d{3}([ -]?)\d{2}\1\d{4}(?![\d-])"),
    "travel permit": re.compile(r"(?<![a-z0-9])(?:\d{10}|\d{8})(?![a-z0-9])"),
    "national ID": re.compile(r"(?<!\d)\d{4} ?\d{4} ?\d{4}(?!\d)"),
}
"""Numbers of digits alone, which only the word for the document tells from others."""
_SSN = "social security number"
_NEVER_ISSUED = re.compile(r"(?:000|666|9\d\d)|\d{3}-?00|.*0000$")
"""Social security numbers that cannot be: area, group or serial number that is not given out."""
_SSN_SHORT = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{1,3}(?![\d-])")
_CN_PASSPORT = re.compile(r"(?:[edspg]\d{8}|e[a-hj-np-z]\d{7})")
_OLD_RESIDENT = re.compile(r"(?<!\d)\d{15}(?!\d)")
_CARD = re.compile(r"(?<![\d.])\d(?:[ \-]?\d){7,22}(?!\d)")
_IBAN = re.compile(r"(?<![a-z0-9])[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,4})?(?![a-z0-9])")
_SHORTEST_IBAN = 15
_IBAN_COUNTRIES = frozenset(
    (
        "AD AE AL AT AZ BA BE BG BH BR BY CH CR CY CZ DE DK DO EE EG ES FI FO FR GB GE GI GL GR GT HR HU IE IL IQ IS "
        "IT JO KW KZ LB LC LI LT LU LV LY MC MD ME MK MR MT MU NL NO PK PL PS PT QA RO RS SA SC SE SI SK SM ST SV TL "
        "TN TR UA VA VG XK"
    ).split()
)
_BANK_ZH = re.compile(
    r"(?:中国|招商|工商|建设|农业|交通|邮储|邮政储蓄|浦发|民生|兴业|平安|光大|中信|华夏|广发|浙商|"
    r"渤海|北京|上海|宁波|江苏|南京|杭州|(?:(?![我你您要想把换改变更新旧老的个张这那到在从是了和用绑去开]).){2})银行(?![卡账帐的])|[工建农招交]行"
)
_ACCOUNT_WORD = re.compile(r"(?:account|acct|card|iban|账号|帐号|账户|卡号|卡)[^\d,.;。，]{0,24}$")
_BANK_EN = re.compile(
    r"\b(?:bank of [a-z]{3,15}|(?!the|my|your|new|this|that|savings|any|our)[a-z]{3,15} bank|chase|"
    r"wells fargo|hsbc|barclays|citibank|lloyds|"
    r"natwest|santander|monzo|revolut)\b"
)


def resident_number_ok(number: str) -> bool:
    """Whether the birth date and the check character of an 18-character resident number hold (GB 11643-1999)."""
    if not re.fullmatch(r"\d{17}[\dx]", number, re.IGNORECASE):
        return False
    try:
        dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:17], strict=True))
    return _CHECKS[total % 11] == number[17].lower()


def luhn_ok(digits: str) -> bool:
    """Whether the check digit of a card number holds (Luhn, ISO/IEC 7812-1)."""
    total = 0
    for i, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if i % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban_ok(written: str) -> bool:
    """Whether the two check digits of an IBAN hold (ISO 13616, modulo 97)."""
    moved = written[4:] + written[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


def find_id_documents(raw: str, text: str, *, cued: bool) -> list[Candidate]:
    """Find identity document numbers; without a cue only resident numbers whose check character holds."""
    found: list[Candidate] = []
    text = spoken_digits(text) if cued else text
    for match in _CN_ID.finditer(text):
        number = re.sub(r"[ \-]", "", match.group()).upper()
        if resident_number_ok(number):
            found.append(
                Candidate("id_document", raw[slice(*match.span())], match.span(), {"number": number, "type": RESIDENT})
            )
        elif cued:
            value = {"number": number, "type": RESIDENT}
            found.append(Candidate("id_document", raw[slice(*match.span())], match.span(), value, (), Problem.INVALID))
    if found or not cued:
        return found
    kind, sign = _kind_of(text)
    if (digits := _DIGITS_OF_KIND.get(kind)) is not None and (told := digits.search(text)):
        return [_of_kind(raw, kind, told)]
    if kind == _SSN and (cut := _SSN_SHORT.search(text)):
        short: dict[str, str] = {"partial": cut.group()}
        return [Candidate("id_document", raw[slice(*cut.span())], cut.span(), short, ("number",), Problem.TOO_SHORT)]
    for match in _OTHER_ID.finditer(text):
        written = "passport" if not kind and _CN_PASSPORT.fullmatch(match.group()) else kind
        value = {"number": match.group().upper().replace(" ", "")} | ({"type": written} if written else {})
        found.append(Candidate("id_document", raw[slice(*match.span())], match.span(), value))
    if not found and (partial := re.search(r"(?<!\d)\d{10,20}x?(?!\d)", text)):
        problem = Problem.TOO_SHORT if len(partial.group()) < 18 else Problem.TOO_LONG
        found.append(
            Candidate(
                "id_document",
                raw[slice(*partial.span())],
                partial.span(),
                {"partial": partial.group()},
                ("number",),
                problem,
            )
        )
    if not found and sign is not None and kind not in _VAGUE:
        found.append(Candidate("id_document", raw[slice(*sign)], sign, {"type": kind}, ("number",)))
    return found


def _of_kind(raw: str, kind: str, match: re.Match[str]) -> Candidate:
    number = re.sub(r"[ -]", "", match.group())
    if kind == _SSN:
        number = f"{number[:3]}-{number[3:5]}-{number[5:]}"
    problem = Problem.INVALID if kind == _SSN and _NEVER_ISSUED.match(number) else None
    return Candidate(
        "id_document", raw[slice(*match.span())], match.span(), {"number": number, "type": kind}, (), problem
    )


_VAGUE = ("national ID", "")


def _kind_of(text: str) -> tuple[str, Span | None]:
    """The kind of document that a text names, and where; "" and None when it names none."""
    for name, sign in _ID_KINDS:
        if (match := sign.search(text)) is not None:
            return name, match.span()
    return "", None


def region_known(number: str) -> bool:
    """Whether a resident number begins with the code of a county or city that is in the tables now. Older numbers keep
    codes that were abolished since, so an unknown one is a warning and no more."""
    return number[:6] in codes()


def find_bank_accounts(raw: str, text: str) -> list[Candidate]:
    """Find account and card numbers in an utterance about a bank account."""
    text = spoken_digits(text)
    banks = [*_BANK_ZH.finditer(text), *_BANK_EN.finditer(text)]
    bank = banks[-1].span() if banks else None
    named = {"bank": raw[slice(*bank)]} if bank else {}
    for match in _IBAN.finditer(text):
        number = match.group().replace(" ", "")
        if iban_ok(number):
            return [
                Candidate("bank_account", raw[slice(*match.span())], match.span(), {"number": number.upper(), **named})
            ]
        if number[:2].upper() in _IBAN_COUNTRIES and len(number) >= _SHORTEST_IBAN:
            value = {"number": number.upper(), **named}
            return [Candidate("bank_account", raw[slice(*match.span())], match.span(), value, (), Problem.INVALID)]
    found: list[Candidate] = []
    for match in _CARD.finditer(text):
        number = re.sub(r"\D", "", match.group())
        card = len(number) >= 15
        problem = Problem.INVALID if card and not luhn_ok(number) else Problem.TOO_LONG if len(number) > 19 else None
        found.append(
            Candidate("bank_account", raw[slice(*match.span())], match.span(), {"number": number, **named}, (), problem)
        )
    named_so = [c for c in found if _ACCOUNT_WORD.search(text, max(0, c.span[0] - 40), c.span[0])]
    found = named_so or found
    sound = [candidate for candidate in found if candidate.problem is None]
    if not found and bank is not None:
        return [Candidate("bank_account", raw[slice(*bank)], bank, named, ("number",))]
    return sound or found[:1]
