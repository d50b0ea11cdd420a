"""A whole application at work, with messengers that are on, called in-process."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from bot.app import App
from bot.config import Config
from bot.server import make_server
from bot.serving import at_work
from dialogs.effects import Decision, Tell
from dialogs.types import Actor, ActorKind, Conversation, Reply
from store.customers import NewCustomer
from store.uow import UnitOfWork
from tests.bot.app_fixture import MASTER, migrated
from tests.bot.opened import until
from tests.fakes import FakeClock

ACTOR = Actor(ActorKind.SYSTEM, "test", "test")


class Company:
    """The application, its clock, and a client of its web server."""

    def __init__(self, app: App, clock: FakeClock, http: httpx.AsyncClient) -> None:
        self.app, self.clock, self.http = app, clock, http

    def chat(self, channel: str, chat: str) -> Conversation:
        """The conversation as it is now."""
        found = self.app.database.read(lambda uow: uow.conversations.find(channel, chat))
        assert found is not None
        return found

    def tell(self, conversation: Conversation, reply: Reply) -> None:
        """The bot says something outside of a turn."""

        def act(uow: UnitOfWork) -> None:
            uow.commit(Decision(effects=(Tell(conversation.id, reply),)), ACTOR, self.clock())

        self.app.database.write(act)
        self.app.publish(())

    def parked(self) -> list[str | None]:
        """Why deliveries are parked."""
        parked = self.app.database.read(lambda uow: uow.jobs.page("parked"))
        return [job.error for job in parked if job.kind.startswith("deliver")]

    def waiting(self) -> int:
        """How many jobs of deliveries are not done."""

        def count(uow: UnitOfWork) -> int:
            states = ("ready", "behind", "leased", "parked")
            jobs = [job for state in states for job in uow.jobs.page(state)]
            return sum(job.kind.startswith("deliver") for job in jobs)

        return self.app.database.read(count)

    async def until_put_off(self, code: int) -> None:
        """Wait until a job was refused for this and put back for later."""

        def look(uow: UnitOfWork) -> bool:
            return any((job.error or "").endswith(f":{code}") for job in uow.jobs.page("ready"))

        await until(lambda: self.app.database.read(look))

    async def until_parked(self, *reasons: str) -> None:
        """Wait until just these are parked."""
        await until(lambda: self.parked() == list(reasons))

    async def forward(self, seconds: float) -> None:
        """Let time pass, and the worker look."""
        self.clock.forward(seconds)
        self.app.publish(())
        await asyncio.sleep(0.05)

    def customer(self, no: str = "CUST202601010001", **values: Any) -> str:
        """Add a customer; returns the id."""
        new = NewCustomer(
            **{"name": {"full": "Ada Example"}, "phone": {"e164": "+12025550147"}, "no": no, **values}  # type: ignore[arg-type]
        )
        return self.app.database.write(lambda uow: uow.customers.add(new, self.clock(), ACTOR))

    def link_token(self, customer: str) -> str:
        """A token of a deep link."""
        lifetime = self.app.policy.link_token_lifetime
        return self.app.database.write(lambda uow: uow.customers.link_token(customer, self.clock(), lifetime))


@asynccontextmanager
async def company(
    folder: Path, channels: Mapping[str, Any], make: Callable[[App], None] = lambda app: None, **settings: Any
) -> AsyncIterator[Company]:
    """The application at work for the length of a `with`. `make` is called before it starts."""
    key = folder / "master.key"
    if not key.exists():
        key.write_bytes(MASTER)
        key.chmod(0o600)
    base = {"store": {"url": f"sqlite:///{folder}/t.db"}, "keys": {"master_file": str(key)}, "channels": channels}
    if not (folder / "t.db").exists():
        shutil.copy(migrated(), folder / "t.db")
    clock = FakeClock()
    app = App(Config.model_validate(base | settings), clock=clock)
    try:
        app.database.upgrade()
        make(app)
        transport = httpx.ASGITransport(make_server(app))
        async with at_work(app), httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            yield Company(app, clock, http)
    finally:
        app.close()


def body_of(answer: httpx.Response) -> Any:
    """What stands in a JSON answer."""
    return json.loads(answer.content)
