"""Sends notices: one-time codes, and word to an old contact that something changed.

A notice leaves by the first URL of its list in config.yml (`notify.phone`, `notify.email`) that takes it. The text is
loaded in clear only here, and erased in the transaction that ends the job.

URLs are Apprise's (github.com/caronc/apprise), which know e-mail and some forty SMS gateways. Where the customer's
address goes:

* `{to}` in the URL is replaced by it, URL-quoted: `twilio://SID:TOKEN@FROM/{to}`;
* `mailto://` and `mailtos://` without `{to}` send to it;
* `json://host:port/`, `form://` and `xml://` (and their secure forms) without `{to}` carry it in the body. For JSON
  the body is `{"to": "+14155550123", "message": "…", "title": COMPANY, "id": NOTICE, "kind": "phone" | "email",
  "version": "1.0", "attachments": [], "type": "info"}`; `id` is the same in a repeat, so a receiver can drop it;
* `demo://phone` puts it on the demo phone page.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Protocol
from urllib.parse import quote, urlsplit

from bot.demo_phone import DemoPhone
from bot.errors import PermanentDeliveryError, TemporaryDeliveryError
from bot.worker import Work, Write, nothing
from store.database import Database
from store.jobs import Lease
from store.notices import Notice
from store.uow import UnitOfWork

DEMO = "demo://"
MAIL = frozenset({"mailto", "mailtos"})
BODY = frozenset({"json", "jsons", "form", "forms", "xml", "xmls"})


class Sender(Protocol):
    """A way out. Raises a TemporaryDeliveryError or a PermanentDeliveryError when the notice was not taken."""

    async def send(self, notice: Notice) -> None:
        """Hand the notice to the provider."""


class AppriseSender:
    """Sends through one Apprise URL. `title` is the subject of a mail and names the company to a gateway."""

    def __init__(self, url: str, title: str) -> None:
        self._url, self._title = url, title

    async def send(self, notice: Notice) -> None:
        """Blocking in Apprise, hence on a thread."""
        await asyncio.to_thread(self._send, addressed(self._url, notice), notice.text)

    def _send(self, url: str, text: str) -> None:
        apprise = _library()
        provider = apprise.Apprise.instantiate(url, suppress_exceptions=True)
        if provider is None:
            raise PermanentDeliveryError("url not understood")
        provider.request_rate_per_sec = 0  # our own jobs pace
        out = apprise.Apprise()
        out.add(provider)
        if not out.notify(body=text, title=self._title, body_format="text"):
            raise TemporaryDeliveryError("not taken")


@cache
def _library() -> ModuleType:
    """Apprise with its plugins, which take a second to import: only the first notice pays for it."""
    # At debug level it would write addresses and texts. Whoever configures logging anew would lift `disabled` again.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    logging.getLogger("urllib3").setLevel(logging.INFO)  # likewise, the path of a URL
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # one plugin imports `imghdr`
        apprise = import_module("apprise")
        apprise.Apprise.instantiate("json://localhost/")  # loads the plugins
    return apprise


def addressed(url: str, notice: Notice) -> str:
    """The URL with the notice's address in it, as the module's docstring tells."""
    if "{to}" in url:
        return url.replace("{to}", quote(notice.address, safe=""))
    scheme = urlsplit(url).scheme.lower()
    if scheme in MAIL:
        return _with_query(url, {"to": notice.address, "format": "text"})
    if scheme in BODY:
        # Apprise unquotes the values of such keys twice
        body = {":to": notice.address, ":id": notice.id, ":kind": notice.kind}
        return _with_query(url, {key: quote(value, safe="") for key, value in body.items()})
    raise PermanentDeliveryError("url has no place for an address")


def _with_query(url: str, extra: Mapping[str, str]) -> str:
    pairs = "&".join(f"{quote(key, safe=':')}={quote(value, safe='')}" for key, value in extra.items())
    return f"{url}{'&' if '?' in url else '?'}{pairs}"


class DemoSender:
    """Puts the notice on the demo phone page."""

    def __init__(self, phone: DemoPhone, clock: Callable[[], dt.datetime]) -> None:
        self._phone, self._clock = phone, clock

    async def send(self, notice: Notice) -> None:
        """Always taken."""
        self._phone.put(notice.kind, notice.address, notice.text, self._clock())


def senders(urls: Sequence[str], title: str, demo: DemoSender | None) -> tuple[Sender, ...]:
    """One sender per URL, in order. `demo` is None outside the demo, where `demo://` is refused."""
    made: list[Sender] = []
    for url in urls:
        if not url.startswith(DEMO):
            made.append(AppriseSender(url, title))
        elif demo is not None:
            made.append(demo)
        else:
            raise ValueError("demo:// works only in the demo")
    return tuple(made)


class Codes:
    """Does `notice` jobs. `ways` are the senders per kind of contact (phone, email)."""

    def __init__(
        self, database: Database, ways: Mapping[str, Sequence[Sender]], clock: Callable[[], dt.datetime]
    ) -> None:
        self._database, self._ways, self._clock = database, ways, clock

    def work(self) -> Work:
        """A code lives ten minutes: a few quick tries, then the customer asks for another."""
        return Work(self.run, slots=8, attempts=6, first_wait=1.0, longest_wait=60.0)

    async def run(self, lease: Lease) -> Write:
        """Send the notice, and have its text erased. One that is no longer there was sent, replaced or expired."""
        key = str(lease.payload["notice"])
        notice = await asyncio.to_thread(self._database.read, lambda uow: uow.notices.load(key))
        if notice is None:
            return nothing
        await self._first_that_takes(notice)

        def sent(uow: UnitOfWork) -> Iterable[str]:
            uow.notices.sent(key, self._clock())
            return ()

        return sent

    async def _first_that_takes(self, notice: Notice) -> None:
        refusal: Exception = PermanentDeliveryError(f"no url for {notice.kind}")
        for sender in self._ways.get(notice.kind, ()):
            try:
                await sender.send(notice)
            except TemporaryDeliveryError as error:
                refusal = error
            except PermanentDeliveryError as error:
                refusal = refusal if isinstance(refusal, TemporaryDeliveryError) else error
            else:
                return
        raise refusal


def expired(uow: UnitOfWork, now: dt.datetime) -> bool:
    """A chore: erase the texts that are too late to be sent."""
    uow.notices.expire(now)
    return False
