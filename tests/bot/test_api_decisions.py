"""A change request from the first message to its approval, over the API alone."""

from __future__ import annotations

import json
import re

import pytest

from tests.bot.app_fixture import House


def code_of(home: House) -> str:
    """The code that is on its way to the customer."""

    def look(uow):  # type: ignore[no-untyped-def]
        (payload,) = uow.run("SELECT payload FROM job WHERE kind = 'notice' ORDER BY id DESC LIMIT 1").fetchone()
        return uow.notices.load(json.loads(payload)["notice"])

    found = re.search(r"\d{6}", home.app.database.read(look).text)
    assert found
    return found[0]


@pytest.fixture
def filed(home: House) -> str:
    """The number of a request that waits for review."""
    no = home.customer()
    token = home.token("site", ["messages", "links"])
    home.client.post("/api/v1/links", json={"channel": "api", "chat": "c1", "customer": no}, headers=token)

    def say(id: str, **content: str):  # type: ignore[no-untyped-def]
        body = {"channel": "api", "chat": "c1", "id": id, **content}
        return home.client.post("/api/v1/messages", json=body, headers=token).json()

    say("m1", text="Hi, I moved to 12 Oak Street, Springfield, IL 62704 last week")
    answer = say("m2", text="yes")
    assert answer["conversation"]["stage"] == "verifying", answer
    say("m3", text=code_of(home))
    reader = home.token("crm", ["requests"])
    (request,) = home.client.get("/api/v1/change-requests", headers=reader).json()["items"]
    assert "Oak" not in str(request)
    return str(request["number"])


def test_an_ordinary_change_is_approved_by_one_person_on_its_digest(home: House, filed: str) -> None:
    home.staff("rita", "reviewer")
    rita = home.token("rita", ["requests", "decide"])
    url = f"/api/v1/change-requests/{filed}"
    digest = home.client.get(url, headers=rita).json()["digest"]

    wrong = home.client.post(f"{url}/decisions", json={"decision": "approve", "digest": "0" * 64}, headers=rita)
    right = home.client.post(f"{url}/decisions", json={"decision": "approve", "digest": digest}, headers=rita)
    twice = home.client.post(f"{url}/decisions", json={"decision": "approve", "digest": digest}, headers=rita)

    assert wrong.status_code == 409
    assert right.status_code == 200
    assert right.json()["state"] in {"approved", "applied", "synced"}
    assert right.json()["approvals"][0]["checker"] == "rita"
    assert twice.status_code == 409
    assert twice.json()["type"] == "urn:tellonce:problem:illegal-move"


def test_who_helped_to_make_it_and_who_has_another_role_do_not_decide(home: House, filed: str) -> None:
    home.staff("mei", "agent")
    mei = home.token("mei", ["requests", "decide"])
    url = f"/api/v1/change-requests/{filed}"
    digest = home.app.database.read(lambda uow: uow.requests.load(filed)).digest

    answer = home.client.post(f"{url}/decisions", json={"decision": "approve", "digest": digest}, headers=mei)

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:tellonce:problem:role"


def test_a_rejection_needs_a_reason(home: House, filed: str) -> None:
    home.staff("rita", "reviewer")
    rita = home.token("rita", ["requests", "decide"])
    url = f"/api/v1/change-requests/{filed}"
    digest = home.client.get(url, headers=rita).json()["digest"]

    without = home.client.post(f"{url}/decisions", json={"decision": "reject", "digest": digest}, headers=rita)
    body = {"decision": "reject", "digest": digest, "reason": "the street does not exist"}
    given = home.client.post(f"{url}/decisions", json=body, headers=rita)

    assert without.status_code == 422
    assert given.json()["state"] == "rejected"
