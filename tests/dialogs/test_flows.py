"""The diagrams in docs/flows.md show what the code does."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from dialogs.request import State
from dialogs.stages import FOLLOWS, STEPS
from dialogs.transitions import MOVES
from dialogs.types import Stage

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def diagrams(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec = importlib.util.spec_from_file_location("diagrams", ROOT / "docs" / "diagrams.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_not_stale(diagrams: ModuleType) -> None:
    """Run `python docs/diagrams.py` when this fails."""
    assert (ROOT / "docs" / "flows.md").read_text(encoding="utf-8") == diagrams.page()


def test_every_word_beside_a_move_belongs_to_a_legal_move(diagrams: ModuleType) -> None:
    for state, to in diagrams.WHY:
        assert to in MOVES[state]


def test_words_hold_nothing_that_ends_a_label(diagrams: ModuleType) -> None:
    for word in (*diagrams.WHY.values(), *(step.why for step in STEPS)):
        assert not set(word) & set(":;{}#")


def test_every_legal_move_is_drawn(diagrams: ModuleType) -> None:
    drawn = list(diagrams.request())
    for state in State:
        for to in MOVES[state]:
            edges = (f"{state} --> {to}", f"open --> {to}")
            assert any(re.match(rf"\s*{edge}(:|$)", line) for line in drawn for edge in edges)


def test_the_road_to_filed_leads_through_consent_and_proof() -> None:
    before = {stage: {step.before for step in STEPS if step.after is stage} for stage in Stage}

    assert before[Stage.FILED] == {Stage.VERIFYING}
    assert before[Stage.VERIFYING] == {Stage.CONFIRMING}
    assert before[Stage.CONFIRMING] == {Stage.COLLECTING}


def test_every_stage_has_a_way_on_and_no_step_is_written_twice() -> None:
    assert all(FOLLOWS[stage] for stage in Stage)
    assert len({(step.before, step.after) for step in STEPS}) == len(STEPS)
