"""What the web side needs of the application that bot.app builds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from starlette.requests import HTTPConnection

from bot.live import Hub
from bot.meters import Meters
from dialogs.policy import Policy
from dialogs.replies import Catalogues
from dialogs.types import Inbound
from nlu.custom import Learned
from store.crypto import Keyring
from store.database import Database
from store.said import Said
from store.sessions import Lasting

if TYPE_CHECKING:
    from bot.channels.hooks import Hook
    from bot.channels.telegram_hook import Hooked
    from bot.config import Config
    from bot.demo_crm import DemoCrm
    from bot.demo_phone import DemoPhone
    from bot.limits import Limits
    from bot.oidc import Provider
    from bot.tracing import Tracing


class Served(Protocol):
    """The running application, seen from a web page or an API call. What is named `demo…` is None outside the demo;
    `telegram` is None while that channel does not run; `hooks` are the messengers that run, by channel; `oidc` is
    the identity provider, None while there is none; `tracing` is None while no traces are made."""

    @property
    def config(self) -> Config: ...
    @property
    def policy(self) -> Policy: ...
    @property
    def own_fields(self) -> tuple[Learned, ...]: ...
    @property
    def catalogues(self) -> Catalogues: ...
    @property
    def database(self) -> Database: ...
    @property
    def keyring(self) -> Keyring: ...
    @property
    def hub(self) -> Hub: ...
    @property
    def meters(self) -> Meters: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def clock(self) -> Callable[[], dt.datetime]: ...
    @property
    def demo_phone(self) -> DemoPhone | None: ...
    @property
    def demo_crm(self) -> DemoCrm | None: ...
    @property
    def telegram(self) -> Hooked | None: ...
    @property
    def oidc(self) -> Provider | None: ...
    @property
    def tracing(self) -> Tracing | None: ...
    @property
    def hooks(self) -> Mapping[str, Hook]: ...

    async def receive(self, inbound: Inbound) -> tuple[Said, ...]:
        """One turn (bot.turn). Raises store.conversations.ClaimConflict for a known id with another body."""
        ...

    async def offered(self, inbound: Inbound) -> tuple[Said, ...] | None:
        """One turn of a message that another bot answers unless it concerns us (bot.offer): then None."""
        ...


def served(connection: HTTPConnection) -> Served:
    """The application behind this request."""
    app: Served = connection.app.state.served
    return app


def lasting_of(config: Config) -> Lasting:
    """How long a session of staff lasts."""
    return Lasting(config.staff.session_idle, config.staff.session_length)


def origin_of(connection: HTTPConnection) -> str:
    """The address a request came from, for the audit log. "unknown" in tests without one."""
    return connection.client.host if connection.client else "unknown"
