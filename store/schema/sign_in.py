"""What staff prove themselves with besides a password, and how often somebody tried in vain."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index

from store.schema.columns import clustered, ident, instant, keyed, number, one, sealed, table

authenticator = table(
    "authenticator",
    ident("id", primary=True),
    ident("staff", ForeignKey("staff.name")),
    sealed("secret", null=True),  # gone with its end
    instant("made_at"),
    instant("confirmed_at", null=True),  # one right code was typed; before that it opens nothing
    instant("ended_at", null=True),  # replaced or reset
    number("last_step", null=True),  # the newest time step of which a code was accepted: each counts once
    CheckConstraint("(ended_at IS NULL) = (secret IS NOT NULL)", name="secret"),
    CheckConstraint("last_step IS NULL OR confirmed_at IS NOT NULL", name="last_step"),
    one("ux_authenticator_confirmed", "staff", where="confirmed_at IS NOT NULL AND ended_at IS NULL"),
    one("ux_authenticator_pending", "staff", where="confirmed_at IS NULL AND ended_at IS NULL"),
)

recovery_code = clustered(
    "recovery_code",
    keyed("code_hash", primary=True),
    ident("staff", ForeignKey("staff.name")),
    instant("made_at"),
    instant("used_at", null=True),
    ident("used_from", null=True),
    instant("told_at", null=True),  # when its person was told that it was used
    CheckConstraint("(used_at IS NULL) = (used_from IS NULL)", name="used"),
    CheckConstraint("told_at IS NULL OR used_at IS NOT NULL", name="told"),
    Index("ix_recovery_code_staff", "staff"),
)

sign_in_attempt = clustered(
    "sign_in_attempt",
    keyed("key", primary=True),  # of a name, of a name and a device, or of an address; never in clear
    keyed("account", null=True),  # of the name, so that all of one person's can be forgiven; NULL: an address
    number("failures"),
    instant("last_at"),
    Index("ix_sign_in_attempt_account", "account"),
    Index("ix_sign_in_attempt_last_at", "last_at"),
)

oidc_login = clustered(
    "oidc_login",
    keyed("key", primary=True),  # of the secret in the browser that began it
    ident("staff", ForeignKey("staff.name"), null=True),  # whose own code is awaited
    instant("used_at"),
    Index("ix_oidc_login_used_at", "used_at"),
)

allowance = clustered(
    "allowance",
    keyed("key", primary=True),  # of an address, an account or a chat, and of what is done; never in clear
    instant("whole_at"),  # when as much as ever may be done again
    Index("ix_allowance_whole_at", "whole_at"),
)
