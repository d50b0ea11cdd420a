"""Two messages of one chat in either order of arrival: the one that was sent last counts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from nlu.replaced import replaced
from nlu.types import Value
from tests.journeys.walk import CUSTOMERS, REGIONS
from tests.journeys.world import World, open_world

FIRST, LAST = dt.timedelta(seconds=0), dt.timedelta(seconds=10)
CASES = (
    ("en", "my new number is 217 555 0190", "my new number is 217 555 0199", {"e164": "+12175550199"}),
    ("en", "my new email is a.one@example.com", "my new email is a.two@example.com", {"email": "a.two@example.com"}),
    ("zh", "新手机号13900001234", "新手机号13900001235", {"e164": "+8613900001235"}),
    ("zh", "邮箱换成one@example.com了", "邮箱换成two@example.com了", {"email": "two@example.com"}),
)


def proposed(world: World) -> Value:
    draft = world.conversation("here").draft
    assert draft is not None
    return dict(draft.items[0].value)


@pytest.mark.parametrize("late", [False, True], ids=["in order", "out of order"])
@pytest.mark.parametrize(("language", "first", "last", "value"), CASES)
def test_the_value_that_was_sent_last_counts(
    language: str, first: str, last: str, value: Value, late: bool, template: Path, tmp_path: Path
) -> None:
    settings = {"locale": language, "region": REGIONS[language]}
    with open_world(template, tmp_path, settings) as world:
        world.link("here", world.customer(CUSTOMERS[language], REGIONS[language], language))
        begun = world.now
        messages = [
            replaced(world.inbound("here", text=text), at=begun + after)
            for text, after in ((first, FIRST), (last, LAST))
        ]

        world.forward(dt.timedelta(minutes=1))
        for message in reversed(messages) if late else messages:
            world.turn(message)

        assert proposed(world) == value
