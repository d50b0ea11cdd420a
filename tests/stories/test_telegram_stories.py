"""The stories over Telegram: a real process, a local Bot API server over HTTP, polling and webhook."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.stories import told
from tests.stories.chats import TelegramChat, telegram
from tests.stories.office import ANA, LI, WANG, Installed, free_port, office
from tests.stories.receivers import until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("stories")]

WEBHOOK_SECRET = "a-secret-of-the-stories"


def settings(url: str, **more: str) -> dict[str, str]:
    """The documented keys of the channel."""
    return {
        "TELLONCE__CHANNELS__TELEGRAM__ENABLED": "true",
        "TELLONCE__CHANNELS__TELEGRAM__TOKEN": "42:TEST",
        "TELLONCE__CHANNELS__TELEGRAM__API_BASE": url,
        **{f"TELLONCE__CHANNELS__TELEGRAM__{key}": value for key, value in more.items()},
    }


def test_both_stories_run_side_by_side_by_polling(installed: Installed, tmp_path: Path) -> None:
    with telegram() as bot_api, office(installed.copy(tmp_path / "company"), **settings(bot_api.server.url)) as company:
        ana, wang = TelegramChat(bot_api, 1001), TelegramChat(bot_api, 2002, "zh")

        def english() -> str:
            ana.arrive(company, ANA)
            return told.english_address(company, ana, ANA, code_to=ANA.phone)

        def chinese() -> str:
            wang.arrive(company, WANG)
            return told.chinese_phone(company, wang, WANG, told.prove_by_old_phone)

        stories: tuple[Callable[[], str], ...] = (english, chinese)
        with ThreadPoolExecutor(2) as pool:
            numbers = [story.result(120) for story in [pool.submit(story) for story in stories]]

        assert len(set(numbers)) == 2
        until(lambda: bot_api.server.pending == 0, "every update to be confirmed")
        english_words = " ".join(one.text for one in bot_api.server.to(1001))
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in english_words)
        assert "Done" not in " ".join(one.text for one in bot_api.server.to(2002))
        assert "setwebhook" not in bot_api.server.calls


def test_a_story_runs_by_webhook_and_a_forged_update_is_refused(installed: Installed, tmp_path: Path) -> None:
    with telegram() as bot_api:
        webhook = settings(bot_api.server.url, MODE="webhook", WEBHOOK_SECRET=WEBHOOK_SECRET)
        with office(installed.copy(tmp_path / "company"), port=free_port(), **webhook) as company:
            address = until(lambda: bot_api.server.webhook_url, "the webhook to be set")
            assert address.startswith(company.url)
            li = TelegramChat(bot_api, 3003, "zh")
            li.arrive(company, LI)

            told.chinese_address(company, li, LI, code_to=LI.phone)

            assert set(bot_api.server.webhook_statuses) == {200}
            before = len(bot_api.server.sent)
            forged = {
                "update_id": 99,
                "message": {
                    "message_id": 9,
                    "date": 1_700_000_000,
                    "chat": {"id": 3003, "type": "private"},
                    "from": {"id": 3003, "is_bot": False, "first_name": "P"},
                    "text": "同意",
                },
            }
            for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guessed"}):
                assert httpx.post(address, json=forged, headers=headers, timeout=10).status_code == 401
            assert len(bot_api.server.sent) == before
            assert "getupdates" not in bot_api.server.calls
