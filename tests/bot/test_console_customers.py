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
