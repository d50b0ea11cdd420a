"""What is said later in an integrator's own channel: posted over real HTTP, signed, repeated, in order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from bot.app import utc_now
from bot.sync import Target
from bot.webhooks import Webhooks
from dialogs.effects import Decision, Tell
from dialogs.types import Conversation, Reply
from nlu.replaced import replaced
from tests.bot.opened import opened, until, working
from tests.store.road import NOW, STAFF, Road, inbound
from tests.stories.receivers import SECRET, Server, listening

CHANNEL = "acme-app"


class Integrator(Server):
    """Verifies with the public library, drops what it has seen, answers as scripted."""

    def __init__(self) -> None:
        super().__init__()
        self.script: list[int] = []
        self.calls: list[tuple[str, bytes]] = []
        self.accepted: list[dict[str, Any]] = []
        self.forged = 0

    def take(self, headers: dict[str, str], body: bytes) -> int:
        self.calls.append((headers["webhook-id"], body))
        try:
            event = Webhook(SECRET).verify(body, headers)
        except WebhookVerificationError:
            self.forged += 1
            return 401
        if self.script and (status := self.script.pop(0)) >= 300:
            return status
        if event["id"] not in [one["id"] for one in self.accepted]:
            self.accepted.append(event)
        return 204

    @property
    def texts(self) -> list[str]:
        return [event["data"]["message"]["text"] for event in self.accepted]


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    with opened(tmp_path) as road:
        yield road


@pytest.fixture
def integrator() -> Iterator[Integrator]:
    made = Integrator()
    with listening(made):
        yield made


@asynccontextmanager
async def posting(road: Road, *hooks: Target, **settings: Any):  # type: ignore[no-untyped-def]
    webhooks = Webhooks(road.database, hooks, utc_now, source="https://tellonce.example", **settings)
    work = replaced(webhooks.work(), first_wait=0.01, longest_wait=0.02)
    try:
        async with working(road.database, utc_now, {"webhook": work}) as worker:
            yield worker
    finally:
        await webhooks.close()


def hook(integrator: Integrator, secret: str = SECRET) -> Target:
    return Target(CHANNEL, f"http://127.0.0.1:{integrator.port}/hooks", secret)


def told(road: Road, conversation: Conversation, *sentences: str) -> None:
    """Something is said in a chat, though nobody asked."""
    for sentence in sentences:
        tell = Tell(conversation.id, Reply(sentence), conversation.customer)
        road.commit(Decision(effects=(tell,)), actor=STAFF)


def waiting(road: Road, state: str = "ready") -> list[tuple[object, ...]]:
    return road.rows("SELECT kind, payload FROM job WHERE kind = 'webhook' AND state = ?", state)


def test_what_answers_a_message_is_not_posted_and_what_comes_later_is(road: Road) -> None:
    chat = road.chat(channel=CHANNEL)
    road.commit(Decision(chat, (Reply("hello"),)), inbound("Hi", channel=CHANNEL))
    assert waiting(road) == []

    told(road, chat, "receipt")

    assert waiting(road) == [("webhook", json.dumps({"conversation": chat.id, "seq": 3}, separators=(",", ":")))]


def test_a_channel_without_a_webhook_has_no_jobs(road: Road) -> None:
    told(road, road.chat(channel="other-app"), "receipt")

    assert waiting(road) == []


async def test_the_message_is_a_signed_cloudevent_with_chat_text_and_buttons(
    road: Road, integrator: Integrator
) -> None:
    chat = road.chat("their-chat", channel=CHANNEL)
    told(road, chat, "receipt")

    async with posting(road, hook(integrator)):
        await until(lambda: integrator.accepted)

    (event,) = integrator.accepted
    assert (event["type"], event["source"]) == ("tellonce.message.said.v1", "https://tellonce.example")
    assert (event["id"], event["subject"]) == (f"{chat.id}.1", "their-chat")
    assert event["data"] == {
        "channel": CHANNEL,
        "chat": "their-chat",
        "message": {
            "id": "receipt",
            "text": "en: receipt",
            "buttons": [],
            "seq": 1,
            "author": "bot",
            "name": None,
            "at": NOW.isoformat().replace("+00:00", "Z"),
        },
    }
    assert waiting(road) == []


async def test_a_repeat_has_the_same_id_and_body_and_later_messages_wait_behind_it(
    road: Road, integrator: Integrator
) -> None:
    told(road, road.chat(channel=CHANNEL), "first", "second", "third")
    integrator.script = [503, 429]

    async with posting(road, hook(integrator)):
        await until(lambda: len(integrator.accepted) == 3)

    assert integrator.texts == ["en: first", "en: second", "en: third"]
    assert len(set(integrator.calls[:3])) == 1
    assert len(integrator.calls) == 5


async def test_a_secret_of_somebody_else_is_not_believed_and_the_job_is_parked(
    road: Road, integrator: Integrator
) -> None:
    told(road, road.chat(channel=CHANNEL), "receipt")

    async with posting(road, hook(integrator, "whsec_" + "Zm9yZ2VkIGZvcmdlZCBmb3JnZWQgZm9yZ2Vk")):
        await until(lambda: waiting(road, "parked"))

    assert (integrator.forged, integrator.accepted) == (1, [])


async def test_after_the_last_try_the_job_is_parked_and_a_person_can_have_it_tried_again(
    road: Road, integrator: Integrator
) -> None:
    told(road, road.chat(channel=CHANNEL), "receipt")
    integrator.script = [500, 500]

    async with posting(road, hook(integrator), attempts=2) as worker:
        await until(lambda: waiting(road, "parked"))
        (job,) = road.database.read(lambda uow: uow.jobs.page("parked"))
        assert (job.kind, job.error) == ("webhook", "http:500")
        road.write(lambda uow: uow.jobs.replay(job.id))
        worker.wake()
        await until(lambda: integrator.accepted)

    assert integrator.texts == ["en: receipt"]


async def test_a_webhook_that_was_taken_out_of_the_configuration_parks(road: Road) -> None:
    told(road, road.chat(channel=CHANNEL), "receipt")

    async with posting(road):
        await until(lambda: waiting(road, "parked"))
