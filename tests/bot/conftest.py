"""Fixtures of the outer layer's tests."""

from __future__ import annotations

import shutil
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


@pytest.fixture(scope="session")
def upgraded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first `tellonce db upgrade` in an empty folder leaves what it made, to be copied."""
    return tmp_path_factory.mktemp("upgraded")


@pytest.fixture
def upgraded(upgraded_once: Path, tellonce: Commands) -> Commands:
    """The command line on a new, empty database."""
    there = [upgraded_once / name for name in ("master.key", "t.db")]
    if not there[-1].exists():
        tellonce.good("db", "upgrade")
        assert {file.name for file in tellonce.folder.iterdir()} == {file.name for file in there}
        for file in there:
            shutil.copy(tellonce.folder / file.name, file)
        return tellonce
    for file in there:
        shutil.copy(file, tellonce.folder)
    return tellonce
