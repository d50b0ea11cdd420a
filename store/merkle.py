"""A Merkle log as RFC 9162 (section 2.1) hashes it: roots, growth, proofs and their verification.

Pure: hashes in, hashes out. A *node* is the root of a complete subtree of 2^level leaves; node n of a level covers the
leaves n·2^level up to the next. Only the nodes of every eighth level are kept, so that what a log stores beside its
leaves is a 255th of them, and a proof still reads no more than a few hundred hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple, Protocol

KEPT = 8
"""Nodes of every KEPT-th level are stored."""

EMPTY = sha256(b"").digest()


class Node(NamedTuple):
    """The root of a complete subtree of 2^level leaves, the n-th of its level."""

    level: int
    n: int
    hash: bytes


class Hashes(Protocol):
    """Where the hashes of a log are kept."""

    def nodes(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """`count` nodes of a kept level (0: leaves) from `first` on."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry as a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


class Growing:
    """A log that grows at its end, in the memory of its complete subtrees (one per bit of its size)."""

    def __init__(self, size: int = 0, stack: Sequence[bytes] = ()) -> None:
        self.size = size
        self.stack = list(stack)

    def append(self, leaf: bytes) -> tuple[Node, ...]:
        """Grow by one leaf; returns the nodes to keep that it completed."""
        made: tuple[Node, ...] = ()
        left, level, hash = self.size, 0, leaf
        while left & 1:
            hash = sha256(b"\x01" + self.stack.pop() + hash).digest()
            left >>= 1
            level += 1
            if level % KEPT == 0:
                made = (*made, Node(level, left, hash))
        self.stack.append(hash)
        self.size += 1
        return made

    def root(self) -> bytes:
        """The root hash of the log as it is."""
        return folded(self.stack)


def folded(subtrees: Sequence[bytes]) -> bytes:
    """The root over complete subtrees that stand side by side, largest first."""
    if not subtrees:
        return EMPTY
    hash = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        hash = node_hash(left, hash)
    return hash


def grown(hashes: Hashes, size: int) -> Growing:
    """The log of this size, from what is kept of it."""
    return Growing(size, _subtrees(hashes, 0, size))


def root_of(hashes: Hashes, size: int) -> bytes:
    """The root hash of the first `size` leaves."""
    return _range(hashes, 0, size)


def inclusion(hashes: Hashes, leaf: int, size: int) -> list[bytes]:
    """The proof that leaf number `leaf` is in the log of this size (2.1.3.1)."""
    if not 0 <= leaf < size:
        raise ValueError("there is no such leaf in a log of this size")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if leaf < middle:
            path.append(_range(hashes, middle, end))
            end = middle
        else:
            path.append(_range(hashes, start, middle))
            start = middle
    return path[::-1]


def consistency(hashes: Hashes, old: int, size: int) -> list[bytes]:
    """The proof that the log of this size begins with the log of size `old` (2.1.4.1)."""
    if not 0 < old <= size:
        raise ValueError("a log does not begin with a longer one, nor is there anything to prove of an empty one")
    path: list[bytes] = []
    start, end, whole = 0, size, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range(hashes, middle, end))
            end = middle
        else:
            path.append(_range(hashes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_range(hashes, start, end))
    return path[::-1]


def is_included(leaf_hash: bytes, leaf: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that the leaf is in the log with this root (2.1.3.2)."""
    if not 0 <= leaf < size:
        return False
    at, last, hash = leaf, size - 1, leaf_hash
    for step in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            hash = node_hash(step, hash)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            hash = node_hash(hash, step)
        at, last = at >> 1, last >> 1
    return last == 0 and hash == root


def is_consistent(old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the proof shows that the log of this size and root begins with the old one (2.1.4.2)."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not path and old_root == root
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            was, now = node_hash(step, was), node_hash(step, now)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            now = node_hash(now, step)
        at, last = at >> 1, last >> 1
    return last == 0 and was == old_root and now == root


def _split(count: int) -> int:
    """The largest power of two below a count of two or more."""
    return 1 << (count - 1).bit_length() - 1


def _range(hashes: Hashes, start: int, end: int) -> bytes:
    """The root over these leaves. `start` is where a subtree at least as large begins."""
    return folded(_subtrees(hashes, start, end))


def _subtrees(hashes: Hashes, start: int, end: int) -> list[bytes]:
    """The complete subtrees that make up these leaves, largest first."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append(_node(hashes, level, start >> level))
        start += 1 << level
    return found


def _node(hashes: Hashes, level: int, n: int) -> bytes:
    above = level % KEPT
    row = list(hashes.nodes(level - above, n << above, 1 << above))
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]
