"""Takes what one delivery of a messenger brought: turn by turn, the messages of one chat in order."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Protocol

import structlog

from dialogs.types import Inbound
from store.conversations import ClaimConflict
from store.said import Said

log = structlog.get_logger(__name__)

LONGEST = 4096
"""Characters of a text that are read; on every channel the same, though messengers let people write more."""


class Receive(Protocol):
    """One turn: commits before it returns."""

    def __call__(self, inbound: Inbound, /) -> Awaitable[tuple[Said, ...]]: ...


async def take_all(receive: Receive, messages: Iterable[Inbound]) -> bool:
    """True when every message is dealt with. After a failure the later ones of the same chat wait, so that they come
    again in order; the claim recognises those that were dealt with."""
    failed: set[str] = set()
    for inbound in messages:
        if inbound.chat in failed:
            continue
        try:
            await receive(inbound)
        except ClaimConflict:
            log.warning("channel.claim_conflict", channel=inbound.channel)
        except Exception as accident:
            log.error("channel.turn_failed", channel=inbound.channel, error=type(accident).__name__)
            failed.add(inbound.chat)
    return not failed


def readable(text: str) -> str:
    """The text as it is read: bounded, and without halves of characters, which nobody can have typed."""
    return text[:LONGEST].encode("utf-8", "replace").decode()


def link_token_of(text: str) -> str | None:
    """The token of a deep link that opens a chat with a text ready to be sent: `/start TOKEN`."""
    command, _, token = text.strip().partition(" ")
    return token.strip() or None if command == "/start" else None
