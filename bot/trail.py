"""What is done to the trail in the background: order, sign, trim. Never in a turn."""

from __future__ import annotations

import datetime as dt

from bot.worker import Chore
from store.uow import UnitOfWork

ORDERING = 1.0
SIGNING = 60.0
TRIMMING = 3600.0
"""Seconds between two looks."""


def order(uow: UnitOfWork, /, now: dt.datetime) -> bool:
    """Give entries that have none their place in the log; a slice at a time, so that turns pass between."""
    return uow.log.order(now)


def sign(uow: UnitOfWork, /, now: dt.datetime) -> bool:
    """Sign a checkpoint if the log has grown."""
    uow.checkpoints.sign(now)
    return False


def chores(keep: dt.timedelta) -> tuple[Chore, ...]:
    """What every worker does; `keep` is how long entries say what they say."""

    def trim(uow: UnitOfWork, /, now: dt.datetime) -> bool:
        return uow.trims.trim(now, keep)

    return (
        Chore("audit_order", ORDERING, order),
        Chore("audit_sign", SIGNING, sign),
        Chore("audit_trim", TRIMMING, trim),
    )
