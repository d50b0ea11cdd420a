"""The model: everything understanding needs besides the message, built once and passed in as a value."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import msgspec

from nlu.acts_en import act_lexicon_en
from nlu.acts_zh import act_lexicon_zh
from nlu.cues_en import GRAMMAR_EN
from nlu.cues_zh import GRAMMAR_ZH
from nlu.custom import CustomField, Learned, learn, with_fields, with_words
from nlu.lexicon_en import lexicon_en
from nlu.lexicon_zh import lexicon_zh
from nlu.model.weights import Weights
from nlu.replaced import replaced
from nlu.rules import Grammar
from nlu.tagging import Lexicon
from nlu.types import BUILT_IN_FIELDS, Language

START = 0.7
ASK = 0.4


class Model(msgspec.Struct, frozen=True):
    """Lexicons and grammars of both languages, the fields that are switched on, and the two thresholds of the rules.

    Without `weights` for a language the rules alone decide.
    """

    fields: frozenset[str]
    english: Lexicon
    chinese: Lexicon
    english_acts: Lexicon
    chinese_acts: Lexicon
    english_grammar: Grammar
    chinese_grammar: Grammar
    custom: tuple[Learned, ...] = ()
    start: float = START
    ask: float = ASK
    weights: Mapping[Language, Weights] = msgspec.field(default_factory=dict)


def model_of(
    fields: tuple[str, ...], custom: tuple[CustomField, ...] = (), weights: Mapping[Language, Weights] | None = None
) -> Model:
    """Build the model for these fields, and learn those of the company's own. Raises UnsafePatternError."""
    base = built_in_model(tuple(name for name in fields if name in BUILT_IN_FIELDS))
    base = replaced(base, weights=weights or {})
    learned = tuple(learn(own, place) for place, own in enumerate(custom))
    if not learned:
        return base
    return replaced(
        base,
        fields=base.fields | {own.name for own in learned},
        english=with_words(base.english, learned, Language.EN),
        chinese=with_words(base.chinese, learned, Language.ZH),
        english_grammar=with_fields(base.english_grammar, learned),
        chinese_grammar=with_fields(base.chinese_grammar, learned),
        custom=learned,
    )


@functools.cache
def built_in_model(fields: tuple[str, ...] = BUILT_IN_FIELDS) -> Model:
    """Build the rules' part of the model for the fields that config.yml switches on."""
    return Model(
        fields=frozenset(fields),
        english=lexicon_en(),
        chinese=lexicon_zh(),
        english_acts=act_lexicon_en(),
        chinese_acts=act_lexicon_zh(),
        english_grammar=GRAMMAR_EN,
        chinese_grammar=GRAMMAR_ZH,
    )
