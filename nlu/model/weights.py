"""The trained weights of one language, and what they make of the features of one utterance.

They are logistic regressions over the same features, one a column: whether a detail changed, whether a change is spoken
of at all (the gate); and, looked at only where that matters, of which field, whose, and how it is put (the rest). A
feature counts the more the rarer it is, and an utterance as much as any other however long it is (tf-idf, unit length).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

FORMAT = 4
"""The version of the file; another is refused."""

CHANGE = "change"
SPOKEN = "spoken"
UNIT = 100
"""Weights are kept as whole hundredths: small in the file, and quick to add."""

_SHOWN = 12


class ModelFileError(ValueError):
    """The model file cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Weights:
    """`gate` maps a feature to its weights for CHANGE and SPOKEN and to its share in the length, `packed` into one
    number; `rest` to those of the `columns`. Biases are in the order CHANGE, SPOKEN, columns. `blend` says how the
    rules' word and the weights' are put together, for CHANGE and for each field. From the probability `ask` on the bot
    asks first, from `start` on a flow begins; where the rules would begin one, already from `confirm` on.
    """

    columns: tuple[str, ...]
    bias: tuple[float, ...]
    gate: Mapping[str, int]
    rest: Mapping[str, Sequence[int]]
    blend: Mapping[str, Mapping[str, float]]
    ask: float
    confirm: float
    start: float


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the weights make of one utterance: the log-odds of a change, and of one being spoken of."""

    change: float
    spoken: float
    length: float


_BITS = 32
_HALF, _ONES = 1 << (_BITS - 1), (1 << _BITS) - 1


def packed(change: int, spoken: int, square: int) -> int:
    """Three numbers as one, so that many can be added in one go: three quarters of the gate's time is saved."""
    return change + (spoken << _BITS) + (square << 2 * _BITS)


def unpacked(total: int) -> tuple[int, int, int]:
    """The sums of the three; each is far smaller than half of its bits."""
    change = ((total + _HALF) & _ONES) - _HALF
    total = (total - change) >> _BITS
    spoken = ((total + _HALF) & _ONES) - _HALF
    return change, spoken, (total - spoken) >> _BITS


def probability(odds: float) -> float:
    """Log-odds as a probability, without overflow."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def opinion(features: Iterable[str], weights: Weights) -> Opinion:
    """Weigh the features of one utterance at the gate."""
    change, spoken, square = unpacked(sum(filter(None, map(weights.gate.get, features))))
    length = math.sqrt(square * UNIT) or 1.0
    return Opinion(weights.bias[0] + change / length, weights.bias[1] + spoken / length, length)


def details(features: Iterable[str], weights: Weights, view: Opinion) -> dict[str, float]:
    """The log-odds of the columns."""
    known = weights.rest
    rows = [row for feature in features if (row := known.get(feature)) is not None]
    sums = map(sum, zip(*rows, strict=True)) if rows else (0,) * len(weights.columns)
    return {
        column: bias + total / view.length
        for column, bias, total in zip(weights.columns, weights.bias[2:], sums, strict=True)
    }


def telling(features: Iterable[str], weights: Weights) -> list[tuple[str, float]]:
    """The features that moved the odds of a change most, strongest first, with what each added."""
    length = opinion(features, weights).length
    known = [(feature, unpacked(row)[0]) for feature in features if (row := weights.gate.get(feature)) is not None]
    most = sorted(known, key=lambda one: (-abs(one[1]), one[0]))[:_SHOWN]
    return [(feature, round(weight / length, 3)) for feature, weight in most]
