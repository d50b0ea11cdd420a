"""The order of the trail: entries become leaves of a Merkle log (RFC 9162), some time after they were committed.

Nothing of this happens in a turn. Where several transactions write at once, an entry may be committed after one with a
higher id; so the ids that were not there when the log passed them are kept as gaps, and looked at again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from store.instant import to_micros
from store.merkle import Growing, Node, consistency, grown, inclusion, root_of

if TYPE_CHECKING:
    from store.uow import UnitOfWork

AT_ONCE = 256
"""Entries ordered in one transaction: a turn never waits longer than for these."""

PATIENCE = dt.timedelta(days=7)
"""How long a transaction may take that has its entry's id already. Ids that were given up stay gaps so long."""

BEGIN = "INSERT INTO audit_log (name) VALUES ('audit') ON CONFLICT (name) DO NOTHING"
STATE = "SELECT size, seen FROM audit_log WHERE name = 'audit'"
LOCK = "UPDATE audit_log SET size = size WHERE name = 'audit' RETURNING size, seen"
GROWN = "UPDATE audit_log SET size = ?, seen = ? WHERE name = 'audit'"
MORE = "SELECT 1 FROM audit_entry WHERE id > ? LIMIT 1"
FRESH = "SELECT id, leaf FROM audit_entry WHERE id > ? ORDER BY id LIMIT ?"
LATE = (
    "SELECT e.id, e.leaf, g.first, g.last, g.at FROM audit_gap AS g"
    " CROSS JOIN audit_entry AS e WHERE e.id BETWEEN g.first AND g.last"
    " AND NOT EXISTS (SELECT 1 FROM audit_leaf WHERE entry = e.id) ORDER BY e.id LIMIT ?"
)  # CROSS: SQLite begins with the gaps, which are few, and not with the entries
GAP = "INSERT INTO audit_gap (first, last, at) VALUES (?, ?, ?)"
NO_GAP = "DELETE FROM audit_gap WHERE first = ?"
GIVE_UP = "DELETE FROM audit_gap WHERE at < ?"
OLDEST_GAP = "SELECT MIN(at) FROM audit_gap"
ADD_LEAF = "INSERT INTO audit_leaf (seq, entry, leaf) VALUES (?, ?, ?)"
ADD_NODE = "INSERT INTO audit_node (level, n, hash) VALUES (?, ?, ?)"
LEAVES = "SELECT leaf FROM audit_leaf WHERE seq >= ? AND seq < ? ORDER BY seq"
NODES = "SELECT hash FROM audit_node WHERE level = ? AND n >= ? AND n < ? ORDER BY n"
SEQ_OF = "SELECT seq, leaf FROM audit_leaf WHERE entry = ?"


class LogDamagedError(Exception):
    """Hashes of the log are missing or too many: `tellonce audit verify` says which."""


class Leaf(NamedTuple):
    """Where an entry stands in the log, and its hash."""

    seq: int
    hash: bytes


class AuditLog:
    """Orders entries and proves what the log holds."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def size(self) -> int:
        """How many leaves the log has."""
        row = self._uow.run(STATE).fetchone()
        return 0 if row is None else int(row[0])

    def seen(self) -> int:
        """The highest id that was ordered."""
        row = self._uow.run(STATE).fetchone()
        return 0 if row is None else int(row[1])

    def order(self, now: dt.datetime, limit: int = AT_ONCE) -> bool:
        """Append entries that are in no order yet; returns whether there may be more. Writes nothing when there are
        none. Workers that do this at once do it one after the other."""
        if not self._is_behind(now):
            return False
        self._uow.run(BEGIN)
        size, seen = self._uow.run(LOCK).fetchone()
        self._uow.run(GIVE_UP, (to_micros(now - PATIENCE),))
        late = self._uow.run(LATE, (limit,)).fetchall()
        self._narrow(late)
        fresh = self._uow.run(FRESH, (seen, limit - len(late))).fetchall()
        self._append(size, [(id, leaf) for id, leaf, *_ in late] + fresh)
        for id, _ in fresh:
            if id > seen + 1:
                self._uow.run(GAP, (seen + 1, id - 1, to_micros(now)))
            seen = id
        self._uow.run(GROWN, (size + len(late) + len(fresh), seen))
        return len(late) + len(fresh) >= limit

    def lock(self) -> int:
        """Let nobody else make the log grow until this transaction ends; returns its size."""
        self._uow.run(BEGIN)
        size: int = self._uow.run(LOCK).fetchone()[0]
        return size

    def find(self, entry: int) -> Leaf | None:
        """Where an entry stands; None while it has no place."""
        row = self._uow.run(SEQ_OF, (entry,)).fetchone()
        return None if row is None else Leaf(row[0], row[1])

    def root(self, size: int) -> bytes:
        """The root hash that the log had at this size."""
        return root_of(self, size)

    def grown(self, size: int) -> Growing:
        """The log at this size, ready to grow on in memory."""
        return grown(self, size)

    def inclusion(self, seq: int, size: int) -> list[bytes]:
        """The proof that a leaf is in the log of this size."""
        return inclusion(self, seq, size)

    def consistency(self, old: int, size: int) -> list[bytes]:
        """The proof that the log of this size begins with the one of size `old`."""
        return consistency(self, old, size)

    def nodes(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """Hashes as they are kept (`merkle.Hashes`)."""
        if level == 0:
            rows = self._uow.run(LEAVES, (first, first + count)).fetchall()
        else:
            rows = self._uow.run(NODES, (level, first, first + count)).fetchall()
        if len(rows) != count:
            raise LogDamagedError(f"level {level} lacks hashes between {first} and {first + count}")
        return [hash for (hash,) in rows]

    def _is_behind(self, now: dt.datetime) -> bool:
        """Whether there is anything to do, without writing: this is asked every second."""
        if self._uow.run(MORE, (self.seen(),)).fetchone() is not None:
            return True
        (oldest,) = self._uow.run(OLDEST_GAP).fetchone()
        if oldest is None:
            return False
        return oldest < to_micros(now - PATIENCE) or self._uow.run(LATE, (1,)).fetchone() is not None

    def _append(self, size: int, entries: Iterable[tuple[int, bytes]]) -> None:
        log = self.grown(size)
        nodes: list[Node] = []
        for id, leaf in entries:
            self._uow.run(ADD_LEAF, (log.size, id, leaf))
            nodes += log.append(leaf)
        for node in nodes:
            self._uow.run(ADD_NODE, node)

    def _narrow(self, late: Sequence[tuple[int, bytes, int, int, int]]) -> None:
        """Entries turned up in gaps: what is left of each gap is smaller."""
        gaps: dict[int, tuple[int, int, list[int]]] = {}
        for id, _, first, last, at in late:
            gaps.setdefault(first, (last, at, []))[2].append(id)
        for first, (last, at, ids) in gaps.items():
            self._uow.run(NO_GAP, (first,))
            start = first
            for id in [*ids, last + 1]:
                if start < id:
                    self._uow.run(GAP, (start, id - 1, at))
                start = id + 1
