"""When a change takes effect; today is Wednesday, 11 February 2026."""

from __future__ import annotations

import datetime as dt

import pytest

from nlu.types import Language, When, WhenKind
from nlu.values.when import find_when

PAST, NOW, FUTURE, TEMPORARY = WhenKind.PAST, WhenKind.NOW, WhenKind.FUTURE, WhenKind.TEMPORARY


@pytest.mark.parametrize(
    ("text", "kind", "date"),
    [
        ("I moved last week", PAST, None),
        ("I'm moving next month", FUTURE, "2026-03-01"),
        ("from 1 March", FUTURE, "2026-03-01"),
        ("effective March 1st, 2026", FUTURE, "2026-03-01"),
        ("on the 3rd", FUTURE, "2026-03-03"),
        ("we moved on the 3rd", PAST, "2026-02-03"),
        ("in two weeks", FUTURE, "2026-02-25"),
        ("3 days ago", PAST, "2026-02-08"),
        ("as of today", NOW, "2026-02-11"),
        ("next Friday", FUTURE, "2026-02-20"),
        ("temporarily, for two months", TEMPORARY, None),
        ("from 1 March for two months", TEMPORARY, "2026-03-01"),
        ("下个月3号", FUTURE, "2026-03-03"),
        ("3月1日起", FUTURE, "2026-03-01"),
        ("明年", FUTURE, "2027-01-01"),
        ("上周搬的", PAST, None),
        ("明天", FUTURE, "2026-02-12"),
        ("下周一", FUTURE, "2026-02-16"),
        ("两个月后", FUTURE, "2026-04-11"),
        ("暂时住朋友家", TEMPORARY, None),
        ("这段时间", TEMPORARY, None),
    ],
)
def test_time_is_resolved(now: dt.datetime, text: str, kind: WhenKind, date: str | None) -> None:
    language = Language.EN if text.isascii() else Language.ZH

    found = find_when(text, language=language, now=now)

    assert found is not None
    assert found[0] == When(kind, dt.date.fromisoformat(date) if date else None)


@pytest.mark.parametrize(
    "text", ["I may move", "12 March Street", "世纪大道100号3号楼", "my address is 2 May Road", "三路1号"]
)
def test_what_is_no_time_is_not_read_as_one(now: dt.datetime, text: str) -> None:
    assert find_when(text, language=Language.EN if text.isascii() else Language.ZH, now=now) is None
