"""Gathers all that a TellOnce gives away of itself while it works: logs, metrics, traces, errors, job payloads."""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from bot.logs import Libraries, set_up_logs

OURS = ("bot", "dialogs", "nlu", "store")


class Watch:
    """What was given away so far, by place. `take` empties it."""

    def __init__(self) -> None:
        self.log = io.StringIO()
        self._libraries = io.StringIO()
        self._lock = threading.Lock()
        self._said: dict[str, list[str]] = {"exceptions": [], "errors": []}
        self.counted = {"log lines": 0, "exceptions": 0, "errors": 0, "spans": 0}

    def add(self, place: str, text: str) -> None:
        """Something was given away here."""
        with self._lock:
            self._said[place].append(text)
            self.counted[place] += 1

    def take(self) -> dict[str, bytes]:
        """All of it since the last time."""
        with self._lock:
            found = {place: "\n".join(texts).encode() for place, texts in self._said.items()}
            for texts in self._said.values():
                texts.clear()
        for place, stream in (("log", self.log), ("libraries' own log", self._libraries)):
            found[place] = stream.getvalue().encode(errors="surrogatepass")
            stream.seek(0)
            stream.truncate()
        self.counted["log lines"] += found["log"].count(b"\n")
        return found

    @contextmanager
    def everything(self) -> Iterator[None]:
        """Every logger at its lowest level, ours as we run it and the libraries' also as they would write themselves;
        every exception of ours with its words."""
        root = logging.getLogger()
        level, hooks = root.level, (sys.excepthook, threading.excepthook)
        beside = logging.StreamHandler(self._libraries)
        beside.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        set_up_logs("debug", self.log)
        root.addHandler(beside)
        root.setLevel(logging.DEBUG)
        with self._exceptions():
            try:
                yield
            finally:
                root.removeHandler(beside)
                for handler in [one for one in root.handlers if isinstance(one, Libraries)]:
                    root.removeHandler(handler)
                root.setLevel(level)
                sys.excepthook, threading.excepthook = hooks
                structlog.reset_defaults()

    @contextmanager
    def _exceptions(self) -> Iterator[None]:
        """Note what every exception class of ours is made with."""
        kinds = [kind for kind in _all_kinds(Exception) if kind.__module__.split(".")[0] in OURS]
        own = {kind: kind.__dict__.get("__init__") for kind in kinds}

        def noting(kind: type[BaseException], before: Callable[..., None]) -> Callable[..., None]:
            def init(error: BaseException, *given: Any, **named: Any) -> None:
                self.add("exceptions", f"{kind.__name__} {given!r} {named!r}")
                before(error, *given, **named)

            return init

        for kind in kinds:
            kind.__init__ = noting(kind, kind.__init__)  # type: ignore[misc]
        try:
            yield
        finally:
            for kind, before in own.items():
                if before is None:
                    del kind.__init__  # type: ignore[misc]
                else:
                    kind.__init__ = before  # type: ignore[misc]


def _all_kinds(kind: type[Exception]) -> Iterator[type[Exception]]:
    for below in kind.__subclasses__():
        yield below
        yield from _all_kinds(below)
