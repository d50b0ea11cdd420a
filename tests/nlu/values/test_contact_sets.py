"""The invented sets of phones, e-mails and names, each in every form that people give it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu.types import Candidate
from tests.nlu.values.conftest import Find

SETS = Path(__file__).parent / "sets"


def lines(name: str) -> list[tuple[str, ...]]:
    rows = (SETS / name).read_text("utf-8").splitlines()
    return [tuple(row.split("|")) for row in rows if row and not row.startswith("#")]


def told(candidate: Candidate, part: str) -> str:
    if candidate.problem is not None:
        return f"?{candidate.problem}"
    extension = candidate.value.get("extension")
    return candidate.value.get(part, "") + (f"x{extension}" if extension else "")


@pytest.mark.parametrize(("region", "text", "wanted"), lines("phones.txt"))
@pytest.mark.parametrize("expected", [True, False], ids=["answer", "in passing"])
def test_phone_is_read(region: str, text: str, wanted: str, expected: bool, find: Find) -> None:
    found = find(text, "phone", expects="phone" if expected else None, region=region)

    new = [told(c, "e164") for c in found if c.field == "phone" and c.role == "new"]

    assert new[:1] == [wanted] or (wanted == "-" and all(value.startswith("?") for value in new))


@pytest.mark.parametrize(("text", "wanted"), lines("emails.txt"))
def test_email_is_read_or_asked_back(text: str, wanted: str, find: Find) -> None:
    new = [told(c, "email") for c in find(text, expects="email") if c.field == "email" and c.role == "new"]

    assert new[:1] == [wanted] or (wanted in {"-", "?"} and all(value.startswith("?") for value in new))


def test_mistyped_provider_sent_twice_is_meant(find: Find) -> None:
    (first,) = find("ana@gmial.com", expects="email")
    (second,) = find("ana@gmial.com", expects="email", known=first.value)

    assert told(first, "email") == "?ambiguous"
    assert second.value == {"email": "ana@gmial.com"}


@pytest.mark.parametrize("line", lines("names.txt"), ids=lambda line: line[0])
def test_name_is_read(line: tuple[str, ...], find: Find) -> None:
    text, *wanted = line
    new = [c.value for c in find(text, expects="name") if c.field == "name" and c.role == "new"]

    match wanted:
        case ["-"]:
            assert new == []
        case ["?"]:
            assert all(value.keys() <= {"full", "given_name", "family_name"} for value in new)
        case [full]:
            assert new[0]["full"] == full
        case [given, family]:
            assert (new[0].get("given_name", ""), new[0].get("family_name", "")) == (given, family)
