"""The world outside: one HTTP server that receives codes, notices and events, and knows from which life each came."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


@dataclass(frozen=True)
class Received:
    """One request. `target` is "notice" or the name of a target; `id` is what a receiver tells repeats by."""

    life: int
    target: str
    id: str
    body: bytes
    headers: dict[str, str]

    @property
    def content(self) -> dict[str, Any]:
        """The body, read."""
        content: dict[str, Any] = json.loads(self.body)
        return content


class World:
    """Takes everything at once, unless `unwilling` says no (503). `interrupt` is called with every request before and
    after it is answered; when it returns True for "before", there is no answer."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.interrupt: Callable[[str], bool] = lambda moment: False
        self.unwilling: Callable[[Received], bool] = lambda received: False
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def take(self, received: Received) -> None:
        with self._lock:
            self.received.append(received)

    def codes(self, addresses: frozenset[str]) -> list[str]:
        """The codes sent to any of these addresses, in order, each once."""
        with self._lock:
            notices = {one.id: one.content for one in self.received if one.target == "notice"}
        found = [CODE.search(notice["message"]) for notice in notices.values() if notice["to"] in addresses]
        return [code[0] for code in found if code is not None]


def _handler(world: World) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) < length:  # the sender was killed in the middle of it
                self.close_connection = True
                return
            _, life, target = self.path.split("?")[0].rstrip("/").split("/")
            headers = {name.lower(): value for name, value in self.headers.items()}
            id = json.loads(body)["id"] if target == "notice" else headers["webhook-id"]
            received = Received(int(life), target, id, body, headers)
            status = 503 if world.unwilling(received) else 204
            world.take(received)
            if world.interrupt("before"):
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()
            self.wfile.flush()
            world.interrupt("after")

        def log_message(self, *_: object) -> None:
            return

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the sender was killed in the middle
                self.close_connection = True

    return Handler
