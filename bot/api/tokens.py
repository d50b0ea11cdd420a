"""Who calls: bearer tokens and their scopes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from bot.api.problems import Problem
from bot.messengers import PATHS
from bot.served import origin_of, served
from dialogs.offline import CHANNEL as OFFLINE
from dialogs.types import Actor, ActorKind
from store.staff import Scope, TokenHolder

OURS = frozenset({"webchat", "terminal", OFFLINE})
"""Channels whose chats only we name; what came in on paper is entered by staff alone."""
SERVED = OURS | {"telegram", *PATHS}
"""Channels that we may serve: a token must be pinned to one of them to speak for it."""


bearer = HTTPBearer(auto_error=False, description="From `tellonce staff token NAME --scope …`")


Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]


async def known(request: Request, credentials: Credentials) -> TokenHolder:
    """A dependency: whoever holds this token, activated or not. 401 without a good one."""
    if credentials is None:
        raise Problem(401, "no-token", "Send the header Authorization: Bearer TOKEN.")
    secret = credentials.credentials
    found: TokenHolder | None = await run_in_threadpool(
        served(request).database.read, lambda uow: uow.staff.token_of(secret)
    )
    if found is None:
        raise Problem(401, "unknown-token", "This token is not known or no longer valid.")
    return found


def holder_with(*scopes: Scope) -> Callable[..., Awaitable[TokenHolder]]:
    """A dependency that gives the token's holder: 401 without a good token, 403 when none of the scopes is its own.

    The scope `decide` of a token that its person has not activated is not there (rule 4), whoever asks for it.
    """

    async def holder(found: Annotated[TokenHolder, Depends(known)]) -> TokenHolder:
        inactive = frozenset() if found.active else frozenset({Scope.DECIDE})
        if found.scopes.isdisjoint(scopes):
            raise lacks(*scopes)
        if (found.scopes - inactive).isdisjoint(scopes):
            raise Problem(
                403,
                "inactive-token",
                f"This token decides nothing until {found.staff} activates it: POST /api/v1/tokens/activate with this"
                ' very token and the body {"totp": "123456"}, the current code of their authenticator app; or in the'
                " console, under their name.",
            )
        return replace(found, scopes=found.scopes - inactive)

    return holder


def lacks(*scopes: Scope) -> Problem:
    """None of these scopes is the token's."""
    return Problem(403, "scope", f"This token lacks the scope {' or '.join(scope.value for scope in scopes)}.")


async def of_decider(found: Annotated[TokenHolder, Depends(known)]) -> TokenHolder:
    """A dependency: whoever holds a token that may decide, or will once it is activated."""
    if Scope.DECIDE not in found.scopes:
        raise lacks(Scope.DECIDE)
    return found


def speaks_for(holder: TokenHolder, channel: str) -> None:
    """A pinned token speaks for its own channel only; any other for every channel that is neither served by us nor the
    own one of another token."""
    if holder.channel is not None and channel != holder.channel:
        raise Problem(403, "channel", f"This token speaks for the channel {holder.channel} only.")
    if channel in OURS or (holder.channel is None and channel in SERVED | holder.elsewhere):
        raise Problem(403, "channel", f"This token may not speak for the channel {channel}.")


def actor_of(holder: TokenHolder, request: Request) -> Actor:
    """Who acts through this token: its person, or the integrator's system."""
    if holder.staff is not None:
        return Actor(ActorKind.STAFF, holder.staff, origin_of(request))
    return Actor(ActorKind.SYSTEM, f"token:{holder.name}", origin_of(request))


def person_of(holder: TokenHolder) -> str:
    """The name of the person this token belongs to; acting as staff needs one."""
    if holder.staff is None:
        raise Problem(403, "no-person", "This act needs a token that belongs to a member of staff.")
    return holder.staff
