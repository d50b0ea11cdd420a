"""The composition root: builds every object from the configuration and joins them. Nothing else does."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.catalogues import catalogues_with
from bot.config import Config
from bot.demo_phone import DemoPhone
from bot.fresh import fresh
from bot.live import CONSOLE, Hub
from bot.master_key import read_master_key
from bot.messengers import enabled
from bot.offer import handle_offer
from bot.turn import Kit, handle_turn
from dialogs.facts import Fresh
from dialogs.replies import render
from dialogs.types import Inbound
from nlu.model import model_of
from store.crypto import Keyring
from store.database import Database
from store.said import Said

if TYPE_CHECKING:
    from bot.channels.hooks import Hook
    from bot.channels.telegram import TelegramChannel
    from bot.demo_crm import DemoCrm

PUSH = frozenset({"telegram"})
"""Channels that we deliver to, besides the messengers that are on; the others fetch."""


def database_file(config: Config) -> Path:
    """Where the SQLite file is."""
    return Path(config.store.url.removeprefix("sqlite:///"))


def utc_now() -> dt.datetime:
    """The time."""
    return dt.datetime.now(dt.UTC)


class App:
    """One TellOnce: configuration, policy, model, store. `demo_phone` and `demo_crm` are None outside the demo."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Callable[[], dt.datetime] = utc_now,
        make_fresh: Callable[[Inbound], Fresh] | None = None,
        hub: Hub | None = None,
        demo_phone: DemoPhone | None = None,
        demo_crm: DemoCrm | None = None,
    ) -> None:
        """Raises MasterKeyError. The database file is opened with the first act. `make_fresh` None: ids and codes come
        from the operating system's secure source."""
        self.config, self.clock = config, clock
        self.demo_phone, self.demo_crm = demo_phone, demo_crm
        self.policy = config.policy()
        self.hub = hub or Hub()
        self.woken: list[Callable[[], None]] = []
        self.telegram: TelegramChannel | None = None  # while it runs
        self.hooks: Mapping[str, Hook] = {}  # the messengers that deliver to us, by channel, while they run
        fields = tuple(name for name, field in self.policy.fields.items() if field.enabled)
        self.catalogues = catalogues_with(config.fields.sentences)
        model = model_of(fields, config.fields.to_learn())
        self.own_fields = model.custom
        self.kit = Kit(self.policy, model, make_fresh or self._fresh)
        self.database = Database(
            config.store.url,
            Keyring(read_master_key(config.keys.master_file)),
            partial(render, catalogues=self.catalogues),
            self.policy,
            push=PUSH.union(enabled(config.channels)),
            told=frozenset(webhook.name for webhook in config.channels.webhooks),
            changed=self.publish,
        )

    def _fresh(self, _: Inbound) -> Fresh:
        return fresh(self.policy.codes.digits)

    def publish(self, topics: Iterable[str]) -> None:
        """Something was committed: wake whoever shows these topics, and the workers."""
        self.hub.publish((*topics, CONSOLE))
        for wake in self.woken:
            wake()

    async def receive(self, inbound: Inbound) -> tuple[Said, ...]:
        """One turn. Raises ClaimConflict when the id is known with another body."""
        return await asyncio.wrap_future(
            self.database.submit(lambda uow: handle_turn(inbound, uow, self.kit, self.clock()))
        )

    async def offered(self, inbound: Inbound) -> tuple[Said, ...] | None:
        """One turn of a message that another bot answers unless it concerns us: then None. Raises ClaimConflict."""
        return await asyncio.wrap_future(
            self.database.submit(lambda uow: handle_offer(inbound, uow, self.kit, self.clock()))
        )

    def check(self) -> None:
        """Raises SchemaOutOfDateError when the database lacks a migration, WrongMasterKeyError for another's key."""
        self.database.check()

    def close(self) -> None:
        """Finish what waits in the store."""
        self.database.close()
