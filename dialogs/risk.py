"""Risk rules: which of them a change meets, and what they add to it (design, part 6). config.yml says how much."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import msgspec

from dialogs.facts import Facts
from dialogs.policy import Policy, Risk, RiskPolicy
from dialogs.types import Draft, Item
from nlu.types import Operation
from nlu.values.country import country_of

CONTACTS = ("phone", "email")
NOTHING = RiskPolicy()


class Measures(msgspec.Struct, frozen=True):
    """What the risks of a change add. `add_proof`: a second, independent contact on file or, where there is none, an
    approver; `stop`: a person should look, and two decide."""

    add_proof: bool = False
    add_approver: bool = False
    cooling_off: dt.timedelta = dt.timedelta(0)
    stop: bool = False


def of_draft(draft: Draft, facts: Facts, policy: Policy, now: dt.datetime) -> Mapping[str, tuple[str, ...]]:
    """The risks of each field of a draft that was agreed to."""
    together = _of_all(draft, facts, policy, now)
    return {item.field: _ordered((*item.risks, *together, *_of_item(item, facts, policy, now))) for item in draft.items}


def measures(field: str, risks: Iterable[str], policy: Policy) -> Measures:
    """What these risks add to a change of the field. A rule's measures are taken for the fields it names."""
    rules = [rule for risk in risks if concerns(field, rule := policy.risks.get(risk, NOTHING))]
    return Measures(
        add_proof=any(rule.add_proof for rule in rules),
        add_approver=any(rule.add_approver or rule.stop for rule in rules),
        cooling_off=max((rule.cooling_off for rule in rules), default=dt.timedelta(0)),
        stop=any(rule.stop for rule in rules),
    )


def concerns(field: str, rule: RiskPolicy) -> bool:
    """Whether the rule's measures are taken for this field; no field named means all of them."""
    return not rule.fields or field in rule.fields


def adds_proof(draft: Draft, facts: Facts, policy: Policy, now: dt.datetime) -> bool:
    """Whether any change of the draft wants a second, independent contact."""
    risks = of_draft(draft, facts, policy, now)
    return any(measures(field, met, policy).add_proof for field, met in risks.items())


def _of_all(draft: Draft, facts: Facts, policy: Policy, now: dt.datetime) -> list[str]:
    """What holds for every change of the draft: whose chat it is, and what happened lately."""
    met: list[str] = []
    if facts.linked_at is not None and now - facts.linked_at < policy.risks.get(Risk.YOUNG_LINK, NOTHING).within:
        met.append(Risk.YOUNG_LINK)
    failed = policy.risks.get(Risk.FAILED_CODES, NOTHING)
    if failed.count and facts.failed_codes >= failed.count:
        met.append(Risk.FAILED_CODES)
    changes = policy.risks.get(Risk.CONTACT_CHANGES, NOTHING)
    here = sum(item.field in CONTACTS for item in draft.items)
    if here and changes.count and facts.contact_changes + here >= changes.count:
        met.append(Risk.CONTACT_CHANGES)
    return met


def _of_item(item: Item, facts: Facts, policy: Policy, now: dt.datetime) -> list[str]:
    """What holds for one change because of its field and its new value."""
    met: list[str] = []
    if item.field in facts.elsewhere:
        met.append(Risk.CONTACT_ON_OTHER_CUSTOMER)
    soon = policy.risks.get(Risk.ADDRESS_AFTER_PHONE, NOTHING).within
    changed = facts.phone_changed_at
    if item.field == "address" and changed is not None and now - changed < soon:
        met.append(Risk.ADDRESS_AFTER_PHONE)
    if item.operation is not Operation.REMOVE and _abroad(item, facts, policy):
        met.append(Risk.OTHER_COUNTRY)
    return met


def _abroad(item: Item, facts: Facts, policy: Policy) -> bool:
    """Whether the new value is of a country of which the record says nothing."""
    country = country_of(item.field, item.value, region=policy.region)
    return country is not None and bool(facts.countries) and country not in facts.countries


def _ordered(risks: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order of the rules."""
    found = dict.fromkeys(risks)
    return tuple(risk.value for risk in Risk if risk in found) + tuple(risk for risk in found if risk not in set(Risk))
