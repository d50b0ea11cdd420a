"""Every command as its user meets it: help, exit codes, results for people and for programs, one clear sentence."""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from bot.app import App
from bot.cli import app
from bot.commands.opening import OPERATOR
from bot.config import load_config
from dialogs.types import Inbound
from store.customers import NewCustomer
from store.uow import UnitOfWork
from tests.bot.command_line import Commands, customers_file
from tests.postgres import Server


def every_command(parts: typer.Typer = app, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every command and every group."""
    yield path
    for command in parts.registered_commands:
        assert command.callback is not None
        yield (*path, command.name or command.callback.__name__)
    for group in parts.registered_groups:
        assert group.name is not None
        assert group.typer_instance is not None
        yield from every_command(group.typer_instance, (*path, group.name))


EVERY = tuple(every_command())


def test_every_command_is_there() -> None:
    known = {" ".join(path) for path in EVERY}

    assert known >= {
        "serve", "chat", "parse", "demo", "customers import", "customers list", "customers link", "staff add",
        "staff sign-in-link", "staff password", "staff list", "staff disable", "staff token", "checkins list",
        "checkins run", "audit list", "keys create", "db upgrade", "config check", "config schema", "config explain",
    }  # fmt: skip


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_explains_itself(tellonce: Commands, path: tuple[str, ...]) -> None:
    long, short = tellonce(*path, "--help"), tellonce(*path, "-h")

    assert (long.code, short.code) == (0, 0)
    assert long.out == short.out
    assert "Usage: tellonce" in long.out
    assert list(tellonce.folder.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [(), ("fly",), ("customers",), ("customers", "fly"), ("db", "upgrade", "--fast"), ("staff", "add")]
)
def test_a_command_used_wrongly_ends_with_2(tellonce: Commands, arguments: tuple[str, ...]) -> None:
    assert tellonce(*arguments).code == 2


NEEDS_A_DATABASE = [
    ("serve",),
    ("chat",),
    ("audit", "list"),
    ("checkins", "list"),
    ("checkins", "run"),
    ("customers", "list"),
    ("customers", "link", "C1"),
    ("customers", "import", "customers.csv"),
    ("staff", "list"),
    ("staff", "add", "mei", "--role", "reviewer"),
    ("staff", "token", "crm", "--scope", "messages"),
]


@pytest.mark.parametrize("arguments", NEEDS_A_DATABASE, ids=" ".join)
def test_what_is_missing_is_named_with_the_command_that_makes_it(
    tellonce: Commands, arguments: tuple[str, ...]
) -> None:
    without_key = tellonce(*arguments)
    tellonce.good("keys", "create")
    without_database = tellonce(*arguments)
    (tellonce.folder / "t.db").touch()
    without_schema = tellonce(*arguments)

    assert "make one with: tellonce keys create" in without_key.complains()
    assert "make it with: tellonce db upgrade" in without_database.complains()
    assert without_schema.complains() == "the database is not up to date; run: tellonce db upgrade"


def test_another_databases_key_is_found_out(upgraded: Commands) -> None:
    (upgraded.folder / "master.key").unlink()
    upgraded.good("keys", "create")

    told = upgraded("staff", "list")

    assert told.complains() == "the master key is not the one this database was made with"


@pytest.mark.parametrize(
    ("key", "says"), [(b"short", "does not hold a master key"), (b"", "does not hold a master key")]
)
def test_a_file_that_holds_no_key_is_not_taken_for_one(upgraded: Commands, key: bytes, says: str) -> None:
    (upgraded.folder / "master.key").write_bytes(key)

    assert says in upgraded("staff", "list").complains()


def test_a_key_that_others_may_read_is_warned_of_beside_the_result(upgraded: Commands) -> None:
    (upgraded.folder / "master.key").chmod(0o644)

    told = upgraded("staff", "token", "crm", "--scope", "messages", "--json")

    assert "chmod 600" in told.err
    assert json.loads(told.out)["token"]


def test_a_key_is_never_overwritten(tellonce: Commands) -> None:
    tellonce.good("keys", "create")
    key = (tellonce.folder / "master.key").read_bytes()

    told = tellonce("keys", "create")

    assert "never overwritten" in told.complains()
    assert (tellonce.folder / "master.key").read_bytes() == key


def test_the_database_may_be_upgraded_again_and_only_this_account_reads_it(tellonce: Commands) -> None:
    first, second = tellonce.good("db", "upgrade"), tellonce.good("db", "upgrade")

    assert "made a master key" in first
    assert second == "the database is up to date\n"
    for name in ("t.db", "master.key"):
        assert stat.S_IMODE((tellonce.folder / name).stat().st_mode) == 0o600


def test_a_folder_for_the_database_is_made(tellonce: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLONCE__STORE__URL", "sqlite:///deep/down/t.db")

    tellonce.good("db", "upgrade")

    assert (tellonce.folder / "deep/down/t.db").exists()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:hush@127.0.0.1:1/tellonce", "***@127.0.0.1:1/tellonce does not answer"),
        ("sqlite://", "should name a file, as in sqlite:///"),
        ("sqlite:///master.key/t.db", "cannot write master.key"),
        ("sqlite:///other.txt", "file is not a database"),
    ],
)
def test_a_store_that_cannot_be_is_said_in_a_sentence(
    tellonce: Commands, monkeypatch: pytest.MonkeyPatch, url: str, says: str
) -> None:
    tellonce.good("keys", "create")
    (tellonce.folder / "other.txt").write_text("a letter to somebody\n" * 100)
    monkeypatch.setenv("TELLONCE__STORE__URL", url)

    assert says in tellonce("db", "upgrade").complains()


def test_a_worker_beside_the_one_process_of_sqlite_is_refused(upgraded: Commands) -> None:
    assert "one process works" in upgraded("worker").complains()


def test_a_database_on_a_server_is_made_once_and_keeps_its_key(
    tellonce: Commands, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    url = server.new()
    monkeypatch.setenv("TELLONCE__STORE__URL", url.replace("+psycopg", ""))

    assert "made a master key" in tellonce.good("db", "upgrade")
    assert "made a master key" not in tellonce.good("db", "upgrade")
    assert tellonce.good("staff", "list", "--json").strip() in ("", "[]")
    (tellonce.folder / "master.key").unlink()
    tellonce("db", "upgrade").complains()
    assert not (tellonce.folder / "master.key").exists(), "another key would open nothing"
    server.drop(url)


def test_a_newer_versions_database_is_left_alone(upgraded: Commands) -> None:
    with sqlite3.connect(upgraded.folder / "t.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    assert "newer version" in upgraded("db", "upgrade").complains()


# --- config -----------------------------------------------------------------------------------------------------------


def test_the_configuration_is_checked_by_line(tellonce: Commands) -> None:
    file = tellonce.folder / "mine.yml"
    file.write_text("web:\n  port: many\n  hots: x\n")

    told = tellonce("config", "check", str(file))

    assert told.code == 1
    assert told.err.splitlines() == [
        "tellonce: mine.yml:2: web.port: should be a valid integer, unable to parse string as an integer",
        "tellonce: mine.yml:3: web.hots: no such key; did you mean host?",
    ]


def test_a_malformed_configuration_stops_every_command(tellonce: Commands) -> None:
    (tellonce.folder / "config.yml").write_text("locale: [en\n")

    told = tellonce("staff", "list")

    assert told.code == 2
    assert told.complains().startswith("config.yml:")


def test_a_good_configuration_is_called_so(tellonce: Commands) -> None:
    (tellonce.folder / "config.yml").write_text("company: Ours\n")

    assert tellonce.good("config", "check") == "config.yml: ok\n"


def test_a_phone_of_the_demo_rings_only_there(tellonce: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLONCE__NOTIFY__PHONE", '["demo://phone"]')

    assert tellonce("config", "check").complains() == "notify: demo:// works only in the demo"


def test_the_schema_is_json(tellonce: Commands) -> None:
    schema = json.loads(tellonce.good("config", "schema"))

    assert schema["$schema"].startswith("https://json-schema.org/")
    assert "notify" in schema["properties"]


def test_a_fields_rules_are_explained(tellonce: Commands) -> None:
    plain = tellonce.good("config", "explain", "--field", "phone")
    risky = tellonce.good("config", "explain", "--field", "phone", "--risk", "lost_contact")

    assert "proofs: on_file, then new_contact" in plain
    assert "applied at once" in plain
    assert "after 3d of cooling-off" in risky
    assert "did you mean phone?" in tellonce("config", "explain", "--field", "phon").complains()
    assert "there is no risk" in tellonce("config", "explain", "--field", "phone", "--risk", "rain").complains()


# --- staff ------------------------------------------------------------------------------------------------------------


def test_a_member_of_staff_from_first_to_last(upgraded: Commands) -> None:
    added = json.loads(upgraded.good("staff", "add", "mei", "--role", "reviewer", "--language", "zh", "--json"))
    again = json.loads(upgraded.good("staff", "sign-in-link", "mei", "--json"))
    before = [json.loads(line) for line in upgraded.good("staff", "list", "--json").splitlines()]
    upgraded.good("staff", "disable", "mei")
    after = json.loads(upgraded.good("staff", "list", "--json"))

    assert (added["name"], added["role"]) == ("mei", "reviewer")
    assert "/console/sign-in/" in added["sign_in"]
    assert added["totp_secret"] in added["totp_uri"]
    assert again["sign_in"] != added["sign_in"]
    assert before == [{"name": "mei", "role": "reviewer", "language": "zh", "team": "", "state": "active"}]
    assert after["state"] == "disabled"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add", "mei", "--role", "boss"), "there is no such role; there are agent, reviewer, supervisor"),
        (("add", "mei", "--role", "reviewer", "--language", "fr"), "there is no console in fr; there are en, zh"),
        (("add", "me i", "--role", "reviewer"), "without spaces"),
        (("add", "omar", "--role", "agent"), "there is already somebody called omar"),
        (("sign-in-link", "ghost"), "there is nobody called ghost"),
        (("disable", "ghost"), "there is nobody called ghost"),
        (("token", "crm", "--scope", "fly"), "there is no scope fly; there are messages"),
        (("token", "crm", "--scope", ","), "a token needs a scope"),
        (("token", "crm", "--scope", "messages", "--channel", "No Such"), "a channel has"),
        (("token", "ghost", "--scope", "decide"), "a token that may decide or erase belongs to a member of staff"),
    ],
)
def test_what_cannot_be_done_for_staff_is_said(upgraded: Commands, arguments: tuple[str, ...], says: str) -> None:
    upgraded.good("staff", "add", "omar", "--role", "supervisor")

    told = upgraded("staff", *arguments)

    assert says in told.complains()
    assert told.code == 2


def test_scopes_may_be_given_one_by_one_or_with_commas(upgraded: Commands) -> None:
    upgraded.good("staff", "add", "mei", "--role", "reviewer")

    one = upgraded.good("staff", "token", "mei", "--scope", "messages,requests")
    two = json.loads(upgraded.good("staff", "token", "mei", "--scope", "messages", "--scope", "requests", "--json"))

    assert len(one.strip()) == len(two["token"]) > 40


# --- customers, check-ins, trail --------------------------------------------------------------------------------------

ADA = "C1,Ada Example,+12025550147,ada@example.com,vip,en"
WANG = "C2,王小明,13800001111,,standard,zh"


@pytest.fixture
def peopled(upgraded: Commands) -> Commands:
    """Two customers on the record."""
    upgraded.good(
        "customers",
        "import",
        customers_file(upgraded.folder, ["customer,name,phone,email,tier,locale", ADA, WANG]),
    )
    return upgraded


def test_customers_are_listed_without_personal_values(peopled: Commands) -> None:
    plain = peopled.good("customers", "list")
    rows = [json.loads(line) for line in peopled.good("customers", "list", "--json").splitlines()]
    rest = peopled.good("customers", "list", "--after", "C1", "--limit", "1")

    assert plain == "C1  person  vip  en\nC2  person  standard  zh\n"
    assert rows[1] == {"customer": "C2", "type": "person", "tier": "standard", "locale": "zh"}
    assert rest == "C2  person  standard  zh\n"


def test_a_link_for_a_customer_leads_to_the_chat(peopled: Commands) -> None:
    made = json.loads(peopled.good("customers", "link", "C2", "--json"))

    assert made["url"] == f"http://127.0.0.1:8000/chat?link={made['token']}"
    assert peopled.good("customers", "link", "C2").startswith("http://127.0.0.1:8000/chat?link=")
    assert peopled("customers", "link", "C9").complains() == "there is no customer C9"


async def test_check_ins_are_shown_then_planned_once(peopled: Commands) -> None:
    await link_two_years_ago(peopled, "C3")

    due = [json.loads(line) for line in peopled.good("checkins", "list", "--json").splitlines()]
    plain = peopled.good("checkins", "list")
    first = json.loads(peopled.good("checkins", "run", "--json"))
    second = peopled.good("checkins", "run")
    planned = json.loads(peopled.good("checkins", "list", "--customer", "C3", "--json"))

    assert [(one["customer"], one["tier"], one["field"]) for one in due] == [("C3", "standard", "phone")]
    assert plain.startswith("C3  standard  phone  ")
    assert first == {"planned": 1}
    assert second == "0 check-ins planned\n"
    assert (planned["field"], planned["state"]) == ("phone", "planned")
    assert peopled.good("checkins", "list", "--customer", "C1", "--json") == ""
    assert peopled("checkins", "list", "--customer", "C9").complains() == "there is no customer C9"


async def link_two_years_ago(tellonce: Commands, no: str) -> None:
    """A customer whose only contact was proven never, and who has a chat in which they can be asked."""
    past = dt.datetime.now(dt.UTC) - dt.timedelta(days=730)
    made = App(load_config(None, os.environ), clock=lambda: past)
    new = NewCustomer({"full": "Ben"}, phone={"e164": "+12025550148"}, no=no)

    def act(uow: UnitOfWork) -> str:
        return uow.customers.link_token(uow.customers.add(new, past, OPERATOR), past, dt.timedelta(hours=1))

    try:
        token = made.database.write(act)
        await made.receive(Inbound("webchat", "c1", "m1", past, link_token=token))
    finally:
        made.close()


def test_the_trail_names_acts_and_never_values(peopled: Commands) -> None:
    plain = peopled.good("audit", "list")
    entries = [json.loads(line) for line in peopled.good("audit", "list", "--json").splitlines()]
    rest = peopled.good("audit", "list", "--after", str(entries[0]["id"]), "--limit", "1", "--json")

    assert [entry["act"] for entry in entries].count("customer.added") == 2
    assert json.loads(rest) == entries[1]
    assert not any(
        value in plain + json.dumps(entries, ensure_ascii=False) for value in ("Ada", "0147", "小明", "1380")
    )


def test_nothing_is_printed_that_a_page_cannot_hold(peopled: Commands) -> None:
    assert peopled("audit", "list", "--limit", "0").code == 2
    assert peopled("customers", "list", "--limit", "100000").code == 2


def test_an_accident_is_told_by_its_type_and_place_only(upgraded: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("12 Oak Street")

    monkeypatch.setattr("store.staff.StaffStore.all", fail)

    told = upgraded("staff", "list")

    assert told.code == 1
    assert "should not have happened: ValueError at bot/" in told.err
    assert "Oak" not in told.err
    assert "Traceback" not in told.err


def test_words_that_the_terminal_cannot_show_do_no_harm(tmp_path: Path) -> None:
    from tests.bot.command_line import run

    told = run(tmp_path, "config", "explain", "--field", "电话", PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")

    assert told.complains().startswith("there is no field ??")
    assert os.linesep not in told.complains()


def test_staff_who_are_customers_are_known_as_such(upgraded: Commands, tmp_path: Path) -> None:
    upgraded.good("customers", "import", customers_file(tmp_path, ["customer,name", "CUST1,Ada Example"]))

    upgraded.good("staff", "add", "ada", "--role", "reviewer", "--customer", "CUST1", "--json")
    upgraded.good("staff", "add", "omar", "--role", "supervisor")
    upgraded.good("staff", "is-customer", "omar", "CUST1")
    nobody = upgraded("staff", "is-customer", "omar", "CUST9")
    unknown = upgraded("staff", "is-customer", "eve", "CUST1")

    assert nobody.code == unknown.code == 2
    assert "no customer with the number CUST9" in nobody.complains()
    assert "nobody called eve" in unknown.complains()
