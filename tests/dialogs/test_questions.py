"""What customers ask besides answering."""

from __future__ import annotations

import pytest

from dialogs.questions import asked_language, asks_something, asks_where_sent
from nlu.questions import asks_how_long
from nlu.types import Language


@pytest.mark.parametrize(
    "text",
    [
        "can we do this in chinese",
        "Chinese please",
        "我想用中文",
        "还是说中文吧",
        "中文",
        "i don't speak english, sorry",
        "换成中文",
    ],
)
def test_chinese_is_asked_for(text: str) -> None:
    assert asked_language(text) is Language.ZH


@pytest.mark.parametrize(
    "text", ["english please", "can we talk in English?", "说英文", "英语可以吗", "我不会说中文", "switch to english"]
)
def test_english_is_asked_for(text: str) -> None:
    assert asked_language(text) is Language.EN


@pytest.mark.parametrize(
    "text", ["我的英文名改了", "I teach English at 12 Oak Street", "my Chinese name changed", "中文路12号", "hello"]
)
def test_a_language_that_is_only_mentioned_is_not_asked_for(text: str) -> None:
    assert asked_language(text) is None


@pytest.mark.parametrize(
    "text",
    ["where is my order", "and do you open on sundays", "is it free?", "我的快递到哪了", "要交材料吗", "你们几点下班"],
)
def test_a_question_is_told_apart(text: str) -> None:
    assert asks_something(text)


@pytest.mark.parametrize("text", ["blorp", "12 Oak Street", "i want it", "阿巴阿巴", "世纪大道100号", "is"[:0]])
def test_what_is_no_question_is_none(text: str) -> None:
    assert not asks_something(text)


@pytest.mark.parametrize(
    "text", ["which phone did you send it to", "where did you send the code", "发到哪个手机了", "发哪了"]
)
def test_where_the_code_went_is_asked(text: str) -> None:
    assert asks_where_sent(text)


@pytest.mark.parametrize(
    "text", ["how long does it take", "when will it be done", "多久能好", "什么时候生效啊", "要几天"]
)
def test_how_long_it_takes_is_asked(text: str) -> None:
    assert asks_how_long(text)


@pytest.mark.parametrize("text", ["i moved two days ago", "我搬家几天了", "how do i change my address"])
def test_a_span_of_time_is_no_question(text: str) -> None:
    assert not asks_how_long(text)
