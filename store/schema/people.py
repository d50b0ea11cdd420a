"""Staff and those who hold API tokens."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy import UniqueConstraint as Unique

from store.schema.columns import (
    clustered,
    ident,
    instant,
    keyed,
    number,
    one_of,
    table,
)

staff = clustered(
    "staff",
    ident("name", primary=True),
    ident("role"),
    ident("password_hash", null=True),  # Argon2id
    ident("language"),
    instant("created_at"),
    instant("disabled_at", null=True),
    one_of("role", ("agent", "reviewer", "supervisor", "operations", "security_officer")),
)

staff_session = clustered(
    "staff_session",
    keyed("token_hash", primary=True),
    ident("staff", ForeignKey("staff.name")),
    ident("origin"),
    instant("opened_at"),
    instant("expires_at"),
)

sign_in_link = clustered(
    "sign_in_link",
    keyed("token_hash", primary=True),
    ident("staff", ForeignKey("staff.name")),
    instant("expires_at"),
    instant("used_at", null=True),
)

api_token = table(
    "api_token",
    ident("id", primary=True),
    keyed("token_hash"),
    ident("name"),
    ident("staff", ForeignKey("staff.name"), null=True),  # NULL: an integrator's
    ident("scopes"),
    number("decides"),  # 1 when the scopes allow a decision: then it belongs to one person
    ident("channel", null=True),  # the only channel it may speak for; NULL: any
    instant("created_at"),
    instant("revoked_at", null=True),
    Unique("token_hash"),
    CheckConstraint("decides = 0 OR (decides = 1 AND staff IS NOT NULL)", name="decides"),
)
