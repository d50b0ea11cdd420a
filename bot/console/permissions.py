"""Who may do what in the console. Every route names its permission; nothing else decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from bot.signin import SignedIn, staff_of
from dialogs.request import Role


class Permission(StrEnum):
    """What a route needs. The value is also the section of the console that it opens."""

    DECIDE = "requests"  # see change requests, decide on them
    CONVERSE = "conversations"  # read conversations, take them over, write
    LOOK_UP = "customers"  # find customers, masked; reveal a value with a reason
    AUDIT = "audit"  # read the trace
    PROTECT = "freezes"  # look at frozen records, release them
    STAFF = "staff"  # lost phones, waiting and sessions of colleagues


GRANTED: Mapping[Role, tuple[Permission, ...]] = MappingProxyType(
    {
        Role.AGENT: (Permission.CONVERSE, Permission.LOOK_UP),
        Role.REVIEWER: (Permission.DECIDE, Permission.CONVERSE, Permission.LOOK_UP),
        Role.SUPERVISOR: (
            Permission.DECIDE,
            Permission.CONVERSE,
            Permission.LOOK_UP,
            Permission.PROTECT,
            Permission.AUDIT,
        ),
        Role.OPERATIONS: (Permission.LOOK_UP,),
        Role.SECURITY_OFFICER: (Permission.AUDIT, Permission.PROTECT, Permission.STAFF),
    }
)
"""What each role may do, in the order of the navigation; the first is where they begin."""


def granted(staff: SignedIn) -> tuple[Permission, ...]:
    """What this person may do; nothing for a role that is not known."""
    return GRANTED.get(Role(staff.role), ()) if staff.role in tuple(Role) else ()


def may(permission: Permission) -> Callable[[Request], Awaitable[SignedIn]]:
    """A dependency: who is signed in, if they may do this. Raises NeedsSignIn, ForgedForm, or a 403."""

    async def permitted(request: Request) -> SignedIn:
        staff = await staff_of(request)
        if permission not in granted(staff):
            raise HTTPException(403)
        return staff

    return permitted


Anybody = Annotated[SignedIn, Depends(staff_of)]
Decider = Annotated[SignedIn, Depends(may(Permission.DECIDE))]
Agent = Annotated[SignedIn, Depends(may(Permission.CONVERSE))]
Finder = Annotated[SignedIn, Depends(may(Permission.LOOK_UP))]
Guardian = Annotated[SignedIn, Depends(may(Permission.PROTECT))]
Auditor = Annotated[SignedIn, Depends(may(Permission.AUDIT))]
Officer = Annotated[SignedIn, Depends(may(Permission.STAFF))]
