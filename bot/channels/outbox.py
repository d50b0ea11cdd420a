"""Delivers what was said in the chats of one push channel, and keeps what the messenger does not let through.

Several messengers let a company write freely only for some time after the customer has (24 or 48 hours). Outside of
that only a template goes out, one that the messenger has approved. What no template can say is parked with its reason
and comes first when the customer writes next (`Jobs.wake`, in the transaction of that turn): nothing is lost silently.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Sequence
from enum import Enum, StrEnum
from typing import Protocol

import msgspec
import structlog

from bot.errors import PermanentDeliveryError
from bot.live import CONSOLE
from bot.worker import Work, Write, no_hold, nothing
from dialogs.effects import Decision, Flag
from dialogs.flags import FlagReason
from dialogs.replies import ReplyId
from dialogs.types import Actor, ActorKind
from nlu.types import Language
from store.conversations import UnknownConversation
from store.database import Database
from store.jobs import Lease, Payload, Waits
from store.said import Said, delivery_kind
from store.uow import UnitOfWork

log = structlog.get_logger(__name__)

UNDELIVERABLE = "undeliverable"
"""The chat cannot be reached any more: a person should look, and find another way."""

MARGIN = dt.timedelta(minutes=1)
"""The window is taken to be shorter by this: a message needs its time to arrive."""


class WindowClosedError(Exception):
    """The messenger lets nothing but a template through at the moment."""


class TemplateKind(StrEnum):
    """For which occasion a template stands in config.yml."""

    CHECK_IN = "check_in"
    RECEIPT = "receipt"
    OTHER = "other"


class Template(Enum):
    """What a template is good for."""

    MISSING = 0
    NOTICE = 1  # says that there is something: the message itself follows when the customer has answered
    WHOLE = 2  # says the message itself


class Outgoing(msgspec.Struct, frozen=True):
    """One message on its way. `attempts` counts the tries of this round; `heard_at` is when the customer last wrote."""

    job: int
    attempts: int
    conversation: str
    chat: str
    language: Language
    said: Said
    heard_at: dt.datetime | None

    @property
    def kind(self) -> TemplateKind:
        """The occasion."""
        match self.said.id:
            case ReplyId.CHECK_IN:
                return TemplateKind.CHECK_IN
            case ReplyId.RECEIPT | ReplyId.RECEIPT_REMOVED:
                return TemplateKind.RECEIPT
            case _:
                return TemplateKind.OTHER


class Messenger(Protocol):
    """How one messenger is spoken to. Both ways out raise a delivery error, `freely` also WindowClosedError."""

    async def freely(self, out: Outgoing) -> None:
        """Send the message as it is."""

    def template(self, out: Outgoing) -> Template:
        """What the template for this occasion is good for."""

    async def by_template(self, out: Outgoing) -> None:
        """Send the template. WindowClosedError: the messenger does not accept it now."""


class Outbox:
    """Does the delivery jobs of one channel. `window` None: the messenger has no such limit."""

    def __init__(
        self,
        channel: str,
        messenger: Messenger,
        database: Database,
        clock: Callable[[], dt.datetime],
        window: dt.timedelta | None = None,
    ) -> None:
        self.kind = delivery_kind(channel)
        self._messenger, self._database, self._clock, self._window = messenger, database, clock, window
        self._actor = Actor(ActorKind.SYSTEM, "deliver", channel)
        self._said_already: dict[int, int] = {}
        self._heard: dict[int, dt.datetime | None] = {}

    def work(self, hold: Callable[[], float] = no_hold) -> Work:
        """The jobs. An outage of the messenger may last most of a day before a message is parked."""
        return Work(
            self.deliver, slots=32, spare=16, attempts=100, longest_wait=600.0, gave_up=self._gave_up, hold=hold
        )

    async def deliver(self, lease: Lease) -> Write:
        """Send one message of a chat."""
        try:
            loaded = await asyncio.to_thread(self._database.read, lambda uow: self._load(uow, lease))
        except UnknownConversation:
            return nothing
        if loaded is not None:
            out, notified = loaded
            self._heard[lease.id] = out.heard_at
            await self._send(out, notified)
            self._heard.pop(lease.id, None)
        return nothing

    async def in_parts(self, out: Outgoing, sends: Sequence[Callable[[], Awaitable[None]]]) -> None:
        """Send the parts of a long message one after another. What went out is not sent again after a refusal."""
        for place in range(self._said_already.get(out.job, 0), len(sends)):
            self._said_already[out.job] = place
            await sends[place]()
        self._said_already.pop(out.job, None)

    def keep(self, uow: UnitOfWork, conversation: str, seq: int) -> None:
        """The messenger said afterwards that a message did not get through: it waits for the customer."""
        payload: Payload = {"conversation": conversation, "seq": seq}
        uow.jobs.put_waiting(self.kind, conversation, self._clock(), payload, Waits.WINDOW_CLOSED)

    def unreachable(self, uow: UnitOfWork, conversation: str) -> Iterable[str]:
        """The chat cannot be reached: a person should look."""
        flag = Flag(FlagReason.NO_REACHABLE_CONTACT, None, conversation)
        uow.commit(Decision(effects=(flag,)), self._actor, self._clock())
        return (conversation, CONSOLE)

    def _load(self, uow: UnitOfWork, lease: Lease) -> tuple[Outgoing, bool] | None:
        conversation, seq = str(lease.payload["conversation"]), int(lease.payload["seq"])
        here = uow.conversations.by_id(conversation)
        for said in uow.conversations.messages_for_customer(conversation, seq - 1, 1):
            if said.seq == seq:
                notified = uow.jobs.waits(conversation, Waits.NOTIFIED)
                out = Outgoing(
                    lease.id, lease.attempts, conversation, here.chat, here.language, said, here.last_inbound_at
                )
                return out, notified
        return None

    async def _send(self, out: Outgoing, notified: bool) -> None:
        if self._is_open(out):
            try:
                await self._messenger.freely(out)
            except WindowClosedError:
                log.info("outbox.window_closed", kind=self.kind, job=out.job)
            else:
                return
        template = self._messenger.template(out)
        if template is Template.MISSING or (template is Template.NOTICE and notified):
            raise PermanentDeliveryError(Waits.NOTIFIED if notified else Waits.WINDOW_CLOSED)
        try:
            await self._messenger.by_template(out)
        except WindowClosedError:
            raise PermanentDeliveryError(Waits.WINDOW_CLOSED) from None
        if template is Template.NOTICE:
            raise PermanentDeliveryError(Waits.NOTIFIED)

    def _is_open(self, out: Outgoing) -> bool:
        if self._window is None:
            return True
        return out.heard_at is not None and self._clock() - out.heard_at < self._window - MARGIN

    def _gave_up(self, uow: UnitOfWork, lease: Lease, error: str) -> Iterable[str]:
        conversation, before = str(lease.payload["conversation"]), self._heard.pop(lease.id, None)
        if error.startswith("waits:"):
            # the customer may have written just while we were being refused: nothing else would wake the job
            if uow.conversations.by_id(conversation).last_inbound_at != before:
                uow.jobs.wake(conversation)
            return ()
        self._said_already.pop(lease.id, None)
        return self.unreachable(uow, conversation) if error == UNDELIVERABLE else ()


def in_pieces(text: str, longest: int, size: Callable[[str], int] = len) -> list[str]:
    """The text in pieces of at most `longest`, parted at a line end or a space where there is one near."""
    pieces: list[str] = []
    while size(text) > longest:
        end = _fitting(text, longest, size)
        near = max(text.rfind("\n", end // 2, end), text.rfind(" ", end // 2, end))
        end = near + 1 if near > 0 else end
        pieces.append(text[:end].rstrip() or text[:end])
        text = text[end:].lstrip("\n ")
    return [*pieces, text] if text or not pieces else pieces


def _fitting(text: str, longest: int, size: Callable[[str], int]) -> int:
    """How many characters fit."""
    low, high = 1, min(len(text), longest)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= longest else (low, middle - 1)
    return low


__all__ = [
    "UNDELIVERABLE",
    "Messenger",
    "Outbox",
    "Outgoing",
    "Template",
    "TemplateKind",
    "WindowClosedError",
    "in_pieces",
]
