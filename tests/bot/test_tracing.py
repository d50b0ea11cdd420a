"""Traces tell what took how long, to a collector that speaks OTLP/HTTP, and nothing of anybody."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from bot import serving
from bot.app import CHANNELS, KINDS
from bot.config import Config
from bot.meters import Outcome, Stage
from bot.serving import CannotStartError, at_work
from bot.tracing import Attribute, Tracing
from tests.bot.app_fixture import House, house
from tests.bot.console_fixture import OAK, Chat
from tests.collector import Collector, Seen

ALLOWED = frozenset(map(str, Attribute))


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()


@pytest.fixture
def traced(tmp_path: Path, collector: Collector) -> Iterator[House]:
    with house(tmp_path) as home:
        tracing = Tracing(collector.endpoint, 1.0, home.app.meters, CHANNELS, KINDS)
        home.app.trace(tracing)
        yield home
        tracing.close()


def arrived(home: House, collector: Collector) -> list[Seen]:
    """Every span so far."""
    assert home.app.tracing is not None
    home.app.tracing.close()
    return sorted(collector.spans(), key=lambda span: span.begin)


def test_a_turn_stands_inside_its_request_and_its_stages_inside_the_turn(traced: House, collector: Collector) -> None:
    Chat(traced, customer=traced.customer()).say(OAK)

    spans = arrived(traced, collector)

    turn = next(span for span in spans if span.name == "turn")
    request = next(span for span in spans if span.id == turn.parent)
    assert request.name == "POST /api/v1/messages"
    assert request.parent == b""
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/api/v1/messages",
        "http.response.status_code": 200,
    }
    stages = [span for span in spans if span.parent == turn.id]
    assert [stage.name for stage in stages] == [stage.value for stage in Stage]
    assert {span.trace for span in (request, turn, *stages)} == {turn.trace}
    assert turn.begin <= stages[0].begin
    for before, after in pairwise(stages):
        assert before.begin <= before.end <= after.end
    assert stages[-1].end <= turn.end
    assert request.begin <= turn.begin
    assert turn.attributes["tellonce.channel"] == "api"
    assert turn.attributes["tellonce.ending"] == "answered"
    assert turn.attributes["tellonce.cues"] >= 1  # type: ignore[operator]  # it is a number


def test_a_span_holds_nothing_but_what_is_on_the_list(traced: House, collector: Collector) -> None:
    no = traced.customer()
    shop = traced.token("shop", ["customers"])
    Chat(traced, customer=no).say("my secret word is Zanzibar, I moved to 12 Oak Street")
    traced.client.get(f"/api/v1/customers/{no}", headers=shop)
    traced.client.get("/api/v1/customers/Zanzibar?name=Zanzibar", headers=shop)
    traced.client.get("/Zanzibar/Zanzibar")
    traced.client.request("ZANZIBAR", "/console/customers")
    traced.client.get("/healthz")

    spans = arrived(traced, collector)

    assert {name for span in spans for name in span.attributes} <= ALLOWED
    names = {span.name for span in spans}
    assert "GET /api/v1/customers/{no}" in names
    assert "GET other" in names
    assert not any("healthz" in name for name in names)
    raw = b"".join(collector.bodies).lower()
    for word in (b"zanzibar", b"oak", no.lower().encode()):
        assert word not in raw


def test_a_conflict_a_repeat_and_another_companys_channel_have_no_words_of_their_own(
    traced: House, collector: Collector
) -> None:
    chat = Chat(traced)
    chat.say("Hello")
    chat.serial = 0
    chat.say("Hello")
    chat.serial = 0
    chat.say("Another body")

    turns = [span for span in arrived(traced, collector) if span.name == "turn"]

    assert [turn.attributes["tellonce.ending"] for turn in turns] == ["answered", "answered", "conflict"]
    assert "tellonce.cues" not in turns[1].attributes
    assert not any(turn.bad for turn in turns)


def test_of_a_trace_that_is_not_kept_nothing_is_sent(tmp_path: Path, collector: Collector) -> None:
    with house(tmp_path) as home:
        home.app.trace(Tracing(collector.endpoint, 1e-9, home.app.meters, CHANNELS, KINDS))
        Chat(home).say("Hello")

        assert arrived(home, collector) == []
        assert sum(home.app.meters.turns.now()[0]) == 1


def test_jobs_are_spans_and_are_counted_all_the_same(traced: House, collector: Collector) -> None:
    tracing = traced.app.tracing
    assert tracing is not None
    tracing.job("sync", Outcome.DONE, 0.5)
    tracing.job("someone's", Outcome.PARKED, 0.1)

    good, bad = sorted(arrived(traced, collector), key=lambda span: span.bad)

    assert (good.name, good.attributes) == ("job sync", {"tellonce.kind": "sync", "tellonce.outcome": "done"})
    assert good.end - good.begin == pytest.approx(0.5e9, rel=0.01)
    assert (bad.name, bad.bad) == ("job other", True)
    assert traced.app.meters.jobs.now() == {("sync", "done"): 1, ("other", "parked"): 1}


def test_at_work_it_is_on_and_what_waits_is_sent_at_the_end(tmp_path: Path, collector: Collector) -> None:
    with house(tmp_path, tracing={"endpoint": collector.endpoint}) as home:

        async def work() -> None:
            async with at_work(home.app):
                assert home.app.tracing is not None
                await asyncio.to_thread(Chat(home).say, "Hello")
            assert home.app.tracing is None

        asyncio.run(work())

    assert "turn" in {span.name for span in collector.spans()}


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bot.tracing", None)
    with (
        house(tmp_path, tracing={"endpoint": "http://127.0.0.1:9/v1/traces"}) as home,
        pytest.raises(CannotStartError, match=r"tellonce\[tracing\]"),
    ):
        serving._tracing(home.app)


def test_a_password_does_not_stand_in_the_address() -> None:
    with pytest.raises(ValueError, match="should hold no password"):
        Config.model_validate({"tracing": {"endpoint": "https://me:secret@collector.example/v1/traces"}})


OFF = """
import asyncio, sys
from pathlib import Path
from bot.serving import at_work
from tests.bot.app_fixture import house
from tests.bot.console_fixture import Chat

with house(Path(sys.argv[1])) as home:
    async def work():
        async with at_work(home.app):
            await asyncio.to_thread(Chat(home).say, "Hello")
    asyncio.run(work())
    assert home.app.kit.watch == home.app.meters.turn
there = ("opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.proto", "bot.tracing")
print([name for name in sys.modules if name.startswith(there)])
"""


def test_nothing_of_it_is_imported_while_it_is_off(tmp_path: Path) -> None:
    here = Path(__file__).resolve().parents[2]
    told = subprocess.run(
        [sys.executable, "-c", OFF, str(tmp_path)], cwd=here, capture_output=True, text=True, timeout=60
    )
    assert told.stdout.strip() == "[]", told.stderr[-2000:]
