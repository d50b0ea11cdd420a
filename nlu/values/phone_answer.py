"""A phone number put right at its end: "the last digit is a 9", "最后一位是5不是4", "尾号是0199"."""

from __future__ import annotations

import re

from nlu.types import Candidate, Value

_COUNT = {"": 0, "two": 2, "three": 3, "four": 4, "一": 1, "两": 2, "二": 2, "三": 3, "四": 4}
_TAIL = re.compile(
    r"\b(?:last|final|end) (?:(?P<n1>two|three|four|[2-4]) )?(?:digits?|numbers?|figures?|ones?)"
    r"(?: is| are| was| were| should be| should have been|:){1,2} (?:an? )?(?P<d1>\d{1,4})(?!\d)"
    r"|\b(?:it |that |which |number )?ends (?:in|with) (?P<d2>\d{2,4})(?!\d)"
    r"|(?:最后|末尾?|尾|后)(?:面)?的?(?P<n3>[一两二三四1-4])?(?:位|个)(?:数字?|号码)?(?:应该|应当)?[是为](?P<d3>\d{1,4})(?!\d)"
    r"|尾号(?:应该|应当)?[是为]?(?P<d4>\d{2,4})(?!\d)"
)


def tail_put_right(raw: str, text: str, known: Value) -> Candidate | None:
    """The known number with the end that the customer gives; None when they give none. `text` is normalised."""
    number = known.get("e164")
    if number is None or (found := _TAIL.search(text)) is None:
        return None
    name, digits = next((name, value) for name, value in found.groupdict().items() if name[0] == "d" and value)
    said = found.groupdict().get("n" + name[1:]) or ""
    count = int(said) if said.isdigit() else _COUNT[said]
    if count not in (0, len(digits)):
        return None
    span = found.span(name)
    return Candidate("phone", raw[slice(*span)], span, {"e164": number[: -len(digits)] + digits})
