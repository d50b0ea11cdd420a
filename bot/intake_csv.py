"""Customers in a CSV file, in UTF-8 or, as older Chinese spreadsheets write it, GB18030."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO

from bot.intake_table import Broken, Cell, IntakeError, Table, Unfit

LINE_LIMIT = 1_048_576
"""Bytes of a line, and of a cell, whose limit the csv module keeps for the whole process: set at each reading."""

ENCODINGS = ("utf-8", "gb18030")
LOOKED_AT = 4 * 1024 * 1024
"""Bytes by which it is judged whether a file that is not UTF-8 is Chinese at all."""

USUAL = 0.8
"""Of the Chinese characters in a real text, at least so many are of the common set of 1980."""

SHORTENED = re.compile(r"[-+]?\d(?:\.\d+)?E\+\d{1,2}", re.IGNORECASE)


def read_csv(path: Path) -> Table:
    """Read the file once without keeping anything, since half a file is never imported; then give its rows. Raises
    IntakeError."""
    csv.field_size_limit(LINE_LIMIT)
    encoding = _encoding(path)
    with path.open("rb") as lines:
        reader = csv.reader(_decoded(lines, path.name, encoding), strict=True)
        try:
            header = tuple(next(reader, []))
            total = sum(1 for _ in reader)
        except csv.Error as error:
            raise IntakeError(f"{path.name}:{reader.line_num}: is not a CSV file: {error}") from None
    return Table(header, total, _rows(path, encoding))


def _rows(path: Path, encoding: str) -> Iterator[tuple[int, tuple[Cell, ...] | Broken]]:
    with path.open("rb") as lines:
        reader = csv.reader(_decoded(lines, path.name, encoding), strict=True)
        width = len(next(reader))
        for cells in reader:
            if len(cells) > width:
                yield reader.line_num, Broken("has more cells than the header")
            elif any(cells):
                yield reader.line_num, tuple(_cell(text) for text in cells)


def _cell(text: str) -> Cell:
    text = text.strip()
    if SHORTENED.fullmatch(text):
        return Unfit("was shortened by a spreadsheet, as in 1.38E+10; format the column as text")
    return text


def _encoding(path: Path) -> str:
    """UTF-8 unless the file is none; GB18030 when it is really Chinese. Raises IntakeError for anything else."""
    with path.open("rb") as lines:
        try:
            for _ in _decoded(lines, path.name, "utf-8"):
                pass
        except IntakeError as no_utf8:
            if not _is_chinese(path):
                raise no_utf8 from None
            return "gb18030"
    return "utf-8"


def _is_chinese(path: Path) -> bool:
    """Whether it reads well as GB18030. Nearly every file of Western Europe can be read so too, but makes no sense."""
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
    try:
        text = head.rpartition(b"\n")[0].decode("gb18030")
    except UnicodeDecodeError:
        return False
    letters = [letter for letter in text if letter > "\x7f"]
    usual = sum(1 for letter in letters if _in_gb2312(letter))
    return bool(letters) and usual >= USUAL * len(letters)


def _in_gb2312(letter: str) -> bool:
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _decoded(lines: BinaryIO, name: str, encoding: str) -> Iterator[str]:
    for number in count(1):
        if not (line := lines.readline(LINE_LIMIT + 1)):
            return
        if len(line) > LINE_LIMIT:
            raise IntakeError(f"{name}:{number}: is longer than {LINE_LIMIT // 2**20} MiB; is it a CSV file?")
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError:
            raise IntakeError(f"{name}:{number}: is not UTF-8; save the file as CSV UTF-8") from None
        yield text.removeprefix("\ufeff") if number == 1 else text
