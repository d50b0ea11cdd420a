"""Signs that a field changed: rules over tags, then the scope each cue stands in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from nlu.replaced import replaced
from nlu.rules import Grammar, Rule, Scope
from nlu.tagging import Tagged
from nlu.types import Cue, Holder, Polarity, When

_MOST = 12
"""How often one rule is heard in one message; nobody changes more, and a hostile text stays cheap."""


class Reading(msgspec.Struct, frozen=True):
    """A cue as one rule read it, and the scopes that the words around it stand in."""

    cue: Cue
    rule: str
    scopes: tuple[str, ...]


def readings(tagged: Tagged, grammar: Grammar, fields: frozenset[str]) -> list[Reading]:
    """Find the cues about `fields`: everything that any rule reads, also where several read the same words."""
    letters = frozenset(tagged.tags)
    names_field = not letters.isdisjoint(grammar.fields)
    scopes = [scope for scope in grammar.scopes if not scope.needs or not letters.isdisjoint(scope.needs)]
    return [
        reading
        for rule in grammar.rules
        if (names_field or rule.field is not None) and not letters.isdisjoint(rule.needs)
        for reading in _applied(rule, tagged, grammar, scopes)
        if reading.cue.field in fields
    ]


def _applied(rule: Rule, tagged: Tagged, grammar: Grammar, scopes: Sequence[Scope]) -> Iterator[Reading]:
    tags = tagged.tags
    for match in islice(rule.shape.finditer(tags), _MOST):
        first, last = match.span()
        if rule.field is None:
            begin, end = match.span("f")
            names = dict.fromkeys(grammar.fields[letter] for letter in tags[begin:end] if letter in grammar.fields)
        else:
            names = {rule.field: None}
        polarity, holder, confidence, stands_in = _scoped(rule, tags, first, last, grammar, scopes)
        for name in names:
            cue = Cue(name, rule.operation, holder, polarity, When(), confidence, tagged.span(first, last))
            yield Reading(cue, rule.name, stands_in)


def _scoped(
    rule: Rule, tags: str, first: int, last: int, grammar: Grammar, scopes: Sequence[Scope]
) -> tuple[Polarity, Holder, float, tuple[str, ...]]:
    begin = first
    while begin > 0 and first - begin < grammar.reach and tags[begin - 1] not in grammar.clause_ends:
        begin -= 1
    end = last
    while end < len(tags) and end - last < grammar.reach:
        end += 1
        if tags[end - 1] in grammar.clause_ends:
            break
    texts = {
        "before": tags[begin:first],
        "inside": tags[first:last],
        "after": tags[last:end],
        "clause": tags[begin:end],
        "around": f"{tags[begin:first]}«{tags[first:last]}»{tags[last:end]}",
    }
    polarity, holder, confidence = rule.polarity, Holder.SELF, rule.confidence
    stands_in = []
    for scope in scopes:
        if (scope.only and rule.name not in scope.only) or scope.shape.search(texts[scope.where]) is None:
            continue
        if scope.unless is not None and scope.unless.search(tags, last, last + grammar.reach):
            continue
        if scope.polarity is not None and polarity is Polarity.ASSERTED:
            polarity = scope.polarity
        if scope.holder is not None and holder is not Holder.OTHER:
            holder = scope.holder
        confidence *= scope.factor
        stands_in.append(scope.name)
    return polarity, holder, round(min(confidence, 0.99), 3), tuple(stands_in)


def settled(found: Iterable[Reading]) -> tuple[Cue, ...]:
    """One cue where several rules read the same words, in the order of the text: a denial or doubt wins, then the
    surest."""
    kept: list[Cue] = []
    for cue in sorted(
        (one.cue for one in found), key=lambda cue: (cue.polarity is Polarity.ASSERTED, -cue.confidence, cue.span)
    ):
        rival = next((k for k in kept if k.field == cue.field and _overlap(k, cue)), None)
        if rival is None:
            kept.append(cue)
        elif rival.holder is not Holder.OTHER and cue.holder is Holder.OTHER:
            kept[kept.index(rival)] = replaced(rival, holder=Holder.OTHER)
    return tuple(sorted(kept, key=lambda cue: (cue.span, cue.field)))


def _overlap(one: Cue, other: Cue) -> bool:
    return one.span[0] < other.span[1] and other.span[0] < one.span[1]
