"""What follows for a request: due times, application, receipt, silence, expiry."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogs.deadline import RequestTimer
from dialogs.effects import Apply, Flag, Move, Refusal, StaffNews, Tell, TellStaff, Timer, Warn
from dialogs.lifecycle import (
    after_approval,
    apply_due,
    escalate,
    expire,
    on_filed,
    on_receipt,
    on_sync_failed,
    on_synced,
    on_timer,
    receipt_silence,
    remind,
    went_stale,
)
from dialogs.replies import Label
from dialogs.request import Approval, ChangeRequest, Role, State
from dialogs.transitions import OPEN
from dialogs.types import Asked, Button, Question, Term
from nlu.replaced import replaced
from nlu.types import Operation
from tests.dialogs.requests import IMPORTANT, NOW, ORDINARY, POLICY, after, applied, in_state, of

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
APPROVED = replaced(in_state(ORDINARY, State.APPROVED), approvals=(Approval("rita", "reviewer", "d1", NOW),))
SYNCED = in_state(ORDINARY, State.SYNCED)


def test_a_filed_request_is_due_in_one_working_day() -> None:
    decision = on_filed(ORDINARY, POLICY, NOW)

    assert after(decision).state is State.IN_REVIEW
    assert after(decision).due_at == NOW + DAY
    assert of(decision, Timer) == [
        Timer(RequestTimer.REMIND, ORDINARY.number, NOW + 4.5 * HOUR),
        Timer(RequestTimer.ESCALATE, ORDINARY.number, NOW + DAY),
    ]


def test_an_important_request_is_due_in_two_working_days() -> None:
    assert after(on_filed(IMPORTANT, POLICY, NOW)).due_at == NOW + 2 * DAY


def test_an_approved_request_is_applied_at_once_and_the_old_contact_learns_of_it() -> None:
    decision = after_approval(APPROVED, POLICY, NOW)

    assert [move.came_from for move in of(decision, Move)] == [State.APPROVED]
    assert of(decision, Apply) == [Apply(after(decision))]
    assert [(w.request.customer, w.request.against, w.message.id) for w in of(decision, Warn)] == [
        ("c1", "v-old", "notice-changed")
    ]
    assert not of(decision, Timer)  # the targets will acknowledge


def test_only_contacts_are_warned() -> None:
    assert not of(after_approval(replaced(APPROVED, field="address"), POLICY, NOW), Warn)
    assert of(after_approval(replaced(APPROVED, against=None), POLICY, NOW), Warn)  # the others on file


def test_without_targets_the_receipt_is_due_at_once() -> None:
    decision = after_approval(replaced(APPROVED, field="address"), POLICY, NOW)

    assert of(decision, Timer) == [Timer(RequestTimer.SYNCED, ORDINARY.number, NOW)]
    assert after(on_timer(RequestTimer.SYNCED, after(decision), POLICY, NOW, masked="••62704")).state is State.SYNCED


def test_a_future_change_waits_for_its_date_where_the_company_is() -> None:
    review = replaced(POLICY.review, timezone="Asia/Shanghai")
    policy = replaced(POLICY, review=review)
    future = replaced(APPROVED, effective=dt.date(2026, 4, 1))

    decision = after_approval(future, policy, NOW)
    midnight = dt.datetime(2026, 3, 31, 16, 0, tzinfo=dt.UTC)

    assert after(decision).state is State.SCHEDULED
    assert of(decision, Timer) == [Timer(RequestTimer.APPLY, ORDINARY.number, midnight)]
    assert of(apply_due(after(decision), policy, midnight - HOUR), Timer)[0].due == midnight
    assert not applied(apply_due(after(decision), policy, midnight - HOUR))
    assert applied(apply_due(after(decision), policy, midnight))


def test_a_past_date_does_not_wait() -> None:
    assert applied(after_approval(replaced(APPROVED, effective=NOW.date()), POLICY, NOW))


def test_a_risky_change_cools_off_and_then_waits_for_its_date() -> None:
    risky = replaced(APPROVED, risks=("lost_contact", "unknown"), effective=dt.date(2026, 3, 20))

    cooling = after(after_approval(risky, POLICY, NOW))
    scheduled = apply_due(cooling, POLICY, NOW + 3 * DAY)

    assert cooling.state is State.COOLING_OFF
    assert not applied(apply_due(cooling, POLICY, NOW + 2 * DAY))
    assert after(scheduled).state is State.SCHEDULED
    assert applied(apply_due(after(scheduled), POLICY, dt.datetime(2026, 3, 20, tzinfo=dt.UTC)))


def test_application_needs_the_approvals_themselves_not_only_the_state() -> None:
    assert after_approval(replaced(APPROVED, approvals=()), POLICY, NOW).refused is Refusal.ILLEGAL_MOVE
    twice = replaced(in_state(IMPORTANT, State.APPROVED), approvals=APPROVED.approvals * 2)
    assert after_approval(twice, POLICY, NOW).refused is Refusal.SAME_CHECKER
    by_maker = replaced(APPROVED, approvals=(Approval("mike", "supervisor", "d1", NOW),))
    assert after_approval(by_maker, POLICY, NOW).refused is Refusal.MAKER_IS_CHECKER


@pytest.mark.parametrize("state", [State.APPLIED, State.SYNC_FAILED])
def test_the_receipt_asks_whether_it_is_right(state: State) -> None:
    decision = on_synced(in_state(ORDINARY, state), POLICY, NOW, masked="••0147")
    [told] = of(decision, Tell)

    assert after(decision).state is State.SYNCED
    assert told.conversation == "conv1"
    assert told.question == Question(Asked.RECEIPT, ORDINARY.number)
    assert told.reply.card
    assert told.reply.args == {"field": Term("field-phone"), "number": ORDINARY.number, "masked": "••0147"}
    assert told.reply.buttons == (
        Button("receipt.right:CR-2026-000001", Label.RECEIPT_RIGHT),
        Button("receipt.wrong:CR-2026-000001", Label.RECEIPT_WRONG),
    )
    assert all(len(button.id.encode()) <= 64 for button in told.reply.buttons)
    assert of(decision, Timer) == [Timer(RequestTimer.RECEIPT, ORDINARY.number, NOW + 72 * HOUR)]


def test_the_receipt_of_a_removal_shows_no_value() -> None:
    removed = replaced(in_state(ORDINARY, State.APPLIED), operation=Operation.REMOVE)

    assert of(on_synced(removed, POLICY, NOW, masked=""), Tell)[0].reply.id == "receipt-removed"


def test_a_failed_target_is_named_to_the_customer_and_told_to_operations() -> None:
    decision = on_sync_failed(in_state(ORDINARY, State.APPLIED), NOW, outstanding=("orders",))

    assert after(decision).state is State.SYNC_FAILED
    assert of(decision, TellStaff) == [TellStaff(Role.OPERATIONS, ORDINARY.number, StaffNews.SYNC_FAILED)]
    assert of(decision, Tell)[0].reply.args["targets"] == ("orders",)


def test_right_closes_and_wrong_opens_a_dispute() -> None:
    right = on_receipt(SYNCED, True, NOW)
    wrong = on_receipt(SYNCED, False, NOW)

    assert after(right).state is State.CONFIRMED
    assert after(wrong).state is State.DISPUTED
    assert of(wrong, Flag) == [Flag("dispute", "phone", "conv1")]
    assert not of(right, Flag)
    assert of(right, Timer) == of(wrong, Timer) == [Timer(RequestTimer.RECEIPT, ORDINARY.number, None)]


def test_a_change_is_disputed_even_after_it_was_confirmed() -> None:
    assert after(on_receipt(in_state(ORDINARY, State.CONFIRMED), False, NOW)).state is State.DISPUTED


def test_silence_after_the_receipt_closes_it() -> None:
    assert after(receipt_silence(SYNCED, POLICY, NOW + 72 * HOUR)).state is State.CONFIRMED
    assert of(receipt_silence(SYNCED, POLICY, NOW + HOUR), Timer)[0].due == NOW + 72 * HOUR
    assert not receipt_silence(in_state(ORDINARY, State.DISPUTED), POLICY, NOW + 80 * HOUR).effects


def test_whoever_decides_next_is_reminded() -> None:
    assert of(remind(in_state(ORDINARY, State.IN_REVIEW)), TellStaff)[0].role is Role.REVIEWER
    assert of(remind(in_state(IMPORTANT, State.IN_SECOND_REVIEW)), TellStaff)[0].role is Role.SUPERVISOR
    assert not remind(APPROVED).effects


def test_the_deadline_escalates_once_it_is_there() -> None:
    review = after(on_filed(ORDINARY, POLICY, NOW))

    assert of(escalate(review, NOW + DAY), TellStaff) == [
        TellStaff(Role.SUPERVISOR, ORDINARY.number, StaffNews.OVERDUE)
    ]
    assert of(escalate(review, NOW), Timer) == [Timer(RequestTimer.ESCALATE, ORDINARY.number, NOW + DAY)]
    assert not escalate(APPROVED, NOW + DAY).effects


def test_an_unanswered_question_expires_the_request() -> None:
    returned = in_state(ORDINARY, State.RETURNED)
    early = on_timer(RequestTimer.EXPIRE, returned, POLICY, NOW + DAY, masked="")
    late = on_timer(RequestTimer.EXPIRE, returned, POLICY, NOW + 14 * DAY, masked="")

    assert not of(early, Move)
    assert after(late).state is State.EXPIRED
    assert of(late, Tell)[0].reply.id == "request-expired"


@pytest.mark.parametrize("state", State)
def test_only_open_requests_expire_or_go_stale(state: State) -> None:
    for decision in (expire(in_state(ORDINARY, state), NOW), went_stale(in_state(ORDINARY, state), NOW)):
        assert (decision.refused is None) == (state in OPEN)


@pytest.mark.parametrize("kind", RequestTimer)
@pytest.mark.parametrize("state", State)
def test_a_timer_never_applies_what_was_not_approved(kind: RequestTimer, state: State) -> None:
    unapproved: ChangeRequest = in_state(ORDINARY, state)

    assert not applied(on_timer(kind, unapproved, POLICY, NOW + 100 * DAY, masked=""))
