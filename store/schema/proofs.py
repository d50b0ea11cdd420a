"""Consent and proof (rule 1)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy import UniqueConstraint as Unique

from dialogs.effects import Purpose
from dialogs.types import Need
from store.schema.columns import (
    always,
    audited,
    ident,
    instant,
    keyed,
    number,
    one,
    one_of,
    sealed,
    table,
)

consent = table(
    "consent",
    ident("id", primary=True),
    ident("customer", ForeignKey("customer.id")),
    ident("conversation", ForeignKey("conversation.id")),
    ident("draft"),
    ident("digest"),
    sealed("nonce"),
    sealed("form"),
    ident("notice_version"),
    ident("language"),
    ident("how"),
    ident("purposes"),
    ident("recipients"),
    ident("withdraw"),
    instant("at"),
    instant("withdrawn_at", null=True),  # the customer took it back: every request it was for has been stopped
    ident("standing"),  # void after a correction; what was filed keeps it from ever becoming so
    audited(),
    one_of("how", ("button", "typed", "signed", "spoken")),
    one_of("standing", ("given", "void")),
    CheckConstraint("length(digest) = 64", name="digest"),
    Unique("id", "digest", "customer", "standing"),
    Index(None, "draft"),
)

challenge = table(
    "challenge",
    ident("id", primary=True),
    ident("conversation", ForeignKey("conversation.id")),
    ident("customer", ForeignKey("customer.id"), null=True),  # NULL: an unknown customer number was typed
    ident("purpose"),
    ident("need", null=True),
    ident("digest"),
    ident("draft", null=True),
    keyed("code_hash"),
    number("attempts", 0),
    number("max_attempts"),
    instant("created_at"),
    instant("expires_at"),
    ident("state"),
    ident("contact"),  # version id, "new" or "nowhere"
    keyed("destination", null=True),  # blind index of the address; NULL: nowhere
    one_of("purpose", Purpose),
    one_of("need", Need),
    one_of("state", ("live", "spent", "void", "exhausted")),
    CheckConstraint("(purpose = 'change') = (need IS NOT NULL)", name="bound"),
    CheckConstraint("attempts >= 0 AND attempts <= max_attempts", name="attempts"),
    CheckConstraint("state <> 'spent' OR attempts > 0", name="spent"),  # counted before it was compared
    Unique("id", "digest", "customer", "need", "contact", "state"),
    one(
        "uq_challenge_live",
        "conversation",
        where="state = 'live'",
    ),
    Index(None, "conversation", "created_at"),
    Index(None, "customer", "created_at"),
    Index(None, "destination", "created_at"),
)

proof = table(
    "proof",
    ident("id", primary=True),
    ident("customer", ForeignKey("customer.id")),
    ident("digest"),
    ident("kind"),
    ident("need"),
    ident("contact"),  # version id or "new"; for in_person where: "counter" or "video"
    ident("challenge", null=True),
    always("challenge_state", "spent"),
    ident("person"),  # who proved it: the customer by a code, else the member of staff who recorded it
    keyed("signed_form", null=True),  # hash of the form signed in person
    instant("at"),
    ident("standing"),
    audited(),
    one_of("kind", ("code", "callback", "in_person")),
    one_of("need", Need),
    one_of("standing", ("held", "void")),
    CheckConstraint("(kind = 'code') = (challenge IS NOT NULL)", name="code"),
    CheckConstraint("kind <> 'code' OR person = 'customer:' || customer", name="by_customer"),
    CheckConstraint("kind = 'code' OR person LIKE 'staff:_%'", name="by_staff"),
    CheckConstraint("(kind = 'in_person') = (signed_form IS NOT NULL)", name="signed"),
    ForeignKeyConstraint(
        ["challenge", "digest", "customer", "need", "contact", "challenge_state"],
        [f"challenge.{name}" for name in ("id", "digest", "customer", "need", "contact", "state")],
        name="fk_proof_challenge",
    ),
    Unique("challenge"),
    one("uq_proof_staff", "customer", "digest", where="kind <> 'code' AND standing = 'held'"),
    Unique("id", "digest", "customer", "need", "person", "standing"),
    Index(None, "digest"),
)
