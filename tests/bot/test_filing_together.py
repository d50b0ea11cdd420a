"""Many customers file at the same moment, on two servers of one PostgreSQL."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

from bot.app import App
from bot.turn import handle_turn
from dialogs.effects import Decision, Link
from dialogs.types import Actor, ActorKind, Inbound
from store.customers import NewCustomer
from store.said import Said
from tests.bot.several import Several
from tests.crash.scene import repeatable
from tests.postgres import Server

AT_ONCE = 40
NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
FRESH = repeatable("filing", 6)
SYSTEM = Actor(ActorKind.SYSTEM, "test", "test")


def test_whoever_files_at_the_same_moment_as_others_gets_a_number(server: Server, tmp_path: Path) -> None:
    url = server.new()
    with closing(Several(tmp_path, url, ())) as company:
        company.found([customer(n) for n in range(AT_ONCE)])
        one, other = (App(company.app.config, make_fresh=FRESH) for _ in range(2))
        with closing(one), closing(other):
            for n in range(AT_ONCE):
                link(one, n)
                say(one, n, "m1", "Hi, I moved to 12 Oak Street, Springfield, IL 62704").result()
            sent = [say(one, n, "m2", "yes") for n in range(AT_ONCE)]
            assert all([line.id for line in answer.result()][-1] == "code-sent" for answer in sent)

            filed = [say((one, other)[n % 2], n, "m3", code(n)) for n in range(AT_ONCE)]

            assert all([line.id for line in answer.result()][-1] == "filed" for answer in filed)
            numbers = one.database.read(lambda uow: uow.run("SELECT number FROM change_request").fetchall())
    assert sorted(number for (number,) in numbers) == [f"CR-2026-{n + 1:06}" for n in range(AT_ONCE)]
    server.drop(url)


def customer(n: int) -> NewCustomer:
    return NewCustomer(name={"full": "Ada Example"}, phone={"e164": f"+1202555{100 + n:04}"}, no=f"C{n}")


def link(app: App, n: int) -> None:
    """The chat is the customer's."""

    def act(uow):  # type: ignore[no-untyped-def]
        chat = uow.conversations.load("api", f"chat-{n}", NOW)
        uow.commit(Decision(chat, effects=(Link(uow.customers.by_no(f"C{n}").id, "api"),)), SYSTEM, NOW)

    app.database.write(act)


def say(app: App, n: int, id: str, text: str) -> Future[tuple[Said, ...]]:
    """A message of this customer's."""
    inbound = Inbound("api", f"chat-{n}", id, NOW, text=text)
    return app.database.submit(lambda uow: handle_turn(inbound, uow, app.kit, NOW))


def code(n: int) -> str:
    """The code that their "yes" sent."""
    return FRESH(Inbound("api", f"chat-{n}", "m2", NOW, text="yes")).codes[0]
