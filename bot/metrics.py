"""What Prometheus reads: the counts of this process (`bot.meters`), and figures of the database they all share.

The figures are the same whichever process is asked, so of several processes take the largest, never the sum
(docs/operations.md). They are looked up at most every few seconds, however many ask.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import structlog
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bot.meters import SECONDS, Counts, Histogram, Meters
from store.database import Database
from store.measures import Measures, Waiting, measure

if TYPE_CHECKING:
    from bot.app import App

log = structlog.get_logger(__name__)

FRESH = 10.0
"""Seconds for which figures of the database are good."""

BOUNDS = (*map(str, SECONDS), "+Inf")


class Collector:
    """Puts counts and figures into Prometheus' form. Made once a process."""

    def __init__(self, meters: Meters, database: Database, clock: Callable[[], dt.datetime]) -> None:
        self._meters, self._database, self._clock = meters, database, clock
        self._looking = threading.Lock()
        self._looked, self._known = -FRESH, None

    _known: Measures | None

    def collect(self) -> Iterator[Metric]:
        """Everything, now."""
        yield from self._counted()
        found = self._look()
        up = GaugeMetricFamily("tellonce_database_up", "Whether the database answered when it was last asked.")
        up.add_metric([], float(found is not None))
        yield up
        if found is not None:
            yield from self._measured(found, self._clock())

    def _look(self) -> Measures | None:
        """The figures; None when the database does not answer. One looks, the others wait for what it finds."""
        with self._looking:
            if time.monotonic() - self._looked >= FRESH:
                now = self._clock()
                try:
                    self._known = self._database.read(lambda uow: measure(uow, now))
                except Exception as accident:  # what is counted is told all the same
                    log.warning("metrics.no_figures", error=type(accident).__name__)
                    self._known = None
                self._looked = time.monotonic()
            return self._known

    def _counted(self) -> Iterator[Metric]:
        meters = self._meters
        stages = HistogramMetricFamily(
            "tellonce_turn_stage_seconds", "The parts of a turn, without the database's commit.", labels=["stage"]
        )
        for stage, histogram in meters.stages.items():
            _fill(stages, [stage.value], histogram)
        yield stages
        turns = HistogramMetricFamily(
            "tellonce_turn_seconds", "A turn as its channel waits for it, until it is durable."
        )
        _fill(turns, [], meters.turns)
        yield turns
        yield _counts("tellonce_turns", "Turns by how they ended.", meters.endings)
        yield _counts(
            "tellonce_cues", "Signs that a detail changed, by kind of detail and what came of it.", meters.cues
        )
        yield _counts("tellonce_codes", "One-time codes by what became of them.", meters.codes)
        yield _counts("tellonce_replies", "Sentences that the bot said, by id.", meters.replies)
        yield _counts("tellonce_job_runs", "Goes at jobs by how they ended.", meters.jobs)
        runs = HistogramMetricFamily(
            "tellonce_job_seconds", "Goes at jobs, each with its end written.", labels=["kind"]
        )
        for kind, histogram in meters.job_seconds.items():
            _fill(runs, [kind], histogram)
        yield runs
        yield _counts("tellonce_chore_failures", "Chores of the worker that failed.", meters.chores)
        yield _counts(
            "tellonce_http_requests", "HTTP requests by part of the site and class of status.", meters.requests
        )

    def _measured(self, found: Measures, now: dt.datetime) -> Iterator[Metric]:
        def age(since: dt.datetime | None) -> float:
            return 0.0 if since is None else max(0.0, (now - since).total_seconds())

        def waiting(name: str, about: str, what: Waiting) -> Iterator[Metric]:
            yield GaugeMetricFamily(f"tellonce_{name}", f"{about}.", value=what.count)
            yield GaugeMetricFamily(f"tellonce_{name}_age_seconds", f"{about}: the oldest.", value=age(what.since))

        depth = GaugeMetricFamily("tellonce_jobs", "Jobs by kind and state.", labels=["kind", "state"])
        oldest = GaugeMetricFamily(
            "tellonce_jobs_oldest_due_seconds", "For how long the oldest has been due.", labels=["kind", "state"]
        )
        for (kind, state), jobs in sorted(found.jobs.items()):
            depth.add_metric([kind, state], jobs.count)
            oldest.add_metric([kind, state], age(jobs.since))
        yield from (depth, oldest)
        undecided = GaugeMetricFamily("tellonce_requests_undecided", "Requests to decide on.", labels=["importance"])
        overdue = GaugeMetricFamily("tellonce_requests_overdue", "Those past their due time.", labels=["importance"])
        late = GaugeMetricFamily("tellonce_requests_overdue_seconds", "The latest of them.", labels=["importance"])
        for importance, requests in sorted(found.requests.items()):
            undecided.add_metric([importance], requests.count)
            overdue.add_metric([importance], requests.overdue)
            late.add_metric([importance], age(requests.soonest))
        yield from (undecided, overdue, late)
        yield from waiting("conversations_flagged", "Conversations that wait for a person", found.flagged)
        yield from waiting("audit_unordered", "Entries of the trail without a place in the log", found.unordered)


def registry_of(app: App) -> CollectorRegistry:
    """What this process tells, the interpreter's own figures included."""
    kept = CollectorRegistry(auto_describe=False)
    for kind in (ProcessCollector, PlatformCollector, GCCollector):
        kind(registry=kept)
    kept.register(Collector(app.meters, app.database, app.clock))
    return kept


def _fill(family: HistogramMetricFamily, labels: list[str], histogram: Histogram) -> None:
    counts, total = histogram.now()
    summed, buckets = 0, []
    for bound, count in zip(BOUNDS, counts, strict=True):
        summed += count
        buckets.append((bound, float(summed)))
    family.add_metric(labels, buckets, total)


def _counts(name: str, about: str, counts: Counts) -> CounterMetricFamily:
    family = CounterMetricFamily(name, about, labels=list(counts.names))
    for labels, count in sorted(counts.now().items()):
        family.add_metric(list(labels), count)
    return family


__all__ = ["CONTENT_TYPE_LATEST", "Collector", "generate_latest", "registry_of", "start_http_server"]
