"""Reads the log of the trail from its first leaf to its last, once, and compares it with every checkpoint on the way.

Where an entry and its leaf disagree it is not known at once which of them was altered, nor where leaves and kept hashes
disagree: the next checkpoint says so, since it was signed over what they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from store.audit import leaf_hash
from store.audit_findings import Kind, Report
from store.audit_log import LogDamagedError
from store.audit_trim import TRIMMED, Trim, left_of, mark
from store.checkpoints import Signed
from store.crypto import digest
from store.merkle import KEPT, Growing, Node
from store.signed_note import Checkpoint, NoteError, Verifier, checkpoint

if TYPE_CHECKING:
    from store.uow import UnitOfWork

LEAVES = (
    "SELECT l.seq, l.entry, l.leaf, e.at, e.actor_kind, e.actor, e.origin, e.act, e.subject, e.customer, e.digest,"
    " e.leaf FROM audit_leaf AS l LEFT JOIN audit_entry AS e ON e.id = l.entry"
    " WHERE l.seq >= ? AND l.seq < ? ORDER BY l.seq"
)
NODES = "SELECT n, hash FROM audit_node WHERE level = ? AND n >= ? AND n < ?"
BLANK = ("system", "", "", TRIMMED, "", None, "")
NOTHING = bytes(32)


class Given(msgspec.Struct, frozen=True):
    """A checkpoint that somebody kept outside; `name` says where it came from."""

    name: str
    checkpoint: Checkpoint


class Walk:
    """A walk along the log up to `size`. Between two pages all it knows can be put away (`kept`) and taken up again."""

    def __init__(self, size: int, report: Report, verifier: Verifier | None, given: Sequence[Given] = ()) -> None:
        """`verifier` None: there is no key yet, and so there should be no checkpoints."""
        self.size, self._report, self._verifier = size, report, verifier
        self._given = given
        self.log = Growing()
        self.entries = 0  # that were found
        self.checkpoints = 0
        self.trims = 0
        self.signed = 0  # the size up to which a checkpoint vouches for what was read
        self._bodies: Growing | None = None  # the log as the entries have it, while that is another
        self._doubted: list[tuple[int, int]] = []  # leaves whose entry has another hash
        self._suspects: list[tuple[int, int]] = []  # kept hashes unlike those computed
        self._lost = False  # what was read is not what was signed; until kept hashes help on
        self._trim: Trim | None = None
        self._next_trim = 0  # the leaf at which to look for the next trim
        self._rest = Growing()

    def kept(self) -> dict[str, Any]:
        """What to put away."""
        return {
            "size": self.size,
            "at": self.log.size,
            "log": _written(self.log),
            "bodies": None if self._bodies is None else _written(self._bodies),
            "doubted": self._doubted,
            "suspects": self._suspects,
            "lost": self._lost,
            "rest": [self._rest.size, _written(self._rest)],
            "counts": [self.entries, self.checkpoints, self.trims, self.signed],
        }

    def take_up(self, kept: Mapping[str, Any]) -> None:
        """Go on where a walk was put away."""
        self.size = kept["size"]
        self.log = _read(kept["at"], kept["log"])
        self._bodies = None if kept["bodies"] is None else _read(kept["at"], kept["bodies"])
        self._doubted = [(seq, entry) for seq, entry in kept["doubted"]]
        self._suspects = [(level, n) for level, n in kept["suspects"]]
        self._lost = bool(kept["lost"])
        self._rest = _read(*kept["rest"])
        self.entries, self.checkpoints, self.trims, self.signed = kept["counts"]

    @property
    def is_clear(self) -> bool:
        """Whether nothing read so far waits for a checkpoint to explain it."""
        return not (self._lost or self._doubted or self._suspects)

    def page(self, uow: UnitOfWork, count: int) -> None:
        """Read on."""
        start, end = self.log.size, min(self.log.size + count, self.size)
        events = self._events(uow, start, end)
        kept = _kept_nodes(uow, start, end)
        rows = iter(uow.run(LEAVES, (start, end)).fetchall())
        row = next(rows, None)
        for seq in range(start, end):
            if row is None or row[0] != seq:
                self._report.tell(Kind.LOG_ALTERED, f"leaf {seq}", f"leaf {seq} was removed from the log")
                self._lost = True
                leaf = body = NOTHING
            else:
                leaf, body = row[2], self._body(uow, row)
                row = next(rows, None)
            if body != leaf and self._bodies is None:
                self._bodies = Growing(self.log.size, self.log.stack)
            for node in self.log.append(leaf):
                self._compare(node, kept)
            if self._bodies is not None:
                self._bodies.append(body)
            for event in events.get(seq + 1, ()):
                self._agree(uow, event)

    def end(self) -> None:
        """No checkpoint comes any more: what is still in doubt is told as it looks."""
        self._settle(entries=True, nodes=True)

    def _events(self, uow: UnitOfWork, start: int, end: int) -> dict[int, list[Signed | Given]]:
        events: dict[int, list[Signed | Given]] = {}
        for one in uow.checkpoints.between(start, end):
            events.setdefault(one.size, []).append(one)
        for given in self._given:
            if start < given.checkpoint.size <= end:
                events.setdefault(given.checkpoint.size, []).append(given)
        return events

    def _body(self, uow: UnitOfWork, row: Sequence[Any]) -> bytes:
        """Check the entry of a leaf; returns the hash that the entry has by what it says."""
        seq, entry, leaf, at, kind, actor, origin, act, subject, customer, of, own = row
        about, trim = f"entry {entry}", self._trim_at(uow, seq, looks_trimmed=act == TRIMMED)
        if trim is not None:
            self._left(trim, seq, at or 0, leaf)
        if own is None:
            self._report.tell(Kind.REMOVED, about, f"entry {entry} (leaf {seq}) was removed")
            return bytes(leaf)
        self.entries += 1
        if trim is not None:
            if (kind, actor, origin, act, subject, customer, of) != BLANK:
                self._report.tell(
                    Kind.ALTERED, about, f"entry {entry} (leaf {seq}) was trimmed and says something again"
                )
            body = bytes(leaf)
        elif act == TRIMMED:
            self._report.tell(Kind.ALTERED, about, f"entry {entry} (leaf {seq}) was emptied, and no trim says so")
            body = bytes(leaf)
        else:
            body = leaf_hash(at, kind, actor, origin, act, subject, customer, of)
        if body != leaf:
            self._doubted.append((seq, entry))
        elif own != leaf:
            self._report.tell(Kind.ALTERED, about, f"the hash that entry {entry} (leaf {seq}) carries was altered")
        if act == "audit.checkpoint":
            self._was_kept(uow, subject, of, entry)
        return body

    def _was_kept(self, uow: UnitOfWork, subject: str, of: str, entry: int) -> None:
        """An entry says that a checkpoint was signed: it must be there."""
        number = subject.removeprefix("checkpoint:")
        found = uow.checkpoints.numbered(int(number)) if number.isascii() and number.isdigit() else None
        if found is None:
            says = f"checkpoint {number} was removed: entry {entry} says that it was signed"
            self._report.tell(Kind.CHECKPOINT_MISSING, f"checkpoint {number}", says)
        elif digest(found.note.encode()) != of:
            says = f"checkpoint {number} is not the one that entry {entry} says was signed"
            self._report.tell(Kind.FORGED, f"checkpoint {number}", says)

    def _compare(self, node: Node, kept: Mapping[tuple[int, int], bytes]) -> None:
        if kept.get((node.level, node.n)) != node.hash:
            self._suspects.append((node.level, node.n))

    def _agree(self, uow: UnitOfWork, event: Signed | Given) -> None:
        """Compare with a checkpoint, and choose what to go on with."""
        expected = self._expected(event)
        if expected is None:
            return
        size, signed = self.log.size, self.signed
        if not self._lost and self.log.root() == expected:
            self._settle(entries=True, nodes=True)
        elif not self._lost and self._bodies is not None and self._bodies.root() == expected:
            self.log = self._bodies
            self._settle(entries=False, nodes=False)
        elif kept_root(uow, size) == expected:
            where = self._blocks(size)
            if not self._lost:
                self._report.tell(Kind.REORDERED, where, f"{where} were altered, moved or exchanged in the log")
            self._settle(entries=True, nodes=False)
            self.log, self._lost = uow.log.grown(size), False
        else:
            if isinstance(event, Given):
                says = f"this is not the log that {event.name} was given of: they differ within the first {size} leaves"
                self._report.tell(Kind.FORKED, event.name, says)
            elif not self._lost:
                says = f"leaves {signed} to {size - 1} are not those that checkpoint {event.n} was signed over"
                self._report.tell(Kind.REORDERED, f"checkpoint {event.n}", says)
                self._lost = True
            self._settle(entries=True, nodes=None)
            return
        self.signed, self._bodies = size, None

    def _expected(self, event: Signed | Given) -> bytes | None:
        """The root that a checkpoint speaks of; None when it is worth nothing."""
        if isinstance(event, Given):
            return event.checkpoint.root
        self.checkpoints += 1
        about = f"checkpoint {event.n}"
        if event.n != self.checkpoints:
            says = f"checkpoint {self.checkpoints} is missing: after {self.checkpoints - 1} comes {event.n}"
            self._report.tell(Kind.CHECKPOINT_MISSING, f"checkpoint {self.checkpoints}", says)
            self.checkpoints = event.n
        if self._verifier is None:
            self._report.tell(Kind.FORGED, about, f"there is no key that {about} could have been signed with")
            return None
        try:
            found = checkpoint(self._verifier.open(event.note))
        except NoteError as error:
            self._report.tell(Kind.FORGED, about, f"{about} was not signed by this log: {error}")
            return None
        if (found.origin, found.size, found.root) != (self._verifier.name, event.size, event.root):
            self._report.tell(Kind.FORGED, about, f"what is kept beside {about} is not what was signed")
        return found.root if found.size == event.size else None

    def _settle(self, *, entries: bool, nodes: bool | None) -> None:
        """It is known now which was altered: the entries or the leaves; and whether it was the kept hashes (None:
        still unknown)."""
        for seq, entry in self._doubted:
            if entries:
                self._report.tell(Kind.ALTERED, f"entry {entry}", f"entry {entry} (leaf {seq}) was altered")
            else:
                says = f"the hash of leaf {seq} (entry {entry}) was altered"
                self._report.tell(Kind.LOG_ALTERED, f"leaf {seq}", says)
        for level, n in self._suspects if nodes else ():
            says = f"the hash kept over leaves {n << level} to {((n + 1) << level) - 1} is missing or was altered"
            self._report.tell(Kind.LOG_ALTERED, f"node {level}/{n}", says)
        self._doubted, self._suspects = [], []

    def _blocks(self, size: int) -> str:
        """The leaves that do not add up, as narrowly as the kept hashes say."""
        blocks = [n for level, n in self._suspects if level == KEPT]
        first, last = (blocks[0] << KEPT, ((blocks[-1] + 1) << KEPT) - 1) if blocks else (self.signed, size - 1)
        return f"leaves {max(first, self.signed)} to {min(last, size - 1)}"

    def _trim_at(self, uow: UnitOfWork, seq: int, *, looks_trimmed: bool) -> Trim | None:
        """The trim that this leaf is under, also one that came after the walk began."""
        if seq >= self._next_trim or (looks_trimmed and self._trim is None):
            self._trim = uow.trims.around(seq)
            self._next_trim = self.size if self._trim is None else self._trim.upto
        return self._trim if self._trim is not None and self._trim.first <= seq else None

    def _left(self, trim: Trim, seq: int, at: int, leaf: bytes) -> None:
        """Gather what is left of trimmed entries; at the end of a trim, compare it with the mark."""
        self._rest.append(left_of(seq, at, leaf))
        if seq + 1 < trim.upto:
            return
        if self._rest.size != trim.upto - trim.first:  # it came while its leaves were being read: the next walk sees it
            self._rest, self.trims = Growing(), trim.n
            return
        root, self._rest, self.trims = self._rest.root(), Growing(), self.trims + 1
        about = f"trim {trim.n}"
        if trim.n != self.trims:
            says = f"trim {self.trims} is missing: after {self.trims - 1} comes {trim.n}"
            self._report.tell(Kind.TRIM_ALTERED, f"trim {self.trims}", says)
            self.trims = trim.n
        if self._verifier is None:
            self._report.tell(Kind.FORGED, about, f"there is no key that {about} could have been signed with")
            return
        try:
            text = self._verifier.open(trim.note)
        except NoteError as error:
            self._report.tell(Kind.FORGED, about, f"{about} was not signed by this log: {error}")
            return
        if text != mark(self._verifier.name, trim.first, trim.upto, root, trim.before):
            says = f"what is left of leaves {trim.first} to {trim.upto - 1} is not what {about} left"
            self._report.tell(Kind.TRIM_ALTERED, about, says)


def kept_root(uow: UnitOfWork, size: int) -> bytes | None:
    """The root at this size by the hashes that are kept; None when some are missing."""
    try:
        return uow.log.root(size)
    except LogDamagedError:
        return None


def _kept_nodes(uow: UnitOfWork, start: int, end: int) -> dict[tuple[int, int], bytes]:
    kept, level = {}, KEPT
    while end >> level:
        for n, hash in uow.run(NODES, (level, start >> level, end >> level)):
            kept[level, n] = hash
        level += KEPT
    return kept


def _written(log: Growing) -> list[str]:
    return [hash.hex() for hash in log.stack]


def _read(size: int, stack: Sequence[str]) -> Growing:
    return Growing(size, [bytes.fromhex(hash) for hash in stack])
