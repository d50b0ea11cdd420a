"""Several processes on one PostgreSQL: here two databases opened apart, which share nothing but the server."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from dialogs.policy import Policy
from store.crypto import KeyDestroyedError, customer_key
from store.database import Database, DatabaseClosedError, OutcomeUnknownError, TryAgainError, open_database
from store.jobs import Lease
from store.said import Said
from store.uow import RefusedByDatabaseError, UnitOfWork
from tests.postgres import DURABLE, Server, programs, running
from tests.store.kit import MASTER, NOW, keyring, render
from tests.store.road import inbound

T = TypeVar("T")
LEASE = dt.timedelta(minutes=5)


class Both:
    """Two processes. `heard` is what each was told of."""

    def __init__(self, url: str) -> None:
        self.heard: list[set[str]] = [set(), set()]
        self.url = url
        self.one, self.other = (
            open_database(url, keyring(MASTER), render, Policy(), changed=heard.update) for heard in self.heard
        )

    def at_once(self, act: Callable[[UnitOfWork], T], times: int = 1) -> list[T]:
        """Run the act in both, so many times each, begun together."""
        acts = [database.submit(act) for _ in range(times) for database in (self.one, self.other)]
        return [act.result(30) for act in acts]

    def close(self) -> None:
        self.one.close()
        self.other.close()


@pytest.fixture
def both(server: Server, empty_url: str) -> Iterator[Both]:
    opened = Both(empty_url)
    yield opened
    opened.close()
    server.empty(empty_url)


def number(database: Database, sql: str) -> int:
    return int(database.read(lambda uow: uow.run(sql).fetchone())[0])


def test_a_message_that_reaches_two_processes_at_once_is_taken_by_one(both: Both) -> None:
    met = threading.Barrier(2)

    def takes(uow: UnitOfWork) -> tuple[Said, ...] | None:
        with contextlib.suppress(threading.BrokenBarrierError):  # when it is run again
            met.wait(5)
        return uow.conversations.claim(inbound(), NOW)

    assert sorted(both.at_once(takes), key=str) == [(), None]


def test_the_first_two_messages_of_a_chat_at_once_make_one_conversation(both: Both) -> None:
    met = threading.Barrier(2)

    def loads(uow: UnitOfWork) -> str:
        found = uow.conversations.find("web", "chat")
        if not met.broken and found is None:
            with contextlib.suppress(threading.BrokenBarrierError):
                met.wait(2)
        return uow.conversations.load("web", "chat", NOW).id

    first, second = both.at_once(loads)

    assert first == second
    assert number(both.one, "SELECT count(*) FROM conversation") == 1


def test_turns_of_one_chat_run_one_after_the_other(both: Both) -> None:
    def turn(uow: UnitOfWork) -> None:
        chat = uow.conversations.load("web", "chat", NOW)
        time.sleep(0.002)
        uow.conversations.save(chat, (), NOW)

    both.one.write(lambda uow: uow.conversations.load("web", "chat", NOW))
    both.at_once(turn, times=20)

    assert number(both.one, "SELECT version FROM conversation") == 40


def test_turns_of_different_chats_do_not_wait_for_each_other(both: Both) -> None:
    met = threading.Barrier(2)

    def turn(chat: str) -> Callable[[UnitOfWork], None]:
        def run(uow: UnitOfWork) -> None:
            uow.conversations.load("web", chat, NOW)
            met.wait(5)

        return run

    acts = [both.one.submit(turn("a")), both.other.submit(turn("b"))]

    assert [act.result(10) for act in acts] == [None, None]


def test_jobs_of_a_key_keep_their_order_whoever_puts_and_ends_them(both: Both) -> None:
    keys, each = ("a", "b"), 40
    done: dict[str, list[tuple[int, int]]] = defaultdict(list)
    putting = threading.Event()

    def put(writer: int) -> None:
        database = (both.one, both.other)[writer % 2]
        for n in range(each):
            key = keys[n % 2]
            database.write(lambda uow, n=n, key=key: uow.jobs.put("k", key, NOW, {"writer": writer, "n": n}))

    def work(worker: int) -> None:
        database, last = (both.one, both.other)[worker % 2], 0.0
        while not last or time.monotonic() < last + 1:
            held: list[Lease] = database.write(lambda uow: uow.jobs.claim(("k",), f"w{worker}", NOW, LEASE, 3))
            for lease in held:
                assert lease.key is not None
                done[lease.key].append((int(lease.payload["writer"]), int(lease.payload["n"])))
                database.write(lambda uow, lease=lease: uow.jobs.done(lease))
            if held or not putting.is_set():
                last = 0.0
            else:
                last = last or time.monotonic()
                time.sleep(0.01)

    with ThreadPoolExecutor(8) as pool:
        workers = [pool.submit(work, n) for n in range(4)]
        writers = [pool.submit(put, n) for n in range(4)]
        for writer in writers:
            writer.result(60)
        putting.set()
        for worker in workers:
            worker.result(60)

    assert number(both.one, "SELECT count(*) FROM job") == 0, "none was left behind"
    assert sum(map(len, done.values())) == 4 * each, "none was done twice"
    for order in done.values():
        for writer in range(4):
            mine = [n for who, n in order if who == writer]
            assert mine == sorted(mine)


def test_a_job_put_while_its_head_ends_is_not_left_behind(both: Both) -> None:
    both.one.write(lambda uow: uow.jobs.put("k", "key", NOW, {"n": 0}))
    (head,) = both.one.write(lambda uow: uow.jobs.claim(("k",), "w", NOW, LEASE, 1))
    holds, go = threading.Event(), threading.Event()

    def puts(uow: UnitOfWork) -> None:
        uow.jobs.put("k", "key", NOW, {"n": 1})
        holds.set()
        go.wait(5)

    putting = both.one.submit(puts)
    holds.wait(5)
    ending = both.other.submit(lambda uow: uow.jobs.done(head))
    time.sleep(0.1)
    assert not ending.done(), "whoever ends the head waits for who adds to its key"
    go.set()
    putting.result(5)
    ending.result(5)

    assert [lease.payload["n"] for lease in both.one.write(lambda uow: uow.jobs.claim(("k",), "w", NOW, LEASE, 9))] == [
        1
    ]


def test_two_workers_never_hold_one_job(both: Both) -> None:
    both.one.write(lambda uow: [uow.jobs.put("k", None, NOW, {"n": n}) for n in range(200)])

    claimed = both.at_once(lambda uow: [one.id for one in uow.jobs.claim(("k",), "w", NOW, LEASE, 20)], times=8)

    ids = [id for some in claimed for id in some]
    assert len(ids) == len(set(ids)) == 200 - number(both.one, "SELECT count(*) FROM job WHERE state = 'ready'")


def test_of_two_who_find_a_lease_run_out_one_takes_it_over_and_keeps_it(both: Both) -> None:
    """The second looked before the first had committed, waits for it, and must not set free what the first holds."""
    both.one.write(lambda uow: uow.jobs.put("k", None, NOW, {"n": 0}))
    both.one.write(lambda uow: uow.jobs.claim(("k",), "dead", NOW, LEASE, 1))
    holds, go = threading.Event(), threading.Event()

    def takes_over(uow: UnitOfWork) -> list[Lease]:
        taken = uow.jobs.claim(("k",), "first", NOW + LEASE, LEASE, 1)
        holds.set()
        go.wait(5)
        return taken

    first = both.one.submit(takes_over)
    holds.wait(5)
    second = both.other.submit(lambda uow: uow.jobs.claim(("k",), "second", NOW + LEASE, LEASE, 1))
    time.sleep(0.1)
    go.set()

    (lease,) = first.result(5)
    assert second.result(5) == []
    both.one.write(lambda uow: uow.jobs.done(lease))


def test_a_key_that_another_process_destroyed_opens_and_seals_nothing(both: Both) -> None:
    name = customer_key("c")
    sealed = both.one.write(lambda uow: uow.seal.seal(name, b"value", "t.c", "1"))
    assert both.other.read(lambda uow: uow.seal.open(name, sealed, "t.c", "1")) == b"value"

    both.one.write(lambda uow: uow.seal.destroy(name))

    for run in (both.other.read, both.other.write):
        with pytest.raises(KeyDestroyedError):
            run(lambda uow: uow.seal.open(name, sealed, "t.c", "1"))  # type: ignore[operator]
    again = both.other.write(lambda uow: uow.seal.seal(name, b"new", "t.c", "1"))
    assert both.one.read(lambda uow: uow.seal.open(name, again, "t.c", "1")) == b"new"


def test_a_key_is_not_destroyed_under_the_hands_of_who_seals(both: Both) -> None:
    name = customer_key("c")
    both.one.write(lambda uow: uow.seal.prepare(name))
    sealed, go = threading.Event(), threading.Event()

    def seals(uow: UnitOfWork) -> None:
        uow.seal.seal(name, b"value", "t.c", "1")
        sealed.set()
        go.wait(5)

    sealing = both.one.submit(seals)
    sealed.wait(5)
    destroying = both.other.submit(lambda uow: uow.seal.destroy(name))
    time.sleep(0.1)
    assert not destroying.done()
    go.set()
    sealing.result(5)
    destroying.result(5)


def test_what_one_process_commits_the_other_hears_of(both: Both) -> None:
    both.other.read(lambda uow: None)  # listens from its first act on
    end = time.monotonic() + 10
    while "jobs" not in both.heard[1] and time.monotonic() < end:
        both.one.write(lambda uow: uow.jobs.put("k", None, NOW, {"n": 1}))
        time.sleep(0.05)

    assert "jobs" in both.heard[0]
    assert "jobs" in both.heard[1]


def test_acts_that_block_each_other_are_both_done(both: Both) -> None:
    for name in ("a", "b"):
        both.one.write(lambda uow, name=name: uow.run("INSERT INTO counter VALUES (?, 0)", (name,)) and None)
    met = threading.Barrier(2)

    def both_ways(*names: str) -> Callable[[UnitOfWork], None]:
        def run(uow: UnitOfWork) -> None:
            for name in names:
                uow.run("UPDATE counter SET value = value + 1 WHERE name = ?", (name,))
                with contextlib.suppress(threading.BrokenBarrierError):  # the second time round
                    met.wait(1)

        return run

    for act in [both.one.submit(both_ways("a", "b")), both.other.submit(both_ways("b", "a"))]:
        act.result(30)

    assert number(both.one, "SELECT sum(value) FROM counter") == 4


def test_a_key_that_was_free_a_moment_ago_is_looked_for_again(both: Both) -> None:
    met = threading.Barrier(2)

    def looks_then_adds(uow: UnitOfWork) -> str:
        if uow.run("SELECT 1 FROM counter WHERE name = 'n'").fetchone() is not None:
            return "found"
        met.wait(5)
        uow.run("INSERT INTO counter VALUES ('n', 1)")
        return "added"

    assert sorted(both.at_once(looks_then_adds)) == ["added", "found"]


def test_what_is_there_for_good_is_refused_in_the_end(both: Both) -> None:
    def adds(uow: UnitOfWork) -> None:
        uow.run("INSERT INTO counter VALUES ('secret-name', 1)")

    both.one.write(adds)

    with pytest.raises(RefusedByDatabaseError) as refusal:
        both.other.write(adds)
    assert "secret-name" not in str(refusal.value)


def test_connections_that_break_lose_nothing_and_double_nothing(both: Both, server: Server) -> None:
    both.one.write(lambda uow: uow.run("INSERT INTO counter VALUES ('n', 0)") and None)
    name = both.url.rpartition("/")[2]
    stop = threading.Event()

    def kills() -> None:
        while not stop.wait(0.03):
            server.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                f" WHERE datname = '{name}' ORDER BY random() LIMIT 2"
            )

    killer = threading.Thread(target=kills)
    killer.start()
    added = unknown = 0
    try:
        for _ in range(150):
            acts = [
                database.submit(lambda uow: uow.run("UPDATE counter SET value = value + 1 WHERE name = 'n'") and None)
                for database in (both.one, both.other)
            ]
            for act in acts:
                try:
                    act.result(30)
                    added += 1
                except OutcomeUnknownError:
                    unknown += 1
    finally:
        stop.set()
        killer.join()

    assert added <= number(both.one, "SELECT value FROM counter WHERE name = 'n'") <= added + unknown
    assert unknown < 60


@pytest.mark.slow
def test_what_was_answered_outlives_the_sudden_end_of_the_database(
    server: Server, record_property: Callable[[str, object], None]
) -> None:
    """kill -9, three times, while acts are written. `server` is asked for only to know that there is one."""
    place = programs()
    assert place is not None
    with running(place, DURABLE) as durable:
        database = open_database(durable.new(), keyring(MASTER), render, Policy())
        database.upgrade()
        answered: set[str] = set()
        open_ones: set[str] = set()
        stop = threading.Event()

        def writes(thread: int) -> None:
            for n in itertools.count():
                name = f"{thread}/{n}"
                try:
                    database.write(
                        lambda uow, name=name: uow.run("INSERT INTO counter VALUES (?, 1)", (name,)) and None
                    )
                    answered.add(name)
                except OutcomeUnknownError:
                    open_ones.add(name)
                except TryAgainError:
                    time.sleep(0.05)
                if stop.is_set():
                    return

        with ThreadPoolExecutor(4) as pool:
            threads = [pool.submit(writes, n) for n in range(4)]
            for _ in range(3):
                time.sleep(0.7)
                durable.end(signal.SIGKILL)
                durable.begin()
            time.sleep(0.5)
            stop.set()
            for thread in threads:
                thread.result(30)
        kept = {name for (name,) in database.read(lambda uow: uow.run("SELECT name FROM counter").fetchall())}
        database.close()

    assert answered <= kept <= answered | open_ones
    record_property("cases", f"PostgreSQL killed 3 times: {len(answered)} acts answered, {len(open_ones)} left open")


def test_one_process_leads_and_another_takes_over(both: Both) -> None:
    assert both.one.lead("telegram")
    assert both.one.lead("telegram")
    assert not both.other.lead("telegram")
    assert both.other.lead("something else")

    both.one.close()

    end = time.monotonic() + 5
    while not both.other.lead("telegram"):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_closed_database_takes_no_act(both: Both) -> None:
    last = both.one.submit(lambda uow: time.sleep(0.05))
    both.one.close()

    last.result(0)
    with pytest.raises(DatabaseClosedError):
        both.one.write(lambda uow: None)
