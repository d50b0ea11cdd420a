"""Makes a backup while everything runs, copies it elsewhere, and lets old ones go."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from bot.backups.container import Writer, framed
from bot.backups.copying import PIECE, CopyError, PostgresCopy, copy_sqlite
from bot.backups.erasures import ErasureList
from store.migrations.run import latest_step

if TYPE_CHECKING:
    from bot.app import App
    from dialogs.types import Actor

NAME = re.compile(r"tellonce-(\d{8}T\d{6}Z)\.backup")
Heard = Callable[[str, int, int | None], None]
NOUNS = {"copy": "pages copied", "seal": "bytes sealed"}


class Backup(msgspec.Struct, frozen=True):
    """One that is there. `manifest` is what lies beside it."""

    path: Path
    made_at: dt.datetime

    @property
    def manifest(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")


def make(app: App, folder: Path, actor: Actor, heard: Heard) -> dict[str, Any]:
    """Write a backup into a folder; returns its manifest. Nothing of it remains when it fails."""
    from bot.app import database_file

    now, began = app.clock(), time.monotonic()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"tellonce-{now:%Y%m%dT%H%M%SZ}.backup"
    if path.exists():
        raise CopyError(f"{path} is there already")
    partial, copy = path.with_name(f".{path.name}.partial"), path.with_name(f".{path.name}.copy")
    listed = ErasureList(app.config.backups.erasures, app.keyring).length()
    file = database_file(app.config)
    try:
        if file is not None:
            rows = copy_sqlite(file, copy, lambda done, total: heard("copy", done, total))
            content, kind, size = pieces(copy), "sqlite", copy.stat().st_size
        else:
            rows, content = PostgresCopy(app.config.store.url).dump(lambda more: None)
            kind, size = "postgresql", 0
        about = {"database": kind, "step": latest_step(), "made_at": now.isoformat(), "rows": rows, "erasures": listed}
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            master = app.database.read(lambda uow: uow.masters.master(uow.seal.master_in_use()))
            writer, done = Writer(out, master), 0
            writer.write(framed(about))
            for piece in content:
                writer.write(piece)
                done += len(piece)
                heard("seal", done, size or None)
            sha256 = writer.finish()
            out.flush()
            os.fsync(out.fileno())
        manifest = about | {
            "file": path.name,
            "bytes": writer.size,
            "sha256": sha256,
            "master": master.fingerprint,
            "seconds": round(time.monotonic() - began, 3),
        }
        beside = Backup(path, now).manifest
        beside.write_text(json.dumps(manifest, indent=2) + "\n", encoding="ascii")
        partial.replace(path)
    finally:
        for left in (partial, copy, copy.with_name(f"{copy.name}-journal")):
            left.unlink(missing_ok=True)
    app.database.write(lambda uow: uow.audit.append("backup.made", f"backup:{path.stem}", actor, now, digest=sha256))
    return manifest


def there(folder: Path) -> list[Backup]:
    """The backups of a folder, the newest first."""
    found = []
    for path in folder.glob("tellonce-*.backup") if folder.exists() else ():
        if (name := NAME.fullmatch(path.name)) is not None:
            at = dt.datetime.strptime(name[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
            found.append(Backup(path, at))
    return sorted(found, key=lambda one: one.made_at, reverse=True)


def prune(folder: Path, days: int, now: dt.datetime) -> list[str]:
    """Keep the newest of each of the last days, and always the newest of all; returns the names of those that went."""
    gone, seen = [], set[dt.date]()
    first = (now - dt.timedelta(days=days - 1)).date()
    for n, one in enumerate(there(folder)):
        day = one.made_at.date()
        if n == 0 or (day >= first and day not in seen):
            seen.add(day)
            continue
        one.path.unlink()
        one.manifest.unlink(missing_ok=True)
        gone.append(one.path.name)
    return gone


def carry(backup: Backup, elsewhere: Path) -> None:
    """Copy a backup to another folder; it takes its name only when its sum is right."""
    elsewhere.mkdir(parents=True, exist_ok=True, mode=0o700)
    to = elsewhere / backup.path.name
    partial = to.with_name(f".{to.name}.partial")
    try:
        shutil.copyfile(backup.path, partial)
        with partial.open("rb+") as copied:
            os.fsync(copied.fileno())
        if sum_of(partial) != sum_of(backup.path):
            raise CopyError(f"{to} is not what was copied there")
        shutil.copyfile(backup.manifest, Backup(to, backup.made_at).manifest)
        partial.replace(to)
    except OSError as error:
        raise CopyError(f"cannot copy to {elsewhere}: {error.strerror}") from None
    finally:
        partial.unlink(missing_ok=True)


def sum_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pieces(path: Path) -> Iterator[bytes]:
    """A file, piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
