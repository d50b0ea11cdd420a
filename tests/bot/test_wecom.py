"""The WeCom channel on a whole application, over HTTP against the local API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.channels.hooks import WECOM_PATH
from dialogs.buttons import Verb, button
from dialogs.replies import ReplyId
from dialogs.types import Reply, Term
from tests.bot.company import Company, company
from tests.bot.opened import until
from tests.fakes import FakeClock
from tests.wechat_server import KEY, WeixinServer, seal, signature, weixin_server

LI = "lixiuying"
CORP = "wx5823bf96d3bd56c7"
CHECK_IN = Reply(
    ReplyId.CHECK_IN,
    {"field": Term("field-phone"), "masked": "••• ••• 4417"},
    tuple(button(verb, "c1") for verb in (Verb.CHECKIN_STILL, Verb.CHECKIN_CHANGED, Verb.CHECKIN_STOP)),
)


class Platform:
    """WeCom's side of one company."""

    def __init__(self, here: Company, server: WeixinServer) -> None:
        self.here, self.server = here, server

    async def post(self, message: str, **changes: str) -> httpx.Response:
        query, body = self.server.envelope(message, **changes)
        return await self.here.http.post(WECOM_PATH, params=query, content=body.encode())

    async def say(self, text: str) -> None:
        answer = await self.post(self.server.message(LI, Content=text))
        assert (answer.status_code, answer.text) == (200, "")

    async def hear(self, count: int = 1) -> list[str]:
        await until(lambda: len(self.server.to(LI)) >= count)
        await until(lambda: self.here.waiting() == len(self.here.parked()))
        return [one.text for one in self.server.to(LI)]

    def said(self) -> list[str]:
        return [one.text for one in self.here.app.database.read(lambda u: u.conversations.messages(self.chat.id))]

    @property
    def chat(self) -> Any:
        return self.here.chat("wecom", LI)

    def nobody(self) -> bool:
        return self.here.app.database.read(lambda uow: uow.conversations.find("wecom", LI)) is None


@asynccontextmanager
async def opened(folder: Path, **section: Any) -> AsyncIterator[Platform]:
    clock: list[FakeClock] = []
    server = WeixinServer(CORP, clock=lambda: clock[0]().timestamp())
    async with weixin_server(server):
        wecom = {
            "enabled": True,
            "corp_id": CORP,
            "agent_id": server.agent,
            "secret": server.secret,
            "token": server.token,
            "encoding_aes_key": KEY,
            "api_base": server.url,
            **section,
        }
        async with company(folder, {"wecom": wecom}) as here:
            clock.append(here.clock)
            yield Platform(here, server)


@pytest.fixture
async def platform(tmp_path: Path) -> AsyncIterator[Platform]:
    async with opened(tmp_path) as made:
        yield made


async def test_the_address_is_verified_by_opening_the_echo(platform: Platform) -> None:
    sealed = seal("1616140317555161061", CORP)
    query = {"timestamp": "1", "nonce": "2", "echostr": sealed}
    right = signature(platform.server.token, "1", "2", sealed)

    answer = await platform.here.http.get(WECOM_PATH, params={**query, "msg_signature": right})
    forged = await platform.here.http.get(WECOM_PATH, params={**query, "msg_signature": "0" * 40})

    assert (answer.status_code, answer.text) == (200, "1616140317555161061")
    assert (forged.status_code, forged.text) == (403, "")


async def test_a_message_is_answered_once_however_often_it_comes(platform: Platform) -> None:
    message = platform.server.message(LI, Content="我搬家了")

    for _ in range(3):
        assert (await platform.post(message)).status_code == 200

    assert "客户编号" in (await platform.hear())[-1]
    assert platform.said().count("我搬家了") == 1


@pytest.mark.parametrize("changes", [{"token": "guessed"}, {"receiver": "ww000"}, {"key": "a" * 43}])
async def test_what_is_not_for_us_is_refused(platform: Platform, changes: dict[str, str]) -> None:
    assert (await platform.post(platform.server.message(LI, Content="我搬家了"), **changes)).status_code == 403
    assert platform.nobody()


async def test_what_is_for_another_application_is_left_alone(platform: Platform) -> None:
    platform.server.agent = 7

    assert (await platform.post(platform.server.message(LI, Content="我搬家了"))).status_code == 200
    assert platform.nobody()


async def test_a_short_message_is_a_card_whose_buttons_can_be_tapped(platform: Platform) -> None:
    await platform.say("你好")
    before = len(await platform.hear())
    platform.here.tell(platform.chat, CHECK_IN)
    await platform.hear(before + 1)
    card = platform.server.to(LI)[-1]
    assert (card.kind, card.buttons[0]) == ("card", ("checkin.still:c1", "没有变化"))

    tap = platform.server.event(LI, "template_card_event", EventKey=card.buttons[2][0], TaskId="t", CardType="x")
    for _ in range(2):
        assert (await platform.post(tap)).status_code == 200

    assert platform.said().count("[checkin.stop:c1]") == 1


async def test_a_long_message_lists_its_choices_by_number(platform: Platform) -> None:
    await platform.say("你好")
    before = len(await platform.hear())
    args = {"field": Term("field-address"), "masked": "•" * 200}
    platform.here.tell(platform.chat, Reply(ReplyId.CHECK_IN, args, CHECK_IN.buttons))

    shown = (await platform.hear(before + 1))[-1]
    await platform.say("3")

    assert "请回复数字：1 没有变化，2 有变化，3 不再询问" in shown
    assert "[checkin.stop:c1]" in platform.said()


async def test_there_is_no_window(platform: Platform) -> None:
    await platform.say("你好")
    before = len(await platform.hear())
    await platform.here.forward(90 * 24 * 3600)

    platform.here.tell(platform.chat, CHECK_IN)

    assert len(await platform.hear(before + 1)) == before + 1


@pytest.mark.parametrize("how", ["invaliduser", "81013"])
async def test_who_may_not_see_the_application_is_flagged(platform: Platform, how: str) -> None:
    await platform.say("你好")
    await platform.hear()
    if how == "invaliduser":
        platform.server.gone.add(LI)
    else:
        platform.server.fail(int(how))

    platform.here.tell(platform.chat, CHECK_IN)

    await platform.here.until_parked("undeliverable")
    await until(lambda: platform.chat.flagged == "no_reachable_contact")


async def test_a_token_that_is_over_and_a_limit_are_overcome(platform: Platform) -> None:
    await platform.say("你好")
    before = len(await platform.hear())
    platform.server.expire()
    platform.server.fail(45009)
    platform.here.tell(platform.chat, CHECK_IN)
    await platform.here.until_put_off(45009)
    assert platform.server.refusals == [42001, 45009]

    await platform.here.forward(61)

    assert len(await platform.hear(before + 1)) == before + 1
