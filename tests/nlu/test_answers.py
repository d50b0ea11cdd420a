"""Answers that only the open question makes readable."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nlu.model import built_in_model
from nlu.types import Act, Ask, Expects, Language, Understanding
from nlu.understand import understand

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def read(text: str, ask: Ask) -> Understanding:
    return understand(text, expects=Expects(ask), now=NOW, model=built_in_model())


@pytest.mark.parametrize(
    "text",
    [
        "493022",
        "493 022",
        "493-022",
        "the code is 493022",
        "My code: 493022.",
        "４９３０２２",
        "验证码是493022",
        "四九三零二二",
        "four nine three zero two two",
        "it's 493022, I got it at 10:32",
        "4 9 3 0 2 2",
        "code 493022 not the old 1122",
    ],
)
def test_a_code_is_read_however_it_is_typed(text: str) -> None:
    understood = read(text, Ask.CODE)

    assert understood.code == "493022"
    assert Act.PROVIDE in understood.acts


@pytest.mark.parametrize("text", ["no code", "12", "123456789012", "没收到", "111222 or 333444", ""])
def test_no_code_is_guessed(text: str) -> None:
    assert read(text, Ask.CODE).code is None


@pytest.mark.parametrize("ask", [Ask.NOTHING, Ask.SLOT, Ask.YES_NO])
def test_digits_are_no_code_unless_one_is_expected(ask: Ask) -> None:
    assert read("493022", ask).code is None


@pytest.mark.parametrize(
    "text",
    [
        "CUST202611220001",
        "cust202611220001",
        "CUST-20261122-0001",
        "cust 20261122 0001",
        "my customer number is CUST202611220001.",
        "我的客户号是CUST202611220001",
        "ＣＵＳＴ２０２６１１２２０００１",
    ],
)
def test_a_customer_number_is_read_however_it_is_typed(text: str) -> None:
    assert read(text, Ask.CUSTOMER_NUMBER).customer_number == "CUST202611220001"


def test_a_customer_number_of_another_pattern_is_read() -> None:
    assert read("it's AB-1234567", Ask.CUSTOMER_NUMBER).customer_number == "AB1234567"


@pytest.mark.parametrize("text", ["I don't have one", "不知道", "my phone is broken"])
def test_no_customer_number_is_guessed(text: str) -> None:
    assert read(text, Ask.CUSTOMER_NUMBER).customer_number is None


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("my address and phone", ("address", "phone")),
        ("the email please", ("email",)),
        ("phone number", ("phone",)),
        ("last name", ("name",)),
        ("地址", ("address",)),
        ("手机号和邮箱", ("phone", "email")),
        ("手机", ("phone",)),
        ("銀行卡", ("bank_account",)),
        ("none of these", ()),
    ],
)
def test_fields_named_in_answer_are_chosen(text: str, chosen: tuple[str, ...]) -> None:
    assert read(text, Ask.WHICH_FIELD).chosen == chosen


def test_the_digits_of_a_customer_number_are_no_phone() -> None:
    expects = Expects(Ask.CUSTOMER_NUMBER, field="phone", missing=("e164",))

    understood = understand("CUST202611220001", expects=expects, now=NOW, language=Language.ZH, model=built_in_model())

    assert understood.customer_number == "CUST202611220001"
    assert understood.candidates == ()
