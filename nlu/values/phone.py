"""Phone numbers in E.164 (ITU-T), read by libphonenumber's rules or by our own for Chinese mobiles."""

from __future__ import annotations

import re

import phonenumbers

from nlu.types import Candidate, Problem, Value
from nlu.values.chinese import spoken_digits
from nlu.values.spoken import spoken_numbers

_HAN = re.compile(r"[\u4e00-\u9fff]")
_DIGITS = re.compile(r"\d")
_BETWEEN = r"().\-/~x·|\[\]\u00ad\u200b\u2010-\u2015\u2053\u2060\u2212\u223c\u30fc"
"""What people set between the digits of a number, besides white space."""
_RUN = re.compile(
    rf"(?<![\d@])(?<![\d][.\-/])(?:\+|00)?\(?\+?\d(?:[ {_BETWEEN}]{{0,4}}\d){{3,24}}"
    r"(?:[ ,;]{0,3}(?:ext(?:ension)?\.?:?|x|转|分机|#|~) {0,5}\d{1,7}(?!\d))?"
)
_EXTENSION = re.compile(r"[ ,;]{0,3}(?:ext(?:ension)?\.?:?|x|转|分机|#|~) {0,5}(\d{1,7})$")
_ORDER = re.compile(
    r"(?:order|tracking|ticket|invoice|policy|account|acct|card|ssn|social|reference|ref|customer|"
    r"member|zip|postcode|postal code|"
    r"\bac\b|code|\bpin\b|password|pwd|\bid\b|订单|单号|运单|快递|编号|卡号|账号|帐号|账户|工单|发票|验证码|"
    r"密码|身份证|证件|邮编|客户号|会员)"
    r"[^\d]{0,14}$"
)
_PHONE_WORD = re.compile(
    r"(?:phone|mobile|cell|number|tel|telephone|landline|call|text|reach|whatsapp|ph|contact|电话|"
    r"手机|号码|座机|固话|联系方式|联系|致电|打|微信)"
    r"[^\d]{0,24}$"
)
_WHOLE = re.compile(rf"^[^\d+]{{0,3}}([+(]?[\dx(][\d\s{_BETWEEN}]{{5,40}})[^\d]{{0,3}}$")
_CARRIER = re.compile(r"(?<=\d)x{1,2}(?=\d{7,})|[|\u2060\u200b]")
"""A place held for the carrier, "0xx 11 …", and strokes between groups, which libphonenumber does not read."""
_SHORT_MOBILE = re.compile(r"7\d{0,8}")
_WAVES = re.compile(r"~(?=\d{3,4}(?:~|$))")
_CN_MOBILE = re.compile(r"(?:\+?0{0,2}86)?(1[3-9]\d{9})")
_CN_GROUPS = re.compile(r"1[3-9]\d[ -]\d{4}[ -]\d{4}")
_FEWEST = 3
"""How few digits are taken for the beginning of a number where a number is asked for."""
_ENDING = re.compile(r"(?:ending|ends|last (?:four|4)(?: digits)?|尾号|末四位|后四位)[^\d]{0,10}$")
_ADDRESS_AFTER = re.compile(
    r" ?(?:号|弄|室|栋|幢|元|块|[a-z]{1,20} (?:st|street|ave|avenue|rd|road|dr|drive|ln|lane)\b)"
)


def find_phones(raw: str, text: str, *, region: str, cued: bool, expected: bool) -> list[Candidate]:
    """Find phone numbers; `cued` accepts unlikely ones and names partial ones, `expected` reads the whole answer."""
    if (
        _HAN.search(text)
        and region not in {"CN", "TW", "HK", "MO"}
        and re.search(r"(?<!\d)1[3-9]\d[ \-]?\d{4}[ \-]?\d{4}(?!\d)", text)
    ):
        region = "CN"  # a Chinese sentence with a Chinese mobile, whatever the house's own region
    read = _readable(text, cued or expected)
    if len(_DIGITS.findall(read)) < (_FEWEST if expected else 5):
        return []
    if expected and (whole := _whole(raw, read, region)) is not None:
        return [whole]
    found: list[Candidate] = []
    for match in _RUN.finditer(read):
        candidate = _candidate(raw, read, match, region, cued=cued or expected, expected=expected)
        if candidate is not None:
            found.append(candidate)
    sound = [c for c in found if c.problem is None]
    return sound or found[:1]


def _readable(text: str, bold: bool) -> str:
    text = spoken_digits(text)
    if bold:
        for run in spoken_numbers(text):
            if len(run.digits) >= 5:
                width = run.end - run.start
                text = text[: run.start] + run.digits[:width].ljust(width) + text[run.end :]
    return text


def _whole(raw: str, text: str, region: str) -> Candidate | None:
    """Read an answer that is nothing but a number, however it is punctuated."""
    match = _WHOLE.match(text)
    if match is None:
        return None
    value = _parse(match.group(1), region)
    if value is None:
        return None
    start, end = match.span(1)
    return _made(raw, start, end, value)


def _candidate(
    raw: str, text: str, match: re.Match[str], region: str, *, cued: bool, expected: bool
) -> Candidate | None:
    start, end = match.span()
    before = text[max(0, start - 40) : start]
    phone_word = _PHONE_WORD.search(before) is not None
    if _ENDING.search(before) or (
        _ORDER.search(before) and not re.search(r"(?:phone|mobile|cell|电话|手机)[^\d]{0,24}$", before)
    ):
        return None
    if _ADDRESS_AFTER.match(text, end) and not phone_word:
        return None
    written = match.group()
    digits = "".join(_DIGITS.findall(written))
    value = _parse(written, region) or _glued(written, region)
    if value is not None and (cued or phone_word or _self_evident(written, digits, value)):
        return _made(raw, start, end, value)
    if not cued or value is not None:
        return None
    return _partial(raw, start, end, digits, region, phone_word=phone_word or expected)


def _made(raw: str, start: int, end: int, value: Value) -> Candidate:
    for run in spoken_numbers(raw[start:].lower()) if raw[start].isalpha() else ():
        if run.start == 0:  # the words are wider than the digits they stand for
            end = start + run.end
    while end > start and raw[end - 1].isspace():
        end -= 1
    return Candidate("phone", raw[start:end], (start, end), value)


def _self_evident(written: str, digits: str, value: Value) -> bool:
    """A number that no one would take for an order number: with "+", a Chinese mobile, or valid and grouped."""
    if written.startswith(("+", "00")) or value["e164"].startswith("+861"):
        return True
    if len(digits) < 9 or len(digits) > 12 or not re.search(r"\d[ ().\-]+\d", written):
        return False
    return phonenumbers.is_possible_number(phonenumbers.parse(value["e164"]))


def _glued(written: str, region: str) -> Value | None:
    """Two numbers run together by spaces: the first that reads alone."""
    for part in re.split(r"[\s/]{1,4}", written):
        if len(part) >= 9 and (value := _parse(part, region)) is not None:
            return value
    return None


def _parse(written: str, region: str) -> Value | None:
    digits = "".join(re.findall(r"[\d+]", written))
    if region not in {"CN", "TW", "HK", "MO"} and _only_chinese(written, digits, region):
        return {"e164": "+86" + digits}
    if region in {"CN", "TW", "HK", "MO"} and (mobile := _CN_MOBILE.fullmatch(digits)):
        return {"e164": "+86" + mobile.group(1)}
    written = _CARRIER.sub("-", written)
    if "~" in written and len(digits) <= 11:
        written = _WAVES.sub("-", written)
    if digits.startswith("00") and region in {"US", "CA"}:
        written = "+" + written.lstrip("0 ")  # dialled as in most of the world
    extension = _EXTENSION.search(written)
    body = (
        written[: extension.start()]
        if extension and len(_DIGITS.findall(written[: extension.start()])) >= 7
        else written
    )
    try:
        number = phonenumbers.parse(body, None if region == "ZZ" else region)
    except phonenumbers.NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(number)
    abroad = reason == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY and number.country_code != (
        phonenumbers.country_code_for_region(region)
    )  # written with the code of another country: how long its numbers are is for that country to say
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE and not abroad:
        if len(digits) == 11 and _CN_MOBILE.fullmatch(digits):
            return {"e164": "+86" + digits}
        return None
    if number.country_code == 44 and _SHORT_MOBILE.fullmatch(str(number.national_number)):
        return None  # a mobile cut short, though some area has numbers of that length
    if region == "CN" and not digits.startswith("+") and not _dialled_in_china(digits, number):
        return None
    value = {"e164": phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)}
    given = (extension.group(1) if extension and body is not written else None) or number.extension
    return value | {"extension": given} if given else value


def _only_chinese(written: str, digits: str, region: str) -> bool:
    """Whether eleven digits are a Chinese mobile and no number of the region: by their groups, or since the region has
    no such number."""
    if _CN_MOBILE.fullmatch(digits) is None or len(digits) != 11:
        return False
    if _CN_GROUPS.fullmatch(written.strip()):
        return True
    try:
        return not phonenumbers.is_valid_number(phonenumbers.parse(digits, region))
    except phonenumbers.NumberParseException:
        return True


def _dialled_in_china(digits: str, number: phonenumbers.PhoneNumber) -> bool:
    """Whether a number that is no mobile can be dialled there."""
    return not digits.startswith("1") and phonenumbers.is_valid_number(number)


def _partial(raw: str, start: int, end: int, digits: str, region: str, *, phone_word: bool) -> Candidate | None:
    problem = Problem.TOO_SHORT if len(digits) < _usual_length(region, digits) else Problem.TOO_LONG
    looks_cn = region == "CN" and digits[0] == "1"
    if not (phone_word or looks_cn or len(digits) >= 7):
        return None
    return Candidate("phone", raw[start:end], (start, end), {"partial": digits}, ("e164",), problem)


def _usual_length(region: str, digits: str) -> int:
    if region == "GB" and digits.startswith("0"):
        return 11
    if region == "CN":
        return 11
    return 10 if region in {"US", "CA"} else 9
