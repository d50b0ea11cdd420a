"""Truths about understanding that hold for any text."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.language import simplify
from nlu.model import built_in_model
from nlu.types import Ask, Expects, Language, Polarity
from nlu.understand import understand

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
TEXTS = st.one_of(
    st.text(max_size=300), st.lists(WORDS, max_size=40).map(" ".join), st.lists(WORDS, max_size=40).map("".join)
)
OPEN = st.builds(Expects, ask=st.sampled_from(Ask), field=st.sampled_from([None, "address", "phone", "email", "name"]))


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, expects=OPEN, language=st.sampled_from([None, *Language]))
def test_no_text_raises_and_spans_index_the_text(text: str, expects: Expects, language: Language | None) -> None:
    understood = understand(text, expects=expects, now=NOW, language=language, model=built_in_model())

    for cue in understood.cues:
        start, end = cue.span
        assert 0 <= start < end <= len(text)
        assert 0 < cue.confidence < 1
    assert not set(understood.starts) & set(understood.asks)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_only_asserted_cues_start_or_ask(text: str) -> None:
    understood = understand(text, now=NOW, model=built_in_model())
    asserted = {cue.field for cue in understood.cues if cue.polarity is Polarity.ASSERTED}

    assert {*understood.starts, *understood.asks} <= asserted


@settings(max_examples=50, deadline=None)
@given(text=TEXTS)
def test_the_same_message_is_always_understood_the_same(text: str) -> None:
    model = built_in_model()

    assert understand(text, now=NOW, model=model) == understand(text, now=NOW, model=model)


@given(text=st.text())
def test_folding_traditional_characters_keeps_the_length(text: str) -> None:
    assert len(simplify(text)) == len(text)
