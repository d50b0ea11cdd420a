"""Second factors count once, recovery codes work once, failures make strangers wait and nobody for ever."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from dialogs.types import Actor, ActorKind
from store import totp
from store.attempts import FORGOTTEN, LONGEST_WAIT, Trying, network
from store.crypto import COMPANY_KEY, SealBrokenError
from store.database import Database
from store.passwords import Weakness, weakness
from store.second_factor import ALPHABET, PLACE, RECOVERY_LENGTH, Accepted
from tests.store.kit import ACTOR, NOW

STEP = dt.timedelta(seconds=totp.STEP)
ANN = Actor(ActorKind.STAFF, "ann", "10.0.0.7")


@pytest.fixture
def ann(database: Database) -> str:
    database.write(lambda uow: uow.staff.add("ann", "reviewer", NOW, ACTOR))
    return "ann"


def enrol(database: Database, name: str = "ann", now: dt.datetime = NOW) -> str:
    secret = database.write(lambda uow: uow.second_factors.begin(name, now))
    code = totp.code_at(secret, totp.step_at(now))
    assert database.write(lambda uow: uow.second_factors.confirm(name, code, now, ANN))
    return secret


def accepts(database: Database, code: str, now: dt.datetime, name: str = "ann") -> bool:
    return database.write(lambda uow: uow.second_factors.accept(name, code, now))


def test_codes_are_those_of_the_rfc() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B; the last six of its eight digits
    times = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037"}

    assert {at: totp.code_at(secret, at // totp.STEP) for at in times} == times


@pytest.mark.parametrize("away", [-2, -1, 0, 1, 2])
def test_a_code_is_taken_one_step_early_or_late(away: int) -> None:
    secret = totp.new_secret()
    step = totp.step_at(NOW) + away

    assert totp.step_of(secret, totp.code_at(secret, step), NOW) == (step if abs(away) <= 1 else None)


def test_spaces_and_full_width_digits_are_the_same_code() -> None:
    secret = totp.new_secret()
    code = totp.code_at(secret, totp.step_at(NOW))
    wide = "".join(chr(ord(digit) - ord("0") + ord("０")) for digit in code)

    assert totp.step_of(secret, f" {wide[:3]} {code[3:]} ", NOW) is not None
    assert totp.step_of(secret, "", NOW) is None
    assert totp.step_of(secret, "ｘ" * 40, NOW) is None


def test_a_secret_counts_only_after_its_first_right_code(database: Database, ann: str) -> None:
    secret = database.write(lambda uow: uow.second_factors.begin(ann, NOW))
    code = totp.code_at(secret, totp.step_at(NOW))

    assert not accepts(database, code, NOW)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert not database.write(lambda uow: uow.second_factors.confirm(ann, wrong, NOW, ANN))
    assert database.read(lambda uow: uow.second_factors.of(ann)).since is None
    assert database.write(lambda uow: uow.second_factors.confirm(ann, code, NOW, ANN))
    assert database.read(lambda uow: uow.second_factors.of(ann)).since == NOW
    assert database.read(lambda uow: uow.second_factors.pending(ann)) is None


def test_each_time_step_is_accepted_once_and_none_before_the_last(database: Database, ann: str) -> None:
    secret = enrol(database)
    now, step = NOW + 3 * STEP, totp.step_at(NOW) + 3
    first, before = totp.code_at(secret, step), totp.code_at(secret, step - 1)

    assert not accepts(database, totp.code_at(secret, totp.step_at(NOW)), NOW), "the enrolment's code is used up"
    assert accepts(database, first, now)
    assert not accepts(database, first, now)
    assert not accepts(database, before, now)
    assert accepts(database, totp.code_at(secret, step + 1), now)
    assert not accepts(database, totp.code_at(secret, step + 2), now + STEP, name="nobody")


def test_the_secret_is_sealed_for_its_own_row(database: Database, ann: str) -> None:
    database.write(lambda uow: uow.staff.add("ben", "reviewer", NOW, ACTOR))
    secret = enrol(database)
    enrol(database, "ben")

    rows = database.read(lambda uow: uow.run("SELECT id, secret FROM authenticator ORDER BY staff").fetchall())
    assert secret.encode() not in rows[0][1]
    with pytest.raises(SealBrokenError):
        database.read(lambda uow: uow.seal.open(COMPANY_KEY, rows[1][1], PLACE, rows[0][0]))


def test_a_new_app_takes_over_with_its_first_code_and_the_old_one_ends(database: Database, ann: str) -> None:
    old = enrol(database)
    later = NOW + 10 * STEP
    new = database.write(lambda uow: uow.second_factors.begin(ann, later))
    assert accepts(database, totp.code_at(old, totp.step_at(later)), later)
    code = totp.code_at(new, totp.step_at(later))
    assert database.write(lambda uow: uow.second_factors.confirm(ann, code, later, ANN))

    after = later + 2 * STEP
    assert not accepts(database, totp.code_at(old, totp.step_at(after)), after)
    assert accepts(database, totp.code_at(new, totp.step_at(after)), after)
    assert database.read(lambda uow: uow.run("SELECT count(*) FROM authenticator WHERE secret IS NULL").fetchone()) == (
        1,
    )


def test_a_recovery_code_works_once_is_kept_hashed_and_told(database: Database, ann: str) -> None:
    enrol(database)
    codes = database.write(lambda uow: uow.second_factors.recovery_new(ann, NOW, ANN))
    later = NOW + STEP

    def use(code: str, name: str = ann) -> Accepted | None:
        return database.write(lambda uow: uow.second_factors.accept_or_recover(name, code, later, ANN))

    assert len(set(codes)) == 10
    assert len(ALPHABET) ** RECOVERY_LENGTH >= 2**80
    kept = repr(database.read(lambda uow: uow.run("SELECT * FROM recovery_code").fetchall()))
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]
    assert use(codes[0], "ben") is None
    assert use(codes[0].lower().replace("-", " ")) is Accepted.RECOVERY
    assert use(codes[0]) is None
    assert use("0" * 16) is None
    assert database.read(lambda uow: uow.second_factors.of(ann)).recovery_left == 9

    (used,) = database.read(lambda uow: uow.second_factors.untold(ann))
    assert (used.at, used.origin) == (later, "10.0.0.7")
    database.write(lambda uow: uow.second_factors.told(ann, later + STEP))
    assert database.read(lambda uow: uow.second_factors.untold(ann)) == []
    again = database.write(lambda uow: uow.second_factors.recovery_new(ann, later, ANN))
    assert use(codes[1]) is None
    assert use(again[1]) is Accepted.RECOVERY


def test_a_reset_ends_sessions_and_what_was_activated(database: Database, ann: str) -> None:
    secret = enrol(database)
    codes = database.write(lambda uow: uow.second_factors.recovery_new(ann, NOW, ANN))
    token = database.write(lambda uow: uow.staff.token_new(ann, ["decide"], NOW, ACTOR))
    holder = database.read(lambda uow: uow.staff.token_of(token))
    assert holder is not None
    assert not holder.active
    database.write(lambda uow: uow.staff.token_activate(holder.id, NOW, ANN))
    session = database.write(lambda uow: uow.sessions.open(ann, "10.0.0.7", NOW))

    database.write(lambda uow: uow.second_factors.reset(ann, NOW, ACTOR))

    now = NOW + 3 * STEP
    assert not accepts(database, totp.code_at(secret, totp.step_at(now)), now)
    assert database.write(lambda uow: uow.second_factors.accept_or_recover(ann, codes[0], now, ANN)) is None
    assert database.read(lambda uow: uow.second_factors.of(ann)).reset
    assert database.read(lambda uow: uow.sessions.of(session, now)) is None
    after = database.read(lambda uow: uow.staff.token_of(token))
    assert after is not None
    assert not after.active


def test_a_disabled_persons_tokens_and_links_stay_void_when_they_come_back(database: Database, ann: str) -> None:
    token = database.write(lambda uow: uow.staff.token_new(ann, ["requests"], NOW, ACTOR))
    link = database.write(lambda uow: uow.staff.sign_in_link(ann, NOW))
    database.write(lambda uow: uow.staff.disable(ann, NOW, ACTOR))
    database.write(lambda uow: uow.staff.enable(ann, NOW, ACTOR))

    assert database.read(lambda uow: uow.staff.token_of(token)) is None
    assert database.read(lambda uow: uow.staff.look_at_link(link, NOW)) is None
    assert [one.state for one in database.read(lambda uow: uow.staff.tokens(ann))] == ["revoked"]


# --- failures ---------------------------------------------------------------------------------------------------------


def fail(database: Database, trying: Trying, now: dt.datetime) -> dt.timedelta | None:
    return database.write(lambda uow: uow.attempts.count(trying, now))


def test_waiting_grows_is_capped_and_ends(database: Database) -> None:
    trying, now, waits = Trying("ann", "10.0.0.7"), NOW, []
    for _ in range(12):
        while (wait := fail(database, trying, now)) is not None:
            waits.append(wait)
            now += wait

    seconds = [int(wait.total_seconds()) for wait in waits]
    assert seconds == [30, 60, 120, 240, 480, 900, 900]
    assert fail(database, trying, now + FORGOTTEN) is None


def test_what_is_refused_while_waiting_does_not_lengthen_the_wait(database: Database) -> None:
    for _ in range(5):
        fail(database, Trying("ann", "10.0.0.7"), NOW)
    for _ in range(50):
        assert fail(database, Trying("ann", "10.0.0.7"), NOW) == dt.timedelta(seconds=30)


def test_a_stranger_makes_strangers_wait_and_never_the_persons_own_browser(database: Database) -> None:
    device = database.write(lambda uow: uow.attempts.device_new("ann"))
    for n in range(40):
        fail(database, Trying("ann", f"10.0.{n}.1"), NOW)

    own = database.read(lambda uow: uow.attempts.device_of("ann", device))
    assert own is not None
    assert fail(database, Trying("ann", "10.0.0.7", own), NOW) is None
    assert fail(database, Trying("ann", "10.9.9.9"), NOW) is not None
    assert database.read(lambda uow: uow.attempts.waiting("ann", NOW)) <= LONGEST_WAIT
    for forged in ("", ".", "x.y", device.replace(".", ".0", 1)):
        assert database.read(lambda uow, forged=forged: uow.attempts.device_of("ann", forged)) is None
    assert database.read(lambda uow: uow.attempts.device_of("ben", device)) is None


def test_a_right_sign_in_and_an_unlock_forgive(database: Database, ann: str) -> None:
    trying = Trying(ann, "10.0.0.7")
    for _ in range(5):
        fail(database, trying, NOW)
    database.write(lambda uow: uow.attempts.unlock(ann, NOW, ACTOR))
    assert fail(database, trying, NOW) is None
    database.write(lambda uow: uow.attempts.forgive(trying))

    kept = database.read(lambda uow: uow.run("SELECT account, failures FROM sign_in_attempt").fetchall())
    assert kept == [(None, 5)]  # the address's own, without the one that was right
    assert database.read(lambda uow: uow.audit.for_subject(f"staff:{ann}"))[-1].act == "staff.unlocked"


def test_neither_names_nor_addresses_of_attempts_are_kept_in_clear(database: Database) -> None:
    fail(database, Trying("ann", "198.51.100.7"), NOW)

    rows = repr(database.read(lambda uow: uow.run("SELECT * FROM sign_in_attempt").fetchall()))
    assert "ann" not in rows
    assert "198.51" not in rows


def test_an_ipv6_household_is_one_address() -> None:
    assert network("2001:db8:1:2:3:4:5:6") == network("2001:db8:1:2::1%eth0") == "2001:db8:1:2::/64"
    assert network("10.0.0.7") == "10.0.0.7"
    assert network("unknown") == "unknown"


# --- passwords --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        ("correct horse battery", None),
        ("今天下午三点去公园散步喂鸽子", None),
        ("elf characte", None),
        ("eleven char", Weakness.SHORT),
        ("rita.brook!2026", Weakness.NAMED),
        ("Acme Bank 2026!", Weakness.NAMED),
        ("password1234", Weakness.COMMON),
        ("qwertyuiop123", Weakness.COMMON),
        ("aaaaaaaaaaaaaaa", Weakness.COMMON),
        ("121212121212", Weakness.COMMON),
    ],
)
def test_a_password_is_long_and_not_what_everybody_tries(password: str, wrong: Weakness | None) -> None:
    assert weakness(password, "rita.brook", "Acme Bank") is wrong


def test_of_many_who_send_the_same_code_at_once_one_is_let_in(database: Database, ann: str) -> None:
    secret = enrol(database)
    now = NOW + 3 * STEP
    code = totp.code_at(secret, totp.step_at(now))

    with ThreadPoolExecutor(8) as together:
        answers = list(together.map(lambda _: accepts(database, code, now), range(24)))

    assert answers.count(True) == 1


def test_of_many_who_send_the_same_recovery_code_at_once_one_is_let_in(database: Database, ann: str) -> None:
    code = database.write(lambda uow: uow.second_factors.recovery_new(ann, NOW, ANN))[0]

    def use(_: int) -> bool:
        return database.write(lambda uow: uow.second_factors.accept_or_recover(ann, code, NOW, ANN)) is not None

    with ThreadPoolExecutor(8) as together:
        assert list(together.map(use, range(24))).count(True) == 1
