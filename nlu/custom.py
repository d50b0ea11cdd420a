"""Fields of a company's own: what it says of one, and the words by which customers speak of it, learned from that.

The words join the lexicon and the field joins every rule of the grammar, so that changes, denials, questions and other
people's details are told apart just as they are for the built-in fields.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

import msgspec

from nlu.custom_words import ASPECTS_EN, ASPECTS_ZH, BREAKS_ZH, COMMON_EN, COMMON_ZH, FUNCTION_EN
from nlu.normalise import normalise
from nlu.patterns import checked
from nlu.replaced import replaced
from nlu.rules import Grammar
from nlu.tagging import Lexicon
from nlu.types import Language

FIRST_LETTER = 0xE000
"""Fields of a company's own have letters from Unicode's private area, which no message can contain as a tag."""

_LIKE = "E"
"""In the grammars a field of a company's own stands wherever the e-mail address stands."""

_CLASS = re.compile(r"\[(?!\^)[^\]]*\]")
_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*|[^\sa-z]+")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_NUMBER_EN = ("number", "no", "id", "code")
_NUMBER_ZH = re.compile(r"(?:号码|号|编号|信息)$")
_LONGEST_PHRASE = 4
_LONGEST_ZH = 7


class Choice(msgspec.Struct, frozen=True):
    """One of the answers to choose from: what is kept, and how it is said in each language."""

    value: str
    labels: Mapping[Language, str]


class CustomField(msgspec.Struct, frozen=True):
    """A field of a company's own: how it is called, a pattern or choices, and a handful of utterances."""

    name: str
    labels: Mapping[Language, str]
    examples: Mapping[Language, tuple[str, ...]]
    pattern: str | None = None
    choices: tuple[Choice, ...] = ()


class Learned(msgspec.Struct, frozen=True):
    """A field that can be read: its letter, its pattern, its choices by what is said, longest first, and contexts:
    words that together with a choice hint at it. `telling`: a match of the pattern is hardly anything else.
    `own`: English words that no other field would be called by."""

    name: str
    letter: str
    pattern: re.Pattern[str] | None
    choices: tuple[tuple[str, str], ...]
    words: Mapping[Language, frozenset[str]]
    contexts: Mapping[Language, tuple[frozenset[str], ...]]
    telling: bool
    own: frozenset[str]


_ANYTHING = (
    *("123", "123456", "12345678", "2175550123", "13800001111", "1234567890123456", "12345678901234567", "ab1234567"),
    *("ok", "lee", "anna", "hello", "abcdef", "springfield", "oak street"),
)
"""What messages hold anyway: a pattern that matches one of these tells nothing."""


def learn(field: CustomField, place: int) -> Learned:
    """Learn the words of a field. Raises UnsafePatternError."""
    pattern = checked(field.pattern) if field.pattern is not None else None
    words = {Language.EN: words_en(field), Language.ZH: words_zh(field)}
    return Learned(
        field.name,
        chr(FIRST_LETTER + place),
        pattern,
        _said(field),
        words,
        {
            Language.EN: _contexts(field, Language.EN, words[Language.EN]),
            Language.ZH: _contexts(field, Language.ZH, words[Language.ZH]),
        },
        pattern is not None and not any(pattern.fullmatch(text) for text in _ANYTHING),
        frozenset(word for phrase in words[Language.EN] for word in phrase.split(" ")) - COMMON_EN,
    )


def _said(field: CustomField) -> tuple[tuple[str, str], ...]:
    """What may be said for each choice: its label in either language, and the label up to its first bracket or
    comma."""
    said: dict[str, str] = {}
    for choice in field.choices:
        for label in (choice.value, *choice.labels.values()):
            plain = normalise(label).strip()
            for text in (plain, re.split(r"[(（,，:：\d]", plain)[0].strip()):
                if len(text) > 1:
                    said.setdefault(text, choice.value)
    return tuple(sorted(said.items(), key=lambda one: -len(one[0])))


# --- words --------------------------------------------------------------------------------------------------------


def words_en(field: CustomField) -> frozenset[str]:
    """The English phrases that name the field."""
    label = _tokens(field.labels[Language.EN])
    if label and label[-1] in _NUMBER_EN and len(label) > 1:
        label = label[:-1]
    own = [word for word in label if word not in COMMON_EN]
    found = {" ".join(label)} if own or len(label) > 1 else set()
    found |= {" ".join(label[at:]) for at in range(1, len(label) - 1)}
    found |= {f"{word} {number}" for word in own for number in _NUMBER_EN}
    if label and label[-1] in own and len(label[-1]) > 2:
        found.add(label[-1])
    runs = [_runs(example, field) for example in field.examples.get(Language.EN, ())]
    often = Counter(run for several in runs for run, _ in set(several))
    for run, owned in (one for several in runs for one in several):
        if all(word in COMMON_EN for word in run):
            continue
        if len(run) > 1 and (owned or set(run) & set(label)):
            found.add(" ".join(run))
        elif len(run) == 1 and (often[run] > 1 or owned) and len(run[0]) > 2:
            found.add(run[0])
    said = {text for text, _ in _said(field)}
    found -= said
    plural = {f"{phrase}s" for phrase in found if not phrase.endswith("s")}
    numbered = {f"{phrase} {number}" for phrase in found for number in _NUMBER_EN if not phrase.endswith(_NUMBER_EN)}
    return frozenset(found | plural | numbered)


def _tokens(text: str) -> list[str]:
    return [word for word in _WORD.findall(normalise(text)) if word[0].isalpha()]


def _runs(example: str, field: CustomField) -> list[tuple[tuple[str, ...], bool]]:
    """Stretches of content words, and whether each is somebody's ("my points card", "a new reg")."""
    text = _without_values(normalise(example), field)
    runs: list[tuple[tuple[str, ...], bool]] = []
    run: list[str] = []
    owned, before = False, ""
    for word in (*_WORD.findall(text), "."):
        if word[0].isalpha() and word not in FUNCTION_EN:
            if not run:
                owned = before in _OWNERS
            run.append(word)
        else:
            if run:
                runs.append((tuple(run[:_LONGEST_PHRASE]), owned))
            run = []
        before = word
    return runs


_OWNERS = frozenset({"my", "our", "new"})


def _without_values(text: str, field: CustomField) -> str:
    if field.pattern is not None:
        text = re.sub(field.pattern, " . ", text, flags=re.IGNORECASE)
    for said, _ in _said(field):
        text = text.replace(said, " . ")
    return text


def words_zh(field: CustomField) -> frozenset[str]:
    """The Chinese phrases that name the field."""
    label = "".join(_HAN.findall(field.labels[Language.ZH]))
    stem = _NUMBER_ZH.sub("", label) or label
    found = {text for text in (label, stem) if len(text) > 1 and text not in COMMON_ZH}
    runs = [_runs_zh(example, field) for example in field.examples.get(Language.ZH, ())]
    often = Counter(run for several in runs for run, _ in set(several))
    pairs = {stem[i : i + 2] for i in range(len(stem) - 1)} - COMMON_ZH
    for run, owned in (one for several in runs for one in several):
        bare = _NUMBER_ZH.sub("", run)
        if not 2 <= len(bare) <= _LONGEST_ZH or bare in COMMON_ZH or run in COMMON_ZH:
            continue
        if owned or often[run] > 1 or any(pair in bare for pair in pairs):
            found.add(bare)
    found -= {text for text, _ in _said(field)}
    return frozenset(
        found | {f"{word}{number}" for word in found for number in ("号", "号码") if word[-1] not in "号码"}
    )


def _runs_zh(example: str, field: CustomField) -> list[tuple[str, bool]]:
    text = _without_values(normalise(example), field)
    runs: list[tuple[str, bool]] = []
    at, owned = 0, False
    for mark in (*BREAKS_ZH.finditer(text), None):
        run = text[at : mark.start() if mark is not None else len(text)]
        if run:
            runs.append((run, owned))
        if mark is not None:
            at, owned = mark.end(), mark.group().endswith(("我", "我的", "我们", "新", "新的"))
    return runs


def _contexts(field: CustomField, language: Language, words: frozenset[str]) -> tuple[frozenset[str], ...]:
    """Of the examples that choose without naming the field: what else is said in them."""
    if not field.choices:
        return ()
    found: dict[frozenset[str], None] = {}
    for example in field.examples.get(language, ()):
        text = normalise(example)
        if not any(said in text for said, _ in _said(field)):
            continue
        if language is Language.EN:
            rest = frozenset(word[:STEM] for run, _ in _runs(example, field) for word in run if word not in _FREQUENT)
        else:
            rest = frozenset(run for run, _ in _runs_zh(example, field) if run not in COMMON_ZH)
        if rest and not any(word in text for word in words if language is Language.ZH):
            found[rest] = None
    return tuple(found)


STEM = 6
"""Words are compared by so many letters in contexts: deliver, deliveries."""

_FREQUENT = frozenset({"always", "usually", "best", "suits", "better", "works", "days", "day", "time"})


# --- joining lexicon and grammar -----------------------------------------------------------------------------------


def with_words(lexicon: Lexicon, fields: tuple[Learned, ...], language: Language) -> Lexicon:
    """The lexicon with the words of these fields, and what belongs to such a thing without being its value."""
    letters = dict(lexicon.letters)
    for field in fields:
        for phrase in field.words[language]:
            letters[phrase] = field.letter
            if language is Language.EN:
                letters |= {f"{phrase} {aspect}": "x" for aspect in ASPECTS_EN if f"{phrase} {aspect}" not in letters}
            else:
                letters |= {f"{phrase}{link}{aspect}": "x" for aspect in ASPECTS_ZH for link in ("", "的")}
    for field in fields:
        letters |= dict.fromkeys(field.words[language], field.letter)
        for phrase in field.words[Language.EN] if language is Language.EN else ():
            if f"my {phrase.split(' ')[0]}" in lexicon.letters:  # "my number" is a phone's, "my number plate" is not
                letters |= {f"my {phrase}": field.letter, f"our {phrase}": field.letter}
    reach = dict(lexicon.reach)
    for phrase in letters.keys() - lexicon.letters.keys():
        head, size = (
            (phrase.split(" ")[0], phrase.count(" ") + 1) if language is Language.EN else (phrase[0], len(phrase))
        )
        reach[head] = max(reach.get(head, 0), size)
    return replaced(lexicon, letters=letters, reach=reach)


def with_fields(grammar: Grammar, fields: tuple[Learned, ...]) -> Grammar:
    """The grammar with these fields wherever it speaks of fields."""
    letters = "".join(field.letter for field in fields)

    def joined(shape: re.Pattern[str]) -> re.Pattern[str]:
        return re.compile(_CLASS.sub(lambda found: found[0].replace(_LIKE, _LIKE + letters), shape.pattern))

    rules = tuple(
        rule if rule.field is not None else replaced(rule, shape=joined(rule.shape)) for rule in grammar.rules
    )
    scopes = tuple(replaced(scope, shape=joined(scope.shape)) for scope in grammar.scopes)
    names = {**grammar.fields, **{field.letter: field.name for field in fields}}
    return replaced(grammar, fields=names, rules=rules, scopes=scopes)
