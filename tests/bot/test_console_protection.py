"""The console's forms by which staff vouch, start and enter changes, settle disputes and release freezes."""

from __future__ import annotations

import datetime as dt
import hashlib
import re

import pytest

from bot.verdict import Verdict, checker_of, give_verdict
from dialogs.request import State
from tests.bot.app_fixture import OPERATOR, House
from tests.bot.console_fixture import Chat, Desk, code_of, desk, newest
from tests.bot.test_api_protection import page_of

FORM = hashlib.sha256(b"the signed form").hexdigest()
OAK = "12 Oak Street, Springfield, IL 62704"
MONTH = dt.timedelta(days=31)


@pytest.fixture
def lost(home: House) -> Chat:
    """A customer of old whose only contact is gone, and who agreed to a new number."""
    no = home.customer()
    home.clock.forward(MONTH)
    chat = Chat(home, "c1", no)
    for words in ("my number changed, its 217 555 0188 now", "yes", "it's gone"):
        chat.say(words)
    return chat


@pytest.fixture
def changed(home: House) -> str:
    """The number of a request that changed a phone."""
    chat = Chat(home, "c1", home.customer())
    home.clock.forward(dt.timedelta(days=3))
    for words in ("my number changed, its 217 555 0188 now", "yes", "it still works"):
        chat.say(words)
    chat.say(code_of(home))
    chat.say(code_of(home))
    number = newest(home).number
    home.staff("rita", "reviewer")
    approve(home, number, "rita")
    return number


def approve(home: House, number: str, name: str) -> None:
    policy, now = home.app.policy, home.clock()

    def act(uow):  # type: ignore[no-untyped-def]
        digest = uow.requests.load(number).digest
        return give_verdict(uow, number, Verdict.APPROVE, checker_of(uow, name), digest, "", policy, now)

    assert home.app.database.write(act).refused is None


def state(home: House, number: str) -> State:
    return home.app.database.read(lambda uow: uow.requests.load(number)).state


def hidden(text: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', text)
    assert found, name
    return found[1]


def version_in(text: str) -> str:
    found = re.search(r'<option value="([0-9a-f]{32})">', text)
    assert found
    return found[1]


def labelled(text: str) -> bool:
    """Whether every field that a person fills in has a label."""
    fields = re.findall(r'<(?:input(?![^>]*type="(?:hidden|radio)")|select|textarea)[^>]* id="([^"]+)"', text)
    return all(f'for="{field}"' in text or field == "keys-on" for field in fields)


@pytest.mark.parametrize(("language", "words"), [("en", "Make sure who the customer is"), ("zh", "核实客户身份")])
def test_the_form_is_there_when_no_contact_is_reachable(home: House, lost: Chat, language: str, words: str) -> None:
    ada = desk(home, "ada", "agent")

    text = ada.get(f"/console/conversations/{lost.id}?lang={language}").text

    inbox = ada.get(f"/console/conversations?lang={language}").text
    assert {"en": "Call back, or see the customer", "zh": "请回访或当面核实并登记"}[language] in inbox
    assert words in text
    assert labelled(text)
    assert "••• ••• 0147" in text
    assert "5550147" not in text


def test_a_call_back_is_recorded_and_the_code_goes_to_the_new_number(home: House, lost: Chat) -> None:
    ada = desk(home, "ada", "agent")
    url = f"/console/conversations/{lost.id}"
    text = ada.get(url).text
    form = {"digest": hidden(text, "digest"), "kind": "callback", "version": version_in(text)}

    undecided = ada.post(f"{url}/proof", digest=form["digest"])
    without_form = ada.post(f"{url}/proof", digest=form["digest"], kind="in_person", place="video")
    done = ada.post(f"{url}/proof", **form)
    lost.say(code_of(home))

    assert undecided.status_code == 422
    assert without_form.status_code == 409
    assert "SHA-256" in without_form.text
    assert done.status_code == 303
    request = newest(home)
    assert "staff:ada" in request.makers
    assert 'id="vouch"' not in ada.get(url).text

    mei = desk(home, "mei", "reviewer")
    page = mei.get(f"/console/requests/{request.number}").text
    assert "recorded by ada" in page
    assert "No contact on file could be reached" in page


def test_while_a_code_can_still_be_sent_there_is_no_form(home: House) -> None:
    chat = Chat(home, "c1", home.customer())
    chat.say("I moved to " + OAK)
    chat.say("yes")

    assert 'id="vouch"' not in desk(home, "ada", "agent").get(f"/console/conversations/{chat.id}").text


def test_whoever_speaks_starts_a_change(home: House) -> None:
    chat = Chat(home, "c1", home.customer())
    chat.say("hello")
    ada, url = desk(home, "ada", "agent"), f"/console/conversations/{chat.id}"

    before = ada.post(f"{url}/change", field="address", text=OAK)
    ada.post(f"{url}/takeover")
    text = ada.get(url).text
    unreadable = ada.post(f"{url}/change", field="address", text="somewhere")
    done = ada.post(f"{url}/change", field="address", text=OAK)

    assert before.status_code == 409
    assert 'id="start"' in text
    assert labelled(text)
    assert unreadable.status_code == 422
    assert done.status_code == 303
    assert "May I file this?" in ada.get(url).text


def test_a_letter_is_entered_and_its_receipt_is_shown_to_who_decides(home: House) -> None:
    no = home.customer()
    home.clock.forward(MONTH)
    ada = desk(home, "ada", "agent")
    url = f"/console/customers/{no}/offline"
    text = ada.get(url).text
    at = (home.clock() - dt.timedelta(hours=30)).strftime("%Y-%m-%dT%H:%M")
    form = {"field": "address", "text": OAK, "way": "letter", "kind": "callback", "version": version_in(text)}

    no_time = ada.post(url, **form)
    done = ada.post(url, **form, received_at=at)
    again = ada.post(url, **form, received_at=at)

    assert labelled(text)
    assert no_time.status_code == 422
    assert OAK in no_time.text  # what was written is kept
    assert done.status_code == 200
    assert again.status_code == 409
    request = newest(home)
    assert request.number in done.text
    page = desk(home, "mei", "reviewer").get(f"/console/requests/{request.number}?lang=zh").text
    assert "信函受理" in page
    assert "超过24小时" in page
    assert desk(home, "otto", "operations").get(url).status_code == 403
    assert ada.get("/console/customers/NOBODY/offline").status_code == 404


@pytest.mark.parametrize("role", ["supervisor", "security_officer"])
def test_a_freeze_is_seen_and_released_with_a_reason(home: House, changed: str, role: str) -> None:
    home.client.post(page_of(home))
    vera = desk(home, "vera", role)
    text = vera.get("/console/freezes").text
    found = re.search(r"/console/freezes/([0-9a-f]{32})/release", text)
    assert found
    url = f"/console/freezes/{found[1]}/release"

    without = vera.post(url, reason=" ")
    done = vera.post(url, reason="The customer came to the counter.")

    assert labelled(text)
    assert "CUST202601010001" in text
    assert without.status_code == 409
    assert done.status_code == 303
    assert "Nothing is frozen" in vera.get("/console/freezes").text
    assert desk(home, "ada", "agent").get("/console/freezes").status_code == 403


def test_a_frozen_record_says_so_where_it_is_decided_and_talked_about(home: House, changed: str) -> None:
    home.client.post(page_of(home))
    mei = desk(home, "mei", "reviewer")
    conversation = home.app.database.read(lambda uow: uow.requests.load(changed)).conversation

    assert 'id="frozen"' in mei.get(f"/console/requests/{changed}").text
    talk = mei.get(f"/console/conversations/{conversation}?lang=zh").text
    assert "已冻结" in talk
    assert "原联系方式表示不是本人操作" in talk


def test_a_dispute_is_kept_or_put_back(home: House, changed: str) -> None:
    mei, url = desk(home, "mei", "reviewer"), f"/console/requests/{changed}"
    text = mei.get(url).text

    in_chat = mei.post(f"{url}/revert", how="chat")
    bare = mei.post(f"{url}/revert", how="in_person", place="counter")
    done = mei.post(f"{url}/revert", how="in_person", place="counter", signed_form=FORM)

    assert labelled(text)
    assert 'id="revert"' in text
    assert in_chat.status_code == 409  # nobody has taken the conversation over
    assert bare.status_code == 409
    assert done.status_code == 303
    assert state(home, changed) is State.DISPUTED
    request = newest(home)
    assert request.reverts == changed
    assert {"staff:mei"} < request.makers
    assert request.number in mei.get(url).text
    kept = mei.post(f"{url}/uphold", reason="It is what the customer wrote.")
    assert kept.status_code == 303
    assert state(home, changed) is State.CONFIRMED


def test_staff_who_are_the_customer_may_look_but_not_decide(home: House) -> None:
    chat = Chat(home, "c1", home.customer())
    home.clock.forward(dt.timedelta(days=3))
    for words in ("I moved to " + OAK, "yes"):
        chat.say(words)
    chat.say(code_of(home))
    request = newest(home)
    mei: Desk = desk(home, "mei", "reviewer")
    home.app.database.write(lambda uow: uow.protection.is_customer("mei", request.customer, OPERATOR, home.clock()))

    text = mei.get(f"/console/requests/{request.number}").text
    answer = mei.post(f"/console/requests/{request.number}/decision", verdict="approve", digest=request.digest)

    assert 'id="approve"' not in text
    assert "Oak Street" not in text
    assert answer.status_code == 403
