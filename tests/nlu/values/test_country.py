"""Which country a value is of."""

from __future__ import annotations

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
