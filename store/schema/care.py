"""What is kept around a customer's record: tags, where rows came from, likely duplicates, signals, tasks."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint

from store.schema.columns import audited, clustered, ident, instant, keyed, one, one_of, some, table

customer_tag = clustered(
    "customer_tag",
    ident("tag"),
    ident("customer", ForeignKey("customer.id")),
    PrimaryKeyConstraint("tag", "customer"),
    Index(None, "customer"),
)

imported_row = clustered(
    "imported_row",  # a row without a customer number, so that the same file again adds nobody
    keyed("row", primary=True),  # keyed hash of the row and of which of equal rows it is
    ident("customer", ForeignKey("customer.id")),
    ident("run"),  # the last import that had it
    Index(None, "customer"),
)

value_block = clustered(
    "value_block",  # of live versions: keyed hashes of coarse keys, by which likely duplicates are found
    keyed("block"),
    ident("version", ForeignKey("value_version.id")),
    PrimaryKeyConstraint("block", "version"),
    Index(None, "version"),
)

signal = table(
    "signal",  # another system says that something happened to a customer
    ident("id", primary=True),
    ident("customer", ForeignKey("customer.id")),
    ident("field", null=True),  # NULL: a touchpoint that is about no detail
    ident("kind"),
    ident("version", ForeignKey("value_version.id"), null=True),  # put in doubt; NULL: none was on record
    instant("at"),
    audited(),
    one_of("kind", ("bounced", "unreachable", "returned", "touchpoint")),
    CheckConstraint("kind = 'touchpoint' OR field IS NOT NULL", name="field"),
    Index(None, "customer", "at"),
)

task = table(
    "task",  # something about a customer that a colleague should see to
    ident("id", primary=True),
    ident("customer", ForeignKey("customer.id")),
    ident("kind"),
    ident("field"),
    ident("owner", null=True),  # whose customer it is; NULL: anybody's
    instant("created_at"),
    instant("due_at"),
    instant("done_at", null=True),
    ident("done_by", null=True),
    audited(),
    one_of("kind", ("unconfirmed", "unreachable")),
    CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done"),
    one("uq_task_open", "customer", "kind", "field", where="done_at IS NULL"),
    some("ix_task_open", "due_at", "id", where="done_at IS NULL"),
    Index(None, "customer", "created_at"),
)
