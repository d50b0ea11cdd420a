"""Erasure: a customer's data key is destroyed, and with it everything it ever sealed, in every copy of the database.

What is left says who decided what and when, on a customer of whom nothing else is known: the trace, requests and
consents without their contents. Gone are the index rows by which somebody could be found, what was said, and the chats
(whoever writes from one afterwards is a stranger). A legal hold stops it, here and in the database itself.
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING

import msgspec

from dialogs import handoff, silence
from dialogs.checkin import CheckInTimer
from dialogs.deadline import RequestTimer
from dialogs.effects import Move
from dialogs.lifecycle import end
from dialogs.request import State
from dialogs.types import Actor, Conversation
from store.codec import encode
from store.crypto import chat_key, customer_key, digest, new_id
from store.instant import from_micros, to_micros
from store.jobs import timer_name

if TYPE_CHECKING:
    from store.uow import UnitOfWork

KINDS = (*RequestTimer, *CheckInTimer, silence.NUDGE, silence.PARK, silence.EXPIRE, handoff.OWNER_IDLE)

HOLD_ROW = "SELECT status FROM customer WHERE id = ? FOR UPDATE"
HELD = "SELECT id, placed_by, at FROM legal_hold WHERE customer = ? AND lifted_at IS NULL"
PLACE = "INSERT INTO legal_hold (id, customer, reason, placed_by, at, audit) VALUES (?, ?, ?, ?, ?, ?)"
LIFT = "UPDATE legal_hold SET lifted_at = ?, lifted_by = ? WHERE id = ? AND lifted_at IS NULL"
RECORD = "INSERT INTO erasure (customer, at, audit) VALUES (?, ?, ?)"
ERASED = "SELECT customer, at FROM erasure ORDER BY at, customer"

THEIR_CHATS = "SELECT id, channel, chat_index, version FROM conversation WHERE customer = ?"
EMPTY_CHAT = (
    "UPDATE conversation SET customer = NULL, chat_index = ?, chat = ?, state = ?, stage = 'idle', owner = NULL,"
    " flagged = NULL, flagged_at = NULL, silence = ?, last_inbound_at = NULL, version = ? WHERE id = ?"
)
DELIVERIES = (
    "UPDATE delivery SET state = 'given_up', ended_at = ? WHERE customer = ? AND state = 'pending' RETURNING target"
)
REMOVED = (
    "DELETE FROM value_block WHERE version IN (SELECT id FROM value_version WHERE customer = ?)",
    "DELETE FROM imported_row WHERE customer = ?",
    "DELETE FROM link_token WHERE customer = ?",
    "DELETE FROM not_me WHERE customer = ?",
    "DELETE FROM customer_tag WHERE customer = ?",
    "DELETE FROM message WHERE whose = ? AND conversation IN (SELECT conversation FROM link WHERE customer = ?)",
    "DELETE FROM note WHERE whose = ? AND conversation IN (SELECT conversation FROM link WHERE customer = ?)",
    "DELETE FROM claim WHERE conversation IN (SELECT id FROM conversation WHERE customer = ?)",
)
# Nothing of its own kind, as both databases write it.
EMPTIED = (
    "UPDATE value_version SET value = substr(value, 1, 0), value_index = substr(value_index, 1, 0) WHERE customer = ?",
    "UPDATE consent SET nonce = substr(nonce, 1, 0), form = substr(form, 1, 0) WHERE customer = ?",
    "UPDATE change_request SET value = substr(value, 1, 0), reason = NULL, decided_reason = NULL WHERE customer = ?",
    "UPDATE request_event SET reason = NULL WHERE request IN (SELECT number FROM change_request WHERE customer = ?)",
    "UPDATE disclosure SET reason = substr(reason, 1, 0) WHERE customer = ?",
    "UPDATE legal_hold SET reason = substr(reason, 1, 0) WHERE customer = ?",
    "UPDATE challenge SET code_hash = substr(code_hash, 1, 0), destination = NULL WHERE customer = ?",
    "UPDATE check_in SET state = 'expired' WHERE customer = ? AND state IN ('planned', 'sent')",
)


class ErasedAlreadyError(Exception):
    """The customer was erased before."""


class HeldError(Exception):
    """A legal hold keeps everything of this customer."""


class NotHeldError(Exception):
    """There is no such legal hold, or it was lifted already."""


class SamePersonError(Exception):
    """Whoever placed a legal hold does not lift it."""


class Hold(msgspec.Struct, frozen=True):
    """A legal hold that nobody has lifted."""

    id: str
    placed_by: str
    at: dt.datetime


class ErasureStore:
    """Holds and erases customers."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def hold_of(self, customer: str) -> Hold | None:
        """The customer's legal hold, None when there is none."""
        row = self._uow.run(HELD, (customer,)).fetchone()
        return None if row is None else Hold(row[0], row[1], from_micros(row[2]))

    def place(self, customer: str, reason: str, actor: Actor, now: dt.datetime) -> str:
        """Hold everything of a customer. Raises HeldError when it is held, ErasedAlreadyError when it is too late."""
        self.look(customer)
        id = new_id()
        sealed = self._uow.seal.seal(customer_key(customer), reason.encode(), "legal_hold.reason", id)
        audit = self._uow.audit.append(
            "hold.placed", f"hold:{id}", actor, now, customer=customer, digest=digest(sealed)
        )
        self._uow.run(PLACE, (id, customer, sealed, _person(actor), to_micros(now), audit))
        return id

    def lift(self, customer: str, actor: Actor, now: dt.datetime) -> None:
        """Lift a customer's hold. Raises NotHeldError, and SamePersonError for whoever placed it."""
        self._uow.hold(HOLD_ROW, (customer,))
        held = self.hold_of(customer)
        if held is None:
            raise NotHeldError(customer)
        if held.placed_by == _person(actor):
            raise SamePersonError(customer)
        if self._uow.run(LIFT, (to_micros(now), _person(actor), held.id)).rowcount != 1:
            raise NotHeldError(customer)
        self._uow.audit.append("hold.lifted", f"hold:{held.id}", actor, now, customer=customer)

    def erased(self) -> list[tuple[str, dt.datetime]]:
        """Everybody who was erased, and when."""
        return [(customer, from_micros(at)) for customer, at in self._uow.run(ERASED)]

    def erase(self, customer: str, actor: Actor, now: dt.datetime) -> None:
        """Destroy everything of a customer. Raises HeldError, ErasedAlreadyError."""
        self.look(customer)
        run, at = self._uow.run, to_micros(now)
        self._uow.scrub()
        for request in self._uow.requests.open_of(customer):
            self._withdraw(request.number, actor, now)
        self._forget_work(customer, at)
        run("UPDATE customer SET status = 'erased', owner = NULL WHERE id = ?", (customer,))
        run(
            "UPDATE value_version SET valid_to = max(valid_from, ?) WHERE customer = ? AND valid_to IS NULL",
            (at, customer),
        )
        chats = run(THEIR_CHATS, (customer,)).fetchall()
        for statement in (*REMOVED, *EMPTIED):
            run(statement, (customer,) * statement.count("?"))
        for id, channel, index, version in chats:
            run("DELETE FROM claim WHERE channel = ? AND chat_index = ?", (channel, index))
            self._empty(id, channel, version + 1)
        self._uow.archiving.void(customer, actor, now)
        self._uow.seal.destroy(customer_key(customer))
        audit = self._uow.audit.append("customer.erased", f"customer:{customer}", actor, now, customer=customer)
        run(RECORD, (customer, at, audit))

    def look(self, customer: str) -> None:
        """Raise HeldError, ErasedAlreadyError or UnknownCustomer when they cannot be erased."""
        self._uow.hold(HOLD_ROW, (customer,))
        if self._uow.customers.by_id(customer).status == "erased":
            raise ErasedAlreadyError(customer)
        if self.hold_of(customer) is not None:
            raise HeldError(customer)

    def _withdraw(self, number: str, actor: Actor, now: dt.datetime) -> None:
        """An open request ends; nobody is told any more."""
        request = self._uow.requests.load(number)
        for effect in end(request, State.WITHDRAWN, "", now, None).effects:
            if isinstance(effect, Move):
                moved = effect.request
                self._uow.requests.move(moved, effect.came_from, moved.version, "", actor, now)

    def _forget_work(self, customer: str, at: int) -> None:
        """Nothing more is sent to them or of them, and no timer wakes what is gone."""
        run, jobs = self._uow.run, self._uow.jobs
        for (target,) in run(DELIVERIES, (at, customer)).fetchall():
            run("DELETE FROM job WHERE key = ?", (f"{customer}/{target}",))
        subjects = [customer]
        for sql in (
            "SELECT number FROM change_request WHERE customer = ?",
            "SELECT id FROM check_in WHERE customer = ?",
            "SELECT id FROM conversation WHERE customer = ?",
        ):
            subjects += [id for (id,) in run(sql, (customer,)).fetchall()]
        for subject in subjects:
            jobs.cancel_timers([timer_name(kind, subject) for kind in KINDS])
        for (chat,) in run("SELECT id FROM conversation WHERE customer = ?", (customer,)).fetchall():
            run("DELETE FROM job WHERE key = ?", (chat,))
        run("UPDATE challenge SET state = 'void' WHERE customer = ? AND state = 'live'", (customer,))
        run(
            "UPDATE notice SET state = 'expired', address = NULL, text = NULL, ended_at = ?"
            " WHERE key_kind = 'customer' AND key_holder = ? AND state = 'waiting'",
            (at, customer),
        )
        run("UPDATE task SET done_at = ?, done_by = 'erasure' WHERE customer = ? AND done_at IS NULL", (at, customer))

    def _empty(self, id: str, channel: str, version: int) -> None:
        """The chat is nobody's, at an address that nobody has, and as if nothing had been said."""
        key, seal = chat_key(id, None), self._uow.seal.seal
        chat = Conversation(id, channel, "", version=version)
        state = seal(key, encode(chat), "conversation.state", id, version)
        address = seal(key, b"", "conversation.chat", id)
        self._uow.run(EMPTY_CHAT, (secrets.token_bytes(32), address, state, chat.silence, version, id))


def _person(actor: Actor) -> str:
    return f"{actor.kind}:{actor.name}"
