"""Web chat: the page, and a WebSocket that neither loses nor repeats a message.

Frames are JSON objects. From the browser: `{"kind": "hello", "after": seq}` first, then `say` with `id` and `text`,
`tap` with `id` and `button`, `link` with `id` and `token`. To the browser: `said` (messages in order, each with its
`seq`; `done` names the id that is now safe with us and need not be sent again), `refused`, `state`, `ready`, `beat`.

The browser repeats what was not `done` under the same id, and the claim makes a repeat harmless; it names the last
`seq` it has seen, and the store gives what came later. So either side may vanish at any moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.channels.webchat_id import chat_of, cookie_name, fresh_cookie, set_cookie
from bot.guards import same_origin
from bot.limits import Kind, TooManyError
from bot.pages import crowded, language_of, page
from bot.served import Served, served
from dialogs.types import ActorKind, Inbound, Stage
from nlu.replaced import replaced
from store.conversations import ClaimConflict
from store.said import Said
from store.uow import UnitOfWork

log = structlog.get_logger()

CHANNEL = "webchat"
TEXT_LIMIT = 4096
IDLE = dt.timedelta(days=30)
FRAME_LIMIT = 64 * 1024
LINK_MARK = "[link]"  # how the store keeps the arrival by a deep link
AT_ONCE = 500  # messages in one frame
LOOK_BACK = 40  # messages before the cursor in which the label of a tapped button is looked for
BEAT = 20.0  # seconds between signs of life
HELLO_PATIENCE = 10.0
NAMELESS, CROWDED, LATE = 4401, 4429, 4408  # close codes the page knows
MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def routes() -> list[BaseRoute]:
    """The chat's addresses."""
    return [Route("/chat", show), WebSocketRoute("/chat/socket", socket)]


async def show(request: Request) -> Response:
    """The chat page. Gives the browser its chat, or a new one when the old has been idle for too long."""
    app = served(request)
    try:
        await app.limits.of_address(request)
    except TooManyError as error:
        return crowded(request, error.wait)
    cookie = await run_in_threadpool(cookie_for, app, request.cookies.get(cookie_name(app.config.web.public_url)))
    values = {"company": app.policy.company, "text_limit": TEXT_LIMIT}
    response = page(request, "chat.html", values, otherwise=app.policy.language)
    set_cookie(response, cookie, app.config.web.public_url)
    return response


def cookie_for(app: Served, cookie: str | None) -> str:
    """The cookie the browser has, or a fresh one."""
    chat = chat_of(app.database, cookie)
    if cookie is None or chat is None or went_idle(app, chat):
        return fresh_cookie(app.database)
    return cookie


def went_idle(app: Served, chat: str) -> bool:
    """Whether nobody has written in this chat for so long that it is over."""
    found = app.database.read(lambda uow: uow.conversations.find(CHANNEL, chat))
    return found is not None and found.last_inbound_at is not None and app.clock() - found.last_inbound_at > IDLE


async def socket(ws: WebSocket) -> None:
    """One browser tab."""
    app = served(ws)
    if not same_origin(ws.headers, app.config.web.public_url):
        await ws.close()  # before accepting: the browser sees a plain 403
        return
    await ws.accept()
    try:
        await app.limits.of_address(ws)
    except TooManyError:
        await ws.close(CROWDED)
        return
    cookie = ws.cookies.get(cookie_name(app.config.web.public_url))
    chat = await run_in_threadpool(chat_of, app.database, cookie)
    if chat is None or await run_in_threadpool(went_idle, app, chat):
        await ws.close(NAMELESS)
        return
    try:
        async with asyncio.timeout(HELLO_PATIENCE):
            hello = frame_of(await ws.receive_text())
    except TimeoutError:
        await ws.close(LATE)
        return
    except WebSocketDisconnect:
        return
    after = hello.get("after")
    cursor = after if isinstance(after, int) and not isinstance(after, bool) and 0 <= after < 2**53 else 0
    tab = Tab(ws, app, chat, language_of(ws, app.policy.language), cursor)
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await tab.run()


def frame_of(text: str) -> Mapping[str, Any]:
    """A frame as an object; an empty one for anything else."""
    if len(text) > FRAME_LIMIT:
        return {}
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return frame if isinstance(frame, dict) else {}


class Tab:
    """One connection: reads frames one after another, and tells what is new in the chat as it comes."""

    def __init__(self, ws: WebSocket, app: Served, chat: str, language: str, cursor: int) -> None:
        self._ws, self._app, self._chat, self._language = ws, app, chat, language
        self._cursor = cursor
        self._conversation: str | None = None
        self._state: tuple[str, str | None] | None = None
        self._telling = asyncio.Lock()

    async def run(self) -> None:
        """Serve the tab until it goes away."""
        while await self._tell():  # a long chat takes several frames
            pass
        await self._send({"kind": "ready"})
        listening: asyncio.Task[None] | None = None
        try:
            while True:
                if listening is None and self._conversation is not None:
                    listening = asyncio.create_task(self._listen(self._conversation))
                try:
                    async with asyncio.timeout(BEAT if listening is None else None):
                        text = await self._ws.receive_text()
                except TimeoutError:
                    await self._send({"kind": "beat"})
                    continue
                await self._take(frame_of(text))
        finally:
            if listening is not None:
                listening.cancel()

    async def _listen(self, conversation: str) -> None:
        """Tell what is new whenever something is, and give a sign of life in between."""
        async for _ in self._app.hub.listen(conversation, BEAT):
            if not await self._tell():
                await self._send({"kind": "beat"})

    async def _take(self, frame: Mapping[str, Any]) -> None:
        """One frame from the browser."""
        id = frame.get("id")
        if not isinstance(id, str) or not MESSAGE_ID.fullmatch(id):
            return  # it could not be answered: nobody would know what for
        inbound = self._inbound(id, frame)
        if isinstance(inbound, str):
            await self._send({"kind": "refused", "id": id, "why": inbound})
            return
        try:
            await self._app.limits.require(Kind.CHAT, CHANNEL, self._chat)
        except TooManyError:
            await self._send({"kind": "refused", "id": id, "why": "slow-down"})
            return
        try:
            async with self._telling:  # so that "done" comes with what it did, never after it
                await self._app.receive(inbound)
        except ClaimConflict:
            await self._send({"kind": "refused", "id": id, "why": "not-understood"})
            return
        except Exception as error:  # the browser keeps the message and sends it again
            log.error("turn failed", channel=CHANNEL, kind=type(error).__name__)
            await self._send({"kind": "refused", "id": id, "why": "try-again"})
            return
        await self._tell(done=id)

    def _inbound(self, id: str, frame: Mapping[str, Any]) -> Inbound | str:
        """The message a frame carries, or why it is refused."""
        kinds = {"say": ("text", TEXT_LIMIT), "tap": ("button", 64), "link": ("token", 256)}
        if frame.get("kind") not in kinds:
            return "not-understood"
        part, limit = kinds[frame["kind"]]
        content = frame.get(part)
        if not isinstance(content, str) or not content.strip() or not is_text(content):
            return "not-understood"
        if len(content) > limit:
            return "too-long" if part == "text" else "not-understood"
        return Inbound(
            channel=CHANNEL,
            chat=self._chat,
            id=id,
            at=self._app.clock(),
            text=content if part == "text" else None,
            button=content if part == "button" else None,
            link_token=content if part == "token" else None,
            locale=self._language,
        )

    async def _tell(self, done: str | None = None) -> bool:
        """Send what the chat says after the cursor, which message is done, and how the chat stands.

        False when there was nothing new.
        """
        async with self._telling:  # a turn and a signal may ask at once; the cursor moves once
            said, state = await run_in_threadpool(self._news)
            if said or done:
                await self._send(
                    {"kind": "said", "messages": [shown(one) for one in said if not unspoken(one)], "done": done}
                )
            if said:
                self._cursor = said[-1].seq
            if changed := state != self._state:
                self._state = state
                await self._send({"kind": "state", "stage": state[0], "owner": state[1]})
            return bool(said or done) or changed

    def _news(self) -> tuple[list[Said], tuple[str, str | None]]:
        """Messages after the cursor, the stage and who speaks."""

        def look(uow: UnitOfWork) -> tuple[list[Said], tuple[str, str | None]]:
            found = uow.conversations.find(CHANNEL, self._chat)
            if found is None:
                return [], (Stage.IDLE.value, None)
            self._conversation = found.id
            before = max(0, self._cursor - LOOK_BACK)
            said = with_labels(uow.conversations.messages_for_customer(found.id, after=before, limit=AT_ONCE))
            return [one for one in said if one.seq > self._cursor], (found.stage.value, found.owner)

        return self._app.database.read(look)

    async def _send(self, frame: Mapping[str, Any]) -> None:
        await self._ws.send_text(json.dumps(frame, ensure_ascii=False))


def is_text(content: str) -> bool:
    """Whether it can be written as UTF-8 (JSON may carry half a surrogate pair)."""
    return not any("\ud800" <= letter <= "\udfff" for letter in content)


def unspoken(said: Said) -> bool:
    """Whether this is the mark of a deep link, which the customer did not say."""
    return said.author_kind is ActorKind.CUSTOMER and said.text == LINK_MARK


def with_labels(said: list[Said]) -> list[Said]:
    """A tapped button is kept as "[id]"; the customer saw its label, so that is what they are shown to have said."""
    labels: dict[str, str] = {}
    labelled = []
    for one in said:
        labels.update({f"[{id}]": text for id, text in one.buttons})
        tapped = one.author_kind is ActorKind.CUSTOMER and one.text in labels
        labelled.append(replaced(one, text=labels[one.text]) if tapped else one)
    return labelled


def shown(said: Said) -> dict[str, Any]:
    """A message as the page shows it. A member of staff is named; the bot and the customer are not."""
    return {
        "seq": said.seq,
        "from": said.author_kind.value,
        "name": said.author.removeprefix("staff:") if said.author_kind is ActorKind.STAFF else "",
        "text": said.text,
        "buttons": [{"id": id, "text": text} for id, text in said.buttons],
        "at": said.at.isoformat(),
    }
