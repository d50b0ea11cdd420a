"""Whole conversations, as customers type them, through the real application on a real database file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from store.audit_check import Check
from tests.journeys.walk import Walk, read_journey, settings_of
from tests.journeys.world import open_world

HERE = Path(__file__).parent
JOURNEYS = sorted(HERE.glob("??/*.yml"))


ALSO_ON_POSTGRES = JOURNEYS if os.environ.get("TELLONCE_TEST_LONG") else JOURNEYS[::5]
"""The store's own suite runs on both databases in full; of the journeys, a part unless there is time."""


def case(path: Path, kind: str) -> object:
    """The journey as a test; one that is known to be `broken` must fail until it is mended."""
    reason = read_journey(path).get("broken")
    marks = [pytest.mark.xfail(strict=True, reason=reason)] if reason else []
    return pytest.param(path, kind, id=f"{path.parent.name}-{path.stem}-{kind}", marks=marks)


@pytest.mark.parametrize(
    ("path", "url"),
    [case(path, "sqlite") for path in JOURNEYS] + [case(path, "postgresql") for path in ALSO_ON_POSTGRES],
    indirect=["url"],
)
def test_journey(path: Path, template: Path, tmp_path: Path, url: str | None) -> None:
    journey = read_journey(path)

    with open_world(template, tmp_path, settings_of(journey), url) as world:
        Walk(journey, world).run()
        check = Check(world.app.database.read)
        for _ in check.steps():
            pass

    assert check.report.findings == []


def test_there_are_many_journeys_in_both_languages() -> None:
    count = {folder: len(list((HERE / folder).glob("*.yml"))) for folder in ("en", "zh")}

    assert min(count.values()) >= 22


FRAUDS = ("recycled_number", "hijacked_messenger", "hijacked_mailbox", "sim_swap", "not_me_by_a_stranger",
          "insider_agent", "insider_reviewer", "forged_link")  # fmt: skip


@pytest.mark.parametrize("folder", ["en", "zh"])
@pytest.mark.parametrize("fraud", FRAUDS)
def test_every_fraud_story_names_the_rule_that_stops_it(folder: str, fraud: str) -> None:
    journey = read_journey(HERE / folder / f"fraud_{fraud}.yml")

    assert len(journey["stopped by"]) > 20
    assert any("requests" in step or "record" in step for step in journey["steps"])
