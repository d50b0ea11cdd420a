"""What Prometheus reads: counts, durations and ages, in labels that we or config.yml made."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.meters import OTHER, Counts, Histogram, Meters, Outcome
from bot.serving import CannotStartError, telling
from store.uow import UnitOfWork
from tests.bot.app_fixture import House
from tests.bot.console_fixture import OAK, Chat, code_of, filed
from tests.postgres import free_port

HOUR = dt.timedelta(hours=1)


def told(home: House) -> dict[str, dict[str, float]]:
    """Every sample: name → labels as text → value."""
    text = home.client.get("/metrics").text
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


def test_a_turn_is_measured_part_by_part_and_as_a_whole(home: House) -> None:
    chat = Chat(home, customer=home.customer())
    chat.say("Hello")
    chat.say("Hello again")

    found = told(home)

    for stage in ("load", "understand", "facts", "decide", "commit"):
        assert found["tellonce_turn_stage_seconds_count"][f"stage={stage}"] == 2
        assert 0 < found["tellonce_turn_stage_seconds_sum"][f"stage={stage}"] < 10
    assert found["tellonce_turn_seconds_count"][""] == 2
    parts = sum(found["tellonce_turn_stage_seconds_sum"].values())
    assert found["tellonce_turn_seconds_sum"][""] > parts
    assert found["tellonce_turns_total"]["channel=api,ending=answered"] == 2


def test_a_repeat_is_no_second_turn_and_a_conflict_is_counted_as_one(home: House) -> None:
    chat = Chat(home)
    chat.say("Hello")
    chat.serial = 0
    chat.say("Hello")
    chat.serial = 0
    chat.say("Another body")

    found = told(home)

    assert found["tellonce_turn_stage_seconds_count"]["stage=load"] == 1
    assert found["tellonce_turns_total"]["channel=api,ending=answered"] == 2
    assert found["tellonce_turns_total"]["channel=api,ending=conflict"] == 1


def test_cues_are_counted_by_field_and_what_came_of_them(home: House) -> None:
    chat = Chat(home, customer=home.customer())
    chat.say(OAK)
    chat.say("my friend moved")

    found = told(home)

    assert found["tellonce_cues_total"]["field=address,outcome=started"] == 1
    assert found["tellonce_cues_total"]["field=address,outcome=nothing"] >= 1


def test_codes_are_counted_by_what_became_of_them(home: House) -> None:
    chat = Chat(home, customer=home.customer())
    chat.say(OAK)
    chat.say("yes")
    right = code_of(home)
    chat.say(f"{(int(right) + 1) % 10**6:06d}")
    chat.say(right)

    found = told(home)["tellonce_codes_total"]

    assert (found["outcome=sent"], found["outcome=wrong"], found["outcome=accepted"]) == (1, 1, 1)


def test_what_waits_is_told_with_its_age(home: House) -> None:
    request = filed(home)
    assert told(home)["tellonce_requests_overdue"]["importance=ordinary"] == 0

    home.clock.forward(dt.timedelta(days=7))
    home.server.state.registry = None  # type: ignore[attr-defined]  # figures are good for seconds; begin anew
    found = told(home)

    assert request.due_at is not None
    assert found["tellonce_requests_undecided"]["importance=ordinary"] == 1
    assert found["tellonce_requests_overdue"]["importance=ordinary"] == 1
    late = (home.clock() - request.due_at).total_seconds()
    assert found["tellonce_requests_overdue_seconds"]["importance=ordinary"] == late
    assert found["tellonce_jobs"]["kind=notice,state=ready"] >= 1
    assert found["tellonce_jobs_oldest_due_seconds"]["kind=notice,state=ready"] >= 7 * 24 * 3600
    assert found["tellonce_audit_unordered"][""] > 5
    assert found["tellonce_audit_unordered_age_seconds"][""] >= 7 * 24 * 3600
    assert found["tellonce_database_up"][""] == 1


def test_parked_jobs_are_told_by_kind(home: House) -> None:
    def park(uow: UnitOfWork) -> None:
        uow.jobs.put("sync", None, home.clock(), {"delivery": "d"})
        (lease,) = uow.jobs.claim(("sync",), "w", home.clock(), HOUR, 1)
        uow.jobs.park(lease, "http:410")

    home.app.database.write(park)

    assert told(home)["tellonce_jobs"]["kind=sync,state=parked"] == 1


def test_counts_are_told_while_the_database_does_not_answer(home: House) -> None:
    Chat(home).say("Hello")

    def broken(*_: object) -> None:
        raise OSError

    home.app.database.read = broken  # type: ignore[method-assign]
    found = told(home)

    assert found["tellonce_database_up"][""] == 0
    assert found["tellonce_turn_seconds_count"][""] == 1
    assert "tellonce_jobs" not in found


def test_a_label_never_comes_from_outside(home: House) -> None:
    shop = home.token("shop", ["messages"])
    message = {"channel": "zhang-wei", "chat": "c", "id": "m1", "text": "Hello"}
    assert home.client.post("/api/v1/messages", json=message, headers=shop).status_code == 200
    home.client.get("/Ada%20Example/x")

    text = home.client.get("/metrics").text

    assert "zhang" not in text
    assert "Ada" not in text
    assert told(home)["tellonce_turns_total"]["channel=other,ending=answered"] == 1
    assert told(home)["tellonce_http_requests_total"]["part=other,status=4xx"] == 1
    assert len(re.findall(r"^tellonce_", text, re.MULTILINE)) < 1_000


def test_whatever_is_not_known_is_counted_as_other() -> None:
    counts = Counts(("field",), ("phone",))
    for given in ("phone", "+12025550147", "", "王小明"):
        counts.add(given)

    assert counts.now() == {("phone",): 1, (OTHER,): 3}


def test_a_histogram_keeps_every_length() -> None:
    histogram = Histogram()
    for seconds in (0.0, 0.0001, 0.00011, 100.0):
        histogram.add(seconds)

    counts, total = histogram.now()
    assert (counts[0], counts[1], counts[-1], sum(counts)) == (2, 1, 1, 4)
    assert total == 0.0 + 0.0001 + 0.00011 + 100.0


def test_goes_at_jobs_are_counted_by_kind_and_outcome() -> None:
    meters = Meters((), (), ("notice",))
    meters.job("notice", Outcome.DONE, 0.1)
    meters.job("unheard-of", Outcome.AGAIN, 0.1)

    assert meters.jobs.now() == {("notice", "done"): 1, (OTHER, "again"): 1}


def test_every_answer_bears_the_id_of_its_request(home: House) -> None:
    ids = {
        home.client.get(path).headers["x-request-id"] for path in ("/healthz", "/chat", "/nowhere", "/api/v1/nowhere")
    }

    assert len(ids) == 4
    assert all(re.fullmatch(r"[0-9a-f]{16}", id) for id in ids)


def test_a_worker_without_a_web_server_tells_on_a_port_of_its_own(home: House) -> None:
    port = free_port()
    app = home.app
    section = app.config.metrics.model_copy(update={"worker_port": port})
    app.config = app.config.model_copy(update={"metrics": section})

    with telling(app):
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        with pytest.raises(CannotStartError, match=str(port)), telling(app):
            pass

    assert "tellonce_jobs" in text
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics")


def test_every_metric_is_explained(home: House) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    names = set(re.findall(r"^# TYPE (tellonce_\w+) ", home.client.get("/metrics").text, re.MULTILINE))

    assert len(names) > 15
    assert [name for name in sorted(names) if f"| `{name}` |" not in page] == []
