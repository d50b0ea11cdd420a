"""What was said in a chat: the messages table, which is the outbox as well."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from dialogs.replies import PRIVATE, ReplyId
from dialogs.types import ActorKind, Conversation, Message
from nlu.replaced import replaced
from store.codec import read, written
from store.crypto import KeyName, chat_key
from store.instant import from_micros, to_micros
from store.jobs import Payload, Priority

if TYPE_CHECKING:
    from store.uow import UnitOfWork

INSERT = "INSERT INTO message (conversation, seq, author_kind, author, sentence, content, whose, at) VALUES "
ROW = "(?, ?, ?, ?, ?, ?, ?, ?)"
AT_ONCE = 8
SAY = ["", *(INSERT + ", ".join([ROW] * count) for count in range(1, AT_ONCE + 1))]
# Of a chat that was another customer's before, only what was said since.
SAID = (
    "SELECT m.seq, m.author_kind, m.author, m.sentence, m.content, m.at, m.whose FROM message AS m"
    " JOIN conversation AS c ON c.id = m.conversation"
    " WHERE m.conversation = ? AND m.seq > ? AND m.whose IS c.customer ORDER BY m.seq LIMIT ?"
)
SAID_OF = (
    "SELECT seq, author_kind, author, sentence, content, at, whose FROM message"
    " WHERE conversation = ? AND seq > ? AND whose = ? AND seq <= ? ORDER BY seq"
)
CONTENTS = "SELECT seq, content FROM message WHERE conversation = ?"
RESEAL = "UPDATE message SET content = ?, whose = ? WHERE conversation = ? AND seq = ?"

HIDDEN = "••••••"
"""What is shown of words that are not for the reader: a one-time code that was typed, a record that was disclosed."""


def delivery_kind(channel: str) -> str:
    """The kind of job that delivers a channel's messages: each has its own, so that one never holds up another."""
    return "deliver" if channel == "telegram" else f"deliver.{channel}"


class Said(msgspec.Struct, frozen=True):
    """One message of a chat. `id` is the catalogue id, empty for what a person wrote; `seq` grows within the chat."""

    seq: int
    author_kind: ActorKind
    author: str
    id: str
    text: str
    buttons: tuple[tuple[str, str], ...]
    at: dt.datetime


class Line(msgspec.Struct, frozen=True):
    """A message about to be kept."""

    author_kind: ActorKind
    author: str
    message: Message


def _for_staff(said: Said) -> Said:
    return replaced(said, text=HIDDEN) if said.id in PRIVATE else said


def _priority(said: Said, *, answers: bool) -> int:
    """How urgent it is that a message goes out: first what somebody waits for, last what a campaign asks."""
    if answers or said.author_kind is ActorKind.STAFF:
        return Priority.HIGH
    return Priority.LOW if said.id == ReplyId.CHECK_IN else Priority.NORMAL


class SaidStore:
    """Appends and reads messages. Pull channels read them by `seq`; push channels get a delivery job for each."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def page(self, conversation: str, after: int = 0, limit: int = 200) -> list[Said]:
        """What was said after `after`, in order, while the chat was whose it is now. For staff: of what is for the
        customer's eyes only, that it was said."""
        return [_for_staff(said) for said in self.page_for_customer(conversation, after, limit)]

    def page_for_customer(self, conversation: str, after: int = 0, limit: int = 200) -> list[Said]:
        """The same in full, for the customer's own channel only."""
        return [self._open(conversation, row) for row in self._uow.run(SAID, (conversation, after, limit))]

    def of_customer(self, conversation: str, customer: str, after: int, last: int) -> list[Said]:
        """What was said after `after` up to `last` while the chat was this customer's, whose ever it is now."""
        rows = self._uow.run(SAID_OF, (conversation, after, customer, last))
        return [_for_staff(self._open(conversation, row)) for row in rows]

    def _open(self, conversation: str, row: tuple[Any, ...]) -> Said:
        seq, kind, author, sentence, sealed, at, whose = row
        key = chat_key(conversation, whose)
        text, buttons = read(self._uow.seal.open(key, sealed, "message.content", f"{conversation}/{seq}"))
        pairs = tuple((id, label) for id, label in buttons)
        return Said(seq, ActorKind(kind), author, sentence, text, pairs, from_micros(at))

    def say(self, conversation: Conversation, first: int, lines: Sequence[Line], now: dt.datetime) -> list[Said]:
        """Keep messages, the first of them under this number. To a push channel what we say gets its delivery jobs."""
        id, whose, at = conversation.id, conversation.customer, to_micros(now)
        key, seal = chat_key(id, whose), self._uow.seal.seal
        said, rows = [], []
        for seq, line in enumerate(lines, first):
            message = line.message
            content = seal(key, written((message.text, message.buttons)), "message.content", f"{id}/{seq}")
            rows.append((id, seq, line.author_kind.value, line.author, str(message.id), content, whose, at))
            said.append(Said(seq, line.author_kind, line.author, message.id, message.text, message.buttons, now))
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            self._uow.run(SAY[len(some)], tuple(chain.from_iterable(some)))
        if conversation.channel in self._uow.push:
            answers = any(one.author_kind is ActorKind.CUSTOMER for one in said)
            for one in said:
                if one.author_kind is not ActorKind.CUSTOMER:
                    payload: Payload = {"conversation": id, "seq": one.seq}
                    priority = _priority(one, answers=answers)
                    self._uow.jobs.put(delivery_kind(conversation.channel), id, now, payload, priority=priority)
        return said

    def announce(self, conversation: Conversation, said: Sequence[Said], now: dt.datetime) -> None:
        """What answers no message is posted to the owner of the channel, if they want it; an answer they have."""
        if conversation.channel in self._uow.told:
            for one in said:
                self._uow.jobs.put("webhook", conversation.id, now, {"conversation": conversation.id, "seq": one.seq})

    def reseal(self, conversation: str, old: KeyName, new: KeyName, customer: str) -> None:
        """Move what was said while the chat was nobody's to the customer whose it is."""
        for seq, sealed in self._uow.run(CONTENTS, (conversation,)).fetchall():
            moved = self._uow.seal.move(old, new, sealed, "message.content", f"{conversation}/{seq}")
            self._uow.run(RESEAL, (moved, customer, conversation, seq))
