"""Challenges: one-time codes on their way. Counted before compared, compared in constant time, used once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from dialogs.effects import Nowhere, OnFile, Purpose, SendCode
from dialogs.facts import CodeOutcome
from dialogs.types import Conversation, Need, Pending
from nlu.normalise import normalise
from store.indexes import Index
from store.instant import to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

NOWHERE = "nowhere"
DIGITS = re.compile(r"(?<!\d)\d(?:[ \-]?\d){5,11}(?!\d)")
"""What may be a code, as people type it."""
BESIDE_A_CODE = re.compile(
    r"^\W+|\W+$|\b(?:the|my|is|it'?s|code|pin|otp)\b\W*|(?:我的)?(?:验证|校验|动态)码(?:[是为：:]|\W)*"
)
"""What people write around a code that is all they have to say."""
LONGEST_ALONE = 64
FEW = 3
"""A message with more such numbers than this is no code, and not worth the time of looking."""

ATTEMPT = (
    "UPDATE challenge SET attempts = attempts + 1 WHERE id = ? AND conversation = ? AND state = 'live'"
    " AND attempts < max_attempts"
    " RETURNING code_hash, expires_at, attempts, max_attempts, digest, contact, customer, purpose"
)
STATE = "SELECT state FROM challenge WHERE id = ? AND conversation = ?"
ALONE = "SELECT pg_advisory_xact_lock(?)"
EXHAUST = "UPDATE challenge SET state = 'exhausted' WHERE id = ?"
ATTEMPTS = "SELECT SUM(attempts) FROM challenge WHERE customer = ? AND created_at >= ? AND purpose = ?"
VOID_LIVE = "UPDATE challenge SET state = 'void' WHERE conversation = ? AND state = 'live' RETURNING id"
VOID_DRAFT = "UPDATE challenge SET state = 'void' WHERE draft = ? AND state = 'live' RETURNING id"
VOID_OF_CONTACT = (
    "UPDATE challenge SET state = 'void' WHERE customer = ? AND contact = ? AND state = 'live' RETURNING id"
)
VOID_OF_CUSTOMER = "UPDATE challenge SET state = 'void' WHERE customer = ? AND state = 'live' RETURNING id"
ADD = (
    "INSERT INTO challenge (id, conversation, customer, purpose, need, digest, draft, code_hash, max_attempts,"
    " created_at, expires_at, state, contact, destination) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'live', ?, ?)"
)
SPEND = "UPDATE challenge SET state = 'spent' WHERE id = ? AND conversation = ? AND state = 'live'"
OVER_OF_CHAT = (
    "SELECT id, code_hash FROM challenge WHERE conversation = ? AND (state <> 'live' OR expires_at <= ?)"
    " ORDER BY created_at DESC LIMIT 20"
)
AWAITED = (
    "SELECT 1 FROM challenge WHERE (conversation = ? OR customer = ?) AND state = 'live'"
    " AND created_at <= ? AND expires_at > ? LIMIT 1"
)


class ChallengeSpentError(Exception):
    """The challenge is not live any more, so it proves nothing."""


class Whose(msgspec.Struct, frozen=True):
    """Whom a challenge concerns: the customer whose contact gets it, and the blind index of that contact."""

    customer: str | None
    place: bytes | None


class Role(StrEnum):
    """What a contact is to those who want a code sent there."""

    LINKS = "links"  # a chat to its customer
    PROVES = "proves"  # a change, from the record
    NEW = "new"  # the new contact itself, which may be a stranger's


class Place(msgspec.Struct, frozen=True):
    """A contact in one of its roles, by its blind index."""

    role: Role
    index: bytes
    older: tuple[bytes, ...] = ()  # while index keys are rotated: the same contact, as it was hashed before


def place_of(role: Role, indexes: tuple[bytes, ...]) -> Place:
    """A contact by all its blind indexes, the newest first."""
    return Place(role, indexes[0], indexes[1:])


class ChallengeStore:
    """Keeps challenges."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def check(
        self, conversation: Conversation, pending: Pending, code: str, now: dt.datetime
    ) -> tuple[CodeOutcome, int]:
        """Count an attempt, then compare. Returns the outcome and the attempts left."""
        row = self._uow.run(ATTEMPT, (pending.challenge, conversation.id)).fetchone()
        if row is None:
            state = self._uow.run(STATE, (pending.challenge, conversation.id)).fetchone()
            over = state is not None and state[0] in ("exhausted", "live")
            return (CodeOutcome.EXHAUSTED if over else CodeOutcome.NONE_LIVE), 0
        code_hash, expires_at, attempts, most, digest, contact, customer, purpose = row
        if expires_at <= to_micros(now):
            return CodeOutcome.EXPIRED, 0
        too_many = self._too_many(customer, purpose, now)
        if too_many and purpose != Purpose.LINK:
            self._uow.run(EXHAUST, (pending.challenge,))
            return CodeOutcome.EXHAUSTED, 0
        # A linking code that may not be tried any more fails like one that was never sent: whoever guesses at customer
        # numbers must not learn here which of them exist.
        equal = self._uow.keyring.matches(code_hash, Index.CODE, pending.challenge, code) and not too_many
        if equal and contact != NOWHERE and digest == _bound_to(conversation, pending):
            return CodeOutcome.MATCH, most - attempts
        if attempts >= most:
            self._uow.run(EXHAUST, (pending.challenge,))
            return CodeOutcome.EXHAUSTED, 0
        return CodeOutcome.MISMATCH, most - attempts

    def sends_left(
        self, conversation: str, purpose: Purpose, customer: str | None, places: Iterable[Place], now: dt.datetime
    ) -> int:
        """How many more codes may be sent from this chat to this customer and to any of these contacts.

        Linking, changing, and being somebody's new contact count apart: no stranger who knows a customer number or a
        phone number uses up the codes with which its owner makes a change.
        """
        codes = self._uow.policy.codes
        limits: list[tuple[str, tuple[str | bytes, ...], int]] = [(OF_CHAT, (conversation,), codes.sends_per_chat)]
        if customer is not None:
            limits.append((OF_CUSTOMER, (customer, purpose), codes.sends_per_customer))
        hashed = sorted(self._destinations(place) for place in set(places))
        for place, *_ in hashed:  # codes to one contact are counted one after the other, whoever asks for them
            self._uow.hold(ALONE, (int.from_bytes(place[:8], "big", signed=True),))
        limits += [(of_any(len(place)), place, codes.sends_per_destination) for place in hashed]
        since = to_micros(now - codes.window)
        values = [value for _, of, _ in limits for value in (*of, since)]
        sent: tuple[int, ...] = self._uow.run(sent_of(tuple(which for which, _, _ in limits)), values).fetchone()
        return max(0, min(most - count for (_, _, most), count in zip(limits, sent, strict=True)))

    def add(self, send: SendCode, conversation: Conversation, whose: Whose, now: dt.datetime) -> None:
        """Keep a new challenge. Any live one of the chat is void, and its code no longer sent."""
        self._void(VOID_LIVE, conversation.id, now)
        match send.destination:
            case Nowhere():
                contact = NOWHERE
            case OnFile(version):
                contact = version
            case _:
                contact = "new"
        values = (
            send.challenge,
            conversation.id,
            whose.customer,
            send.purpose,
            send.need,
            send.digest,
            None if send.need is None or conversation.draft is None else conversation.draft.id,
            self._uow.keyring.index(Index.CODE, send.challenge, send.code),
            self._uow.policy.codes.attempts,
            to_micros(now),
            to_micros(send.expires_at),
            contact,
            None if whose.place is None else self._destination(Place(to_be(send.purpose, send.need), whose.place)),
        )
        self._uow.run(ADD, values)

    def spend(self, challenge: str, conversation: str) -> None:
        """It was answered: single use. Raises ChallengeSpentError when it no longer counts."""
        if self._uow.run(SPEND, (challenge, conversation)).rowcount != 1:
            raise ChallengeSpentError(challenge)

    def void_of_draft(self, draft: str, now: dt.datetime) -> None:
        """The draft's live challenge no longer counts."""
        self._void(VOID_DRAFT, draft, now)

    def void_of_customer(self, customer: str, now: dt.datetime) -> None:
        """No code to any of a customer's contacts counts any more, and none that waits is sent."""
        self._void(VOID_OF_CUSTOMER, customer, now)

    def void_of_contact(self, customer: str, version: str, now: dt.datetime) -> None:
        """No code to this contact counts any more, in whatever chat it is awaited: it has left the record."""
        for (challenge,) in self._uow.run(VOID_OF_CONTACT, (customer, version)).fetchall():
            self._uow.notices.take_back(challenge, now)

    def over(self, conversation: str, text: str, now: dt.datetime) -> str | None:
        """A code of this chat that no longer counts, if it stands in this text.

        A valid one is never looked for: that would be a guess which nobody counts, at every number in the text.
        """
        found = [only_digits(one) for one in DIGITS.findall(text)]
        if not 0 < len(found) <= FEW:
            return None
        sent = self._uow.run(OVER_OF_CHAT, (conversation, to_micros(now))).fetchall()
        matches = self._uow.keyring.matches
        return next((one for one in found for id, hashed in sent if matches(hashed, Index.CODE, id, one)), None)

    def may_be_one(self, conversation: Conversation, text: str, now: dt.datetime) -> bool:
        """Whether a text is no more than what may be a code, while one is awaited: then it is nobody's value, right or
        wrong, also where the question is another by now."""
        if len(text) > LONGEST_ALONE or not DIGITS.search(text):
            return False
        alone = BESIDE_A_CODE.sub("", normalise(text))
        if not DIGITS.fullmatch(alone) or len(only_digits(alone)) != self._uow.policy.codes.digits:
            return False
        return self.awaited(conversation, now)

    def awaited(self, conversation: Conversation, now: dt.datetime) -> bool:
        """Whether a code is valid now for this chat, or for its customer in any other."""
        at = to_micros(now)
        return self._uow.run(AWAITED, (conversation.id, conversation.customer, at, at)).fetchone() is not None

    def _void(self, statement: str, of: str, now: dt.datetime) -> None:
        for (challenge,) in self._uow.run(statement, (of,)).fetchall():
            self._uow.notices.take_back(challenge, now)

    def _too_many(self, customer: str | None, purpose: str, now: dt.datetime) -> bool:
        """Attempts of all chats at one customer's codes. Linking counts apart: whoever knows a customer number must
        not be able to lock its owner out of their own changes."""
        if customer is None:
            return False
        codes = self._uow.policy.codes
        since = to_micros(now - codes.window)
        (attempts,) = self._uow.run(ATTEMPTS, (customer, since, purpose)).fetchone()
        return int(attempts or 0) > codes.attempts_per_customer

    def _destination(self, place: Place) -> bytes:
        return self._uow.keyring.index(Index.DESTINATION, place.role, place.index.hex())

    def _destinations(self, place: Place) -> tuple[bytes, ...]:
        """Every keyed hash under which codes to this contact may be counted, the newest first."""
        asked = (place.index, *place.older)
        return tuple(
            hashed
            for index in asked
            for hashed in self._uow.keyring.indexes(Index.DESTINATION, place.role, index.hex())
        )


def only_digits(text: str) -> str:
    """Digits without what stands between them."""
    return "".join(filter(str.isdigit, text))


def like_code(number: str, digits: int) -> bool:
    """Whether a number in a text may be a code of so many digits, alone or beside another number."""
    return len(only_digits(number)) == digits or any(len(part) == digits for part in re.split(r"\D", number))


def to_be(purpose: Purpose, need: Need | None) -> Role:
    """What a contact is for a code of this purpose."""
    if purpose is Purpose.LINK:
        return Role.LINKS
    return Role.NEW if need is Need.NEW_CONTACT else Role.PROVES


OF_CHAT, OF_CUSTOMER = "conversation = ?", "customer = ? AND purpose = ?"


@cache
def of_any(destinations: int) -> str:
    """Codes to a contact that has so many keyed hashes."""
    return "destination = ?" if destinations == 1 else f"destination IN ({', '.join('?' * destinations)})"


@cache
def sent_of(which: tuple[str, ...]) -> str:
    """Counts the challenges since some time of each of these, in one statement."""
    counted = "(SELECT COUNT(*) FROM challenge WHERE {} AND created_at >= ?)"
    return "SELECT " + ", ".join(counted.format(condition) for condition in which)


def _bound_to(conversation: Conversation, pending: Pending) -> str | None:
    """What a challenge must name: the digest of the draft as it stands, or the chat that is being linked."""
    if pending.need is None:
        return conversation.id
    return None if conversation.draft is None else conversation.draft.digest
