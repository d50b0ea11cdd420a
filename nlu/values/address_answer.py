"""Answers about one part of an address: "no, number 14", "flat 3 actually", "应该是3号楼", "14", "s w 4 2 y q"."""

# ruff: noqa: SIM905 - lists of words read better as text

from __future__ import annotations

import re

import msgspec

from nlu.types import Expects, Span

_FILLER_EN = (
    r"(?:(?:no|nope|sorry|oops|actually|wait|hmm|ah|oh|yes|yeah|ok|okay|correction|i mean|i meant|"
    r"make that|it'?s|its|it is|it was|it should be|ugh|um|well|still|back to|was|"
    r"that'?s|that is|should be|is|to|at|the|my|just|new|now|please|thanks|thank you|correct|instead|"
    r"rather|change it to|and)[ ,.:!]{1,3})"
)
_PART_EN = {
    "house number": "number",
    "street number": "number",
    "number": "number",
    "no.": "number",
    "zip code": "postcode",
    "zip": "postcode",
    "postcode": "postcode",
    "postal code": "postcode",
    "flat number": "unit",
    "apartment number": "unit",
    "unit number": "unit",
    "flat": "unit",
    "apartment": "unit",
    "post code": "postcode",
    "city": "city",
    "town": "city",
    "street": "street",
    "street name": "street",
    "road": "street",
    "state": "state",
    "country": "country",
    "building": "building",
}
_NAMED_EN = re.compile(
    rf"\b(?P<part>{'|'.join(sorted(map(re.escape, _PART_EN), key=len, reverse=True))})"
    r"(?: (?:is|was|should be|to|now|should read|would be|in fact)| ?:| ?=){1,3} (?:now |actually "
    r")?(?P<value>[^,.;!?\n]{1,40})"
)
_HOUSE_EN = re.compile(
    rf"^{_FILLER_EN}{{0,5}}(?:house |street )?(?:number|no\.?|nr\.?|#) ?(\d{{1,6}}[a-z]?)(?:[ ,.!](?:actually|"
    rf"please|sorry|instead|not .{{1,12}}|now|thanks)?){{0,4}}$"
)
_BARE_EN = re.compile(
    rf"^{_FILLER_EN}{{0,5}}(\d{{1,6}}(?:-\d{{4}})?[a-z]?)[ .,!]{{0,3}}(?:(?:actually|please|sorry|"
    rf"instead|now|thanks)[ .,!]{{0,2}}){{0,3}}$"
)
_SWAP_EN = (
    re.compile(
        r"\bnot (?:number |no\.? |flat |apt )?(?P<old>\d{1,6}[a-z]?)[, ]{1,3}(?:but |it'?s |its |number "
        r"|rather ){0,3}(?P<new>\d{1,6}[a-z]?)\b"
    ),
    re.compile(r"(?P<new>\d{1,6}[a-z]?),? (?:and )?not (?:number )?(?P<old>\d{1,6}[a-z]?)\b"),
    re.compile(r"(?P<new>\d{1,6}[a-z]?),? instead of (?P<old>\d{1,6}[a-z]?)\b"),
)
_FILLER_ZH = (
    r"(?:不对|不是|不过|但是?|可是|只是|不(?!是)|错了|应该|应为|是|就|嗯|好的?|对|那个|我的|新的|改成|改为|改回|更正|补充|门牌号?|号码|"
    r"楼号|房号|房间号?|室号|的|为|住|在|到|[写打填说输]错了?|还|又|再|刚才|刚刚|其实|抱歉|不好意思|算了|"
    r"等(?:等|一下|下)|[哎唉啊哦噢呃诶呀],?|[,，。:： !]){0,12}"
)
_UNIT_ZH = "号楼|单元|号|室|栋|幢|楼|层|弄"
_BARE_ZH = re.compile(
    rf"^{_FILLER_ZH}(?P<written>\d{{1,5}}(?:-\d{{1,5}}){{0,2}})(?P<unit>{_UNIT_ZH})?"
    r"(?:[才就]?是?(?:对|正确)的?)?[吧了啊哦呢呀哈,，。! ]{0,3}$"
)
"""A part by itself; "502才是对的" and "还是100号吧" go back to one."""
_OLD_ZH = rf"(?P<old>\d{{1,5}})(?P<u1>{_UNIT_ZH})?"
_NEW_ZH = rf"(?P<new>\d{{1,5}})(?P<u2>{_UNIT_ZH})?"
_SWAPS_ZH = (
    re.compile(rf"不是{_OLD_ZH}[,，。 ]{{0,2}}(?:而?是|应该是|改成|改为){_NEW_ZH}"),
    re.compile(rf"{_NEW_ZH}[,，。 ]{{0,2}}而?不是{_OLD_ZH}"),
    re.compile(
        rf"{_OLD_ZH}(?:(?:不对|错了|写错了|填错了)[,，。 ]{{0,2}}(?:应该|应)?是?|(?:改成|改为|换成|应该是)){_NEW_ZH}"
    ),
)
_INDOORS = re.compile(r"\b(?:flat|apt\.?|apartment|unit|suite|room) (?:number )?$")
_UNITS_ZH = {
    "号楼": "building",
    "栋": "building",
    "幢": "building",
    "单元": "unit",
    "号": "number",
    "弄": "number",
    "室": "room",
    "楼": "floor",
    "层": "floor",
}
_PART_WORD_ZH = (
    ("门牌", "number"),
    ("室号", "room"),
    ("房", "room"),
    ("楼号", "building"),
    ("楼栋", "building"),
    ("栋", "building"),
    ("单元", "unit"),
)

_NATO = dict(
    zip(
        "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike "
        "november oscar papa quebec romeo sierra tango "
        "uniform victor whiskey xray x-ray yankee zulu".split(),
        "aabcdefghijjklmnopqrstuvwxxyz",
        strict=True,
    )
)
_WORD_DIGITS = dict(zip("zero one two three four five six seven eight nine".split(), "0123456789", strict=True))
_GB = re.compile(r"([a-z]{1,2}\d[a-z\d]?)(\d[a-z]{2})")
_CA = re.compile(r"([a-z]\d[a-z])(\d[a-z]\d)")


class Part(msgspec.Struct, frozen=True):
    """One part of an address as answered: its name, its text and where it stands."""

    name: str
    text: str
    span: Span
    role: str = "new"


def part_answers(text: str, expects: Expects) -> list[Part]:
    """Read an answer that gives single parts; empty when it is something else. `text` is lower-case."""
    for read in (_swapped, _spelled_postcode, _bare, _named):
        if found := read(text, expects):
            return found
    return []


def _swapped(text: str, expects: Expects) -> list[Part]:
    for pattern in _SWAP_EN:
        if (match := pattern.search(text)) is not None:
            indoors = _INDOORS.search(text, 0, min(match.start("old"), match.start("new"))) is not None
            name = "unit" if indoors else _holding(match["old"], expects) or "number"
            return [Part(name, match["new"], match.span("new")), Part(name, match["old"], match.span("old"), "old")]
    if (match := next(filter(None, (swap.search(text) for swap in _SWAPS_ZH)), None)) is not None:
        unit = match["u2"] or match["u1"] or ""
        name = _UNITS_ZH.get(unit) or _holding(match["old"], expects) or "number"
        return [
            Part(name, match["new"] + unit, match.span("new")),
            Part(name, match["old"] + (match["u1"] or unit), match.span("old"), "old"),
        ]
    return []


def _holding(old: str, expects: Expects) -> str | None:
    return next(
        (part for part, value in expects.known.items() if re.sub(r"\D", "", value) == re.sub(r"\D", "", old)), None
    )


def _bare(text: str, expects: Expects) -> list[Part]:
    if expects.field != "address":
        return []
    if part := _in_one_clause(text, expects):
        return [part]
    if match := _HOUSE_EN.match(text):
        return [Part("number", match.group(1), match.span(1))]
    if (match := _BARE_ZH.match(text)) and match["unit"]:
        return [
            Part(
                _UNITS_ZH[match["unit"]], match["written"] + match["unit"], (match.start("written"), match.end("unit"))
            )
        ]
    if match := match or _BARE_EN.match(text):
        written = match.group(1)
        if (name := _open_part(text, written, expects)) is not None:
            return [Part(name, written, match.span(1))]
    return []


_CLAUSES_ZH = re.compile(r"[^\s,，。!！?？;；]+")
_CLAUSES_EN = re.compile(r"[^\s,.!?;][^,.!?;]*")
_PLACE_ZH = re.compile(r"[省市区县镇乡路街巷弄村苑栋幢]|小区|花园|大道|大厦")


def _in_one_clause(text: str, expects: Expects) -> Part | None:
    """A part in one clause of several, where the others hold no address: "是503 为什么要问". None: there is none."""
    clauses = list((_CLAUSES_EN if text.isascii() else _CLAUSES_ZH).finditer(text))
    numbered = [clause for clause in clauses if any(map(str.isdigit, clause.group()))]
    if len(clauses) < 2 or len(numbered) != 1 or _PLACE_ZH.search(text):
        return None
    (clause,) = numbered
    if text.isascii():
        house = _HOUSE_EN.match(clause.group())
        return (
            None
            if house is None
            else Part("number", house[1], (clause.start() + house.start(1), clause.start() + house.end(1)))
        )
    found = _BARE_ZH.match(clause.group())
    if found is None:
        return None
    written, unit, start = found["written"], found["unit"] or "", clause.start() + found.start("written")
    name = _UNITS_ZH[unit] if unit else _open_part(clause.group(), written, expects)
    return None if name is None else Part(name, written + unit, (start, start + len(written + unit)))


def _open_part(text: str, written: str, expects: Expects) -> str | None:
    """Which part a bare number answers: the one named, else the first that is open, else the house number."""
    named = next((part for word, part in _PART_WORD_ZH if word in text), None)
    if named is not None:
        return named
    if (
        "postcode" in expects.missing
        and re.fullmatch(r"\d{4,6}(?:-\d{4})?", written)
        and ("number" not in expects.missing or len(written) >= 5)
    ):
        return "postcode"
    for part in ("number", "po_box", "building", "unit", "floor", "room"):
        if part in expects.missing:
            return part
    if not expects.known and not expects.missing:
        return None
    if re.fullmatch(r"\d{5}(?:-\d{4})?", written) and expects.known.get("postcode", "")[:1].isdigit():
        return "postcode"
    if len(written) >= 3 and len(re.sub(r"\D", "", expects.known.get("room", ""))) == len(written):
        return "room"
    return "number"


def _named(text: str, expects: Expects) -> list[Part]:
    found: list[Part] = []
    for match in _NAMED_EN.finditer(text):
        name, value = _PART_EN[match["part"]], match["value"]
        stop = re.search(r" (?:and|not|but|instead|please|thanks|now|actually|because|which)\b", value)
        value = value[: stop.start()] if stop else value
        if name in {"number", "postcode"}:
            code = re.match(r"[a-z]{0,2}\d[a-z\d]{0,4}(?: ?\d[a-z\d]{2})?(?:-\d{4})?", value)
            if code is None or (name == "number" and len(code.group()) > 6):
                continue
            value = code.group()
        if expects.field == "address" or name == "postcode":
            start = match.start("value")
            found.append(Part(name, value.strip(), (start, start + len(value.rstrip()))))
    return found


def _spelled_postcode(text: str, expects: Expects) -> list[Part]:
    """Read a British or Canadian postcode spelled out letter by letter (ICAO alphabet included)."""
    if expects.field != "address" or len(text) > 80:
        return []
    letters, start, end = "", None, 0
    for match in re.finditer(r"[a-z0-9\-]{1,10}", text):
        word = match.group().strip("-")
        known = (
            _NATO.get(word)
            or _WORD_DIGITS.get(word)
            or (word if len(word) <= 4 and re.fullmatch(r"[a-z]{0,2}\d{1,3}[a-z]{0,2}|[a-z]", word) else None)
        )
        if known is None:
            if (
                word in {"it", "is", "it's", "yes", "the", "postcode", "my", "s", "its", "and", "for", "as", "in", ""}
                and not letters
            ):
                continue
            return []
        start = match.start() if start is None else start
        letters, end = letters + known, match.end()
    if start is None or not (code := _GB.fullmatch(letters) or _CA.fullmatch(letters)):
        return []
    return [Part("postcode", f"{code.group(1)} {code.group(2)}".upper(), (start, end))]
