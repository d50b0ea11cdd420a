"""The trace of what was done, the log it is ordered into, the wrapped keys, the counters."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, Index, PrimaryKeyConstraint
from sqlalchemy import UniqueConstraint as Unique

from dialogs.types import ActorKind
from store.schema.columns import (
    SERIAL,
    audited,
    clustered,
    ident,
    instant,
    keyed,
    number,
    one,
    one_of,
    sealed,
    table,
)

audit_entry = table(
    "audit_entry",
    Column("id", SERIAL, primary_key=True),  # appended at the end of its tree: flat at any size
    instant("at"),
    ident("actor_kind"),
    ident("actor"),
    ident("origin"),
    ident("act"),
    ident("subject"),  # "request:CR-…", "conversation:…", "customer:…", "staff:…"
    ident("customer", null=True),  # on whom; no foreign key, since the trace outlives the customer
    ident("digest"),  # commitment to what was done, "" when the act has no content
    Column("leaf", sa.LargeBinary, nullable=False),  # SHA-256(0x00 || canonical form), RFC 9162
    one_of("actor_kind", ActorKind),
    CheckConstraint("length(leaf) = 32", name="leaf"),
    Index(None, "subject", "id"),
    Index(None, "customer", "id"),
)

audit_log = clustered(
    "audit_log",  # how far the log has come; its one row is locked by whoever makes it grow
    ident("name", primary=True),
    number("size", 0),  # leaves
    number("seen", 0),  # no entry above this id has been ordered; those below are, but for the gaps
    CheckConstraint("name = 'audit'", name="name"),
    CheckConstraint("size >= 0 AND seen >= 0", name="counts"),
)

audit_leaf = table(
    "audit_leaf",  # the order of the entries: leaf number seq of the Merkle log
    Column("seq", SERIAL, primary_key=True, autoincrement=False),
    number("entry"),  # id of the entry; no foreign key, so that the log can name one that somebody removed
    Column("leaf", sa.LargeBinary, nullable=False),
    Unique("entry"),
    CheckConstraint("seq >= 0", name="seq"),
    CheckConstraint("length(leaf) = 32", name="leaf"),
)

audit_node = clustered(
    "audit_node",  # roots of complete subtrees of 2^level leaves, of every eighth level
    number("level"),
    number("n"),
    Column("hash", sa.LargeBinary, nullable=False),
    PrimaryKeyConstraint("level", "n"),
    CheckConstraint("level > 0 AND level % 8 = 0 AND n >= 0", name="place"),
    CheckConstraint("length(hash) = 32", name="hash"),
)

audit_gap = clustered(
    "audit_gap",  # ids below `seen` that were not there when it passed: a transaction may still commit them
    Column("first", SERIAL, primary_key=True, autoincrement=False),
    number("last"),
    instant("at"),
    CheckConstraint("first <= last", name="range"),
)

audit_key = table(
    "audit_key",  # what checkpoints are signed with (Ed25519)
    ident("name", primary=True),  # of the log and the key: the first line of every checkpoint
    keyed("public"),
    sealed("seed"),
    audited(),
    CheckConstraint("length(public) = 32", name="public"),
)

audit_checkpoint = table(
    "audit_checkpoint",  # a signed statement of how long the log was and what its root hash was
    Column("n", SERIAL, primary_key=True, autoincrement=False),
    number("size"),
    keyed("root"),
    ident("note"),  # c2sp.org/tlog-checkpoint in a c2sp.org/signed-note
    instant("at"),
    audited(),
    Unique("size"),
    CheckConstraint("n > 0 AND size > 0", name="counts"),
    CheckConstraint("length(root) = 32", name="root"),
)

audit_trim = table(
    "audit_trim",  # leaves first … upto - 1 keep their hashes; what their entries said is gone
    Column("n", SERIAL, primary_key=True, autoincrement=False),
    number("first"),
    number("upto"),
    instant("before"),
    ident("note"),  # signed: the leaves, and a root over what is left of their entries
    instant("at"),
    audited(),
    Unique("first"),
    CheckConstraint("n > 0 AND first >= 0 AND upto > first", name="range"),
)

data_key = clustered(
    "data_key",
    ident("kind", primary=True),
    ident("holder", primary=True),  # customer id, conversation id, a generation of index keys, "" for the company's
    Column("wrapped", sa.LargeBinary, nullable=False),
    ident("master"),  # fingerprint of the master key that wraps it
    one_of("kind", ("customer", "conversation", "company", "index")),
)

rotation = table(
    "rotation",  # keys are being replaced while everything runs; where it stands, so that another goes on
    ident("id", primary=True),
    ident("kind"),
    ident("target"),  # fingerprint of the new master key, or the new generation of index keys; "" for data keys
    instant("began_at"),
    instant("ended_at", null=True),
    ident("part"),  # what is being gone through, and after which of them
    ident("reached"),
    number("done", 0),
    audited(),
    one_of("kind", ("master", "data", "index")),
    one("uq_rotation_open", "kind", where="ended_at IS NULL"),
)

counter = clustered("counter", ident("name", primary=True), number("value", 0))
