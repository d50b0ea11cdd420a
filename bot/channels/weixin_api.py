"""Calls the APIs of WeChat and WeCom: the access token, when it is over, and errors that repeat no address.

The token stands in the address of every call, so no error of the HTTP library goes further than here.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from bot.errors import TemporaryDeliveryError

if TYPE_CHECKING:  # a quarter of a second: only the first message pays for it
    import httpx

log = structlog.get_logger(__name__)

TOKEN_OVER = frozenset({40001, 40014, 42001, 41001})
EARLY = 300.0
"""Seconds before its end from which a token is renewed."""


class RefusedError(Exception):
    """The platform answered with an error code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"errcode {code}")
        self.code = code


class Request(msgspec.Struct, frozen=True):
    """One call. `query` is for the way by which a secret must be given, `body` None means GET."""

    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any] | None = None


class WeixinApi:
    """One account's calls. `renewal` is the call that gives a token; it is told whether the platform refused the
    present one."""

    def __init__(
        self,
        name: str,
        base: str,
        renewal: Callable[[bool], Request],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name, self._base, self._renewal, self._now = name, base, renewal, now
        self._token, self._until = "", 0.0
        self._renewing = asyncio.Lock()

    async def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call with the access token; one that is over is renewed once. Raises RefusedError or
        TemporaryDeliveryError."""
        token = await self._present()
        try:
            return await self._call(Request(path, {"access_token": token}, body))
        except RefusedError as refused:
            if refused.code not in TOKEN_OVER:
                raise
        log.info("weixin.token_over", channel=self._name)
        token = await self._present(instead_of=token)
        try:
            return await self._call(Request(path, {"access_token": token}, body))
        except RefusedError as refused:
            if refused.code in TOKEN_OVER:
                raise TemporaryDeliveryError(f"{self._name}:token:{refused.code}") from None
            raise

    async def close(self) -> None:
        """Close the connections."""
        if "_client" in self.__dict__:
            await self._client.aclose()

    async def _present(self, instead_of: str | None = None) -> str:
        """The token. Whoever finds it over renews it, one at a time; the others take what came of that."""
        async with self._renewing:
            if not self._token or self._token == instead_of or self._now() >= self._until:
                await self._renew(refused=instead_of is not None)
            return self._token

    async def _renew(self, refused: bool) -> None:
        try:
            answer = await self._call(self._renewal(refused))
            token, seconds = str(answer["access_token"]), float(answer["expires_in"])
        except RefusedError as no:
            raise TemporaryDeliveryError(f"{self._name}:token:{no.code}", 30.0) from None
        except (KeyError, TypeError, ValueError):
            raise TemporaryDeliveryError(f"{self._name}:token") from None
        self._token, self._until = token, self._now() + max(seconds - EARLY, seconds / 2)

    async def _call(self, request: Request) -> Mapping[str, Any]:
        import httpx

        url = f"{self._base}{request.path}"
        try:
            if request.body is None:
                answer = await self._client.get(url, params=dict(request.query))
            else:
                # as it is: the platform shows \uXXXX as it stands
                raw = json.dumps(request.body, ensure_ascii=False).encode()
                answer = await self._client.post(url, params=dict(request.query), content=raw)
            if not answer.is_success:
                raise TemporaryDeliveryError(f"{self._name}:{answer.status_code}")
            told = answer.json()
            code = int(told.get("errcode", 0))
        except httpx.HTTPError as trouble:
            raise TemporaryDeliveryError(f"{self._name}:{type(trouble).__name__}") from None
        except (ValueError, AttributeError, TypeError):
            raise TemporaryDeliveryError(f"{self._name}:answer") from None
        if code != 0:
            raise RefusedError(code)
        found: Mapping[str, Any] = told
        return found

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        import httpx

        headers = {"Content-Type": "application/json; charset=utf-8"}
        return httpx.AsyncClient(timeout=15, follow_redirects=False, headers=headers)
