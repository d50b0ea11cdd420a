"""How much somebody may still do is counted in the database, on both databases alike."""

from __future__ import annotations

import datetime as dt

from store.allowances import Allowance, forget_allowances
from tests.store.road import Road

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
OF = Allowance(6, dt.timedelta(minutes=1))


def take(road: Road, at: dt.datetime = NOW, count: int = 1, key: str = "a") -> dt.timedelta | None:
    return road.write(lambda uow: uow.allowances.take(OF, at, "address", key, count=count))


def test_as_many_as_allowed_at_once_and_then_one_after_another(road: Road) -> None:
    taken = [take(road) for _ in range(7)]

    assert taken == [None] * 6 + [dt.timedelta(seconds=10)]
    assert take(road, NOW + dt.timedelta(seconds=9)) == dt.timedelta(seconds=1)
    assert take(road, NOW + dt.timedelta(seconds=10)) is None
    assert take(road, NOW + dt.timedelta(seconds=10)) == dt.timedelta(seconds=10)


def test_what_is_refused_takes_nothing(road: Road) -> None:
    assert take(road, count=4) is None
    assert take(road, count=4) == dt.timedelta(seconds=20)
    assert take(road, count=2) is None


def test_after_a_while_the_allowance_is_whole_and_never_more(road: Road) -> None:
    take(road, count=6)
    later = NOW + dt.timedelta(days=1)

    assert take(road, later, count=6) is None
    assert take(road, later) is not None


def test_each_key_has_its_own_and_is_not_kept_in_clear(road: Road) -> None:
    take(road, count=6, key="192.0.2.7")

    assert take(road, key="192.0.2.8") is None
    assert all(
        b"192.0.2" not in bytes(row[0] if isinstance(row, tuple) else row)
        for row in road.rows("SELECT key FROM allowance")
    )


def test_rows_that_say_nothing_are_forgotten(road: Road) -> None:
    take(road, key="a")
    take(road, key="b", count=6)
    road.write(lambda uow: forget_allowances(uow, now=NOW + dt.timedelta(seconds=30)))

    assert len(road.rows("SELECT whole_at FROM allowance")) == 1
