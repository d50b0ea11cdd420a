"""English words that matter for cues, by letter. A word not listed is read as filler."""

from __future__ import annotations

from nlu.fields_en import FIELD_WORDS
from nlu.fields_en import FIELDS_EN as FIELDS_EN
from nlu.grammar_words_en import GRAMMAR_WORDS
from nlu.objects_en import OTHER_OBJECTS
from nlu.signs_en import SIGN_WORDS
from nlu.spelling_en import MISTYPED
from nlu.spelling_en import REAL_WORDS_EN as REAL_WORDS_EN
from nlu.tagging import Lexicon, phrases, word_lexicon


def lexicon_en() -> Lexicon:
    """Build the English lexicon."""
    letters: dict[str, str] = {}
    for table in (FIELD_WORDS, SIGN_WORDS, GRAMMAR_WORDS, OTHER_OBJECTS):
        letters |= phrases(table)
    return word_lexicon(letters, MISTYPED, REAL_WORDS_EN)
