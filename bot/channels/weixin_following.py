"""Who follows an account and who no longer does: check-ins go by another channel then."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from functools import partial

import structlog

from bot.channels.taken import Receive, take_all
from bot.channels.weixin_inbound import Came, Delivered, Left
from dialogs.effects import Allow, Decision, Effect, Suppress
from dialogs.types import Actor, ActorKind
from store.database import Database
from store.uow import UnitOfWork

log = structlog.get_logger(__name__)


class Following:
    """Takes what one channel was delivered."""

    def __init__(self, channel: str, receive: Receive, database: Database, clock: Callable[[], dt.datetime]) -> None:
        self._channel, self._receive, self._database, self._clock = channel, receive, database, clock
        self._actor = Actor(ActorKind.SYSTEM, "following", channel)

    async def take(self, delivered: Delivered | None) -> bool:
        """True when it is dealt with."""
        match delivered:
            case None:
                return True
            case Left(chat):
                return await self._note(chat, there=False)
            case Came(inbound):
                return await take_all(self._receive, (inbound,)) and await self._note(inbound.chat, there=True)
            case _:
                return await take_all(self._receive, (delivered,))

    async def _note(self, chat: str, *, there: bool) -> bool:
        try:
            await asyncio.wrap_future(self._database.submit(partial(self._write, chat=chat, there=there)))
        except Exception as accident:
            log.error("weixin.following_failed", channel=self._channel, error=type(accident).__name__)
            return False
        return True

    def _write(self, uow: UnitOfWork, chat: str, there: bool) -> None:
        found = uow.conversations.find(self._channel, chat)
        if found is None or found.customer is None:
            return
        if uow.check_ins.suppressed(found.customer, self._channel) is not there:
            return  # known already
        effect: Effect = Allow(found.customer, self._channel) if there else Suppress(found.customer, self._channel)
        uow.commit(Decision(effects=(effect,)), self._actor, self._clock())
