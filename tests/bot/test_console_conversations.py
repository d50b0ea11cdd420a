"""The inbox and one conversation: takeover, writing, notes, hand-back."""

from __future__ import annotations

import pytest

from tests.bot.app_fixture import House
from tests.bot.console_fixture import Chat, acts, desk


@pytest.fixture
def chat(home: House) -> Chat:
    """A customer's chat that waits for a person."""
    home.customer()
    made = Chat(home, "c1", "CUST202601010001")
    made.say("I moved to 12 Oak Street")
    made.say("I want to talk to a person")
    return made


def test_flagged_conversations_stand_first_with_reason_and_nothing_that_was_said(home: House, chat: Chat) -> None:
    Chat(home, "c2").say("hello")
    mei = desk(home, "mei", "agent")

    text = mei.get("/console/conversations").text

    assert text.index("Asked for a person") < text.index("Not linked to a customer")
    assert "waiting 1 minute" in text
    assert "Oak" not in text


def test_a_conversation_shows_who_said_what_and_what_is_missing_and_is_in_the_trace(home: House, chat: Chat) -> None:
    mei = desk(home, "mei", "agent")

    text = mei.get(f"/console/conversations/{chat.id}").text

    assert 'role="log"' in text
    assert "I moved to 12 Oak Street" in text
    assert "Still missing" in text
    assert "Postcode" in text
    assert acts(home, "conversation.opened") == [("mei", f"conversation:{chat.id}")]


def test_one_person_speaks_at_a_time_and_the_others_see_who(home: House, chat: Chat) -> None:
    mei, bo = desk(home, "mei", "agent"), desk(home, "bo", "agent")
    path = f"/console/conversations/{chat.id}"

    taken = mei.post(f"{path}/takeover")
    second = bo.post(f"{path}/takeover")
    wrote = bo.post(f"{path}/messages", text="It is me now")

    assert taken.status_code == 303
    assert second.status_code == wrote.status_code == 409
    assert "A colleague is speaking" in second.text
    assert "mei is speaking with this customer" in bo.get(path).text
    assert "Message to the customer" in mei.get(path).text
    assert "mei is speaking" in bo.get("/console/conversations").text


def test_what_staff_write_reaches_the_customer_and_the_bot_is_silent_until_hand_back(home: House, chat: Chat) -> None:
    mei = desk(home, "mei", "agent")
    path = f"/console/conversations/{chat.id}"
    mei.post(f"{path}/takeover")

    mei.post(f"{path}/messages", text="Good morning")
    silent = chat.say("my postcode is 62704")
    mei.post(f"{path}/handback")
    said = home.app.database.read(lambda uow: uow.conversations.last_messages(chat.id))

    assert silent["replies"] == []
    assert ("mei", "Good morning") in [(one.author, one.text) for one in said]
    assert "Take over" in mei.get(path).text


def test_a_note_is_for_colleagues_only(home: House, chat: Chat) -> None:
    mei, bo = desk(home, "mei", "agent"), desk(home, "bo", "agent")

    mei.post(f"/console/conversations/{chat.id}/notes", text="prefers the morning")

    said = home.app.database.read(lambda uow: uow.conversations.last_messages(chat.id))
    assert "prefers the morning" in bo.get(f"/console/conversations/{chat.id}").text
    assert "prefers the morning" not in str(said)


@pytest.mark.parametrize(("text", "why"), [("   ", "nothing to send yet"), ("x" * 4097, "too long")])
def test_empty_and_endless_messages_are_answered_and_not_sent(home: House, chat: Chat, text: str, why: str) -> None:
    mei = desk(home, "mei", "agent")
    path = f"/console/conversations/{chat.id}"
    mei.post(f"{path}/takeover")

    answer = mei.post(f"{path}/messages", text=text)

    assert answer.status_code == 422
    assert why in answer.text


def test_a_script_gets_no_page_back(home: House, chat: Chat) -> None:
    mei = desk(home, "mei", "agent")
    data = {"csrf": mei.get(f"/console/conversations/{chat.id}").text.split('name="csrf" value="')[1].split('"')[0]}

    answer = home.client.post(
        f"/console/conversations/{chat.id}/takeover", data=data, headers=mei.cookie | {"X-Live": "1"}
    )

    assert answer.status_code == 204


def test_the_part_beside_follows_and_an_unknown_conversation_is_not_found(home: House, chat: Chat) -> None:
    mei = desk(home, "mei", "agent")

    beside = mei.get(f"/console/conversations/{chat.id}/state", **{"HX-Request": "true"})

    assert beside.status_code == 200
    assert 'id="composer"' in beside.text
    for missing in ("", "/state", "/stream"):
        assert mei.get(f"/console/conversations/{'0' * 32}{missing}").status_code == 404
    assert mei.post(f"/console/conversations/{'0' * 32}/takeover").status_code == 404
