"""What must be kept, and what must not: legal holds and erasures."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index

from store.schema.columns import audited, clustered, ident, instant, one, sealed, table

legal_hold = table(
    "legal_hold",  # nothing of this customer is erased or deleted until somebody else has lifted it
    ident("id", primary=True),
    ident("customer", ForeignKey("customer.id")),
    sealed("reason"),
    ident("placed_by"),
    instant("at"),
    instant("lifted_at", null=True),  # NULL: it holds
    ident("lifted_by", null=True),
    audited(),
    CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted"),
    CheckConstraint("lifted_by IS NULL OR lifted_by <> placed_by", name="another"),
    one("uq_legal_hold_open", "customer", where="lifted_at IS NULL"),
    Index(None, "customer", "at"),
)

erasure = clustered(
    "erasure",  # the customer's key was destroyed
    ident("customer", ForeignKey("customer.id"), primary=True),
    instant("at"),
    audited(),
)
