"""Coarse keys: equal for what people take for the same, none where too little is known."""

from __future__ import annotations

import pytest

from nlu.types import Value
from nlu.values.blocks import blocking_keys

OAK = {"number": "12", "street": "Oak Street", "city": "Springfield", "postcode": "62704"}
CENTURY = {"city": "上海市", "district": "浦东新区", "road": "世纪大道", "number": "100号", "room": "502室"}


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("phone", {"e164": "+12025550147"}, {"e164": "+442025550147"}),
        ("email", {"email": "ada.lovelace@example.com"}, {"email": "AdaLovelace+shop@example.org"}),
        ("name", {"full": "Ana López"}, {"full": "LOPEZ, Ana"}),
        ("name", {"full": "王小明"}, {"full": "王小明"}),
        ("address", OAK, OAK | {"street": "Oak St.", "unit": "Flat 3"}),
        ("address", CENTURY, CENTURY | {"room": "503室", "district": "浦东"}),
    ],
)
def test_what_people_take_for_one_has_a_key_in_common(field: str, one: Value, other: Value) -> None:
    assert set(blocking_keys(field, one)) & set(blocking_keys(field, other))


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("phone", {"e164": "+12025550147"}, {"e164": "+12025550148"}),
        ("email", {"email": "ada@example.com"}, {"email": "ben@example.com"}),
        ("name", {"full": "Ana López"}, {"full": "Ana Moore"}),
        ("address", OAK, OAK | {"number": "14"}),
        ("address", OAK, OAK | {"postcode": "62705"}),
        ("address", CENTURY, CENTURY | {"number": "101号"}),
    ],
)
def test_what_differs_in_its_heart_has_none(field: str, one: Value, other: Value) -> None:
    assert not set(blocking_keys(field, one)) & set(blocking_keys(field, other))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", {"partial": "138"}),
        ("email", {"email": "ab@example.com"}),
        ("name", {"full": "A"}),
        ("address", {"city": "Springfield", "postcode": "62704"}),
        ("address", {"number": "12", "street": "Oak Street"}),
        ("bank_account", {"number": "123456"}),
    ],
)
def test_too_little_has_no_key(field: str, value: Value) -> None:
    assert blocking_keys(field, value) == ()
