"""Tells integrators what is said later in the chats of their own channels: receipts, check-ins, words of a colleague.

What answers a message stands in the answer to `POST /api/v1/messages` and is not posted again. Each message is one
signed CloudEvent, under the same id and with the same body in every repeat, in order within a chat; what an answer
means is the same as for targets (`bot.sync`). After the last try the job is parked; the message can still be fetched.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from standardwebhooks import Webhook

from bot.api.messages import said_out
from bot.errors import PermanentDeliveryError, TemporaryDeliveryError
from bot.sync import Target, signed, verdict
from bot.worker import Work, Write, nothing
from store.conversations import UnknownConversation
from store.database import Database
from store.jobs import Lease
from store.said import Said
from store.uow import UnitOfWork

if TYPE_CHECKING:  # a quarter of a second: only the first event pays for it
    import httpx

TYPE = "tellonce.message.said.v1"


def body_of(channel: str, chat: str, key: str, said: Said, source: str) -> bytes:
    """The CloudEvent of one message, byte for byte the same in every repeat."""
    from cloudevents.conversion import to_structured
    from cloudevents.http import CloudEvent

    message = said_out(said).model_dump(mode="json")
    attributes = {
        "id": key,
        "type": TYPE,
        "source": source,
        "subject": chat,
        "time": said.at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
    }
    _, body = to_structured(CloudEvent(attributes, {"channel": channel, "chat": chat, "message": message}))
    return bytes(body)


class Webhooks:
    """Does `webhook` jobs. A hook is named like the channel whose chats it is told of."""

    def __init__(
        self,
        database: Database,
        hooks: Sequence[Target],
        clock: Callable[[], dt.datetime],
        *,
        source: str = "tellonce",
        attempts: int = 16,
        timeout: float = 10.0,
    ) -> None:
        self._database, self._clock, self._source = database, clock, source
        self._hooks = {hook.name: hook for hook in hooks}
        self._attempts, self._timeout = attempts, timeout
        for hook in hooks:
            Webhook(hook.secret)  # a secret that cannot sign is found at the start

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        import httpx

        return httpx.AsyncClient(timeout=self._timeout, follow_redirects=False)

    async def close(self) -> None:
        """Close the connections, after the worker has stopped."""
        if "_client" in self.__dict__:
            await self._client.aclose()

    def work(self) -> Work:
        """In order per chat, for about five hours; then a person looks."""
        return Work(self.run, slots=8, attempts=self._attempts)

    async def run(self, lease: Lease) -> Write:
        """Post one message."""
        conversation, seq = str(lease.payload["conversation"]), int(lease.payload["seq"])

        def load(uow: UnitOfWork) -> tuple[str, str, list[Said]]:
            here = uow.conversations.by_id(conversation)
            return here.channel, here.chat, uow.conversations.messages_for_customer(conversation, seq - 1, 1)

        try:
            channel, chat, messages = await asyncio.to_thread(self._database.read, load)
        except UnknownConversation:
            return nothing
        hook = self._hooks.get(channel)
        if hook is None:
            raise PermanentDeliveryError("no such webhook")
        for said in messages:
            if said.seq == seq:
                await self._post(hook, chat, f"{conversation}.{seq}", said)
        return nothing

    async def _post(self, hook: Target, chat: str, key: str, said: Said) -> None:
        import httpx

        now, body = self._clock(), body_of(hook.name, chat, key, said, self._source)
        try:
            answer = await self._client.post(hook.url, content=body, headers=signed(hook, key, body, now))
        except httpx.HTTPError as trouble:
            raise TemporaryDeliveryError(type(trouble).__name__) from None
        verdict(answer, now)
