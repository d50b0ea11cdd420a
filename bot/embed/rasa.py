"""TellOnce inside a Rasa assistant: the custom action `action_tellonce`, and a guard for the action server.

This file stands alone: it needs rasa-sdk and nothing of TellOnce's own packages. `tellonce embed rasa >
actions/tellonce_rasa.py` writes it out; `python -m rasa_sdk --actions actions` serves it. It is set by the environment:

    TELLONCE_URL          where TellOnce is, such as https://tellonce.example
    TELLONCE_TOKEN        of `tellonce staff token rasa --scope messages,links --channel rasa`
    TELLONCE_CHANNEL      the channel of that token; rasa if absent
    TELLONCE_RASA_SECRET  what Rasa and this server share: at least 32 characters, nobody else knows it

Each may be given as a file instead (`TELLONCE_TOKEN_FILE`, …). Rasa sends the secret with every call (endpoints.yml:
`action_endpoint: {url: …, headers: {Authorization: "Bearer …"}}`); without it the answer is 401. A `sender_id` is what
a visitor's browser says it is, so it names a chat and no customer, unless your site signed it: `signed_sender`.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import os
import re
import urllib.error
import urllib.request
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import pluggy
from rasa_sdk import Action, Tracker  # type: ignore[import-untyped]  # it ships no types
from rasa_sdk.events import SlotSet  # type: ignore[import-untyped]  # it ships no types
from rasa_sdk.executor import CollectingDispatcher  # type: ignore[import-untyped]  # it ships no types
from rasa_sdk.interfaces import ActionExecutionRejection  # type: ignore[import-untyped]  # it ships no types
from rasa_sdk.plugin import plugin_manager  # type: ignore[import-untyped]  # it ships no types
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

log = logging.getLogger("tellonce.rasa")

Json: TypeAlias = dict[str, Any]

ACTION = "action_tellonce"
INTENT, ENTITY = "tellonce", "tellonce_button"
SHORTEST_SECRET, LONGEST_NAME, TIMEOUT = 32, 128, 10.0
TAPPED = re.compile(rf"/{INTENT}(\{{.*\}})", re.S)
OPEN_PATHS = frozenset({"/health"})

known: ContextVar[bool] = ContextVar("known", default=False)
"""Whether the call being answered carried the secret. gRPC calls never do, and are refused by the action itself."""


class OutOfReach(Exception):
    """TellOnce did not answer."""


class Refused(Exception):
    """TellOnce will not take this."""


@dataclass(frozen=True)
class Settings:
    """What the environment says."""

    url: str
    token: str
    secret: str
    channel: str


def setting(name: str, default: str | None = None) -> str:
    """A variable, or the text of the file that its `_FILE` sibling names."""
    if file := os.environ.get(f"{name}_FILE"):
        return Path(file).read_text("utf-8").strip()
    found = os.environ.get(name, default)
    if not found:
        raise SystemExit(f"tellonce: set {name} or {name}_FILE")
    return found


def settings() -> Settings:
    """Raises SystemExit, with what to do, when something is missing."""
    secret = setting("TELLONCE_RASA_SECRET")
    if len(secret) < SHORTEST_SECRET:
        raise SystemExit(f"tellonce: TELLONCE_RASA_SECRET has fewer than {SHORTEST_SECRET} characters")
    url, token = setting("TELLONCE_URL").rstrip("/"), setting("TELLONCE_TOKEN")
    return Settings(url, token, secret, setting("TELLONCE_CHANNEL", "rasa"))


# --- whose conversation it is ------------------------------------------------------------------------------------


def signature_of(customer: str, secret: str) -> str:
    """The signature that makes a sender of a customer number."""
    return hmac.new(secret.encode(), f"tellonce-sender:{customer}".encode(), hashlib.sha256).hexdigest()


def signed_sender(customer: str, secret: str) -> str:
    """The `sender_id` under which your site opens the chat of a customer who is signed in there."""
    return f"customer:{customer}:{signature_of(customer, secret)}"


def customer_of(sender: str, secret: str) -> str | None:
    """The customer of a signed sender; None for any other, which is a chat of nobody yet."""
    kind, _, rest = sender.partition(":")
    customer, _, signature = rest.rpartition(":")
    if kind != "customer" or not customer:
        return None
    return customer if hmac.compare_digest(signature.encode(), signature_of(customer, secret).encode()) else None


# --- the guard ---------------------------------------------------------------------------------------------------


class Guard:
    """Refuses every call of the action server that does not carry the secret."""

    @pluggy.HookimplMarker("rasa_sdk")
    def attach_sanic_app_extensions(self, app: Sanic[Any, Any]) -> None:
        """Called by rasa-sdk in each process that serves."""
        expected = f"Bearer {settings().secret}".encode()

        async def check(request: Request[Any, Any]) -> HTTPResponse | None:
            given = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
            known.set(hmac.compare_digest(given, expected))
            if known.get() or request.path in OPEN_PATHS:
                return None
            return json_response({"error": "unauthorized"}, 401, headers={"WWW-Authenticate": "Bearer"})

        app.register_middleware(check, "request", priority=100)


if not plugin_manager().has_plugin("tellonce"):
    plugin_manager().register(Guard(), "tellonce")


# --- the action --------------------------------------------------------------------------------------------------


class ActionTellOnce(Action):  # type: ignore[misc]  # likewise
    """Forwards the latest message to TellOnce and utters what it says, later words included."""

    def name(self) -> str:
        """As the domain lists it."""
        return ACTION

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Json) -> list[Json]:
        """Slots tell what came of it: `tellonce_handled`, `tellonce_stage`, and up to where the chat was uttered."""
        if not known.get():
            raise ActionExecutionRejection(ACTION, "this call did not carry the secret")
        to = settings()
        chat = chat_of(tracker.sender_id)
        try:
            customer = customer_of(tracker.sender_id, to.secret)
            if customer is not None:
                await link(to, chat, customer)
            answer = await call(to, "POST", "/messages", message_of(tracker, chat, to.channel))
        except OutOfReach as trouble:
            log.warning("TellOnce is out of reach: %s", trouble)
            raise ActionExecutionRejection(ACTION, "TellOnce is out of reach") from None
        except Refused as refusal:
            log.error("TellOnce refused a message: %s", refusal)
            raise ActionExecutionRejection(ACTION, "TellOnce refused the message") from None
        said = await since(to, chat, tracker.get_slot("tellonce_seq"), answer["replies"])
        for one in said:
            dispatcher.utter_message(text=one["text"], buttons=[button(it) for it in one["buttons"]])
        stands = answer["conversation"]
        events = [
            SlotSet("tellonce_handled", answer["handled"]),
            SlotSet("tellonce_stage", stands and stands["stage"]),
        ]
        if said:
            events.append(SlotSet("tellonce_seq", said[-1]["seq"]))
        return [dict(event) for event in events]


def chat_of(sender: str) -> str:
    """The sender as the name of a chat: as it is where the API can take it, a digest of it otherwise."""
    fits = len(sender) <= LONGEST_NAME and re.fullmatch(r"[^\x00-\x20\x7f/]+", sender)
    return sender if fits else hashlib.sha256(sender.encode("utf-8", "replace")).hexdigest()


def message_of(tracker: Tracker, chat: str, channel: str) -> Json:
    """The latest message as the API takes it. It is offered: Rasa's other stories answer what concerns them."""
    latest = tracker.latest_message
    text = latest.get("text") or ""
    heard: Json = next((event for event in reversed(tracker.events) if event.get("event") == "user"), {})
    id = latest.get("message_id") or heard.get("message_id")
    if not id:  # an older Rasa: the moment it was heard tells two messages with the same words apart
        parts = (tracker.sender_id, str(heard.get("timestamp")), text)
        id = hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()
    tapped = button_of(latest, text)
    content = {"text": text} if tapped is None else {"button": tapped}
    return {"channel": channel, "chat": chat, "id": str(id), "offer": True, **content}


def button(shown: Json) -> Json:
    """A button as Rasa's channels show it; its payload comes back as the text of a message."""
    return {"title": shown["text"], "payload": f"/{INTENT}{json.dumps({ENTITY: shown['id']})}"}


def button_of(latest: Json, text: str) -> str | None:
    """The id of one of our buttons, if that is what was tapped."""
    for entity in latest.get("entities") or ():
        if entity.get("entity") == ENTITY:
            return str(entity.get("value"))
    if (match := TAPPED.fullmatch(text.strip())) is None:
        return None
    try:
        found = json.loads(match[1]).get(ENTITY)
    except ValueError:
        return None
    return None if found is None else str(found)


async def since(to: Settings, chat: str, seq: Any, replies: list[Json]) -> list[Json]:
    """What the chat has not heard yet: everything after `seq`, or just the replies where that is not known."""
    if not isinstance(seq, int | float):
        return replies
    try:
        page = await call(to, "GET", f"/chats/{to.channel}/{quote(chat, safe='')}/messages?after={int(seq)}&limit=200")
    except (OutOfReach, Refused) as trouble:
        log.warning("what was said later is uttered with the next message: %s", trouble)
        return replies
    return [one for one in page["items"] if one["author"] != "customer"]


async def link(to: Settings, chat: str, customer: str) -> None:
    """The site has signed whose chat this is. A chat that belongs to somebody else stays as it is."""
    try:
        await call(to, "POST", "/links", {"channel": to.channel, "chat": chat, "customer": customer})
    except Refused as refusal:
        log.error("TellOnce refused a link: %s", refusal)


async def call(to: Settings, method: str, path: str, body: Json | None = None) -> Json:
    """One call of the API, in a thread: this file does without a library for it."""
    return await asyncio.to_thread(_call, to, method, path, body)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """The token goes to TellOnce and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        """Another address is an error."""


opener = urllib.request.build_opener(NoRedirect)


def _call(to: Settings, method: str, path: str, body: Json | None) -> Json:
    request = urllib.request.Request(  # noqa: S310 - the address is the company's own
        f"{to.url}/api/v1{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {to.token}", "Content-Type": "application/json"},
        method=method,
    )
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            found: Json = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        if error.code >= 500 or error.code in (408, 425, 429):
            raise OutOfReach(f"HTTP {error.code}") from None
        raise Refused(f"HTTP {error.code}") from None
    except (OSError, ValueError) as trouble:
        raise OutOfReach(type(trouble).__name__) from None
