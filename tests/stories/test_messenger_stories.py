"""The stories over WhatsApp, WeChat and WeCom: one real process, three local platforms, all at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from bot.channels.hooks import WECHAT_PATH, WECOM_PATH, WHATSAPP_PATH
from tests.stories import told
from tests.stories.messengers import WeixinChat, WhatsAppChat, apart
from tests.stories.office import ANA, LI, WANG, Installed, office
from tests.wechat_server import WeixinServer, weixin_server
from tests.whatsapp_server import WhatsAppServer, whatsapp_server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("stories")]

VERIFY = "a-word-of-the-stories"


def keys(channel: str, **values: str) -> dict[str, str]:
    """The documented keys of a channel."""
    return {f"TELLONCE__CHANNELS__{channel}__{key}": value for key, value in {"ENABLED": "true", **values}.items()}


def settings(whatsapp: WhatsAppServer, wechat: WeixinServer, wecom: WeixinServer) -> dict[str, str]:
    """All three are on."""
    return {
        **keys(
            "WHATSAPP",
            PHONE_NUMBER_ID=whatsapp.phone_number_id,
            TOKEN=whatsapp.token,
            APP_SECRET=whatsapp.app_secret,
            VERIFY_TOKEN=VERIFY,
            API_BASE=whatsapp.url,
        ),
        **keys(
            "WECHAT",
            APP_ID=wechat.receiver,
            SECRET=wechat.secret,
            TOKEN=wechat.token,
            ENCODING_AES_KEY=wechat.key,
            API_BASE=wechat.url,
        ),
        **keys(
            "WECOM",
            CORP_ID=wecom.receiver,
            AGENT_ID=str(wecom.agent),
            SECRET=wecom.secret,
            TOKEN=wecom.token,
            ENCODING_AES_KEY=wecom.key,
            API_BASE=wecom.url,
        ),
    }


def test_three_customers_tell_their_stories_on_three_messengers(installed: Installed, tmp_path: Path) -> None:
    with (
        apart(whatsapp_server) as meta,
        apart(lambda: weixin_server(WeixinServer("wx2c2769f8efd9abc2", window=48 * 3600))) as account,
        apart(lambda: weixin_server(WeixinServer("ww1436e0e65a779aee"))) as application,
        office(
            installed.copy(tmp_path / "company"), **settings(meta.server, account.server, application.server)
        ) as company,
    ):
        meta.server.webhook_url = f"{company.url}{WHATSAPP_PATH}"
        ana = WhatsAppChat(meta, "12025550147")
        wang = WeixinChat(account.server, f"{company.url}{WECHAT_PATH}", "oyORnuP8q7ou2gfYjqLzSIWZf0rs", "success")
        li = WeixinChat(application.server, f"{company.url}{WECOM_PATH}", "lixiuying", "")

        def english() -> str:
            ana.arrive(company, ANA)
            return told.english_address(company, ana, ANA, code_to=ANA.phone)

        def chinese_address() -> str:
            wang.scan(company, WANG)
            return told.chinese_address(company, wang, WANG, code_to=WANG.phone)

        def chinese_phone() -> str:
            li.arrive(company, LI)
            return told.chinese_phone(company, li, LI, told.prove_by_old_phone)

        stories: tuple[Callable[[], str], ...] = (english, chinese_address, chinese_phone)
        with ThreadPoolExecutor(3) as pool:
            numbers = [story.result(180) for story in [pool.submit(story) for story in stories]]

        assert len(set(numbers)) == 3
        assert set(meta.server.statuses) == {200}
        assert meta.server.refusals == account.server.refusals == application.server.refusals == []
        assert len(account.server.tokens) == len(application.server.tokens) == 1
        assert {one.kind for one in application.server.to("lixiuying")} == {"text", "card"}

        before = len(meta.server.sent)
        forged = meta.server.delivery(meta.server.text("12025550147", "cancel"))
        guessed = {"X-Hub-Signature-256": "sha256=" + "0" * 64}
        assert httpx.post(meta.server.webhook_url, content=forged, headers=guessed, timeout=10).status_code == 401
        query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}
        assert httpx.get(meta.server.webhook_url, params=query, timeout=10).text == "1158201444"
        assert len(meta.server.sent) == before


def test_a_messenger_that_is_off_is_not_there(installed: Installed, tmp_path: Path) -> None:
    with office(installed.copy(tmp_path / "company")) as company:
        for path in (WHATSAPP_PATH, WECHAT_PATH, WECOM_PATH):
            assert httpx.post(f"{company.url}{path}", content=b"x", timeout=10).status_code == 404
