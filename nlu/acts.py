"""What an utterance does in the dialog: short answers are read whole, longer ones by the phrases in them."""

from __future__ import annotations

import re

from nlu.acts_en import ANYWHERE_EN, CORRECTS_EN, DECLINES_EN, LEAVES_EN, LETTERS, UNKNOWN_EN
from nlu.acts_zh import ANYWHERE_ZH, CORRECTS_ZH, DECLINES_ZH, LEAVES_ZH, UNKNOWN_ZH
from nlu.tagging import Lexicon, only_known, tag_characters
from nlu.types import Act, Ask, Expects, Language

_LONGEST_ANSWER = 64
_LONGEST_READ = 600
_OPEN = (Ask.SLOT, Ask.YES_NO, Ask.CODE, Ask.WHICH_FIELD, Ask.CUSTOMER_NUMBER)
_WANT_A_VALUE = (Ask.SLOT, Ask.CODE, Ask.CUSTOMER_NUMBER)
_BESIDE_A_YES = {Act.AFFIRM, Act.THANK, Act.GREET, Act.PROVIDE}
_DIGIT = re.compile(r"\d")
_OPENING_NO = re.compile(r"^(?:no|nope|nah|不|不是|不对|不是的|不对的|不行|错了|没有)(?:[\s,.!，。！、了的]|$|(?=是))")
_PUNCTUATION = str.maketrans("", "", ".,?&_~")


def find_acts(
    text: str,
    *,
    language: Language,
    expects: Expects,
    has_value: bool,
    has_cue: bool,
    agrees: bool,
    short: frozenset[Act] | None,
) -> frozenset[Act]:
    """Find the acts of a normalised, simplified text. `has_value`, `has_cue`: a value or a change was read in it;
    `agrees`: it is a yes followed by nothing but such; `short`: what `short_answer` made of it."""
    if not text.strip():
        return frozenset()
    acts = set[Act](short if short is not None else _longer(text[:_LONGEST_READ], language, expects))
    corrects = CORRECTS_ZH if language is Language.ZH else CORRECTS_EN
    if expects.ask in _OPEN:
        if (short is None or not acts) and corrects.search(text[:_LONGEST_READ]):
            acts.add(Act.CORRECT)
        if short is None and (DECLINES_ZH if language is Language.ZH else DECLINES_EN).match(text):
            acts.add(Act.DENY)
        if expects.ask in _WANT_A_VALUE and (UNKNOWN_ZH if language is Language.ZH else UNKNOWN_EN).match(text):
            acts = (acts - {Act.HELP}) | {Act.DENY}
        if short is None and _OPENING_NO.match(text):
            acts.add(Act.DENY)
            if has_value or _DIGIT.search(text):
                acts.add(Act.CORRECT)
    if len(expects.about) > 1 and (LEAVES_ZH if language is Language.ZH else LEAVES_EN).search(text):
        acts.add(Act.CANCEL)
    if has_value:
        acts.add(Act.PROVIDE)
    if agrees:
        acts.add(Act.AFFIRM)
    return frozenset(_consistent(acts, expects, has_cue))


def short_answer(text: str, language: Language, lexicon: Lexicon) -> frozenset[Act] | None:
    """The acts of a normalised, simplified text that consists of known short answers only; None for any other text."""
    if not text.strip() or len(text) > _LONGEST_ANSWER:
        return None
    tags = _only_known_characters(text, lexicon) if language is Language.ZH else only_known(text, lexicon)
    if tags is None:
        return None
    acts = {LETTERS[letter] for letter in tags.translate(_PUNCTUATION)}
    if "?" in tags and tags.rstrip("?") != tags:
        acts -= {Act.AFFIRM, Act.DENY}
    if Act.DENY in acts and Act.AFFIRM in acts:
        acts -= {_later_of(tags)}
    if Act.THANK in acts and Act.AFFIRM in acts and tags.translate(_PUNCTUATION).startswith("t"):
        acts.discard(Act.AFFIRM)
    return frozenset(acts)


def _only_known_characters(text: str, lexicon: Lexicon) -> str | None:
    if text[0] not in lexicon.reach and text[0].isalnum():
        return None
    tagged = tag_characters(text, lexicon)
    for tag, start in zip(tagged.tags, tagged.starts, strict=True):
        if tag in "09@" or (tag == "_" and text[start].isalnum()):
            return None
    return tagged.tags


def _later_of(tags: str) -> Act:
    """Of "no, that's fine" and "yes, not at all" the first word counts; the act that comes later is dropped."""
    return Act.AFFIRM if tags.index("d") < tags.index("a") else Act.DENY


def _longer(text: str, language: Language, expects: Expects) -> set[Act]:
    table = ANYWHERE_ZH if language is Language.ZH else ANYWHERE_EN
    present = frozenset(text) if language is Language.ZH else frozenset(word[:4] for word in text.split())
    acts = {act for act, signs, shape in table if not present.isdisjoint(signs) and shape.search(text)}
    if expects.ask is Ask.NOTHING:
        acts -= {Act.WAIT, Act.REPEAT}
    return acts


def _consistent(acts: set[Act], expects: Expects, has_cue: bool) -> set[Act]:
    if Act.OPT_OUT in acts:
        acts -= {Act.CANCEL, Act.DENY}
    if Act.CORRECT in acts:
        acts.discard(Act.WAIT)  # "wait, it's 14"
    if not acts <= _BESIDE_A_YES:
        acts.discard(Act.AFFIRM)
    if has_cue and expects.ask is Ask.NOTHING:
        acts -= {Act.HELP, Act.CANCEL, Act.CORRECT, Act.AFFIRM, Act.DENY}
    return acts
