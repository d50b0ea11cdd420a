"""What the store's tests are set up with."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from dialogs.policy import Policy
from dialogs.types import Actor, ActorKind, Message, Reply
from nlu.types import Language
from store.crypto import Keyring
from store.database import Database

NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
ACTOR = Actor(ActorKind.SYSTEM, "test")
MASTER = bytes(range(32))


def render(reply: Reply, language: Language) -> Message:
    """Says the sentence's id."""
    return Message(reply.id, f"{language}: {reply.id}")


def open_database(path: Path) -> Database:
    """The database in this file."""
    return Database(f"sqlite:///{path}", Keyring(MASTER), render, Policy())
