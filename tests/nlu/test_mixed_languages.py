"""Chinese with English verbs in it, and Chinese in Latin letters."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nlu.language import detect_language
from nlu.model import built_in_model
from nlu.types import Language, Understanding
from nlu.understand import understand

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def read(text: str) -> Understanding:
    return understand(text, region="CN", now=NOW, model=built_in_model())


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("change一下手机号", "phone"),
        ("帮我update一下地址", "address"),
        ("我的email要change", "email"),
        ("我的电话changed了", "phone"),
        ("wo huan shoujihao le", "phone"),
        ("Wo yao gai dizhi", "address"),
        ("wo banjia le", "address"),
        ("wo de youxiang huan le", "email"),
    ],
)
def test_a_change_is_read_whatever_letters_it_is_written_in(text: str, field: str) -> None:
    understood = read(text)

    assert understood.language is Language.ZH
    assert understood.starts == (field,)


@pytest.mark.parametrize("text", ["exchange手机", "手机要upgrade", "不change手机号", "wo bu huan shoujihao"])
def test_another_word_or_a_denial_begins_no_change(text: str) -> None:
    assert read(text).starts == ()


@pytest.mark.parametrize(
    "text", ["huan", "Le Xin", "shoujihao changed", "my new dizhi", "Wo Gai", "ma", "12 Banjia Road"]
)
def test_a_few_syllables_are_no_chinese(text: str) -> None:
    assert detect_language(text, Language.EN) is Language.EN
