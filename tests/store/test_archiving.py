"""Who fell silent is found, archived when somebody approved it, and active again with a sign of life."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from dialogs.approval import Checker
from dialogs.archiving import Measure, Proposal, State, Why, approve
from dialogs.decide import decide
from dialogs.effects import Decision, Link, Reactivate
from dialogs.facts import Facts, Fresh
from dialogs.policy import CheckInPolicy, RetentionPolicy
from dialogs.request import Role
from dialogs.types import Actor, ActorKind, Conversation
from nlu.types import Language, Understanding
from store.archiving import ProposedAlreadyError
from store.instant import to_micros
from store.signals import SignalKind
from store.uow import RefusedByDatabaseError, UnitOfWork
from tests.store.kit import ACTOR
from tests.store.road import POLICY as RULES
from tests.store.road import Road, inbound

CLOCK = Actor(ActorKind.SYSTEM, "archiving")
OLGA, OMAR = (Actor(ActorKind.STAFF, name, "10.0.0.2") for name in ("olga", "omar"))
POLICY = RetentionPolicy()
YEAR = dt.timedelta(days=366)
FRESH = Fresh(tuple(f"{n:032x}" for n in range(40)), ("123456",) * 8, "0" * 64)
CHECKER = Checker("olga", Role.SECURITY_OFFICER)


def propose(road: Road, policy: RetentionPolicy = POLICY) -> list[Proposal]:
    """What waits after all customers were looked at, two at a time."""
    after: str | None = ""
    while after is not None:
        looked = road.write(lambda uow, at=after: uow.archiving.propose_due(policy, CLOCK, road.now, 2, at))
        after = looked.last
    return road.write(lambda uow: uow.archiving.waiting())


def decided(road: Road, proposal: Proposal, state: State, who: Actor = OLGA) -> Proposal:
    assert road.write(lambda uow: uow.archiving.move(proposal, state, who, road.now))
    return road.write(lambda uow: uow.archiving.by_id(proposal.id))


def archived(road: Road) -> str:
    """A customer who was archived for their silence."""
    customer = road.customer()
    road.now += YEAR
    (proposal,) = propose(road)
    decided(road, proposal, State.DONE)
    return customer


def ended(road: Road, customer: str) -> None:
    """Archived, since the business is over."""
    id = road.write(lambda uow: uow.archiving.propose(customer, Why.ENDED, OMAR, road.now))
    decided(road, road.write(lambda uow: uow.archiving.by_id(id)), State.DONE)


def status(road: Road, customer: str) -> str:
    return road.write(lambda uow: uow.customers.by_id(customer)).status


def acts(road: Road) -> list[object]:
    wanted = ("archive.", "delete.", "customer.archived", "customer.reactivated", "customer.erased")
    return [act for (act,) in road.rows("SELECT act FROM audit_entry ORDER BY id") if str(act).startswith(wanted)]


def test_whoever_is_silent_for_a_year_is_proposed_once(road: Road) -> None:
    silent = {road.customer(phone=None, email=None) for _ in range(5)}
    assert propose(road) == []

    road.now += YEAR
    road.customer(phone=None, email=None)
    found = propose(road)

    assert {one.customer for one in found} == silent
    assert {(one.measure, one.why, one.proposed_by) for one in found} == {
        (Measure.ARCHIVE, Why.SILENT, "system:archiving")
    }
    assert propose(road) == found
    assert {status(road, customer) for customer in silent} == {"active"}


def test_a_message_a_change_a_link_and_a_touchpoint_break_the_silence(road: Road) -> None:
    wrote, changed, touched, linked, silent = (road.customer(phone=None, email=None) for _ in range(5))
    chat = road.linked(wrote, "w")
    road.now += YEAR
    at = road.now - dt.timedelta(days=30)
    road.write(lambda uow: uow.run("UPDATE link SET at = 0"))
    road.write(
        lambda uow: uow.run("UPDATE conversation SET last_inbound_at = ? WHERE id = ?", (to_micros(at), chat.id))
    )
    road.write(
        lambda uow: uow.run("UPDATE value_version SET proven_at = ? WHERE customer = ?", (to_micros(at), changed))
    )
    road.write(lambda uow: uow.signals.add(touched, None, SignalKind.TOUCHPOINT, ACTOR, at))
    road.write(lambda uow: uow.signals.add(silent, "address", SignalKind.RETURNED, ACTOR, at))
    road.linked(linked, "l")

    assert [one.customer for one in propose(road)] == [silent]


def test_a_hold_an_open_request_and_a_no_keep_it_from_being_proposed(road: Road) -> None:
    held, kept = road.customer(phone=None, email=None), road.customer(phone=None, email=None)
    busy = road.customer()
    request = road.filed(busy)
    road.write(lambda uow: uow.run("UPDATE change_request SET filed_at = 0 WHERE number = ?", (request.number,)))
    road.write(lambda uow: uow.erasures.place(held, "a lawsuit", OLGA, road.now))
    road.now += YEAR

    (proposal,) = propose(road)
    assert proposal.customer == kept
    decided(road, proposal, State.DECLINED)

    assert propose(road) == []
    road.now += YEAR
    assert [one.customer for one in propose(road)] == [kept]


def test_an_archived_customer_is_asked_nothing_any_more(road: Road) -> None:
    customer = road.customer()
    road.linked(customer)
    road.now += YEAR
    policy = CheckInPolicy()
    (due,) = road.write(lambda uow: uow.check_ins.due(policy, road.now))
    assert due.standing.customer == customer

    ended(road, customer)

    assert status(road, customer) == "archived"
    assert road.write(lambda uow: uow.check_ins.due(policy, road.now)) == []
    assert road.write(lambda uow: uow.check_ins.of_one(customer)) is None
    assert acts(road) == ["archive.proposed", "archive.done", "customer.archived"]


def test_a_message_a_link_a_touchpoint_and_a_colleague_make_them_active_again(road: Road) -> None:
    customer = archived(road)
    chat = road.chat()

    wakes: tuple[Callable[[], object], ...] = (
        lambda: road.effects(chat, Link(customer, "api")),
        lambda: road.commit(Decision(road.again(chat), effects=(Reactivate(customer),))),
        lambda: road.write(lambda uow: uow.signals.add(customer, None, SignalKind.TOUCHPOINT, ACTOR, road.now)),
        lambda: road.write(lambda uow: uow.archiving.alive(customer, OLGA, road.now)),
    )
    for wake in wakes:
        assert status(road, customer) == "archived"
        wake()
        assert status(road, customer) == "active"
        assert road.write(lambda uow: uow.archiving.of_customer(customer))[-1].state is State.UNDONE
        assert not road.write(lambda uow: uow.archiving.alive(customer, OLGA, road.now))
        assert acts(road)[-1] == "customer.reactivated"
        ended(road, customer)


def test_the_facts_say_so_until_the_customer_has_written(road: Road) -> None:
    customer = road.customer()
    chat = road.linked(customer)
    ended(road, customer)

    def archived_by_facts() -> bool:
        read = Understanding(Language.EN)
        return road.write(lambda uow: uow.facts(uow.conversations.by_id(chat.id), inbound(), read, road.now).archived)

    assert archived_by_facts()
    decision = decide(
        road.again(chat),
        inbound("my number changed"),
        Understanding(Language.EN),
        Facts(customer=customer, archived=True),
        RULES,
        FRESH,
        road.now,
    )
    road.commit(decision, inbound("my number changed"))
    assert not archived_by_facts()
    assert status(road, customer) == "active"


def test_deletion_is_proposed_after_five_years_in_the_archive(road: Road) -> None:
    customer = archived(road)
    road.now += 4 * YEAR
    assert propose(road) == []

    road.now += YEAR + dt.timedelta(days=2)
    (proposal,) = propose(road)

    assert (proposal.customer, proposal.measure, proposal.why) == (customer, Measure.DELETE, Why.KEPT)
    half = decided(road, proposal, State.APPROVED)
    assert half.approved_by == "staff:olga"
    with pytest.raises(RefusedByDatabaseError):
        road.write(lambda uow: uow.archiving.move(half, State.DONE, OLGA, road.now))
    assert status(road, customer) == "archived"
    assert decided(road, half, State.DONE, OMAR).state is State.DONE
    road.write(lambda uow: uow.erasures.erase(customer, OMAR, road.now))
    assert acts(road)[-4:] == ["delete.proposed", "delete.approved", "delete.done", "customer.erased"]


def test_null_means_never(road: Road) -> None:
    archived(road)
    road.customer(phone=None, email=None)
    road.now += 10 * YEAR

    assert propose(road, RetentionPolicy(None, None)) == []


def test_whoever_comes_back_or_is_erased_is_proposed_for_nothing_any_more(road: Road) -> None:
    customer = archived(road)
    other = road.customer(phone=None, email=None)
    road.now += 6 * YEAR
    assert {one.measure for one in propose(road)} == {Measure.ARCHIVE, Measure.DELETE}

    road.write(lambda uow: uow.archiving.alive(customer, ACTOR, road.now))
    road.write(lambda uow: uow.erasures.erase(other, OMAR, road.now))

    assert road.write(lambda uow: uow.archiving.waiting()) == []
    assert propose(road) == []


def test_the_second_of_two_yeses_at_once_does_nothing(road: Road) -> None:
    road.customer()
    road.now += YEAR
    (proposal,) = propose(road)
    decided(road, proposal, State.DONE)

    assert not road.write(lambda uow: uow.archiving.move(proposal, State.DONE, OMAR, road.now))
    with pytest.raises(ProposedAlreadyError):
        road.write(lambda uow: uow.archiving.propose(proposal.customer, Why.ENDED, OMAR, road.now))


def test_a_message_and_a_yes_at_the_same_moment_come_one_after_the_other(road: Road) -> None:
    """Whichever is first, the customer who has just written is not in the archive afterwards."""
    for _ in range(8):
        customer = road.customer(phone=None, email=None)
        chat = road.linked(customer, f"chat-{customer}")
        road.now += YEAR
        (proposal,) = (one for one in propose(road) if one.customer == customer)
        barrier = Barrier(2)

        def say_yes(proposal: Proposal = proposal, barrier: Barrier = barrier) -> None:
            barrier.wait(10)

            def act(uow: UnitOfWork) -> None:
                standing = uow.archiving.standing(proposal.customer)
                outcome = approve(proposal, CHECKER, standing, POLICY, road.now)
                assert isinstance(outcome, State)
                uow.archiving.move(proposal, outcome, OLGA, road.now)

            road.write(act)

        def write(chat: Conversation = chat, barrier: Barrier = barrier) -> None:
            message = inbound(chat=chat.chat)
            barrier.wait(10)

            def act(uow: UnitOfWork) -> None:
                here = uow.conversations.load(chat.channel, chat.chat, road.now)
                facts = uow.facts(here, message, Understanding(Language.EN), road.now)
                uow.commit(
                    decide(here, message, Understanding(Language.EN), facts, RULES, FRESH, road.now),
                    ACTOR,
                    road.now,
                    message,
                )

            road.write(act)

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(say_yes), pool.submit(write)]:
                done.result(30)

        assert status(road, customer) == "active"
        (last,) = road.write(lambda uow, customer=customer: uow.archiving.of_customer(customer))  # type: ignore[misc]
        assert last.state in (State.VOID, State.UNDONE)


FORBIDDEN = (
    ("UPDATE customer SET status = 'archived' WHERE id = :active", "somebody approved"),
    ("UPDATE archiving SET state = 'done' WHERE customer = :active", None),
    ("UPDATE archiving SET state = 'done', approved_by = 'system:clock' WHERE customer = :active", None),
    ("UPDATE archiving SET state = 'done', approved_by = proposed_by WHERE customer = :active", None),
    ("UPDATE archiving SET state = 'done', approved_by = 'staff:ada' WHERE customer = :active", "own record"),
    ("UPDATE archiving SET measure = 'delete' WHERE customer = :active", "does not change"),
    ("DELETE FROM archiving", "not forgotten"),
    ("UPDATE archiving SET state = 'open' WHERE customer = :archived", "stands"),
    ("UPDATE archiving SET state = 'approved', approved_by = 'staff:a' WHERE customer = :active", None),
)


def test_the_database_itself_refuses_what_nobody_may(road: Road) -> None:
    gone = archived(road)
    here = road.customer(phone=None, email=None)
    road.write(lambda uow: uow.staff.add("ada", "supervisor", road.now, ACTOR))
    road.write(lambda uow: uow.protection.is_customer("ada", here, ACTOR, road.now))
    road.write(lambda uow: uow.archiving.propose(here, Why.ENDED, ACTOR, road.now))

    for sql, says in FORBIDDEN:
        statement = sql.replace(":active", f"'{here}'").replace(":archived", f"'{gone}'")
        with pytest.raises(RefusedByDatabaseError, match=says):
            road.write(lambda uow, sql=statement: uow.run(sql))
    road.write(lambda uow: uow.archiving.alive(gone, ACTOR, road.now))
    road.write(lambda uow: uow.erasures.place(here, "a lawsuit", OLGA, road.now))
    (proposal,) = road.write(lambda uow: uow.archiving.of_customer(here))
    with pytest.raises(RefusedByDatabaseError, match="legal hold"):
        road.write(lambda uow: uow.archiving.move(proposal, State.DONE, OMAR, road.now))
