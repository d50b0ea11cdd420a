"""What each page and form of the console asks for: a dependency that says so, and asks dialogs.access."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from bot.reach import guard
from bot.routes import needing
from bot.served import served
from bot.signin import SignedIn, staff_of
from bot.viewed import write_down
from dialogs.access import Permission, allowed
from dialogs.types import Actor, ActorKind


def may(permission: Permission) -> Callable[[Request], Awaitable[SignedIn]]:
    """A dependency: who is signed in, if they may do this; that they look is in the trace. Raises NeedsSignIn,
    ForgedForm, NotYours, UntracedError, or a 403."""

    async def permitted(request: Request) -> SignedIn:
        staff = await staff_of(request)
        if not allowed(staff.person, permission):
            raise HTTPException(403)
        route = request.scope["route"].path
        await run_in_threadpool(guard, served(request).database, staff.person, permission, route, request.path_params)
        await write_down(request, Actor(ActorKind.STAFF, staff.name, staff.origin), staff.session.id)
        return staff

    return needing(permission.value)(permitted)


Anybody = Annotated[SignedIn, Depends(staff_of)]
Decider = Annotated[SignedIn, Depends(may(Permission.DECIDE))]
Agent = Annotated[SignedIn, Depends(may(Permission.CONVERSE))]
Finder = Annotated[SignedIn, Depends(may(Permission.LOOK_UP))]
Revealer = Annotated[SignedIn, Depends(may(Permission.REVEAL))]
Operator = Annotated[SignedIn, Depends(may(Permission.JOBS))]
Guardian = Annotated[SignedIn, Depends(may(Permission.PROTECT))]
Keeper = Annotated[SignedIn, Depends(may(Permission.ERASE))]
Auditor = Annotated[SignedIn, Depends(may(Permission.AUDIT))]
Officer = Annotated[SignedIn, Depends(may(Permission.STAFF))]
