"""Draws docs/flows.md from the tables that the code works by. `python docs/diagrams.py` writes it anew."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

FLOWS = Path(__file__).with_name("flows.md")
sys.path.insert(0, str(FLOWS.parents[1]))

from dialogs.request import State  # noqa: E402 - run as a script, from anywhere
from dialogs.stages import STEPS  # noqa: E402
from dialogs.transitions import MOVES, OPEN, TERMINAL  # noqa: E402
from dialogs.types import Stage  # noqa: E402

WHY = {
    (State.FILED, State.IN_REVIEW): "the clock starts",
    (State.IN_REVIEW, State.IN_SECOND_REVIEW): "important, the reviewer's yes",
    (State.IN_REVIEW, State.APPROVED): "ordinary, one checker's yes",
    (State.IN_REVIEW, State.RETURNED): "the customer is asked, the clock stops",
    (State.IN_SECOND_REVIEW, State.APPROVED): "the supervisor's yes",
    (State.IN_SECOND_REVIEW, State.RETURNED): "the customer is asked",
    (State.RETURNED, State.IN_REVIEW): "answered",
    (State.APPROVED, State.COOLING_OFF): "a risk",
    (State.APPROVED, State.SCHEDULED): "a later date",
    (State.APPLIED, State.SYNCED): "every target acknowledged",
    (State.APPLIED, State.SYNC_FAILED): "a target was given up on",
    (State.SYNCED, State.CONFIRMED): "right, or 72 h of silence",
    (State.SYNCED, State.DISPUTED): "wrong",
    (State.DISPUTED, State.REVERTED): "by a request of its own",
    (State.FROZEN, State.IN_REVIEW): "a person has looked",
}
"""What is written beside a move. A move without a word is drawn all the same."""

HEAD = """\
# Flows

Drawn by `docs/diagrams.py` from the tables in `dialogs/stages.py` and `dialogs/transitions.py`; a test fails when this
page is older than they are.
"""


def page() -> str:
    """The whole of docs/flows.md."""
    parts = (
        HEAD,
        "## A conversation\n",
        _mermaid(conversation()),
        "A correction, at any stage, voids consent and codes; an expired conversation says on return where it stood.\n",
        "## A change request\n",
        _mermaid(request()),
        "| state | may move to |\n| --- | --- |",
        *(f"| {state} | {', '.join(sorted(MOVES[state])) or 'nothing: it has ended'} |" for state in State),
    )
    return "\n".join(parts) + "\n"


def conversation() -> Iterator[str]:
    """The stages of a conversation."""
    yield f"[*] --> {Stage.IDLE}"
    for step in STEPS:
        yield f"{step.before} --> {step.after}: {step.why}"


def request() -> Iterator[str]:
    """The states of a change request; what every open state may do is drawn once, from the frame around them."""
    common = frozenset.intersection(*(MOVES[state] for state in OPEN))
    yield f"[*] --> {State.FILED}"
    yield 'state "open" as open {'
    for state in State:
        if state in OPEN:
            yield from (f"    {_edge(state, to)}" for to in State if to in MOVES[state] & OPEN)
    yield "}"
    for to in State:
        if to in common:
            yield f"open --> {to}"
    for state in State:
        skipped = common | OPEN if state in OPEN else frozenset()
        yield from (_edge(state, to) for to in State if to in MOVES[state] - skipped)
    yield from (f"{state} --> [*]" for state in State if state in TERMINAL)


def _edge(state: State, to: State) -> str:
    why = WHY.get((state, to))
    return f"{state} --> {to}: {why}" if why else f"{state} --> {to}"


def _mermaid(lines: Iterator[str]) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"```mermaid\nstateDiagram-v2\n{body}\n```\n"


if __name__ == "__main__":
    FLOWS.write_text(page(), encoding="utf-8")
