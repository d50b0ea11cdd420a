"""Fields of a company's own in config.yml."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.catalogues import catalogues_with
from bot.config import ConfigError, load_config
from bot.console.difference import difference
from dialogs.replies import ReplyId, render
from dialogs.types import Button, Reply, Term
from nlu.types import Language
from nlu.values.present import mask

OWN = """
fields:
  loyalty_card:
    label: {en: 'loyalty "gold" {card}', zh: 会员卡号}
    purpose: {en: so that your points are counted, zh: 记积分}
    pattern: "LC-?[0-9]{8}"
    examples: {en: [my loyalty card has changed], zh: [我的会员卡号换了]}
  delivery_time:
    label: {en: delivery time, zh: 送货时间}
    purpose: {en: so that we come when you are in, zh: 方便时送货}
    choices: [{value: am, en: Morning, zh: 上午}, {en: Evening, zh: 晚上}]
check_ins: {fields: [loyalty_card]}
"""


def load(folder: Path, text: str) -> tuple[str, ...]:
    """The problems of a configuration."""
    (folder / "config.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load_config(folder / "config.yml", {})
    return tuple(map(str, raised.value.problems))


def test_an_own_field_is_policy_words_and_something_to_learn(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text(OWN, encoding="utf-8")
    config = load_config(tmp_path / "config.yml", {})
    policy = config.policy()

    assert list(policy.fields)[-2:] == ["loyalty_card", "delivery_time"]
    assert policy.fields["delivery_time"].choices == ("am", "Evening")
    assert [field.name for field in config.fields.to_learn()] == ["loyalty_card", "delivery_time"]


def test_labels_mean_themselves_whatever_stands_in_them(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text(OWN, encoding="utf-8")
    catalogues = catalogues_with(load_config(tmp_path / "config.yml", {}).fields.sentences)
    asked = Reply(
        ReplyId.ASK_FIELD,
        {"first": "no", "field": Term("field-loyalty_card")},
        (Button("choice.pick:delivery_time-1", "choice-delivery_time-1"),),
    )

    assert 'loyalty "gold" {card}' in render(asked, Language.EN, catalogues).text
    assert render(asked, Language.ZH, catalogues).buttons == (("choice.pick:delivery_time-1", "晚上"),)


def test_parse_prints_the_own_fields_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text(OWN, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bot", "parse"],
        input='{"id": 1, "text": "I changed my loyalty card to LC-11223344"}\n',
        env=os.environ | {"TELLONCE_CONFIG": str(tmp_path / "config.yml")},
        capture_output=True,
        text=True,
    )

    told = json.loads(done.stdout)
    assert told["starts"] == ["loyalty_card"]
    assert [(one["field"], one["value"]) for one in told["values"]] == [("loyalty_card", {"value": "LC-11223344"})]


def test_checkers_see_the_difference_of_an_own_value() -> None:
    shown = difference("loyalty_card", {"value": "LC-11223344"}, {"value": "LC-11223355"}, Language.EN)

    assert [piece.text for piece in shown.new if piece.differs] == ["11223355"]
    assert mask("loyalty_card", {"value": "LC-11223355"}) == "•••• 3355"


WORDS = "label: {en: a b, zh: 甲乙}, purpose: {en: p, zh: 用}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("fields:\n  shoe: {}\n", "config.yml:2: fields.shoe: a field of your own needs label, purpose"),
        ("fields:\n  bank_acount: {}\n", "config.yml:2: fields.bank_acount: no such key; did you mean bank_account?"),
        (f"fields:\n  shoe: {{{WORDS}}}\n", "fields.shoe: needs exactly one of pattern and choices"),
        (
            f"fields:\n  shoe: {{{WORDS}, pattern: '\\d{{2}}', choices: [{{en: a, zh: 甲}}, {{en: b, zh: 乙}}]}}\n",
            "fields.shoe: needs exactly one of pattern and choices",
        ),
        (f"fields:\n  Shoe Size: {{{WORDS}, pattern: a}}\n", "Shoe Size: should be a name in snake_case"),
        (f"fields:\n  any: {{{WORDS}, pattern: a}}\n", "fields.any: should be a name in snake_case"),
        (
            f"fields:\n  shoe:\n    {{{WORDS},\n    pattern: '(a+)+'}}\n",
            "config.yml:4: fields.shoe.pattern: may be slow",
        ),
        (f"fields:\n  shoe: {{{WORDS}, pattern: '('}}\n", "fields.shoe.pattern: is no regular expression"),
        (f"fields:\n  shoe: {{{WORDS}, pattern: '(?=a)b'}}\n", "fields.shoe.pattern: should do without look-around"),
        (f"fields:\n  shoe: {{{WORDS}, pattern: 'a?'}}\n", "fields.shoe.pattern: matches an empty text"),
        (f"fields:\n  shoe: {{{WORDS}, choices: [{{en: a, zh: 甲}}]}}\n", "fields.shoe.choices: one choice is none"),
        (f"fields:\n  shoe: {{{WORDS}, pattern: a, proofs: [new_contact, on_file]}}\n", "new_contact proves only"),
        ("check_ins: {fields: [shoe]}\n", "check_ins: names a field that is not among fields: shoe"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    assert any(problem in told for told in load(tmp_path, text)), load(tmp_path, text)
