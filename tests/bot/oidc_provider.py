"""A small identity provider on loopback that really signs: discovery, keys, PKCE, one-time codes."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

CLIENT, SECRET = "tellonce", "a-client-secret"


class IdentityProvider:
    """Signs people in without asking them. `claims` are added to or put over those of every ID token; `now` is its
    clock."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.issuer, self.now, self.secret = "", time.time, SECRET
        self.key = self.new_key()
        self.published = [self.key]
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.signed_with: Any = None  # another key than the one that is published

    def new_key(self) -> ECKey:
        return ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig", "alg": "ES256"})

    def rotate(self) -> None:
        """Sign with a new key; the old one is gone."""
        self.key = self.new_key()
        self.published = [self.key]

    def authorize(self, address: str) -> tuple[str, str]:
        """What the browser's visit leads to: the address to come back to, and the code in it."""
        query = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?code={code}&state={query['state']}", code

    def redeem(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        held = self.codes.pop(form.get("code", ""), None)
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode()
        if held is None or authorization != basic:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        proven = base64.urlsafe_b64encode(digest).decode().rstrip("=") == held["code_challenge"]
        if not proven or form["redirect_uri"] != held["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "at", "token_type": "Bearer", "id_token": self.id_token(held["nonce"])}

    def id_token(self, nonce: str) -> str:
        now = int(self.now())
        claims = {"iss": self.issuer, "sub": "s-1", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        claims = {name: value for name, value in (claims | self.claims).items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.signed_with or self.key)

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        match path:
            case "/.well-known/openid-configuration":
                return 200, {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                }
            case "/keys":
                return 200, dict(KeySet(self.published).as_dict(private=False))
            case "/token":
                return self.redeem(form, authorization)
            case _:
                return 404, {}


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    """The provider, listening."""
    provider = IdentityProvider()

    class Handler(BaseHTTPRequestHandler):
        def reply(self, form: dict[str, str]) -> None:
            status, told = provider.answer(urlsplit(self.path).path, form, self.headers.get("Authorization", ""))
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.reply({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.reply({name: value[0] for name, value in parse_qs(body).items()})

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
