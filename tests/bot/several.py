"""A company that runs several `tellonce serve` and `tellonce worker` on one PostgreSQL, and those who talk to it."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import secrets
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import App
from bot.config import Config
from dialogs.types import Actor, ActorKind
from store.customers import NewCustomer
from store.uow import UnitOfWork
from tests.bot.command_line import ROOT
from tests.bot.test_cli_processes import free_port
from tests.crash.scene import SECRET
from tests.crash.world import CODE, Received, World

ADMIN = Actor(ActorKind.SYSTEM, "scene", "test")
REVIEWER = "rita"
PATIENCE = 150.0
DUE = "SELECT COUNT(*) FROM job WHERE state IN ('leased', 'behind') OR (state = 'ready' AND due_at <= ?)"
LEASES_OF = "UPDATE job SET lease_until = 0 WHERE state = 'leased' AND worker LIKE ?"


class Outside(World):
    """Receives codes, words to contacts, events and what is said later; knows the codes of each address. Takes its time
    before it answers, up to `slow` seconds: whoever is killed meanwhile does not know that it was received."""

    def __init__(self, slow: float) -> None:
        super().__init__()
        self._slow, self._chance = slow, random.Random()
        self.interrupt = self._dawdle
        self._codes: dict[str, dict[str, str]] = defaultdict(dict)

    def take(self, received: Received) -> None:
        """Codes by the id of their notice: the same again is no other code."""
        if received.target == "notice":
            content = received.content
            if (found := CODE.search(content["message"])) is not None:
                self._codes[content["to"]].setdefault(content["id"], found[0])
        super().take(received)

    def _dawdle(self, moment: str) -> bool:
        if moment == "before":
            time.sleep(self._chance.uniform(0, self._slow))
        return False

    def code(self, address: str, nth: int) -> str:
        """The n-th code sent to this address, as soon as it is there."""
        end = time.monotonic() + PATIENCE
        while len(self._codes[address]) < nth:
            assert time.monotonic() < end, f"code {nth} never came"
            time.sleep(0.1)
        return list(self._codes[address].values())[nth - 1]


class Several:
    """A database, the processes on it, and a client that asks whichever server answers."""

    def __init__(
        self,
        folder: Path,
        url: str,
        names: tuple[str, ...],
        tokens: Mapping[str, str] | None = None,
        slow: float = 0.0,
    ) -> None:
        self.folder, self.url, self.names = folder, url, names
        self.outside = Outside(slow)
        self.ports = [free_port() for name in names if name.startswith("serve")]
        self._sections = sections(folder, url, self.outside.port)
        self.app = App(Config.model_validate(self._sections))
        self.tokens = dict(tokens or {})
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.client = httpx.Client(
            timeout=20, limits=httpx.Limits(max_connections=None, max_keepalive_connections=None)
        )
        self._choose = random.Random()

    def found(self, customers: list[NewCustomer]) -> None:
        """Make the tables, the people and the tokens. Nobody is connected afterwards: the database can be copied."""
        now = dt.datetime.now(dt.UTC)

        def act(uow: UnitOfWork) -> dict[str, str]:
            for one in customers:
                uow.customers.add(one, now, ADMIN)
            uow.staff.add(REVIEWER, "reviewer", now, ADMIN)
            made = {
                "site": uow.staff.token_new("site", ["messages", "links"], now, ADMIN),
                REVIEWER: uow.staff.token_new(REVIEWER, ["requests", "decide"], now, ADMIN),
            }
            holder = uow.staff.token_of(made[REVIEWER])
            assert holder is not None
            uow.staff.token_activate(holder.id, now, ADMIN)
            return made

        with closing(App(self.app.config)) as first:
            first.database.upgrade()
            self.tokens = first.database.write(act)

    def begin(self, name: str) -> None:
        """Start a process; what it complains of goes to a file, for a full pipe would stop it."""
        kind, _, number = name.partition(" ")
        settings = environment(self._sections)
        if kind == "serve":
            settings["TELLONCE__WEB__PORT"] = str(self.ports[int(number)])
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("TELLONCE")}
        with self.log.open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "bot", kind],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**inherited, "PYTHONPATH": str(ROOT), **settings},
                cwd=self.folder,
                start_new_session=True,
            )

    def begin_all(self) -> None:
        """Start every process, and wait until the servers answer."""
        for name in self.names:
            self.begin(name)
        end = time.monotonic() + PATIENCE
        for port in self.ports:
            while not self._answers(port):
                assert time.monotonic() < end, f"no server came up: {self.complaints()[-3:]}"
                time.sleep(0.05)

    def _answers(self, port: int) -> bool:
        with suppress(httpx.TransportError):
            return self.client.get(f"http://127.0.0.1:{port}/healthz").is_success
        return False

    def kill(self, name: str) -> str:
        """End a process without warning; returns how it is named among the workers."""
        process = self.running.pop(name)
        assert process.poll() is None, f"{name} ended by itself: {self.complaints()}"
        process.kill()
        process.wait()
        return f"{process.pid}-%"

    def run_out(self, worker: str) -> None:
        """Let half a minute pass for the leases of a worker that is dead."""
        self.app.database.write(lambda uow: uow.run(LEASES_OF, (worker,)))

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def complaints(self) -> list[str]:
        """What the processes logged as an error, and every trace. A library's word of warning is neither."""
        found = []
        for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                level = json.loads(line)["level"]
            except ValueError:
                level = "error" if line.startswith("Traceback") else "warning"
            if level not in ("debug", "info", "warning"):
                found.append(line)
        return found

    def insist(
        self, path: str, body: Mapping[str, Any] | None = None, *, who: str = "site", key: str | None = None
    ) -> dict[str, Any]:
        """Ask until one of the servers answers, as an integrator does; post when there is something to post."""
        end = time.monotonic() + PATIENCE
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} | ({} if key is None else {"Idempotency-Key": key})
        while time.monotonic() < end:
            wait = 0.1
            with suppress(httpx.TransportError):
                answer = self.client.request(
                    "GET" if body is None else "POST",
                    f"http://127.0.0.1:{self._choose.choice(self.ports)}/api/v1/{path}",
                    json=body,
                    headers=headers,
                )
                if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                    wait = float(answer.headers["retry-after"])
                elif answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    assert answer.is_success, answer.text
                    return dict(answer.json()) if answer.content else {}
            time.sleep(wait)
        pytest.fail(f"nobody answered: {self.complaints()[-3:]}")

    def rest(self) -> None:
        """Wait until no job is due."""
        end, quiet = time.monotonic() + PATIENCE, 0
        while quiet < 2:
            due = self.app.database.read(how_many_are_due)
            quiet = 0 if due else quiet + 1
            assert time.monotonic() < end, f"{due} jobs are still due"
            time.sleep(0.1)

    def close(self) -> None:
        """End everything."""
        for process in self.running.values():
            process.kill()
            process.wait()
        self.running.clear()
        self.client.close()
        self.app.close()
        self.outside.close()


def how_many_are_due(uow: UnitOfWork) -> int:
    """Jobs that a worker could do now, or does."""
    (due,) = uow.run(DUE, (int(time.time() * 1_000_000),)).fetchone()
    return int(due)


@contextmanager
def killing(company: Several, chance: random.Random, seconds: float, pause: tuple[float, float]) -> Iterator[list[str]]:
    """While the body runs, and for so many seconds, kill one process after the other and start it anew. Yields the
    names of the killed. In a short run the leases of the dead run out at once: nobody waits half a minute for them."""
    stop, killed, accidents = threading.Event(), list[str](), list[BaseException]()
    end = time.monotonic() + seconds

    def go_on() -> None:
        try:
            while not stop.wait(chance.uniform(*pause)) and time.monotonic() < end:
                name = chance.choice(company.names)
                worker = company.kill(name)
                killed.append(name)
                company.begin(name)
                if seconds < 60:
                    company.run_out(worker)
        except BaseException as accident:  # told to the test below: a thread has nobody who listens
            accidents.append(accident)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield killed
    finally:
        stop.set()
        thread.join()
    if accidents:
        raise accidents[0]


def sections(folder: Path, url: str, port: int) -> dict[str, Any]:
    """The configuration: codes, events and what is said later go to one HTTP server."""
    key = folder / "master.key"
    if not key.exists():
        key.write_bytes(secrets.token_bytes(32))
        key.chmod(0o600)
    home, notice = f"http://127.0.0.1:{port}/0", f"json://127.0.0.1:{port}/0/notice"
    return {
        "store": {"url": url},
        "keys": {"master_file": str(key)},
        "backups": {"erasures": str(folder / "erasures.list")},
        "notify": {"phone": [notice], "email": [notice]},
        "targets": [{"name": "crm", "url": f"{home}/crm", "secret": SECRET, "fields": ["address"]}],
        "channels": {"webhooks": [{"name": "api", "url": f"{home}/said", "secret": SECRET}]},
        "check_ins": {"enabled": False},
        "log": {"level": "warning"},
    }


def environment(of: Mapping[str, Any]) -> dict[str, str]:
    """The same for a process: TELLONCE__SECTION__KEY, lists as JSON."""
    found = {}
    for section, content in of.items():
        pairs = content.items() if isinstance(content, dict) else [(None, content)]
        for key, value in pairs:
            name = "__".join(["TELLONCE", section.upper(), *([] if key is None else [key.upper()])])
            found[name] = value if isinstance(value, str) else json.dumps(value)
    return found
