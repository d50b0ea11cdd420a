"""Starts and stops what works in the background, and the web server around it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

import structlog

from bot.app import CHANNELS, KINDS, App, database_file
from bot.messengers import make_messengers
from bot.only_one import OnlyOne
from bot.work import make_work
from store.database import Database

if TYPE_CHECKING:
    from bot.channels.telegram import TelegramChannel
    from bot.tracing import Tracing

log = structlog.get_logger(__name__)


LOOK = 5.0
"""Seconds between two looks whether another process still does what only one may do."""


class CannotStartError(Exception):
    """What the configuration asks for cannot be started here; the message says what and why."""


@contextlib.asynccontextmanager
async def at_work(app: App) -> AsyncIterator[None]:
    """Run the worker and the channels that are on. Raises AlreadyRunningError when another process does."""
    file = database_file(app.config)
    lock = None if file is None else OnlyOne(file.with_suffix(".lock"))
    try:
        _identity_provider(app)
        app.trace(_tracing(app))
        telegram = _telegram(app)
        app.telegram = telegram
        app.hooks = messengers = make_messengers(app)
        async with contextlib.AsyncExitStack() as stack:
            for messenger in messengers.values():
                stack.push_async_callback(messenger.close)
            if telegram is not None:
                stack.push_async_callback(telegram.close)
            work = make_work(app, telegram, worker_name(), messengers)
            stack.push_async_callback(work.close)
            app.woken.append(work.worker.wake)
            tasks = [asyncio.create_task(work.worker.run())]
            if telegram is not None:
                tasks.append(asyncio.create_task(while_leading(app.database, "telegram", telegram.run)))
            try:
                yield
            finally:
                app.woken.remove(work.worker.wake)
                await work.worker.stop()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        app.telegram, app.hooks = None, {}
        if app.tracing is not None:
            await asyncio.to_thread(app.tracing.close)
            app.trace(None)
        if lock is not None:
            lock.release()


def _identity_provider(app: App) -> None:
    """What signing in through it needs is there."""
    if app.config.staff.oidc.issuer is None:
        return
    from bot.oidc import OidcMissingError

    try:
        _ = app.oidc
    except OidcMissingError as error:
        raise CannotStartError(str(error)) from None


def _tracing(app: App) -> Tracing | None:
    """Who makes spans; None while they go nowhere."""
    settings = app.config.tracing
    if settings.endpoint is None:
        return None
    try:
        from bot.tracing import Tracing
    except ModuleNotFoundError:
        raise CannotStartError("tracing needs OpenTelemetry: pip install 'tellonce[tracing]'") from None
    return Tracing(settings.endpoint, settings.share, app.meters, CHANNELS, KINDS)


def _telegram(app: App) -> TelegramChannel | None:
    settings = app.config.channels.telegram
    if not settings.enabled:
        return None
    try:
        from aiogram.utils.token import TokenValidationError
    except ModuleNotFoundError:
        raise CannotStartError("channels.telegram needs aiogram: pip install 'tellonce[telegram]'") from None
    from bot.channels.telegram import TelegramChannel, TelegramSettings
    from bot.channels.telegram_hook import WEBHOOK_PATH

    webhook = f"{app.config.web.public_url}{WEBHOOK_PATH}" if settings.mode == "webhook" else None
    chosen = TelegramSettings(settings.token or "", settings.api_base, webhook, settings.webhook_secret)
    try:
        return TelegramChannel(chosen, app.receive, app.database, app.clock)
    except TokenValidationError:
        raise CannotStartError("channels.telegram: the token is not one of a Telegram bot") from None


async def while_leading(database: Database, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run what only one process may do, of all on one database; another takes over when this one is gone."""
    while True:
        if not await asyncio.to_thread(database.lead, name):
            await asyncio.sleep(LOOK)
            continue
        running = asyncio.create_task(run())
        try:
            while await asyncio.to_thread(database.lead, name):
                if (await asyncio.wait([running], timeout=LOOK))[0]:
                    return await running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def work_on(app: App) -> None:
    """Work without a web server until told to stop."""
    stopped = asyncio.Event()
    with signalled(stopped.set):
        async with at_work(app):
            with telling(app):
                log.info("working")
                await stopped.wait()


@contextlib.contextmanager
def telling(app: App) -> Iterator[None]:
    """Tell Prometheus on a port of the worker's own, if it has one. Raises CannotStartError when it is taken."""
    section = app.config.metrics
    if section.worker_port is None:
        yield
        return
    from bot.metrics import registry_of, start_http_server

    try:
        server, thread = start_http_server(section.worker_port, section.worker_host, registry_of(app))
    except OSError as error:
        where = f"{section.worker_host} port {section.worker_port}"
        raise CannotStartError(f"cannot tell metrics on {where}: {error.strerror or error}") from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def run(app: App, started: Callable[[], None] = lambda: None) -> None:
    """Serve until told to stop; `started` is called once the address answers."""
    asyncio.run(_serve(app, started))


async def _serve(app: App, started: Callable[[], None]) -> None:
    import uvicorn

    from bot.server import make_server

    class Server(uvicorn.Server):
        """Leaves signals to us: uvicorn would raise them again when it is done, and the worker is not done then."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    web = app.config.web
    config = uvicorn.Config(
        make_server(app),
        host=web.host,
        port=web.port,
        log_config=None,
        log_level="info",  # at debug level it would write every frame of the web chat, and cookies
        access_log=False,
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        timeout_graceful_shutdown=5,
    )
    server = Server(config)

    def stop() -> None:
        server.force_exit, server.should_exit = server.should_exit, True

    with listening(web.host, web.port) as door, signalled(stop):
        async with at_work(app):
            announcing = asyncio.create_task(_announce(server, started))
            try:
                await server.serve(sockets=[door])
            finally:
                announcing.cancel()


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket on this address. Raises CannotStartError when it is taken, not ours, or not known."""
    door: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        door = socket.socket(family, kind, protocol)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(address)
    except OSError as error:
        if door is not None:
            door.close()
        raise CannotStartError(f"cannot listen on {host} port {port}: {error.strerror or error}") from None
    with door:
        yield door


@contextlib.contextmanager
def signalled(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C, or whoever supervises the process, stops it in good order; a second time, at once."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread hears signals
        yield
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _announce(server: object, started: Callable[[], None]) -> None:
    while not getattr(server, "started", False):  # noqa: ASYNC110 - uvicorn offers a flag, no event
        await asyncio.sleep(0.02)
    for door in getattr(server, "servers", ()):
        host, port = door.sockets[0].getsockname()[:2]
        log.info("serving", host=host, port=port)
    started()


def worker_name() -> str:
    """Names this process among the workers of one database."""
    return f"{os.getpid()}-{secrets.token_hex(3)}"
