"""The API as one application."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from bot.api import (
    activation,
    audit,
    conversations,
    customers,
    duplicates,
    keeping,
    links,
    messages,
    problems,
    protection,
    requests,
    signals,
    vouching,
)
from bot.routes import SILENT, all_declared
from bot.served import Served

PREFIX = "/api/v1"
VERSION = "1.0"


def make_api(app: Served) -> FastAPI:
    """Every endpoint under /api/v1, and its description at /api/v1/openapi.json."""
    api = FastAPI(
        title="TellOnce",
        version=VERSION,
        summary="A customer tells one place, once.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        telemetry=SILENT,
        redirect_slashes=False,
    )
    api.state.served = app
    problems.install(api)
    for part in (
        messages,
        links,
        customers,
        duplicates,
        keeping,
        requests,
        conversations,
        vouching,
        protection,
        signals,
        audit,
        activation,
    ):
        api.include_router(part.router(app), prefix=PREFIX)
    all_declared(api.routes)
    api.openapi = lambda: described(api)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return api


def described(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: FastAPI's, with our problems in place of its own validation error."""
    if api.openapi_schema is None:
        document = get_openapi(title=api.title, version=api.version, summary=api.summary, routes=api.routes)
        _, found = models_json_schema(
            [(problems.ProblemOut, "serialization")], ref_template="#/components/schemas/{model}"
        )
        shapes = document.setdefault("components", {}).setdefault("schemas", {})
        shapes.update({name.replace("ProblemOut", "Problem"): shape for name, shape in found["$defs"].items()})
        for unused in ("HTTPValidationError", "ValidationError"):
            shapes.pop(unused, None)
        api.openapi_schema = document
    return api.openapi_schema
