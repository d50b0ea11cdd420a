"""Change requests to test with."""

from __future__ import annotations

import datetime as dt
from typing import TypeVar

from dialogs.approval import Checker
from dialogs.effects import Apply, Decision, Move
from dialogs.policy import FieldPolicy, Policy, ReviewPolicy
from dialogs.request import ChangeRequest, Importance, Role, State
from nlu.replaced import replaced
from nlu.types import Operation

T = TypeVar("T")

NOW = dt.datetime(2026, 3, 3, 10, 0, tzinfo=dt.UTC)  # a Tuesday
POLICY = Policy(
    fields={"phone": FieldPolicy("phone", recipients=("crm",)), "address": FieldPolicy("address")},
    review=ReviewPolicy(timezone="UTC", country="US"),
)
RITA = Checker("rita", Role.REVIEWER)
RON = Checker("ron", Role.REVIEWER)
SUE = Checker("sue", Role.SUPERVISOR)
SAM = Checker("sam", Role.SUPERVISOR)
MAKER = Checker("mike", Role.SUPERVISOR)
COLLEAGUE = Checker("carol", Role.REVIEWER, frozenset({"customer:c1"}))

ORDINARY = ChangeRequest(
    number="CR-2026-000001",
    customer="c1",
    conversation="conv1",
    field="phone",
    operation=Operation.CHANGED,
    value={"e164": "+12025550147"},
    digest="d1",
    consent="consent1",
    proofs=("proof1",),
    makers=frozenset({"customer:c1", "staff:mike"}),
    importance=Importance.ORDINARY,
    filed_at=NOW,
    against="v-old",
)
IMPORTANT = replaced(ORDINARY, number="CR-2026-000002", field="name", importance=Importance.IMPORTANT)


def after(decision: Decision) -> ChangeRequest:
    """The request as the decision leaves it."""
    assert decision.refused is None, decision.refused
    return of(decision, Move)[-1].request


def of(decision: Decision, kind: type[T]) -> list[T]:
    """The effects of one kind."""
    return [effect for effect in decision.effects if isinstance(effect, kind)]


def applied(decision: Decision) -> bool:
    """Whether something goes live."""
    return bool(of(decision, Apply))


def in_state(request: ChangeRequest, state: State, entered: dt.datetime = NOW) -> ChangeRequest:
    """The request as if it had come to this state at `entered`."""
    return replaced(request, state=state, history=((state, entered),))
