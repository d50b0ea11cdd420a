"""English addresses (US, UK, Canada, Australia), with or without commas, read into components."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nlu.types import Span
from nlu.values.places_en import COUNTIES, COUNTRIES, HIGHWAYS, HOUSES, OTHER_STATES, STREETS, US_STATES, WEAK_STREETS
from nlu.values.street_en import Word, has_street_word, street_end, words

_STATE_CODES = frozenset(US_STATES.values()) | {code for code, _ in OTHER_STATES.values() if code}
_STATE_NAMES = sorted([*US_STATES, *OTHER_STATES], key=len, reverse=True)
_STATE = re.compile(
    r"(?:^|[\s,.])((?:" + "|".join(map(re.escape, _STATE_NAMES)) + r")|(?:[a-z]\.){2}|[a-z]{2,3}\.?)[\s,.]*$"
)
_COUNTRY = re.compile(
    r"(?:^|[\s,(])(?<!south )(?<!western )(?<!new south )("
    + "|".join(re.escape(c) for c in sorted(COUNTRIES, key=len, reverse=True))
    + r")[\s,.)]*$"
)
_GB = re.compile(r"(?<![a-z0-9])([a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})(?![a-z0-9])")
_CA = re.compile(r"(?<![a-z0-9])([a-z]\d[a-z][ -]?\d[a-z]\d)(?![a-z0-9])")
_US = re.compile(r"(?<![\w#/-])(\d{5}(?:-\d{4}|(?<= [a-z]{2} \d{5})\d{4})?)(?![\w/]|-\d)")
_IE = re.compile(r"(?<![a-z0-9])([ac-fhknprtv-y]\d[\dw] ?(?=[a-z]{0,3}\d)[0-9ac-fhknprtv-y]{4})(?![a-z0-9])")
_SIX = re.compile(r"(?<![\w#/-])(\d{6}|\d{3} \d{3})[\s.,]*$")
_AU = re.compile(
    r"(?:nsw|vic|qld|tas|act|wa|sa|nt|new south wales|victoria|queensland|tasmania|south australia|western australia|"
    r"northern territory|australian capital territory)[\s,]{1,3}(\d{4})(?!\w)"
)
_UNIT_OF_HOUSE = re.compile(r"(\d{1,4}[a-z]?)/(?=\d{1,5}[a-z]?(?:-\d{1,5})? )")
_FOUR = re.compile(r"(?<![\w#-])(\d{4})[\s.,]*$")
_BOX = re.compile(
    r"(?<![a-z0-9])((?:p\.? ?o\.? ?|post office )box ?#? ?[a-z]?\d{1,7}[a-z]?|(?:rr|hc|r\.r\.) "
    r"?#? ?\d{1,4},? box ?#? ?\d{1,6}|(?:private bag|gpo box|box) ?#? ?\d{1,7})(?![a-z0-9])"
)
_UNIT = re.compile(
    r"(?:(?<=[\s,])|^)((?:apartment|apt|unit|suite|ste|flat|room|rm|lot|space|spc|trailer|trlr|"
    r"building|bldg|penthouse|studio|office|department|dept|pmb|#)"
    r"(?:\.|\b|(?<=#)) ?(?:no\.? ?|number )?#? ?(?:\d{1,5}(?:-\d{1,5})?(?:[ -]?[a-z](?![a-z]))?|"
    r"[a-z]{1,2}-?\d{0,5}(?![a-z'])|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))(?=[\s,.;]|$)"
)
_FLOOR = re.compile(
    r"(?:(?<=[\s,])|^)((?:\d{1,3}(?:st|nd|rd|th)|ground|first|second|third|fourth|fifth|top) (?:floor|"
    r"fl|flr)|(?:floor|fl|level|lvl)\.? \d{1,3})(?=[\s,.]|$)"
)
_NUMBER = re.compile(
    r"(?:no\.? ?|number |#)?(\d{1,6}[a-z]?(?:[-/]\d{1,5}[a-z]?)?(?: ?1/2| ?½)?)(?=[\s,])(?! (?:highway|"
    r"hwy)\b(?! \d))(?! (?:nd|rd|th)\b|(?<=1) st\b)"
)
_COUNTY = re.compile(
    r"[\s,]((?:"
    + "|".join(sorted(map(re.escape, COUNTIES), key=len, reverse=True))
    + r"|[a-z]{3,14}shire|(?:co\.?|county) [a-z]{3,12}))[\s,.]*$"
)
_CITY_OK = re.compile(r"[a-z\u00c0-\u024f][a-z\u00c0-\u024f'’. \-]{1,39}")
_DISTRICT = re.compile(r"\d{1,2}w?")
_SEGMENT = re.compile(r"[^,\n;]+")
_RISKY_STATES = frozenset(
    {
        "in",
        "or",
        "me",
        "ok",
        "hi",
        "oh",
        "la",
        "ma",
        "pa",
        "de",
        "al",
        "id",
        "co",
        "mo",
        "act",
        "on",
        "va",
        "ne",
        "ct",
        "mt",
    }
)


@dataclass(slots=True)
class EnglishAddress:
    """Spans of the components read so far, in a text whose read parts are blanked out."""

    text: str
    start: int
    end: int
    shown: str
    spans: dict[str, Span] = field(default_factory=dict)

    def take(self, part: str, start: int, end: int) -> None:
        """Keep a span as `part`, trimmed, unless the part is known."""
        while start < end and self.text[start] in " ,;:\n\t":
            start += 1
        while end > start and self.text[end - 1] in " ,;:\n\t":
            end -= 1
        if end - start > 5 and self.text[end - 1] == "." and self.text[end - 5 : end - 1].isalpha():
            end -= 1  # the end of a sentence, not of an abbreviation
        if end > start and part not in self.spans:
            self.spans[part] = (start, end)

    def cut(self, part: str, start: int, end: int) -> None:
        """Keep a span as `part` and blank it, so that what stood around it falls apart."""
        self.take(part, start, end)
        self.text = self.text[:start] + "," * (end - start) + self.text[end:]

    def parts(self) -> dict[str, str]:
        """The components as written."""
        return {part: " ".join(self.shown[a:b].split()) for part, (a, b) in self.spans.items()}


def read_address(text: str, shown: str, start: int, end: int, *, region: str) -> EnglishAddress:
    """Read one address from lower-case `text`; `shown` is the same text as written."""
    address = EnglishAddress(text, start, end, shown)
    _boxes_and_units(address)
    _country(address)
    _postcode(address, region)
    _country(address)
    _state(address)
    _county_away(address)
    _unit_of_house(address)
    _lines(address)
    _city_state(address)
    _state_as_city(address)
    return address


def _boxes_and_units(address: EnglishAddress) -> None:
    for pattern, part in ((_BOX, "po_box"), (_FLOOR, "floor"), (_UNIT, "unit")):
        if match := pattern.search(address.text, address.start, address.end):
            address.cut(part, *match.span(1))


def _country(address: EnglishAddress) -> None:
    if match := _COUNTRY.search(address.text, max(address.start, address.end - 40), address.end):
        written = address.shown[match.start(1) : match.end(1)]
        if written == "us":
            return
        address.cut("country", *match.span(1))


def _postcode(address: EnglishAddress, region: str) -> None:
    text, start, end = address.text, address.start, address.end
    for pattern in (_GB, _IE, _CA, _AU, _US):
        found = list(pattern.finditer(text, start, end))
        if not found:
            continue
        match = found[-1]
        if pattern is _US and not text[start : match.start(1)].strip(" ,.") and text[match.end(1) : end].strip(" ,."):
            continue  # a five-digit house number
        address.cut("postcode", *match.span(1))
        return
    land = COUNTRIES.get(address.parts().get("country", "").lower(), region)
    if (six := _SIX.search(text, start, end)) and text[start : six.start()].strip(" ,"):
        address.cut("postcode", *six.span(1))
    elif (
        land in {"AU", "NZ", "ZA"}
        and (four := _FOUR.search(text, start, end))
        and text[start : four.start()].strip(" ,")
    ):
        address.cut("postcode", *four.span(1))


def _state(address: EnglishAddress) -> None:
    edge = address.spans["postcode"][0] if "postcode" in address.spans else address.end
    if not address.text[address.start : edge].strip(" ,."):
        edge = address.end
    match = _STATE.search(address.text, max(address.start, edge - 40), edge)
    if match is None:
        return
    written = match.group(1).replace(".", "")
    known = written in US_STATES or written in OTHER_STATES
    if not known and written not in _STATE_CODES:
        return
    raw = address.shown[match.start(1) : match.end(1)]
    before = address.text[address.start : match.start(1)].rstrip()
    if written in _RISKY_STATES and not (
        raw.isupper() or "postcode" in address.spans or before.endswith(",") or len(before) > 12
    ):
        return
    if not before.strip(" ,") and not ("postcode" in address.spans or known):
        return
    address.cut("state", match.start(1), match.end(1))


def _county_away(address: EnglishAddress) -> None:
    """Blank the county that stands between the post town and the postcode."""
    edge = address.spans["postcode"][0] if "postcode" in address.spans else address.end
    if "state" in address.spans or (match := _COUNTY.search(address.text, max(address.start, edge - 40), edge)) is None:
        return
    if address.text[address.start : match.start(1)].strip(" ,"):
        start, end = match.span(1)
        address.text = address.text[:start] + "," * (end - start) + address.text[end:]


def _unit_of_house(address: EnglishAddress) -> None:
    """Read "3/18 Banksia Crescent" as Australians write it: unit 3 of number 18."""
    code = address.spans.get("postcode")
    if code is None or code[1] - code[0] != 4:
        return
    if match := _UNIT_OF_HOUSE.search(address.text, address.start, address.end):
        address.cut("unit", *match.span(1))
        at = match.end() - 1
        address.text = address.text[:at] + "," + address.text[at + 1 :]


def _city_state(address: EnglishAddress) -> None:
    """Singapore is city and country in one; what is required is the city."""
    if "city" not in address.spans and address.parts().get("country", "").lower() in {"singapore", "hong kong"}:
        address.spans["city"] = address.spans.pop("country")


def _state_as_city(address: EnglishAddress) -> None:
    """New York is a city too: without another city it is the city."""
    if "city" in address.spans or "state" not in address.spans:
        return
    if address.parts()["state"].lower() in {"new york", "washington", "quebec"} and "street" in address.spans:
        address.spans["city"] = address.spans.pop("state")


def _lines(address: EnglishAddress) -> None:
    lines = [
        line
        for match in _SEGMENT.finditer(address.text, address.start, address.end)
        if (line := words(address.text, match.start(), match.end())) and any(word.text for word in line)
    ]
    lines = [line[1:] if len(line) > 1 and line[0].text in {"in", "at", "of", "and", "on"} else line for line in lines]
    at = _street_line(lines)
    if at is None:
        _cities(address, lines)
        return
    if at + 1 < len(lines) and not has_street_word(lines[at][1:]) and has_street_word(lines[at + 1]):
        lines[at + 1 : at + 2] = [_house_line(address, lines[at]) + lines[at + 1]]
        at += 1
    if (
        at + 2 < len(lines)
        and len(lines[at]) == 1
        and lines[at + 1][-1].text in HOUSES
        and has_street_word(lines[at + 2])
    ):
        address.take("building", lines[at + 1][0].start, lines[at + 1][-1].end)
        lines[at : at + 3] = [lines[at] + lines[at + 2]]
    rest = _street(address, lines[at], alone=at + 1 == len(lines))
    if at > 0 and _named_house(address, lines[at - 1]):
        address.take("building", lines[0][0].start, lines[at - 1][-1].end)
    if not rest and at + 1 < len(lines) and address.spans.get("street") is None and has_street_word(lines[at + 1]):
        end = street_end(lines[at + 1], more=False)
        address.take("street", lines[at + 1][0].start, lines[at + 1][end - 1].end)
        rest = lines[at + 1][end:]
        at += 1
    _cities(address, ([rest] if rest else []) + lines[at + 1 :])
    if "city" not in address.spans and "building" not in address.spans and at > 0:
        _cities(address, lines[at - 1 : at])  # the city was said first


def _street_line(lines: list[list[Word]]) -> int | None:
    for i, line in enumerate(lines):
        if _NUMBER.match(line[0].text + " ") and (len(line) > 1 or len(lines) > i + 1):
            return i
    for i, line in enumerate(lines):
        if has_street_word(line):
            return i
    for i, line in enumerate(lines[:-1]):
        if len(line) > 1 and line[-1].text in WEAK_STREETS and line[-1].text not in HOUSES:
            return i
    for i, line in enumerate(lines):
        if any(word.text.isdigit() for word in line[1:]) and len(line) > 2:
            return i
    return None


def _street(address: EnglishAddress, line: list[Word], *, alone: bool) -> list[Word]:
    """Take number and street from a line and return the words that follow them."""
    number = (
        None
        if line[0].text in HIGHWAYS
        else next((i for i, word in enumerate(line) if word.text[:1].isdigit() and _is_number(address, word)), None)
    )
    if number is not None and number > 0 and has_street_word(line[:number]):
        house = line[number - 1].text in HOUSES and has_street_word(line[number + 1 :])
        number = number if house else None
    if number is not None:
        if number > 0 and _named_house(address, line[:number]):
            address.take("building", line[0].start, line[number - 1].end)
        match = _NUMBER.match(address.text + " ", line[number].start)
        address.take("number", line[number].start, match.end(1) if match else line[number].end)
        line = [word for word in line[number + 1 :] if match is None or word.start >= match.end(1)]
    if end := _house_before(line):
        address.take("building", line[0].start, line[end - 1].end)
        line = line[end:]
    if not alone and len(line) > 1 and line[-1].text.isdigit() and not has_street_word(line):
        address.take("unit", line[-1].start, line[-1].end)
        line = line[:-1]
    more = alone and bool(address.spans.keys() & {"state", "postcode"}) and len(line) > 1
    end = street_end(line, more=more)
    if end == 0 and line and not more:
        end = len(line)
    if end:
        address.take("street", line[0].start, line[end - 1].end)
    rest = line[end:]
    if len(rest) > 1 and rest[0].text == "the" and not alone:
        address.take("building", rest[0].start, rest[-1].end)
        return []
    while rest and rest[0].text in {"in", "the", "at", "of", "is", "and", "on"}:
        rest = rest[1:]
    if rest and rest[0].text.isdigit():
        address.take("unit", rest[0].start, rest[0].end)
        rest = rest[1:]
    return rest


def _house_before(line: list[Word]) -> int:
    """How many words name a house in front of the street: "rose cottage church lane"; 0 when none do."""
    for i in range(1, len(line) - 2):
        if line[i].text in HOUSES and has_street_word(line[i + 1 :]) and line[i + 1].text not in STREETS:
            return i + 1
    return 0


def _house_line(address: EnglishAddress, line: list[Word]) -> list[Word]:
    """Read "7 Rose Cottage" before a line that holds the street: a building, whose number goes before the street."""
    numbered = _is_number(address, line[0])
    if len(line) > 1 and numbered:
        address.take("building", line[1].start, line[-1].end)
    return line[:1] if numbered else []


def _named_house(address: EnglishAddress, line: list[Word]) -> bool:
    """Whether the words before a house number name a building: written with a capital, or ending like one."""
    if line[0].text in {"no", "number", "#"}:
        return False
    return address.shown[line[0].start].isupper() or line[-1].text in HOUSES


def _is_number(address: EnglishAddress, word: Word) -> bool:
    match = _NUMBER.match(address.text + " ", word.start)
    return match is not None and match.end(1) >= word.end - 1


def _cities(address: EnglishAddress, lines: list[list[Word]]) -> None:
    if "postcode" not in address.spans and (coded := next(filter(_with_district, lines), None)):
        address.take("city", coded[0].start, coded[-2].end)
        address.take("postcode", coded[-1].start, coded[-1].end)
        return
    places = [line for line in lines if _CITY_OK.fullmatch(" ".join(word.text for word in line))]
    towns = [line for line in places if not _county(line)] or places
    if not towns:
        return
    chosen = (
        towns[-1]
        if len(towns) > 1 and "postcode" in address.spans and _GB.fullmatch(_postcode_of(address))
        else towns[0]
    )
    address.take("city", chosen[0].start, chosen[-1].end)


def _with_district(line: list[Word]) -> bool:
    """Whether a line is a city with the number of a postal district: "Dublin 2"."""
    return len(line) in (2, 3) and _DISTRICT.fullmatch(line[-1].text) is not None and line[0].text.isalpha()


def _postcode_of(address: EnglishAddress) -> str:
    return address.parts()["postcode"].lower()


def _county(line: list[Word]) -> bool:
    name = " ".join(word.text for word in line)
    return name in COUNTIES or (name.endswith("shire") and name not in STREETS) or name.startswith(("co ", "county "))
