"""Only who is meant to may sign in or speak by a token; nothing kept could be used to do so."""

from __future__ import annotations

import datetime as dt

import pytest

from store.database import Database
from store.sessions import LASTING
from store.staff import SIGN_IN_LINK_LIFETIME, StaffError
from store.uow import RefusedByDatabaseError
from tests.store.kit import ACTOR, NOW

PASSWORD = "correct horse battery"
LATER = NOW + dt.timedelta(minutes=1)


@pytest.fixture
def ann(database: Database) -> str:
    database.write(lambda uow: uow.staff.add("ann", "reviewer", NOW, ACTOR, language="zh"))
    return "ann"


def test_a_password_is_checked_and_never_kept(database: Database, ann: str) -> None:
    database.write(lambda uow: uow.staff.set_password(ann, PASSWORD, NOW, ACTOR))

    kept = database.read(lambda uow: uow.run("SELECT password_hash FROM staff").fetchone()[0])
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # RFC 9106, the second recommended option
    assert PASSWORD not in kept
    checks = [("ann", PASSWORD), ("ann", PASSWORD + "!"), ("ben", PASSWORD), ("", "")]
    assert [
        database.read(lambda uow, name=name, word=word: uow.staff.check_password(name, word)) for name, word in checks
    ] == [True, False, False, False]


def test_nobody_signs_in_with_a_password_that_was_never_set(database: Database, ann: str) -> None:
    assert not database.read(lambda uow: uow.staff.check_password(ann, ""))


def test_a_session_ends_by_time_sign_out_new_password_and_disabling(database: Database, ann: str) -> None:
    def opened() -> str:
        return database.write(lambda uow: uow.sessions.open(ann, "127.0.0.1", NOW))

    def holds(token: str, now: dt.datetime = LATER) -> bool:
        return database.read(lambda uow: uow.sessions.of(token, now)) is not None

    token, other = opened(), opened()
    found = database.read(lambda uow: uow.sessions.of(token, LATER))
    assert found is not None
    assert (found.staff, found.origin, found.opened_at) == ("ann", "127.0.0.1", NOW)
    assert not holds(token, NOW + LASTING.idle)
    database.write(lambda uow: uow.sessions.touch(found.id, NOW + LASTING.whole - dt.timedelta(minutes=1)))
    assert not holds(token, NOW + LASTING.whole)
    assert not holds("invented")

    database.write(lambda uow: uow.sessions.close(token))
    assert (holds(token), holds(other)) == (False, True)
    database.write(lambda uow: uow.staff.set_password(ann, PASSWORD, NOW, ACTOR))
    assert not holds(other)
    last = opened()
    database.write(lambda uow: uow.staff.disable(ann, NOW, ACTOR))
    assert not holds(last)
    assert not database.read(lambda uow: uow.staff.check_password(ann, PASSWORD))


def test_a_sign_in_link_works_once_and_for_a_day(database: Database, ann: str) -> None:
    link, old = (database.write(lambda uow: uow.staff.sign_in_link(ann, NOW)) for _ in range(2))

    assert database.write(lambda uow: uow.staff.use_sign_in_link(link, LATER)) == "ann"
    assert database.write(lambda uow: uow.staff.use_sign_in_link(link, LATER)) is None
    assert database.write(lambda uow: uow.staff.use_sign_in_link(old, NOW + SIGN_IN_LINK_LIFETIME)) is None
    assert database.write(lambda uow: uow.staff.use_sign_in_link("invented", LATER)) is None


def test_a_disabled_person_cannot_use_a_link(database: Database, ann: str) -> None:
    link = database.write(lambda uow: uow.staff.sign_in_link(ann, NOW))
    database.write(lambda uow: uow.staff.disable(ann, NOW, ACTOR))

    assert database.write(lambda uow: uow.staff.use_sign_in_link(link, LATER)) is None


def test_a_token_is_its_persons_or_an_integrators(database: Database, ann: str) -> None:
    hers = database.write(lambda uow: uow.staff.token_new(ann, ["decide", "requests"], NOW, ACTOR))
    crm = database.write(lambda uow: uow.staff.token_new("crm", ["messages"], NOW, ACTOR, channel="app"))

    holder = database.read(lambda uow: uow.staff.token_of(hers))
    assert holder is not None
    assert (holder.staff, holder.role, holder.scopes) == ("ann", "reviewer", {"decide", "requests"})
    program = database.read(lambda uow: uow.staff.token_of(crm))
    assert program is not None
    assert (program.name, program.staff, program.channel) == ("crm", None, "app")
    assert database.read(lambda uow: uow.staff.token_of("invented")) is None

    database.write(lambda uow: uow.staff.token_revoke(crm, NOW, ACTOR))
    database.write(lambda uow: uow.staff.disable(ann, NOW, ACTOR))
    assert [database.read(lambda uow, token=token: uow.staff.token_of(token)) for token in (hers, crm)] == [None, None]


def test_only_a_persons_token_may_decide_says_the_database_too(database: Database) -> None:
    with pytest.raises(StaffError):
        database.write(lambda uow: uow.staff.token_new("crm", ["decide"], NOW, ACTOR))
    with pytest.raises(RefusedByDatabaseError):
        database.write(
            lambda uow: uow.run(
                "INSERT INTO api_token VALUES ('i', ?, 'crm', NULL, '[]', 1, NULL, 0, NULL, NULL)", (b"0",)
            )
        )


@pytest.mark.parametrize(
    ("name", "role"), [("", "agent"), ("a b", "agent"), ("a:b", "agent"), ("x" * 65, "agent"), ("ben", "king")]
)
def test_bad_names_and_roles_are_refused(database: Database, name: str, role: str) -> None:
    with pytest.raises(StaffError):
        database.write(lambda uow: uow.staff.add(name, role, NOW, ACTOR))


def test_a_name_is_taken_once_and_a_password_is_long(database: Database, ann: str) -> None:
    with pytest.raises(StaffError):
        database.write(lambda uow: uow.staff.add(ann, "agent", NOW, ACTOR))
    with pytest.raises(StaffError):
        database.write(lambda uow: uow.staff.set_password(ann, "short", NOW, ACTOR))
    with pytest.raises(StaffError):
        database.write(lambda uow: uow.staff.sign_in_link("nobody", NOW))
    with pytest.raises(StaffError):
        database.write(lambda uow: uow.staff.token_new("crm", ["everything"], NOW, ACTOR))
    assert [member.name for member in database.read(lambda uow: uow.staff.all())] == ["ann"]


def test_no_secret_stands_in_the_database(database: Database, ann: str) -> None:
    secrets = [
        database.write(lambda uow: uow.sessions.open(ann, "", NOW)),
        database.write(lambda uow: uow.staff.sign_in_link(ann, NOW)),
        database.write(lambda uow: uow.staff.token_new(ann, ["audit"], NOW, ACTOR)),
    ]

    tables = ("staff_session", "sign_in_link", "api_token", "audit_entry")
    rows = [database.read(lambda uow, t=t: uow.run(f"SELECT * FROM {t}").fetchall()) for t in tables]
    assert not [secret for secret in secrets if secret in repr(rows)]
