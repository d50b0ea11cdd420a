"""The trained weights: what they see, how they add up, and what the rules keep to themselves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.explain import explained
from nlu.model import built_in_model
from nlu.model.features import features_of
from nlu.model.weights import Opinion, Weights, details, opinion, packed, probability, telling, unpacked
from nlu.types import ANY, BUILT_IN_FIELDS, Holder, Language, Polarity
from nlu.understand import understand
from nlu.verdict import HOLDERS, POLARITIES, WHENS, Ruled, decide_between
from tests.nlu.trained import shipped_model

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
COLUMNS = (*BUILT_IN_FIELDS, ANY, *HOLDERS, *POLARITIES, *WHENS)
WEIGHTS = Weights(
    columns=("phone",),
    bias=(-1.0, 0.5, -2.0),
    gate={"new": packed(300, -100, 100), "number": packed(200, 50, 300)},
    rest={"number": (800,)},
    blend={},
    ask=0.4,
    confirm=0.6,
    start=0.9,
)
NOTHING = frozenset[str]()
NOTHING_RULED = Ruled((), (), denied=False, theirs=False, given=NOTHING)


@given(rows=st.lists(st.tuples(*[st.integers(-30_000, 30_000)] * 2, st.integers(0, 30_000)), max_size=4_000))
def test_packed_numbers_add_up_as_the_numbers_do(rows: list[tuple[int, int, int]]) -> None:
    total = unpacked(sum(packed(*row) for row in rows))

    assert total == tuple(map(sum, zip(*rows, strict=True))) if rows else total == (0, 0, 0)


def test_an_utterance_counts_the_same_however_long_it_is() -> None:
    view = opinion({"new", "number", "unheard of"}, WEIGHTS)

    assert view.length == pytest.approx(200.0)  # of squares 1 and 3, in hundredths
    assert view.change == pytest.approx(-1.0 + 500 / 200)
    assert view.spoken == pytest.approx(0.5 - 50 / 200)


def test_nothing_known_leaves_the_bias() -> None:
    assert opinion({"unheard of"}, WEIGHTS).change == -1.0
    assert details({"unheard of"}, WEIGHTS, Opinion(0.0, 0.0, 1.0)) == {"phone": pytest.approx(probability(-2.0))}


def test_an_explanation_names_the_strongest_words_first() -> None:
    assert telling({"new", "number"}, WEIGHTS) == [("new", 1.5), ("number", 1.0)]


@pytest.mark.parametrize("text", ["", "a", "我" * 5_000, "word " * 5_000])
def test_features_are_bounded(text: str) -> None:
    for language in Language:
        assert len(features_of(text.lower(), "_" * len(text), (), language)) < 12_000


def seen(**chances: float) -> dict[str, float]:
    return dict.fromkeys(COLUMNS, 0.01) | chances


FIELDS = frozenset(BUILT_IN_FIELDS)


def test_below_the_threshold_nothing_is_done() -> None:
    assert decide_between(NOTHING_RULED, 0.3, seen(phone=0.9), WEIGHTS, FIELDS).asks == ()


def test_the_weights_alone_ask_before_they_start() -> None:
    asked = decide_between(NOTHING_RULED, 0.7, seen(phone=0.9), WEIGHTS, FIELDS)
    started = decide_between(NOTHING_RULED, 0.95, seen(phone=0.9), WEIGHTS, FIELDS)

    assert (asked.starts, asked.asks) == ((), ("phone",))
    assert (started.starts, started.asks) == (("phone",), ())


def test_where_no_field_is_likely_the_bot_asks_which() -> None:
    assert decide_between(NOTHING_RULED, 0.95, seen(any=0.8), WEIGHTS, FIELDS).asks == (ANY,)


def test_a_field_that_is_switched_off_is_never_named() -> None:
    verdict = decide_between(NOTHING_RULED, 0.95, seen(phone=0.9, email=0.2), WEIGHTS, frozenset({"email"}))

    assert "phone" not in (*verdict.starts, *verdict.asks)


def test_what_the_rules_start_needs_less() -> None:
    ruled = Ruled(("phone",), (), denied=False, theirs=False, given=NOTHING)

    assert decide_between(ruled, 0.65, seen(phone=0.5), WEIGHTS, FIELDS).starts == ("phone",)
    assert decide_between(ruled, 0.45, seen(phone=0.5), WEIGHTS, FIELDS).asks == ("phone",)
    assert decide_between(ruled, WEIGHTS.ask - 0.01, seen(phone=0.5), WEIGHTS, FIELDS).asks == ()


def test_what_the_rules_only_ask_about_is_started_when_the_weights_are_sure() -> None:
    told = Ruled((), ("phone",), denied=False, theirs=False, given=frozenset({"phone"}))

    assert decide_between(told, 0.99, seen(phone=0.99), WEIGHTS, FIELDS).starts == ("phone",)
    assert decide_between(told, WEIGHTS.start - 0.01, seen(phone=0.99), WEIGHTS, FIELDS).asks == ("phone",)


def test_a_value_that_may_differ_from_the_record_is_asked_about_even_when_the_weights_doubt_it() -> None:
    ruled = Ruled((), ("phone",), denied=False, theirs=False, given=frozenset({"phone"}))

    assert decide_between(ruled, WEIGHTS.ask / 2, seen(phone=0.1), WEIGHTS, FIELDS).asks == ("phone",)


def test_a_value_that_was_given_settles_what_the_rules_start() -> None:
    ruled = Ruled(("phone",), (), denied=False, theirs=False, given=frozenset({"phone"}))

    assert decide_between(ruled, 0.45, seen(phone=0.1, email=0.3), WEIGHTS, FIELDS).starts == ("phone",)


def test_what_the_rules_read_as_somebody_elses_is_at_most_asked_about() -> None:
    ruled = Ruled((), (), denied=True, theirs=True, given=frozenset({"phone"}))

    sure, less = (
        decide_between(ruled, chance, seen(phone=0.99), WEIGHTS, FIELDS) for chance in (0.999, WEIGHTS.start - 0.01)
    )
    assert (sure.starts, sure.asks) == ((), ("phone",))
    assert (less.starts, less.asks) == ((), ())


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
