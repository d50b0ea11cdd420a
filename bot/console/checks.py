"""The automatic checks beside a decision: what a machine can see, so that people look at the rest."""

from __future__ import annotations

import msgspec

from dialogs.policy import Policy
from nlu.values.canonical import canonical
from nlu.values.complete import address_gaps
from nlu.values.identity import RESIDENT, region_known
from store.evidence import Evidence
from store.uow import UnitOfWork


class Check(msgspec.Struct, frozen=True):
    """One check by the id of its sentence; `passed` False: a person should look."""

    id: str
    passed: bool


def check(uow: UnitOfWork, evidence: Evidence, policy: Policy) -> tuple[Check, ...]:
    """Every check that makes sense for this field."""
    request, field = evidence.request, evidence.request.field
    checks = [Check("record", evidence.live == request.against), Check("proofs", proved(evidence, policy))]
    if not evidence.new:
        return tuple(checks)
    same = evidence.old is not None and canonical(field, evidence.old) == canonical(field, evidence.new)
    checks.append(Check("differs", not same))
    if field == "address":
        checks.append(Check("complete", not address_gaps(evidence.new, region=policy.region)))
    if field == "id_document" and evidence.new.get("type") == RESIDENT:
        checks.append(Check("region", region_known(evidence.new.get("number", ""))))
    if field in ("phone", "email", "id_document", "bank_account"):
        checks.append(Check("elsewhere", not uow.customers.values.elsewhere(field, evidence.new, request.customer)))
    return tuple(checks)


def proved(evidence: Evidence, policy: Policy) -> bool:
    """Whether every proof that the policy asks for today is there."""
    known = policy.fields.get(evidence.request.field)
    needed = frozenset(known.proofs) if known is not None else frozenset()
    return needed <= {proof.need for proof in evidence.proofs}
