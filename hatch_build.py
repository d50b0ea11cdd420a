"""Build hook: the wheel carries the front-end files, so an installed TellOnce needs no npm."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontEnd(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own generic is private
    """Fetches bot/static/vendor before a wheel is packed. An editable install needs none."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root)))
        from bot.assets import fetch

        fetch()
