"""What the bot does about an utterance: the word of the rules and that of the trained weights, put together.

The rules say which field, whose, how it is put; the weights, trained on whole utterances, know many more ways to say
it, and which sentences only look like it. A small calibrated sum (`Weights.blend`) decides between them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nlu.model.weights import Opinion, Weights, probability
from nlu.types import ANY, BUILT_IN_FIELDS, Candidate, Cue, Holder, Operation, Polarity, Span, When, WhenKind

SURE_OF_FIELD = 0.5
"""From here the weights alone may begin the flow of a field; below, the bot asks."""

ALSO = 0.35
"""From here a field that only the weights saw is added beside one that the rules saw."""

HARDLY = 0.1
"""Below, a field that only the rules saw is dropped where another one stays."""

LIKELY_FIELD = 0.1
"""Below, the bot asks which detail it is about."""

BENEFIT_OF_DOUBT = 0.5
"""What the rules say is asked about already from this share of the threshold on; where a new value is given, begun."""

BESIDE_OTHERS = 0.3
"""Whoever says "my name is Ann" and what changed means the other thing: their name is likely at most so."""

_INTRODUCTION = re.compile(r"(?:^|[mF.,_])N[Q,]?_")
"""In the letters of English words: a name, and a word that is none of the lexicon's."""

_WIDEST = 8.0
_CATCH_ALL = (ANY, "other_personal")


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the rules alone would do; whether they saw a change that is denied, supposed or somebody else's, and whether
    it is somebody else's; the fields of which a value was given, be it an incomplete one."""

    starts: tuple[str, ...]
    asks: tuple[str, ...]
    denied: bool
    theirs: bool
    given: frozenset[str]
    introduced: bool = False

    @property
    def fields(self) -> frozenset[str]:
        """Every field the rules would do something about."""
        return frozenset((*self.starts, *self.asks))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Fields to start, fields to ask about, and the calibrated probability that a detail changed."""

    starts: tuple[str, ...]
    asks: tuple[str, ...]
    chance: float


def terms(ruled: Ruled, view: Opinion) -> dict[str, float]:
    """What the calibrated sum is over. Training and reading use the same."""
    odds = max(-_WIDEST, min(_WIDEST, view.change))
    denied = float(ruled.denied and not ruled.fields)
    starts, asks = float(bool(ruled.starts)), float(bool(ruled.asks) and not ruled.starts)
    return {
        "constant": 1.0,
        "odds": odds,
        "starts": starts,
        "asks": asks,
        "denied": denied,
        "given": float(bool(ruled.given)),
        "odds of starts": odds * starts,
        "odds of denied": odds * denied,
        "spoken": max(-_WIDEST, min(_WIDEST, view.spoken)),
    }


def ruled_by(
    starts: tuple[str, ...],
    asks: tuple[str, ...],
    cues: tuple[Cue, ...],
    candidates: tuple[Candidate, ...],
    tags: str = "",
) -> Ruled:
    """What the rules say, from what they would do, and the cues and values they saw."""
    introduced = _INTRODUCTION.search(tags) is not None and all(cue.field != "name" for cue in cues)
    theirs = any(cue.holder is Holder.OTHER for cue in cues)
    denied = theirs or any(cue.polarity is not Polarity.ASSERTED for cue in cues)
    return Ruled(
        starts, asks, denied, theirs, frozenset(one.field for one in candidates if one.role == "new"), introduced
    )


def chance_of(ruled: Ruled, view: Opinion, weights: Weights) -> float:
    """The calibrated probability that a detail of the customer's changed or should."""
    return probability(sum(weights.blend[name] * value for name, value in terms(ruled, view).items()))


def decide_between(
    ruled: Ruled, chance: float, seen: Mapping[str, float], weights: Weights, fields: frozenset[str]
) -> Verdict:
    """Decide what to start and what to ask about. `seen` are the probabilities of the weights' columns, `fields` those
    that are switched on. What the rules read as somebody else's, the weights never make the customer's own."""
    if chance < _least(ruled, weights):
        return Verdict((), (), chance)
    seen = {field: seen[field] for field in (*BUILT_IN_FIELDS, ANY) if field in fields or field == ANY}
    if ruled.introduced and "name" in seen:
        seen["name"] = min(seen["name"], BESIDE_OTHERS)
    started = _settled(ruled.starts, ruled.given, seen)
    asked = _settled(tuple(field for field in ruled.asks if field != ANY), ruled.given, seen)
    if not started and not asked:
        return _of_weights(seen, chance, chance >= weights.start, bool(ruled.asks))
    if chance >= weights.start:  # both are sure of it: it is not asked about again
        started = (*started, *(f for f in asked if f in ruled.given and seen.get(f, 0.0) >= SURE_OF_FIELD))
    both = dict.fromkeys((*started, *asked))
    added = [field for field in _also(seen) if field not in both] if chance >= weights.ask else []
    benefit = BENEFIT_OF_DOUBT if ruled.given.intersection(started) else 1.0
    if chance < weights.confirm * benefit:
        return Verdict((), (*both, *added), chance)
    sure = [field for field in added if started and seen[field] >= SURE_OF_FIELD]
    starts = (*started, *sure)
    return Verdict(starts, tuple(field for field in (*both, *added) if field not in starts), chance)


def _least(ruled: Ruled, weights: Weights) -> float:
    """The probability from which anything is done."""
    if ruled.given & ruled.fields:  # it differs from the record: what that means is never left unasked
        return 0.0
    if ruled.fields:
        return weights.ask * BENEFIT_OF_DOUBT
    if ruled.theirs:
        return 1.0
    return weights.start if ruled.denied else weights.ask


def _settled(said: tuple[str, ...], given: frozenset[str], seen: Mapping[str, float]) -> tuple[str, ...]:
    """The fields the rules saw, less those that are hardly meant when another one is and of which nothing was given."""
    kept = tuple(field for field in said if field in given or seen.get(field, 1.0) >= HARDLY)
    return kept or said


def _also(seen: Mapping[str, float]) -> list[str]:
    """The fields that the weights see beside another: never the one that stands for everything else."""
    return [field for field, likely in seen.items() if field not in _CATCH_ALL and likely >= ALSO]


def _of_weights(seen: Mapping[str, float], chance: float, sure: bool, vague: bool) -> Verdict:
    """Nobody but the weights saw a field."""
    named = {field: likely for field, likely in seen.items() if field != ANY}
    best = max(named, key=lambda field: named[field])
    if named[best] < LIKELY_FIELD or (vague and named[best] < SURE_OF_FIELD) or seen[ANY] > named[best]:
        return Verdict((), (ANY,), chance)
    also = (best, *(field for field in _also(seen) if field != best))
    starts = tuple(field for field in also if sure and named[field] >= SURE_OF_FIELD)
    return Verdict(starts, tuple(field for field in also if field not in starts), chance)


HOLDERS = {"household": Holder.HOUSEHOLD, "other": Holder.OTHER}
POLARITIES = {
    "negated": Polarity.NEGATED,
    "hypothetical": Polarity.HYPOTHETICAL,
    "question": Polarity.QUESTION,
}
WHENS = {"past": WhenKind.PAST, "future": WhenKind.FUTURE, "temporary": WhenKind.TEMPORARY}
EVEN = 0.5

SURE_OF_TIME = 0.7
"""What is still to come, or for a while only, is handled in another way: the weights must be surer of it."""


def with_unruled(cues: tuple[Cue, ...], verdict: Verdict, seen: Mapping[str, float], span: Span) -> tuple[Cue, ...]:
    """The rules' cues, and one over the whole utterance for each field that only the weights saw: asserted for what is
    started or asked about; denied, supposed or somebody else's where nothing is done though a change is spoken of."""
    done = (*verdict.starts, *verdict.asks)
    sound = {cue.field for cue in cues if cue.polarity is Polarity.ASSERTED and cue.holder is not Holder.OTHER}
    unruled = [field for field in done if field not in sound]
    holder = next((held for name, held in HOLDERS.items() if seen[name] >= EVEN), Holder.SELF)
    if unruled:
        whose = Holder.SELF if holder is Holder.OTHER else holder
        confidence = round(min(max(verdict.chance, 0.01), 0.99), 3)
        kept = tuple(cue for cue in cues if cue.field not in unruled)
        added = (Cue(f, Operation.WANTS_CHANGE, whose, Polarity.ASSERTED, When(), confidence, span) for f in unruled)
        return tuple(sorted((*kept, *added), key=lambda cue: (cue.span, cue.field)))
    return cues if done or cues else _spoken_of(seen, holder, span)


def when_of(seen: Mapping[str, float]) -> WhenKind | None:
    """When the change is, where no expression of time tells; None when the weights do not know either."""
    best = max(WHENS, key=lambda name: seen[name])
    enough = EVEN if best == WhenKind.PAST else SURE_OF_TIME
    return WHENS[best] if seen[best] >= enough else None


def _spoken_of(seen: Mapping[str, float], holder: Holder, span: Span) -> tuple[Cue, ...]:
    """A change that is spoken of, and is none of the customer's own."""
    polarity = max(POLARITIES, key=lambda name: seen[name])
    if seen[polarity] < EVEN and holder is not Holder.OTHER:
        return ()
    put = POLARITIES[polarity] if seen[polarity] >= EVEN else Polarity.ASSERTED
    field = max(BUILT_IN_FIELDS, key=lambda name: seen[name])
    return (Cue(field, Operation.CHANGED, holder, put, When(), EVEN, span),)
