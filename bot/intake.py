"""Customers from a CSV file: each row in standard form, or a reason why not."""

from __future__ import annotations

import csv
import datetime as dt
import errno
import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

from nlu.language import detect_language, home_region
from nlu.types import Ask, Expects, Language, Value
from nlu.values.find import find_values
from nlu.values.merge import missing
from store.customers import NewCustomer

COLUMNS = ("customer", "name", "phone", "email", "address", "tier", "type", "locale", "timezone", "owner")
VALUES = ("name", "phone", "email", "address")
NAMES = ("customer", "owner")  # as the API takes them
TYPES = ("person", "company")
FILE_LIMIT = 512 * 1024 * 1024
CELL_LIMIT = 1_000


@cache
def zones() -> frozenset[str]:
    """The IANA time zones. Asking the system costs milliseconds, so it is asked once."""
    return frozenset(available_timezones())


class IntakeError(Exception):
    """The file as a whole cannot be read; the message says why."""


class RowError(Exception):
    """One row cannot be taken; the message names the column and the reason, never the value."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file: its line, and the customer or the reason why it was not taken."""

    line: int
    customer: NewCustomer | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class House:
    """What holds where a row says nothing."""

    region: str
    locale: str
    timezone: str
    tiers: frozenset[str]


def read_rows(path: Path, house: House, now: dt.datetime) -> Iterator[Row]:
    """Every row of a UTF-8 CSV file with a header. Raises IntakeError, before the first row, for a file that is no such
    thing, and OSError for one that cannot be read."""
    _check(path)
    with path.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, strict=True)
        header = _header(next(reader, []))
        for cells in reader:
            if not cells:
                continue
            try:
                yield Row(reader.line_num, customer=_customer(header, cells, house, now))
            except RowError as error:
                yield Row(reader.line_num, problem=str(error))


def _check(path: Path) -> None:
    """Read the file once without keeping anything: half a file is never imported."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise IntakeError(f"{path} is no regular file, and it has to be read twice")
    if status.st_size > FILE_LIMIT:
        raise IntakeError(f"{path.name} is larger than {FILE_LIMIT // 2**20} MiB; split it")
    with path.open("rb") as lines:
        try:
            reader = csv.reader(_decoded(lines, path.name), strict=True)
            _header(next(reader, []))
            for _ in reader:
                pass
        except csv.Error as error:
            raise IntakeError(f"{path.name}:{reader.line_num}: is not a CSV file: {error}") from None


def _decoded(lines: Iterable[bytes], name: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise IntakeError(f"{name}:{number}: is not UTF-8; save the file as CSV UTF-8") from None


def _header(cells: list[str]) -> list[str]:
    """The columns. What stands there instead is not quoted before it is known to be a header: it may be somebody's."""
    header = [cell.strip().lower() for cell in cells]
    if "name" not in header:
        raise IntakeError(f"the column name is missing; the first line must name the columns: {', '.join(COLUMNS)}")
    if unknown := [name for name in header if name not in COLUMNS]:
        raise IntakeError(f"unknown column {unknown[0]!r}; known are {', '.join(COLUMNS)}")
    if twice := [name for name in COLUMNS if header.count(name) > 1]:
        raise IntakeError(f"the column {twice[0]} is there twice")
    return header


def _customer(header: list[str], cells: list[str], house: House, now: dt.datetime) -> NewCustomer:
    if len(cells) > len(header):
        raise RowError("has more cells than the header")
    given = {name: text.strip() for name, text in zip(header, cells, strict=False)}
    for name, text in given.items():
        if len(text) > CELL_LIMIT:
            raise RowError(f"{name}: longer than {CELL_LIMIT} characters")
        if any(unicodedata.category(letter) == "Cc" and letter not in "\t\r\n" for letter in text):
            raise RowError(f"{name}: holds control characters")
        if name in NAMES and not re.fullmatch(r"\S{0,128}", text):
            raise RowError(f"{name}: has spaces, or more than 128 characters")
    if not given.get("name"):
        raise RowError("name: is empty")
    locale = _one_of("locale", given.get("locale") or house.locale, tuple(Language))
    region = home_region(house.region, Language(locale))
    values = {field: standard(field, given[field], region, now) for field in VALUES if given.get(field)}
    return NewCustomer(
        name=values["name"],
        phone=values.get("phone"),
        email=values.get("email"),
        address=values.get("address"),
        no=given.get("customer") or None,
        tier=_one_of("tier", given.get("tier") or "standard", house.tiers),
        type=_one_of("type", given.get("type") or "person", TYPES),
        locale=locale,
        timezone=_one_of("timezone", given.get("timezone") or house.timezone, zones()),
        owner=given.get("owner") or None,
    )


def standard(field: str, text: str, region: str, now: dt.datetime) -> Value:
    """One written value in standard form. Raises RowError when it is not a whole one."""
    if field == "name":
        return {"full": " ".join(text.split())}
    language = detect_language(text, None)
    expects = Expects(Ask.SLOT, field)
    found = find_values(text, language=language, region=region, now=now, expects=expects, fields=frozenset({field}))
    fitting = [candidate for candidate in found if candidate.field == field]
    if len(fitting) != 1 or fitting[0].problem is not None:
        raise RowError(f"{field}: cannot be read as one")
    if field != "address" and missing(field, fitting[0].value, region=region):
        raise RowError(f"{field}: is not whole")
    return fitting[0].value


def _one_of(column: str, given: str, known: frozenset[str] | tuple[str, ...] | set[str]) -> str:
    if given not in known:
        listed = ", ".join(sorted(known)) if len(known) < 10 else "see the documentation"
        raise RowError(f"{column}: is not one of those known ({listed})")
    return given
