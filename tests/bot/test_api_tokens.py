"""Rule 4: a token that may decide belongs to one person and is activated with that person's TOTP."""

from __future__ import annotations

import datetime as dt

import pytest

from store import totp
from tests.bot.app_fixture import OPERATOR, House

ACTIVATE = "/api/v1/tokens/activate"
DECISION = {"decision": "approve", "digest": "0" * 64}


def inactive(home: House, name: str, *scopes: str) -> dict[str, str]:
    """The header of a token as `tellonce staff token` makes it."""
    made = home.app.database.write(lambda uow: uow.staff.token_new(name, scopes, home.clock(), OPERATOR))
    return {"Authorization": f"Bearer {made}"}


def pending(home: House, name: str) -> str:
    return home.app.database.write(lambda uow: uow.second_factors.begin(name, home.clock()))


def code(home: House, secret: str) -> str:
    return totp.code_at(secret, totp.step_at(home.clock()))


@pytest.fixture
def rita(home: House) -> dict[str, str]:
    home.staff("rita", "reviewer")
    return inactive(home, "rita", "requests", "decide")


def decide(home: House, token: dict[str, str]):  # type: ignore[no-untyped-def]
    return home.client.post("/api/v1/change-requests/CR-2026-000001/decisions", json=DECISION, headers=token)


def activate(home: House, token: dict[str, str], typed: str):  # type: ignore[no-untyped-def]
    return home.client.post(ACTIVATE, json={"totp": typed}, headers=token)


def test_an_inactive_token_decides_nothing_and_the_answer_says_how_to_activate_it(
    home: House, rita: dict[str, str]
) -> None:
    answer = decide(home, rita)

    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:tellonce:problem:inactive-token"
    assert f"POST {ACTIVATE}" in answer.json()["detail"]
    assert home.client.get("/api/v1/change-requests", headers=rita).status_code == 200, "its other scopes work"


def test_the_scope_is_not_there_for_anything_else_either(home: House, rita: dict[str, str]) -> None:
    alone = inactive(home, "rita", "decide")

    answer = home.client.get("/api/v1/change-requests", headers=alone)

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:tellonce:problem:inactive-token")


def test_a_code_of_its_person_activates_the_token_for_good(home: House, rita: dict[str, str]) -> None:
    secret = pending(home, "rita")

    answer = activate(home, rita, code(home, secret))

    assert (answer.status_code, answer.json()) == (200, {"active": True})
    assert decide(home, rita).status_code == 404, "no such request: the token itself may decide"
    acts = [one.act for one in home.app.database.read(lambda uow: uow.audit.latest(None, 5))]
    assert acts[:2] == ["token.activated", "staff.totp_enrolled"]


def test_one_code_does_not_activate_two_tokens(home: House, rita: dict[str, str]) -> None:
    secret = pending(home, "rita")
    other = inactive(home, "rita", "decide")
    activate(home, rita, code(home, secret))

    again = activate(home, other, code(home, secret))
    home.clock.forward(dt.timedelta(seconds=30))
    later = activate(home, other, code(home, secret))

    assert (again.status_code, again.json()["type"]) == (403, "urn:tellonce:problem:wrong-code")
    assert later.status_code == 200


def test_somebody_elses_code_activates_nothing(home: House, rita: dict[str, str]) -> None:
    home.staff("sam", "supervisor")
    pending(home, "rita")

    answer = activate(home, rita, code(home, pending(home, "sam")))

    assert answer.status_code == 403
    assert decide(home, rita).status_code == 403


def test_guessing_waits_after_five_codes_even_for_the_right_one(home: House, rita: dict[str, str]) -> None:
    secret = pending(home, "rita")
    right = code(home, secret)
    for n in range(1, 6):
        assert activate(home, rita, f"{(int(right) + n) % 1_000_000:06}").status_code == 403

    waiting = activate(home, rita, right)
    home.clock.forward(dt.timedelta(seconds=30))
    after = activate(home, rita, code(home, secret))

    assert waiting.status_code == 429
    assert "30 seconds" in waiting.json()["detail"]
    assert waiting.headers["retry-after"] == "30"
    assert after.status_code == 200


def test_without_an_app_without_the_scope_and_without_a_person_nothing_is_activated(
    home: House, rita: dict[str, str]
) -> None:
    site = home.token("site", ["messages"])

    assert activate(home, rita, "123456").status_code == 409
    assert activate(home, site, "123456").json()["type"] == "urn:tellonce:problem:scope"
    assert home.client.post(ACTIVATE, json={"totp": "123456"}).status_code == 401
    assert home.client.post(ACTIVATE, json={"totp": 123456}, headers=rita).status_code == 422


def test_a_reset_second_factor_makes_the_token_inactive_again(home: House, rita: dict[str, str]) -> None:
    activate(home, rita, code(home, pending(home, "rita")))
    home.app.database.write(lambda uow: uow.second_factors.reset("rita", home.clock(), OPERATOR))

    assert decide(home, rita).json()["type"] == "urn:tellonce:problem:inactive-token"
