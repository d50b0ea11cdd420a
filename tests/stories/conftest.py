"""A company installed once, and served anew for each story that asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.office import Installed, Office, install, office


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Key, database, two customers, three members of staff and their tokens."""
    return install(tmp_path_factory.mktemp("installed") / "company")


@pytest.fixture(scope="module")
def company(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The company, served for the stories of one file."""
    folder: Path = tmp_path_factory.mktemp("served") / "company"
    with office(installed.copy(folder)) as running:
        yield running
