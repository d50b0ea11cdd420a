"""The section `staff.oidc` of config.yml: sign-in through the company's identity provider."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from bot.config_values import Secret, Section, WebUrl

Claim = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/-]{1,100}$")]
Value = Annotated[str, Field(min_length=1, max_length=200)]


class OidcSection(Section):
    """OpenID Connect, by authorization code with PKCE. Off while there is no issuer."""

    issuer: WebUrl | None = None
    client_id: Annotated[str, Field(max_length=200)] = ""
    client_secret: Secret = None
    client_secret_file: Path | None = None
    label: Annotated[str, Field(min_length=1, max_length=40)] = "SSO"
    scopes: Annotated[tuple[Value, ...], Field(min_length=1, max_length=20)] = ("openid",)
    claim: Claim = "sub"
    amr: Annotated[tuple[Value, ...], Field(max_length=20)] = ("mfa",)
    acr: Annotated[tuple[Value, ...], Field(max_length=20)] = ()
    only: bool = False

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if self.issuer is None:
            if self.only:
                raise ValueError("only: nobody could sign in without an issuer")
            return self
        if not self.client_id:
            raise ValueError("client_id: is missing: the identity provider gave one to this application")
        if urlsplit(self.issuer).scheme != "https" and not is_loopback(self.issuer):
            raise ValueError("issuer: should begin with https://")
        if "openid" not in self.scopes:
            raise ValueError("scopes: should hold openid")
        return self


def is_loopback(url: str) -> bool:
    """Whether an address leads to this very machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
