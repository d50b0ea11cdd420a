"""Truths about understanding that hold for any text."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.corpus import read_corpus
from nlu.language import simplify
from nlu.types import BUILT_IN_FIELDS, Ask, Expects, Language, Polarity
from nlu.understand import LONGEST_READ, understand
from tests.nlu.trained import shipped_model

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WORDS = st.sampled_from(
    [
        "my",
        "address",
        "phone",
        "number",
        "moved",
        "I",
        "we",
        "not",
        "haven't",
        "change",
        "wrong",
        "new",
        ",",
        ".",
        "?",
        "if",
        "12",
        "@",
        "a@b.com",
        "我",
        "改",
        "手机号",
        "地址",
        "没",
        "搬家了",
        "，",
        "。",
        "号",
        "錯",
        "的",
        "新",
        "是",
        "138",
    ]
)
SAID = [row.text for row in read_corpus()]
FRAGMENTS = st.tuples(st.sampled_from(SAID), st.integers(0, 60), st.integers(1, 60)).map(
    lambda cut: cut[0][min(cut[1], len(cut[0]) // 2) :][: cut[2]]
)
"""Pieces of what people would say."""

TEXTS = st.one_of(
    st.sampled_from(SAID),
    st.lists(FRAGMENTS, min_size=1, max_size=6).map(" ".join),
    st.text(max_size=300),
    st.binary(max_size=300).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    st.lists(WORDS, min_size=1, max_size=8).map(lambda words: (" ".join(words) + " ") * (LONGEST_READ // 40)),
    st.lists(WORDS, max_size=40).map(" ".join),
    st.lists(WORDS, max_size=40).map("".join),
)
OPEN = st.builds(Expects, ask=st.sampled_from(Ask), field=st.sampled_from([None, *BUILT_IN_FIELDS]))


SHARDS, CASES = 4, 2_500 if os.environ.get("CI") else 250


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_text_raises_and_spans_index_the_text(shard: int, record_property: Callable[[str, object], None]) -> None:
    """Thousands of texts of any characters and length, ten at the gate, with the shipped model."""
    model, seen = shipped_model(), 0

    @settings(max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(text=TEXTS, expects=OPEN, language=st.sampled_from([None, *Language]))
    def every_text(text: str, expects: Expects, language: Language | None) -> None:
        nonlocal seen
        seen += 1
        understood = understand(text, expects=expects, now=NOW, language=language, model=model)
        for cue in understood.cues:
            start, end = cue.span
            assert 0 <= start < end <= len(text)
            assert 0 < cue.confidence < 1
        for candidate in understood.candidates:
            start, end = candidate.span
            assert 0 <= start < end <= len(text)
            assert candidate.raw == text[start:end]
        assert not set(understood.starts) & set(understood.asks)

    every_text()
    assert seen >= CASES
    record_property("texts", seen)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_only_asserted_cues_start_or_ask(text: str) -> None:
    understood = understand(text, now=NOW, model=shipped_model())
    asserted = {cue.field for cue in understood.cues if cue.polarity is Polarity.ASSERTED}

    assert {*understood.starts, *understood.asks} <= asserted


@settings(max_examples=50, deadline=None)
@given(text=TEXTS)
def test_the_same_message_is_always_understood_the_same(text: str) -> None:
    model = shipped_model()

    assert understand(text, now=NOW, model=model) == understand(text, now=NOW, model=model)


def test_everything_in_the_corpus_is_understood() -> None:
    model = shipped_model()

    some = SAID if os.environ.get("CI") else SAID[::20]

    assert all(understand(text, now=NOW, model=model, expects=Expects()) for text in some)
    assert understand("county is wrong in my address", now=NOW, model=model).candidates == ()


@given(text=st.text())
def test_folding_traditional_characters_keeps_the_length(text: str) -> None:
    assert len(simplify(text)) == len(text)
