"""Invented addresses whose parts are marked in the text: "{n 12} {s Oak Street}" is the number and the street."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nlu.types import Value

FOLDER = Path(__file__).parent / "sets"
NAMES_EN = {
    "n": "number",
    "s": "street",
    "u": "unit",
    "b": "building",
    "f": "floor",
    "c": "city",
    "t": "state",
    "p": "postcode",
    "k": "country",
    "x": "po_box",
    "r": "recipient",
}
NAMES_ZH = {
    "p": "province",
    "c": "city",
    "d": "district",
    "t": "town",
    "v": "community",
    "r": "road",
    "n": "number",
    "o": "poi",
    "b": "building",
    "u": "unit",
    "f": "floor",
    "m": "room",
}
_MARK = re.compile(r"\{([a-z-])(?: ?=(\S+))? ?([^}]*)\}")
_DIVISION = re.compile(r"(?:特别行政区|[壮回]族自治区|维吾尔自治区|自治区|自治州|街道|[省市区县镇乡盟旗])$")
_NUMBERED = re.compile(r"(?:号楼|号院|号|栋|幢|座|楼|层|室|单元|房|户|f)$")


@dataclass(frozen=True)
class Marked:
    """One text and the parts of the address that is its new one."""

    text: str
    parts: Value


def read_marked(name: str, letters: dict[str, str]) -> list[tuple[Marked, bool]]:
    """Read a set; the flag tells whether the line is a whole message."""
    made = []
    for line in (FOLDER / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            whole, body = line.startswith("~"), line.removeprefix("~")
            parts = {letters[m[1]]: m[2] or m[3] for m in _MARK.finditer(body) if m[1] != "-"}
            made.append((Marked(_MARK.sub(lambda m: m[3], body), parts), whole))
    return made


def english(name: str = "addresses_en.txt") -> list[Marked]:
    """Every line, and every bare address also in small letters without commas, and in a sentence."""
    made = []
    for i, (one, whole) in enumerate(read_marked(name, NAMES_EN)):
        made.append(one)
        if not whole:
            plain = re.sub(r"[,.;] ?| {2,}", " ", one.text.lower())
            made.append(Marked(plain, one.parts))
            before, after = _SENTENCES_EN[i % len(_SENTENCES_EN)]
            made.append(Marked(before + one.text + after, one.parts))
    return made


def chinese(name: str = "addresses_zh.txt") -> list[Marked]:
    """Every line, and every bare address also in a sentence and with its parts set off by spaces."""
    made = []
    for i, (one, whole) in enumerate(read_marked(name, NAMES_ZH)):
        made.append(one)
        if not whole:
            before, after = _SENTENCES_ZH[i % len(_SENTENCES_ZH)]
            made.append(Marked(before + one.text + after, one.parts))
    return made


_SENTENCES_EN = (
    ("I moved to ", " last week"),
    ("my new address is ", ", thanks"),
    ("Hi, please change my address to ", "."),
    ("we now live at ", " - can you update that?"),
    ("It's ", ". The old one is not valid anymore"),
)
_SENTENCES_ZH = (
    ("我搬到", "了"),
    ("新地址:", ",谢谢"),
    ("麻烦把地址改成", ",辛苦了"),
    ("我现在住在", ",之前那个不用了"),
    ("以后请寄到", "吧"),
    ("收货地址换成了", " 电话不变"),
)


def same(part: str, wanted: str, said: str) -> bool:
    """Whether two texts give the same part: spaces, signs and case apart, and the words for "city" or "room"."""
    one, other = _plain(wanted), _plain(said)
    if one == other:
        return True
    if part in {"province", "city", "district", "town"}:
        return _DIVISION.sub("", one) == _DIVISION.sub("", other) != ""
    if part in {"number", "building", "unit", "floor", "room"}:
        return _NUMBERED.sub("", one) == _NUMBERED.sub("", other) != ""
    return False


def _plain(text: str) -> str:
    return re.sub(r"[\s.,;:#'’\-–]+", "", text.casefold())


@dataclass
class Tally:
    """Parts found, missed and invented."""

    right: int = 0
    missed: int = 0
    invented: int = 0

    def add(self, wanted: Value, said: Value) -> bool:
        """Count one address; True when every part is right and none is invented."""
        hits = sum(part in said and same(part, text, said[part]) for part, text in wanted.items())
        extra = sum(part not in wanted or not same(part, wanted[part], text) for part, text in said.items())
        self.right, self.missed, self.invented = (
            self.right + hits,
            self.missed + len(wanted) - hits,
            self.invented + extra,
        )
        return hits == len(wanted) and not extra

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall over parts."""
        return 2 * self.right / (2 * self.right + self.missed + self.invented)


def best_of(wanted: Value, said: Iterable[Value]) -> Value:
    """The value that agrees with most parts; empty when there is none."""
    return max(said, key=lambda v: sum(p in v and same(p, t, v[p]) for p, t in wanted.items()), default={})
