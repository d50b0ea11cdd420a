"""The corpus of labelled utterances: large, checked, split by family, and measured on what was kept from training."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from bot.corpus import GRAMMAR, CorpusError, Row, read_corpus
from bot.corpus_grammar import generated
from bot.measuring import measured, told
from bot.model_file import shipped_weights
from nlu.types import Language

ROWS = read_corpus()
WRITTEN = [row for row in ROWS if not row.family.startswith(GRAMMAR)]
HELD_OUT = [row for row in ROWS if row.held_out]
GOOD = {"text": "I moved", "lang": "en", "fields": ["address"], "kind": "positive", "family": "moved"}
SCOPE = {"about": "address", "holder": "self", "polarity": "asserted", "when": "now"}


def plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def test_there_are_many_utterances_and_as_many_negatives_as_positives() -> None:
    for language in Language:
        kinds = Counter(row.kind for row in WRITTEN if row.language is language)

        assert sum(kinds.values()) >= 6_000
        assert kinds["hard"] + kinds["easy"] >= kinds["positive"]


def test_no_family_stands_on_both_sides_and_no_text_is_there_twice() -> None:
    sides: dict[str, set[bool]] = {}
    for row in ROWS:
        sides.setdefault(row.family, set()).add(row.held_out)
    times = Counter(plain(row.text) for row in WRITTEN)

    assert all(len(side) == 1 for side in sides.values())
    assert [text for text, count in times.items() if count > 1] == []


def test_nothing_generated_is_measured() -> None:
    assert not any(row.held_out for row in ROWS if row.family.startswith(GRAMMAR))


def test_the_grammars_make_the_same_rows_each_time() -> None:
    for language in Language:
        assert list(generated(language.value)) == list(generated(language.value))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "en.jsonl:2"),
        (json.dumps(GOOD | {"kind": "odd"}), "kind and fields"),
        (json.dumps(GOOD | {"fields": []}), "kind and fields"),
        (json.dumps(GOOD | {"fields": ["shoe"]}), "kind and fields"),
        (json.dumps(GOOD | {"about": "address"}), "go together"),
        (json.dumps(GOOD | SCOPE | {"when": "once"}), "unknown word"),
        (json.dumps(GOOD | {"lang": "fr"}), "en.jsonl:2"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "en.jsonl").write_text(json.dumps(GOOD) + "\n" + line + "\n", encoding="utf-8")

    with pytest.raises(CorpusError, match=says):
        read_corpus(tmp_path)


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="holds no corpus"):
        read_corpus(tmp_path)


def test_the_figures_count_what_they_say() -> None:
    rows = [
        Row("I moved", Language.EN, ("address",), "positive", "a", "address", "self", "asserted", "now"),
        Row("where is my parcel?", Language.EN, (), "easy", "b"),
        Row("I haven't moved", Language.EN, (), "hard", "c", "address", "self", "negated", "now"),
    ]

    figures = measured(rows, shipped_weights())["en"]

    assert (figures["detect"]["f1"], figures["field"]["f1"], figures["hard false starts"]["share"]) == (1.0, 1.0, 0.0)
    assert figures["scope"]["polarity"] == {"share": 1.0, "±": figures["scope"]["polarity"]["±"], "n": 2}
    assert any("address" in line for line in told({"en": figures}))
