"""A phone number put right at its end."""

from __future__ import annotations

import pytest

from nlu.normalise import normalise
from nlu.values.phone_answer import tail_put_right

KNOWN = {"e164": "+12175550190"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("the last digit is a 9 not a 0", "+12175550199"),
        ("last two digits should be 88", "+12175550188"),
        ("it ends in 0123", "+12175550123"),
        ("最后一位是5不是0", "+12175550195"),
        ("后四位应该是0177", "+12175550177"),
        ("尾号是0166", "+12175550166"),
    ],
)
def test_the_end_is_put_right(text: str, number: str) -> None:
    found = tail_put_right(text, normalise(text), KNOWN)

    assert found is not None
    assert found.value == {"e164": number}
    assert text[slice(*found.span)] == found.raw


@pytest.mark.parametrize(
    "text", ["the last two digits are 123", "217 555 0199", "最后三位是12", "the last bus is at 9"]
)
def test_what_does_not_fit_is_left(text: str) -> None:
    assert tail_put_right(text, normalise(text), KNOWN) is None


def test_without_a_known_number_there_is_nothing_to_put_right() -> None:
    assert tail_put_right("the last digit is 9", "the last digit is 9", {}) is None
