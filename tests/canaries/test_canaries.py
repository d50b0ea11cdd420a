"""Whatever happens, nothing personal is found in what TellOnce gives away of itself (rule 5): logs, metrics, traces,
exceptions, job payloads, the trail, HTTP errors, the database server's own log. The people are made by hypothesis, and
every detail of theirs is a word that occurs nowhere else."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.canaries import flows
from tests.canaries.company import Company, company
from tests.canaries.talk import CHANNELS, Talk
from tests.canaries.values import Person, people
from tests.canaries.watch import Watch
from tests.crash.traces import traces
from tests.postgres import Server

LONG = bool(os.environ.get("TELLONCE_TEST_LONG"))
SEED = int(os.environ.get("TELLONCE_TEST_SEED") or secrets.randbelow(2**32))
EXAMPLES = 150 if LONG else 3
FIELDS = (
    "address", "phone", "email", "name", "bank_account", "id_document", "company", "contact_person", "other_personal",
)  # fmt: skip
STORIES = st.tuples(
    people,
    people,
    st.sampled_from(CHANNELS),
    st.lists(st.sampled_from(FIELDS), min_size=2, max_size=2, unique=True),
    st.booleans(),
)


def places(here: Company, watch: Watch, server_log: Path | None) -> dict[str, bytes]:
    """All that was given away since the last time."""
    found = watch.take()
    found["jobs"] = str(here.jobs_seen()).encode()
    found["metrics"] = here.metrics()
    found["spans"] = here.spans()
    found["trail"] = str(here.read(lambda uow: uow.run("SELECT * FROM audit_entry").fetchall())).encode()
    if server_log is not None:
        found["the database server's log"] = server_log.read_bytes()
    return found


def around(sought: list[str], found: dict[str, bytes]) -> list[str]:
    """Where a value stands, as it stands there."""
    return [
        f"{place}: {content[max(0, at - 300) : at + 60]!r}"
        for place, content in found.items()
        for value in sought
        if (at := content.lower().find(value.lower().encode())) >= 0
    ]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_personal_leaves(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    server: Server | None = request.getfixturevalue("server") if kind == "postgresql" else None
    url = server.new() if server is not None else None
    watch, counted = Watch(), {"people": 0, "filed": 0, "values": 0, "places": 0, "bytes": 0}
    with watch.everything(), company(tmp_path, url, watch) as here:

        @seed(SEED)
        @settings(
            max_examples=EXAMPLES, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
        )
        @given(STORIES)
        def story(told: tuple[Person, Person, str, list[str], bool]) -> None:
            person, other, channel, fields, right = told
            no = flows.customer(here, person)
            talk = Talk(here, channel, person, no)
            try:
                talk.link()
                flows.refusals(talk)
                counted["filed"] += flows.changes(talk, fields, right=right)
                flows.colleagues(talk)
                flows.at_the_counter(talk, fields[0])
                flows.callers(talk)
                flows.accidents(talk)
                flows.not_me(talk)
                flows.a_sheet(here.app, tmp_path, person, other)
            finally:
                talk.close()
            sought = [*person.sought, *other.sought, *talk.typed, *here.tokens.values(), *here.desks.values()]
            found = places(here, watch, server.log if server is not None else None)
            counted["people"] += 2
            counted["values"] += len(sought)
            counted["places"] = len(found)
            counted["bytes"] += sum(map(len, found.values()))
            leaked = traces(sought, found)
            assert not leaked, "\n".join([*leaked, *around(sought, found)])

        try:
            story()
            assert counted["filed"] * 2 >= EXAMPLES
            assert watch.counted["spans"] > 0
        except Exception:
            print(watch.log.getvalue()[-4000:])  # noqa: T201 - what the accident left
            raise
        finally:
            told = ", ".join(f"{number} {what}" for what, number in {**counted, **watch.counted}.items())
            record_property("cases", f"canaries on {kind}: {told}, seed {SEED}")
    if server is not None and url is not None:
        server.drop(url)
