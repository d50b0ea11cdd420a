"""What reaches the log, and what does not."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bot.logs import Libraries, set_up_logs
from bot.parse import ParseLineError, parse_stream
from nlu.model import built_in_model
from tests.bot.app_fixture import house

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
TYPED = "14 Oak Street"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    level, hooks = logging.getLogger().level, (sys.excepthook, threading.excepthook)
    set_up_logs("info", stream)
    yield stream
    sys.excepthook, threading.excepthook = hooks
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, Libraries)]:
        root.removeHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_json_with_time_and_level(log: io.StringIO) -> None:
    structlog.get_logger().info("job.again", attempts=2)

    line = json.loads(log.getvalue())
    assert (line["event"], line["level"], line["attempts"]) == ("job.again", "info", 2)
    assert "at" in line


def test_an_accident_is_told_without_its_words(log: io.StringIO) -> None:
    try:
        raise ValueError(TYPED)
    except ValueError:
        structlog.get_logger().exception("turn failed")

    assert "ValueError" in log.getvalue()
    assert TYPED not in log.getvalue()


def test_a_librarys_warning_comes_without_what_was_put_into_it(log: io.StringIO) -> None:
    logging.getLogger("some.library").warning("could not send %s after %d tries", TYPED, 3)

    assert "after 3 tries" in log.getvalue()
    assert TYPED not in log.getvalue()


def test_what_is_below_the_level_is_not_told(log: io.StringIO) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("httpx").info("GET %s", "http://crm.example/customers/CUST202601010001")

    assert log.getvalue() == ""


@pytest.mark.usefixtures("log")  # it puts everything back
def test_a_terminal_gets_plain_lines() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    set_up_logs("info", stream)
    structlog.get_logger().info("serving", port=8000)

    assert "serving" in stream.getvalue()
    assert "port=8000" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_only_our_own_places_are_named(log: io.StringIO) -> None:
    try:
        parse_stream(["{"], [].append, built_in_model(), NOW)
    except ParseLineError:
        structlog.get_logger().exception("odd")

    line = json.loads(log.getvalue())
    assert line["error"] == "ParseLineError"
    assert line["places"]
    assert all(place.startswith("bot/parse.py:") for place in line["places"])


async def test_a_task_that_nobody_waited_for_is_told_by_its_type(log: io.StringIO) -> None:
    async def fail() -> None:
        raise ValueError(TYPED)

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    del task
    gc.collect()

    line = json.loads(log.getvalue())
    assert (line["event"], line["error"]) == ("Task exception was never retrieved", "ValueError")
    assert TYPED not in log.getvalue()


def test_a_thread_that_fails_is_told_by_its_type(log: io.StringIO) -> None:
    def fail() -> None:
        raise ValueError(TYPED)

    hook = threading.excepthook  # pytest has put its own in place of ours for the length of the test
    set_up_logs("info", log)
    try:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    finally:
        threading.excepthook = hook

    line = json.loads(log.getvalue())
    assert (line["event"], line["error"], line["level"]) == ("not caught", "ValueError", "critical")
    assert TYPED not in log.getvalue()


class Quoting(Exception):
    """A library's exception that logs itself instead of words."""


@pytest.mark.parametrize(
    ("message", "arguments", "told"),
    [
        (Quoting(TYPED), (), "Quoting"),
        ("two lines\n" + TYPED, (), "two lines"),
        ("%(who)s left", ({"who": TYPED},), "… left"),
        ("%s of %.1f and %5d", (TYPED, 2.5, 7), "… of 2.5 and 7"),
        ("100 percent", (), "100 percent"),
    ],
)
def test_whatever_a_library_puts_into_its_words_stays_out(
    log: io.StringIO, message: object, arguments: tuple[object, ...], told: str
) -> None:
    logging.getLogger("some.library").error(message, *arguments)

    assert json.loads(log.getvalue())["event"] == told
    assert TYPED not in log.getvalue()


def test_a_whole_conversation_and_its_accidents_leave_no_words(
    log: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the lowest level, through the API: what is typed, what is on record, and the link token stay out."""
    with house(tmp_path) as home:
        set_up_logs("debug", log)
        logging.getLogger().setLevel(logging.DEBUG)
        no = home.customer()
        headers = home.token("site", ["messages", "links", "customers"])
        secret = home.client.post("/api/v1/link-tokens", json={"customer": no}, headers=headers).json()["token"]
        home.client.get(f"/chat?link={secret}")
        chat = {"channel": "api", "chat": "c1"}
        home.client.post("/api/v1/links", json={**chat, "customer": no}, headers=headers)
        for id, text in enumerate((f"I moved to {TYPED}, Springfield 62704", "yes", "现在是13800001111")):
            answer = home.client.post("/api/v1/messages", json={**chat, "id": f"m{id}", "text": text}, headers=headers)
            assert answer.status_code == 200

        def fail(*_: object, **__: object) -> None:
            raise ValueError(TYPED)

        monkeypatch.setattr("bot.app.handle_turn", fail)
        answer = home.client.post("/api/v1/messages", json={**chat, "id": "m9", "text": TYPED}, headers=headers)
        assert answer.status_code == 500

    told = log.getvalue()
    assert "ValueError" in told
    assert not [word for word in (TYPED, "Oak", "62704", "1380", "Elm", "0147", secret) if word in told]
