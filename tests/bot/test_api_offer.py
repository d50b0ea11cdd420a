"""Offered messages: what concerns TellOnce is taken, the rest is left to the bot that offered it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bot.app_fixture import House


def offer(home: House, token: dict[str, str], id: str, **content: Any) -> dict[str, Any]:
    body = {"channel": "shop-bot", "chat": "c1", "id": id, "offer": True} | content
    answer = home.client.post("/api/v1/messages", json=body, headers=token)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def token(home: House) -> dict[str, str]:
    return home.token("shop", ["messages", "links"], channel="shop-bot")


def counted(home: House, table: str) -> int:
    return int(home.app.database.read(lambda uow: uow.run(f"SELECT COUNT(*) FROM {table}").fetchone()[0]))


@pytest.mark.parametrize(
    "content",
    [
        {"text": "Hello!"},
        {"text": "thanks"},
        {"text": "Where is my parcel?"},
        {"text": "two pizzas please"},
        {"text": "help"},
        {"text": "cancel"},
        {"text": "stop"},
        {"text": "123456"},
        {"text": "你好"},
        {"text": "订单什么时候到"},
        {"button": "order:17"},
    ],
)
def test_what_does_not_concern_us_is_left_and_nothing_of_it_is_kept(
    home: House, token: dict[str, str], content: dict[str, str]
) -> None:
    for n in range(4):  # a fourth misunderstanding offers nobody a person
        assert offer(home, token, f"m{n}", **content) == {"handled": False, "replies": [], "conversation": None}

    assert (counted(home, "conversation"), counted(home, "message")) == (0, 0)


@pytest.mark.parametrize(
    "text", ["Hi, I moved to 12 Oak Street, Springfield", "我换手机号了", "I want to change my address"]
)
def test_a_change_is_taken(home: House, token: dict[str, str], text: str) -> None:
    answer = offer(home, token, "m1", text=text)

    assert answer["handled"] is True
    assert answer["replies"]
    assert answer["conversation"]["stage"] != "idle"


def test_what_is_said_in_the_middle_of_a_change_is_ours(home: House, token: dict[str, str]) -> None:
    offer(home, token, "m1", text="I moved to 12 Oak Street, Springfield")

    assert offer(home, token, "m2", text="two pizzas please")["handled"] is True


def test_a_message_that_was_left_stays_left_when_it_comes_again(home: House, token: dict[str, str]) -> None:
    """A "yes" to another bot's question is never an answer to ours."""
    home.customer()
    link = {"channel": "shop-bot", "chat": "c1", "customer": "CUST202601010001"}
    assert home.client.post("/api/v1/links", json=link, headers=token).status_code == 200
    assert offer(home, token, "m1", text="yes")["handled"] is False
    asked = offer(home, token, "m2", text="I moved to 12 Oak Street, Springfield, IL 62704")
    assert asked["conversation"]["stage"] == "confirming"

    again = offer(home, token, "m1", text="yes")

    assert (again["handled"], again["replies"]) == (False, [])
    assert again["conversation"]["stage"] == "confirming"


def test_a_message_that_was_taken_gets_the_same_answer_again(home: House, token: dict[str, str]) -> None:
    first = offer(home, token, "m1", text="I have a new phone number")

    assert offer(home, token, "m1", text="I have a new phone number") == first


def test_the_same_id_with_another_body_is_a_conflict_also_when_it_was_left(home: House, token: dict[str, str]) -> None:
    offer(home, token, "m1", text="Hello")

    body = {"channel": "shop-bot", "chat": "c1", "id": "m1", "offer": True, "text": "I moved"}
    assert home.client.post("/api/v1/messages", json=body, headers=token).status_code == 409


def test_without_an_offer_everything_is_answered(home: House, token: dict[str, str]) -> None:
    answer = offer(home, token, "m1", text="Hello", offer=False)

    assert answer["handled"] is True
    assert answer["replies"]


def test_the_token_of_another_channel_neither_speaks_nor_links_nor_reads(home: House, token: dict[str, str]) -> None:
    home.customer()
    offer(home, token, "m1", text="I have a new phone number")
    strangers = [
        home.token("rival", ["messages", "links"], channel="rival-bot"),
        home.token("any", ["messages", "links"]),
    ]
    link = {"channel": "shop-bot", "chat": "c1", "customer": "CUST202601010001"}
    body = {"channel": "shop-bot", "chat": "c1", "id": "m2", "text": "yes"}

    for stranger in strangers:
        assert home.client.post("/api/v1/messages", json=body, headers=stranger).status_code == 403
        assert home.client.post("/api/v1/links", json=link, headers=stranger).status_code == 403
        assert home.client.get("/api/v1/chats/shop-bot/c1/messages", headers=stranger).status_code == 403
    assert home.app.database.read(lambda uow: uow.conversations.find("shop-bot", "c1")).customer is None


def link_token(home: House, token: dict[str, str]) -> str:
    made = home.client.post("/api/v1/link-tokens", json={"customer": "CUST202601010001"}, headers=token)
    assert made.status_code == 201
    return str(made.json()["token"])


def test_a_deep_link_of_ours_links_the_chat_and_one_of_the_other_bots_is_left(
    home: House, token: dict[str, str]
) -> None:
    home.customer()
    ours = link_token(home, token)
    theirs = offer(home, token, "m1", link_token="promo-42")
    assert (theirs["handled"], counted(home, "conversation")) == (False, 0)

    linked = offer(home, token, "m2", link_token=ours)

    assert linked["handled"] is True
    assert home.app.database.read(lambda uow: uow.conversations.find("shop-bot", "c1")).customer is not None
    assert offer(home, token, "m2", link_token=ours) == linked
    assert offer(home, token, "m3", link_token=ours, chat="c2")["handled"] is False


def test_a_deep_link_can_be_carried_in_without_an_offer(home: House, token: dict[str, str]) -> None:
    home.customer()

    assert offer(home, token, "m1", link_token=link_token(home, token), offer=False)["replies"][-1]["id"] != "intro"
    assert home.app.database.read(lambda uow: uow.conversations.find("shop-bot", "c1")).customer is not None
