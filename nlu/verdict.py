"""What the bot does about an utterance: the word of the rules and that of the trained weights, put together.

The rules say which field, whose, how it is put; the weights, trained on whole utterances, know many more ways to say
it, and which sentences only look like it. A small calibrated sum (`Weights.blend`) decides between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nlu.model.weights import Opinion, Weights, probability
from nlu.types import ANY, BUILT_IN_FIELDS, Candidate, Cue, Holder, Operation, Polarity, Span, When, WhenKind

SURE_OF_FIELD = 0.5
"""From here the weights alone may begin the flow of a field; below, the bot asks."""

LIKELY = 0.4
"""From here a field is one of those an utterance is about."""

HARDLY = 0.15
"""Below, a field that the rules read is hardly meant."""

NAMED = 0.03
"""Below, not even the likeliest field was named: the bot asks which detail it is about."""

VAGUE = 0.5
"""A field is likelier than that none was named, unless the latter is twice as likely."""

WEAK_CUE = 0.25
"""A value that may differ from the record is asked about already from this share of the threshold on."""

BENEFIT_OF_DOUBT = 0.5
"""What the rules read, with a new value, is begun already from this share of the threshold on."""

_WIDEST = 8.0
_CATCH_ALL = "other_personal"


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the rules alone would do; whether they saw a change that is denied, supposed or somebody else's, and whether
    it is somebody else's; the fields of which a value was given, be it an incomplete one."""

    starts: tuple[str, ...]
    asks: tuple[str, ...]
    denied: bool
    theirs: bool
    given: frozenset[str]

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
) -> Ruled:
    """What the rules say, from what they would do, and the cues and values they saw."""
    theirs = any(cue.holder is Holder.OTHER for cue in cues)
    denied = theirs or any(cue.polarity is not Polarity.ASSERTED for cue in cues)
    return Ruled(starts, asks, denied, theirs, frozenset(one.field for one in candidates if one.role == "new"))


def chance_of(ruled: Ruled, view: Opinion, weights: Weights) -> float:
    """The calibrated probability that a detail of the customer's changed or should."""
    return probability(sum(weights.blend[name] * value for name, value in terms(ruled, view).items()))


def decide_between(
    ruled: Ruled, chance: float, seen: Mapping[str, float], weights: Weights, fields: frozenset[str]
) -> Verdict:
    """Decide what to start and what to ask about. `seen` are the probabilities of the weights' columns, `fields` those
    that are switched on. What the rules read as somebody else's, the weights never begin: they ask."""
    if chance < _least(ruled, weights):
        return Verdict((), (), chance)
    seen = {field: seen[field] for field in (*BUILT_IN_FIELDS, ANY) if field in fields or field == ANY}
    meant = _meant(ruled, seen)
    starts = tuple(field for field in meant if field != ANY and _begins(field, ruled, chance, seen, weights))
    return Verdict(starts, tuple(field for field in meant if field not in starts), chance)


def _least(ruled: Ruled, weights: Weights) -> float:
    """The probability from which anything is done."""
    if ruled.theirs and not ruled.fields:
        return weights.start
    return weights.ask * (WEAK_CUE if ruled.given & ruled.fields else 1.0)


def _meant(ruled: Ruled, seen: Mapping[str, float]) -> tuple[str, ...]:
    """The fields it is about: those the rules read, unless the weights hardly see them; those the weights see. The
    likeliest where none is likely."""
    read = [field for field in ruled.starts if field in ruled.given or seen[field] >= HARDLY]
    read += [field for field in ruled.asks if field in ruled.given and seen[field] >= HARDLY]
    likely = [field for field, share in seen.items() if share >= LIKELY and field != ANY]
    meant = tuple(dict.fromkeys((*read, *likely)))
    if "company" in meant and _CATCH_ALL not in read:  # an employer's name tells of the job as well
        meant = tuple(field for field in meant if field != _CATCH_ALL)
    if meant:
        return meant
    best = max(seen, key=lambda field: seen[field] * (VAGUE if field == ANY else 1.0))
    return (best if seen[best] >= NAMED else ANY,)


def _begins(field: str, ruled: Ruled, chance: float, seen: Mapping[str, float], weights: Weights) -> bool:
    """Whether the flow of a field that is meant begins, instead of a question."""
    if ruled.theirs and field not in ruled.fields:
        return False
    if field in ruled.starts and chance >= weights.confirm * (BENEFIT_OF_DOUBT if field in ruled.given else 1.0):
        return True
    return chance >= weights.start and seen[field] >= SURE_OF_FIELD


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
