"""The conversation follows the customer's language, but not because of a bare value, a code or an "ok"."""

from __future__ import annotations

import re

from dialogs.questions import asked_language
from dialogs.types import Conversation, Inbound
from nlu.types import Language, Understanding

_HAN = re.compile(r"[㐀-鿿]")
_WORD = re.compile(r"[A-Za-z]{2,}")


def language_of(
    conversation: Conversation, inbound: Inbound, understanding: Understanding, locale: str | None = None
) -> Language:
    """The language to answer in. `locale` is the customer's on record, or the company's own."""
    locale = inbound.locale or locale
    if inbound.text is None:
        return _of_locale(locale, conversation)
    if (wanted := asked_language(inbound.text)) is not None:
        return wanted
    rest = _without_values(inbound.text, understanding)
    match understanding.language:
        case Language.ZH:
            clear = len(_HAN.findall(rest)) >= 1
        case Language.EN:
            clear = len(_WORD.findall(rest)) >= 2 and not _HAN.search(rest)
    if clear:
        return understanding.language
    return _of_locale(locale, conversation)


def _of_locale(locale: str | None, conversation: Conversation) -> Language:
    """A locale counts only before the customer has said anything."""
    if locale is None or conversation.last_inbound_at is not None:
        return conversation.language
    return Language.ZH if locale.lower().startswith("zh") else Language.EN


def _without_values(text: str, understanding: Understanding) -> str:
    for candidate in sorted(understanding.candidates, key=lambda c: c.span, reverse=True):
        text = text[: candidate.span[0]] + " " + text[candidate.span[1] :]
    return text
