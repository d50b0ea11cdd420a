"""Where a turn's time goes: its calls, timed one by one on the thread that makes them. What a call of another part
takes within counts there."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from bot import turn
from store import commit
from store.conversations import ConversationStore
from store.uow import UnitOfWork

WORDS = "put into words"
CALLS: tuple[tuple[object, str, str], ...] = (
    (ConversationStore, "earlier", "claimed before? load"),
    (ConversationStore, "load", "claimed before? load"),
    (turn, "understand", "understand"),
    (UnitOfWork, "facts", "facts"),
    (turn, "decide", "decide"),
    (UnitOfWork, "commit", "apply, write, seal, trace, claim"),
    (commit, "_line", WORDS),
)
THINKING = ("understand", "decide", WORDS)
"""What is not the store's."""


@contextmanager
def timed() -> Iterator[Mapping[str, int]]:
    """Nanoseconds of CPU by part, growing while the block runs."""
    spent: dict[str, int] = defaultdict(int)
    with ExitStack() as stack:
        for owner, name, part in CALLS:
            stack.enter_context(patch.object(owner, name, _timing(getattr(owner, name), part, spent)))
        yield spent


def _timing(call: Callable[..., Any], part: str, spent: dict[str, int]) -> Callable[..., Any]:
    def timing(*args: Any, **named: Any) -> Any:
        counted = sum(spent.values())
        start = time.thread_time_ns()
        try:
            return call(*args, **named)
        finally:
            within = sum(spent.values()) - counted
            spent[part] += time.thread_time_ns() - start - within

    return timing
