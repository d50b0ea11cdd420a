"""Counts what this process does, cheaply and without words: a label is a name that we, or config.yml, made.

A turn pays for five looks at the clock and a few additions. What Prometheus reads is put together in `bot.metrics` when
it asks.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Sequence
from enum import StrEnum

import msgspec

from dialogs.effects import Decision, RecordProof, SendCode
from dialogs.replies import ReplyId
from nlu.types import BUILT_IN_FIELDS, Understanding

SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
OTHER = "other"
"""Stands for every label that is not known: a label never comes from outside."""


class Stage(StrEnum):
    """The parts of a turn, in their order."""

    LOAD = "load"
    UNDERSTAND = "understand"
    FACTS = "facts"
    DECIDE = "decide"
    COMMIT = "commit"


STAGES = tuple(Stage)


class CueOutcome(StrEnum):
    """What came of a cue."""

    STARTED = "started"  # a flow began, or would have but for another
    ASKED = "asked"  # the bot asks first
    NOTHING = "nothing"  # denied, supposed, somebody else's


class CodeOutcome(StrEnum):
    """What became of a one-time code."""

    SENT = "sent"
    ACCEPTED = "accepted"
    WRONG = "wrong"
    EXPIRED = "expired"
    FAILED = "failed"  # the last attempt was wrong
    LIMIT = "limit"  # no more are sent for now
    UNREACHABLE = "unreachable"  # no contact it could go to


CODES = {
    ReplyId.CODE_WRONG: CodeOutcome.WRONG,
    ReplyId.CODE_EXPIRED: CodeOutcome.EXPIRED,
    ReplyId.CODE_FAILED: CodeOutcome.FAILED,
    ReplyId.LINK_FAILED: CodeOutcome.FAILED,
    ReplyId.CODE_LIMIT: CodeOutcome.LIMIT,
    ReplyId.NO_REACHABLE_CONTACT: CodeOutcome.UNREACHABLE,
}
"""What the bot says of a code, and what it means."""

_REPLIES = frozenset(map(str, ReplyId))


class Histogram:
    """How often something took how long (seconds)."""

    __slots__ = ("_lock", "counts", "total")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts = [0] * (len(SECONDS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """It took so long this time."""
        place = bisect_left(SECONDS, seconds)
        with self._lock:
            self.counts[place] += 1
            self.total += seconds

    def now(self) -> tuple[list[int], float]:
        """The counts by bucket, the last one for everything longer, and the sum."""
        with self._lock:
            return list(self.counts), self.total


class Counts:
    """Counts by labels. Each label has its known values; anything else is counted as `other`."""

    __slots__ = ("_counts", "_known", "_lock", "names")

    def __init__(self, names: Sequence[str], *known: Collection[str]) -> None:
        self._lock, self.names, self._known = threading.Lock(), tuple(names), known
        self._counts: defaultdict[tuple[str, ...], int] = defaultdict(int)

    def add(self, *labels: str) -> None:
        """One more of these."""
        found = tuple([label if label in known else OTHER for label, known in zip(labels, self._known, strict=True)])
        with self._lock:
            self._counts[found] += 1

    def now(self) -> dict[tuple[str, ...], int]:
        """How many there were."""
        with self._lock:
            return {tuple(map(str, labels)): count for labels, count in self._counts.items()}


class Moments(msgspec.Struct, frozen=True):
    """When each part of a turn ended, by a clock that only counts (`time.perf_counter`)."""

    began: float
    loaded: float
    understood: float
    found: float
    decided: float
    committed: float

    def spans(self) -> tuple[tuple[Stage, float, float], ...]:
        """Each part with its beginning and end."""
        ends = (self.began, self.loaded, self.understood, self.found, self.decided, self.committed)
        return tuple(zip(STAGES, ends, ends[1:], strict=False))


class Outcome(StrEnum):
    """How one go at a job ended."""

    DONE = "done"
    AGAIN = "again"
    PARKED = "parked"
    LOST = "lost"  # the lease went to another worker


class Ending(StrEnum):
    """How a turn ended, for whoever waits for it."""

    ANSWERED = "answered"
    LEFT = "left"  # another bot's, it does not concern us
    CONFLICT = "conflict"
    FAILED = "failed"


class Meters:
    """Everything that one process counts. `kinds` are those of jobs, `fields` this company's."""

    def __init__(self, fields: Collection[str], channels: Collection[str], kinds: Collection[str]) -> None:
        self.stages = {stage: Histogram() for stage in Stage}
        self.turns = Histogram()
        self.endings = Counts(("channel", "ending"), channels, tuple(Ending))
        self.cues = Counts(("field", "outcome"), frozenset({*BUILT_IN_FIELDS, *fields}), tuple(CueOutcome))
        self.codes = Counts(("outcome",), tuple(CodeOutcome))
        self.replies = Counts(("reply",), _REPLIES)
        self.jobs = Counts(("kind", "outcome"), frozenset(kinds), tuple(Outcome))
        self.job_seconds = {kind: Histogram() for kind in sorted(kinds)}
        self.chores = Counts(("chore",), frozenset(CHORES))
        self.requests = Counts(("part", "status"), PARTS, STATUSES)

    def turn(self, moments: Moments, understanding: Understanding, decision: Decision) -> None:
        """One turn, about to be made durable."""
        for stage, begin, end in moments.spans():
            self.stages[stage].add(end - begin)
        for cue in understanding.cues:
            self.cues.add(cue.field, _outcome(cue.field, understanding))
        for effect in decision.effects:
            if isinstance(effect, SendCode):
                self.codes.add(CodeOutcome.SENT)
            elif isinstance(effect, RecordProof):
                self.codes.add(CodeOutcome.ACCEPTED)
        for reply in decision.replies:
            self.replies.add(reply.id)
            if (known := CODES.get(reply.id)) is not None:  # type: ignore[call-overload]  # an id is a text, too
                self.codes.add(known)

    def job(self, kind: str, outcome: Outcome, seconds: float) -> None:
        """One go at a job."""
        self.jobs.add(kind, outcome)
        if (histogram := self.job_seconds.get(kind)) is not None:
            histogram.add(seconds)

    def failed(self, chore: str) -> None:
        """A chore of the worker failed."""
        self.chores.add(chore)

    def request(self, path: str, status: int) -> None:
        """One HTTP request was answered."""
        self.requests.add(path.split("/", 2)[1] if path.startswith("/") else "", f"{status // 100}xx")


CHORES = ("check_ins", "archiving", "notices", "answers", "audit_order", "audit_sign", "audit_trim")
PARTS = frozenset({"api", "console", "chat", "channels", "not-me", "static", "metrics", "healthz", "readyz", "demo"})
STATUSES = frozenset({"2xx", "3xx", "4xx", "5xx"})


def _outcome(field: str, understanding: Understanding) -> CueOutcome:
    if field in understanding.starts:
        return CueOutcome.STARTED
    return CueOutcome.ASKED if field in understanding.asks else CueOutcome.NOTHING
