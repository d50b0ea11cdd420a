"""Whoever looks leaves a trace: one entry a look, with who, where from and on whom, and nothing in clear."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from html import unescape

import pytest

from bot.server import make_server
from store.audit import AuditEntry
from store.database import BatchLostError
from store.staff import Scope
from tests.bot.access_table import API, CONSOLE, QUERIES, lines
from tests.bot.app_fixture import House, house
from tests.bot.asking import Beginning, ask
from tests.bot.console_fixture import Desk, desk, filed

NO, FROM = "CUST202601010001", "198.51.100.9"
CUSTOMER, REQUEST, TALK = "customer.viewed customer", "request.viewed request", "conversation.viewed conversation"

LOOKS = {
    "GET /console/sign-in": "",
    "GET /console/sign-in/{token}": "",
    "GET /console/oidc": "",
    "GET /console/oidc/callback": "",
    "GET /console/me/authenticator": "",
    "GET /console": "",
    "GET /console/live": "",
    "GET /console/password": "",
    "GET /console/me": "",
    "GET /console/requests": "list.viewed list:requests",
    "GET /console/requests/{number}": "request.opened request",
    "GET /console/requests/{number}/changed": REQUEST,
    "GET /console/conversations": "list.viewed list:conversations",
    "GET /console/conversations/{id}": "conversation.opened conversation",
    "GET /console/conversations/{id}/state": TALK,
    "GET /console/conversations/{id}/stream": "conversation.followed conversation",
    "GET /console/customers/{no}/offline": CUSTOMER,
    "GET /console/customers": "list.viewed list:customers",
    "GET /console/customers/{no}": CUSTOMER,
    "GET /console/jobs": "list.viewed list:jobs",
    "GET /console/audit": "list.viewed list:audit",
    "GET /console/freezes": "list.viewed list:freezes",
    "GET /console/erase": "list.viewed list:erase",
    "GET /console/staff": "list.viewed list:staff",
    "GET /api/v1/openapi.json": "",
    "GET /api/v1/chats/{channel}/{chat}/messages": "",
    "GET /api/v1/customers": "list.viewed list:customers",
    "GET /api/v1/customers/{no}": CUSTOMER,
    "GET /api/v1/customers/{no}/history": CUSTOMER,
    "GET /api/v1/customers/{no}/duplicates": CUSTOMER,
    "GET /api/v1/customers/{no}/export": "customer.exported customer",
    "GET /api/v1/customers/{no}/callback-numbers": CUSTOMER,
    "GET /api/v1/change-requests": "list.viewed list:requests",
    "GET /api/v1/change-requests/{number}": REQUEST,
    "GET /api/v1/change-requests/{number}/duplicates": REQUEST,
    "GET /api/v1/conversations": "list.viewed list:conversations",
    "GET /api/v1/conversations/{id}/messages": "conversation.opened conversation",
    "GET /api/v1/conversations/{id}/draft": TALK,
    "GET /api/v1/freezes": "list.viewed list:freezes",
    "GET /api/v1/audit/entries": "list.viewed list:audit",
    "GET /api/v1/audit/entries/{entry}/proof": "list.viewed list:audit",
    "GET /api/v1/audit/checkpoints": "",
    "GET /api/v1/audit/consistency": "",
}
"""Every route that shows something, and the entry that it leaves: the act, and the subject or its kind."""

FRONT = ("/healthz", "/readyz", "/metrics", "/chat", "/static/site.css", "/demo")


@pytest.fixture(scope="module")
def building(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("viewed"), demo=True) as made:
        filed(made)
        for role in ("agent", "reviewer", "supervisor", "operations", "security_officer"):
            made.staff(f"{role}-1", role)
        made.app.database.write(lambda uow: uow.log.order(made.clock(), 1_000))
        made.app.database.write(lambda uow: uow.checkpoints.sign(made.clock()))
        made.server = make_server(made.app)  # one that no client's event loop has had a part in
        yield made


def names(home: House) -> dict[str, str]:
    """What stands for each gap of a path; the ids that a subject has."""

    def look(uow):  # type: ignore[no-untyped-def]
        (request,) = uow.requests.open_soonest()
        return {"no": NO, "number": request.number, "id": request.conversation, "customer": request.customer}

    return home.app.database.read(look) | {"entry": "1", "channel": "api", "chat": "c1", "token": "nothing"}  # type: ignore[no-any-return]


def written(home: House, since: int = 0) -> list[AuditEntry]:
    return home.app.database.read(lambda uow: uow.audit.page(since, 500))


def last(home: House) -> int:
    return max(one.id for one in home.app.database.read(lambda uow: uow.audit.latest(None, 1)))


def path_of(home: House, route: str) -> str:
    path = route.partition(" ")[2] + QUERIES.get(route, "")
    return re.sub(r"\{(\w+)\}", lambda gap: names(home)[gap[1]], path)


def cookie(home: House, name: str) -> dict[str, str]:
    token = home.app.database.write(lambda uow: uow.sessions.open(name, "192.0.2.7", home.clock()))
    return {"cookie": f"tellonce_staff={token}"}


async def seen(home: House, route: str, headers: dict[str, str]) -> tuple[Beginning, list[AuditEntry]]:
    """The answer, and the entries that came of it."""
    before = last(home)
    answer = await ask(home.server, "GET", path_of(home, route), headers, address=FROM)  # type: ignore[arg-type]
    return answer, written(home, before)


def expected(home: House, what: str) -> list[tuple[str, str, str | None]]:
    """The act, the subject and the customer of the one entry."""
    if not what:
        return []
    act, subject = what.split()
    gap = {"customer": "customer", "request": "number", "conversation": "id"}.get(subject)
    if gap is None:
        return [(act, subject, None)]
    return [(act, f"{subject}:{names(home)[gap]}", names(home)["customer"])]


def test_the_table_of_looks_holds_every_route_that_shows_something() -> None:
    shown = {route for route in (*lines(CONSOLE), *lines(API)) if route.startswith("GET ")}

    assert shown == set(LOOKS)


def test_each_page_of_the_console_leaves_one_entry_with_who_where_from_and_on_whom(building: House) -> None:
    async def walk() -> list[str]:
        wrong = []
        for route, let_in in lines(CONSOLE).items():
            if route.startswith("GET "):
                who = f"{let_in.split()[-1]}-1" if LOOKS[route] else "supervisor-1"
                answer, left = await seen(building, route, cookie(building, who))
                found = [(one.act, one.subject.partition("/")[0], one.customer) for one in left]
                if found != expected(building, LOOKS[route]) or answer.status >= 500:
                    wrong.append(f"{route}: {answer.status} {found}")
                wrong += [
                    f"{route}: {one.actor} {one.origin}" for one in left if (one.actor, one.origin) != (who, FROM)
                ]
        return wrong

    assert asyncio.run(walk()) == []


@pytest.mark.parametrize("who", ["supervisor-1", "desk"])
def test_each_endpoint_leaves_one_entry_whether_the_token_is_a_persons_or_a_systems(building: House, who: str) -> None:
    person = who == "supervisor-1"
    scopes = [scope.value for scope in Scope if person or scope not in (Scope.DECIDE, Scope.ERASE)]
    headers = {"authorization": building.token(who, scopes)["Authorization"]}
    actor = who if person else f"token:{who}"

    async def walk() -> list[str]:
        wrong = []
        for route, let_in in lines(API).items():
            if route.startswith("GET ") and (person or "person" not in let_in):
                answer, left = await seen(building, route, headers)
                found = [(one.act, one.subject.partition("/")[0], one.customer) for one in left]
                if found != expected(building, LOOKS[route]) or answer.status not in (200, 404):
                    wrong.append(f"{route}: {answer.status} {found}")
                wrong += [f"{route}: {one.actor}" for one in left if (one.actor, one.origin) != (actor, FROM)]
        return wrong

    assert asyncio.run(walk()) == []


def test_what_shows_nobody_leaves_nothing(building: House) -> None:
    async def walk() -> list[str]:
        before, wrong = last(building), []
        for path in FRONT:
            answer = await ask(building.server, "GET", path, {}, address=FROM)  # type: ignore[arg-type]
            if answer.status >= 400 or last(building) != before:
                wrong.append(f"{path}: {answer.status}")
        return wrong

    assert asyncio.run(walk()) == []


def test_whoever_is_not_let_in_has_not_looked(building: House) -> None:
    headers = cookie(building, "operations-1")
    before = last(building)

    async def walk() -> None:
        for route, what in LOOKS.items():
            if what:
                await ask(building.server, "GET", path_of(building, route), {}, address=FROM)  # type: ignore[arg-type]
        for path in ("/console/requests", f"/console/conversations/{names(building)['id']}", "/console/audit"):
            answer = await ask(building.server, "GET", path, headers, address=FROM)  # type: ignore[arg-type]
            assert answer.status == 403

    asyncio.run(walk())

    assert last(building) == before


# --- what is searched for ------------------------------------------------------------------------------------------


@pytest.fixture
def mei(home: House) -> Desk:
    return desk(home, "mei", "supervisor")


def test_a_search_is_told_from_a_list_and_says_nothing_of_what_was_searched_for(home: House, mei: Desk) -> None:
    home.customer(NO)
    before = last(home)

    for path in (
        f"/console/customers?no={NO}",
        "/console/customers?no=CUST999",
        "/console/customers?no=CUST999",
        "/console/customers?tag=ada-example&owner=",
        "/console/customers?after=CUST1&lang=zh&no=",
        "/console/requests?show=open&before=CR-2026-000001",
    ):
        mei.get(path)

    left = written(home, before)
    assert [one.act for one in left] == ["list.searched"] * 4 + ["list.viewed"] * 2
    assert left[1].digest == left[2].digest != left[0].digest
    assert [one.digest for one in left[4:]] == ["", ""]
    assert "CUST" not in str(left)
    assert "ada-example" not in str(left)


def test_a_name_that_nothing_has_is_written_down_as_unknown_and_not_repeated(home: House, mei: Desk) -> None:
    before = last(home)

    answers = [mei.get(f"/console/{path}/ada-example-7") for path in ("customers", "requests", "conversations")]
    deeper = [mei.get(f"/console/{path}") for path in ("requests/ada-7/changed?version=1", "conversations/ada-7/state")]

    assert {one.status_code for one in (*answers, *deeper)} == {404}
    left = written(home, before)
    assert [one.subject for one in left] == ["customer:unknown", "request:unknown", "conversation:unknown"]
    assert "ada" not in str(left)


# --- pages that follow by themselves -------------------------------------------------------------------------------


def refreshing(page: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'hx-get="([^"]+)"', page)]


def test_a_page_that_asks_for_news_of_itself_leaves_nothing_more(home: House, mei: Desk) -> None:
    one = filed(home)
    pages = (
        "requests",
        "requests?show=ended",
        "conversations",
        f"requests/{one.number}",
        f"conversations/{one.conversation}",
    )
    asked = [address for page in pages for address in refreshing(mei.get(f"/console/{page}").text)]
    before = last(home)

    answers = [mei.get(address, **{"HX-Request": "true"}).status_code for address in asked]

    assert (len(asked), set(answers)) == (5, {200, 204})
    assert last(home) == before


def test_nobody_reads_unseen_by_looking_like_a_page_that_follows(home: House, mei: Desk) -> None:
    """A header is anybody's to send, and a mark is good for one address and one session."""
    one = filed(home)
    (address,) = refreshing(mei.get(f"/console/conversations/{one.conversation}").text)
    (listed,) = refreshing(mei.get("/console/requests").text)
    ben, mark = desk(home, "ben", "supervisor"), listed.partition("seen=")[2]
    before = last(home)

    mei.get(f"/console/customers/{NO}", **{"HX-Request": "true", "X-Live": "1", "Accept": "text/event-stream"})
    mei.get(f"/console/customers/{NO}?seen={mark}")
    mei.get(f"/console/requests?show=ended&seen={mark}")
    mei.get(f"/console/requests?show=open&seen={'0' * 64}")
    ben.get(address)
    ben.get(listed)

    assert [(e.actor, e.act) for e in written(home, before)] == [
        ("mei", "customer.viewed"),
        ("mei", "customer.viewed"),
        ("mei", "list.viewed"),
        ("mei", "list.viewed"),
        ("ben", "conversation.viewed"),
        ("ben", "list.viewed"),
    ]


def test_a_form_that_is_answered_with_the_record_leaves_an_entry_too(home: House, mei: Desk) -> None:
    home.customer(NO)
    before = last(home)

    mei.post(f"/console/customers/{NO}/reveal", field="phone", reason="")
    mei.post(f"/console/customers/{NO}/labels", tier="no such tier")
    mei.post(f"/console/customers/{NO}/offline")
    mei.post("/console/freezes/nothing/release", reason="because")
    mei.post(f"/console/customers/{NO}/reveal", field="phone", reason="because they called")

    assert [one.act for one in written(home, before)] == [
        "customer.viewed", "customer.viewed", "customer.viewed", "list.viewed", "value.revealed",
    ]  # fmt: skip


def test_someone_who_does_not_decide_sees_a_request_masked_and_is_written_down(home: House, mei: Desk) -> None:
    one = filed(home)
    opened = mei.get(f"/console/requests/{one.number}")
    mei.post(f"/console/requests/{one.number}/decision", verdict="approve", digest=one.digest)
    before = last(home)

    masked = mei.get(f"/console/requests/{one.number}")

    assert ("Oak Street" in opened.text, "Oak Street" in masked.text) == (True, False)
    assert [(e.act, e.subject) for e in written(home, before)] == [("request.viewed", f"request:{one.number}")]


# --- no view without a trace ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "accident", [sqlite3.OperationalError("attempt to write a readonly database"), BatchLostError()]
)
def test_what_cannot_be_written_down_is_not_shown(
    home: House, mei: Desk, monkeypatch: pytest.MonkeyPatch, accident: Exception
) -> None:
    home.customer(NO)
    token = home.token("desk", ["customers"])

    def refuse(uow: object, *rest: object, **more: object) -> int:
        raise accident

    monkeypatch.setattr("store.audit.Audit.append", refuse)
    page = mei.get(f"/console/customers/{NO}", **{"Accept-Language": "zh"})
    form = mei.post(f"/console/customers/{NO}/reveal", field="phone", reason="")
    answer = home.client.get(f"/api/v1/customers/{NO}", headers=token)
    still = home.client.get("/healthz")

    assert (page.status_code, page.headers["retry-after"]) == (503, "1")
    assert "每次查看都必须留下记录" in page.text
    assert (form.status_code, "Springfield" in form.text) == (503, False)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:tellonce:problem:untraced")
    assert still.status_code == 200


def test_routes_that_write_down_themselves_show_nothing_either(
    home: House, mei: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = filed(home)
    token = home.token("desk", ["conversations"])

    def refuse(uow: object, *rest: object, **more: object) -> int:
        raise BatchLostError

    monkeypatch.setattr("store.audit.Audit.append", refuse)
    pages = [mei.get(f"/console/{path}") for path in (f"requests/{one.number}", f"conversations/{one.conversation}")]
    said = home.client.get(f"/api/v1/conversations/{one.conversation}/messages", headers=token)

    assert [answer.status_code for answer in (*pages, said)] == [503, 503, 503]
    assert not any("Oak Street" in answer.text for answer in (*pages, said))
