"""What API calls with an Idempotency-Key were answered."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, PrimaryKeyConstraint

from store.schema.columns import clustered, ident, instant, keyed, sealed

api_answer = clustered(
    "api_answer",  # kept for a day: long enough for any caller's retries
    ident("token", ForeignKey("api_token.id")),
    keyed("key"),  # keyed hash of the caller's Idempotency-Key
    keyed("body"),  # keyed hash of the call: the same key for another call is a conflict
    sealed("content"),
    instant("at"),
    PrimaryKeyConstraint("token", "key"),
    Index(None, "at"),
)
