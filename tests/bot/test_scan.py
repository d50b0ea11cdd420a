"""`tellonce scan`: what a company sees of its own history, and what it never sees by accident."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bot.command_line import ROOT, Commands
from tests.bot.histories import jsonl, telegram

LONG = bool(os.environ.get("TELLONCE_TEST_LONG"))
HISTORY = [
    {"id": "m1", "from": "Ana Lopez", "at": "2024-01-05T10:00:00Z", "text": "I moved to 12 Oak Street last week"},
    {"id": "m2", "from": "Mei", "at": "2024-01-05T10:01:00Z", "text": "we moved too"},
    {"id": "m3", "from": "Ana Lopez", "at": "2024-02-05T10:01:00Z", "text": "my number changed to 202-555-0147"},
    {"id": "m4", "from": "王小明", "at": "2024-02-06T10:01:00Z", "text": "我没搬家"},
    {"id": "m5", "from": "王小明", "at": "2024-02-06T10:01:00Z", "text": "你好"},
]


def history(folder: Path, *more: str) -> str:
    file = folder / "chats.jsonl"
    lines = [json.dumps(one, ensure_ascii=False) for one in HISTORY]
    file.write_text("\n".join([*lines, *more]) + "\n", encoding="utf-8")
    return str(file)


def test_each_message_with_a_cue_is_a_row_without_text_or_name(tellonce: Commands) -> None:
    told = tellonce("scan", history(tellonce.folder), "--staff", "mei")

    rows = [json.loads(line) for line in told.out.splitlines()]
    assert told.code == 0
    assert [(row["id"], row["line"], row["starts"]) for row in rows] == [
        ("m1", 1, ["address"]),
        ("m3", 3, ["phone"]),
        ("m4", 4, []),
    ]
    assert set(rows[0]) == {"file", "line", "id", "chat", "author", "at", "lang", "starts", "asks", "cues"}
    assert rows[0]["cues"][0]["span"] == [0, 7]
    assert rows[0]["author"] == rows[1]["author"] != rows[2]["author"]
    assert not any(secret in told.out + told.err for secret in ("Ana", "Oak", "0147", "王小明", "搬家"))


def test_text_and_values_are_written_only_when_asked_for(tellonce: Commands) -> None:
    rows = [json.loads(line) for line in tellonce("scan", history(tellonce.folder), "--with-text").out.splitlines()]

    assert rows[0]["text"] == "I moved to 12 Oak Street last week"
    assert rows[0]["values"][0]["value"] == {"number": "12", "street": "Oak Street"}


def test_authors_can_be_left_out_altogether(tellonce: Commands) -> None:
    (row, *_) = [
        json.loads(line) for line in tellonce("scan", history(tellonce.folder), "--no-authors").out.splitlines()
    ]

    assert not {"author", "chat"} & set(row)


def test_a_pseudonym_is_another_one_in_the_next_scan(tellonce: Commands) -> None:
    once, again = (json.loads(tellonce("scan", history(tellonce.folder)).out.splitlines()[0])["author"] for _ in "12")

    assert once != again


def test_the_summary_counts_what_the_bot_would_have_done(tellonce: Commands) -> None:
    out = str(tellonce.folder / "rows.jsonl")
    told = tellonce("scan", history(tellonce.folder), "--staff", "MEI", "--out", out, "--json")

    summary = json.loads(told.out)
    assert (summary["messages"], summary["staff"], summary["read"], summary["found"]) == (5, 1, 4, 3)
    assert summary["starts"] == {"address": 1, "phone": 1}
    assert (summary["would_start"], summary["would_ask"]) == (2, 0)
    assert summary["months"] == {"2024-01": {"address": 1}, "2024-02": {"phone": 1}}
    assert summary["languages"] == {"en": 2, "zh": 2}


def test_the_summary_can_be_read_by_a_person(tellonce: Commands) -> None:
    told = tellonce("scan", history(tellonce.folder, "{cut"), "--staff", "Mei", "--staff", "Tom", "--out", "rows.csv")

    assert told.code == 1
    assert "would have started a change           2" in told.out
    assert "2024-02          1  phone 1" in told.out
    assert "  chats.jsonl:6: not JSON, or cut off" in told.out
    assert "nobody is named Tom: check --staff" in told.out


def test_rows_can_be_csv_that_no_spreadsheet_runs(tellonce: Commands) -> None:
    formula = {"id": "=1+1", "from": "Ana", "text": "=we moved"}
    tellonce("scan", history(tellonce.folder, json.dumps(formula)), "--out", "rows.csv", "--with-text")

    with (tellonce.folder / "rows.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["starts"] == "address"
    assert json.loads(rows[0]["cues"])[0]["field"] == "address"
    assert (rows[-1]["id"], rows[-1]["text"]) == ("'=1+1", "'=we moved")
    assert (tellonce.folder / "rows.csv").stat().st_mode & 0o077 == 0


def test_a_history_that_breaks_off_is_scanned_up_to_there(tellonce: Commands) -> None:
    file = telegram(tellonce.folder / "result.json", 50)
    file.write_text(file.read_text(encoding="utf-8")[:-60], encoding="utf-8")

    told = tellonce("scan", str(file), "--out", "rows.jsonl")

    assert told.code == 1
    assert "result.json: is cut off: the JSON ends after message 49" in told.out
    assert (tellonce.folder / "rows.jsonl").read_text(encoding="utf-8").count("\n") > 5


def test_the_name_of_a_whatsapp_file_is_a_customers(tellonce: Commands) -> None:
    file = tellonce.folder / "WhatsApp Chat with Ana Lopez.txt"
    file.write_text("31/12/2023, 23:59 - Ana Lopez: we moved\n", encoding="utf-8")

    told = tellonce("scan", str(file))

    assert json.loads(told.out)["file"] == "whatsapp-1.txt"
    assert "Ana" not in told.out + told.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["no.jsonl"], "cannot read no.jsonl: No such file or directory"),
        (["."], "cannot read .: Is a directory"),
        (["empty"], "empty: is empty"),
        (["chats.jsonl", "--column", "words=x"], "--column words: should be PART=NAME"),
        (["chats.jsonl", "--out", "no/where.jsonl"], "cannot write no/where.jsonl: No such file or directory"),
    ],
)
def test_what_cannot_work_is_said(tellonce: Commands, arguments: list[str], says: str) -> None:
    history(tellonce.folder)
    (tellonce.folder / "empty").touch()

    assert says in tellonce("scan", *arguments).complains()


def test_a_scan_that_fails_leaves_the_rows_of_the_last_one(tellonce: Commands) -> None:
    tellonce("scan", history(tellonce.folder), "--out", "rows.jsonl")
    before = (tellonce.folder / "rows.jsonl").read_bytes()

    tellonce("scan", history(tellonce.folder), "no.jsonl", "--out", "rows.jsonl")

    assert (tellonce.folder / "rows.jsonl").read_bytes() == before
    assert [file.name for file in tellonce.folder.glob(".rows*")] == []


CHILD = """
import resource, sys
from bot.cli import main
try:
    main()
except SystemExit:
    pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def peak(folder: Path, file: Path) -> int:
    """Kilobytes that a scan of this file took at most, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "scan", str(file), "--staff", "Support", "--out", str(folder / "rows.jsonl")],
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return int(done.stderr.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("make", [telegram, jsonl])
def test_memory_does_not_grow_with_the_history(tmp_path: Path, make: Callable[[Path, int], Path]) -> None:
    few, many = (10_000, 100_000) if LONG else (1_000, 10_000)
    small, large = (make(tmp_path / f"{count}.json", count) for count in (few, many))

    assert peak(tmp_path, large) - peak(tmp_path, small) < 8 * 1024
