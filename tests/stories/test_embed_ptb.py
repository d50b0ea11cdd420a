"""A company's own Telegram bot on python-telegram-bot, with a package `bot` of its own, and TellOnce inside it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.stories import told
from tests.stories.chats import TelegramChat, TelegramThread, telegram
from tests.stories.office import ANA, ROOT, Customer, Installed, Office, command, free_port, office
from tests.stories.receivers import until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("stories")]

THEIR_HANDLERS = """
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters


async def shop(update, context):
    await update.effective_message.reply_text("shop: " + update.effective_message.text)


async def tapped(update, context):
    await update.callback_query.answer()
    await context.bot.send_message(update.effective_chat.id, "shop tapped: " + update.callback_query.data)


HANDLERS = [CommandHandler("orders", shop), MessageHandler(filters.TEXT, shop), CallbackQueryHandler(tapped)]
"""
THEIR_MAIN = """
import logging
import sys
from pathlib import Path

import bot
from bot.handlers import HANDLERS
from telegram.ext import Application
from tellonce_ptb import add_tellonce

assert Path(bot.__file__).is_relative_to(Path(__file__).parent), "the package bot is the company's own"
assert not {"dialogs", "nlu", "store"} & set(sys.modules)
logging.basicConfig(level=logging.INFO)
api, url, token = sys.argv[1:]


async def ready(application):
    Path("ready").touch()


application = Application.builder().token("42:TEST").base_url(f"{api}/bot").post_init(ready).build()
application.add_handlers(HANDLERS)
add_tellonce(application, url=url, token=token, channel="shop-bot", every=0.2)
application.run_polling(poll_interval=0)
"""


@dataclass
class ShopChat(TelegramChat):
    """A customer of the shop, who came without a deep link."""

    def identify(self, office: Office, customer: Customer) -> None:
        self.hear("customer number")
        self.say(customer.no)
        assert customer.phone[-4:] not in self.hear("6")
        self.say(office.gateway.code(customer.phone))

    def texts(self) -> list[str]:
        return [one.text for one in self._sent()]


def shop_project(folder: Path) -> Path:
    """What the company has: a package `bot`, a main file, and the adapter as the command writes it."""
    (folder / "bot").mkdir(parents=True)
    (folder / "bot" / "__init__.py").write_text('"""The shop\'s own."""\n')
    (folder / "bot" / "handlers.py").write_text(THEIR_HANDLERS)
    (folder / "main.py").write_text(THEIR_MAIN)
    (folder / "tellonce_ptb.py").write_text(command(folder, "embed", "ptb"), "utf-8")
    return folder


def pinned(folder: Path) -> str:
    """The token of the shop's channel."""
    words = ("staff", "token", "shop", "--scope", "messages", "--channel", "shop-bot", "--json")
    return str(json.loads(command(folder, *words))["token"])


def ours(chat: ShopChat) -> list[str]:
    """What TellOnce said on Telegram."""
    return [text for text in chat.texts() if not text.startswith("shop")]


def said(office: Office, token: str, chat: int) -> list[str]:
    """What TellOnce said, by its own account."""
    url, headers = f"{office.url}/api/v1/chats/shop-bot/{chat}/messages?limit=200", {"Authorization": f"Bearer {token}"}
    items = httpx.get(url, headers=headers, timeout=20).json()["items"]
    return [one["text"] for one in items if one["author"] != "customer"]


@contextmanager
def shop(project: Path, api: TelegramThread, url: str, token: str, **more: str) -> Iterator[Path]:
    """`python main.py` until the `with` ends, stopped by Ctrl-C; gives its log."""
    log, ready = project / "shop.log", project / "ready"
    ready.unlink(missing_ok=True)
    env = {key: value for key, value in os.environ.items() if not key.startswith(("TELLONCE", "PYTHON"))} | more
    call = [sys.executable, "main.py", api.server.url, url, token]
    with log.open("ab") as out:
        running = subprocess.Popen(call, cwd=project, env=env, stdout=out, stderr=out)
    try:
        until(lambda: running.poll() is not None or ready.exists(), "the shop's bot to be ready", 60)
        assert running.poll() is None
        yield log
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 0
    except BaseException as error:
        error.add_note(f"its log ends:\n{log.read_text('utf-8')[-4000:]}")
        raise
    finally:
        running.kill()
        running.wait(30)


def test_a_change_is_told_to_the_shops_bot_and_its_own_handlers_answer_the_rest(
    installed: Installed, tmp_path: Path
) -> None:
    company = installed.copy(tmp_path / "company")
    token, project = pinned(company.folder), shop_project(tmp_path / "shop")
    with telegram() as api, office(company) as running:
        with shop(project, api, running.url, token) as log:
            ana, other = ShopChat(api, 1001), ShopChat(api, 2002)
            other.say("Hello!")
            other.hear("shop: Hello!")
            ana.say("Where is my parcel?")
            ana.hear("shop: Where is my parcel?")
            ana.say("/orders")
            ana.hear("shop: /orders")

            number = told.english_address(running, ana, ANA, code_to=ANA.email)

            assert not [text for text in ana.texts()[2:] if text.startswith("shop")], "what is ours had one answer"
            ana.say("two pizzas please")
            ana.hear("shop: two pizzas please")
            api.do(lambda: api.server.user_taps(1001, 1, "order:17"))
            until(lambda: "shop tapped: order:17" in ana.texts(), "the shop's own button")
            assert other.texts() == ["shop: Hello!"]
            assert ours(ana) == said(running, token, 1001), "each message comes once and in order"
            words = log.read_text("utf-8")
            assert not [typed for typed in ("Oak Street", "pizzas", "Springfield") if typed in words]
        assert running.request(number)["state"] == "confirmed"


def test_what_is_said_while_the_shops_bot_is_down_comes_once_after_it_is_back(
    installed: Installed, tmp_path: Path
) -> None:
    company = installed.copy(tmp_path / "company")
    token, project = pinned(company.folder), shop_project(tmp_path / "shop")
    with telegram() as api, office(company) as running:
        ana = ShopChat(api, 1001)
        with shop(project, api, running.url, token):
            ana.say("I have a new phone number")
            ana.hear("customer number")
            ana.say("Can I talk to a person?")
            ana.hear("colleague")
        waiting = running.call("alex", "GET", "/conversations?flagged=true")["items"]
        running.take_over(waiting[0]["id"])
        running.writes(waiting[0]["id"], "Good morning from Alex")
        api.do(lambda: api.server.fail("sendMessage", 429, retry_after=1))

        with shop(project, api, running.url, token):
            ana.hear("Good morning from Alex")

        assert ours(ana) == said(running, token, 1001)
        with shop(project, api, running.url, token):
            running.writes(waiting[0]["id"], "And once more")
            ana.hear("And once more")
        assert ours(ana) == said(running, token, 1001)


def test_while_tellonce_is_down_the_shops_bot_works_on_and_what_was_said_is_offered_later_in_order(
    installed: Installed, tmp_path: Path
) -> None:
    company = installed.copy(tmp_path / "company")
    token, project, port = pinned(company.folder), shop_project(tmp_path / "shop"), free_port()
    with telegram() as api, shop(project, api, f"http://127.0.0.1:{port}", token) as log:
        ana = ShopChat(api, 1001)
        ana.say("Hello!")
        ana.hear("shop: Hello!")
        ana.say("I moved to 12 Oak Street last week")
        ana.hear("shop: I moved")
        ana.say("Springfield 62704")
        ana.hear("shop: Springfield")
        assert "TellOnce is out of reach (ConnectError)" in log.read_text("utf-8")

        with office(company, port=port) as running:
            ana.identify(running, ANA)
            ana.hear("12 Oak Street, Springfield 62704", "May I file this?")
            assert ours(ana) == said(running, token, 1001)
        assert "TellOnce answers again" in log.read_text("utf-8")


def test_the_example_of_the_page_runs(installed: Installed, tmp_path: Path) -> None:
    """As it stands there, but for the address of the Bot API."""
    company = installed.copy(tmp_path / "company")
    token, project = pinned(company.folder), shop_project(tmp_path / "shop")
    page = (ROOT / "docs" / "integrating.md").read_text("utf-8")
    (example,) = (block for block in re.findall(r"(?ms)^```python\n(.*?)^```", page) if "add_tellonce(" in block)
    with telegram() as api, office(company) as running:
        built = f'.base_url("{api.server.url}/bot").post_init(ready).build()'
        ready = "async def ready(application):\n    open('ready', 'w').close()\n\n\n"
        (project / "main.py").write_text(ready + example.replace(".build()", built))
        own = {"BOT_TOKEN": "42:TEST", "TELLONCE_URL": running.url, "TELLONCE_TOKEN": token}
        with shop(project, api, running.url, token, **own):
            ana = ShopChat(api, 1001)
            ana.say("Hello!")
            ana.hear("shop: Hello!")
            ana.say("I have a new phone number")
            ana.hear("customer number")
            assert ours(ana) == said(running, token, 1001)


def test_a_deep_link_of_the_site_links_the_chat_in_the_shops_bot(installed: Installed, tmp_path: Path) -> None:
    company = installed.copy(tmp_path / "company")
    token, project = pinned(company.folder), shop_project(tmp_path / "shop")
    with telegram() as api, office(company) as running, shop(project, api, running.url, token):
        ana = ShopChat(api, 1001)
        ana.say("/start promo-42")
        ana.hear("shop: /start promo-42")
        ana.arrive(running, ANA)
        ana.say("I moved to 12 Oak Street, Springfield, IL 62704")
        ana.hear("12 Oak Street", "May I file this?")
        assert ours(ana) == said(running, token, 1001)
