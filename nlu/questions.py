"""A question that may stand behind an answer without changing it: how long will it take?"""

from __future__ import annotations

import re

HOW_LONG = re.compile(
    r"\bhow (?:long|soon|quick(?:ly)?|fast|many (?:hours|days))"
    r"(?: (?:will|does|would|do|is|can|until) (?:it|this|that|you)(?: all)?"
    r"(?: take| be done| be ready)?| until it'?s (?:done|changed))?\b"
    r"|\bwhen (?:will|does|do|is|are|can)\b.{0,30}\b(?:change|update|effect|effective|active|live|done|ready|finished"
    r"|approved|decided)\w*"
    r"|(?:大概|大约)?(?:要|需要)?(?:多久|多长时间|(?<=要)几天|几天(?=能|可以|会|才))(?:能|可以|会|才能)?(?:改好|办好|办完|弄好|处理好?|完成|生效|好)?"
    r"|什么时候(?:能|会|可以)?(?:生效|改好|办好|办完|弄好|处理好?|完成|通过|好)|何时生效"
    r"|啥时候(?:能)?(?:改好|生效|好)"
)


def asks_how_long(text: str) -> bool:
    """Whether the customer wants to know when the change will be done. `text` is normalised."""
    return HOW_LONG.search(text) is not None
