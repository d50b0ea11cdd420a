"""What a chat came to, in words that two runs share: what was said, where it stands, what was filed, what is traced."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from itertools import pairwise
from typing import Any

from store.uow import UnitOfWork
from tests.parts import parts_of

CHANCE = re.compile(
    r"\b[0-9a-f]{64}\b|\b[0-9a-f]{32}\b|(?<=:)[0-9a-f]{16}\b|CR-\d{4}-\d{6}|/not-me/[\w-]+|(?<!\d)\d{6}(?!\d)"
)
"""Ids, digests and nonces, numbers of requests, secrets of links, codes."""
ROWS = {
    "claims": "SELECT c.inbound, c.first_seq, c.last_seq FROM claim AS c WHERE c.conversation = ? ORDER BY c.inbound",
    "links": "SELECT how, ended_at IS NULL FROM link WHERE conversation = ? ORDER BY at",
    "challenges": "SELECT purpose, need, state, attempts, max_attempts FROM challenge WHERE conversation = ?"
    " ORDER BY created_at",
    "consents": "SELECT how, purposes, recipients, standing, language FROM consent WHERE conversation = ? ORDER BY at",
}
OF_CUSTOMER = {
    "proofs": "SELECT kind, need, standing FROM proof WHERE customer = ? ORDER BY at",
    "participants": "SELECT p.role, substr(p.person, 1, 5) FROM participant AS p JOIN change_request AS r"
    " ON r.number = p.request WHERE r.customer = ? ORDER BY p.role, p.person",
    "events": "SELECT e.state FROM request_event AS e JOIN change_request AS r ON r.number = e.request"
    " WHERE r.customer = ? ORDER BY e.n",
    "deliveries": "SELECT d.target, d.state FROM delivery AS d JOIN change_request AS r ON r.number = d.request"
    " WHERE r.customer = ? ORDER BY d.target",
    "versions": "SELECT field, origin, valid_to IS NULL FROM value_version WHERE customer = ?"
    " ORDER BY field, valid_from",
}
Outcome = dict[str, Any]


def masked(value: object) -> str:
    """What is left when everything that chance or the clock made is covered."""
    return CHANCE.sub("#", str(plain(value)))


def plain(value: object) -> object:
    """The value with every moment covered."""
    match value:
        case dt.datetime():
            return "a moment"
        case dict():
            return {key: plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case frozenset():
            return sorted(map(str, value))
    return value


def came_to(uow: UnitOfWork, chat: str) -> Outcome:
    """One chat, its customer, and what was filed there."""
    conversation = uow.conversations.find("api", chat)
    assert conversation is not None
    customer = conversation.customer
    assert customer is not None
    said = uow.conversations.messages_for_customer(conversation.id, 0, 10_000)
    found: Outcome = {
        "said": [masked((one.seq, one.author_kind, one.id, one.text, one.buttons)) for one in said],
        "stage": conversation.stage.value,
        "draft": masked(conversation.draft and parts_of(conversation.draft)),
        "state": masked(parts_of(conversation)),
    }
    numbers = [n for (n,) in uow.run("SELECT number FROM change_request WHERE customer = ?", (customer,)).fetchall()]
    found["requests"] = [masked(parts_of(uow.requests.load(number))) for number in numbers]
    found["values"] = [
        masked((one.field, uow.customers.value_of(one.id).value)) for one in uow.customers.history(customer)
    ]
    for name, sql in ROWS.items():
        found[name] = [tuple(row) for row in uow.run(sql, (conversation.id,)).fetchall()]
    for name, sql in OF_CUSTOMER.items():
        found[name] = [tuple(row) for row in uow.run(sql, (customer,)).fetchall()]
    subjects = [f"conversation:{conversation.id}", f"customer:{customer}", *(f"request:{number}" for number in numbers)]
    for subject in subjects:
        found[f"audit of the {subject.split(':')[0]}"] = acts_on(uow, subject)
    return found


def acts_on(uow: UnitOfWork, subject: str) -> list[str]:
    """What was done, in order. Whoever gets no answer looks again, and both are looks: they count as one here."""
    acts = [masked((one.act, one.actor_kind.value, one.origin)) for one in uow.audit.for_subject(subject)]
    return [act for before, act in pairwise(["", *acts]) if act != before or ".viewed" not in act]


def timers(uow: UnitOfWork) -> Counter[str]:
    """What is still to be done, by kind; what is parked says why."""
    rows = uow.run("SELECT kind, state, payload, error FROM job").fetchall()
    return Counter(
        f"{kind} {json.loads(payload).get('kind', '')} {state} {error}" for kind, state, payload, error in rows
    )


def differences(one: dict[str, Outcome], other: dict[str, Outcome]) -> list[str]:
    """What is not the same, chat by chat."""
    return [
        f"{chat}, {part}:\n  {one[chat].get(part)}\n  {other[chat].get(part)}"
        for chat in sorted(one)
        for part in sorted({*one[chat], *other[chat]})
        if one[chat].get(part) != other[chat].get(part)
    ]
