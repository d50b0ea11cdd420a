"""A token that may decide is activated by its person: with the token itself and a code of their authenticator app."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from bot.api.problems import Problem, documented, too_many
from bot.api.shapes import In
from bot.api.tokens import actor_of, of_decider, person_of
from bot.served import Served, origin_of
from store.attempts import Trying
from store.staff import TokenHolder
from store.uow import UnitOfWork


class ActivationIn(In):
    """The current code."""

    totp: Annotated[str, Field(min_length=6, max_length=16, description="Six digits of the authenticator app")]


class ActivationOut(BaseModel):
    """What the token may do now."""

    active: bool


def router(app: Served) -> APIRouter:
    """The endpoint."""
    routes = APIRouter(prefix="/tokens", tags=["tokens"])

    @routes.post("/activate", responses=documented(409, 429))
    def activate(
        request: Request, body: ActivationIn, holder: Annotated[TokenHolder, Depends(of_decider)]
    ) -> ActivationOut:
        """Let this token decide, by a code of its person's authenticator app. A code works once."""
        name, now, actor = person_of(holder), app.clock(), actor_of(holder, request)
        trying = Trying(name, origin_of(request), f"token:{holder.id}")
        wait = app.database.write(lambda uow: uow.attempts.count(trying, now))
        if wait is not None:
            raise too_many(wait, "Too many wrong codes.")

        def act(uow: UnitOfWork) -> bool:
            standing = uow.second_factors.of(name)
            if standing.since is None and not standing.pending:
                raise Problem(
                    409, "no-totp", f"{name} has no authenticator app yet. Sign in to the console and set one up."
                )
            if not uow.second_factors.prove(name, body.totp, now, actor):
                return False
            uow.staff.token_activate(holder.id, now, actor)
            uow.attempts.forgive(trying)
            return True

        if not app.database.write(act):
            raise Problem(
                403,
                "wrong-code",
                "This code is wrong, too old, or was used before. Wait for the next one and try again.",
            )
        return ActivationOut(active=True)

    return routes
