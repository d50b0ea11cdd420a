"""Chinese addresses: read from the province down to the room, part by part."""

from __future__ import annotations

import re

from nlu.values.divisions import Division, names, province_by_letter, short_name
from nlu.values.numbers_zh import read_number
from nlu.values.reading_zh import Reading
from nlu.values.signs_zh import (
    CHATTER,
    COMPONENT,
    ENDS,
    GROUP,
    HAMLET,
    HAN,
    LONG_STEM,
    NO_NAME,
    NO_TOWN_BEFORE,
    NOT_DIVISION,
    NUMBERED_ROAD,
    OTHER_DIVISION,
    OTHER_SUFFIX,
    PLACE,
    ROAD,
    ROAD_AHEAD,
    SEPARATOR,
    STOP,
    STREET_LEVEL,
    STRONG_PLACE,
    TAIL,
    TOWN,
    VILLAGE,
    VILLAGE_END,
    ZONE,
)
from nlu.values.towns import town_at


def read_address(text: str, shown: str, start: int, end: int) -> Reading:
    """Read one address from simplified, lower-case text; `shown` is the same text as written, in normal width."""
    reading = Reading(text, shown, start, end, last=start)
    _skip(reading)
    while reading.pos < end and not _names_a_firm(reading) and _division(reading):
        _skip(reading)
    for _ in range(40):
        _skip(reading)
        if reading.pos >= end or not _step(reading):
            break
    return reading


def is_place(text: str) -> bool:
    """Whether a text ends like the name of a compound, building, firm or other place."""
    return STRONG_PLACE.search(text, 1) is not None


def _skip(reading: Reading) -> None:
    if match := SEPARATOR.match(reading.text, reading.pos, reading.end):
        reading.pos = match.end()


def _division(reading: Reading) -> bool:
    text, pos, end = reading.text, reading.pos, reading.end
    for lead in ("中国", "市辖区"):
        if (
            text.startswith(lead, pos)
            and pos + len(lead) < end
            and (lead != "中国" or _named(text, pos + 2, end, reading))
        ):
            reading.pos = pos + len(lead)
            return True
    found = _named(text, pos, end, reading)
    if found is None:
        return _unlisted(reading)
    division, length = found
    _keep(reading, division, pos + length)
    return True


def _names_a_firm(reading: Reading) -> bool:
    """Whether a city said before begins the name of a firm: "杭州" in "…西湖区杭州明溪贸易有限公司"."""
    if not any(reading.text.startswith(short_name(part), reading.pos) for part in reading.parts.values()):
        return False
    if not (known := _named(reading.text, reading.pos, reading.end, reading)):
        return False
    division, length = known
    if division.name not in reading.parts.values() or length == len(division.name):
        return False
    run = _run(reading)
    return ROAD.search(run, length) is None and STRONG_PLACE.search(run, length + 1) is not None


def _run(reading: Reading) -> str:
    """The words from here to the next number or separator."""
    stop = STOP.search(reading.text, reading.pos, reading.end)
    return reading.text[reading.pos : stop.start() if stop else reading.end]


def _named(text: str, pos: int, end: int, reading: Reading) -> tuple[Division, int] | None:
    index = names()
    for length in range(min(index.longest, end - pos), 1, -1):
        name = text[pos : pos + length]
        if (divisions := index.full.get(name)) and (chosen := _chosen(divisions, reading)):
            shared = name.endswith("市") and text.startswith("中区", pos + length)  # 乐山 has a 市中区
            return chosen, length - shared
        if (divisions := index.short.get(name)) and (
            not ROAD_AHEAD.match(text, pos + length, end) or _full_name_at(text, pos + length, end)
        ):
            chosen = _of_whole_province(divisions, text, pos + length, end, reading) or _chosen(divisions, reading)
            if chosen is not None and _short_is_meant(chosen, reading, text, pos + length):
                return chosen, length + _other_suffix(text, pos + length, end)
    letter = None if reading.parts else province_by_letter(text[pos])
    if letter is not None:
        inner = Reading(
            text,
            reading.shown,
            pos + 1,
            end,
            city=letter.name if letter.level == "city" else None,
            province=letter.province or letter.name,
        )
        if pos + 1 < end and _named(text, pos + 1, end, inner) is not None:
            return letter, 1
    return None


def _full_name_at(text: str, pos: int, end: int) -> bool:
    """Whether a division with its suffix follows: 西乡塘区 is no 西乡."""
    index = names()
    if text.startswith(("工业园区", "高新区"), pos):
        return False
    return any(text[pos : pos + length] in index.full for length in range(min(index.longest, end - pos), 2, -1))


def _of_whole_province(
    divisions: tuple[Division, ...], text: str, pos: int, end: int, reading: Reading
) -> Division | None:
    """Of a province and a city of one name the province, where a place in it follows: 海南三亚, 吉林长春."""
    whole = next((d for d in divisions if d.level == "province"), None)
    if whole is None or len(divisions) == 1 or reading.parts:
        return None
    inner = _named(text, pos, end, Reading(text, reading.shown, pos, end, province=whole.name))
    if inner is not None and whole.name in (inner[0].province, inner[0].name):
        return whole
    return whole if all(d is whole or d.name.endswith("自治州") for d in divisions) else None


def _other_suffix(text: str, pos: int, end: int) -> int:
    """How long a wrong suffix is that stands behind a short name: "海宁区" is the city of that name."""
    return int(OTHER_SUFFIX.match(text, pos, end) is not None)


def _chosen(divisions: tuple[Division, ...], reading: Reading) -> Division | None:
    if reading.city is not None:
        inner = [d for d in divisions if reading.city in (d.city, d.name)]
    elif reading.province is not None:
        inner = [d for d in divisions if reading.province in (d.province, d.name)]
    else:
        inner = list(divisions)
    if inner:
        return min(inner, key=lambda d: ("city", "province", "district").index(d.level))
    whole = [d for d in divisions if d.level == "province"]
    return whole[0] if whole and not reading.has(*STREET_LEVEL) else None


def _short_is_meant(division: Division, reading: Reading, text: str, pos: int) -> bool:
    if division.name in reading.parts.values() and text[pos : pos + 1] in ENDS:
        return False  # 屏东市 lies in 屏东县
    if reading.has("district") and division.level == "district":
        return short_name(reading.parts["district"]) == short_name(division.name)
    return True


def _keep(reading: Reading, division: Division, end: int) -> None:
    parts = reading.parts
    if division.level == "province" and reading.province not in (None, division.name):
        parts.clear()  # a second province: the first was a wrong start
        reading.city = None
    if division.level != "province" or "city" not in parts:
        parts.setdefault(division.level, division.name)
    if division.level == "district" and "city" not in parts:
        reading.city = division.city
    if division.level == "city":
        reading.city = division.name
    if reading.code is None or division.level != "province":
        reading.code = division.code
    reading.province = (
        division.province or (division.name if division.level == "province" else None) or reading.province
    )
    reading.first = reading.pos if reading.first is None else reading.first
    reading.pos = reading.last = end


def _unlisted(reading: Reading) -> bool:
    """Take a district the table does not know, where the one above it is known ("新北市板橋區")."""
    if not reading.has("province", "city") or reading.has("district"):
        return False
    match = OTHER_DIVISION.match(reading.text, reading.pos, reading.end)
    if match is None or NOT_DIVISION.search(match.group()):
        return False
    level = "city" if match.group().endswith(("州", "地区")) and not reading.has("city") else "district"
    reading.take(level, match.end())
    return True


def _step(reading: Reading) -> bool:
    """Read the next part below the district; False when nothing more can be an address."""
    text, pos, end = reading.text, reading.pos, reading.end
    if not reading.has("road") and (match := NUMBERED_ROAD.match(text, pos, end)):
        reading.take("road", match.end())
        return True
    if (
        reading.has("town", "community")
        and not reading.has("road", "number")
        and (match := GROUP.match(text, pos, end))
    ):
        reading.take("road", match.end())
        return True
    if COMPONENT.match(text, pos, end) or text.startswith("附", pos):
        return read_number(reading)
    if not reading.has("road", "number", "poi", "community"):
        if "town" not in reading.parts and _town(reading):
            return True
        if match := VILLAGE.match(text, pos, end):
            reading.take("community", match.end())
            return True
    return _words(reading)


def _town(reading: Reading) -> bool:
    text, pos, end = reading.text, reading.pos, reading.end
    listed = town_at(text, pos, end, reading.code) if reading.code else None
    if listed is not None and listed[1]:
        reading.take("town", listed[0])
        return True
    if match := TOWN.match(text, pos, end):
        reading.take("town", match.end())
        return True
    if listed is not None and _street_of_town(reading, listed[0]):
        reading.take("town", listed[0] + 1)
        return True
    if listed is not None and _short_town(reading, listed[0]):
        reading.take("town", listed[0])
        return True
    if reading.code and (match := ZONE.match(text, pos, end)):
        reading.take("town", match.end())
        return True
    return False


def _street_of_town(reading: Reading, at: int) -> bool:
    """Whether 街 behind a town stands for its 街道: a road of its own follows ("石井街石沙路")."""
    road = ROAD.search(_run(reading), 3) if reading.text.startswith("街", at) else None
    return road is not None and reading.pos + road.start() >= at + 2


def _short_town(reading: Reading, at: int) -> bool:
    """Whether the name of a town without its suffix is meant: a road, village or place of its own name follows."""
    text, end = reading.text, reading.end
    if text[at : at + 1] in " ,_-":
        return True
    if ROAD_AHEAD.match(text, at, end) or NO_TOWN_BEFORE.match(text, at, end) or not re.match(HAN, text[at : at + 1]):
        return False
    rest = _run(reading)[at - reading.pos :]
    return ROAD.search(rest, 2) is not None or any(pattern.search(rest, 1) for pattern in (STRONG_PLACE, VILLAGE_END))


def _words(reading: Reading) -> bool:
    """Read a run of words: a road, a place, or both."""
    pos = reading.pos
    run = _run(reading)
    end = pos + len(run)
    if end <= pos:
        return False
    if not reading.has("road") and (road := ROAD.search(run, 1)):
        places = list(STRONG_PLACE.finditer(run, 1, road.start() - 1 if road.start() > 1 else 1))
        place = places[-1] if places else None
        if place is not None and place.end() < road.start():
            reading.take("poi", pos + place.end())
        elif not reading.has("road", "poi", "community") and (lead := LONG_STEM.match(run, 0, road.start() + 1)):
            reading.take("community" if HAMLET.search(lead[1]) else "poi", pos + len(lead[1]))
        reading.take("road", pos + road.end())
        return True
    if CHATTER.search(run):
        reading.pos = end
        return True
    place = STRONG_PLACE.search(run, 1)
    trimmed = run
    for _ in range(3):
        if not (trimmed.endswith("里") and end < reading.end and reading.text[end].isdigit()):  # 春华里9门
            trimmed = TAIL.sub("", trimmed)
    if place is not None:
        stretch = re.compile(rf"(?:{PLACE})").match(run, place.end())
        trimmed = run[: stretch.end() if stretch else place.end()]
    elif reading.has("poi") or _added(reading, end) or len(trimmed) < 2 or len(trimmed) > 16 or NO_NAME.search(trimmed):
        reading.pos = end
        return True
    elif not re.search(HAN, trimmed):
        return False
    if reading.has("poi"):
        reading.pos = end
        return True
    reading.take("poi", pos + len(trimmed))
    reading.pos = max(reading.pos, end)
    return True


def _added(reading: Reading, end: int) -> bool:
    """Whether words come last, behind a comma or a space, and so are said of the address and no part of it."""
    return end == reading.end and reading.has("number", "room") and reading.text[reading.pos - 1] in ",，_ "
