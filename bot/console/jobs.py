"""What is to be sent and done: how much waits, for how long, and what a person has to look at. Never what is in it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from bot.console.permissions import Operator
from bot.console.screen import actor_of, go_to, show, words
from bot.jobs import Line, lines_of, replay
from bot.served import Served
from bot.signin import SignedIn
from store.jobs import Job

PAGE = 50
MOST = 2**62


class Work(msgspec.Struct, frozen=True):
    """The page: one line a kind, the parked jobs, and the id after which more follow (None: no more)."""

    lines: list[Line]
    parked: list[Job]
    after: int | None


def router(app: Served) -> APIRouter:
    """The page, and the button that tries a parked job again."""
    routes = APIRouter()

    def screen(request: Request, staff: SignedIn, after: int = 0, *, trouble: str = "", status: int = 200) -> Response:
        now = app.clock()
        lines, parked = app.database.read(lambda uow: (lines_of(uow, now), uow.jobs.for_a_person(after, PAGE + 1)))
        work = Work(lines, parked[:PAGE], parked[PAGE - 1].id if len(parked) > PAGE else None)
        values = {"work": work, "trouble": trouble}
        path = "/console/jobs"
        return show(app, request, staff, "console/jobs.html", values, section="jobs", status=status, path=path)

    @routes.get("/console/jobs")
    def jobs(request: Request, staff: Operator, after: Annotated[int, Query(ge=0, le=MOST)] = 0) -> Response:
        """Every kind of job, and what was parked."""
        return screen(request, staff, after)

    @routes.post("/console/jobs/{id}/replay")
    def again(request: Request, id: Annotated[int, Path(ge=0, le=MOST)], staff: Operator) -> Response:
        """Try a parked job again, before the later ones of its chat or customer."""
        now = app.clock()
        if not app.database.write(lambda uow: replay(uow, id, actor_of(staff), now)):
            return screen(request, staff, trouble=words(request, staff, "console-jobs-gone"), status=409)
        return go_to("/console/jobs")

    return routes
