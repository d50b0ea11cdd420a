"""What stands before every request: security headers, a bound on the body, and UTF-8 where JSON is promised."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.logs import places_of

if TYPE_CHECKING:
    from bot.tracing import Tracing

log = structlog.get_logger()

BODY_LIMIT = 64 * 1024
LARGER = {"/channels/whatsapp/webhook": 3 * 1024 * 1024}
"""Who may send more: WhatsApp delivers up to a thousand events at once."""

BODY_PATIENCE = 20.0  # seconds for a whole body

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
FIXED = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),  # no-referrer would turn the Origin of our own form posts into "null"
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
HSTS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


class SecurityHeaders:
    """Puts the headers on every answer, whoever made it. HSTS only when the public address is https."""

    def __init__(self, inner: ASGIApp, *, public_url: str) -> None:
        self._inner = inner
        https = urlsplit(public_url).scheme == "https"
        self._headers = (*FIXED, HSTS) if https else FIXED

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers:
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._inner(scope, receive, send_guarded)


class BodyLimit:
    """Reads the whole body before anything parses it. Too much, too slow or not UTF-8 JSON gets a clear answer."""

    def __init__(self, inner: ASGIApp, *, limit: int = BODY_LIMIT, patience: float = BODY_PATIENCE) -> None:
        self._inner = inner
        self._limit = limit
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._inner(scope, receive, send)
            return
        headers = Headers(scope=scope)
        api = scope["path"].startswith("/api/")
        limit = max(self._limit, LARGER.get(scope["path"], 0))
        declared = headers.get("content-length", "0")
        if not declared.isdigit() or int(declared) > limit:
            await refuse(send, 422 if api else 413, "too-large", f"The body may have at most {limit} bytes.")
            return
        try:
            async with asyncio.timeout(self._patience):
                body = await self._read(receive, limit)
        except TimeoutError:
            await refuse(send, 408, "too-slow", "The body did not arrive in time.")
            return
        if body is None:
            await refuse(send, 422 if api else 413, "too-large", f"The body may have at most {limit} bytes.")
        elif api and (wrong := not_text(body)):
            await refuse(send, 422, "malformed", wrong)
        else:
            await self._inner(scope, replay(body, receive), send)

    async def _read(self, receive: Receive, limit: int) -> bytes | None:
        """The body, or None when it is longer than the limit."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return b"".join(parts)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > limit:
                return None
            if not message.get("more_body", False):
                return b"".join(parts)


def not_text(body: bytes) -> str | None:
    """What is wrong with a body that should be UTF-8 JSON text; None when nothing is seen at this level."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"The body is not valid UTF-8 (byte {error.start})."
    return None


def replay(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body already read, then whatever comes (a disconnect)."""
    pending = [True]

    async def again() -> Message:
        if pending:
            pending.clear()
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return again


async def refuse(send: Send, status: int, kind: str, detail: str) -> None:
    """Answer with an RFC 9457 problem and close."""
    body = json.dumps(
        {"type": f"urn:tellonce:problem:{kind}", "title": kind, "status": status, "detail": detail}
    ).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class NoTrace:
    """The outermost loop: an accident was answered already (Starlette's error page); here it is recorded, and its
    message, which may quote what a person wrote, goes nowhere. Every request gets an id of ours, which stands in the
    answer (`X-Request-Id`) and in each line that is logged on the way."""

    def __init__(
        self, inner: ASGIApp, counted: Callable[[str, int], None], traced: Callable[[], Tracing | None]
    ) -> None:
        self._inner, self._counted, self._traced = inner, counted, traced

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._watched(scope, receive, send)
            return
        id = secrets.token_hex(8)

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = id
                self._counted(scope["path"], message["status"])
            await send(message)

        tracing = self._traced()
        watched = self._watched if tracing is None else partial(tracing.request, self._watched)
        with structlog.contextvars.bound_contextvars(request_id=id):
            await watched(scope, receive, marked)

    async def _watched(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._inner(scope, receive, send)
        except Exception as error:
            if scope["type"] == "lifespan":
                raise
            log.error("request failed", kind=type(error).__name__, places=places_of(error))


def uncounted(path: str, status: int) -> None:
    """Nobody counts."""


def untraced() -> None:
    """No traces are made."""


def guarded(
    inner: ASGIApp,
    public_url: str,
    counted: Callable[[str, int], None] = uncounted,
    traced: Callable[[], Tracing | None] = untraced,
) -> ASGIApp:
    """The application behind all guards. `traced` says who makes spans, if anybody does by now."""
    return NoTrace(SecurityHeaders(BodyLimit(inner), public_url=public_url), counted, traced)


def same_origin(headers: Headers, public_url: str) -> bool:
    """Whether the Origin is ours: the public address, or the very host that was asked. No Origin at all is not ours.

    A page of another site cannot choose the Host header, so Host equal to Origin means the same site; that is what
    makes 127.0.0.1, localhost and an address in the office all work without configuration.
    """
    origin = headers.get("origin")
    if not origin or origin == "null":
        return False
    parts = urlsplit(origin)
    public = urlsplit(public_url)
    return (parts.scheme, parts.netloc) == (public.scheme, public.netloc) or parts.netloc == headers.get("host")
