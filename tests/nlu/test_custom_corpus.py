"""A company's own fields, learned from ten examples a language, on a hundred utterances each."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from nlu.custom import CustomField
from nlu.model import Model, model_of
from nlu.types import BUILT_IN_FIELDS, Language
from nlu.understand import understand

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CORPUS: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "corpus_custom.yml").read_text(encoding="utf-8")
)


def field_of(name: str) -> CustomField:
    """The field as config.yml would give it."""
    given = CORPUS[name]
    return CustomField(
        name,
        {language: given["label"][language.value] for language in Language},
        {language: tuple(given["examples"][language.value]) for language in Language},
        pattern=given["pattern"],
    )


@pytest.fixture(scope="module")
def model() -> Model:
    """All built-in fields, and both of the company's own."""
    return model_of(BUILT_IN_FIELDS, tuple(field_of(name) for name in CORPUS))


def reacts(text: str, name: str, model: Model) -> bool:
    read = understand(text, now=NOW, model=model)
    return name in {*read.starts, *read.asks}


@pytest.mark.parametrize("name", list(CORPUS))
def test_nine_in_ten_are_read_rightly(name: str, model: Model) -> None:
    given = CORPUS[name]
    missed = [text for text in given["react"] if not reacts(text, name, model)]
    wrong = [text for text in given["quiet"] if reacts(text, name, model)]
    right = len(given["react"]) - len(missed)
    f1 = 2 * right / (2 * right + len(missed) + len(wrong))

    assert min(len(given["react"]), len(given["quiet"])) >= 50
    assert f1 >= 0.95, f"{f1:.3f} missed {missed} wrong {wrong}"


@pytest.mark.parametrize("name", list(CORPUS))
def test_few_other_fields_are_suspected(name: str, model: Model) -> None:
    beside = [
        (text, others)
        for text in CORPUS[name]["react"]
        if (others := {*(read := understand(text, now=NOW, model=model)).starts, *read.asks} - {name})
    ]

    assert len(beside) <= 2, beside
