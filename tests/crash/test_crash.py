"""A whole application is killed with SIGKILL at random instants while messages come again and again; what it came to is
compared with an undisturbed run."""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from standardwebhooks import Webhook

from bot.app import App
from tests.crash.outcome import differences, outcome_of
from tests.crash.process import Host
from tests.crash.run import Run
from tests.crash.scene import SECRET, config, invent
from tests.crash.world import Received

LONG = bool(os.environ.get("TELLONCE_TEST_LONG"))
ROUNDS = 25 if LONG else 1
PEOPLE = 6
SECONDS = 240.0
FIRST = os.environ.get("TELLONCE_SEED") or secrets.token_hex(4)
SEEDS = [FIRST if n == 0 else f"{FIRST}-{n}" for n in range(ROUNDS)]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    made = Host(tmp_path_factory.mktemp("crash") / "stderr")
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.xdist_group("crash")
@pytest.mark.parametrize("n", range(ROUNDS))
def test_what_was_killed_again_and_again_comes_to_the_same(
    n: int, host: Host, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    seed = SEEDS[n]
    people = invent(tmp_path / "base", Random(seed), PEOPLE)
    token = token_of(tmp_path / "base")
    for run in ("undisturbed", "killed"):
        (tmp_path / run).mkdir()
        shutil.copytree(tmp_path / "base", tmp_path / run / "home")
    undisturbed = Run(host, tmp_path / "undisturbed" / "home", people, seed, token, None)
    killed = Run(host, tmp_path / "killed" / "home", people, seed, token, Random(f"{seed} deaths"))

    undisturbed.go(SECONDS)
    killed.go(SECONDS)

    count = killed.count
    things = len(received(killed.world.received))
    repeats = len(killed.world.received) - things
    ways = ", ".join(f"{many} by {way}" for way, many in sorted(count.by.items()))
    record_property(
        "cases",
        f"crash: {count.messages} messages and {count.staff} acts of staff, {count.deaths} kills ({ways}),"
        f" {count.lives - 1} restarts, {count.redelivered} redeliveries, {things} notices and"
        f" events received ({repeats} of them again), TELLONCE_SEED={seed}",
    )
    assert (undisturbed.count.deaths, undisturbed.count.messages) == (0, count.messages), f"seed {seed}"
    found = differences(outcome_of(tmp_path / "undisturbed" / "home"), outcome_of(tmp_path / "killed" / "home"))
    assert found == [], f"seed {seed}:\n" + "\n".join(found[:40])
    once, again = received(undisturbed.world.received), received(killed.world.received)
    assert contents(once) == contents(again), f"seed {seed}"
    only_what_was_in_flight_is_repeated(again, killed.sent)
    assert all(len(times) == 1 for times in once.values()), f"seed {seed}"


def token_of(home: Path) -> str:
    """The id of the only API token."""
    app = App(config(home, 1))
    try:
        ((token,),) = app.database.read(lambda uow: uow.run("SELECT id FROM api_token").fetchall())
        return str(token)
    finally:
        app.close()


def received(all_of_it: list[Received]) -> dict[tuple[str, str], list[Received]]:
    """What came, by what a receiver tells repeats by."""
    grouped = defaultdict(list)
    for one in all_of_it:
        grouped[one.target, one.id].append(one)
    return grouped


def contents(grouped: dict[tuple[str, str], list[Received]]) -> list[str]:
    """Everything that was said to the world, each thing once; numbers of requests depend on the order of chats."""
    found = []
    for (target, _), (first, *_) in grouped.items():
        content = first.content
        if target == "notice":
            words = re.sub(r"/not-me/[\w-]+", "/not-me/…", content["message"])  # a secret, drawn anew in every run
            found.append(f"notice {content['to']} {words}")
        else:
            data = content["data"]
            found.append(f"{target} {data['customer']} {data['field']} {data['operation']} {data['value']}")
    return sorted(found)


def only_what_was_in_flight_is_repeated(
    grouped: dict[tuple[str, str], list[Received]], sent: dict[int, frozenset[str]]
) -> None:
    """Never twice by one process, never again once it was recorded as sent; a repeat is the same, byte for byte."""
    for (target, id), times in grouped.items():
        lives = [one.life for one in times]
        assert len(set(lives)) == len(lives), f"{target} {id} twice in one life: {lives}"
        assert not any(id in sent.get(life - 1, ()) for life in lives), f"{target} {id} was sent already: {lives}"
        assert len({one.body for one in times}) == 1
        assert target == "notice" or all(signature_is_good(one) for one in times)


def signature_is_good(one: Received) -> bool:
    """Standard Webhooks' own verification asks for the present time; this run has its own."""
    at = dt.datetime.fromtimestamp(int(one.headers["webhook-timestamp"]), dt.UTC)
    return Webhook(SECRET).sign(one.id, at, one.body.decode()) == one.headers["webhook-signature"]
