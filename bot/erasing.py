"""Erases a customer: onto the list outside the database first, then in it, then out of the database's own files."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.backups.erasures import ErasureList

if TYPE_CHECKING:
    from bot.config import Config
    from dialogs.types import Actor
    from store.crypto import Keyring
    from store.database import Database
    from store.uow import UnitOfWork

TRIES = 5
PAUSE = 0.2


def list_of(config: Config, keys: Keyring) -> ErasureList:
    """The list of this installation."""
    return ErasureList(config.backups.erasures, keys)


def nothing(uow: UnitOfWork) -> None:
    """Nothing comes first."""


def erase(
    database: Database,
    erasures: ErasureList,
    customer: str,
    actor: Actor,
    now: dt.datetime,
    first: Callable[[UnitOfWork], None] = nothing,
) -> bool:
    """Erase a customer, by id. Raises HeldError, ErasedAlreadyError, ErasureListError. False: done, but a reader kept
    the database from overwriting its log just now; the next erasure or restart does. `first` is done in the same
    transaction; when it raises, nothing is erased.

    The list comes first: were the machine to die in between, a restore would erase somebody whose erasure was ordered;
    the other way round it would bring back somebody who was erased.
    """

    def act(uow: UnitOfWork) -> None:
        first(uow)
        uow.erasures.erase(customer, actor, now)

    database.read(lambda uow: uow.erasures.look(customer))
    erasures.add(customer, now)
    try:
        database.write(act)
    except Exception:
        erasures.add(customer, now, void=True)
        raise
    for n in range(TRIES):
        if database.scrub():
            return True
        time.sleep(PAUSE * n)
    return False
