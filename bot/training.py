"""Trains the weights that understanding uses beside its rules, from labelled utterances of our own.

Deterministic: the same corpus and code make the same file. Families of near-copies stay on one side of every split, and
a fifth of them is never trained on, so that the figures told are of utterances nobody has seen.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import normalize as unit_rows

from bot.corpus import Row
from bot.progress import bar
from nlu.model import Model, built_in_model
from nlu.model.weights import CHANGE, SPOKEN, UNIT, Opinion, Weights, packed, row_of
from nlu.types import Language
from nlu.understand import features_in, understand
from nlu.verdict import HOLDERS, NAMES, POLARITIES, SCOPES, WHENS, Ruled, ruled_by, terms, terms_of

NOW = dt.datetime(2026, 1, 5, 9, 0, tzinfo=dt.UTC)
FOLDS = 5
SEEN_TWICE = 2
STRENGTH = 100.0
"""Inverse of the regularisation, chosen by cross-validation on the training families."""

MOST_AT_GATE, MOST_OF_REST = 50_000, 24_000
"""So many features, those with the largest weights of a first fit, are kept in the file."""

RULED_STARTS, UNRULED_STARTS = 0.011, 0.005
"""So many of the hard negatives may start a flow in cross-validation: where the rules would, and where only the weights
would."""

RARER = 1.5
"""People mention changes less often than the corpus, half of which is changes: a needless question weighs the more."""

SURE = 0.75
"""Below, the weights alone start nothing."""

GATE = (CHANGE, SPOKEN)
COLUMNS = (*NAMES, *SCOPES)


class Seen(msgspec.Struct, frozen=True):
    """One labelled utterance as training sees it."""

    row: Row
    features: set[str]
    ruled: Ruled


def seen(rows: Iterable[Row], model: Model) -> Iterator[Seen]:
    """Read every utterance with the rules alone; `model` has no weights."""
    for row in rows:
        read = understand(row.text, now=NOW, language=row.language, model=model)
        ruled = ruled_by(read.starts, read.asks, read.cues, read.candidates)
        yield Seen(row, features_in(row.text, row.language, model), ruled)


def train_all(rows: Sequence[Row]) -> dict[Language, Weights]:
    """Train both languages on every family that is not held out."""
    model, weights = built_in_model(), {}
    for language in Language:
        mine = [row for row in rows if row.language is language and not row.held_out]
        read = list(bar(seen(mine, model), f"reading {language.value}", len(mine)))
        weights[language] = train(read)
    return weights


def train(all_seen: Sequence[Seen]) -> Weights:
    """Fit one language's weights: the columns, then how they are put together with the rules, then the thresholds.

    What is kept in the file is chosen by a first fit and fitted again by itself: weights learned beside the features
    left out would lean on them.
    """
    vectoriser = DictVectorizer(dtype=np.float32)
    counts = vectoriser.fit_transform(dict.fromkeys(one.features, 1) for one in all_seen)
    often = np.asarray((counts > 0).sum(axis=0)).ravel()
    twice = np.flatnonzero(often >= SEEN_TWICE)
    names = vectoriser.get_feature_names_out()[twice]
    rarity = np.log((1 + len(all_seen)) / (1 + often[twice])) + 1
    weighed = counts[:, twice].multiply(rarity).tocsr()
    rows = [one.row for one in all_seen]
    gate, rest = _kept(weighed, rows)
    matrix = unit_rows(weighed[:, gate])
    gate_bias, gate_table = _fitted(matrix, rows, GATE)
    rest_bias, rest_table = _fitted(matrix[:, rest], rows, COLUMNS)
    names, rarity = names[gate], rarity[gate]
    at_gate = _hundredths(gate_table, rarity)
    of_rest = _hundredths(rest_table, rarity[rest])
    squares = np.rint(rarity * rarity * UNIT).astype(int)
    blend, thresholds = _blended(weighed, all_seen)
    return Weights(
        COLUMNS,
        tuple(round(float(one), 3) for one in (*gate_bias, *rest_bias)),
        {
            str(name): packed(int(change), int(spoken), int(square))
            for name, (change, spoken), square in zip(names, at_gate, squares, strict=True)
        },
        {str(name): row_of(struct.pack(f"<{len(COLUMNS)}h", *of_rest[at])) for at, name in enumerate(names[rest])},
        blend,
        *thresholds,
    )


def _kept(weighed: csr_matrix, rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray]:
    """The places of the features kept at the gate; and, among these, of those kept of the rest."""
    gate = _telling(unit_rows(weighed), rows, GATE, MOST_AT_GATE)
    return gate, _telling(unit_rows(weighed[:, gate]), rows, COLUMNS, MOST_OF_REST)


def _telling(matrix: csr_matrix, rows: Sequence[Row], columns: Sequence[str], most: int) -> np.ndarray:
    """The places of the features that say most about these columns."""
    size = np.abs(_fitted(matrix, rows, columns)[1]).max(axis=1)
    places: np.ndarray = np.sort(np.argsort(-size, kind="stable")[:most])
    return places


def _fitted(matrix: csr_matrix, rows: Sequence[Row], columns: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Biases, and the weights of each feature (a row) for each column."""
    fits = [_fit(matrix, rows, column) for column in columns]
    return np.array([bias for bias, _ in fits]), np.stack([weights for _, weights in fits], axis=1)


def _hundredths(table: np.ndarray, rarity: np.ndarray) -> np.ndarray:
    whole: np.ndarray = np.rint(table * rarity[:, None] * UNIT).astype(int)
    return whole


def _fit(matrix: csr_matrix, rows: Sequence[Row], column: str) -> tuple[float, np.ndarray]:
    """One column: whose, how and when on the utterances that speak of a change, all others on every utterance."""
    told = "when" if column in WHENS else "about" if column in SCOPES else None
    within = np.array([told is None or getattr(row, told) is not None for row in rows])
    wanted = np.array([_is(row, column) for row in rows])
    fitted = _logistic().fit(matrix[within], wanted[within])
    return float(fitted.intercept_[0]), fitted.coef_[0]


def _logistic() -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=3000)


def _is(row: Row, column: str) -> bool:
    if column == CHANGE:
        return bool(row.fields)
    if column == SPOKEN:
        return row.about is not None
    if column in HOLDERS:
        return row.holder == column
    if column in POLARITIES:
        return row.polarity == column
    if column in WHENS:
        return row.when == column
    return column in row.fields


def _blended(
    weighed: csr_matrix, all_seen: Sequence[Seen]
) -> tuple[dict[str, tuple[float, ...]], tuple[float, float, float]]:
    """Fit how rules and weights are put together, on odds that each utterance got from weights not trained on it."""
    odds = _odds_of_others(weighed, all_seen)
    found = list(zip(all_seen, odds, strict=True))
    changed = np.array([bool(one.row.fields) for one in all_seen])
    sums = [terms(one.ruled, Opinion(told[CHANGE], told[SPOKEN], 1.0), told) for one, told in found]
    blend, chances = _sum_of(sums, changed)
    blends = {CHANGE: blend}
    for field in NAMES:
        sums = [terms_of(field, one.ruled, told) for one, told in found]
        blends[field], _ = _sum_of(sums, np.array([field in one.row.fields for one in all_seen]))
    hard = np.array([one.row.kind == "hard" for one in all_seen])
    ruled = np.array([bool(one.ruled.starts) for one in all_seen])
    ask = _ask(chances, changed)
    confirm = _start(chances[hard & ruled], RULED_STARTS * hard.sum(), ask)
    start = _start(chances[hard & ~ruled], UNRULED_STARTS * hard.sum(), max(ask, SURE))
    return blends, (ask, confirm, start)


def _odds_of_others(weighed: csr_matrix, all_seen: Sequence[Seen]) -> list[dict[str, float]]:
    """What weights trained on the other families make of each utterance."""
    rows = [one.row for one in all_seen]
    odds = np.zeros((len(rows), len(GATE) + len(COLUMNS)))
    folds = GroupKFold(FOLDS).split(weighed, groups=[row.family for row in rows])
    for others, these in bar(folds, "what the others say", FOLDS):
        learned = [rows[place] for place in others]
        gate, rest = _kept(weighed[others], learned)
        matrix = unit_rows(weighed[:, gate])
        gate_bias, gate_table = _fitted(matrix[others], learned, GATE)
        rest_bias, rest_table = _fitted(matrix[others][:, rest], learned, COLUMNS)
        odds[these, : len(GATE)] = matrix[these] @ gate_table + gate_bias
        odds[these, len(GATE) :] = matrix[these][:, rest] @ rest_table + rest_bias
    return [dict(zip((*GATE, *COLUMNS), map(float, row), strict=True)) for row in odds]


def _sum_of(sums: Sequence[Sequence[float]], wanted: np.ndarray) -> tuple[tuple[float, ...], np.ndarray]:
    """The calibrated sum of these terms, and the probability it gives each utterance."""
    fitted = LogisticRegression(C=1.0, fit_intercept=False, max_iter=1000).fit(np.array(sums), wanted)
    return tuple(round(float(one), 3) for one in fitted.coef_[0]), fitted.predict_proba(np.array(sums))[:, 1]


def _ask(chances: np.ndarray, changed: np.ndarray) -> float:
    """The threshold with the best F1 in a stream where negatives are `RARER` times as frequent as in the corpus."""
    steps = np.arange(0.2, 0.8, 0.01)
    hits = [(changed & (chances >= step)).sum() for step in steps]
    alarms = [RARER * (~changed & (chances >= step)).sum() for step in steps]
    scores = [2 * hit / (changed.sum() + hit + alarm) for hit, alarm in zip(hits, alarms, strict=True)]
    return round(float(steps[int(np.argmax(scores))]), 2)


def _start(chances: np.ndarray, most: float, least: float) -> float:
    """The lowest threshold, `least` or above, at which no more than `most` of these hard negatives start."""
    steps = np.arange(least, 0.99, 0.01)
    fine = [step for step in steps if (chances >= step).sum() <= most]
    return round(float(min(fine, default=0.98)), 2)
