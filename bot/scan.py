"""`tellonce scan`: what the bot would have caught in a company's own chat history."""

from __future__ import annotations

import datetime as dt
import hmac
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from bot.exports.message import TEXT_LIMIT, Bad, Message
from bot.parse import shown
from nlu.model import Model
from nlu.types import Holder, Language, Polarity, Understanding
from nlu.understand import understand

BAD_KEPT = 1_000
"""Bad lines that are named; the others are counted."""

NO_MONTH = "?"


class Pseudonyms:
    """The same person has the same name within one scan, and nobody can tell whose it is: the key is thrown away."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, kind: str, name: str | None) -> str | None:
        """What stands for a name; None for nobody."""
        if name is None:
            return None
        keyed = hmac.digest(self._key, f"{kind}\n{name}".encode(errors="replace"), "sha256")
        return f"{kind}-{keyed.hex()[:10]}"


class Found(msgspec.Struct, frozen=True):
    """A message with cues. `value` parts are in it only when text was asked for."""

    file: str
    message: Message
    understanding: Understanding

    def row(self, pseudonyms: Pseudonyms | None, *, with_text: bool) -> dict[str, Any]:
        """The row that is written; `pseudonyms` None leaves people out altogether."""
        one, told = self.message, shown(self.understanding)
        row: dict[str, Any] = {"file": self.file, "line": one.line, "id": one.id}
        if pseudonyms is not None:
            row["chat"] = pseudonyms.of("chat", one.chat)
            row["author"] = pseudonyms.of("author", one.author_id or one.author)
        row["at"] = one.at.isoformat() if one.at is not None else None
        row |= {name: told[name] for name in ("lang", "starts", "asks", "cues")}
        if with_text:
            row |= {"text": one.text[:TEXT_LIMIT], "values": told["values"]}
        return row


@dataclass(slots=True)
class Summary:
    """What was read and found, counted. `fields` counts messages with an asserted cue, `months` the messages that
    would have begun or asked something, by month and field."""

    files: int = 0
    messages: int = 0
    staff: int = 0
    silent: Counter[str] = field(default_factory=Counter)
    read: int = 0
    cut: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    found: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    starts: Counter[str] = field(default_factory=Counter)
    asks: Counter[str] = field(default_factory=Counter)
    would_start: int = 0
    would_ask: int = 0
    months: dict[str, Counter[str]] = field(default_factory=dict)
    bad: int = 0
    bad_lines: list[tuple[str, Bad]] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)
    staff_seen: set[str] = field(default_factory=set)

    def shown(self) -> dict[str, Any]:
        """The summary for programs."""
        return {
            "files": self.files,
            "messages": self.messages,
            "staff": self.staff,
            "silent": dict(sorted(self.silent.items())),
            "read": self.read,
            "cut": self.cut,
            "languages": dict(self.languages.most_common()),
            "found": self.found,
            "fields": dict(self.fields.most_common()),
            "would_start": self.would_start,
            "starts": dict(self.starts.most_common()),
            "would_ask": self.would_ask,
            "asks": dict(self.asks.most_common()),
            "months": {month: dict(counts.most_common()) for month, counts in sorted(self.months.items())},
            "bad": self.bad,
            "bad_lines": [{"file": file, "line": bad.line, "reason": bad.reason} for file, bad in self.bad_lines],
            "broken": [{"file": file, "reason": reason} for file, reason in self.broken],
        }


class Scan:
    """Reads histories one after another and counts. `staff` are the company's own authors."""

    def __init__(self, model: Model, region: str, language: Language, staff: Iterable[str], now: dt.datetime) -> None:
        self.summary = Summary()
        self._model, self._region, self._language, self._now = model, region, language, now
        self._staff = {_name(one): one for one in staff}
        self._spoken: Language = language

    def unseen_staff(self) -> list[str]:
        """Names given as staff whom no history knew: likely misspelt, and then their messages were counted."""
        return [name for key, name in self._staff.items() if key not in self.summary.staff_seen]

    def messages(self, file: str, messages: Iterable[Message | Bad]) -> Iterator[Found]:
        """The messages with cues. What `messages` raises goes on to the caller, with everything before it counted."""
        summary = self.summary
        summary.files += 1
        self._spoken = self._language
        for one in messages:
            if isinstance(one, Bad):
                self._bad(file, one)
                continue
            summary.messages += 1
            if one.silent is not None:
                summary.silent[one.silent.value] += 1
            elif self._is_staff(one):
                summary.staff += 1
            elif (understanding := self._understand(one)).cues:
                self._count(one, understanding)
                yield Found(file, one, understanding)

    def _understand(self, one: Message) -> Understanding:
        self.summary.read += 1
        if len(one.text) > TEXT_LIMIT:
            self.summary.cut += 1
        found = understand(
            one.text[:TEXT_LIMIT],
            region=self._region,
            now=one.at or self._now,
            language=self._spoken,
            model=self._model,
        )
        self._spoken = found.language
        self.summary.languages[found.language.value] += 1
        return found

    def _count(self, one: Message, found: Understanding) -> None:
        summary = self.summary
        summary.found += 1
        said = {cue.field for cue in found.cues if cue.polarity is Polarity.ASSERTED and cue.holder is not Holder.OTHER}
        summary.fields.update(said)
        summary.starts.update(found.starts)
        summary.asks.update(found.asks)
        summary.would_start += bool(found.starts)
        summary.would_ask += bool(found.asks) and not found.starts
        if found.starts or found.asks:
            month = one.at.strftime("%Y-%m") if one.at is not None else NO_MONTH
            summary.months.setdefault(month, Counter()).update({*found.starts, *found.asks})

    def _is_staff(self, one: Message) -> bool:
        for name in (one.author, one.author_id):
            if name is not None and (key := _name(name)) in self._staff:
                self.summary.staff_seen.add(key)
                return True
        return False

    def _bad(self, file: str, bad: Bad) -> None:
        self.summary.bad += 1
        if len(self.summary.bad_lines) < BAD_KEPT:
            self.summary.bad_lines.append((file, bad))


def _name(name: str) -> str:
    """A name as it is compared."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
