"""What an auditor does: verify, take checkpoints and proofs away, over the command line and the API."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import App
from bot.commands.opening import OPERATOR
from bot.config import ConfigError, load_config
from bot.console.audit import about
from bot.master_key import create_master_key
from bot.trail import chores
from store.crypto import new_ids
from store.merkle import is_consistent, is_included
from store.signed_note import checkpoint, verifier
from tests.bot.app_fixture import House, house
from tests.bot.command_line import Commands, commands, settings
from tests.store.trail import KEEP, behind


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company with three entries in its trail, not ordered yet."""
    folder = tmp_path_factory.mktemp("begun")
    create_master_key(folder / "master.key")
    app = App(load_config(None, settings(folder)))
    app.database.upgrade()
    for name in ("mei", "omar", "ann"):
        app.database.write(lambda uow, name=name: uow.staff.add(name, "reviewer", app.clock(), OPERATOR))
    app.close()
    return folder


@pytest.fixture
def tellonce(
    begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Commands]:
    for file in ("t.db", "master.key"):
        shutil.copy(begun / file, tmp_path / file)
    with commands(tmp_path, monkeypatch, capsys) as made:
        yield made


@pytest.fixture
def api(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


def work(app: App) -> None:
    """What a worker does in the background, once."""
    for chore in chores(KEEP):
        while app.database.write(lambda uow, chore=chore: chore.act(uow, now=app.clock())):
            pass


def tamper(folder: Path, statement: str) -> None:
    with behind(folder / "t.db") as hands:
        hands.execute(statement)


def test_a_trail_that_nobody_touched_is_whole(tellonce: Commands) -> None:
    assert "no signing key" in tellonce("audit", "key").complains()
    note = tellonce.good("audit", "checkpoint", "--now")
    key = tellonce.good("audit", "key").strip()

    text = verifier(key).open(note)
    assert checkpoint(text).size == 3
    told = tellonce("audit", "verify")
    assert (told.code, "the trail is whole" in told.out) == (0, True)
    assert "only a checkpoint kept elsewhere can tell" in told.out


def test_what_was_tampered_with_is_named_and_the_exit_code_says_so(tellonce: Commands) -> None:
    tellonce.good("audit", "checkpoint", "--now")
    tamper(tellonce.folder, "UPDATE audit_entry SET actor = 'nobody' WHERE id = 2")

    told = tellonce("audit", "verify")
    assert told.code == 1
    assert "altered: entry 2 (leaf 1) was altered" in told.out.splitlines()
    answer = tellonce("audit", "verify", "--json")
    assert answer.code == 1
    found = json.loads(answer.out)
    assert found["ok"] is False
    assert [one["about"] for one in found["findings"]] == ["entry 2"]


def test_a_log_that_was_cut_off_is_found_with_the_checkpoint_that_was_taken_away(tellonce: Commands) -> None:
    tellonce.good("staff", "add", "eve", "--role", "agent")
    tellonce.good("audit", "checkpoint", "--now", "--out", "kept.txt")
    for statement in (
        "DELETE FROM audit_entry WHERE id > 3", "DELETE FROM audit_leaf WHERE entry > 3", "DELETE FROM audit_key",
        "DELETE FROM audit_checkpoint", "UPDATE audit_log SET size = 3, seen = 3",
    ):  # fmt: skip
        tamper(tellonce.folder, statement)

    assert tellonce("audit", "verify").code == 0
    told = tellonce("audit", "verify", "--checkpoint", "kept.txt")
    assert told.code == 1
    assert "kept.txt" in told.out


def test_a_check_brings_its_own_key_and_checkpoints(tellonce: Commands) -> None:
    tellonce.good("audit", "checkpoint", "--now", "--out", "kept.txt")
    key = tellonce.good("audit", "key").strip()

    assert tellonce("audit", "verify", "--key", key, "--checkpoint", "kept.txt").code == 0
    another = verifier("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").written()
    assert tellonce("audit", "verify", "--key", another).code == 1
    (tellonce.folder / "other.txt").write_text("nothing\n")
    told = tellonce("audit", "verify", "--checkpoint", "other.txt")
    assert (told.code, "other.txt was not signed by this log" in told.out) == (1, True)
    assert tellonce("audit", "verify", "--key", "nonsense").code == 2
    assert tellonce("audit", "verify", "--checkpoint", "missing.txt").code == 2


def test_a_state_that_is_none_is_refused_and_one_that_is_done_is_removed(tellonce: Commands) -> None:
    tellonce.good("audit", "checkpoint", "--now")
    state = tellonce.folder / "state.json"
    state.write_text("{}")

    told = tellonce("audit", "verify", "--state", "state.json")
    assert told.code == 2
    assert "remove it to begin anew" in told.complains()
    state.unlink()
    assert tellonce("audit", "verify", "--state", "state.json").code == 0
    assert not state.exists()


def test_the_export_has_every_entry_in_the_order_of_the_log_and_hashes_to_its_leaves(tellonce: Commands) -> None:
    tellonce.good("audit", "checkpoint", "--now")
    tellonce.good("audit", "export", "--out", "trail.jsonl")
    lines = [json.loads(line) for line in (tellonce.folder / "trail.jsonl").read_text().splitlines()]

    assert [line["seq"] for line in lines] == [0, 1, 2]
    assert [line["act"] for line in lines] == ["staff.added"] * 3
    assert tellonce.good("audit", "export", "--from", "2").splitlines() == [json.dumps(lines[2], ensure_ascii=False)]


def test_proofs_hold_without_our_code(tellonce: Commands) -> None:
    first = checkpoint(verifier_text(tellonce, tellonce.good("audit", "checkpoint", "--now")))
    tellonce.good("staff", "add", "eve", "--role", "agent")
    last = checkpoint(verifier_text(tellonce, tellonce.good("audit", "checkpoint", "--now")))
    proof = json.loads(tellonce.good("audit", "prove", "2"))
    leaf = hashlib.sha256(b"\x00" + proof["form"].encode()).digest()

    assert proof["leaf_hash"] == base64.b64encode(leaf).decode()
    path = [base64.b64decode(hash) for hash in proof["path"]]
    assert is_included(leaf, proof["leaf"], first.size, path, first.root)
    grown = json.loads(tellonce.good("audit", "prove", "--old", str(first.size)))
    path = [base64.b64decode(hash) for hash in grown["path"]]
    assert is_consistent(first.size, first.root, last.size, last.root, path)
    asked = tellonce.good("audit", "witness", "--old", str(first.size))
    head, _, note = asked.partition("\n\n")
    assert head.splitlines() == [f"old {first.size}", *grown["path"]]
    assert checkpoint(verifier_text(tellonce, note)) == last
    assert "there is no entry 99" in tellonce("audit", "prove", "99").complains()
    assert tellonce("audit", "prove").code == 2


def verifier_text(tellonce: Commands, note: str) -> str:
    return verifier(tellonce.good("audit", "key").strip()).open(note)


def test_the_api_serves_checkpoints_and_proofs_to_whoever_may_read_the_trail(api: House) -> None:
    for name in ("a1", "a2", "a3", "a4"):
        api.staff(name, "agent")
    head = api.token("auditor", ["audit"])
    work(api.app)

    page = api.client.get("/api/v1/audit/checkpoints", headers=head).json()
    (one,) = page["items"]
    point = checkpoint(api.app.database.read(lambda uow: uow.checkpoints.verifier()).open(one["note"]))
    assert (one["n"], one["size"], base64.b64decode(one["root"])) == (1, point.size, point.root)
    proof = api.client.get("/api/v1/audit/entries/2/proof", headers=head).json()
    path = [base64.b64decode(hash) for hash in proof["path"]]
    assert is_included(base64.b64decode(proof["leaf_hash"]), proof["leaf"], point.size, path, point.root)
    grown = api.client.get("/api/v1/audit/consistency?old=2", headers=head).json()
    assert grown["size"] == point.size
    assert api.client.get("/api/v1/audit/entries/999/proof", headers=head).status_code == 404
    assert api.client.get("/api/v1/audit/consistency?old=999", headers=head).status_code == 404
    assert api.client.get("/api/v1/audit/consistency?old=0", headers=head).status_code == 422
    for path_ in ("checkpoints", "entries/2/proof", "consistency?old=2"):
        assert api.client.get(f"/api/v1/audit/{path_}").status_code == 401
        assert api.client.get(f"/api/v1/audit/{path_}", headers=api.token("x", ["messages"])).status_code == 403


def test_three_years_later_old_entries_are_trimmed_and_the_trail_is_whole(api: House) -> None:
    api.customer()
    work(api.app)
    api.clock.forward(KEEP * 2)
    api.staff("a1", "agent")
    work(api.app)
    work(api.app)

    entries = api.app.database.read(lambda uow: uow.audit.page())
    assert entries[0].act == "trimmed"
    assert {"audit.trimmed", "staff.added"} <= {entry.act for entry in entries}
    from store.audit_check import Check

    check = Check(api.app.database.read)
    list(check.steps())
    assert check.ok, check.report.findings
    assert check.walk.trims == 1


def test_an_interrupted_check_is_taken_up_where_it_was(tellonce: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.audit_check.PAGE", 1)
    monkeypatch.setattr("bot.commands.audit_verify.PUT_AWAY", -1.0)
    tellonce.good("audit", "checkpoint", "--now")
    from store.audit_walk import Walk

    whole, pages = Walk.page, []

    def page(self: Walk, uow: object, count: int) -> None:
        pages.append(self.log.size)
        if len(pages) == 3:
            raise sqlite3.OperationalError("disk I/O error")
        whole(self, uow, count)  # type: ignore[arg-type]

    monkeypatch.setattr(Walk, "page", page)
    assert tellonce("audit", "verify", "--state", "state.json").code == 1
    assert tellonce("audit", "verify", "--state", "state.json").code == 0
    assert pages == [0, 1, 2, 2]


def test_config_keeps_entries_three_years_at_least(tmp_path: Path) -> None:
    assert load_config(None, {}).audit.keep >= KEEP
    with pytest.raises(ConfigError, match="audit"):
        load_config(None, {"TELLONCE__AUDIT__KEEP": "300d"})


def test_subjects_of_one_moment_are_told_apart_on_the_page() -> None:
    shown = {about(f"conversation:{id}") for id in new_ids(50)}

    assert len(shown) == 50
    assert all(kind == "conversation" and len(id) == 8 for kind, id in shown)
    assert about("request:CR-2026-000001") == ("", "CR-2026-000001")
