"""A backup holds one whole moment, encrypted; what is not exactly one restores nothing; the erased stay erased."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest

from bot.backups import container
from bot.backups.container import BackupBrokenError, Writer, content_of, header_of
from bot.backups.erasures import ErasureList, ErasureListError
from bot.backups.making import prune, there
from store.crypto import Keyring
from store.masters import LocalMaster, WrongMasterKeyError
from tests.bot.command_line import Commands
from tests.postgres import Server

MASTER = LocalMaster(bytes(range(32)))
NAMES = ("Ada Lovelace", "Quillfeather Lane", "+12025550147", "12025550147")


def sealed(content: bytes, chunk: int) -> bytes:
    file = BytesIO()
    writer = Writer(file, MASTER)
    for at in range(0, len(content), 1_000):
        writer.write(content[at : at + 1_000])
    writer.finish()
    return file.getvalue()


def opened(raw: bytes, master: LocalMaster = MASTER) -> bytes:
    file = BytesIO(raw)
    header = header_of(file)
    return b"".join(content_of(file, header, master))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(container, "CHUNK", 1_000)
    return 1_000


@pytest.mark.parametrize("size", [0, 1, 999, 1_000, 1_001, 2_000, 5_500])
def test_what_is_sealed_opens_again(small: int, size: int) -> None:
    content = secrets.token_bytes(size)
    raw = sealed(content, small)

    assert opened(raw) == content
    assert size < 20 or content[:20] not in raw


def test_a_file_cut_anywhere_or_altered_anywhere_does_not_open(small: int) -> None:
    raw = sealed(secrets.token_bytes(2_500), small)

    for length in (*range(0, len(raw), 37), len(raw) - 1):
        with pytest.raises(BackupBrokenError):
            opened(raw[:length])
    for at in range(0, len(raw), 41):
        with pytest.raises((BackupBrokenError, WrongMasterKeyError)):
            opened(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
    with pytest.raises(BackupBrokenError):
        opened(raw + b"x")


def test_chunks_moved_left_out_or_of_another_backup_do_not_open(small: int) -> None:
    raw, other = sealed(bytes(4_500), small), sealed(bytes(4_500), small)
    header = len(header_of(BytesIO(raw)).raw)
    size = small + container.TAG
    chunks = [raw[header + n * size : header + (n + 1) * size] for n in range(5)]
    foreign = other[header : header + size]

    for wrong in (
        [chunks[1], chunks[0], *chunks[2:]],
        [chunks[0], *chunks[2:]],
        chunks[:-1],
        [foreign, *chunks[1:]],
        [chunks[0], chunks[0], *chunks[1:]],
    ):
        with pytest.raises(BackupBrokenError):
            opened(raw[:header] + b"".join(wrong))


def test_another_master_key_opens_no_backup(small: int) -> None:
    with pytest.raises(WrongMasterKeyError):
        opened(sealed(b"x", small), LocalMaster(bytes(32)))


def test_the_list_of_the_erased_shows_what_was_done_to_it(tmp_path: Path) -> None:
    path, keys = tmp_path / "erasures.list", Keyring(lambda: [MASTER, LocalMaster(bytes(32))])
    erasures = ErasureList(path, keys)
    now = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    assert erasures.read() == []
    for customer in ("a" * 32, "b" * 32, "c" * 32):
        erasures.add(customer, now)
    erasures.add("b" * 32, now, void=True)

    assert [one.customer[0] for one in erasures.read()] == ["a", "c"]
    assert erasures.length() == 4
    erasures.rewrap(LocalMaster(bytes(32)).fingerprint)
    assert [one.customer[0] for one in ErasureList(path, Keyring(lambda: [LocalMaster(bytes(32))])).read()] == [
        "a",
        "c",
    ]
    lines = path.read_text().splitlines()
    for wrong in (
        [lines[0], *lines[2:]],
        [lines[0], lines[2], lines[1], *lines[3:]],
        [*lines[:2], lines[2].replace("b", "d", 1), *lines[3:]],
        ["{}", *lines[1:]],
    ):
        path.write_text("\n".join(wrong) + "\n")
        with pytest.raises(ErasureListError):
            erasures.read()


def test_one_a_day_is_kept_and_the_newest_always(tmp_path: Path) -> None:
    now = dt.datetime(2026, 3, 20, 12, tzinfo=dt.UTC)
    for hours in range(0, 24 * 12, 12):
        at = now - dt.timedelta(hours=hours)
        for end in ("", ".json"):
            (tmp_path / f"tellonce-{at:%Y%m%dT%H%M%SZ}.backup{end}").touch()
    (tmp_path / "something else").touch()

    gone = prune(tmp_path, 7, now)

    left = there(tmp_path)
    assert [one.made_at.day for one in left] == [20, 19, 18, 17, 16, 15, 14]
    assert all(one.manifest.exists() for one in left)
    assert len(gone) == 24 - 7
    assert len(list(tmp_path.iterdir())) == 15
    prune(tmp_path, 7, now + dt.timedelta(days=100))
    assert [one.made_at.day for one in there(tmp_path)] == [20]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(
    request: pytest.FixtureRequest, tellonce: Commands, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], None]]:
    """The command line on a database with two customers; returns what takes the database away."""
    if request.param == "sqlite":

        def take() -> None:
            for end in ("", "-wal", "-shm"):
                (tellonce.folder / f"t.db{end}").unlink(missing_ok=True)

    else:
        server: Server = request.getfixturevalue("server")
        url = server.new()
        monkeypatch.setenv("TELLONCE__STORE__URL", url)

        def take() -> None:
            server.drop(url)
            server.run(f"CREATE DATABASE {url.rpartition('/')[2]} TEMPLATE template0")

    monkeypatch.setenv("TELLONCE__BACKUPS__FOLDER", str(tellonce.folder / "backups"))
    monkeypatch.setenv("TELLONCE__BACKUPS__ERASURES", str(tellonce.folder / "erasures.list"))
    tellonce.good("db", "upgrade")
    file = tellonce.folder / "c.csv"
    file.write_text(
        'customer,name,phone,address\nCUST1,Ada Lovelace,+12025550147,"77 Quillfeather Lane, Springfield, IL 62704"\n'
        "CUST2,Grace Brewster,+12025550148,\n",
        encoding="utf-8",
    )
    tellonce("customers", "import", str(file))
    yield take
    if request.param == "postgresql":
        server.drop(url)


def exported(tellonce: Commands, no: str = "CUST1") -> str:
    return tellonce.good("customers", "export", no, "--reason", "a test")


def test_a_backup_is_restored_into_an_empty_place_only(tellonce: Commands, place: Callable[[], None]) -> None:
    manifest = json.loads(tellonce.good("backup", "--json"))
    path = tellonce.folder / "backups" / manifest["file"]
    raw = path.read_bytes()
    assert not any(name.encode() in raw for name in NAMES)
    assert path.stat().st_mode & 0o077 == 0
    assert manifest["rows"]["customer"] == 2
    assert "only where there is nothing" in (told := tellonce("restore", str(path))).complains()
    assert told.code == 2
    place()

    told = json.loads(tellonce.good("restore", str(path), "--json"))

    assert told["ok"]
    assert "Ada Lovelace" in exported(tellonce)


def test_verify_and_drill_restore_beside_and_check_everything(tellonce: Commands, place: Callable[[], None]) -> None:
    tellonce.good("backup")

    told = json.loads(tellonce.good("backup", "verify", "--json"))

    assert told["ok"]
    assert told["keys"] == 4
    assert told["entries"] >= 2
    report = tellonce.folder / "drill.json"
    tellonce.good("backup", "drill", "--report", str(report))
    assert json.loads(report.read_text())["ok"]
    assert len(tellonce.good("backup", "list").splitlines()) == 1


def test_who_was_erased_after_the_backup_stays_erased(tellonce: Commands, place: Callable[[], None]) -> None:
    tellonce.good("backup")
    tellonce.good("customers", "erase", "CUST1", "--yes")
    (path,) = (tellonce.folder / "backups").glob("*.backup")
    place()

    told = json.loads(tellonce.good("restore", str(path), "--json"))

    assert told["erased_again"] == 1
    assert "erased" in tellonce("customers", "export", "CUST1", "--reason", "a test").complains()
    assert "Grace Brewster" in exported(tellonce, "CUST2")
    assert "there already" not in tellonce("customers", "erase", "CUST1", "--yes").complains()


def test_a_list_of_the_erased_that_is_gone_stops_a_restore(tellonce: Commands, place: Callable[[], None]) -> None:
    tellonce.good("customers", "erase", "CUST1", "--yes")
    tellonce.good("backup")
    (path,) = (tellonce.folder / "backups").glob("*.backup")
    place()
    (tellonce.folder / "erasures.list").unlink()

    assert "would return" in tellonce("restore", str(path)).complains()


def test_a_backup_from_before_a_rotation_is_restored_with_the_old_key(
    tellonce: Commands, place: Callable[[], None]
) -> None:
    tellonce.good("backup")
    (path,) = (tellonce.folder / "backups").glob("*.backup")
    tellonce.good("keys", "rotate", "--no-index")
    (old,) = (one for one in tellonce.folder.glob("master.key.*"))
    place()
    assert "--key-file" in tellonce("restore", str(path)).complains()

    tellonce.good("restore", str(path), "--key-file", str(old))

    status = json.loads(tellonce.good("keys", "status", "--json"))
    assert {one["master"] for one in status["keys"]} == {status["master"]}
    assert "Ada Lovelace" in exported(tellonce)


def test_a_broken_backup_restores_nothing(tellonce: Commands, place: Callable[[], None]) -> None:
    tellonce.good("backup")
    (path,) = (tellonce.folder / "backups").glob("*.backup")
    raw = path.read_bytes()
    place()
    before = set(tellonce.folder.iterdir())
    for wrong in (raw[:-1], raw[: len(raw) // 2], raw[:500] + bytes([raw[500] ^ 1]) + raw[501:], b"", b"rubbish"):
        broken = tellonce.folder / "broken.backup"
        broken.write_bytes(wrong)

        assert "nothing was restored" in tellonce("restore", str(broken)).complains()

    broken.unlink()
    assert set(tellonce.folder.iterdir()) == before
    tellonce.good("restore", str(path))
    assert "Ada Lovelace" in exported(tellonce)


def test_a_copy_goes_off_site(tellonce: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    away = tellonce.folder / "away"
    monkeypatch.setenv("TELLONCE__BACKUPS__FOLDER", str(tellonce.folder / "here"))
    monkeypatch.setenv("TELLONCE__BACKUPS__OFFSITE", str(away))
    tellonce.good("db", "upgrade")

    tellonce.good("backup")

    (one,) = there(away)
    assert one.path.read_bytes() == there(tellonce.folder / "here")[0].path.read_bytes()
    assert one.manifest.exists()


def test_a_backup_beside_a_busy_writer_is_of_one_moment(tellonce: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLONCE__BACKUPS__FOLDER", str(tellonce.folder / "backups"))
    monkeypatch.setattr("bot.backups.copying.PAGES", 4)
    tellonce.good("db", "upgrade")
    stop = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(tellonce.folder / "t.db", isolation_level=None, timeout=10)) as hands:
            n = 0
            while not stop.is_set():
                hands.execute("BEGIN IMMEDIATE")  # two rows that stand or fall together
                hands.execute("INSERT INTO counter VALUES (?, 1)", (f"a{n}",))
                hands.execute("INSERT INTO counter VALUES (?, 1)", (f"b{n}",))
                hands.execute("COMMIT")
                n += 1
                stop.wait(0.002)

    writing = threading.Thread(target=write)
    writing.start()
    try:
        tellonce.good("backup")
    finally:
        stop.set()
        writing.join()
    (path,) = (tellonce.folder / "backups").glob("*.backup")
    monkeypatch.setenv("TELLONCE__STORE__URL", f"sqlite:///{tellonce.folder}/again.db")

    tellonce.good("restore", str(path))

    with closing(sqlite3.connect(tellonce.folder / "again.db")) as hands:
        names = {name for (name,) in hands.execute("SELECT name FROM counter WHERE name GLOB '[ab][0-9]*'")}
    assert {name[1:] for name in names if name[0] == "a"} == {name[1:] for name in names if name[0] == "b"}


def test_a_full_disk_leaves_nothing_behind(
    tellonce: Commands, place: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Writer) -> str:
        raise OSError(28, "No space left on device", "backup")

    monkeypatch.setattr(Writer, "finish", full)

    assert "No space left on device" in tellonce("backup").complains()

    assert list((tellonce.folder / "backups").iterdir()) == []
