"""How values are shown, masked and compared."""

from __future__ import annotations

import pytest

from nlu.types import Language, Value
from nlu.values.canonical import canonical
from nlu.values.present import mask, present


def test_english_address_reads_as_on_an_envelope() -> None:
    value = {"number": "12", "street": "oak street", "unit": "flat 3", "city": "springfield", "postcode": "62704"}

    assert present("address", value, language=Language.EN) == "12 Oak Street, Flat 3, Springfield 62704"


def test_phone_is_spaced_internationally() -> None:
    assert present("phone", {"e164": "+8613800004417"}, language=Language.ZH) == "+86 138 0000 4417"


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("phone", {"e164": "+8613800004417"}, "••• ••• 4417"),
        ("address", {"number": "1047", "street": "Oak Street"}, "••47"),
        ("email", {"email": "anna@example.com"}, "a•••@•••.com"),
        ("name", {"full": "Anna Schmidt"}, "A•••"),
        ("bank_account", {"number": "4111111111111111"}, "•••• 1111"),
    ],
)
def test_mask_shows_a_hint(field: str, value: Value, shown: str) -> None:
    assert mask(field, value) == shown


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        (
            "address",
            {"number": "12", "street": "Oak Street", "state": "Texas"},
            {"number": "12", "street": "OAK ST.", "state": "tx"},
        ),
        (
            "address",
            {"province": "浙江省", "city": "杭州市", "district": "西湖区", "building": "三号楼"},
            {"city": "杭州", "district": "西湖区", "building": "3栋"},
        ),
        ("email", {"email": "Anna@Example.com"}, {"email": "anna@example.com"}),
        ("name", {"full": "Anna  SCHMIDT"}, {"given_name": "Anna", "family_name": "Schmidt"}),
    ],
)
def test_equal_values_have_one_canonical_form(field: str, one: Value, other: Value) -> None:
    assert canonical(field, one) == canonical(field, other)
