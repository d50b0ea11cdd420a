"""A whole TellOnce as `tellonce serve` runs it, in this process so that it can be watched and broken."""

from __future__ import annotations

import asyncio
import datetime as dt
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock
from urllib.parse import urlencode

from bot import serving
from bot.app import App, utc_now
from bot.config import Config
from bot.signin import csrf_of
from dialogs.types import Actor, ActorKind
from store.uow import UnitOfWork
from tests.canaries.outside import Outside
from tests.canaries.watch import Watch
from tests.collector import Collector
from tests.postgres import free_port

T = TypeVar("T")
ACTOR = Actor(ActorKind.SYSTEM, "test", "test")
SECRET = "whsec_" + "Y2FuYXJpZXMgYXJlIG5ldmVyIGhlYXJkIG91dHNpZGUh"
TELEGRAM_SECRET, WHATSAPP_SECRET = "telegram-says-so", "whatsapp-says-so"
STAFF = {"rita": "reviewer", "sam": "supervisor", "ann": "agent", "bob": "agent", "vera": "security_officer"}
SCOPES = {
    "shop": ["messages", "links", "customers", "signals"],
    "rita": ["requests", "decide"],
    "sam": ["requests", "decide", "conversations"],
    "ann": ["conversations"],
}
PATIENCE = 30.0
KEPT = {
    "sqlite": (
        "CREATE TABLE seen (payload TEXT, kind TEXT, key TEXT, dedup TEXT, error TEXT)",
        "CREATE TRIGGER seen_new AFTER INSERT ON job BEGIN"
        " INSERT INTO seen VALUES (NEW.payload, NEW.kind, NEW.key, NEW.dedup, NEW.error); END",
        "CREATE TRIGGER seen_again AFTER UPDATE ON job BEGIN"
        " INSERT INTO seen VALUES (NEW.payload, NEW.kind, NEW.key, NEW.dedup, NEW.error); END",
    ),
    "postgresql": (
        "CREATE TABLE seen (payload TEXT, kind TEXT, key TEXT, dedup TEXT, error TEXT)",
        "CREATE FUNCTION seen_job() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO seen VALUES (NEW.payload, NEW.kind, NEW.key, NEW.dedup, NEW.error); RETURN NULL; END $$",
        "CREATE TRIGGER seen_job AFTER INSERT OR UPDATE ON job FOR EACH ROW EXECUTE FUNCTION seen_job()",
    ),
}
"""Every row that a job ever was."""
FORGET = {
    "sqlite": ("DROP TRIGGER seen_new", "DROP TRIGGER seen_again", "DROP TABLE seen"),
    "postgresql": ("DROP TRIGGER seen_job ON job", "DROP FUNCTION seen_job", "DROP TABLE seen"),
}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    cookies: tuple[str, ...]


class Company:
    """The process, who works there, and whoever it speaks to."""

    def __init__(self, folder: Path, url: str | None, watch: Watch) -> None:
        self.watch, self.outside, self._ahead = watch, Outside(), dt.timedelta()
        self.collector = Collector()
        self.port = free_port()
        key = folder / "master.key"
        key.write_bytes(b"k" * 32)
        key.chmod(0o600)
        self.kind = "sqlite" if url is None else "postgresql"
        self.app = App(self._config(folder, url or f"sqlite:///{folder}/t.db", key), clock=self.now)
        self.app.database.upgrade()
        self.write(self._people)
        self._loop = asyncio.new_event_loop()
        self._stop: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._started = threading.Event()
        self._thread.start()
        assert self._started.wait(PATIENCE)

    def _config(self, folder: Path, database: str, key: Path) -> Config:
        out = f"http://127.0.0.1:{self.outside.port}"
        notice = f"json://127.0.0.1:{self.outside.port}/notice"
        fields = ["address", "phone", "email", "name", "company", "contact_person", "bank_account", "id_document"]
        target = {"url": f"{out}/crm", "secret": SECRET, "fields": fields, "read_url": f"{out}/read"}
        return Config.model_validate(
            {
                "store": {"url": database},
                "keys": {"master_file": str(key)},
                "web": {"port": self.port, "public_url": f"http://127.0.0.1:{self.port}"},
                "tracing": {"endpoint": self.collector.endpoint},
                "notify": {"phone": [notice], "email": [notice]},
                "targets": [{"name": "crm", **target}],
                "channels": {
                    "webhooks": [{"name": "shop-app", "url": f"{out}/told", "secret": SECRET}],
                    "telegram": {
                        "enabled": True,
                        "token": "42:TEST",
                        "api_base": out,
                        "mode": "webhook",
                        "webhook_secret": TELEGRAM_SECRET,
                    },
                    "whatsapp": {
                        "enabled": True,
                        "phone_number_id": "1055",
                        "token": "t",
                        "app_secret": WHATSAPP_SECRET,
                        "verify_token": "v",
                        "api_base": out,
                    },
                },
                "risks": {
                    "contact_changes": {"count": 1000},
                    "failed_codes": {"count": 1000},
                    "young_link": {"add_proof": False},
                },
            }
        )

    def _people(self, uow: UnitOfWork) -> None:
        now = self.now()
        for name, role in STAFF.items():
            uow.staff.add(name, role, now, ACTOR)
        for statement in KEPT[self.kind]:
            uow.run(statement)
        self.tokens = {name: uow.staff.token_new(name, scopes, now, ACTOR) for name, scopes in SCOPES.items()}
        for name in ("rita", "sam"):
            found = uow.staff.token_of(self.tokens[name])
            assert found is not None
            uow.staff.token_activate(found.id, now, ACTOR)
        self.desks = {name: uow.sessions.open(name, "10.0.0.7", now) for name in STAFF}

    def _serve(self) -> None:
        @contextmanager
        def told(stop: Callable[[], None]) -> Iterator[None]:
            """Instead of a signal, which only a main thread hears."""
            self._stop = stop
            yield

        asyncio.set_event_loop(self._loop)
        with mock.patch("bot.serving.signalled", told):
            self._loop.run_until_complete(serving._serve(self.app, self._started.set))
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def close(self) -> None:
        """Stop, and leave the database as it was but for its rows."""
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(PATIENCE)
        self.app.database.write(lambda uow: [uow.run(statement) for statement in FORGET[self.kind]])
        self.app.close()
        self.outside.close()
        self.collector.close()

    # --- time and the store ----------------------------------------------------------------------------------------

    def now(self) -> dt.datetime:
        """The machine's time, and as much ahead as the test went."""
        return utc_now() + self._ahead

    def forward(self, by: dt.timedelta) -> None:
        """Time passes."""
        self._ahead += by

    def write(self, act: Callable[[UnitOfWork], T]) -> T:
        return self.app.database.write(act)

    def read(self, act: Callable[[UnitOfWork], T]) -> T:
        return self.app.database.read(act)

    def wait(self, look: Callable[[], T], what: str) -> T:
        """The first true answer; what was to be tried again later comes due while we wait."""
        end = time.monotonic() + PATIENCE
        while not (found := look()):
            assert time.monotonic() < end, f"waited for {what}"
            time.sleep(0.02)
            self.forward(dt.timedelta(seconds=0.2))
        return found

    def jobs_seen(self) -> list[tuple[Any, ...]]:
        """Every row that a job ever was, since the last time it was asked."""
        rows: list[tuple[Any, ...]] = self.read(lambda uow: uow.run("SELECT * FROM seen").fetchall())
        self.write(lambda uow: uow.run("DELETE FROM seen"))
        return rows

    # --- over HTTP -------------------------------------------------------------------------------------------------

    def request(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """One request, by a client that writes no log of its own."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            line.request(method, path, body or None, {"Origin": f"http://127.0.0.1:{self.port}", **(headers or {})})
            came = line.getresponse()
            answer = Answer(came.status, came.read().decode(), tuple(came.headers.get_all("set-cookie") or ()))
        finally:
            line.close()
        form_again = "text/html" in came.headers.get("content-type", "") and answer.status < 500
        if answer.status >= 400 and not form_again:  # a form comes back to whoever filled it in, with what they typed
            self.watch.add("errors", f"{answer.status} {answer.text} {came.headers.items()}")
        return answer

    def post(self, path: str, content: object, headers: Mapping[str, str] | None = None) -> Answer:
        """Post JSON."""
        body = json.dumps(content).encode()
        return self.request("POST", path, {"content-type": "application/json", **(headers or {})}, body)

    def bearer(self, who: str) -> dict[str, str]:
        """The header that says who calls."""
        return {"Authorization": f"Bearer {self.tokens[who]}"}

    def call(self, method: str, path: str, who: str, status: int = 200, **body: Any) -> Any:
        """One call of the API. None of an answer without a body."""
        content = json.dumps(body).encode() if body else b""
        headers = self.bearer(who) | {"content-type": "application/json"}
        answer = self.request(method, f"/api/v1{path}", headers, content)
        assert answer.status == status, (method, path, answer)
        return json.loads(answer.text) if answer.text else None

    def wrong(self, method: str, path: str, who: str, **body: Any) -> None:
        """A call that is somehow wrong: it is refused or taken for something else, and never our mistake."""
        answer = self.request(
            method, f"/api/v1{path}", self.bearer(who) | {"content-type": "application/json"}, json.dumps(body).encode()
        )
        assert answer.status < 500, (method, path, body, answer)

    def desk(self, method: str, path: str, who: str, **form: str) -> Answer:
        """One page or form of the console, as this member of staff."""
        session = self.desks[who]
        headers = {"Cookie": f"tellonce_staff={session}", "content-type": "application/x-www-form-urlencoded"}
        return self.request(
            method, path, headers, urlencode({"csrf": csrf_of(session), **form}).encode() if method == "POST" else b""
        )

    def spans(self) -> bytes:
        """Every span since the last time, as the collector got it."""
        assert self.app.tracing is not None
        assert self.app.tracing._provider.force_flush()
        raw, count = self.collector.take()
        self.watch.counted["spans"] += count
        return raw

    def metrics(self) -> bytes:
        """What Prometheus reads."""
        return self.request("GET", "/metrics").text.encode()


@contextmanager
def company(folder: Path, url: str | None, watch: Watch) -> Iterator[Company]:
    """The company for the length of a `with`."""
    made = Company(folder, url, watch)
    try:
        yield made
    finally:
        made.close()
