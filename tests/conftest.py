"""What a test recorded under "cases" (how much it tried, with which seed) is printed at the end of every run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from _pytest.terminal import TerminalReporter

if TYPE_CHECKING:
    from xdist.scheduler import LoadGroupScheduling

    from tests.postgres import Server

# Nothing is timed: a busy machine is no defect.
hypothesis.settings.register_profile(
    "house",
    deadline=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("house")

CASES = "cases"
TOGETHER = ("tests/stories/", "tests/browser/", "tests/crash/")


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    lines = [
        str(value)
        for outcome in ("passed", "failed", "xfailed")
        for report in terminalreporter.getreports(outcome)
        for name, value in report.user_properties
        if name == CASES and report.when == "call"
    ]
    if lines:
        terminalreporter.section("cases")
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """PostgreSQL, started with the first test that needs it."""
    from tests.postgres import server_or_skip

    yield from server_or_skip()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadGroupScheduling | None:
    """Keep a group together: its folder is installed, or its browser started, once. pytest-xdist 3.8 reads no group
    from a mark under pytest 9.2 (its issue 1386), so a group is known by the folder of its tests."""
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadGroupScheduling

    class Together(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)

    return Together(config, log)
