"""The message catalogues: `dialogs/locales/*.ftl`, read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources

from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast

from bot.sentences import NeedsFluentError, Part, parts_of, written
from dialogs.replies import Catalogues
from nlu.types import Language

_LOCALES = {Language.EN: "en", Language.ZH: "zh-CN"}


class FluentCatalogue:
    """The sentences of one language, in Project Fluent's syntax. No isolation marks: people copy values from chats.

    Most sentences are texts, words and choices, and are put together here; Fluent itself, which costs ten times as
    much, writes those that need its rules for numbers and plurals.
    """

    def __init__(self, locale: str, source: str) -> None:
        self._bundle = FluentBundle([locale], use_isolating=False)
        self._messages: dict[str, ast.Message] = {}
        self._parts: dict[str, tuple[Part, ...] | None] = {}
        self.add(source)

    def add(self, source: str) -> None:
        """Add a company's own sentences, such as the names of its own fields; an id already there is kept."""
        resource = FluentResource(source)
        self._bundle.add_resource(resource)
        for entry in resource.body:
            if isinstance(entry, ast.Message):
                self._messages.setdefault(entry.id.name, entry)
        self._parts.clear()

    def format(self, id: str, args: Mapping[str, object]) -> str:
        """Write the sentence; KeyError for an unknown id."""
        if id not in self._parts:
            self._parts[id] = self._read(id)
        if (parts := self._parts[id]) is not None:
            try:
                return written(parts, args)
            except NeedsFluentError:
                pass
        return self._by_fluent(id, args)

    def _read(self, id: str) -> tuple[Part, ...] | None:
        """The parts of a sentence; None when Fluent must write it."""
        try:
            return parts_of(id, self._messages)
        except NeedsFluentError:
            return None

    def _by_fluent(self, id: str, args: Mapping[str, object]) -> str:
        pattern = self._bundle.get_message(id).value  # LookupError when there is no such message
        if pattern is None:
            raise KeyError(id)
        text, errors = self._bundle.format_pattern(pattern, dict(args))
        if errors:
            raise ValueError(f"the sentence {id!r} cannot be written: {type(errors[0]).__name__}")
        return str(text)


@cache
def load_catalogues() -> Catalogues:
    """The catalogues of all languages, built once per process."""
    return {language: FluentCatalogue(locale, _source(language)) for language, locale in _LOCALES.items()}


def catalogues_with(own: Callable[[Language], str]) -> Catalogues:
    """The same with a company's own sentences: the names, purposes and choices of its own fields."""
    added = {language: own(language) for language in _LOCALES}
    if not any(added.values()):
        return load_catalogues()
    found = {language: FluentCatalogue(locale, _source(language)) for language, locale in _LOCALES.items()}
    for language, catalogue in found.items():
        catalogue.add(added[language])
    return found


def _source(language: Language) -> str:
    return (resources.files("dialogs") / "locales" / f"{language.value}.ftl").read_text(encoding="utf-8")
