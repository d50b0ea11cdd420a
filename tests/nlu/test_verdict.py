"""What is decided, given the rules' word and what the trained weights make of an utterance."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from nlu.model.weights import CHANGE, Opinion, Weights
from nlu.replaced import replaced
from nlu.types import ANY, BUILT_IN_FIELDS
from nlu.understand import understand
from nlu.verdict import (
    FAR,
    NAMES,
    SCOPES,
    TERMS,
    TERMS_OF_FIELD,
    Ruled,
    Verdict,
    decide_between,
    terms,
    terms_of,
    worth_a_look,
)
from tests.nlu.trained import shipped_model

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FIELDS = frozenset(BUILT_IN_FIELDS)
NOTHING = frozenset[str]()
PHONE = frozenset({"phone"})
UNRULED = Ruled((), (), denied=False, theirs=False, given=NOTHING)
UNDECIDED = Opinion(0.0, 0.0, 1.0)
ODDS = dict.fromkeys((*NAMES, *SCOPES), 0.0)


WEIGHTS = Weights(
    columns=(),
    bias=(),
    gate={},
    rest={},
    blend={
        CHANGE: tuple(float(term == "odds") for term in TERMS),
        **{field: tuple(float(term == "odds") for term in TERMS_OF_FIELD) for field in NAMES},
    },
    ask=0.4,
    confirm=0.6,
    start=0.9,
)
"""Sums that pass on what the weights say, so that a test may say it as a probability."""


def decided(ruled: Ruled, chance: float, fields: frozenset[str] = FIELDS, **seen: float) -> Verdict:
    odds = ODDS | {name: odds_of(seen.get(name, 0.01)) for name in NAMES}
    return decide_between(ruled, Opinion(odds_of(chance), 0.0, 1.0), odds, WEIGHTS, fields)


def odds_of(chance: float) -> float:
    return math.log(chance / (1 - chance))


def test_below_the_threshold_nothing_is_done() -> None:
    assert decided(UNRULED, 0.3, phone=0.9).asks == ()


def test_the_weights_alone_ask_before_they_start() -> None:
    asked, started = (decided(UNRULED, chance, phone=0.9) for chance in (0.7, 0.95))

    assert (asked.starts, asked.asks) == ((), ("phone",))
    assert (started.starts, started.asks) == (("phone",), ())


def test_several_fields_may_be_likely_and_the_likeliest_is_taken_where_none_is() -> None:
    assert decided(UNRULED, 0.95, phone=0.9, email=0.8).starts == ("phone", "email")
    assert decided(UNRULED, 0.7, phone=0.3, email=0.2).asks == ("phone",)


def test_where_no_field_is_likely_the_bot_asks_which() -> None:
    assert decided(UNRULED, 0.95, any=0.8).asks == (ANY,)


@pytest.mark.parametrize("others", [0.01, 0.2, 0.6])
def test_no_other_field_is_taken_for_one_that_is_switched_off(others: float) -> None:
    verdict = decided(UNRULED, 0.95, frozenset({"email", "name"}), phone=0.9, email=others)

    assert (verdict.starts, verdict.asks) == ((), (ANY,))


def test_beside_a_field_that_is_switched_off_one_that_the_rules_begin_with_a_value_is_meant() -> None:
    ruled = Ruled(("email",), (), denied=False, theirs=False, given=frozenset({"email"}))

    assert decided(ruled, 0.95, frozenset({"email"}), phone=0.9, email=0.3).starts == ("email",)


@pytest.mark.parametrize(
    ("text", "off"),
    [
        ("I have a new mobile number", {"phone"}),
        ("换了新手机号", {"phone"}),
        ("I closed my old bank account, use the new one", {"bank_account"}),
        ("我的护照换了新的", {"id_document"}),
        ("my new passport arrived, the number has changed", {"id_document"}),
    ],
)
def test_what_a_company_does_not_keep_is_no_other_detail(text: str, off: set[str]) -> None:
    model = replaced(shipped_model(), fields=FIELDS - off)

    understood = understand(text, now=NOW, model=model)

    assert understood.starts == ()
    assert understood.asks in ((), (ANY,))


def test_what_the_rules_start_needs_less() -> None:
    ruled = Ruled(("phone",), (), denied=False, theirs=False, given=NOTHING)

    assert decided(ruled, 0.65, phone=0.5).starts == ("phone",)
    assert decided(ruled, 0.45, phone=0.5).asks == ("phone",)
    assert decided(ruled, WEIGHTS.ask - 0.01, phone=0.5).asks == ()


def test_what_the_rules_only_ask_about_is_started_when_the_weights_are_sure() -> None:
    told = Ruled((), ("phone",), denied=False, theirs=False, given=PHONE)

    assert decided(told, 0.99, phone=0.99).starts == ("phone",)
    assert decided(told, WEIGHTS.start - 0.01, phone=0.99).asks == ("phone",)


def test_a_value_that_may_differ_from_the_record_is_asked_about_even_when_the_weights_doubt_it() -> None:
    ruled = Ruled((), ("phone",), denied=False, theirs=False, given=PHONE)

    assert decided(ruled, WEIGHTS.ask / 2 + 0.01, phone=0.1).asks == ("phone",)
    assert decided(ruled, WEIGHTS.ask / 2 - 0.01, phone=0.1).asks == ()


def test_a_value_that_was_given_settles_what_the_rules_start() -> None:
    ruled = Ruled(("phone",), (), denied=False, theirs=False, given=PHONE)

    assert decided(ruled, 0.45, phone=0.1, email=0.3).starts == ("phone",)


def test_the_rules_can_tip_a_field() -> None:
    ruled = Ruled((), ("phone",), denied=False, theirs=False, given=NOTHING)
    tipped = {"odds": 1.0, "asks": 2.0}
    blend = dict(WEIGHTS.blend) | {"phone": tuple(tipped.get(term, 0.0) for term in TERMS_OF_FIELD)}
    weights = Weights((), (), {}, {}, blend, WEIGHTS.ask, WEIGHTS.confirm, WEIGHTS.start)
    odds = ODDS | dict.fromkeys(NAMES, -4.0) | {"phone": -1.5, "email": -1.0}

    assert decide_between(ruled, UNDECIDED, odds, weights, FIELDS).asks == ("phone",)
    assert decide_between(UNRULED, UNDECIDED, odds, weights, FIELDS).asks == ("email",)


def test_what_the_rules_read_as_somebody_elses_is_at_most_asked_about() -> None:
    ruled = Ruled((), (), denied=True, theirs=True, given=PHONE)

    sure, less = (decided(ruled, chance, phone=0.99) for chance in (0.999, WEIGHTS.start - 0.01))

    assert (sure.starts, sure.asks) == ((), ("phone",))
    assert (less.starts, less.asks) == ((), ())


@pytest.mark.parametrize(
    ("ruled", "change", "spoken", "looked"),
    [
        (UNRULED, FAR - 0.1, -1.0, False),
        (UNRULED, FAR, -1.0, True),
        (UNRULED, -9.0, 0.0, True),
        (Ruled(("phone",), (), denied=False, theirs=False, given=NOTHING), -9.0, -9.0, True),
    ],
)
def test_fields_are_looked_at_where_it_matters(ruled: Ruled, change: float, spoken: float, looked: bool) -> None:
    assert worth_a_look(ruled, Opinion(change, spoken, 1.0)) is looked


def test_every_term_has_its_name() -> None:
    assert len(terms(UNRULED, UNDECIDED, ODDS)) == len(TERMS)
    assert len(terms_of("phone", UNRULED, ODDS)) == len(TERMS_OF_FIELD)
