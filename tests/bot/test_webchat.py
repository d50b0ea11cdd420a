"""Web chat through its WebSocket: nothing is lost, nothing counts twice, and nobody speaks for another."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect

from tests.bot.app_fixture import SITE, House

ORIGIN = {"Origin": SITE}


def until(ws: Any, kind: str) -> list[dict[str, Any]]:
    """Frames up to and with the first of a kind."""
    frames = []
    while True:
        frames.append(ws.receive_json())
        if frames[-1]["kind"] == kind:
            return frames


def hello(ws: Any, after: int = 0) -> list[dict[str, Any]]:
    ws.send_json({"kind": "hello", "after": after})
    return until(ws, "ready")


def done(ws: Any, id: str) -> list[dict[str, Any]]:
    """Messages told until this id is done."""
    messages = []
    while True:
        frame = ws.receive_json()
        if frame["kind"] == "said":
            messages += frame["messages"]
            if frame["done"] == id:
                return messages


def say(ws: Any, id: str, text: str) -> list[dict[str, Any]]:
    ws.send_json({"kind": "say", "id": id, "text": text})
    return done(ws, id)


def test_a_first_message_is_answered_in_order(home: House) -> None:
    home.client.get("/chat")

    with home.client.websocket_connect("/chat/socket", headers=ORIGIN) as ws:
        hello(ws)
        messages = say(ws, "message-1", "Hi, I moved to 12 Oak Street last week")

    assert [message["from"] for message in messages] == ["customer", *["bot"] * (len(messages) - 1)]
    assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))


def test_a_message_sent_again_after_a_lost_connection_counts_once(home: House) -> None:
    home.client.get("/chat")
    with home.client.websocket_connect("/chat/socket", headers=ORIGIN) as ws:
        hello(ws)
        first = say(ws, "message-1", "I moved")

    with home.client.websocket_connect("/chat/socket", headers=ORIGIN) as ws:
        told = hello(ws, after=0)
        again = say(ws, "message-1", "I moved")

    assert [message for frame in told if frame["kind"] == "said" for message in frame["messages"]] == first
    assert again == []


def test_after_the_cursor_only_what_is_new_is_told(home: House) -> None:
    home.client.get("/chat")
    with home.client.websocket_connect("/chat/socket", headers=ORIGIN) as ws:
        hello(ws)
        first = say(ws, "message-1", "I moved")

    with home.client.websocket_connect("/chat/socket", headers=ORIGIN) as ws:
        told = hello(ws, after=first[-1]["seq"])

    assert not [frame for frame in told if frame["kind"] == "said"]


def test_the_same_id_with_other_words_is_refused(home: House) -> None:
    home.client.get("/chat")
    with home.client.websocket_connect("/chat/socket", headers=ORIGIN) as ws:
        hello(ws)
        say(ws, "message-1", "I moved")
        ws.send_json({"kind": "say", "id": "message-1", "text": "I have a new phone"})

        assert until(ws, "refused")[-1] == {"kind": "refused", "id": "message-1", "why": "not-understood"}


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        ({"kind": "say", "text": "x" * 4097}, "too-long"),
        ({"kind": "say", "text": ""}, "not-understood"),
        ({"kind": "say", "text": 5}, "not-understood"),
        ({"kind": "say", "text": ["x"]}, "not-understood"),
        ({"kind": "say", "text": "\ud800"}, "not-understood"),
        ({"kind": "tap", "button": "x" * 65}, "not-understood"),
        ({"kind": "shout", "text": "x"}, "not-understood"),
    ],
)
def test_a_bad_frame_is_refused_and_the_chat_goes_on(home: House, frame: dict[str, Any], why: str) -> None:
    home.client.get("/chat")
    with home.client.websocket_connect("/chat/socket", headers=ORIGIN) as ws:
        hello(ws)
        ws.send_json({**frame, "id": "message-1"})
        refused = until(ws, "refused")[-1]

        assert refused["why"] == why
        assert say(ws, "message-2", "I moved")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_a_page_of_another_site_gets_no_line(home: House, origin: str) -> None:
    home.client.get("/chat")

    with (
        pytest.raises(WebSocketDisconnect),
        home.client.websocket_connect("/chat/socket", headers={"Origin": origin}) as ws,
    ):
        ws.receive_json()


@pytest.mark.parametrize("cookie", ["", "a" * 64, f"{'a' * 64}.{'b' * 32}", "../../etc"])
def test_nobody_chooses_a_chat_of_their_own(home: House, cookie: str) -> None:
    home.client.cookies.set("tellonce_chat", cookie)

    with home.client.websocket_connect("/chat/socket", headers=ORIGIN) as ws, pytest.raises(WebSocketDisconnect) as end:
        ws.receive_json()

    assert end.value.code == 4401


def test_a_deep_link_links_once_and_an_expired_one_never(home: House) -> None:
    no = home.customer()
    integrator = home.token("crm", ["links"])
    token = home.client.post("/api/v1/link-tokens", json={"customer": no}, headers=integrator).json()["token"]
    late = home.client.post("/api/v1/link-tokens", json={"customer": no}, headers=integrator).json()["token"]
    home.client.get("/chat")

    with home.client.websocket_connect("/chat/socket", headers=ORIGIN) as ws:
        hello(ws)
        ws.send_json({"kind": "link", "id": "link-0001", "token": token})
        linked = done(ws, "link-0001")
    home.client.cookies.clear()
    home.client.get("/chat")
    home.clock.forward(dt.timedelta(days=2))
    with home.client.websocket_connect("/chat/socket", headers=ORIGIN) as ws:
        hello(ws)
        for number, bad in enumerate((token, late, "made-up")):
            ws.send_json({"kind": "link", "id": f"link-100{number}", "token": bad})
            done(ws, f"link-100{number}")

    lines = home.app.database.read(lambda uow: uow.conversations.page(None))
    assert all(message["text"] != "[link]" for message in linked)
    assert sorted(str(line.customer_no) for line in lines) == [no, "None"]


def test_an_agent_is_named_and_heard_without_asking(home: House) -> None:
    home.staff("mei", "agent")
    agent = home.token("mei", ["conversations"])
    home.client.get("/chat")
    with home.client.websocket_connect("/chat/socket", headers=ORIGIN) as ws:
        hello(ws)
        say(ws, "message-1", "I want a person")
        (line,) = home.client.get("/api/v1/conversations", headers=agent).json()["items"]

        answer = home.client.post(f"/api/v1/conversations/{line['id']}/messages", json={"text": "Hello"}, headers=agent)
        heard = until(ws, "said")[-1]["messages"]

    assert answer.status_code == 201
    assert (heard[-1]["from"], heard[-1]["name"], heard[-1]["text"]) == ("staff", "mei", "Hello")


def test_a_chat_that_was_idle_for_a_month_is_over(home: House) -> None:
    home.client.get("/chat")
    with home.client.websocket_connect("/chat/socket", headers=ORIGIN) as ws:
        hello(ws)
        say(ws, "message-1", "I moved")
    before = home.client.cookies["tellonce_chat"]
    home.clock.forward(dt.timedelta(days=31))

    home.client.get("/chat")

    assert home.client.cookies["tellonce_chat"] != before


def test_the_page_speaks_the_readers_language(home: House) -> None:
    chinese = home.client.get("/chat", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})
    english = home.client.get("/chat?lang=en", headers={"Accept-Language": "zh-CN"})

    assert '<html lang="zh-Hans">' in chinese.text
    assert '<html lang="en">' in english.text


def test_no_page_carries_an_inline_script_or_style(home: House) -> None:
    for path in ("/chat", "/console/sign-in", "/nowhere"):
        text = home.client.get(path).text
        assert "<script>" not in text
        assert " style=" not in text
        assert " onclick" not in text
