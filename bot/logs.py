"""Logs on standard error: ids, codes, counts and durations, never what a person wrote nor the value of a field.

Our own code logs with structlog. What libraries say through `logging` is not ours to trust: from WARNING upwards it
comes through with its words, and with every text that was put into them left out. An accident is its type and our
places on the way to it; its message, its arguments and its locals go nowhere.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Level = Literal["debug", "info", "warning", "error"]
LEFT_OUT = "…"
PLACES = 8
ROOT = Path(__file__).resolve().parents[1]
OURS = ("bot", "dialogs", "nlu", "store")
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?([a-zA-Z])")


def set_up_logs(level: Level, stream: TextIO | None = None) -> None:
    """Log to standard error, or to `stream`, from this level up: plain for a terminal, else JSON lines."""
    out = stream if stream is not None else sys.stderr
    structlog.configure(
        processors=[*_processors(), _renderer(out)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, Libraries):
            root.removeHandler(handler)
    root.addHandler(Libraries())
    root.setLevel(logging.WARNING)
    sys.excepthook = _accident
    threading.excepthook = lambda args: _accident(args.exc_type, args.exc_value, args.exc_traceback)


def _processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,  # the id of the request that it happened in
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        accidents_without_words,
    ]


def _renderer(out: TextIO) -> Processor:
    if out.isatty():
        return structlog.dev.ConsoleRenderer(colors=False, timestamp_key="at")
    return structlog.processors.JSONRenderer(ensure_ascii=False)


def accidents_without_words(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Put the type of an exception and our own places where its trace would stand."""
    given = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["places"] = places_of(error)
    return event


def places_of(error: BaseException) -> list[str]:
    """Where in our own code it happened, the last place last."""
    return [
        f"{path.relative_to(ROOT)}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if (path := Path(frame.filename)).is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in OURS
    ][-PLACES:]


class Libraries(logging.Handler):
    """Hands what libraries log to structlog, from WARNING upwards whatever level they gave themselves."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Never raises: a library must not fail because it logged."""
        log: Callable[..., Any] = structlog.get_logger().log
        log(record.levelno, words_of(record), logger=record.name, exc_info=record.exc_info)


def words_of(record: logging.LogRecord) -> str:
    """The library's own words: the first line of its format, numbers put in, every text left out.

    A format that is not a plain text was made by somebody else's exception, so that only its type is told.
    """
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    line = record.msg.partition("\n")[0]
    given = iter(record.args) if isinstance(record.args, tuple) else iter(())

    def put_in(found: re.Match[str]) -> str:
        value = next(given, None)
        return str(value) if isinstance(value, int | float) else LEFT_OUT

    return PLACEHOLDER.sub(put_in, line)


def _accident(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """What nobody caught."""
    if error is not None and not issubclass(kind, KeyboardInterrupt | SystemExit):
        structlog.get_logger().critical("not caught", exc_info=error)
