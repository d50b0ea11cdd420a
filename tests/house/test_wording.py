"""Pages speak both languages: the same ids, the same names to fill in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from string import Formatter

import pytest

from bot.wording import LANGUAGES, LOCALES, catalogue

SUBJECTS = sorted(path.name for path in (LOCALES / "en").glob("*.json"))


def sentences(language: str, subject: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((LOCALES / language / subject).read_text(encoding="utf-8"))
    return found


def test_every_subject_is_there_in_every_language() -> None:
    for language in LANGUAGES:
        assert sorted(path.name for path in (LOCALES / language).glob("*.json")) == SUBJECTS
        assert catalogue(language)  # no id twice


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_sentence_is_there_in_both_languages_with_the_same_names(subject: str) -> None:
    english, chinese = (sentences(language, subject) for language in ("en", "zh"))

    assert english.keys() == chinese.keys()
    for id, text in english.items():
        assert text.strip()
        assert chinese[id].strip()
        assert names(text) == names(chinese[id]), id


def names(text: str) -> set[str]:
    """What a sentence leaves open."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_sentence_is_said_somewhere() -> None:
    """An id stands, whole or by its beginning, in code, a template or a script."""
    bot = Path(LOCALES).parent
    files = [*bot.rglob("*.py"), *bot.rglob("*.html"), *(bot / "static").glob("*.js")]
    said = "\n".join(file.read_text(encoding="utf-8") for file in files)
    starts = set(re.findall(r"[\"'`]([a-z][a-z0-9]*(?:-[a-z0-9]+)*-)(?:[\"'`{$%])", said))

    left_over = [id for id in catalogue("en") if id not in said and not any(id.startswith(start) for start in starts)]
    assert left_over == []
