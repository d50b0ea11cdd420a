"""The composition root: builds every object from the configuration and joins them. Nothing else does."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa

from bot.catalogues import catalogues_with
from bot.config import Config
from bot.demo_phone import DemoPhone
from bot.fresh import fresh
from bot.limits import Limits
from bot.live import CONSOLE, Hub
from bot.master_key import master_keys
from bot.messengers import PATHS, enabled
from bot.meters import Ending, Meters
from bot.model_file import shipped_weights
from bot.offer import handle_offer
from bot.turn import Kit, handle_turn
from dialogs.facts import Fresh
from dialogs.replies import render
from dialogs.types import Inbound
from nlu.model import model_of
from nlu.replaced import replaced
from store.conversations import ClaimConflict
from store.crypto import Keyring
from store.database import SQLITE, open_database
from store.said import Said, delivery_kind
from store.uow import UnitOfWork

if TYPE_CHECKING:
    from bot.channels.hooks import Hook
    from bot.channels.telegram import TelegramChannel
    from bot.demo_crm import DemoCrm
    from bot.oidc import Provider
    from bot.tracing import Tracing

T = TypeVar("T")

PUSH = frozenset({"telegram"})
"""Channels that we deliver to, besides the messengers that are on; the others fetch."""


CHANNELS = frozenset({"telegram", "webchat", "terminal", "api", *PATHS})
"""Those that are counted by name; an integrator's own channels are counted together."""

KINDS = frozenset({"notice", "sync", "webhook", "timer", "check_in", *map(delivery_kind, (*PUSH, *PATHS))})
"""Every kind of job."""


def database_file(config: Config) -> Path | None:
    """Where the SQLite file is; None on PostgreSQL."""
    return Path(config.store.url.removeprefix(SQLITE)) if config.store.url.startswith(SQLITE) else None


def database_name(config: Config) -> str:
    """The database as a message names it: never with a password."""
    file = database_file(config)
    return str(file) if file is not None else sa.make_url(config.store.url).render_as_string(hide_password=True)


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
        model = model_of(fields, config.fields.to_learn(), shipped_weights())
        self.own_fields = model.custom
        self.meters = Meters(fields, CHANNELS, KINDS)
        self.tracing: Tracing | None = None  # while it is on and we are at work
        self.kit = Kit(self.policy, model, make_fresh or self._fresh, self.meters.turn)
        self.keyring = Keyring(master_keys(config.keys).known)
        self.database = open_database(
            config.store.url,
            self.keyring,
            partial(render, catalogues=self.catalogues),
            self.policy,
            push=PUSH.union(enabled(config.channels)),
            told=frozenset(webhook.name for webhook in config.channels.webhooks),
            changed=self.publish,
        )
        self.limits = Limits(self.database, clock, config.limits)

    @cached_property
    def oidc(self) -> Provider | None:
        """The identity provider of staff, None while there is none. Raises OidcMissingError."""
        settings = self.config.staff.oidc
        if settings.issuer is None:
            return None
        from bot.oidc import Provider

        return Provider(settings, self.config.web.public_url)

    def _fresh(self, _: Inbound) -> Fresh:
        return fresh(self.policy.codes.digits)

    def publish(self, topics: Iterable[str]) -> None:
        """Something was committed: wake whoever shows these topics, and the workers."""
        self.hub.publish((*topics, CONSOLE))
        for wake in self.woken:
            wake()

    async def receive(self, inbound: Inbound) -> tuple[Said, ...]:
        """One turn. Raises ClaimConflict when the id is known with another body."""
        return await self._turn(inbound, lambda uow: handle_turn(inbound, uow, self.kit, self.clock()))

    async def offered(self, inbound: Inbound) -> tuple[Said, ...] | None:
        """One turn of a message that another bot answers unless it concerns us: then None. Raises ClaimConflict."""
        return await self._turn(inbound, lambda uow: handle_offer(inbound, uow, self.kit, self.clock()))

    def trace(self, tracing: Tracing | None) -> None:
        """From now on make spans of turns; None: no more."""
        self.tracing = tracing
        self.kit = replaced(self.kit, watch=self.meters.turn if tracing is None else tracing.watch)

    async def _turn(self, inbound: Inbound, act: Callable[[UnitOfWork], T]) -> T:
        """Run it, and count how long whoever wrote waited until it was durable."""
        began, ending = perf_counter(), Ending.FAILED
        turn = None
        if self.tracing is not None:
            turn = self.tracing.turn(inbound.channel)
            act = turn.of(act)
        try:
            said = await asyncio.wrap_future(self.database.submit(act))
            ending = Ending.LEFT if said is None else Ending.ANSWERED
        except ClaimConflict:
            ending = Ending.CONFLICT
            raise
        finally:
            self.meters.turns.add(perf_counter() - began)
            self.meters.endings.add(inbound.channel, ending)
            if turn is not None:
                turn.ended(ending)
        return said

    def check(self) -> None:
        """Raises SchemaOutOfDateError when the database lacks a migration, WrongMasterKeyError for another's key."""
        self.database.check()

    def close(self) -> None:
        """Finish what waits in the store."""
        self.database.close()
