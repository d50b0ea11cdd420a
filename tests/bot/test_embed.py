"""Adapters for others' bots: what they must hold to wherever they are copied."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from telegram import InlineKeyboardMarkup
from typer.testing import CliRunner

from bot.cli import app
from bot.embed.ptb import CALLBACK_LIMIT, keyboard
from dialogs.buttons import Verb

EMBED = Path(__file__).parents[2] / "bot" / "embed"


@pytest.mark.parametrize("name", ["ptb", "rasa"])
def test_an_adapter_imports_nothing_of_ours(name: str) -> None:
    tree = ast.parse((EMBED / f"{name}.py").read_text("utf-8"))
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert not {module.partition(".")[0] for module in modules} & {"bot", "dialogs", "nlu", "store"}


@pytest.mark.parametrize("name", ["ptb", "rasa"])
def test_the_command_writes_the_adapter_out(name: str) -> None:
    done = CliRunner().invoke(app, ["embed", name])

    assert done.exit_code == 0
    assert done.stdout == (EMBED / f"{name}.py").read_text("utf-8")


@pytest.mark.parametrize("verb", Verb)
def test_every_button_fits_telegram_with_the_adapters_mark(verb: Verb) -> None:
    made = keyboard([{"id": f"{verb}:{'f' * 32}", "text": "Yes"}])

    assert isinstance(made, InlineKeyboardMarkup)
    data = made.inline_keyboard[0][0].callback_data
    assert isinstance(data, str)
    assert len(data.encode()) <= CALLBACK_LIMIT


def test_a_button_that_telegram_would_refuse_is_left_out() -> None:
    assert keyboard([{"id": "x" * 64, "text": "Yes"}]) is None
