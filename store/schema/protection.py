"""What protects a customer's record from others: freezes, reversals, staff who are customers, requests on paper."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index

from dialogs.offline import Way
from store.schema.columns import audited, clustered, ident, instant, keyed, number, one, one_of, sealed, table

LATE = 24 * 3600 * 1_000_000
"""Microseconds after which something entered counts as entered late."""

freeze = table(
    "freeze",  # somebody said "this wasn't me": nothing of this customer is applied until a person has looked
    ident("id", primary=True),
    ident("customer", ForeignKey("customer.id")),
    ident("request", ForeignKey("change_request.number")),  # the change that was disowned
    instant("at"),
    instant("released_at", null=True),  # NULL: frozen
    ident("released_by", null=True),
    sealed("reason", null=True),
    audited(),
    CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name="released"),
    CheckConstraint("(released_at IS NULL) = (reason IS NULL)", name="reason"),
    CheckConstraint("released_by IS NULL OR released_by LIKE 'staff:_%'", name="by_staff"),
    one("uq_freeze_open", "customer", where="released_at IS NULL"),
    Index(None, "customer", "at"),
)

not_me = clustered(
    "not_me",  # the single-use page of a notice; of its secret only a keyed hash is kept
    keyed("token_hash", primary=True),
    ident("customer", ForeignKey("customer.id")),
    ident("request", ForeignKey("change_request.number")),
    ident("version", ForeignKey("value_version.id")),  # the contact that got the notice
    instant("created_at"),
    instant("expires_at"),
    instant("used_at", null=True),
    CheckConstraint("expires_at > created_at", name="expires"),
    CheckConstraint("used_at IS NULL OR used_at < expires_at", name="used"),
)

reversal = clustered(
    "reversal",  # a request that puts a disputed one's old value back
    ident("request", primary=True),
    ident("reverts"),
    ident("customer"),
    ident("field"),
    audited(),
    CheckConstraint("request <> reverts", name="another"),
    *(
        ForeignKeyConstraint(
            [name, "customer", "field"],
            ["change_request.number", "change_request.customer", "change_request.field"],
            name=f"fk_reversal_{name}",
        )
        for name in ("request", "reverts")
    ),
    Index(None, "reverts"),
)

offline_receipt = clustered(
    "offline_receipt",  # a request that did not come through a chat: how, when, and who entered it
    ident("request", ForeignKey("change_request.number"), primary=True),
    ident("way"),
    instant("received_at"),
    instant("entered_at"),
    ident("entered_by", ForeignKey("staff.name")),
    number("late"),
    audited(),
    one_of("way", Way),
    CheckConstraint("received_at <= entered_at", name="received"),
    CheckConstraint(f"late = (entered_at - received_at > {LATE})", name="late").ddl_if(dialect="sqlite"),
    CheckConstraint(f"late = CASE WHEN entered_at - received_at > {LATE} THEN 1 ELSE 0 END", name="late").ddl_if(
        dialect="postgresql"
    ),
)

staff_customer = clustered(
    "staff_customer",  # a member of staff who is a customer too: they take no part in deciding on their own record
    ident("staff", ForeignKey("staff.name"), primary=True),
    ident("customer", ForeignKey("customer.id")),
    audited(),
    Index(None, "customer"),
)
