"""A real worker process is killed with SIGKILL again and again; another takes over and nothing is lost."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

from tests.bot.opened import opened

JOBS, KEYS, KILLS = 150, 10, 3

WORKER = """
import asyncio, datetime as dt, os, sys
from bot.worker import Work, Worker, nothing
from tests.store.road import open_road

async def main(database, out):
    async def run(lease):
        await asyncio.sleep(0.002)
        os.write(out, f"{lease.key} {lease.payload['n']}\\n".encode())
        return nothing
    clock = lambda: dt.datetime.now(dt.UTC)
    await Worker(database, {"work": Work(run)}, clock, name=str(os.getpid()), lease=0.5, poll=0.05).run()

from pathlib import Path
out = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
for road in open_road(Path(sys.argv[1])):
    asyncio.run(main(road.database, out))
"""


@pytest.mark.slow
def test_nothing_is_lost_and_only_what_was_in_flight_is_repeated(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    out = tmp_path / "done"
    out.touch()
    with opened(tmp_path) as road:
        for n in range(JOBS):
            road.write(lambda uow, n=n: uow.jobs.put("work", f"key{n % KEYS}", road.now, {"n": n}))  # type: ignore[misc]

        kills, slots = 0, 8
        deadline = time.monotonic() + 60
        while road.rows("SELECT 1 FROM job LIMIT 1"):
            assert time.monotonic() < deadline, f"seed {seed}"
            worker = subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path / "t.db"), str(out)])
            began = len(out.read_text().splitlines())
            while road.rows("SELECT 1 FROM job LIMIT 1") and time.monotonic() < deadline:
                time.sleep(0.01)
                if kills < KILLS and len(out.read_text().splitlines()) > began + chance.randrange(10, 30):
                    kills += 1
                    break
            worker.send_signal(signal.SIGKILL)
            worker.wait()

    done: dict[str, list[int]] = defaultdict(list)
    for line in out.read_text().splitlines():
        key, n = line.split()
        done[key].append(int(n))
    print(f"{JOBS} jobs, {kills} kills, seed {seed}, {sum(map(len, done.values())) - JOBS} repeated")  # noqa: T201 - asked for
    assert kills == KILLS
    for key, numbers in done.items():
        once = list(dict.fromkeys(numbers))
        assert once == sorted(once), f"{key} out of order, seed {seed}"
        assert numbers == sorted(numbers), f"{key} repeated something older than what was in flight, seed {seed}"
    assert sum(len(set(numbers)) for numbers in done.values()) == JOBS
    assert sum(map(len, done.values())) - JOBS <= kills * slots, f"seed {seed}"
