"""Nobody alone: the verdicts of staff."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.approval import Checker, approve, reject, resume_review, return_to_customer, withdraw
from dialogs.deadline import RequestTimer
from dialogs.effects import Apply, Decision, Move, Refusal, StaffNews, Tell, TellStaff, Timer
from dialogs.lifecycle import apply_due, expire, on_filed
from dialogs.request import Approval, ChangeRequest, Importance, Role, State
from dialogs.transitions import OPEN
from nlu.replaced import replaced
from tests.dialogs.requests import (
    COLLEAGUE,
    IMPORTANT,
    MAKER,
    NOW,
    ORDINARY,
    POLICY,
    RITA,
    RON,
    SAM,
    SUE,
    after,
    applied,
    in_state,
    of,
)

REVIEWED = in_state(ORDINARY, State.IN_REVIEW)
IMPORTANT_REVIEWED = in_state(IMPORTANT, State.IN_REVIEW)


def _approve(request: ChangeRequest, checker: Checker, digest: str = "d1") -> Decision:
    return approve(request, checker=checker, digest=digest, now=NOW, policy=POLICY)


@pytest.mark.parametrize("checker", [RITA, SUE])
def test_one_checker_approves_an_ordinary_change(checker: Checker) -> None:
    decision = _approve(REVIEWED, checker)

    assert [move.request.state for move in of(decision, Move)] == [State.APPROVED, State.APPLIED]
    assert applied(decision)
    assert after(decision).approvals == (Approval(checker.name, checker.role.value, "d1", NOW),)


def test_nothing_goes_live_after_the_first_of_two_approvals() -> None:
    first = _approve(IMPORTANT_REVIEWED, RITA)

    assert after(first).state is State.IN_SECOND_REVIEW
    assert not applied(first)
    assert of(first, TellStaff) == [TellStaff(Role.SUPERVISOR, IMPORTANT.number, StaffNews.SECOND_REVIEW)]
    assert applied(_approve(after(first), SUE))


def test_maker_never_checks_own_request() -> None:
    assert _approve(REVIEWED, MAKER).refused is Refusal.MAKER_IS_CHECKER
    assert reject(REVIEWED, MAKER, "no", NOW).refused is Refusal.MAKER_IS_CHECKER
    assert return_to_customer(REVIEWED, MAKER, "why?", NOW, POLICY).refused is Refusal.MAKER_IS_CHECKER


def test_staff_who_are_the_customer_never_check_their_own_request() -> None:
    assert _approve(REVIEWED, COLLEAGUE).refused is Refusal.MAKER_IS_CHECKER
    assert reject(REVIEWED, COLLEAGUE, "no", NOW).refused is Refusal.MAKER_IS_CHECKER


def test_second_checker_is_not_the_first_even_after_a_promotion() -> None:
    second = after(_approve(IMPORTANT_REVIEWED, RITA))

    assert _approve(second, Checker("rita", Role.SUPERVISOR)).refused is Refusal.SAME_CHECKER
    assert _approve(second, Checker("other", Role.SUPERVISOR, frozenset({"staff:rita"}))).refused is (
        Refusal.SAME_CHECKER
    )


@pytest.mark.parametrize("role", [Role.AGENT, Role.OPERATIONS, Role.SECURITY_OFFICER])
def test_other_roles_never_decide(role: Role) -> None:
    for request in (REVIEWED, IMPORTANT_REVIEWED):
        assert _approve(request, Checker("x", role)).refused is Refusal.WRONG_ROLE
        assert reject(request, Checker("x", role), "no", NOW).refused is Refusal.WRONG_ROLE


def test_an_important_change_is_the_reviewers_first_and_the_supervisors_then() -> None:
    assert _approve(IMPORTANT_REVIEWED, SUE).refused is Refusal.WRONG_ROLE
    assert _approve(after(_approve(IMPORTANT_REVIEWED, RITA)), RON).refused is Refusal.WRONG_ROLE


def test_another_digest_is_refused() -> None:
    assert _approve(REVIEWED, RITA, digest="d2").refused is Refusal.DIGEST_CHANGED


def test_an_edit_voids_the_first_approval() -> None:
    edited = replaced(after(_approve(IMPORTANT_REVIEWED, RITA)), digest="d2")

    assert _approve(edited, SUE, digest="d2").refused is Refusal.DIGEST_CHANGED


def test_an_edit_while_cooling_off_stops_the_application() -> None:
    cooling = after(_approve(replaced(REVIEWED, risks=("lost_contact",)), RITA))
    later = NOW + dt.timedelta(days=3)

    assert apply_due(replaced(cooling, digest="d2"), POLICY, later).refused is Refusal.DIGEST_CHANGED
    assert applied(apply_due(cooling, POLICY, later))


@pytest.mark.parametrize("state", sorted(set(State) - {State.IN_REVIEW, State.IN_SECOND_REVIEW}))
def test_only_a_request_in_review_is_decided(state: State) -> None:
    assert _approve(in_state(ORDINARY, state), RITA).refused is Refusal.ILLEGAL_MOVE
    assert return_to_customer(in_state(ORDINARY, state), RITA, "why?", NOW, POLICY).refused is Refusal.ILLEGAL_MOVE


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_rejection_needs_a_reason(reason: str) -> None:
    assert reject(REVIEWED, RITA, reason, NOW).refused is Refusal.REASON_NEEDED
    assert return_to_customer(REVIEWED, RITA, reason, NOW, POLICY).refused is Refusal.REASON_NEEDED


def test_a_rejection_is_kept_told_and_silences_the_timers() -> None:
    decision = reject(REVIEWED, RITA, " The flat does not exist ", NOW)

    assert after(decision).state is State.REJECTED
    assert after(decision).decided_reason == "The flat does not exist"
    assert of(decision, Tell)[0].reply.id == "request-rejected"
    assert "The flat" not in str(of(decision, Tell))
    assert {timer.kind for timer in of(decision, Timer) if timer.due is None} == {
        RequestTimer.REMIND,
        RequestTimer.ESCALATE,
        RequestTimer.EXPIRE,
        RequestTimer.APPLY,
    }


@pytest.mark.parametrize("state", State)
def test_a_request_is_withdrawn_only_before_it_is_applied(state: State) -> None:
    decision = withdraw(in_state(ORDINARY, state), "replaced", NOW)

    assert (decision.refused is None) == (state in OPEN or state is State.FROZEN)
    assert not of(decision, Tell)


def test_the_clock_stops_while_the_customer_is_asked() -> None:
    review = after(on_filed(ORDINARY, POLICY, NOW))  # Tuesday 10:00, due Wednesday 10:00
    asked_at = NOW + dt.timedelta(hours=6)  # 16:00: six of nine hours gone
    answered_at = NOW + dt.timedelta(days=5, hours=23)  # Monday 09:00

    returned = return_to_customer(review, RITA, "Which flat?", asked_at, POLICY)
    resumed = resume_review(after(returned), POLICY, answered_at)

    assert after(returned).due_at is None
    assert after(returned).left == dt.timedelta(hours=3)
    assert of(returned, Tell)[0].reply.args["question"] == "Which flat?"
    assert after(resumed).due_at == answered_at + dt.timedelta(hours=3)
    assert after(resumed).left is None
    assert Timer(RequestTimer.REMIND, ORDINARY.number, None) in resumed.effects  # half time has gone by
    assert Timer(RequestTimer.EXPIRE, ORDINARY.number, None) in resumed.effects


def test_the_first_approval_does_not_outlive_a_question_to_the_customer() -> None:
    second = after(_approve(IMPORTANT_REVIEWED, RITA))
    resumed = after(resume_review(after(return_to_customer(second, SUE, "Sure?", NOW, POLICY)), POLICY, NOW))

    assert resumed.state is State.IN_REVIEW
    assert resumed.approvals == ()
    assert _approve(resumed, SUE).refused is Refusal.WRONG_ROLE


STAFF = (RITA, RON, SUE, SAM, MAKER, COLLEAGUE, Checker("amy", Role.AGENT), Checker("rita", Role.SUPERVISOR))
VERDICTS = ("approve", "reject", "return", "resume", "withdraw", "expire", "apply", "edit")
steps = st.lists(
    st.tuples(st.sampled_from(VERDICTS), st.sampled_from(STAFF), st.sampled_from(["d1", "d2"])), max_size=14
)


@given(steps, st.sampled_from(Importance), st.sampled_from([(), ("lost_contact",)]))
def test_no_sequence_of_verdicts_applies_without_the_right_distinct_checkers(
    sequence: list[tuple[str, Checker, str]], importance: Importance, risks: tuple[str, ...]
) -> None:
    start = replaced(ORDINARY, importance=importance, risks=risks)
    request = after(on_filed(start, POLICY, NOW))
    now = NOW
    times_applied = 0
    for verdict, checker, digest in sequence:
        now += dt.timedelta(hours=30)
        match verdict:
            case "approve":
                decision = approve(request, checker=checker, digest=digest, now=now, policy=POLICY)
            case "reject":
                decision = reject(request, checker, "because", now)
            case "return":
                decision = return_to_customer(request, checker, "why?", now, POLICY)
            case "resume":
                decision = resume_review(request, POLICY, now)
            case "withdraw":
                decision = withdraw(request, "", now)
            case "expire":
                decision = expire(request, now)
            case "apply":
                decision = apply_due(request, POLICY, now)
            case _:
                request = replaced(request, digest=digest)
                continue
        if decision.refused is not None:
            assert not decision.effects
            continue
        for apply in of(decision, Apply):
            times_applied += 1
            _assert_rightly_approved(apply.request)
        moves = of(decision, Move)
        request = moves[-1].request if moves else request

    assert times_applied <= 1


def _assert_rightly_approved(request: ChangeRequest) -> None:
    assert all(approval.digest == request.digest for approval in request.approvals)
    names = [approval.checker for approval in request.approvals]
    assert not {"mike", "carol", "amy"} & set(names)
    roles = [approval.role for approval in request.approvals]
    if request.importance is Importance.IMPORTANT:
        assert roles == ["reviewer", "supervisor"]
        assert len(set(names)) == 2
    else:
        assert roles in (["reviewer"], ["supervisor"])
