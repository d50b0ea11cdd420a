"""Every value in one utterance."""

from __future__ import annotations

import re
from datetime import datetime

from nlu.normalise import normalise
from nlu.types import Candidate, Expects, Language
from nlu.values.address import find_addresses
from nlu.values.divisions import names as division_names
from nlu.values.email import find_emails
from nlu.values.identity import find_bank_accounts, find_id_documents
from nlu.values.name import find_names
from nlu.values.others import find_companies, find_contact_persons, find_other_personal
from nlu.values.phone import find_phones
from nlu.values.phone_answer import tail_put_right
from nlu.values.roles import with_roles

_LONGEST = 4096
_HINT = re.compile(r"\d|@|[幺一二三四五六七八九零]|\b(?:one|two|three|four|five|six|seven|eight|nine|zero)\b")


def prepare(language: Language) -> None:
    """Build the indexes that the first utterance in `language` would otherwise wait for."""
    if language is Language.ZH:
        division_names()


def find_values(
    raw: str, *, language: Language, region: str, now: datetime, expects: Expects, fields: frozenset[str]
) -> tuple[Candidate, ...]:
    """Find values of `fields` boldly, of any other field only where the text speaks for itself."""
    wanted = fields | ({expects.field} if expects.field else frozenset[str]())
    raw = raw[:_LONGEST]
    text = normalise(raw)
    if not wanted and _HINT.search(text) is None:
        return ()
    found = find_emails(raw, text, bold="email" in wanted)
    text = _blanked(text, found)
    found += _numbers(raw, text, region=region, expects=expects, wanted=wanted)
    text = _blanked(text, found)
    if "address" in wanted or (not wanted and _HINT.search(text)):
        found += find_addresses(raw, text, region=region, cued="address" in wanted, expects=expects)
    found += _words(raw, text, expects=expects, wanted=wanted, phones=[c for c in found if c.field == "phone"])
    found.sort(key=lambda candidate: candidate.span)
    return tuple(with_roles(normalise(raw), found))


def _numbers(raw: str, text: str, *, region: str, expects: Expects, wanted: frozenset[str]) -> list[Candidate]:
    found = find_id_documents(raw, text, cued="id_document" in wanted)
    text = _blanked(text, found)
    if "bank_account" in wanted:
        found += [c for c in find_bank_accounts(raw, text) if c.problem is None or "phone" not in wanted]
        text = _blanked(text, found)
    if expects.field == "phone" and (ending := tail_put_right(raw, text, expects.known)) is not None:
        return [*found, ending]
    cued = bool(wanted & {"phone", "contact_person"})
    return found + find_phones(raw, text, region=region, cued=cued, expected=expects.field == "phone")


def _words(
    raw: str, text: str, *, expects: Expects, wanted: frozenset[str], phones: list[Candidate]
) -> list[Candidate]:
    found: list[Candidate] = []
    if "name" in wanted:
        found += find_names(raw, text, expected=expects.field == "name")
    if "company" in wanted:
        found += find_companies(raw, text)
    if "contact_person" in wanted:
        found += find_contact_persons(raw, text, phones)
    if "other_personal" in wanted:
        found += find_other_personal(raw, text, expected=expects.field == "other_personal")
    return found


def _blanked(text: str, found: list[Candidate]) -> str:
    """Put line ends where values were read, so that nothing is read twice or across them."""
    for candidate in found:
        start, end = candidate.span
        text = text[:start] + "\n" * (end - start) + text[end:]
    return text
