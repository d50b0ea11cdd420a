"""What is still to be done: jobs, and notices on their way out."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column
from sqlalchemy import UniqueConstraint as Unique

from store.schema.columns import SERIAL, ident, instant, number, numbered, one, one_of, sealed, some, table

job = numbered(  # a late worker holds an id and a fence: were ids given again, it could end another job
    "job",  # a row is a job not yet done; doing it deletes the row, so claiming never wades through the past
    Column("id", SERIAL, primary_key=True),
    ident("kind"),
    ident("key", null=True),  # jobs of one key are done one at a time, oldest first; NULL: no order
    ident("state"),
    number("priority"),
    instant("due_at"),
    instant("lease_until", null=True),
    ident("worker", null=True),
    number("fence", 0),  # grows with every claim: a late worker is told from the present one
    number("attempts", 0),
    ident("dedup", null=True),
    ident("payload"),  # JSON, ids only
    ident("error", null=True),  # a class name or code, never a message
    one_of("state", ("ready", "behind", "leased", "parked")),  # behind: waits for an older job of its key
    CheckConstraint("priority BETWEEN 0 AND 2", name="priority"),
    CheckConstraint("(state = 'leased') = (lease_until IS NOT NULL)", name="lease"),
    CheckConstraint("state <> 'behind' OR key IS NOT NULL", name="behind"),
    Unique("dedup"),
    one("uq_job_head", "key", where="state IN ('ready', 'leased')"),
    some("ix_job_behind", "key", "id", where="state = 'behind'"),
    some("ix_job_ready", "kind", "priority", "due_at", "id", where="state = 'ready'"),
    some("ix_job_lease", "lease_until", where="state = 'leased'"),
    some("ix_job_parked", "id", where="state = 'parked'"),
    some("ix_job_waiting", "key", where="state = 'parked'"),
)

notice = table(
    "notice",  # a message to a contact (a code, or word of a change); address and text go when it ends
    ident("id", primary=True),
    ident("kind"),
    ident("key_kind"),  # which data key seals it
    ident("key_holder"),
    sealed("address", null=True),
    sealed("text", null=True),
    ident("state"),
    instant("created_at"),
    instant("expires_at"),
    instant("ended_at", null=True),
    one_of("kind", ("phone", "email")),
    one_of("state", ("waiting", "sent", "expired")),
    CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
    CheckConstraint(
        "(state = 'waiting') = (address IS NOT NULL) AND (state = 'waiting') = (text IS NOT NULL)", name="erased"
    ),
    some("ix_notice_expires", "expires_at", where="state = 'waiting'"),
)
