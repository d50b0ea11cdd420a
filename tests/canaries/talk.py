"""One chat on any channel, and how a customer who wants to get somewhere gets there."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import secrets
import zlib
from collections.abc import Callable
from typing import Any

from websockets.sync.client import connect

from store.said import Said
from store.uow import UnitOfWork
from tests.canaries.company import TELEGRAM_SECRET, WHATSAPP_SECRET, Company
from tests.canaries.values import Person

NUMBER = re.compile(r"CR-\d{4}-\d{6}")
YES = ("consent.yes", "old.works", "next.yes", "changed.yes", "replace.yes")
CODES = {"link-code-sent", "code-sent", "code-sent-new", "code-sent-again"}
CHANNELS = ("api", "shop-app", "webchat", "telegram", "whatsapp")
TURNS = 16
SILENT = logging.Logger("the customer's own browser", logging.CRITICAL)
NEWEST = "SELECT id FROM conversation WHERE channel = 'webchat' ORDER BY last_inbound_at DESC LIMIT 1"


class Talk:
    """What one customer writes on one channel. `heard` is what the bot said since their last message."""

    def __init__(self, company: Company, channel: str, person: Person, no: str) -> None:
        self.company, self.channel, self.person, self.no = company, channel, person, no
        self.serial, self.seen, self.heard = 0, 0, list[Said]()
        self.codes = 0
        self.typed: list[str] = []
        self.tag = secrets.token_hex(4)
        send: dict[str, Callable[..., None]] = {
            "webchat": self._by_web,
            "telegram": self._by_telegram,
            "whatsapp": self._by_whatsapp,
        }
        self._send = send.get(channel, self._by_api)
        self.chat = f"chat-{self.tag}"
        if channel == "webchat":
            self._open_browser()
        elif channel in ("telegram", "whatsapp"):
            self.chat = str(10**9 + zlib.crc32(self.tag.encode()) % 10**9)

    def close(self) -> None:
        if self.channel == "webchat":
            self._socket.close()

    # --- the four ways ---------------------------------------------------------------------------------------------

    def _by_api(self, **content: str) -> None:
        message = {"channel": self.channel, "chat": self.chat, "id": f"m{self.serial}"}
        self.company.call("POST", "/messages", "shop", **message, **content)

    def _open_browser(self) -> None:
        company = self.company
        (given,) = company.request("GET", "/chat").cookies
        cookie = given.partition(";")[0].removeprefix("tellonce_chat=")
        self.chat, origin = "", f"http://127.0.0.1:{company.port}"
        headers = {"Cookie": f"tellonce_chat={cookie}", "Origin": origin}
        self._socket = connect(f"ws://127.0.0.1:{company.port}/chat/socket", additional_headers=headers, logger=SILENT)
        self._socket.send(json.dumps({"kind": "hello", "after": 0}))
        self.typed.append(cookie)

    def _by_web(self, **content: str) -> None:
        kind = {"text": "say", "button": "tap", "link_token": "link"}[next(iter(content))]
        name = {"link": "token", "tap": "button", "say": "text"}[kind]
        id = secrets.token_hex(8)
        self._socket.send(json.dumps({"kind": kind, "id": id, name: next(iter(content.values()))}))
        while True:
            frame = json.loads(self._socket.recv(timeout=30))
            assert frame["kind"] != "refused", frame
            if frame.get("done") == id:
                break
        if not self.chat:
            self.chat = self.company.read(lambda uow: uow.conversations.by_id(*uow.run(NEWEST).fetchone()).chat)

    def _by_telegram(self, **content: str) -> None:
        who = {"id": int(self.chat), "is_bot": False, "first_name": self.person.on_file["name"]}
        chat = {"id": int(self.chat), "type": "private", "first_name": self.person.on_file["name"]}
        message: dict[str, Any] = {"message_id": self.serial, "date": int(self.company.now().timestamp()), "chat": chat}
        update: dict[str, Any] = {"update_id": int(self.chat) * 100 + self.serial}
        if "button" in content:
            update["callback_query"] = {
                "id": f"q{self.tag}{self.serial}",
                "from": who,
                "chat_instance": "x",
                "message": message,
                "data": content["button"],
            }
        else:
            text = content.get("text") or f"/start {content['link_token']}"
            update["message"] = {**message, "from": who, "text": text}
        headers = {"X-Telegram-Bot-Api-Secret-Token": TELEGRAM_SECRET}
        answer = self.company.post("/channels/telegram/webhook", update, headers)
        assert answer.status == 200, answer

    def _by_whatsapp(self, **content: str) -> None:
        message: dict[str, Any] = {
            "from": self.chat,
            "id": f"wamid.{self.tag}{self.serial}",
            "timestamp": str(int(self.company.now().timestamp())),
        }
        if "button" in content:
            reply = {"id": content["button"], "title": "…"}
            message |= {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": reply}}
        else:
            message |= {"type": "text", "text": {"body": content.get("text") or f"/start {content['link_token']}"}}
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"phone_number_id": "1055", "display_phone_number": "1"},
            "contacts": [{"profile": {"name": self.person.on_file["name"]}, "wa_id": self.chat}],
            "messages": [message],
        }
        entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        right = hmac.new(WHATSAPP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": f"sha256={right}", "content-type": "application/json"}
        answer = self.company.request("POST", "/channels/whatsapp/webhook", headers, body)
        assert answer.status == 200, answer

    # --- what is said ----------------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        self._turn(text=text)

    def tap(self, button: str) -> None:
        self._turn(button=button)

    def link(self) -> None:
        """From a signed link of the company's app; over WhatsApp also by number, which others may have as well."""
        if self.channel == "whatsapp":
            for words in (self.person.says["email"], self.person.on_file["phone"], self.no):
                self.say(words)
        made = self.company.call("POST", "/link-tokens", "shop", 201, customer=self.no)["token"]
        self.typed.append(made)
        self._turn(link_token=made)

    def _turn(self, **content: str) -> None:
        self.serial += 1
        self.codes = len(self.company.outside.codes(self.person.addresses))
        self._send(**content)
        self.listen()

    def listen(self) -> None:
        """Hear what is new."""

        def look(uow: UnitOfWork) -> list[Said]:
            found = uow.conversations.find(self.channel, self.chat)
            return [] if found is None else uow.conversations.messages_for_customer(found.id, self.seen)

        lines = self.company.read(look)
        self.seen = max((line.seq for line in lines), default=self.seen)
        self.heard = [line for line in lines if line.author_kind.value != "customer"]

    @property
    def conversation(self) -> str:
        found = self.company.read(lambda uow: uow.conversations.find(self.channel, self.chat))
        assert found is not None
        return found.id

    def code(self) -> str:
        """The code that the last message caused, as the customer reads it."""
        codes = self.company.wait(
            lambda: self.company.outside.codes(self.person.addresses)[self.codes :], f"a code, {self.heard}"
        )
        self.typed.append(codes[-1])
        return codes[-1]

    # --- where it leads --------------------------------------------------------------------------------------------

    def change(self, field: str) -> list[str]:
        """From the first word to filed; returns the numbers, none when they did not understand each other."""
        self.say(self.person.says[field])
        return self.until_filed(field)

    def until_filed(self, field: str) -> list[str]:
        mistaken = False
        for _ in range(TURNS):
            ids = {line.id for line in self.heard}
            buttons = [id for line in self.heard for id, _ in line.buttons]
            if filed := [n for line in self.heard if line.id.startswith("filed") for n in NUMBER.findall(line.text)]:
                return list(dict.fromkeys(filed))
            if ids & CODES or "code.resend" in buttons:
                right = self.code()
                if not mistaken:
                    mistaken = True
                    wrong = f"{(int(right) + 1) % 10**6:06d}"
                    self.typed.append(wrong)
                    self.say(wrong)
                self.say(right)
            elif "ask-customer-number" in ids:
                self.say(self.no)
            elif yes := [button for button in buttons if button.startswith(YES)]:
                self.tap(yes[0])
            else:
                asked = next((id.removeprefix("ask-").replace("-", "_") for id in ids if id.startswith("ask-")), field)
                more = self.person.more
                self.say(more.get(asked, more.get(field, self.person.says[field])))
        return []

    def receipt(self, number: str, verb: str) -> None:
        """Wait for the receipt and answer it."""

        def look() -> list[str]:
            self.listen()
            return [id for line in self.heard for id, _ in line.buttons if id == f"receipt.{verb}:{number}"]

        self.tap(self.company.wait(look, f"the receipt of {number}")[0])
