"""What differs between an old and a new value: part by part where a value has parts, else word by word."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

import msgspec

from nlu.types import Language, Value
from nlu.values.present import present

HAN = r"\u3400-\u9fff"
WORDS = re.compile(rf"[{HAN}]|[0-9]+|[^\W0-9_{HAN}]+(?:['’][^\W0-9_{HAN}]+)?|\s+|.", re.DOTALL)
SHORTEST = 3
"""A shorter stretch of equal Chinese characters between two differences is marked with them: it would only confuse."""

ORDER = (
    "full", "family_name", "given_name", "country", "province", "state", "city", "district", "town", "community",
    "postcode", "road", "street", "number", "poi", "building", "unit", "floor", "room", "po_box", "recipient",
)  # fmt: skip


class Stretch(msgspec.Struct, frozen=True):
    """A piece of text, and whether the other side has something else in its place."""

    text: str
    differs: bool


class Row(msgspec.Struct, frozen=True):
    """One part of a value on both sides; "" where a side has none."""

    part: str
    old: str
    new: str
    differs: bool


class Difference(msgspec.Struct, frozen=True):
    """Both values on one line each, the differing stretches marked, and part by part when both have several."""

    old: tuple[Stretch, ...]
    new: tuple[Stretch, ...]
    rows: tuple[Row, ...]


def difference(field: str, old: Value | None, new: Value, language: Language) -> Difference:
    """Compare two values of a field; `old` None: there was none."""
    before = "" if old is None else present(field, old, language=language)
    after = present(field, new, language=language) if new else ""
    marked_before, marked_after = compare(before, after)
    parts = sorted({**(old or {}), **new}, key=place)
    rows = tuple(row(part, (old or {}).get(part, ""), new.get(part, "")) for part in parts)
    alike = len(new) > 1 and (old is None or len(old) > 1)
    return Difference(marked_before, marked_after, rows if alike else ())


def compare(old: str, new: str) -> tuple[tuple[Stretch, ...], tuple[Stretch, ...]]:
    """Both texts in stretches; without anything in common each is one differing stretch."""
    left, right = WORDS.findall(old), WORDS.findall(new)
    matcher = SequenceMatcher(None, [plain(word) for word in left], [plain(word) for word in right], autojunk=False)
    a: list[Stretch] = []
    b: list[Stretch] = []
    for kind, i, j, k, m in matcher.get_opcodes():
        differs = kind != "equal" or (bool(a) and is_sliver("".join(left[i:j])) and j < len(left))
        a.append(Stretch("".join(left[i:j]), differs))
        b.append(Stretch("".join(right[k:m]), differs))
    return joined(a), joined(b)


def is_sliver(text: str) -> bool:
    """Too little in common to be worth showing as equal: a space, a comma, 号楼."""
    return len(re.sub(r"[\W_]", "", text)) < SHORTEST and not re.search(r"[0-9A-Za-z]", text)


def joined(stretches: list[Stretch]) -> tuple[Stretch, ...]:
    """Neighbours of one kind become one."""
    out: list[Stretch] = []
    for one in stretches:
        if not one.text:
            continue
        if out and out[-1].differs == one.differs:
            out[-1] = Stretch(out[-1].text + one.text, one.differs)
        else:
            out.append(one)
    return tuple(out)


def row(part: str, old: str, new: str) -> Row:
    """One part of both values."""
    return Row(part, old, new, plain(old) != plain(new))


def plain(text: str) -> str:
    """What is compared: width and letter case do not count."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def place(part: str) -> tuple[int, str]:
    """Parts stand in the order of an address; unknown ones come last."""
    return (ORDER.index(part) if part in ORDER else len(ORDER), part)
