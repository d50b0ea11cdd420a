"""What stands on the other side, as real HTTP servers on loopback: a gateway for codes, and a company's system."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + "c3RvcmllcyBhcmUgdG9sZCB0byB0aGUgZW5kIDEyMzQ="
PATIENCE = 20.0
T = TypeVar("T")


def until(look: Callable[[], T | None], what: str | Callable[[], str], patience: float = PATIENCE) -> T:
    """The first true answer; an AssertionError that says what was waited for when there is none in time."""
    ends = time.monotonic() + patience
    while not (found := look()):
        if time.monotonic() > ends:
            raise AssertionError(f"waited {patience:.0f} s for {what if isinstance(what, str) else what()}")
        time.sleep(0.03)
    return found


class Server(ThreadingHTTPServer):
    """Hands every request's body to `take`, which gives the status."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = int(self.server_address[1])

    def take(self, headers: dict[str, str], body: bytes) -> int:
        raise NotImplementedError


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for a Server."""

    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        status = self.server.take({key.lower(): value for key, value in self.headers.items()}, body)
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""


class Gateway(Server):
    """Keeps every notice it was given, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.notices: list[dict[str, str]] = []
        self._read: set[str] = set()

    def take(self, headers: dict[str, str], body: bytes) -> int:
        self.notices.append(json.loads(body))
        return 200

    def to(self, address: str) -> list[str]:
        """The texts that went to this phone or mailbox."""
        return [notice["message"] for notice in self.notices if notice["to"] == address]

    def code(self, address: str) -> str:
        """Wait for the next code to this address; the person has not read it before."""

        def look() -> dict[str, str] | None:
            fresh = (one for one in self.notices if one["to"] == address and one["id"] not in self._read)
            return next((one for one in fresh if re.search(r"\b\d{6}\b|\d{6}", one["message"])), None)

        notice = until(look, f"a code to …{address[-4:]}")
        self._read.add(notice["id"])
        found = re.search(r"\d{6}", notice["message"])
        assert found
        return found[0]

    def word(self, address: str, sign: str) -> str:
        """Wait for the notice to this address in which `sign` stands."""
        return until(lambda: next((text for text in self.to(address) if sign in text), None), f"a notice: {sign}")


class System(Server):
    """A target: believes only what is signed, keeps what it was told, refuses the very first call to be told again."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []
        self.forged = 0
        self._refused = False

    def take(self, headers: dict[str, str], body: bytes) -> int:
        try:
            event = Webhook(SECRET).verify(body, headers)
        except WebhookVerificationError:
            self.forged += 1
            return 401
        if not self._refused:
            self._refused = True
            return 503
        self.events.append({"key": headers["webhook-id"], **event})
        return 204

    def told(self, number: str) -> dict[str, Any]:
        """Wait for the event of one request; it comes exactly once."""

        def look() -> list[dict[str, Any]]:
            return [event for event in self.events if event["data"]["request"] == number]

        (event,) = until(look, f"the event of {number}")
        assert event["type"] == "tellonce.change.applied.v1"
        assert event["key"] == event["id"]
        data: dict[str, Any] = event["data"]
        return data


@contextmanager
def listening(server: Server) -> Iterator[None]:
    """The server answers for the length of a `with`."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
