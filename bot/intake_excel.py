"""Customers in an Excel workbook: numbers and dates as what they were typed as, formulas as what they came to."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.intake_table import Broken, Cell, IntakeError, Table, Unfit

if TYPE_CHECKING:
    from openpyxl import Workbook

MAGIC = b"PK\x03\x04"
OLD = b"\xd0\xcf\x11\xe0"
UNPACKED_LIMIT = 2 * 2**30
STRINGS_LIMIT = 256 * 2**20
"""Texts that several cells share are held in memory while a workbook is read."""

EXACT = 10**15
"""A spreadsheet keeps so many digits of a number; of a longer one the end is lost."""

WIDEST = 200
ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!"})
FORMULA = re.compile(rb"<f[\s>/]")
CHUNK = 2**20


def is_workbook(path: Path) -> bool:
    """Whether the file is one of Excel's, also one that cannot be read."""
    with path.open("rb") as file:
        return file.read(4) in (MAGIC, OLD)


def read_excel(path: Path, sheet: str | None) -> Table:
    """The rows of one sheet, the first unless it is named. Raises IntakeError."""
    formulas = _check(path)
    values = _opened(path, values=True)
    if sheet is not None and sheet not in values.sheetnames:
        raise IntakeError(f"{path.name} has no sheet of that name")
    name = sheet or values.sheetnames[0]
    rows = _raw(values, name)
    header = next(rows, ())
    total = values[name].max_row or 1
    if not formulas:
        return Table(_header(header), total - 1, _rows(len(header), rows, None))
    written = _raw(_opened(path, values=False), name)
    next(written, ())
    return Table(_header(header), total - 1, _rows(len(header), rows, written))


def _check(path: Path) -> bool:
    """Look at the archive before anything in it is parsed; returns whether a sheet holds a formula."""
    with path.open("rb") as file:
        if file.read(4) == OLD:
            raise IntakeError(f"{path.name} is of an old Excel, or has a password; save it as .xlsx without one")
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > UNPACKED_LIMIT:
                raise IntakeError(f"{path.name} is larger than {UNPACKED_LIMIT // 2**30} GiB unpacked; split it")
            if any(part.filename.endswith("sharedStrings.xml") and part.file_size > STRINGS_LIMIT for part in parts):
                raise IntakeError(f"{path.name} holds more than {STRINGS_LIMIT // 2**20} MiB of texts; split it")
            if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
                raise zipfile.BadZipFile  # no workbook is packed otherwise
            formulas = False
            for part in parts:  # to the end, whose checksum tells a damaged one
                formulas |= _holds_formula(archive, part) and part.filename.startswith("xl/worksheets/")
            return formulas
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise IntakeError(f"{path.name} is no workbook that can be read; is it whole?") from None


def _holds_formula(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    found, tail = False, b""
    with archive.open(part) as content:
        while chunk := content.read(CHUNK):
            found = found or FORMULA.search(tail + chunk) is not None
            tail = chunk[-3:]
    return found


def _opened(path: Path, *, values: bool) -> Workbook:
    import openpyxl

    try:
        return openpyxl.load_workbook(path, read_only=True, data_only=values, keep_links=False)
    except Exception as error:  # openpyxl raises whatever its parsers do, some of it with what stands in the file
        raise IntakeError(f"{path.name} is no workbook that can be read ({type(error).__name__})") from None


def _raw(book: Workbook, sheet: str) -> Iterator[tuple[Any, ...]]:
    page = book[sheet]
    page.reset_dimensions()  # what a file says of its own size is not always true
    return page.iter_rows(values_only=True)


def _header(cells: tuple[Any, ...]) -> tuple[str, ...]:
    while cells and cells[-1] is None:
        cells = cells[:-1]
    return tuple("" if cell is None else str(cell) for cell in cells)


def _rows(
    width: int, rows: Iterator[tuple[Any, ...]], written: Iterator[tuple[Any, ...]] | None
) -> Iterator[tuple[int, tuple[Cell, ...] | Broken]]:
    """Each row. Beside it stands, where there are formulas, what was written: a cell that was never worked out is no
    empty one."""
    number = 1
    for cells in rows:
        number += 1
        typed = next(written, ()) if written is not None else ()
        if not any(cell is not None for cell in (*cells, *typed)):
            continue
        if len(cells) > min(width, WIDEST) and any(cell is not None for cell in cells[width:]):
            yield number, Broken("has more cells than the header")
            continue
        yield (
            number,
            tuple(_cell(cell, typed[at] if at < len(typed) else None) for at, cell in enumerate(cells[:width])),
        )


def _cell(cell: Any, typed: Any) -> Cell:
    match cell:
        case None:
            worked_out = (
                not (isinstance(typed, str) and typed.startswith("=")) and type(typed).__name__ != "ArrayFormula"
            )
            return "" if worked_out else Unfit("holds a formula that was never worked out; save the values")
        case bool():
            return Unfit("holds yes or no")
        case int() | float():
            return _number(cell)
        case dt.datetime() | dt.date() | dt.time() | dt.timedelta():
            return Unfit("holds a date or a time; format the column as text")
        case _:
            text = str(cell).strip()
            return Unfit("holds an error of the spreadsheet") if text in ERRORS else text


def _number(number: float) -> Cell:
    """A number as it was typed: 13800001111 is kept as 1.3800001111E10."""
    if number != number or abs(number) >= EXACT:  # not a number, or cut
        return Unfit("is a number of more digits than a spreadsheet keeps; format the column as text")
    return str(int(number)) if number == int(number) else repr(number)
