"""Sealed values open where they belong and nowhere else; nothing is found without its key."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from store.audit import leaf_hash
from store.crypto import (
    KeyDestroyedError,
    KeyKind,
    KeyName,
    SealBrokenError,
    WrongMasterKeyError,
    chat_key,
    customer_key,
    digest,
    joined,
    wrapping_place,
)
from store.database import Database
from store.indexes import Index, IndexKeys, fresh_keys, holder_of, opened
from store.masters import LocalMaster
from store.sealing import Opened
from store.uow import UnitOfWork
from tests.store.kit import ACTOR, MASTER, keyring

ANNE, BOB = customer_key("anne"), customer_key("bob")
HERE = ("value_version.value", "row-1", 1)


@pytest.mark.parametrize(
    ("key", "place"),
    [
        (ANNE, ("value_version.value", "row-2", 1)),
        (ANNE, ("value_version.note", "row-1", 1)),
        (ANNE, ("other.value", "row-1", 1)),
        (ANNE, ("value_version.value", "row-1", 2)),
        (BOB, HERE),
    ],
)
def test_a_sealed_value_moved_elsewhere_does_not_open(
    database: Database, key: KeyName, place: tuple[str, str, int]
) -> None:
    def seal(uow: UnitOfWork) -> bytes:
        uow.seal.prepare(BOB)
        return uow.seal.seal(ANNE, b"12 Oak Street", *HERE)

    sealed = database.write(seal)

    assert database.read(lambda uow: uow.seal.open(ANNE, sealed, *HERE)) == b"12 Oak Street"
    with pytest.raises(SealBrokenError) as broken:
        database.read(lambda uow: uow.seal.open(key, sealed, *place))
    assert "Oak" not in str(broken.value)


def test_an_altered_byte_anywhere_is_found(database: Database) -> None:
    sealed = database.write(lambda uow: uow.seal.seal(ANNE, b"secret", *HERE))

    for at in range(len(sealed)):
        altered = bytes(byte ^ (at == index) for index, byte in enumerate(sealed))
        with pytest.raises(SealBrokenError):
            database.read(lambda uow, altered=altered: uow.seal.open(ANNE, altered, *HERE))


def test_the_same_value_sealed_twice_looks_different(database: Database) -> None:
    twice = database.write(lambda uow: {uow.seal.seal(ANNE, b"same", *HERE) for _ in range(2)})

    assert len(twice) == 2


def test_a_destroyed_key_opens_nothing_again_for_readers_too(database: Database) -> None:
    sealed = database.write(lambda uow: uow.seal.seal(ANNE, b"secret", *HERE))
    assert database.read(lambda uow: uow.seal.open(ANNE, sealed, *HERE)) == b"secret"

    database.write(lambda uow: uow.seal.destroy(ANNE))

    for run in (database.read, database.write):
        with pytest.raises(KeyDestroyedError):
            run(lambda uow: uow.seal.open(ANNE, sealed, *HERE))


def test_a_key_destroyed_in_an_act_that_failed_still_opens(database: Database) -> None:
    sealed = database.write(lambda uow: uow.seal.seal(ANNE, b"secret", *HERE))

    def fails(uow: UnitOfWork) -> None:
        uow.seal.destroy(ANNE)
        raise LookupError

    with pytest.raises(LookupError):
        database.write(fails)

    assert database.write(lambda uow: uow.seal.open(ANNE, sealed, *HERE)) == b"secret"


def test_moving_to_another_key_keeps_the_value(database: Database) -> None:
    chat = chat_key("conversation", None)

    def move(uow: UnitOfWork) -> bytes:
        sealed = uow.seal.seal(chat, b"hello", *HERE)
        moved = uow.seal.move(chat, ANNE, sealed, *HERE)
        uow.seal.destroy(chat)
        return moved

    moved = database.write(move)

    assert database.read(lambda uow: uow.seal.open(ANNE, moved, *HERE)) == b"hello"
    assert chat_key("conversation", "anne") == ANNE


def test_no_key_stands_in_the_database_unwrapped(database: Database) -> None:
    wrapped = database.write(
        lambda uow: (uow.seal.prepare(ANNE), uow.run("SELECT wrapped FROM data_key WHERE holder = 'anne'").fetchone())
    )[1][0]

    mine, another = LocalMaster(MASTER), LocalMaster(b"x" * 32)
    keyring(MASTER).unwrap(wrapped, ANNE, mine.fingerprint)
    for ring, name, master in (
        (keyring(b"x" * 32), ANNE, another),
        (keyring(b"x" * 32), ANNE, mine),
        (keyring(MASTER), BOB, mine),
    ):
        with pytest.raises(WrongMasterKeyError):
            ring.unwrap(wrapped, name, master.fingerprint)


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_different_parts_never_join_to_the_same(one: list[str], other: list[str]) -> None:
    assert (joined(tuple(one)) == joined(tuple(other))) == (one == other)


def index_keys(*keys: bytes) -> IndexKeys:
    """Generations of index keys, newest first."""
    master = LocalMaster(MASTER)
    name = [KeyName(KeyKind.INDEX, holder_of(len(keys) - n)) for n in range(len(keys))]
    rows = [
        (one.holder, master.wrap(key, wrapping_place(one)), master.fingerprint)
        for one, key in zip(name, keys, strict=True)
    ]
    return opened(rows, keyring(MASTER))


def test_a_blind_index_depends_on_key_purpose_and_every_part() -> None:
    keys = fresh_keys()
    ring = index_keys(keys)
    hashes = {
        ring.index(Index.VALUE, "phone", "+14155550123"),
        ring.index(Index.VALUE, "email", "+14155550123"),
        ring.index(Index.DESTINATION, "phone", "+14155550123"),
        ring.index(Index.VALUE, "phone", "+14155550124"),
        index_keys(fresh_keys()).index(Index.VALUE, "phone", "+14155550123"),
    }

    assert len(hashes) == 5
    assert ring.index(Index.CODE, "challenge", "123456") == index_keys(keys).index(Index.CODE, "challenge", "123456")
    assert ring.matches(ring.index(Index.CODE, "challenge", "123456"), Index.CODE, "challenge", "123456")
    assert not ring.matches(ring.index(Index.CODE, "challenge", "123456"), Index.CODE, "other", "123456")


def test_two_generations_are_both_asked_and_the_newest_is_written() -> None:
    before, after = fresh_keys(), b""
    after = fresh_keys(before)
    both, old, new = index_keys(after, before), index_keys(before), index_keys(after)
    phone = (Index.VALUE, "phone", "+14155550123")

    assert both.index(*phone) == new.index(*phone) != old.index(*phone)
    assert both.indexes(*phone) == (new.index(*phone), old.index(*phone))
    assert both.matches(old.index(*phone), *phone)
    assert not new.matches(old.index(*phone), *phone)
    assert both.indexes(Index.TOKEN, "api", "secret") == (old.index(Index.TOKEN, "api", "secret"),)


def test_a_keyring_shows_nothing_of_its_key_and_wants_all_of_it() -> None:
    local = LocalMaster(MASTER)
    assert MASTER.hex()[:8] not in repr(local) + repr(vars(local)) + repr(keyring(MASTER)) + repr(
        index_keys(MASTER * 8)
    )
    with pytest.raises(ValueError, match="31 bytes"):
        LocalMaster(b"x" * 31)


def test_the_key_cache_stays_within_its_limit() -> None:
    cache, key = Opened(keys=10).keys, AESGCM(MASTER)

    for n in range(100):
        cache.put(customer_key(str(n)), b"wrapped", key)

    assert cache.get(customer_key("99"), b"wrapped") is key
    assert cache.get(customer_key("99"), b"wrapped anew") is None
    assert cache.get(customer_key("0"), b"wrapped") is None


def test_a_leaf_commits_to_every_part_of_its_entry() -> None:
    parts = (1, ACTOR.kind, ACTOR.name, ACTOR.origin, "act", "subject", "customer", "digest")
    leaves = {leaf_hash(*parts)}
    leaves.add(leaf_hash(2, *parts[1:]))
    for at in range(1, len(parts)):
        changed = list(parts)
        changed[at] = "other"
        leaves.add(leaf_hash(*changed))

    assert len(leaves) == 9
    assert digest(b"a", b"bc") != digest(b"ab", b"c")
