"""Conversations and what was said, to JSON and back, as they are kept inside sealed cells.

A part that is its default is left out, so a new part with a default reads old cells without a migration; a key that no
part has any more is skipped.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from dialogs.types import Arg, Conversation, Reply, Term
from nlu.replaced import replaced


def _plain(value: object) -> str | dict[str, Any]:
    """Whatever text or mapping it is, as one of the built-in kind."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not kept")


_writer = msgspec.json.Encoder(enc_hook=_plain)
_reader = msgspec.json.Decoder(Conversation)
_in_ascii = json.JSONEncoder(separators=(",", ":")).encode


def encode(conversation: Conversation) -> bytes:
    """Write a conversation as compact JSON."""
    if any(isinstance(arg, dt.date) for reply in conversation.last for arg in reply.args.values()):
        conversation = replaced(conversation, last=tuple([_reply_out(reply) for reply in conversation.last]))
    return written(conversation)


def decode(cell: bytes) -> Conversation:
    """Read what `encode` wrote."""
    try:
        conversation = _reader.decode(cell)
    except msgspec.DecodeError:  # half a character, or what no conversation has: then it is raised again
        conversation = msgspec.convert(json.loads(cell), Conversation)
    return replaced(conversation, last=tuple([_reply_in(reply) for reply in conversation.last]))


def written(cells: object) -> bytes:
    """Write compact JSON."""
    try:
        return _writer.encode(cells)
    except UnicodeEncodeError:  # half a character, which UTF-8 has no form for and people do send
        return _in_ascii(msgspec.to_builtins(cells, enc_hook=_plain)).encode("ascii")


def read(cell: bytes) -> Any:
    """Read JSON."""
    try:
        return msgspec.json.decode(cell)
    except msgspec.DecodeError:  # half a character
        return json.loads(cell)


def _reply_out(reply: Reply) -> Reply:
    """Moments and days bear what they are."""
    args: Mapping[str, Any] = {name: _arg_out(arg) for name, arg in reply.args.items()}
    return replaced(reply, args=args)


def _arg_out(value: Arg) -> object:
    if isinstance(value, dt.datetime):
        return {"at": value.isoformat()}
    return {"on": value.isoformat()} if isinstance(value, dt.date) else value


def _reply_in(reply: Reply) -> Reply:
    return replaced(reply, args={name: _arg_in(arg) for name, arg in reply.args.items()})


def _arg_in(cell: Any) -> Any:
    if isinstance(cell, list):
        return tuple([_arg_in(part) for part in cell])
    if not isinstance(cell, dict):
        return cell
    ((kind, text),) = cell.items()
    match kind:
        case "term":
            return Term(text)
        case "at":
            return dt.datetime.fromisoformat(text)
        case "on":
            return dt.date.fromisoformat(text)
    raise ValueError(f"unknown argument kind {kind!r}")
