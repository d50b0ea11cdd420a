"""The trained weights: what they see, how they add up, and what the rules keep to themselves."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlu.explain import explained
from nlu.model import built_in_model
from nlu.model.features import features_of
from nlu.model.weights import Opinion, Weights, details, numbers_of, opinion, packed, row_of, telling, unpacked
from nlu.types import Holder, Language, Polarity
from nlu.understand import understand
from tests.nlu.trained import shipped_model

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WEIGHTS = Weights(
    columns=("phone",),
    bias=(-1.0, 0.5, -2.0),
    gate={"new": packed(300, -100, 100), "number": packed(200, 50, 300)},
    rest={"number": row_of(b"\x20\x03")},  # 800
    blend={},
    ask=0.4,
    confirm=0.6,
    start=0.9,
)


@given(rows=st.lists(st.tuples(*[st.integers(-30_000, 30_000)] * 2, st.integers(0, 30_000)), max_size=4_000))
def test_packed_numbers_add_up_as_the_numbers_do(rows: list[tuple[int, int, int]]) -> None:
    total = unpacked(sum(packed(*row) for row in rows))

    assert total == tuple(map(sum, zip(*rows, strict=True))) if rows else total == (0, 0, 0)


@given(
    rows=st.lists(st.lists(st.integers(-(2**15), 2**15 - 1), min_size=5, max_size=5), min_size=1, max_size=50),
)
@example(rows=[[-(2**15)] * 5])
def test_rows_keep_their_numbers_and_add_up(rows: list[list[int]]) -> None:
    packed_rows = {str(at): row_of(struct.pack("<5h", *row)) for at, row in enumerate(rows)}
    weights = Weights(tuple("abcde"), (0.0,) * 7, {}, packed_rows, {}, 0.4, 0.6, 0.9)

    assert [numbers_of(row, 5) for row in packed_rows.values()] == rows
    sums = details(packed_rows, weights, Opinion(0.0, 0.0, 1.0))
    assert list(sums.values()) == [sum(column) for column in zip(*rows, strict=True)]


def test_an_utterance_counts_the_same_however_long_it_is() -> None:
    view = opinion({"new", "number", "unheard of"}, WEIGHTS)

    assert view.length == pytest.approx(200.0)  # of squares 1 and 3, in hundredths
    assert view.change == pytest.approx(-1.0 + 500 / 200)
    assert view.spoken == pytest.approx(0.5 - 50 / 200)


def test_nothing_known_leaves_the_bias() -> None:
    assert opinion({"unheard of"}, WEIGHTS).change == -1.0
    assert details({"unheard of"}, WEIGHTS, Opinion(0.0, 0.0, 1.0)) == {"phone": -2.0}


def test_an_explanation_names_the_strongest_words_first() -> None:
    assert telling({"new", "number"}, WEIGHTS) == [("new", 1.5), ("number", 1.0)]


@pytest.mark.parametrize("text", ["", "a", "我" * 5_000, "word " * 5_000])
def test_features_are_bounded(text: str) -> None:
    for language in Language:
        assert len(features_of(text.lower(), "_" * len(text), (), language)) < 12_000


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("somebody else has been getting my post since I sold the flat", "address"),
        ("the name on my bills still has a typo in it", "name"),
        ("上个月搬的家", "address"),
        ("我那张还款的卡销户了咋弄", "bank_account"),
    ],
)
def test_the_weights_notice_what_no_rule_reads(text: str, field: str) -> None:
    understood = understand(text, now=NOW, model=shipped_model())

    assert field in (*understood.starts, *understood.asks)
    assert any(cue.field == field and cue.polarity is Polarity.ASSERTED for cue in understood.cues)


def test_a_cue_of_the_weights_alone_covers_the_utterance_and_is_the_customers() -> None:
    text = "somebody else has been getting my post since I sold the flat"

    cue = understand(text, now=NOW, model=shipped_model()).cues[0]

    assert cue.span[1] <= len(text)
    assert cue.holder is not Holder.OTHER


def test_an_explanation_shows_rules_and_words() -> None:
    told = explained("my new number is 217 555 0142", Language.EN, shipped_model())

    assert {"new-number"} & {one["rule"] for one in told["rules"]}
    assert any(one["feature"] == "my new" for one in told["words"]) or told["words"]
    assert told["fields"]["phone"] > 0.5
    assert 0 < told["thresholds"]["ask"] <= told["thresholds"]["confirm"]


def test_without_weights_an_explanation_has_the_rules_only() -> None:
    told = explained("my new number is 217 555 0142", Language.EN, built_in_model())

    assert told["rules"]
    assert told["words"] == []
