"""Customers and the trace."""

from __future__ import annotations

import pytest

from tests.bot.app_fixture import House
from tests.bot.console_fixture import acts, desk, filed

NO = "CUST202601010001"


def test_a_customer_is_found_by_number_and_shown_masked(home: House) -> None:
    home.customer(NO)
    mei = desk(home, "mei", "agent")

    found = mei.get(f"/console/customers?no=%20{NO.lower()}")
    text = mei.get(found.headers["location"]).text
    unknown = mei.get("/console/customers?no=CUST1")

    assert "••• ••• 0147" in text
    assert "Elm Street" not in text
    assert "Ada Example" not in text
    assert unknown.status_code == 404
    assert "No customer has this number" in unknown.text


def test_a_value_is_shown_with_a_reason_and_that_is_in_the_trace(home: House) -> None:
    home.customer(NO)
    mei = desk(home, "mei", "agent")
    path = f"/console/customers/{NO}/reveal"

    without = mei.post(path, field="phone", reason=" ")
    shown = mei.post(path, field="phone", reason="call back")
    after = mei.get(f"/console/customers/{NO}")

    assert without.status_code == 422
    assert "202-555-0147" not in without.text
    assert "202-555-0147" in shown.text
    assert "Elm Street" not in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert "202-555-0147" not in after.text
    assert [who for who, _ in acts(home, "value.revealed")] == ["mei"]


@pytest.mark.parametrize("field", ["", "nothing", "bank_account"])
def test_what_is_not_on_record_cannot_be_shown(home: House, field: str) -> None:
    home.customer(NO)
    mei = desk(home, "mei", "agent")

    assert mei.post(f"/console/customers/{NO}/reveal", field=field, reason="call back").status_code == 404
    assert mei.get("/console/customers/CUST1").status_code == 404


def test_earlier_values_stay_in_the_history(home: House) -> None:
    request = filed(home)
    rita = desk(home, "rita", "reviewer")
    rita.post(f"/console/requests/{request.number}/decision", verdict="approve", digest=request.digest)

    text = rita.get(f"/console/customers/{NO}").text

    assert "Earlier values" in text
    assert f"by request {request.number}" in text
    assert "••4" in text
    assert "••12" in text
    assert "Oak Street" not in text


def test_the_trace_says_who_did_what_to_whom_without_values(home: House) -> None:
    request = filed(home)
    rita, sam = desk(home, "rita", "reviewer"), desk(home, "sam", "security_officer")
    rita.get(f"/console/requests/{request.number}")

    text = sam.get("/console/audit").text

    assert "Opened a request with its values" in text
    assert "rita" in text
    assert NO in text
    assert "10.0.0.7" in text
    assert "Oak Street" not in text
    assert sam.get("/console/audit?before=2").text.count("<tr>") == 2


TWIN = "CUST202601010002"


def test_likely_duplicates_stand_on_the_page_with_their_reasons(home: House) -> None:
    home.customer(NO)
    home.customer(TWIN)
    mei = desk(home, "mei", "agent")

    text = mei.get(f"/console/customers/{NO}").text
    chinese = mei.get(f"/console/customers/{NO}?lang=zh").text

    assert TWIN in text
    assert "same phone" in text.lower()
    assert "疑似重复客户" in chinese
    assert not any(secret in text for secret in ("Ada Example", "Elm Street"))


def test_whoever_decides_sees_likely_duplicates_of_the_change(home: House) -> None:
    request = filed(home)
    home.customer(TWIN)
    rita = desk(home, "rita", "reviewer")

    text = rita.get(f"/console/requests/{request.number}").text

    assert 'id="duplicates"' in text
    assert TWIN in text


def test_customers_are_listed_and_filtered(home: House) -> None:
    home.customer(NO, tags=("north",), owner="mei")
    home.customer(TWIN)
    mei = desk(home, "mei", "agent")

    every = mei.get("/console/customers").text
    north = mei.get("/console/customers?tag=north&owner=mei").text
    nobody = mei.get("/console/customers?to_verify=1").text

    assert NO in every
    assert TWIN in every
    assert NO in north
    assert TWIN not in north
    assert "No customer fits" in nobody
    assert "没有符合条件的客户" in mei.get("/console/customers?to_verify=1&lang=zh").text
    assert "Ada" not in every


def test_the_list_goes_on_after_a_page(home: House) -> None:
    for number in range(1, 53):
        home.customer(f"C{number:03d}", tags=("north",))
    mei = desk(home, "mei", "agent")

    first = mei.get("/console/customers?tag=north").text
    second = mei.get("/console/customers?tag=north&after=C050").text

    assert "/console/customers?tag=north&amp;after=C050" in first
    assert "C051" not in first
    assert "C052" in second


def test_tier_colleague_and_tags_are_edited_and_traced(home: House) -> None:
    home.customer(NO)
    mei = desk(home, "mei", "agent")
    path = f"/console/customers/{NO}/labels"

    saved = mei.post(path, tier="vip", owner="omar", tags="gold; north")
    wrong = [mei.post(path, tier=tier, owner=owner, tags=tags).status_code for tier, owner, tags in (
        ("unheard", "", ""), ("vip", "two words", ""), ("vip", "", "no/tag"),
    )]  # fmt: skip

    text = mei.get(f"/console/customers/{NO}").text
    assert saved.status_code == 303
    assert "gold, north" in text
    assert "omar" in text
    assert wrong == [422, 422, 422]
    assert [who for who, _ in acts(home, "customer.sorted")] == ["mei"]


def test_signals_and_tasks_stand_on_the_page_and_are_seen_to(home: House) -> None:
    home.customer(NO)
    token = home.token("mailer", ["signals"])
    home.client.post("/api/v1/signals", json={"customer": NO, "field": "phone", "kind": "unreachable"}, headers=token)
    mei = desk(home, "mei", "agent")
    before = mei.get(f"/console/customers/{NO}").text
    (task,) = home.app.database.read(
        lambda uow: [one.id for one in uow.tasks.of_customer(uow.customers.by_no(NO).id)]  # type: ignore[union-attr]
    )

    done = mei.post(f"/console/customers/{NO}/tasks", task=task)

    after = mei.get(f"/console/customers/{NO}").text
    assert "Not reached" in before
    assert "Reach the customer in another way" in before
    assert "1 to verify" in mei.get("/console/customers?to_verify=1").text
    assert done.status_code == 303
    assert "Done by mei" in after


def test_the_api_tells_of_likely_duplicates(home: House) -> None:
    request = filed(home)
    home.customer(TWIN)
    crm, desk_token = home.token("crm", ["customers"]), home.token("desk", ["requests"])

    of_customer = home.client.get(f"/api/v1/customers/{NO}/duplicates", headers=crm)
    of_request = home.client.get(f"/api/v1/change-requests/{request.number}/duplicates", headers=desk_token)

    (one,) = of_customer.json()["items"]
    assert (one["customer"], one["exact"]) == (TWIN, True)
    assert {"why": "same", "field": "phone", "percent": None} in one["reasons"]
    assert [item["customer"] for item in of_request.json()["items"]] == [TWIN]
    assert "Ada Example" not in of_customer.text + of_request.text
    assert home.client.get("/api/v1/customers/C9/duplicates", headers=crm).status_code == 404
    assert home.client.get("/api/v1/change-requests/CR-0/duplicates", headers=desk_token).status_code == 404
