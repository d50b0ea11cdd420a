"""When a change takes effect."""

from __future__ import annotations

import datetime as dt
from datetime import datetime

from nlu.normalise import normalise
from nlu.types import Language, Span, When, WhenKind
from nlu.values.chinese import simplified
from nlu.values.when_en import dated_en, temporary_en, vague_en
from nlu.values.when_zh import dated_zh, temporary_zh, vague_zh


def find_when(raw: str, *, language: Language, now: datetime) -> tuple[When, Span] | None:
    """Find the time of a change and where it is said; None when none is given.

    "Next month" and the like stand for the first day of that period; a vague past ("last week") carries no date.
    """
    text = simplified(normalise(raw[:4096]))
    today = now.date()
    if language is Language.ZH:
        temporary, dated, vague = temporary_zh(text), dated_zh(text, today), vague_zh(text)
    else:
        temporary, dated, vague = temporary_en(text), dated_en(text, today), vague_en(text)
    if temporary is not None:
        return When(WhenKind.TEMPORARY, dated[0] if dated is not None else None), temporary
    if dated is not None:
        return When(_kind(dated[0], today), dated[0]), dated[1]
    return (When(vague[0]), vague[1]) if vague is not None else None


def _kind(date: dt.date, today: dt.date) -> WhenKind:
    if date == today:
        return WhenKind.NOW
    return WhenKind.FUTURE if date > today else WhenKind.PAST
