"""A story over the HTTP API of a real process that posts to the integrator what is said later."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bot.test_webhooks import Integrator
from tests.stories import told
from tests.stories.chats import ApiChat
from tests.stories.office import ANA, Installed, office
from tests.stories.receivers import SECRET, listening, until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("stories")]


def test_receipts_and_a_colleagues_words_are_posted_and_answers_are_not(installed: Installed, tmp_path: Path) -> None:
    integrator = Integrator()
    integrator.script = [503]
    hook = {"name": "api", "url": f"http://127.0.0.1:{integrator.port}/hooks", "secret": SECRET}
    with (
        listening(integrator),
        office(installed.copy(tmp_path / "company"), TELLONCE__CHANNELS__WEBHOOKS=json.dumps([hook])) as company,
    ):
        number = told.english_address(company, ApiChat(company, "ana-1"), ANA, code_to=ANA.email)

        until(lambda: any(number in text and "Done" in text for text in integrator.texts), "the receipt")
        log = company.call("site", "GET", "/chats/api/ana-1/messages?limit=200")["items"]
        messages = [event["data"]["message"] for event in integrator.accepted]
        assert [one["seq"] for one in messages] == sorted(one["seq"] for one in messages), "in order"
        assert all(one in log for one in messages), "as they would be fetched"
        assert {event["data"]["chat"] for event in integrator.accepted} == {"ana-1"}
        assert "Good morning, how can I help?" in integrator.texts
        assert not [text for text in integrator.texts if "May I file this?" in text or "6-digit" in text]
        assert integrator.forged == 0
        assert len({key for key, _ in integrator.calls}) == len(integrator.accepted)
