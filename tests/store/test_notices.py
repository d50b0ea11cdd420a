"""A notice is readable by its sender alone, and only until it is sent or too late."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from store.crypto import customer_key
from store.database import Database
from store.notices import Notice
from store.uow import RefusedByDatabaseError
from tests.store.kit import NOW

LIFETIME = dt.timedelta(minutes=10)
NOTICE = Notice("n1", "phone", "+14155550123", "493022 is your code to change your address")


@pytest.fixture
def waiting(database: Database) -> Notice:
    database.write(lambda uow: uow.notices.put(NOTICE, customer_key("c1"), NOW, NOW + LIFETIME))
    return NOTICE


def load(database: Database) -> Notice | None:
    return database.read(lambda uow: uow.notices.load("n1"))


def test_a_notice_is_loaded_in_clear_and_its_job_holds_only_its_id(database: Database, waiting: Notice) -> None:
    (job,) = database.write(lambda uow: uow.jobs.claim(("notice",), "w", NOW, LIFETIME, 5))

    assert load(database) == waiting
    assert job.payload == {"notice": "n1"}
    assert "493022" not in repr(waiting)
    assert "+1415" not in repr(waiting)


def test_a_notice_sent_is_erased(database: Database, waiting: Notice) -> None:
    database.write(lambda uow: uow.notices.sent("n1", NOW))

    assert load(database) is None
    row = database.read(lambda uow: uow.run("SELECT state, address, text FROM notice").fetchone())
    assert row == ("sent", None, None)


def test_a_notice_taken_back_or_expired_is_not_sent(database: Database, waiting: Notice) -> None:
    assert database.write(lambda uow: uow.notices.expire(NOW)) == 0
    assert database.write(lambda uow: uow.notices.expire(NOW + LIFETIME)) == 1
    assert load(database) is None

    database.write(lambda uow: uow.notices.put(Notice("n2", "email", "a@b.example", "x"), customer_key("c1"), NOW, NOW))
    database.write(lambda uow: uow.notices.take_back("n2", NOW))
    assert database.read(lambda uow: uow.notices.load("n2")) is None


def test_the_database_refuses_to_keep_the_text_of_a_notice_that_ended(database: Database, waiting: Notice) -> None:
    for tampering in ("state = 'sent', ended_at = 1", "text = NULL", "address = NULL", "state = 'expired'"):
        with pytest.raises(RefusedByDatabaseError):
            database.write(lambda uow, tampering=tampering: uow.run(f"UPDATE notice SET {tampering}") and None)


def test_neither_address_nor_text_stands_in_the_files(database: Database, file: Path, waiting: Notice) -> None:
    content = b"".join(part.read_bytes() for part in file.parent.iterdir())

    assert b"493022" not in content
    assert b"4155550123" not in content
