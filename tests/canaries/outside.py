"""Everybody whom TellOnce speaks to, on one port: gateway, targets, integrator, Telegram, WhatsApp. What is refused
comes back with an error that quotes the request, as careless servers do."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
NOT_ME = re.compile(r"/not-me/([\w-]+)")


class Outside(ThreadingHTTPServer):
    """`refuse` maps the beginning of a path to the status that it answers, as often as the number says."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = int(self.server_address[1])
        self.refuse: dict[str, tuple[int, int]] = {}
        self.notices: dict[str, dict[str, Any]] = {}
        self.heard: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up."""
        self.shutdown()
        self.server_close()
        self._thread.join(5)

    def handle_error(self, request: object, address: object) -> None:
        """A caller went away: nothing to tell."""

    def answer(self, method: str, path: str, body: str) -> tuple[int, Mapping[str, Any]]:
        """What this one answers."""
        with self._lock:
            self.heard.append((path, body))
            for start, (status, times) in self.refuse.items():
                if path.startswith(start) and times > 0:
                    self.refuse[start] = (status, times - 1)
                    return status, {"ok": False, "error_code": status, "description": f"cannot take {body}"}
            if path.startswith("/notice"):
                notice = json.loads(body)
                self.notices[notice["id"]] = notice
            if method == "GET":  # a target is read back: it holds something else
                return 200, {"phone": "+12025550000"}
            if path.startswith("/bot"):
                sent = {"message_id": len(self.heard), "date": 0, "chat": {"id": 1, "type": "private"}, "text": "…"}
                me = {"id": 42, "is_bot": True, "first_name": "TellOnce", "username": "tellonce_bot"}
                name = path.rpartition("/")[2]
                return 200, {"ok": True, "result": {"getMe": me, "sendMessage": sent}.get(name, True)}
            return 200, {"messages": [{"id": f"wamid.{len(self.heard)}"}]}

    def codes(self, addresses: frozenset[str]) -> list[str]:
        """The codes sent to any of these addresses, in order."""
        with self._lock:
            found = [CODE.search(one["message"]) for one in self.notices.values() if one["to"] in addresses]
        return [code[0] for code in found if code is not None]

    def pages(self, addresses: frozenset[str]) -> list[str]:
        """The secrets of the "this wasn't me" pages that came to any of these addresses."""
        with self._lock:
            found = [NOT_ME.search(one["message"]) for one in self.notices.values() if one["to"] in addresses]
        return [page[1] for page in found if page is not None]


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for Outside."""

    server: Outside

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        self._answer("POST", body)

    def do_GET(self) -> None:
        self._answer("GET", "")

    def _answer(self, method: str, body: str) -> None:
        status, content = self.server.answer(method, self.path, body)
        told = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""
