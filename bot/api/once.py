"""Idempotency-Key: the same call again gets the same answer, and happens once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Header
from pydantic import BaseModel

from bot.api.problems import Problem
from bot.served import Served
from store.answers import Answers, KeyReusedError
from store.staff import TokenHolder
from store.uow import UnitOfWork

Out = TypeVar("Out", bound=BaseModel)

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key with the same body gets the same answer for a day; with another body, 409.",
    ),
]


def write_once(
    app: Served, holder: TokenHolder, key: str | None, call: str, out: type[Out], act: Callable[[UnitOfWork], Out]
) -> Out:
    """Run the act in one transaction, or give its earlier answer. `call` is method, path and body."""
    if key is None:
        return app.database.write(act)

    def whole(uow: UnitOfWork) -> Out:
        answers = Answers(uow, holder.id)
        if (earlier := answers.given(key, call)) is not None:
            return out.model_validate_json(earlier)
        fresh = act(uow)
        answers.keep(key, call, fresh.model_dump_json().encode(), app.clock())
        return fresh

    try:
        return app.database.write(whole)
    except KeyReusedError:
        raise Problem(409, "key-reused", "This Idempotency-Key was used for another call. Use a new one.") from None


def call_of(path: str, body: BaseModel | None) -> str:
    """What must be the same when a call is repeated."""
    return path + "\n" + ("" if body is None else body.model_dump_json())
