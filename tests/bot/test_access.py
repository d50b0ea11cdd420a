"""Every route is asked as everybody: it lets in exactly those of whom the table says so."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Iterator

import pytest
from fastapi.routing import iter_route_contexts
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import WebSocketDisconnect

from bot.channels.webchat_id import fresh_cookie
from bot.routes import UndeclaredRoute, all_declared
from bot.server import build_api, build_pages, make_server
from bot.signin import csrf_of
from dialogs.request import Role
from store.schema.people import SessionStage
from store.staff import ACTIVATED, Scope
from tests.bot.access_table import API, BODIES, CONSOLE, FRONT, QUERIES, lines
from tests.bot.app_fixture import OPERATOR, SITE, House, house
from tests.bot.asking import Beginning, ask
from tests.postgres import Server

ROLES = tuple(role.value for role in Role)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def building(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for the whole table, on either database: nothing that is asked here changes who may ask."""
    where = {}
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("server")
        where = {"store": {"url": server.new()}}
    with house(tmp_path_factory.mktemp("access"), demo=True, **where) as made:
        for role in ROLES:
            made.staff(f"{role}-1", role)
        made.server = make_server(made.app)  # one that no client's event loop has had a part in
        yield made
    for store in where.values():
        server.drop(store["url"])


def served_by(part: object) -> set[str]:
    """Method and path of every route of one of the two applications."""
    contexts = iter_route_contexts(part.routes)  # type: ignore[attr-defined]
    return {f"{method} {one.path}" for one in contexts for method in (one.methods or ()) if method != "HEAD"}


def filled(route: str) -> tuple[str, str]:
    """The method, and the path with a name of nothing in every gap."""
    method, path = route.split(" ", 1)
    gaps = {"{channel}": "api", "{entry}": "999999"}
    return method, re.sub(r"\{\w+\}", lambda gap: gaps.get(gap[0], "nothing-1"), path) + QUERIES.get(route, "")


def test_the_table_holds_every_route_and_no_other(building: House) -> None:
    assert served_by(build_pages(building.app)) == set(lines(CONSOLE))
    assert served_by(build_api(building.app)) == set(lines(API))


def test_the_front_has_only_routes_that_are_on_the_list(building: House) -> None:
    found = set()
    for one in building.server.routes:  # type: ignore[attr-defined]
        if isinstance(one, WebSocketRoute):
            found.add(f"WS {one.path}")
        elif isinstance(one, Route):
            found |= {f"{method} {one.path}" for method in one.methods or () if method != "HEAD"}

    assert found <= set(lines(FRONT))


def test_a_route_that_does_not_say_what_it_needs_is_not_served() -> None:
    from fastapi import FastAPI

    careless = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    careless.get("/console/oops")(lambda: None)

    with pytest.raises(UndeclaredRoute, match="/console/oops"):
        all_declared(careless.routes)


def session(home: House, name: str, *, stage: SessionStage = SessionStage.FULL, ago: dt.timedelta | None = None) -> str:
    at = home.clock() - (ago or dt.timedelta(0))
    return home.app.database.write(lambda uow: uow.sessions.open(name, "192.0.2.7", at, stage=stage))


def strangers(home: House) -> dict[str, tuple[dict[str, str], str]]:
    """Whoever is no member of staff that is signed in: cookies, and the form token that goes with them."""
    chat, gone = fresh_cookie(home.app.database), session(home, home.staff("gone", "supervisor"))
    home.app.database.write(lambda uow: uow.staff.disable("gone", home.clock(), OPERATOR))
    ended = session(home, "supervisor-1")
    home.app.database.write(lambda uow: uow.sessions.close(ended))
    old = session(home, "supervisor-1", ago=dt.timedelta(hours=13))
    token = home.token("supervisor-1", ["conversations"])["Authorization"].removeprefix("Bearer ")
    cookies = {
        "anonymous": {},
        "customer": {"tellonce_chat": chat},
        "customer under the name of staff": {"tellonce_staff": chat},
        "garbage": {"tellonce_staff": "garbage"},
        "disabled": {"tellonce_staff": gone},
        "ended": {"tellonce_staff": ended},
        "too old": {"tellonce_staff": old},
        "a token as a cookie": {"tellonce_staff": token},
    }
    return {name: (jar, csrf_of(jar.get("tellonce_staff", ""))) for name, jar in cookies.items()}


async def open_page(home: House, route: str, jar: dict[str, str], csrf: str) -> Beginning:
    method, path = filled(route)
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in jar.items()), "origin": SITE}
    form = {"csrf": csrf} if method == "POST" else None
    return await ask(home.server, method, path, headers, form=form)  # type: ignore[arg-type]


def test_strangers_and_customers_are_led_from_every_page_to_the_sign_in_form(building: House) -> None:
    async def walk() -> list[str]:
        wrong = []
        for who, (jar, csrf) in strangers(building).items():
            for route, let_in in lines(CONSOLE).items():
                answer = await open_page(building, route, jar, csrf)
                led = answer.status == 303 and answer.headers["location"].startswith("/console/sign-in?next=")
                if led == (let_in == "anybody") or answer.status >= 500:
                    wrong.append(f"{who}: {route}: {answer.status}")
        return wrong

    assert asyncio.run(walk()) == []


def test_staff_are_let_in_where_the_table_says_so_and_refused_everywhere_else(building: House) -> None:
    async def walk() -> list[str]:
        wrong = []
        for role in ROLES:
            for route, let_in in lines(CONSOLE).items():
                token = session(building, f"{role}-1")  # a new one each time: some of these pages end it
                answer = await open_page(building, route, {"tellonce_staff": token}, csrf_of(token))
                expected = let_in in ("anybody", "enrolling", "signed-in") or role in let_in.split()
                refused = answer.status == 403
                if refused == expected or answer.status >= 500:
                    wrong.append(f"{role}: {route}: {answer.status}")
        return wrong

    assert asyncio.run(walk()) == []


def test_whoever_has_yet_to_set_up_a_second_factor_sees_the_pages_for_that_alone(building: House) -> None:
    async def walk() -> list[str]:
        wrong = []
        for route, let_in in lines(CONSOLE).items():
            token = session(building, "supervisor-1", stage=SessionStage.ENROL)
            answer = await open_page(building, route, {"tellonce_staff": token}, csrf_of(token))
            led = (answer.status, answer.headers.get("location")) == (303, "/console/me/authenticator")
            if led == (let_in in ("anybody", "enrolling")):
                wrong.append(f"{route}: {answer.status}")
        return wrong

    assert asyncio.run(walk()) == []


def test_no_form_is_taken_without_its_token_or_from_another_site(building: House) -> None:
    async def walk() -> list[str]:
        wrong = []
        for route, let_in in lines(CONSOLE).items():
            method, path = filled(route)
            if method != "POST":
                continue
            token = session(building, "supervisor-1")
            cookie = {"cookie": f"tellonce_staff={token}"}
            tries = {
                "no token": (cookie | {"origin": SITE}, {}),
                "another's token": (cookie | {"origin": SITE}, {"csrf": csrf_of("another")}),
                "another site": (cookie | {"origin": "https://evil.example"}, {"csrf": csrf_of(token)}),
                "no origin": (cookie, {"csrf": csrf_of(token)}),
            }
            for name, (headers, form) in tries.items():
                if let_in == "anybody" and "token" in name:
                    continue  # nobody is signed in yet, so there is no session to forge: its Origin is what counts
                answer = await ask(building.server, method, path, headers, form=form)  # type: ignore[arg-type]
                if answer.status != 403:
                    wrong.append(f"{name}: {route}: {answer.status}")
        return wrong

    assert asyncio.run(walk()) == []


def integrators(home: House) -> dict[str, dict[str, str]]:
    """A token for each scope that belongs to nobody, and one that decides: it has to belong to somebody."""
    alone = [scope.value for scope in Scope if scope not in ACTIVATED]
    return {scope: home.token(f"system-{scope}", [scope]) for scope in alone}


async def call(home: House, route: str, headers: dict[str, str]) -> Beginning:
    method, path = filled(route)
    return await ask(home.server, method, path, headers, body=BODIES.get(route))  # type: ignore[arg-type]


REFUSALS = frozenset({"scope", "role", "no-person", "inactive-token"})


def test_no_endpoint_knows_anybody_without_a_good_token(building: House) -> None:
    chat, staff = fresh_cookie(building.app.database), session(building, "supervisor-1")
    revoked = building.token("revoked", ["customers"])
    secret = revoked["Authorization"].removeprefix("Bearer ")
    building.app.database.write(lambda uow: uow.staff.token_revoke(secret, building.clock(), OPERATOR))
    building.staff("left", "supervisor")
    left = building.token("left", [scope.value for scope in Scope])
    building.app.database.write(lambda uow: uow.staff.disable("left", building.clock(), OPERATOR))
    tries = {
        "anonymous": {},
        "customer": {"cookie": f"tellonce_chat={chat}"},
        "customer as a token": {"authorization": f"Bearer {chat}"},
        "signed in": {"cookie": f"tellonce_staff={staff}", "origin": SITE, "x-csrf-token": csrf_of(staff)},
        "session as a token": {"authorization": f"Bearer {staff}"},
        "garbage": {"authorization": "Bearer garbage"},
        "basic": {"authorization": "Basic c3VwZXJ2aXNvci0xOng="},
        "revoked": revoked,
        "disabled": left,
    }

    async def walk() -> list[str]:
        wrong = []
        for who, headers in tries.items():
            for route, let_in in lines(API).items():
                answer = await call(building, route, headers)
                if (answer.status == 401) == (let_in == "anybody") or answer.kind not in (
                    "", "no-token", "unknown-token",
                ):  # fmt: skip
                    wrong.append(f"{who}: {route}: {answer.status} {answer.kind}")
        return wrong

    assert asyncio.run(walk()) == []


def test_each_scope_opens_its_endpoints_and_no_other(building: House) -> None:
    async def walk() -> list[str]:
        wrong = []
        for scope, headers in integrators(building).items():
            for route, let_in in lines(API).items():
                scopes = let_in.partition("|")[0].split()
                expected = scopes == ["anybody"] or (scope in scopes and "person" not in scopes)
                answer = await call(building, route, headers)
                refused = answer.status == 403 and answer.kind in REFUSALS
                if refused == expected or answer.status >= 500 or answer.status == 401:
                    wrong.append(f"{scope}: {route}: {answer.status} {answer.kind}")
        return wrong

    assert asyncio.run(walk()) == []


def test_a_token_with_every_scope_opens_no_more_than_the_role_of_its_person(building: House) -> None:
    async def walk() -> list[str]:
        wrong = []
        for role in ROLES:
            headers = building.token(f"{role}-1", [scope.value for scope in Scope])
            for route, let_in in lines(API).items():
                expected = let_in == "anybody" or role in let_in.partition("|")[2].split()
                answer = await call(building, route, headers)
                refused = answer.status == 403 and answer.kind in REFUSALS
                if refused == expected or answer.status >= 500 or answer.status == 401:
                    wrong.append(f"{role}: {route}: {answer.status} {answer.kind}")
        return wrong

    assert asyncio.run(walk()) == []


def test_a_token_that_its_person_has_not_activated_decides_nothing(building: House) -> None:
    scopes = [scope.value for scope in Scope]
    made = building.app.database.write(
        lambda uow: uow.staff.token_new("supervisor-1", scopes, building.clock(), OPERATOR)
    )

    async def walk() -> list[str]:
        wrong = []
        for route, let_in in lines(API).items():
            needs = let_in.partition("|")[0].split()
            inactive = needs in (["decide", "person"], ["erase", "person"]) and not route.endswith("/activate")
            answer = await call(building, route, {"authorization": f"Bearer {made}"})
            if (answer.kind == "inactive-token") != inactive:
                wrong.append(f"{route}: {answer.status} {answer.kind}")
        return wrong

    assert asyncio.run(walk()) == []


@pytest.mark.parametrize("who", ["staff", "token", "nobody"])
def test_staff_and_tokens_are_nobody_in_the_customers_chat(building: House, who: str) -> None:
    token = session(building, "supervisor-1")
    headers = {
        "staff": {"Cookie": f"tellonce_staff={token}; tellonce_chat={token}"},
        "token": building.token("site", ["messages"]),
        "nobody": {},
    }[who]
    building.client.cookies.clear()

    with (
        building.client.websocket_connect("/chat/socket", headers=headers) as socket,
        pytest.raises(WebSocketDisconnect) as closed,
    ):
        socket.receive_text()

    assert closed.value.code == 4401


def test_no_token_speaks_or_reads_in_the_web_chat(building: House) -> None:
    for holder in ("outsider", "supervisor-1"):
        token = building.token(holder, ["messages", "links"])
        body = {"channel": "webchat", "chat": "0" * 32, "id": "m1", "text": "hello"}
        link = {"channel": "webchat", "chat": "0" * 32, "customer": "C1"}

        said = building.client.post("/api/v1/messages", json=body, headers=token)
        read = building.client.get(f"/api/v1/chats/webchat/{'0' * 32}/messages", headers=token)
        linked = building.client.post("/api/v1/links", json=link, headers=token)

        assert [(one.status_code, one.json()["type"]) for one in (said, read, linked)] == [
            (403, "urn:tellonce:problem:channel")
        ] * 3
