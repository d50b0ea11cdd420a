"""The stories over the HTTP API of a real process: nothing but documented keys, commands and endpoints."""

from __future__ import annotations

import httpx
import pytest

from tests.stories import told
from tests.stories.chats import ApiChat
from tests.stories.office import ANA, BEN, LI, WANG, Office

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("stories")]


def test_the_english_story_ends_with_a_confirmed_receipt(company: Office) -> None:
    chat = ApiChat(company, "ana-1")

    number = told.english_address(company, chat, ANA, code_to=ANA.email)

    assert company.request(number)["approvals"][0]["checker"] == "rita"


def test_the_chinese_story_ends_with_a_confirmed_receipt_and_the_old_number_told(company: Office) -> None:
    chat = ApiChat(company, "wang-1", "zh")

    told.chinese_phone(company, chat, WANG, told.prove_by_mail)

    assert company.gateway.to(WANG.email)


def test_an_ambiguous_chinese_address_is_completed_and_reaches_the_other_system(company: Office) -> None:
    told.chinese_address(company, ApiChat(company, "li-1", "zh"), LI, code_to=LI.email)


def test_a_name_needs_two_people_and_nothing_is_live_after_the_first(company: Office) -> None:
    chat = ApiChat(company, "ben-1")
    link = {"channel": "api", "chat": "ben-1", "customer": BEN.no}
    company.call("site", "POST", "/links", link)
    chat.say("I got married, my name is now Benjamin Rivers")
    chat.hear("Benjamin Rivers", "May I file this?")
    chat.tap("Yes, file it")
    chat.hear("6-digit code")
    chat.say(company.gateway.code(BEN.phone))
    number = told.number_in(chat.hear("Filed as CR-", "2 working days"))
    assert company.request(number)["importance"] == "important"

    assert company.approve("rita", number) == "in_second_review"
    assert not [event for event in company.system.events if event["data"]["request"] == number]
    with pytest.raises(AssertionError, match="403"):
        company.approve("rita", number)
    company.approve("sam", number)

    assert company.system.told(number)["value"] == {
        "full": "Benjamin Rivers",
        "given_name": "Benjamin",
        "family_name": "Rivers",
    }
    chat.hear("Done: your name", "Is this right?")
    chat.tap("Yes, that's right")
    company.until_state(number, "confirmed")
    assert [one["checker"] for one in company.request(number)["approvals"]] == ["rita", "sam"]


def test_who_has_no_token_learns_nothing(company: Office) -> None:
    for path in ("/change-requests", "/conversations", "/chats/api/ana-1/messages", "/customers", "/audit/entries"):
        answer = httpx.get(f"{company.url}/api/v1{path}", timeout=10)

        assert answer.status_code == 401, path
        assert answer.headers["content-type"] == "application/problem+json"
