"""Keys are replaced while everything runs, a batch per transaction, so that a kill loses nothing and another goes on.

Three kinds. *master*: every data key is wrapped anew by another master key. The company's key goes first; from then on
new keys are wrapped by the new one too, since whoever makes a key looks which master key wraps the company's. *data*:
a customer or chat gets another data key, and everything it sealed is sealed anew, in one transaction for each. *index*:
another generation of index keys; what is written bears the newest, what is looked up asks both, until every hash that
can be made again was made again (`store.reindex`).
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dialogs.types import Actor
from store.crypto import COMPANY_KEY, KEY_BYTES, KeyKind, KeyName, decrypt, encrypt, new_id, new_nonces
from store.indexes import ADD, FIND, LOCK, fresh_keys, holder_of, plain_of
from store.instant import from_micros, to_micros
from store.masters import LocalMaster, Wrapper
from store.places import PLACES

if TYPE_CHECKING:
    from store.uow import UnitOfWork

BATCH = 200
"""Keys wrapped anew in one transaction; nobody else's turn waits longer than for these."""

OPEN = "SELECT id, target, began_at, part, reached, done FROM rotation WHERE kind = ? AND ended_at IS NULL"
BEGIN = "INSERT INTO rotation (id, kind, target, began_at, part, reached, audit) VALUES (?, ?, ?, ?, ?, '', ?)"
MARK = "UPDATE rotation SET part = ?, reached = ?, done = done + ? WHERE id = ? AND ended_at IS NULL"
END = "UPDATE rotation SET ended_at = ? WHERE id = ? AND ended_at IS NULL"
LAST = "SELECT kind, began_at, ended_at, done FROM rotation ORDER BY began_at, id"
KEYS = (
    "SELECT kind, holder, wrapped, master FROM data_key WHERE (kind, holder) > (?, ?)"
    " AND kind IN ('company', 'conversation', 'customer', 'index') ORDER BY kind, holder LIMIT ?"
)
REWRAP = "UPDATE data_key SET wrapped = ?, master = ? WHERE kind = ? AND holder = ? AND wrapped = ?"
ELSE = "SELECT COUNT(*) FROM data_key WHERE master <> ?"
COUNT = "SELECT kind, master, COUNT(*) FROM data_key GROUP BY kind, master ORDER BY kind, master"
KEY = "SELECT wrapped, master FROM data_key WHERE kind = ? AND holder = ? /*+ FOR UPDATE */"
NEXT_HOLDERS = "SELECT kind, holder FROM data_key WHERE kind = ? AND holder > ? ORDER BY holder LIMIT ?"
ALONE = "SELECT pg_advisory_xact_lock(?)"


class Rotation(msgspec.Struct, frozen=True):
    """A rotation under way. `part` and `after` say how far it is, `done` how many it has replaced."""

    id: str
    kind: str
    target: str
    began_at: dt.datetime
    part: str
    after: str
    done: int


class KeyCount(msgspec.Struct, frozen=True):
    """How many keys of a kind a master key wraps."""

    kind: str
    master: str
    count: int


def make_company_keys(uow: UnitOfWork) -> None:
    """Make what every database has: the company's data key and index keys. WrongMasterKeyError when they do not open.

    A database from before index keys were kept in it goes on with those that came from its master key."""
    older = uow.run(KEY, (COMPANY_KEY.kind, COMPANY_KEY.holder)).fetchone() is not None
    uow.seal.prepare(COMPANY_KEY)
    if uow.run(FIND).fetchone() is None:
        master = uow.masters.current
        keys = master.first_index_keys() if older and isinstance(master, LocalMaster) else fresh_keys()
        _add_generation(uow, 1, keys)
    open_company_keys(uow)


def open_company_keys(uow: UnitOfWork) -> None:
    """Raise WrongMasterKeyError when this database belongs to another master key, NoIndexKeysError when it has no
    index keys yet."""
    uow.seal.prepare(COMPANY_KEY)
    _ = uow.keyring


def counted(uow: UnitOfWork) -> list[KeyCount]:
    """The keys there are, by kind and master key."""
    return [KeyCount(*row) for row in uow.run(COUNT)]


def rotations(uow: UnitOfWork) -> list[tuple[str, dt.datetime, dt.datetime | None, int]]:
    """Every rotation: kind, when it began and ended (None: under way), how many it replaced."""
    return [(kind, from_micros(at), None if end is None else from_micros(end), n) for kind, at, end, n in uow.run(LAST)]


def under_way(uow: UnitOfWork, kind: str) -> Rotation | None:
    """The rotation of a kind that has not ended; None when there is none."""
    row = uow.run(OPEN, (kind,)).fetchone()
    return None if row is None else Rotation(row[0], kind, row[1], from_micros(row[2]), *row[3:])


def begin_master(uow: UnitOfWork, to: Wrapper, actor: Actor, now: dt.datetime) -> Rotation:
    """Begin, or go on: the company's key is wrapped by the new master key, and so is every key made from now on."""
    if (going := under_way(uow, "master")) is not None:
        return going
    _rewrap(uow, COMPANY_KEY, to.fingerprint)
    return _begin(uow, "master", to.fingerprint, "keys", actor, now)


def rewrap_some(uow: UnitOfWork, rotation: Rotation, limit: int = BATCH) -> Rotation | None:
    """Wrap the next keys anew; None when there are no more."""
    kind, _, holder = rotation.after.partition("/")
    rows = uow.run(KEYS, (kind, holder, limit)).fetchall()
    changed = 0
    for kind, holder, wrapped, master in rows:
        if master != rotation.target:
            name = KeyName(KeyKind(kind), holder)
            again = uow.masters.rewrap(wrapped, name, master, rotation.target)
            changed += uow.run(REWRAP, (again, rotation.target, kind, holder, wrapped)).rowcount
    if not rows:
        return None
    return marked(uow, rotation, "keys", f"{rows[-1][0]}/{rows[-1][1]}", changed)


def wrapped_elsewhere(uow: UnitOfWork, master: str) -> int:
    """How many keys another master key wraps."""
    count: int = uow.run(ELSE, (master,)).fetchone()[0]
    return count


def begin_data(uow: UnitOfWork, actor: Actor, now: dt.datetime) -> Rotation:
    """Begin, or go on, to give every customer and every chat of nobody another data key."""
    return under_way(uow, "data") or _begin(uow, "data", "", KeyKind.CONVERSATION, actor, now)


def renew_some(uow: UnitOfWork, rotation: Rotation) -> Rotation | None:
    """Give the next customer or chat another key; None when there are no more."""
    for part in (KeyKind.CONVERSATION, KeyKind.CUSTOMER):
        if part < rotation.part:
            continue
        after = rotation.after if part == rotation.part else ""
        row = uow.run(NEXT_HOLDERS, (part, after, 1)).fetchone()
        if row is not None:
            renew(uow, KeyName(part, row[1]))
            return marked(uow, rotation, part, row[1], 1)
    return None


def renew(uow: UnitOfWork, name: KeyName) -> None:
    """Seal everything of a customer or chat under a new key; the old one is gone with this transaction."""
    row = uow.run(KEY, (name.kind, name.holder)).fetchone()
    if row is None:
        return
    old = AESGCM(uow.masters.unwrap(row[0], name, row[1]))
    plain, master = secrets.token_bytes(KEY_BYTES), uow.seal.master_in_use()
    new = AESGCM(plain)
    for place in PLACES:
        if place.kind is not name.kind:
            continue
        for id, version, sealed, *key in uow.run(place.find, (name.holder,) * place.find.count("?")).fetchall():
            opened = decrypt(old, sealed, place.name, id, version)
            uow.run(place.put, (encrypt(new, new_nonces(1)[0], opened, place.name, id, version), *key))
    wrapped = uow.masters.wrap(plain, name, master)
    uow.run(REWRAP, (wrapped, master, name.kind, name.holder, row[0]))


def begin_index(uow: UnitOfWork, actor: Actor, now: dt.datetime) -> Rotation:
    """Begin, or go on: another generation of index keys is the newest. Waits for every act that has begun to write, and
    they for this one, so it does nothing else."""
    if (going := under_way(uow, "index")) is not None:
        return going
    uow.hold(ALONE, (LOCK,))
    holder, wrapped, master = uow.run(FIND).fetchone()
    generation = int(holder) + 1
    _add_generation(uow, generation, fresh_keys(plain_of(holder, wrapped, master, uow.masters)))
    return _begin(uow, "index", holder_of(generation), "customer", actor, now)


def end(uow: UnitOfWork, rotation: Rotation, actor: Actor, now: dt.datetime) -> None:
    """It is done; the trace says so."""
    uow.run(END, (to_micros(now), rotation.id))
    uow.audit.append(f"keys.rotated.{rotation.kind}", f"rotation:{rotation.id}", actor, now)


def marked(uow: UnitOfWork, rotation: Rotation, part: str, after: str, done: int) -> Rotation:
    """How far it is, in the transaction that brought it there."""
    uow.run(MARK, (part, after, done, rotation.id))
    began = rotation.began_at
    return Rotation(rotation.id, rotation.kind, rotation.target, began, part, after, rotation.done + done)


def _begin(uow: UnitOfWork, kind: str, target: str, part: str, actor: Actor, now: dt.datetime) -> Rotation:
    id = new_id()
    audit = uow.audit.append(f"keys.rotating.{kind}", f"rotation:{id}", actor, now)
    uow.run(BEGIN, (id, kind, target, to_micros(now), part, audit))
    return Rotation(id, kind, target, from_micros(to_micros(now)), part, "", 0)


def _add_generation(uow: UnitOfWork, generation: int, keys: bytes) -> None:
    holder, master = holder_of(generation), uow.seal.master_in_use()
    uow.run(ADD, (holder, uow.masters.wrap(keys, KeyName(KeyKind.INDEX, holder), master), master))


def _rewrap(uow: UnitOfWork, name: KeyName, to: str) -> None:
    wrapped, master = uow.run(KEY, (name.kind, name.holder)).fetchone()
    if master != to:
        again = uow.masters.rewrap(wrapped, name, master, to)
        uow.run(REWRAP, (again, to, name.kind, name.holder, wrapped))
