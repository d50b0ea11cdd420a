"""Check digits."""

from __future__ import annotations

import pytest

from nlu.types import Problem
from nlu.values.identity import iban_ok, luhn_ok, resident_number_ok
from tests.nlu.values.conftest import Find

# built by hand: district 999999 does not exist, and that is no reason to refuse
SOUND = "99999919900307002"


def check(body: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def test_resident_number_is_judged_by_check_character_and_birth_date() -> None:
    number = check(SOUND)

    assert resident_number_ok(number)
    assert not resident_number_ok(number[:-1] + ("1" if number[-1] != "1" else "2"))
    assert not resident_number_ok(check("99999919900230002"))


def test_resident_number_of_an_unknown_region_is_accepted(find: Find) -> None:
    (candidate,) = find(f"身份证换了 {check(SOUND)}", "id_document")

    assert candidate.value == {"number": check(SOUND), "type": "CN resident ID"}
    assert candidate.problem is None


def test_resident_number_with_a_wrong_check_character_is_invalid(find: Find) -> None:
    number = check(SOUND)

    (candidate,) = find(number[:-1] + ("1" if number[-1] != "1" else "2"), expects="id_document")

    assert candidate.problem is Problem.INVALID


@pytest.mark.parametrize(("digits", "ok"), [("4111111111111111", True), ("4111111111111112", False)])
def test_luhn(digits: str, ok: bool) -> None:
    assert luhn_ok(digits) is ok


def test_iban() -> None:
    assert iban_ok("gb82west12345698765432")
    assert not iban_ok("gb83west12345698765432")


def test_card_with_a_wrong_check_digit_is_invalid(find: Find) -> None:
    (candidate,) = find("my new account is 4111 1111 1111 1112", "bank_account")

    assert candidate.problem is Problem.INVALID
