"""The trained weights of one language, and what they make of the features of one utterance.

They are logistic regressions over the same features, one a column: whether a detail changed, whether a change is spoken
of at all (the gate); and, looked at only where that matters, of which field, whose, and how it is put (the rest). A
feature counts the more the rarer it is, and an utterance as much as any other however long it is (tf-idf, unit length).
"""

from __future__ import annotations

import functools
import math
import struct
from collections.abc import Iterable, Mapping, Sequence

import msgspec

FORMAT = 4
"""The version of the file; another is refused."""

CHANGE = "change"
SPOKEN = "spoken"
UNIT = 100
"""Weights are kept as whole hundredths: small in the file, and quick to add."""

_SHOWN = 12


class ModelFileError(ValueError):
    """The model file cannot be used; the message says why and what to do."""


class Weights(msgspec.Struct, frozen=True):
    """`gate` maps a feature to its weights for CHANGE and SPOKEN and to its share in the length, `packed` into one
    number; `rest` to those of the `columns`, as `row_of` makes them. Biases are in the order CHANGE, SPOKEN, columns.
    `blend` says how the rules' word and the weights' are put together, for CHANGE and for each field: the weights of
    `nlu.verdict.TERMS` and of `TERMS_OF_FIELD`. From the probability `ask` on the bot asks first, from `start` on a
    flow begins; where the rules would begin one, already from `confirm` on.
    """

    columns: tuple[str, ...]
    bias: tuple[float, ...]
    gate: Mapping[str, int]
    rest: Mapping[str, int]
    blend: Mapping[str, Sequence[float]]
    ask: float
    confirm: float
    start: float


class Opinion(msgspec.Struct, frozen=True):
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
    sums = _added([row for one in features if (row := weights.rest.get(one)) is not None], len(weights.columns))
    return {
        column: bias + total / view.length
        for column, bias, total in zip(weights.columns, weights.bias[2:], sums, strict=True)
    }


_LANE = 16
_LANE_ONES, _LANE_HALF = (1 << _LANE) - 1, 1 << (_LANE - 1)


def row_of(numbers: bytes) -> int:
    """Numbers of 16 bits, the small end first, as one. Each lane holds its number and half of its range, so that none
    borrows from its neighbour."""
    return int.from_bytes(numbers, "little") ^ _in_each(_LANE_HALF, _LANE, len(numbers) * 8 // _LANE)


def numbers_of(row: int, count: int) -> list[int]:
    """The numbers of a row."""
    return _added([row], count)


def _added(rows: Sequence[int], count: int) -> list[int]:
    """The sums of each lane. Every second lane is added at a time, which leaves room for what they come to."""
    pairs = (count + 1) // 2
    ones = _in_each(_LANE_ONES, 2 * _LANE, pairs)
    even, odd = sum([row & ones for row in rows]), sum([row >> _LANE & ones for row in rows])
    lanes = struct.unpack(f"<{2 * pairs}I", even.to_bytes(4 * pairs, "little") + odd.to_bytes(4 * pairs, "little"))
    less = _LANE_HALF * len(rows)
    return [lanes[at // 2 + at % 2 * pairs] - less for at in range(count)]


@functools.cache
def _in_each(value: int, lane: int, count: int) -> int:
    """The value in each of so many lanes."""
    return sum(value << lane * at for at in range(count))


def telling(features: Iterable[str], weights: Weights) -> list[tuple[str, float]]:
    """The features that moved the odds of a change most, strongest first, with what each added."""
    length = opinion(features, weights).length
    known = [(feature, unpacked(row)[0]) for feature in features if (row := weights.gate.get(feature)) is not None]
    most = sorted(known, key=lambda one: (-abs(one[1]), one[0]))[:_SHOWN]
    return [(feature, round(weight / length, 3)) for feature, weight in most]
