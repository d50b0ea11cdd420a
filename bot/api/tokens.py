"""Who calls: bearer tokens and their scopes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from bot.api.problems import Problem
from bot.limits import Kind
from bot.messengers import PATHS
from bot.reach import among, guard
from bot.routes import needing
from bot.served import origin_of, served
from bot.viewed import write_down
from dialogs.access import Permission, Person, allowed
from dialogs.offline import CHANNEL as OFFLINE
from dialogs.request import Role
from dialogs.types import Actor, ActorKind
from nlu.replaced import replaced
from store.staff import ACTIVATED, Scope, TokenHolder
from store.uow import UnitOfWork

OURS = frozenset({"webchat", "terminal", OFFLINE})
"""Channels whose chats only we name; what came in on paper is entered by staff alone."""
SERVED = OURS | {"telegram", *PATHS}
"""Channels that we may serve: a token must be pinned to one of them to speak for it."""


FOR_STAFF = {
    Scope.CUSTOMERS: Permission.LOOK_UP,
    Scope.REQUESTS: Permission.DECIDE,
    Scope.DECIDE: Permission.DECIDE,
    Scope.CONVERSATIONS: Permission.CONVERSE,
    Scope.AUDIT: Permission.AUDIT,
    Scope.ERASE: Permission.ERASE,
}
"""What a scope is worth in the hands of a member of staff: no more than their role. The other scopes are
an integrator's work; a person who does it becomes a maker."""


bearer = HTTPBearer(auto_error=False, description="From `tellonce staff token NAME --scope …`")


Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]


async def known(request: Request, credentials: Credentials) -> TokenHolder:
    """A dependency: whoever holds this token, activated or not. 401 without a good one, 429 for who asks too often."""
    app = served(request)
    if credentials is None:
        await app.limits.of_address(request)
        raise Problem(401, "no-token", "Send the header Authorization: Bearer TOKEN.")
    secret = credentials.credentials
    found: TokenHolder | None = await run_in_threadpool(app.database.read, lambda uow: uow.staff.token_of(secret))
    if found is None:
        await app.limits.of_address(request)
        raise Problem(401, "unknown-token", "This token is not known or no longer valid.")
    await app.limits.require(Kind.ACCOUNT, "token", found.id)
    return found


def holder_with(*scopes: Scope, permission: Permission | None = None) -> Callable[..., Awaitable[TokenHolder]]:
    """A dependency that gives the token's holder: 401 without a good token, 403 when none of the scopes is its own, or
    its person's role is not there for this (`permission`, else what the scope is worth).

    The scopes `decide` and `erase` of a token that its person has not activated are not there (rule 4), whoever asks.
    """

    async def holder(request: Request, found: Annotated[TokenHolder, Depends(known)]) -> TokenHolder:
        inactive = frozenset() if found.active else ACTIVATED
        if found.scopes.isdisjoint(scopes):
            raise lacks(*scopes)
        needed = permission or FOR_STAFF.get(scopes[0])
        if needed is not None and found.staff is not None:
            person = person_in(found)
            if not allowed(person, needed):
                raise Problem(403, "role", f"The role {found.role} of {found.staff} is not there for this.")
            route = request.scope["route"].path
            await run_in_threadpool(guard, served(request).database, person, needed, route, request.path_params)
        if (found.scopes - inactive).isdisjoint(scopes):
            raise Problem(
                403,
                "inactive-token",
                f"This token decides nothing until {found.staff} activates it: POST /api/v1/tokens/activate with this"
                ' very token and the body {"totp": "123456"}, the current code of their authenticator app; or in the'
                " console, under their name.",
            )
        if Scope.MESSAGES not in scopes:  # with that a channel fetches what is its customer's to read
            await write_down(request, actor_of(found, request))
        return replaced(found, scopes=found.scopes - inactive)

    return needing(" or ".join(scopes))(holder)


def person_in(holder: TokenHolder) -> Person:
    """The person a token belongs to, for questions about permissions."""
    if holder.staff is None or holder.role is None:
        raise Problem(403, "no-person", "This act needs a token that belongs to a member of staff.")
    return Person(holder.staff, Role(holder.role.value), holder.team)


def reached(uow: UnitOfWork, holder: TokenHolder, needed: Permission) -> Callable[[str | None], bool]:
    """For lists: whether a customer is among those of a token's person; an integrator's reaches all."""
    return (lambda customer: True) if holder.staff is None else among(uow, person_in(holder), needed)


def lacks(*scopes: Scope) -> Problem:
    """None of these scopes is the token's."""
    return Problem(403, "scope", f"This token lacks the scope {' or '.join(scope.value for scope in scopes)}.")


@needing("decide, not yet activated")
async def of_decider(found: Annotated[TokenHolder, Depends(known)]) -> TokenHolder:
    """A dependency: whoever holds a token that may decide, or will once it is activated."""
    if ACTIVATED.isdisjoint(found.scopes):
        raise lacks(*sorted(ACTIVATED))
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
