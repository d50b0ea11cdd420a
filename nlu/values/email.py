"""E-mail addresses: found, also spelled out, and brought to one form (RFC 5321, 5322, 6531)."""

from __future__ import annotations

import re

from nlu.types import Candidate, Problem

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~.\-]"
_PLAIN = re.compile(rf"(?<!{_ATOM}){_ATOM}{{1,64}} ?@ ?[a-z0-9\-]{{1,63}}(?:\.[a-z0-9\-]{{1,63}}){{1,6}}")
_WIDE = re.compile(r"[^\s@,;:<>()\[\]\"，。；：、（）]{1,64}@[^\s@,;:<>()\[\]\"，。；：、（）/]{1,120}")
_BROKEN = re.compile(r"[a-z0-9._+\-]{1,64} ?@ ?[a-z0-9\-]{1,63}(?:[,。 ] ?[a-z]{2,4}\b)?")
_SPELLED = re.compile(
    r"\b(?:[a-z0-9._+\-]{1,30}(?: (?:dot|underscore|dash|hyphen|plus) | ?点 ?)?){1,4}"
    r"(?: at | ?(?:艾特|圈a|at) ?)(?:[a-z0-9\-]{1,30}(?: dot | ?点 ?)){1,3}[a-z]{2,10}\b"
)
_SIGNS = ((" dot ", "."), (" underscore ", "_"), (" dash ", "-"), (" hyphen ", "-"), (" plus ", "+"))
_LEAD = re.compile(
    r"^(?:.{0,40}\b(?:e-?mail|mail|address|it|that|one)(?: (?:address|is|to|now|should|be|s|as)){0,4} "
    r"|(?:is|to|it's|its|use|yes|no) )"
)


def find_emails(raw: str, text: str, *, bold: bool) -> list[Candidate]:
    """Find e-mail addresses; with `bold` also spelled-out and broken ones."""
    if "@" in text:
        found = [_candidate(raw, m.start(), m.end()) for m in _PLAIN.finditer(text)]
        found = [c for c in found if c is not None] or [
            c for m in _WIDE.finditer(text) if (c := _candidate(raw, m.start(), m.end())) is not None
        ]
        if found or not bold:
            return [c for c in found if c is not None]
        if broken := _BROKEN.search(text):
            span = broken.span()
            partial = raw[span[0] : span[1]]
            return [Candidate("email", partial, span, {"partial": partial}, ("email",), Problem.INVALID)]
        return []
    if bold and (" at " in text or "艾特" in text or "圈a" in text or "点" in text):
        return _spelled(raw, text)
    return []


def _spelled(raw: str, text: str) -> list[Candidate]:
    for match in _SPELLED.finditer(text):
        written, start = match.group(), match.start()
        if lead := _LEAD.match(written):
            start, written = start + lead.end(), written[lead.end() :]
        written = re.sub(r" at | ?(?:艾特|圈a) ?", "@", written, count=1)
        for spoken, sign in _SIGNS:
            written = written.replace(spoken, sign)
        written = re.sub(r" ?点 ?", ".", written)
        local, _, domain = written.rpartition("@")
        written = local.rpartition(" ")[2] + "@" + domain
        if (email := _sound(written)) is not None:
            return [Candidate("email", raw[start : match.end()], (start, match.end()), {"email": email})]
    return []


def _candidate(raw: str, start: int, end: int) -> Candidate | None:
    written = raw[start:end]
    kept = written.rstrip(".。!！?？'’*_-").lstrip("'‘*=.")
    start += len(written) - len(written.lstrip("'‘*=."))
    email = _sound(kept.replace(" ", ""))
    if email is None:
        return None
    return Candidate("email", kept, (start, start + len(kept)), {"email": email})


def _sound(written: str) -> str | None:
    # Imported here: it brings dnspython along and most chats never hold an address.
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(written, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None
