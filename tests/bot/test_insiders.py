"""Insiders, integrators and whoever holds a stolen phone, at work on a whole application."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from bot.desk import hand_back, take_over
from dialogs import lifecycle
from store.uow import UnitOfWork
from tests.bot import test_fraud as fraud
from tests.bot.app_fixture import OPERATOR, House
from tests.bot.console_fixture import Chat, code_of, newest
from tests.bot.test_api_protection import MONTH, OAK, SEEN, changed, decide, kind

__all__ = ["changed"]

ADA, BEN = fraud.ADA, fraud.BEN


def customer_id(home: House, no: str) -> str:
    found = home.app.database.read(lambda uow: uow.customers.by_no(no))
    assert found is not None
    return found.id


def state_of(home: House, number: str) -> str:
    return home.app.database.read(lambda uow: uow.requests.load(number)).state.value


def at_the_counter(home: House, no: str, field: str = "address", text: str = OAK):  # type: ignore[no-untyped-def]
    """Somebody came and showed their document; ada enters it."""
    if home.app.database.read(lambda uow: uow.staff.by_name("ada")) is None:
        home.staff("ada", "agent")
    body = {"customer": no, "field": field, "text": text, "way": "counter", "proof": SEEN}
    ada = home.token("ada", ["conversations"])
    received = {"received_at": home.clock().isoformat()}
    return home.client.post("/api/v1/offline-requests", headers=ada, json=body | received)


# --- what came in on paper -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("pinned", [None, "offline"])
def test_no_token_speaks_where_paper_is_kept(home: House, pinned: str | None) -> None:
    """Else an integrator would have one customer's paper filed for another."""
    home.customer(ADA)
    home.customer(BEN)
    shop = home.token("shop", ["messages", "links"], channel=pinned)
    here = {"channel": "offline", "chat": customer_id(home, ADA)}

    linked = home.client.post("/api/v1/links", headers=shop, json=here | {"customer": BEN})
    said = home.client.post("/api/v1/messages", headers=shop, json=here | {"id": "1", "text": "hello"})
    read = home.client.get(f"/api/v1/chats/offline/{here['chat']}/messages", headers=shop)

    assert [answer.status_code for answer in (linked, said, read)] == [403, 403, 403]
    assert at_the_counter(home, ADA).json()["customer"] == ADA


def test_whoever_proves_nothing_does_not_learn_what_is_on_record(home: House) -> None:
    home.customer(ADA)
    home.staff("ada", "agent")
    ada = home.token("ada", ["conversations"])
    body = {"customer": ADA, "field": "phone", "way": "hotline", "received_at": home.clock().isoformat()}
    body |= {"proof": {"kind": "callback", "version": "none"}}  # type: ignore[dict-item]

    wrong, right = (
        home.client.post("/api/v1/offline-requests", headers=ada, json=body | {"text": text})
        for text in ("+1 202 555 0146", "+1 202 555 0147")
    )

    assert kind(wrong) == kind(right) == "number-not-offered"


# --- whoever holds a chat ------------------------------------------------------------------------------------------


def test_a_stranger_in_a_linked_chat_does_not_stop_what_puts_a_value_back(home: House, changed: str) -> None:
    home.staff("ada", "agent")
    ada = home.token("ada", ["conversations"])
    undo = home.client.post(f"/api/v1/change-requests/{changed}/revert", json={"proof": SEEN}, headers=ada).json()
    thief = Chat(home, "c1")
    thief.serial = 50

    answers = [thief.say(words)["replies"] for words in ("withdraw my request", f"withdraw {undo['number']}")]

    assert [said["id"] for (said,) in answers] == ["withdraw-person"] * 2  # type: ignore[index, misc]
    assert state_of(home, undo["number"]) == "in_review"
    assert home.app.database.read(lambda uow: uow.conversations.by_id(thief.id)).flagged == "risk"


def test_nor_what_the_customer_asked_for_at_the_counter_nor_replaces_it(home: House) -> None:
    home.customer(ADA)
    stolen = Chat(home, "stolen", ADA)
    number = at_the_counter(home, ADA, "phone", "+1 217 555 0199").json()["number"]

    stopped = stolen.say("I take back my consent")
    replaced = stolen.say("my number changed, its 217 555 0188 now")
    pressed = {"channel": "api", "chat": "stolen", "id": "p", "button": f"withdraw.request:{number}"}
    tapped = home.client.post("/api/v1/messages", headers=stolen.token, json=pressed).json()

    last = [answer["replies"][-1]["id"] for answer in (stopped, replaced, tapped)]  # type: ignore[index]
    assert last == ["withdraw-person"] * 3
    assert state_of(home, number) == "in_review"
    found = home.app.database.read(lambda uow: uow.conversations.find("api", "stolen"))
    assert found is not None
    assert found.draft is None


def test_the_rest_of_what_was_said_goes_on(home: House) -> None:
    home.customer(ADA)
    chat = Chat(home, "c1", ADA)
    at_the_counter(home, ADA, "phone", "+1 217 555 0199")

    said = chat.say("my number changed, its 217 555 0188 now, and I moved to 12 Oak Street, Springfield, IL 62704")

    assert [one["id"] for one in said["replies"]][-2:] == ["withdraw-person", "summary"]  # type: ignore[index, attr-defined]


def test_a_recycled_number_that_linked_the_chat_is_not_called_back_either(home: House) -> None:
    """The stranger who has it by now would answer that call too."""
    home.customer(ADA)
    home.clock.forward(dt.timedelta(days=200))
    thief = fraud.asked_for(home, ADA, "thief")
    thief.say(fraud.codes(home)[-1])
    assert thief.say("yes") == ["no-reachable-contact"]
    agent, url = home.staff("ada", "agent"), f"/api/v1/conversations/{thief.conversation.id}"
    ada = home.token(agent, ["conversations"])
    draft = home.client.get(f"{url}/draft", headers=ada).json()
    version = home.app.database.read(lambda uow: uow.customers.record(customer_id(home, ADA))["phone"].version)

    called = {"digest": draft["digest"], "proof": {"kind": "callback", "version": version}}
    answer = home.client.post(f"{url}/proofs", headers=ada, json=called)
    seen = home.client.post(f"{url}/proofs", headers=ada, json={"digest": draft["digest"], "proof": SEEN})

    assert draft["callback_numbers"] == []
    assert (answer.status_code, kind(answer)) == (409, "number-not-offered")
    assert seen.status_code == 201


def test_an_extension_does_not_hide_that_a_number_is_somebody_elses(home: House) -> None:
    home.customer(ADA)
    chat = Chat(home, "c1", fraud.mailbox_only(home, BEN))
    for words in ("my phone number is now +1 202 555 0147 ext 9", "yes"):
        chat.say(words)

    chat.say(code_of(home))
    chat.say(code_of(home))

    assert "contact_on_other_customer" in newest(home).risks


# --- nobody alone --------------------------------------------------------------------------------------------------


def test_whoever_linked_the_chat_decides_on_nothing_from_it(home: House) -> None:
    """Also not on the second request, and not when a colleague spoke in between."""
    no = home.customer(ADA)
    for name in ("rita", "mei"):
        home.staff(name, "reviewer")
    rita = home.token("rita", ["links"])
    body = {"channel": "api", "chat": "c9", "customer": no}
    assert home.client.post("/api/v1/links", headers=rita, json=body).status_code == 200
    chat = Chat(home, "c9")
    numbers = []
    for words in (fraud.MOVED, "my number changed, its 217 555 0188 now"):
        for said in (words, "yes", "it still works"):
            chat.say(said)
        while chat.home.app.database.read(lambda uow: uow.conversations.by_id(chat.id)).pending is not None:
            chat.say(code_of(home))
        numbers.append(newest(home).number)
        home.app.database.write(lambda uow: take_over(uow, chat.id, "mei", home.clock()))
        home.app.database.write(lambda uow: hand_back(uow, chat.id, "mei", home.clock()))

    answers = [decide(home, "rita", number) for number in numbers]

    assert [kind(answer) for answer in answers] == ["maker-is-checker"] * 2
    assert decide(home, "mei", numbers[0]).status_code == 200


def test_whoever_speaks_for_the_customer_by_their_own_token_decides_on_nothing_from_it(home: House) -> None:
    no = home.customer(ADA)
    for name in ("rita", "mei"):
        home.staff(name, "reviewer")
    site, rita = home.token("site", ["links"]), home.token("rita", ["messages"])
    home.client.post("/api/v1/links", headers=site, json={"channel": "api", "chat": "c9", "customer": no})
    for n, words in enumerate((fraud.MOVED, "yes")):
        body = {"channel": "api", "chat": "c9", "id": f"r{n}", "text": words}
        assert home.client.post("/api/v1/messages", headers=rita, json=body).status_code == 200
    code = {"channel": "api", "chat": "c9", "id": "r9", "text": code_of(home)}
    home.client.post("/api/v1/messages", headers=rita, json=code)
    number = newest(home).number

    assert kind(decide(home, "rita", number)) == "maker-is-checker"
    assert decide(home, "mei", number).status_code == 200


def test_whoever_first_entered_paper_of_a_customer_may_decide_on_what_others_enter(home: House) -> None:
    home.customer(ADA)
    home.clock.forward(MONTH)
    rita = home.token(home.staff("rita", "reviewer"), ["conversations"])
    body = {"customer": ADA, "field": "address", "text": OAK, "way": "counter", "proof": SEEN}
    received = {"received_at": home.clock().isoformat()}
    first = home.client.post("/api/v1/offline-requests", headers=rita, json=body | received).json()["number"]
    other = at_the_counter(home, ADA, "email", "ada@example.org").json()["number"]

    assert kind(decide(home, "rita", first)) == "maker-is-checker"
    assert decide(home, "rita", other).status_code == 200


def test_who_made_a_deep_link_for_whom_is_in_the_trace(home: House) -> None:
    home.customer(ADA)
    shop = home.token("shop", ["links"])

    home.client.post("/api/v1/link-tokens", headers=shop, json={"customer": ADA}).raise_for_status()

    latest = home.app.database.read(lambda uow: uow.audit.latest(None, 5))
    assert ("link_token.made", "token:shop") in [(one.act, one.actor) for one in latest]


# --- a contact that has left the record ----------------------------------------------------------------------------


def phone_replaced(home: House) -> None:
    """Ada lost her phone, came to the counter, and after three days her new number is on record."""
    number = at_the_counter(home, ADA, "phone", "+1 217 555 0199").json()["number"]
    for name, role in (("mei", "reviewer"), ("omar", "supervisor")):
        assert decide(home, home.staff(name, role), number).status_code == 200
    home.clock.forward(dt.timedelta(days=3))
    now, policy = home.clock(), home.app.policy
    home.app.database.write(
        lambda uow: uow.commit(lifecycle.apply_due(uow.requests.load(number), policy, now), OPERATOR, now)
    )
    assert state_of(home, number) in ("applied", "synced")


def with_codes(home: House) -> list[str]:
    """Where codes are on their way to, oldest first."""

    def look(uow: UnitOfWork) -> list[str]:
        ids = uow.run("SELECT id FROM notice WHERE state = 'waiting' ORDER BY created_at").fetchall()
        found = (notice for (id,) in ids if (notice := uow.notices.load(id)) is not None)
        return [notice.address for notice in found if re.search(r"\b\d{6}\b", notice.text)]

    return home.app.database.read(look)


def test_no_code_is_sent_again_to_a_number_that_has_left_the_record(home: House) -> None:
    home.customer(ADA)
    thief = fraud.Chat(home, "thief")
    thief.open_link(ADA)
    thief.say(fraud.MOVED)
    assert thief.tap("consent.yes") == ["code-sent"]
    phone_replaced(home)

    assert thief.press("code.resend") == ["code-sent"]

    assert with_codes(home)[-1] == "+12175550199"


def test_a_code_already_sent_to_it_proves_nothing(home: House) -> None:
    home.customer(ADA)
    thief = fraud.Chat(home, "thief")
    thief.open_link(ADA)
    phone = at_the_counter(home, ADA, "phone", "+1 217 555 0199").json()["number"]
    for name, role in (("mei", "reviewer"), ("omar", "supervisor")):
        decide(home, home.staff(name, role), phone)
    home.clock.forward(dt.timedelta(days=3))
    thief.say(fraud.MOVED)
    thief.tap("consent.yes")
    code, now, policy = fraud.codes(home)[-1], home.clock(), home.app.policy
    home.app.database.write(
        lambda uow: uow.commit(lifecycle.apply_due(uow.requests.load(phone), policy, now), OPERATOR, now)
    )

    assert thief.say(code) == ["code-none-live"]


def test_what_it_proved_before_is_to_be_proven_again(home: House) -> None:
    """The thief proved by the stolen phone and waits with the code to his own until the number has been replaced."""
    home.customer(ADA)
    thief = fraud.Chat(home, "thief")
    thief.open_link(ADA)
    thief.say("my email changed to thief@example.net")
    thief.tap("consent.yes")
    assert thief.say(fraud.codes(home)[-1]) == ["proof-accepted", "code-sent-new"]
    phone_replaced(home)
    thief.press("code.resend")

    thief.say(fraud.codes(home)[-1])

    assert home.app.database.read(lambda uow: uow.requests.open_soonest()) == []
    assert with_codes(home)[-1] == "+12175550199"


def test_a_linking_code_is_not_sent_to_it_again_either(home: House) -> None:
    home.customer(ADA)
    thief = fraud.asked_for(home, ADA, "thief")
    phone_replaced(home)
    before = with_codes(home)

    assert thief.press("code.resend") == ["link-code-sent"]

    assert with_codes(home) == [at for at in before if at != "+12025550147"]
