"""A real database for each test: of both kinds, unless the test looks at SQLite's file or says `sqlite_only`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from store.database import Database
from tests.postgres import Server
from tests.store.kit import open_database
from tests.store.road import Road, open_road

KINDS = ("sqlite", "postgresql")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "which" in metafunc.fixturenames:
        files = "file" in metafunc.fixturenames or metafunc.definition.get_closest_marker("sqlite_only") is not None
        metafunc.parametrize("which", KINDS[:1] if files else KINDS)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An upgraded database without rows; migrating once and copying keeps the suite fast."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    upgrade(path)
    return path


@pytest.fixture(scope="session")
def empty_url(server: Server) -> str:
    """The same upgraded and empty database on the server. A test leaves it as it found it."""
    url = server.new()
    upgrade(url)
    return url


@pytest.fixture
def file(empty_file: Path, tmp_path: Path) -> Path:
    """The file of this test's database."""
    return Path(shutil.copy(empty_file, tmp_path / "store.db"))


@pytest.fixture
def where(which: str, request: pytest.FixtureRequest) -> Iterator[Path | str]:
    """Where this test's database is: a file, or a URL."""
    if which == "sqlite":
        yield request.getfixturevalue("file")
        return
    url: str = request.getfixturevalue("empty_url")
    yield url
    request.getfixturevalue("server").empty(url)


@pytest.fixture
def database(where: Path | str) -> Iterator[Database]:
    """This test's database, closed afterwards."""
    opened = open_database(where)
    yield opened
    opened.close()


@pytest.fixture
def road(where: Path | str) -> Iterator[Road]:
    """This test's database with a policy, push channels and short ways to the states a test begins in."""
    yield from open_road(where)


@pytest.fixture
def schema(where: Path | str) -> Iterator[sa.Inspector]:
    """What stands in the database itself."""
    engine = sa.create_engine(where if isinstance(where, str) else f"sqlite:///{where}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield sa.inspect(connection)


def upgrade(where: Path | str) -> None:
    """Bring a new database up to date."""
    database = open_database(where)
    database.upgrade()
    database.close()
