"""What an address still lacks.

English: number and street (or a PO box), city, postcode.

Chinese: a city-level division (stated or implied), the district where the city has districts, a road with its number
or a village, and where a compound or building (小区, 大厦 …) is named its building and room: "precise to the room
where there are rooms". A house with a road number and no compound, building, unit or floor mentioned is complete
without a room; so is a shop, school or firm with a road number.
"""

from __future__ import annotations

import re

from nlu.types import Value
from nlu.values.divisions import MUNICIPALITIES, division, has_districts

_COMPOUND = re.compile(
    r"(?:小区|花园|花苑|[嘉佳新豪名雅丽]苑|家园|公寓|别墅|山庄|新村|华庭|豪庭|华府|名邸|公馆|家属院|"
    r"宿舍|大院|[苑庭])(?:[东南西北中a-z一二三四五六七八九十\d]{1,2}[区期])?$"
)
_OFFICE = re.compile(r"(?:大厦|大楼|写字楼|商务楼|综合楼|中心|广场)$")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_CHINESE_PARTS = frozenset({"province", "district", "town", "community", "road", "poi", "room"})


def is_chinese(value: Value, *, region: str) -> bool:
    """Whether an address follows the Chinese order of parts."""
    if value.keys() & _CHINESE_PARTS:
        return True
    if value.keys() & {"street", "state", "po_box", "postcode"}:
        return False
    return bool(_HAN.search("".join(value.values()))) or region in {"CN", "TW", "HK", "MO"}


def address_gaps(value: Value, *, region: str) -> tuple[str, ...]:
    """Name the components of an address still required."""
    if is_chinese(value, region=region):
        return _chinese_gaps(value)
    gaps: list[str] = []
    if "po_box" not in value:
        if "number" not in value and not ("building" in value and "street" in value):
            gaps.append("number")
        if "street" not in value:
            gaps.append("street")
    return (*gaps, *(part for part in ("city", "postcode") if part not in value))


def _chinese_gaps(value: Value) -> tuple[str, ...]:
    gaps: list[str] = []
    if "city" not in value and not _city_implied(value):
        gaps.append("city")
    if "district" not in value and _needs_district(value):
        gaps.append("district")
    compound = _COMPOUND.search(value.get("poi", "")) is not None or value.get("community", "").endswith("社区")
    tower = compound or _OFFICE.search(value.get("poi", "")) is not None
    if "road" not in value and (compound or "community" not in value):
        gaps.append("road")
    if "number" not in value and ("road" in value or "road" in gaps):
        gaps.append("number")
    if compound and "building" not in value:
        gaps.append("building")
    if (tower or value.keys() & {"building", "unit", "floor"}) and "room" not in value:
        gaps.append("room")
    return tuple(gaps)


def ambiguous_place(value: Value) -> bool:
    """Whether the only detail is a compound or place name, of which a city may have several."""
    return "poi" in value and not value.keys() & {"road", "number", "community"}


def _city_implied(value: Value) -> bool:
    district = value.get("district")
    if district is None:
        return False
    found = division(district, within=value.get("province"))
    return found is not None and (found.city is not None or found.code[2:4] == "90" or "province" in value)


def _needs_district(value: Value) -> bool:
    city = value.get("city")
    if city is None:
        return False
    return city in MUNICIPALITIES or has_districts(city)
