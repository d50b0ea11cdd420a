"""Archiving from end to end: the chore proposes, people decide at the console, a message brings the customer back."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest

from bot.archiving import Archiving
from bot.commands.opening import opened
from bot.erasing import list_of
from dialogs.archiving import State
from store.customers import NewCustomer
from tests.bot.app_fixture import OPERATOR, House
from tests.bot.command_line import Commands
from tests.bot.console_fixture import Chat, Desk, acts, desk, filed

YEAR = dt.timedelta(days=366)
NO = "CUST202601010001"
PAGE = "/console/erase"


@pytest.fixture
def olga(home: House) -> Desk:
    return desk(home, "olga", "security_officer")


@pytest.fixture
def omar(home: House) -> Desk:
    return desk(home, "omar", "supervisor")


def looked(home: House) -> None:
    """The day's look at all customers."""
    chore = Archiving(home.app.policy)
    while home.app.database.write(lambda uow: chore.propose(uow, now=home.clock())):
        pass


def form(who: Desk, verdict: str) -> str:
    """Where the page's form for this leads."""
    found = re.search(rf'action="({PAGE}/[0-9a-f]{{32}}/{verdict})"', who.get(PAGE).text)
    assert found, verdict
    return found[1]


def signed_in(who: Desk) -> Desk:
    """The same colleague with a new session, a while later."""
    token = who.home.app.database.write(lambda uow: uow.sessions.open(who.name, "10.0.0.7", who.home.clock()))
    return Desk(who.home, who.name, token)


def status(home: House, no: str = NO) -> str:
    found = home.app.database.read(lambda uow: uow.customers.by_no(no))
    assert found is not None
    return found.status


def archived(home: House, olga: Desk) -> Desk:
    """The customer is archived; returns the officer with a session that holds."""
    home.customer()
    home.clock.forward(YEAR)
    looked(home)
    olga = signed_in(olga)
    assert olga.post(form(olga, "approve")).status_code == 303
    assert status(home) == "archived"
    return olga


def test_silence_is_proposed_and_one_person_archives(home: House, olga: Desk) -> None:
    home.customer()
    assert "Nothing is proposed." in olga.get(PAGE).text
    home.clock.forward(YEAR)
    looked(home)

    olga = signed_in(olga)
    text = olga.get(PAGE).text

    assert f"Archive {NO}?" in text
    assert "Nothing was heard for a long time" in text
    assert "Ada" not in text
    assert olga.post(form(olga, "approve")).status_code == 303
    assert status(home) == "archived"
    assert "Nothing is proposed." in olga.get(PAGE).text
    assert [actor for actor, _ in acts(home, "customer.archived")] == ["olga"]
    assert [actor for actor, _ in acts(home, "archive.proposed")] == ["archiving"]


def test_whoever_writes_is_active_again_and_their_change_is_filed(home: House, olga: Desk) -> None:
    home.customer()
    chat = Chat(home, customer=NO)
    chat.say("Hello")
    home.clock.forward(YEAR)
    looked(home)
    olga = signed_in(olga)
    olga.post(form(olga, "approve"))
    assert status(home) == "archived"

    answer = chat.say("Hi, I moved to 12 Oak Street, Springfield, IL 62704 last week")

    assert "Oak Street" in str(answer["replies"])
    assert status(home) == "active"
    assert len(acts(home, "customer.reactivated")) == 1
    chat.say("yes")
    assert len(acts(home, "customer.reactivated")) == 1


def test_writing_between_the_proposal_and_the_yes_voids_it(home: House, olga: Desk) -> None:
    home.customer()
    chat = Chat(home, customer=NO)
    home.clock.forward(YEAR)
    looked(home)
    chat.say("Hello")

    olga = signed_in(olga)
    answer = olga.post(form(olga, "approve"))

    assert (answer.status_code, "does not apply any more" in answer.text) == (409, True)
    assert status(home) == "active"
    assert "Nothing is proposed." in olga.get(PAGE).text
    assert len(acts(home, "archive.void")) == 1


def test_the_business_is_over_is_said_by_one_and_decided_by_another(home: House, olga: Desk, omar: Desk) -> None:
    home.customer()

    assert olga.post(f"{PAGE}/propose", no="CUST1").status_code == 422
    assert olga.post(f"{PAGE}/propose", no=NO).status_code == 303
    assert olga.post(f"{PAGE}/propose", no=NO).status_code == 409
    refused = olga.post(form(olga, "approve"))
    assert (refused.status_code, status(home)) == (409, "active")
    assert omar.post(form(omar, "approve")).status_code == 303
    assert status(home) == "archived"

    assert "Make active again" in omar.get(f"/console/customers/{NO}").text
    again = omar.post(f"/console/customers/{NO}/reactivate")
    assert (again.status_code, again.headers["location"]) == (303, f"/console/customers/{NO}")
    assert status(home) == "active"
    assert omar.post(f"/console/customers/{NO}/reactivate").status_code == 404


def test_two_people_delete_and_the_customer_is_erased(home: House, olga: Desk, omar: Desk) -> None:
    olga = archived(home, olga)
    home.clock.forward(6 * YEAR)
    looked(home)
    olga, omar = signed_in(olga), signed_in(omar)
    assert f"Delete {NO} for good?" in olga.get(PAGE).text
    early = form(olga, "approve").replace("approve", "confirm")
    assert omar.post(early, no=NO).status_code == 409

    assert olga.post(form(olga, "approve")).status_code == 303
    assert status(home) == "archived"
    assert "Another person gives the second" in olga.get(PAGE).text
    assert olga.post(early, no=NO).status_code == 409
    assert omar.post(form(omar, "confirm"), no="CUST1").status_code == 422
    assert status(home) == "archived"
    assert omar.post(form(omar, "confirm"), no=NO).status_code == 303

    assert status(home) == "erased"
    erased = list_of(home.app.config, home.app.keyring)
    assert len(erased.read()) == 1
    assert [actor for actor, _ in acts(home, "customer.erased")] == ["omar"]
    assert "Nothing is proposed." in omar.get(PAGE).text


def test_a_legal_hold_stops_every_step(home: House, olga: Desk, omar: Desk) -> None:
    olga = archived(home, olga)
    home.clock.forward(6 * YEAR)
    looked(home)
    olga, omar = signed_in(olga), signed_in(omar)
    customer = home.app.database.read(lambda uow: uow.customers.by_no(NO))
    assert customer is not None
    home.app.database.write(lambda uow: uow.erasures.place(customer.id, "a lawsuit", OPERATOR, home.clock()))

    answer = olga.post(form(olga, "approve"))
    assert (answer.status_code, "legal hold" in answer.text) == (409, True)
    home.staff("sven", "supervisor")
    lifter = home.app.database.read(lambda uow: uow.staff.by_name("sven"))
    assert lifter is not None
    by_sven = OPERATOR.__class__(OPERATOR.kind, "sven", "test")
    home.app.database.write(lambda uow: uow.erasures.lift(customer.id, by_sven, home.clock()))
    assert olga.post(form(olga, "approve")).status_code == 303
    home.app.database.write(lambda uow: uow.erasures.place(customer.id, "another", OPERATOR, home.clock()))
    assert omar.post(form(omar, "confirm"), no=NO).status_code == 409
    assert status(home) == "archived"


def test_an_open_request_stops_it(home: House, olga: Desk, omar: Desk) -> None:
    filed(home)
    olga.post(f"{PAGE}/propose", no=NO)

    answer = omar.post(form(omar, "approve"))

    assert (answer.status_code, "undecided" in answer.text) == (409, True)
    assert omar.post(form(omar, "decline")).status_code == 303
    (proposal,) = home.app.database.read(lambda uow: uow.archiving.of_customer(home_id(uow)))
    assert proposal.state is State.DECLINED


def home_id(uow) -> str:  # type: ignore[no-untyped-def]
    found: str = uow.customers.by_no(NO).id
    return found


def test_the_page_is_there_in_chinese(home: House, olga: Desk) -> None:
    home.customer()
    olga.post(f"{PAGE}/propose", no=NO)

    text = olga.get(f"{PAGE}?lang=zh").text

    assert f"归档 {NO}？" in text
    assert "业务关系已经结束" in text
    assert olga.post(f"{PAGE}/{'0' * 32}/approve").status_code == 404
    assert olga.post(f"{PAGE}/{'0' * 32}/shred").status_code == 422


def test_the_command_line_proposes_reactivates_and_counts(tellonce: Commands) -> None:
    assert tellonce("keys", "create").code == 0
    assert tellonce("db", "upgrade").code == 0
    with opened() as app:
        new = NewCustomer(name={"full": "Ada Example"}, no=NO)
        app.database.write(lambda uow: uow.customers.add(new, app.clock(), OPERATOR))

    assert "there is no customer" in tellonce("customers", "archive", "CUST1").complains()
    assert "somebody decides" in tellonce("customers", "archive", NO).out
    assert "already" in tellonce("customers", "archive", NO).complains()
    assert "is not archived" in tellonce("customers", "reactivate", NO).complains()
    shown = json.loads(tellonce("report", "customers", "--json").out)
    assert shown == {"active": 1, "archived": 0, "erased": 0, "to_archive": 1, "to_delete": 0}
