"""Customers from a file: what is taken, and what is refused with a line and a reason, never with the value."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.intake import House, Row, read_customers
from bot.intake_table import FILE_LIMIT, IntakeError

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
HOUSE = House("US", "en", "UTC", frozenset({"vip", "standard", "dormant"}))


def rows(folder: Path, text: str | bytes) -> list[Row]:
    file = folder / "customers.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_customers(file, HOUSE, NOW).rows)


def test_values_come_in_standard_form(tmp_path: Path) -> None:
    (row,) = rows(
        tmp_path, 'name,phone,email,address\nAda,(217) 555-0117,A@Example.com,"4 Elm Street, Springfield 62701"\n'
    )

    assert row.customer is not None
    assert row.customer.phone == {"e164": "+12175550117"}
    assert row.customer.address is not None
    assert row.customer.address["street"] == "Elm Street"


def test_a_chinese_row_is_read_as_chinese(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, "name,phone,address,locale\n王小明,13800001111,上海市徐汇区漕溪北路398号2号楼1201室,zh\n")

    assert row.customer is not None
    assert row.customer.phone == {"e164": "+8613800001111"}
    assert row.customer.address is not None
    assert row.customer.address["district"] == "徐汇区"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",+12175550117,", "name"),
        ("Ada,12,", "phone"),
        ("Ada,,not-an-email", "email"),
        ("Ada,,,,,too,many", "cells"),
        ("A\x00da,,", "name"),
        (f"{'A' * 1001},,", "name"),
    ],
)
def test_a_bad_row_is_named_with_its_column_and_never_its_value(tmp_path: Path, line: str, reason: str) -> None:
    (row,) = rows(tmp_path, f"name,phone,email\n{line}\n")

    assert row.customer is None
    assert row.line == 2
    (wrong,) = row.wrong
    assert (wrong.line, wrong.column or "cells") == (2, reason)
    assert "not-an-email" not in str(wrong)


def test_a_good_row_after_a_bad_one_is_taken(tmp_path: Path) -> None:
    first, second = rows(tmp_path, "name,tier\nAda,golden\nBen,vip\n")

    assert [wrong.column for wrong in first.wrong] == ["tier"]
    assert second.customer is not None
    assert second.customer.tier == "vip"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("nom,phone\nAda,1\n", "name is missing"),
        ("name,fone\nAda,1\n", "unknown column 'fone'"),
        ("name,phone,Phone \nAda,1,2\n", "phone is there twice"),
        ("Ada Example,+12175550117\n", "^the column name is missing; [^+]*$"),
        ("", "name is missing"),
        ("phone\n1\n", "name is missing"),
        ("name\nAda\n\nJos\u00e9 M\u00fcller\n".encode("cp1252"), "customers.csv:4: is not UTF-8"),
        ("name\nAda\n\nM\u00fcller\n".encode("cp1252"), "customers.csv:4: is not UTF-8"),
        (b"name\n\xff\xfe\n", "customers.csv:2: is not UTF-8"),
        ('name\nBen\n"Ada\n', "customers.csv:3: is not a CSV"),
        (f"name\n{'x' * 1_100_000}\n", "customers.csv:2: is longer than 1 MiB"),
        ('name\n"' + f"{'x' * 600_000}\n" * 2 + '"\n', "customers.csv:3: is not a CSV"),
    ],
)
def test_a_file_that_is_no_list_of_customers_is_refused_with_what_to_do(
    tmp_path: Path, content: str | bytes, says: str
) -> None:
    with pytest.raises(IntakeError, match=says):
        rows(tmp_path, content)


def test_half_a_file_is_never_read(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_bytes(b"name\n" + b"Ada\n" * 2_000 + b"\xff\n")
    read: list[Row] = []

    with pytest.raises(IntakeError, match=r"customers\.csv:2002: is not UTF-8"):
        read.extend(read_customers(file, HOUSE, NOW).rows)

    assert read == []


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    with file.open("wb") as sparse:
        sparse.truncate(FILE_LIMIT + 1)

    with pytest.raises(IntakeError, match="larger than 512 MiB; split it"):
        next(read_customers(file, HOUSE, NOW).rows)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        next(read_customers(tmp_path, HOUSE, NOW).rows)
    with pytest.raises(IntakeError, match="no regular file"):
        next(read_customers(Path("/dev/null"), HOUSE, NOW).rows)


def test_columns_may_be_written_as_excel_would(tmp_path: Path) -> None:
    """A byte order mark, capitals, blanks, Windows line ends, a blank line, and cells left out at the end."""
    (row,) = rows(tmp_path, '\ufeffName , Phone,TIER\r\n\r\n"Ada\r\nExample",+12175550117\r\n')

    assert row.customer is not None
    assert row.customer.name == {"full": "Ada Example"}


@pytest.mark.parametrize(
    ("cell", "column"),
    [
        ("CUST 1,,,,", "customer"),
        (f"{'C' * 129},,,,", "customer"),
        (",gold,,,", "tier"),
        (",,robot,,", "type"),
        (",,,fr,", "locale"),
        (",,,,Mars/Olympus", "timezone"),
    ],
)
def test_what_is_not_known_is_refused_with_what_is(tmp_path: Path, cell: str, column: str) -> None:
    (row,) = rows(tmp_path, f"name,customer,tier,type,locale,timezone\nAda,{cell}\n")

    assert str(row.wrong[0]).startswith(f"{column}: ")
    assert not any(value in str(row.wrong[0]) for value in cell.split(",") if value)


def test_a_number_without_its_country_is_read_at_the_home_of_the_language(tmp_path: Path) -> None:
    ours, theirs = rows(tmp_path, "name,phone,locale\nAda,217 555 0117,en\n李秀英,139 0000 2222,zh\n")

    assert ours.customer is not None
    assert theirs.customer is not None
    assert (ours.customer.phone, theirs.customer.phone) == ({"e164": "+12175550117"}, {"e164": "+8613900002222"})
