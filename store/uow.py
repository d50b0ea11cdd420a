"""The unit of work: one transaction's view of the store, with one repository per subject."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from dialogs.effects import Decision
from dialogs.facts import Facts
from dialogs.policy import Policy
from dialogs.types import Actor, Conversation, Inbound, Message, Reply
from nlu.types import Language, Understanding
from store.attempts import Attempts
from store.audit import Audit
from store.check_ins import CheckInStore
from store.commit import commit
from store.conversations import ConversationStore
from store.crypto import KeyCache, Keyring
from store.customers import CustomerStore
from store.facts import find_facts
from store.jobs import Jobs
from store.notices import Notices
from store.protection import ProtectionStore
from store.requests import RequestStore
from store.said import Said
from store.sealing import Sealer
from store.second_factor import SecondFactors
from store.sessions import Sessions
from store.signals import SignalStore
from store.staff import StaffStore
from store.tasks import TaskStore

Render = Callable[[Reply, Language], Message]
"""Puts a reply into words; the catalogues are loaded in `bot.app`."""


class RefusedByDatabaseError(Exception):
    """A key, check or guard of the schema refused a row. Says which, never what was in it."""


@dataclass(frozen=True, slots=True)
class Keep:
    """What every unit of work of one database shares. `keys` are the data keys opened so far; `push` are the channels
    whose messages get a delivery job each; `told` those whose owners are posted what is said later."""

    keyring: Keyring
    render: Render
    policy: Policy
    keys: KeyCache
    push: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()


class UnitOfWork:
    """Everything one act may read and change. Given to the act by the database; never kept longer."""

    def __init__(self, connection: sa.Connection, driver: sqlite3.Connection, keep: Keep) -> None:
        self.connection = connection
        self.keyring = keep.keyring
        self.render = keep.render
        self.policy = keep.policy
        self.push = keep.push
        self.told = keep.told
        self.code_typed = False  # facts found that this message is a one-time code: its text is not kept
        self.touched: set[str] = set()  # what others shall be told of after the commit
        self._driver = driver
        self.seal = Sealer(self.run, keep.keyring, keep.keys)

    def run(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run fixed SQL with `?` on the driver itself: for the statements of a turn, where Core costs more than the
        database. Rows are plain tuples, moments are microseconds. Everything else uses `connection`."""
        try:
            return self._driver.execute(sql, values)
        except sqlite3.IntegrityError as refusal:
            raise RefusedByDatabaseError(str(refusal)) from None

    def facts(
        self, conversation: Conversation, inbound: Inbound, understanding: Understanding, now: dt.datetime
    ) -> Facts:
        """Look up what the understanding named and only the store knows."""
        return find_facts(self, conversation, inbound, understanding, now)

    def commit(
        self, decision: Decision, actor: Actor, now: dt.datetime, inbound: Inbound | None = None
    ) -> tuple[Said, ...]:
        """Turn a decision into rows: every effect, the conversation, what was said, the trace of it."""
        return commit(self, decision, actor, now, inbound)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self)

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self)

    @cached_property
    def notices(self) -> Notices:
        return Notices(self)

    @cached_property
    def staff(self) -> StaffStore:
        return StaffStore(self)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self)

    @cached_property
    def second_factors(self) -> SecondFactors:
        return SecondFactors(self)

    @cached_property
    def attempts(self) -> Attempts:
        return Attempts(self)

    @cached_property
    def conversations(self) -> ConversationStore:
        return ConversationStore(self)

    @cached_property
    def customers(self) -> CustomerStore:
        return CustomerStore(self)

    @cached_property
    def requests(self) -> RequestStore:
        return RequestStore(self)

    @cached_property
    def protection(self) -> ProtectionStore:
        return ProtectionStore(self)

    @cached_property
    def signals(self) -> SignalStore:
        return SignalStore(self)

    @cached_property
    def tasks(self) -> TaskStore:
        return TaskStore(self)

    @cached_property
    def check_ins(self) -> CheckInStore:
        return CheckInStore(self)
