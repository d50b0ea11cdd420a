"""A frozen value with some of its parts changed.

`dataclasses.replace` reads the table of fields at each call. Of the many values that a turn makes from others that is
a good part of the cost; here the table is read once for each class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace as replaced  # so that the parts are checked as they are there
else:
    from dataclasses import fields
    from functools import cache
    from operator import attrgetter

    @cache
    def _table(kind):
        names = tuple(field.name for field in fields(kind))
        parts = attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)
        return {name: place for place, name in enumerate(names)}, parts

    def replaced(value, /, **parts):
        """The value with these parts instead of its own."""
        kind = type(value)
        places, parts_of = _table(kind)
        all = list(parts_of(value))
        for name, part in parts.items():
            all[places[name]] = part
        return kind(*all)


__all__ = ["replaced"]
