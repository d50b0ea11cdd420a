"""A frozen value with some of its parts changed. Checked like `dataclasses.replace`, made by msgspec."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace as replaced
else:
    from msgspec.structs import replace as replaced

__all__ = ["replaced"]
