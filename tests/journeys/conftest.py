"""An upgraded empty database to copy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.world import make_template
from tests.postgres import Server


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an upgraded database without rows."""
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def empty_url(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same database on PostgreSQL. A test leaves it as it found it."""
    url = server.new()
    make_template(tmp_path_factory.mktemp("on-postgres"), url)
    return url


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Where the world is kept; None: in a file of its own."""
    if request.param == "sqlite":
        yield None
        return
    url: str = request.getfixturevalue("empty_url")
    yield url
    request.getfixturevalue("server").empty(url)
