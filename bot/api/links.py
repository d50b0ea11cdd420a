"""Chats and customers: deep-link tokens, and links that an integrator asserts."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from bot.api.messages import Channel
from bot.api.once import IdempotencyKey, call_of, write_once
from bot.api.problems import Problem, documented
from bot.api.shapes import Ident, In
from bot.api.tokens import actor_of, holder_with, speaks_for
from bot.served import Served
from dialogs.effects import Decision
from dialogs.linking import asserted, made
from store.customers import Customer
from store.staff import Scope, TokenHolder
from store.uow import UnitOfWork

Holder = Annotated[TokenHolder, Depends(holder_with(Scope.LINKS))]


class LinkIn(In):
    """This chat is this customer's: the integrator's assertion."""

    channel: Channel
    chat: Ident
    customer: Ident


class LinkOut(BaseModel):
    """The link as it stands."""

    conversation: str
    customer: str


class LinkTokenIn(In):
    """For whom the deep link is."""

    customer: Ident


class LinkTokenOut(BaseModel):
    """A single-use token. Put `web` behind a button in your app or site; `token` fits any other channel's deep link."""

    token: str
    web: str
    expires_at: dt.datetime


def living(uow: UnitOfWork, no: str) -> Customer:
    """The customer with this number who was not erased, or a problem."""
    found = customer_by_no(uow, no)
    if found.status == "erased":
        raise Problem(409, "erased", "This customer was erased: nothing is held and nothing is added any more.")
    return found


def customer_by_no(uow: UnitOfWork, no: str) -> Customer:
    """The customer, or a 404 problem."""
    found = uow.customers.by_no(no)
    if found is None:
        raise Problem(404, "unknown-customer", "There is no customer with this number.")
    return found


def router(app: Served) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(tags=["links"])

    @routes.post("/links", responses=documented(404, 409, 422))
    def link(request: Request, body: LinkIn, holder: Holder, key: IdempotencyKey = None) -> LinkOut:
        """Link a chat to a customer. Pinned to the token's channel; the customer is told at every contact on file, and
        the risk rules treat the link as new."""
        speaks_for(holder, body.channel)
        now = app.clock()

        def act(uow: UnitOfWork) -> LinkOut:
            customer = living(uow, body.customer)
            chat = uow.conversations.load(body.channel, body.chat, now)
            if chat.customer not in (None, customer.id):
                raise Problem(409, "linked-elsewhere", "This chat belongs to another customer. A person has to look.")
            if chat.customer is None:
                linked = Decision(asserted(chat, customer.id), effects=made(customer.id, "api", None, app.policy))
                uow.commit(linked, actor_of(holder, request), now)
            return LinkOut(conversation=chat.id, customer=customer.no)

        return write_once(app, holder, key, call_of("POST /links", body), LinkOut, act)

    @routes.post("/link-tokens", responses=documented(404, 409, 422), status_code=201)
    def link_token(request: Request, body: LinkTokenIn, holder: Holder, key: IdempotencyKey = None) -> LinkTokenOut:
        """Make a single-use deep link for one customer."""
        now, lifetime = app.clock(), app.policy.link_token_lifetime

        def act(uow: UnitOfWork) -> LinkTokenOut:
            customer = living(uow, body.customer).id
            token = uow.customers.link_token(customer, now, lifetime)
            actor = actor_of(holder, request)
            uow.audit.append("link_token.made", f"customer:{customer}", actor, now, customer=customer)
            web = f"{app.config.web.public_url.rstrip('/')}/chat?link={quote(token)}"
            return LinkTokenOut(token=token, web=web, expires_at=now + lifetime)

        return write_once(app, holder, key, call_of("POST /link-tokens", body), LinkTokenOut, act)

    return routes
