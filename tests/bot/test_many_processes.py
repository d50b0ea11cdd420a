"""Several `tellonce serve` and `tellonce worker` on one PostgreSQL, killed without warning."""

from __future__ import annotations

import json
import os
import random
import secrets
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.bot.command_line import customers_file, run, start
from tests.bot.test_cli_processes import closed, free_port
from tests.postgres import Server

LONG = bool(os.environ.get("TELLONCE_TEST_LONG"))
CHATS = 200 if LONG else 6
SECONDS = 300 if LONG else 8
SEED = os.environ.get("TELLONCE_SEED") or secrets.token_hex(4)
WORDS = ("Hi, I moved to 12 Oak Street", "Springfield 62704", "what is this for?", "no, number 14", "cancel")
ROWS = [f'C{n},Ada Example,+1217555{n:04},"4 Elm Street, Springfield, IL 62701",en' for n in range(CHATS)]


class Company:
    """A folder with a configuration, a database on the server, and the processes that run on it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.settings = {"TELLONCE__STORE__URL": url, "TELLONCE__LOG__LEVEL": "warning"}
        self.good("db", "upgrade")
        self.good("customers", "import", customers_file(folder, ["customer,name,phone,address,locale", *ROWS]))
        scopes = ("--scope", "messages", "--scope", "links")
        self.token = json.loads(self.good("staff", "token", "site", *scopes, "--json"))["token"]
        self.ports = (free_port(), free_port())
        self.running: dict[str, subprocess.Popen[str]] = {}

    def good(self, *words: str) -> str:
        told = run(self.folder, *words, **self.settings)
        assert told.code == 0, told.err
        return told.out

    def begin(self, name: str) -> None:
        kind, _, number = name.partition(" ")
        port = {"TELLONCE__WEB__PORT": str(self.ports[int(number)])} if kind == "serve" else {}
        self.running[name] = start(self.folder, kind, **self.settings, **port)

    def end(self, name: str) -> None:
        closed(self.running.pop(name))

    def insist(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask until one of the servers answers, as an integrator does; post when there is something to post."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            with suppress(httpx.TransportError):
                answer = httpx.request(
                    "GET" if body is None else "POST",
                    f"http://127.0.0.1:{random.choice(self.ports)}/api/v1/{path}",
                    json=body,
                    headers={"Authorization": f"Bearer {self.token}"},
                    timeout=20,
                )
                if answer.status_code < 500:
                    assert answer.status_code in (200, 201, 204), answer.text
                    return dict(answer.json()) if answer.content else {}
            time.sleep(0.05)
        pytest.fail("nobody answered")

    def said(self, chat: str) -> list[dict[str, Any]]:
        return list(self.insist(f"chats/api/{chat}/messages")["items"])


@pytest.fixture
def company(server: Server, tmp_path: Path) -> Iterator[Company]:
    url = server.new()
    made = Company(tmp_path, url)
    try:
        yield made
    finally:
        for name in list(made.running):
            made.end(name)
        server.drop(url)


@pytest.mark.slow
def test_chats_go_on_while_processes_are_killed(
    company: Company, record_property: Callable[[str, object], None]
) -> None:
    """Every message is sent to one server and, often, to the other too; processes die and come back. Afterwards each
    chat is as it is when nothing dies: the same messages, each once, in order."""
    names = ["serve 0", "serve 1", "worker 0", "worker 1"]
    for name in names:
        company.begin(name)
    chance = random.Random(SEED)
    stop = threading.Event()
    deaths = 0

    def die() -> None:
        nonlocal deaths
        while not stop.wait(chance.uniform(3, 6)):
            name = chance.choice(names)
            company.end(name)
            deaths += 1
            company.begin(name)

    def converse(n: int) -> list[list[str]]:
        mine, chat = random.Random(f"{SEED}/{n}"), f"chat-{n}"
        company.insist("links", {"channel": "api", "chat": chat, "customer": f"C{n}"})
        heard = []
        for step, text in enumerate(WORDS):
            body = {"channel": "api", "chat": chat, "id": f"m{step}", "text": text}
            answer = company.insist("messages", body)
            heard.append([reply["id"] for reply in answer["replies"]])
            for _ in range(mine.randrange(3)):
                again = company.insist("messages", body)
                assert again["replies"] == answer["replies"], "the same id, the same answer"
            time.sleep(mine.uniform(0, SECONDS / len(WORDS)))
        return heard

    company.insist("links", {"channel": "api", "chat": "warm", "customer": "C0"})
    killer = threading.Thread(target=die)
    killer.start()
    try:
        with ThreadPoolExecutor(CHATS) as pool:
            heard = list(pool.map(converse, range(CHATS)))
    finally:
        stop.set()
        killer.join()

    assert all(one == heard[0] for one in heard), "every chat heard the same"
    for n in range(CHATS):
        said = company.said(f"chat-{n}")
        customers = [one["text"] for one in said if one["author"] == "customer"]
        assert customers == list(WORDS)
        assert [one["seq"] for one in said] == sorted({one["seq"] for one in said})
    record_property("cases", f"{CHATS} chats of {len(WORDS)} messages, {deaths} processes killed, seed {SEED}")
