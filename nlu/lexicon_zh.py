"""Chinese words that matter for cues, by letter. A character not listed is read as filler."""

from __future__ import annotations

from nlu.changes_zh import ASKED, CHANGE_WORDS, MISWRITTEN, NEW_NUMBER
from nlu.fields_zh import COMPOUNDS, FIELD_WORDS
from nlu.objects_zh import OTHER_OBJECTS
from nlu.pinyin import PINYIN
from nlu.scopes_zh import SCOPE_WORDS
from nlu.tagging import Lexicon, character_lexicon, phrases

_SUPPOSED = ("如果", "要是", "若", "假如", "的话", "如")
_UNSENT = (
    "没发货",
    "没发",
    "没寄",
    "没寄出",
    "没出库",
    "没送",
    "没派送",
    "没出发",
    "没打包",
    "没发出",
    "未发货",
    "没开始配送",
    "没接单",
)
_OF_A_CARD = ("面", "槽", "套", "片", "贴", "券")
_PEOPLE = ("老公", "老婆", "老师", "老人", "老板")


def lexicon_zh() -> Lexicon:
    """Build the Chinese lexicon. A later table wins over an earlier one, a longer phrase over a shorter one."""
    letters: dict[str, str] = {}
    for table in (OTHER_OBJECTS, SCOPE_WORDS, CHANGE_WORDS, FIELD_WORDS):
        letters |= phrases(table)
    letters |= dict.fromkeys(NEW_NUMBER, "T") | dict.fromkeys(MISWRITTEN, "w") | dict.fromkeys(ASKED, "ç")
    for prefix, kinds, letter in COMPOUNDS:
        letters |= {
            owner + link + kind: letter
            for owner in prefix.split(",")
            for link in ("", "的")
            for kind in kinds.split(",")
        }
    letters |= {supposed + still + unsent: "_" for supposed in _SUPPOSED for still in ("", "还") for unsent in _UNSENT}
    letters |= dict.fromkeys(_PEOPLE, "g")
    letters |= {word + part: "x" for word, letter in letters.items() if letter == "F" for part in _OF_A_CARD}
    return character_lexicon(letters | {word: PINYIN[word] for word in PINYIN if word not in letters}, whole=True)
