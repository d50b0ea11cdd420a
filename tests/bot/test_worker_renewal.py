"""Keeping leases while jobs end."""

from __future__ import annotations

import time
from pathlib import Path

from structlog.testing import capture_logs

from bot.worker import Work, Write
from store.jobs import Lease
from store.uow import UnitOfWork
from tests.bot.opened import opened, until, working


async def test_a_job_that_ends_while_leases_are_renewed_is_not_lost(tmp_path: Path) -> None:
    async def run(lease: Lease) -> Write:
        def write(uow: UnitOfWork) -> tuple[str, ...]:
            time.sleep(0.1)  # the renewal waits behind it, and finds the job gone
            return ("told",)

        return write

    with opened(tmp_path) as road, capture_logs() as logs:
        road.write(lambda uow: uow.jobs.put("work", None, road.now, {"n": 1}))
        told: list[str] = []
        async with working(road.database, lambda: road.now, {"work": Work(run)}, lease=0.03, changed=told.extend):
            await until(lambda: told)
        assert road.rows("SELECT 1 FROM job") == []

    assert [line["event"] for line in logs] == []
