"""What somebody waits for never waits behind a campaign, and what is done every so often is done by one of all."""

from __future__ import annotations

import datetime as dt

from bot.worker import Chore, _in_turn
from dialogs.effects import Decision
from dialogs.types import Actor, ActorKind, Inbound, Reply
from store.database import Database
from store.jobs import Lease, Priority
from store.uow import UnitOfWork
from tests.store.kit import NOW
from tests.store.road import Road

LEASE, SECOND, HOUR = dt.timedelta(seconds=30), dt.timedelta(seconds=1), dt.timedelta(hours=1)


def claim(database: Database, limit: int = 100, spare: int = 0) -> list[Lease]:
    return database.write(lambda uow: uow.jobs.claim(("deliver",), "w", NOW, LEASE, limit, spare))


def put(database: Database, key: str, n: int, priority: int) -> None:
    database.write(lambda uow: uow.jobs.put("deliver", key, NOW, {"n": n}, priority=priority))


def numbers(leases: list[Lease]) -> list[object]:
    return [lease.payload["n"] for lease in leases]


def test_an_answer_makes_what_stands_before_it_in_its_chat_as_urgent(database: Database) -> None:
    for n in range(5):
        put(database, f"chat{n}", n, Priority.LOW)
    put(database, "chat4", 5, Priority.LOW)
    put(database, "chat4", 6, Priority.HIGH)

    taken = []
    for _ in range(3):
        (lease,) = claim(database, limit=1)
        taken.append(lease.payload["n"])
        database.write(lambda uow, lease=lease: uow.jobs.done(lease))  # type: ignore[misc]

    assert taken == [4, 5, 6], "the chat's own order, and nobody else's question in between"


def test_an_answer_hurries_one_that_is_tried_again(database: Database) -> None:
    put(database, "here", 1, Priority.LOW)
    (first,) = claim(database)
    put(database, "here", 2, Priority.HIGH)
    database.write(lambda uow: uow.jobs.again(first, NOW, "http:500"))
    for n in range(3, 6):
        put(database, f"chat{n}", n, Priority.NORMAL)

    assert numbers(claim(database, limit=1)) == [1]


def test_a_campaign_leaves_places_free(database: Database) -> None:
    for n in range(10):
        put(database, f"chat{n}", n, Priority.LOW)

    assert len(claim(database, limit=8, spare=5)) == 3
    assert claim(database, limit=5, spare=5) == []
    put(database, "here", 99, Priority.HIGH)
    assert numbers(claim(database, limit=5, spare=5)) == [99]


def test_answers_go_first_then_news_then_questions_of_campaigns(road: Road) -> None:
    """By who spoke and why, not by who put the job."""
    conversation = road.linked(road.customer(), channel="telegram")
    road.write(lambda uow: uow.run("DELETE FROM job"))
    system = Actor(ActorKind.SYSTEM, "test")

    def said(uow: UnitOfWork, reply: str, inbound: Inbound | None, actor: Actor) -> None:
        here = uow.conversations.by_id(conversation.id)
        uow.commit(Decision(here, (Reply(reply),)), actor, NOW, inbound)

    road.write(lambda uow: said(uow, "check-in", None, system))
    road.write(lambda uow: said(uow, "receipt", None, system))
    found = [priority for (priority,) in road.rows("SELECT priority FROM job WHERE kind = 'deliver' ORDER BY id")]
    assert found == [Priority.LOW, Priority.NORMAL]

    asked = Inbound("telegram", conversation.chat, "m77", NOW, text="hello")
    road.write(lambda uow: said(uow, "hello", asked, Actor(ActorKind.CUSTOMER, conversation.id, "telegram")))
    found = [priority for (priority,) in road.rows("SELECT priority FROM job WHERE kind = 'deliver' ORDER BY id")]
    assert found == [Priority.HIGH] * 3


def turn(database: Database, now: dt.datetime) -> bool:
    return database.write(lambda uow: uow.jobs.take_turn("chore:x", now, HOUR))


def test_a_turn_is_taken_once_until_it_is_time_again(database: Database) -> None:
    assert [turn(database, NOW), turn(database, NOW), turn(database, NOW + HOUR - SECOND)] == [True, False, False]
    assert [turn(database, NOW + HOUR), turn(database, NOW + HOUR)] == [True, False]


def test_a_turn_given_back_is_taken_at_once(database: Database) -> None:
    turn(database, NOW)
    database.write(lambda uow: uow.jobs.give_turn("chore:x", NOW))

    assert [turn(database, NOW), turn(database, NOW)] == [True, False]


def test_a_clock_that_jumps_stops_nothing(database: Database) -> None:
    assert turn(database, NOW + dt.timedelta(days=400))
    assert turn(database, NOW), "a time a year ahead is of a clock that was wrong"
    assert not turn(database, NOW + SECOND)


def test_what_fails_gives_its_turn_back(database: Database) -> None:
    def fails(uow: UnitOfWork) -> None:
        assert uow.jobs.take_turn("chore:x", NOW, HOUR)
        raise OSError

    try:
        database.write(fails)
    except OSError:
        assert turn(database, NOW)


def test_a_chore_is_done_by_one_of_the_workers_and_goes_on_while_there_is_more(database: Database) -> None:
    swept: list[dt.datetime] = []

    def sweep(uow: UnitOfWork, /, now: dt.datetime) -> bool:
        swept.append(now)
        return len(swept) < 3

    act = _in_turn(Chore("sweep", 60.0, sweep))
    told = [database.write(lambda uow: act(uow, now=NOW)) for _ in range(5)]

    assert told == [True, True, False, False, False]
    assert database.write(lambda uow: act(uow, now=NOW + dt.timedelta(seconds=60))) is False
    assert len(swept) == 4
