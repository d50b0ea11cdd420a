"""The list of requests, one request, and the verdicts on it."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogs.request import State
from tests.bot.app_fixture import House
from tests.bot.console_fixture import Chat, acts, code_of, desk, filed, newest

SECRETS = ("Oak Street", "62704", "Elm Street", "2025550147", "Ada Example")


def load(home: House, number: str):  # type: ignore[no-untyped-def]
    return home.app.database.read(lambda uow: uow.requests.load(number))


def test_the_list_is_masked_and_opening_it_discloses_nothing(home: House) -> None:
    request = filed(home)
    rita = desk(home, "rita", "reviewer")

    answer = rita.get("/console/requests")

    assert request.number in answer.text
    assert "CUST202601010001" in answer.text
    assert "••12" in answer.text
    assert [secret for secret in SECRETS if secret in answer.text] == []
    assert acts(home, "request.opened") == []


def test_what_is_due_soonest_comes_first_and_what_is_late_says_so(home: House) -> None:
    first = filed(home)
    home.clock.forward(dt.timedelta(hours=5))
    second = filed(home, no="CUST202601010002", chat="c2")
    rita = desk(home, "rita", "reviewer")

    calm = rita.get("/console/requests").text
    home.clock.forward(dt.timedelta(hours=23))
    rita = desk(home, "tess", "reviewer")
    late = rita.get("/console/requests").text

    assert calm.index(first.number) < calm.index(second.number)
    assert "Due tomorrow" in calm
    assert "Overdue by" in late


def test_opening_a_request_shows_both_values_side_by_side_and_is_in_the_trace(home: House) -> None:
    request = filed(home)
    rita = desk(home, "rita", "reviewer")

    text = rita.get(f"/console/requests/{request.number}").text

    assert "<del>" in text
    assert "<ins>" in text
    assert "Oak Street" in text
    assert "Elm Street" in text
    assert "••••••" in text  # the code, in the conversation
    assert request.digest in text
    assert "Privacy notice" in text
    assert acts(home, "request.opened") == [("rita", f"request:{request.number}")]


def test_one_person_approves_an_ordinary_change(home: House) -> None:
    request = filed(home)
    rita = desk(home, "rita", "reviewer")

    answer = rita.post(f"/console/requests/{request.number}/decision", verdict="approve", digest=request.digest)
    after = rita.get(answer.headers["location"]).text

    assert answer.status_code == 303
    assert f"{request.number} is approved." in after
    assert load(home, request.number).approvals[0].checker == "rita"


@pytest.mark.parametrize("verdict", ["approve", "reject", "return"])
def test_a_verdict_on_another_digest_is_refused_and_the_page_shown_anew(home: House, verdict: str) -> None:
    request = filed(home)
    rita = desk(home, "rita", "reviewer")

    answer = rita.post(
        f"/console/requests/{request.number}/decision", verdict=verdict, digest="0" * 64, reason="a reason I wrote"
    )

    assert answer.status_code == 409
    assert "no longer the one you saw" in answer.text
    assert request.digest in answer.text
    assert verdict == "approve" or "a reason I wrote" in answer.text
    assert load(home, request.number).state is State.IN_REVIEW


def test_a_rejection_needs_a_reason_and_keeps_it(home: House) -> None:
    request = filed(home)
    rita = desk(home, "rita", "reviewer")
    path = f"/console/requests/{request.number}/decision"

    without = rita.post(path, verdict="reject", digest=request.digest, reason="  ")
    given = rita.post(path, verdict="reject", digest=request.digest, reason="No such street")

    assert without.status_code == 422
    assert "Please write a reason" in without.text
    assert given.status_code == 303
    assert load(home, request.number).state is State.REJECTED
    assert request.number in rita.get("/console/requests?show=ended").text
    assert "No such street" in rita.get(f"/console/requests/{request.number}").text


def test_a_question_goes_to_the_customer_and_stops_the_clock(home: House) -> None:
    request = filed(home)
    rita = desk(home, "rita", "reviewer")

    answer = rita.post(
        f"/console/requests/{request.number}/decision", verdict="return", digest=request.digest, reason="Which floor?"
    )

    assert "is returned" in rita.get(answer.headers["location"]).text
    assert "Clock stopped" in rita.get("/console/requests").text
    said = home.app.database.read(lambda uow: uow.conversations.last_messages(request.conversation))
    assert "Which floor?" in said[-1].text


def test_an_important_change_needs_a_reviewer_and_then_a_supervisor(home: House) -> None:
    request = filed(home, "My name is now Ada Newname")
    rita, omar = desk(home, "rita", "reviewer"), desk(home, "omar", "supervisor")
    path = f"/console/requests/{request.number}"

    assert "Approve (first of two)" in rita.get(path).text
    assert "Approve (" not in omar.get(path).text
    first = rita.post(f"{path}/decision", verdict="approve", digest=request.digest)
    again = rita.post(f"{path}/decision", verdict="approve", digest=request.digest)
    between = load(home, request.number).state
    mine, theirs = rita.get(path).text, omar.get(path).text
    second = omar.post(f"{path}/decision", verdict="approve", digest=request.digest)

    assert "first of two approvals is given" in rita.get(first.headers["location"]).text
    assert again.status_code == 403
    assert between is State.IN_SECOND_REVIEW
    assert "You gave the first approval" in mine
    assert "Approve (second of two)" in theirs
    assert second.status_code == 303
    assert len(load(home, request.number).approvals) == 2


def test_a_maker_sees_why_not_and_no_value(home: House) -> None:
    home.customer()
    rita = desk(home, "rita", "reviewer")
    chat = Chat(home, "c1", "CUST202601010001")
    chat.say("I moved to 12 Oak Street, Springfield, IL 62704")
    rita.post(f"/console/conversations/{chat.id}/messages", text="I will help you with that.")
    rita.post(f"/console/conversations/{chat.id}/handback")
    chat.say("yes")
    chat.say(code_of(home))
    request = newest(home)

    page = rita.get(f"/console/requests/{request.number}")
    forced = rita.post(f"/console/requests/{request.number}/decision", verdict="approve", digest=request.digest)

    assert "staff:rita" in request.makers
    assert "You took part in it" in page.text
    assert "You took part in it" in rita.get("/console/requests").text
    assert 'value="approve"' not in page.text
    assert [secret for secret in SECRETS if secret in page.text] == []
    assert acts(home, "request.opened") == []
    assert forced.status_code == 403
    assert load(home, request.number).state is State.IN_REVIEW


def test_what_was_decided_meanwhile_is_told_to_whoever_still_looks(home: House) -> None:
    request = filed(home)
    rita, omar = desk(home, "rita", "reviewer"), desk(home, "omar", "supervisor")
    ask = f"/console/requests/{request.number}/changed?version={request.version}"

    before = omar.get(ask)
    rita.post(f"/console/requests/{request.number}/decision", verdict="approve", digest=request.digest)
    after = omar.get(ask)

    assert before.status_code == 204
    assert "has changed since you opened it" in after.text


def test_unknown_numbers_and_verdicts_are_answered_as_pages(home: House) -> None:
    request = filed(home)
    rita = desk(home, "rita", "reviewer")

    assert rita.get("/console/requests/CR-2026-999999").status_code == 404
    assert rita.post("/console/requests/CR-2026-999999/decision", verdict="approve").status_code == 404
    assert rita.post(f"/console/requests/{request.number}/decision", verdict="destroy").status_code == 422
