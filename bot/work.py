"""Every kind of job with its handler, joined into the worker of this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from bot import trail
from bot.app import App
from bot.archiving import Archiving
from bot.checkins import CheckIns
from bot.codes import Codes, DemoSender, expired, senders
from bot.sync import Sync, Target
from bot.timers import Timers
from bot.webhooks import Webhooks
from bot.worker import Chore, Worker
from store.allowances import forget_allowances
from store.answers import expire_answers
from store.said import delivery_kind

if TYPE_CHECKING:
    from bot.channels.telegram import TelegramChannel
    from bot.messengers import Running

EXPIRING = 30.0
FORGETTING = 3600.0
"""Seconds between two looks for notices whose time is over."""


class AtWork(msgspec.Struct, frozen=True):
    """The worker, and what must be closed after it has stopped."""

    worker: Worker
    sync: Sync
    webhooks: Webhooks

    async def close(self) -> None:
        """Close the connections to targets and integrators."""
        await self.sync.close()
        await self.webhooks.close()


def make_work(
    app: App, telegram: TelegramChannel | None, name: str, messengers: Mapping[str, Running] | None = None
) -> AtWork:
    """The worker of this process. `telegram` None: no `deliver` jobs are taken here; nor those of a messenger that does
    not run."""
    config, policy, clock = app.config, app.policy, app.clock
    demo = None if app.demo_phone is None else DemoSender(app.demo_phone, clock)
    ways = {
        "phone": senders(config.notify.phone, policy.company, demo),
        "email": senders(config.notify.email, policy.company, demo),
    }
    targets = [Target(t.name, t.url, t.secret or "", t.read_url) for t in config.targets]
    sync = Sync(app.database, targets, policy, clock, source=config.web.public_url)
    hooks = [Target(hook.name, hook.url, hook.secret or "") for hook in config.channels.webhooks]
    webhooks = Webhooks(app.database, hooks, clock, source=config.web.public_url)
    check_ins = CheckIns(policy, clock)
    works = {
        "notice": Codes(app.database, ways, clock).work(),
        "sync": sync.work(),
        "webhook": webhooks.work(),
        "timer": Timers(policy, clock, check_ins).work(),
        "check_in": check_ins.work(),
    }
    if telegram is not None:
        works["deliver"] = telegram.work()
    works |= {delivery_kind(channel): running.work() for channel, running in (messengers or {}).items()}
    chores = (
        check_ins.chore(),
        Archiving(policy).chore(),
        Chore("notices", EXPIRING, expired),
        Chore("answers", FORGETTING, expire_answers),
        Chore("allowances", FORGETTING, forget_allowances),
        *trail.chores(config.audit.keep),
    )
    counted = app.tracing or app.meters
    worker = Worker(app.database, works, clock, name=name, chores=chores, changed=app.publish, counted=counted)
    return AtWork(worker, sync, webhooks)
