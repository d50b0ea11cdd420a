"""Numbers with a check digit: Chinese resident numbers (GB 11643), cards (Luhn, ISO/IEC 7812), IBAN (ISO 13616)."""

from __future__ import annotations

import datetime as dt
import re

from nlu.types import Candidate, Problem

_CN_ID = re.compile(r"(?<!\d)\d{6}[ \-]?(?:18|19|20)\d{2}[ \-]?\d{4}[ \-]?\d{3}[\dx](?![\dx])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10x98765432"
_OTHER_ID = re.compile(
    r"(?<![a-z0-9])(?:[a-z]{1,2}\d{6,9}[a-z]?|\d{3}-\d{2}-\d{4}|\d{8,9}[a-z]?|[a-z]{4,5}\d{6,10}[a-z0-9]{0,5})"
    r"(?![a-z0-9])"
)
_ID_KINDS = (
    ("passport", re.compile(r"passport|护照")),
    ("driving licence", re.compile(r"driv\w{0,5}'?s? ?licen[cs]e|驾照|驾驶证")),
    ("social security number", re.compile(r"ssn|social security|社保")),
    ("residence permit", re.compile(r"residence permit|居住证|通行证")),
    ("national ID", re.compile(r"\bid\b|identity|national")),
)
_CARD = re.compile(r"(?<![\d.])\d(?:[ \-]?\d){7,22}(?!\d)")
_IBAN = re.compile(r"(?<![a-z0-9])[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,4})?(?![a-z0-9])")
_BANK_ZH = re.compile(
    r"(?:中国|招商|工商|建设|农业|交通|邮储|邮政储蓄|浦发|民生|兴业|平安|光大|中信|华夏|广发|浙商|"
    r"渤海|北京|上海|宁波|江苏|南京|杭州|[\u4e00-\u9fff]{2})银行|[工建农招交]行"
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
    for match in _CN_ID.finditer(text):
        number = re.sub(r"[ \-]", "", match.group()).upper()
        if resident_number_ok(number):
            found.append(
                Candidate(
                    "id_document", raw[slice(*match.span())], match.span(), {"number": number, "type": "CN resident ID"}
                )
            )
        elif cued:
            value = {"number": number, "type": "CN resident ID"}
            found.append(Candidate("id_document", raw[slice(*match.span())], match.span(), value, (), Problem.INVALID))
    if found or not cued:
        return found
    for match in _OTHER_ID.finditer(text):
        kind = next((name for name, sign in _ID_KINDS if sign.search(text)), "")
        value = {"number": match.group().upper()} | ({"type": kind} if kind else {})
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
    return found


def find_bank_accounts(raw: str, text: str) -> list[Candidate]:
    """Find account and card numbers in an utterance about a bank account."""
    bank = _BANK_ZH.search(text) or _BANK_EN.search(text)
    named = {"bank": raw[slice(*bank.span())]} if bank else {}
    for match in _IBAN.finditer(text):
        number = match.group().replace(" ", "")
        if iban_ok(number):
            return [
                Candidate("bank_account", raw[slice(*match.span())], match.span(), {"number": number.upper(), **named})
            ]
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
    return sound or found[:1]
