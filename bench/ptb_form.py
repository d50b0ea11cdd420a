"""The peer: python-telegram-bot's own conversation in memory, walking a form of the same length. It understands, asks
for consent, proves, encrypts, audits and keeps nothing."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from telegram import Update
from telegram.ext import Application, ApplicationBuilder, ContextTypes, ConversationHandler, MessageHandler, filters
from telegram.request import BaseRequest, RequestData

CHATS = 200
STEPS = 5
AT = 1_772_442_000
PERSON = {"is_bot": False, "first_name": "Ada"}
TAKEN = {"message_id": 1, "date": AT, "chat": {"id": 1, "type": "private"}, "text": "ok"}
ME = {"id": 42, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}


class Nowhere(BaseRequest):
    """A way to Telegram that answers at once, without a network."""

    @property
    def read_timeout(self) -> float:
        """Nothing is waited for."""
        return 1.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing is open."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *timeouts: Any, **named: Any
    ) -> tuple[int, bytes]:
        """Every message is taken."""
        result = ME if url.endswith("getMe") else TAKEN
        return 200, json.dumps({"ok": True, "result": result}).encode()


def form() -> ConversationHandler[ContextTypes.DEFAULT_TYPE]:
    """The form: each answer is kept and the next question asked."""

    async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        kept: dict[Any, Any] = context.user_data if context.user_data is not None else {}
        step = int(kept.get("step", 0))
        kept[f"answer{step}"] = update.message.text if update.message is not None else None
        kept["step"] = (step + 1) % STEPS
        if update.message is not None:
            await update.message.reply_text("next, please")
        return ConversationHandler.END if kept["step"] == 0 else step + 1

    def heard() -> MessageHandler[ContextTypes.DEFAULT_TYPE, Any]:
        return MessageHandler(filters.TEXT, answer)

    return ConversationHandler([heard()], {step: [heard()] for step in range(1, STEPS)}, [])


def measure() -> float:
    """Milliseconds of CPU per update."""
    return asyncio.run(_measure())


async def _measure() -> float:
    token, nowhere = "42:" + "A" * 35, Nowhere()
    bot: Application[Any, Any, Any, Any, Any, Any] = (
        ApplicationBuilder().token(token).request(nowhere).get_updates_request(nowhere).updater(None).build()
    )
    bot.add_handler(form())
    best = float("inf")
    async with bot:
        for round_ in range(4):
            updates = [_update(bot, round_, step, chat) for step in range(STEPS) for chat in range(CHATS)]
            start = time.process_time()
            for update in updates:
                await bot.process_update(update)
            best = min(best, (time.process_time() - start) * 1000 / len(updates))
    return best


def _update(bot: Application[Any, Any, Any, Any, Any, Any], round_: int, step: int, chat: int) -> Update:
    id = round_ * 100_000 + step * 1000 + chat
    where = {"id": chat + 1, "type": "private"}
    message = {"message_id": id, "date": AT, "chat": where, "from": {"id": chat + 1, **PERSON}, "text": "12 Oak Street"}
    update = Update.de_json({"update_id": id, "message": message}, bot.bot)
    if update is None:
        raise ValueError("an update is a dict")
    return update
