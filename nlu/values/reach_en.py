"""Where in an English utterance an address stands."""

from __future__ import annotations

import re

from nlu.types import Span
from nlu.values.places_en import STREETS

_STREET_WORD = "|".join(
    sorted(
        STREETS - {"cross", "pass", "hall", "rise", "close", "walk", "view", "point", "run", "way", "place", "path"},
        key=len,
        reverse=True,
    )
)
ANCHOR = re.compile(
    rf"(?<![\w#/.-])(?<!apt )(?<!apt. )(?<!unit )(?<!flat )(?<!studio )(?<!suite )(?<!ste )(?<!apartment )(?<!room "
    rf")(?<!floor )(?<!# )\d{{1,6}}[a-z]?(?:-\d{{1,5}})?(?: ?1/2| ?½)?,? +(?!(?:at|to|and|or|in) )"
    rf"(?:[a-z0-9.'’&-]{{1,20}} +){{0,5}}?(?:{_STREET_WORD}|way|place|close(?=,|$))\b"
    r"|\b(?:p\.? ?o\.? ?box|post office box)\b|(?<![a-z0-9])[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}(?![a-z0-9])"
)
"""What only an address holds: a number with a street, a PO box, a British postcode."""
LEAD = re.compile(
    r"\b(?:address(?:es)?(?: (?:is|are|to|now|as|of|should be|would be|will be|changed to|from|"
    r"the|new|one|on file|located|at))*|(?:moved|moving|move|relocated|relocating) (?:from [^,.;]{2,40}? "
    r")?(?:in)?to|moving "
    r"in|"
    r"(?:live|lives|living|reside|residing|located|staying) (?:as|at|in|on)|deliver(?:ed)? to|"
    r"ship(?:ped)? (?:it |that )?to|sent to|(?:mail|post|it|everything) goes to|send (?:it|everything|mail|post) to|"
    r"(?:change|update|changed|updated|correct|make|switch)(?: (?:it|that|this))? to|it'?s|it "
    r"is|that'?s|it should be|should be|is now|new one is|new place(?: is)?(?: at)?|in)[ :,]{1,3}"
)
"""Words that announce an address."""
_END = re.compile(
    r"[?!]|\s[-–—]\s(?=(?:can|could|please|thanks|thank|i|we|my|the|it|is|will|would|so|and|not|old)\b)|\.(?=\s+(?:i|my|please|can|could|thanks|thank|so|the|it|this|you|also|and|let|what|"
    r"is|if|we)\b)|\b(?:effective|starting|as of|from (?:now|next|the|[a-z]+day)|since|because|"
    r"instead|until|"
    r"please|thanks|thank you|can (?:you|i|we)|could (?:you|i)|would you|will (?:you|that)|i (?:am|"
    r"have|want|need|would|just|don|will|was|believe|also)|we (?:are|have|just|also)|and (?:my|"
    r"the|i|we|also|ssn|please|can|phone|ac|it)|but|"
    r"my (?:phone|number|email|name|account|new|old|zip)|last (?:week|month|year|night|monday|"
    r"friday|weekend)|next (?:week|month|year)|yesterday|today|tomorrow|this (?:is|week|month)|"
    r"is (?:correct|right|my|the)|not \w+|"
    r"now(?=[\s.!]*$)|and now|now (?:live|living|at)|"
    r"i mean(?:t)?|i (?:think|guess)|after all|that'?s (?:the|my|our|it)|lol|"
    r"on my (?:account|profile|file)|and so|which is)\b|\bto "
    r"(?=\d)|->|→"
)
_TALK = re.compile(LEAD.pattern + r"|\b(?:this|is|my|and|i|was|are|have|for|so|number|want|we|from|moved|left)\b")
_FILLER = re.compile(
    r"(?:\s*(?:no|nope|yes|yeah|yep|ok|okay|sure|hi|hello|hey|sorry|oops|actually|it'?s|its|it "
    r"is|that'?s|the|new|my|new address|address|is|at|to|and|of course|certainly|correction|well|"
    r"so|um|uh|ugh|oh|ah|hmm|wait|actually|i mean|i meant|make that|it was|was|still|"
    r"in|now|here|home|please|use|set|put|send|:|,|\.)(?=[\s,.:]|$))+[\s,.:]*"
)


def stretches_en(text: str, *, cued: bool, expected: bool) -> list[Span]:
    stretches: list[Span] = []
    at = 0
    while (anchor := ANCHOR.search(text, at)) is not None and len(stretches) < _MOST:
        far = 60 if text[anchor.start()].isdigit() else 140  # a postcode ends an address, a number begins one
        bare = expected and not stretches and anchor.start() < far and _TALK.search(text, 0, anchor.start()) is None
        lead = None if bare or far == 60 else _last_lead(text, anchor.start())
        start = _skip_filler(text, 0) if bare else lead if lead is not None else _house_begin(text, anchor.start(), at)
        stretches.append((start, _stop(text, anchor.end(), len(text))))
        at = stretches[-1][1]
    if stretches:
        return stretches
    if not cued:
        return []
    leads = list(LEAD.finditer(text))
    if leads:
        start = _skip_filler(text, leads[-1].end())
        return [(start, _stop(text, start, len(text)))]
    if expected:
        start = _skip_filler(text, 0)
        return [(start, _stop(text, start, len(text)))]
    return []


def _last_lead(text: str, end: int) -> int | None:
    """Where the last words that announce an address end; None when there are none before `end`."""
    leads = [match.end() for match in LEAD.finditer(text, 0, end)]
    return leads[-1] if leads else None


_MOST = 6
"""How many addresses one message is taken to hold."""
_BEFORE_HOUSE = re.compile(r"(?:(?:(?!(?:from|to|at|is|was|not|now)\b)[a-z0-9'’.#-]{1,20} ?){1,4}(?:, ?| at )){1,2}")


def _house_begin(text: str, start: int, after: int) -> int:
    """Begin behind the words that announce the address where only a house, a floor or the city is between."""
    lead = _last_lead(text, start)
    if lead is not None and after <= lead < start and start - lead < 48 and _BEFORE_HOUSE.fullmatch(text, lead, start):
        return lead
    return _flat_before(text, start)


def _flat_before(text: str, start: int) -> int:
    """Begin at "flat 3," where it stands before the house number."""
    match = re.search(
        r"(?:\b(?:apartment|apt|unit|suite|flat|room)\.? ?#?\d{1,5}[a-z]?|\b[a-z]+ house),? ?$",
        text[max(0, start - 24) : start],
    )
    return start - (len(match.group()) if match else 0)


def _skip_filler(text: str, start: int) -> int:
    match = _FILLER.match(text, start)
    return match.end() if match else start


def _stop(text: str, start: int, end: int) -> int:
    match = _END.search(text, start)
    return match.start() if match else end
