"""What is on record: the versions of each field, and who must learn of them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, PrimaryKeyConstraint
from sqlalchemy import UniqueConstraint as Unique

from dialogs.effects import CheckInAnswer
from dialogs.types import ActorKind
from store.schema.columns import (
    always_level,
    audited,
    clustered,
    ident,
    instant,
    keyed,
    number,
    one,
    one_of,
    sealed,
    some,
    table,
)

value_version = table(
    "value_version",  # never overwritten: an applied change closes one and opens the next (rule 8)
    ident("id", primary=True),
    ident("customer", ForeignKey("customer.id")),
    ident("field"),
    sealed("value"),
    keyed("value_index"),  # blind index of the value in standard form, per field
    instant("valid_from"),
    instant("valid_to", null=True),  # NULL: live
    instant("proven_at", null=True),
    instant("affirmed_at", null=True),
    instant("doubted_at", null=True),  # to verify since
    ident("origin"),
    ident("request", null=True),
    always_level("approval_level", 1),
    ident("closed_by", ForeignKey("change_request.number"), null=True),
    audited(),
    one_of("origin", ("import", "request")),
    CheckConstraint("(origin = 'request') = (request IS NOT NULL)", name="request"),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
    CheckConstraint("closed_by IS NULL OR valid_to IS NOT NULL", name="closed"),
    ForeignKeyConstraint(
        ["request", "customer", "field"],
        ["change_request.number", "change_request.customer", "change_request.field"],
        name="fk_value_version_request",
    ),
    ForeignKeyConstraint(
        ["request", "approval_level"],
        ["approval.request", "approval.level"],
        name="fk_value_version_approval",
    ),
    Unique("request"),
    one("uq_value_version_live", "customer", "field", where="valid_to IS NULL"),
    some("ix_value_version_index", "value_index", where="valid_to IS NULL"),
    Index(None, "customer", "field", "valid_from"),
)

delivery = table(
    "delivery",  # of an applied change to one target
    ident("id", primary=True),
    ident("request", ForeignKey("change_request.number")),
    ident("customer", ForeignKey("customer.id")),
    ident("target"),
    ident("state"),
    number("attempts", 0),
    ident("idempotency_key"),
    instant("created_at"),
    instant("ended_at", null=True),
    one_of("state", ("pending", "acknowledged", "given_up")),
    Unique("idempotency_key"),
    Unique("request", "target"),
    CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name="ended"),
    Index(None, "state", "created_at"),
)

attempt = clustered(
    "attempt",
    ident("delivery", ForeignKey("delivery.id")),
    number("n"),
    instant("at"),
    ident("outcome"),
    number("status", null=True),  # HTTP status; NULL: no answer
    PrimaryKeyConstraint("delivery", "n"),
    one_of("outcome", ("acknowledged", "refused", "failed")),
)

check_in = table(
    "check_in",
    ident("id", primary=True),
    ident("customer", ForeignKey("customer.id")),
    ident("conversation", ForeignKey("conversation.id")),
    ident("field"),
    ident("version", ForeignKey("value_version.id")),
    ident("state"),
    ident("answer", null=True),
    instant("created_at"),
    instant("sent_at", null=True),
    instant("answered_at", null=True),
    instant("expires_at"),
    one_of("state", ("planned", "sent", "answered", "expired")),
    one_of("answer", CheckInAnswer),
    CheckConstraint("(state = 'answered') = (answer IS NOT NULL)", name="answered"),
    one("uq_check_in_open", "customer", where="state IN ('planned', 'sent')"),
    Index(None, "customer", "created_at"),
    some("ix_check_in_expires", "expires_at", where="state IN ('planned', 'sent')"),
)

suppression = clustered(
    "suppression",  # no more check-ins
    ident("customer", ForeignKey("customer.id")),
    ident("channel"),  # "" for every channel
    instant("at"),
    audited(),
    PrimaryKeyConstraint("customer", "channel"),
)

disclosure = table(
    "disclosure",  # a value on record was shown to staff or, after a code, to the customer, and why
    ident("id", primary=True),
    ident("customer", ForeignKey("customer.id")),
    ident("version", ForeignKey("value_version.id")),
    ident("actor_kind"),
    ident("actor"),
    sealed("reason"),
    instant("at"),
    audited(),
    one_of("actor_kind", ActorKind),
    Index(None, "customer", "at"),
)
