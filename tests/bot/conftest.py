"""Fixtures of the outer layer's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from tests.bot.app_fixture import House, house
from tests.bot.command_line import Commands, commands


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed by the same library for as little as it allows; what is really asked of it is tested where
    staff are stored, and processes that are started ask it."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("store.staff.hasher", lambda: quick)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    """A whole application with an in-process client."""
    with house(tmp_path) as made:
        yield made


@pytest.fixture
def tellonce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Commands]:
    """The command line on an empty folder."""
    with commands(tmp_path, monkeypatch, capsys) as made:
        yield made


@pytest.fixture
def upgraded(tellonce: Commands) -> Commands:
    """The command line on a new, empty database."""
    tellonce.good("db", "upgrade")
    return tellonce
