"""The peer: aiogram's own in-memory state machine walking a form of the same length. It understands, asks for consent,
proves, encrypts, audits and keeps nothing."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncGenerator
from typing import Any

from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.base import BaseSession
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.methods import TelegramMethod
from aiogram.types import Chat, Message, Update, User

CHATS = 200
AT = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


class Form(StatesGroup):
    """Five questions."""

    street = State()
    city = State()
    postcode = State()
    consent = State()


class Nowhere(BaseSession):
    """A session that answers at once, without a network."""

    async def close(self) -> None:
        """Nothing is open."""

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:  # noqa: ASYNC109 - aiogram's signature
        """Every message is taken."""
        return Message(message_id=1, date=AT, chat=Chat(id=1, type="private"), text="ok")

    async def stream_content(self, *args: Any, **kwargs: Any) -> AsyncGenerator[bytes, None]:
        """No files here."""
        yield b""


def router() -> Router:
    """The form: each answer is kept and the next question asked."""
    made = Router()
    states = (None, Form.street, Form.city, Form.postcode, Form.consent)

    def step(number: int) -> None:
        @made.message(StateFilter(states[number]))
        async def answer(message: Message, state: FSMContext) -> None:
            await state.update_data({f"answer{number}": message.text})
            await state.set_state(states[(number + 1) % len(states)])
            await message.answer("next, please")

    for number in range(len(states)):
        step(number)
    return made


def measure() -> float:
    """Milliseconds of CPU per update."""
    return asyncio.run(_measure())


async def _measure() -> float:
    bot = Bot("42:" + "A" * 35, session=Nowhere())
    dispatcher = Dispatcher(storage=MemoryStorage())
    dispatcher.include_router(router())
    best = float("inf")
    for round_ in range(4):
        updates = [_update(round_, step, chat) for step in range(5) for chat in range(CHATS)]
        start = time.process_time()
        for update in updates:
            await dispatcher.feed_update(bot, update)
        best = min(best, (time.process_time() - start) * 1000 / len(updates))
    return best


def _update(round_: int, step: int, chat: int) -> Update:
    person = User(id=chat + 1, is_bot=False, first_name="Ada")
    id = round_ * 100_000 + step * 1000 + chat
    message = Message(
        message_id=id, date=AT, chat=Chat(id=chat + 1, type="private"), from_user=person, text="12 Oak Street"
    )
    return Update(update_id=id, message=message)
