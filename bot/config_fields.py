"""The section `fields` of config.yml: the built-in kinds of details, and those of the company's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from bot.config_values import Section
from dialogs.request import Importance
from dialogs.types import Need
from nlu.custom import Choice, CustomField
from nlu.patterns import checked
from nlu.types import ANY, BUILT_IN_FIELDS, Language

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_LONGEST_NAME = 32
_MOST_OWN = 20
Text = Annotated[str, Field(min_length=1, max_length=120)]


class FieldSection(Section):
    """How one kind of detail is treated."""

    enabled: bool = True
    importance: Importance = Importance.ORDINARY
    sensitive: bool = False
    proofs: Annotated[tuple[Need, ...], Field(min_length=1, max_length=3)] = (Need.ON_FILE,)

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if set(self.proofs) == {Need.NEW_CONTACT}:
            raise ValueError("proofs may never be the new contact alone: add on_file or phone_on_file")
        if self.importance is Importance.IMPORTANT and Need.PHONE_ON_FILE not in self.proofs:
            raise ValueError("an important field needs phone_on_file among its proofs: an e-mail code proves a mailbox")
        return self


class WordsSection(Section):
    """The same words in both languages."""

    en: Text
    zh: Text


class ChoiceSection(WordsSection):
    """One answer to choose from. `value` is what is kept and sent to targets; the English words when not given."""

    value: Text | None = None


class ExamplesSection(Section):
    """Utterances of customers from which the bot learns how they speak of a field."""

    en: Annotated[tuple[Annotated[str, Field(min_length=2, max_length=200)], ...], Field(max_length=100)] = ()
    zh: Annotated[tuple[Annotated[str, Field(min_length=2, max_length=200)], ...], Field(max_length=100)] = ()


class OwnFieldSection(FieldSection):
    """A kind of detail of the company's own: how it is called, what for, and what its value looks like."""

    label: WordsSection
    purpose: WordsSection
    pattern: str | None = None
    choices: Annotated[tuple[ChoiceSection, ...], Field(max_length=40)] = ()
    examples: ExamplesSection = ExamplesSection()

    @field_validator("pattern")
    @classmethod
    def _usable(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            checked(pattern)
        return pattern

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.pattern is None) == (not self.choices):
            raise ValueError("needs exactly one of pattern and choices")
        if 0 < len(self.choices) < 2:
            raise ValueError("choices: one choice is none")
        kept = [choice.value or choice.en for choice in self.choices]
        if len(set(kept)) < len(kept):
            raise ValueError("choices: two have the same value")
        return self


_ORDINARY = FieldSection()
_CONTACT = FieldSection(proofs=(Need.ON_FILE, Need.NEW_CONTACT))
_IMPORTANT = FieldSection(importance=Importance.IMPORTANT, proofs=(Need.PHONE_ON_FILE,))
_SENSITIVE = _IMPORTANT.model_copy(update={"sensitive": True})


class FieldsSection(Section):
    """The kinds of details that customers may change: the built-in ones, and any further name is of the company's
    own."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, OwnFieldSection] = Field(init=False)

    address: FieldSection = _ORDINARY
    phone: FieldSection = _CONTACT
    email: FieldSection = _CONTACT
    name: FieldSection = _IMPORTANT
    id_document: FieldSection = _SENSITIVE
    company: FieldSection = _IMPORTANT
    contact_person: FieldSection = _ORDINARY
    bank_account: FieldSection = _SENSITIVE
    other_personal: FieldSection = _ORDINARY

    @model_validator(mode="after")
    def _new_contact_is_a_contact(self) -> Self:
        for name, field in self:
            if name not in {"phone", "email"} and Need.NEW_CONTACT in field.proofs:
                raise ValueError(f"{name}: new_contact proves only a phone or an e-mail address")
        return self

    @model_validator(mode="after")
    def _own_names(self) -> Self:
        for name in self.own:
            if name == ANY or len(name) > _LONGEST_NAME or _NAME.fullmatch(name) is None:
                raise ValueError(
                    f"{name}: should be a name in snake_case of at most {_LONGEST_NAME} letters, not {ANY}"
                )
        if len(self.own) > _MOST_OWN:
            raise ValueError(f"holds more than {_MOST_OWN} fields of the company's own")
        return self

    @property
    def own(self) -> Mapping[str, OwnFieldSection]:
        """The fields of the company's own by name."""
        return self.__pydantic_extra__ or {}

    @property
    def names(self) -> tuple[str, ...]:
        """All fields, the built-in ones first."""
        return (*BUILT_IN_FIELDS, *self.own)

    def to_learn(self) -> tuple[CustomField, ...]:
        """What understanding learns: the company's own fields that are switched on."""
        return tuple(_learnt(name, section) for name, section in self.own.items() if section.enabled)

    def sentences(self, language: Language) -> str:
        """The names, purposes and choices of the company's own fields, as a catalogue."""
        lines: list[str] = []
        for name, section in self.own.items():
            lines.append(f"field-{name} = {_literal(getattr(section.label, language))}")
            lines.append(f"purpose-{name} = {_literal(getattr(section.purpose, language))}")
            lines += [
                f"choice-{name}-{place} = {_literal(getattr(choice, language))}"
                for place, choice in enumerate(section.choices)
            ]
        return "\n".join(lines)


def _learnt(name: str, section: OwnFieldSection) -> CustomField:
    choices = tuple(
        Choice(choice.value or choice.en, {language: getattr(choice, language) for language in Language})
        for choice in section.choices
    )
    return CustomField(
        name,
        {language: getattr(section.label, language) for language in Language},
        {language: getattr(section.examples, language) for language in Language},
        section.pattern,
        choices,
    )


def _literal(text: str) -> str:
    """A text that means itself in a catalogue, whatever stands in it."""
    plain = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'{{ "{plain}" }}'
