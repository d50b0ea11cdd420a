"""What the policy means for one kind of detail, in words that a rule-book would use."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec

from bot.config_values import span_text
from bot.errors import UsageError
from dialogs.policy import Policy
from dialogs.request import Importance, Role
from dialogs.risk import measures

SECOND = "a second, independent contact on file (where there is none, a second approver)"


class Explanation(msgspec.Struct, frozen=True):
    """How a change of one field goes, under one risk or none. `cooling_off` is "0s" when it does not wait;
    `risk` is "" for none, `stopped` whether it holds the change for a person."""

    field: str
    enabled: bool
    importance: str
    sensitive: bool
    proofs: tuple[str, ...]
    approvers: tuple[str, ...]
    working_days: int
    cooling_off: str
    recipients: tuple[str, ...]
    risk: str = ""
    stopped: bool = False

    def lines(self) -> tuple[str, ...]:
        """The same for people."""
        if not self.enabled:
            return (f"{self.field}: customers cannot change it here; they are offered a person.",)
        consent = "a consent of its own" if self.sensitive else "consent, which may cover several fields"
        waits = "at once" if self.cooling_off == "0s" else f"after {self.cooling_off} of cooling-off"
        return (
            f"{self.field}: {self.importance}",
            f"  the customer gives {consent}",
            f"  proofs: {', then '.join(self.proofs)}",
            f"  decided by: {', then '.join(self.approvers)}, within {self.working_days} working day(s)",
            f"  applied {waits}",
            *self._risk_lines(),
            f"  then told to: {', '.join(self.recipients) or 'no other system'}",
        )

    def _risk_lines(self) -> tuple[str, ...]:
        if not self.risk:
            return ()
        held = ("  held for a person: the conversation is flagged, and the customer is told nothing of it",)
        return (f"  {self.risk} is shown to those who decide", *(held if self.stopped else ()))


def explanation(policy: Policy, field: str, risk: str | None = None) -> Explanation:
    """How a change of `field` goes. Raises UsageError for a field or a risk that the policy does not know."""
    rules = policy.fields.get(field)
    if rules is None:
        raise UsageError(f"there is no field {field}{_or(field, policy.fields)}")
    if risk is not None and risk not in policy.risks:
        raise UsageError(f"there is no risk {risk}{_or(risk, policy.risks)}")
    added = measures(field, () if risk is None else (risk,), policy)
    importance = Importance.IMPORTANT if added.add_approver else rules.importance
    approvers: tuple[str, ...]
    match importance:
        case Importance.ORDINARY:
            approvers, days = (f"{Role.REVIEWER} or {Role.SUPERVISOR}",), policy.review.ordinary_days
        case Importance.IMPORTANT:
            approvers, days = (str(Role.REVIEWER), str(Role.SUPERVISOR)), policy.review.important_days
    return Explanation(
        field,
        enabled=rules.enabled,
        importance=importance.value,
        sensitive=rules.sensitive,
        proofs=(*(proof.value for proof in rules.proofs), *((SECOND,) if added.add_proof else ())),
        approvers=approvers,
        working_days=days,
        cooling_off=span_text(added.cooling_off),
        recipients=rules.recipients,
        risk=risk or "",
        stopped=added.stop,
    )


def _or(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are: {', '.join(known)}"
