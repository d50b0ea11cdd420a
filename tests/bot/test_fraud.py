"""Fraudsters at work on a whole application. Each ends with nothing to show for it."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from pathlib import Path

import pytest

from bot import desk
from bot.turn import handle_turn
from bot.verdict import Verdict, give_verdict
from dialogs import lifecycle
from dialogs.approval import Checker
from dialogs.effects import Decision, Refusal
from dialogs.request import Role
from dialogs.types import Conversation, Inbound
from store.attempts import Trying
from store.customers import NewCustomer
from store.said import Said
from store.uow import UnitOfWork
from tests.bot.app_fixture import OPERATOR, House, house

ADA = "CUST202601010001"
BEN = "CUST202601010002"
NOBODY = "CUST202601019999"
MOVED = "I moved to 12 Oak Street, Springfield 62704"
SECOND = dt.timedelta(seconds=1)
_serial = itertools.count(1)


class Chat:
    """One chat of the application, whoever sits behind it."""

    def __init__(self, home: House, name: str) -> None:
        self.home, self.name = home, name

    def _turn(self, text: str | None = None, button: str | None = None, token: str | None = None) -> list[str]:
        app, clock = self.home.app, self.home.clock
        clock.forward(SECOND)
        inbound = Inbound(
            "webchat", self.name, f"m{next(_serial)}", clock(), text=text, button=button, link_token=token
        )
        self.heard = app.database.write(lambda uow: handle_turn(inbound, uow, app.kit, clock()))
        return [said.id for said in self.heard]

    def say(self, text: str) -> list[str]:
        return self._turn(text=text)

    def tap(self, verb: str) -> list[str]:
        return self._turn(button=next(id for said in self.heard for id, _ in said.buttons if id.startswith(verb)))

    def press(self, button: str) -> list[str]:
        """Tap a button of any age, or one made up."""
        return self._turn(button=button)

    def open_link(self, no: str) -> list[str]:
        """Come by a deep link of the company's app."""

        def token(uow: UnitOfWork) -> str:
            customer = uow.customers.by_no(no)
            assert customer is not None
            return uow.customers.link_token(customer.id, self.home.clock(), dt.timedelta(hours=1))

        return self._turn(token=self.home.app.database.write(token))

    @property
    def conversation(self) -> Conversation:
        found = self.home.app.database.read(lambda uow: uow.conversations.find("webchat", self.name))
        assert found is not None
        return found

    def log(self) -> list[Said]:
        id = self.conversation.id
        return self.home.app.database.read(lambda uow: uow.conversations.messages(id))


def codes(home: House) -> list[str]:
    """The codes on their way, oldest first, as their receivers would read them."""

    def look(uow: UnitOfWork) -> list[str]:
        ids = uow.run("SELECT id FROM notice WHERE state = 'waiting' ORDER BY created_at").fetchall()
        texts = [notice.text for (id,) in ids if (notice := uow.notices.load(id)) is not None]
        return [found[0] for text in texts if (found := re.search(r"\b\d{6}\b", text))]

    return home.app.database.read(look)


def sweep(code: str, around: int = 200) -> str:
    """A message with very many numbers, the right one among them."""
    first = max(0, int(code) - around)
    return "foo " + ", ".join(f"{number:06d}" for number in range(first, first + 2 * around))


def asked_for(home: House, no: str, chat: str) -> Chat:
    """A chat that waits for a linking code."""
    made = Chat(home, chat)
    made.say(MOVED)
    made.say(no)
    return made


def filed(home: House, no: str, chat: str) -> Chat:
    """A chat in which a change of address was filed."""
    made = Chat(home, chat)
    made.open_link(no)
    made.say(MOVED)
    made.tap("consent.yes")
    assert "filed" in made.say(codes(home)[-1])
    return made


def switched_to(chat: Chat, no: str) -> None:
    """The chat goes to another customer, who says yes to it."""
    assert chat.open_link(no) == ["ask-switch"]
    assert chat.tap("switch.yes") == ["linked", "what-changed"]


def mailbox_only(home: House, no: str) -> str:
    """A customer of whom the record has no phone."""
    new = NewCustomer(name={"full": "Ben Example"}, email={"email": f"{no.lower()}@example.org"}, no=no)
    home.app.database.write(lambda uow: uow.customers.add(new, home.clock(), OPERATOR))
    return no


# --- guessing codes ------------------------------------------------------------------------------------------------


def test_a_message_full_of_numbers_is_no_way_to_guess_a_code(home: House) -> None:
    stranger = asked_for(home, home.customer(ADA), "stranger")
    (code,) = codes(home)

    with_it = stranger.say(sweep(code))
    stranger = asked_for(home, ADA, "stranger-2")
    without_it = stranger.say(sweep("500000" if code < "400000" or code > "600000" else "100000"))

    assert stranger.conversation.customer is None
    assert with_it == without_it


def test_what_is_hidden_of_a_message_does_not_tell_the_right_code(home: House) -> None:
    stranger = asked_for(home, home.customer(ADA), "stranger")
    code = codes(home)[-1]
    wrong = "111111" if code != "111111" else "222222"

    stranger.say(f"foo {wrong}, bar {code}, {wrong}, {wrong}, {wrong}")
    shown = stranger.log()[-1 - len(stranger.heard)].text

    assert code not in shown
    assert wrong not in shown


@pytest.mark.parametrize("linked", [True, False])
def test_an_agent_cannot_have_a_code_of_another_chat_read_out(home: House, linked: bool) -> None:
    """The agent asked for it in a chat of their own, and now asks the customer what it says."""
    home.customer(ADA)
    home.staff("ann", "agent")
    ada = Chat(home, "ada")
    _ = ada.open_link(ADA) if linked else ada.say("hello")
    id, now = ada.conversation.id, home.clock()
    home.app.database.write(lambda uow: desk.take_over(uow, id, "ann", now))
    asked_for(home, ADA, "ann-as-ada")

    ada.say(f"it says {codes(home)[-1]}")

    assert codes(home)[-1] not in ada.log()[-1].text


# --- which customer numbers exist, and whom they lock out ----------------------------------------------------------


def test_no_number_of_attempts_tells_which_customer_numbers_exist(home: House) -> None:
    def attempts(no: str) -> list[list[str]]:
        chats = (asked_for(home, no, f"{no}-{n}") for n in range(5))
        return [chat.say("000000") for chat in chats for _ in range(6)]

    assert attempts(home.customer(ADA)) == attempts(NOBODY)


def test_strangers_who_ask_for_linking_codes_do_not_use_up_the_codes_for_changes(home: House) -> None:
    home.customer(ADA)
    for n in range(9):
        asked_for(home, ADA, f"stranger-{n}")

    filed(home, ADA, "ada")


def test_naming_somebodys_phone_as_ones_new_one_does_not_use_up_their_codes(home: House) -> None:
    home.customer(ADA)
    for n in range(6):
        stranger = Chat(home, f"stranger-{n}")
        stranger.open_link(mailbox_only(home, f"CUST20260101010{n}"))
        stranger.say("my new phone number is +1 202 555 0147")
        stranger.tap("consent.yes")
        sent = stranger.say(codes(home)[-1])
        assert ("code-sent-new" in sent) == (n < 5)

    filed(home, ADA, "ada")


def test_a_linking_code_does_not_take_a_chat_from_the_customer_it_was_linked_to_since(home: House) -> None:
    home.customer(ADA)
    mailbox_only(home, BEN)
    body = {"channel": "api", "chat": "shop-1", "customer": ADA}
    token = home.token("shop", ["messages", "links"])
    said = {"channel": "api", "chat": "shop-1"}
    for n, text in enumerate((MOVED, BEN)):
        home.client.post("/api/v1/messages", headers=token, json={**said, "id": f"m{n}", "text": text})
    assert home.client.post("/api/v1/links", headers=token, json=body).status_code == 200

    home.client.post("/api/v1/messages", headers=token, json={**said, "id": "m9", "text": codes(home)[-1]})

    linked = home.app.database.read(lambda uow: uow.conversations.find("api", "shop-1"))
    assert linked is not None
    assert home.app.database.read(lambda uow: uow.customers.by_id(linked.customer or "").no) == ADA


# --- a chat that goes from one customer to another -----------------------------------------------------------------


def decided(home: House, number: str) -> None:
    """A checker approves, and every system has acknowledged: the receipt is due."""
    now, app = home.clock(), home.app
    checker = Checker(home.staff("mei", "reviewer"), Role.REVIEWER)

    def act(uow: UnitOfWork) -> None:
        digest = uow.requests.load(number).digest
        assert give_verdict(uow, number, Verdict.APPROVE, checker, digest, "", app.policy, now).refused is None
        applied = uow.requests.load(number)
        uow.commit(lifecycle.on_synced(applied, app.policy, now, masked="••12"), OPERATOR, now)

    app.database.write(act)


def test_what_becomes_of_a_request_is_not_told_to_the_next_customer_of_the_chat(home: House) -> None:
    home.customer(ADA)
    shared = filed(home, ADA, "shared")
    switched_to(shared, mailbox_only(home, BEN))
    before = len(shared.log())

    decided(home, "CR-2026-000001")

    assert len(shared.log()) == before
    assert shared.conversation.question.about is None


def test_it_is_told_in_another_chat_of_the_customer(home: House) -> None:
    home.customer(ADA)
    shared = filed(home, ADA, "shared")
    other = Chat(home, "other")
    other.open_link(ADA)
    switched_to(shared, mailbox_only(home, BEN))

    decided(home, "CR-2026-000001")

    assert "receipt" in [said.id for said in other.log()]
    assert "receipt" not in [said.id for said in shared.log()]
    assert other.press("receipt.right:CR-2026-000001") == ["receipt-thanks"]


def test_the_next_customer_of_a_chat_does_not_read_what_the_earlier_one_wrote(home: House) -> None:
    home.customer(ADA)
    shared = filed(home, ADA, "shared")

    switched_to(shared, mailbox_only(home, BEN))

    assert not any("Oak Street" in said.text for said in shared.log())


# --- staff ---------------------------------------------------------------------------------------------------------


def test_whoever_wrote_in_the_chat_before_the_change_does_not_decide_on_it(home: House) -> None:
    """They helped to link it, or told the customer what to ask for."""
    home.customer(ADA)
    mei = home.staff("mei", "reviewer")
    ada = Chat(home, "ada")
    ada.say("hello")
    id, now, database = ada.conversation.id, home.clock(), home.app.database
    database.write(lambda uow: desk.write(uow, id, mei, "Just tell us that you moved", now))
    database.write(lambda uow: desk.hand_back(uow, id, mei, now))
    filed(home, ADA, "ada")

    def act(uow: UnitOfWork) -> Decision:
        number, checker = "CR-2026-000001", Checker(mei, Role.REVIEWER)
        digest = uow.requests.load(number).digest
        return give_verdict(uow, number, Verdict.APPROVE, checker, digest, "", home.app.policy, now)

    assert database.write(act).refused is Refusal.MAKER_IS_CHECKER


def test_reading_a_conversation_over_the_api_is_in_the_trace(home: House) -> None:
    ada = Chat(home, "ada")
    ada.say("hello")
    token = home.token(home.staff("ann", "agent"), ["conversations"])

    home.client.get(f"/api/v1/conversations/{ada.conversation.id}/messages", headers=token)

    read = "SELECT actor FROM audit_entry WHERE act = 'conversation.opened'"
    assert home.app.database.read(lambda uow: uow.run(read).fetchall()) == [("ann",)]


def test_junk_names_do_not_wash_away_the_count_of_failed_sign_ins(home: House) -> None:
    def fail(name: str, origin: str) -> bool:
        return home.app.database.write(lambda uow: uow.attempts.count(Trying(name, origin), home.clock())) is None

    for n in range(20):
        assert fail("mei", f"10.0.0.{n}")
    for n in range(300):
        fail(f"junk-{n}", "10.0.1.1")

    assert not fail("mei", "10.0.0.99")


# --- the demo ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/demo/phone", "/demo/phone/messages", "/demo/crm"])
def test_a_page_that_lets_its_own_name_lead_here_sees_nothing_of_the_demo(tmp_path: Path, path: str) -> None:
    with house(tmp_path, demo=True) as home:
        assert home.client.get(path, headers={"Host": "evil.example"}).status_code in (403, 404)
        assert path == "/demo/crm" or home.client.get(path).status_code in (200, 204)
