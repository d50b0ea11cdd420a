"""Signs that a field changed: rules over tags, then the scope each cue stands in."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import islice

from nlu.rules import Grammar, Rule
from nlu.tagging import Tagged
from nlu.types import Cue, Holder, Polarity, When

_NEIGHBOURHOOD = 14
"""How many words to either side a scope looks at; keeps reading linear in the length of the text."""

_MOST = 12
"""How often one rule is heard in one message; nobody changes more, and a hostile text stays cheap."""


def find_cues(tagged: Tagged, grammar: Grammar, fields: frozenset[str]) -> tuple[Cue, ...]:
    """Find the cues about `fields`, best first within a field, in the order of the text."""
    letters = frozenset(tagged.tags)
    names_field = not letters.isdisjoint(grammar.fields)
    found = [
        cue
        for rule in grammar.rules
        if (names_field or rule.field is not None) and not letters.isdisjoint(rule.needs)
        for cue in _applied(rule, tagged, grammar)
        if cue.field in fields
    ]
    return tuple(sorted(_settled(found), key=lambda cue: (cue.span, cue.field)))


def _applied(rule: Rule, tagged: Tagged, grammar: Grammar) -> Iterator[Cue]:
    tags = tagged.tags
    for match in islice(rule.shape.finditer(tags), _MOST):
        first, last = match.span()
        if rule.field is None:
            begin, end = match.span("f")
            names = dict.fromkeys(grammar.fields[letter] for letter in tags[begin:end] if letter in grammar.fields)
        else:
            names = {rule.field: None}
        polarity, holder, confidence = _scoped(rule, tags, first, last, grammar)
        for name in names:
            yield Cue(name, rule.operation, holder, polarity, When(), confidence, tagged.span(first, last))


def _scoped(rule: Rule, tags: str, first: int, last: int, grammar: Grammar) -> tuple[Polarity, Holder, float]:
    begin = first
    while begin > 0 and first - begin < _NEIGHBOURHOOD and tags[begin - 1] not in grammar.clause_ends:
        begin -= 1
    end = last
    while end < len(tags) and end - last < _NEIGHBOURHOOD:
        end += 1
        if tags[end - 1] in grammar.clause_ends:
            break
    texts = {
        "before": tags[begin:first],
        "inside": tags[first:last],
        "after": tags[last:end],
        "clause": tags[begin:end],
    }
    polarity, holder, confidence = rule.polarity, Holder.SELF, rule.confidence
    for scope in grammar.scopes:
        if (scope.only and rule.name not in scope.only) or scope.shape.search(texts[scope.where]) is None:
            continue
        if scope.unless is not None and scope.unless.search(tags, last, last + _NEIGHBOURHOOD):
            continue
        if scope.polarity is not None and polarity is Polarity.ASSERTED:
            polarity = scope.polarity
        if scope.holder is not None and holder is not Holder.OTHER:
            holder = scope.holder
        confidence *= scope.factor
    return polarity, holder, round(min(confidence, 0.99), 3)


def _settled(found: list[Cue]) -> list[Cue]:
    """One cue where several rules read the same words: a denial or doubt wins, then the surest."""
    kept: list[Cue] = []
    for cue in sorted(found, key=lambda cue: (cue.polarity is Polarity.ASSERTED, -cue.confidence, cue.span)):
        rival = next((k for k in kept if k.field == cue.field and _overlap(k, cue)), None)
        if rival is None:
            kept.append(cue)
        elif rival.holder is not Holder.OTHER and cue.holder is Holder.OTHER:
            kept[kept.index(rival)] = dataclasses.replace(rival, holder=Holder.OTHER)
    return kept


def _overlap(one: Cue, other: Cue) -> bool:
    return one.span[0] < other.span[1] and other.span[0] < one.span[1]
