"""The API as its description has it: a running server is asked what schemathesis makes of /api/v1/openapi.json, with a
good token of each scope. It never answers 5xx, nor with a status, a media type or a body that is not documented."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bot.api.api import PREFIX
from bot.server import make_server
from store.staff import Scope
from tests.bot.access_table import API, lines
from tests.bot.app_fixture import House
from tests.bot.console_fixture import Chat, filed

LONG = bool(os.environ.get("TELLONCE_TEST_LONG"))
FITTING, UNFITTING, OTHERS = (40, 30, 2) if LONG else (4, 2, 1)
"""How often each operation is asked: with what fits its description, with what does not, and by other scopes."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
NO = "CUST202601010001"


@contextmanager
def listening(home: House) -> Iterator[str]:
    """The server on a port of its own; gives its address."""
    server = uvicorn.Server(uvicorn.Config(make_server(home.app), port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            thread.join(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def known(home: House) -> dict[str, str]:
    """What there is to be found: a request, its conversation, and a chat that a person speaks in."""
    request = filed(home)
    Chat(home, "c2", NO).say("hello")
    found = {"number": request.number, "id": request.conversation}
    return {"no": NO, "channel": "api", "chat": "c2", "entry": "1", **found}


def tokens(home: House) -> dict[str, dict[str, str]]:
    """A token for each scope: what needs a person is a supervisor's, the rest an integrator's."""
    home.staff("omar", "supervisor")
    of_people = (Scope.DECIDE, Scope.ERASE, Scope.CONVERSATIONS)
    return {
        scope.value: home.token("omar" if scope in of_people else f"system-{scope.value}", [scope.value])
        for scope in Scope
    }


def settled(count: int) -> settings:
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    return settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=checks
    )


@dataclass(frozen=True)
class Caller:
    """Sends cases; what is wrong with an answer joins `found`. `known` are names of real things."""

    session: requests.Session
    known: dict[str, str]
    found: list[str]

    def __call__(self, case: Any, headers: dict[str, str], real: bool) -> int:
        """Send one case, in whose path there are names of real things where `real`, and look at the answer."""
        if real:
            case.path_parameters = {
                **case.path_parameters,
                **{k: v for k, v in self.known.items() if k in case.path_parameters},
            }
        request = case.as_transport_kwargs()
        request["headers"] = {**request["headers"], **headers}  # a case may be wrong in many ways, but not in who asks
        answer = self.session.request(**request, allow_redirects=False, timeout=60)
        if not answer.request.path_url.startswith(PREFIX):
            return 0  # ".." in a path: what is asked is another page
        try:
            case.validate_response(answer, checks=CHECKS)
        except (AssertionError, BaseExceptionGroup) as error:
            told = "; ".join(str(one) for one in getattr(error, "exceptions", (error,)))
            where = f"{case.operation.label}: {answer.request.path_url} {answer.status_code}"
            self.found.append(f"{where} {answer.text[:200]}: {told[:800]}")
        return int(answer.status_code)


def walk(cases: Any, count: int, start: int, send: Callable[..., int]) -> list[int]:
    """The statuses of so many cases; none where the description leaves nothing to get wrong."""
    statuses: list[int] = []

    @seed(start)
    @settled(count)
    @given(cases, st.booleans())
    def each(case: Any, real: bool) -> None:
        statuses.append(send(case, real=real))

    with suppress(Unsatisfiable):
        each()
    return statuses


@pytest.mark.slow
def test_a_running_server_answers_as_its_description_says(
    home: House, known: dict[str, str], record_property: Any
) -> None:
    table, held = lines(API), tokens(home)
    found: list[str] = []
    seen: list[int] = []
    with listening(home) as url, requests.Session() as session:
        described = httpx.get(f"{url}/api/v1/openapi.json", timeout=30).json()
        schema = schemathesis.openapi.from_dict(described)
        schema.config.update(base_url=url)
        send = Caller(session, known, found)
        for result in schema.get_all_operations():
            operation = result.ok()
            opens = table[f"{operation.method.upper()} {operation.path}"].partition("|")[0].split()[0]
            if opens == "anybody":
                continue
            plans = [(held[opens], GenerationMode.POSITIVE, FITTING), (held[opens], GenerationMode.NEGATIVE, UNFITTING)]
            plans += [(held[scope], GenerationMode.POSITIVE, OTHERS) for scope in held if scope != opens]
            for headers, mode, count in plans:
                cases = operation.as_strategy(generation_mode=mode)
                seen += walk(cases, count, len(seen), partial(send, headers=headers))

    statuses = {status: seen.count(status) for status in sorted(set(seen))}
    record_property("cases", f"openapi: {len(seen)} calls with a token of each of {len(held)} scopes: {statuses}")
    if found:
        pytest.fail("\n\n".join(dict.fromkeys(found)), pytrace=False)
