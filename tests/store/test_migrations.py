"""The steps lead to the schema, from nothing and from any step before."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from store.crypto import KeyKind, KeyName, wrapping_place
from store.indexes import Index, opened
from store.masters import LocalMaster
from store.migrations import run
from store.schema import GUARDS, metadata
from store.sqlite import engine
from tests.postgres import Server
from tests.store.kit import MASTER, keyring
from tests.store.road import Road
from tests.store.rows import CONSENT


def described(connection: sa.Connection) -> dict[str, str]:
    """Everything in the database as SQL, without what only looks different."""
    rows = connection.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND tbl_name <> 'alembic_version'"
    )
    found = {}
    for kind, name, sql in rows:
        plain = re.sub(r"\s+", " ", sql).strip().replace('"', "")  # SQLite quotes the name of a table that was renamed
        if kind == "table":
            head, _, body = plain.partition("(")
            inner, _, tail = body.rpartition(")")
            plain = head + " | ".join(sorted(re.split(r", (?=CONSTRAINT|[a-z_0-9]+ [A-Z])", inner.strip()))) + tail
        found[name] = plain
    return found


def test_the_steps_make_exactly_the_schema(tmp_path: Path) -> None:
    stepped, made = engine(f"sqlite:///{tmp_path}/a.db", 1), engine(f"sqlite:///{tmp_path}/b.db", 1)

    with stepped.connect() as by_steps, made.connect() as at_once:
        run.migrate(by_steps)
        metadata.create_all(at_once)

        assert described(by_steps) == described(at_once)
        assert run.step_of(by_steps) == run.latest_step()
        triggers = by_steps.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars()
        assert set(triggers) == set(GUARDS)
    stepped.dispose()
    made.dispose()


def test_a_step_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    broken = engine(f"sqlite:///{tmp_path}/c.db", 1)

    with broken.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE notice (id TEXT)")  # in the way of the first step
        with pytest.raises(sa.exc.OperationalError):
            run.migrate(connection)

        assert sa.inspect(connection).get_table_names() == ["notice"]
    broken.dispose()


def test_a_migration_that_breaks_references_is_undone(tmp_path: Path) -> None:
    made = engine(f"sqlite:///{tmp_path}/d.db", 1)

    with made.connect() as connection:
        run.migrate(connection)
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("INSERT INTO sign_in_link VALUES (x'00', 'nobody', 0, NULL, 0)")
        with pytest.raises(run.BrokenReferenceError):
            run.migrate(connection)
    made.dispose()


LEGACY = wrapping_place(KeyName(KeyKind.INDEX, "1"))

LATER = (("message", "whose"), ("note", "whose"), ("consent", "withdrawn_at"), ("staff", "team"), ("staff", "identity"))
"""Columns of later steps."""


FIRST_GUARDS = frozenset(re.findall(r"TRIGGER (\w+)", next(run.STEPS.glob("0001_*.py")).read_text(encoding="utf-8")))


@pytest.mark.sqlite_only
def test_customers_of_an_older_schema_get_the_keys_of_likely_duplicates(road: Road) -> None:
    customer = road.customer()
    before = set(road.rows("SELECT block FROM value_block"))
    for statement in (
        *(f"DROP TABLE {table}" for table in ("customer_tag", "imported_row", "value_block", "signal", "task")),
        *(f"DROP TRIGGER {guard}" for guard in GUARDS if guard not in FIRST_GUARDS),
        *(f"DROP TABLE {table}" for table in ("freeze", "not_me", "reversal", "offline_receipt", "staff_customer")),
        *(f"DROP TABLE audit_{table}" for table in ("log", "leaf", "node", "gap", "key", "checkpoint", "trim")),
        "DROP TRIGGER audit_entry_stays",
        "CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'no'); END",
        *(f"DROP TABLE {table}" for table in ("rotation", "legal_hold", "erasure", "archiving")),
        "DROP TRIGGER value_version_stays",
        "CREATE TRIGGER value_version_stays BEFORE UPDATE ON value_version BEGIN SELECT RAISE(ABORT, 'no'); END",
        "DROP INDEX uq_proof_staff",
        "DROP INDEX ix_customer_owner_no",
        "DROP INDEX ix_job_waiting",
        *(
            f"DROP TABLE {table}"
            for table in ("authenticator", "recovery_code", "sign_in_attempt", "oidc_login", "allowance")
        ),
        "DROP INDEX ux_staff_identity",
        *(f"ALTER TABLE {table} DROP COLUMN {added}" for table, added in LATER),
        "UPDATE alembic_version SET version_num = '0002'",
    ):
        road.write(lambda uow, statement=statement: uow.run(statement))

    road.database.upgrade()

    assert set(road.rows("SELECT block FROM value_block")) == before != set()
    assert set(road.write(lambda uow: uow.customers.record(customer))) == {"name", "phone", "email", "address"}


@pytest.mark.sqlite_only
def test_a_database_from_before_its_index_keys_goes_on_with_those_of_its_master_key(road: Road) -> None:
    master = LocalMaster(MASTER)
    legacy = opened([("1", master.wrap(master.first_index_keys(), LEGACY), master.fingerprint)], keyring(MASTER))
    expected = legacy.index(Index.VALUE, "phone", "+14155550123")
    road.write(lambda uow: uow.run("DELETE FROM data_key WHERE kind = 'index'"))

    road.database.upgrade()

    assert road.write(lambda uow: uow.keyring.index(Index.VALUE, "phone", "+14155550123")) == expected


def at_step(connection: sa.Connection, step: str) -> None:
    """An older database."""
    from alembic import command

    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    command.upgrade(run.config(connection), step)
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql("PRAGMA foreign_keys = ON")


def test_consents_stay_and_may_be_spoken_from_then_on(tmp_path: Path) -> None:
    older = engine(f"sqlite:///{tmp_path}/f.db", 1)
    spoken = CONSENT | {"id": "again", "how": "spoken"}

    def add(connection: sa.Connection, table: str, row: dict[str, Any]) -> None:
        marks = ", ".join(f":{name}" for name in row)
        connection.execute(sa.text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"), row)

    with older.connect() as connection:
        at_step(connection, "0006")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        add(connection, "consent", CONSENT)
        with pytest.raises(sa.exc.IntegrityError):
            add(connection, "consent", spoken)
        connection.exec_driver_sql("DELETE FROM consent WHERE id <> 'consent'")
        connection.exec_driver_sql("INSERT INTO conversation (id, channel, chat_index, chat, stage, language, silence,"
                                   " state, created_at) VALUES ('v1', 'web', x'00', x'00', 'idle', 'en', 'active',"
                                   " x'00', 0)")  # fmt: skip
        connection.exec_driver_sql("INSERT INTO customer (id, no, type, tier, locale, timezone, status, created_at)"
                                   " VALUES ('c1', 'c1', 'person', 'standard', 'en', 'UTC', 'active', 0)")  # fmt: skip
        connection.exec_driver_sql("INSERT INTO audit_entry (id, at, actor_kind, actor, origin, act, subject, digest,"
                                   " leaf) VALUES (1, 0, 'system', 't', '', 'a', 'x:1', '', zeroblob(32))")  # fmt: skip
        run.migrate(connection)

        add(connection, "consent", spoken)
        found = connection.exec_driver_sql("SELECT id, digest, how FROM consent ORDER BY id").fetchall()
        assert found == [("again", CONSENT["digest"], "spoken"), ("consent", CONSENT["digest"], "button")]
    older.dispose()


def test_sessions_links_and_tokens_live_on_and_a_token_that_decides_waits_for_its_person(tmp_path: Path) -> None:
    older = engine(f"sqlite:///{tmp_path}/e.db", 1)

    with older.connect() as connection:
        at_step(connection, "0001")
        for statement in (
            "INSERT INTO staff VALUES ('rita', 'reviewer', 'hash', 'en', 1, NULL)",
            "INSERT INTO staff_session VALUES (x'01', 'rita', '10.0.0.7', 5, 99)",
            "INSERT INTO staff_session VALUES (x'02', 'rita', '10.0.0.8', 6, 99)",
            "INSERT INTO sign_in_link VALUES (x'03', 'rita', 99, NULL)",
            "INSERT INTO api_token VALUES ('t1', x'04', 'rita', 'rita', '[\"decide\"]', 1, NULL, 7, NULL)",
            "INSERT INTO api_token VALUES ('t2', x'05', 'crm', NULL, '[\"messages\"]', 0, 'app', 8, 9)",
            "INSERT INTO api_answer VALUES ('t2', x'06', x'07', x'08', 10)",
        ):
            connection.exec_driver_sql(statement)
        run.migrate(connection)

        sessions = connection.exec_driver_sql("SELECT * FROM staff_session ORDER BY token_hash").fetchall()
        assert [(row[1:5], row[6:]) for row in sessions] == [
            (("rita", "10.0.0.7", 5, 99), (5, "full", "password")),
            (("rita", "10.0.0.8", 6, 99), (6, "full", "password")),
        ]
        assert len({row[5] for row in sessions}) == 2
        assert connection.exec_driver_sql("SELECT * FROM sign_in_link").fetchall() == [(b"\x03", "rita", 99, None, 0)]
        tokens = connection.exec_driver_sql("SELECT id, channel, revoked_at, activated_at FROM api_token ORDER BY id")
        assert tokens.fetchall() == [("t1", None, None, None), ("t2", "app", 9, None)]
    older.dispose()


def test_whoever_was_archived_by_hand_before_stays_so_and_nobody_is_without_a_yes_from_then_on(tmp_path: Path) -> None:
    older = engine(f"sqlite:///{tmp_path}/g.db", 1)
    with older.connect() as connection:
        at_step(connection, "0012")
        run_all(connection, OLDER[:2])
        connection.exec_driver_sql("UPDATE customer SET status = 'archived' WHERE id = 'ana'")
        run.migrate(connection)

        found = connection.exec_driver_sql("SELECT id, status FROM customer ORDER BY id").fetchall()
        assert found == [("ana", "archived"), ("bo", "active")]
        with pytest.raises(sa.exc.IntegrityError, match="somebody approved"):
            connection.exec_driver_sql("UPDATE customer SET status = 'archived' WHERE id = 'bo'")
        connection.exec_driver_sql("UPDATE customer SET status = 'active' WHERE id = 'ana'")
    older.dispose()


def test_links_and_messages_of_before_have_a_history_afterwards(tmp_path: Path) -> None:
    older = engine(f"sqlite:///{tmp_path}/e.db", 1)
    with older.connect() as connection:
        at_step(connection, "0005")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN")
        run_all(connection, OLDER)
        connection.exec_driver_sql("COMMIT")
        run.migrate(connection)

        links = connection.exec_driver_sql("SELECT customer, at, ended_at FROM link ORDER BY at").fetchall()
        assert links == [("ana", 1, 5), ("bo", 5, None)]
        assert connection.exec_driver_sql("SELECT whose FROM message").scalars().all() == ["bo"]
        (challenge,) = connection.exec_driver_sql("SELECT purpose, attempts, state FROM challenge").fetchall()
        assert challenge == ("change", 2, "live")
        assert connection.exec_driver_sql("PRAGMA foreign_key_list(proof)").fetchall()
        assert "challenge_before" not in str(described(connection))
    older.dispose()


OLDER = (
    "INSERT INTO audit_entry (id, at, actor_kind, actor, origin, act, subject, customer, digest, leaf)"
    " VALUES (1, 0, 'system', 'test', '', 'test', 'x', NULL, '', zeroblob(32))",
    "INSERT INTO customer (id, no, type, tier, locale, timezone, status, created_at)"
    " VALUES ('ana', 'C1', 'person', 'standard', 'en', 'UTC', 'active', 0),"
    " ('bo', 'C2', 'person', 'standard', 'en', 'UTC', 'active', 0)",
    "INSERT INTO conversation (id, channel, chat_index, chat, customer, stage, language, silence, state, created_at)"
    " VALUES ('c', 'web', x'00', x'00', 'bo', 'idle', 'en', 'active', x'00', 0)",
    "INSERT INTO link (conversation, customer, at, how, via, audit)"
    " VALUES ('c', 'ana', 1, 'token', NULL, 1), ('c', 'bo', 5, 'code', 'v', 1)",
    "INSERT INTO message (conversation, seq, author_kind, author, sentence, content, at)"
    " VALUES ('c', 1, 'bot', 'bot', 'hello', x'00', 2)",
    "INSERT INTO challenge (id, conversation, customer, purpose, need, digest, code_hash, attempts, max_attempts,"
    " created_at, expires_at, state, contact)"
    " VALUES ('h', 'c', 'bo', 'change', 'on_file', 'd', x'00', 2, 5, 3, 9, 'live', 'v')",
)


def run_all(connection: sa.Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


def test_a_turn_needs_no_alembic() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import store.database, sys; print('alembic' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout.strip() == "False"


def test_on_postgresql_too_the_steps_make_exactly_the_schema(server: Server) -> None:
    urls = [server.new(), server.new()]
    found = []
    for url, make in zip(urls, (run.migrate, metadata.create_all), strict=True):
        with on_server(url) as connection:
            make(connection)
            found.append({kind: set(connection.exec_driver_sql(sql)) for kind, sql in IN_POSTGRES.items()})
    for url in urls:
        server.drop(url)

    for kind in IN_POSTGRES:
        assert found[0][kind] == found[1][kind]
        assert len(found[0][kind]) > 20
    assert {name for _, name, _ in found[0]["guards"]} == set(GUARDS)


@contextmanager
def on_server(url: str) -> Iterator[sa.Connection]:
    """A connection to a database on the server."""
    with sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect() as connection:
        yield connection


def test_on_postgresql_too_rows_of_before_have_a_history_afterwards(server: Server) -> None:
    from alembic import command

    url = server.new()
    with on_server(url) as connection:
        connection.exec_driver_sql("BEGIN")
        command.upgrade(run.config(connection), "0003")
        connection.exec_driver_sql(
            "INSERT INTO staff VALUES ('rita', 'reviewer', 'hash', 'en', 1, NULL);"
            "INSERT INTO staff_session VALUES ('1', 'rita', '10.0.0.7', 5, 99), ('2', 'rita', '10.0.0.8', 6, 99);"
            "INSERT INTO api_token VALUES ('t1', '4', 'rita', 'rita', '[]', 1, NULL, 7, NULL);"
            "INSERT INTO api_answer VALUES ('t1', '6', '7', '8', 10)"
        )
        run_all(
            connection, tuple(statement.replace("zeroblob(32)", ZEROES).replace("x'00'", "'0'") for statement in OLDER)
        )
        connection.exec_driver_sql("COMMIT")
        run.migrate(connection)

        links = connection.exec_driver_sql("SELECT customer, at, ended_at FROM link ORDER BY at").fetchall()
        assert links == [("ana", 1, 5), ("bo", 5, None)]
        assert connection.exec_driver_sql("SELECT whose FROM message").scalars().all() == ["bo"]
        sessions = connection.exec_driver_sql(
            "SELECT origin, used_at, length(id) FROM staff_session ORDER BY 1"
        ).fetchall()
        assert sessions == [("10.0.0.7", 5, 32), ("10.0.0.8", 6, 32)]
        assert connection.exec_driver_sql("SELECT token FROM api_answer").scalars().all() == ["t1"]
        with pytest.raises(sa.exc.IntegrityError):
            connection.exec_driver_sql("INSERT INTO api_answer VALUES ('nobody', '6', '7', '8', 10)")
    server.drop(url)


ZEROES = "decode(repeat('00', 32), 'hex')"
NOT_ALEMBICS = "c.relname NOT IN ('alembic_version', 'alembic_version_pkc')"
IN_POSTGRES = {
    "columns": "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,"
    " pg_get_expr(d.adbin, d.adrelid) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
    " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
    f" WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped AND {NOT_ALEMBICS}",
    "constraints": "SELECT c.relname, conname, pg_get_constraintdef(k.oid) FROM pg_constraint k"
    f" JOIN pg_class c ON c.oid = k.conrelid WHERE k.connamespace = 'public'::regnamespace AND {NOT_ALEMBICS}",
    "indexes": "SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    f" WHERE c.relnamespace = 'public'::regnamespace AND {NOT_ALEMBICS}",
    "guards": "SELECT pg_get_triggerdef(t.oid), t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
    " WHERE NOT t.tgisinternal",
}


def test_staff_and_their_sessions_live_on_and_may_be_named_by_an_identity_provider(tmp_path: Path) -> None:
    older = engine(f"sqlite:///{tmp_path}/g.db", 1)

    with older.connect() as connection:
        at_step(connection, "0011")
        for statement in (
            "INSERT INTO staff (name, role, language, created_at, team) VALUES ('mei', 'agent', 'en', 0, 'north')",
            "INSERT INTO staff_session VALUES (x'01', 'mei', '192.0.2.7', 1, 9, 's', 2, 'full', 'link')",
        ):
            connection.exec_driver_sql(statement)
        run.migrate(connection)
        connection.exec_driver_sql("UPDATE staff_session SET way = 'oidc' WHERE id <> 's'")
        connection.exec_driver_sql("UPDATE staff SET identity = 's-1' WHERE name = 'mei'")

        found = connection.exec_driver_sql(
            "SELECT staff, origin, opened_at, id, stage, way FROM staff_session"
        ).fetchall()
        assert found == [("mei", "192.0.2.7", 1, "s", "full", "link")]
        connection.exec_driver_sql("INSERT INTO staff_session VALUES (x'02', 'mei', '', 1, 9, 't', 2, 'full', 'oidc')")
        with pytest.raises(sa.exc.IntegrityError):
            connection.exec_driver_sql(
                "INSERT INTO staff (name, role, language, created_at, identity) VALUES ('bo', 'agent', 'en', 0, 's-1')"
            )
    older.dispose()
