"""One conversation: what was said, the pending draft, and a person who takes over, writes, notes and hands back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from fastapi import APIRouter, Form, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot import desk
from bot.console.draft import DraftShown, draft_of
from bot.console.lines import Line, lines_of
from bot.console.permissions import Agent
from bot.console.screen import actor_of, go_to, is_live, show, words
from bot.console.vouching import PLACES, ToVouch, fields_of, to_vouch
from bot.live import CONSOLE
from bot.pages import language_of
from bot.served import Served
from bot.signin import SignedIn
from dialogs.effects import Decision
from dialogs.types import Conversation
from nlu.types import Language
from store.conversations import NoteLine, UnknownConversation
from store.uow import UnitOfWork

TEXT_LENGTH = 4096
Id = Annotated[str, Path(max_length=64)]
Words = Annotated[str, Form()]
Act = Callable[[UnitOfWork], Decision]


class Talk(msgspec.Struct, frozen=True):
    """All that the page shows of one conversation. `customer_no` is "" until the chat is linked."""

    conversation: Conversation
    customer_no: str
    draft: DraftShown | None
    requests: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[NoteLine, ...]
    last: int
    vouch: ToVouch | None
    fields: tuple[str, ...]
    frozen: bool


def talk_of(app: Served, uow: UnitOfWork, id: str, language: Language) -> Talk:
    """Gather the page. Raises UnknownConversation."""
    conversation = uow.conversations.by_id(id)
    said = uow.conversations.last_messages(id)
    customer = conversation.customer
    return Talk(
        conversation=conversation,
        customer_no="" if customer is None else uow.customers.by_id(customer).no,
        draft=draft_of(conversation, app.policy, language),
        requests=() if customer is None else tuple(one.number for one in uow.requests.open_of(customer)),
        lines=lines_of(said, conversation.language),
        notes=tuple(uow.conversations.notes(id)),
        last=said[-1].seq if said else 0,
        vouch=to_vouch(app, uow, conversation),
        fields=fields_of(app),
        frozen=customer is not None and uow.protection.is_frozen(customer),
    )


def opened(app: Served, uow: UnitOfWork, id: str, staff: SignedIn, language: Language) -> Talk:
    """The page, and in the trace that this person read it."""
    talk = talk_of(app, uow, id, language)
    subject, customer = f"conversation:{id}", talk.conversation.customer
    uow.audit.append("conversation.opened", subject, actor_of(staff), app.clock(), customer=customer)
    return talk


def router(app: Served) -> APIRouter:
    """The page, the part of it that follows the conversation's state, and the four things a person does."""
    routes = APIRouter()

    def screen(
        request: Request, staff: SignedIn, id: str, *, trouble: str = "", status: int = 200, written: str = ""
    ) -> Response:
        language = Language(language_of(request, staff.language))
        try:
            talk = app.database.write(lambda uow: opened(app, uow, id, staff, language))
        except UnknownConversation:
            raise HTTPException(404) from None
        values = {
            "talk": talk,
            "one": talk.conversation,
            "trouble": trouble,
            "written": written,
            "limit": TEXT_LENGTH,
            "places": PLACES,
        }
        path = f"/console/conversations/{id}"
        return show(
            app, request, staff, "console/conversation.html", values, section="conversations", status=status, path=path
        )

    def done(request: Request, staff: SignedIn, id: str, act: Act, written: str = "") -> Response:
        """Do it, then show the conversation; a refusal says why and keeps what was written."""
        try:
            refused = app.database.write(act).refused
        except UnknownConversation:
            raise HTTPException(404) from None
        if refused is not None:
            trouble = words(request, staff, f"console-refusal-{refused}")
            return screen(request, staff, id, trouble=trouble, status=409, written=written)
        app.hub.publish((id, CONSOLE))
        return Response(status_code=204) if is_live(request) else go_to(f"/console/conversations/{id}#end")

    def no_words(request: Request, staff: SignedIn, id: str, text: str) -> Response | None:
        """What is wrong with an empty or endless text; None when nothing is."""
        if text.strip() and len(text) <= TEXT_LENGTH:
            return None
        name = "console-too-long" if text.strip() else "console-no-words"
        trouble = words(request, staff, name, limit=TEXT_LENGTH)
        return screen(request, staff, id, trouble=trouble, status=422, written=text)

    @routes.get("/console/conversations/{id}")
    def one(request: Request, id: Id, staff: Agent) -> Response:
        """The conversation."""
        return screen(request, staff, id)

    @routes.get("/console/conversations/{id}/state")
    def state(request: Request, id: Id, staff: Agent) -> Response:
        """Who speaks, what is pending: the part beside the messages, asked for again when it changed."""
        language = Language(language_of(request, staff.language))
        try:
            talk = app.database.read(lambda uow: talk_of(app, uow, id, language))
        except UnknownConversation:
            raise HTTPException(404) from None
        values = {"talk": talk, "one": talk.conversation, "written": "", "limit": TEXT_LENGTH, "places": PLACES}
        return show(app, request, staff, "console/_talk_state.html", values)

    @routes.post("/console/conversations/{id}/takeover")
    def take_over(request: Request, id: Id, staff: Agent) -> Response:
        """Speak instead of the assistant."""
        now = app.clock()
        return done(request, staff, id, lambda uow: desk.take_over(uow, id, staff.name, now, staff.origin))

    @routes.post("/console/conversations/{id}/handback")
    def hand_back(request: Request, id: Id, staff: Agent) -> Response:
        """The assistant goes on where it was."""
        now = app.clock()
        return done(request, staff, id, lambda uow: desk.hand_back(uow, id, staff.name, now, staff.origin))

    @routes.post("/console/conversations/{id}/messages")
    def write(request: Request, id: Id, staff: Agent, text: Words = "") -> Response:
        """Words to the customer."""
        now = app.clock()
        return no_words(request, staff, id, text) or done(
            request, staff, id, lambda uow: desk.write(uow, id, staff.name, text.strip(), now, staff.origin), text
        )

    @routes.post("/console/conversations/{id}/notes")
    def note(request: Request, id: Id, staff: Agent, text: Words = "") -> Response:
        """A remark for colleagues."""
        now = app.clock()
        return no_words(request, staff, id, text) or done(
            request, staff, id, lambda uow: desk.note(uow, id, staff.name, text.strip(), now, staff.origin)
        )

    return routes
