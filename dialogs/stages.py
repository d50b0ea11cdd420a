"""The road of a conversation: which stage may follow which, and why. One turn may take several steps."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from dialogs.types import Stage


class Step(msgspec.Struct, frozen=True):
    """One step on the road, with what makes a conversation take it."""

    before: Stage
    after: Stage
    why: str


STEPS = (
    Step(Stage.IDLE, Stage.COLLECTING, "a detail changed"),
    Step(Stage.IDLE, Stage.LINKING, "the link has run out"),
    Step(Stage.COLLECTING, Stage.LINKING, "whose chat is this?"),
    Step(Stage.LINKING, Stage.COLLECTING, "linked, a change waits"),
    Step(Stage.LINKING, Stage.IDLE, "linked, or given up"),
    Step(Stage.COLLECTING, Stage.CONFIRMING, "nothing is missing"),
    Step(Stage.COLLECTING, Stage.IDLE, "cancelled or expired"),
    Step(Stage.CONFIRMING, Stage.COLLECTING, "corrected"),
    Step(Stage.CONFIRMING, Stage.VERIFYING, "consent"),
    Step(Stage.CONFIRMING, Stage.IDLE, "cancelled or expired"),
    Step(Stage.VERIFYING, Stage.COLLECTING, "corrected, so consent and codes are void"),
    Step(Stage.VERIFYING, Stage.FILED, "every proof is there"),
    Step(Stage.VERIFYING, Stage.IDLE, "cancelled or expired"),
    Step(Stage.FILED, Stage.COLLECTING, "another detail changed"),
    Step(Stage.FILED, Stage.LINKING, "the link has run out"),
    Step(Stage.FILED, Stage.IDLE, "another customer's chat now"),
)

FOLLOWS: Mapping[Stage, frozenset[Stage]] = MappingProxyType(
    {stage: frozenset(step.after for step in STEPS if step.before is stage) for stage in Stage}
)
"""Stage → the stages that may come next."""
