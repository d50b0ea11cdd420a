"""Whole conversations, as customers type them, through the real application on a real database file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.walk import Walk, read_journey, settings_of
from tests.journeys.world import open_world

HERE = Path(__file__).parent
JOURNEYS = sorted(HERE.glob("??/*.yml"))


def case(path: Path) -> object:
    """The journey as a test; one that is known to be `broken` must fail until it is mended."""
    reason = read_journey(path).get("broken")
    marks = [pytest.mark.xfail(strict=True, reason=reason)] if reason else []
    return pytest.param(path, id=f"{path.parent.name}-{path.stem}", marks=marks)


@pytest.mark.parametrize("path", [case(path) for path in JOURNEYS])
def test_journey(path: Path, template: Path, tmp_path: Path) -> None:
    journey = read_journey(path)

    with open_world(template, tmp_path, settings_of(journey)) as world:
        Walk(journey, world).run()


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
