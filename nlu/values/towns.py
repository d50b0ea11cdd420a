"""The towns of a county or city, so that "濮院" in Tongxiang is known for a town though nobody wrote 镇."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

_SUFFIXES = {"s": "街道", "z": "镇", "x": "乡", "m": "苏木"}
_ENTRY = re.compile(r"([^a-z]+)([szxm])")
_LONGEST = 8


def town_at(text: str, pos: int, end: int, code: str) -> tuple[int, bool] | None:
    """Where the town of the division `code` that begins at `pos` ends, and whether its suffix is written. None when no
    town of it begins there."""
    known = _towns(code)
    if not known:
        return None
    for length in range(min(_LONGEST, end - pos), 1, -1):
        if (written := known.get(text[pos : pos + length])) is not None:
            return pos + length, written
    return None


@lru_cache(maxsize=512)
def _towns(code: str) -> Mapping[str, bool]:
    """Every town of a county, or of all counties of a city or province-level city, with and without its suffix."""
    table = counties()
    if code in table:
        chosen = [table[code]]
    else:
        above = code[:2] if code.endswith("0000") else code[:4]
        chosen = [towns for county, towns in table.items() if county.startswith(above)]
    known: dict[str, bool] = {}
    for towns in chosen:
        for name, kind in _ENTRY.findall(towns):
            known[name + _SUFFIXES[kind]] = True
            if len(name) > 1:
                known.setdefault(name, False)
    return known


@cache
def counties() -> Mapping[str, str]:
    """The towns of each county by its code, as the table has them; loaded once."""
    # Imported here: most chats never hold a Chinese address.
    from nlu.values.town_names import TOWNS

    return {county[:6]: county[6:] for county in TOWNS.split()}
