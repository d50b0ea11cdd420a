"""The kinds of values that config.yml holds besides text and numbers."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

_SPAN = re.compile(r"(\d{1,6})\s*(s|m|h|d)", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_WEB = ("http", "https")

# Countries whose calendar is certainly there, so that the slow import of `holidays` is spared to most.
_CERTAIN = frozenset({"US", "CN", "GB", "DE", "FR", "HK", "TW", "SG", "CA", "AU", "JP", "IN", "NL", "CH", "AT"})


class Section(BaseModel):
    """A part of the configuration: frozen, and every key is known."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)


def _span(value: Any) -> Any:
    if isinstance(value, dt.timedelta):
        return value
    match = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('should be a number and a unit (s, m, h or d), such as "10m" or "3d"')
    return dt.timedelta(**{_UNITS[match[2]]: int(match[1])})


def span_text(span: dt.timedelta) -> str:
    """A span of time the way config.yml writes it, in the largest unit that fits."""
    seconds = int(span.total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _clock(value: Any) -> Any:
    if not isinstance(value, dt.time) and not (isinstance(value, str) and _CLOCK.fullmatch(value)):
        raise ValueError('should be a time of day such as "09:00"')
    return value


def _clock_text(time: dt.time) -> str:
    return f"{time:%H:%M}"


def _day(value: Any) -> Any:
    try:
        return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
    except (ValueError, TypeError):
        raise ValueError('should be a date such as "2027-02-06"') from None


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError('is no time zone; write one such as "Europe/London" or "Asia/Shanghai"') from None
    return value


def _region(value: str) -> str:
    if not (len(value) == 2 and value.isascii() and value.isalpha() and value.isupper()):
        raise ValueError("should be the two capital letters of a country, such as US or CN")
    return value


def known_country(value: str) -> str:
    """The country itself when its holidays are known; ValueError otherwise."""
    if value in _CERTAIN:
        return value
    import holidays

    if value not in holidays.list_supported_countries():
        raise ValueError("no holiday calendar is known for this country; write two letters such as US or CN")
    return value


def _web_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        good = parts.scheme in _WEB and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise ValueError("should be an address that begins with http:// or https://")
    return value.rstrip("/")


def url_password(url: str) -> bool:
    """Whether a password stands in the address."""
    try:
        return urlsplit(url).password is not None
    except ValueError:
        return False


_SPAN_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^\d{1,6}\s*[smhd]$", "examples": ["10m", "24h", "3d"]})
_CLOCK_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$", "examples": ["09:00"]})
_WRITTEN = PlainSerializer(span_text, return_type=str)

Span = Annotated[dt.timedelta, BeforeValidator(_span), _WRITTEN, _SPAN_SCHEMA]
Clock = Annotated[dt.time, BeforeValidator(_clock), PlainSerializer(_clock_text, return_type=str), _CLOCK_SCHEMA]
Day = Annotated[dt.date, BeforeValidator(_day)]
Zone = Annotated[str, AfterValidator(_zone)]
Region = Annotated[str, AfterValidator(_region), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}$"})]
Country = Annotated[Region, AfterValidator(known_country)]
WebUrl = Annotated[str, AfterValidator(_web_url)]
Count = Annotated[int, Field(ge=1, le=1000)]
Secret = Annotated[str | None, Field(repr=False, min_length=1, json_schema_extra={"secret": True})]
"""Never written in config.yml: it comes by environment, or its `…_file` sibling names a file."""
SecretList = Annotated[tuple[str, ...], Field(repr=False, json_schema_extra={"secret": True})]
