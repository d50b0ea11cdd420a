"""Counts failed sign-ins: who fails often waits. The count is taken before the password is looked at."""

from __future__ import annotations

import datetime as dt
from collections import deque
from threading import Lock

WINDOW = dt.timedelta(minutes=15)
LIMITS = {"both": 5, "name": 20, "origin": 50}
ROOM = 10_000  # keys remembered at most


class Lockout:
    """Attempts within the window, per name and origin together, per name and per origin.

    A stranger who fails on purpose locks the pair (name, their address) first, so colleagues elsewhere still get in.
    """

    def __init__(self) -> None:
        self._attempts: dict[tuple[str, str], deque[dt.datetime]] = {}
        self._lock = Lock()

    def attempt(self, name: str, origin: str, now: dt.datetime) -> bool:
        """Count one attempt. False: too many, the password must not be looked at."""
        with self._lock:
            keys = self._keys(name, origin)
            allowed = all(self._recent(key, now) < limit for key, limit in zip(keys, LIMITS.values(), strict=True))
            for key in keys if allowed else ():  # a refused attempt takes no room: it must not push out older ones
                self._room(now)
                self._attempts.setdefault(key, deque()).append(now)
            return allowed

    def forgive(self, name: str, origin: str) -> None:
        """The sign-in worked: this person's count starts anew."""
        with self._lock:
            for key in self._keys(name, origin)[:2]:
                self._attempts.pop(key, None)

    def _keys(self, name: str, origin: str) -> tuple[tuple[str, str], ...]:
        folded = name.casefold()
        return (folded, origin), (folded, ""), ("", origin)

    def _recent(self, key: tuple[str, str], now: dt.datetime) -> int:
        """How many of the attempts still count."""
        seen = self._attempts.get(key)
        while seen and seen[0] <= now - WINDOW:
            seen.popleft()
        return len(seen or ())

    def _room(self, now: dt.datetime) -> None:
        """Forget what no longer counts, and the oldest only when everything does."""
        if len(self._attempts) < ROOM:
            return
        live = {key: seen for key, seen in self._attempts.items() if seen and seen[-1] > now - WINDOW}
        self._attempts = live
        if len(live) >= ROOM:
            self._attempts.pop(next(iter(live)))
