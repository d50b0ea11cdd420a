"""Tells the company's other systems of an applied change: one signed event per target, repeated until acknowledged.

The event is a CloudEvent in structured JSON under Standard Webhooks headers. `webhook-id` is the delivery's idempotency
key and stays the same in every repeat, as does the body; a receiver drops an id that it has seen. Any 2xx acknowledges.
408, 409, 425, 429 and 5xx, and no answer, mean "again later"; other answers mean "never", and a person looks.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
import structlog
from standardwebhooks import Webhook

from bot.errors import PermanentDeliveryError, TemporaryDeliveryError
from bot.live import CONSOLE
from bot.worker import Work, Write, nothing
from dialogs import lifecycle
from dialogs.effects import Decision
from dialogs.policy import Policy
from dialogs.request import ChangeRequest
from dialogs.types import Actor, ActorKind
from nlu.types import Operation, Value
from store.database import Database
from store.deliveries import DeliveryState, DeliveryStore, Outcome
from store.jobs import Lease
from store.uow import UnitOfWork

if TYPE_CHECKING:  # a quarter of a second: only the first event pays for it
    import httpx

log = structlog.get_logger(__name__)

TYPE = "tellonce.change.applied.v1"
AGAIN = frozenset({408, 409, 425, 429})
ACTOR = Actor(ActorKind.SYSTEM, "sync")


class Target(msgspec.Struct, frozen=True):
    """A system that learns of changes. `secret` is a Standard Webhooks secret (`whsec_…`); `read_url` is asked for
    `/customers/{no}` after an acknowledgement, None when it cannot be."""

    name: str
    url: str
    secret: str
    read_url: str | None = None


class Event(msgspec.Struct, frozen=True):
    """What a target is told. `value` is in clear and lives only as long as the call; None when it was removed."""

    key: str
    target: str
    request: str
    customer: str
    field: str
    version: str
    operation: Operation
    value: Value | None
    effective: str
    at: dt.datetime


def body_of(event: Event, source: str) -> bytes:
    """The CloudEvent, byte for byte the same in every repeat."""
    from cloudevents.conversion import to_structured
    from cloudevents.http import CloudEvent

    attributes = {
        "id": event.key,
        "type": TYPE,
        "source": source,
        "subject": event.request,
        "time": event.at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
    }
    data = {
        "request": event.request,
        "customer": event.customer,
        "field": event.field,
        "version": event.version,
        "operation": event.operation.value,
        "value": None if event.value is None else dict(event.value),
        "effective": event.effective,
    }
    _, body = to_structured(CloudEvent(attributes, data))
    return bytes(body)


def signed(target: Target, key: str, body: bytes, now: dt.datetime) -> dict[str, str]:
    """The headers of Standard Webhooks for this body, sent now."""
    return {
        "content-type": "application/cloudevents+json",
        "webhook-id": key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(target.secret).sign(key, now, body.decode()),
    }


def verdict(answer: httpx.Response, now: dt.datetime) -> None:
    """Return when the answer acknowledges; raise what else it means."""
    status = answer.status_code
    if answer.is_success:
        return
    if status in AGAIN or status >= 500:
        raise TemporaryDeliveryError(f"http:{status}", retry_after(answer.headers.get("retry-after"), now))
    raise PermanentDeliveryError(f"http:{status}")


def retry_after(header: str | None, now: dt.datetime) -> float | None:
    """The seconds in a Retry-After header, at most an hour; None when there is none that makes sense."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - now).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), 3600.0) if seconds == seconds else None


class Sync:
    """Does `sync` jobs. `start` and `close` frame its HTTP client."""

    def __init__(
        self,
        database: Database,
        targets: Sequence[Target],
        policy: Policy,
        clock: Callable[[], dt.datetime],
        *,
        source: str = "tellonce",
        attempts: int = 16,
        timeout: float = 10.0,
    ) -> None:
        self._database, self._policy, self._clock = database, policy, clock
        self._targets = {target.name: target for target in targets}
        self._source, self._attempts = source, attempts
        for target in targets:
            Webhook(target.secret)  # a secret that cannot sign is found at the start
        self._timeout = timeout

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        import httpx

        return httpx.AsyncClient(timeout=self._timeout, follow_redirects=False)

    async def close(self) -> None:
        """Close the connections, after the worker has stopped."""
        if "_client" in self.__dict__:
            await self._client.aclose()

    def work(self) -> Work:
        """In order per customer and target, for about five hours; then a person looks."""
        return Work(self.run, slots=8, attempts=self._attempts, gave_up=self._gave_up)

    async def run(self, lease: Lease) -> Write:
        """Tell one target of one change; then, if it was the last, the customer gets the receipt."""
        key = str(lease.payload["delivery"])
        event = await asyncio.to_thread(self._database.read, lambda uow: self._event(uow, key))
        if event is None:
            return nothing
        target = self._targets.get(event.target)
        if target is None:
            raise PermanentDeliveryError("no such target")
        await self._tell(key, target, event)
        drifted = await self._drifted(target, event)
        return lambda uow: self._acknowledged(uow, key, drifted)

    async def _tell(self, key: str, target: Target, event: Event) -> None:
        import httpx

        now, body = self._clock(), body_of(event, self._source)
        try:
            answer = await self._client.post(target.url, content=body, headers=signed(target, event.key, body, now))
        except httpx.HTTPError as trouble:
            await self._attempted(key, Outcome.FAILED, None)
            raise TemporaryDeliveryError(type(trouble).__name__) from None
        try:
            verdict(answer, now)
        except TemporaryDeliveryError:
            await self._attempted(key, Outcome.FAILED, answer.status_code)
            raise
        except PermanentDeliveryError:
            await self._attempted(key, Outcome.REFUSED, answer.status_code)
            raise
        await self._attempted(key, Outcome.ACKNOWLEDGED, answer.status_code)

    async def _drifted(self, target: Target, event: Event) -> bool:
        """Ask the target what it holds now. True when that differs; a target that cannot be read is only logged."""
        import httpx

        if target.read_url is None:
            return False
        url = f"{target.read_url.rstrip('/')}/customers/{quote(event.customer, safe='')}"
        try:
            answer = await self._client.get(url, headers=signed(target, f"read-{event.key}", b"", self._clock()))
            held = answer.json().get(event.field) if answer.is_success else None
        except (httpx.HTTPError, ValueError, AttributeError) as trouble:
            log.warning("sync.not_read_back", target=target.name, request=event.request, error=type(trouble).__name__)
            return False
        expected = None if event.value is None else dict(event.value)
        if held != expected:
            log.warning("sync.drift", target=target.name, request=event.request, field=event.field)
        return bool(held != expected)

    async def _attempted(self, key: str, outcome: Outcome, status: int | None) -> None:
        now = self._clock()
        await asyncio.wrap_future(
            self._database.submit(lambda uow: DeliveryStore(uow).tried(key, outcome, status, now))
        )

    def _event(self, uow: UnitOfWork, key: str) -> Event | None:
        """What the target is told; None when it has acknowledged already."""
        delivery = DeliveryStore(uow).load(key)
        if delivery.state is DeliveryState.ACKNOWLEDGED:
            return None
        request = uow.requests.load(delivery.request)
        removed = request.operation is Operation.REMOVE
        return Event(
            key=delivery.idempotency_key,
            target=delivery.target,
            request=request.number,
            customer=uow.customers.by_id(request.customer).no,
            field=request.field,
            version=request.applied_version or "",
            operation=request.operation,
            value=None if removed or request.applied_version is None else request.value,
            effective=(request.effective or delivery.created_at.date()).isoformat(),
            at=delivery.created_at,
        )

    def _acknowledged(self, uow: UnitOfWork, key: str, drifted: bool = False) -> Iterable[str]:
        now, deliveries = self._clock(), DeliveryStore(uow)
        deliveries.acknowledged(key, now)
        delivery = deliveries.load(key)
        if drifted:
            uow.commit(lifecycle.on_drift(uow.requests.load(delivery.request)), ACTOR, now)
        if any(other.state is not DeliveryState.ACKNOWLEDGED for other in deliveries.of_request(delivery.request)):
            return ()
        request = uow.requests.load(delivery.request)
        record = uow.customers.record(request.customer)
        masked = record[request.field].masked if request.field in record else ""
        return _commit(uow, lifecycle.on_synced(request, self._policy, now, masked=masked), request, now)

    def _gave_up(self, uow: UnitOfWork, lease: Lease, error: str) -> Iterable[str]:
        now, key, deliveries = self._clock(), str(lease.payload["delivery"]), DeliveryStore(uow)
        deliveries.given_up(key, now)
        delivery = deliveries.load(key)
        request = uow.requests.load(delivery.request)
        return _commit(uow, lifecycle.on_sync_failed(request, now, outstanding=(delivery.target,)), request, now)


def _commit(uow: UnitOfWork, decision: Decision, request: ChangeRequest, now: dt.datetime) -> Iterable[str]:
    """Commit what follows for the request; a move that is no longer legal (it was disputed meanwhile) is left."""
    if decision.refused is not None:
        return ()
    uow.commit(decision, ACTOR, now)
    return (request.conversation, CONSOLE)
