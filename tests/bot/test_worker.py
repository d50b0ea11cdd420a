"""The job loop against the real store: order, retries, parking, taking over from the dead."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.errors import PermanentDeliveryError, TemporaryDeliveryError
from bot.worker import Chore, Work, Worker, Write, nothing
from store.database import Database
from store.jobs import JobState, Lease
from store.uow import UnitOfWork
from tests.bot.opened import opened, until, working
from tests.fakes import FakeClock

Run = Callable[[Lease], Awaitable[Write]]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with opened(tmp_path) as road:
        yield road.database


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def put(database: Database, clock: FakeClock, n: int, *, key: str | None = None, kind: str = "work") -> None:
    database.write(lambda uow: uow.jobs.put(kind, key, clock.now, {"n": n}))


def states(database: Database, state: JobState) -> list[Any]:
    return database.read(lambda uow: uow.jobs.page(state))


class Doing:
    """Records what was done; `accidents` are raised first, one each time."""

    def __init__(self, *accidents: Exception) -> None:
        self.accidents = list(accidents)
        self.done: list[int] = []
        self.tries = 0

    async def __call__(self, lease: Lease) -> Write:
        self.tries += 1
        if self.accidents:
            raise self.accidents.pop(0)
        self.done.append(int(lease.payload["n"]))
        return nothing


async def test_a_due_job_is_done_and_gone(database: Database, clock: FakeClock) -> None:
    doing = Doing()
    put(database, clock, 1)

    async with working(database, clock, {"work": Work(doing)}):
        await until(lambda: doing.done)

    assert doing.done == [1]
    assert [states(database, state) for state in JobState] == [[], [], [], []]


async def test_a_job_waits_for_its_time(database: Database, clock: FakeClock) -> None:
    doing = Doing()
    database.write(lambda uow: uow.jobs.put("work", None, clock.now + dt.timedelta(seconds=60), {"n": 1}))

    async with working(database, clock, {"work": Work(doing)}):
        await asyncio.sleep(0.1)
        assert doing.done == []
        clock.forward(60)
        await until(lambda: doing.done)


async def test_jobs_of_one_key_are_done_in_order_even_when_the_first_fails(
    database: Database, clock: FakeClock
) -> None:
    doing = Doing(TemporaryDeliveryError("down", 0.0), TemporaryDeliveryError("down", 0.0))
    for n in (1, 2, 3):
        put(database, clock, n, key="chat")

    async with working(database, clock, {"work": Work(doing)}):
        await until(lambda: len(doing.done) == 3)

    assert doing.done == [1, 2, 3]


async def test_waits_grow_and_the_receivers_own_word_goes_first(database: Database, clock: FakeClock) -> None:
    doing = Doing(TemporaryDeliveryError("a"), TemporaryDeliveryError("b"), TemporaryDeliveryError("c", 99.0))
    put(database, clock, 1)
    waits = []

    async with working(database, clock, {"work": Work(doing, first_wait=2.0)}):
        for tries in (1, 2, 3):
            await until(lambda tries=tries: doing.tries == tries and states(database, JobState.READY))  # type: ignore[misc]
            (job,) = states(database, JobState.READY)
            waits.append((job.due - clock.now).total_seconds())
            clock.forward(waits[-1])
        await until(lambda: doing.done)

    assert waits == [2.0, 4.0, 99.0]


async def test_a_permanent_refusal_is_parked_with_its_consequences_and_the_next_goes_on(
    database: Database, clock: FakeClock
) -> None:
    doing, told = Doing(PermanentDeliveryError("blocked")), list[tuple[int, str]]()
    topics: list[str] = []

    def gave_up(uow: UnitOfWork, lease: Lease, error: str) -> Iterable[str]:
        told.append((int(lease.payload["n"]), error))
        return ("topic",)

    put(database, clock, 1, key="chat")
    put(database, clock, 2, key="chat")
    async with working(database, clock, {"work": Work(doing, gave_up=gave_up)}, changed=topics.extend):
        await until(lambda: doing.done)

    assert doing.done == [2]
    assert told == [(1, "blocked")]
    assert topics == ["topic"]
    assert [job.error for job in states(database, JobState.PARKED)] == ["blocked"]


async def test_the_last_attempt_parks(database: Database, clock: FakeClock) -> None:
    doing = Doing(*(TemporaryDeliveryError("down", 0.0) for _ in range(3)))
    put(database, clock, 1)

    async with working(database, clock, {"work": Work(doing, attempts=3)}):
        await until(lambda: states(database, JobState.PARKED))

    assert doing.tries == 3


async def test_a_parked_job_can_be_replayed(database: Database, clock: FakeClock) -> None:
    doing = Doing(PermanentDeliveryError("no"))
    put(database, clock, 1)

    async with working(database, clock, {"work": Work(doing)}) as worker:
        await until(lambda: states(database, JobState.PARKED))
        (job,) = states(database, JobState.PARKED)
        database.write(lambda uow: uow.jobs.replay(job.id))
        worker.wake()
        await until(lambda: doing.done)


async def test_an_accident_is_recorded_without_its_words_and_the_loop_goes_on(
    database: Database, clock: FakeClock
) -> None:
    doing = Doing(RuntimeError("12 Oak Street"))
    put(database, clock, 1)
    put(database, clock, 2)

    with capture_logs() as logs:
        async with working(database, clock, {"work": Work(doing, first_wait=0.0)}):
            await until(lambda: len(doing.done) == 2)

    assert "Oak" not in str(logs)
    assert any(line.get("error") == "RuntimeError" for line in logs)


async def test_what_is_written_and_the_end_of_the_job_are_one(database: Database, clock: FakeClock) -> None:
    tries = 0

    async def run(lease: Lease) -> Write:
        def write(uow: UnitOfWork) -> Iterable[str]:
            nonlocal tries
            tries += 1
            uow.jobs.put("other", None, clock.now, {"n": tries})
            if tries == 1:
                raise RuntimeError("in mid-write")
            return ()

        return write

    put(database, clock, 1)
    async with working(database, clock, {"work": Work(run)}):
        await until(lambda: tries == 2 and not states(database, JobState.LEASED))

    assert [job.kind for job in states(database, JobState.READY)] == ["other"]


async def test_a_timer_may_put_itself_again(database: Database, clock: FakeClock) -> None:
    fired = 0

    async def run(lease: Lease) -> Write:
        def write(uow: UnitOfWork) -> Iterable[str]:
            nonlocal fired
            fired += 1
            if fired == 1:
                uow.jobs.set_timer("nudge", "c1", clock.now)
            return ()

        return write

    database.write(lambda uow: uow.jobs.set_timer("nudge", "c1", clock.now))
    async with working(database, clock, {"timer": Work(run)}):
        await until(lambda: fired == 2)

    assert states(database, JobState.READY) == []


async def test_a_timer_replaced_while_it_fires_writes_nothing(database: Database, clock: FakeClock) -> None:
    wrote: list[int] = []

    async def run(lease: Lease) -> Write:
        if not wrote:
            later = clock.now + dt.timedelta(hours=1)
            await asyncio.wrap_future(database.submit(lambda uow: uow.jobs.set_timer("nudge", "c1", later)))

        def write(uow: UnitOfWork) -> Iterable[str]:
            wrote.append(1)
            return ()

        return write

    database.write(lambda uow: uow.jobs.set_timer("nudge", "c1", clock.now))
    async with working(database, clock, {"timer": Work(run)}):
        await asyncio.sleep(0.2)

    assert wrote == []
    assert len(states(database, JobState.READY)) == 1


async def test_a_slow_kind_does_not_stall_another(database: Database, clock: FakeClock) -> None:
    doing, gate = Doing(), asyncio.Event()

    async def stuck(lease: Lease) -> Write:
        await gate.wait()
        return nothing

    for n in range(5):
        put(database, clock, n, kind="slow")
    put(database, clock, 9, kind="work")
    async with working(database, clock, {"slow": Work(stuck, slots=2), "work": Work(doing)}):
        await until(lambda: doing.done)
        assert len([job for job in states(database, JobState.LEASED) if job.kind == "slow"]) == 2
        gate.set()


async def test_a_kind_on_hold_is_not_claimed(database: Database, clock: FakeClock) -> None:
    doing, hold = Doing(), [1.0]
    put(database, clock, 1)

    async with working(database, clock, {"work": Work(doing, hold=lambda: hold[0])}):
        await asyncio.sleep(0.1)
        assert doing.tries == 0
        hold[0] = 0.0
        await until(lambda: doing.done)


async def test_a_wake_is_faster_than_the_poll(database: Database, clock: FakeClock) -> None:
    doing = Doing()

    async with working(database, clock, {"work": Work(doing)}, poll=60.0) as worker:
        await asyncio.sleep(0.05)
        put(database, clock, 1)
        await asyncio.to_thread(worker.wake)
        await until(lambda: doing.done)


async def test_another_worker_takes_over_when_the_lease_of_a_dead_one_runs_out(
    database: Database, clock: FakeClock
) -> None:
    doing = Doing()
    put(database, clock, 1)
    (dead,) = database.write(lambda uow: uow.jobs.claim(("work",), "dead", clock.now, dt.timedelta(seconds=30), 1))

    async with working(database, clock, {"work": Work(doing)}):
        await asyncio.sleep(0.05)
        assert doing.done == []
        clock.forward(31)
        await until(lambda: doing.done)

    with pytest.raises(Exception, match="no longer held"):
        database.write(lambda uow: uow.jobs.done(dead))  # the fence keeps a late worker out


async def test_a_long_job_keeps_its_lease_and_one_that_lost_it_is_stopped(database: Database, clock: FakeClock) -> None:
    began, ended = asyncio.Event(), list[str]()

    async def long(lease: Lease) -> Write:
        began.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("stopped")
            raise
        return nothing

    put(database, clock, 1)
    async with working(database, clock, {"work": Work(long)}, lease=0.3):
        await began.wait()
        for _ in range(5):
            await asyncio.sleep(0.1)
            clock.forward(0.1)
        assert ended == []  # renewed: its first lease would have run out
        database.write(lambda uow: uow.run("UPDATE job SET fence = fence + 1"))
        await until(lambda: ended)


async def test_stopping_lets_a_job_end_and_puts_back_one_that_does_not(database: Database, clock: FakeClock) -> None:
    began = asyncio.Event()

    async def forever(lease: Lease) -> Write:
        began.set()
        await asyncio.sleep(60)
        return nothing

    put(database, clock, 1)
    worker = Worker(database, {"work": Work(forever)}, clock, name="w1", poll=0.01)
    task = asyncio.create_task(worker.run())
    await began.wait()
    await worker.stop(grace=0.05)
    await task

    assert len(states(database, JobState.READY)) == 1


async def test_chores_are_done_and_one_that_fails_does_not_stop_the_jobs(database: Database, clock: FakeClock) -> None:
    doing, swept = Doing(), list[dt.datetime]()

    def sweep(uow: UnitOfWork, /, now: dt.datetime) -> bool:
        swept.append(now)
        return len(swept) < 3

    def broken(uow: UnitOfWork, /, now: dt.datetime) -> bool:
        raise RuntimeError("boom")

    put(database, clock, 1)
    chores = (Chore("broken", 60.0, broken), Chore("sweep", 60.0, sweep))
    async with working(database, clock, {"work": Work(doing)}, chores=chores):
        await until(lambda: doing.done and len(swept) == 3)
