"""Proof by staff, requests from outside the chat, disputes and freezes, over the API."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re

import pytest

from tests.bot.app_fixture import OPERATOR, House
from tests.bot.console_fixture import Chat, code_of, newest

FORM = hashlib.sha256(b"the signed form").hexdigest()
SEEN = {"kind": "in_person", "place": "video", "signed_form": FORM}
OAK = "12 Oak Street, Springfield, IL 62704"
MONTH = dt.timedelta(days=31)


def kind(answer) -> str:  # type: ignore[no-untyped-def]
    return str(answer.json()["type"]).rpartition(":")[2]


@pytest.fixture
def lost(home: House) -> Chat:
    """A customer of old who agreed to a new number, and whose only contact is gone."""
    no = home.customer()
    home.clock.forward(MONTH)
    chat = Chat(home, "c1", no)
    chat.say("my number changed, its 217 555 0188 now")
    chat.say("yes")
    chat.say("it's gone")
    return chat


def test_one_vouches_and_two_others_decide(home: House, lost: Chat) -> None:
    home.staff("ada", "agent")
    ada = home.token("ada", ["conversations"])
    url = f"/api/v1/conversations/{lost.id}"
    draft = home.client.get(f"{url}/draft", headers=ada).json()
    (number,) = draft["callback_numbers"]
    called = {"digest": draft["digest"], "proof": {"kind": "callback", "version": number["version"]}}

    elsewhere = home.client.post(f"{url}/proofs", json=called | {"digest": "0" * 64}, headers=ada)
    unknown = called | {"proof": {"kind": "callback", "version": "another"}}
    not_offered = home.client.post(f"{url}/proofs", json=unknown, headers=ada)
    right = home.client.post(f"{url}/proofs", json=called, headers=ada | {"Idempotency-Key": "k1"})
    again = home.client.post(f"{url}/proofs", json=called, headers=ada | {"Idempotency-Key": "k1"})
    lost.say(code_of(home))

    assert (draft["fields"], draft["agreed"], draft["proofs"]) == (["phone"], True, [])
    assert "0147" in number["masked"]
    assert "5550147" not in json.dumps(draft)
    assert (elsewhere.status_code, kind(elsewhere)) == (409, "digest-changed")
    assert (not_offered.status_code, kind(not_offered)) == (409, "number-not-offered")
    assert right.status_code == again.status_code == 201
    request = newest(home)
    assert request.risks[-1] == "lost_contact"
    assert request.importance.value == "important"
    assert "staff:ada" in request.makers


@pytest.mark.parametrize(
    "proof",
    [
        {"kind": "in_person", "place": "video", "signed_form": "no hash"},
        {"kind": "in_person", "place": "the moon", "signed_form": FORM},
        {"kind": "code", "version": "v"},
        {"kind": "callback"},
    ],
)
def test_what_is_no_proof_is_not_understood(home: House, lost: Chat, proof: dict[str, str]) -> None:
    home.staff("ada", "agent")
    body = {"digest": "0" * 64, "proof": proof}

    answer = home.client.post(
        f"/api/v1/conversations/{lost.id}/proofs", json=body, headers=home.token("ada", ["conversations"])
    )

    assert answer.status_code == 422


def test_an_integrator_vouches_for_nobody(home: House, lost: Chat) -> None:
    robot = home.token("robot", ["conversations"])
    body = {"digest": "0" * 64, "proof": SEEN}

    answer = home.client.post(f"/api/v1/conversations/{lost.id}/proofs", json=body, headers=robot)

    assert (answer.status_code, kind(answer)) == (403, "no-person")


def test_staff_who_are_the_customer_vouch_for_and_decide_nothing_there(home: House, lost: Chat) -> None:
    home.staff("ada", "agent")
    whose = home.app.database.read(lambda uow: uow.conversations.by_id(lost.id).customer)
    assert whose is not None
    home.app.database.write(lambda uow: uow.protection.is_customer("ada", whose, OPERATOR, home.clock()))
    ada = home.token("ada", ["conversations"])
    url = f"/api/v1/conversations/{lost.id}"
    digest = home.client.get(f"{url}/draft", headers=ada).json()["digest"]

    answer = home.client.post(f"{url}/proofs", json={"digest": digest, "proof": SEEN}, headers=ada)

    assert (answer.status_code, kind(answer)) == (403, "own-record")


def test_an_agent_starts_a_change_in_their_own_conversation(home: House) -> None:
    no = home.customer()
    chat = Chat(home, "c1", no)
    chat.say("hello")
    home.staff("ada", "agent")
    ada = home.token("ada", ["conversations"])
    url = f"/api/v1/conversations/{chat.id}"
    change = {"field": "address", "text": OAK}

    before = home.client.post(f"{url}/changes", json=change, headers=ada)
    home.client.post(f"{url}/takeover", headers=ada)
    unreadable = home.client.post(f"{url}/changes", json=change | {"text": "somewhere"}, headers=ada)
    right = home.client.post(f"{url}/changes", json=change, headers=ada)

    assert (before.status_code, kind(before)) == (409, "not-owner")
    assert (unreadable.status_code, kind(unreadable)) == (422, "value")
    assert (right.status_code, right.json()["stage"]) == (201, "confirming")


def test_a_letter_is_entered_with_its_time_and_flagged_when_late(home: House) -> None:
    no = home.customer()
    home.clock.forward(MONTH)
    home.staff("ada", "agent")
    ada = home.token("ada", ["conversations"])
    (number,) = home.client.get(f"/api/v1/customers/{no}/callback-numbers", headers=ada).json()["items"]
    received = home.clock() - dt.timedelta(hours=25)
    body = {
        "customer": no,
        "field": "address",
        "text": OAK,
        "way": "letter",
        "received_at": received.isoformat(),
        "proof": {"kind": "callback", "version": number["version"]},
    }

    future = home.client.post(
        "/api/v1/offline-requests",
        json=body | {"received_at": (home.clock() + dt.timedelta(hours=1)).isoformat()},
        headers=ada,
    )
    right = home.client.post("/api/v1/offline-requests", json=body, headers=ada)
    twice = home.client.post("/api/v1/offline-requests", json=body, headers=ada)

    assert (future.status_code, kind(future)) == (422, "not-yet-received")
    assert right.status_code == 201, right.text
    made = right.json()
    assert (made["state"], made["importance"]) == ("in_review", "important")
    assert made["risks"] == ["received_offline", "entered_late"]
    assert (twice.status_code, kind(twice)) == (409, "open-request")
    kept = home.app.database.read(lambda uow: uow.protection.receipt_of(made["number"]))
    assert (kept.way, kept.entered_by, kept.late) == ("letter", "ada", True)


def page_of(home: House) -> str:
    """The "this wasn't me" page in the latest notice that has one."""

    def look(uow):  # type: ignore[no-untyped-def]
        rows = uow.run("SELECT payload FROM job WHERE kind = 'notice' ORDER BY id DESC").fetchall()
        texts = (uow.notices.load(json.loads(payload)["notice"]) for (payload,) in rows)
        return next(found[0] for text in texts if text and (found := re.search(r"/not-me/\S+", text.text)))

    return str(home.app.database.read(look))


@pytest.fixture
def changed(home: House) -> str:
    """The number of a request that changed a phone; rita approved it."""
    chat = Chat(home, "c1", home.customer())
    home.clock.forward(dt.timedelta(days=3))
    for words in ("my number changed, its 217 555 0188 now", "yes", "it still works"):
        chat.say(words)
    chat.say(code_of(home))
    chat.say(code_of(home))
    number = newest(home).number
    home.staff("rita", "reviewer")
    decided = decide(home, "rita", number)
    assert decided.json()["state"] in ("applied", "synced"), decided.text
    return number


def decide(home: House, name: str, number: str, verdict: str = "approve"):  # type: ignore[no-untyped-def]
    token = home.token(name, ["requests", "decide"])
    url = f"/api/v1/change-requests/{number}"
    digest = home.client.get(url, headers=token).json()["digest"]
    return home.client.post(f"{url}/decisions", json={"decision": verdict, "digest": digest}, headers=token)


def test_a_mail_scanner_freezes_nothing_and_the_button_does_once(home: House, changed: str) -> None:
    page = page_of(home)

    shown = home.client.get(page, headers={"Accept-Language": "zh"})
    home.client.head(page)
    before = home.app.database.read(lambda uow: uow.protection.all())
    pressed = home.client.post(page)
    again = home.client.post(page)

    assert shown.status_code == 200
    assert "不是我操作的" in shown.text
    assert "<script" not in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert before == []
    assert pressed.status_code == 200
    assert (again.status_code, home.client.get(page).status_code) == (404, 404)
    (frozen,) = home.app.database.read(lambda uow: uow.protection.all())
    assert frozen.request == changed
    assert home.app.database.read(lambda uow: uow.requests.load(changed)).state.value in ("applied", "synced")


def test_a_page_is_over_after_thirty_days_and_a_guessed_one_never_was(home: House, changed: str) -> None:
    page = page_of(home)
    home.clock.forward(dt.timedelta(days=30))

    assert home.client.post(page).status_code == 404
    assert home.client.post("/not-me/" + "A" * 43).status_code == 404
    assert home.client.get("/not-me/" + "A" * 4000).status_code == 404
    assert home.app.database.read(lambda uow: uow.protection.all()) == []


def test_a_freeze_is_released_by_a_supervisor_or_security_officer_with_a_reason(home: House, changed: str) -> None:
    home.client.post(page_of(home))
    home.staff("vera", "security_officer")
    rita, vera = (home.token(name, ["decide"]) for name in ("rita", "vera"))
    (frozen,) = home.client.get("/api/v1/freezes", headers=vera).json()["items"]
    url = f"/api/v1/freezes/{frozen['id']}/release"

    by_reviewer = home.client.post(url, json={"reason": "fine"}, headers=rita)
    without = home.client.post(url, json={}, headers=vera)
    right = home.client.post(url, json={"reason": "The customer came to the counter."}, headers=vera)
    twice = home.client.post(url, json={"reason": "again"}, headers=vera)

    assert frozen["request"] == changed
    assert (by_reviewer.status_code, without.status_code) == (403, 422)
    assert (right.status_code, twice.status_code) == (200, 404)
    assert home.client.get("/api/v1/freezes", headers=vera).json()["items"] == []


def test_a_disputed_value_goes_back_by_a_request_of_its_own(home: House, changed: str) -> None:
    for name, role in (("ada", "agent"), ("mei", "reviewer"), ("omar", "supervisor")):
        home.staff(name, role)
    ada, url = home.token("ada", ["conversations"]), f"/api/v1/change-requests/{changed}"

    neither = home.client.post(f"{url}/revert", json={}, headers=ada)
    made = home.client.post(f"{url}/revert", json={"proof": SEEN}, headers=ada)

    assert neither.status_code == 422
    assert made.status_code == 201, made.text
    number = made.json()["number"]
    assert made.json()["importance"] == "important"
    assert home.app.database.read(lambda uow: uow.requests.load(changed)).state.value == "disputed"
    assert decide(home, "mei", number).status_code == 200
    assert decide(home, "omar", number).status_code == 200
    assert home.app.database.read(lambda uow: uow.requests.load(changed)).state.value == "reverted"
    whose = home.app.database.read(lambda uow: uow.requests.load(changed)).customer
    record = home.app.database.read(lambda uow: uow.customers.record(whose))
    assert record["phone"].masked.endswith("0147")


def test_nothing_of_a_frozen_customer_is_approved_but_it_may_be_looked_at(home: House, changed: str) -> None:
    for name, role in (("ada", "agent"), ("mei", "reviewer")):
        home.staff(name, role)
    home.client.post(page_of(home))
    ada = home.token("ada", ["conversations"])
    made = home.client.post(f"/api/v1/change-requests/{changed}/revert", json={"proof": SEEN}, headers=ada).json()

    answer = decide(home, "mei", made["number"])

    assert (answer.status_code, kind(answer)) == (409, "frozen")


def test_a_dispute_is_settled_with_a_reason(home: House, changed: str) -> None:
    home.staff("mei", "reviewer")
    mei, url = home.token("mei", ["decide"]), f"/api/v1/change-requests/{changed}/confirm"

    undisputed = home.client.post(url, json={"reason": "It is right."}, headers=mei)

    assert (undisputed.status_code, kind(undisputed)) == (409, "illegal-move")
