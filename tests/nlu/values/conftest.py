"""One way to ask the finder, with the defaults of a quiet conversation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from nlu.types import Ask, Candidate, Expects, Language, Value
from nlu.values.find import find_values

Find = Callable[..., tuple[Candidate, ...]]


@pytest.fixture
def now() -> dt.datetime:
    return dt.datetime(2026, 2, 11, 9, 0, tzinfo=dt.UTC)  # a Wednesday


@pytest.fixture
def find(now: dt.datetime) -> Find:
    def ask(
        text: str,
        *fields: str,
        expects: str | None = None,
        missing: tuple[str, ...] = (),
        known: Value | None = None,
        region: str = "",
    ) -> tuple[Candidate, ...]:
        chinese = any("\u4e00" <= char <= "\u9fff" for char in text)
        return find_values(
            text,
            language=Language.ZH if chinese else Language.EN,
            region=region or ("CN" if chinese else "US"),
            now=now,
            expects=Expects(Ask.SLOT, expects, missing, known or {}) if expects else Expects(),
            fields=frozenset(fields),
        )

    return ask
