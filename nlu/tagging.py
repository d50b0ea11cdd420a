"""Words of an utterance → one letter each, so that rules about cues read the shape of a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

UNKNOWN = "_"
SHORT_NUMBER = "0"
LONG_NUMBER = "9"
MAILBOX = "@"
PAUSE = ","
STOP = "."
QUESTION = "?"
LISTING = "&"
WORDLESS = frozenset((UNKNOWN, SHORT_NUMBER, LONG_NUMBER, MAILBOX, PAUSE, STOP, QUESTION, LISTING))
"""Of what holds none of the lexicon's words, such as a customer number, the trained weights have nothing to say."""

SOMEBODYS = "ģ"
"""An unknown word that owns something: "Anna's", "the dentist's"."""

_LONG_DIGITS = 6
_WORDS = re.compile(
    r"[a-z]+(?:['’-][a-z]+){0,4}|\+?\d(?:[\s().-]{0,2}\d){0,24}|[.!;\n…]|\?|[,:()—–\"“”]|[/&+]|[^\x00-\x7f]"
)
_WORDS_AND_MAILBOXES = re.compile(r"[^\s@,;]{1,64}@[^\s@,;]{1,255}|" + _WORDS.pattern)
_PUNCTUATION = {
    **dict.fromkeys(".!;\n…。！；", STOP),
    **dict.fromkeys("?？", QUESTION),
    **dict.fromkeys(',:()—–"“”，、：（）【】《》\t', PAUSE),
    **dict.fromkeys("/&+", LISTING),
}
_DIGITS = re.compile(r"[\d幺一二三四五六七八九零〇*](?:[\s-]?[\d幺一二三四五六七八九零〇*]){0,24}号?")
_LATIN = re.compile(r"[a-z0-9._+-]*@[a-z0-9._-]*|[a-z]+(?:[ '][a-z]+){0,2}")


class Tagged(msgspec.Struct, frozen=True):
    """One letter a word (`tags`), and where each word stands in the text."""

    tags: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """The text between two positions in `tags`, the second exclusive."""
        return self.starts[first], self.ends[last - 1]


class Lexicon(msgspec.Struct, frozen=True):
    """Phrases and their letters; `reach` says how long a phrase may be that begins so,
    `heads` how mistyped words begin."""

    letters: Mapping[str, str]
    reach: Mapping[str, int]
    typos: Mapping[str, str]
    heads: frozenset[str] = frozenset()
    whole: bool = False
    """Whether phrases in Latin letters among characters count as whole words only."""


def phrases(table: Mapping[str, str]) -> dict[str, str]:
    """Turn a table of letter → comma-separated phrases into phrase → letter."""
    return {phrase: letter for letter, text in table.items() for phrase in map(str.strip, text.split(",")) if phrase}


def word_lexicon(letters: Mapping[str, str], mistyped: Iterable[str], real_words: frozenset[str]) -> Lexicon:
    """Build a lexicon of phrases made of words; `mistyped` are words recognised with one letter wrong."""
    plain = {phrase.replace("'", ""): letter for phrase, letter in letters.items() if "'" in phrase}
    merged = {k: v for k, v in plain.items() if k not in letters and k not in real_words} | dict(letters)
    reach: dict[str, int] = {}
    for phrase in merged:
        words = phrase.split(" ")
        reach[words[0]] = max(reach.get(words[0], 0), len(words))
    typos: dict[str, str] = {}
    for word in mistyped:
        for shorter in (word, *_shortened(word)):
            typos.setdefault(shorter, word)
    for word in real_words:
        if typos.get(word, word) != word:
            del typos[word]
    return Lexicon(merged, reach, typos, frozenset(word[:2] for word in typos.values()))


def character_lexicon(letters: Mapping[str, str], *, whole: bool = False) -> Lexicon:
    """Build a lexicon of phrases made of characters; `whole`: Latin ones are read as whole words only."""
    reach: dict[str, int] = {}
    for phrase in letters:
        reach[phrase[0]] = max(reach.get(phrase[0], 0), len(phrase))
    return Lexicon(dict(letters), reach, {}, whole=whole)


def _shortened(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(1, len(word))]


_SHORTEST_TYPO = 5


def _spelled(word: str, lexicon: Lexicon, real_words: frozenset[str]) -> str:
    """The word meant, when exactly one letter after the first is wrong, missing, doubled or swapped."""
    if len(word) < _SHORTEST_TYPO or word[:2] not in lexicon.heads or word in real_words:
        return word
    if (meant := lexicon.typos.get(word)) is not None:
        return meant
    for shorter in _shortened(word):
        if (meant := lexicon.typos.get(shorter)) is not None and abs(len(meant) - len(word)) <= 1:
            return meant
    return word


_THINGS = tuple("APENICKBODH#")


def _bare(word: str, lexicon: Lexicon) -> str | None:
    """The noun in "number's changed"; None unless a word for a detail is followed by 's."""
    return word[:-2] if word.endswith("'s") and lexicon.letters.get(word[:-2]) in _THINGS else None


def tag_words(text: str, lexicon: Lexicon, real_words: frozenset[str]) -> Tagged:
    """Tag a text whose words stand apart, preferring the longest phrase. `text` is normalised."""
    pattern = _WORDS_AND_MAILBOXES if "@" in text else _WORDS
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    known = lexicon.reach
    for found in pattern.finditer(text):
        word = found.group().replace("’", "'")
        if word[0].isalpha() and word not in known and word not in lexicon.letters:
            word = _bare(word, lexicon) or _spelled(word, lexicon, real_words)
        words.append(word)
        spans.append(found.span())
    tags: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    i, size = 0, len(words)
    while i < size:
        letter, used = _longest(words, i, lexicon)
        tags.append(letter)
        starts.append(spans[i][0])
        ends.append(spans[i + used - 1][1])
        i += used
    return Tagged("".join(tags), tuple(starts), tuple(ends))


def only_known(text: str, lexicon: Lexicon) -> str | None:
    """The letters of a text made of phrases of the lexicon and punctuation only; None for any other text."""
    words = [found.group().replace("’", "'") for found in _WORDS.finditer(text)]
    tags: list[str] = []
    i = 0
    while i < len(words):
        letter, used = _longest(words, i, lexicon)
        if letter in _VALUES or (letter == UNKNOWN and words[i].isalnum()):
            return None
        tags.append(UNKNOWN if letter == SOMEBODYS else letter)
        i += used
    return "".join(tags)


_VALUES = (SHORT_NUMBER, LONG_NUMBER, MAILBOX)


def _longest(words: list[str], i: int, lexicon: Lexicon) -> tuple[str, int]:
    word = words[i]
    for size in range(min(lexicon.reach.get(word, 0), len(words) - i), 0, -1):
        phrase = word if size == 1 else " ".join(words[i : i + size])
        if (letter := lexicon.letters.get(phrase)) is not None:
            return letter, size
    if (mark := _PUNCTUATION.get(word)) is not None:
        return mark, 1
    if "@" in word:
        return MAILBOX, 1
    if not word[0].isalpha():
        return (LONG_NUMBER if sum(map(str.isdigit, word)) >= _LONG_DIGITS else SHORT_NUMBER), 1
    if word.endswith(("'s", "'", "s'")):
        owner = lexicon.letters.get(word.rsplit("'", 1)[0], UNKNOWN)
        return (owner.upper() if owner == "g" else SOMEBODYS if owner == UNKNOWN else UNKNOWN), 1
    return UNKNOWN, 1


def _inside_word(text: str, at: int) -> bool:
    """Whether a Latin word goes on at `at`."""
    return at < len(text) and all(char.isascii() and char.isalpha() for char in text[at - 1 : at + 1])


def tag_characters(text: str, lexicon: Lexicon) -> Tagged:
    """Tag a text written without spaces, preferring the longest phrase. `text` is normalised and simplified."""
    tags: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    letters, reach = lexicon.letters, lexicon.reach
    i, size = 0, len(text)
    while i < size:
        end = i + 1
        char = text[i]
        tag = UNKNOWN
        for end in range(min(size, i + reach.get(char, 0)), i, -1):
            if (letter := letters.get(text[i:end])) is not None:
                if lexicon.whole and _inside_word(text, end):
                    continue
                tag = letter
                break
        else:
            end = i + 1
            if (mark := _PUNCTUATION.get(char)) is not None:
                tag = mark
            elif (number := _DIGITS.match(text, i)) is not None:
                end = number.end()
                tag = LONG_NUMBER if end - i >= _LONG_DIGITS else SHORT_NUMBER
            elif char.isascii() and char.isalpha() and (latin := _LATIN.match(text, i)) is not None:
                end = latin.end()
                tag = MAILBOX if "@" in latin.group() else UNKNOWN
        tags.append(tag)
        starts.append(i)
        ends.append(end)
        i = end
    return Tagged("".join(tags), tuple(starts), tuple(ends))
