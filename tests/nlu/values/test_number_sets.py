"""Numbers of documents and accounts, with the check that each kind has."""

from __future__ import annotations

import pytest

from nlu.values.identity import iban_ok, luhn_ok, resident_number_ok
from tests.nlu.values.conftest import Find

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def resident(digits: str) -> str:
    return digits + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, digits, strict=True)) % 11]


def card(digits: str) -> str:
    return next(digits + last for last in "0123456789" if luhn_ok(digits + last))


ONE = resident("11010119900307123")
WITH_X = next(number for i in range(100, 999) if (number := resident(f"31010119850615{i}")).endswith("X"))
SHORT_CARD, LONG_CARD = card("622202120001234"), card("621700001000123456")
SPOKEN = str.maketrans("0123456789", "零一二三四五六七八九")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def grouped(digits: str) -> str:
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


DOCUMENTS = [
    (f"身份证号{ONE}", ONE),
    (f"新身份证 {WITH_X.lower()}", WITH_X),
    (f"my id is {ONE[:6]} {ONE[6:14]} {ONE[14:]}", ONE),
    ("身份证号" + ONE.translate(SPOKEN), ONE),
    (ONE.translate(WIDE), ONE),
    (f"号码{ONE[:-1]}", "?too_short"),
    (f"{ONE}0", "?too_long"),
    (ONE[:-1] + ("0" if ONE[-1] != "0" else "1"), "?invalid"),
    ("身份证110101900307123", "?too_short"),
    ("护照号E12345678", "E12345678"),
    ("新护照：EJ1234567", "EJ1234567"),
    ("my new passport number is 123456789", "123456789"),
    ("passport no. X1234567", "X1234567"),
    ("港澳通行证C12345678", "C12345678"),
    ("回乡证H1234567890", "H1234567890"),
    ("回乡证 H12345678", "H12345678"),
    ("台胞证12345678", "12345678"),
    ("台胞证号码 1234567890", "1234567890"),
    ("香港身份证A123456(3)", "A123456(3)"),
    ("my NI number is QQ 12 34 56 C", "QQ123456C"),
    ("national insurance QQ123456C", "QQ123456C"),
    ("ssn 123-45-6789", "123-45-6789"),
    ("ssn 123 45 6789", "123-45-6789"),
    ("my ssn is 123456789", "123-45-6789"),
    ("ssn 000-12-3456", "?invalid"),
    ("ssn 123-00-4567", "?invalid"),
    ("ssn 912-34-5678", "?invalid"),
    ("SSN 123-45-678", "?too_short"),
    ("driving licence MORGA753116SM9IJ", "MORGA753116SM9IJ"),
    ("driver's license D1234567", "D1234567"),
    ("外国人永久居留证 CHN110185011201", "CHN110185011201"),
    ("NRIC S1234567D", "S1234567D"),
    ("aadhaar 2345 6789 0124", "234567890124"),
]
ACCOUNTS = [
    (f"新卡号{LONG_CARD}", LONG_CARD),
    (f"卡号 {grouped(LONG_CARD)}", LONG_CARD),
    (f"工资卡换成招商银行 {SHORT_CARD}", SHORT_CARD),
    (f"card number {grouped(SHORT_CARD)}", SHORT_CARD),
    (f"卡号{SHORT_CARD.translate(WIDE)}", SHORT_CARD),
    (f"银行卡号：六二二二 {SHORT_CARD[4:]}", SHORT_CARD),
    (f"从{SHORT_CARD}换成{LONG_CARD}", LONG_CARD),
    (f"把6222开头的换成{LONG_CARD}", LONG_CARD),
    (f"卡号{SHORT_CARD[:-1]}{(int(SHORT_CARD[-1]) + 1) % 10}", "?invalid"),
    ("IBAN GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819"),
    ("my iban is DE89370400440532013000", "DE89370400440532013000"),
    ("FR76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189"),
    ("de89 3704 0044 0532 0130 01", "?invalid"),
    ("account number 12345678", "12345678"),
    ("acct 1234-5678", "12345678"),
    ("sort code 12-34-56 account 31926819", "31926819"),
    ("routing number 021000021, account 9160287191", "9160287191"),
]


@pytest.mark.parametrize(
    ("field", "text", "wanted"),
    [("id_document", *row) for row in DOCUMENTS] + [("bank_account", *row) for row in ACCOUNTS],
)
def test_number_is_read_or_refused(field: str, text: str, wanted: str, find: Find) -> None:
    new = [c for c in find(text, expects=field) if c.field == field and c.role == "new"]

    read = f"?{new[0].problem}" if new[0].problem else new[0].value["number"]
    assert read == wanted


def test_checks_find_every_wrong_digit() -> None:
    for number, holds in ((ONE, resident_number_ok), (LONG_CARD, luhn_ok), ("DE89370400440532013000", iban_ok)):
        start = 4 if number.startswith("DE") else 0
        for i in range(start, len(number)):
            for digit in "0123456789":
                if digit != number[i]:
                    assert not holds(number[:i] + digit + number[i + 1 :])
