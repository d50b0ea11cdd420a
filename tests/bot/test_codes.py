"""Notices leave through Apprise: to a real SMTP server and a real HTTP server on loopback, and to the demo phone."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.codes import AppriseSender, Codes, DemoSender, addressed, senders
from bot.demo_phone import DEMO_PHONE, DemoPhone
from bot.errors import PermanentDeliveryError, TemporaryDeliveryError
from store.notices import Notice
from tests.fakes import FakeClock, FakeDatabase, FakeLease

TEXT = "Your code is 493022. It authorises: change the phone number of Acme."


def notice(kind: str = "phone", address: str = "+14155550123") -> Notice:
    return Notice(id="n1", kind=kind, address=address, text=TEXT)


class Mailbox:
    """Keeps what the SMTP server was given; `refuse` makes it answer 451."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.refuse = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuse:
            return "451 try again later"
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
async def mailbox() -> AsyncIterator[tuple[Mailbox, str]]:
    box, loop = Mailbox(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, hostname="localhost", loop=loop), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield box, f"mailto://127.0.0.1:{port}?from=bot@example.com"
    server.close()
    await server.wait_closed()


@dataclass
class Gateway:
    """An HTTP server that keeps the JSON it was posted."""

    url: str = ""
    status: int = 200
    bodies: list[dict[str, Any]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(json.loads(await request.read()))
        return web.Response(status=self.status)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    made = Gateway()
    app = web.Application()
    app.router.add_post("/{rest:.*}", made.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"json://127.0.0.1:{runner.addresses[0][1]}/"
    yield made
    await runner.cleanup()


async def test_a_mail_reaches_the_address_with_text_and_subject(mailbox: tuple[Mailbox, str]) -> None:
    box, url = mailbox

    await AppriseSender(url, "Acme").send(notice("email", "ann+x@example.org"))

    (mail,) = box.mails
    assert mail.rcpt_tos == ["ann+x@example.org"]
    assert mail.mail_from == "bot@example.com"
    content = mail.content.decode() if isinstance(mail.content, bytes) else str(mail.content)
    assert "Subject: Acme" in content
    assert "text/plain" in content
    assert "text/html" not in content


async def test_a_mail_server_that_refuses_is_temporary(mailbox: tuple[Mailbox, str]) -> None:
    box, url = mailbox
    box.refuse = True

    with pytest.raises(TemporaryDeliveryError):
        await AppriseSender(url, "Acme").send(notice("email", "ann@example.org"))


@pytest.mark.parametrize("address", ["+14155550123", "a%20b+c@example.org", "张三@例子.中国"])
async def test_json_carries_address_text_and_id(gateway: Gateway, address: str) -> None:
    await AppriseSender(gateway.url, "Acme").send(notice(address=address))

    (body,) = gateway.bodies
    assert body["to"] == address
    assert body["message"] == TEXT
    assert body["title"] == "Acme"
    assert (body["id"], body["kind"]) == ("n1", "phone")


async def test_json_keeps_what_the_company_put_into_the_url(gateway: Gateway) -> None:
    await AppriseSender(f"{gateway.url}sms?:tenant=t1", "Acme").send(notice())

    assert gateway.bodies[0]["tenant"] == "t1"
    assert gateway.bodies[0]["to"] == "+14155550123"


@pytest.mark.parametrize("status", [400, 429, 500])
async def test_a_gateway_that_refuses_is_temporary(gateway: Gateway, status: int) -> None:
    gateway.status = status

    with pytest.raises(TemporaryDeliveryError):
        await AppriseSender(gateway.url, "Acme").send(notice())


async def test_no_gateway_at_all_is_temporary() -> None:
    with pytest.raises(TemporaryDeliveryError):
        await AppriseSender("json://127.0.0.1:1/", "Acme").send(notice())


@pytest.mark.parametrize("url", ["nonsense", "nonsense://x/{to}"])
async def test_a_url_that_is_not_understood_is_permanent(url: str) -> None:
    with pytest.raises(PermanentDeliveryError):
        await AppriseSender(url, "Acme").send(notice())


def test_the_address_takes_its_place_in_any_url() -> None:
    assert addressed("twilio://SID:TOKEN@15550001111/{to}", notice()).endswith("/%2B14155550123")
    with pytest.raises(PermanentDeliveryError):
        addressed("twilio://SID:TOKEN@15550001111/", notice())


async def test_nothing_of_a_notice_is_logged(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    await AppriseSender(gateway.url, "Acme").send(notice())
    await AppriseSender(f"{gateway.url}sms/{{to}}", "Acme").send(notice())
    gateway.status = 500
    with pytest.raises(TemporaryDeliveryError):
        await AppriseSender(gateway.url, "Acme").send(notice())

    assert "493022" not in caplog.text
    assert "4155550123" not in caplog.text


async def test_the_demo_phone_shows_the_last_messages_newest_first() -> None:
    signals: list[str] = []
    phone, clock = DemoPhone(signals.extend, keep=2), FakeClock()
    sender = DemoSender(phone, clock)

    for address in ("+14155550101", "+14155550102", "+14155550103"):
        await sender.send(notice(address=address))

    assert [message.address for message in phone.messages()] == ["+14155550103", "+14155550102"]
    assert phone.messages()[0].text == TEXT
    assert signals == [DEMO_PHONE] * 3


def test_the_demo_phone_is_refused_outside_the_demo() -> None:
    with pytest.raises(ValueError, match="demo"):
        senders(["demo://phone"], "Acme", None)


class Notices:
    """One notice, until it is erased."""

    def __init__(self, found: Notice | None) -> None:
        self.found, self.erased = found, list[str]()
        self.notices = self

    def load(self, id: str) -> Notice | None:
        return self.found

    def sent(self, id: str, now: dt.datetime) -> None:
        self.erased.append(id)


class Refusing:
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def send(self, notice: Notice) -> None:
        raise self.error


async def run(store: Notices, **ways: Any) -> None:
    database = FakeDatabase(store)
    codes = Codes(database, ways, FakeClock())  # type: ignore[arg-type]
    write = await codes.run(FakeLease(1, "notice", None, {"notice": "n1"}))  # type: ignore[arg-type]
    await asyncio.wrap_future(database.submit(write))


async def test_the_text_is_erased_once_it_was_taken() -> None:
    store, phone = Notices(notice()), DemoPhone()

    await run(store, phone=[DemoSender(phone, FakeClock())])

    assert store.erased == ["n1"]
    assert len(phone.messages()) == 1


async def test_the_next_way_is_taken_when_one_refuses() -> None:
    store, phone = Notices(notice()), DemoPhone()

    await run(store, phone=[Refusing(TemporaryDeliveryError("down")), DemoSender(phone, FakeClock())])

    assert len(phone.messages()) == 1


async def test_a_refusal_that_may_pass_outweighs_one_that_will_not() -> None:
    ways = [Refusing(TemporaryDeliveryError("down")), Refusing(PermanentDeliveryError("never"))]

    with pytest.raises(TemporaryDeliveryError):
        await run(Notices(notice()), phone=ways)


async def test_a_contact_without_any_way_is_permanent() -> None:
    with pytest.raises(PermanentDeliveryError):
        await run(Notices(notice("email", "ann@example.org")), phone=[])


async def test_a_notice_that_is_gone_sends_nothing() -> None:
    phone = DemoPhone()

    await run(Notices(None), phone=[DemoSender(phone, FakeClock())])

    assert phone.messages() == ()
