"""Customers from a file: each row in standard form, or the reasons why not."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

import msgspec

from bot.intake_csv import read_csv
from bot.intake_excel import is_workbook, read_excel
from bot.intake_table import Broken, Cell, IntakeError, Unfit, check_file
from nlu.custom import Learned
from nlu.language import detect_language, home_region
from nlu.types import Ask, Expects, Language, Value
from nlu.values.find import find_values
from nlu.values.merge import missing
from store.customers import NewCustomer
from store.labels import TAG_LENGTH, TAGS

COLUMNS = ("customer", "name", "phone", "email", "address", "tier", "type", "locale", "timezone", "owner", "tags")
ALSO: Mapping[str, str] = {
    "客户编号": "customer", "编号": "customer", "姓名": "name", "名称": "name", "客户名称": "name", "电话": "phone",
    "手机": "phone", "手机号": "phone", "手机号码": "phone", "联系电话": "phone", "邮箱": "email", "电子邮箱": "email",
    "地址": "address", "联系地址": "address", "等级": "tier", "级别": "tier", "类型": "type", "语言": "locale",
    "时区": "timezone", "负责人": "owner", "标签": "tags",
}  # fmt: skip
"""What a column may be called in Chinese."""

VALUES = ("name", "phone", "email", "address")
NAMES = ("customer", "owner")  # as the API takes them
TYPES = ("person", "company")
TAG = re.compile(rf"[\w-]{{1,{TAG_LENGTH}}}")
CELL_LIMIT = 1_000


@cache
def zones() -> frozenset[str]:
    """The IANA time zones. Asking the system costs milliseconds, so it is asked once."""
    return frozenset(available_timezones())


class RowError(Exception):
    """One cell cannot be taken; the message gives the reason, never the value."""


class Wrong(msgspec.Struct, frozen=True, order=True):
    """Why a row was not taken as it stands. `column` is empty for the row as a whole."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"{self.column}: {self.reason}" if self.column else self.reason


class Row(msgspec.Struct, frozen=True):
    """A row of the file: its line, and the customer with the columns that said anything, or what is wrong with it."""

    line: int
    customer: NewCustomer | None = None
    given: frozenset[str] = frozenset()
    wrong: tuple[Wrong, ...] = ()


class House(msgspec.Struct, frozen=True):
    """What holds where a row says nothing."""

    region: str
    locale: str
    timezone: str
    tiers: frozenset[str]


class Intake(msgspec.Struct, frozen=True):
    """How many rows there are at most, and the rows."""

    total: int
    rows: Iterator[Row]


def read_customers(path: Path, house: House, now: dt.datetime, sheet: str | None = None) -> Intake:
    """The rows of a CSV file or an Excel workbook with a header. Raises IntakeError for a file that is no such thing,
    before any row of it, and OSError for one that cannot be read."""
    check_file(path)
    table = read_excel(path, sheet) if is_workbook(path) else read_csv(path)
    header = columns_of(table.header)

    def rows() -> Iterator[Row]:
        for line, cells in table.rows:
            if isinstance(cells, Broken):
                yield Row(line, wrong=(Wrong(line, "", cells.reason),))
            else:
                yield _row(line, header, cells, house, now)

    return Intake(table.total, rows())


def columns_of(cells: tuple[str, ...]) -> tuple[str, ...]:
    """The columns. What stands there instead is not quoted before it is known to be a header: it may be somebody's."""
    header = tuple(ALSO.get(name, name) for name in (cell.strip().lower() for cell in cells))
    if "name" not in header:
        raise IntakeError(f"the column name is missing; the first line must name the columns: {', '.join(COLUMNS)}")
    if unknown := [name for name in header if name not in COLUMNS]:
        raise IntakeError(f"unknown column {unknown[0]!r}; known are {', '.join(COLUMNS)}")
    if twice := [name for name in COLUMNS if header.count(name) > 1]:
        raise IntakeError(f"the column {twice[0]} is there twice")
    return header


def _row(line: int, header: tuple[str, ...], cells: tuple[Cell, ...], house: House, now: dt.datetime) -> Row:
    """One row; everything that is wrong with it is told at once."""
    wrong: list[Wrong] = []
    given: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=False):
        try:
            text = _checked(name, cell)
        except RowError as error:
            wrong.append(Wrong(line, name, str(error)))
            continue
        if text:
            given[name] = text
    if "name" not in given and not any(one.column == "name" for one in wrong):
        wrong.append(Wrong(line, "name", "is empty"))
    parts: dict[str, object] = {}
    locale = given.get("locale", house.locale)
    region = home_region(house.region, Language(locale) if locale in tuple(Language) else Language(house.locale))
    for name, text in given.items():
        try:
            parts[name] = _part(name, text, region, house, now)
        except RowError as error:
            wrong.append(Wrong(line, name, str(error)))
    if wrong:
        return Row(line, wrong=tuple(sorted(wrong)))
    parts = {"locale": house.locale, "timezone": house.timezone} | parts
    parts["no"] = parts.pop("customer", None)
    return Row(line, NewCustomer(**parts), frozenset(given))  # type: ignore[arg-type]  # every part is checked above


def _checked(name: str, cell: Cell) -> str:
    if isinstance(cell, Unfit):
        raise RowError(cell.reason)
    if len(cell) > CELL_LIMIT:
        raise RowError(f"longer than {CELL_LIMIT} characters")
    if not cell.isprintable() and any(
        unicodedata.category(letter) == "Cc" and letter not in "\t\r\n" for letter in cell
    ):
        raise RowError("holds control characters")
    if name in NAMES and not re.fullmatch(r"\S{0,128}", cell):
        raise RowError("has spaces, or more than 128 characters")
    return cell


def _part(name: str, text: str, region: str, house: House, now: dt.datetime) -> object:
    match name:
        case "name" | "phone" | "email" | "address":
            return standard(name, text, region, now)
        case "tier":
            return _one_of(text, house.tiers)
        case "type":
            return _one_of(text, frozenset(TYPES))
        case "locale":
            return _one_of(text, frozenset(Language))
        case "timezone":
            return _one_of(text, zones())
        case "tags":
            return tags_of(text)
        case _:
            return text


def standard(field: str, text: str, region: str, now: dt.datetime, own: tuple[Learned, ...] = ()) -> Value:
    """One written value in standard form; `own` are the company's own fields. Raises RowError when it is not a whole
    one."""
    if field == "name":
        return {"full": " ".join(text.split())}
    language = detect_language(text, None)
    expects = Expects(Ask.SLOT, field)
    found = find_values(
        text,
        language=language,
        region=region,
        now=now,
        expects=expects,
        fields=frozenset({field}),
        custom=tuple(one for one in own if one.name == field),
    )
    fitting = [candidate for candidate in found if candidate.field == field]
    if len(fitting) != 1 or fitting[0].problem is not None:
        raise RowError("cannot be read as one")
    if field != "address" and missing(field, fitting[0].value, region=region):
        raise RowError("is not whole")
    return fitting[0].value


def tags_of(text: str) -> tuple[str, ...]:
    """Tags as they are written in one cell. Raises RowError."""
    tags = tuple(sorted({tag for tag in re.split(r"[\s;,；，、]+", text) if tag}))
    if len(tags) > TAGS or any(TAG.fullmatch(tag) is None for tag in tags):
        raise RowError(f"are no tags: up to {TAGS} words of {TAG_LENGTH} letters, with ; between them")
    return tags


def _one_of(given: str, known: frozenset[str]) -> str:
    if given not in known:
        listed = ", ".join(sorted(known)) if len(known) < 10 else "see the documentation"
        raise RowError(f"is not one of those known ({listed})")
    return given
