"""CPU time, not wall time: the machine may be busy with something else."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Spread(msgspec.Struct, frozen=True):
    """Milliseconds of CPU per item."""

    median: float
    p99: float
    count: int


def each(act: Callable[[T], object], items: Iterable[T], warm_up: int = 50) -> Spread:
    """The spread over distinct items, in this thread. An item that comes several times counts with its median: asked
    is which items cost much, not when the machine had something else to do."""
    times: dict[T, list[float]] = defaultdict(list)
    for position, item in enumerate(items):
        start = time.thread_time_ns()
        act(item)
        if position >= warm_up:
            times[item].append((time.thread_time_ns() - start) / 1e6)
    usual = sorted(map(statistics.median, times.values()))
    return Spread(statistics.median(usual), usual[int(len(usual) * 0.99)], len(usual))


def per_item(act: Callable[[], int], rounds: int = 5) -> float:
    """Milliseconds of CPU per item, all threads: the best of some rounds. `act` returns how many items it did."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time_ns()
        done = act()
        best = min(best, (time.process_time_ns() - start) / 1e6 / done)
    return best
