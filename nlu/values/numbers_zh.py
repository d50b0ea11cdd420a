"""What a number in a Chinese address counts: houses, buildings, staircases, floors, rooms."""

from __future__ import annotations

import re

from nlu.values.reading_zh import Reading
from nlu.values.signs_zh import (
    BARE,
    BUILDING,
    DOOR,
    ESTATE,
    FLOOR,
    HOUSE_WITH_ROOM,
    LANE,
    NUMBER,
    OFFICE,
    PAIR,
    PAIR_IN_PLACE,
    ROOM,
    STRONG_PLACE,
    TRIPLE,
    UNIT,
)


def read_number(reading: Reading) -> bool:
    """Read the part that begins with the number here; False when it counts nothing of an address."""
    text, pos, end = reading.text, reading.pos, reading.end
    if reading.has("building", "poi") and (match := DOOR.match(text, pos, end)):
        reading.take("unit", match.end())
        return True
    for pattern, part in ((BUILDING, "building"), (UNIT, "unit"), (ROOM, "room"), (FLOOR, "floor")):
        if match := pattern.match(text, pos, end):
            reading.take(part, match.end())
            return True
    if match := LANE.match(text, pos, end):
        return _lane(reading, match)
    if reading.has("poi") and not reading.has("road", "building") and (match := PAIR_IN_PLACE.match(text, pos, end)):
        reading.take("building", match.end(), match.group(1))
        reading.take("unit", match.end(), match.group(2))
        return True
    if match := NUMBER.match(text, pos, end):
        reading.take(_numbered(reading, match.group()), match.end())
        return True
    if match := TRIPLE.match(text, pos, end):
        for part, value in zip(("building", "unit", "room"), match.groups(), strict=True):
            reading.take(part, match.end(), value)
        return True
    if match := PAIR.match(text, pos, end):
        return _pair(reading, match)
    if (
        reading.has("number", "poi")
        and not reading.has("building")
        and (match := HOUSE_WITH_ROOM.match(text, pos, end))
    ):
        for part, value in zip(("building", "room"), match.groups(), strict=True):
            reading.take(part, match.end(), value)
        return True
    if match := BARE.match(text, pos, end):
        return _bare(reading, match)
    return False


def _lane(reading: Reading, match: re.Match[str]) -> bool:
    """A lane (弄) numbers the compound and the house in it its building; one off a 巷 belongs to the house number."""
    text, end = reading.text, reading.end
    tail = NUMBER.match(text, match.end(), end)
    if match[1] is None:
        reading.take("number", tail.end() if tail else match.end())
        return True
    reading.take("number", match.end())
    if tail is not None:
        reading.take("building", tail.end())
    return True


def _numbered(reading: Reading, written: str) -> str:
    """Which part "95号" is: of a road or village the number, of a compound the building, within one the unit."""
    hamlet = reading.has("community") and not STRONG_PLACE.search(reading.parts.get("poi", ""))
    if hamlet and not reading.has("number", "building"):
        return "number"
    if "number" not in reading.parts and next(reversed(reading.parts), "") == "road":
        return "number"  # right behind the road, whatever was said before it
    if "number" not in reading.parts and (
        not reading.has("poi") or (reading.has("road") and not reading.has("building"))
    ):
        return "number"
    plot = ESTATE.search(reading.parts.get("poi", "")) is not None
    if plot and not reading.has("number", "building", "road"):
        return "number"
    if not reading.has("building"):
        return "building" if reading.has("poi") else "unit"
    many = len(re.sub(r"\D", "", written)) > 2 and not reading.text[reading.pos + len(written) :][:1].isdigit()
    return "unit" if not (reading.has("unit") or many) else "room"


def _pair(reading: Reading, match: re.Match[str]) -> bool:
    first, second = match.groups()
    if reading.has("road", "community") and not reading.has("number", "poi"):
        reading.take("number", match.end())
    elif reading.has("building", "unit", "floor"):
        if reading.has("unit") or not reading.has("building") or len(second) < 3:
            reading.take("room", match.end())
        else:
            reading.take("unit", match.end(), first)
            reading.take("room", match.end(), second)
    elif reading.has("poi", "number"):
        office = OFFICE.search(reading.parts.get("poi", "")) is not None
        if len(first) == len(second) >= 4 or (
            office and len(second) < 3
        ):  # a row of rooms, 1171-1173; a floor and a room
            reading.take("room", match.end())
        else:
            reading.take("building", match.end(), first)
            reading.take("room", match.end(), second)
    else:
        return False
    return True


def _bare(reading: Reading, match: re.Match[str]) -> bool:
    if reading.has("road") and not reading.has("number", "poi", "building"):
        reading.take("number", match.end())
    elif reading.has("poi") and not reading.has("building") and FLOOR.match(reading.text, match.end(), reading.end):
        reading.take("building", match.end())
    elif reading.has("poi", "building", "unit", "floor", "number") and not reading.has("room"):
        reading.take("room", match.end())
    elif reading.has("community") and not reading.has("number"):
        reading.take("number", match.end())
    else:
        return False
    return True
