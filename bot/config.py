"""Configuration: config.yml, the environment over it, secrets never in the file. Every problem is listed at once."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.config_explain import explanation
from bot.config_model import Config
from bot.config_source import (
    DEFAULT_FILE,
    Path_,
    Problem,
    Source,
    file_of,
    read_environment,
    read_file,
    read_secret,
    walk,
)
from bot.config_values import url_password
from nlu.types import BUILT_IN_FIELDS

__all__ = ["Config", "ConfigError", "Problem", "explain", "file_of", "json_schema", "load_config"]

_SECRETS = frozenset(
    {"token", "webhook_secret", "secret", "app_secret", "verify_token", "encoding_aes_key", "client_secret"}
)
_LISTS = frozenset({("notify", "phone"), ("notify", "email")})
_OPEN_SCHEMES = ("json://", "jsons://", "form://", "forms://", "mailto://", "mailtos://")
_WHOLE = frozenset({("check_ins", "cycles"), ("review", "cooling_off"), ("access", "groups")})
"""Free tables: what is written replaces the default table instead of adding to it."""


class ConfigError(Exception):
    """The configuration cannot be used. The message has one line per problem, with file and line, never a value."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(dict.fromkeys(sorted(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def load_config(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Read the configuration or raise ConfigError.

    `path` None: the file that TELLONCE_CONFIG names, else config.yml in the working directory, else only defaults.
    """
    source = Source()
    file = file_of(path, environ)
    if file is not None:
        read_file(file, source)
    _refuse_literal_secrets(source)
    read_environment(environ, source)
    _read_secret_files(source, (file or DEFAULT_FILE).parent)
    if source.problems:
        _also_validate(source)
        raise ConfigError(source.problems)
    return _validated(source)


def explain(config: Config, field: str, risk: str | None = None) -> str:
    """What a change of this field needs, in words. Raises UsageError for a field or a risk that nobody knows."""
    return "\n".join(explanation(config.policy(), field, risk).lines())


def json_schema() -> dict[str, Any]:
    """The JSON Schema of config.yml, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Config.model_json_schema()


def _validated(source: Source) -> Config:
    try:
        return Config.model_validate(_merged(_DEFAULTS, source.values, ()))
    except ValidationError as error:
        _note(error, source)
    raise ConfigError(source.problems)


def _also_validate(source: Source) -> None:
    """The rest of the file may be wrong too: list that as well."""
    known = {problem.key for problem in source.problems}
    also = Source(source.values, source.origins, [], source.name)
    try:
        _validated(also)
    except ConfigError as error:
        source.problems += [p for p in error.problems if p.key and p.key not in known]


def _merged(base: Any, over: Any, path: Path_) -> Any:
    """The defaults with what was written laid over them, section by section."""
    if not isinstance(base, dict) or not isinstance(over, dict) or path in _WHOLE:
        return over
    merged = dict(base)
    for key, value in over.items():
        merged[key] = _merged(base.get(key), value, (*path, key))
    return merged


def _note(error: ValidationError, source: Source) -> None:
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        path: Path_ = tuple(part for part in one["loc"] if part != "[key]")
        message = one["msg"].removeprefix("Value error, ").replace("Input should be", "should be", 1)
        match one["type"]:
            case "extra_forbidden":
                message = "no such key" + _suggestion(path)
            case "model_type" | "dict_type":
                message = "should hold keys"
            case "missing" if path[:1] == ("fields",) and len(path) == 3:
                path, message = path[:2], _of_own_field(str(path[1]))
            case "missing":
                message = "is missing"
            case "value_error":
                path, message = _sharper(path, message)
        source.problem(path, message)


def _of_own_field(name: str) -> str:
    """A further name under `fields` is either mistyped or a field of the company's own."""
    close = difflib.get_close_matches(name, BUILT_IN_FIELDS, n=1, cutoff=0.75)
    if close:
        return f"no such key; did you mean {close[0]}?"
    return "a field of your own needs label, purpose, and either pattern or choices"


def _sharper(path: Path_, message: str) -> tuple[Path_, str]:
    """A rule about several keys names the one to look at first: "name: …"."""
    match = re.match(r"([a-z0-9_]+): (.*)", message)
    return ((*path, match[1]), match[2]) if match else (path, message)


def _suggestion(path: Path_) -> str:
    """The known key that looks most like an unknown one."""
    model: type[BaseModel] | None = Config
    for part in path[:-1]:
        if isinstance(part, str):
            model = _section(model, part)
    close = difflib.get_close_matches(str(path[-1]), model.model_fields if model else (), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def _section(model: type[BaseModel] | None, key: str) -> type[BaseModel] | None:
    """The section that a key of a section holds, also one in a list; None when it holds none."""
    field = model.model_fields.get(key) if model else None
    if field is None:
        return None
    kinds = (field.annotation, *getattr(field.annotation, "__args__", ()))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _refuse_literal_secrets(source: Source) -> None:
    """The file is kept in version control: a secret in it is a mistake, whatever it opens."""
    for path, section in walk(source.values):
        for key in _SECRETS & section.keys():
            variable = _variable((*path, key))
            if section[key] is not None:
                source.problem((*path, key), f"a secret does not belong in this file; use {key}_file or {variable}")
        for key, value in section.items():
            if isinstance(value, str) and url_password(value):
                source.problem((*path, key), f"a password does not belong in this file; use {_variable((*path, key))}")
    notify = source.values.get("notify")
    for path in sorted(_LISTS):
        for index, url in enumerate(_listed(notify.get(path[1])) if isinstance(notify, dict) else ()):
            if not url.startswith(_OPEN_SCHEMES) or url_password(url):
                advice = f"this address may hold a secret; use {path[1]}_file or {_variable(path)}"
                source.problem((*path, index), advice)


def _listed(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _variable(path: Path_) -> str:
    whole = list(itertools.takewhile(lambda part: isinstance(part, str), path))  # a list comes in one piece
    return "TELLONCE__" + "__".join(str(part).upper() for part in whole)


def _read_secret_files(source: Source, folder: Path) -> None:
    """Put the text of every `…_file` beside its key, unless the environment gave the key itself."""
    for path, section in walk(source.values):
        for key in [key for key in section if key.endswith("_file")]:
            name, target = key.removesuffix("_file"), section[key]
            several = (*path, name) in _LISTS
            if (name not in _SECRETS and not several) or not isinstance(target, str) or section.get(name):
                continue
            try:
                text = read_secret(folder / target)
            except (OSError, ValueError):
                source.problem((*path, key), "the file that it names cannot be read, or is empty")
                continue
            section[name] = text.split() if several else text
            source.origins[*path, name] = source.origin((*path, key))


_DEFAULTS = Config().model_dump(mode="json", exclude_none=True)
