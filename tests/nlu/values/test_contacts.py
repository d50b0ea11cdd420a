"""Phones, e-mails, names and the simpler fields."""

from __future__ import annotations

import pytest

from nlu.types import Problem
from tests.nlu.values.conftest import Find


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("新手机号138-0000-4417", "CN", "+8613800004417"),
        ("我的手机换成１３８００００４４１７了", "CN", "+8613800004417"),
        ("幺三八零零零零四四幺七", "CN", "+8613800004417"),
        ("my new number is (555) 555-0142", "US", "+15555550142"),
        ("it's +44 20 7946 0958 now", "US", "+442079460958"),
        ("five five five five five five oh one four two", "US", "+15555550142"),
        ("020 7946 0958", "GB", "+442079460958"),
    ],
)
def test_phone_reaches_e164(find: Find, text: str, region: str, e164: str) -> None:
    (candidate,) = find(text, "phone", region=region)

    assert candidate.value == {"e164": e164}


def test_extension_is_kept_apart(find: Find) -> None:
    (candidate,) = find("call (555) 555-0142 ext. 22", "phone")

    assert candidate.value == {"e164": "+15555550142", "extension": "22"}


@pytest.mark.parametrize(
    ("text", "problem"), [("新手机号是1381234", Problem.TOO_SHORT), ("手机号是138000044171", Problem.TOO_LONG)]
)
def test_phone_of_wrong_length_is_a_problem_not_a_number(find: Find, text: str, problem: Problem) -> None:
    (candidate,) = find(text, "phone")

    assert candidate.problem is problem
    assert candidate.missing == ("e164",)
    assert set(candidate.value) == {"partial"}


def test_old_and_new_phone_are_told_apart(find: Find) -> None:
    old, new = find("把手机号13800001111改成13900002222", "phone")

    assert (old.role, new.role) == ("old", "new")


@pytest.mark.parametrize(
    "text", ["where is my order 4155550142?", "订单202610010005还没到", "my card number 5555550142 is lost"]
)
def test_order_number_is_no_phone(find: Find, text: str) -> None:
    assert find(text) == ()


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("Update to Alice.B@Example.com.", "Alice.B@example.com"),
        ("邮箱是li@example.com谢谢", "li@example.com"),
        ("my email is john dot lee at example dot com", "john.lee@example.com"),
        ("邮箱 li 艾特 example 点 com", "li@example.com"),
    ],
)
def test_email_is_normalised(find: Find, text: str, email: str) -> None:
    (candidate,) = find(text, "email")

    assert candidate.value == {"email": email}


def test_broken_email_is_invalid(find: Find) -> None:
    (candidate,) = find("john@gmail", "email")

    assert candidate.problem is Problem.INVALID


def test_self_evident_values_are_found_without_a_cue(find: Find) -> None:
    fields = {candidate.field for candidate in find("reach me at li@example.com or +1 555 555 0142")}

    assert fields == {"email", "phone"}


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("Anna Schmidt", "Anna Schmidt"),
        ("yes, it's Anna van Dyke", "Anna van Dyke"),
        ("我叫王小明", "王小明"),
        ("欧阳娜", "欧阳娜"),
    ],
)
def test_name_is_kept_as_written(find: Find, text: str, full: str) -> None:
    (candidate,) = find(text, expects="name")

    assert candidate.value["full"] == full


def test_new_family_name_alone_is_a_part(find: Find) -> None:
    (candidate,) = find("I got married, my last name is now Miller", "name")

    assert candidate.value == {"family_name": "Miller"}


def test_old_and_new_chinese_name(find: Find) -> None:
    found = {c.role: c.value["full"] for c in find("我不叫王小明了,现在叫王大明", "name")}

    assert found == {"old": "王小明", "new": "王大明"}


@pytest.mark.parametrize("text", ["why", "yes", "不知道", "转人工", "cancel", "what do you mean?"])
def test_chatter_is_no_name(find: Find, text: str) -> None:
    assert find(text, expects="name") == ()


def test_company_and_contact_person(find: Find) -> None:
    (company,) = find("我换公司了,现在在星辰科技有限公司上班", "company")
    person = next(c for c in find("收货人改为王小明 电话13800001234", "contact_person") if c.field == "contact_person")

    assert company.value == {"name": "星辰科技有限公司"}
    assert person.value == {"name": "王小明", "e164": "+8613800001234"}
