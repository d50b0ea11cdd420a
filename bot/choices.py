"""Numbered choices, for channels without buttons: what stands below a message, and what a bare number means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from bot.wording import say
from dialogs.replies import ReplyId
from dialogs.types import ActorKind, Asked, Conversation, Inbound
from nlu.replaced import replaced
from nlu.types import Language
from store.said import Said
from store.uow import UnitOfWork

NUMBERED = frozenset({"whatsapp", "wechat", "wecom"})
"""Channels that list choices by number, always or where a message has more choices than the messenger has buttons."""

BY_WORD = frozenset({ReplyId.SLOT_NEEDED, ReplyId.WHAT_INSTEAD, ReplyId.CUSTOMER_NUMBER_HELP})
"""Here a number may be the answer itself (a house, a customer number), so the choices are words."""

FREE = frozenset({Asked.SLOT, Asked.CUSTOMER_NUMBER, Asked.WHAT_TO_CORRECT, Asked.RETURNED})
"""Open questions to which a number may be the answer."""

LOOK_BACK = 20
_NUMBER = re.compile(r"(?:(?:请?(?:回复?|选择?)|reply|option|no\.?|number) *)?(\d{1,2})[.。、)）]?", re.IGNORECASE)


def listed(said: Said, language: Language) -> str:
    """The text with its choices below it."""
    if not said.buttons:
        return said.text
    labels = [label for _, label in said.buttons]
    if said.id in BY_WORD:
        parts = [say(language, "choice-word", label=label) for label in labels]
        line = say(language, "choices-words", choices=say(language, "choices-or").join(parts))
    else:
        parts = [say(language, "choice-number", number=n, label=label) for n, label in enumerate(labels, 1)]
        line = say(language, "choices-numbers", choices=say(language, "choices-and").join(parts))
    return f"{said.text}\n\n{line}"


def chosen(inbound: Inbound, conversation: Conversation, uow: UnitOfWork) -> Inbound:
    """A bare number typed on a channel that lists choices is the button of that number."""
    if inbound.channel not in NUMBERED or inbound.text is None or len(inbound.text) > 16:
        return inbound
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", inbound.text).strip())
    if found is None:
        return inbound
    buttons = _offered(uow.conversations.last_messages(conversation.id, LOOK_BACK), conversation)
    place = int(found[1]) - 1
    if not 0 <= place < len(buttons):
        return inbound
    return replaced(inbound, text=None, button=buttons[place][0])


def _offered(messages: Sequence[Said], conversation: Conversation) -> tuple[tuple[str, str], ...]:
    """The buttons that a number now means: those of the last message with buttons. None while a person speaks since,
    none of an earlier question when the open one may be answered by a number."""
    since = 0  # messages of the customer after it
    for later, said in enumerate(reversed(messages)):
        if said.author_kind is ActorKind.CUSTOMER:
            since += 1
        elif said.author_kind is ActorKind.STAFF:
            return ()
        elif said.buttons:
            taken = said.id in BY_WORD or (since > 0 and conversation.question.asked in FREE)
            return () if taken or (conversation.owner is not None and later > 0) else said.buttons
    return ()
