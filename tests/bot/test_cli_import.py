"""`tellonce customers import` as an operator runs it: what is taken, what is left out and why."""

from __future__ import annotations

import csv
import json
import re

import pytest

from bot import importing, progress
from bot.commands import customers
from tests.bot.command_line import Commands, customers_file

HEADER = "customer,name,phone,email,address,tier,type,locale,timezone,owner"
GOOD = [
    'C1,Ada,+1 202 555 0147,ada@example.com,"12 Oak Street, Springfield, IL 62704",vip,person,en,America/New_York,mei',
    "C2,王小明,13800001111,wang@example.com,上海市徐汇区漕溪北路398号2号楼1201室,standard,person,zh,Asia/Shanghai,",
    "C3,晨光物业有限公司,02160006666,,,vip,company,zh,,",
]
BAD = [
    "C4,Secret Person,12345678901234567890,,,,,,,",
    "C5,Secret Person,,secret-at-example,,,,,,",
    "C1,Secret Person,,,,,,,,",
    ",,+12025550199,,,,,,,",
    "C6,Secret Person,,,,platinum,,,,",
    "C7,秘密,,,,,,fr,,",
    "C8,Secret Person,,,,,,,,,secret",
]


def test_good_rows_are_taken_and_bad_ones_listed_by_line(upgraded: Commands) -> None:
    told = upgraded("customers", "import", customers_file(upgraded.folder, [HEADER, *GOOD, *BAD]))

    *lines, sums = told.out.splitlines()
    assert told.code == 1
    assert sums == "3 imported, 1 kept as on record, 6 left out"
    assert [line.partition("customers.csv:")[2].partition(": ")[0] for line in lines] == [
        str(number) for number in range(5, 12)
    ]
    assert "customers.csv:7: name: the record says something else, and stays" in told.out
    assert not any(value in told.out for value in ("Secret", "秘密", "12345", "secret", "platinum", "0199"))


def test_the_report_for_programs_says_the_same(upgraded: Commands) -> None:
    told = upgraded("customers", "import", customers_file(upgraded.folder, [HEADER, *GOOD, *BAD]), "--json")

    report = json.loads(told.out)
    assert told.code == 1
    assert told.err == ""
    assert report["imported"] == 3
    assert [row["line"] for row in report["rejected"]] == [5, 6, 8, 9, 10, 11]
    assert [(row["line"], row["column"]) for row in report["kept"]] == [(7, "name")]
    assert all(set(row) == {"line", "column", "reason"} for row in report["rejected"])
    assert "ecret" not in told.out


def test_when_all_is_well_it_ends_with_0(upgraded: Commands) -> None:
    told = upgraded("customers", "import", customers_file(upgraded.folder, [HEADER, *GOOD]), "--json")

    assert (told.code, json.loads(told.out)) == (
        0,
        {"imported": 3, "filled": 0, "unchanged": 0, "kept": [], "rejected": [], "noted": []},
    )
    assert upgraded.good("customers", "list") == "C1  person  vip  en\nC2  person  standard  zh\nC3  company  vip  zh\n"


def test_the_same_file_again_changes_nothing(upgraded: Commands) -> None:
    file = customers_file(upgraded.folder, [HEADER, *GOOD])
    upgraded.good("customers", "import", file)

    again = json.loads(upgraded.good("customers", "import", file, "--json"))

    assert again == {"imported": 0, "filled": 0, "unchanged": 3, "kept": [], "rejected": [], "noted": []}


def test_the_same_file_again_changes_nothing_also_without_numbers(upgraded: Commands) -> None:
    file = customers_file(upgraded.folder, ["name,phone", "Ada,202-555-0147", "Ada,202-555-0147", "Ben,"])
    upgraded.good("customers", "import", file)
    before = upgraded.good("customers", "list")

    again = json.loads(upgraded.good("customers", "import", file, "--json"))

    assert (again["imported"], again["unchanged"]) == (0, 3)
    assert upgraded.good("customers", "list") == before
    assert len(before.splitlines()) == 3


def test_a_mended_file_adds_only_what_was_mended(upgraded: Commands) -> None:
    upgraded("customers", "import", customers_file(upgraded.folder, ["name,phone", "Ada,202-555-0147", "Ben,12"]))

    told = upgraded.good(
        "customers", "import", customers_file(upgraded.folder, ["name,phone", "Ada,202-555-0147", "Ben,202-555-0148"])
    )

    assert told == "1 imported, 1 unchanged, 0 left out\n"


def test_what_is_on_record_is_never_replaced(upgraded: Commands) -> None:
    upgraded.good(
        "customers", "import", customers_file(upgraded.folder, ["customer,name,phone", "C1,Ada,202-555-0147"])
    )
    other = ["customer,name,phone,email,tier,tags", "C1,Ada,202-555-0148,ada@example.com,vip,north"]

    told = upgraded("customers", "import", customers_file(upgraded.folder, other), "--json")

    report = json.loads(told.out)
    assert told.code == 1
    assert [row["column"] for row in report["kept"]] == ["phone", "tier", "email", "tags"]
    assert "0148" not in told.out


def test_what_is_missing_on_record_is_filled_in_when_asked_for(upgraded: Commands) -> None:
    upgraded.good(
        "customers", "import", customers_file(upgraded.folder, ["customer,name,phone", "C1,Ada,202-555-0147"])
    )
    file = customers_file(upgraded.folder, ["customer,name,email,tags", "C1,Ada,ada@example.com,north;gold"])

    first = json.loads(upgraded.good("customers", "import", file, "--fill", "--json"))
    again = json.loads(upgraded.good("customers", "import", file, "--fill", "--json"))

    assert (first["filled"], first["unchanged"]) == (1, 0)
    assert (again["filled"], again["unchanged"]) == (0, 1)


def test_a_dry_run_changes_nothing(upgraded: Commands) -> None:
    file = customers_file(upgraded.folder, [HEADER, *GOOD, *BAD])

    told = upgraded("customers", "import", file, "--dry-run")

    assert told.out.endswith("6 left out; nothing was changed: a dry run\n")
    assert upgraded.good("customers", "list") == ""


def test_the_report_names_row_column_and_reason_without_values(upgraded: Commands) -> None:
    file = customers_file(upgraded.folder, [HEADER, *GOOD, *BAD])

    upgraded("customers", "import", file, "--report", "left-out.csv")

    text = (upgraded.folder / "left-out.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["row"], row["column"], row["outcome"]) for row in rows] == [
        ("5", "phone", "rejected"),
        ("6", "email", "rejected"),
        ("7", "name", "kept"),
        ("8", "name", "rejected"),
        ("9", "tier", "rejected"),
        ("10", "locale", "rejected"),
        ("11", "", "rejected"),
    ]
    assert not any(value in text for value in ("Secret", "秘密", "12345", "secret-at", "platinum", "0199"))


def test_a_contact_that_two_have_is_noted(upgraded: Commands) -> None:
    file = customers_file(upgraded.folder, ["name,phone", "Ada,202-555-0147", "Ben,202-555-0147"])

    report = json.loads(upgraded.good("customers", "import", file, "--json"))

    assert report["imported"] == 2
    assert [(row["line"], row["reason"]) for row in report["noted"]] == [(3, "phone: another customer has it too")]


def test_equal_rows_without_a_number_have_an_end(upgraded: Commands) -> None:
    told = upgraded("customers", "import", customers_file(upgraded.folder, ["name", *["Ada"] * 103]))

    assert told.out.splitlines()[-1] == "100 imported, 3 left out"
    assert "is there too often, and without a customer number" in told.out


def test_the_pattern_of_numbers_is_the_companys(upgraded: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLONCE__CUSTOMERS__NUMBER", "K-{year}-{serial}")

    upgraded.good("customers", "import", customers_file(upgraded.folder, ["name", "Ada", "Ben"]))

    numbers = [line.split()[0] for line in upgraded.good("customers", "list").splitlines()]
    assert [re.sub(r"\d{4}-", "YYYY-", number) for number in numbers] == ["K-YYYY-0001", "K-YYYY-0002"]


def test_customers_without_a_number_get_one(upgraded: Commands) -> None:
    upgraded.good("customers", "import", customers_file(upgraded.folder, ["name", "Ada", "王小明"]))

    numbers = [line.split()[0] for line in upgraded.good("customers", "list").splitlines()]

    assert len(set(numbers)) == 2
    assert all(number.startswith("CUST") for number in numbers)


def test_many_bad_rows_are_summed_up(upgraded: Commands) -> None:
    rows = ["name,phone", "Ada,"] + ["Ben,12"] * 30 + [",202-555-0147"] * 5

    told = upgraded("customers", "import", customers_file(upgraded.folder, rows))

    lines = told.out.splitlines()
    assert len(lines) == customers.SHOWN + 2
    assert lines[-2] == "phone: cannot be read as one: 30; name: is empty: 5"
    assert lines[-1] == "1 imported, 35 left out"


def test_a_large_file_is_taken_in_several_transactions(upgraded: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 3)

    out = upgraded.good("customers", "import", customers_file(upgraded.folder, ["name", *["Ada"] * 10]))

    assert out == "10 imported, 0 left out\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the column name is missing; the first line must name the columns: customer,"),
        (b"Ada Secret,+12025550147\n", "the column name is missing"),
        (b"name,mobile\nAda,1\n", "unknown column 'mobile'; known are customer, name"),
        (b"name,name\nAda,Ada\n", "the column name is there twice"),
        ("name\nAda\nMüller\n".encode("cp1252"), "customers.csv:3: is not UTF-8; save the file as CSV UTF-8"),
        ("name\nAda\n".encode("utf-16"), "customers.csv:1: is not UTF-8"),
        (b'name\nAda\n"Ben\n', "is not a CSV file"),
        (b"PK\x03\x04" + b"\x00\x9f" * 500, "is no workbook that can be read; is it whole?"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 500, "is of an old Excel, or has a password"),
    ],
)
def test_a_file_that_cannot_be_read_whole_changes_nothing(upgraded: Commands, content: bytes, says: str) -> None:
    file = upgraded.folder / "customers.csv"
    file.write_bytes(content)

    told = upgraded("customers", "import", str(file))

    assert says in told.complains()
    assert told.code == 2
    assert "Secret" not in told.err
    assert upgraded.good("customers", "list") == ""


def test_a_file_that_is_not_there_or_no_file_is_said(upgraded: Commands) -> None:
    assert upgraded("customers", "import", "no.csv").complains() == "cannot read no.csv: No such file or directory"
    assert upgraded("customers", "import", ".").complains() == "cannot read .: Is a directory"
    assert "no regular file" in upgraded("customers", "import", "/dev/null").complains()


def test_a_file_that_is_too_large_is_said(upgraded: Commands) -> None:
    file = upgraded.folder / "customers.csv"
    with file.open("wb") as sparse:
        sparse.truncate(600 * 2**20)

    assert upgraded("customers", "import", str(file)).complains() == "customers.csv is larger than 512 MiB; split it"


def test_progress_is_shown_to_a_person_only(upgraded: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    file = customers_file(upgraded.folder, [HEADER, *GOOD])

    told = upgraded("customers", "import", file)

    assert told.err == ""

    class Terminal:
        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> int:
            seen.append(text)
            return len(text)

        def flush(self) -> None:
            pass

        def fileno(self) -> int:
            raise OSError

    seen: list[str] = []
    monkeypatch.setattr(progress.sys, "stderr", Terminal())
    assert list(progress.bar([1, 2, 3], "rows")) == [1, 2, 3]
    with progress.counter("check-ins") as count:
        count(7)
    assert "rows" in "".join(seen)
    assert "7" in "".join(seen)


def test_everything_on_a_customer_is_written_for_a_reason(upgraded: Commands) -> None:
    upgraded.good("customers", "import", customers_file(upgraded.folder, [HEADER, *GOOD]))

    upgraded.good("customers", "export", "C1", "--reason", "she asked for it", "--out", "c1.json")

    file = upgraded.folder / "c1.json"
    assert json.loads(file.read_text(encoding="utf-8"))["customer"]["no"] == "C1"
    assert file.stat().st_mode & 0o077 == 0
    assert "customer.exported" in upgraded.good("audit", "list")
    assert "there is no customer C9" in upgraded("customers", "export", "C9", "--reason", "why not").complains()
    assert "--reason: should say why" in upgraded("customers", "export", "C1", "--reason", " ").complains()
