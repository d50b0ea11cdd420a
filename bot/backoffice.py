"""The staff's pages: sign-in and the console.

An application of its own because importing FastAPI takes longer than almost everything else together: the front
(bot.server) listens and serves web chat without it, and builds this one right after.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from bot import signin, signin_pages
from bot.limits import TooManyError
from bot.pages import crowded, language_of, page
from bot.reach import NotYours
from bot.routes import SILENT, all_declared
from bot.served import Served
from bot.viewed import UntracedError
from bot.wording import say
from store.database import TryAgainError


def make_pages(app: Served) -> FastAPI:
    """Sign-in and the console."""
    office = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, telemetry=SILENT, redirect_slashes=False)
    office.state.served = app
    office.include_router(signin_pages.router(app))
    if find_spec("bot.console.routes") is not None:
        office.include_router(import_module("bot.console.routes").router(app))
    all_declared(office.routes)
    install_pages(office)
    return office


def install_pages(office: FastAPI) -> None:
    """Errors of the pages, as pages."""

    @office.exception_handler(signin.NeedsEnrolment)
    async def needs_enrolment(request: Request, error: Exception) -> Response:
        if "hx-request" in request.headers:
            return Response(status_code=401, headers={"HX-Redirect": signin.ENROLMENT})
        return RedirectResponse(signin.ENROLMENT, 303)

    @office.exception_handler(signin.NeedsSignIn)
    async def needs_sign_in(request: Request, error: Exception) -> Response:
        return signin.to_sign_in(request)

    @office.exception_handler(signin.ForgedForm)
    async def forged(request: Request, error: Exception) -> Response:
        return error_page(request, 403, "error-form-heading", "error-form")

    @office.exception_handler(TooManyError)
    async def too_many(request: Request, error: Exception) -> Response:
        assert isinstance(error, TooManyError)  # noqa: S101 - registered for this class
        return crowded(request, error.wait, back="/console")

    @office.exception_handler(NotYours)
    async def others(request: Request, error: Exception) -> Response:
        return error_page(request, 403, "error-forbidden-heading", "console-refusal-not_yours")

    @office.exception_handler(UntracedError)
    async def untraced(request: Request, error: Exception) -> Response:
        answer = error_page(request, 503, "error-untraced-heading", "error-untraced")
        answer.headers["Retry-After"] = "1"
        return answer

    @office.exception_handler(TryAgainError)
    async def again(request: Request, error: Exception) -> Response:
        answer = error_page(request, 503, "error-ours-heading", "error-ours")
        answer.headers["Retry-After"] = "1"
        return answer

    @office.exception_handler(HTTPException)
    async def plain(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
        if error.status_code in (401, 403):
            return error_page(request, error.status_code, "error-forbidden-heading", "error-forbidden")
        return error_page(request, error.status_code, "error-not-found-heading", "error-not-found")

    @office.exception_handler(Exception)
    async def accident(request: Request, error: Exception) -> Response:
        return error_page(request, 500, "error-ours-heading", "error-ours")


def error_page(request: Request, status: int, heading: str, sentence: str) -> Response:
    """A whole page that says what is wrong, by catalogue ids."""
    language = language_of(request)
    values = {"heading": say(language, heading), "sentence": say(language, sentence), "back": "/console"}
    return page(request, "error.html", values, status=status)
