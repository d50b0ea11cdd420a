"""The trace of what was done, the wrapped keys, the counters."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, Index

from dialogs.types import ActorKind
from store.schema.columns import (
    SERIAL,
    clustered,
    ident,
    instant,
    number,
    one_of,
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

data_key = clustered(
    "data_key",
    ident("kind", primary=True),
    ident("holder", primary=True),  # customer id, conversation id, or "" for the company's own
    Column("wrapped", sa.LargeBinary, nullable=False),
    ident("master"),  # fingerprint of the master key that wraps it
    one_of("kind", ("customer", "conversation", "company")),
)

counter = clustered("counter", ident("name", primary=True), number("value", 0))
