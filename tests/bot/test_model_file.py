"""The model file: small, checked before it is used, and trained on the corpus that lies beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.corpus import digest_of, read_corpus
from bot.model_file import LARGEST, SHIPPED, corpus_of, read_weights, shipped_weights, write_weights
from nlu.model.weights import ModelFileError
from nlu.types import Language


def test_the_shipped_file_is_small_and_holds_both_languages() -> None:
    assert SHIPPED.stat().st_size < LARGEST
    assert set(shipped_weights()) == set(Language)


def test_the_shipped_file_was_trained_on_the_corpus_as_it_is() -> None:
    """When this fails: `tellonce nlu train`."""
    assert corpus_of(SHIPPED) == digest_of(read_corpus())


def test_what_is_written_reads_the_same(tmp_path: Path) -> None:
    file = tmp_path / "weights.json"

    write_weights(file, shipped_weights(), "digest")

    assert read_weights(file) == shipped_weights()
    assert corpus_of(file) == "digest"
    assert list(tmp_path.iterdir()) == [file]


def _with(document: dict[str, Any], **parts: object) -> dict[str, Any]:
    """The document with other parts for English."""
    languages = document["languages"]
    return document | {"languages": languages | {"en": languages["en"] | parts}}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda document: [], "is no model file"),
        (lambda document: document | {"format": 2}, "format 2, expected 4"),
        (lambda document: document | {"languages": {}}, "is no model file"),
        (lambda document: document | {"languages": {"en": document["languages"]["en"]}}, "is no model file"),
        (lambda document: document | {"languages": document["languages"] | {"en": {}}}, "is no model file"),
        (lambda document: _with(document, blend={"change": [1.0]}), "is no model file"),
        (lambda document: _with(document, blend=7), "is no model file"),
        (lambda document: _with(document, ask=float("nan")), "is no model file"),
        (lambda document: _with(document, start=1.5), "is no model file"),
        (lambda document: _with(document, bias=[float("inf")] * 20), "is no model file"),
        (lambda document: _with(document, gate={"names": "a", "numbers": "AAAAAPD/"}), "is no model file"),
        (lambda document: _with(document, gate={"names": "a", "numbers": "AA"}), "is no model file"),
        (lambda document: _with(document, gate={"names": "a\nb", "numbers": "AAAA"}), "is no model file"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path: Path, change: object, says: str) -> None:
    file = tmp_path / "weights.json"
    file.write_text(json.dumps(change(json.loads(SHIPPED.read_text(encoding="utf-8")))), encoding="utf-8")  # type: ignore[operator]

    with pytest.raises(ModelFileError, match=says):
        read_weights(file)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"not json", b"[" * 100_000])
def test_what_is_not_json_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "weights.json"
    file.write_bytes(content)

    with pytest.raises(ModelFileError, match="is not JSON"):
        read_weights(file)


def test_a_file_that_is_missing_or_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_weights(tmp_path / "weights.json")
    with (tmp_path / "large.json").open("wb") as sparse:
        sparse.truncate(LARGEST + 1)
    with pytest.raises(ModelFileError, match="larger than 5 MiB"):
        read_weights(tmp_path / "large.json")
