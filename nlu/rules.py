"""What a rule about cues is: a shape of a sentence, what it says, and how sure it is."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from nlu.types import Holder, Operation, Polarity


class Rule(msgspec.Struct, frozen=True):
    """A shape over tags. Group `f` covers the letters of the fields; without it the cue is about `field`.

    `needs`: letters without one of which the shape cannot occur, so that the search is spared.
    """

    name: str
    shape: re.Pattern[str]
    needs: frozenset[str]
    operation: Operation
    confidence: float
    field: str | None = None
    polarity: Polarity = Polarity.ASSERTED


class Scope(msgspec.Struct, frozen=True):
    """What the words around a cue make of it: read in the clause `before` it, `inside` or `after` it, or the whole
    clause; `around`: the whole, with the cue between « and ».

    `only` names the rules it is about; none: all. It does not count where `unless` is found in the words that follow.
    `needs`: letters without one of which the shape cannot occur; none: it may always.
    """

    name: str
    where: str
    shape: re.Pattern[str]
    polarity: Polarity | None = None
    holder: Holder | None = None
    factor: float = 1.0
    only: tuple[str, ...] = ()
    unless: re.Pattern[str] | None = None
    needs: frozenset[str] = frozenset()


class Grammar(msgspec.Struct, frozen=True):
    """Everything that reads cues in one language: letters of fields, rules, scopes, letters that end a clause, and how
    many words to either side of a cue a scope looks at, which keeps reading linear in the length of the text."""

    fields: Mapping[str, str]
    rules: tuple[Rule, ...]
    scopes: tuple[Scope, ...]
    clause_ends: str
    reach: int = 14


def rule(
    name: str,
    shape: str,
    needs: str,
    operation: Operation,
    confidence: float,
    field: str | None = None,
    polarity: Polarity = Polarity.ASSERTED,
) -> Rule:
    """Build a rule from the text of its shape."""
    return Rule(name, re.compile(shape), frozenset(needs), operation, confidence, field, polarity)


def scope(
    name: str,
    where: str,
    shape: str,
    polarity: Polarity | None = None,
    holder: Holder | None = None,
    factor: float = 1.0,
    only: tuple[str, ...] = (),
    unless: str | None = None,
    needs: str = "",
) -> Scope:
    """Build a scope from the text of its shape; shapes `before` are anchored at their end, `after` at their start."""
    anchored = {"before": f"(?:{shape})$", "inside": shape, "after": f"^(?:{shape})"}.get(where, shape)
    without = re.compile(unless) if unless else None
    return Scope(name, where, re.compile(anchored), polarity, holder, factor, only, without, frozenset(needs))
