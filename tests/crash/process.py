"""The child process seen from the parent: born, spoken to over a socket, killed, asked how it ended."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BIRTH, DEATH = 60.0, 20.0
"""Seconds that a process may take to begin and to end; nothing here may hang."""


class Host:
    """Forks lives; see tests.crash.child."""

    def __init__(self, log: Path) -> None:
        self._log, self._busy = log, False
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.child"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=out,
                bufsize=0,
            )
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(BIRTH)
        if self._line(BIRTH) != "ready":
            raise RuntimeError(log.read_text())

    def bear(self, orders: dict[str, Any]) -> Life:
        """A new life with these orders; None when it died before it could be spoken to."""
        assert self._process.stdin is not None
        port = self._listening.getsockname()[1]
        self._busy = True
        self._process.stdin.write(json.dumps(orders | {"port": port, "log": str(self._log)}).encode() + b"\n")
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._listening, self._process.stdout], [], [], BIRTH)
        if self._listening not in ready:
            return Life(None)
        connection, _ = self._listening.accept()
        return Life(connection)

    def ended(self) -> int:
        """How the last life ended; minus the signal that killed it. Waits for its end."""
        status = int(self._line(DEATH))
        self._busy = False
        return status

    def clear(self, life: Life) -> None:
        """After a failure: end what still lives, so that the next run finds nothing of it."""
        life.kill()
        life.close()
        if self._busy:
            self.ended()

    def complaint(self) -> str:
        """What lives wrote to stderr."""
        return self._log.read_text(errors="replace")[-4000:]

    def close(self) -> None:
        """No more lives."""
        self._listening.close()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(DEATH)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(DEATH)
        self._process.stdout.close()

    def _line(self, seconds: float) -> str:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        if not ready:
            raise TimeoutError(f"the child is silent: {self.complaint()}")
        return self._process.stdout.readline().decode().strip()


class Life:
    """One process. `pid` is 0 when it was dead before it said a word."""

    def __init__(self, connection: socket.socket | None) -> None:
        self._connection, self._rest = connection, b""
        self.alive = connection is not None
        self.pid = 0
        if connection is not None:
            hello = self.hear(BIRTH)
            self.pid = hello[0]["pid"] if hello else 0

    def say(self, message: dict[str, Any]) -> None:
        """Send one line, if somebody is there."""
        if self._connection is not None and self.alive:
            try:
                self._connection.settimeout(DEATH)
                self._connection.sendall(json.dumps(message).encode() + b"\n")
            except OSError:
                self.alive = False

    def hear(self, seconds: float) -> list[dict[str, Any]]:
        """The answers that have come; waits for one. An empty list at a death or when nothing came in time."""
        until = time.monotonic() + seconds
        while self._connection is not None and self.alive and b"\n" not in self._rest:
            try:
                self._connection.settimeout(max(until - time.monotonic(), 0.001))
                more = self._connection.recv(2**16)
            except TimeoutError:
                break
            except OSError:
                more = b""
            self.alive = self.alive and bool(more)
            self._rest += more
        *lines, self._rest = self._rest.split(b"\n")
        return [json.loads(line) for line in lines]

    def kill(self) -> None:
        """SIGKILL, unless it just ended in another way."""
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.pid = 0

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
        self.alive = False
