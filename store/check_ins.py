"""Check-ins: which customers may be due, which were asked, what they answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from dialogs.checkin import Planned, Standing
from dialogs.effects import CheckInAnswer
from dialogs.facts import OnRecord
from dialogs.policy import CheckInPolicy
from dialogs.transitions import OPEN
from store.crypto import new_ids
from store.instant import from_micros, to_micros
from store.schema.columns import quoted

if TYPE_CHECKING:
    from store.uow import UnitOfWork

UNDECIDED = quoted(sorted(OPEN))
ADD = "INSERT INTO check_in (id, customer, conversation, field, version, state, created_at, expires_at) VALUES "
ROW = "(?, ?, ?, ?, ?, 'planned', ?, ?)"
COLUMNS = (
    "SELECT id, customer, conversation, field, version, state, answer, created_at, sent_at, answered_at, expires_at"
    " FROM check_in"
)
BY_ID = f"{COLUMNS} WHERE id = ?"
OF_CUSTOMER = f"{COLUMNS} WHERE customer = ? ORDER BY created_at DESC, id"
SENT = "UPDATE check_in SET state = 'sent', sent_at = ? WHERE id = ? AND state = 'planned'"
ANSWER = (
    "UPDATE check_in SET state = 'answered', answer = ?, answered_at = ? WHERE id = ? AND state IN ('planned', 'sent')"
)
PUT_OFF = "UPDATE check_in SET state = 'planned', sent_at = NULL WHERE id = ? AND state IN ('planned', 'sent')"
EXPIRE = "UPDATE check_in SET state = 'expired' WHERE id = ? AND state IN ('planned', 'sent')"
SUPPRESS = "INSERT INTO suppression (customer, channel, at, audit) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
ALLOW = "DELETE FROM suppression WHERE customer = ? AND channel = ?"
SUPPRESSED = "SELECT 1 FROM suppression WHERE customer = ? AND channel = ?"
OPEN_CHAT = (
    "t.owner IS NULL AND t.channel <> 'offline' AND NOT EXISTS (SELECT 1 FROM suppression AS s"
    " WHERE s.customer = t.customer AND s.channel IN ('', t.channel))"
)
NEVER = -1
AFFIRMED = (
    "SELECT field, affirmed_at FROM value_version WHERE customer = ? AND valid_to IS NULL AND affirmed_at IS NOT NULL"
)
OPEN_FIELDS = f"SELECT field FROM change_request WHERE customer = ? AND state IN ({UNDECIDED})"  # noqa: S608  # fixed
BEING_ASKED = "SELECT 1 FROM check_in WHERE customer = ? AND state IN ('planned', 'sent') LIMIT 1"
LAST_ASKED = "SELECT MAX(created_at) FROM check_in WHERE customer = ?"
CHAT = (
    f"SELECT t.id FROM conversation AS t WHERE t.customer = ? AND {OPEN_CHAT}"  # noqa: S608  # fixed
    " ORDER BY t.last_inbound_at DESC NULLS LAST, t.id LIMIT 1"
)


class UnknownCheckIn(LookupError):
    """There is no check-in with this id."""


class Due(msgspec.Struct, frozen=True):
    """A customer who may be asked, with their number, and the linked chat they last wrote in. `dialogs.checkin.plan`
    decides."""

    standing: Standing
    conversation: str
    no: str


class CheckIn(msgspec.Struct, frozen=True):
    """One check-in. `state` is planned, sent, answered or expired; `answer` is None until it is answered."""

    id: str
    customer: str
    conversation: str
    field: str
    version: str
    state: str
    answer: CheckInAnswer | None
    created_at: dt.datetime
    sent_at: dt.datetime | None
    answered_at: dt.datetime | None
    expires_at: dt.datetime


class CheckInStore:
    """Keeps check-ins."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def due(self, policy: CheckInPolicy, now: dt.datetime, limit: int = 100, after: str = "") -> list[Due]:
        """Active customers with a linked chat and a value whose proof is older than their tier's cycle, or which is
        to be verified; nobody who opted out, is being asked, or was asked within the gap. By id, those after an
        id, at most `limit` and fewer where some have several such values; of their records only these, and nothing
        is opened."""
        if not policy.enabled or not policy.fields:
            return []
        rows = self._uow.run(*due_query(policy, now, limit, after)).fetchall()
        most = limit
        while len(rows) == most and rows[0][1] == rows[-1][1]:  # all of one customer, and there may be more of theirs
            most *= 2
            rows = self._uow.run(*due_query(policy, now, most, after)).fetchall()
        found: list[Due] = []
        record: dict[str, OnRecord] = {}
        affirmed: dict[str, dt.datetime] = {}
        latest = NEVER
        for no, customer, tier, timezone, chat, heard, asked, id, field, since, proven, doubted, affirmed_at in rows:
            if not found or found[-1].standing.customer != customer:
                record, affirmed, latest = {}, {}, heard or NEVER
                last = None if asked is None else from_micros(asked)
                found.append(Due(Standing(customer, tier, timezone, record, affirmed, last_asked_at=last), chat, no))
            elif ((heard or NEVER), found[-1].conversation) > (latest, chat):
                found[-1], latest = Due(found[-1].standing, chat, no), heard or NEVER
            proven_at = None if proven is None else from_micros(proven)
            record[field] = OnRecord(id, field, "", from_micros(since), proven_at, doubted is not None)
            if affirmed_at is not None:
                affirmed[field] = from_micros(affirmed_at)
        return found[:-1] if len(rows) == most else found  # some of the last one's may be missing

    def of_one(self, customer: str) -> Due | None:
        """One active customer and the chat in which they may be asked; None without a chat, or while being asked."""
        known = self._uow.customers.by_id(customer)
        chat = self._uow.run(CHAT, (customer,)).fetchone()
        if known.status != "active" or chat is None or self.being_asked(customer):
            return None
        return Due(self._standing(customer, known.tier, known.timezone), chat[0], known.no)

    def being_asked(self, customer: str) -> bool:
        """Whether a check-in is open."""
        return self._uow.run(BEING_ASKED, (customer,)).fetchone() is not None

    def open(self, planned: Planned, conversation: str, policy: CheckInPolicy, now: dt.datetime) -> str:
        """Keep a planned check-in and return its id. The database refuses a second open one for a customer."""
        return self.open_all([(planned, conversation)], policy, now)[0]

    def open_all(self, planned: Sequence[tuple[Planned, str]], policy: CheckInPolicy, now: dt.datetime) -> list[str]:
        """Keep planned check-ins, each with the chat it goes to; returns their ids."""
        ids, at, values = new_ids(len(planned)), to_micros(now), list[Any]()
        for id, (one, chat) in zip(ids, planned, strict=True):
            expires = to_micros(max(now, one.at) + policy.expires)
            values += (id, one.customer, chat, one.field, one.version, at, expires)
        if ids:
            self._uow.run(ADD + ", ".join([ROW] * len(ids)), values)
        return ids

    def by_id(self, id: str) -> CheckIn:
        """One check-in. Raises UnknownCheckIn."""
        row = self._uow.run(BY_ID, (id,)).fetchone()
        if row is None:
            raise UnknownCheckIn
        return _check_in(row)

    def planned(self, id: str) -> tuple[Planned, str]:
        """A check-in as it is to be asked (again), masked as the record is now, and the customer's time zone."""
        check_in = self.by_id(id)
        customer = self._uow.customers.by_id(check_in.customer)
        on_record: OnRecord | None = self._uow.customers.record(check_in.customer).get(check_in.field)
        masked = on_record.masked if on_record is not None else ""
        planned = Planned(check_in.customer, check_in.field, check_in.version, masked, check_in.created_at)
        return planned, customer.timezone

    def of_customer(self, customer: str) -> list[CheckIn]:
        """A customer's check-ins, newest first."""
        return [_check_in(row) for row in self._uow.run(OF_CUSTOMER, (customer,))]

    def sent(self, id: str, now: dt.datetime) -> None:
        """The question was put."""
        self._uow.run(SENT, (to_micros(now), id))

    def answer(self, id: str, answer: CheckInAnswer, now: dt.datetime) -> None:
        """Keep an answer. "Later" leaves the check-in open; "still right" makes the value affirmed, never proven."""
        if answer is CheckInAnswer.LATER:
            self._uow.run(PUT_OFF, (id,))
            return
        answered = self._uow.run(ANSWER, (answer, to_micros(now), id)).rowcount == 1
        if answered and answer is CheckInAnswer.STILL_RIGHT:
            self._uow.customers.values.affirmed(self.by_id(id).version, now)

    def expire(self, id: str) -> bool:
        """Nobody answered; False when it was answered or had expired."""
        return self._uow.run(EXPIRE, (id,)).rowcount == 1

    def suppress(self, customer: str, now: dt.datetime, audit: int, channel: str = "") -> None:
        """No more check-ins to this customer, on this channel or ("") on any."""
        self._uow.run(SUPPRESS, (customer, channel, to_micros(now), audit))

    def allow(self, customer: str, channel: str) -> None:
        """Check-ins may go by this channel again."""
        self._uow.run(ALLOW, (customer, channel))

    def suppressed(self, customer: str, channel: str = "") -> bool:
        """Whether just this is suppressed."""
        return self._uow.run(SUPPRESSED, (customer, channel)).fetchone() is not None

    def _standing(self, customer: str, tier: str, timezone: str) -> Standing:
        last = self._uow.run(LAST_ASKED, (customer,)).fetchone()[0]
        return Standing(
            customer,
            tier,
            timezone,
            self._uow.customers.record(customer),
            affirmed={field: from_micros(at) for field, at in self._uow.run(AFFIRMED, (customer,))},
            open_fields=frozenset(field for (field,) in self._uow.run(OPEN_FIELDS, (customer,))),
            last_asked_at=None if last is None else from_micros(last),
            suppressed=self.suppressed(customer),
        )


def due_query(policy: CheckInPolicy, now: dt.datetime, limit: int, after: str) -> tuple[str, tuple[Any, ...]]:
    """The query: its text depends only on how many tiers and fields the policy names. A row is a value and a chat, and
    nothing is sorted: customers are met in the order of their ids, beside which all that is theirs lies."""
    standard = policy.cycles.get("standard", 365)
    oldest = [part for tier, days in policy.cycles.items() for part in (tier, to_micros(now - dt.timedelta(days=days)))]
    oldest.append(to_micros(now - dt.timedelta(days=standard)))
    too_old = f"CASE c.tier {' '.join('WHEN ? THEN ?' for _ in policy.cycles)} ELSE ? END"
    sql = (
        "SELECT c.no, c.id, c.tier, c.timezone, t.id, t.last_inbound_at,"  # noqa: S608  # fixed text and question marks
        " (SELECT MAX(created_at) FROM check_in WHERE customer = c.id),"
        " v.id, v.field, v.valid_from, v.proven_at, v.doubted_at, v.affirmed_at FROM customer AS c"
        " JOIN value_version AS v ON v.customer = c.id AND v.valid_to IS NULL"
        f" AND v.field IN ({', '.join('?' * len(policy.fields))})"
        f" JOIN conversation AS t ON t.customer = c.id AND {OPEN_CHAT}"
        " WHERE c.status = 'active' AND c.id > ?"
        f" AND (v.doubted_at IS NOT NULL OR COALESCE(v.proven_at, v.valid_from) <= {too_old})"
        f" AND (v.affirmed_at IS NULL OR v.affirmed_at <= {too_old})"
        " AND NOT EXISTS (SELECT 1 FROM change_request AS r WHERE r.customer = v.customer AND r.field = v.field"
        f" AND r.state IN ({UNDECIDED}))"
        " AND NOT EXISTS (SELECT 1 FROM freeze WHERE customer = c.id AND released_at IS NULL)"
        " AND NOT EXISTS (SELECT 1 FROM check_in WHERE customer = c.id AND state IN ('planned', 'sent'))"
        " AND NOT EXISTS (SELECT 1 FROM check_in WHERE customer = c.id AND created_at > ?)"
        " ORDER BY c.id LIMIT ?"
    )
    return sql, (*policy.fields, after, *oldest, *oldest, to_micros(now - policy.gap), limit)


def _check_in(row: tuple[Any, ...]) -> CheckIn:
    id, customer, conversation, field, version, state, answer, created_at, sent_at, answered_at, expires_at = row
    return CheckIn(
        id,
        customer,
        conversation,
        field,
        version,
        state,
        None if answer is None else CheckInAnswer(answer),
        from_micros(created_at),
        None if sent_at is None else from_micros(sent_at),
        None if answered_at is None else from_micros(answered_at),
        from_micros(expires_at),
    )
