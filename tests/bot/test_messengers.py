"""What all messengers have in common: off they are not there, and a crash repeats at most what was on its way."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.app import App
from bot.channels.hooks import WECHAT_PATH, WECOM_PATH, WHATSAPP_PATH
from bot.config import Config, ConfigError, load_config
from bot.messengers import make_messengers
from dialogs.effects import Decision, Tell
from dialogs.replies import ReplyId
from dialogs.types import Inbound, Reply
from store.jobs import Lease
from store.uow import UnitOfWork
from tests.bot.app_fixture import House
from tests.bot.company import ACTOR
from tests.bot.opened import until, working
from tests.fakes import FakeClock
from tests.whatsapp_server import whatsapp_server

ANA = "12025550147"
LEASE = dt.timedelta(seconds=30)


@pytest.mark.parametrize("path", [WHATSAPP_PATH, WECHAT_PATH, WECOM_PATH])
def test_a_messenger_that_is_off_is_nowhere(home: House, path: str) -> None:
    assert home.client.get(path).status_code == 404
    assert home.client.post(path, content=b"{}").status_code == 404


def test_a_messenger_that_is_off_is_not_even_imported() -> None:
    asked = "import sys, bot.server, bot.serving, bot.work; print([m for m in sys.modules if m.startswith('bot.chan')])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True)

    assert not any(name in done.stdout for name in ("whatsapp", "wechat", "wecom", "weixin"))


def test_what_an_integrator_carries_on_a_messenger_that_is_off_is_not_ours_to_deliver(home: House) -> None:
    pinned = home.token("site", ("messages",), channel="whatsapp")
    free = home.token("other", ("messages",))
    body = {"channel": "whatsapp", "chat": ANA, "id": "m1", "text": "hello"}

    refused = home.client.post("/api/v1/messages", json=body, headers=free)
    answer = home.client.post("/api/v1/messages", json=body, headers=pinned)

    assert (refused.status_code, answer.status_code) == (403, 200)
    jobs = home.app.database.read(lambda uow: uow.jobs.page("ready"))
    assert not [job for job in jobs if job.kind.startswith("deliver")]


@pytest.mark.parametrize(
    ("channel", "values", "told"),
    [
        ("WHATSAPP", {}, "channels.whatsapp.phone_number_id: is needed by an enabled channel"),
        (
            "WHATSAPP",
            {"PHONE_NUMBER_ID": "1", "TOKEN": "t"},
            "set TELLONCE__CHANNELS__WHATSAPP__APP_SECRET or app_secre",
        ),
        ("WHATSAPP", {"TEMPLATES": '{"other": {"name": "x", "buttons": true}}'}, "other has no buttons"),
        ("WECHAT", {"APP_ID": "wx1", "SECRET": "s", "TOKEN": "t"}, "channels.wechat.encoding_aes_key: is needed"),
        ("WECOM", {"CORP_ID": "ww1"}, "channels.wecom.agent_id: is needed"),
        (
            "WECOM",
            {"CORP_ID": "ww1", "AGENT_ID": "1", "SECRET": "s", "TOKEN": "t", "ENCODING_AES_KEY": "short"},
            "channels.wecom.encoding_aes_key: should have 43 letters and digits",
        ),
    ],
)
def test_what_a_messenger_lacks_is_named(channel: str, values: dict[str, str], told: str) -> None:
    base = {"ENABLED": "false" if "TEMPLATES" in values else "true", **values}
    environment = {f"TELLONCE__CHANNELS__{channel}__{key}": value for key, value in base.items()}

    with pytest.raises(ConfigError, match=re.escape(told)) as error:
        load_config(None, environment)

    assert "short" not in str(error.value)


async def test_a_crash_between_sending_and_noting_it_repeats_only_what_was_on_its_way(tmp_path: Path) -> None:
    key = tmp_path / "master.key"
    key.write_bytes(b"k" * 32)
    key.chmod(0o600)
    clock = FakeClock()
    async with whatsapp_server(clock=lambda: clock().timestamp()) as server:
        whatsapp = {
            "enabled": True,
            "phone_number_id": server.phone_number_id,
            "token": server.token,
            "app_secret": server.app_secret,
            "verify_token": "x",
            "api_base": server.url,
        }
        base = {"store": {"url": f"sqlite:///{tmp_path}/t.db"}, "keys": {"master_file": str(key)}}
        app = App(Config.model_validate({**base, "channels": {"whatsapp": whatsapp}}), clock=clock)
        app.database.upgrade()
        server.text(ANA, "hello")
        await app.receive(Inbound("whatsapp", ANA, "wamid.1", clock(), text="hello"))
        conversation = app.database.read(lambda uow: uow.conversations.load("whatsapp", ANA, clock()).id)

        def tell(uow: UnitOfWork) -> None:
            later = Tell(conversation, Reply(ReplyId.CHECK_IN_LATER))
            uow.commit(Decision(effects=(later,)), ACTOR, clock())

        app.database.write(tell)

        def claim(uow: UnitOfWork) -> list[Lease]:
            return uow.jobs.claim(("deliver.whatsapp",), "dead", clock(), LEASE, 1)

        (first,) = app.database.write(claim)
        dying = make_messengers(app)["whatsapp"]
        await dying.work().run(first)  # sent, and then the process is gone before it can say so
        await dying.close()
        clock.forward(31)

        risen = make_messengers(app)["whatsapp"]
        async with working(app.database, clock, {"deliver.whatsapp": risen.work()}):
            await until(lambda: not app.database.read(lambda uow: [*uow.jobs.page("ready"), *uow.jobs.page("leased")]))
        await risen.close()
        expected = app.database.read(lambda uow: uow.conversations.messages(conversation))[1:]
        app.close()

    texts = [one.text for one in server.to(ANA)]
    assert texts == [expected[0].text, *(said.text for said in expected)]
