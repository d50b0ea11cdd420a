"""The corpus of labelled utterances: read, checked, and split by family."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from bot.corpus_grammar import generated
from nlu.types import ANY, BUILT_IN_FIELDS, Holder, Language, Polarity, WhenKind

FOLDER = Path(__file__).resolve().parents[1] / "nlu" / "corpus"
KINDS = ("positive", "hard", "easy")
HELD_OUT = 0.2
GRAMMAR = "grammar"
_SCOPE = ("about", "holder", "polarity")
_FIELDS = frozenset((*BUILT_IN_FIELDS, ANY))


class CorpusError(ValueError):
    """A line of the corpus is not what it should be; the message names file and line."""


class Row(msgspec.Struct, frozen=True):
    """One labelled utterance. `fields`: those a flow should start for or be asked about, none for a negative. `about`
    and the three that follow say what change is spoken of, None where there is none; `when` also where nobody said."""

    text: str
    language: Language
    fields: tuple[str, ...]
    kind: str
    family: str
    about: str | None = None
    holder: str | None = None
    polarity: str | None = None
    when: str | None = None

    @property
    def held_out(self) -> bool:
        """Whether its family is kept from training, for measuring: never a generated one, which are all alike."""
        return not self.family.startswith(GRAMMAR) and hashlib.sha256(self.family.encode()).digest()[0] < 256 * HELD_OUT


def read_corpus(folder: Path = FOLDER) -> list[Row]:
    """Every row of every `*.jsonl` in the order of the file names, then those of the grammars. Raises CorpusError."""
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise CorpusError(f"{folder}: holds no corpus (*.jsonl)")
    written = [row for file in files for row in _rows(file)]
    known = {row.text for row in written}
    made = (_row(one, GRAMMAR) for language in Language for one in generated(language.value, folder))
    return written + [row for row in made if row.text not in known]


def digest_of(rows: Iterable[Row]) -> str:
    """What a model file says it was trained on."""
    return hashlib.sha256("\n".join(map(repr, rows)).encode()).hexdigest()


def _rows(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield _row(json.loads(line), file.stem)
                except (ValueError, KeyError, TypeError) as error:
                    raise CorpusError(f"{file.name}:{number}: {error}") from None


def _row(given: dict[str, object], source: str) -> Row:
    fields: tuple[str, ...] = tuple(given["fields"])  # type: ignore[arg-type]
    kind = given["kind"]
    scope, when = {name: given.get(name) for name in _SCOPE}, given.get("when")
    if kind not in KINDS or not _FIELDS.issuperset(fields) or bool(fields) != (kind == "positive"):
        raise ValueError("kind and fields do not fit")
    if None in scope.values() and any(value is not None for value in scope.values()):
        raise ValueError("about, holder and polarity go together")
    if scope["about"] is not None and not (
        scope["about"] in _FIELDS
        and scope["holder"] in tuple(Holder)
        and scope["polarity"] in tuple(Polarity)
        and when in (None, *WhenKind)
    ):
        raise ValueError("unknown word in about, holder, polarity or when")
    family = f"{source}/{given['family']}"
    return Row(str(given["text"]), Language(given["lang"]), fields, str(kind), family, **scope, when=when)  # type: ignore[arg-type]
