"""The model file: the trained weights of both languages as JSON, so that loading it runs no code."""

from __future__ import annotations

import base64
import json
import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from nlu.model.weights import CHANGE, FORMAT, ModelFileError, Weights, numbers_of, packed, row_of, unpacked
from nlu.types import Language
from nlu.verdict import NAMES, SCOPES, TERMS, TERMS_OF_FIELD

SHIPPED = Path(__file__).resolve().parents[1] / "nlu" / "model" / "weights.json"
LARGEST = 5 * 1024 * 1024
TRIPLE = struct.Struct("<3h")
SUMS = {CHANGE: len(TERMS), **dict.fromkeys(NAMES, len(TERMS_OF_FIELD))}
"""How many weights each calibrated sum has."""


@cache
def shipped_weights() -> Mapping[Language, Weights]:
    """The weights that come with the distribution."""
    return read_weights(SHIPPED)


def read_weights(file: Path) -> Mapping[Language, Weights]:
    """Read a model file. Raises ModelFileError."""
    document = _document(file)
    if document.get("format") != FORMAT:
        raise ModelFileError(f"{file.name}: format {document.get('format')!r}, expected {FORMAT}; train it anew")
    try:
        languages = document["languages"]
        return {language: _weights(languages[language.value]) for language in Language}
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelFileError(f"{file.name}: is no model file ({type(error).__name__}); train it anew") from None


def write_weights(file: Path, weights: Mapping[Language, Weights], corpus: str) -> None:
    """Write the model file in one step; `corpus` is the digest of what it was trained on."""
    document = {
        "format": FORMAT,
        "corpus": corpus,
        "languages": {language.value: _shown(one) for language, one in weights.items()},
    }
    beside = file.with_suffix(".new")
    beside.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    beside.replace(file)


def corpus_of(file: Path) -> str:
    """The digest of the corpus that a model file was trained on. Raises ModelFileError."""
    return str(_document(file).get("corpus"))


def _document(file: Path) -> dict[str, Any]:
    try:
        large = file.stat().st_size > LARGEST
        written = b"" if large else file.read_bytes()
    except OSError as error:
        raise ModelFileError(f"{file.name}: cannot be read ({error.strerror})") from None
    if large:
        raise ModelFileError(f"{file.name}: larger than {LARGEST // 2**20} MiB")
    try:
        document = json.loads(written)
    except (ValueError, RecursionError):
        raise ModelFileError(f"{file.name}: is not JSON; train it anew") from None
    if not isinstance(document, dict):
        raise ModelFileError(f"{file.name}: is no model file; train it anew")
    return document


def _weights(given: Mapping[str, Any]) -> Weights:
    columns = tuple(map(str, given["columns"]))
    blend = {str(name): tuple(map(_finite, weights)) for name, weights in given["blend"].items()}
    sizes = {name: len(sums) for name, sums in blend.items()}
    if columns != (*NAMES, *SCOPES) or len(given["bias"]) != len(columns) + 2 or sizes != SUMS:
        raise ValueError
    thresholds = tuple(_finite(given[name]) for name in ("ask", "confirm", "start"))
    if not all(0 < one < 1 for one in thresholds):
        raise ValueError
    return Weights(
        columns,
        tuple(map(_finite, given["bias"])),
        {name: _gate(row) for name, row in _table(given["gate"], 3)},
        {name: row_of(row) for name, row in _table(given["rest"], len(columns))},
        blend,
        *thresholds,
    )


def _gate(row: bytes) -> int:
    change, spoken, square = TRIPLE.unpack(row)
    if square <= 0:  # the length of an utterance is a root
        raise ValueError
    return packed(change, spoken, square)


def _finite(given: Any) -> float:
    number = float(given)
    if not math.isfinite(number):
        raise ValueError
    return number


def _shown(one: Weights) -> dict[str, Any]:
    return {
        "columns": one.columns,
        "bias": one.bias,
        "blend": one.blend,
        "ask": one.ask,
        "confirm": one.confirm,
        "start": one.start,
        "gate": _shown_table({name: unpacked(row) for name, row in one.gate.items()}),
        "rest": _shown_table({name: numbers_of(row, len(one.columns)) for name, row in one.rest.items()}),
    }


def _table(given: Mapping[str, Any], width: int) -> Iterator[tuple[str, bytes]]:
    """The rows of a table, numbers of 16 bits each, the small end first. Raises ValueError when names and numbers
    do not fit."""
    names = str(given["names"]).split("\n")
    numbers, size = base64.b64decode(given["numbers"], validate=True), 2 * width
    if len(numbers) != size * len(names):
        raise ValueError
    return ((name, numbers[at : at + size]) for name, at in zip(names, range(0, len(numbers), size), strict=True))


def _shown_table(rows: Mapping[str, Sequence[int]]) -> dict[str, str]:
    """Names, and their numbers: read in a tenth of the time that lists would take."""
    names = sorted(rows)
    numbers = b"".join(struct.pack(f"<{len(rows[name])}h", *rows[name]) for name in names)
    return {"names": "\n".join(names), "numbers": base64.b64encode(numbers).decode()}
