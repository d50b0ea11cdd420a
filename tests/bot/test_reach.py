"""A company's rules: whose customers, and which groups of fields. The console and the API ask the same function."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dialogs.request import ChangeRequest, State
from tests.bot.app_fixture import OPERATOR, House, house
from tests.bot.console_fixture import Desk, acts, desk, filed

ACCESS = {
    "groups": {"contact": ["phone", "email"], "place": ["address"]},
    "rules": [
        {"role": "reviewer", "team": "cards", "decide": ["contact"], "reveal": ["contact"]},
        {"role": "reviewer", "customers": "team"},
        {"role": "supervisor"},
        {"role": "agent", "customers": "own", "reveal": ["place"]},
    ],
}
NO = "CUST202601010001"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, access=ACCESS) as made:
        yield made


def in_team(home: House, name: str, role: str, team: str | None) -> Desk:
    made = desk(home, name, role)
    home.app.database.write(lambda uow: uow.staff.join(name, team, home.clock(), OPERATOR))
    return made


@pytest.fixture
def request_(home: House) -> ChangeRequest:
    """An address change of a customer whose owner is bo, of the team north."""
    in_team(home, "bo", "reviewer", "north")
    made = filed(home)
    body = {"owner": "bo"}
    home.client.patch(f"/api/v1/customers/{NO}", json=body, headers=home.token("crm", ["customers"])).raise_for_status()
    return made


def decision(person: Desk, request: ChangeRequest) -> int:
    path = f"/console/requests/{request.number}/decision"
    return person.post(path, verdict="approve", digest=request.digest).status_code


def pages(request: ChangeRequest) -> list[str]:
    return [
        f"/console/customers/{NO}",
        f"/console/conversations/{request.conversation}",
        f"/console/conversations/{request.conversation}/state",
        f"/console/requests/{request.number}",
    ]


def test_another_teams_customer_is_not_there_for_a_reviewer(home: House, request_: ChangeRequest) -> None:
    mate, other = in_team(home, "mei", "reviewer", "north"), in_team(home, "li", "reviewer", "south")

    assert [mate.get(path).status_code for path in pages(request_)] == [200] * 4
    assert [other.get(path).status_code for path in pages(request_)] == [403] * 4
    assert (decision(other, request_), decision(mate, request_)) == (403, 303)


def test_lists_hold_ones_own_teams_customers_only(home: House, request_: ChangeRequest) -> None:
    mate, other = in_team(home, "mei", "reviewer", "north"), in_team(home, "li", "reviewer", "south")
    where = {"customers": NO, "requests": request_.number, "conversations": request_.conversation}

    for section, shown in where.items():
        assert shown in mate.get(f"/console/{section}").text, section
        assert shown not in other.get(f"/console/{section}").text, section


def test_the_api_asks_the_same_of_a_persons_token_and_not_of_a_systems(home: House, request_: ChangeRequest) -> None:
    in_team(home, "li", "reviewer", "south")
    scopes = ["customers", "requests", "decide", "conversations"]
    other, system = home.token("li", scopes), home.token("crm2", ["customers", "requests", "conversations"])
    paths = [
        f"/api/v1/customers/{NO}",
        f"/api/v1/customers/{NO}/history",
        f"/api/v1/change-requests/{request_.number}",
        f"/api/v1/conversations/{request_.conversation}/messages",
    ]
    lists = ["/api/v1/customers", "/api/v1/change-requests", "/api/v1/conversations"]
    body = {"decision": "approve", "digest": request_.digest}

    refused = [home.client.get(path, headers=other) for path in paths]
    refused.append(home.client.post(f"{paths[2]}/decisions", json=body, headers=other))

    assert {(one.status_code, one.json()["type"]) for one in refused} == {(403, "urn:tellonce:problem:not-yours")}
    assert [home.client.get(path, headers=other).json()["items"] for path in lists] == [[], [], []]
    assert [home.client.get(path, headers=system).status_code for path in paths] == [200] * 4
    assert all(home.client.get(path, headers=system).json()["items"] for path in lists)


def test_a_group_of_fields_is_decided_by_those_who_are_there_for_it(home: House, request_: ChangeRequest) -> None:
    cards = in_team(home, "cora", "reviewer", "cards")

    page = cards.get(f"/console/requests/{request_.number}")
    refused = decision(cards, request_)

    assert page.status_code == 200
    assert "12 Oak Street" not in page.text, "who does not decide sees no value"
    assert ("cora", f"request:{request_.number}") not in acts(home, "request.opened")
    assert refused == 403
    assert home.app.database.read(lambda uow: uow.requests.load(request_.number)).state is State.IN_REVIEW


def test_a_value_is_shown_by_group_of_fields(home: House, request_: ChangeRequest) -> None:
    cards = in_team(home, "cora", "reviewer", "cards")
    show = f"/console/customers/{NO}/reveal"

    phone = cards.post(show, field="phone", reason="The customer called.")
    address = cards.post(show, field="address", reason="The customer called.")
    page = cards.get(f"/console/customers/{NO}").text

    assert (phone.status_code, address.status_code) == (200, 403)
    assert "Elm" not in address.text
    assert page.count('name="reason"') == 1, "only the phone has a form that shows it"


def test_an_agent_sees_their_own_customers_and_nobodys(home: House, request_: ChangeRequest) -> None:
    ann = desk(home, "ann", "agent")
    home.customer("CUST202601010002")

    assert ann.get(f"/console/customers/{NO}").status_code == 403
    assert ann.get("/console/customers/CUST202601010002").status_code == 200
    assert NO not in ann.get("/console/customers").text


def test_a_refusal_is_said_in_the_readers_language(home: House, request_: ChangeRequest) -> None:
    ann = desk(home, "ann", "agent")

    assert "其他同事" in ann.get(f"/console/customers/{NO}?lang=zh").text
    assert "other colleagues" in ann.get(f"/console/customers/{NO}?lang=en").text


def test_operations_see_no_value_at_all(home: House, request_: ChangeRequest) -> None:
    ines = desk(home, "ines", "operations")

    shown = ines.post(f"/console/customers/{NO}/reveal", field="phone", reason="because")

    assert shown.status_code == 403
    assert "reveal" not in ines.get(f"/console/customers/{NO}").text
