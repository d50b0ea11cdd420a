"""Staff and those who hold API tokens."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy import UniqueConstraint as Unique

from store.schema.columns import (
    clustered,
    ident,
    instant,
    keyed,
    number,
    one,
    one_of,
    table,
)


class SessionStage(StrEnum):
    """What a session may do."""

    FULL = "full"
    ENROL = "enrol"  # nothing but set up the second factor


class Way(StrEnum):
    """How a session was begun."""

    PASSWORD = "password"  # noqa: S105  # names a way
    LINK = "link"
    OIDC = "oidc"


staff = clustered(
    "staff",
    ident("name", primary=True),
    ident("role"),
    ident("password_hash", null=True),  # Argon2id
    ident("language"),
    instant("created_at"),
    instant("disabled_at", null=True),
    ident("team", null=True),  # NULL: none
    ident("identity", null=True),  # what the identity provider calls them; NULL: it does not know them
    one_of("role", ("agent", "reviewer", "supervisor", "operations", "security_officer")),
    one("ux_staff_identity", "identity", where="identity IS NOT NULL"),
)

staff_session = clustered(
    "staff_session",
    keyed("token_hash", primary=True),
    ident("staff", ForeignKey("staff.name")),
    ident("origin"),
    instant("opened_at"),
    instant("expires_at"),
    ident("id"),  # its name where sessions are listed; the secret is never shown
    instant("used_at"),  # last used, to the minute
    ident("stage"),
    ident("way"),
    one_of("stage", SessionStage),
    one_of("way", Way),
    Unique("id"),
    Index("ix_staff_session_staff", "staff"),
)

sign_in_link = clustered(
    "sign_in_link",
    keyed("token_hash", primary=True),
    ident("staff", ForeignKey("staff.name")),
    instant("expires_at"),
    instant("used_at", null=True),
    number("asks_password", 0),  # 1: besides the link the password is asked for, where there is one
    CheckConstraint("asks_password IN (0, 1)", name="asks_password"),
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
    instant("activated_at", null=True),  # by its person's TOTP; before that a token that may decide decides nothing
    Unique("token_hash"),
    CheckConstraint("decides = 0 OR (decides = 1 AND staff IS NOT NULL)", name="decides"),
    CheckConstraint("activated_at IS NULL OR decides = 1", name="activated"),
)
