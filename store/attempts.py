"""Failed sign-ins, counted before anything is compared: who fails often waits, longer each time, never for ever.

A stranger who fails on purpose makes strangers wait, not the colleague: a browser in which somebody signed in before
holds a device cookie (as OWASP describes it), and a device has a count of its own. Names and addresses are kept as
keyed hashes; all of it outlives a restart.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from hmac import compare_digest
from typing import TYPE_CHECKING

import msgspec

from dialogs.types import Actor
from store.crypto import new_id
from store.indexes import Index
from store.instant import from_micros, to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

FIRST_WAIT = dt.timedelta(seconds=30)
LONGEST_WAIT = dt.timedelta(minutes=15)
FORGOTTEN = dt.timedelta(hours=24)
DOUBLINGS = 16  # after so many the wait is the longest anyway
FREE_DEVICE, FREE_PAIR, FREE_ACCOUNT, FREE_ADDRESS = 5, 5, 20, 50

FIND = "SELECT failures, last_at FROM sign_in_attempt WHERE key = ? /*+ FOR UPDATE */"
COUNT = (
    "INSERT INTO sign_in_attempt (key, account, failures, last_at) VALUES (?, ?, 1, ?)"
    " ON CONFLICT (key) DO UPDATE SET failures = sign_in_attempt.failures + 1, last_at = excluded.last_at"
)


class Trying(msgspec.Struct, frozen=True):
    """Somebody who tries: the name they gave, from where, and on which device known to be that person's (None: a
    stranger's)."""

    name: str
    origin: str
    device: str | None = None


class Row(msgspec.Struct, frozen=True):
    """One count: its key, whose it is (None: an address's) and how many failures are free."""

    key: bytes
    account: bytes | None
    free: int


class Attempts:
    """Counts, forgives, and says how long somebody waits."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def count(self, trying: Trying, now: dt.datetime) -> dt.timedelta | None:
        """Count an attempt as a failed one, before it is looked at. None: go on. Else how long to wait: then nothing
        was counted, and nothing may be compared."""
        rows = self._rows(trying)
        if (wait := max(self._wait(row, now) for row in rows)) > dt.timedelta(0):
            return wait
        self._uow.run("DELETE FROM sign_in_attempt WHERE last_at <= ?", (to_micros(now - FORGOTTEN),))
        for row in rows:
            self._uow.run(COUNT, (row.key, row.account, to_micros(now)))
        return None

    def forgive(self, trying: Trying) -> None:
        """It was right: this person's counts begin anew; the address is as if nothing had been tried."""
        for row in self._rows(trying):
            if row.account is None:
                self._uow.run("UPDATE sign_in_attempt SET failures = max(failures - 1, 0) WHERE key = ?", (row.key,))
            else:
                self._uow.run("DELETE FROM sign_in_attempt WHERE key = ?", (row.key,))

    def unlock(self, name: str, now: dt.datetime, actor: Actor) -> None:
        """Nobody waits any more who tries this name."""
        self._uow.run("DELETE FROM sign_in_attempt WHERE account = ?", (self._account(name),))
        self._uow.audit.append("staff.unlocked", f"staff:{name}", actor, now)

    def waiting(self, name: str, now: dt.datetime) -> dt.timedelta:
        """How long a stranger's device waits for this name now; nothing when it does not."""
        return self._wait(Row(self._account(name), None, FREE_ACCOUNT), now)

    def device_new(self, name: str) -> str:
        """What a browser keeps after this person signed in there."""
        id = new_id()
        return f"{id}.{self._mark(name, id)}"

    def device_of(self, name: str, kept: str) -> str | None:
        """The device's id when that is what we gave it for this person, else None."""
        id, _, mark = kept.partition(".")
        return id if compare_digest(mark.encode(), self._mark(name, id).encode()) else None

    def _wait(self, row: Row, now: dt.datetime) -> dt.timedelta:
        failures, last = self._uow.run(FIND, (row.key,)).fetchone() or (0, 0)
        if failures < row.free or now >= from_micros(last) + FORGOTTEN:
            return dt.timedelta(0)
        doublings: int = min(failures - row.free, DOUBLINGS)
        wait: dt.timedelta = min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)
        return max(from_micros(last) + wait - now, dt.timedelta(0))

    def _rows(self, trying: Trying) -> tuple[Row, ...]:
        account = self._account(trying.name)
        if trying.device is not None:
            return (Row(self._key("device", trying.name.casefold(), trying.device), account, FREE_DEVICE),)
        origin = network(trying.origin)
        return (
            Row(self._key("pair", trying.name.casefold(), origin), account, FREE_PAIR),
            Row(account, account, FREE_ACCOUNT),
            Row(self._key("address", origin), None, FREE_ADDRESS),
        )

    def _account(self, name: str) -> bytes:
        return self._key("account", name.casefold())

    def _key(self, *parts: str) -> bytes:
        return self._uow.keyring.index(Index.TOKEN, "attempt", *parts)

    def _mark(self, name: str, id: str) -> str:
        return self._uow.keyring.index(Index.TOKEN, "device", name, id).hex()


def network(origin: str) -> str:
    """An IPv6 address as its network of 64 bits, which is what one household holds; anything else as it is."""
    try:
        address = ipaddress.ip_address(origin)
    except ValueError:
        return origin
    return origin if address.version == 4 else str(ipaddress.ip_network((origin.split("%")[0], 64), strict=False))
