"""A real database in a file for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Database
from tests.store.kit import open_database
from tests.store.road import Road, open_road


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An upgraded database without rows; migrating once and copying keeps the suite fast."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    database = open_database(path)
    database.upgrade()
    database.close()
    return path


@pytest.fixture
def file(empty_file: Path, tmp_path: Path) -> Path:
    """The file of this test's database."""
    return Path(shutil.copy(empty_file, tmp_path / "store.db"))


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    """This test's database, closed afterwards."""
    opened = open_database(file)
    yield opened
    opened.close()


@pytest.fixture
def road(file: Path) -> Iterator[Road]:
    """This test's database with a policy, push channels and short ways to the states a test begins in."""
    yield from open_road(file)
