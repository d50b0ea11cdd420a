"""The WeChat channel (Official Account) on a whole application, over HTTP against the local API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import desk
from bot.channels.hooks import WECHAT_PATH
from bot.channels.outbox import in_pieces
from bot.channels.weixin_api import Request, WeixinApi
from bot.channels.weixin_inbound import Came, Left, read
from bot.channels.weixin_xml import MalformedXmlError, fields_of
from bot.errors import TemporaryDeliveryError
from dialogs.buttons import Verb, button
from dialogs.replies import ReplyId
from dialogs.types import Attachment, Inbound, Reply, Term
from store.uow import UnitOfWork
from tests.bot.company import ACTOR, Company, company
from tests.bot.opened import until
from tests.fakes import FakeClock
from tests.wechat_server import KEY, WeixinServer, weixin_server, xml

WANG = "oyORnuP8q7ou2gfYjqLzSIWZf0rs"
APP = "wx2c2769f8efd9abc2"
CHECK_IN = Reply(
    ReplyId.CHECK_IN,
    {"field": Term("field-phone"), "masked": "••• ••• 4417"},
    tuple(
        button(verb, "c1") for verb in (Verb.CHECKIN_STILL, Verb.CHECKIN_CHANGED, Verb.CHECKIN_LATER, Verb.CHECKIN_STOP)
    ),
)
THANKS = Reply(ReplyId.CHECK_IN_LATER)


class Account:
    """WeChat's side of one company."""

    def __init__(self, here: Company, server: WeixinServer) -> None:
        self.here, self.server = here, server

    async def post(self, message: str, **changes: str) -> httpx.Response:
        query, body = self.server.envelope(message, **changes)
        return await self.here.http.post(WECHAT_PATH, params=query, content=body.encode())

    async def plain(self, message: str, **changes: str) -> httpx.Response:
        query = self.server.plain(**changes)
        return await self.here.http.post(WECHAT_PATH, params=query, content=message.encode())

    async def say(self, text: str, chat: str = WANG) -> None:
        answer = await self.post(self.server.message(chat, Content=text))
        assert (answer.status_code, answer.text) == (200, "success")

    async def hear(self, count: int = 1, chat: str = WANG) -> list[str]:
        """What came, once so many messages have, and nothing more is on its way."""
        await until(lambda: len(self.server.to(chat)) >= count)
        await until(lambda: self.here.waiting() == len(self.here.parked()))
        return [one.text for one in self.server.to(chat)]

    def said(self) -> list[str]:
        """What stands in the chat."""
        return [one.text for one in self.here.app.database.read(lambda u: u.conversations.messages(self.chat.id))]

    @property
    def chat(self) -> Any:
        return self.here.chat("wechat", WANG)

    def nobody(self) -> bool:
        return self.here.app.database.read(lambda uow: uow.conversations.find("wechat", WANG)) is None


@asynccontextmanager
async def opened(folder: Path, **section: Any) -> AsyncIterator[Account]:
    """A company on WeChat."""
    clock: list[FakeClock] = []
    server = WeixinServer(APP, window=48 * 3600, clock=lambda: clock[0]().timestamp())
    async with weixin_server(server):
        wechat = {
            "enabled": True,
            "app_id": APP,
            "secret": server.secret,
            "token": server.token,
            "encoding_aes_key": KEY,
            "api_base": server.url,
            **section,
        }
        async with company(folder, {"wechat": wechat}) as here:
            clock.append(here.clock)
            yield Account(here, server)


@pytest.fixture
async def account(tmp_path: Path) -> AsyncIterator[Account]:
    async with opened(tmp_path) as made:
        yield made


# --- in ---------------------------------------------------------------------------------------------------------------


async def test_the_address_is_verified_by_the_token(account: Account) -> None:
    right = account.server.plain(echostr="4375120948345356249")

    answer = await account.here.http.get(WECHAT_PATH, params=right)
    forged = await account.here.http.get(WECHAT_PATH, params={**right, "nonce": "another"})

    assert (answer.status_code, answer.text) == (200, "4375120948345356249")
    assert (forged.status_code, forged.text) == (403, "")


async def test_a_sealed_message_is_answered_in_the_customers_language(account: Account) -> None:
    await account.say("我搬家了")

    assert "客户编号" in (await account.hear())[-1]


@pytest.mark.parametrize(
    "changes", [{"token": "guessed"}, {"receiver": "wx0000000000000000"}, {"key": "a" * 43}, {"sealed": "QUJD"}]
)
async def test_what_is_not_for_us_is_refused_and_changes_nothing(account: Account, changes: dict[str, str]) -> None:
    answer = await account.post(account.server.message(WANG, Content="我搬家了"), **changes)

    assert answer.status_code == 403
    assert account.nobody()


async def test_a_changed_envelope_is_refused(account: Account) -> None:
    query, body = account.server.envelope(account.server.message(WANG, Content="我搬家了"))
    start = body.index("CDATA[", body.index("<Encrypt>")) + 6
    changed = body[: start + 60] + ("A" if body[start + 60] != "A" else "B") + body[start + 61 :]

    answer = await account.here.http.post(WECHAT_PATH, params=query, content=changed.encode())

    assert answer.status_code == 403
    assert account.nobody()


async def test_where_envelopes_are_expected_a_plain_message_is_refused(account: Account) -> None:
    answer = await account.plain(account.server.message(WANG, Content="我搬家了"))

    assert answer.status_code == 403
    assert account.nobody()


async def test_in_plain_mode_a_plain_message_is_read_while_it_is_fresh(tmp_path: Path) -> None:
    async with opened(tmp_path, mode="plain", encoding_aes_key=None) as account:
        message = account.server.message(WANG, Content="我搬家了")
        old = account.server.plain()

        assert (await account.plain(message, signature="0" * 40)).status_code == 403
        assert (await account.plain(message)).text == "success"
        account.here.clock.forward(601)
        assert (await account.plain(message, **old)).status_code == 403
        assert (await account.plain(message, timestamp="x" * 99)).status_code == 403

        assert await account.hear()


async def test_a_message_delivered_three_times_is_answered_once(account: Account) -> None:
    message = account.server.message(WANG, Content="你好")

    for _ in range(3):
        assert (await account.post(message)).text == "success"
    heard = await account.hear()

    assert account.said().count("你好") == 1
    assert len(heard) == len(account.server.to(WANG))


async def test_a_turn_that_fails_makes_wechat_come_again(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    message = account.server.message(WANG, Content="你好")

    async def broken(inbound: Inbound) -> Any:
        raise RuntimeError("the database is gone")

    following = account.here.app.hooks["wechat"]._following  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        patch.setattr(following, "_receive", broken)
        assert (await account.post(message)).status_code == 500
    assert (await account.post(message)).text == "success"

    assert await account.hear()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml></xml",
        b'<!DOCTYPE x [<!ENTITY a "a">]><xml><Encrypt>&a;</Encrypt></xml>',
    ],
)
async def test_what_is_no_message_is_a_bad_request(account: Account, body: bytes) -> None:
    query, _ = account.server.envelope("")

    assert (await account.here.http.post(WECHAT_PATH, params=query, content=body)).status_code == 400


async def test_an_entity_inside_an_envelope_is_refused_too(account: Account) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "我搬家了">]>' + account.server.message(WANG, Content="&a;")

    assert (await account.post(bomb)).status_code == 400


async def test_a_body_that_is_too_large_is_refused_unread(account: Account) -> None:
    query, _ = account.server.envelope("")

    assert (await account.here.http.post(WECHAT_PATH, params=query, content=b"x" * 70_000)).status_code == 413


@pytest.mark.parametrize(
    ("kind", "attachment"),
    [
        ("voice", Attachment.VOICE),
        ("image", Attachment.PHOTO),
        ("location", Attachment.LOCATION),
        ("video", Attachment.OTHER),
        ("link", Attachment.OTHER),
    ],
)
def test_what_is_no_text_is_an_attachment(kind: str, attachment: Attachment) -> None:
    found = read(fields_of(WeixinServer(APP).message(WANG, kind, MediaId="1", Recognition="x").encode()), "wechat")

    assert isinstance(found, Inbound)
    assert (found.attachment, found.text) == (attachment, None)


def test_events_are_known_by_what_they_repeat() -> None:
    server = WeixinServer(APP, clock=lambda: 1_772_442_000.0)

    def of(event: str, **parts: str) -> Any:
        return read(fields_of(server.event(WANG, event, **parts).encode()), "wechat")

    token = "A1b2C3d4_-" * 4
    assert of("subscribe") == of("subscribe") == Came(of("subscribe").inbound)
    assert of("subscribe").inbound.text == "你好"
    assert of("subscribe", EventKey=f"qrscene_{token}").inbound.link_token == token
    assert of("SCAN", EventKey=token).link_token == token
    assert of("SCAN", EventKey="spring").text == "你好"
    assert of("unsubscribe") == Left(WANG)
    assert of("VIEW") is of("LOCATION") is of("TEMPLATESENDJOBFINISH") is None


@pytest.mark.parametrize("lacking", ["FromUserName", "CreateTime", "MsgType", "MsgId", "Content"])
def test_a_message_that_lacks_something_is_malformed(lacking: str) -> None:
    fields = {"FromUserName": WANG, "CreateTime": 1409735668, "MsgType": "text", "MsgId": 7, "Content": "hi"}
    del fields[lacking]

    with pytest.raises(MalformedXmlError):
        read(fields_of(xml(**fields).encode()), "wechat")


# --- choices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["4", " 4 ", "４", "4.", "回复4", "选4"])
async def test_choices_are_numbers_and_a_number_is_its_button(account: Account, typed: str) -> None:
    await account.say("你好")
    before = len(await account.hear())
    account.here.tell(account.chat, CHECK_IN)
    shown = (await account.hear(before + 1))[-1]

    await account.say(typed)

    assert "请回复数字：1 没有变化，2 有变化，3 以后再说，4 不再询问" in shown
    assert account.said()[-2] == "[checkin.stop:c1]"


@pytest.mark.parametrize("typed", ["5", "0", "12345678", "4号楼", "四"])
async def test_other_numbers_are_what_they_say(account: Account, typed: str) -> None:
    await account.say("你好")
    account.here.tell(account.chat, CHECK_IN)

    await account.say(typed)

    assert typed in account.said()


async def test_a_number_that_may_answer_the_open_question_is_no_earlier_choice(account: Account) -> None:
    await account.say("你好")
    account.here.tell(account.chat, CHECK_IN)
    await account.say("我搬家了，新地址是上海市浦东新区世纪大道")

    await account.say("1")

    assert "1" in account.said()


async def test_a_number_said_to_a_colleague_is_no_choice(account: Account) -> None:
    await account.say("你好")
    account.here.tell(account.chat, CHECK_IN)
    now, conversation = account.here.clock(), account.chat.id

    def speak(uow: UnitOfWork) -> None:
        uow.staff.add("alex", "agent", now, ACTOR)
        desk.write(uow, conversation, "alex", "几个人住？", now)

    account.here.app.database.write(speak)

    await account.say("1")

    assert "1" in account.said()


# --- out --------------------------------------------------------------------------------------------------------------


def test_a_long_text_goes_in_parts_of_2048_bytes() -> None:
    text = "地址" * 1500
    pieces = in_pieces(text, 2048, lambda piece: len(piece.encode()))

    assert all(len(piece.encode()) <= 2048 for piece in pieces)
    assert "".join(pieces) == text


async def test_a_closed_window_keeps_the_message_until_the_customer_writes(account: Account) -> None:
    await account.say("你好")
    before = len(await account.hear())
    await account.here.forward(48 * 3600 + 1)
    account.here.tell(account.chat, CHECK_IN)
    await account.here.until_parked("waits:window_closed")
    assert account.server.refusals == []

    await account.say("在吗")
    heard = await account.hear(before + 2)

    assert "4417" in heard[before]
    assert account.here.parked() == []


@pytest.mark.parametrize("code", [45015, 45047])
async def test_a_window_that_wechat_counts_otherwise_is_believed(account: Account, code: int) -> None:
    await account.say("你好")
    before = len(await account.hear())
    account.server.fail(code)
    account.here.tell(account.chat, CHECK_IN)
    await account.here.until_parked("waits:window_closed")

    await account.say("在吗")

    assert "4417" in (await account.hear(before + 2))[before]


async def test_outside_the_window_a_template_gives_notice(tmp_path: Path) -> None:
    template = {"id": "T1", "values": {"thing1": "资料核对"}}
    async with opened(tmp_path, templates={"check_in": template}) as account:
        account.server.templates.add("T1")
        await account.say("你好")
        before = len(await account.hear())
        await account.here.forward(49 * 3600)

        account.here.tell(account.chat, CHECK_IN)
        await account.here.until_parked("waits:notified")
        assert account.server.to(WANG)[before].text == "资料核对"
        await account.say("在")

        assert "4417" in (await account.hear(before + 3))[before + 1]


async def test_a_template_that_is_refused_leaves_the_message_waiting(tmp_path: Path) -> None:
    async with opened(tmp_path, templates={"check_in": {"id": "T2"}}) as account:
        await account.say("你好")
        await account.hear()
        await account.here.forward(49 * 3600)

        account.here.tell(account.chat, CHECK_IN)

        await account.here.until_parked("waits:window_closed")
        assert account.server.refusals == [40037]


async def test_who_cannot_be_reached_is_parked_and_flagged(account: Account) -> None:
    await account.say("你好")
    await account.hear()
    account.server.fail(40003)

    account.here.tell(account.chat, THANKS)

    await account.here.until_parked("undeliverable")
    await until(lambda: account.chat.flagged == "no_reachable_contact")


async def test_a_limit_is_waited_out(account: Account) -> None:
    await account.say("你好")
    before = len(await account.hear())
    account.server.fail(45011)
    account.here.tell(account.chat, THANKS)
    await account.here.until_put_off(45011)
    await account.here.forward(59)
    assert len(account.server.to(WANG)) == before

    await account.here.forward(2)

    assert len(await account.hear(before + 1)) == before + 1


async def test_who_leaves_gets_no_check_ins_here_until_they_are_back(account: Account) -> None:
    token = account.here.link_token(account.here.customer())
    await account.post(account.server.event(WANG, "subscribe", EventKey=f"qrscene_{token}"))
    await account.hear()
    customer = account.chat.customer

    def suppressed() -> bool:
        return account.here.app.database.read(lambda uow: uow.check_ins.suppressed(customer, "wechat"))

    for _ in range(2):
        assert (await account.post(account.server.event(WANG, "unsubscribe"))).text == "success"
    assert suppressed()
    account.here.clock.forward(60)
    assert (await account.post(account.server.event(WANG, "subscribe"))).text == "success"
    assert not suppressed()


# --- the access token -------------------------------------------------------------------------------------------------


async def test_a_token_that_is_over_is_renewed_and_the_message_goes_out(account: Account) -> None:
    await account.say("你好")
    before = len(await account.hear())
    account.server.expire()

    account.here.tell(account.chat, THANKS)

    assert len(await account.hear(before + 1)) == before + 1
    assert account.server.refusals == [42001]


async def test_a_token_is_fetched_once_for_all_who_need_it() -> None:
    server = WeixinServer(APP, window=1e9)
    async with weixin_server(server):
        now = 0.0
        asked = {"grant_type": "client_credential", "appid": APP, "secret": server.secret}
        api = WeixinApi(
            "wechat",
            server.url,
            lambda refused: Request("/cgi-bin/stable_token", {}, {**asked, "force_refresh": refused}),
            lambda: now,
        )
        server.heard[WANG] = server.clock()
        body = {"touser": WANG, "msgtype": "text", "text": {"content": "好"}}

        async def all_at_once() -> None:
            await asyncio.gather(*(api.post("/cgi-bin/message/custom/send", body) for _ in range(9)))

        await all_at_once()
        assert server.tokens == ["ACCESS-1"]
        server.expire()
        await all_at_once()
        assert server.tokens == ["ACCESS-1", "", "ACCESS-3"]
        now = 7200.0 - 300.0
        await all_at_once()
        assert len(server.tokens) == 3  # still the same: the platform gives the stable one again
        await api.close()


async def test_no_error_holds_the_token_or_the_secret(caplog: pytest.LogCaptureFixture) -> None:
    server = WeixinServer(APP, window=1e9)
    async with weixin_server(server):
        api = WeixinApi("wechat", server.url, lambda _: Request("/cgi-bin/stable_token", {"s": server.secret}, {}))
        api._token, api._until = "ACCESS-SECRET", 1e18
        api._base = "http://127.0.0.1:1"

        with pytest.raises(TemporaryDeliveryError) as error:
            await api.post("/cgi-bin/message/custom/send", {})
        await api.close()

    shown = f"{error.value!r} {error.value.__cause__} {error.value.__suppress_context__}"
    assert shown == "TemporaryDeliveryError('wechat:ConnectError') None True"
    assert "ACCESS-SECRET" not in "".join(record.getMessage() for record in caplog.records if record.levelno >= 30)


async def test_a_wrong_secret_is_tried_again_later(tmp_path: Path) -> None:
    async with opened(tmp_path, secret="another") as account:
        await account.say("你好")
        await until(lambda: account.server.refusals)

        assert account.server.to(WANG) == []
        assert account.here.parked() == []
        assert account.here.waiting() > 0
