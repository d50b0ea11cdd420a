"""Companies, people to contact and other personal details, in both languages."""

from __future__ import annotations

import pytest

from nlu.types import Language, Problem
from nlu.values.identity import region_known
from nlu.values.present import mask, present
from tests.nlu.values.conftest import Find


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("我换工作了 现在在XX公司当会计", {"name": "XX公司", "title": "会计"}),
        ("我跳槽到星辰科技了", {"name": "星辰科技"}),
        ("公司改名了，现在叫星辰贸易有限公司", {"name": "星辰贸易有限公司"}),
        ("我升职了，现在是部门经理", {"title": "部门经理"}),
        ("I changed jobs, I'm now at Acme Ltd", {"name": "Acme Ltd"}),
        ("I changed jobs. I'm now an accountant at Acme Ltd", {"name": "Acme Ltd", "title": "accountant"}),
        ("My company has been renamed to Initech GmbH", {"name": "Initech GmbH"}),
    ],
)
def test_a_company_and_a_position_are_found(find: Find, text: str, value: dict[str, str]) -> None:
    (found,) = find(text, "company")

    assert dict(found.value) == value


def test_the_company_that_was_left_is_the_old_one(find: Find) -> None:
    assert [one.role for one in find("I no longer work at Acme", "company")] == ["old"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "紧急联系人改成我老婆 李娜 13800001111",
            {"name": "李娜", "relation": "老婆", "e164": "+8613800001111"},
        ),
        ("紧急联系人换成李娜，是我老婆", {"name": "李娜", "relation": "老婆"}),
        (
            "emergency contact is now my sister Jane, (217) 555-0123",
            {"name": "Jane", "relation": "sister", "e164": "+12175550123"},
        ),
        ("I want to change my emergency contact to Bob Smith", {"name": "Bob Smith"}),
    ],
)
def test_a_contact_person_is_found_with_relation_and_number(find: Find, text: str, value: dict[str, str]) -> None:
    found = find(text, "contact_person")

    assert [(one.field, dict(one.value)) for one in found] == [("contact_person", value)]


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("I got divorced", "marital_status", "divorced"),
        ("婚姻状况变了，现在已婚", "marital_status", "已婚"),
        ("以后账单发电子版", "statements", "账单发电子版"),
        ("please send me paper statements", "statements", "paper statements"),
        ("my date of birth is wrong, it should be 4 May 1980", "date_of_birth", "1980-05-04"),
        ("我的出生日期应该是1980年5月4日", "date_of_birth", "1980-05-04"),
        ("我的职业换了，现在是老师", "occupation", "老师"),
    ],
)
def test_other_details_have_a_kind(find: Find, text: str, kind: str, said: str) -> None:
    (found,) = find(text, "other_personal")

    assert dict(found.value) == {"kind": kind, "text": said}


@pytest.mark.parametrize("field", ["company", "contact_person", "other_personal"])
@pytest.mark.parametrize("text", ["why?", "what for?", "cancel", "stop", "取消", "为什么", "人工", "算了"])
def test_what_is_said_of_the_talk_is_no_answer(find: Find, field: str, text: str) -> None:
    assert find(text, expects=field) == ()


def test_documents_have_a_number_and_a_kind(find: Find) -> None:
    (whole,) = find("I have a new passport, the number is 533380006", "id_document")
    (kind,) = find("it's a passport", expects="id_document")
    (old,) = find("310104900307002", expects="id_document")

    assert dict(whole.value) == {"number": "533380006", "type": "passport"}
    assert dict(kind.value) == {"type": "passport"}
    assert old.problem is Problem.TOO_SHORT


def test_a_region_that_is_not_in_the_tables_is_known_as_such() -> None:
    assert region_known("310104199003070026")
    assert not region_known("999999199003070020")


def test_an_iban_whose_check_digits_do_not_fit_is_no_shorter_number(find: Find) -> None:
    (found,) = find("GB82 WEST 1234 5698 7654 33", expects="bank_account")

    assert found.problem is Problem.INVALID


def test_a_bank_may_be_told_before_the_number(find: Find) -> None:
    (found,) = find("招商银行", expects="bank_account")

    assert dict(found.value) == {"bank": "招商银行"}


def test_new_fields_are_written_in_the_language_and_masked() -> None:
    document = {"number": "533380006", "type": "passport"}
    person = {"name": "李娜", "relation": "老婆", "e164": "+8613800001111"}

    assert present("id_document", document, language=Language.ZH) == "护照 533380006"
    assert present("contact_person", person, language=Language.ZH) == "李娜（老婆） +86 138 0000 1111"
    assert present("contact_person", person, language=Language.EN) == "李娜 (老婆), +86 138 0000 1111"
    assert mask("id_document", document) == "•••• 0006"
    assert mask("contact_person", person) == "李•••"
    assert mask("company", {"name": "Acme Ltd"}) == mask("other_personal", {"text": "divorced"}) == "••••"
