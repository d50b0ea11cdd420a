"""The plain part of Project Fluent: texts, words filled in, and choices by a word or an exact number.

What a sentence is made of is read once from Fluent's own syntax tree. Anything else (plurals, numbers written in a
language's way, functions, terms) raises NeedsFluentError, and Fluent writes the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from fluent.syntax import ast


class NeedsFluentError(Exception):
    """Only Fluent can write this sentence with these arguments."""


class Word(msgspec.Struct, frozen=True):
    """A word that is filled in."""

    name: str


class Choice(msgspec.Struct, frozen=True):
    """One of several ways to go on. Exact numbers stand under an int."""

    name: str
    ways: Mapping[str | int, tuple[Part, ...]]
    otherwise: tuple[Part, ...]


Part = str | Word | Choice


Messages = Mapping[str, ast.Message]


def parts_of(id: str, messages: Messages) -> tuple[Part, ...]:
    """What a sentence is made of, with the sentences it refers to."""
    message = messages.get(id)
    if message is None or message.value is None:
        raise NeedsFluentError
    return _pattern(message.value, messages)


def _pattern(pattern: ast.Pattern, messages: Messages) -> tuple[Part, ...]:
    parts: list[Part] = []
    for element in pattern.elements:
        if isinstance(element, ast.TextElement):
            parts.append(element.value)
        else:
            parts += _expression(element.expression, messages)
    return tuple(parts)


def _expression(expression: object, messages: Messages) -> tuple[Part, ...]:
    match expression:
        case ast.StringLiteral():
            return (expression.parse()["value"],)
        case ast.VariableReference():
            return (Word(expression.id.name),)
        case ast.MessageReference(attribute=None):
            return parts_of(expression.id.name, messages)
        case ast.SelectExpression(selector=ast.VariableReference(id=chosen_by)):
            return (_choice(chosen_by.name, expression.variants, messages),)
        case ast.Placeable():
            return _expression(expression.expression, messages)
    raise NeedsFluentError


def _choice(name: str, variants: list[ast.Variant], messages: Messages) -> Choice:
    ways: dict[str | int, tuple[Part, ...]] = {}
    for variant in variants:
        key, parts = variant.key, _pattern(variant.value, messages)
        if isinstance(key, ast.Identifier):
            ways[key.name] = parts
        elif key.value.isdigit():
            ways[int(key.value)] = parts
        else:
            raise NeedsFluentError
        if variant.default:
            otherwise = parts
    return Choice(name, ways, otherwise)


def written(parts: tuple[Part, ...], args: Mapping[str, object]) -> str:
    """The sentence with these arguments."""
    texts = []
    for part in parts:
        match part:
            case str():
                texts.append(part)
            case Word(name):
                value = args.get(name)
                if type(value) is not str:  # a number is written in the language's way, and a lack is an error
                    raise NeedsFluentError
                texts.append(value)
            case Choice():
                texts.append(written(_way(part, args.get(part.name)), args))
    return "".join(texts)


def _way(choice: Choice, value: object) -> tuple[Part, ...]:
    if type(value) is str:
        return choice.ways.get(value, choice.otherwise)
    if type(value) is int and value in choice.ways:
        return choice.ways[value]
    raise NeedsFluentError  # a plural, or nothing was given
