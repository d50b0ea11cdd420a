"""The console's addresses, gathered from its subjects (bot.backoffice mounts them)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from bot.console import (
    archiving,
    audit,
    conversation,
    customers,
    inbox,
    jobs,
    live,
    me,
    protection,
    requests,
    review,
    second_factor,
    staff,
    vouching,
)
from bot.console.permissions import Anybody
from bot.console.screen import go_to
from bot.served import Served
from dialogs.access import sections


def router(app: Served) -> APIRouter:
    """Every page and form of the console."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/console")
    async def begin(request: Request, person: Anybody) -> Response:
        """Where this person's work is."""
        return go_to(f"/console/{sections(person.person)[0]}")

    for subject in (
        requests,
        review,
        inbox,
        conversation,
        customers,
        jobs,
        audit,
        live,
        me,
        second_factor,
        staff,
        vouching,
        protection,
        archiving,
    ):
        routes.include_router(subject.router(app))
    return routes
