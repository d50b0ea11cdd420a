"""The Merkle log hashes as RFC 6962 and RFC 9162 say, and its proofs prove what they should and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.merkle import (
    EMPTY,
    Growing,
    consistency,
    grown,
    inclusion,
    is_consistent,
    is_included,
    leaf_hash,
    root_of,
)

# The test tree of RFC 6962's reference implementation: its leaves, and the root after each.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# Proofs from the same implementation: leaf, size → path; old size, size → path.
INCLUSIONS = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CONSISTENCIES = {
    (1, 1): [],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


class Memory:
    """The hashes of a log, kept as the store keeps them."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.log = Growing()
        self.kept: dict[tuple[int, int], bytes] = {}
        self.roots = [EMPTY]
        for leaf in leaves:
            self.kept[0, self.log.size] = leaf
            for level, n, hash in self.log.append(leaf):
                self.kept[level, n] = hash
            self.roots.append(self.log.root())

    def nodes(self, level: int, first: int, count: int) -> list[bytes]:
        return [self.kept[level, n] for n in range(first, first + count)]


def by_definition(leaves: Sequence[bytes]) -> bytes:
    """The root as RFC 9162, 2.1.1 defines it, word for word and without our code."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + by_definition(leaves[:k]) + by_definition(leaves[k:])).digest()


def test_the_trees_of_the_reference_implementation() -> None:
    memory = Memory([leaf_hash(leaf) for leaf in LEAVES])

    assert [root.hex() for root in memory.roots[1:]] == ROOTS
    for (leaf, size), path in INCLUSIONS.items():
        assert [hash.hex() for hash in inclusion(memory, leaf, size)] == path
    for (old, size), path in CONSISTENCIES.items():
        assert [hash.hex() for hash in consistency(memory, old, size)] == path


def test_an_empty_log_has_the_hash_of_nothing() -> None:
    assert Growing().root() == EMPTY == hashlib.sha256(b"").digest() == root_of(Memory([]), 0)


ENTRIES = [b"entry %d" % n for n in range(700)]
LONG = Memory([leaf_hash(entry) for entry in ENTRIES])
"""Long enough for two kept nodes, and a tail."""


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 513, 700])
def test_roots_are_those_of_the_definition(size: int) -> None:
    expected = by_definition(ENTRIES[:size])

    assert LONG.roots[size] == root_of(LONG, size) == grown(LONG, size).root() == expected


def test_only_every_eighth_level_is_kept() -> None:
    assert {place for place in LONG.kept if place[0]} == {(8, 0), (8, 1)}


sizes = st.integers(1, len(ENTRIES))


@given(st.data())
def test_a_leaf_is_proved_to_be_in_the_log_and_nothing_else_is(data: st.DataObject) -> None:
    size = data.draw(sizes)
    leaf = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != leaf)) if size > 1 else None
    path, hash, root = inclusion(LONG, leaf, size), leaf_hash(ENTRIES[leaf]), LONG.roots[size]

    assert is_included(hash, leaf, size, path, root)
    assert not is_included(leaf_hash(b"forged"), leaf, size, path, root)
    assert not is_included(hash, leaf, size, [*path, EMPTY], root)
    assert not is_included(hash, leaf, size, path, EMPTY)
    assert not is_included(hash, size, size, path, root)
    if other is not None:
        assert not is_included(leaf_hash(ENTRIES[other]), leaf, size, path, root)
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        assert not is_included(hash, leaf, size, [*path[:place], EMPTY, *path[place + 1 :]], root)
        assert not is_included(hash, leaf, size, path[:-1], root)


@given(st.data())
def test_a_longer_log_is_proved_to_begin_with_a_shorter_one_and_no_other_is(data: st.DataObject) -> None:
    size = data.draw(sizes)
    old = data.draw(st.integers(1, size))
    path, was, root = consistency(LONG, old, size), LONG.roots[old], LONG.roots[size]

    assert is_consistent(old, was, size, root, path)
    assert not is_consistent(old, EMPTY, size, root, path)
    assert not is_consistent(old, was, size, EMPTY, path)
    assert not is_consistent(old, was, size, root, [*path, EMPTY])
    assert not is_consistent(size + 1, was, size, root, path)
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        assert not is_consistent(old, was, size, root, [*path[:place], EMPTY, *path[place + 1 :]])
        assert not is_consistent(old, was, size, root, path[:-1])


@settings(max_examples=30)
@given(st.integers(1, 600), st.integers(0, 599), st.binary(max_size=8))
def test_another_leaf_anywhere_makes_another_root(size: int, place: int, entry: bytes) -> None:
    place %= size
    altered = [*ENTRIES[:place], entry, *ENTRIES[place + 1 : size]]

    assert Memory([leaf_hash(one) for one in altered]).log.root() != LONG.roots[size]


@given(sizes, sizes)
def test_a_log_taken_up_grows_on_as_if_it_had_never_been_put_away(one: int, other: int) -> None:
    short, long = sorted((one, other))
    log = grown(LONG, short)
    for entry in ENTRIES[short:long]:
        log.append(leaf_hash(entry))

    assert log.root() == LONG.roots[long]


@pytest.mark.parametrize(("old", "size"), [(0, 4), (5, 4), (-1, 3)])
def test_what_cannot_be_proved_is_refused(old: int, size: int) -> None:
    with pytest.raises(ValueError, match="log"):
        consistency(LONG, old, size)
    with pytest.raises(ValueError, match="log"):
        inclusion(LONG, size, size)
