"""Traces for OpenTelemetry, sent by OTLP/HTTP: turns with their stages, jobs, and HTTP requests.

Imported only while `tracing.endpoint` is set. A span holds what `Attribute` names and nothing else; what stands in it
is a number, or a name that we or config.yml made. No trace is continued that somebody outside began.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import TypeVar

from opentelemetry import context as contexts
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, StatusCode, set_span_in_context
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.meters import OTHER, Ending, Meters, Moments, Outcome
from dialogs.effects import Decision
from nlu.types import Understanding

T = TypeVar("T")

PATIENCE = 5.0
"""Seconds for one delivery to the collector, its retries included; what does not arrive by then is dropped."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PROBES = frozenset({"/healthz", "/readyz", "/metrics", "/static"})
"""Routes without spans: they would be most of them."""


class Attribute(StrEnum):
    """Everything that a span may hold."""

    CHANNEL = "tellonce.channel"
    STAGE = "tellonce.stage"
    ENDING = "tellonce.ending"
    CUES = "tellonce.cues"  # how many were read
    EFFECTS = "tellonce.effects"  # how many were decided
    REPLIES = "tellonce.replies"  # how many are said
    KIND = "tellonce.kind"
    OUTCOME = "tellonce.outcome"
    METHOD = "http.request.method"
    ROUTE = "http.route"  # the template, never the address
    STATUS = "http.response.status_code"


Attributes = Mapping[Attribute, str | int]


class Turn:
    """A turn under way. What its thread sees of it is put here, and becomes spans when it has ended."""

    def __init__(self, tracing: Tracing, channel: str) -> None:
        self._tracing, self._channel, self._began = tracing, channel, time.perf_counter()
        self._parent = contexts.get_current()
        self.moments: Moments | None = None
        self.counts: Attributes = {}

    def of(self, act: Callable[..., T]) -> Callable[..., T]:
        """The act, whose stages belong to this turn on whatever thread it runs. When it runs again, the last counts."""

        def seen(*given: object) -> T:
            token = _TURN.set(self)
            try:
                return act(*given)
            finally:
                _TURN.reset(token)

        return seen

    def ended(self, ending: Ending) -> None:
        """It is durable, or failed."""
        attributes = {Attribute.CHANNEL: self._channel, Attribute.ENDING: ending.value, **self.counts}
        bad = ending is Ending.FAILED
        with self._tracing.span("turn", self._parent, self._began, time.perf_counter(), attributes, bad=bad) as span:
            if self.moments is None or not span.is_recording():
                return
            inside = set_span_in_context(span, Context())
            for stage, begin, end in self.moments.spans():
                with self._tracing.span(stage.value, inside, begin, end, {Attribute.STAGE: stage.value}):
                    pass


_TURN: ContextVar[Turn | None] = ContextVar("turn", default=None)


class Tracing:
    """Makes spans of what happens in this process, and hands on to `meters` what is counted beside."""

    def __init__(
        self, endpoint: str, share: float, meters: Meters, channels: Collection[str], kinds: Collection[str]
    ) -> None:
        """`share` of the traces is kept. Headers that the collector asks for come from OTEL_EXPORTER_OTLP_HEADERS."""
        self._meters, self._channels, self._kinds = meters, frozenset(channels), frozenset(kinds)
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)),
            resource=Resource.create({"service.name": "tellonce"}),
            shutdown_on_exit=False,
        )
        exporter = OTLPSpanExporter(endpoint=endpoint, timeout=PATIENCE)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("tellonce")

    def close(self) -> None:
        """Send what waits, and stop."""
        self._provider.shutdown()

    @contextmanager
    def span(
        self, name: str, parent: Context, begin: float, end: float, attributes: Attributes, *, bad: bool = False
    ) -> Iterator[Span]:
        """A span of something that is over, by `time.perf_counter`; those inside it are made in the `with`."""
        offset = time.time_ns() - time.perf_counter_ns()
        first, last = (int(moment * 1e9) + offset for moment in (begin, end))
        span = self._tracer.start_span(
            name, parent, SpanKind.INTERNAL, {str(k): v for k, v in attributes.items()}, start_time=first
        )
        if bad:
            span.set_status(StatusCode.ERROR)
        try:
            yield span
        finally:
            span.end(last)

    # --- turns -----------------------------------------------------------------------------------------------------

    def turn(self, channel: str) -> Turn:
        """A turn begins, inside the request that is answered, if any."""
        return Turn(self, channel if channel in self._channels else OTHER)

    def watch(self, moments: Moments, understanding: Understanding, decision: Decision) -> None:
        """The stages of the turn that this thread is in."""
        self._meters.turn(moments, understanding, decision)
        if (turn := _TURN.get()) is not None:
            turn.moments = moments
            turn.counts = {
                Attribute.CUES: len(understanding.cues),
                Attribute.EFFECTS: len(decision.effects),
                Attribute.REPLIES: len(decision.replies),
            }

    # --- jobs (bot.worker.Counted) ---------------------------------------------------------------------------------

    def job(self, kind: str, outcome: Outcome, seconds: float) -> None:
        """One go at a job, its end written."""
        self._meters.job(kind, outcome, seconds)
        end = time.perf_counter()
        known = kind if kind in self._kinds else OTHER
        attributes = {Attribute.KIND: known, Attribute.OUTCOME: outcome.value}
        bad = outcome is Outcome.PARKED
        with self.span(f"job {known}", Context(), end - seconds, end, attributes, bad=bad):
            pass

    def failed(self, chore: str) -> None:
        """A chore failed."""
        self._meters.failed(chore)

    # --- requests --------------------------------------------------------------------------------------------------

    async def request(self, inner: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an HTTP request inside a span, which is named when its route is known."""
        if scope["path"].startswith(tuple(PROBES)):
            await inner(scope, receive, send)
            return
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        span = self._tracer.start_span("request", Context(), SpanKind.SERVER)
        token = contexts.attach(set_span_in_context(span, Context()))
        try:
            await inner(scope, receive, noted)
        finally:
            contexts.detach(token)
            method, route = scope["method"] if scope["method"] in METHODS else OTHER, route_of(scope)
            span.update_name(f"{method} {route}")
            found: Attributes = {Attribute.METHOD: method, Attribute.ROUTE: route, Attribute.STATUS: status}
            span.set_attributes({str(name): value for name, value in found.items()})
            if status >= 500 or status == 0:
                span.set_status(StatusCode.ERROR)
            span.end()


def route_of(scope: Scope) -> str:
    """The template of the route that answered, names where an address has values; `other` for an unknown address."""
    template = getattr(scope.get("route"), "path_format", None)
    if not isinstance(template, str):
        return OTHER
    prefix = "/api/v1"  # newer versions of FastAPI leave out what a router was included under
    inside = scope["path"].startswith(f"{prefix}/") and not template.startswith(prefix)
    return f"{prefix}{template}" if inside else template
