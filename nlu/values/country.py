"""Which country a phone number or an address is of."""

from __future__ import annotations

import re

import phonenumbers

from nlu.types import Value
from nlu.values.complete import is_chinese

CHINESE = frozenset({"CN", "HK", "MO", "TW"})

E164 = re.compile(r"\+[1-9][0-9]{7,14}")
US_LENGTH = len("+12175550123")

_NAMES = {
    "CN": {"中国", "china", "cn", "prc", "中华人民共和国"},
    "US": {"usa", "us", "u.s.", "u.s.a.", "united states", "united states of america", "america", "美国"},
    "GB": {"uk", "u.k.", "gb", "united kingdom", "great britain", "england", "scotland", "wales", "英国"},
}
_KNOWN = {name: code for code, names in _NAMES.items() for name in names}


def country_of(field: str, value: Value, *, region: str) -> str | None:
    """Two capital letters, or the name as it was written; None when the value does not say. An address without a
    country is of the region; one written as in China is, elsewhere, of China."""
    match field:
        case "phone":
            return _of_phone(value.get("e164", ""))
        case "address" if value:
            named = value.get("country", "").strip().casefold()
            if named:
                return _KNOWN.get(named, named)
            return "CN" if region not in CHINESE and is_chinese(value, region=region) else region
        case _:
            return None


def _of_phone(number: str) -> str | None:
    """None for a number of no country. Of most country codes there is one, and the rest need not be read."""
    found: str | None
    try:
        regions = _regions(number)
        if len(regions) == 1:
            (found,) = regions
        elif regions and regions[0] == "US" and len(number) == US_LENGTH and number[2] not in "01":
            found = phonenumbers.region_code_for_number(phonenumbers.PhoneNumber(1, int(number[2:])))
        else:
            found = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None
    return found if found is not None and found.isalpha() else None


def _regions(number: str) -> tuple[str, ...]:
    """Where the country code of a number in E.164 is dialled; nowhere when it is not certain. No code begins with
    another."""
    if not E164.fullmatch(number):
        return ()
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    return next((codes[code] for end in (2, 3, 4) if (code := int(number[1:end])) in codes), ())
