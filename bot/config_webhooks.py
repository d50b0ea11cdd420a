"""The section of config.yml for channels of integrators that want to be told instead of asking."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from bot.config_values import Secret, Section, WebUrl
from store.staff import CHANNEL_NAME

OURS = frozenset({"telegram", "webchat", "terminal", "whatsapp", "wechat", "wecom", "offline"})
"""Channels that TellOnce delivers to by itself, and the one in which nobody is to be told anything."""


class WebhookSection(Section):
    """Where what is said later in the chats of one channel of the API is posted."""

    name: Annotated[str, Field(pattern=CHANNEL_NAME)]
    url: WebUrl
    secret: Secret = None
    secret_file: Path | None = None

    @field_validator("name")
    @classmethod
    def _an_integrators_own(cls, name: str) -> str:
        if name in OURS:
            raise ValueError("is a channel of TellOnce's own; name the channel that you use in the API")
        return name

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if not self.secret:
            raise ValueError(
                "has no secret to sign with: name a file in secret_file, or set TELLONCE__CHANNELS__WEBHOOKS"
            )
        return self
