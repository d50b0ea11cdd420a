"""An upgraded empty database to copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.world import make_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an upgraded database without rows."""
    return make_template(tmp_path_factory.mktemp("template"))
