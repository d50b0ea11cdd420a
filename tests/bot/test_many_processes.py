"""Several `tellonce serve` and `tellonce worker` on one PostgreSQL, killed without warning."""

from __future__ import annotations

import datetime as dt
import os
import random
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from store.audit_check import Check
from tests.bot.came_to import Outcome, came_to, differences, masked, timers
from tests.bot.scripts import Chat, Kind, Lively, Person
from tests.bot.several import Several, killing
from tests.crash.scene import SECRET
from tests.crash.world import Received
from tests.postgres import Server

LONG = bool(os.environ.get("TELLONCE_TEST_LONG"))
CHATS, SECONDS, PAUSE, SLOW = (200, 300.0, (2.0, 5.0), 1.0) if LONG else (4, 4.0, (1.0, 1.8), 0.1)
FOUR = ("serve 0", "serve 1", "worker 0", "worker 1")
CALM = ("serve 0", "worker 0") if LONG else ("serve 0",)  # a server works, too
AT_ONCE = 12
"""Calm chats: so many at a time."""


@pytest.mark.slow
def test_chats_that_go_on_while_processes_are_killed_come_to_what_calm_ones_do(
    server: Server, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Messages come twice, at the same moment to two servers, late and in another order than they were written, and
    whoever works on them is killed. Afterwards each chat, and all that was sent to the world, is as it is when the same
    messages come once, in the order in which the database accepted them, to processes that nobody kills."""
    seed = os.environ.get("TELLONCE_SEED") or secrets.token_hex(4)
    people = [Person(n) for n in range(CHATS)]
    start = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)  # all is written before it arrives
    url = server.new()
    with closing(Several(tmp_path, url, FOUR, slow=SLOW)) as company:
        company.found([person.on_record() for person in people])
        calm_url = server.new(url.rpartition("/")[2])
        company.begin_all()
        began = time.monotonic()
        with killing(company, random.Random(seed), SECONDS, PAUSE) as killed, ThreadPoolExecutor(CHATS) as pool:
            chats = [Lively(company, person, start, seed, SECONDS) for person in people]
            list(pool.map(Lively.live, chats))
            lived = time.monotonic() - began
        company.rest()
        disturbed, jobs = outcomes(company, people), company.app.database.read(timers)
        check = Check(company.app.database.read)
        list(check.steps())
        complaints = company.complaints()
    with closing(Several(tmp_path, calm_url, CALM, company.tokens)) as calm:
        calm.begin_all()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda chat: Chat(calm, chat.person, start).replay(chat.arrived), chats))
        calm.rest()
        undisturbed, calm_jobs = outcomes(calm, people), calm.app.database.read(timers)
    for one in (url, calm_url):
        server.drop(one)

    things, once = received(company.outside.received), received(calm.outside.received)
    repeats = [target for (target, _), times in things.items() for _ in times[1:]]
    count = sum((chat.count for chat in chats), Counter[str]())
    kinds = Counter(person.kind.value for person in people)
    record_property(
        "cases",
        f"{CHATS} chats ({told(kinds)}) of {sum(len(chat.arrived) for chat in chats)} messages and approvals,"
        f" {len(killed)} processes killed ({told(Counter(name.split()[0] for name in killed))}) in {lived:.0f} s;"
        f" {told(count)}; {len(things)} codes, notices and events received, {len(repeats)} of them again"
        f" ({told(Counter(repeats))}), seed {seed}",
    )
    found = differences(disturbed, undisturbed)
    assert found == [], f"seed {seed}:\n" + "\n".join(found[:20])
    assert jobs == calm_jobs, f"seed {seed}"
    assert not any("parked" in job for job in jobs)
    assert check.ok, check.report.findings
    assert contents(things) == contents(once), f"seed {seed}"
    for (target, id), times in things.items():
        assert len({one.body for one in times}) == 1, f"{target} {id}: a repeat that is not the same"
        assert target == "notice" or all(signature_is_good(one) for one in times)
    assert all(len(times) == 1 for times in once.values())
    assert complaints == []
    filed = [person for person in people if person.kind in (Kind.CONFIRMED, Kind.FILED)]
    assert all(len(disturbed[person.chat]["requests"]) == 1 for person in filed)


def outcomes(company: Several, people: list[Person]) -> dict[str, Outcome]:
    """What each chat came to."""
    return {person.chat: company.app.database.read(lambda uow, p=person: came_to(uow, p.chat)) for person in people}


def received(all_of_it: list[Received]) -> dict[tuple[str, str], list[Received]]:
    """What came, by what a receiver tells repeats by."""
    grouped = defaultdict(list)
    for one in all_of_it:
        grouped[one.target, one.id].append(one)
    return grouped


def contents(grouped: dict[tuple[str, str], list[Received]]) -> list[str]:
    """Everything that was said to the world, each thing once."""
    found = []
    for (target, _), (first, *_) in grouped.items():
        content = first.content
        match target:
            case "notice":
                what: object = (content["to"], content["message"])
            case "crm":
                what = {key: content["data"][key] for key in ("customer", "field", "operation", "value")}
            case _:
                what = (content["subject"], {**content["data"]["message"], "at": ""})
        found.append(f"{target} {masked(what)}")
    return sorted(found)


def signature_is_good(one: Received) -> bool:
    """Standard Webhooks' own verification asks for the present time; what was sent minutes ago has its own."""
    at = dt.datetime.fromtimestamp(int(one.headers["webhook-timestamp"]), dt.UTC)
    return Webhook(SECRET).sign(one.id, at, one.body.decode()) == one.headers["webhook-signature"]


def told(count: Counter[str]) -> str:
    """ "3 of this, 4 of that"."""
    return ", ".join(f"{many} {what}" for what, many in sorted(count.items()))
