"""What the bot does about an utterance: the word of the rules and that of the trained weights, put together.

The rules say where a cue stands, whose, how it is put; the weights, trained on whole utterances, know many more ways to
say it, and which sentences only look like it. Small calibrated sums (`Weights.blend`), one for a change and one for
each field, decide between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import mul

import msgspec

from nlu.model.weights import CHANGE, Opinion, Weights, probability
from nlu.types import ANY, BUILT_IN_FIELDS, Candidate, Cue, Holder, Operation, Polarity, Span, When, WhenKind

FAR = -3.0
"""Below these log-odds of a change, no field is looked at where the rules read none."""

LIKELY = 0.4
"""From here a field is one of those an utterance is about."""

SURE_OF_FIELD = 0.5
"""From here the weights alone may begin the flow of a field; below, the bot asks."""

BENEFIT_OF_DOUBT = 0.5
"""What the rules read, with a new value, is asked about, or begun, already from this share of the threshold on."""

EVEN = 0.5

SURE_OF_TIME = 0.7
"""What is still to come, or for a while only, is handled in another way: the weights must be surer of it."""

_WIDEST = 8.0
_WIDEST_OF_COLUMN = 6.0
_CATCH_ALL = "other_personal"

HOLDERS = {"household": Holder.HOUSEHOLD, "other": Holder.OTHER}
POLARITIES = {
    "negated": Polarity.NEGATED,
    "hypothetical": Polarity.HYPOTHETICAL,
    "question": Polarity.QUESTION,
}
WHENS = {"past": WhenKind.PAST, "future": WhenKind.FUTURE, "temporary": WhenKind.TEMPORARY}
SCOPES = (*HOLDERS, *POLARITIES, *WHENS)
NAMES = (*BUILT_IN_FIELDS, ANY)
TERMS = ("constant", "odds", "starts", "asks", "denied", "theirs", "given", "likeliest", *SCOPES)
TERMS_OF_FIELD = ("constant", "odds", "starts", "asks", "given")


class Ruled(msgspec.Struct, frozen=True):
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


class Verdict(msgspec.Struct, frozen=True):
    """Fields to start, fields to ask about, and the calibrated probability that a detail changed."""

    starts: tuple[str, ...]
    asks: tuple[str, ...]
    chance: float


def terms(ruled: Ruled, view: Opinion, odds: Mapping[str, float]) -> tuple[float, ...]:
    """What the calibrated sum for a change is over, `TERMS`. Training and reading use the same; `odds` are the log-odds
    of the weights' columns: of the likeliest field, and of whose, how and when it is put."""
    starts, nothing = bool(ruled.starts), not ruled.fields
    return (
        1.0,
        _within(view.change, _WIDEST),
        starts,
        bool(ruled.asks) and not starts,
        ruled.denied and nothing,
        ruled.theirs and nothing,
        bool(ruled.given),
        _within(max([odds[name] for name in NAMES]), _WIDEST_OF_COLUMN),
        *[_within(odds[column], _WIDEST_OF_COLUMN) for column in SCOPES],
    )


def terms_of(field: str, ruled: Ruled, odds: Mapping[str, float]) -> tuple[float, ...]:
    """What the calibrated sum for one field is over, `TERMS_OF_FIELD`."""
    return (
        1.0,
        _within(odds[field], _WIDEST_OF_COLUMN),
        field in ruled.starts,
        field in ruled.asks,
        field in ruled.given,
    )


def _within(odds: float, widest: float) -> float:
    return max(-widest, min(widest, odds))


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


def worth_a_look(ruled: Ruled, view: Opinion) -> bool:
    """Whether the columns are looked at: where they might change what is done, or what is said of a change."""
    return bool(ruled.fields) or view.change >= FAR or view.spoken >= 0


def decide_between(
    ruled: Ruled, view: Opinion, odds: Mapping[str, float], weights: Weights, fields: frozenset[str]
) -> Verdict:
    """Decide what to start and what to ask about. `odds` are the log-odds of the weights' columns, `fields` those that
    are switched on. What the rules read as somebody else's, the weights never begin: they ask."""
    chance = _summed(terms(ruled, view, odds), weights.blend[CHANGE])
    if chance < _least(ruled, weights):
        return Verdict((), (), chance)
    seen = {field: _summed(terms_of(field, ruled, odds), weights.blend[field]) for field in NAMES}
    meant = _meant(ruled, seen, fields)
    starts = tuple(field for field in meant if field != ANY and _begins(field, ruled, chance, seen, weights))
    return Verdict(starts, tuple(field for field in meant if field not in starts), chance)


def _least(ruled: Ruled, weights: Weights) -> float:
    """The probability from which anything is done."""
    if ruled.theirs and not ruled.fields:
        return weights.start
    return weights.ask * (BENEFIT_OF_DOUBT if ruled.given & ruled.fields else 1.0)


def _summed(terms: Sequence[float], weights: Sequence[float]) -> float:
    return probability(sum(map(mul, terms, weights)))


def _meant(ruled: Ruled, seen: Mapping[str, float], fields: frozenset[str]) -> tuple[str, ...]:
    """The fields it is about: those that are likely, and those the rules begin with a value; or the likeliest. Where
    that is one that is switched off, no other is meant instead of it: the bot asks which of those it knows."""
    told = ruled.given.intersection(ruled.starts)
    off = max((share for field, share in seen.items() if field not in fields and field != ANY), default=0.0)
    likely = [
        field
        for field, share in seen.items()
        if field in fields and (field in told or (share >= LIKELY and share >= off))
    ]
    if "company" in likely and _CATCH_ALL not in (*ruled.starts, *ruled.asks):
        likely = [field for field in likely if field != _CATCH_ALL]  # an employer's name tells of the job as well
    if likely:
        return tuple(likely)
    best = max(seen, key=lambda field: seen[field])
    return (best if best in fields else ANY,)


def _begins(field: str, ruled: Ruled, chance: float, seen: Mapping[str, float], weights: Weights) -> bool:
    """Whether the flow of a field that is meant begins, instead of a question."""
    if ruled.theirs and field not in ruled.fields:
        return False
    if field in ruled.starts and chance >= weights.confirm * (BENEFIT_OF_DOUBT if field in ruled.given else 1.0):
        return True
    return chance >= weights.start and seen[field] >= SURE_OF_FIELD


def with_unruled(cues: tuple[Cue, ...], verdict: Verdict, odds: Mapping[str, float], span: Span) -> tuple[Cue, ...]:
    """The rules' cues, and one over the whole utterance for each field that only the weights saw: asserted for what is
    started or asked about; denied, supposed or somebody else's where nothing is done though a change is spoken of."""
    done = (*verdict.starts, *verdict.asks)
    sound = {cue.field for cue in cues if cue.polarity is Polarity.ASSERTED and cue.holder is not Holder.OTHER}
    unruled = [field for field in done if field not in sound]
    holder = next((held for name, held in HOLDERS.items() if odds[name] >= 0), Holder.SELF)
    if unruled:
        whose = Holder.SELF if holder is Holder.OTHER else holder
        confidence = round(min(max(verdict.chance, 0.01), 0.99), 3)
        kept = tuple(cue for cue in cues if cue.field not in unruled)
        added = (Cue(f, Operation.WANTS_CHANGE, whose, Polarity.ASSERTED, When(), confidence, span) for f in unruled)
        return tuple(sorted((*kept, *added), key=lambda cue: (cue.span, cue.field)))
    return cues if done or cues else _spoken_of(odds, holder, span)


def when_of(odds: Mapping[str, float]) -> WhenKind | None:
    """When the change is, where no expression of time tells; None when the weights do not know either."""
    best = max(WHENS, key=lambda name: odds[name])
    enough = EVEN if best == WhenKind.PAST else SURE_OF_TIME
    return WHENS[best] if probability(odds[best]) >= enough else None


def _spoken_of(odds: Mapping[str, float], holder: Holder, span: Span) -> tuple[Cue, ...]:
    """A change that is spoken of, and is none of the customer's own."""
    polarity = max(POLARITIES, key=lambda name: odds[name])
    if odds[polarity] < 0 and holder is not Holder.OTHER:
        return ()
    put = POLARITIES[polarity] if odds[polarity] >= 0 else Polarity.ASSERTED
    field = max(BUILT_IN_FIELDS, key=lambda name: odds[name])
    return (Cue(field, Operation.CHANGED, holder, put, When(), EVEN, span),)
