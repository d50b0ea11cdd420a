"""Everything that is held on one customer, in clear: for the customer who asks for it. Who had it, and why, is kept."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec

from dialogs.types import Actor
from store.crypto import customer_key, digest, new_id
from store.customers import DISCLOSE, Customer
from store.evidence import events_of
from store.instant import from_micros, to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

FORMAT = "tellonce.customer.v1"
VERSIONS = (
    "SELECT id, field, valid_from, valid_to, proven_at, affirmed_at, doubted_at, origin, request FROM value_version"
    " WHERE customer = ? ORDER BY field, valid_from, id"
)
REQUESTS = "SELECT number FROM change_request WHERE customer = ? ORDER BY filed_at, number"
CONSENTS = (
    "SELECT id, conversation, digest, form, notice_version, language, how, purposes, recipients, withdraw, at,"
    " withdrawn_at, standing FROM consent WHERE customer = ? ORDER BY at, id"
)
PROOFS = "SELECT id, kind, need, contact, person, at, digest, standing FROM proof WHERE customer = ? ORDER BY at, id"
DISCLOSURES = (
    "SELECT d.id, v.field, d.version, d.actor_kind, d.actor, d.reason, d.at FROM disclosure AS d"
    " JOIN value_version AS v ON v.id = d.version WHERE d.customer = ? ORDER BY d.at, d.id"
)
NO_MORE_CHECK_INS = "SELECT channel, at FROM suppression WHERE customer = ? ORDER BY at"
EVERYTHING = 2**53


def export(uow: UnitOfWork, customer: Customer, actor: Actor, reason: str, now: dt.datetime) -> dict[str, Any]:
    """Gather it as JSON values. A disclosure of every version, with the reason, is kept first: needs `Database.write`.
    One-time codes are in none of it, since none is kept."""
    _disclose(uow, customer.id, actor, reason, now)
    return {
        "format": FORMAT,
        "exported_at": now.isoformat(),
        "customer": plain(customer) | {"tags": list(uow.customers.labels.tags(customer.id))},
        "values": _values(uow, customer.id),
        "requests": _requests(uow, customer.id),
        "consents": _consents(uow, customer.id),
        "proofs": [_named(PROOFS, row) for row in uow.run(PROOFS, (customer.id,)).fetchall()],
        "links": [plain(link) for link in uow.customers.links(customer.id)],
        "conversations": _conversations(uow, customer.id),
        "check_ins": [plain(one) for one in uow.check_ins.of_customer(customer.id)],
        "no_more_check_ins": [_named(NO_MORE_CHECK_INS, row) for row in uow.run(NO_MORE_CHECK_INS, (customer.id,))],
        "signals": [plain(one) for one in uow.signals.of_customer(customer.id, EVERYTHING)],
        "tasks": [plain(one) for one in uow.tasks.of_customer(customer.id)],
        "archiving": [plain(one) for one in uow.archiving.of_customer(customer.id)],
        "disclosures": _disclosures(uow, customer.id),
    }


def plain(value: Any) -> Any:
    """A value of ours as JSON has it."""
    match value:
        case msgspec.Struct():
            return {name: plain(part) for name, part in msgspec.structs.asdict(value).items()}
        case Enum():
            return value.value
        case dt.datetime() | dt.date():
            return value.isoformat()
        case dt.timedelta():
            return value.total_seconds()
        case Mapping():
            return {str(name): plain(part) for name, part in value.items()}
        case frozenset() | set():
            return sorted(plain(part) for part in value)
        case tuple() | list():
            return [plain(part) for part in value]
        case _:
            return value


def _disclose(uow: UnitOfWork, customer: str, actor: Actor, reason: str, now: dt.datetime) -> None:
    ids = [(new_id(), row[0]) for row in uow.run(VERSIONS, (customer,)).fetchall()]
    sealed = [uow.seal.seal(customer_key(customer), reason.encode(), "disclosure.reason", id) for id, _ in ids]
    of = digest(*sealed) if sealed else ""
    subject = f"customer:{customer}/{len(ids)}"
    audit = uow.audit.append("customer.exported", subject, actor, now, customer=customer, digest=of)
    for (id, version), why in zip(ids, sealed, strict=True):
        uow.run(DISCLOSE, (id, customer, version, actor.kind, actor.name, why, to_micros(now), audit))


def _values(uow: UnitOfWork, customer: str) -> list[dict[str, Any]]:
    rows = [_named(VERSIONS, row) for row in uow.run(VERSIONS, (customer,)).fetchall()]
    return [row | {"value": dict(uow.customers.value_of(row["id"]).value)} for row in rows]


def _requests(uow: UnitOfWork, customer: str) -> list[dict[str, Any]]:
    found = []
    for (number,) in uow.run(REQUESTS, (customer,)).fetchall():
        request = uow.requests.load(number)
        found.append(plain(request) | {"history": [plain(event) for event in events_of(uow, request)]})
    return found


def _consents(uow: UnitOfWork, customer: str) -> list[dict[str, Any]]:
    found = []
    for row in uow.run(CONSENTS, (customer,)).fetchall():
        consent = _named(CONSENTS, row)
        form = uow.seal.open(customer_key(customer), consent["form"], "consent.form", consent["id"]).decode()
        lists = {name: json.loads(consent[name]) for name in ("purposes", "recipients")}
        found.append(consent | {"form": form} | lists)
    return found


def _conversations(uow: UnitOfWork, customer: str) -> list[dict[str, Any]]:
    """The customer's own part of each chat that is or was theirs."""
    theirs = {one.id: one for one in uow.conversations.of_customer(customer)}
    found = []
    for id in dict.fromkeys((*(link.conversation for link in uow.customers.links(customer)), *theirs)):
        now_theirs = theirs.get(id)
        found.append(
            {
                "id": id,
                "channel": uow.conversations.by_id(id).channel,
                "chat": now_theirs.chat if now_theirs is not None else None,
                "messages": [plain(one) for one in uow.conversations.said.of_customer(id, customer, 0, EVERYTHING)],
                "notes": [plain(note) for note in uow.conversations.notes(id)] if now_theirs is not None else [],
            }
        )
    return found


def _disclosures(uow: UnitOfWork, customer: str) -> list[dict[str, Any]]:
    found = []
    for row in uow.run(DISCLOSURES, (customer,)).fetchall():
        one = _named(DISCLOSURES, row)
        why = uow.seal.open(customer_key(customer), one["reason"], "disclosure.reason", one["id"]).decode()
        found.append(one | {"reason": why})
    return found


def _named(sql: str, row: tuple[Any, ...]) -> dict[str, Any]:
    """A row under the names of its columns, moments as they are written."""
    columns = sql.removeprefix("SELECT ").partition(" FROM ")[0].split(",")
    names = [column.strip().rpartition(".")[2] for column in columns]
    return {name: _moment(name, value) for name, value in zip(names, row, strict=True)}


def _moment(name: str, value: Any) -> Any:
    at = name == "at" or name.endswith("_at") or name in ("valid_from", "valid_to")
    return from_micros(value).isoformat() if at and value is not None else value
