"""Jobs: in order per key, never lost, never ended by a worker that no longer holds them."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from store.database import Database
from store.jobs import CLAIM, NEXT_OF_KEY, PUT, REAP, WAKE, Lease, LeaseLostError, Priority, Waits, timer_name
from store.uow import UnitOfWork
from tests.store.kit import NOW, open_database

LEASE = dt.timedelta(seconds=30)
MINUTE = dt.timedelta(minutes=1)


def put(database: Database, n: int, key: str | None = None, **more: Any) -> bool:
    values = {"kind": "k", "due": NOW, **more}
    return database.write(
        lambda uow: uow.jobs.put(
            values["kind"],
            key,
            values["due"],
            {"n": n},
            dedup=values.get("dedup"),
            priority=values.get("priority", Priority.NORMAL),
        )
    )


def claim(database: Database, now: dt.datetime = NOW, limit: int = 10, kinds: tuple[str, ...] = ("k",)) -> list[Lease]:
    return database.write(lambda uow: uow.jobs.claim(kinds, "worker", now, LEASE, limit))


def numbers(leases: list[Lease]) -> list[object]:
    return [lease.payload["n"] for lease in leases]


def test_jobs_of_one_key_are_done_one_at_a_time_in_order(database: Database) -> None:
    for n in range(3):
        put(database, n, "chat")
    put(database, 9, "other")

    first = claim(database)
    assert numbers(first) == [0, 9]
    assert claim(database) == []
    database.write(lambda uow: uow.jobs.done(first[1]))
    database.write(lambda uow: uow.jobs.again(first[0], NOW + MINUTE, "TimeoutError"))
    assert claim(database) == [], "the second does not overtake the first"
    (again,) = claim(database, NOW + MINUTE)
    assert (again.payload["n"], again.attempts) == (0, 2)
    database.write(lambda uow: uow.jobs.done(again))
    assert numbers(claim(database)) == [1]


def test_jobs_without_a_key_are_done_at_once_and_by_urgency(database: Database) -> None:
    put(database, 1, priority=Priority.LOW)
    put(database, 2, due=NOW - MINUTE)
    put(database, 3, priority=Priority.HIGH)
    put(database, 4, due=NOW + MINUTE, priority=Priority.HIGH)

    assert numbers(claim(database, limit=2)) == [3, 2]
    assert numbers(claim(database)) == [1]


def test_only_kinds_asked_for_are_claimed(database: Database) -> None:
    put(database, 1, kind="deliver")
    put(database, 2, kind="notice")

    assert numbers(claim(database, kinds=("notice",))) == [2]


def test_a_lease_that_ran_out_goes_to_another_and_the_first_can_no_longer_end_it(database: Database) -> None:
    put(database, 1, "chat")
    (late,) = claim(database)

    (taken,) = claim(database, NOW + LEASE)

    assert taken.fence > late.fence
    for end in (
        lambda uow: uow.jobs.done(late),
        lambda uow: uow.jobs.again(late, NOW, "x"),
        lambda uow: uow.jobs.park(late, "x"),
    ):
        with pytest.raises(LeaseLostError):
            database.write(end)
    assert not database.write(lambda uow: uow.jobs.renew(late, NOW))
    database.write(lambda uow: uow.jobs.done(taken))


def test_a_lease_of_a_clock_that_was_set_back_since_is_not_waited_for(database: Database) -> None:
    put(database, 1, "chat")
    (fast,) = claim(database, NOW + dt.timedelta(minutes=4))  # clocks of two machines may differ so far
    assert not claim(database)
    database.write(lambda uow: uow.jobs.again(fast, NOW, "x"))

    (ahead,) = claim(database, NOW + dt.timedelta(hours=1))
    (taken,) = claim(database)

    assert taken.fence > ahead.fence


def test_what_a_late_worker_wrote_goes_with_its_lease(database: Database) -> None:
    put(database, 1)
    (late,) = claim(database)
    claim(database, NOW + LEASE)

    def write_then_end(uow: UnitOfWork) -> None:
        uow.run("INSERT INTO counter VALUES ('written', 1)")
        uow.jobs.done(late)

    with pytest.raises(LeaseLostError):
        database.write(write_then_end)

    assert database.read(lambda uow: uow.run("SELECT count(*) FROM counter").fetchone()) == (0,)


def test_the_number_of_a_job_done_is_never_given_again(database: Database) -> None:
    put(database, 1)
    (done,) = claim(database)
    database.write(lambda uow: uow.jobs.done(done))
    put(database, 2)
    (other,) = claim(database)

    assert (other.id, other.fence) != (done.id, done.fence)
    with pytest.raises(LeaseLostError):
        database.write(lambda uow: uow.jobs.done(done))


def test_a_renewed_lease_is_kept(database: Database) -> None:
    put(database, 1)
    (lease,) = claim(database)

    assert database.write(lambda uow: uow.jobs.renew(lease, NOW + LEASE / 2))

    assert claim(database, NOW + LEASE) == []
    assert len(claim(database, NOW + LEASE * 2)) == 1


def test_a_parked_job_lets_others_pass_and_comes_first_when_replayed(database: Database) -> None:
    for n in range(3):
        put(database, n, "chat")
    (first,) = claim(database)
    database.write(lambda uow: uow.jobs.park(first, "Forbidden"))
    (second,) = claim(database)
    (parked,) = database.read(lambda uow: uow.jobs.page("parked"))
    assert (parked.error, parked.key) == ("Forbidden", "chat")

    assert database.write(lambda uow: uow.jobs.replay(parked.id))
    assert not database.write(lambda uow: uow.jobs.replay(parked.id))
    database.write(lambda uow: uow.jobs.done(second))

    (replayed,) = claim(database)
    assert (replayed.payload["n"], replayed.attempts) == (0, 1)


def test_a_replayed_job_overtakes_a_later_one_that_waits(database: Database) -> None:
    put(database, 0, "chat")
    put(database, 1, "chat", due=NOW + MINUTE)
    (first,) = claim(database)
    database.write(lambda uow: uow.jobs.park(first, "Forbidden"))

    database.write(lambda uow: uow.jobs.replay(first.id))

    assert numbers(claim(database, NOW + MINUTE)) == [0]


def test_a_job_with_the_same_name_is_not_put_twice_until_it_is_done(database: Database) -> None:
    assert put(database, 1, dedup="once")
    assert not put(database, 2, dedup="once")
    (lease,) = claim(database)
    assert not put(database, 3, dedup="once")
    database.write(lambda uow: uow.jobs.done(lease))
    assert put(database, 4, dedup="once")


def test_a_new_timer_replaces_the_old_one_even_while_it_fires(database: Database) -> None:
    database.write(lambda uow: uow.jobs.set_timer("nudge", "v1", NOW))
    database.write(lambda uow: uow.jobs.set_timer("park", "v1", NOW + MINUTE))
    (firing,) = claim(database, kinds=("timer",))
    assert firing.payload == {"kind": "nudge", "subject": "v1"}

    database.write(lambda uow: uow.jobs.set_timer("nudge", "v1", NOW + MINUTE))

    with pytest.raises(LeaseLostError):
        database.write(lambda uow: uow.jobs.done(firing))
    assert claim(database, kinds=("timer",)) == []
    assert len(claim(database, NOW + MINUTE, kinds=("timer",))) == 2


def test_a_cancelled_timer_does_not_fire(database: Database) -> None:
    database.write(lambda uow: uow.jobs.set_timer("nudge", "v1", NOW))
    (firing,) = claim(database, kinds=("timer",))

    database.write(lambda uow: uow.jobs.cancel_timers([timer_name("nudge", "v1")]))

    with pytest.raises(LeaseLostError):
        database.write(lambda uow: uow.jobs.done(firing))
    assert claim(database, NOW + LEASE, kinds=("timer",)) == []


@pytest.mark.sqlite_only
def test_claiming_walks_no_backlog(database: Database) -> None:
    """However much waits, is not due or stands behind, the plan is a search in an index."""

    def plan(uow: UnitOfWork) -> str:
        lines = []
        for sql, values in (
            (CLAIM, ("k", 1, 0, 5, 0, "w")),
            (REAP, (0, 0, 0, 0)),
            (NEXT_OF_KEY, ("k",)),
            (WAKE, ("k",)),
            (PUT, ("k", "key", "key", 1, 0, None, "{}")),
        ):
            lines += [row[3] for row in uow.run(f"EXPLAIN QUERY PLAN {sql}", values)]
        return "\n".join(lines)

    steps = database.write(plan)

    assert "ix_job_ready (kind=? AND priority=? AND due_at<?)" in steps
    assert "SCAN job" not in steps
    assert "TEMP B-TREE" not in steps


class JobMachine(RuleBasedStateMachine):
    """Workers that come late, die and repeat themselves, against a plain model of what must hold."""

    held: Bundle[Lease] = Bundle("held")

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        file = Path(shutil.copy(EMPTY[0], Path(self.folder.name) / "jobs.db"))
        self.database = open_database(file)
        self.now, self.n = NOW, 0
        self.undone: dict[int, str | None] = {}  # number of each job not yet done → key
        self.parked: dict[int, int] = {}  # number → id
        self.live: dict[int, int] = {}  # id → fence of the newest claim
        self.finished: list[tuple[str | None, int]] = []

    def teardown(self) -> None:
        """Whatever happened, everything left can still be done, each key in order."""
        if not hasattr(self, "database"):
            return
        try:
            self.now += dt.timedelta(days=1)
            while leases := self.take(50):
                for lease in leases:
                    self.end(lease)
            assert set(self.undone) == set(self.parked)
        finally:
            self.database.close()
            self.folder.cleanup()

    @rule(key=st.sampled_from([None, "a", "b"]), wait=st.integers(0, 3), priority=st.integers(0, 2))
    def put(self, key: str | None, wait: int, priority: int) -> None:
        due = self.now + MINUTE * wait
        put(self.database, self.n, key, due=due, priority=priority)
        self.undone[self.n] = key
        self.n += 1

    @rule(target=held, limit=st.integers(1, 3))
    def claim_some(self, limit: int) -> Any:
        return multiple(*self.take(limit))

    def take(self, limit: int) -> list[Lease]:
        leases = claim(self.database, self.now, limit)
        for lease in leases:
            number = int(lease.payload["n"])
            assert number in self.undone
            assert number not in self.parked
            if lease.key is not None:
                older = [n for n, key in self.undone.items() if key == lease.key and n not in self.parked]
                assert number == min(older), "an older job of this key is not done"
            assert lease.fence > self.live.get(lease.id, 0)
            self.live[lease.id] = lease.fence
        return leases

    def holds(self, lease: Lease) -> bool:
        row = self.database.read(
            lambda uow: uow.run("SELECT fence, state FROM job WHERE id = ?", (lease.id,)).fetchone()
        )
        return bool(row == (lease.fence, "leased") and self.live[lease.id] == lease.fence)

    @rule(lease=consumes(held))
    def end(self, lease: Lease) -> None:
        number = int(lease.payload["n"])
        if self.holds(lease):
            self.database.write(lambda uow: uow.jobs.done(lease))
            del self.undone[number]
        else:
            with pytest.raises(LeaseLostError):
                self.database.write(lambda uow: uow.jobs.done(lease))

    @rule(lease=held, wait=st.integers(0, 2))
    def again(self, lease: Lease, wait: int) -> None:
        due = self.now + MINUTE * wait
        if self.holds(lease):
            self.database.write(lambda uow: uow.jobs.again(lease, due, "x"))
        else:
            with pytest.raises(LeaseLostError):
                self.database.write(lambda uow: uow.jobs.again(lease, due, "x"))

    @rule(lease=held)
    def park(self, lease: Lease) -> None:
        if self.holds(lease):
            self.database.write(lambda uow: uow.jobs.park(lease, "x"))
            self.parked[int(lease.payload["n"])] = lease.id

    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        if self.parked:
            number = data.draw(st.sampled_from(sorted(self.parked)))
            head = self.database.read(
                lambda uow: uow.run("SELECT 1 FROM job WHERE key = ? AND state = 'leased'", (self.undone[number],))
            ).fetchone()
            if head is None:  # replayed behind a job being done it comes next, which the model below does not know
                assert self.database.write(lambda uow: uow.jobs.replay(self.parked[number]))
                del self.parked[number]

    @rule(seconds=st.sampled_from([1, 29, 30, 120]))
    def pass_time(self, seconds: int) -> None:
        self.now += dt.timedelta(seconds=seconds)

    @invariant()
    def nothing_is_lost(self) -> None:
        if hasattr(self, "database"):
            rows = self.database.read(lambda uow: uow.run("SELECT json_extract(payload, '$.n') FROM job").fetchall())
            assert sorted(n for (n,) in rows) == sorted(self.undone)


EMPTY: list[Path] = []


@pytest.mark.slow
def test_jobs_survive_any_order_of_events(empty_file: Path) -> None:
    EMPTY[:] = [empty_file]
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        JobMachine, settings=settings(max_examples=40, stateful_step_count=40, deadline=None)
    )


def test_what_waited_for_the_customer_comes_first_and_in_order(database: Database) -> None:
    def put(uow: UnitOfWork) -> None:
        for n in (1, 2):
            uow.jobs.put("deliver", "c1", NOW, {"seq": n})
            (lease,) = uow.jobs.claim(("deliver",), "w", NOW, dt.timedelta(seconds=9), 1)
            uow.jobs.park(lease, Waits.WINDOW_CLOSED)
        uow.jobs.put("deliver", "c1", NOW, {"seq": 3})
        uow.jobs.put("deliver", "c2", NOW, {"seq": 9})

    def take(uow: UnitOfWork) -> list[int | str]:
        done = []
        while leases := uow.jobs.claim(("deliver",), "w", NOW, dt.timedelta(seconds=9), 9):
            for lease in leases:
                uow.jobs.done(lease)
                done += [lease.payload["seq"]] if lease.key == "c1" else []
        return done

    database.write(put)

    assert database.write(lambda uow: uow.jobs.wake("c1"))
    assert database.write(take) == [1, 2, 3]
    assert not database.write(lambda uow: uow.jobs.wake("c1"))


def test_waking_leaves_alone_what_is_being_done_and_what_waits_for_a_person(database: Database) -> None:
    def put(uow: UnitOfWork) -> None:
        for why in ("blocked", Waits.NOTIFIED):
            uow.jobs.put("deliver", "c1", NOW, {"why": why})
            (lease,) = uow.jobs.claim(("deliver",), "w", NOW, dt.timedelta(seconds=9), 1)
            uow.jobs.park(lease, why)
        uow.jobs.put("deliver", "c1", NOW, {"why": "new"})
        uow.jobs.claim(("deliver",), "w", NOW, dt.timedelta(seconds=9), 1)
        uow.jobs.wake("c1")

    database.write(put)

    assert [job.error for job in database.write(lambda uow: uow.jobs.page("parked"))] == ["blocked"]
    assert [len(database.write(lambda uow, s=s: uow.jobs.page(s))) for s in ("ready", "leased", "behind")] == [0, 1, 1]


def test_a_message_waits_only_once(database: Database) -> None:
    def put(uow: UnitOfWork) -> bool:
        return uow.jobs.put_waiting("deliver", "c1", NOW, {"seq": 1}, Waits.WINDOW_CLOSED)

    assert [database.write(put), database.write(put)] == [True, False]
    assert database.write(lambda uow: uow.jobs.waits("c1", Waits.WINDOW_CLOSED))


def test_moments_of_a_common_pace_are_given_once_each(database: Database) -> None:
    gap = dt.timedelta(seconds=1)

    def moment(now: dt.datetime) -> dt.datetime:
        return database.write(lambda uow: uow.jobs.next_moment("pace:telegram", now, gap))

    assert [moment(NOW), moment(NOW), moment(NOW)] == [NOW, NOW + gap, NOW + 2 * gap]
    assert moment(NOW + MINUTE) == NOW + MINUTE, "what was not used is not saved up"
