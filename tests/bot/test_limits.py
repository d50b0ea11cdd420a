"""Who asks too often is told when to come again: per chat, per account, per address, over all processes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.config_sections import LimitsSection
from bot.limits import HANDFUL, Kind, Limits
from tests.bot.app_fixture import House, house
from tests.bot.console_fixture import desk

SMALL = {"messages_per_chat": 5, "calls_per_account": 60, "calls_per_address": 20}
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, limits=SMALL) as made:
        yield made


def processes(home: House, count: int = 3) -> list[Limits]:
    """As several processes on one database have them."""
    return [Limits(home.app.database, home.clock, LimitsSection(**SMALL)) for _ in range(count)]  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "limit"), [(Kind.CHAT, 5), (Kind.ADDRESS, 20), (Kind.ACCOUNT, 60)])
def test_several_processes_grant_no_more_than_one(home: House, kind: Kind, limit: int) -> None:
    several = processes(home)

    granted = sum(several[turn % 3].take(kind, "a") is None for turn in range(3 * limit))

    assert limit - 2 * max(limit // HANDFUL, 1) <= granted <= limit
    assert all(one.take(kind, "another") is None for one in several)


def test_one_process_grants_all_of_it_and_again_after_a_minute(home: House) -> None:
    (one,) = processes(home, 1)
    first = sum(one.take(Kind.ACCOUNT, "a") is None for _ in range(100))
    home.clock.forward(MINUTE)
    again = sum(one.take(Kind.ACCOUNT, "a") is None for _ in range(100))

    assert (first, again) == (60, 60)


def test_most_of_it_costs_no_write(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = processes(home, 1)
    writes: list[int] = []
    real = home.app.database.write
    monkeypatch.setattr(home.app.database, "write", lambda act: writes.append(1) or real(act))

    for _ in range(600):
        one.take(Kind.ACCOUNT, "a")

    assert len(writes) <= HANDFUL + 2, "and who is refused does not make us write either"


def message(home: House, id: int, token: dict[str, str], chat: str = "c1"):  # type: ignore[no-untyped-def]
    body = {"channel": "api", "chat": chat, "id": f"m{id}", "text": "hello"}
    return home.client.post("/api/v1/messages", json=body, headers=token)


def test_a_chat_over_the_api_is_told_when_to_come_again_and_nothing_is_lost(home: House) -> None:
    token = home.token("site", ["messages"])
    answers = [message(home, n, token) for n in range(6)]
    waits = int(answers[-1].headers["retry-after"])
    home.clock.forward(dt.timedelta(seconds=waits))

    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert answers[-1].json()["type"] == "urn:tellonce:problem:wait"
    assert f"{waits} seconds" in answers[-1].json()["detail"]
    assert message(home, 5, token).status_code == 200
    assert message(home, 9, token, "c2").status_code == 200, "another chat"


def test_a_token_is_one_account(home: House) -> None:
    token, other = home.token("crm", ["customers"]), home.token("crm", ["customers"])
    statuses = [home.client.get("/api/v1/customers", headers=token).status_code for _ in range(61)]

    assert statuses == [200] * 60 + [429]
    assert home.client.get("/api/v1/customers", headers=other).status_code == 200


def test_a_member_of_staff_is_one_account_whatever_the_session(home: House) -> None:
    rita = desk(home, "rita", "reviewer")
    statuses = [rita.get("/console/me").status_code for _ in range(61)]
    again = rita.get("/console/me?lang=zh")

    assert statuses == [200] * 60 + [429]
    assert again.headers["retry-after"]
    assert "请在" in again.text


def test_guessing_tokens_is_limited_by_address(home: House) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    statuses = [home.client.get("/api/v1/customers", headers=wrong).status_code for _ in range(21)]
    right = home.client.get("/api/v1/customers", headers=home.token("crm", ["customers"]))

    assert statuses == [401] * 20 + [429]
    assert right.status_code == 200, "whoever is known is not counted by address"


@pytest.mark.parametrize("path", ["/chat", "/not-me/x", "/console/sign-in", "/console/sign-in/x", "/console/oidc"])
@pytest.mark.parametrize(("language", "words"), [("en", "try again in"), ("zh", "请在")])
def test_pages_for_everybody_are_limited_by_address_in_both_languages(
    home: House, path: str, language: str, words: str
) -> None:
    for _ in range(20):
        home.client.get(f"/not-me/x?lang={language}")

    answer = home.client.get(f"{path}?lang={language}")

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert words in answer.text


def test_the_web_chat_says_slow_down_on_whatever_connection(home: House) -> None:
    home.client.get("/chat")
    refused: list[dict[str, object]] = []
    for turn in range(2):
        with home.client.websocket_connect("/chat/socket") as socket:
            socket.send_json({"kind": "hello", "after": 0})
            for n in range(4):
                socket.send_json({"kind": "say", "id": f"message-{turn}-{n}", "text": "hello"})
                while True:
                    frame = socket.receive_json()
                    if frame["kind"] == "refused":
                        refused.append(frame)
                        break
                    if frame.get("done"):
                        break

    assert [one["why"] for one in refused] == ["slow-down"] * 3
