"""Small APIs of WeChat (Official Account) and WeCom on loopback that refuse what the real ones refuse and matters here.

They check the access token, the lengths, the window, and that text comes unescaped; and they let a test play the
platform: seal a message, sign it, and post it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
SAYS = {
    40001: "invalid credential, access_token is invalid or not latest",
    40003: "invalid openid",
    42001: "access_token expired",
    45002: "content size out of limit",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
}


def signature(*parts: str) -> str:
    """The platforms' signature."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def seal(message: str, receiver: str, key: str = KEY, random: bytes = b"0123456789abcdef") -> str:
    """The platforms' envelope."""
    aes = base64.b64decode(f"{key}=")
    raw = message.encode()
    plain = random + struct.pack(">I", len(raw)) + raw + receiver.encode()
    count = 32 - len(plain) % 32
    sealer = Cipher(algorithms.AES(aes), modes.CBC(aes[:16])).encryptor()
    return base64.b64encode(sealer.update(plain + bytes([count]) * count) + sealer.finalize()).decode()


def xml(**fields: object) -> str:
    """A message as the platforms write it."""
    inside = "".join(
        f"<{name}>{value}</{name}>" if isinstance(value, int) else f"<{name}><![CDATA[{value}]]></{name}>"
        for name, value in fields.items()
    )
    return f"<xml>{inside}</xml>"


@dataclass(frozen=True)
class Sent:
    """A message that the bot sent. `buttons` are (key, text), of a card."""

    to: str
    kind: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()


class Refused(Exception):
    """The answer is an error with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


@dataclass
class WeixinServer:
    """One account on either platform. Its state is open to the test; `window` is in seconds, None on WeCom."""

    receiver: str  # app id or corp id
    secret: str = "an-app-secret"
    token: str = "QDG6eK"
    key: str = KEY
    agent: int = 1000002
    window: float | None = None
    clock: Callable[[], float] = time.time
    url: str = ""
    sent: list[Sent] = field(default_factory=list)
    heard: dict[str, float] = field(default_factory=dict)
    refusals: list[int] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    templates: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    script: deque[int] = field(default_factory=deque)
    _serial: int = 6054768590064713728

    # --- what a test does -------------------------------------------------------------------------------------------

    def to(self, chat: str) -> list[Sent]:
        """What the bot sent to one person, in order."""
        return [one for one in self.sent if one.to == chat]

    def fail(self, *codes: int) -> None:
        """The next messages are refused so."""
        self.script.extend(codes)

    def expire(self) -> None:
        """The access token is over before its time."""
        self.tokens.append("")

    def message(self, chat: str, kind: str = "text", **parts: object) -> str:
        """A message of a person."""
        self._serial += 1
        self.heard[chat] = self.clock()
        fields = {"ToUserName": "gh_10f6c3c3ac5a", "FromUserName": chat, "CreateTime": int(self.clock())}
        return xml(**fields, MsgType=kind, **parts, MsgId=self._serial, AgentID=self.agent)

    def event(self, chat: str, event: str, **parts: object) -> str:
        """Something a person did."""
        if event in {"subscribe", "SCAN"}:
            self.heard[chat] = self.clock()
        self._serial += 1
        fields = {"ToUserName": "gh_10f6c3c3ac5a", "FromUserName": chat, "CreateTime": int(self.clock())}
        return xml(**fields, MsgType="event", Event=event, **parts, AgentID=self.agent)

    def envelope(self, message: str, **changes: str) -> tuple[dict[str, str], str]:
        """Query and body of a callback that carries a message. `changes`: receiver, key, token, or the sealed text."""
        sealed = changes.get("sealed") or seal(
            message, changes.get("receiver", self.receiver), changes.get("key", self.key)
        )
        stamp, nonce, token = str(int(self.clock())), "1372623149", changes.get("token", self.token)
        query = {
            "signature": signature(token, stamp, nonce),
            "timestamp": stamp,
            "nonce": nonce,
            "encrypt_type": "aes",
            "msg_signature": signature(token, stamp, nonce, sealed),
        }
        return query, xml(ToUserName=self.receiver, Encrypt=sealed)

    def plain(self, **changes: str) -> dict[str, str]:
        """The query of a callback in plain."""
        stamp, nonce = str(int(self.clock())), "1372623149"
        return {"signature": signature(self.token, stamp, nonce), "timestamp": stamp, "nonce": nonce, **changes}

    # --- the APIs ---------------------------------------------------------------------------------------------------

    async def _answer(self, request: web.Request) -> web.Response:
        raw = await request.text()
        try:
            return web.json_response({"errcode": 0, "errmsg": "ok", **self._act(request, raw)})
        except Refused as no:
            self.refusals.append(no.code)
            return web.json_response({"errcode": no.code, "errmsg": f"{SAYS.get(no.code, 'error')} rid: 1-2-3"})

    def _act(self, request: web.Request, raw: str) -> Mapping[str, Any]:
        if request.path == "/cgi-bin/gettoken" and self.window is None:
            return self._token(request.query.get("corpid"), request.query.get("corpsecret"), True)
        body = json.loads(raw)
        if request.path == "/cgi-bin/stable_token":
            assert body["grant_type"] == "client_credential"
            return self._token(body["appid"], body["secret"], body["force_refresh"])
        if request.query.get("access_token") != (self.tokens or [""])[-1] or not self.tokens[-1]:
            raise Refused(42001 if self.tokens else 41001)
        if self.script and (code := self.script.popleft()):
            raise Refused(code)
        if "\\u" in raw:
            raise Refused(47001)
        return self._send(request.path, body)

    def _token(self, account: str | None, secret: str | None, anew: bool) -> Mapping[str, Any]:
        if (account, secret) != (self.receiver, self.secret):
            raise Refused(40001)
        if anew or not self.tokens or not self.tokens[-1]:
            self.tokens.append(f"ACCESS-{len(self.tokens) + 1}")
        return {"access_token": self.tokens[-1], "expires_in": 7200}

    def _send(self, path: str, body: dict[str, Any]) -> Mapping[str, Any]:
        to = body["touser"]
        if path in {"/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend"}:
            return self._template(to, body)
        if self.window is None:
            return self._of_application(to, body)
        assert path == "/cgi-bin/message/custom/send"
        if to in self.gone or self.clock() - self.heard.get(to, 0.0) > self.window:
            raise Refused(45015)
        self.sent.append(Sent(to, "text", _text(body)))
        return {}

    def _template(self, to: str, body: dict[str, Any]) -> Mapping[str, Any]:
        if to in self.gone:
            raise Refused(43004)
        if body["template_id"] not in self.templates:
            raise Refused(40037)
        words = " ".join(one["value"] for one in body["data"].values())
        self.sent.append(Sent(to, "template", words))
        return {"msgid": 200228332}

    def _of_application(self, to: str, body: dict[str, Any]) -> Mapping[str, Any]:
        if body["agentid"] != self.agent:
            raise Refused(40056)
        if to in self.gone:
            return {"invaliduser": to}
        self.sent.append(_card(to, body["template_card"]) if body["msgtype"] == "template_card" else
                         Sent(to, "text", _text(body)))  # fmt: skip
        return {"msgid": "xxxx", "response_code": "xyzxyz"}


def _text(body: dict[str, Any]) -> str:
    assert body["msgtype"] == "text"
    words: str = body["text"]["content"]
    if not words:
        raise Refused(44004)
    if len(words.encode()) > 2048:
        raise Refused(45002)
    return words


def _card(to: str, card: dict[str, Any]) -> Sent:
    assert card["card_type"] == "button_interaction"
    buttons = tuple((one["key"], one["text"]) for one in card["button_list"])
    good = len(card["main_title"]["title"]) <= 26 and len(card["sub_title_text"]) <= 112 and 1 <= len(buttons) <= 6
    if not good or any(len(text) > 10 for _, text in buttons) or not 1 <= len(card["task_id"]) <= 128:
        raise Refused(40058)
    return Sent(to, "card", card["sub_title_text"], buttons)


@asynccontextmanager
async def weixin_server(server: WeixinServer) -> AsyncIterator[WeixinServer]:
    """Run a server on a free port of loopback for the length of a `with`."""
    app = web.Application()
    app.router.add_route("*", "/cgi-bin/{rest:.*}", server._answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()
