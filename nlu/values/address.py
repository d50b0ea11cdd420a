"""Addresses in an utterance: which stretch of the text is one, what it holds, and what it still lacks."""

# ruff: noqa: SIM905 - lists of words read better as text

from __future__ import annotations

import re

from nlu.normalise import folded
from nlu.types import Candidate, Expects, Problem, Value
from nlu.values.address_answer import Part, part_answers
from nlu.values.address_en import EnglishAddress
from nlu.values.address_en import read_address as read_english
from nlu.values.address_zh import is_place
from nlu.values.address_zh import read_address as read_chinese
from nlu.values.chinese import mended, simplified
from nlu.values.complete import ambiguous_place
from nlu.values.divisions import division
from nlu.values.merge import merge, missing
from nlu.values.places_en import STREETS
from nlu.values.reach_en import ANCHOR, LEAD, stretches_en
from nlu.values.reach_zh import ANNOUNCED, stretches_zh
from nlu.values.reading_zh import Reading
from nlu.values.roles import with_roles
from nlu.values.spoken import spoken_numbers

_HAN = re.compile(r"[\u4e00-\u9fff]")

_SPOKEN_FILLER = re.compile(
    r"in the (?:city|town|state) of|which is(?: located)? in(?: the state of)?|(?:and )?(?:the "
    r"|my |with )?(?:zip ?code|zip|post ?code|postal code)(?: (?:is|of|number|being))*|\b(?:actually|"
    r"please|sorry)\b|and so"
)
_ZIP = re.compile(
    r"\b(?:zip ?code|zip|post ?code|postal code)(?: (?:is|of|to|it's|should be|now|on|my|the|file|"
    r"changed))*[ :,]{1,2}([a-z]{0,2}\d[a-z\d]?\d{0,3}(?: ?\d[a-z]{2})?(?:-\d{4})?)\b"
)
_DULL = frozenset(
    "wrong typo mistake why who what when where how cancel stop restart quit skip later wait moment second agent "
    "human person operator right wrong correct same before done good "
    "great fine nothing none never mind start over repeat again nope maybe idea know don't not "
    "sure back help because that's "
    "same place details other recent orders order "
    "address change my new old house home moved moving update need want would like help please "
    "hi hello yes no account it i to the a place just a different another"
    " me you we us is are was have had has city state town somewhere apartment flat street road "
    "file record number name phone email today soon thanks moving"
    " rather prefer private personal secret business say saying everything all tell telling share sharing give giving "
    "i'd we'd i'm would won't im ready oh also btw ugh um well so but and too plus again here there now then already "
    "do does did can could may should if go on continue english chinese language speak talk anyway".split()
)
_VERBS = frozenset("is was were are isn't wasn't aren't weren't has had".split())
_STILL_RIGHT = re.compile(
    r" (?:is|was|were)(?: actually| in fact| the)? (?:right|correct|fine|ok|okay|good)(?: one)?"
    r"(?: after all| all along| though| actually| then| before)?[\s.!]*$"
)
"""What says of a part that it stays: "12 was right after all"."""

_ZH_SIGN = re.compile(r"[省市区县镇乡路街巷弄村号楼栋幢室苑]|单元|大道|小区|花园|大厦|公寓|新村")


def find_addresses(raw: str, text: str, *, region: str, cued: bool, expects: Expects) -> list[Candidate]:
    """Find addresses in `text` (width and case folded, other values blanked out)."""
    expected = expects.field == "address"
    if expected and (right := _STILL_RIGHT.search(text)) and any(map(str.isdigit, text[: right.start()])):
        text = text[: right.start()]
    if cued and (parts := part_answers(text, expects)) and (expected or any(p.name == "postcode" for p in parts)):
        whole = (
            []
            if len(text) < 40 and not ANCHOR.search(text)
            else _english(raw, text, region, cued=cued, expects=expects)
        )
        if not whole or len(whole[0].value) < 3:
            return _from_parts(raw, parts, region, expects)
    found: list[Candidate] = []
    if _HAN.search(text):
        if cued or _ZH_SIGN.search(text):
            found = _chinese(raw, mended(simplified(text)), region, cued=cued, expects=expects)
        if found:
            return found
    return _english(raw, text, region, cued=cued, expects=expects)


def _from_parts(raw: str, parts: list[Part], region: str, expects: Expects) -> list[Candidate]:
    made: list[Candidate] = []
    for role in ("old", "new"):
        value = {part.name: _as_written(raw, part) for part in parts if part.role == role}
        spans = [part.span for part in parts if part.role == role]
        if value:
            span = (min(s[0] for s in spans), max(s[1] for s in spans))
            made.append(
                Candidate("address", raw[span[0] : span[1]], span, value, _gaps(value, region, expects), None, role)
            )
    return made


def _as_written(raw: str, part: Part) -> str:
    written = folded(raw[slice(*part.span)])
    return written if written.lower() == part.text else part.text


def _street_sounds_real(parts: Value) -> bool:
    """Whether a street is more than a number in front of any words ("3 recent orders", "same place")."""
    street = parts.get("street", "").lower().split()
    if not street:
        return True
    if all(word in _DULL or word in STREETS for word in street):
        return False
    known = parts.keys() & {"postcode", "state", "city", "unit", "po_box"}
    return bool(known) or any(word.strip(".") in STREETS for word in street[1:])


def _gaps(value: Value, region: str, expects: Expects) -> tuple[str, ...]:
    """What is lacking once the value joins what the open question knows already."""
    known = expects.known if expects.field == "address" else {}
    return missing("address", merge("address", known, value), region=region)


def _english(raw: str, text: str, region: str, *, cued: bool, expects: Expects) -> list[Candidate]:
    expected = expects.field == "address"
    shown, text = _spoken(raw, text) if cued else (raw, text)
    text = text.replace("\\n", ",,")  # a line end that some system wrote out
    plain = text
    if cued or ANCHOR.search(text):
        text = _SPOKEN_FILLER.sub(lambda m: "," * len(m.group()), text)
    found: list[Candidate] = []
    for start, end in stretches_en(text, cued=cued, expected=expected):
        read = read_english(text, shown, start, end, region=region)
        if cued and "postcode" not in read.spans and (code := _ZIP.search(plain, end)):
            read.take("postcode", *code.span(1))
        if _enough(read, text, cued=cued, expects=expects):
            found.append(_made(raw, read, region, expects))
    return found[:3]


def _spoken(raw: str, text: str) -> tuple[str, str]:
    """Write spoken house numbers and ZIP codes as digits, in the same width."""
    for run in spoken_numbers(text):
        if 1 < len(run.digits) <= 6 and len(run.digits) <= run.end - run.start and " " in text[run.start : run.end]:
            digits = run.digits.ljust(run.end - run.start)
            raw = raw[: run.start] + digits + raw[run.end :]
            text = text[: run.start] + digits + text[run.end :]
    return raw, text


def _enough(read: EnglishAddress, text: str, *, cued: bool, expects: Expects) -> bool:
    expected = expects.field == "address"
    parts = read.parts()
    named = parts.keys() - {"country", "building", "recipient"}
    if not named:
        return False
    place = parts.get("city", "").lower().split()
    if place and not (parts.keys() & {"street", "postcode", "state", "number"}):
        if place[-1] == "city":
            place = place[:-1]
        if not place or any(word.strip("'.,") in _DULL for word in place) or len(place) > 4:
            return False
        return (expected and _city_wanted(text, expects)) or (
            LEAD.search(text) is not None and len(place) <= 3 and read.shown[read.spans["city"][0]].isupper()
        )
    if parts.get("street", " ").lower().split(" ")[0] in _VERBS:
        return False  # "14 is wrong"
    if not expected and not _street_sounds_real(parts):
        return False
    if "street" in parts and not ({"number", "po_box", "city", "postcode"} & parts.keys()) and not expected:
        return False
    if not (named & {"street", "city", "postcode", "po_box", "unit", "floor", "number"}):
        return expected and "state" in parts
    strong = "street" in parts and ("number" in parts) and ("postcode" in parts or "city" in parts)
    return cued or strong


def _city_wanted(text: str, expects: Expects) -> bool:
    """Whether a bare word may be the city: it is asked for, or what is known is put right."""
    return not expects.known or "city" in expects.missing or _PUT_RIGHT.search(text) is not None


_PUT_RIGHT = re.compile(
    r"\b(?:no|not|nope|sorry|actually|it'?s|i mean|meant|should|rather|city|town|in|wrong|instead)\b"
)


def _made(raw: str, read: EnglishAddress, region: str, expects: Expects) -> Candidate:
    value = read.parts()
    if all(word.strip("'.,") in _DULL for word in value.get("city", "").lower().split()):
        value.pop("city", None)
        read.spans.pop("city", None)
    span = (min(s for s, _ in read.spans.values()), max(e for _, e in read.spans.values()))
    return Candidate("address", raw[span[0] : span[1]], span, value, _gaps(value, region, expects))


def _chinese(raw: str, text: str, region: str, *, cued: bool, expects: Expects) -> list[Candidate]:
    expected = expects.field == "address"
    leads = {m.end() for m in ANNOUNCED.finditer(text)}
    shown = mended(folded(raw))
    readings: list[Reading] = []
    for start, end in stretches_zh(text, expected=expected):
        read = read_chinese(text, shown, start, end)
        announced = start in leads
        if _chinese_enough(read, cued=cued, expected=expected, announced=announced) and not _elsewhere(
            read, text, expects
        ):
            readings.append(read)
    places = _apart(raw, readings, region, expects)
    if len(places) < 2:
        return places
    places = with_roles(text, places)
    new = [place for place in places if place.role == "new"]
    old = [place for place in places if place.role == "old"]
    return sorted([*old[:1], *sorted(new, key=lambda place: _weight(place.value), reverse=True)[:1]], key=_begin)


def _begin(place: Candidate) -> int:
    return place.span[0]


def _apart(raw: str, readings: list[Reading], region: str, expects: Expects) -> list[Candidate]:
    """Of readings that overlap the one that read most, or the last where they read the same parts."""
    kept: list[Reading] = []
    for read in readings:
        rivals = [other for other in kept if read.begin < other.last and other.begin < read.last]
        if all(
            _weight(read.parts) > _weight(other.parts) or read.parts.keys() == other.parts.keys() for other in rivals
        ):
            kept = [other for other in kept if other not in rivals] + [read]
    return [_candidate(raw, read, region, expects) for read in kept]


def _candidate(raw: str, read: Reading, region: str, expects: Expects) -> Candidate:
    value, span = dict(read.parts), (read.begin, read.last)
    whole = merge("address", expects.known, value) if expects.field == "address" else value
    problem = Problem.AMBIGUOUS if ambiguous_place(whole) else None
    return Candidate("address", raw[span[0] : span[1]], span, value, _gaps(value, region, expects), problem)


def _weight(value: Value) -> int:
    """How much of an address was read: divisions count twice, a place name alone for little."""
    parts = value.keys()
    return 2 * len(parts - {"poi"}) + len(parts & {"province", "city", "district"}) + ("poi" in parts)


def _elsewhere(read: Reading, text: str, expects: Expects) -> bool:
    """Whether only the short name of a district was read that the known city has not: "平房" is a bungalow too."""
    city, district = expects.known.get("city"), read.parts.get("district")
    if city is None or district is None or read.parts.keys() != {"district"} or district in text:
        return False
    return division(district, within=city) is None


def _chinese_enough(read: Reading, *, cued: bool, expected: bool, announced: bool) -> bool:
    parts = read.parts
    divisions = parts.keys() & {"province", "city", "district", "town"}
    street = parts.keys() & {"road", "community", "building", "unit", "room", "number"}
    if not cued:
        return (
            bool(divisions)
            and bool(parts.keys() & {"road", "poi", "community"})
            and bool(street - {"road", "community"})
        )
    if not parts:
        return False
    return bool(divisions or street) or (is_place(parts.get("poi", "")) and (expected or announced))
