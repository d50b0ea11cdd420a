"""Messages over the API: the answer, the repeat, and everything that is no message."""

from __future__ import annotations

from typing import Any

import pytest

from bot.guards import BODY_LIMIT
from tests.bot.app_fixture import House

MESSAGE = {"channel": "api", "chat": "c1", "id": "m1", "text": "Hi, I moved to 12 Oak Street last week"}


def send(home: House, token: dict[str, str], **change: Any):  # type: ignore[no-untyped-def]
    return home.client.post("/api/v1/messages", json=MESSAGE | change, headers=token)


def test_a_message_is_answered_with_replies_and_where_the_conversation_stands(home: House) -> None:
    answer = send(home, home.token("site", ["messages"]))

    assert answer.status_code == 200
    body = answer.json()
    assert body["replies"]
    assert set(body["conversation"]) == {"id", "stage", "owner"}
    assert body["conversation"]["stage"] == "linking"


def test_the_same_id_again_gets_the_same_answer(home: House) -> None:
    token = home.token("site", ["messages"])

    assert send(home, token).json() == send(home, token).json()


def test_the_same_id_with_another_body_is_a_conflict(home: House) -> None:
    token = home.token("site", ["messages"])
    send(home, token)

    answer = send(home, token, text="I have a new phone")

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:tellonce:problem:same-id-other-body"


@pytest.mark.parametrize(
    "change",
    [
        {"text": "x" * 4097},
        {"text": ""},
        {"text": "   "},
        {"text": 5},
        {"text": ["a"]},
        {"text": None},
        {"text": "a\x00b"},
        {"button": "yes"},  # and text
        {"channel": "Carrier Pigeon"},
        {"channel": 1},
        {"chat": ""},
        {"chat": "c 1"},
        {"chat": "x" * 129},
        {"id": None},
        {"id": 7},
        {"at": "yesterday"},
        {"at": "2026-03-02T09:00:00"},  # in which zone?
        {"at": "0001-01-01T00:00:00+14:00"},  # before the calendar begins
        {"at": "9999-12-31T23:59:59-14:00"},
        {"locale": "../../etc/passwd"},
        {"surprise": True},
    ],
)
def test_a_wrong_message_is_a_problem_that_does_not_repeat_it(home: House, change: dict[str, Any]) -> None:
    answer = send(home, home.token("site", ["messages"]), **change)

    assert answer.status_code == 422
    problem = answer.json()
    assert problem["status"] == 422
    assert problem["errors"]
    assert "Oak Street" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b'{"channel": "api"',
        b"[" * 20_000,
        b"[]",
        b"null",
        b'"text"',
        b'{"channel": "api", "chat": "c1", "id": "m1", "text": "\xff\xfe"}',
        b'{"channel": "api", "chat": "c1", "id": "m1", "text": "\\ud800"}',
        b"x" * (BODY_LIMIT + 1),
    ],
)
def test_a_body_that_is_no_message_is_a_problem(home: House, body: bytes) -> None:
    headers = home.token("site", ["messages"]) | {"Content-Type": "application/json"}

    answer = home.client.post("/api/v1/messages", content=body, headers=headers)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in answer.text


def test_a_body_without_a_declared_length_is_bounded_too(home: House) -> None:
    headers = home.token("site", ["messages"]) | {"Content-Type": "application/json"}

    answer = home.client.post("/api/v1/messages", content=iter([b"x" * 40_000, b"x" * 40_000]), headers=headers)

    assert answer.status_code == 422


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nobody"}, {"Authorization": "Basic eA=="}])
def test_without_a_good_token_nobody_speaks(home: House, headers: dict[str, str]) -> None:
    answer = home.client.post("/api/v1/messages", json=MESSAGE, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_with_another_scope_may_not(home: House) -> None:
    assert send(home, home.token("site", ["links"])).status_code == 403


@pytest.mark.parametrize(
    ("pinned", "channel"), [(None, "telegram"), (None, "webchat"), ("rasa", "api"), ("webchat", "webchat")]
)
def test_a_token_speaks_for_its_own_channel_only(home: House, pinned: str | None, channel: str) -> None:
    answer = send(home, home.token("site", ["messages"], channel=pinned), channel=channel)

    assert answer.status_code == 403


def test_a_token_without_a_channel_speaks_for_any_that_nobody_else_owns(home: House) -> None:
    home.token("acme", ["messages"], channel="acme")
    token = home.token("site", ["messages"])

    assert send(home, token, channel="my-app").status_code == 200
    assert send(home, token, channel="acme").status_code == 403


def test_a_token_pinned_to_a_channel_speaks_for_it(home: House) -> None:
    assert send(home, home.token("site", ["messages"], channel="rasa"), channel="rasa").status_code == 200


def test_what_was_said_later_is_fetched_after_a_message(home: House) -> None:
    token = home.token("site", ["messages"])
    first = send(home, token).json()

    everything = home.client.get("/api/v1/chats/api/c1/messages", headers=token).json()
    nothing = home.client.get(f"/api/v1/chats/api/c1/messages?after={everything['next']}", headers=token).json()

    assert [item["id"] for item in everything["items"] if item["author"] == "bot"] == [
        r["id"] for r in first["replies"]
    ]
    assert nothing == {"items": [], "next": None}


def test_an_unknown_chat_is_not_found(home: House) -> None:
    token = home.token("site", ["messages"])

    assert home.client.get("/api/v1/chats/api/none/messages", headers=token).status_code == 404


def test_every_answer_carries_the_guards(home: House) -> None:
    for path in (
        "/api/v1/openapi.json",
        "/api/v1/customers",
        "/healthz",
        "/nowhere",
        "/static/site.css",
        "/static/none",
    ):
        headers = home.client.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_the_description_names_every_problem_and_shape(home: House) -> None:
    document = home.client.get("/api/v1/openapi.json").json()

    assert "Problem" in document["components"]["schemas"]
    for path, methods in document["paths"].items():
        assert path.startswith("/api/v1/")
        for operation in methods.values():
            assert operation["security"]
            assert {"401", "403"} <= set(operation["responses"])
    assert "HTTPValidationError" not in str(document)


def test_health_is_told_to_anybody(home: House) -> None:
    assert home.client.get("/healthz").json() == {"status": "ok"}
    assert home.client.get("/readyz").json() == {"status": "ready"}
    assert home.client.get("/metrics").status_code == 200


def test_static_files_with_a_version_are_kept_and_the_lock_file_is_not_served(home: House) -> None:
    assert "immutable" in home.client.get("/static/site.css?v=1").headers["cache-control"]
    assert home.client.get("/static/site.css").headers["cache-control"] == "no-cache"
    assert home.client.get("/static/package.json").status_code == 404
    assert home.client.get("/static/../pages.py").status_code == 404
    assert home.client.get("/static/%2e%2e/pages.py").status_code == 404
