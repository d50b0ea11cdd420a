"""Signed events to a target over real HTTP; the receiver verifies with `standardwebhooks`, forged ones are refused."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from cloudevents.conversion import from_json
from cloudevents.http import CloudEvent
from standardwebhooks import Webhook, WebhookVerificationError
from structlog.testing import capture_logs

from bot.errors import PermanentDeliveryError, TemporaryDeliveryError
from bot.sync import Event, Sync, Target, body_of, retry_after, signed, verdict
from bot.worker import Worker
from dialogs.effects import Apply, Decision, Move
from dialogs.request import State
from nlu.replaced import replaced
from nlu.types import Operation
from tests.bot.opened import opened, until, working
from tests.store.road import NEW_ADDRESS, NEW_PHONE, POLICY, STAFF, Road

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def event(**changes: Any) -> Event:
    given: dict[str, Any] = {
        "key": "d1",
        "target": "crm",
        "request": "CR-2026-000123",
        "customer": "CUST202603020001",
        "field": "phone",
        "version": "v2",
        "operation": Operation.CHANGED,
        "value": {"e164": "+8613812345678"},
        "effective": "2026-03-02",
        "at": NOW,
    }
    return Event(**given | changes)


@dataclass
class Receiver:
    """What a careful target does: verify, drop what it has seen, answer as scripted, and hold values for reading."""

    url: str = ""
    secret: str = SECRET
    script: list[web.Response] = field(default_factory=list)
    accepted: list[dict[str, Any]] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    refused: int = 0
    holds: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.requests.append(dict(request.headers))
        self.bodies.append(body)
        try:
            sent = Webhook(self.secret).verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.refused += 1
            return web.Response(status=401)
        if self.script:
            return self.script.pop(0)
        key = request.headers["webhook-id"]
        if key not in self.seen:
            self.seen.add(key)
            self.accepted.append(sent)
        return web.Response(status=204)

    async def read(self, request: web.Request) -> web.Response:
        self.asked.append(request.match_info["no"])
        return web.json_response(self.holds)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    app.router.add_get("/customers/{no}", made.read)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


def test_the_event_is_a_cloudevent_and_the_same_in_every_repeat() -> None:
    body = body_of(event(), "https://tellonce.example")

    read = from_json(CloudEvent, body)
    assert (read["id"], read["type"], read["specversion"]) == ("d1", "tellonce.change.applied.v1", "1.0")
    assert (read["source"], read["subject"]) == ("https://tellonce.example", "CR-2026-000123")
    assert read.data == {
        "request": "CR-2026-000123",
        "customer": "CUST202603020001",
        "field": "phone",
        "version": "v2",
        "operation": "changed",
        "value": {"e164": "+8613812345678"},
        "effective": "2026-03-02",
    }
    assert body_of(event(), "https://tellonce.example") == body


def test_a_removed_value_is_null() -> None:
    assert json.loads(body_of(event(operation=Operation.REMOVE, value=None), "x"))["data"]["value"] is None


async def post(receiver: Receiver, body: bytes, headers: dict[str, str]) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.post(f"{receiver.url}/hook", content=body, headers=headers)).status_code


async def test_a_receiver_verifies_and_refuses_what_is_forged_or_replayed(receiver: Receiver) -> None:
    target, now = Target("crm", receiver.url, SECRET), dt.datetime.now(dt.UTC)
    body = body_of(event(), "x")
    right = signed(target, "d1", body, now)

    assert await post(receiver, body, right) == 204
    assert await post(receiver, body.replace(b"5678", b"9999"), right) == 401
    assert await post(receiver, body, right | {"webhook-id": "d2"}) == 401
    other = Target("crm", receiver.url, base64.b64encode(b"another secret, 24 bytes").decode())
    assert await post(receiver, body, signed(other, "d1", body, now)) == 401
    assert await post(receiver, body, signed(target, "d1", body, now - dt.timedelta(minutes=6))) == 401
    assert await post(receiver, body, right) == 204  # a repeat is recognised by its id

    assert len(receiver.accepted) == 1


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, None),
        (202, None),
        (204, None),
        (301, PermanentDeliveryError),
        (400, PermanentDeliveryError),
        (401, PermanentDeliveryError),
        (404, PermanentDeliveryError),
        (410, PermanentDeliveryError),
        (408, TemporaryDeliveryError),
        (409, TemporaryDeliveryError),
        (425, TemporaryDeliveryError),
        (429, TemporaryDeliveryError),
        (500, TemporaryDeliveryError),
        (503, TemporaryDeliveryError),
    ],
)
def test_what_an_answer_means(status: int, outcome: type[Exception] | None) -> None:
    answer = httpx.Response(status)

    if outcome is None:
        verdict(answer, NOW)
    else:
        with pytest.raises(outcome):
            verdict(answer, NOW)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("-5", 0.0),
        ("1e9", 3600.0),
        ("Mon, 02 Mar 2026 09:00:30 GMT", 30.0),
        ("soon", None),
        ("nan", None),
    ],
)
def test_retry_after_is_heard_within_reason(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


# --- with the store ---------------------------------------------------------------------------------------------------


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    with opened(tmp_path) as made:
        yield made


def applied(road: Road, field: str = "address", number: str = "CR-2026-000001") -> tuple[str, str]:
    """A change that went live a moment ago; returns the customer and the request's number."""
    customer = road.customer()
    value = {"address": NEW_ADDRESS, "phone": NEW_PHONE}[field]
    request = road.approved(road.filed(customer, value, field, number))
    moved = replaced(request, state=State.APPLIED)
    road.commit(Decision(effects=(Move(moved, request.state), Apply(moved))), actor=STAFF)
    return customer, number


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@asynccontextmanager
async def syncing(road: Road, *targets: Target, attempts: int = 16) -> AsyncIterator[Worker]:
    sync = Sync(road.database, targets, POLICY, now, source="https://tellonce.example", attempts=attempts)
    work = replaced(sync.work(), first_wait=0.0)
    async with working(road.database, now, {"sync": work}) as worker:
        yield worker
    await sync.close()


def crm(receiver: Receiver, **changes: Any) -> Target:
    return Target(**{"name": "crm", "url": f"{receiver.url}/hook", "secret": SECRET} | changes)


def tries(road: Road) -> list[tuple[object, ...]]:
    return road.rows("SELECT outcome, status FROM attempt ORDER BY delivery, n")


async def test_an_applied_change_reaches_the_target_and_the_customer_gets_the_receipt(
    road: Road, receiver: Receiver
) -> None:
    customer, number = applied(road)

    async with syncing(road, crm(receiver)):
        await until(lambda: road.load(number).state is State.SYNCED)

    (sent,) = receiver.accepted
    assert sent["type"] == "tellonce.change.applied.v1"
    assert sent["data"]["value"] == NEW_ADDRESS
    assert sent["data"]["request"] == number
    assert sent["data"]["version"] == road.version(customer, "address")
    assert receiver.requests[0]["webhook-id"] == f"{number}/crm"
    assert tries(road) == [("acknowledged", 204)]
    said = road.database.read(lambda uow: uow.conversations.messages(road.load(number).conversation))
    assert said[-1].id == "receipt"


async def test_a_repeat_has_the_same_id_and_body_and_a_fresh_signature(road: Road, receiver: Receiver) -> None:
    _, number = applied(road)
    receiver.script = [web.Response(status=503), web.Response(status=429, headers={"Retry-After": "0"})]

    async with syncing(road, crm(receiver)):
        await until(lambda: road.load(number).state is State.SYNCED)

    assert len({request["webhook-id"] for request in receiver.requests}) == 1
    assert len(set(receiver.bodies)) == 1
    assert len(receiver.requests) == 3
    assert tries(road) == [("failed", 503), ("failed", 429), ("acknowledged", 204)]


async def test_a_target_that_refuses_parks_and_the_request_says_so_until_it_is_replayed(
    road: Road, receiver: Receiver
) -> None:
    _, number = applied(road)
    receiver.script = [web.Response(status=422)]

    async with syncing(road, crm(receiver)) as worker:
        await until(lambda: road.load(number).state is State.SYNC_FAILED)
        (job,) = road.database.read(lambda uow: uow.jobs.page("parked"))
        assert (job.kind, job.error) == ("sync", "http:422")
        assert road.rows("SELECT state FROM delivery") == [("given_up",)]

        road.write(lambda uow: uow.jobs.replay(job.id))
        worker.wake()
        await until(lambda: road.load(number).state is State.SYNCED)

    assert len(receiver.accepted) == 1


async def test_the_last_attempt_parks(road: Road) -> None:
    _, number = applied(road)

    async with syncing(road, Target("crm", "http://127.0.0.1:1/hook", SECRET), attempts=2):
        await until(lambda: road.load(number).state is State.SYNC_FAILED)

    assert tries(road) == [("failed", None), ("failed", None)]


async def test_the_receipt_waits_for_every_target(road: Road, receiver: Receiver) -> None:
    _, number = applied(road, "phone")  # told to crm and to orders
    orders = Target("orders", "http://127.0.0.1:1/hook", SECRET)

    async with syncing(road, crm(receiver), orders):
        await until(lambda: receiver.accepted and len(tries(road)) > 2)
        assert road.load(number).state is State.APPLIED


async def test_a_target_that_is_down_holds_no_other_back(road: Road, receiver: Receiver) -> None:
    _, number = applied(road, "phone")  # told to crm and to orders
    down = Target("crm", "http://127.0.0.1:1/hook", SECRET)
    orders = crm(receiver, name="orders")

    async with syncing(road, down, orders):
        await until(lambda: len(receiver.accepted) == 1)

    assert ("failed", None) in tries(road)
    assert road.load(number).state is State.APPLIED


async def test_a_target_that_left_the_configuration_is_given_up(road: Road) -> None:
    _, number = applied(road)

    async with syncing(road):
        await until(lambda: road.load(number).state is State.SYNC_FAILED)


async def test_what_differs_when_read_back_is_reported_without_any_value(road: Road, receiver: Receiver) -> None:
    _, number = applied(road)
    receiver.holds = {"address": {"street": "Elsewhere"}}

    with capture_logs() as logs:
        async with syncing(road, crm(receiver, read_url=receiver.url)):
            await until(lambda: road.load(number).state is State.SYNCED)

    (drift,) = [line for line in logs if line["event"] == "sync.drift"]
    assert (drift["target"], drift["request"], drift["field"]) == ("crm", number, "address")
    assert "Elsewhere" not in str(logs)
    assert NEW_ADDRESS["street"] not in str(logs)
    assert len(receiver.asked) == 1
    told = "SELECT subject FROM audit_entry WHERE act = 'staff.told.sync_drift'"
    assert road.rows(told) == [(f"request:{number}",)]


async def test_what_agrees_when_read_back_is_not_reported(road: Road, receiver: Receiver) -> None:
    _, number = applied(road)
    receiver.holds = {"address": NEW_ADDRESS}

    with capture_logs() as logs:
        async with syncing(road, crm(receiver, read_url=receiver.url)):
            await until(lambda: road.load(number).state is State.SYNCED)

    assert [line for line in logs if line["event"].startswith("sync.")] == []


def test_a_secret_that_cannot_sign_is_found_at_the_start(road: Road) -> None:
    with pytest.raises(Exception, match="secret"):
        Sync(road.database, [Target("crm", "http://127.0.0.1:1", "")], POLICY, now)
