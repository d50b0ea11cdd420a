"""The process that is killed: a whole application with its real worker, on a given database file.

`python -m tests.crash.child` imports everything once (seconds) and then forks one process per life (milliseconds). A
life connects to the parent, reads one JSON object a line, and answers each after its commit.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import os
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bot import desk
from bot.api.once import write_once
from bot.app import App
from bot.serving import at_work
from bot.turn import handle_turn
from bot.verdict import Verdict, give_verdict
from dialogs.approval import Checker
from dialogs.effects import Decision
from dialogs.request import Role
from dialogs.types import Attachment, Inbound
from store.said import Said
from store.staff import TokenHolder
from store.uow import UnitOfWork
from tests.crash import deaths
from tests.crash.scene import config, repeatable

CLERK = "clerk"
DUE = "SELECT COUNT(*) FROM job WHERE state IN ('leased', 'behind') OR (state = 'ready' AND due_at <= ?)"


class Answer(BaseModel):
    """What staff's act was answered; kept under its Idempotency-Key."""

    refused: str | None


class Clock:
    """The worker's time: it starts where the parent says and runs."""

    def __init__(self, start: dt.datetime) -> None:
        self.set(start)

    def set(self, now: dt.datetime) -> None:
        self._start, self._began = now, time.monotonic()

    def __call__(self) -> dt.datetime:
        return self._start + dt.timedelta(seconds=time.monotonic() - self._began)


class Life:
    """One process from its start to its death."""

    def __init__(self, orders: dict[str, Any]) -> None:
        self._orders = orders
        self._reply = deaths.Countdown(orders.get("replies"))
        self.clock = Clock(dt.datetime.fromisoformat(orders["clock"]))
        made = config(Path(orders["folder"]), orders["http"], orders["life"])
        digits = made.codes.digits
        self.app = App(made, clock=self.clock, make_fresh=repeatable(orders["seed"], digits))

    async def live(self) -> None:
        """Serve until killed, or until the parent hangs up."""
        self.app.check()
        async with at_work(self.app):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._orders["port"], limit=2**20)
            _send(writer, {"pid": os.getpid(), "life": self._orders["life"]})
            async with asyncio.TaskGroup() as group:
                while line := await reader.readline():
                    group.create_task(self._serve(json.loads(line), writer))
        self.app.close()

    async def _serve(self, asked: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        answer = await getattr(self, f"do_{asked['do']}")(asked)
        self._reply()  # committed, and nobody told
        _send(writer, {"n": asked["n"], **answer})

    async def do_say(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A customer's message, at the time it says."""
        said = asked["say"]
        attachment = said.get("attachment")
        at = dt.datetime.fromisoformat(said["at"])
        inbound = Inbound(
            "webchat",
            said["chat"],
            said["id"],
            at,
            said.get("text"),
            said.get("button"),
            Attachment(attachment) if attachment else None,
            said.get("link_token"),
        )
        future = self.app.database.submit(lambda uow: handle_turn(inbound, uow, self.app.kit, at))
        return {"said": [_shown(line) for line in await asyncio.wrap_future(future)]}

    async def do_staff(self, asked: dict[str, Any]) -> dict[str, Any]:
        """An act of staff, under an Idempotency-Key as over the API."""
        holder = TokenHolder(self._orders["token"], CLERK, None, None, frozenset(), None)
        call = json.dumps(asked["staff"], sort_keys=True)

        def act(uow: UnitOfWork) -> Answer:
            decision = self._decided(uow, asked["staff"])
            return Answer(refused=None if decision.refused is None else decision.refused.value)

        answer = await asyncio.to_thread(write_once, self.app, holder, asked["key"], call, Answer, act)
        return {"refused": answer.refused}

    def _decided(self, uow: UnitOfWork, act: dict[str, Any]) -> Decision:
        now, name = dt.datetime.fromisoformat(act["at"]), act["name"]
        if act["act"] in tuple(Verdict):
            checker, number = Checker(name, Role(act["role"])), act["request"]
            digest = uow.requests.load(number).digest
            policy = self.app.policy
            return give_verdict(uow, number, Verdict(act["act"]), checker, digest, act["reason"], policy, now)
        conversation = uow.conversations.load("webchat", act["chat"], now).id
        match act["act"]:
            case "take_over":
                return desk.take_over(uow, conversation, name, now)
            case "write":
                return desk.write(uow, conversation, name, act["text"], now)
            case "hand_back":
                return desk.hand_back(uow, conversation, name, now)
        raise ValueError(act["act"])

    async def do_read(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What was said in a chat."""

        def act(uow: UnitOfWork) -> list[Said]:
            conversation = uow.conversations.find("webchat", asked["chat"])
            return [] if conversation is None else uow.conversations.messages(conversation.id, 0, 10_000)

        return {"said": [_shown(line) for line in await asyncio.to_thread(self.app.database.read, act)]}

    async def do_clock(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The worker's time moves on."""
        self.clock.set(dt.datetime.fromisoformat(asked["clock"]))
        self.app.publish(())
        return {}

    async def do_due(self, asked: dict[str, Any]) -> dict[str, Any]:
        """How many jobs are still to be done now."""
        now = int(self.clock().timestamp() * 1_000_000)

        def act(uow: UnitOfWork) -> int:
            (due,) = uow.run(DUE, (now,)).fetchone()
            return int(due)

        return {"due": await asyncio.to_thread(self.app.database.read, act)}


def _shown(line: Said) -> list[Any]:
    return [line.seq, line.author_kind.value, line.id, line.text, [list(button) for button in line.buttons]]


def _send(writer: asyncio.StreamWriter, answer: dict[str, Any]) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")


def load_libraries() -> None:
    """What a life would import lazily, so that it is in memory before the first fork."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import apprise
        import cloudevents.conversion
        import cloudevents.http  # noqa: F401

        import store.answers
        import store.check_ins
        import store.commit
        import store.facts
        import store.notices
        import store.requests  # noqa: F401

        apprise.Apprise.instantiate("json://localhost/")
    from bot.catalogues import load_catalogues
    from nlu.model import built_in_model

    load_catalogues()
    built_in_model(("address", "phone", "email", "name"))


def main() -> None:
    """Fork a life per line of standard input, one after the death of the other, and write how each ended."""
    load_libraries()
    if threading.active_count() != 1:
        raise RuntimeError("threads do not survive a fork")
    print("ready", flush=True)  # noqa: T201 - the parent waits for it
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _be_born(json.loads(line))
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the parent reads it


def _be_born(orders: dict[str, Any]) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(orders["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 1)
    os.dup2(1, 2)
    deaths.watch_statements(deaths.Countdown(orders.get("statements")), deaths.Countdown(orders.get("progress")))
    status = 1
    with contextlib.suppress(SystemExit):
        asyncio.run(Life(orders).live())
        status = 0
    os._exit(status)


if __name__ == "__main__":
    main()
