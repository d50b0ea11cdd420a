"""Dataclasses to JSON and back, as they are kept inside sealed cells.

A field equal to its default is left out, so a new field with a default reads old cells without a migration; a key that
no field has any more is skipped. Coders are built once per type from its annotations.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import types
import typing
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from dialogs.types import Arg, Term

T = TypeVar("T")
Coder = Callable[[Any], Any]

_dumps = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def encode(value: object) -> bytes:
    """Write a dataclass as compact JSON, plain ASCII."""
    return _dumps(_coders(_hint(type(value)))[0](value)).encode("ascii")


def decode(kind: type[T], cell: bytes) -> T:
    """Read what `encode` wrote."""
    value: T = _coders(_hint(kind))[1](json.loads(cell))
    return value


@cache
def _coders(hint: Any) -> tuple[Coder, Coder]:
    """The pair (to JSON, from JSON) for an annotation."""
    if hint == Arg:
        return _arg_out, _arg_in
    if hint in (str, int, float, bool):
        return _same, _same
    if hint is dt.datetime:
        return dt.datetime.isoformat, dt.datetime.fromisoformat
    if hint is dt.date:
        return dt.date.isoformat, dt.date.fromisoformat
    if dataclasses.is_dataclass(hint):
        return _dataclass_coders(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _same, {member.value: member for member in hint}.__getitem__  # a StrEnum is written as its text
    return _composite_coders(hint)


def _hint(kind: type[object]) -> Any:
    return kind


def _composite_coders(hint: Any) -> tuple[Coder, Coder]:
    """Coders for X | None, tuple[X, ...], tuple[X, Y] and Mapping[str, X]."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union) and len(parts) == 2 and types.NoneType in parts:
        (inner,) = (part for part in parts if part is not types.NoneType)
        out, back = _coders(inner)
        if back is _same:
            return _same, _same
        return (
            lambda value: None if value is None else out(value),
            lambda cell: None if cell is None else back(cell),
        )
    if origin is tuple and len(parts) == 2 and parts[1] is Ellipsis:
        out, back = _coders(parts[0])
        if back is _same:
            return list, tuple
        return (
            lambda values: [out(value) for value in values],
            lambda cells: tuple([back(cell) for cell in cells]),
        )
    if origin is tuple:
        pairs = [_coders(part) for part in parts]
        return (
            lambda values: [pair[0](value) for pair, value in zip(pairs, values, strict=True)],
            lambda cells: tuple([pair[1](cell) for pair, cell in zip(pairs, cells, strict=True)]),
        )
    if origin is Mapping and parts[0] is str:
        out, back = _coders(parts[1])
        if back is _same:
            return dict, _same
        return (
            lambda values: {key: out(value) for key, value in values.items()},
            lambda cells: {key: back(cell) for key, cell in cells.items()},
        )
    raise TypeError(f"no coder for {hint!r}")


def _dataclass_coders(kind: Any) -> tuple[Coder, Coder]:
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    coders = {field.name: _coders(hints[field.name]) for field in fields}
    # Most parts are written as they are (None here): a call for each would cost more than all the rest.
    outs = [(field.name, _default_of(field), _unless_same(coders[field.name][0])) for field in fields]
    backs = {name: back for name, (_, back) in coders.items() if back is not _same}
    names = coders.keys()

    def to_json(value: Any) -> dict[str, Any]:
        cells: dict[str, Any] = {}
        for name, default, out in outs:
            part = getattr(value, name)
            if part is not default and part != default:
                cells[name] = part if out is None else out(part)
        return cells

    def from_json(cells: dict[str, Any]) -> Any:
        if not cells.keys() <= names:
            cells = {name: cell for name, cell in cells.items() if name in names}
        for name in cells.keys() & backs.keys():
            cells[name] = backs[name](cells[name])
        return kind(**cells)

    return to_json, from_json


def _default_of(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default  # MISSING, which equals no value, when there is none


def _same(value: Any) -> Any:
    return value


def _unless_same(coder: Coder) -> Coder | None:
    return None if coder is _same else coder


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
