"""Puts a backup back into an empty place, or into a temporary one to prove that it can be.

The file is read to its end and every chunk checked before anything is written. Then: as many rows as were counted, the
schema brought up to date, keys wrapped by the master key in use, and everybody on the list of the erased erased again.
Only then does it take its place; a restore that fails leaves the place as empty as it was.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.backups.container import BackupBrokenError, content_of, header_of, unframed
from bot.backups.copying import CopyError, PostgresCopy, counts_sqlite, whole_sqlite
from bot.backups.erasures import Erased, ErasureList
from store import rotation
from store.audit_check import Check
from store.crypto import KeyKind, KeyName, Keyring
from store.customers import UnknownCustomer
from store.database import POSTGRES, SQLITE, Database
from store.erasure import ErasedAlreadyError
from store.masters import Wrapper

if TYPE_CHECKING:
    import datetime as dt

    from dialogs.types import Actor
    from store.uow import UnitOfWork

Open = Callable[[str, Keyring], Database]
Heard = Callable[[str, int, int | None], None]
NOUNS = {"check": "bytes checked", "write": "bytes written", "trail": "entries of the trail checked"}
EVERY_KEY = (
    "SELECT kind, holder, wrapped, master FROM data_key WHERE (kind, holder) > (?, ?) ORDER BY kind, holder LIMIT ?"
)


class NotEmptyError(Exception):
    """A restore goes only where there is nothing."""


@dataclass(slots=True)
class Outcome:
    """What a restore found and did. `trouble` is empty when all is well."""

    about: dict[str, Any]
    erased: int = 0
    rewrapped: bool = False
    keys: int = 0
    entries: int = 0
    seconds: float = 0.0
    trouble: list[str] = field(default_factory=list)


class Restoring:
    """One restore. `keys` knows the master key in use and the one that the backup was made under."""

    def __init__(
        self,
        path: Path,
        keys: Keyring,
        erasures: ErasureList,
        open_at: Open,
        actor: Actor,
        now: dt.datetime,
        heard: Heard,
    ) -> None:
        self._path, self._keys, self._erasures, self._open = path, keys, erasures, open_at
        self._actor, self._now, self._heard = actor, now, heard

    def into(self, url: str) -> Outcome:
        """Restore to where this URL says. Raises NotEmptyError, BackupBrokenError, WrongMasterKeyError, CopyError,
        ErasureListError."""
        began = time.monotonic()
        about = self._checked(url)
        listed = self._listed(about)
        if url.startswith(POSTGRES):
            outcome = self._postgres(url, about, listed)
        else:
            outcome = self._sqlite(Path(url.removeprefix(SQLITE)), about, listed)
        outcome.seconds = round(time.monotonic() - began, 3)
        return outcome

    def prove(self, like: str) -> Outcome:
        """Restore to a temporary place of the same kind as this URL, and check everything there."""
        began = time.monotonic()
        with self._temporary(like) as url:
            outcome = self.into(url)
            database = self._open(url, self._keys)
            try:
                outcome.keys = database.read(partial(self._open_keys, outcome=outcome))
                outcome.entries = self._trail(database, outcome)
            finally:
                database.close()
        outcome.seconds = round(time.monotonic() - began, 3)
        return outcome

    def _checked(self, url: str) -> dict[str, Any]:
        """Read the whole file, write nothing."""
        done, total = 0, self._path.stat().st_size

        def hear(size: int) -> None:
            nonlocal done
            done += size
            self._heard("check", done, total)

        about, rest = self._content(hear)
        for _ in rest:
            pass
        kind = "postgresql" if url.startswith(POSTGRES) else "sqlite"
        if about["database"] != kind:
            raise CopyError(f"it is a backup of {about['database']}, and store.url names {kind}")
        return about

    def _content(self, hear: Callable[[int], None]) -> tuple[dict[str, Any], Iterator[bytes]]:
        def chunks() -> Iterator[bytes]:
            with self._path.open("rb") as file:
                header = header_of(file)
                yield from content_of(file, header, self._keys.master(header.master), hear)

        return unframed(chunks())

    def _written(self) -> Iterator[bytes]:
        done, (_, rest) = 0, self._content(lambda size: None)
        for piece in rest:
            done += len(piece)
            self._heard("write", done, None)
            yield piece

    def _listed(self, about: dict[str, Any]) -> list[Erased]:
        if self._erasures.length() < about["erasures"]:
            raise BackupBrokenError(
                "the list of the erased is shorter than it was when this backup was made: put the list back first"
                " (backups.erasures), or those who were erased would return"
            )
        return self._erasures.read()

    def _sqlite(self, file: Path, about: dict[str, Any], listed: list[Erased]) -> Outcome:
        if any(Path(f"{file}{end}").exists() and Path(f"{file}{end}").stat().st_size for end in ("", "-wal")):
            raise NotEmptyError(f"there is a database at {file}; a restore goes only where there is nothing")
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f".{file.name}.restoring")
        try:
            with beside.open("wb") as out:
                beside.chmod(0o600)
                for piece in self._written():
                    out.write(piece)
            outcome = Outcome(about)
            if trouble := whole_sqlite(beside):
                raise BackupBrokenError(f"SQLite finds: {trouble[0]}")
            self._compare(about, counts_sqlite(beside))
            self._settle(f"{SQLITE}{beside}", listed, outcome)
            beside.replace(file)
        finally:
            for end in ("", "-wal", "-shm", "-journal"):
                Path(f"{beside}{end}").unlink(missing_ok=True)
        return outcome

    def _postgres(self, url: str, about: dict[str, Any], listed: list[Erased]) -> Outcome:
        place = PostgresCopy(url)
        if not place.empty():
            raise NotEmptyError("the database holds tables already; a restore goes only where there is nothing")
        outcome = Outcome(about)
        try:
            place.put(self._written())
            self._compare(about, place.counts())
            self._settle(url, listed, outcome)
        except BaseException:
            with suppress(Exception):
                place.clear()
            raise
        return outcome

    def _compare(self, about: dict[str, Any], counts: dict[str, int]) -> None:
        if unlike := {name for name, count in about["rows"].items() if counts.get(name) != count}:
            raise BackupBrokenError(f"it has not as many rows as were counted: {', '.join(sorted(unlike))}")

    def _settle(self, url: str, listed: list[Erased], outcome: Outcome) -> None:
        """Bring it up to date: schema, keys, erasures."""
        database = self._open(url, self._keys)
        try:
            outcome.rewrapped = database_follows(database, self._keys.current, self._actor, self._now)
            database.upgrade()
            for one in listed:
                outcome.erased += database.write(partial(self._erase, customer=one.customer))
            database.write(
                lambda uow: uow.audit.append("backup.restored", f"backup:{self._path.stem}", self._actor, self._now)
            )
            database.scrub()
        finally:
            database.close()

    def _erase(self, uow: UnitOfWork, customer: str) -> int:
        """A hold in the backup was lifted since, or they could not have been erased."""
        try:
            if uow.erasures.hold_of(customer) is not None:
                uow.erasures.lift(customer, self._actor, self._now)
            uow.erasures.erase(customer, self._actor, self._now)
        except (ErasedAlreadyError, UnknownCustomer):
            return 0
        return 1

    def _open_keys(self, uow: UnitOfWork, outcome: Outcome) -> int:
        """Every data key opens under the master key in use."""
        count, after = 0, ("", "")
        while rows := uow.run(EVERY_KEY, (*after, 1_000)).fetchall():
            for kind, holder, wrapped, master in rows:
                self._keys.unwrap(wrapped, KeyName(KeyKind(kind), holder), master)
                if master != self._keys.current.fingerprint:
                    outcome.trouble.append(f"the {kind} key {holder} is wrapped by another master key")
            count, after = count + len(rows), rows[-1][:2]
        return count

    def _trail(self, database: Database, outcome: Outcome) -> int:
        """The trail of what was done is whole."""
        done, check = 0, Check(database.read)
        for step in check.steps(None):
            done = max(done, step.done)
            self._heard("trail", step.done, step.total)
        outcome.trouble += [f"the trail: {finding.about}: {finding.says}" for finding in check.report.findings]
        return done

    @contextmanager
    def _temporary(self, like: str) -> Iterator[str]:
        if not like.startswith(POSTGRES):
            with tempfile.TemporaryDirectory(prefix="tellonce-verify-") as folder:
                yield f"{SQLITE}{folder}/verify.db"
            return
        server, name = PostgresCopy(like), f"tellonce_verify_{secrets.token_hex(4)}"
        try:
            url = server.another(name)
        except Exception as error:
            raise CopyError(f"cannot make a temporary database on the server: {type(error).__name__}") from None
        try:
            yield url
        finally:
            server.drop(name)


def database_follows(database: Database, to: Wrapper, actor: Actor, now: dt.datetime) -> bool:
    """Wrap every key by the master key in use, when the backup is from before it was. False: it was already."""
    if database.current() and not database.read(lambda uow: rotation.wrapped_elsewhere(uow, to.fingerprint)):
        return False
    database.migrate()
    if not database.read(lambda uow: rotation.wrapped_elsewhere(uow, to.fingerprint)):
        return False
    going: rotation.Rotation | None = database.write(lambda uow: rotation.begin_master(uow, to, actor, now))
    began = going
    while going is not None:
        going = database.write(partial(rotation.rewrap_some, rotation=going))
    if began is not None:
        database.write(partial(rotation.end, rotation=began, actor=actor, now=now))
    return True
