"""Keys are replaced while turns run; a kill loses nothing; the old master key opens nothing afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.rotating import Rotating
from dialogs.effects import OnFile
from store import rotation
from store.crypto import KeyKind, KeyName, Keyring, SealBrokenError, WrongMasterKeyError, customer_key
from store.database import Database, open_database
from store.indexes import Index
from store.masters import LocalMaster, Wrapper
from store.places import PLACES
from store.schema import metadata
from tests.store.kit import ACTOR, MASTER, NOW, keyring
from tests.store.road import ADDRESS, NAME, POLICY, Road, inbound, written

NEW = bytes(range(32, 64))
OLDER, NEWER = LocalMaster(MASTER), LocalMaster(NEW)


class Keys:
    """Master keys in memory, as several processes see them."""

    def __init__(self) -> None:
        self.now: list[Wrapper] = [OLDER]

    def known(self) -> list[Wrapper]:
        return self.now

    def create(self) -> str:
        raise NotImplementedError

    def make_next(self) -> Wrapper:
        self.now = [OLDER, NEWER]
        return NEWER

    def take_next(self) -> str:
        self.now = [NEWER]
        return "destroy it"

    def exists(self) -> bool:
        return True


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def process(where: Path | str, keys: Keys) -> Iterator[Callable[[Keyring], Road]]:
    """Opens the database as another process would, with what it knows of keys."""
    made: list[Database] = []

    def opened(ring: Keyring) -> Road:
        url = where if isinstance(where, str) else f"sqlite:///{where}"
        made.append(open_database(url, ring, written, POLICY, frozenset({"telegram"})))
        return Road(made[-1])

    first = opened(keyring(MASTER))
    before = first.rows("SELECT kind, holder, wrapped, master FROM data_key")
    yield opened
    last = made[-1]
    last.write(lambda uow: uow.run("DELETE FROM data_key").rowcount)
    add = "INSERT INTO data_key (kind, holder, wrapped, master) VALUES (?, ?, ?, ?)"
    for row in before:  # a server's database is used again
        last.write(lambda uow, row=row: uow.run(add, row).rowcount)
    for database in made:
        database.close()


def rotating(road: Road, keys: Keys, slept: Callable[[float], None] = lambda seconds: None) -> Rotating:
    """A run of the rotation, from another process."""
    return Rotating(road.database, keys, ACTOR, lambda: road.now, slept)


def people(road: Road, count: int = 3) -> list[str]:
    """Customers with a chat each, whose values are all different."""
    found = []
    for n in range(count):
        customer = road.customer(phone={"e164": f"+1202555{n:04}"}, email={"email": f"p{n}@example.org"})
        road.linked(customer, f"chat-{n}")
        found.append(customer)
    road.chat("nobody's")
    return found


def readable(road: Road, customers: list[str]) -> None:
    """Everything of everybody opens and is found."""
    for n, customer in enumerate(customers):
        values = road.write(lambda uow, of=customer: uow.customers.values.live(of))
        assert {field: dict(one.value) for field, one in values.items()} == {
            "name": NAME,
            "address": ADDRESS,
            "phone": {"e164": f"+1202555{n:04}"},
            "email": {"email": f"p{n}@example.org"},
        }
        held = road.write(lambda uow, n=n: uow.customers.values.only_holder("phone", {"e164": f"+1202555{n:04}"}))
        assert held is not None
        assert held[0] == customer
        assert road.write(lambda uow, n=n: uow.conversations.find("webchat", f"chat-{n}")).customer == customer
    assert road.write(lambda uow: uow.conversations.find("webchat", "nobody's")) is not None


def everything(run: Rotating, part: str) -> None:
    for _ in run.steps(part):
        pass


def test_after_a_rotation_the_old_master_key_opens_nothing(process: Callable[[Keyring], Road], keys: Keys) -> None:
    road = process(Keyring(keys.known))
    customers = people(road)

    everything(run := rotating(road, keys), "master")

    assert run.advice == "destroy it"
    readable(process(keyring(NEW)), customers)
    readable(road, customers)  # the process that ran all the while
    names = road.rows("SELECT kind, holder, wrapped FROM data_key")
    assert len(names) >= 6
    for kind, holder, wrapped in names:
        with pytest.raises(WrongMasterKeyError):
            keyring(MASTER).unwrap(wrapped, KeyName(KeyKind(kind), holder), OLDER.fingerprint)  # type: ignore[arg-type]
    with pytest.raises(WrongMasterKeyError):
        process(keyring(MASTER)).database.check()
    acts = {act for (act,) in road.rows("SELECT act FROM audit_entry WHERE act LIKE 'keys.%'")}
    assert acts == {"keys.rotating.master", "keys.rotated.master"}


@pytest.mark.parametrize("part", ["master", "data", "index"])
def test_a_rotation_killed_at_any_step_is_gone_on_with(
    process: Callable[[Keyring], Road], keys: Keys, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    monkeypatch.setattr(rotation.rewrap_some, "__defaults__", (2,))
    road = process(Keyring(keys.known))
    customers = people(road)
    steps = 0

    while True:
        run = rotating(road, keys).steps(part)
        finished = True
        for n, _ in enumerate(run):
            steps += 1
            if n == 1:  # killed: what was not committed is gone, and nobody remembers anything
                finished = False
                run.close()
                break
        readable(road, customers)
        if finished:
            break

    assert steps > 3
    assert road.write(lambda uow: rotation.under_way(uow, part)) is None
    assert len(road.rows("SELECT 1 FROM audit_entry WHERE act = ?", f"keys.rotated.{part}")) == 1
    assert len(road.rows("SELECT 1 FROM audit_entry WHERE act = ?", f"keys.rotating.{part}")) == 1
    if part == "master":
        readable(process(keyring(NEW)), customers)


def test_turns_go_on_while_every_key_is_replaced(process: Callable[[Keyring], Road], keys: Keys) -> None:
    road, server = process(Keyring(keys.known)), process(Keyring(keys.known))
    customers = people(road)
    for n in range(4):  # a turn makes the chat in the act that claims its first message
        server.chat(f"chat-{n}")
    wrong: list[BaseException] = []
    stop, turns = threading.Event(), []

    def serve() -> None:
        try:
            while not stop.is_set():
                n = len(turns)
                message = inbound("hello", id=f"m{n}", chat=f"chat-{n % 4}")
                assert server.write(lambda uow, m=message: uow.conversations.claim(m, NOW)) is None
                again = server.write(lambda uow, m=message: uow.conversations.claim(m, NOW))
                assert again == ()
                chat = server.chat(f"chat-{n % 4}")
                server.write(lambda uow, c=chat: uow.conversations.save(c, [], NOW))
                server.customer(phone={"e164": f"+1303555{n:04}"})
                turns.append(message)
        except BaseException as error:
            wrong.append(error)

    working = threading.Thread(target=serve)
    working.start()
    try:
        for part in ("master", "index", "data", "index"):
            everything(rotating(road, keys), part)
    finally:
        stop.set()
        working.join()

    assert not wrong, wrong
    assert turns
    later = process(keyring(NEW))
    readable(later, customers)
    for n in range(len(turns)):  # none is doubled, whichever keys it was written with
        number = {"e164": f"+1303555{n:04}"}
        assert later.write(lambda uow, number=number: uow.customers.values.only_holder("phone", number)) is not None
        assert later.write(lambda uow, m=turns[n]: uow.conversations.claim(m, NOW)) == ()


def test_while_index_keys_are_rotated_both_are_asked(process: Callable[[Keyring], Road], keys: Keys) -> None:
    road = process(Keyring(keys.known))
    customers = people(road)
    assert road.write(lambda uow: uow.conversations.claim(inbound(chat="chat-0"), NOW)) is None
    run = rotating(road, keys).steps("index")

    next(run)  # the new generation is there, nothing is indexed anew

    assert road.write(lambda uow: uow.keyring.rotating)
    readable(road, customers)
    assert road.write(lambda uow: uow.conversations.claim(inbound(chat="chat-0"), NOW)) == ()
    assert road.write(lambda uow: uow.customers.values.elsewhere("email", {"email": "p1@example.org"}, customers[0]))
    taken = road.customer(phone={"e164": "+12025550001"})
    assert road.write(lambda uow: uow.customers.values.elsewhere("phone", {"e164": "+12025550001"}, taken))
    assert road.write(lambda uow: uow.customers.values.only_holder("phone", {"e164": "+12025550001"})) is None
    for _ in run:
        pass
    assert not road.write(lambda uow: uow.keyring.rotating)
    assert road.write(lambda uow: uow.conversations.claim(inbound(chat="chat-0"), NOW)) == ()
    assert road.write(lambda uow: uow.customers.values.only_holder("phone", {"e164": "+12025550001"})) is None


def test_what_was_claimed_before_a_chat_began_is_known_after_the_rotation(
    process: Callable[[Keyring], Road], keys: Keys
) -> None:
    road = process(Keyring(keys.known))
    message = inbound(chat="chat-9")
    assert road.write(lambda uow: uow.conversations.claim(message, NOW)) is None
    run = rotating(road, keys).steps("index")

    next(run)
    chat = road.chat("chat-9")
    for _ in run:
        pass

    assert not road.write(lambda uow: uow.keyring.rotating)
    assert road.write(lambda uow: uow.conversations.find("webchat", "chat-9")).id == chat.id
    assert road.write(lambda uow: uow.conversations.claim(message, NOW)) == ()


def test_no_blind_index_of_the_keys_before_remains(process: Callable[[Keyring], Road], keys: Keys) -> None:
    road = process(Keyring(keys.known))
    people(road)
    asked = (
        "SELECT value_index FROM value_version UNION SELECT chat_index FROM conversation"
        " UNION SELECT block FROM value_block"
    )
    before = set(road.rows(asked))
    again = road.write(lambda uow: uow.keyring.index(Index.TOKEN, "api", "secret"))

    everything(rotating(road, keys), "index")

    after = set(road.rows(asked))
    assert len(after) == len(before) > 10
    assert not before & after
    assert road.write(lambda uow: uow.keyring.index(Index.TOKEN, "api", "secret")) == again  # of random secrets
    assert len(road.rows("SELECT 1 FROM data_key WHERE kind = 'index'")) == 1


def test_codes_on_their_way_count_while_index_keys_are_rotated(process: Callable[[Keyring], Road], keys: Keys) -> None:
    road = process(Keyring(keys.known))
    (customer,) = people(road, 1)
    chat = road.agreed(road.chat("chat-0"))
    sent = road.sent(chat, OnFile(road.version(customer, "phone")))
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 1:
            assert road.write(lambda uow: uow.keyring.rotating)
            road.proven(sent)  # the old hash matches

    everything(rotating(road, keys, sleep), "index")

    assert len(waited) == 1  # the code was answered, so nothing was waited for any more
    counted = road.rows("SELECT destination FROM challenge")
    live = road.write(lambda uow: uow.customers.values.live(customer))["phone"]
    now = road.write(lambda uow: uow.keyring.index(Index.DESTINATION, "proves", live.index.hex()))
    assert counted == [(now,)]  # and is counted on


def test_renewing_a_key_seals_everything_anew(process: Callable[[Keyring], Road], keys: Keys) -> None:
    road = process(Keyring(keys.known))
    (customer,) = people(road, 1)
    name = customer_key(customer)
    (old,) = road.rows("SELECT wrapped FROM data_key WHERE holder = ?", customer)
    before = {place.name: road.rows(place.find, *(customer,) * place.find.count("?")) for place in PLACES}

    everything(rotating(road, keys), "data")

    assert road.rows("SELECT wrapped FROM data_key WHERE holder = ?", customer) != [old]
    after = {place.name: road.rows(place.find, *(customer,) * place.find.count("?")) for place in PLACES}
    assert {key: len(rows) for key, rows in before.items()} == {key: len(rows) for key, rows in after.items()}
    found = [row for rows in after.values() for row in rows]
    assert found
    assert not {row[2] for row in found} & {row[2] for rows in before.values() for row in rows}
    road.write(lambda uow: uow.run("UPDATE data_key SET wrapped = ? WHERE holder = ?", (old[0], customer)))
    with pytest.raises(SealBrokenError):
        process(Keyring(keys.known)).write(lambda uow: uow.customers.record(customer))
    assert name.holder == customer


def test_every_sealed_column_is_among_the_places() -> None:
    sealed = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if column.info.get("sealed")
    }
    of_the_company = {"authenticator.secret", "api_answer.content", "audit_key.seed"}

    assert {place.name for place in PLACES} | of_the_company == sealed
