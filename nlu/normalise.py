"""Text as typed → text as the finders read it, code point for code point, so that spans stay true."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=8192)  # bounded: what a stranger types must not grow the process
def _plain(char: str) -> str:
    wide = unicodedata.normalize("NFKC", char)
    return wide.lower() if len(wide.lower()) == 1 else char


@lru_cache(maxsize=8192)
def _narrow(char: str) -> str:
    narrow = unicodedata.normalize("NFKC", char)
    return narrow if len(narrow) == 1 else char


def folded(raw: str) -> str:
    """Fold width only, keeping case and length."""
    return raw if raw.isascii() else "".join(map(_narrow, raw))


def normalise(raw: str) -> str:
    """Fold width and case, keeping the length: index i of the result is index i of `raw`."""
    if raw.isascii():
        return raw.lower()
    return "".join(map(_plain, raw))
