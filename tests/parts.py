"""A value of ours as plain dicts, all the way down; what is no struct stays what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


def parts_of(value: Any) -> Any:
    """Structs by the names of their parts."""
    match value:
        case msgspec.Struct():
            return {name: parts_of(part) for name, part in msgspec.structs.asdict(value).items()}
        case tuple():
            return tuple(parts_of(part) for part in value)
        case Mapping():
            return {name: parts_of(part) for name, part in value.items()}
        case _:
            return value
