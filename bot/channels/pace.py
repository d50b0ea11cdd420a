"""Keeps the pace that a messenger asks for: so many messages a second in all and per chat, and what a refusal says."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable
from functools import partial

from store.database import Database
from store.jobs import Jobs


def paced(
    channel: str, database: Database, clock: Callable[[], dt.datetime], per_second: float, per_chat: float
) -> Pace:
    """The pace of a channel: of all processes together, where several work on one database. The gap within one chat is
    kept by each, since a chat's messages are sent one after the other wherever they are sent."""

    async def common(gap: float) -> float:
        now = clock()
        act = partial(Jobs.next_moment, name=f"pace:{channel}", now=now, gap=dt.timedelta(seconds=gap))
        at = await asyncio.wrap_future(database.submit(lambda uow: act(uow.jobs)))
        return (at - now).total_seconds()

    return Pace(per_second, per_chat, common=common if database.shared else None)


class Pace:
    """Reserves a moment for each message. A chat that must wait never makes another chat wait.

    A refusal delays its chat. Two chats refused at the same time mean that the whole bot is limited: then all wait, for
    the shorter of the two times.
    """

    def __init__(
        self,
        per_second: float = 30.0,
        per_chat: float = 1.0,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        common: Callable[[float], Awaitable[float]] | None = None,
    ) -> None:
        """`common` reserves the next moment among all processes and says how many seconds off it is; it is given the
        gap between two. None: there are no others."""
        self._common = common
        self._gap, self._chat_gap = 1 / per_second, 1 / per_chat
        self._now, self._sleep = now, sleep
        self._next = 0.0
        self._next_in: dict[str, float] = {}
        self._refused: dict[str, float] = {}

    async def turn(self, chat: str) -> None:
        """Return when a message may go to this chat."""
        now = self._now()
        self._forget(now)
        mine = max(now, self._next_in.get(chat, 0.0))
        if mine > now:  # the chat's own wait comes first, so that it holds no place in the queue of all
            self._next_in[chat] = mine + self._chat_gap
            await self._sleep(mine - now)
            now = self._now()
        at = max(now, self._next)
        self._next = at + self._gap
        self._next_in[chat] = max(self._next_in.get(chat, 0.0), at + self._chat_gap)
        wait = at - now
        if self._common is not None:
            wait = max(wait, await self._common(self._gap))
        if wait > 0:
            await self._sleep(wait)

    def refused(self, chat: str, seconds: float) -> None:
        """The messenger refused a message to this chat for now."""
        now = self._now()
        self._refused = {other: until for other, until in self._refused.items() if until > now}
        self._refused[chat] = now + seconds
        if len(self._refused) > 1:
            self._next = max(self._next, min(self._refused.values()))

    def hold(self) -> float:
        """For how many seconds nothing shall be sent at all."""
        wait = self._next - self._now()
        return wait if wait > 1.0 else 0.0

    def _forget(self, now: float) -> None:
        if len(self._next_in) > 10_000:
            self._next_in = {chat: at for chat, at in self._next_in.items() if at > now}
