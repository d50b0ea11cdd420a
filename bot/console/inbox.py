"""The inbox: conversations that need a person first, longest waiting on top; then those a person is in; the rest."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from bot.console.permissions import Agent
from bot.console.screen import show
from bot.reach import among
from bot.served import Served
from dialogs.access import Permission, Person
from store.conversations import ConversationLine
from store.uow import UnitOfWork

AT_ONCE = 100


class Inbox(msgspec.Struct, frozen=True):
    """Conversations by who should speak next."""

    waiting: tuple[ConversationLine, ...]
    attended: tuple[ConversationLine, ...]
    others: tuple[ConversationLine, ...]


def inbox_of(uow: UnitOfWork, person: Person) -> Inbox:
    """The three parts of the inbox, of this person's customers and of nobody's."""
    theirs = among(uow, person, Permission.CONVERSE)
    rest = [line for line in uow.conversations.recent(AT_ONCE) if theirs(line.customer)]
    flagged = [line for line in uow.conversations.page(True, limit=AT_ONCE) if theirs(line.customer)]
    return Inbox(
        waiting=tuple(line for line in flagged if line.owner is None),
        attended=tuple(line for line in (*flagged, *rest) if line.owner is not None),
        others=tuple(line for line in rest if line.owner is None),
    )


def router(app: Served) -> APIRouter:
    """The list."""
    routes = APIRouter()

    @routes.get("/console/conversations")
    def conversations(request: Request, staff: Agent) -> Response:
        """Every conversation, nothing of what was said."""
        values = {"inbox": app.database.read(lambda uow: inbox_of(uow, staff.person))}
        return show(app, request, staff, "console/conversations.html", values, section="conversations")

    return routes
