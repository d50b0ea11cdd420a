"""Staff sign-in: password, one-time link, session, CSRF, lock-out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.signin import inside
from tests.bot.app_fixture import House, house

PASSWORD = "correct horse battery"


def sign_in(home: House, name: str = "rita", password: str = PASSWORD, **form: str):  # type: ignore[no-untyped-def]
    return home.client.post(
        "/console/sign-in", data={"name": name, "password": password, **form}, follow_redirects=False
    )


def link_for(home: House, name: str) -> str:
    token = home.app.database.write(lambda uow: uow.staff.sign_in_link(name, home.clock()))
    return f"/console/sign-in/{token}"


def test_the_right_password_opens_a_session_that_scripts_cannot_read(home: House) -> None:
    home.staff("rita", "agent", PASSWORD)

    answer = sign_in(home)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/console"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert home.client.get("/console/password").status_code == 200


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(tmp_path: Path) -> None:
    with house(tmp_path, public_url="https://tellonce.example") as home:
        home.staff("rita", "agent", PASSWORD)

        answer = sign_in(home)

        assert answer.headers["set-cookie"].startswith("__Host-tellonce_staff=")
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


@pytest.mark.parametrize(("name", "password"), [("rita", "wrong wrong wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(home: House, name: str, password: str) -> None:
    home.staff("rita", "agent", PASSWORD)

    answer = sign_in(home, name, password)

    assert answer.status_code == 401
    assert "That did not work." in answer.text
    assert "set-cookie" not in answer.headers


def test_after_five_failures_even_the_right_password_waits_and_longer_each_time(home: House) -> None:
    home.staff("rita", "agent", PASSWORD)
    for _ in range(5):
        sign_in(home, password="wrong wrong wrong")

    locked = sign_in(home)
    home.clock.forward(dt.timedelta(seconds=30))
    sign_in(home, password="wrong wrong wrong")
    home.clock.forward(dt.timedelta(seconds=59))
    still = sign_in(home)
    home.clock.forward(dt.timedelta(seconds=1))
    later = sign_in(home)

    assert locked.status_code == still.status_code == 401
    assert "That did not work." in locked.text
    assert later.status_code == 303


def test_opening_a_sign_in_link_does_not_use_it_up_and_pressing_the_button_does(home: House) -> None:
    home.staff("rita", "agent")
    link = link_for(home, "rita")

    scanned = [home.client.get(link) for _ in range(3)]
    first = home.client.post(link, follow_redirects=False)
    second = home.client.post(link, follow_redirects=False)

    assert {answer.status_code for answer in scanned} == {200}
    assert "set-cookie" not in scanned[0].headers
    assert first.status_code == 303
    assert second.status_code == 401
    assert "has been used" in second.text


def test_an_expired_sign_in_link_signs_nobody_in(home: House) -> None:
    home.staff("rita", "agent")
    link = link_for(home, "rita")
    home.clock.forward(dt.timedelta(hours=24, seconds=1))

    answer = home.client.post(link, follow_redirects=False)

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_a_session_that_is_not_used_ends_and_leads_to_the_form(home: House) -> None:
    home.staff("rita", "agent", PASSWORD)
    sign_in(home)
    home.clock.forward(dt.timedelta(hours=1, seconds=1))

    answer = home.client.get("/console/password", follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/sign-in?next=")


def test_htmx_is_led_to_the_form_with_the_whole_page(home: House) -> None:
    answer = home.client.get("/console/password", headers={"HX-Request": "true"}, follow_redirects=False)

    assert answer.status_code == 401
    assert answer.headers["hx-redirect"].startswith("/console/sign-in")


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_a_sign_in_form_of_another_site_is_refused(home: House, headers: dict[str, str]) -> None:
    home.staff("rita", "agent", PASSWORD)

    answer = home.client.post("/console/sign-in", data={"name": "rita", "password": PASSWORD}, headers=headers)

    assert answer.status_code == 403


def test_a_form_without_the_sessions_token_changes_nothing(home: House) -> None:
    home.staff("rita", "agent", PASSWORD)
    sign_in(home)

    without = home.client.post("/console/password", data={"password": "another long password"})
    wrong = home.client.post("/console/password", data={"password": "another long password", "csrf": "x" * 43})

    assert without.status_code == wrong.status_code == 403
    assert home.app.database.read(lambda uow: uow.staff.check_password("rita", PASSWORD))


def test_signing_out_ends_the_session_on_the_server(home: House) -> None:
    home.staff("rita", "agent", PASSWORD)
    sign_in(home)
    cookie = home.client.cookies["tellonce_staff"]
    csrf = home.client.get("/console/password").text.split('name="csrf" value="')[1].split('"')[0]

    home.client.post("/console/sign-out", data={"csrf": csrf})
    home.client.cookies.set("tellonce_staff", cookie)
    again = home.client.get("/console/password", follow_redirects=False)

    assert again.status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "https://evil.example/console",
        "/\\evil.example",
        "/chat",
        "/console/sign-in",
        "javascript:alert(1)",
    ],
)
def test_after_sign_in_nobody_is_sent_outside_the_console(path: str) -> None:
    assert inside(path) == "/console"


def test_after_sign_in_one_goes_on_to_the_page_one_wanted() -> None:
    assert inside("/console/requests/CR-2026-000001?tab=proof") == "/console/requests/CR-2026-000001?tab=proof"
