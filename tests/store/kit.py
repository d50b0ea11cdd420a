"""What the store's tests are set up with."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from dialogs.policy import Policy
from dialogs.types import Actor, ActorKind, Message, Reply
from nlu.types import Language
from store.crypto import Keyring
from store.database import Database
from store.database import open_database as open_url
from store.masters import LocalMaster

NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
ACTOR = Actor(ActorKind.SYSTEM, "test")
MASTER = bytes(range(32))


def keyring(*masters: bytes) -> Keyring:
    """A keyring that knows these master keys; the first is in use."""
    known = [LocalMaster(master) for master in masters]
    return Keyring(lambda: known)


def render(reply: Reply, language: Language) -> Message:
    """Says the sentence's id."""
    return Message(reply.id, f"{language}: {reply.id}")


def open_database(place: Path | str) -> Database:
    """The database in this file, or at this URL."""
    return open_url(place if isinstance(place, str) else f"sqlite:///{place}", keyring(MASTER), render, Policy())
