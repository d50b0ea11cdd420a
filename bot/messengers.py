"""Builds the messengers that deliver to us: each is imported only when its channel is on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from bot.channels.hooks import WECHAT_PATH, WECOM_PATH, WHATSAPP_PATH, Hook
from bot.worker import Work

if TYPE_CHECKING:
    from bot.app import App
    from bot.config_channels import ChannelsSection


class Running(Hook, Protocol):
    """A messenger's channel: what it brings, what goes out by it, and its end."""

    def work(self) -> Work:
        """Its delivery jobs."""

    async def close(self) -> None:
        """Close the connections."""


PATHS = {"whatsapp": WHATSAPP_PATH, "wechat": WECHAT_PATH, "wecom": WECOM_PATH}
"""Where each messenger delivers."""


def enabled(channels: ChannelsSection) -> tuple[str, ...]:
    """The messengers that are on."""
    return tuple(name for name in PATHS if getattr(channels, name).enabled)


def make_messengers(app: App) -> dict[str, Running]:
    """Those that are on, by the names of their channels."""
    return {name: _MAKERS[name](app) for name in enabled(app.config.channels)}


def _whatsapp(app: App) -> Running:
    from bot.channels.outbox import TemplateKind
    from bot.channels.whatsapp import WhatsAppChannel, WhatsAppSettings, WhatsAppTemplate

    section = app.config.channels.whatsapp
    templates = {
        TemplateKind(occasion): WhatsAppTemplate(one.name, one.codes, one.text, one.buttons)
        for occasion, one in section.templates.items()
    }
    settings = WhatsAppSettings(
        phone_number_id=section.phone_number_id,
        token=section.token or "",
        app_secret=section.app_secret or "",
        verify_token=section.verify_token or "",
        api_base=section.api_base,
        templates=templates,
    )
    return WhatsAppChannel(settings, app.receive, app.database, app.clock)


def _wechat(app: App) -> Running:
    from bot.channels.outbox import TemplateKind
    from bot.channels.wechat import SUBSCRIPTION, TEMPLATE, WeChatChannel, WeChatSettings, WeChatTemplate

    section = app.config.channels.wechat
    templates = {
        TemplateKind(occasion): WeChatTemplate(one.id, one.values, SUBSCRIPTION if one.subscription else TEMPLATE)
        for occasion, one in section.templates.items()
    }
    settings = WeChatSettings(
        app_id=section.app_id,
        secret=section.secret or "",
        token=section.token or "",
        encoding_aes_key=section.encoding_aes_key if section.mode == "encrypted" else None,
        api_base=section.api_base,
        templates=templates,
    )
    return WeChatChannel(settings, app.receive, app.database, app.clock)


def _wecom(app: App) -> Running:
    from bot.channels.wecom import WeComChannel, WeComSettings

    section = app.config.channels.wecom
    settings = WeComSettings(
        corp_id=section.corp_id,
        agent_id=section.agent_id,
        secret=section.secret or "",
        token=section.token or "",
        encoding_aes_key=section.encoding_aes_key or "",
        api_base=section.api_base,
        title=app.config.company,
    )
    return WeComChannel(settings, app.receive, app.database, app.clock)


_MAKERS: dict[str, Callable[[App], Running]] = {"whatsapp": _whatsapp, "wechat": _wechat, "wecom": _wecom}
