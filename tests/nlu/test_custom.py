"""A company's own fields: patterns that are cheap, choices, and how values are read."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from nlu.custom import Choice, CustomField
from nlu.model import Model, built_in_model, model_of
from nlu.patterns import LONGEST_VALUE, UnsafePatternError, checked
from nlu.types import BUILT_IN_FIELDS, Ask, Expects, Holder, Language, Polarity, Problem, Understanding
from nlu.understand import understand

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CARD = CustomField(
    "loyalty_card",
    {Language.EN: "loyalty card number", Language.ZH: "会员卡号"},
    {
        Language.EN: ("my loyalty card has changed to LC-20458831", "please update my points card"),
        Language.ZH: ("我的会员卡号换成LC-20458831了", "帮我改一下积分卡号"),
    },
    pattern="LC-?[0-9]{8}",
)
TIME = CustomField(
    "delivery_time",
    {Language.EN: "delivery time", Language.ZH: "送货时间"},
    {Language.EN: ("please deliver in the evening from now on",), Language.ZH: ("以后都晚上送货",)},
    choices=(
        Choice("morning", {Language.EN: "Morning, 8 to 12", Language.ZH: "上午（8–12点）"}),
        Choice("evening", {Language.EN: "Evening, 6 to 9", Language.ZH: "晚上（18–21点）"}),
    ),
)


@pytest.fixture(scope="module")
def model() -> Model:
    return model_of(BUILT_IN_FIELDS, (CARD, TIME))


def read(text: str, model: Model, expects: Expects = Expects()) -> Understanding:  # noqa: B008 - a frozen value
    return understand(text, now=NOW, model=model, expects=expects)


def values(read: Understanding, field: str) -> list[str]:
    return [one.value["value"] for one in read.candidates if one.field == field and "value" in one.value]


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", "(a|a)*", "(a|aa)+b", "a*a*a*a*b", "(.*)*x", "((ab)*)*", "(?:a{1,60}){1,60}", r"(a)\1", "(?<=a)b"],
)
def test_a_pattern_that_may_be_slow_is_refused(pattern: str) -> None:
    with pytest.raises(UnsafePatternError):
        checked(pattern)


@pytest.mark.parametrize(
    "pattern", ["LC-?[0-9]{8}", "[A-Z]{2}[0-9]{2} ?[A-Z]{3}", r"(?:[A-Z]{2}\d{2}){1,3}", "ab|cd|ef", r"\d{6,10}[A-Z]?"]
)
def test_a_usual_pattern_is_taken_and_is_fast(pattern: str) -> None:
    compiled = checked(pattern)

    begun = time.thread_time()
    for text in ("A" * LONGEST_VALUE, "9" * LONGEST_VALUE, "AB12" * 16):
        compiled.match(text)
    assert time.thread_time() - begun < 0.05


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("my loyalty card is now LC-11223344", "LC-11223344"),
        ("I've changed my loyalty card: lc 1122 3344", "LC11223344"),
        ("我的会员卡号换成ＬＣ１１２２３３４４了", "LC11223344"),
    ],
)
def test_a_value_is_read_however_it_is_typed(model: Model, text: str, value: str) -> None:
    understood = read(text, model)

    assert understood.starts == ("loyalty_card",)
    assert values(understood, "loyalty_card") == [value]


def test_a_longer_number_is_not_cut(model: Model) -> None:
    assert values(read("my loyalty card changed to LC-112233445566", model), "loyalty_card") == []


def test_an_answer_that_does_not_fit_is_a_problem(model: Model) -> None:
    understood = read("LC-123", model, Expects(Ask.SLOT, "loyalty_card"))

    assert [one.problem for one in understood.candidates if one.field == "loyalty_card"] == [Problem.INVALID]


@pytest.mark.parametrize(
    ("text", "value"),
    [("please deliver in the evening", "evening"), ("以后都晚上送货吧", "evening"), ("送货时间改成上午", "morning")],
)
def test_a_choice_is_read_from_its_words(model: Model, text: str, value: str) -> None:
    understood = read(text, model)

    assert understood.starts == ("delivery_time",)
    assert values(understood, "delivery_time") == [value]


def test_scopes_hold_for_own_fields_as_for_any_other(model: Model) -> None:
    def cue(text: str) -> tuple[Polarity, Holder]:
        (found,) = [one for one in read(text, model).cues if one.field == "loyalty_card"]
        return found.polarity, found.holder

    assert cue("I changed my loyalty card") == (Polarity.ASSERTED, Holder.SELF)
    assert cue("I haven't changed my loyalty card") == (Polarity.NEGATED, Holder.SELF)
    assert cue("what if I changed my loyalty card") == (Polarity.HYPOTHETICAL, Holder.SELF)
    assert cue("my wife changed her loyalty card")[1] is Holder.OTHER


@pytest.mark.parametrize("text", ["the loyalty card one", "loyalty", "会员卡"])
def test_an_own_field_is_picked_by_a_word(model: Model, text: str) -> None:
    assert read(text, model, Expects(Ask.WHICH_FIELD)).chosen == ("loyalty_card",)


@pytest.mark.parametrize(
    ("text", "field"),
    [("the bank one", "bank_account"), ("my ID", "id_document"), ("工作", "company"), ("卡号那个", "bank_account")],
)
def test_a_loose_word_picks_a_field_when_asked_which(text: str, field: str) -> None:
    assert read(text, built_in_model(), Expects(Ask.WHICH_FIELD)).chosen == (field,)


def test_what_is_said_of_other_things_is_read_as_without_own_fields(model: Model) -> None:
    for text in ("I moved to 12 Oak Street", "我换手机号了", "where is my order?", "my name is wrong"):
        without = read(text, built_in_model())
        with_own = read(text, model)
        assert (with_own.starts, with_own.asks) == (without.starts, without.asks)
