"""`tellonce embed`: adapters for bots that others run, each one file that stands alone."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Adapter(StrEnum):
    """What TellOnce can be put into."""

    PTB = "ptb"
    RASA = "rasa"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("embed")(embed)


def embed(
    name: Annotated[Adapter, typer.Argument(help="ptb: python-telegram-bot. rasa: a Rasa action server.")],
) -> None:
    """Write an adapter to standard output, to keep beside your own code: `tellonce embed ptb > tellonce_ptb.py`."""
    file = Path(__file__).parents[1] / "embed" / f"{name.value}.py"
    sys.stdout.write(file.read_text("utf-8"))
