"""Where configuration comes from: YAML with line numbers, environment variables, and files that hold one secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import yaml

FILE_VARIABLE = "TELLONCE_CONFIG"
DEFAULT_FILE = Path("config.yml")
PREFIX = "TELLONCE__"
SIZE_LIMIT = 64 * 1024
SECRET_LIMIT = 64 * 1024
DEPTH_LIMIT = 12

Path_ = tuple[str | int, ...]
"""A place in the configuration: ("targets", 0, "url")."""


class Problem(msgspec.Struct, frozen=True, order=True):
    """One thing that is wrong: where it was written, which key, what to do. Never holds a value."""

    origin: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.origin}:{self.line}" if self.line else self.origin
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


@dataclass(slots=True)
class Source:
    """What was read so far: values, where each was written, and what was wrong."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[Path_, tuple[str, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    name: str = "config.yml"

    def origin(self, path: Path_) -> tuple[str, int]:
        """Where this key, or the nearest one around it, was written."""
        while path:
            if path in self.origins:
                return self.origins[path]
            path = path[:-1]
        return (self.name, 0)

    def problem(self, path: Path_, message: str) -> None:
        """Note what is wrong at a key."""
        origin, line = self.origin(path)
        self.problems.append(Problem(origin, line, dotted(path), message))


def dotted(path: Path_) -> str:
    """A place the way people write it: targets[0].url."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


class _Loader(yaml.SafeLoader):
    """Safe YAML without the surprises of YAML 1.1: `no` is text, 18:00 is text, 2027-02-06 is text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own attribute


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]{1,18}", list("-+0123456789")),
    ("float", r"[-+]?[0-9]{1,18}\.[0-9]{1,18}", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)


def _int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node))


_Loader.add_constructor("tag:yaml.org,2002:int", _int)  # "010" is ten, not eight


def file_of(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file that is read; None when there is none and only the defaults apply."""
    if path is not None:
        return path
    if environ.get(FILE_VARIABLE):
        return Path(environ[FILE_VARIABLE])
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def read_file(path: Path, source: Source) -> None:
    """Read the YAML file; whatever is wrong with it becomes a problem."""
    source.name = path.name
    try:
        with path.open("rb") as file:
            raw = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        source.problem((), f"cannot be read: {error.strerror}")
        return
    if len(raw) > SIZE_LIMIT:
        source.problem((), f"is larger than {SIZE_LIMIT // 1024} KB and was not read")
        return
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        source.problems.append(Problem(source.name, raw[: error.start].count(b"\n") + 1, "", "is not UTF-8"))
        return
    read_text(text, source)


def read_text(text: str, source: Source) -> None:
    """Read YAML text."""
    try:
        if (trouble := _scan(text)) is not None:
            source.problems.append(Problem(source.name, trouble[0], "", trouble[1]))
            return
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is not None:
                source.values.update(_mapping(loader, node, (), source))
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        source.problems.append(Problem(source.name, line, "", f"is not YAML: {_plain(error.problem)}"))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        source.problems.append(Problem(source.name, line, "", "holds a control character"))
    except ValueError:
        source.problems.append(Problem(source.name, 0, "", "is not YAML: a value cannot be read"))


def _plain(problem: str | None) -> str:
    """PyYAML's complaint without the text that it quotes: a secret may be among it."""
    return re.sub(r"'[^']*'", "…", problem or "malformed")[:120]


def _scan(text: str) -> tuple[int, str] | None:
    """Refuse what makes a small file a large value, before anything is built: aliases, depth."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        match event:
            case yaml.AliasEvent():
                return line, "aliases (*name) are not supported"
            case yaml.CollectionStartEvent():
                depth += 1
            case yaml.CollectionEndEvent():
                depth -= 1
        if depth > DEPTH_LIMIT:
            return line, "is nested too deeply"
    return None


def _mapping(loader: _Loader, node: yaml.Node, path: Path_, source: Source) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        source.problems.append(Problem(source.name, node.start_mark.line + 1, dotted(path), "should hold keys"))
        return {}
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != "tag:yaml.org,2002:str":
            source.problems.append(Problem(source.name, line, dotted(path), "a key should be a plain word"))
            continue
        here = (*path, key_node.value)
        if key_node.value in values:
            first = source.origins[here][1]
            source.problems.append(Problem(source.name, line, dotted(here), f"is there already, in line {first}"))
            continue
        source.origins[here] = (source.name, line)
        values[key_node.value] = _value(loader, value_node, here, source)
    return values


def _value(loader: _Loader, node: yaml.Node, path: Path_, source: Source) -> Any:
    match node:
        case yaml.MappingNode():
            return _mapping(loader, node, path, source)
        case yaml.SequenceNode():
            items = []
            for index, item in enumerate(node.value):
                source.origins[(*path, index)] = (source.name, item.start_mark.line + 1)
                items.append(_value(loader, item, (*path, index), source))
            return items
        case _:
            return loader.construct_object(node)


def read_environment(environ: Mapping[str, str], source: Source) -> None:
    """Lay `TELLONCE__SECTION__KEY` over what the file said; lists and sections are JSON."""
    for name in sorted(environ, key=lambda name: (name.count("__"), name)):
        if not name.startswith(PREFIX):
            continue
        path: Path_ = tuple(name.removeprefix(PREFIX).lower().split("__"))
        try:
            value = _from_environment(environ[name])
        except (ValueError, RecursionError):
            source.problems.append(Problem(name, 0, dotted(path), "is not JSON"))
            continue
        if not all(path) or not _put(source.values, path, value):
            source.problems.append(Problem(name, 0, dotted(path), "is no place in the configuration"))
            continue
        for known in [known for known in source.origins if known[: len(path)] == path]:
            del source.origins[known]
        for length in range(1, len(path)):
            source.origins.setdefault(path[:length], (name, 0))
        source.origins[path] = (name, 0)


def _from_environment(raw: str) -> Any:
    if len(raw) > SIZE_LIMIT:
        raise ValueError
    return json.loads(raw) if raw.lstrip()[:1] in {"[", "{"} else raw


def _put(values: dict[str, Any], path: Path_, value: Any) -> bool:
    """Set the value at the path, making sections on the way; False where something else stands."""
    *sections, last = path
    for part in sections:
        inner = values.setdefault(str(part), {})
        if not isinstance(inner, dict):
            return False
        values = inner
    values[str(last)] = value
    return True


def walk(values: Any, path: Path_ = ()) -> Iterator[tuple[Path_, dict[str, Any]]]:
    """Every section, from the outside in, with its place."""
    if isinstance(values, dict):
        yield path, values
        for key, value in list(values.items()):
            yield from walk(value, (*path, key))
    elif isinstance(values, list):
        for index, value in enumerate(values):
            yield from walk(value, (*path, index))


def read_secret(path: Path) -> str:
    """The text of a file that holds one secret, without the line end. OSError or ValueError when it cannot be."""
    with path.open("rb") as file:
        raw = file.read(SECRET_LIMIT + 1)
    text = raw.decode("utf-8").strip()
    if len(raw) > SECRET_LIMIT or not text:
        raise ValueError
    return text
