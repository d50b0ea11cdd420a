"""`tellonce parse` reads one JSON object a line and writes one a line."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.parse import ParseLineError, parse_stream
from nlu.model import built_in_model

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def parse(*lines: str) -> list[dict[str, Any]]:
    written: list[str] = []
    parse_stream(lines, written.append, built_in_model(), NOW)
    return [json.loads(line) for line in written]


def test_answers_come_in_order_with_the_stable_keys() -> None:
    first, second = parse('{"id": "a", "text": "we moved"}', "", '{"id": 2, "text": "地址没错", "lang": "zh"}')

    assert (first["id"], second["id"]) == ("a", 2)
    assert (first["lang"], second["lang"]) == ("en", "zh")
    assert (first["starts"], second["starts"]) == (["address"], [])
    assert first["cues"] == [
        {
            "field": "address",
            "operation": "changed",
            "holder": "household",
            "polarity": "asserted",
            "when": {"kind": first["cues"][0]["when"]["kind"], "date": None},
            "confidence": first["cues"][0]["confidence"],
            "span": [0, 8],
        }
    ]
    assert {"id", "lang", "acts", "starts", "asks", "cues", "values"} <= first.keys()


def test_what_is_expected_is_read() -> None:
    (answer,) = parse(
        '{"id": 1, "text": "no, 14", "expects": "address", "region": "us", "now": "2026-01-02T03:04:05Z"}'
    )

    assert {"correct", "deny"} <= set(answer["acts"])


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("{", "line 2: not JSON"),
        ("[1]", "line 2: expected a JSON object"),
        ('{"id": 1}', 'line 2: "text" must be a string'),
        ('{"id": 1, "text": 5}', 'line 2: "text" must be a string'),
        ('{"id": 1, "text": "x", "lang": "fr"}', 'line 2: "lang" must be one of en, zh'),
        ('{"id": 1, "text": "x", "expects": 5}', 'line 2: "expects" must be'),
        ('{"id": 1, "text": "x", "region": "USA"}', 'line 2: "region" must be'),
        ('{"id": 1, "text": "x", "now": "soon"}', 'line 2: "now" must be'),
        ('{"id": 1, "text": "x", "now": "0001-01-01T00:00:00Z"}', 'line 2: "now" must lie between'),
        ('{"id": 1, "text": "x", "now": "9999-12-31T23:59:59-14:00"}', 'line 2: "now" must lie between'),
    ],
)
def test_a_malformed_line_is_named(line: str, wrong: str) -> None:
    with pytest.raises(ParseLineError, match=wrong):
        parse('{"id": 0, "text": "hi"}', line)


def test_as_a_program_a_malformed_line_ends_with_2_and_says_where() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "parse"], input='{"id":1,"text":"hi"}\nnonsense\n', capture_output=True, text=True
    )

    assert done.returncode == 2
    assert "line 2" in done.stderr
    assert json.loads(done.stdout)["id"] == 1
    assert "nonsense" not in done.stderr


def test_it_loads_no_server_and_no_database() -> None:
    asked = "import sys, bot.parse; print([m for m in ('fastapi', 'sqlalchemy', 'aiogram') if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)

    assert done.stdout.strip() == "[]"
