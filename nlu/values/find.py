"""Every value in one utterance."""

from __future__ import annotations

import re
from datetime import datetime

from nlu.custom import Learned
from nlu.normalise import normalise
from nlu.types import Ask, Candidate, Expects, Language
from nlu.values.address import find_addresses
from nlu.values.company import find_companies
from nlu.values.contact_person import find_contact_persons
from nlu.values.custom import find_custom
from nlu.values.divisions import names as division_names
from nlu.values.email import find_emails
from nlu.values.identity import find_bank_accounts, find_id_documents
from nlu.values.name import find_names
from nlu.values.personal import find_other_personal
from nlu.values.phone import find_phones
from nlu.values.phone_answer import tail_put_right
from nlu.values.roles import with_roles
from nlu.values.towns import counties

_LONGEST = 4096
_HINT = re.compile(r"\d|@|[幺一二三四五六七八九零]|\b(?:one|two|three|four|five|six|seven|eight|nine|zero)\b")


def prepare(language: Language) -> None:
    """Build the indexes that the first utterance in `language` would otherwise wait for."""
    if language is Language.ZH:
        division_names()
        counties()


def find_values(
    raw: str,
    *,
    language: Language,
    region: str,
    now: datetime,
    expects: Expects,
    fields: frozenset[str],
    custom: tuple[Learned, ...] = (),
) -> tuple[Candidate, ...]:
    """Find values of `fields` boldly, of any other field only where the text speaks for itself."""
    wanted = fields | ({expects.field} if expects.field else frozenset[str]())
    raw = raw[:_LONGEST]
    text = normalise(raw)
    if not wanted and not custom and _HINT.search(text) is None:
        return ()
    own: list[Candidate] = []
    if custom:
        asked = expects.field if expects.ask is Ask.SLOT else None
        own = find_custom(raw, text, custom, bold=wanted, expected=asked)
        text = _blanked(text, own)
    found = own + find_emails(
        raw, text, bold="email" in wanted, known=expects.known if expects.field == "email" else None
    )
    text = _blanked(text, found)
    found += _numbers(raw, text, region=region, expects=expects, wanted=wanted)
    text = _blanked(text, found)
    if "address" in wanted or (not wanted and _HINT.search(text)):
        found += find_addresses(raw, text, region=region, cued="address" in wanted, expects=expects)
    answer = _answer(text, expects)
    found += _words(raw, text, answer, expects=expects, wanted=wanted, phones=[c for c in found if c.field == "phone"])
    found = _without_their_phone(found, wanted)
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
    expected = expects.field == "phone" or (expects.field == "contact_person" and expects.ask is Ask.SLOT)
    return found + find_phones(raw, text, region=region, cued=cued, expected=expected)


_CORRECTING = re.compile(
    r"\s*(?:no|nope|actually|sorry|不对?|不是的?|错了|哦|等等)[\s,.!，。！]{0,3}"
    r"(?:it'?s|it is|it should be|should be|that'?s|make it|应该是|应该叫|是|叫|改成|换成)\s?"
)


def _answer(text: str, expects: Expects) -> str | None:
    """The text when it may be a bare answer in free words, what introduces a correction blanked; None otherwise."""
    correcting = _CORRECTING.match(text)
    if correcting is not None:
        return " " * correcting.end() + text[correcting.end() :]
    return text if expects.ask is Ask.SLOT else None


def _words(
    raw: str, text: str, answer: str | None, *, expects: Expects, wanted: frozenset[str], phones: list[Candidate]
) -> list[Candidate]:
    found: list[Candidate] = []
    if "name" in wanted:
        found += find_names(raw, text, expected=expects.field == "name")
    if "company" in wanted:
        found += find_companies(raw, text, answer if expects.field == "company" else None)
    if "contact_person" in wanted:
        found += find_contact_persons(raw, text, phones, answer if expects.field == "contact_person" else None)
    if "other_personal" in wanted:
        found += find_other_personal(raw, text, answer if expects.field == "other_personal" else None)
    return found


def _without_their_phone(found: list[Candidate], wanted: frozenset[str]) -> list[Candidate]:
    """The number of a contact person is not the customer's own."""
    if "phone" in wanted or not any(c.field == "contact_person" for c in found):
        return found
    return [c for c in found if c.field != "phone"]


def _blanked(text: str, found: list[Candidate]) -> str:
    """Put line ends where values were read, so that nothing is read twice or across them."""
    for candidate in found:
        start, end = candidate.span
        text = text[:start] + "\n" * (end - start) + text[end:]
    return text
