"""Which of two values is the old one: "from A to B", "把A改成B", "not A, B", "A is no longer in use"."""

from __future__ import annotations

import re

from nlu.replaced import replaced
from nlu.types import Candidate

_OLD_BEFORE = re.compile(
    r"(?:\b(?:from|not|old (?:(?!its |new |now )\w+ ){0,3}(?:is|was)|"
    r"old(?: (?:address|one|number|phone|mobile|cell|e-?mail|mail|name|place|house|home|flat|apartment|card|account))?|"
    r"previous (?:\w+ ){0,3}(?:is|was)?|former (?:\w+ "
    r"){0,3}(?:is|was)?|used to be|instead of|was|no longer (?:work(?:ing)? |liv(?:e|ing) |us(?:e|"
    r"ing) )?(?:at|on|for|in|with)?|rather than|replaces?|"
    r"left|lost|remove|delete)"
    r"|(?:不是|不叫|原来的?|旧的?|老的?|以前的?|之前的?|从|由|原|删掉|去掉|停用)(?:(?:(?![改换变更搬])[\u4e00-\u9fff]){0,6}?(?:号码?|"
    r"手机号?|电话|邮箱|地址|名字|是|为|:))?)[\s,:]{0,3}$"
)
_OLD_AFTER = re.compile(
    r"^[\s,]{0,2}(?:(?:is|was|has been|are) (?:no longer|not|my old|the old|wrong|dead|disconnected|"
    r"cancelled|canceled|out of|incorrect|outdated)|no longer|doesn'?t work|does not work|"
    r"(?:这个|那个)?(?:已经|就|都)?(?:不用了|停用|作废|注销|打不通|"
    r"不要了|不对|错了|改成|改为|换成|变更为|变成|更改为|更换为|换为|不再))"
)
_ITS_NAME = {"phone": r"(?:号码?|手机号?)", "email": "邮箱", "address": "地址"}
"""What may stand between a value and what is said of it; the name of another field begins another clause."""
_CHANGED_TO = re.compile(
    r"^[\s,]{0,2}(?:(?:is |was |has |have )?(?:changed |now |replaced )?(?:to|with|by|into|->|"
    r"→)|(?:is )?now|(?:已经)?(?:改|换|变更|变|更改|更换)(?:成|为|到)|-+>|→)[^\n]{0,24}$"
)
_BACK_TO = re.compile(r"^[\s,]{0,2}(?:instead of|rather than|not|而不是|不是)[^\n]{0,16}$")


_STAYS = re.compile(r"\b(?:after all|all along)\b")
"""What turns "it was 4" into the value that counts."""


def with_roles(text: str, candidates: list[Candidate]) -> list[Candidate]:
    """Mark the candidates that are being replaced as old; one of each field always stays new if there are two."""
    marked: list[Candidate] = []
    for i, candidate in enumerate(candidates):
        same = [c for c in candidates if c.field == candidate.field]
        start, end = candidate.span
        later = next((c for c in same if c.span[0] >= end), None)
        between = text[end : later.span[0]] if later is not None else None
        old = candidate.role == "old"
        if later is None and not old and _STAYS.match(text[end : end + 40].lstrip(" ,")):
            marked.append(candidate)
            continue
        old = old or _OLD_BEFORE.search(text, max(0, start - 30), start) is not None
        old = old or _OLD_AFTER.match(_after(text, end, candidate.field)) is not None
        old = old or (between is not None and len(between) < 40 and _CHANGED_TO.match(between) is not None)
        earlier = next((c for c in reversed(same) if c.span[1] <= start), None)
        if earlier is not None and _BACK_TO.match(text[earlier.span[1] : start]):
            old = True
        marked.append(replaced(candidates[i], role="old" if old else "new"))
    return marked


def _after(text: str, end: int, field: str) -> str:
    """What is said after a value, without its field's own name."""
    after = text[end : end + 30]
    name = _ITS_NAME.get(field)
    return after if name is None else re.sub(rf"^[\s,]{{0,2}}(这个|那个)?{name}", "", after)
