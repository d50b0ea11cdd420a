"""Reads a Telegram update as one inbound message."""

from __future__ import annotations

import datetime as dt

from aiogram.types import CallbackQuery, MaybeInaccessibleMessageUnion, Message, Update

from dialogs.types import Attachment, Inbound

CHANNEL = "telegram"
UPDATES = ["message", "edited_message", "callback_query"]
"""What is asked of Telegram; everything else is not delivered at all."""

COMMANDS = {"/start": "hello", "/help": "help", "/cancel": "cancel", "/stop": "stop"}
"""What the commands of Telegram's own menu say, for a person who taps instead of writing."""

COMMANDS_ZH = {"/start": "你好", "/help": "帮助", "/cancel": "取消", "/stop": "不要再问了"}


def inbound_of(update: Update) -> Inbound | None:
    """The message in the update; None when it concerns no private chat with a person.

    The id is made only of what Telegram repeats in a redelivery: the same update gives an equal message again.
    """
    if update.callback_query is not None:
        return _tap(update.callback_query)
    if update.edited_message is not None:
        return _edited(update.edited_message)
    return None if update.message is None else _message(update.message)


def _message(message: Message) -> Inbound | None:
    if message.chat.type != "private" or message.from_user is None or message.from_user.is_bot:
        return None
    text, token, attachment, vouched = _content(message)
    return Inbound(
        channel=CHANNEL,
        chat=str(message.chat.id),
        id=f"m{message.message_id}",
        at=message.date.astimezone(dt.UTC),
        text=text,
        attachment=attachment,
        link_token=token,
        vouched=vouched,
        locale=message.from_user.language_code,
    )


def _content(message: Message) -> tuple[str | None, str | None, Attachment | None, str | None]:
    """Text, link token, attachment or the sender's own number: exactly one of them."""
    if message.text is not None:
        command, _, rest = message.text.partition(" ")
        if command == "/start" and rest.strip():
            return None, rest.strip(), None, None
        return _spoken(message, message.text), None, None, None
    contact = message.contact
    if contact is not None and message.from_user is not None and contact.user_id == message.from_user.id:
        # the messenger vouches that this is the sender's own; a card of anybody else is only an attachment
        return None, None, None, "+" + "".join(filter(str.isdigit, contact.phone_number))
    return None, None, _attachment(message), None


def _spoken(message: Message, text: str) -> str:
    language = (message.from_user.language_code if message.from_user else None) or ""
    return (COMMANDS_ZH if language.startswith("zh") else COMMANDS).get(text.strip(), text)


def _attachment(message: Message) -> Attachment:
    if message.voice or message.audio or message.video_note:
        return Attachment.VOICE
    if message.photo:
        return Attachment.PHOTO
    if message.location or message.venue:
        return Attachment.LOCATION
    return Attachment.CONTACT if message.contact else Attachment.OTHER


def _edited(message: Message) -> Inbound | None:
    read = _message(message)
    if read is None:
        return None
    return Inbound(
        channel=CHANNEL,
        chat=read.chat,
        id=f"e{message.message_id}.{message.edit_date}",
        at=read.at,
        attachment=Attachment.EDITED,
        locale=read.locale,
    )


def _tap(query: CallbackQuery) -> Inbound | None:
    if query.message is None or query.message.chat.type != "private" or not query.data:
        return None
    return Inbound(
        channel=CHANNEL,
        chat=str(query.message.chat.id),
        id=f"c{query.id}",
        at=query.message.date.astimezone(dt.UTC)
        if isinstance(query.message, Message)
        else dt.datetime.fromtimestamp(0, dt.UTC),
        button=query.data,
        locale=query.from_user.language_code,
    )


def _sent(message: MaybeInaccessibleMessageUnion) -> dt.datetime:
    """A tap carries no time of its own; the message's is the same in every redelivery (1970 when it is too old)."""
    return message.date.astimezone(dt.UTC) if isinstance(message, Message) else dt.datetime.fromtimestamp(0, dt.UTC)
