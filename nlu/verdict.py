"""What the bot does about an utterance: the word of the rules and that of the trained weights, put together.

The rules say which field, whose, how it is put; the weights, trained on whole utterances, know many more ways to say
it, and which sentences only look like it. A small calibrated sum (`Weights.blend`) decides between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nlu.model.weights import Opinion, Weights, probability
from nlu.types import ANY, BUILT_IN_FIELDS, Cue, Holder, Operation, Polarity, Span, When

SURE_OF_FIELD = 0.5
"""From here the weights alone may begin the flow of a field; below, the bot asks."""

ALSO = 0.35
"""From here a field that only the weights saw is added beside one that the rules saw."""

HARDLY = 0.1
"""Below, a field that only the rules saw is dropped where another one stays."""

LIKELY_FIELD = 0.1
"""Below, the bot asks which detail it is about."""

_WIDEST = 8.0


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the rules alone would do, the fields of which they saw a change that is denied, supposed or somebody else's,
    and whether a value was given."""

    starts: tuple[str, ...]
    asks: tuple[str, ...]
    denied: frozenset[str]
    given: bool

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
    denied = float(bool(ruled.denied) and not ruled.starts and not ruled.asks)
    starts, asks = float(bool(ruled.starts)), float(bool(ruled.asks) and not ruled.starts)
    return {
        "constant": 1.0,
        "odds": odds,
        "starts": starts,
        "asks": asks,
        "denied": denied,
        "given": float(ruled.given),
        "odds of starts": odds * starts,
        "odds of denied": odds * denied,
        "spoken": max(-_WIDEST, min(_WIDEST, view.spoken)),
    }


def denied_by(cues: tuple[Cue, ...]) -> frozenset[str]:
    """The fields of which only changes are spoken that are none, or none of the customer's own."""
    sound = {cue.field for cue in cues if cue.polarity is Polarity.ASSERTED and cue.holder is not Holder.OTHER}
    return frozenset(cue.field for cue in cues if cue.field not in sound)


def chance_of(ruled: Ruled, view: Opinion, weights: Weights) -> float:
    """The calibrated probability that a detail of the customer's changed or should."""
    return probability(sum(weights.blend[name] * value for name, value in terms(ruled, view).items()))


def decide_between(
    ruled: Ruled, chance: float, seen: Mapping[str, float], weights: Weights, fields: frozenset[str]
) -> Verdict:
    """Decide what to start and what to ask about. `seen` are the probabilities of the weights' columns, `fields` those
    that are switched on."""
    if chance < (weights.start if ruled.denied and not ruled.fields else weights.ask):
        return Verdict((), (), chance)
    seen = {field: seen[field] for field in (*BUILT_IN_FIELDS, ANY) if field in fields or field == ANY}
    sure = chance >= (weights.confirm if ruled.starts else weights.start)
    started = _settled(ruled.starts, seen)
    asked = _settled(tuple(field for field in ruled.asks if field != ANY), seen)
    if not started and not asked:
        return _of_weights(seen, chance, sure, bool(ruled.asks))
    added = {field: None for field, likely in seen.items() if field != ANY and likely >= ALSO}
    both = dict.fromkeys((*started, *asked))
    if not sure:
        return Verdict((), tuple(both | added), chance)
    promoted = {field: None for field in asked if seen.get(field, 0.0) >= SURE_OF_FIELD}
    starts = dict.fromkeys(started) | promoted | {f: None for f in added if f not in both and seen[f] >= SURE_OF_FIELD}
    return Verdict(tuple(starts), tuple(f for f in both | added if f not in starts), chance)


def _settled(said: tuple[str, ...], seen: Mapping[str, float]) -> tuple[str, ...]:
    """The fields the rules saw, less those that are hardly meant when another one is."""
    kept = tuple(field for field in said if seen.get(field, 1.0) >= HARDLY)
    return kept or said


def _of_weights(seen: Mapping[str, float], chance: float, sure: bool, vague: bool) -> Verdict:
    """Nobody but the weights saw a field."""
    named = {field: likely for field, likely in seen.items() if field != ANY}
    best = max(named, key=lambda field: named[field])
    if named[best] < LIKELY_FIELD or (vague and named[best] < SURE_OF_FIELD) or seen[ANY] > named[best]:
        return Verdict((), (ANY,), chance)
    also = tuple(field for field, likely in named.items() if field == best or likely >= ALSO)
    starts = tuple(field for field in also if sure and named[field] >= SURE_OF_FIELD)
    return Verdict(starts, tuple(field for field in also if field not in starts), chance)


HOLDERS = {"household": Holder.HOUSEHOLD, "other": Holder.OTHER}
POLARITIES = {
    "negated": Polarity.NEGATED,
    "hypothetical": Polarity.HYPOTHETICAL,
    "question": Polarity.QUESTION,
}
EVEN = 0.5


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


def _spoken_of(seen: Mapping[str, float], holder: Holder, span: Span) -> tuple[Cue, ...]:
    """A change that is spoken of, and is none of the customer's own."""
    polarity = max(POLARITIES, key=lambda name: seen[name])
    if seen[polarity] < EVEN and holder is not Holder.OTHER:
        return ()
    put = POLARITIES[polarity] if seen[polarity] >= EVEN else Polarity.ASSERTED
    field = max(BUILT_IN_FIELDS, key=lambda name: seen[name])
    return (Cue(field, Operation.CHANGED, holder, put, When(), EVEN, span),)
