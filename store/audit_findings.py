"""What a check of the trail can find."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What was done to the trail."""

    ALTERED = "altered"  # an entry says something else than when it was ordered
    REMOVED = "removed"
    UNORDERED = "unordered"  # an entry has no place among the others: it was put in, or its place was taken away
    REORDERED = "reordered"  # leaves do not add up to what was signed
    LOG_ALTERED = "log_altered"  # the log's own rows: leaves, hashes, counts
    CUT_OFF = "cut_off"  # the log is shorter than a checkpoint says
    FORKED = "forked"  # the log is another than the one a checkpoint was given of
    FORGED = "forged"  # a checkpoint, trim or key that the log's key did not sign
    CHECKPOINT_MISSING = "checkpoint_missing"
    TRIM_ALTERED = "trim_altered"
    ROW_WITHOUT_ENTRY = "row_without_entry"
    ROW_MISSING = "row_missing"  # an entry says that something was done, and its row is gone
    ROW_DIFFERS = "row_differs"  # a row and its entry do not say the same


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong. `about` names it, `says` is a sentence for the auditor."""

    kind: Kind
    about: str
    says: str

    def shown(self) -> dict[str, str]:
        """As JSON shows it."""
        return {"kind": self.kind.value, "about": self.about, "says": self.says}


MANY = 1_000
"""Findings that are named; more are only counted."""


class Report:
    """Findings in the order they were made. `heard` is told each at once."""

    def __init__(self, heard: Callable[[Finding], None] = lambda finding: None) -> None:
        self.findings: list[Finding] = []
        self.more = 0  # beyond those that are named
        self._heard = heard

    def tell(self, kind: Kind, about: str, says: str) -> None:
        """Add one."""
        if len(self.findings) >= MANY:
            self.more += 1
            return
        finding = Finding(kind, about, says)
        self.findings.append(finding)
        self._heard(finding)
