"""Checks the whole trail: reads every entry once, in the order of the log, in flat memory.

Each step reads a page on a snapshot of its own, so a check runs beside a busy server; what has come since it began is
not looked at. Between two steps all it knows can be put away and taken up again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from store.audit import leaf_hash
from store.audit_findings import Finding, Kind, Report
from store.audit_missing import EXPECTED, missing
from store.audit_rows import RULES, unlike
from store.audit_walk import Given, Walk, kept_root
from store.crypto import SealBrokenError
from store.signed_note import NoteError, Verifier, checkpoint, public_of

if TYPE_CHECKING:
    from store.uow import UnitOfWork

T = TypeVar("T")

PAGE = 2_000
MANY = 200
"""Rows of one kind that are named."""

LOWEST = -(2**62)
"""Below every id, also one that somebody made up."""

EXTENT = "SELECT MAX(seq), MAX(entry) FROM audit_leaf"
KEYS = "SELECT name, public, seed FROM audit_key ORDER BY audit"
COUNT_SEEN = "SELECT COUNT(*) FROM audit_entry WHERE id <= ?"
PLACES = (
    "SELECT e.id, CASE WHEN l.seq IS NULL AND g.first IS NULL THEN 1 ELSE 0 END FROM audit_entry AS e"
    " LEFT JOIN audit_leaf AS l ON l.entry = e.id LEFT JOIN audit_gap AS g ON e.id BETWEEN g.first AND g.last"
    " WHERE e.id > ? AND e.id <= ? ORDER BY e.id LIMIT ?"
)
WAITING = (
    "SELECT id, at, actor_kind, actor, origin, act, subject, customer, digest, leaf FROM audit_entry"
    " WHERE id > ? ORDER BY id LIMIT ?"
)
ODD_GAPS = (
    "SELECT g.first, g.last FROM audit_gap AS g WHERE g.last > ? OR EXISTS"
    " (SELECT 1 FROM audit_leaf AS l WHERE l.entry BETWEEN g.first AND g.last) ORDER BY g.first LIMIT ?"
)
ODD_NODES = "SELECT n FROM audit_node WHERE level = ? AND n >= ? ORDER BY n LIMIT ?"
LEVELS = "SELECT DISTINCT level FROM audit_node ORDER BY level"


class Reader(Protocol):
    """Runs an act on a snapshot."""

    def __call__(self, act: Callable[[UnitOfWork], T], /) -> T: ...


class Progress(msgspec.Struct, frozen=True):
    """Where a check is: `done` of `total` in this part of it."""

    part: str
    done: int
    total: int


class NotOfThisCheckError(Exception):
    """What was put away is not of a check of this trail."""


class Check:
    """One check of a database's trail."""

    def __init__(
        self,
        read: Reader,
        *,
        given: Sequence[Given] = (),
        notes: Mapping[str, str] | None = None,
        key: Verifier | None = None,
        heard: Callable[[Finding], None] = lambda finding: None,
    ) -> None:
        """`given` are checkpoints kept outside, `notes` the same still signed, by name (None: no more of them). `key`
        None: the key in the database is believed when its secret opens under the master key. `heard` is told
        each finding at once."""
        self.report = Report(heard)
        self.waiting = 0  # entries that will be ordered next
        self._read, self._given, self._notes, self._key = read, tuple(given), dict(notes or {}), key
        self._verifier = key
        self._seen = 0
        self._walk = Walk(0, self.report, key)

    @property
    def walk(self) -> Walk:
        """What was read of the log."""
        return self._walk

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.report.findings

    def kept(self) -> str:
        """What to put away, between two steps."""
        found = [finding.shown() for finding in self.report.findings]
        name = self._verifier.name if self._verifier is not None else ""
        kept = {"log": name, "seen": self._seen, "found": found, "more": self.report.more, "walk": self._walk.kept()}
        return json.dumps(kept)

    def steps(self, kept: str | None = None) -> Iterator[Progress]:
        """Run the check page by page, from where it was put away or (None) from the beginning. Raises
        NotOfThisCheckError."""
        self._read(self._find_keys)
        self._open_notes()
        self._walk = Walk(0, self.report, self._verifier, self._given)
        if kept is None:
            self._read(self._measure)
        else:
            self._take_up(kept)
            self._read(self._is_still_so)
        while self._walk.log.size < self._walk.size:
            yield Progress("entries", self._walk.log.size, self._walk.size)
            self._read(lambda uow: self._walk.page(uow, PAGE))
        yield Progress("entries", self._walk.size, self._walk.size)
        self._walk.end()
        self._read(self._beyond)
        yield from self._places()
        for done, table in enumerate(RULES):
            yield Progress("rows", done, len(RULES))
            self._read(partial(self._rows, table=table))
            if table in EXPECTED:
                self._read(partial(self._missing, table=table))
        yield Progress("rows", len(RULES), len(RULES))

    def _tell(self, kind: Kind, about: str, says: str) -> None:
        self.report.tell(kind, about, says)

    def _find_keys(self, uow: UnitOfWork) -> None:
        for name, public, sealed in uow.run(KEYS).fetchall():
            about = f"key {name}"
            try:
                fits = public_of(uow.checkpoints.seed(name, sealed)) == public
            except SealBrokenError:
                fits = False
            if not fits:
                self._tell(Kind.FORGED, about, "this signing key was not made here: its secret does not fit it")
            if self._key is not None and (name, public) != (self._key.name, self._key.public):
                self._tell(Kind.FORGED, about, "this signing key is not the one that was given")
            elif fits:
                self._verifier = Verifier(name, public)

    def _open_notes(self) -> None:
        for name, note in self._notes.items():
            if self._verifier is None:
                self._tell(Kind.FORGED, name, f"there is no key that {name} could have been signed with")
                continue
            try:
                found = checkpoint(self._verifier.open(note))
            except NoteError as error:
                self._tell(Kind.FORGED, name, f"{name} was not signed by this log: {error}")
                continue
            self._given = (*self._given, Given(name, found))

    def _measure(self, uow: UnitOfWork) -> None:
        """How long the log is, by what it says and by what is there."""
        last, highest = uow.run(EXTENT).fetchone()
        size, self._seen = uow.log.size(), uow.log.seen()
        length, highest = 0 if last is None else last + 1, highest or 0
        self._walk.size = max(size, length)
        if size != length:
            self._tell(
                Kind.LOG_ALTERED, "log", f"the log says that it has {size} leaves, and its last is number {last}"
            )
        if self._seen != highest:
            says = f"the log says that entries were ordered up to {self._seen}, and they were up to {highest}"
            self._tell(Kind.LOG_ALTERED, "log", says)
            self._seen = max(self._seen, highest)
        for first, last in uow.run(ODD_GAPS, (self._seen, MANY)).fetchall():
            says = f"entries {first} to {last} are noted as not yet seen, which some of them are"
            self._tell(Kind.LOG_ALTERED, f"gap {first}", says)
        for (level,) in uow.run(LEVELS).fetchall():
            for (n,) in uow.run(ODD_NODES, (level, self._walk.size >> level, MANY)).fetchall():
                says = f"a hash is kept over leaves {n << level} to {((n + 1) << level) - 1}: there are not so many"
                self._tell(Kind.LOG_ALTERED, f"node {level}/{n}", says)

    def _take_up(self, kept: str) -> None:
        try:
            state = json.loads(kept)
            self._walk.take_up(state["walk"])
            self._seen, name, found = state["seen"], state["log"], state["found"]
            self.report.more = state["more"]
            earlier = [Finding(Kind(one["kind"]), one["about"], one["says"]) for one in found]
        except (KeyError, TypeError, ValueError):
            raise NotOfThisCheckError from None
        if name != (self._verifier.name if self._verifier is not None else ""):
            raise NotOfThisCheckError
        self.report.findings = list(dict.fromkeys([*earlier, *self.report.findings]))

    def _is_still_so(self, uow: UnitOfWork) -> None:
        """What was checked before is believed if the log still begins with it; checkpoints given are looked up."""
        done, now = self._walk.log.size, uow.log.size()
        if now < self._walk.size:
            says = f"since the check began the log was cut from {self._walk.size} leaves to {now}"
            self._tell(Kind.CUT_OFF, "log", says)
        elif self._walk.is_clear and kept_root(uow, done) != self._walk.log.root():
            self._tell(Kind.LOG_ALTERED, "log", f"the first {done} leaves were altered since the check began")
        for given in self._given:
            size = given.checkpoint.size
            if size <= done and kept_root(uow, size) != given.checkpoint.root:
                says = f"this is not the log that {given.name} was given of: they differ within the first {size} leaves"
                self._tell(Kind.FORKED, given.name, says)

    def _beyond(self, uow: UnitOfWork) -> None:
        """Checkpoints over a longer log than this one, and trims behind its end."""
        size = max(self._walk.size, uow.log.size())
        for one in uow.checkpoints.between(size, 2**62, MANY):
            says = f"checkpoint {one.n} was signed over {one.size} leaves, and the log has {size}: its end was cut off"
            self._tell(Kind.CUT_OFF, f"checkpoint {one.n}", says)
        for given in self._given:
            if given.checkpoint.size > size:
                says = (
                    f"{given.name} is over {given.checkpoint.size} leaves, and the log has {size}: its end was cut off"
                )
                self._tell(Kind.CUT_OFF, given.name, says)
        trim = uow.trims.last()
        if trim is not None and trim.n > self._walk.trims and trim.first >= self._walk.size:
            says = f"trim {trim.n} speaks of leaves {trim.first} to {trim.upto - 1}, which the log does not have"
            self._tell(Kind.TRIM_ALTERED, f"trim {trim.n}", says)

    def _places(self) -> Iterator[Progress]:
        """Every entry has its place: those that are not ordered yet come after all that are."""
        after: int | None = LOWEST if self._read(self._lacks_places) else None
        while after is not None:
            yield Progress("places", max(after, 0), self._seen)
            after = self._read(partial(self._place, after=after))
        after = self._seen
        while after is not None:
            after = self._read(partial(self._wait, after=after))

    def _lacks_places(self, uow: UnitOfWork) -> bool:
        count: int = uow.run(COUNT_SEEN, (self._seen,)).fetchone()[0]
        return count != self._walk.entries

    def _place(self, uow: UnitOfWork, after: int) -> int | None:
        rows = uow.run(PLACES, (after, self._seen, 10 * PAGE)).fetchall()
        for id, lacks in rows:
            if lacks:
                self._tell(Kind.UNORDERED, f"entry {id}", f"entry {id} has no place in the log, and later ones have")
        return rows[-1][0] if len(rows) == 10 * PAGE else None

    def _wait(self, uow: UnitOfWork, after: int) -> int | None:
        """Entries that come next: at least their own hash must fit."""
        rows = uow.run(WAITING, (after, PAGE)).fetchall()
        for id, *body, leaf in rows:
            if leaf_hash(*body) != leaf and uow.log.find(id) is None:
                self._tell(
                    Kind.ALTERED, f"entry {id}", f"entry {id}, not ordered yet, does not have the hash it carries"
                )
        self.waiting += len(rows)
        return rows[-1][0] if len(rows) == PAGE else None

    def _rows(self, uow: UnitOfWork, table: str) -> None:
        for one in unlike(uow, table, MANY):
            about = f"{table} {one.row}"
            if one.missing:
                says = f"{about} carries entry {one.entry}, which is not there"
                self._tell(Kind.ROW_WITHOUT_ENTRY, about, says)
            else:
                self._tell(Kind.ROW_DIFFERS, about, f"{about} does not say what its entry {one.entry} says")

    def _missing(self, uow: UnitOfWork, table: str) -> None:
        for one in missing(uow, table, MANY):
            kind = Kind.ROW_DIFFERS if one.more else Kind.ROW_MISSING
            says = f"entry {one.entry} says {one.act} of {one.subject}, and {one.rows} rows of {table} carry it"
            self._tell(kind, f"{table} of entry {one.entry}", says)
