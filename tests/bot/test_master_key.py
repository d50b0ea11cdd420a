"""A master key is one thing wherever it is kept: a file, the environment, a token. One suite for all three."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.config_sections import HsmSection, KeysSection
from bot.master_key import EnvironmentKeys, MasterKeyError, MasterKeys, master_keys
from store.masters import WrongMasterKeyError
from tests.bot.command_line import Commands
from tests.softhsm import tokens

KEY, PLACE = secrets.token_bytes(32), b"customer/anne"


@pytest.fixture(scope="session")
def token(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], dict[str, str]]:
    """Makes places for keys in a token of SoftHSM2."""
    return tokens(tmp_path_factory.mktemp("hsm"))


def text() -> str:
    """A key as an operator makes one."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture(params=["file", "environment", "hsm"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> MasterKeys:
    """A place for master keys, with a first key in it."""
    if request.param == "environment":
        return EnvironmentKeys(text(), text())
    if request.param == "file":
        made = master_keys(KeysSection(master_file=tmp_path / "master.key"))
    else:
        made = master_keys(KeysSection(hsm=HsmSection(**request.getfixturevalue("token")())))
    assert not made.exists()
    with pytest.raises(MasterKeyError, match="make one with: tellonce keys create"):
        made.known()
    made.create()
    return made


def test_what_is_wrapped_opens_for_its_place_and_by_its_key_only(keys: MasterKeys) -> None:
    first, second = keys.known()[0], keys.make_next()
    wrapped = first.wrap(KEY, PLACE)

    assert first.unwrap(wrapped, PLACE) == KEY
    assert keys.known()[0].unwrap(wrapped, PLACE) == KEY
    assert KEY not in wrapped
    assert first.wrap(KEY, PLACE) != wrapped
    for key, what, place in (
        (first, wrapped, b"customer/bob"),
        (second, wrapped, PLACE),
        *((first, wrapped[:n] + bytes([wrapped[n] ^ 1]) + wrapped[n + 1 :], PLACE) for n in (1, 20, len(wrapped) - 1)),
        (first, wrapped[:-1], PLACE),
        (first, wrapped[:8], PLACE),
        (first, b"", PLACE),
    ):
        with pytest.raises(WrongMasterKeyError):
            key.unwrap(what, place)


def test_a_fingerprint_names_a_key_for_ever_and_says_nothing_of_it(keys: MasterKeys) -> None:
    first, second = keys.known()[0], keys.make_next()

    assert [one.fingerprint for one in keys.known()] == [first.fingerprint, second.fingerprint]
    assert first.fingerprint != second.fingerprint
    assert len(first.fingerprint) == 16
    assert keys.make_next().fingerprint == second.fingerprint  # made once


def test_the_next_key_takes_the_place_and_the_old_one_is_set_aside(keys: MasterKeys) -> None:
    if isinstance(keys, EnvironmentKeys):
        assert "unset TELLONCE__KEYS__NEXT_KEY" in keys.take_next()
        return
    first, second = keys.known()[0], keys.make_next()
    wrapped = second.wrap(KEY, PLACE)

    assert first.fingerprint in keys.take_next()

    (known,) = keys.known()
    assert known.fingerprint == second.fingerprint
    assert known.unwrap(wrapped, PLACE) == KEY
    assert first.fingerprint not in keys.take_next()  # again: nothing is left to do
    assert keys.known()[0].fingerprint == second.fingerprint


def test_a_first_key_is_never_replaced(keys: MasterKeys) -> None:
    before = keys.known()[0].fingerprint

    with pytest.raises(MasterKeyError):
        keys.create()

    assert keys.known()[0].fingerprint == before


def test_the_environment_says_what_is_wrong_with_its_key_and_never_the_key() -> None:
    with pytest.raises(MasterKeyError, match="TELLONCE__KEYS__MASTER_KEY is no master key") as wrong:
        EnvironmentKeys("c2hvcnQ=", None).known()
    assert "c2hvcnQ" not in str(wrong.value)
    with pytest.raises(MasterKeyError, match="set TELLONCE__KEYS__NEXT_KEY"):
        EnvironmentKeys(text(), None).make_next()


def test_a_token_that_is_not_there_is_told(token: Callable[[], dict[str, str]]) -> None:
    section = HsmSection(**{**token(), "token_label": "another"})

    with pytest.raises(MasterKeyError, match="does not answer"):
        master_keys(KeysSection(hsm=section)).known()


def test_the_key_of_a_token_cannot_be_read(token: Callable[[], dict[str, str]]) -> None:
    import pkcs11

    given = token()
    keys = master_keys(KeysSection(hsm=HsmSection(**given)))
    keys.create()
    kept = pkcs11.lib(given["module"]).get_token(token_label=given["token_label"])
    with kept.open() as session:
        (key,) = session.get_objects({pkcs11.Attribute.LABEL: given["key_label"]})
        assert key[pkcs11.Attribute.EXTRACTABLE] is False
        with pytest.raises(pkcs11.exceptions.PKCS11Error):
            _ = key[pkcs11.Attribute.VALUE]


def add_customer(tellonce: Commands) -> None:
    file = tellonce.folder / "c.csv"
    file.write_text("customer,name,phone\nCUST1,Ada Lovelace,+12025550147\n", encoding="utf-8")
    tellonce.good("customers", "import", str(file))


def exported(tellonce: Commands) -> str:
    return tellonce.good("customers", "export", "CUST1", "--reason", "a test")


@pytest.mark.parametrize("kind", ["file", "hsm"])
def test_keys_are_rotated_from_the_command_line(
    tellonce: Commands, kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "hsm":
        monkeypatch.setenv("TELLONCE__KEYS__HSM", json.dumps(request.getfixturevalue("token")()))
        tellonce.good("keys", "create")
    tellonce.good("db", "upgrade")
    add_customer(tellonce)
    before = json.loads(tellonce.good("keys", "status", "--json"))

    told = tellonce.good("keys", "rotate", "--data")

    after = json.loads(tellonce.good("keys", "status", "--json"))
    assert before["next"] is None
    assert before["master"] in told
    assert after["master"] != before["master"]
    assert {one["master"] for one in after["keys"]} == {after["master"]}
    assert {one["kind"] for one in after["rotations"]} == {"master", "data", "index"}
    assert all(one["ended_at"] for one in after["rotations"])
    assert "Ada Lovelace" in exported(tellonce)
    if kind == "file":
        aside = tellonce.folder / f"master.key.{before['master']}"
        assert aside.stat().st_mode & 0o077 == 0
        aside.replace(tellonce.folder / "master.key")
        told = tellonce("customers", "export", "CUST1", "--reason", "a test")
        assert told.complains() == "the master key is not the one this database was made with"


def test_a_key_comes_from_the_environment(tellonce: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLONCE__KEYS__MASTER_KEY", text())
    tellonce.good("db", "upgrade")
    add_customer(tellonce)
    assert not (tellonce.folder / "master.key").exists()
    assert "TELLONCE__KEYS__NEXT_KEY" in tellonce("keys", "rotate").complains()
    following = text()
    monkeypatch.setenv("TELLONCE__KEYS__NEXT_KEY", following)

    assert "unset TELLONCE__KEYS__NEXT_KEY" in tellonce.good("keys", "rotate")

    monkeypatch.delenv("TELLONCE__KEYS__NEXT_KEY")
    monkeypatch.setenv("TELLONCE__KEYS__MASTER_KEY", following)
    assert "Ada Lovelace" in exported(tellonce)


def test_a_rotation_that_was_killed_is_told_and_gone_on_with(tellonce: Commands) -> None:
    tellonce.good("db", "upgrade")
    add_customer(tellonce)
    with_kill = (
        "import os, bot.rotating as r, bot.cli\n"
        "step = r.rotation.rewrap_some\n"
        "def die(uow, rotation):\n"
        "    step(uow, rotation, 1)\n"
        "    os._exit(137)\n"
        "r.rotation.rewrap_some = die\n"
        "import sys; sys.argv = ['tellonce', 'keys', 'rotate']; bot.cli.main()\n"
    )
    import subprocess
    import sys

    killed = subprocess.run([sys.executable, "-c", with_kill], capture_output=True, check=False)
    assert killed.returncode == 137, killed.stderr

    assert "under way" in tellonce.good("keys", "status")
    assert "Ada Lovelace" in exported(tellonce)  # both keys are known
    tellonce.good("keys", "rotate")
    status = json.loads(tellonce.good("keys", "status", "--json"))
    assert {one["master"] for one in status["keys"]} == {status["master"]}
    assert "Ada Lovelace" in exported(tellonce)
