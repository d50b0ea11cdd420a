"""A progress bar on standard error, when a person is watching."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def counter(noun: str) -> Iterator[Callable[[int], None]]:
    """A function that is told how many there are by now."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn(noun), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(noun, total=None)
        yield lambda done: progress.update(task, completed=done)


def bar(things: Iterable[T], noun: str, total: int | None = None) -> Iterator[T]:
    """The same things, counted on the way. `total` None: only the count is shown."""
    if not sys.stderr.isatty():
        yield from things
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(noun), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(noun, total=total)
        for thing in things:
            yield thing
            progress.advance(task)


@contextmanager
def byte_bar(noun: str, total: int) -> Iterator[Callable[[int], None]]:
    """A function that is told how many more bytes were read, out of `total`."""
    if not sys.stderr.isatty():
        yield lambda more: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn(noun), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(noun, total=total)
        yield lambda more: progress.advance(task, more)


@contextmanager
def parts(nouns: Mapping[str, str]) -> Iterator[Callable[[str, int, int | None], None]]:
    """A function that is told how far which part of a work is: its name, how many are done, out of how many."""
    if not sys.stderr.isatty():
        yield lambda part, done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        tasks = {part: progress.add_task(noun, total=None) for part, noun in nouns.items()}
        yield lambda part, done, total: progress.update(tasks[part], completed=done, total=total)
