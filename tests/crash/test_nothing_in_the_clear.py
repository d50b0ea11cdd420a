"""After both stories, told to a real server with every logger at DEBUG and with failures on the way, nothing that was
typed is found in the database's files, the logs, the job payloads, the audit trail or the metrics."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import json
import os
import re
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from openpyxl import Workbook
from websockets.sync.client import connect

from bot.app import App
from bot.commands.customers import import_file
from tests.crash.process import ROOT
from tests.crash.scene import AGENT, DATABASE, INVENTOR, KEY, REVIEWER, SUPERVISOR, Person, config, invent
from tests.crash.traces import traces
from tests.crash.world import World

SECONDS = 240.0
NUMBER = re.compile(r"CR-\d{4}-\d{6}")
YES = ("consent.yes", "old.works", "next.yes", "changed.yes")
KEEP_PAYLOADS = """
    CREATE TABLE seen (payload TEXT, kind TEXT, error TEXT);
    CREATE TRIGGER seen_new AFTER INSERT ON job BEGIN INSERT INTO seen VALUES (NEW.payload, NEW.kind, NEW.error); END;
    CREATE TRIGGER seen_again AFTER UPDATE ON job BEGIN INSERT INTO seen VALUES (NEW.payload, NEW.kind, NEW.error); END;
"""

CHAT = "chat-of-xiaolan-90210"
TYPED = {
    "address": ["12 Oak Street", "Oak Street", "Springfield", "62704", "世纪大道", "城南小区", "3号楼502", "浦东新区"],
    "phone": [
        *("+12025550173", "12025550173", "2025550173", "(202) 555-0173", "202-555-0173", "555-0173", "5550173"),
        *("+8613912340198", "13912340198", "139 1234 0198", "1391234", "幺三九幺二三四零幺九八"),
    ],
    "email": ["quilla.thistlewick@example.net", "quilla.thistlewick", "example.net", "xiaolan.lin@example.com"],
    "name": ["Quilla Thistlewick", "Thistlewick", "Quilla", "林小兰"],
    "words": ["my daughter broke her arm", "女儿摔断了胳膊", "the quince orchard", "我儿子把老房子卖了"],
    "chat": [CHAT],
    "offline": [
        "D12345678",
        "2512345678",
        "Birchwright Imports",
        "Birchwright",
        "Ottoline Farrow",
        "LC-20458831",
    ],
    "sheet": ["Wilhelmina Oakes", "13800007731", "LC-00045", "58 Larkspur Road", "Larkspur"],
}
OFFLINE = {
    "id_document": "driver license D12345678",
    "bank_account": "account 2512345678",
    "company": "Birchwright Imports Ltd",
    "contact_person": "my sister Ottoline Farrow, phone 202 555 0188",
}
ON_RECORD = ["+12025550100", "2025550100", "13800138001", "old0@example.org", "Elm Street", "南京东路", "王小二"]


class Server:
    """The process, its world, and ways to speak to it."""

    def __init__(self, folder: Path, people: list[Person], tokens: dict[str, str]) -> None:
        self.folder, self.people, self.tokens = folder, people, tokens
        self.world, self.log = World(), folder / "log"
        self.web, closed = free_port(), free_port()
        self.world.unwilling = self._first_time
        self._seen: set[str] = set()
        self.typed: set[str] = set()
        arguments = [str(folder), str(self.world.port), str(self.web), str(closed)]
        with self.log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.server", *arguments],
                cwd=ROOT,
                stdout=out,
                stderr=out,
                env=os.environ | {"PYTHONASYNCIODEBUG": "1"},
            )
        self.until = time.monotonic() + SECONDS
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.web}", timeout=30)
        self.wait(lambda: "ready\n" in self.log.read_text(errors="replace"))

    def _first_time(self, received: Any) -> bool:
        """Every kind of delivery is refused once, so that it fails and is tried again."""
        first = received.target not in self._seen
        self._seen.add(received.target)
        return first

    def wait(self, truth: Callable[[], Any]) -> Any:
        while not (found := truth()):
            assert time.monotonic() < self.until, self.log.read_text(errors="replace")[-3000:]
            assert self._process.poll() is None, self.log.read_text(errors="replace")[-3000:]
            time.sleep(0.05)
        return found

    def call(self, method: str, path: str, who: str, status: int = 200, **body: Any) -> Any:
        header = {"Authorization": f"Bearer {self.tokens[who]}"}
        answer = self.http.request(method, f"/api/v1{path}", headers=header, json=body or None)
        assert answer.status_code == status, answer.text
        return answer.json()

    def code(self, person: Person, *new: str, after: int) -> str:
        addresses = frozenset({person.phone, person.email, *new})
        code = str(self.wait(lambda: self.world.codes(addresses)[after:])[0])
        self.typed.add(code)
        return code

    def decided(self, number: str) -> None:
        """Approved, by two people where one does not suffice."""
        for who in (REVIEWER, SUPERVISOR):
            seen = self.call("GET", f"/change-requests/{number}", who)
            if seen["state"] in ("in_review", "in_second_review"):
                verdict = {"decision": "approve", "reason": "the quince orchard", "digest": seen["digest"]}
                self.call("POST", f"/change-requests/{number}/decisions", who, **verdict)

    def stop(self) -> None:
        self.http.close()
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        self._process.kill()
        self._process.wait(20)
        self.world.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    home = tmp_path / "home"
    now = dt.datetime.now(dt.UTC)
    people = invent(home, Random(0), 2, now)
    app = App(config(home, 1))
    sheet = tmp_path / "customers.xlsx"
    book = Workbook()
    for row in (
        ("customer", "name", "phone", "address"),
        ("CUST777", "Wilhelmina Oakes", 13800007731, "58 Larkspur Road, Springfield, IL 62704"),
        ("CUST778", "Wilhelmina Oakes", "LC-00045", "58 Larkspur Road"),
        (people[0].no, "Wilhelmina Oakes", None, None),
    ):
        book.active.append(row)
    book.save(sheet)
    scopes = {
        "shop": ["messages", "links", "customers", "signals"],
        REVIEWER: ["requests", "decide"],
        SUPERVISOR: ["requests", "decide"],
        AGENT: ["conversations"],
    }
    try:
        assert import_file(app, sheet, report=home / "left-out.csv").rejected == 1
        tokens = {
            name: app.database.write(lambda uow, n=name, s=scope: uow.staff.token_new(n, s, now, INVENTOR))
            for name, scope in scopes.items()
        }
        for name in (REVIEWER, SUPERVISOR):
            app.database.write(
                lambda uow, token=tokens[name]: uow.staff.token_activate(uow.staff.token_of(token).id, now, INVENTOR)
            )
    finally:
        app.close()
    with contextlib.closing(sqlite3.connect(home / DATABASE)) as beside:
        beside.executescript(KEEP_PAYLOADS)
    made = Server(home, people, tokens)
    yield made
    made.stop()


class Browser:
    """The English story, over web chat."""

    def __init__(self, server: Server) -> None:
        self._server = server
        server.http.get("/chat")
        self.cookie = server.http.cookies["tellonce_chat"]
        origin = f"http://127.0.0.1:{server.web}"
        headers = {"Cookie": f"tellonce_chat={self.cookie}", "Origin": origin}
        self._socket = connect(f"ws://127.0.0.1:{server.web}/chat/socket", additional_headers=headers)
        self._socket.send(json.dumps({"kind": "hello", "after": 0}))
        self.lines: list[dict[str, Any]] = []

    def send(self, **frame: Any) -> list[dict[str, Any]]:
        """Send one frame and return what was said until it was done."""
        id, before = secrets.token_hex(8), len(self.lines)
        self._socket.send(json.dumps({"id": id, **frame}))
        self.hear(lambda frame: frame.get("done") == id or frame.get("id") == id)
        return [line for line in self.lines[before:] if line["from"] == "bot"]

    def hear(self, enough: Callable[[dict[str, Any]], bool]) -> None:
        while True:
            frame = json.loads(self._socket.recv(timeout=20))
            self.lines += frame.get("messages", ())
            assert frame["kind"] != "refused", frame
            if enough(frame):
                return

    def close(self) -> None:
        self._socket.close()


def change_in_english(server: Server, browser: Browser, opening: str, more: str, codes: int, *new: str) -> int:
    """Walk one change to its confirmed receipt; returns how many codes have been sent to this customer."""
    said = browser.send(kind="say", text=opening)
    for _ in range(12):
        buttons = [button["id"] for line in said for button in line["buttons"]]
        if numbers := [number for line in said for number in NUMBER.findall(line["text"])]:
            for number in dict.fromkeys(numbers):
                server.decided(number)
                browser.hear(
                    lambda frame, n=number: any(f"receipt.right:{n}" in str(m) for m in frame.get("messages", ()))
                )
                browser.send(kind="tap", button=f"receipt.right:{number}")
            return codes
        if "code.resend" in buttons:
            codes += 1
            said = browser.send(kind="say", text=server.code(server.people[0], *new, after=codes - 1))
        elif yes := [button for button in buttons if button.startswith(YES)]:
            said = browser.send(kind="tap", button=yes[0])
        else:
            said = browser.send(kind="say", text=more)
    raise AssertionError(said)


class Shop:
    """The Chinese story, over the API."""

    def __init__(self, server: Server) -> None:
        self._server, self._n, self.codes = server, 0, 0

    def say(self, text: str | None = None, button: str | None = None, status: int = 200) -> dict[str, Any]:
        self._n += 1
        content = {"text": text} if text is not None else {"button": button}
        message = {"channel": "api", "chat": CHAT, "id": f"m{self._n}", "locale": "zh-CN", **content}
        answer: dict[str, Any] = self._server.call("POST", "/messages", "shop", status, **message)
        return answer

    def heard(self) -> str:
        return str(self._server.call("GET", f"/chats/api/{CHAT}/messages", "shop"))


def change_in_chinese(server: Server, shop: Shop, *words: str) -> None:
    """From the first word to filed, with linking by customer number, a wrong code and a person who takes over."""
    wanted = list(words)
    answer = shop.say(wanted.pop(0))
    for _ in range(16):
        buttons = [button["id"] for reply in answer["replies"] for button in reply["buttons"]]
        ids = {reply["id"] for reply in answer["replies"]}
        if ids & {"filed", "filed-several"}:
            for number in sorted({n for reply in answer["replies"] for n in NUMBER.findall(reply["text"])}):
                server.decided(number)
                server.wait(lambda n=number: f"receipt.right:{n}" in shop.heard())
                shop.say(button=f"receipt.right:{number}")
            return
        if ids & {"link-code-sent", "code-sent", "code-sent-new"}:
            code = server.code(server.people[1], "+8613912340198", "xiaolan.lin@example.com", after=shop.codes)
            shop.codes += 1
            wrong = f"{(int(code) + 1) % 10**6:06d}"
            server.typed.add(wrong)
            shop.say(wrong)
            answer = shop.say(code)
        elif "ask-customer-number" in ids:
            answer = shop.say(server.people[1].no)
        elif yes := [button for button in buttons if button.startswith(YES)]:
            answer = shop.say(button=yes[0])
        else:
            answer = shop.say(wanted.pop(0) if wanted else words[-1])
    raise AssertionError(answer)


def trouble(server: Server, shop: Shop) -> None:
    """Whatever may go wrong with personal words in hand."""
    conversation = shop.say("女儿摔断了胳膊")["conversation"]["id"]
    for act, text in (("takeover", None), ("messages", "my daughter broke her arm"), ("notes", "Quilla Thistlewick")):
        body = {} if text is None else {"text": text}
        server.call("POST", f"/conversations/{conversation}/{act}", AGENT, 200 if text is None else 201, **body)
    server.call("POST", f"/conversations/{conversation}/handback", AGENT)
    shop.say("my daughter broke her arm " * 400, status=422)
    message = {"channel": "api", "chat": CHAT, "id": "m1", "text": "女儿摔断了胳膊"}
    server.call("POST", "/messages", "shop", 409, **message)
    new = {"name": "Quilla Thistlewick", "phone": "555-0173", "email": "quilla.thistlewick"}
    server.call("POST", "/customers", "shop", 422, **new)
    form = {"name": "quilla.thistlewick@example.net", "password": "the quince orchard", "next": "/console"}
    server.http.post("/console/sign-in", data=form, headers={"Origin": f"http://127.0.0.1:{server.web}"})
    server.http.get("/console/Thistlewick?name=Quilla%20Thistlewick")
    with contextlib.closing(sqlite3.connect(server.folder / DATABASE, isolation_level=None)) as beside:
        beside.execute("BEGIN IMMEDIATE")  # nobody else can write: a turn fails after five seconds
        shop.say("my daughter broke her arm", status=500)
        beside.execute("ROLLBACK")
    server.wait(lambda: b"request failed" in server.log.read_bytes())  # written after the answer


def at_the_counter(server: Server) -> None:
    """What is entered afterwards by staff who vouch for it, decided by two others, and what is shown on request."""
    no, now = server.people[0].no, dt.datetime.now(dt.UTC).isoformat()
    for field, text in OFFLINE.items():
        proof = {"kind": "in_person", "place": "counter", "signed_form": "ab" * 32}
        entered = {"customer": no, "field": field, "text": text, "way": "counter", "received_at": now, "proof": proof}
        server.decided(server.call("POST", "/offline-requests", AGENT, 201, **entered)["number"])
    server.call("POST", "/offline-requests", AGENT, 422, **entered | {"field": "phone", "text": "Quilla Thistlewick"})
    server.call("POST", "/signals", "shop", 201, customer=no, field="phone", kind="unreachable")
    whole = str(server.call("GET", f"/customers/{no}/export?reason=the%20quince%20orchard", "shop"))
    for text in ("D12345678", "2512345678", "Birchwright", "Ottoline Farrow"):
        assert text in whole.replace("\\", ""), text


def places(server: Server) -> dict[str, bytes]:
    """Everything that remains, byte for byte and as rows."""
    found = {path.name: path.read_bytes() for path in server.folder.iterdir() if path.name != KEY}
    with contextlib.closing(sqlite3.connect(server.folder / DATABASE)) as beside:
        for table in ("seen", "job", "audit_entry"):
            found[f"table {table}"] = str(beside.execute(f"SELECT * FROM {table}").fetchall()).encode()
    found["metrics"] = server.http.get("/metrics").content
    return found


@pytest.mark.slow
def test_nothing_that_was_typed_remains_in_the_clear(
    server: Server, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    browser, shop = Browser(server), Shop(server)
    ada, _ = server.people
    browser.send(kind="link", token=ada.link)
    moved = ("Hi, I moved to 12 Oak Street last week, my daughter broke her arm", "Springfield 62704. flat 3 actually")
    codes = change_in_english(server, browser, *moved, 0)
    new = ("my new phone number is (202) 555-0173", "(202) 555-0173")
    codes = change_in_english(server, browser, *new, codes, "+12025550173")
    new = ("my new email is quilla.thistlewick@example.net", "quilla.thistlewick@example.net")
    codes = change_in_english(server, browser, *new, codes, "+12025550173", "quilla.thistlewick@example.net")
    said = browser.send(kind="say", text="my loyalty card has changed to LC-20458831")
    assert any("LC-20458831" in line["text"] for line in said)
    browser.send(kind="say", text="cancel")
    browser.send(kind="say", text="Actually I got married, my name is now Quilla Thistlewick. the quince orchard")
    browser.close()
    address = ("我儿子把老房子卖了,我们搬去女儿家了", "沪浦东新区城南小区", "世纪大道100号3号楼502")
    change_in_chinese(server, shop, *address)
    change_in_chinese(server, shop, "我换手机号了,新手机号是幺三九幺二三四零幺九八", "13912340198")
    shop.say("我改名了,新名字是林小兰,邮箱换成xiaolan.lin@example.com了")
    trouble(server, shop)
    at_the_counter(server)

    remains = places(server)
    secrets_ = [*server.tokens.values(), ada.link, browser.cookie]
    sought = [*(value for values in TYPED.values() for value in values), *ON_RECORD, *sorted(server.typed), *secrets_]

    assert len(server.typed) >= 6
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", "log"):
        assert len(remains[name]) > 1000, f"{name} has little in it"
    everything_can_be_found(sought, tmp_path)
    for plain in (b"everything is logged", b"job.again", b"request failed", b"httpcore", b"asyncio"):
        assert plain in remains["log"], plain
    assert b"delivery" in remains["table seen"]
    for act in (b"request.filed", b"request.received_offline", b"customer.exported", b"signal.unreachable"):
        assert act in remains["table audit_entry"], act
    assert b"cannot be read as one" in remains["left-out.csv"]
    assert "\n".join(traces(sought, remains)) == ""
    server.stop()
    left = {path.name: path.read_bytes() for path in server.folder.iterdir() if path.name != KEY}
    assert "\n".join(traces(sought, left)) == ""
    record_property("cases", f"nothing in the clear: {len(sought)} values sought in {len(remains)} places")


def everything_can_be_found(sought: list[str], scratch: Path) -> None:
    """The search itself: every value, planted in a database or a log in any form, is found."""
    database = scratch / "planted.db"
    with contextlib.closing(sqlite3.connect(database)) as planted, planted:
        planted.execute("CREATE TABLE planted (value)")
        planted.executemany("INSERT INTO planted VALUES (?)", [(f"<{value}>",) for value in sought])
    assert {found.split(" as ")[0] for found in traces(sought, {"database": database.read_bytes()})} >= {
        repr(value) for value in sought
    }
    for value in sought:
        log = {
            "json": json.dumps({"text": f"it is {value}"}).encode(),
            "utf-16": f"it is {value}!".encode("utf-16"),
            "hex": b"x" + f"it is {value}!".encode().hex().encode(),
            **{f"base64 {n}": base64.b64encode(b"it is "[:n] + value.encode() + b"!") for n in range(1, 4)},
        }
        places_found = {found.rsplit(" in ", 1)[1] for found in traces([value], log)}
        expected = {place for place in log if not place.startswith("base64") or len(value.encode()) >= 9}
        assert places_found >= expected, (value, places_found)
