"""What a process remembers of what it has opened: data keys, the state of conversations, what is shown of a record.

It counts only while the row holds the very same ciphertext: equal bytes, sealed for one place under one key, open to
equal values. So nothing here can be stale, whoever changed the row, and nothing here is needed: a process that has just
started opens the cell. A destroyed key is forgotten with what it sealed; another process that remembers it does not
use it, for every act looks at the stored key first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Remembered(Generic[K, T]):
    """Opened values by row, about the latest `limit`. Single dict operations only: threads share it without a lock."""

    def __init__(self, limit: int) -> None:
        self._kept: dict[K, tuple[bytes, T]] = {}
        self._limit = limit

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"  # never what is in it

    def get(self, row: K, sealed: bytes) -> T | None:
        """The opened value, if it was opened from what is stored now; else None."""
        kept = self._kept.get(row)
        return kept[1] if kept is not None and kept[0] == sealed else None

    def of(self, row: K, sealed: bytes, opened: Callable[[], T]) -> T:
        """The opened value: remembered, or opened now."""
        kept = self._kept.get(row)
        if kept is not None and kept[0] == sealed:
            return kept[1]
        value = opened()
        self.put(row, sealed, value)
        return value

    def put(self, row: K, sealed: bytes, value: T) -> None:
        """Remember what was opened, or just sealed."""
        if len(self._kept) >= self._limit:
            for oldest in tuple(self._kept)[: self._limit // 8 + 1]:  # many at once: looking for one costs as much
                self._kept.pop(oldest, None)
        self._kept[row] = sealed, value

    def forget(self, row: K) -> None:
        """What sealed it was destroyed."""
        self._kept.pop(row, None)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
