"""How often an address, an account or a chat may ask, whatever process it reaches.

What was granted is counted in the database (store.allowances). A process takes a handful at a time and hands it out, so
that most requests cost no write; what it does not hand out within a minute is lost, and never is more granted in all.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from bot.served import origin_of
from store.allowances import Allowance
from store.attempts import network
from store.database import Database

if TYPE_CHECKING:
    from bot.config_sections import LimitsSection

MINUTE = dt.timedelta(minutes=1)
HANDFUL = 20  # parts that an allowance is taken in
REMEMBERED = 20_000  # keys


class Kind(StrEnum):
    """Whose asking is counted."""

    ADDRESS = "address"  # of whoever is not signed in, and of wrong tokens
    ACCOUNT = "account"  # a member of staff, or a token
    CHAT = "chat"


class TooManyError(Exception):
    """They asked too often; `wait` says when to come again."""

    def __init__(self, wait: dt.timedelta) -> None:
        super().__init__("too many")
        self.wait = wait


class Lease(msgspec.Struct, frozen=True):
    """What this process may still hand out, until then."""

    left: int
    until: dt.datetime


class Refused(msgspec.Struct, frozen=True):
    """The database is not asked again before then."""

    until: dt.datetime


class Limits:
    """Grants or refuses. One per process; safe in threads."""

    def __init__(self, database: Database, clock: Callable[[], dt.datetime], settings: LimitsSection) -> None:
        self._database, self._clock = database, clock
        self._of = {
            Kind.ADDRESS: Allowance(settings.calls_per_address, MINUTE),
            Kind.ACCOUNT: Allowance(settings.calls_per_account, MINUTE),
            Kind.CHAT: Allowance(settings.messages_per_chat, MINUTE),
        }
        self._leases: dict[tuple[str, ...], Lease | Refused] = {}
        self._gate = threading.Lock()

    def at_hand(self, kind: Kind, *key: str) -> bool:
        """Grant one of what this process holds already. False: ask `take`, which may write."""
        now = self._clock()
        with self._gate:
            lease = self._leases.get((kind, *key))
            if not isinstance(lease, Lease) or lease.left == 0 or now >= lease.until:
                return False
            self._leases[kind, *key] = Lease(lease.left - 1, lease.until)
            return True

    def take(self, kind: Kind, *key: str) -> dt.timedelta | None:
        """None: granted. Else how long to wait."""
        if self.at_hand(kind, *key):
            return None
        now, of = self._clock(), self._of[kind]
        lease = self._leases.get((kind, *key))
        if isinstance(lease, Refused) and now < lease.until:
            return lease.until - now
        handful = max(of.burst // HANDFUL, 1)
        if self._ask(of, now, handful, kind, *key) is None:
            self._keep(Lease(handful - 1, now + MINUTE), now, kind, *key)
            return None
        wait = self._ask(of, now, 1, kind, *key)
        self._keep(None if wait is None else Refused(now + wait), now, kind, *key)
        return wait

    async def require(self, kind: Kind, *key: str) -> None:
        """Raises TooManyError. Off the event loop where it has to write."""
        if self.at_hand(kind, *key):
            return
        if (wait := await run_in_threadpool(self.take, kind, *key)) is not None:
            raise TooManyError(wait)

    async def of_address(self, connection: HTTPConnection) -> None:
        """The same for an address; of IPv6 the network that one household holds."""
        await self.require(Kind.ADDRESS, network(origin_of(connection)))

    def _ask(self, of: Allowance, now: dt.datetime, count: int, *key: str) -> dt.timedelta | None:
        return self._database.write(lambda uow: uow.allowances.take(of, now, *key, count=count))

    def _keep(self, lease: Lease | Refused | None, now: dt.datetime, *key: str) -> None:
        with self._gate:
            if len(self._leases) >= REMEMBERED:
                self._leases = {one: held for one, held in self._leases.items() if held.until > now}
            if len(self._leases) >= REMEMBERED or lease is None:  # too many at once: the database alone counts
                self._leases.pop(key, None)
            else:
                self._leases[key] = lease
