"""The web server: web chat, API, console, demo phone and health, behind one set of guards.

The front is plain Starlette, so that the first message is answered soon after the start; everything that needs FastAPI
is built in the background right after (bot.api, bot.backoffice), and requests for it wait until it is there.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from bot import assets, not_me
from bot.channels import hooks, telegram_hook, webchat
from bot.guards import guarded
from bot.messengers import PATHS, enabled
from bot.pages import STATIC, YEAR, language_of, page
from bot.served import Served, served
from bot.wording import say

if TYPE_CHECKING:
    from bot.tracing import Tracing

log = structlog.get_logger()

WARM_AFTER = 0.5  # seconds


def make_server(app: Served) -> Starlette:
    """The whole application for uvicorn, or for a test in-process."""
    api, pages = Later(lambda: build_api(app)), Later(lambda: build_pages(app))
    routes: list[BaseRoute] = [
        Route("/", to_chat),
        Route("/healthz", alive),
        Route("/readyz", ready),
        Route("/metrics", metrics),
        *webchat.routes(),
        *not_me.routes(),
        telegram_hook.route(lambda: app.telegram),
        *(hooks.route(PATHS[name], partial(hook_of, app, name)) for name in enabled(app.config.channels)),
    ]
    if app.demo_phone is not None:
        from bot import demo_guide, demo_pages

        routes.extend((*demo_pages.routes(), *demo_guide.routes()))
    if app.demo_crm is not None:
        routes.extend(app.demo_crm.routes())
    routes.append(Mount("/static", CachedStatic(directory=STATIC)))
    server = Server(
        routes=routes,
        lifespan=warming(api, pages),
        exception_handlers={404: not_found, 500: our_mistake},
        public_url=app.config.web.public_url,
        counted=app.meters.request,
        traced=lambda: app.tracing,
    )
    server.router.default = rest(api, pages)  # a Mount would leave out addresses with a line break in them
    server.state.served = app
    if missing := assets.missing():
        log.warning("front-end files are missing: the console will look plain", files=missing, remedy=assets.REMEDY)
    return server


def hook_of(app: Served, name: str) -> hooks.Hook | None:
    """The channel, while it runs."""
    return app.hooks.get(name)


def build_api(app: Served) -> ASGIApp:
    from bot.api.api import make_api

    return make_api(app)


def build_pages(app: Served) -> ASGIApp:
    from bot.backoffice import make_pages

    return make_pages(app)


class Server(Starlette):
    """Starlette with the guards outermost: even an error made by the framework leaves through them."""

    def __init__(
        self,
        *,
        public_url: str,
        counted: Callable[[str, int], None],
        traced: Callable[[], Tracing | None],
        **rest: object,
    ) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]  # handed on as they came
        self._public_url, self._counted, self._traced = public_url, counted, traced

    def build_middleware_stack(self) -> ASGIApp:
        return guarded(super().build_middleware_stack(), self._public_url, self._counted, self._traced)


_ONE_AT_A_TIME = threading.Lock()
"""FastAPI silences a warning for the whole process while it builds: two who build at once undo that for each other."""


class Later:
    """An application that is built once, when it is first needed, and while no other one is being built."""

    def __init__(self, build: Callable[[], ASGIApp]) -> None:
        self._build = build
        self._built: ASGIApp | None = None
        self._gate = asyncio.Lock()

    async def ready(self) -> ASGIApp:
        """The application. What goes wrong while building it is raised to everybody who waits."""
        if self._built is not None:  # no gate once it is there: a lock belongs to one event loop
            return self._built
        async with self._gate:
            if self._built is None:
                self._built = await run_in_threadpool(self._alone)
        return self._built

    def _alone(self) -> ASGIApp:
        with _ONE_AT_A_TIME:
            return self._build()


def rest(api: Later, pages: Later) -> ASGIApp:
    """Answers under /api and /console; everything else is nowhere."""
    parts = {"api": api, "console": pages}

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        part = parts.get(scope["path"].split("/")[1])
        if part is None or scope["type"] != "http":
            raise HTTPException(404)
        await (await part.ready())(scope, receive, send)

    return answer


def warming(*parts: Later) -> Callable[[Starlette], contextlib.AbstractAsyncContextManager[None]]:
    """Builds the rest soon after the start, when the first requests that need none of it are through."""

    async def warm() -> None:
        await asyncio.sleep(WARM_AFTER)
        for part in parts:
            try:
                await part.ready()
            except Exception as error:  # the requests that need it will say so too
                log.error("a part of the server could not be built", kind=type(error).__name__)

    @contextlib.asynccontextmanager
    async def lifespan(server: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(warm())
        try:
            yield
        finally:
            task.cancel()

    return lifespan


class CachedStatic(StaticFiles):
    """Static files: an address with a version may be kept for a year, one without is asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path.startswith(("package", ".", "node_modules")) or "/." in path:
            return PlainTextResponse("Not found", 404)
        response = await super().get_response(path, scope)
        versioned = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if versioned else "no-cache"
        return response


async def to_chat(request: Request) -> Response:
    return RedirectResponse("/chat", 307)


async def alive(request: Request) -> Response:
    """The process runs."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> Response:
    """The process can do its work: the database answers."""
    app = served(request)
    try:
        await run_in_threadpool(app.database.read, lambda uow: uow.jobs.page("parked", limit=1))
    except Exception as error:  # whatever it is, the answer is "not ready"
        log.warning("not ready", error=type(error).__name__)
        return JSONResponse({"status": "the database does not answer"}, 503)
    return JSONResponse({"status": "ready"})


async def metrics(request: Request) -> Response:
    """Prometheus metrics: counts, durations and ages only (bot.metrics)."""
    told, kind = await run_in_threadpool(tell, request.app.state)
    return Response(told, media_type=kind)


def tell(state: State) -> tuple[bytes, str]:
    """What this process tells Prometheus, and in which form. The library is imported by the first who asks."""
    from bot.metrics import CONTENT_TYPE_LATEST, generate_latest, registry_of

    if (kept := getattr(state, "registry", None)) is None:
        kept = state.registry = registry_of(state.served)
    return generate_latest(kept), CONTENT_TYPE_LATEST


async def not_found(request: Request, error: Exception) -> Response:
    language = language_of(request)
    values = {
        "heading": say(language, "error-not-found-heading"),
        "sentence": say(language, "error-not-found"),
        "back": "/chat",
    }
    return page(request, "error.html", values, status=404)


async def our_mistake(request: Request, error: Exception) -> Response:
    """What was being done is not said: no trace, no text."""
    if request.url.path.startswith("/api/"):
        body = {"type": "urn:tellonce:problem:ours", "title": "Our mistake", "status": 500}
        return JSONResponse(body, 500, media_type="application/problem+json")
    language = language_of(request)
    values = {"heading": say(language, "error-ours-heading"), "sentence": say(language, "error-ours"), "back": "/chat"}
    return page(request, "error.html", values, status=500)
