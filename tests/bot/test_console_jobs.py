"""The page of jobs and `tellonce report jobs`: what waits, what was parked and why, and trying it again."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from bot.commands.opening import opened
from store.uow import UnitOfWork
from tests.bot.app_fixture import House
from tests.bot.command_line import Commands
from tests.bot.console_fixture import Desk, acts, desk

MINUTE = dt.timedelta(minutes=1)


def parked(home: House, kind: str = "sync", error: str = "http:410") -> int:
    """A job that was given up; returns its number."""

    def act(uow: UnitOfWork) -> int:
        uow.jobs.put(kind, None, home.clock(), {"delivery": "d"})
        (lease,) = uow.jobs.claim((kind,), "w", home.clock(), MINUTE, 1)
        uow.jobs.park(lease, error)
        return lease.id

    return home.app.database.write(act)


@pytest.fixture
def olga(home: House) -> Desk:
    return desk(home, "olga", "operations")


def test_what_waits_is_shown_by_kind_with_the_age_of_the_oldest(home: House, olga: Desk) -> None:
    home.app.database.write(lambda uow: uow.jobs.put("notice", None, home.clock(), {"notice": "n"}))
    home.clock.forward(5 * MINUTE)

    page = olga.get("/console/jobs").text

    assert "Codes and notices" in page
    assert "for 300 s" in page
    assert "Nothing is parked." in page


def test_a_parked_job_is_shown_with_its_reason_and_tried_again_once(home: House, olga: Desk) -> None:
    id = parked(home)
    assert "http:410" in olga.get("/console/jobs").text

    assert olga.post(f"/console/jobs/{id}/replay").status_code == 303
    again = olga.post(f"/console/jobs/{id}/replay")

    assert (again.status_code, "not parked any more" in again.text) == (409, True)
    assert acts(home, "job.replayed") == [("olga", f"job:{id}")]
    (job,) = home.app.database.read(lambda uow: uow.jobs.page("ready"))
    assert (job.id, job.attempts, job.error) == (id, 0, None)


def test_what_waits_for_the_customer_is_nothing_for_a_person(home: House, olga: Desk) -> None:
    parked(home, "deliver.whatsapp", "waits:window_closed")

    page = olga.get("/console/jobs").text

    assert "Nothing is parked." in page
    assert "window_closed" not in page


def test_many_parked_jobs_come_page_by_page(home: House, olga: Desk) -> None:
    ids = [parked(home) for _ in range(51)]

    page = olga.get("/console/jobs").text

    assert f"/console/jobs?after={ids[49]}" in page
    assert f"/console/jobs/{ids[50]}/replay" not in page
    assert f"/console/jobs/{ids[50]}/replay" in olga.get(f"/console/jobs?after={ids[49]}").text


def test_the_page_speaks_chinese(home: House, olga: Desk) -> None:
    parked(home)

    page = olga.get("/console/jobs?lang=zh").text

    assert "同步到目标系统" in page
    assert "已搁置" in page


@pytest.mark.parametrize("role", ["agent", "reviewer", "supervisor", "security_officer"])
def test_only_operations_see_it(home: House, role: str) -> None:
    who = desk(home, "mei", role)

    assert who.get("/console/jobs").status_code in (303, 403)
    assert who.post("/console/jobs/1/replay").status_code in (303, 403)


def test_the_command_line_lists_and_tries_again(upgraded: Commands) -> None:
    assert upgraded.good("report", "jobs", "--json") == ""
    assert "kind" in upgraded.good("report", "jobs")
    assert upgraded.good("report", "jobs", "--parked") == ""

    told = upgraded("report", "jobs", "--replay", "7")

    assert told.code == 1
    assert "job 7 is not parked" in told.err


def test_the_command_line_shows_numbers_and_codes_only(upgraded: Commands) -> None:
    def act(uow: UnitOfWork, now: dt.datetime) -> None:
        uow.jobs.put("sync", "Ada/crm", now, {"delivery": "d"})
        (lease,) = uow.jobs.claim(("sync",), "w", now, MINUTE, 1)
        uow.jobs.park(lease, "http:410")

    with opened() as app:
        app.database.write(lambda uow: act(uow, app.clock()))

    (line,) = upgraded.good("report", "jobs", "--parked", "--json").splitlines()
    job = json.loads(line)
    assert (job["kind"], job["error"], job["attempts"]) == ("sync", "http:410", 1)
    assert "Ada" not in line
    told = upgraded.good("report", "jobs", "--replay", str(job["id"]), "--json")
    assert json.loads(told) == {"replayed": job["id"]}
    (line,) = upgraded.good("report", "jobs", "--json").splitlines()
    assert json.loads(line)["ready"] == 1
