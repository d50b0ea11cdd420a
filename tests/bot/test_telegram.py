"""The Telegram channel, with the real aiogram over HTTP against the local Bot API server."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import httpx
import pytest
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.types import InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyKeyboardRemove, Update
from aiohttp import web
from starlette.applications import Starlette

from bot.channels.pace import Pace
from bot.channels.telegram import TelegramChannel, TelegramSettings, keyboard
from bot.channels.telegram_hook import WEBHOOK_PATH, route
from bot.channels.telegram_inbound import inbound_of
from bot.errors import PermanentDeliveryError, TemporaryDeliveryError
from bot.worker import Work, Worker
from dialogs.effects import Decision, Flag
from dialogs.flags import FlagReason
from dialogs.types import ActorKind, Attachment, Inbound, Reply
from store.conversations import ClaimConflict
from store.said import Said
from store.uow import UnitOfWork
from tests.bot.opened import opened, until, working
from tests.fakes import FakeClock, FakeDatabase, FakeJobs, FakeLease
from tests.store.road import STAFF, Road
from tests.telegram_server import TelegramServer, telegram_server

AT = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
SECRET = "s3cret_-"


def said(seq: int, text: str, *buttons: tuple[str, str]) -> Said:
    return Said(seq=seq, author_kind=ActorKind.BOT, author="bot", id="x", text=text, buttons=buttons, at=AT)


class Store:
    """Chats and what was said in them."""

    def __init__(self) -> None:
        self.chats: dict[str, str] = {}
        self.said: dict[str, list[Said]] = {}
        self.conversations = self
        self.jobs = FakeJobs()
        self.committed: list[Decision] = []

    def commit(self, decision: Decision, actor: Any, now: dt.datetime) -> None:
        self.committed.append(decision)

    def by_id(self, conversation: str) -> Any:
        return SimpleNamespace(chat=self.chats[conversation])

    def messages_for_customer(self, conversation: str, after: int = 0, limit: int = 200) -> list[Said]:
        return [message for message in self.said[conversation] if message.seq > after][:limit]

    def say(self, chat: int, text: str, *buttons: tuple[str, str]) -> dict[str, Any]:
        conversation = f"c{chat}"
        self.chats[conversation] = str(chat)
        messages = self.said.setdefault(conversation, [])
        messages.append(said(len(messages) + 1, text, *buttons))
        payload = {"conversation": conversation, "seq": len(messages)}
        self.jobs.add("deliver", AT, key=conversation, **payload)
        return payload


class App:
    """Records what came in; `accidents` are raised instead, one each time."""

    def __init__(self) -> None:
        self.received: list[Inbound] = []
        self.accidents: list[Exception] = []
        self.delays: dict[str, float] = {}

    async def receive(self, inbound: Inbound) -> tuple[Said, ...]:
        await asyncio.sleep(self.delays.get(inbound.chat, 0))
        if self.accidents:
            raise self.accidents.pop(0)
        self.received.append(inbound)
        return ()

    async def until(self, count: int) -> list[Inbound]:
        async with asyncio.timeout(5):
            while len(self.received) < count:  # noqa: ASYNC110 - a test looks
                await asyncio.sleep(0.01)
        return self.received


class Bench:
    """A server, a channel and what stands behind it."""

    def __init__(self, server: TelegramServer, **settings: Any) -> None:
        self.server, self.app, self.store = server, App(), Store()
        self.pace = Pace(per_second=1000, per_chat=1000)
        self.channel = TelegramChannel(
            TelegramSettings(**{"token": server.token, "api_base": server.url, "poll_seconds": 1, **settings}),
            self.app.receive,
            FakeDatabase(self.store),  # type: ignore[arg-type]
            pace=self.pace,
            patience=(0.01, 0.01),
        )

    def lease(self, payload: dict[str, Any]) -> FakeLease:
        return FakeLease(1, "deliver", payload["conversation"], payload)

    async def deliver(self, payload: dict[str, Any]) -> None:
        await self.channel.deliver(self.lease(payload))  # type: ignore[arg-type]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.channel.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def shut(channel: TelegramChannel) -> None:
    """Close a channel without the quarter of a second that aiogram grants to TLS."""
    session = channel._bot.session
    if isinstance(session, AiohttpSession) and session._session is not None:
        await session._session.close()
    await channel.close()


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with telegram_server() as running:
        yield running


@pytest.fixture
async def bench(server: TelegramServer) -> AsyncIterator[Bench]:
    made = Bench(server)
    yield made
    await shut(made.channel)


# --- in ---------------------------------------------------------------------------------------------------------------


async def test_a_message_becomes_an_inbound(bench: Bench) -> None:
    message = bench.server.user_sends(7, "我换手机号了", language="zh-hans")

    async with bench.running():
        (inbound,) = await bench.app.until(1)

    assert (inbound.channel, inbound.chat, inbound.id) == ("telegram", "7", f"m{message}")
    assert (inbound.text, inbound.locale) == ("我换手机号了", "zh-hans")
    assert inbound.at.tzinfo is dt.UTC


async def test_a_tap_becomes_a_button_and_is_answered(bench: Bench) -> None:
    bench.server.user_sends(7, "hi")
    await bench.deliver(bench.store.say(7, "May I file this?", ("consent.yes", "Yes, file it")))
    (shown,) = bench.server.to(7)
    query = bench.server.user_taps(7, shown.id, "consent.yes")

    async with bench.running():
        await bench.app.until(2)
        async with asyncio.timeout(5):
            while not bench.server.answered:  # noqa: ASYNC110 - a test looks
                await asyncio.sleep(0.01)

    assert bench.app.received[1].button == "consent.yes"
    assert bench.app.received[1].id == f"c{query}"
    assert bench.server.answered == [query]


async def test_the_offset_moves_on_only_after_the_turn_is_committed(bench: Bench) -> None:
    bench.server.user_sends(7, "hi")
    bench.app.delays["7"] = 60

    async with bench.running():
        await asyncio.sleep(0.2)
    assert bench.server.pending == 1  # killed in mid-turn: Telegram still has it

    bench.app.delays.clear()
    async with bench.running():
        await bench.app.until(1)
        bench.server.user_sends(7, "again")
        await bench.app.until(2)

    assert [inbound.text for inbound in bench.app.received] == ["hi", "again"]


async def test_a_failed_turn_is_tried_again_in_order(bench: Bench) -> None:
    bench.app.accidents = [RuntimeError("boom"), RuntimeError("boom")]
    bench.server.user_sends(7, "one")
    bench.server.user_sends(7, "two")

    async with bench.running():
        received = await bench.app.until(2)

    assert [inbound.text for inbound in received] == ["one", "two"]


async def test_an_update_that_always_fails_does_not_keep_the_others_waiting_for_ever(bench: Bench) -> None:
    bench.app.accidents = [ValueError("poison") for _ in range(3)]
    bench.server.user_sends(7, "poison")
    bench.server.user_sends(7, "fine")

    async with bench.running():
        received = await bench.app.until(1)

    assert [inbound.text for inbound in received] == ["fine"]


async def test_a_conflicting_repeat_is_left_alone(bench: Bench) -> None:
    bench.app.accidents = [ClaimConflict("m1")]
    bench.server.user_sends(7, "one")
    bench.server.user_sends(7, "two")

    async with bench.running():
        (inbound,) = await bench.app.until(1)

    assert inbound.text == "two"


async def test_a_slow_chat_does_not_hold_another(bench: Bench) -> None:
    bench.app.delays["7"] = 1.0
    bench.server.user_sends(7, "slow")
    bench.server.user_sends(8, "quick")

    async with bench.running():
        received = await bench.app.until(1)

    assert received[0].chat == "8"


async def test_polling_survives_telegrams_own_troubles(bench: Bench) -> None:
    bench.server.fail("getMe", 502)
    bench.server.fail("getUpdates", 429, retry_after=1)
    bench.server.user_sends(7, "hi")

    async with bench.running():
        await bench.app.until(1)

    assert bench.channel.username == "tellonce_bot"


@pytest.mark.parametrize(
    ("parts", "attachment"),
    [
        ({"voice": {"file_id": "f", "file_unique_id": "u", "duration": 1}}, Attachment.VOICE),
        ({"photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]}, Attachment.PHOTO),
        ({"location": {"latitude": 1.0, "longitude": 1.0}}, Attachment.LOCATION),
        ({"contact": {"phone_number": "+14155550101", "first_name": "Q", "user_id": 99}}, Attachment.CONTACT),
        ({"contact": {"phone_number": "+14155550101", "first_name": "Q"}}, Attachment.CONTACT),
        ({"dice": {"emoji": "🎲", "value": 3}}, Attachment.OTHER),
    ],
)
async def test_what_is_not_text_is_named_and_nothing_of_it_taken(
    bench: Bench, parts: dict[str, Any], attachment: Attachment
) -> None:
    bench.server.user_sends(7, **parts)

    async with bench.running():
        (inbound,) = await bench.app.until(1)

    assert inbound.attachment is attachment
    assert inbound.text is None


async def test_the_senders_own_contact_card_is_a_phone_number(bench: Bench) -> None:
    bench.server.user_shares(7, "14155550101")
    bench.server.user_shares(7, "+1 415 555 0101")

    async with bench.running():
        plain, written = await bench.app.until(2)

    assert plain.vouched == written.vouched == "+14155550101"
    assert plain.text is plain.attachment is None


async def test_sharing_ones_number_is_a_key_below_the_chat_and_goes_away_once_linked(bench: Bench) -> None:
    asked = keyboard((("contact.share", "Share my phone number"), ("cancel", "Cancel")))
    assert isinstance(asked, ReplyKeyboardMarkup)
    assert [(key.text, bool(key.request_contact)) for row in asked.keyboard for key in row] == [
        ("Share my phone number", True),
        ("Cancel", False),
    ]
    assert isinstance(keyboard((), "linked"), ReplyKeyboardRemove)
    bench.server.user_sends(7, "hi")

    await bench.deliver(bench.store.say(7, "Your number, please", ("contact.share", "Share my phone number")))

    (sent,) = bench.server.to(7)
    assert sent.shares == ("Share my phone number",)
    assert sent.buttons == ()


async def test_an_edited_message_is_named(bench: Bench) -> None:
    message = bench.server.user_sends(7, "hi")
    bench.server.user_edits(7, message, "hello")

    async with bench.running():
        received = await bench.app.until(2)

    assert received[1].attachment is Attachment.EDITED
    assert received[1].id != received[0].id


async def test_a_deep_link_carries_its_token(bench: Bench) -> None:
    bench.server.user_sends(7, "/start abc_DEF-1")
    bench.server.user_sends(7, "/start")

    async with bench.running():
        first, second = await bench.app.until(2)

    assert (first.link_token, first.text) == ("abc_DEF-1", None)
    assert (second.link_token, second.text) == (None, "hello")


def test_only_private_chats_with_people_are_read() -> None:
    person = {"id": 7, "is_bot": False, "first_name": "P"}
    group = {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "group"}, "from": person, "text": "hi"}

    assert inbound_of(Update.model_validate({"update_id": 1, "message": group})) is None
    assert inbound_of(Update.model_validate({"update_id": 1})) is None


# --- webhook ----------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def mounted(handler: Callable[[Any, bytes], Awaitable[int]]) -> AsyncIterator[str]:
    async def route(request: web.Request) -> web.Response:
        return web.Response(status=await handler(request.headers, await request.read()))

    app = web.Application()
    app.router.add_post("/hook", route)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}/hook"
    finally:
        await runner.cleanup()


async def test_a_webhook_delivers_with_its_secret_and_repeats_until_the_turn_is_committed(
    server: TelegramServer,
) -> None:
    made: list[Bench] = []
    async with mounted(lambda headers, body: made[0].channel.webhook(headers, body)) as url:
        bench = Bench(server, webhook_url=url, webhook_secret=SECRET)
        made.append(bench)
        await bench.channel.run()  # with a webhook there is nothing to poll
        bench.app.accidents = [RuntimeError("boom")]
        server.user_sends(7, "hi")
        await bench.app.until(1)
        async with asyncio.timeout(5):
            while server.webhook_statuses[-1:] != [200]:  # noqa: ASYNC110 - a test looks
                await asyncio.sleep(0.01)
        await shut(bench.channel)

    assert server.webhook_secret == SECRET
    assert server.webhook_statuses == [500, 200]


@pytest.mark.parametrize("headers", [{}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}])
async def test_a_forged_webhook_is_refused(server: TelegramServer, headers: dict[str, str]) -> None:
    bench = Bench(server, webhook_url="http://127.0.0.1:1/hook", webhook_secret=SECRET)

    async with (
        mounted(bench.channel.webhook) as url,
        aiohttp.ClientSession() as session,
        session.post(url, json={"update_id": 1}, headers=headers) as answer,
    ):
        assert answer.status == 401
    await shut(bench.channel)

    assert bench.app.received == []


async def test_a_malformed_webhook_is_a_bad_request(server: TelegramServer) -> None:
    bench = Bench(server, webhook_url="http://127.0.0.1:1/hook", webhook_secret=SECRET)
    right = {"x-telegram-bot-api-secret-token": SECRET}

    assert await bench.channel.webhook(right, b"\xff{") == 400
    assert await bench.channel.webhook(right, b'{"update_id": "x"}') == 400
    await shut(bench.channel)


async def test_the_route_answers_what_the_channel_says_and_503_without_one() -> None:
    class Fixed:
        async def webhook(self, headers: Mapping[str, str], body: bytes) -> int:
            return 200 if headers["x-telegram-bot-api-secret-token"] == SECRET and body == b"{}" else 401

    running: list[Fixed] = []
    app = Starlette(routes=[route(lambda: running[0] if running else None)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        before = await client.post(WEBHOOK_PATH, content=b"{}", headers=headers)
        running.append(Fixed())
        after = await client.post(WEBHOOK_PATH, content=b"{}", headers=headers)
        fetched = await client.get(WEBHOOK_PATH)

    assert (before.status_code, after.status_code, fetched.status_code) == (503, 200, 405)


async def test_without_a_webhook_no_secret_is_right(bench: Bench) -> None:
    assert await bench.channel.webhook({}, b'{"update_id": 1}') == 404


# --- out --------------------------------------------------------------------------------------------------------------


async def test_a_message_goes_out_with_its_buttons(bench: Bench) -> None:
    bench.server.user_sends(7, "hi")

    await bench.deliver(bench.store.say(7, "May I?", ("yes", "Yes"), ("no", "No")))

    (sent,) = bench.server.to(7)
    assert sent.text == "May I?"
    assert sent.buttons == (("yes", "Yes"), ("no", "No"))


async def test_a_long_text_goes_out_in_parts_with_the_buttons_last(bench: Bench) -> None:
    bench.server.user_sends(7, "hi")

    await bench.deliver(bench.store.say(7, "x" * 5000, ("yes", "Yes")))

    first, second = bench.server.to(7)
    assert (len(first.text), first.buttons) == (4096, ())
    assert (len(second.text), second.buttons) == (904, (("yes", "Yes"),))


async def test_a_part_that_went_out_is_not_repeated(bench: Bench) -> None:
    bench.server.user_sends(7, "hi")
    payload = bench.store.say(7, "x" * 4096 + "y")
    bench.pace = Pace(1000, 1000)
    real = bench.channel._send_part
    calls = 0

    async def second_fails(chat: str, text: str, buttons: Any, sentence: str) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise TemporaryDeliveryError("telegram:429", 1)
        await real(chat, text, buttons, sentence)

    bench.channel._send_part = second_fails  # type: ignore[method-assign]
    with pytest.raises(TemporaryDeliveryError):
        await bench.deliver(payload)
    await bench.deliver(payload)

    assert [sent.text for sent in bench.server.to(7)] == ["x" * 4096, "y"]


async def test_429_says_how_long_to_wait(bench: Bench) -> None:
    bench.server.user_sends(7, "hi")
    bench.server.fail("sendMessage", 429, retry_after=7)

    with pytest.raises(TemporaryDeliveryError) as error:
        await bench.deliver(bench.store.say(7, "one"))

    assert error.value.retry_after == 7
    assert bench.channel.work().hold() == 0  # one chat refused does not hold the others


async def test_two_chats_refused_at_once_hold_all(bench: Bench) -> None:
    for chat in (7, 8):
        bench.server.user_sends(chat, "hi")
        bench.server.fail("sendMessage", 429, retry_after=chat, chat=chat)
        with pytest.raises(TemporaryDeliveryError):
            await bench.deliver(bench.store.say(chat, "one"))

    assert 6 < bench.channel.work().hold() <= 7


@pytest.mark.parametrize("code", [500, 502])
async def test_telegrams_own_trouble_is_temporary(bench: Bench, code: int) -> None:
    bench.server.user_sends(7, "hi")
    bench.server.fail("sendMessage", code)

    with pytest.raises(TemporaryDeliveryError):
        await bench.deliver(bench.store.say(7, "one"))


async def test_no_answer_at_all_is_temporary(bench: Bench) -> None:
    bench.channel._bot.session.api = type(bench.channel._bot.session.api).from_base("http://127.0.0.1:1")

    with pytest.raises(TemporaryDeliveryError):
        await bench.deliver(bench.store.say(7, "one"))


async def test_an_unknown_chat_is_permanent(bench: Bench) -> None:
    with pytest.raises(PermanentDeliveryError):
        await bench.deliver(bench.store.say(99, "one"))


@asynccontextmanager
async def delivering(bench: Bench, clock: FakeClock, **changes: Any) -> AsyncIterator[Worker]:
    work: Work = bench.channel.work()
    worker = Worker(
        FakeDatabase(bench.store),  # type: ignore[arg-type]
        {"deliver": work},
        clock,
        name="w",
        poll=0.01,
        **changes,
    )
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        await worker.stop()
        await task


async def test_a_blocked_chat_is_parked_and_marked_and_others_go_on(bench: Bench) -> None:
    bench.server.user_sends(7, "hi")
    bench.server.user_sends(8, "hi")
    bench.server.blocked.add(7)
    bench.store.say(7, "one")
    bench.store.say(8, "two")

    async with delivering(bench, FakeClock(AT)):
        await bench.server.until_sent(1, chat=8)
        await until(lambda: bench.store.committed)

    ((flag,),) = [decision.effects for decision in bench.store.committed]
    assert flag == Flag(FlagReason.NO_REACHABLE_CONTACT, None, "c7")
    assert list(bench.store.jobs.parked.values()) == ["blocked"]


async def test_a_refused_chat_waits_alone_and_its_message_comes_after_the_pause(bench: Bench) -> None:
    clock = FakeClock(AT)
    bench.server.user_sends(7, "hi")
    bench.server.user_sends(8, "hi")
    bench.server.fail("sendMessage", 429, retry_after=5, chat=7)
    bench.store.say(7, "one")
    bench.store.say(8, "two")

    async with delivering(bench, clock):
        await bench.server.until_sent(1, chat=8)
        assert bench.server.to(7) == []
        async with asyncio.timeout(15):
            while not bench.server.to(7):
                clock.forward(5.1)
                await asyncio.sleep(0.05)

    assert [sent.text for sent in bench.server.to(7)] == ["one"]


async def test_pace_keeps_one_a_second_per_chat_and_does_not_stall_another() -> None:
    slept: list[float] = []
    now = 0.0

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    pace = Pace(per_second=30, per_chat=1, now=lambda: now, sleep=sleep)
    for _ in range(3):
        await pace.turn("a")
    await pace.turn("b")

    assert slept[0] == pytest.approx(1.0)
    assert all(wait < 1.0 for wait in slept[-1:])


async def test_pace_keeps_thirty_a_second_in_all() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    pace = Pace(per_second=30, per_chat=1, now=lambda: 0.0, sleep=sleep)
    for chat in range(31):
        await pace.turn(str(chat))

    assert slept[-1] == pytest.approx(1.0)


def test_long_labels_stand_below_each_other() -> None:
    long = keyboard((("a", "Change something else"), ("b", "Cancel it all")))
    short = keyboard((("a", "Yes"), ("b", "No")))

    assert isinstance(long, InlineKeyboardMarkup)
    assert len(long.inline_keyboard) == 2
    assert isinstance(short, InlineKeyboardMarkup)
    assert len(short.inline_keyboard) == 1
    assert keyboard(()) is None


# --- with the store ---------------------------------------------------------------------------------------------------


class Echo:
    """A turn on the real store that answers every message with its own words, in two messages."""

    def __init__(self, road: Road, clock: Callable[[], dt.datetime]) -> None:
        self.road, self.clock = road, clock

    async def receive(self, inbound: Inbound) -> tuple[Said, ...]:
        def turn(uow: UnitOfWork) -> tuple[Said, ...]:
            if (earlier := uow.conversations.claim(inbound, self.clock())) is not None:
                return earlier
            conversation = uow.conversations.load(inbound.channel, inbound.chat, self.clock())
            replies = tuple(Reply(f"{n}: {inbound.text}") for n in (1, 2))
            decision = Decision(conversation, replies)
            return uow.commit(decision, STAFF, self.clock(), inbound)

        return await asyncio.wrap_future(self.road.database.submit(turn))


async def test_what_is_said_reaches_the_chat_once_and_in_order_although_updates_come_twice(
    server: TelegramServer, tmp_path: Path
) -> None:
    clock = FakeClock(AT)
    with opened(tmp_path) as road:
        channel = TelegramChannel(
            TelegramSettings(server.token, server.url, poll_seconds=1),
            Echo(road, clock).receive,
            road.database,
            clock,
            pace=Pace(1000, 1000),
        )
        for chat in (7, 8):
            for n in range(3):
                server.user_sends(chat, f"hello {n}")
        for update in (1, 2, 6):
            server.repeat(update)

        polling = asyncio.create_task(channel.run())
        async with working(road.database, clock, {"deliver": channel.work()}):
            await server.until_sent(12)
            await asyncio.sleep(0.1)
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
        await shut(channel)

    for chat in (7, 8):
        texts = [sent.text for sent in server.to(chat)]
        assert texts == [f"en: {part}: hello {n}" for n in range(3) for part in (1, 2)]


async def test_a_customer_who_blocked_the_bot_is_flagged_in_the_store(server: TelegramServer, tmp_path: Path) -> None:
    clock = FakeClock(AT)
    with opened(tmp_path) as road:
        settings = TelegramSettings(server.token, server.url)
        channel = TelegramChannel(settings, Echo(road, clock).receive, road.database, clock, pace=Pace(1000, 1000))
        server.user_sends(7, "hi")
        server.blocked.add(7)
        await Echo(road, clock).receive(Inbound("telegram", "7", "m1", AT, text="hi"))
        conversation = road.chat("7", "telegram")

        async with working(road.database, clock, {"deliver": channel.work()}):
            await until(lambda: road.again(conversation).flagged)
            await until(lambda: len(road.database.read(lambda uow: uow.jobs.page("parked"))) == 2)
        await shut(channel)

    assert server.to(7) == []
