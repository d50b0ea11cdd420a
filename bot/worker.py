"""The job loop: claim what is due, do it, write the outcome. Everything timed and everything sent goes through here.

A job is claimed under a lease with a fence, so that a worker that died loses its jobs to another and one that was only
slow can no longer write. What a job changes is written in the same transaction that ends it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeVar

import msgspec
import structlog

from bot.errors import PermanentDeliveryError, TemporaryDeliveryError
from bot.meters import Outcome
from store.database import Database
from store.jobs import Lease, LeaseLostError
from store.uow import UnitOfWork

log = structlog.get_logger(__name__)
T = TypeVar("T")

Write = Callable[[UnitOfWork], Iterable[str]]
"""What is written together with the end of a job; returns the topics (bot.live) that changed."""


def nothing(uow: UnitOfWork) -> Iterable[str]:
    """Write nothing."""
    return ()


def nothing_more(uow: UnitOfWork, lease: Lease, error: str) -> Iterable[str]:
    """A job of this kind may be parked without further consequences."""
    return ()


def no_hold() -> float:
    """This kind is never held back."""
    return 0.0


class Work(msgspec.Struct, frozen=True):
    """How jobs of one kind are done.

    `run` does what the world must do and returns what to write. `slots` jobs run at a time, so that a slow kind never
    stalls another; of these, jobs of low priority leave `spare` free. After `attempts` the job is parked, together with
    what `gave_up` writes. `hold` says for how many seconds no job of this kind shall be claimed (a receiver asked for a
    pause).
    """

    run: Callable[[Lease], Awaitable[Write]]
    slots: int = 8
    attempts: int = 10
    first_wait: float = 2.0
    longest_wait: float = 3600.0
    gave_up: Callable[[UnitOfWork, Lease, str], Iterable[str]] = nothing_more
    spare: int = 0
    hold: Callable[[], float] = no_hold


class Act(Protocol):
    """A step of a chore; returns True when there is more to do now."""

    def __call__(self, uow: UnitOfWork, /, now: dt.datetime) -> bool: ...


class Chore(msgspec.Struct, frozen=True):
    """Something done every so often (seconds) by every worker, safe to do twice."""

    name: str
    every: float
    act: Act


RARELY = 30.0
"""Chores with pauses of so many seconds are done by one process each time; the others only look, and quickly."""


class Counted(Protocol):
    """Counts what a worker does (bot.meters)."""

    def job(self, kind: str, outcome: Outcome, seconds: float, /) -> None:
        """One go at a job, its end written."""
        ...

    def failed(self, chore: str, /) -> None:
        """A chore failed."""
        ...


class Worker:
    """Runs until `stop`. `wake` may be called from any thread, after a commit that may have made jobs."""

    def __init__(
        self,
        database: Database,
        works: Mapping[str, Work],
        clock: Callable[[], dt.datetime],
        *,
        name: str,
        chores: Sequence[Chore] = (),
        changed: Callable[[Iterable[str]], None] = lambda topics: None,
        counted: Counted | None = None,
        lease: float = 30.0,
        poll: float = 1.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database, self._works, self._clock, self._name = database, works, clock, name
        self._chores, self._changed, self._chance = chores, changed, chance
        self._lease, self._poll, self._counted = lease, poll, counted
        self._next_chore = dict.fromkeys((chore.name for chore in chores), 0.0)
        self._running: dict[asyncio.Task[None], Lease] = {}
        self._ending: set[asyncio.Task[None]] = set()  # whose outcome is being written
        self._renewed = time.monotonic()
        self._awake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    def wake(self) -> None:
        """Look for jobs now instead of at the next poll."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._awake.set)

    async def run(self) -> None:
        """Claim and do jobs until stopped. No accident ends the loop; each is recorded."""
        self._loop = asyncio.get_running_loop()
        while not self._stopping:
            self._awake.clear()
            try:
                await self._renew()
                await self._do_chores()
                await self._claim()
            except Exception as accident:
                log.error("worker.round_failed", worker=self._name, error=type(accident).__name__)
            try:
                await asyncio.wait_for(self._awake.wait(), self._poll)
            except TimeoutError:
                continue

    async def stop(self, grace: float = 5.0) -> None:
        """Claim no more, let running jobs end, and put back those that do not end in time."""
        self._stopping = True
        self.wake()
        if self._running:
            await asyncio.wait(self._running, timeout=grace)
        late = list(self._running)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _write(self, act: Callable[[UnitOfWork], T]) -> T:
        return await asyncio.wrap_future(self._database.submit(act))

    async def _claim(self) -> None:
        busy = Counter(lease.kind for lease in self._running.values())
        free = {kind: work.slots - busy[kind] for kind, work in self._works.items() if work.hold() <= 0}
        free = {kind: slots for kind, slots in free.items() if slots > 0}
        now, length = self._clock(), dt.timedelta(seconds=self._lease)

        def claim(uow: UnitOfWork) -> list[Lease]:
            return [
                lease
                for kind, slots in free.items()
                for lease in uow.jobs.claim((kind,), self._name, now, length, slots, self._works[kind].spare)
            ]

        for lease in await self._write(claim) if free else ():
            task = asyncio.create_task(self._do(lease))
            self._running[task] = lease
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task)
        self._ending.discard(task)
        self._awake.set()

    async def _do(self, lease: Lease) -> None:
        began = time.perf_counter()
        outcome = await self._go(lease)
        if self._counted is not None:
            self._counted.job(lease.kind, outcome, time.perf_counter() - began)

    async def _go(self, lease: Lease) -> Outcome:
        work = self._works[lease.kind]
        try:
            return await self._finish(lease, await work.run(lease))
        except asyncio.CancelledError:
            await self._put_back(lease, 0.0, "stopped")
            raise
        except PermanentDeliveryError as error:
            return await self._give_up(lease, work, str(error))
        except TemporaryDeliveryError as error:
            return await self._try_later(lease, work, str(error), error.retry_after)
        except Exception as accident:
            return await self._try_later(lease, work, type(accident).__name__, None)

    def _end_begins(self) -> None:
        """From here on this task's lease may be gone because the job ended, not because another took it."""
        if (task := asyncio.current_task()) is not None:
            self._ending.add(task)

    async def _finish(self, lease: Lease, write: Write) -> Outcome:
        self._end_begins()

        def end(uow: UnitOfWork) -> tuple[str, ...]:
            uow.jobs.done(lease)  # first: what is written may put the same timer again
            return tuple(write(uow))

        for patience in (0.05, 0.5, None):  # what was sent is sent: rather write again than send again
            try:
                topics = await self._write(end)
            except LeaseLostError:
                log.info("job.lease_lost", job=lease.id, kind=lease.kind)
                return Outcome.LOST
            except Exception:
                if patience is None:
                    raise
                await asyncio.sleep(patience)
            else:
                self._publish(topics)
                return Outcome.DONE
        raise AssertionError("the last try returns or raises")

    async def _try_later(self, lease: Lease, work: Work, error: str, asked: float | None) -> Outcome:
        if lease.attempts >= work.attempts:
            return await self._give_up(lease, work, error)
        wait = min(work.longest_wait, work.first_wait * 2 ** (lease.attempts - 1))
        wait *= 0.5 + self._chance() / 2
        log.warning("job.again", job=lease.id, kind=lease.kind, attempts=lease.attempts, error=error)
        await self._put_back(lease, wait if asked is None else max(asked, 0.0), error)
        return Outcome.AGAIN

    async def _put_back(self, lease: Lease, wait: float, error: str) -> None:
        due = self._clock() + dt.timedelta(seconds=wait)
        await self._record(lease, lambda uow: uow.jobs.again(lease, due, error))

    async def _give_up(self, lease: Lease, work: Work, error: str) -> Outcome:
        log.error("job.parked", job=lease.id, kind=lease.kind, attempts=lease.attempts, error=error)

        def park(uow: UnitOfWork) -> tuple[str, ...]:
            uow.jobs.park(lease, error)
            return tuple(work.gave_up(uow, lease, error))

        self._publish(await self._record(lease, park) or ())
        return Outcome.PARKED

    def _publish(self, topics: tuple[str, ...]) -> None:
        if topics:
            self._changed(topics)

    async def _record(self, lease: Lease, act: Callable[[UnitOfWork], T]) -> T | None:
        """Write an outcome; when even that fails the lease runs out and the job comes back by itself."""
        self._end_begins()
        try:
            return await self._write(act)
        except Exception as accident:
            log.error("job.outcome_lost", job=lease.id, kind=lease.kind, error=type(accident).__name__)
            return None

    async def _renew(self) -> None:
        """Keep the leases of long jobs; one that was lost to another worker is stopped."""
        if not self._running or time.monotonic() - self._renewed < self._lease / 3:
            return
        self._renewed = time.monotonic()
        now, held = self._clock(), dict(self._running)

        def renew(uow: UnitOfWork) -> list[asyncio.Task[None]]:
            return [task for task, lease in held.items() if not uow.jobs.renew(lease, now)]

        for task in await self._write(renew):
            if task in self._ending or task.done():
                continue
            log.warning("job.lease_lost", job=held[task].id, kind=held[task].kind)
            task.cancel()

    async def _do_chores(self) -> None:
        for chore in self._chores:
            if time.monotonic() < self._next_chore[chore.name]:
                continue
            self._next_chore[chore.name] = time.monotonic() + chore.every
            act = _in_turn(chore) if self._database.shared and chore.every >= RARELY else chore.act
            try:
                if await self._write(partial(act, now=self._clock())):
                    self._next_chore[chore.name] = 0.0
                    self._awake.set()
            except Exception as accident:
                log.error("worker.chore_failed", chore=chore.name, error=type(accident).__name__)
                if self._counted is not None:
                    self._counted.failed(chore.name)


def _in_turn(chore: Chore) -> Act:
    """The chore, done by one of the processes on the database each time. Whoever has more to do goes on at once."""

    def act(uow: UnitOfWork, /, now: dt.datetime) -> bool:
        name = f"chore:{chore.name}"
        if not uow.jobs.take_turn(name, now, dt.timedelta(seconds=chore.every)):
            return False
        more = chore.act(uow, now=now)
        if more:
            uow.jobs.give_turn(name, now)
        return more

    return act
