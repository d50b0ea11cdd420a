"""Staying or receiving post elsewhere for a while: a temporary change of address, told without a word of change."""

from __future__ import annotations

import re

from nlu.types import Span

_ELSEWHERE = re.compile(
    r"\b(?:i'?m|i am|i'?ll be|i will be|we'?re|we are|we'?ll be|we will be)(?: just| only| currently)? "
    r"(?:staying|living|lodging|working from)\b"
    r"|\b(?:please |can you |could you )?(?:send|deliver|ship|forward|redirect|post)\b[^.?!]{0,40}"
    r"\b(?:post|mail|letters?|parcels?|packages?|orders?|deliveries|everything|things|it|them)\b[^.?!]{0,20}\bto\b"
    r"|(?:寄到|寄去|寄往|送到|送去|发到|邮到|住在|住到|住)(?!哪|多久)[^,，。?？吗]{1,12}"
)


def find_staying(text: str) -> Span | None:
    """Where the text says so. Only together with a time that ends is it a temporary change."""
    match = _ELSEWHERE.search(text)
    return match.span() if match is not None else None
