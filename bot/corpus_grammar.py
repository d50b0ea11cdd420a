"""Plain utterances from small grammars: the sentences everybody writes, in many combinations.

What people wrote by hand is rich in odd turns and poor in ordinary ones; these make the ordinary ones common. A frame
is a text with `{slots}`, and a family of its own.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[1] / "nlu" / "corpus"
_SLOT = re.compile(r"\{([a-z_]+)\}")
_SPACES = re.compile(r" {2,}")
SEED = 20260101


def generated(language: str, folder: Path = FOLDER) -> Iterator[dict[str, Any]]:
    """Rows of the grammar of one language, always the same ones."""
    file = folder / f"grammar_{language}.yml"
    if not file.exists():
        return
    grammar = yaml.safe_load(file.read_text(encoding="utf-8"))
    chance = random.Random(SEED)  # noqa: S311 - to be the same each time
    for place, group in enumerate(grammar["frames"]):
        for number, frame in enumerate(group["say"]):
            for field, words in _subjects(grammar, group):
                yield from _rows(grammar, group, frame, field, words, f"{place}-{number}", chance, language)


def _subjects(grammar: Mapping[str, Any], group: Mapping[str, Any]) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    """The fields a frame is said of, each with its own words; once without where it is of none."""
    for field in group.get("of", [None]):
        yield field, (grammar["fields"][field] if field is not None else {})


def _rows(
    grammar: Mapping[str, Any],
    group: Mapping[str, Any],
    frame: str,
    field: str | None,
    words: Mapping[str, Any],
    family: str,
    chance: random.Random,
    language: str,
) -> Iterator[dict[str, Any]]:
    lists = {**grammar["lists"], **words}
    said = set[str]()
    for _ in range(group.get("times", 2)):
        text = frame
        while (slot := _SLOT.search(text)) is not None:
            if slot[1] not in lists:
                break
            text = text[: slot.start()] + str(chance.choice(lists[slot[1]])) + text[slot.end() :]
        text = _SPACES.sub(" ", text).strip(" ,，")
        if _SLOT.search(text) is not None or not text or text in said:
            continue  # a field without such words, or said already
        said.add(text)
        row: dict[str, Any] = {"text": _typed(text, chance), "lang": language}
        positive = group["kind"] == "positive"
        row |= {"fields": [field] if positive else [], "kind": group["kind"], "family": f"grammar-{family}"}
        if "when" in group and field is not None:
            row |= {"about": field, "holder": group.get("holder", "self")}
            row |= {"polarity": group.get("polarity", "asserted"), "when": group["when"]}
        yield row


def _typed(text: str, chance: random.Random) -> str:
    """The same as people type it: now and then without capitals or punctuation, or with a doubled or lost letter."""
    luck = chance.random()
    if luck < 0.25:
        return text[:1].upper() + text[1:]
    if luck < 0.4:
        return re.sub(r"[.,!?'，。！？]", "", text).lower()
    if luck < 0.5 and text.isascii() and len(text) > 12:
        at = chance.randrange(3, len(text) - 2)
        return text[:at] + text[at + 1 :] if text[at].isalpha() else text
    return text
