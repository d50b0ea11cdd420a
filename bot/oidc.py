"""The identity provider: found by its discovery document, asked with PKCE, believed only under its signature.

Authlib knows the protocol (requests, PKCE, the claims of an ID token) and joserfc the signatures; what goes over the
wire goes through httpx, without redirects and not for long. Nothing that the provider sent is logged.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import msgspec

from bot.config_oidc import OidcSection, is_loopback

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

TIMEOUT = 5.0
LONGEST = 256 * 1024  # bytes of an answer
KEPT = dt.timedelta(hours=1)  # how long the discovery document and the keys are believed to stand
LEEWAY = 60  # seconds by which two clocks may differ
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures by a key pair only: neither `none` nor a shared secret, which anybody at this end could sign with."""


class OidcError(Exception):
    """The provider could not be asked, or is not believed. `kind` says why in a word, for the log."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class OidcMissingError(Exception):
    """staff.oidc is on and its libraries are not installed."""


class Asked(msgspec.Struct, frozen=True):
    """What one sign-in was begun with. The provider repeats `nonce` under its signature, and only whoever has
    `verifier` can trade the code in."""

    state: str
    nonce: str
    verifier: str


class Vouched(msgspec.Struct, frozen=True):
    """What the provider vouches for: the value of the claim that names somebody, and whether they proved a second
    factor there."""

    value: str
    second_factor: bool


class Found(msgspec.Struct, frozen=True):
    """The provider's addresses and keys, and when they were read."""

    authorize: str
    token: str
    jwks: str
    methods: tuple[str, ...]
    keys: KeySet
    at: dt.datetime


class Provider:
    """One identity provider."""

    def __init__(self, settings: OidcSection, public_url: str) -> None:
        """Raises OidcMissingError when the libraries are not there."""
        if find_spec("authlib") is None or find_spec("joserfc") is None:
            raise OidcMissingError("staff.oidc needs Authlib: pip install 'tellonce[oidc]'")
        self._settings = settings
        self._issuer = settings.issuer or ""
        self._back = f"{public_url.rstrip('/')}/console/oidc/callback"
        self._found: Found | None = None
        self._gate = threading.Lock()

    def address(self, asked: Asked, now: dt.datetime) -> str:
        """Where the browser is sent. Raises OidcError."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]  # it has no types
        from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]  # it has no types

        return str(
            prepare_grant_uri(
                self._look(now).authorize,
                client_id=self._settings.client_id,
                response_type="code",
                redirect_uri=self._back,
                scope=" ".join(self._settings.scopes),
                state=asked.state,
                nonce=asked.nonce,
                code_challenge=create_s256_code_challenge(asked.verifier),
                code_challenge_method="S256",
            )
        )

    def redeem(self, code: str, asked: Asked, now: dt.datetime) -> Vouched:
        """Trade the code in and read the ID token. Raises OidcError."""
        found = self._look(now)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": asked.verifier,
            "client_id": self._settings.client_id,
        }
        secret = self._settings.client_secret
        basic = secret is not None and "client_secret_post" not in found.methods[:1]
        if secret is not None and not basic:
            form["client_secret"] = secret
        auth = httpx.BasicAuth(self._settings.client_id, secret) if basic and secret else None
        answer = fetch("POST", found.token, data=form, auth=auth)
        token, access = answer.get("id_token"), answer.get("access_token")
        if not isinstance(token, str):
            raise OidcError("no-id-token")
        return self._read(token, access if isinstance(access, str) else "", asked, now)

    def _read(self, token: str, access: str, asked: Asked, now: dt.datetime) -> Vouched:
        """The claims of an ID token, when its signature, issuer, audience, times and nonce are right."""
        from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]  # it has no types
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            try:
                signed = jwt.decode(token, self._look(now).keys, algorithms=list(ALGORITHMS))
            except (JoseError, ValueError):  # perhaps by a key that is newer than what we know
                signed = jwt.decode(token, self._look(now, again=True).keys, algorithms=list(ALGORITHMS))
            options = {
                "iss": {"essential": True, "value": self._issuer},
                "aud": {"essential": True, "value": self._settings.client_id},
                "nonce": {"essential": True, "value": asked.nonce},
            }
            params = {"nonce": asked.nonce, "client_id": self._settings.client_id, "access_token": access}
            claims = CodeIDToken(signed.claims, signed.header, options, params)
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise OidcError(f"id-token-{type(error).__name__}") from None
        return self._vouched(signed.claims)

    def _vouched(self, claims: Mapping[str, Any]) -> Vouched:
        value = claims.get(self._settings.claim)
        if not isinstance(value, str) or not 0 < len(value) <= 255:
            raise OidcError("no-claim")
        if self._settings.claim == "email" and claims.get("email_verified") is not True:
            raise OidcError("email-not-verified")
        amr, acr = claims.get("amr"), claims.get("acr")
        proven = isinstance(amr, list) and any(isinstance(one, str) and one in self._settings.amr for one in amr)
        return Vouched(value, proven or (isinstance(acr, str) and acr in self._settings.acr))

    def _look(self, now: dt.datetime, *, again: bool = False) -> Found:
        """The provider as it describes itself; read anew after a while, or when `again`."""
        with self._gate:
            found = self._found
            if found is None or again or not found.at <= now < found.at + KEPT:
                found = self._found = self._discover(now)
            return found

    def _discover(self, now: dt.datetime) -> Found:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        told = fetch("GET", f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if str(told.get("issuer", "")).rstrip("/") != self._issuer:
            raise OidcError("another-issuer")
        authorize, token, jwks = (
            self._ours(told.get(name)) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        )
        offered = told.get("token_endpoint_auth_methods_supported")
        methods = tuple(str(one) for one in offered) if isinstance(offered, list) else ()
        try:
            keys = KeySet.import_key_set(fetch("GET", jwks))  # type: ignore[arg-type]  # what it is not, it refuses
        except (JoseError, ValueError, TypeError, KeyError):
            raise OidcError("keys-unreadable") from None
        return Found(authorize, token, jwks, methods, keys, now)

    def _ours(self, url: object) -> str:
        """An address of the provider: https, unless the provider itself is this machine."""
        if not isinstance(url, str):
            raise OidcError("discovery-incomplete")
        if urlsplit(url).scheme != "https" and not (is_loopback(self._issuer) and is_loopback(url)):
            raise OidcError("discovery-not-https")
        return url


def fetch(method: str, url: str, *, data: Mapping[str, str] | None = None, auth: httpx.BasicAuth | None = None) -> dict[str, Any]:  # fmt: skip  # noqa: E501
    """The JSON object that an address answers with. Raises OidcError."""
    headers = {"Accept": "application/json"}
    try:
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client,
            client.stream(method, url, data=data, headers=headers, auth=auth or httpx.USE_CLIENT_DEFAULT) as answer,
        ):
            body = b""
            for part in answer.iter_bytes():
                body += part
                if len(body) > LONGEST:
                    raise OidcError("answer-too-long")
            if answer.status_code != 200:
                raise OidcError(f"status-{answer.status_code}")
            told = httpx.Response(200, content=body).json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise OidcError(f"not-reached-{type(error).__name__}") from None
    if not isinstance(told, dict):
        raise OidcError("answer-no-object")
    return told
