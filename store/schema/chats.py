"""Customers, their chats, what was said."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint
from sqlalchemy import UniqueConstraint as Unique

from dialogs.types import ActorKind, Silence, Stage
from nlu.types import Language
from store.schema.columns import (
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

customer = table(
    "customer",
    ident("id", primary=True),
    ident("no"),
    ident("type"),
    ident("tier"),
    ident("locale"),
    ident("timezone"),
    ident("owner", null=True),
    ident("status"),
    instant("created_at"),
    Unique("no"),
    Index(None, "owner", "no"),
    one_of("type", ("person", "company")),
    one_of("status", ("active", "archived", "erased")),
)

conversation = table(
    "conversation",
    ident("id", primary=True),
    ident("channel"),
    keyed("chat_index"),
    sealed("chat"),
    ident("customer", ForeignKey("customer.id"), null=True),
    ident("stage"),
    ident("owner", null=True),
    ident("flagged", null=True),
    instant("flagged_at", null=True),
    ident("language"),
    ident("silence"),
    instant("last_inbound_at", null=True),
    sealed("state"),
    number("last_seq", 0),  # of the chat's messages
    number("version", 0),
    instant("created_at"),
    Unique("channel", "chat_index"),
    one_of("stage", Stage),
    one_of("silence", Silence),
    one_of("language", Language),
    CheckConstraint("(flagged IS NULL) = (flagged_at IS NULL)", name="flagged"),
    Index(None, "customer"),
    some(
        "ix_conversation_flagged",
        "flagged_at",
        "id",
        where="flagged IS NOT NULL",
    ),
)

link = table(
    "link",  # every time a chat became a customer's; at most one stands
    ident("id", primary=True),
    ident("conversation", ForeignKey("conversation.id")),
    ident("customer", ForeignKey("customer.id")),
    instant("at"),
    ident("how"),
    ident("via", null=True),  # version id of the contact used
    instant("ended_at", null=True),  # NULL: the chat is this customer's now
    audited(),
    one_of("how", ("token", "code", "api", "vouched")),
    CheckConstraint("ended_at IS NULL OR ended_at >= at", name="ended"),
    one("uq_link_standing", "conversation", where="ended_at IS NULL"),
    Index(None, "conversation", "at"),
    Index(None, "customer"),
)

link_token = clustered(
    "link_token",
    keyed("token_hash", primary=True),
    ident("customer", ForeignKey("customer.id")),
    instant("created_at"),
    instant("expires_at"),
    instant("used_at", null=True),
    ident("used_by", ForeignKey("conversation.id"), null=True),
    CheckConstraint("(used_at IS NULL) = (used_by IS NULL)", name="used"),
)

claim = clustered(
    "claim",
    ident("channel"),
    keyed("chat_index"),
    ident("inbound"),
    keyed("body"),  # keyed digest of the content: the same id with another body is a conflict
    ident("conversation", ForeignKey("conversation.id"), null=True),
    number("first_seq", null=True),  # the replies are messages first_seq … last_seq of the conversation
    number("last_seq", null=True),
    instant("at"),
    PrimaryKeyConstraint("channel", "chat_index", "inbound"),
)

message = clustered(
    "message",
    ident("conversation", ForeignKey("conversation.id")),
    number("seq"),
    ident("author_kind"),
    ident("author"),
    ident("sentence"),  # catalogue id, "" for what a person wrote
    sealed("content"),  # text and buttons
    ident("whose", null=True),  # the customer whose chat it was and whose key seals it; NULL: nobody's yet
    instant("at"),
    PrimaryKeyConstraint("conversation", "seq"),
    one_of("author_kind", ActorKind),
)

note = table(
    "note",
    ident("id", primary=True),
    ident("conversation", ForeignKey("conversation.id")),
    ident("author"),
    sealed("text"),
    ident("whose", null=True),  # as with messages
    instant("at"),
    audited(),
    Index(None, "conversation", "at"),
)
