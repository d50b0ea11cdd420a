"""Every route says what it asks for, by a dependency that is marked with it. One that says nothing is not served."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from bot.served import served

if TYPE_CHECKING:
    from fastapi.telemetry import TelemetryConfig

Dependency = TypeVar("Dependency", bound=Callable[..., Any])

SILENT: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""What FastAPI may tell of itself: its own spans hold addresses, and what it logs, words. Ours are in bot.tracing."""

OPEN = "nothing"
"""What a route asks for that anybody may ask: the sign-in form."""


class UndeclaredRoute(Exception):
    """A route does not say what it asks for. It is a mistake in the program, found when the server is built."""


def needing(what: str) -> Callable[[Dependency], Dependency]:
    """Mark a dependency: a route that has it asks for this."""

    def marked(dependency: Dependency) -> Dependency:
        dependency.asks = what  # type: ignore[attr-defined]  # a mark on a function
        return dependency

    return marked


@needing(OPEN)
async def anybody(request: Request) -> None:
    """A dependency of routes that are there for whoever comes, though not too often. Raises TooManyError."""
    await served(request).limits.of_address(request)


def needs_of(route: APIRoute) -> str | None:
    """What a route asks for; None when it does not say."""
    return next(_marks(route.dependant), None)


def _marks(dependant: Dependant) -> Iterator[str]:
    for one in dependant.dependencies:
        if (what := getattr(one.call, "asks", None)) is not None:
            yield what
        yield from _marks(one)


def all_declared(routes: Iterable[BaseRoute]) -> None:
    """Raises UndeclaredRoute unless every route says what it asks for."""
    for route in every(routes):
        if needs_of(route) is None:
            raise UndeclaredRoute(f"{sorted(route.methods or ())} {route.path}")


def every(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    """The routes and those of included routers, which newer versions of FastAPI keep inside an object of their own."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from every(included.routes)
