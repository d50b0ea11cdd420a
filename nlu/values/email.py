"""E-mail addresses: found, also spelled out, and brought to one form (RFC 5321, 5322, 6531)."""

from __future__ import annotations

import re

from nlu.normalise import folded
from nlu.types import Candidate, Problem, Span, Value
from nlu.values.mailbox import doubtful, spelled_out

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~.\-]"
_PLAIN = re.compile(rf"(?<!{_ATOM}){_ATOM}{{1,64}} ?@ ?[a-z0-9\-]{{1,63}}(?:\.[a-z0-9\-]{{1,63}}){{1,6}}")
_WIDE = re.compile(r"[^\s@,;:<>()\[\]\"，。；：、（）]{1,64}@[^\s@,;:<>()\[\]\"，。；：、（）/]{1,120}")
_BROKEN = re.compile(r"[a-z0-9._+\-]{1,64} ?@{1,3} ?[a-z0-9.\-]{1,63}(?:[,。 ] ?[a-z]{2,4}\b)?")
_WITHOUT_AT = re.compile(
    r"[\s\"']{0,3}([a-z0-9_\-]{1,40}(?:\.[a-z0-9_\-]{1,40}){1,3}\.(?:com|net|org|cn|uk|edu))[\s.\"']{0,3}"
)


def find_emails(raw: str, text: str, *, bold: bool, known: Value | None = None) -> list[Candidate]:
    """Find e-mail addresses; with `bold` also spelled-out and broken ones. One whose provider looks mistyped is
    ambiguous, unless it is `known` already, that is, sent a second time."""
    asked = (known or {}).get("partial", "")
    if "@" in text:
        found = [_candidate(raw, m.start(), m.end(), asked) for m in _PLAIN.finditer(text)]
        found = [c for c in found if c is not None] or [
            c for m in _WIDE.finditer(text) if (c := _candidate(raw, m.start(), m.end(), asked)) is not None
        ]
        if found or not bold:
            return [c for c in found if c is not None]
    if not bold:
        return []
    if spelled := spelled_out(text):
        written, span, sure = spelled
        email = _sound(written)
        if email is not None:
            return [_made(raw, span, email, sure=sure and not doubtful(email), asked=asked)]
    broken = _BROKEN.search(text) if "@" in text else _WITHOUT_AT.fullmatch(text)
    if broken is None:
        return []
    span = broken.span(broken.re.groups)
    partial = raw[slice(*span)]
    return [Candidate("email", partial, span, {"partial": partial}, ("email",), Problem.INVALID)]


def _made(raw: str, span: Span, email: str, *, sure: bool, asked: str) -> Candidate:
    if sure or email == asked:
        return Candidate("email", raw[slice(*span)], span, {"email": email})
    return Candidate("email", raw[slice(*span)], span, {"partial": email}, ("email",), Problem.AMBIGUOUS)


def _candidate(raw: str, start: int, end: int, asked: str) -> Candidate | None:
    written = folded(raw[start:end])
    kept = written.rstrip(".。!！?？'’*_-").lstrip("'‘*=.")
    start += len(written) - len(written.lstrip("'‘*=."))
    email = _sound(kept.replace(" ", ""))
    if email is None:
        return None
    return _made(raw, (start, start + len(kept)), email, sure=not doubtful(email), asked=asked)


def _sound(written: str) -> str | None:
    # Imported here: it brings dnspython along and most chats never hold an address.
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(written, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None
