"""Channels do not import each other; what several need stands in files that no channel owns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CHANNELS = Path(__file__).resolve().parents[2] / "bot" / "channels"
NAMES = ("telegram", "terminal", "webchat", "wechat", "wecom", "whatsapp")
IMPORT = re.compile(
    r"^\s*(?:from bot\.channels\.(\w+) import|from bot\.channels import (.+)|import bot\.)", re.MULTILINE
)


def owner(name: str) -> str | None:
    """The channel that a file belongs to; None for what is shared."""
    return next((channel for channel in NAMES if name == channel or name.startswith(f"{channel}_")), None)


@pytest.mark.parametrize("path", sorted(CHANNELS.glob("*.py")), ids=lambda path: path.stem)
def test_a_channel_imports_no_other(path: Path) -> None:
    for found in IMPORT.finditer(path.read_text(encoding="utf-8")):
        assert found[1], f"{path.name}: name the file: {found[0].strip()}"
        assert owner(found[1]) in {None, owner(path.stem)}, f"{path.name} imports {found[1]}"
