"""The unit of work: one transaction's view of the store, with one repository per subject."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar, overload

import msgspec

from dialogs.effects import Decision
from dialogs.facts import Facts
from dialogs.policy import Policy
from dialogs.types import Actor, Conversation, Inbound, Message, Reply
from nlu.types import Language, Understanding
from store.allowances import Allowances
from store.archiving import ArchivingStore
from store.attempts import Attempts
from store.audit import Audit
from store.audit_log import AuditLog
from store.audit_trim import Trims
from store.check_ins import CheckInStore
from store.checkpoints import Checkpoints
from store.commit import commit
from store.conversations import ConversationStore
from store.crypto import Keyring
from store.customers import CustomerStore
from store.erasure import ErasureStore
from store.facts import find_facts
from store.indexes import IndexKeys, Row, opened
from store.jobs import Jobs
from store.notices import Notices
from store.oidc_logins import OidcLogins
from store.protection import ProtectionStore
from store.requests import RequestStore
from store.said import Said
from store.sealing import Opened, Sealer
from store.second_factor import SecondFactors
from store.sessions import Sessions
from store.signals import SignalStore
from store.staff import StaffStore
from store.tasks import TaskStore

R = TypeVar("R")

Render = Callable[[Reply, Language], Message]
"""Puts a reply into words; the catalogues are loaded in `bot.app`."""


class Rows(Protocol):
    """What a statement found: plain tuples, moments as microseconds. `rowcount` is how many rows it changed."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Session(Protocol):
    """One transaction's way to the driver. Statements are fixed SQL with `?`, written for both databases
    (`store.dialect`)."""

    def run(self, sql: str, values: Sequence[Any] = (), /) -> Rows:
        """Run one statement. Raises RefusedByDatabaseError when a rule of the schema forbids it."""
        ...

    def scrub(self) -> None:
        """What this transaction deletes leaves no bytes behind in the database's own files, as far as it can say so."""
        ...

    def index_rows(self) -> list[Row]:
        """The rows of the index keys, newest first. They stay as they are until this transaction ends."""
        ...

    def hold(self, sql: str, values: Sequence[Any] = (), /) -> None:
        """Hold the rows that a SELECT … FOR … names until this transaction ends, waiting for whoever holds them.
        SQLite has one writer and needs none of it."""
        ...


class RefusedByDatabaseError(Exception):
    """A key, check or guard of the schema refused a row. Says which, never what was in it."""


class Keep(msgspec.Struct, frozen=True):
    """What every unit of work of one database shares. `opened` is what was opened so far; `push` are the channels
    whose messages get a delivery job each; `told` those whose owners are posted what is said later."""

    masters: Keyring
    render: Render
    policy: Policy
    opened: Opened
    push: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    indexes: dict[tuple[Row, ...], IndexKeys] = msgspec.field(default_factory=dict)  # the latest opened, by their rows


class once(Generic[R]):
    """A repository, made when it is first asked for. `functools.cached_property` would take a lock each time."""

    def __init__(self, make: Callable[[UnitOfWork], R]) -> None:
        self._make = make
        self._name = make.__name__

    @overload
    def __get__(self, uow: None, owner: object) -> once[R]: ...
    @overload
    def __get__(self, uow: UnitOfWork, owner: object) -> R: ...
    def __get__(self, uow: UnitOfWork | None, owner: object) -> once[R] | R:
        if uow is None:
            return self
        made = uow.__dict__[self._name] = self._make(uow)
        return made


class UnitOfWork:
    """Everything one act may read and change. Given to the act by the database; never kept longer."""

    def __init__(self, session: Session, keep: Keep) -> None:
        self.run = session.run
        self.hold = session.hold
        self.scrub = session.scrub
        self._session, self._keep = session, keep
        self.render = keep.render
        self.policy = keep.policy
        self.push = keep.push
        self.told = keep.told
        self.code_typed = False  # facts found that this message is a one-time code: its text is not kept
        self.held: set[str] = set()  # customers whose rows this act holds
        self.touched: set[str] = set()  # what others shall be told of after the commit
        self.opened = keep.opened
        self.masters = keep.masters
        self.seal = Sealer(session.run, keep.masters, keep.opened)

    @once
    def keyring(self) -> IndexKeys:
        """The keys of the blind indexes, as they stand for this transaction."""
        rows, known = tuple(self._session.index_rows()), self._keep.indexes
        if (keys := known.get(rows)) is None:
            keys = opened(rows, self.masters)
            known.clear()
            known[rows] = keys
        return keys

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

    @once
    def audit(self) -> Audit:
        return Audit(self)

    @once
    def log(self) -> AuditLog:
        return AuditLog(self)

    @once
    def checkpoints(self) -> Checkpoints:
        return Checkpoints(self)

    @once
    def trims(self) -> Trims:
        return Trims(self)

    @once
    def jobs(self) -> Jobs:
        return Jobs(self)

    @once
    def notices(self) -> Notices:
        return Notices(self)

    @once
    def staff(self) -> StaffStore:
        return StaffStore(self)

    @once
    def sessions(self) -> Sessions:
        return Sessions(self)

    @once
    def second_factors(self) -> SecondFactors:
        return SecondFactors(self)

    @once
    def attempts(self) -> Attempts:
        return Attempts(self)

    @once
    def allowances(self) -> Allowances:
        return Allowances(self)

    @once
    def oidc_logins(self) -> OidcLogins:
        return OidcLogins(self)

    @once
    def conversations(self) -> ConversationStore:
        return ConversationStore(self)

    @once
    def customers(self) -> CustomerStore:
        return CustomerStore(self)

    @once
    def requests(self) -> RequestStore:
        return RequestStore(self)

    @once
    def protection(self) -> ProtectionStore:
        return ProtectionStore(self)

    @once
    def erasures(self) -> ErasureStore:
        return ErasureStore(self)

    @once
    def archiving(self) -> ArchivingStore:
        return ArchivingStore(self)

    @once
    def signals(self) -> SignalStore:
        return SignalStore(self)

    @once
    def tasks(self) -> TaskStore:
        return TaskStore(self)

    @once
    def check_ins(self) -> CheckInStore:
        return CheckInStore(self)
