"""E-mail addresses as they are spoken ("li dot wei at example dot com", "li点wei艾特…"), and providers mistyped."""

# ruff: noqa: SIM905 - lists of words read better as text

from __future__ import annotations

import re

from nlu.types import Span
from nlu.values.chinese import spoken_digits

_DOT = r"(?: ?\(dot\) ?| ?\[dot\] ?| dot | point | ?点 ?|\.)"
_AT = re.compile(
    r"(?P<at> at sign | ?\(at\) ?| ?\[at\] ?| ?(?:艾特|圈a|小老鼠|at符号) ?| ?@ ?| at )"
    rf"(?P<domain>[a-z0-9\-]{{1,40}}(?:{_DOT}[a-z0-9\-]{{1,30}}){{1,3}}|"
    r"(?:gmail|hotmail|outlook|yahoo|icloud|qq|163|126) com)(?![a-z0-9])"
)
_TOKEN = re.compile(r"[a-z0-9][a-z0-9._+'\-]*|点|下划线|中?横?杠|减号|加号")
_SIGNS = {
    "dot": ".",
    "point": ".",
    "点": ".",
    "underscore": "_",
    "下划线": "_",
    "dash": "-",
    "hyphen": "-",
    "minus": "-",
    "杠": "-",
    "横杠": "-",
    "中横杠": "-",
    "减号": "-",
    "plus": "+",
    "加号": "+",
}
_DIGITS = dict(zip("zero one two three four five six seven eight nine".split(), "0123456789", strict=True))
_LEADS = frozenset(
    "is it's its it to email e-mail mail address use now be yes no and that's with by at as on should new try one "
    "please sure ok okay so changed i'm here me".split()
)
_FAR = 80

_OWN_ENDS = {
    "gmail": "com",
    "googlemail": "com",
    "hotmail": "",
    "outlook": "",
    "yahoo": "",
    "icloud": "com",
    "foxmail": "com",
    "protonmail": "com",
    "qq": "com",
    "163": "com",
    "126": "com",
    "139": "com",
}
"""Providers, and the one ending each has; "" where it has several."""
_NEIGHBOURS = frozenset("mail ymail email gmx rocketmail fastmail hushmail tutamail inmail".split())
_NO_ENDS = frozenset("con cmo ocm comm vom xom cpm clm cim cok coom cm om nte ner ogr orgg cnn".split())
"""Endings that no domain has, or that among providers are a slip of the finger."""


def spelled_out(text: str) -> tuple[str, Span, bool] | None:
    """The address that is spelled out, where, and whether it is certain where it begins; None when there is none."""
    read = spoken_digits(text)
    for match in _AT.finditer(read):
        local, start, sure = _local(read, match.start())
        if local:
            domain = re.sub(_DOT, ".", match["domain"])
            certain = sure and " " not in domain
            return f"{local}@{domain.replace(' ', '.')}", (start, match.end()), certain
    return None


def _local(text: str, end: int) -> tuple[str, int, bool]:
    """Read the part before the @ backwards, word by word."""
    words = list(_TOKEN.finditer(text, max(0, end - _FAR), end))
    local, start, joined, single = "", end, True, True
    while words and not text[words[-1].end() : start].strip(" "):
        word = words[-1].group()
        shown = _SIGNS.get(word) or _DIGITS.get(word, word)
        sign = shown in _SIGNS.values()
        letter = len(shown) == 1 and (single or local[:1].isdigit())
        number = local[:1].isdigit() and word.isalpha() and word not in _LEADS
        if local and not (joined or sign or letter or number):
            break
        local, start, joined = shown + local, words.pop().start(), sign
        single = single and len(shown) == 1
    before = words[-1] if words and not text[words[-1].end() : start].strip(" ") else None
    sure = before is None or before.group() in _LEADS
    return local.strip(".-+"), start, sure


def doubtful(email: str) -> bool:
    """Whether the domain looks like a well-known one with a slip of the finger in it."""
    domain = email.rpartition("@")[2].lower()
    name, _, ending = domain.partition(".")
    if ending in _NO_ENDS:
        return True
    if name in _OWN_ENDS:
        return bool(_OWN_ENDS[name]) and ending != _OWN_ENDS[name] and not (name == "126" and ending == "net")
    if name in _NEIGHBOURS or not ending.startswith(("com", "co.")):
        return False
    return any(len(known) >= 5 and _one_slip(name, known) for known in _OWN_ENDS)


def _one_slip(written: str, known: str) -> bool:
    """Whether one letter was added, left out, replaced or swapped with its neighbour."""
    if abs(len(written) - len(known)) > 1:
        return False
    at = next(
        (i for i, (a, b) in enumerate(zip(written, known, strict=False)) if a != b), min(len(written), len(known))
    )
    rest, meant = written[at:], known[at:]
    return (
        rest[1:] == meant[1:]
        or rest[1:] == meant
        or rest == meant[1:]
        or (rest[:2] == meant[1::-1] and rest[2:] == meant[2:])
    )
