"""Customers in a workbook: what spreadsheets make of numbers, dates and formulas."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from bot import intake_excel
from bot.intake import House, Row, read_customers
from bot.intake_table import IntakeError

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
HOUSE = House("CN", "zh", "Asia/Shanghai", frozenset({"vip", "standard"}))


def workbook(folder: Path, rows: Sequence[Sequence[object]], *, second: Sequence[Sequence[object]] = ()) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if second:
        other = book.create_sheet("客户")
        for row in second:
            other.append(list(row))
    file = folder / "customers.xlsx"
    book.save(file)
    return file


def read(file: Path, sheet: str | None = None) -> list[Row]:
    return list(read_customers(file, HOUSE, NOW, sheet).rows)


def test_a_phone_that_became_a_number_is_read_as_typed(tmp_path: Path) -> None:
    as_int, as_float = read(workbook(tmp_path, [("name", "phone"), ("王小明", 13800001111), ("李雷", 1.3800001112e10)]))

    assert as_int.customer is not None
    assert as_float.customer is not None
    assert as_int.customer.phone == {"e164": "+8613800001111"}
    assert as_float.customer.phone == {"e164": "+8613800001112"}


def test_chinese_names_of_columns_are_known(tmp_path: Path) -> None:
    (row,) = read(
        workbook(tmp_path, [("客户编号", "姓名", "手机号", "标签"), ("K1", "王小明", "138 0000 1111", "老客户;上海")])
    )

    assert row.customer is not None
    assert (row.customer.no, row.customer.tags) == ("K1", ("上海", "老客户"))


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (1380000111122223333, "is a number of more digits than a spreadsheet keeps; format the column as text"),
        (dt.datetime(2026, 1, 2), "holds a date or a time; format the column as text"),  # noqa: DTZ001 - as Excel has it
        (dt.date(2026, 1, 2), "holds a date or a time; format the column as text"),
        (True, "holds yes or no"),
        ("#N/A", "holds an error of the spreadsheet"),
        ("=A1", "holds a formula that was never worked out; save the values"),
        ("x" * 1_001, "longer than 1000 characters"),
    ],
)
def test_a_cell_that_cannot_be_meant_is_named_without_what_is_in_it(tmp_path: Path, cell: object, reason: str) -> None:
    bad, good = read(workbook(tmp_path, [("name", "phone"), ("王小明", cell), ("李雷", "13800001111")]))

    assert [(wrong.line, wrong.column, wrong.reason) for wrong in bad.wrong] == [(2, "phone", reason)]
    assert good.customer is not None
    assert good.line == 3


def test_a_formula_that_was_worked_out_is_its_result(tmp_path: Path) -> None:
    file = workbook(tmp_path, [("name", "phone"), ("王小明", "=A1")])
    mended = tmp_path / "mended.xlsx"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(mended, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename.endswith("sheet1.xml"):
                assert b"<f>A1</f>" in content
                content = content.replace(b"<f>A1</f><v />", b"<f>A1</f><v>13800001111</v>")
                content = content.replace(b"<f>A1</f><v></v>", b"<f>A1</f><v>13800001111</v>")
            new.writestr(part, content)

    (row,) = read(mended)

    assert row.customer is not None
    assert row.customer.phone == {"e164": "+8613800001111"}


def test_blank_rows_and_columns_are_passed_over_and_lines_still_count(tmp_path: Path) -> None:
    rows = read(workbook(tmp_path, [("name", "phone", None), ("王小明", None, None), (None,), ("李雷", "", None)]))

    assert [row.line for row in rows] == [2, 4]
    assert all(row.customer is not None for row in rows)


def test_more_cells_than_the_header_are_a_bad_row(tmp_path: Path) -> None:
    (row,) = read(workbook(tmp_path, [("name",), ("王小明", "more")]))

    assert str(row.wrong[0]) == "has more cells than the header"


def test_another_sheet_can_be_named(tmp_path: Path) -> None:
    file = workbook(tmp_path, [("nothing",)], second=[("name",), ("王小明",)])

    assert len(read(file, "客户")) == 1
    with pytest.raises(IntakeError, match="has no sheet of that name"):
        read(file, "other")
    with pytest.raises(IntakeError, match="the column name is missing"):
        read(file)


def test_a_workbook_too_large_unpacked_is_refused_before_it_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = workbook(tmp_path, [("name",), *[("王小明",)] * 50])

    monkeypatch.setattr(intake_excel, "UNPACKED_LIMIT", 1_000)

    with pytest.raises(IntakeError, match="unpacked; split it"):
        read(file)


def test_a_damaged_workbook_is_said(tmp_path: Path) -> None:
    file = workbook(tmp_path, [("name",), ("王小明",)])
    whole = file.read_bytes()

    with zipfile.ZipFile(tmp_path / "otherwise.xlsx", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    otherwise = (tmp_path / "otherwise.xlsx").read_bytes()
    holes = (whole[:at] + b"\x00" * 40 + whole[at + 40 :] for at in range(100, 1_000, 50))
    for broken in (whole[:-200], *holes, otherwise, b"PK\x03\x04"):
        file.write_bytes(broken)
        with pytest.raises(IntakeError, match="no workbook that can be read"):
            read(file)


def test_an_archive_that_is_no_workbook_is_said(tmp_path: Path) -> None:
    file = tmp_path / "customers.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("Secret.txt", "Secret")

    with pytest.raises(IntakeError, match="no workbook that can be read") as told:
        read(file)

    assert "Secret" not in str(told.value)


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    file = workbook(tmp_path, [("name",), ("王小明",)])
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(bomb, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename.endswith("workbook.xml"):
                content = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + content
            new.writestr(part, content)

    with pytest.raises(IntakeError, match="no workbook that can be read"):
        read(bomb)
