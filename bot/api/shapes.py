"""Shapes that several endpoints share: text, pages, cursors."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Item = TypeVar("Item")

TEXT_LIMIT = 4096


def whole(text: str) -> str:
    """Refuse half a surrogate pair and NUL: neither can be written down."""
    if any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("contains characters that are no text")
    return text


def not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank")
    return text


Text = Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT), AfterValidator(whole), AfterValidator(not_blank)]
Ident = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x20\x7f]+$"), AfterValidator(whole)]
Reason = Annotated[str, Field(max_length=1000), AfterValidator(whole)]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most")]
After = Annotated[
    str, Query(max_length=200, description="The `next` of the page before; empty for the first"), AfterValidator(whole)
]


class In(BaseModel):
    """A request body: unknown members are mistakes, and types are not guessed."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Page(BaseModel, Generic[Item]):
    """One page of a list. `next` goes into `?after=`; null when there is no more."""

    items: list[Item]
    next: str | None
