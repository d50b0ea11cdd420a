"""Erasure destroys a customer's key and leaves nothing that says who they were; a legal hold stops it."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from dialogs.effects import Apply, Decision, Move, Note
from dialogs.request import State
from dialogs.types import Actor, ActorKind
from nlu.replaced import replaced
from store.audit_check import Check
from store.crypto import KeyDestroyedError, customer_key
from store.erasure import ErasedAlreadyError, HeldError, NotHeldError, SamePersonError
from store.sealing import ERASED
from store.uow import RefusedByDatabaseError
from store.whole import export
from tests.store.road import ADDRESS, CHAT, EMAIL, NAME, NEW_PHONE, PHONE, STAFF, Road, inbound

OMAR = Actor(ActorKind.STAFF, "omar", "10.0.0.2")
SAID = "my new number is 2025550199, Quillfeather"


def lived(road: Road) -> str:
    """A customer with everything: a record, chats, an applied request and an open one, consents, codes, notes."""
    customer = road.customer(address=ADDRESS)
    request = road.approved(road.filed(customer))
    live = replaced(request, state=State.APPLIED, applied_version="f" * 32)
    road.commit(Decision(effects=(Move(live, State.APPROVED), Apply(live))), actor=STAFF)
    chat = road.again(road.chat())
    road.commit(Decision(effects=(Note(chat.id, SAID),)), actor=STAFF)
    road.write(lambda uow: uow.customers.reveal(customer, "email", STAFF, SAID, road.now))
    road.linked(customer, "second-chat-of-ada", "telegram")
    return customer


def erase(road: Road, customer: str) -> None:
    road.write(lambda uow: uow.erasures.erase(customer, STAFF, road.now))


def encodings(values: Iterable[str]) -> set[bytes]:
    """A value as it may stand in a file."""
    found = set[bytes]()
    for value in values:
        plain = value.encode()
        found |= {
            plain,
            value.encode("utf-16-le"),
            value.encode("utf-16-be"),
            plain.hex().encode(),
            value[::-1].encode(),
        }
        found |= {plain.hex().upper().encode(), value.lower().encode(), value.upper().encode()}
        found |= {base64.b64encode(b"\0" * pad + plain)[4 if pad else 0 : -4] for pad in range(3)}
    return {one for one in found if len(one) >= 6}


TELLING = (
    NAME["full"],
    PHONE["e164"],
    PHONE["e164"][1:],
    EMAIL["email"],
    ADDRESS["street"],
    NEW_PHONE["e164"][2:],
    SAID,
    CHAT,
    "second-chat-of-ada",
)


def test_nothing_of_an_erased_customer_opens_and_nobody_finds_them(road: Road) -> None:
    customer, other = lived(road), road.customer(phone=None, email=None)
    erase(road, customer)

    with pytest.raises(KeyDestroyedError):
        road.write(lambda uow: uow.seal.open(customer_key(customer), b"\x01something", "value_version.value", "x"))
    assert road.write(lambda uow: uow.customers.by_id(customer)).status == "erased"
    assert road.write(lambda uow: uow.customers.record(customer)) == {}
    masked = "".join(one.masked for one in road.write(lambda uow: uow.customers.history(customer)))
    assert set(masked) <= set("•@ ")
    assert road.write(lambda uow: uow.conversations.of_customer(customer)) == []
    assert road.write(lambda uow: uow.customers.values.only_holder("phone", PHONE)) is None
    assert not road.write(lambda uow: uow.customers.values.elsewhere("email", EMAIL, other))
    (request,) = road.write(lambda uow: uow.requests.page(None, "", 10))
    assert (request.value, request.reason) == ({}, None)
    assert road.write(lambda uow: uow.customers.record(other)) != {}
    assert road.rows("SELECT customer FROM erasure") == [(customer,)]
    assert road.rows("SELECT 1 FROM job WHERE kind <> 'sync' AND key IS NOT NULL") == []


def test_whoever_writes_from_an_erased_customers_chat_is_a_stranger(road: Road) -> None:
    customer = lived(road)
    before = road.chat()
    erase(road, customer)

    chat = road.chat()

    assert chat.id != before.id
    assert chat.customer is None
    assert road.write(lambda uow: uow.conversations.claim(inbound(), road.now)) is None
    assert road.write(lambda uow: uow.conversations.messages(before.id)) == []
    assert road.again(before).customer is None


def test_open_requests_end_and_codes_and_timers_with_them(road: Road) -> None:
    customer = road.customer()
    request = road.filed(customer)
    erase(road, customer)

    assert road.write(lambda uow: uow.requests.load(request.number)).state is State.WITHDRAWN
    assert road.rows("SELECT 1 FROM challenge WHERE state = 'live' OR destination IS NOT NULL") == []
    assert road.rows("SELECT 1 FROM notice WHERE state = 'waiting'") == []
    assert road.rows("SELECT 1 FROM job WHERE kind = 'timer'") == []


def test_the_trail_is_whole_after_an_erasure(road: Road) -> None:
    erase(road, lived(road))
    while road.write(lambda uow: uow.log.order(road.now)):
        pass

    made = Check(road.database.read)
    for _ in made.steps(None):
        pass

    assert made.report.findings == []


def test_it_happens_once(road: Road) -> None:
    customer = lived(road)
    erase(road, customer)

    with pytest.raises(ErasedAlreadyError):
        erase(road, customer)
    with pytest.raises(RefusedByDatabaseError, match="stays erased"):
        road.write(lambda uow: uow.run("UPDATE customer SET status = 'active' WHERE id = ?", (customer,)))


def test_a_legal_hold_stops_it_until_another_person_lifts_it(road: Road) -> None:
    customer = lived(road)
    road.write(lambda uow: uow.erasures.place(customer, "a lawsuit", STAFF, road.now))

    with pytest.raises(HeldError):
        erase(road, customer)
    with pytest.raises(HeldError):
        road.write(lambda uow: uow.erasures.place(customer, "again", OMAR, road.now))
    for forbidden in ("DELETE FROM data_key WHERE holder = ?", "UPDATE customer SET status = 'erased' WHERE id = ?"):
        with pytest.raises(RefusedByDatabaseError, match="legal hold"):
            road.write(lambda uow, sql=forbidden: uow.run(sql, (customer,)))
    with pytest.raises(SamePersonError):
        road.write(lambda uow: uow.erasures.lift(customer, STAFF, road.now))
    with pytest.raises(RefusedByDatabaseError):
        road.write(lambda uow: uow.run("UPDATE legal_hold SET lifted_at = at, lifted_by = placed_by"))
    assert road.write(lambda uow: uow.customers.record(customer))
    road.write(lambda uow: uow.erasures.lift(customer, OMAR, road.now))
    with pytest.raises(NotHeldError):
        road.write(lambda uow: uow.erasures.lift(customer, OMAR, road.now))
    erase(road, customer)
    acts = [act for (act,) in road.rows("SELECT act FROM audit_entry ORDER BY id") if act.startswith(("hold", "cust"))]
    assert acts[-3:] == ["hold.placed", "hold.lifted", "customer.erased"]


def test_another_process_opens_nothing_either(road: Road, where: Path | str) -> None:
    from tests.store.kit import open_database

    customer = lived(road)
    other = open_database(where)
    assert other.write(lambda uow: uow.customers.record(customer))  # its cache holds the key now
    sealed = other.write(lambda uow: uow.seal.seal(customer_key(customer), b"x", "value_version.value", "r"))

    erase(road, customer)

    try:
        with pytest.raises(KeyDestroyedError):
            other.write(lambda uow: uow.seal.open(customer_key(customer), sealed, "value_version.value", "r"))
        with pytest.raises(KeyDestroyedError):
            other.read(lambda uow: uow.seal.open(customer_key(customer), sealed, "value_version.value", "r"))
    finally:
        other.close()


@pytest.mark.sqlite_only
def test_nothing_readable_remains_in_the_file_its_log_or_a_copy_made_after(
    road: Road, file: Path, tmp_path: Path
) -> None:
    customer = lived(road)
    stays = road.customer(name={"full": "Grace Brewster"}, phone=None, email=None, address=None)
    everything = road.write(lambda uow: export(uow, uow.customers.by_id(customer), STAFF, "a test", road.now))
    assert SAID in str(everything)
    names = road.rows("SELECT wrapped FROM data_key WHERE holder = ?", customer)
    indexes = road.rows("SELECT value_index FROM value_version WHERE customer = ?", customer)
    chats = road.rows("SELECT chat_index FROM conversation WHERE customer = ?", customer)

    erase(road, customer)
    assert road.database.scrub()

    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    files = [file, Path(f"{file}-wal"), copy]
    content = b"".join(one.read_bytes() for one in files if one.exists())
    for secret in encodings(TELLING):
        assert secret not in content, secret
    for (blob,) in (*names, *indexes, *chats):
        assert blob not in content  # whoever holds the master key opens nothing either
    assert road.write(lambda uow: uow.customers.record(stays))


def test_an_emptied_cell_of_somebody_who_is_not_erased_does_not_pass_for_one(road: Road) -> None:
    from store.crypto import SealBrokenError

    customer = road.customer()
    road.write(lambda uow: uow.run("UPDATE value_version SET value = ? WHERE customer = ?", (ERASED, customer)))

    with pytest.raises(SealBrokenError):
        road.write(lambda uow: uow.customers.record(customer))
