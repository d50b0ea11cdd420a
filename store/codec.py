"""Dataclasses to JSON and back, as they are kept inside sealed cells.

A field equal to its default is left out, so a new field with a default reads old cells without a migration; a key that
no field has any more is skipped. What is read was sealed by us, so it is put in place, not examined. Pydantic's core
does the work, from a schema that is made once per type from its annotations.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from pydantic_core import (
    PydanticSerializationError,
    SchemaSerializer,
    SchemaValidator,
    core_schema,
    from_json,
    to_json,
)
from pydantic_core.core_schema import CoreSchema

from dialogs.types import Arg, Term

T = TypeVar("T")

# An error never shows what was in a cell; of what was read only names are remembered, which are ours.
CONFIG = core_schema.CoreConfig(hide_input_in_errors=True, cache_strings="keys")

_in_ascii = json.JSONEncoder(separators=(",", ":")).encode


def encode(value: object) -> bytes:
    """Write a dataclass as compact JSON."""
    writer = _writer(_hint(type(value)))
    try:
        return writer.to_json(value, exclude_defaults=True)
    except PydanticSerializationError:  # half a character, which UTF-8 has no form for and people do send
        return _in_ascii(writer.to_python(value, mode="json", exclude_defaults=True)).encode("ascii")


def decode(kind: type[T], cell: bytes) -> T:
    """Read what `encode` wrote."""
    reader = _reader(_hint(kind))
    try:
        value: T = reader.validate_json(cell)
    except ValueError:  # half a character, or what no conversation has: then it is raised again
        value = reader.validate_python(json.loads(cell))
    return value


def written(cells: object) -> bytes:
    """Write compact JSON."""
    try:
        return to_json(cells)
    except PydanticSerializationError:
        return _in_ascii(cells).encode("ascii")


def read(cell: bytes) -> Any:
    """Read JSON."""
    try:
        return from_json(cell, cache_strings="keys")
    except ValueError:  # half a character
        return json.loads(cell)


@cache
def _writer(hint: Any) -> SchemaSerializer:
    return SchemaSerializer(_schema(hint), CONFIG)


@cache
def _reader(hint: Any) -> SchemaValidator:
    return SchemaValidator(_schema(hint), CONFIG)


def _hint(kind: type[object]) -> Any:
    return kind


@cache
def _schema(hint: Any) -> CoreSchema:
    """How an annotation is written and read."""
    if hint == Arg:
        return core_schema.no_info_plain_validator_function(_arg_in)
    if hint in (str, int, float, bool):
        return core_schema.any_schema(serialization=core_schema.simple_ser_schema(hint.__name__))
    if hint in (dt.datetime, dt.date):
        written = core_schema.simple_ser_schema("datetime" if hint is dt.datetime else "date")
        return core_schema.no_info_plain_validator_function(hint.fromisoformat, serialization=written)
    if dataclasses.is_dataclass(hint):
        return _dataclass_schema(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return core_schema.enum_schema(hint, list(hint), sub_type="str")
    return _composite_schema(hint)


def _composite_schema(hint: Any) -> CoreSchema:
    """X | None, tuple[X, ...], tuple[X, Y] and Mapping[str, X], X being str or an argument of a sentence."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union) and len(parts) == 2 and types.NoneType in parts:
        (inner,) = (part for part in parts if part is not types.NoneType)
        return core_schema.nullable_schema(_schema(inner))
    if origin is tuple and len(parts) == 2 and parts[1] is Ellipsis:
        return core_schema.tuple_variable_schema(_schema(parts[0]))
    if origin is tuple:
        return core_schema.tuple_positional_schema([_schema(part) for part in parts])
    if origin is Mapping and parts[0] is str:
        return _mapping_schema(parts[1])
    raise TypeError(f"no schema for {hint!r}")


def _mapping_schema(inner: Any) -> CoreSchema:
    """Read as a dict; written from whatever mapping it is."""
    plain = _arguments_out if inner == Arg else dict
    written = core_schema.plain_serializer_function_ser_schema(plain)
    return core_schema.dict_schema(core_schema.any_schema(), _schema(inner), serialization=written)


def _dataclass_schema(kind: Any) -> CoreSchema:
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    names = [field.name for field in fields]
    parts = [core_schema.dataclass_field(field.name, _part(_schema(hints[field.name]), field)) for field in fields]
    arguments = core_schema.dataclass_args_schema(kind.__name__, parts)
    slots = "__slots__" in kind.__dict__
    return core_schema.dataclass_schema(kind, arguments, names, slots=slots, frozen=True)


def _part(schema: CoreSchema, field: dataclasses.Field[Any]) -> CoreSchema:
    if field.default_factory is not dataclasses.MISSING:
        return core_schema.with_default_schema(schema, default=field.default_factory())
    if field.default is not dataclasses.MISSING:
        return core_schema.with_default_schema(schema, default=field.default)
    return schema


def _arguments_out(arguments: Mapping[str, Arg]) -> dict[str, Any]:
    return {name: _arg_out(arg) for name, arg in arguments.items()}


def _arg_out(value: Arg) -> Any:
    if isinstance(value, str | int):
        return value
    if isinstance(value, Term):
        return {"term": value.id}
    if isinstance(value, dt.datetime):
        return {"at": value.isoformat()}
    if isinstance(value, dt.date):
        return {"on": value.isoformat()}
    return [_arg_out(part) for part in value]


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
