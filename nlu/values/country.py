"""Which country a phone number or an address is of."""

from __future__ import annotations

import phonenumbers

from nlu.types import Value
from nlu.values.complete import is_chinese

CHINESE = frozenset({"CN", "HK", "MO", "TW"})

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
        elif regions[0] == "US" and number[2:].isdigit():
            found = phonenumbers.region_code_for_number(phonenumbers.PhoneNumber(1, int(number[2:])))
        else:
            found = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None
    return found if found is not None and found.isalpha() else None


def _regions(number: str) -> tuple[str, ...]:
    """Where the country code is dialled; the whole world for none: the number must be read to know. No code begins
    with another."""
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    found = (codes.get(int(number[1:end])) for end in (2, 3, 4) if number[1:end].isdigit())
    return next((regions for regions in found if regions), ("", ""))
