"""Reasons, stays for a while, whose record it is, and days to come."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from nlu.model import built_in_model
from nlu.types import Ask, Expects, Holder, Understanding, WhenKind
from nlu.understand import understand

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def read(text: str, expects: Expects = Expects()) -> Understanding:  # noqa: B008 - a frozen value
    return understand(text, now=NOW, model=built_in_model(), expects=expects)


@pytest.mark.parametrize(
    ("text", "starts", "reason"),
    [
        ("change my email to ana@example.com because I changed jobs", "email", "I changed jobs"),
        ("because I got divorced I'd like to change my name to Ana Garcia", "name", "I got divorced"),
        ("I moved because of the noise", "address", "the noise"),
        ("我要改邮箱，因为换工作了", "email", "换工作了"),
        ("因为换工作了，我要改邮箱", "email", "换工作了"),
        ("由于离婚，我想改名字", "name", "离婚"),
    ],
)
def test_a_reason_is_kept_and_is_no_other_change(text: str, starts: str, reason: str) -> None:
    understood = read(text)

    assert (understood.starts, understood.asks, understood.reason) == ((starts,), (), reason)


@pytest.mark.parametrize("text", ["I moved", "is it because I moved?", "我搬家了", "是因为我搬家了吗？"])
def test_where_none_is_volunteered_there_is_no_reason(text: str) -> None:
    assert read(text).reason is None


def test_a_reason_alone_answers_what_was_asked_before() -> None:
    understood = read("it's because I got divorced", Expects(Ask.YES_NO, "address", about=("address",)))

    assert understood.starts == understood.asks == ()
    assert understood.reason == "I got divorced"


@pytest.mark.parametrize(
    "text",
    [
        "I'm staying at my mum's for two weeks",
        "please send my post to my office for the next two weeks",
        "这两周先寄到公司",
        "这段时间住在我妈家",
    ],
)
def test_a_stay_is_a_temporary_change_of_address(text: str) -> None:
    (cue,) = [one for one in read(text).cues if one.field == "address"]

    assert cue.when.kind is WhenKind.TEMPORARY


@pytest.mark.parametrize(
    "text", ["I'm staying at home", "please send my order", "寄到公司要多久", "my mum is staying for two weeks"]
)
def test_without_an_end_or_a_stay_of_ones_own_there_is_none(text: str) -> None:
    assert not [one for one in read(text).cues if one.field == "address"]


@pytest.mark.parametrize(
    ("text", "holder"),
    [
        ("my wife's new number is 217 555 0142", Holder.OTHER),
        ("帮我妈改一下电话", Holder.OTHER),
        ("we moved", Holder.HOUSEHOLD),
    ],
)
def test_whose_record_it_is(text: str, holder: Holder) -> None:
    assert {cue.holder for cue in read(text).cues} == {holder}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("my new number from 1 May is 217 555 0142", date(2026, 5, 1)),
        ("下个月3号起我的手机号换成13900001234", date(2026, 4, 3)),
        ("my date of birth is wrong, it should be 4 May 2027", None),
    ],
)
def test_the_day_from_which_a_change_counts(text: str, day: date | None) -> None:
    assert {cue.when.date for cue in read(text).cues} == {day}
