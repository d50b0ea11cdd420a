"""Chinese addresses: read from the province down to the room, part by part."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nlu.values.divisions import Division, names, province_by_letter, short_name

_HAN = r"[\u4e00-\u9fff]"
_NUMERAL = r"[一二三四五六七八九十]{1,4}"
CALLED = (
    r"(?:更新|新|现)?的?(?:家庭|家里|家|居住|联系|通讯|邮寄|寄送|配送|快递|送货|收货|收件|公司|单位)?的?(?:地址|住址)"
)
"""What an address is called, right in front of it: "新地址上海市…"."""
_SEPARATOR = re.compile(rf"[\s,，_\-—、/|.()（）\[\]]{{0,8}}(?:{CALLED}[\s:：,，]{{0,3}})?")
_ROAD_AHEAD = re.compile(
    r"[东西南北中]?[一二三四]?(?:路|街|大道|大街|巷|弄|胡同|道|桥|大厦|广场|小区|公司|花园|新村|"
    r"村|苑|镇|乡|大学|医院|银行|工业|经济|科技|产业)"
)
_OTHER_DIVISION = re.compile(rf"({_HAN}{{1,7}}?(?:自治州|自治县|自治旗|地区|新区|市|区|县|旗))")
_NOT_DIVISION = re.compile(
    r"(?:^[东西南北中]|[小社园校厂城一二三四五六七八九十]|工业|开发|管理|住宅|生活|度假|服务|商业|"
    r"景)区$|[路街巷弄村镇乡号道]|(?:菜|超|商|夜|都|集|城)市$"
)
_TOWN = re.compile(
    rf"((?:(?!路(?!街道)|大道|巷|弄|号|小区|社区){_HAN}){{1,6}}?(?:街道办事处|街道|(?:镇|乡(?!镇))(?![东西南北前后中老新]?(?:路|"
    rf"街|大道|村))|苏木|办事处))"
)
_VILLAGE = re.compile(
    rf"((?:(?!路|街|大道|巷|弄|号|小区|花园|市场|公司){_HAN}){{1,8}}?(?:村民委员会|村委会|居委会|"
    rf"社区|(?<![新])村))(?!{_HAN}?[苑府]|路|街|大道|口)"
)
_ROAD = re.compile(
    r"(?:大道|大街|胡同|公路|国道|省道|环路|路|街(?!道)|巷|道(?=\d|$))(?:[一二三四五六七八九十\d]{1,2}段|"
    r"[东西南北中](?=\d))?"
)
_NUMBERED_ROAD = re.compile(rf"({_HAN}{{0,5}}(?:\d{{1,3}}|{_NUMERAL})号?(?:大街|大道|路|街)(?!道))")
_PLACE = (
    "工业园区|产业园区|科技园区|工业园|科技园|产业园|创业园|创意园|软件园|物流园|工业区|开发区|"
    "住宅区|度假区|园区|小区|社区|花园|花苑|嘉苑|佳苑|家园(?!林)|园林|人家|公寓|别墅|山庄|新村|新苑|豪苑|"
    "名苑|"
    "大厦|大楼|综合楼|商务楼|写字楼|广场|中心|商城|商厦|百货|市场|超市|酒店|宾馆|饭店|医院|学校|"
    "小学|中学|大学|学院|幼儿园|有限公司|公司|集团|银行|邮局|邮政局|车站|机场|厂房|"
    "家属院|宿舍|大院|公馆|国贸|世家|名邸|华庭|豪庭|雅苑|丽苑|华府|御府|商贸城|贸易城|步行街|产业基地|基地"
)
_STRONG_PLACE = re.compile(
    rf"(?:{_PLACE})(?:[东南西北中a-z一二三四五六七八九十\d]{{1,2}}[区期])?|[一二三四五六七八九十东南西北a-z\d]区(?!{_HAN}{{0,3}}路)"
)
_COMPONENT = re.compile(
    rf"\d|{_NUMERAL}(?:号楼|幢|栋|座|单元|楼|层|室)|[a-z]{{1,2}}-?\d{{0,4}}(?:座|幢|栋|楼|室|单元)|"
    rf"[a-z]\d{{1,5}}|负[一二三]"
)
_WHO = r"(?:\d{1,5}|[a-z]{1,2}-?\d{0,3}|\d{1,3}[a-z]|" + _NUMERAL + r") ?"
_BUILDING = re.compile(rf"(?:第)?({_WHO}(?:号楼|幢|栋|座|#楼?)|[a-z]\d{{0,2}}楼)")
_UNIT = re.compile(rf"({_WHO}单元)")
_FLOOR = re.compile(rf"((?:\d{{1,3}}|{_NUMERAL}|负[一二三\d]|b\d) ?(?:[楼层]|f(?![a-z])))")
_ROOM = re.compile(r"([a-z]{0,2}-?\d{1,5}[a-z]?(?:-\d{1,5}[a-z]?){0,2} ?(?:号?房间?|室|户))")
_NUMBER = re.compile(r"(附?\d{1,5}[甲乙丙丁a-z]?(?:[\-—/]\d{1,5}){0,2} ?(?:号院?)(?!楼|房|线|地铁))")
_LANE = re.compile(r"(\d{1,5}[弄巷])")
_TRIPLE = re.compile(r"(\d{1,4}[a-z]?)-(\d{1,3}|[a-z])-([a-z]?\d{1,5})(?!\d)")
_PAIR = re.compile(r"([a-z]?\d{1,5})-([a-z]?\d{1,5})(?!\d)")
_PAIR_IN_PLACE = re.compile(r"(\d{1,4})-(\d{1,4}号)")
_BARE = re.compile(r"([a-z]{0,2}\d{1,5}[甲乙丙丁]?[a-z]?\d{0,4})")
_TAIL = re.compile(
    r"(?:电联|对面的?|旁边的?|附近|门口|隔壁|旁|内|里面?|后面?|前台?|上|下|谢谢|哈|吧|了|啊|呢|"
    r"的|哦|呀|这里|那里|那边|这边|住|请.{0,10}|路口|口)$"
)
_CHATTER = re.compile(
    r"[我你您他她它吗呢]|[想要请](?:[把改换问换帮你您]|$)|不[用是对知]|等一|应该|修改|更改|地址|"
    r"没有|搬[家到去了]|谢谢|知道|取消|"
    r"这个|那个|转人工|人工客服|客服|一样|什么|怎么|算了|帮忙|刚才|刚刚|收货|改[成为]"
)
_NO_NAME = re.compile(
    r"[我你您他她它这那哪吗呢嘛吧啊哎唉呃哦噢呀哈嗯咯啦了的是不没等还再又就也很错谢请]|提交|赶紧|快点|哎呀|马上|立刻|麻烦"
)
"""Characters of talk: a bare name with one of them, and without the ending of a place, is no place."""
_STREET_LEVEL = ("road", "number", "poi", "building", "unit", "floor", "room", "community")


@dataclass(slots=True)
class Reading:
    """What has been read so far, from `start` up to `pos`."""

    text: str
    shown: str
    pos: int
    end: int
    parts: dict[str, str] = field(default_factory=dict)
    last: int = 0
    first: int | None = None
    city: str | None = None
    province: str | None = None

    def take(self, part: str, end: int, value: str | None = None) -> None:
        """Keep the text up to `end` (or `value`) as `part`, and move on."""
        self.parts.setdefault(part, (value if value is not None else self.shown[self.pos : end]).replace(" ", ""))
        self.first = self.pos if self.first is None else self.first
        self.pos = self.last = end

    def has(self, *parts: str) -> bool:
        """Whether any of these parts is known."""
        return any(part in self.parts for part in parts)


def read_address(text: str, shown: str, start: int, end: int) -> Reading:
    """Read one address from simplified, lower-case text; `shown` is the same text as written, in normal width."""
    reading = Reading(text, shown, start, end, last=start)
    _skip(reading)
    while reading.pos < end and _division(reading):
        _skip(reading)
    for _ in range(40):
        _skip(reading)
        if reading.pos >= end or not _step(reading):
            break
    return reading


def is_place(text: str) -> bool:
    """Whether a text ends like the name of a compound, building, firm or other place."""
    return _STRONG_PLACE.search(text, 1) is not None


def _skip(reading: Reading) -> None:
    if match := _SEPARATOR.match(reading.text, reading.pos, reading.end):
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


def _named(text: str, pos: int, end: int, reading: Reading) -> tuple[Division, int] | None:
    index = names()
    for length in range(min(index.longest, end - pos), 1, -1):
        name = text[pos : pos + length]
        if (divisions := index.full.get(name)) and (chosen := _chosen(divisions, reading)):
            return chosen, length
        if (divisions := index.short.get(name)) and not _ROAD_AHEAD.match(text, pos + length, end):
            chosen = _chosen(divisions, reading)
            if chosen is not None and _short_is_meant(chosen, reading):
                return chosen, length
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
    return whole[0] if whole and not reading.has(*_STREET_LEVEL) else None


def _short_is_meant(division: Division, reading: Reading) -> bool:
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
    reading.province = (
        division.province or (division.name if division.level == "province" else None) or reading.province
    )
    reading.first = reading.pos if reading.first is None else reading.first
    reading.pos = reading.last = end


def _unlisted(reading: Reading) -> bool:
    """Take a district the table does not know, where the one above it is known ("新北市板橋區")."""
    if not reading.has("province", "city") or reading.has("district"):
        return False
    match = _OTHER_DIVISION.match(reading.text, reading.pos, reading.end)
    if match is None or _NOT_DIVISION.search(match.group()):
        return False
    level = "city" if match.group().endswith(("州", "地区")) and not reading.has("city") else "district"
    reading.take(level, match.end())
    return True


def _step(reading: Reading) -> bool:
    """Read the next part below the district; False when nothing more can be an address."""
    text, pos, end = reading.text, reading.pos, reading.end
    if not reading.has("road") and (match := _NUMBERED_ROAD.match(text, pos, end)):
        reading.take("road", match.end())
        return True
    if _COMPONENT.match(text, pos, end) or text.startswith("附", pos):
        return _numeric(reading)
    if not reading.has("road", "number", "poi", "community"):
        if "town" not in reading.parts and (match := _TOWN.match(text, pos, end)):
            reading.take("town", match.end())
            return True
        if match := _VILLAGE.match(text, pos, end):
            reading.take("community", match.end())
            return True
    return _words(reading)


def _words(reading: Reading) -> bool:
    """Read a run of words: a road, a place, or both."""
    text, pos = reading.text, reading.pos
    stop = _COMPONENT.search(text, pos, reading.end)
    end = stop.start() if stop else reading.end
    if separator := re.search(r"[\s,，_\-—、/|。()（）\[\]]", text[pos:end]):
        end = pos + separator.start()
    if end <= pos:
        return False
    run = text[pos:end]
    if not reading.has("road") and (road := _ROAD.search(run, 1)):
        places = list(_STRONG_PLACE.finditer(run, 1, road.start() - 1 if road.start() > 1 else 1))
        place = places[-1] if places else None
        if place is not None and place.end() < road.start():
            reading.take("poi", pos + place.end())
        reading.take("road", pos + road.end())
        return True
    if _CHATTER.search(run):
        reading.pos = end
        return True
    place = _STRONG_PLACE.search(run, 1)
    trimmed = run
    for _ in range(3):
        trimmed = _TAIL.sub("", trimmed)
    if place is not None:
        stretch = re.compile(rf"(?:{_PLACE})").match(run, place.end())
        trimmed = run[: stretch.end() if stretch else place.end()]
    elif reading.has("poi") or len(trimmed) < 2 or len(trimmed) > 16 or _NO_NAME.search(trimmed):
        reading.pos = end
        return True
    elif not re.search(_HAN, trimmed):
        return False
    if reading.has("poi"):
        reading.pos = end
        return True
    reading.take("poi", pos + len(trimmed))
    reading.pos = max(reading.pos, end)
    return True


def _numeric(reading: Reading) -> bool:
    text, pos, end = reading.text, reading.pos, reading.end
    for pattern, part in ((_BUILDING, "building"), (_UNIT, "unit"), (_ROOM, "room"), (_FLOOR, "floor")):
        if match := pattern.match(text, pos, end):
            reading.take(part, match.end())
            return True
    if match := _LANE.match(text, pos, end):
        tail = _NUMBER.match(text, match.end(), end)
        reading.take("number", tail.end() if tail else match.end())
        return True
    if reading.has("poi") and not reading.has("road", "building") and (match := _PAIR_IN_PLACE.match(text, pos, end)):
        reading.take("building", match.end(), match.group(1))
        reading.take("unit", match.end(), match.group(2))
        return True
    if match := _NUMBER.match(text, pos, end):
        reading.take(_numbered(reading), match.end())
        return True
    if match := _TRIPLE.match(text, pos, end):
        for part, value in zip(("building", "unit", "room"), match.groups(), strict=True):
            reading.take(part, match.end(), value)
        return True
    if match := _PAIR.match(text, pos, end):
        return _pair(reading, match)
    if match := _BARE.match(text, pos, end):
        return _bare(reading, match)
    return False


def _numbered(reading: Reading) -> str:
    """Which part "95号" is: of a road or village the number, of a compound the building, within one the unit."""
    hamlet = reading.has("community") and not _STRONG_PLACE.search(reading.parts.get("poi", ""))
    if hamlet and not reading.has("number", "building"):
        return "number"
    if "number" not in reading.parts and (
        not reading.has("poi") or (reading.has("road") and not reading.has("building"))
    ):
        return "number"
    if not reading.has("building"):
        return "building" if reading.has("poi") else "unit"
    return "unit" if not reading.has("unit") else "room"


def _pair(reading: Reading, match: re.Match[str]) -> bool:
    first, second = match.groups()
    if reading.has("road", "community") and not reading.has("number", "poi"):
        reading.take("number", match.end())
    elif reading.has("building", "unit", "floor"):
        if reading.has("unit") or not reading.has("building"):
            reading.take("room", match.end())
        else:
            reading.take("unit", match.end(), first)
            reading.take("room", match.end(), second)
    elif reading.has("poi", "number"):
        if len(first) == len(second) >= 4:  # a row of rooms, 1171-1173
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
    elif reading.has("poi") and not reading.has("building") and _FLOOR.match(reading.text, match.end(), reading.end):
        reading.take("building", match.end())
    elif reading.has("poi", "building", "unit", "floor", "number") and not reading.has("room"):
        reading.take("room", match.end())
    elif reading.has("community") and not reading.has("number"):
        reading.take("number", match.end())
    else:
        return False
    return True
