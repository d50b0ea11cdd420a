"""What every answer carries, whoever makes it: a strict policy, no markup that it would refuse, and safe cookies."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from bot.server import make_server
from bot.signin import csrf_of
from tests.bot.access_table import API, CONSOLE, FRONT, lines
from tests.bot.app_fixture import House, house
from tests.bot.asking import Beginning, ask
from tests.bot.console_fixture import filed

HTTPS = "https://testserver"
INLINE = re.compile(r"<style|<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=|javascript:|<base\b|srcdoc=", re.IGNORECASE)
FORM = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>.*?</form>', re.DOTALL | re.IGNORECASE)
WITHOUT = ("/console/sign-in", "/console/oidc/code", "/not-me/", "/demo/chat")
"""Forms that belong to no session: their Origin, or the secret in their address, is what counts."""


@pytest.fixture(scope="module")
def building(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("headers"), public_url=HTTPS, demo=True) as made:
        made.request = filed(made)  # type: ignore[attr-defined]
        for role in ("supervisor", "security_officer"):
            made.staff(f"{role}-1", role)
        made.server = make_server(made.app)
        yield made


def filled(home: House, route: str) -> tuple[str, str]:
    """The method, and the path with names of real things."""
    method, path = route.split(" ", 1)
    request = home.request  # type: ignore[attr-defined]
    real = {"{number}": request.number, "{id}": request.conversation, "{no}": "CUST202601010001", "{name}": "bo"}
    return method, re.sub(r"\{\w+\}", lambda gap: real.get(gap[0], "nothing-1"), path)


def answers(home: House) -> dict[str, Beginning]:
    """Every route asked: as a supervisor, as a security officer, as nobody, in another language, wrongly, too large."""

    async def walk() -> dict[str, Beginning]:
        found = {}
        for who in ("supervisor-1", "security_officer-1", ""):
            for route in (*lines(CONSOLE), *lines(API), *lines(FRONT)):
                method, path = filled(home, route)
                if method == "WS":
                    continue
                token = (
                    home.app.database.write(lambda uow, who=who: uow.sessions.open(who, "", home.clock()))
                    if who
                    else ""
                )
                headers = {"cookie": f"__Host-tellonce_staff={token}", "origin": HTTPS, "accept-language": "zh"}
                form = {"csrf": csrf_of(token)} if method == "POST" else None
                found[f"{who} {route}"] = await ask(home.server, method, f"{path}?lang=zh", headers, form=form)  # type: ignore[arg-type]
        for path in (
            "/nowhere",
            "/console/nowhere",
            "/api/v1/nowhere",
            "/api/v1/a%0Ab",
            "/static/nowhere",
            "/static/site.css",
        ):
            found[path] = await ask(home.server, "GET", path, {})  # type: ignore[arg-type]
        large = {"content-length": "99999999"}
        found["too large"] = await ask(home.server, "POST", "/console/sign-in", large)  # type: ignore[arg-type]
        return found

    return asyncio.run(walk())


@pytest.fixture(scope="module")
def answered(building: House) -> dict[str, Beginning]:
    return answers(building)


def test_every_answer_carries_a_policy_that_lets_nothing_inline_run(answered: dict[str, Beginning]) -> None:
    for where, answer in answered.items():
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'", where
        assert policy["script-src"] == policy["style-src"] == "'self'", where
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'", where
        assert policy["form-action"] == "'self'", where
        assert "unsafe" not in answer.headers["content-security-policy"], where
        assert "*" not in answer.headers["content-security-policy"], where


def test_every_answer_carries_the_other_headers(answered: dict[str, Beginning]) -> None:
    for where, answer in answered.items():
        assert answer.headers["x-content-type-options"] == "nosniff", where
        assert answer.headers["x-frame-options"] == "DENY", where
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000"), where
        assert answer.headers["referrer-policy"] == "same-origin", where
        assert "server" not in answer.headers, where
        if "/static/" not in where:
            assert answer.headers["cache-control"] in ("no-store", "no-cache", "no-store, no-cache"), where


def test_no_page_holds_what_the_policy_would_refuse_and_no_form_lacks_its_token(
    answered: dict[str, Beginning],
) -> None:
    pages = {where: one for where, one in answered.items() if "text/html" in one.headers.get("content-type", "")}
    forms = 0
    for where, answer in pages.items():
        text = answer.body.decode()
        assert not INLINE.search(text), where
        for form in FORM.findall(text):
            forms += 1
            action = re.search(r'action="([^"]*)"', form)
            if not (action and action[1].startswith(WITHOUT)) and "/not-me/" not in where and "sign-in/" not in where:
                assert re.search(r'name="csrf" value="[\w-]{43}"', form), f"{where}: {form[:200]}"

    assert len(pages) > 60
    assert forms > 30


def test_every_cookie_is_closed_to_scripts_bound_to_https_and_to_our_site(
    building: House, answered: dict[str, Beginning]
) -> None:
    seen = set()
    for where, answer in answered.items():
        for line in answer.cookies:
            (name, cookie), *_ = SimpleCookie(line).items()
            seen.add(name)
            assert cookie["httponly"] is True, (where, name)
            assert cookie["secure"] is True, (where, name)
            assert cookie["samesite"] in ("strict", "lax"), (where, name)
            assert cookie["path"] == "/", (where, name)
            assert not cookie["domain"], (where, name)

    assert {"__Host-tellonce_staff", "__Host-tellonce_chat", "tellonce_lang"} <= seen


def test_over_http_the_cookies_are_the_same_but_not_secure(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        cookie = home.client.get("/chat?lang=zh").headers["set-cookie"].lower()

    assert "httponly" in cookie
    assert "secure" not in cookie
