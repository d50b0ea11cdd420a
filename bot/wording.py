"""The pages' own wording: one sentence an id, English and Chinese, in bot/locales/LANGUAGE/SUBJECT.json.

What the bot says in a chat is in dialogs/locales; this is what stands on buttons, headings and errors around it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = ("en", "zh")
NAMES = {"en": "English", "zh": "中文"}
TAGS = {"en": "en", "zh": "zh-Hans"}


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every sentence of one language. An id in two files is a mistake and raised."""
    sentences: dict[str, str] = {}
    for path in sorted((LOCALES / language).glob("*.json")):
        for id, text in json.loads(path.read_text(encoding="utf-8")).items():
            if id in sentences:
                raise ValueError(f"{path}: {id} is already in another file")
            sentences[id] = text
    return sentences


def say(language: str, id: str, **values: object) -> str:
    """One sentence, with {names} filled in. An unknown id is raised, never shown."""
    text = catalogue(language)[id]
    return text.format(**values) if values else text


def chosen_language(asked: str | None, remembered: str | None, accept: str | None, otherwise: str = "en") -> str:
    """The language a page is shown in: asked for (`?lang=`), remembered (cookie), the browser's, else the company's."""
    for tag in (asked, remembered, *preferred(accept or "")):
        if tag and (language := tag.strip().lower().replace("_", "-").split("-")[0]) in LANGUAGES:
            return language
    return otherwise if otherwise in LANGUAGES else "en"


def preferred(accept: str) -> list[str]:
    """Language tags of an Accept-Language header, best first. Weights that are no numbers count as the least."""
    weighed: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept[:200].split(",")):
        tag, _, weight = part.partition(";q=")
        try:
            q = float(weight) if weight else 1.0
        except ValueError:
            q = 0.0
        if tag.strip() and q > 0:
            weighed.append((-q, place, tag))
    return [tag for _, _, tag in sorted(weighed)]
