"""Conversations: their state, what was said in them, and which inbound messages were already answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from dialogs.types import Conversation, Inbound, Stage
from nlu.replaced import replaced
from nlu.types import Language
from store.codec import decode, encode
from store.crypto import KeyName, chat_key, customer_key, new_id
from store.indexes import NOT_COMPARED, Index
from store.instant import from_micros, to_micros
from store.said import Line, Said, SaidStore

if TYPE_CHECKING:
    from store.uow import UnitOfWork

CLAIM = "INSERT INTO claim (channel, chat_index, inbound, body, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
CLAIMED = (
    "SELECT body, conversation, first_seq, last_seq FROM claim WHERE channel = ? AND chat_index = ? AND inbound = ?"
)
ANSWER = (
    "INSERT INTO claim (conversation, first_seq, last_seq, channel, chat_index, inbound, body, at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
ANSWERED = (
    "UPDATE claim SET conversation = ?, first_seq = ?, last_seq = ?"
    " WHERE channel = ? AND chat_index = ? AND inbound = ?"
)
# Held until the act ends: two processes never run one chat's turns at once.
FOUND = "id, customer, state, version, last_seq"
HELD = " /*+ FOR NO KEY UPDATE */"
FIND = f"SELECT {FOUND} FROM conversation WHERE channel = ? AND chat_index = ?{HELD}"  # noqa: S608  # fixed text
# A turn of a linked chat, in one question: the conversation, the key it is sealed under, and what this message was
# answered. The customer is held as well, after the chat as always. Nothing is found when the chat is not linked, or was
# linked while we waited for it.
FIND_LINKED = (
    "SELECT c.id, c.customer, c.state, c.version, c.last_seq, k.wrapped, k.master,"
    " m.body, m.conversation, m.first_seq, m.last_seq"
    " FROM conversation AS c /*+ JOIN customer AS p ON p.id = c.customer */"
    " JOIN data_key AS k ON k.kind = 'customer' AND k.holder = c.customer"
    " LEFT JOIN claim AS m ON m.channel = c.channel AND m.chat_index = c.chat_index AND m.inbound = ?"
    " WHERE c.channel = ? AND c.chat_index = ? /*+ FOR NO KEY UPDATE OF c, p FOR KEY SHARE OF k */"
)
BY_ID = f"SELECT {FOUND} FROM conversation WHERE id = ?{HELD}"  # noqa: S608  # fixed text
STANDS = f"SELECT chat_index FROM conversation WHERE channel = ? AND chat_index IN (?, ?){HELD}"  # noqa: S608  # fixed text
OF_CUSTOMER = f"SELECT {FOUND} FROM conversation WHERE customer = ? ORDER BY created_at, id"  # noqa: S608  # fixed text
CREATE = (
    "INSERT INTO conversation (id, channel, chat_index, chat, stage, language, silence, state, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
SAVE = (
    "UPDATE conversation SET customer = ?, owner = ?, flagged = ?, flagged_at = ?, stage = ?, language = ?,"
    " silence = ?, last_inbound_at = ?, state = ?, last_seq = last_seq + ?, version = version + 1"
    " WHERE id = ? AND version = ?"
)
# The same where it stays whose it was: a column that is set has its indexes and keys looked after, changed or not.
SAVE_AS_WHOSE_IT_WAS = (
    "UPDATE conversation SET stage = ?, language = ?,"
    " silence = ?, last_inbound_at = ?, state = ?, last_seq = last_seq + ?, version = version + 1"
    " WHERE id = ? AND version = ?"
)
ADD_NOTE = "INSERT INTO note (id, conversation, author, text, whose, at, audit) VALUES (?, ?, ?, ?, ?, ?, ?)"
NOTES = (
    "SELECT n.id, n.author, n.text, n.at, n.whose FROM note AS n JOIN conversation AS c ON c.id = n.conversation"
    " WHERE n.conversation = ? AND n.whose IS c.customer ORDER BY n.at, n.id"
)
LINE = (
    "SELECT c.id, c.channel, c.stage, c.owner, c.flagged, c.flagged_at, c.language, c.last_inbound_at, c.customer, k.no"
    " FROM conversation AS c LEFT JOIN customer AS k ON k.id = c.customer"
)
PAGE = f"{LINE} WHERE c.id > ? ORDER BY c.id LIMIT ?"
PAGE_FLAGGED = LINE + (  # noqa: S608  # fixed text
    " WHERE c.flagged IS NOT NULL AND (c.flagged_at, c.id) >"
    " (COALESCE((SELECT flagged_at FROM conversation WHERE id = ?), -1), ?) ORDER BY c.flagged_at, c.id LIMIT ?"
)
PAGE_UNFLAGGED = f"{LINE} WHERE c.flagged IS NULL AND c.id > ? ORDER BY c.id LIMIT ?"

RECENT = f"{LINE} WHERE c.flagged IS NULL ORDER BY c.owner IS NULL, c.last_inbound_at DESC NULLS LAST, c.id LIMIT ?"
LAST_SEQ = "SELECT last_seq FROM conversation WHERE id = ?"

SET_CLAIMS = "UPDATE claim SET chat_index = ?, body = ? WHERE channel = ? AND chat_index = ?"
"""A chat's claims under another index; their bodies cannot be hashed anew."""


class ClaimConflict(Exception):
    """The same message id was used again with another body."""


class ClaimedMeanwhile(Exception):
    """Another process answered this message since it was looked for. Look again."""


class StaleConversation(Exception):
    """The conversation was changed by somebody else since it was loaded. Load it and decide again."""


class UnknownConversation(LookupError):
    """There is no conversation with this id."""


class ConversationLine(msgspec.Struct, frozen=True):
    """A conversation in a list: nothing of it is in clear but where it stands."""

    id: str
    channel: str
    stage: Stage
    owner: str | None
    flagged: str | None
    flagged_at: dt.datetime | None
    language: Language
    last_inbound_at: dt.datetime | None
    customer: str | None
    customer_no: str | None


class NoteLine(msgspec.Struct, frozen=True):
    """An internal remark of staff."""

    id: str
    author: str
    text: str
    at: dt.datetime


class ConversationStore:
    """Keeps conversations. A chat's rows are sealed under its own key until it is linked, then the customer's."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._indexes: dict[tuple[str, str], tuple[bytes, ...]] = {}  # a turn asks for its chat's several times
        self._claimed: set[tuple[str, bytes, str]] = set()
        self._here: tuple[str, str, Conversation] | None = None
        self._found: dict[str, tuple[Any, ...]] = {}  # what the rows of conversations say of whose they are
        self._last: dict[str, int] = {}  # and how many messages they have
        self.said = SaidStore(uow)

    def earlier(self, inbound: Inbound) -> tuple[Said, ...] | None:
        """What a turn answered to this message before; None for a message that is new. `answered` claims it with its
        answer, and of two turns that both found it new only one can.

        Raises ClaimConflict when the id was used with another body.
        """
        channel, chat = inbound.channel, inbound.chat
        place = self._place(inbound)
        row = self._uow.run(FIND_LINKED, (inbound.id, *place[:2])).fetchone()
        if row is None:
            claimed = self._uow.run(CLAIMED, place).fetchone() or self._claimed_before(inbound, place)
            return None if claimed is None else self._answer(inbound, claimed)
        id, customer, state, version, last_seq, wrapped, master, *claim = row
        self._uow.held.add(customer)
        self._uow.seal.found(customer_key(customer), wrapped, master)
        if claim[0] is not None:
            return self._answer(inbound, claim)
        self._here = channel, chat, self._open((id, customer, state, version, last_seq))
        return None

    def claim(self, inbound: Inbound, now: dt.datetime) -> tuple[Said, ...] | None:
        """Take an inbound message at once: None. If it was taken before: what was answered then.

        Raises ClaimConflict when the id was used with another body.
        """
        place = self._place(inbound)
        if (before := self._claimed_before(inbound, place)) is not None:
            return self._answer(inbound, before)
        if self._uow.run(CLAIM, (*place, self._body_index(inbound), to_micros(now))).rowcount == 1:
            self._claimed.add(place)
            return None
        return self._answer(inbound, self._uow.run(CLAIMED, place).fetchone())

    def was_taken(self, inbound: Inbound) -> bool | None:
        """Whether a turn answered this message id; False when it was only claimed, None when it is new."""
        place = self._place(inbound)
        row = self._uow.run(CLAIMED, place).fetchone() or self._claimed_before(inbound, place)
        return None if row is None else row[1] is not None

    def answered(self, inbound: Inbound, conversation: str, said: Sequence[Said], now: dt.datetime) -> None:
        """Claim a message with its answer. Raises ClaimedMeanwhile when it was claimed since it was looked for."""
        answer = (conversation, said[0].seq, said[-1].seq) if said else (conversation, None, None)
        place = self._place(inbound)
        if place in self._claimed:
            self._uow.run(ANSWERED, (*answer, *place))
            return
        claim = (*answer, *place, self._body_index(inbound), to_micros(now))
        if self._uow.run(ANSWER, claim).rowcount != 1:
            raise ClaimedMeanwhile

    def load(self, channel: str, chat: str, now: dt.datetime) -> Conversation:
        """The conversation of a chat; the first time, a new one."""
        if self._here is not None and self._here[:2] == (channel, chat):
            return self._here[2]  # `earlier` has just found it, and it is held since
        return self.find(channel, chat) or self._create(channel, chat, now)

    def find(self, channel: str, chat: str) -> Conversation | None:
        """The conversation of a chat; None before its first message."""
        row = self._uow.run(FIND, (channel, self._chat_index(channel, chat))).fetchone()
        return None if row is None else self._open(row)

    def by_id(self, id: str) -> Conversation:
        """One conversation. Raises UnknownConversation when there is none."""
        row = self._uow.run(BY_ID, (id,)).fetchone()
        if row is None:
            raise UnknownConversation
        return self._open(row)

    def of_customer(self, customer: str) -> list[Conversation]:
        """The chats linked to a customer, oldest first."""
        return [self._open(row) for row in self._uow.run(OF_CUSTOMER, (customer,)).fetchall()]

    def page(self, flagged: bool | None, after: str = "", limit: int = 100) -> list[ConversationLine]:
        """Conversations after this id; only flagged ones (longest waiting first), only others, or (None) all."""
        if flagged:
            return [_line(row) for row in self._uow.run(PAGE_FLAGGED, (after, after, limit))]
        return [_line(row) for row in self._uow.run(PAGE if flagged is None else PAGE_UNFLAGGED, (after, limit))]

    def recent(self, limit: int = 100) -> list[ConversationLine]:
        """Conversations that are not flagged: first those a person speaks in, then the latest heard of."""
        return [_line(row) for row in self._uow.run(RECENT, (limit,))]

    def last_messages(self, conversation: str, limit: int = 200) -> list[Said]:
        """The last of what was said, in order. Raises UnknownConversation."""
        row = self._uow.run(LAST_SEQ, (conversation,)).fetchone()
        if row is None:
            raise UnknownConversation
        return self.messages(conversation, max(0, row[0] - limit), limit)

    def messages(self, conversation: str, after: int = 0, limit: int = 200) -> list[Said]:
        """What was said after `after`, in order, as staff may see it."""
        return self.said.page(conversation, after, limit)

    def messages_for_customer(self, conversation: str, after: int = 0, limit: int = 200) -> list[Said]:
        """The same in full, for the customer's own channel only."""
        return self.said.page_for_customer(conversation, after, limit)

    def notes(self, conversation: str) -> list[NoteLine]:
        """Staff's remarks, in order."""
        rows = self._uow.run(NOTES, (conversation,)).fetchall()
        return [
            NoteLine(
                id,
                author,
                self._uow.seal.open(chat_key(conversation, customer), text, "note.text", id).decode(),
                from_micros(at),
            )
            for id, author, text, at, customer in rows
        ]

    def add_note(self, conversation: Conversation, author: str, text: str, now: dt.datetime, audit: int) -> None:
        """Keep a remark."""
        id = new_id()
        sealed = self._uow.seal.seal(_key(conversation), text.encode(), "note.text", id)
        self._uow.run(ADD_NOTE, (id, conversation.id, author, sealed, conversation.customer, to_micros(now), audit))

    def save(self, conversation: Conversation, lines: Sequence[Line], now: dt.datetime) -> tuple[bytes, list[Said]]:
        """Write the next state and what was said; returns the sealed state (for the trace) and the messages kept.

        Raises StaleConversation when somebody else was faster. Messages to a push channel get their delivery jobs.
        """
        version = conversation.version + 1
        saved = replaced(conversation, version=version)
        state = self._uow.seal.seal(_key(conversation), encode(saved), "conversation.state", conversation.id, version)
        whose, columns = _whose(conversation), _columns(conversation)
        values = (*columns, state, len(lines), conversation.id, conversation.version)
        if self._found.get(conversation.id) == whose:
            rows = self._uow.run(SAVE_AS_WHOSE_IT_WAS, values).rowcount
        else:
            rows = self._uow.run(SAVE, (*whose, *values)).rowcount
        if rows != 1:
            raise StaleConversation(conversation.id)
        if (last := self._last.get(conversation.id)) is None:  # it was not loaded here
            last = self._uow.run(LAST_SEQ, (conversation.id,)).fetchone()[0] - len(lines)
        self._here = None
        self._found[conversation.id], self._last[conversation.id] = whose, last + len(lines)
        self._uow.opened.states.put(conversation.id, state, saved)
        self._uow.touched.add(conversation.id)
        return state, self.said.say(conversation, last + 1, lines, now)

    def reseal(self, id: str, before: str | None, customer: str) -> None:
        """Move a chat's address to the customer's key; so too, and the chat's own key destroyed, what was said while it
        was nobody's. What was said while it was another customer's stays theirs."""
        old, new = chat_key(id, before), customer_key(customer)
        (sealed,) = self._uow.run("SELECT chat FROM conversation WHERE id = ?", (id,)).fetchone()
        moved = self._uow.seal.move(old, new, sealed, "conversation.chat", id)
        self._uow.run("UPDATE conversation SET chat = ? WHERE id = ?", (moved, id))
        if before is not None:
            return
        for note, sealed in self._uow.run("SELECT id, text FROM note WHERE conversation = ?", (id,)).fetchall():
            moved = self._uow.seal.move(old, new, sealed, "note.text", note)
            self._uow.run("UPDATE note SET text = ?, whose = ? WHERE id = ?", (moved, customer, note))
        self.said.reseal(id, old, new, customer)
        self._uow.seal.destroy(old)

    def _create(self, channel: str, chat: str, now: dt.datetime) -> Conversation:
        conversation = Conversation(new_id(), channel, chat)
        key = _key(conversation)
        sealed = self._uow.seal.seal(key, chat.encode(), "conversation.chat", conversation.id)
        state = self._uow.seal.seal(key, encode(conversation), "conversation.state", conversation.id, 0)
        stage, language, silence, _ = _columns(conversation)
        chat_index, *older = self._chat_indexes(channel, chat)
        self._uow.run(
            CREATE,
            (conversation.id, channel, chat_index, sealed, stage, language, silence, state, to_micros(now)),
        )
        for before in older:  # it bears the newest keys: nobody would come for what was claimed before it began
            self._uow.run(SET_CLAIMS, (chat_index, NOT_COMPARED, channel, before))
        self._last[conversation.id] = 0
        return conversation

    def _open(self, row: tuple[Any, ...]) -> Conversation:
        id, customer, sealed, version, self._last[row[0]] = row
        key = chat_key(id, customer)
        self._uow.seal.look(key)

        def opened() -> Conversation:
            return decode(self._uow.seal.open(key, sealed, "conversation.state", id, version))

        conversation = self._uow.opened.states.of(id, sealed, opened)
        self._found[id] = (customer, *_whose(conversation)[1:])
        return conversation

    def _answer(self, inbound: Inbound, claimed: Sequence[Any]) -> tuple[Said, ...]:
        """What was answered, as the claim has it: nothing of it once the chat is somebody else's."""
        body, conversation, first, last = claimed
        if body != NOT_COMPARED and not self._uow.keyring.matches(body, Index.BODY, *_body(inbound)):
            raise ClaimConflict
        if first is None:
            return ()
        page = self.messages_for_customer(conversation, first - 1, last - first + 1)
        return tuple(said for said in page if said.seq <= last)

    def _place(self, inbound: Inbound) -> tuple[str, bytes, str]:
        return inbound.channel, self._chat_index(inbound.channel, inbound.chat), inbound.id

    def _body_index(self, inbound: Inbound) -> bytes:
        return self._uow.keyring.index(Index.BODY, *_body(inbound))

    def _chat_index(self, channel: str, chat: str) -> bytes:
        """The hash under which the chat stands, or will stand. While index keys are rotated it is looked for, and held:
        whoever gives it the new one waits until this act has ended."""
        return self._chat_indexes(channel, chat)[0]

    def _chat_indexes(self, channel: str, chat: str) -> tuple[bytes, ...]:
        """That hash, and those that the keys before the newest make of the chat: none unless keys are rotated."""
        if (known := self._indexes.get((channel, chat))) is None:
            newest, *older = self._uow.keyring.indexes(Index.CHAT, channel, chat)
            stands = newest
            for index in older:
                if (row := self._uow.run(STANDS, (channel, newest, index)).fetchone()) is not None:
                    stands = row[0]
            known = self._indexes[channel, chat] = (stands, *older)
        return known

    def _claimed_before(self, inbound: Inbound, place: tuple[str, bytes, str]) -> Any:
        """A claim of a chat that has no conversation, from before the newest index keys."""
        channel, known, id = place
        older = self._chat_indexes(channel, inbound.chat)[1:]
        rows = (self._uow.run(CLAIMED, (channel, index, id)).fetchone() for index in older if index != known)
        return next((row for row in rows if row is not None), None)


def _key(conversation: Conversation) -> KeyName:
    return chat_key(conversation.id, conversation.customer)


def _body(inbound: Inbound) -> tuple[str, ...]:
    """What must be the same when a message comes again."""
    parts: tuple[str | None, ...] = (inbound.text, inbound.button, inbound.attachment, inbound.link_token)
    if inbound.vouched is not None:
        parts = (*parts, inbound.vouched)
    return tuple("" if part is None else f"={part}" for part in parts)


def _whose(conversation: Conversation) -> tuple[Any, ...]:
    """The columns in clear that say whose it is and who should look, in the order of SAVE."""
    at = conversation.flagged_at
    return (
        conversation.customer,
        conversation.owner,
        conversation.flagged,
        None if at is None else to_micros(at),
    )


def _columns(conversation: Conversation) -> tuple[Any, ...]:
    """The other columns in clear, in the order of SAVE."""
    at = conversation.last_inbound_at
    return (
        conversation.stage.value,
        conversation.language.value,
        conversation.silence.value,
        None if at is None else to_micros(at),
    )


def _line(row: tuple[Any, ...]) -> ConversationLine:
    id, channel, stage, owner, flagged, flagged_at, language, last_inbound_at, customer, no = row
    return ConversationLine(
        id,
        channel,
        Stage(stage),
        owner,
        flagged,
        None if flagged_at is None else from_micros(flagged_at),
        Language(language),
        None if last_inbound_at is None else from_micros(last_inbound_at),
        customer,
        no,
    )
