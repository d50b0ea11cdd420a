"""Which country a value is of."""

from __future__ import annotations

import phonenumbers
import pytest

from nlu.values.country import country_of


@pytest.mark.parametrize(
    ("field", "value", "country"),
    [
        ("phone", {"e164": "+12175550144"}, "US"),
        ("phone", {"e164": "+8613800004417"}, "CN"),
        ("phone", {"e164": "+80012345678"}, None),
        ("phone", {"e164": "rubbish"}, None),
        ("phone", {}, None),
        ("address", {"street": "Oak Street", "city": "Springfield"}, "US"),
        ("address", {"province": "上海市", "road": "世纪大道"}, "CN"),
        ("address", {"city": "上海市", "district": "浦东新区", "road": "世纪大道", "number": "100号"}, "CN"),
        ("address", {"street": "Hauptstr.", "country": "Germany"}, "germany"),
        ("address", {"street": "Oak Street", "country": "USA"}, "US"),
        ("address", {}, None),
        ("email", {"email": "a@example.cn"}, None),
    ],
)
def test_the_country_of_a_value(field: str, value: dict[str, str], country: str | None) -> None:
    assert country_of(field, value, region="US") == country


def test_every_country_s_numbers_are_of_the_country_that_the_whole_number_tells() -> None:
    regions = phonenumbers.SUPPORTED_REGIONS
    asked = [phonenumbers.example_number_for_type(region, kind) for region in regions for kind in range(11)]
    asked += [phonenumbers.example_number_for_non_geo_entity(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE]
    numbers = [phonenumbers.format_number(one, phonenumbers.PhoneNumberFormat.E164) for one in asked if one is not None]

    assert len(numbers) > 1_000
    for number in numbers:
        told = phonenumbers.region_code_for_number(phonenumbers.parse(number))
        found = country_of("phone", {"e164": number}, region="US")
        assert found == (told if told is not None and told.isalpha() else None), number


@pytest.mark.parametrize(
    "odd",
    ["", "+", "+1", "+86", "+49x", "+²1234567", "+1²345678901", "13800138000", "0049151234", "+4912345678901234567890",
     "+116502530000", "+100002175550144", "+0123456789", "+999123456789", "rubbish"],
)  # fmt: skip
def test_what_is_no_number_is_read_as_a_whole(odd: str) -> None:
    try:
        told = phonenumbers.region_code_for_number(phonenumbers.parse(odd))
    except phonenumbers.NumberParseException:
        told = None

    assert country_of("phone", {"e164": odd}, region="US") == (told if told is not None and told.isalpha() else None)
