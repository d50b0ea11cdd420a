"""Sentences put together without Fluent read exactly as Fluent writes them."""

from __future__ import annotations

import pytest
from fluent.runtime import FluentBundle, FluentResource

from bot.catalogues import FluentCatalogue
from nlu.types import Language
from tests.dialogs.test_catalogues import arguments, entries, source

LOCALES = {Language.EN: "en", Language.ZH: "zh-CN"}
TRIED = ("none", "yes", "remove", "12 Oak Street", "", 0, 1, 2, 1234)


@pytest.mark.parametrize("language", Language)
def test_every_sentence_reads_as_fluent_writes_it(language: Language) -> None:
    catalogue = FluentCatalogue(LOCALES[language], source(language))
    bundle = FluentBundle([LOCALES[language]], use_isolating=False)
    bundle.add_resource(FluentResource(source(language)))

    for id in entries(language):
        for tried in TRIED:
            args = dict.fromkeys(arguments(id, language), tried)
            value = bundle.get_message(id).value
            assert value is not None
            text, errors = bundle.format_pattern(value, args)
            assert errors == []
            assert catalogue.format(id, args) == text, (id, tried)


@pytest.mark.parametrize(
    "sentence",
    [
        "{ -brand }",
        "{ NUMBER($n) }",
        "{ $n ->\n    [one] one\n   *[other] { $n }\n }",
        "{ $n ->\n    [1.5] half\n   *[other] no\n }",
        "{ 3 }",
        "{ { $n } }",
    ],
)
def test_what_needs_fluent_is_left_to_it(sentence: str) -> None:
    catalogue = FluentCatalogue("en", f"-brand = TellOnce\nsaid = {sentence}\n")

    for n in (1, 1234):
        assert catalogue.format("said", {"n": n}) == catalogue._by_fluent("said", {"n": n})


def test_a_lacking_argument_is_raised() -> None:
    catalogue = FluentCatalogue("en", "hello = Hello, { $name }\n")

    with pytest.raises(ValueError, match="hello"):
        catalogue.format("hello", {})


def test_a_sentence_that_is_there_already_is_kept() -> None:
    catalogue = FluentCatalogue("en", "hello = Hello\n")

    catalogue.add("hello = Howdy\nfield-pet = pet\nboth = { hello } { field-pet }\n")

    assert catalogue.format("hello", {}) == "Hello"
    assert catalogue.format("both", {}) == "Hello pet"
