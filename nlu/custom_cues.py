"""Weaker signs that a company's own field changed: its value said in the right company of words."""

from __future__ import annotations

from nlu.custom import STEM, Learned
from nlu.rules import Grammar
from nlu.tagging import Tagged
from nlu.types import Candidate, Cue, Holder, Language, Operation, Polarity, When

_CHANGE = {Language.EN: frozenset("chnw5L3"), Language.ZH: frozenset("chrnwF")}
_RESERVED = {Language.EN: frozenset("ziGgU?"), Language.ZH: frozenset("ziguUX?")}
"""Letters of denials, suppositions and other people: beside them a bare value says nothing."""
_THING = "x"

_BY_CONTEXT, _BY_VALUE, _BY_NAME = 0.6, 0.55, 0.45
_SHORT = 12


def hinted(
    text: str,
    tagged: Tagged,
    grammar: Grammar,
    language: Language,
    fields: tuple[Learned, ...],
    cues: tuple[Cue, ...],
    candidates: tuple[Candidate, ...],
) -> tuple[Cue, ...]:
    """Cues that the rules of the grammar did not give."""
    letters = frozenset(tagged.tags)
    if not letters.isdisjoint(_RESERVED[language]):
        return ()
    last = max((at for at, tag in zip(tagged.starts, tagged.tags, strict=True) if tag == _THING), default=-1)
    spoken_of = {cue.field for cue in cues}
    found = []
    for field in fields:
        value = next((one for one in candidates if one.field == field.name and one.problem is None), None)
        if value is None or field.name in spoken_of or last > value.span[0]:
            continue
        if (sure := _sureness(field, text, letters, value, language)) > 0:
            when = When()
            found.append(Cue(field.name, Operation.CHANGED, Holder.SELF, Polarity.ASSERTED, when, sure, value.span))
    return tuple(found)


def _sureness(field: Learned, text: str, letters: frozenset[str], value: Candidate, language: Language) -> float:
    if any(_within(context, text, language) for context in field.contexts[language]):
        return _BY_CONTEXT
    if field.telling and not letters.isdisjoint(_CHANGE[language]):
        return _BY_VALUE
    if field.letter in letters and field.choices:
        return _BY_VALUE
    if field.letter in letters and (field.telling or len(text) - value.span[1] < _SHORT):
        return _BY_NAME
    return 0.0


def _within(context: frozenset[str], text: str, language: Language) -> bool:
    if language is Language.ZH:
        return all(word in text for word in context)
    words = {word.strip(".,!?")[:STEM] for word in text.split()}
    return context <= words
