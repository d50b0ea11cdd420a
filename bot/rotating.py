"""Rotates keys from the command line while others work: the steps in their order, each resumable."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from store import reindex, rotation
from store.crypto import KeyKind
from store.masters import Wrapper
from store.rotation import Rotation

if TYPE_CHECKING:
    from bot.master_key import MasterKeys
    from dialogs.types import Actor
    from store.database import Database
    from store.uow import UnitOfWork

T = TypeVar("T")
NOUNS = {
    "master": "keys wrapped anew",
    "data": "customers and chats sealed anew",
    "index": "customers and chats indexed anew",
    "codes": "seconds until the last code on its way has expired",
}
"""What is counted in each part of the work."""

PAUSE = 1.0
"""Seconds between two looks whether the last code has expired."""


class Step(msgspec.Struct, frozen=True):
    """Where it is: `done` of `total` (None: not known) in this part of the work (`NOUNS`)."""

    what: str
    done: int
    total: int | None


class Some(Protocol):
    """Goes on for one transaction; None when there is no more."""

    def __call__(self, uow: UnitOfWork, rotation: Rotation) -> Rotation | None: ...


class Rotating:
    """One run of a rotation; another run goes on where this one was stopped."""

    def __init__(
        self,
        database: Database,
        keys: MasterKeys,
        actor: Actor,
        clock: Callable[[], dt.datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database, self._keys, self._actor, self._clock, self._sleep = database, keys, actor, clock, sleep
        self.advice = ""

    def steps(self, part: str) -> Iterator[Step]:
        """Rotate one kind of key."""
        match part:
            case "master":
                return self.master()
            case "data":
                return self.data()
            case _:
                return self.index()

    def master(self) -> Iterator[Step]:
        """Wrap every key by the next master key; then it is the one in use."""
        to = self._to()
        total = sum(one.count for one in self._database.read(rotation.counted))
        going = self._write(lambda uow: rotation.begin_master(uow, to, self._actor, self._clock()))
        while self._database.read(lambda uow: rotation.wrapped_elsewhere(uow, to.fingerprint)):
            yield from self._through(going, "master", total, rotation.rewrap_some)
            self._write(
                lambda uow: rotation.marked(uow, going, "keys", "", 0)
            )  # once more, for what was made meanwhile
        self.advice = self._keys.take_next()
        self._write(lambda uow: rotation.end(uow, going, self._actor, self._clock()))

    def data(self) -> Iterator[Step]:
        """Give every customer and every chat of nobody another data key."""
        kinds = (KeyKind.CUSTOMER, KeyKind.CONVERSATION)
        total = sum(one.count for one in self._database.read(rotation.counted) if one.kind in kinds)
        going = self._write(lambda uow: rotation.begin_data(uow, self._actor, self._clock()))
        yield from self._through(going, "data", total, rotation.renew_some)
        self._write(lambda uow: rotation.end(uow, going, self._actor, self._clock()))

    def index(self) -> Iterator[Step]:
        """Make every blind index anew, wait for the codes on their way, forget the keys before."""
        going = self._write(lambda uow: rotation.begin_index(uow, self._actor, self._clock()))
        yield from self._through(going, "index", None, reindex.reindex_some)
        while (until := self._database.read(lambda uow: reindex.waits_until(uow, going, self._clock()))) is not None:
            left = until // 1_000_000 - int(self._clock().timestamp())
            yield Step("codes", max(0, left), None)
            self._sleep(PAUSE)
        self._write(lambda uow: reindex.end_index(uow, going, self._actor, self._clock()))

    def _to(self) -> Wrapper:
        """The key to rotate to. One that was begun is gone on with, also when it has taken its place already."""
        going = self._database.read(lambda uow: rotation.under_way(uow, "master"))
        if going is not None:
            for one in self._keys.known():
                if one.fingerprint == going.target:
                    return one
        return self._keys.make_next()

    def _through(
        self,
        going: Rotation,
        what: str,
        total: int | None,
        some: Some,
    ) -> Iterator[Step]:
        following: Rotation | None = going
        while following is not None:
            yield Step(what, following.done, total)
            following = self._write(partial(some, rotation=following))

    def _write(self, act: Callable[[UnitOfWork], T]) -> T:
        return self._database.write(act)
