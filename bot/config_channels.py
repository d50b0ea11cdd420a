"""The sections of config.yml for the channels where customers write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from bot.config_values import Secret, Section, WebUrl
from bot.config_webhooks import WebhookSection
from nlu.types import Language

Occasion = Literal["check_in", "receipt", "other"]
_ANSWERED: tuple[Occasion, ...] = ("check_in", "receipt")
_CODES = {Language.EN: "en", Language.ZH: "zh_CN"}


class TelegramSection(Section):
    """The Telegram channel."""

    enabled: bool = False
    token: Secret = None
    token_file: Path | None = None
    api_base: WebUrl = "https://api.telegram.org"
    mode: Literal["polling", "webhook"] = "polling"
    webhook_secret: Secret = None
    webhook_secret_file: Path | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.enabled and not self.token:
            raise ValueError("is enabled without a token: set TELLONCE__CHANNELS__TELEGRAM__TOKEN or token_file")
        if self.enabled and self.mode == "webhook" and not self.webhook_secret:
            raise ValueError("a webhook needs a secret: set TELLONCE__CHANNELS__TELEGRAM__WEBHOOK_SECRET")
        return self


class WhatsAppTemplateSection(Section):
    """An approved template of WhatsApp."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
    codes: Annotated[Mapping[Language, Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2,3})?$")]], Field()] = Field(
        default_factory=lambda: dict(_CODES)
    )
    text: bool = False
    buttons: bool = False


class WhatsAppSection(Section):
    """The WhatsApp channel (Cloud API)."""

    enabled: bool = False
    phone_number_id: Annotated[str, Field(pattern=r"^\d{0,32}$")] = ""
    token: Secret = None
    token_file: Path | None = None
    app_secret: Secret = None
    app_secret_file: Path | None = None
    verify_token: Secret = None
    verify_token_file: Path | None = None
    api_base: WebUrl = "https://graph.facebook.com/v23.0"
    templates: dict[Occasion, WhatsAppTemplateSection] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _need(self, "WHATSAPP", ("phone_number_id",), ("token", "app_secret", "verify_token"))
        for occasion, template in self.templates.items():
            if template.buttons and occasion not in _ANSWERED:
                raise ValueError(f"templates: {occasion} has no buttons that are always the same")
        return self


_KEY = r"^[A-Za-z0-9+/]{43}$"


class WeChatTemplateSection(Section):
    """A template of a WeChat account. It gives notice; the words in it are the company's own."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
    values: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,32}$")], Annotated[str, Field(max_length=200)]] = Field(
        default_factory=dict
    )
    subscription: bool = False


class WeChatSection(Section):
    """The WeChat channel (Official Account)."""

    enabled: bool = False
    app_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""
    secret: Secret = None
    secret_file: Path | None = None
    token: Secret = None
    token_file: Path | None = None
    mode: Literal["encrypted", "plain"] = "encrypted"
    encoding_aes_key: Secret = None
    encoding_aes_key_file: Path | None = None
    api_base: WebUrl = "https://api.weixin.qq.com"
    templates: dict[Occasion, WeChatTemplateSection] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        key = ("encoding_aes_key",) if self.mode == "encrypted" else ()
        _need(self, "WECHAT", ("app_id",), ("secret", "token", *key))
        _whole_key(self.encoding_aes_key)
        return self


class WeComSection(Section):
    """The WeCom channel (messages of an application)."""

    enabled: bool = False
    corp_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""
    agent_id: Annotated[int, Field(ge=0, le=2**31)] = 0
    secret: Secret = None
    secret_file: Path | None = None
    token: Secret = None
    token_file: Path | None = None
    encoding_aes_key: Secret = None
    encoding_aes_key_file: Path | None = None
    api_base: WebUrl = "https://qyapi.weixin.qq.com"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _need(self, "WECOM", ("corp_id", "agent_id"), ("secret", "token", "encoding_aes_key"))
        _whole_key(self.encoding_aes_key)
        return self


def _whole_key(key: str | None) -> None:
    if key is not None and not re.fullmatch(_KEY, key):
        raise ValueError("encoding_aes_key: should have 43 letters and digits")


def _need(section: Section, name: str, keys: tuple[str, ...], secrets: tuple[str, ...]) -> None:
    """An enabled channel has everything it needs."""
    if not getattr(section, "enabled", False):
        return
    for key in keys:
        if not getattr(section, key):
            raise ValueError(f"{key}: is needed by an enabled channel")
    for key in secrets:
        if not getattr(section, key):
            variable = f"TELLONCE__CHANNELS__{name}__{key.upper()}"
            raise ValueError(f"{key}: is needed by an enabled channel: set {variable} or {key}_file")


class ChannelsSection(Section):
    """Where customers write, besides web chat, terminal and API, which are always there."""

    telegram: TelegramSection = TelegramSection()
    whatsapp: WhatsAppSection = WhatsAppSection()
    wechat: WeChatSection = WeChatSection()
    wecom: WeComSection = WeComSection()
    webhooks: Annotated[tuple[WebhookSection, ...], Field(max_length=100)] = ()

    @field_validator("webhooks")
    @classmethod
    def _one_each(cls, webhooks: tuple[WebhookSection, ...]) -> tuple[WebhookSection, ...]:
        names = [webhook.name for webhook in webhooks]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two are named {min(twice)}")
        return webhooks
