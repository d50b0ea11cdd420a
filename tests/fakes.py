"""Ten-line stand-ins for what the caller owns the interface of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import msgspec

from nlu.replaced import replaced


class FakeDatabase:
    """Runs every act at once on one unit of work. `broken` is raised instead as often as it holds errors."""

    shared = False

    def __init__(self, uow: Any) -> None:
        self.uow = uow
        self.broken: list[Exception] = []

    def submit(self, act: Callable[[Any], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(self.read(act))
        except Exception as error:
            future.set_exception(error)
        return future

    def read(self, act: Callable[[Any], Any]) -> Any:
        if self.broken:
            raise self.broken.pop(0)
        return act(self.uow)


class FakeLease(msgspec.Struct, frozen=True):
    """A claimed job."""

    id: int
    kind: str
    key: str | None
    payload: dict[str, str]
    attempts: int = 1
    fence: int = 1


@dataclass
class FakeJobs:
    """Jobs in a list; each is claimed when due and not running."""

    waiting: list[tuple[dt.datetime, FakeLease]] = field(default_factory=list)
    leased: dict[int, FakeLease] = field(default_factory=dict)
    finished: list[int] = field(default_factory=list)
    parked: dict[int, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    renewed: list[int] = field(default_factory=list)
    lost: set[int] = field(default_factory=set)

    def add(self, kind: str, due: dt.datetime, *, key: str | None = None, **payload: str) -> int:
        self.waiting.append((due, FakeLease(len(self.waiting) + 1000, kind, key, payload, 0)))
        return self.waiting[-1][1].id

    def claim(
        self, kinds: Any, worker: str, now: dt.datetime, lease: dt.timedelta, limit: int, spare: int = 0
    ) -> list[FakeLease]:
        ready = [entry for entry in self.waiting if entry[0] <= now and entry[1].kind in kinds][:limit]
        for entry in ready:
            self.waiting.remove(entry)
        taken = [replaced(job, attempts=job.attempts + 1) for _, job in ready]
        self.leased |= {job.id: job for job in taken}
        return taken

    def done(self, lease: FakeLease) -> None:
        del self.leased[lease.id]
        self.finished.append(lease.id)

    def again(self, lease: FakeLease, due: dt.datetime, error: str) -> None:
        self.waiting.append((due, self.leased.pop(lease.id)))
        self.errors.append(error)

    def park(self, lease: FakeLease, error: str) -> None:
        self.parked[self.leased.pop(lease.id).id] = error

    def renew(self, lease: FakeLease, now: dt.datetime) -> bool:
        self.renewed.append(lease.id)
        return lease.id not in self.lost


class FakeClock:
    """A clock that a test moves."""

    def __init__(self, now: dt.datetime = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)
