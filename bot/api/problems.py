"""Errors of the API as RFC 9457 problems. They say what to do, and never repeat what was sent."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from bot.limits import TooManyError
from bot.reach import NotYours
from bot.viewed import UntracedError
from store.conversations import ClaimConflict
from store.database import TryAgainError

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    422: "Not understood",
    429: "Too many requests",
    500: "Our mistake",
    503: "Not available",
}


class Wrong(BaseModel):
    """One part of the request that is wrong."""

    pointer: str = Field(description="JSON pointer (RFC 6901) into the body, or the parameter's name")
    detail: str


class ProblemOut(BaseModel):
    """An RFC 9457 problem."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(
        description="What kind of problem, for programs", examples=["urn:tellonce:problem:unknown-customer"]
    )
    title: str
    status: int
    detail: str = Field(description="What to do about it, for people")
    errors: list[Wrong] = Field(default_factory=list)


class Problem(Exception):
    """Raised by an endpoint to answer with a problem."""

    def __init__(
        self, status: int, kind: str, detail: str, errors: tuple[Wrong, ...] = (), *, wait: dt.timedelta | None = None
    ) -> None:
        super().__init__(kind)
        self.status, self.kind, self.detail, self.errors, self.wait = status, kind, detail, errors, wait


def too_many(wait: dt.timedelta, what: str) -> Problem:
    """A 429 that says in how many seconds to come again, in words and as Retry-After."""
    return Problem(429, "wait", f"{what} Try again in {seconds(wait)} seconds.", wait=wait)


def seconds(wait: dt.timedelta) -> int:
    """Whole seconds after which the wait is over."""
    return math.ceil(wait.total_seconds()) or 1


def answer(
    status: int, kind: str, detail: str, errors: tuple[Wrong, ...] = (), wait: dt.timedelta | None = None
) -> Response:
    """The problem as a response; `wait` None: nothing is said of when to come again."""
    body = ProblemOut(
        type=f"urn:tellonce:problem:{kind}",
        title=TITLES.get(status, "Problem"),
        status=status,
        detail=detail,
        errors=list(errors),
    )
    headers = {401: {"WWW-Authenticate": 'Bearer realm="tellonce"'}, 503: {"Retry-After": "1"}}.get(status, {})
    if wait is not None:
        headers = headers | {"Retry-After": str(seconds(wait))}
    return JSONResponse(body.model_dump(exclude_defaults=True), status, headers, MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an endpoint: the problems it may answer with."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    every = sorted({401, 403, 422, 429, 503, *statuses})
    return {status: {"description": TITLES[status], "content": content} for status in every}


def install(api: FastAPI) -> None:
    """Turn every error of the API into a problem."""

    @api.exception_handler(Problem)
    async def ours(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, Problem)  # noqa: S101 - registered for this class
        return answer(problem.status, problem.kind, problem.detail, problem.errors, problem.wait)

    @api.exception_handler(ClaimConflict)
    async def conflict(request: Request, error: Exception) -> Response:
        return answer(
            409, "same-id-other-body", "This id was used for another message. Send new content under a new id."
        )

    @api.exception_handler(TooManyError)
    async def crowded(request: Request, error: Exception) -> Response:
        assert isinstance(error, TooManyError)  # noqa: S101 - registered for this class
        problem = too_many(error.wait, "That was a lot at once.")
        return answer(problem.status, problem.kind, problem.detail, wait=problem.wait)

    @api.exception_handler(NotYours)
    async def others(request: Request, error: Exception) -> Response:
        return answer(403, "not-yours", "This customer, or this kind of detail, is the work of other colleagues.")

    @api.exception_handler(TryAgainError)
    async def again(request: Request, error: Exception) -> Response:
        return answer(
            503, "try-again", "The database did not answer. Make the same call again, under the same id or key."
        )

    @api.exception_handler(UntracedError)
    async def untraced(request: Request, error: Exception) -> Response:
        return answer(
            503, "untraced", "Whoever looks is written down, and that could not be done. Make the same call again."
        )

    @api.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
        wrong = tuple(wrong_of(part["type"], part["loc"], str(part["msg"])) for part in error.errors()[:20])
        return answer(422, "not-valid", "Some parts of the request are wrong; see errors.", wrong)

    @api.exception_handler(HTTPException)
    async def plain(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
        if error.status_code == 400:  # what FastAPI says of a body it cannot parse
            return answer(422, "malformed", "The body is not valid JSON.")
        return answer(
            error.status_code, TITLES.get(error.status_code, "problem").lower().replace(" ", "-"), error.detail
        )

    @api.exception_handler(Exception)
    async def accident(request: Request, error: Exception) -> Response:
        return answer(500, "ours", "The mistake is ours. Please make the same call again in a moment.")


def wrong_of(kind: str, place: tuple[int | str, ...], says: str) -> Wrong:
    """One part that is wrong. A member that nobody knows is not named, only where it stands: its name was sent, too."""
    if kind == "extra_forbidden":
        return Wrong(pointer=pointer(place[:-1] or place), detail="There is a member here that is not known.")
    return Wrong(pointer=pointer(place), detail=says)


def pointer(place: tuple[int | str, ...]) -> str:
    """Where in the request: `/buttons/0` in a body, the plain name for a parameter."""
    where, *path = place or ("body",)
    if where == "body":
        return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
    return ".".join(str(part) for part in path)
