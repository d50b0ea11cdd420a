"""A code that is typed where none is asked for is nobody's value, and is shown to nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.walk import CUSTOMERS
from tests.journeys.world import World, open_world

PHONE = "+12175550144"
NUMBER = "CUST202601010001"


def opened(world: World) -> str:
    return world.customer(CUSTOMERS["en"], "US", "en")


def last_code(world: World) -> str:
    return world.codes(PHONE)[-1]


def say(world: World, chat: str, **content: str) -> list[str]:
    return [said.id for said in world.turn(world.inbound(chat, **content))]


def kept(world: World, chat: str) -> str:
    """Everything that staff may read of a chat."""
    draft = world.conversation(chat).draft
    return "\n".join([*(line.text for line in world.said(chat)), str(draft and draft.items)])


def written(code: str, how: str) -> str:
    return how.format(code, f"{code[:3]} {code[3:]}")


@pytest.mark.parametrize("how", ["{0}", "{1}", "code {0}", "it's {0}.", "my code is {1}", "验证码是{0}", "验证码：{0}"])
def test_a_valid_code_typed_after_another_number_was_wanted_is_no_postcode(
    how: str, template: Path, tmp_path: Path
) -> None:
    with open_world(template, tmp_path, {}) as world:
        opened(world)
        say(world, "new", text="I moved to 12 Oak Street last week")
        assert "link-code-sent" in say(world, "new", text=NUMBER)
        code = last_code(world)
        say(world, "new", button="code.other")

        assert "code-over" not in say(world, "new", text=written(code, how))  # which one it is is not told

        say(world, "new", text=NUMBER)
        linked = say(world, "new", text=last_code(world))
        assert linked[0] == "linked"
        assert "ask-parts" in linked
        assert code not in kept(world, "new").replace(" ", "")


@pytest.mark.parametrize("right", [True, False], ids=["the right one", "another"])
def test_a_code_that_another_chat_awaits_is_no_postcode_here(right: bool, template: Path, tmp_path: Path) -> None:
    with open_world(template, tmp_path, {}) as world:
        customer = opened(world)
        for chat in ("one", "two"):
            world.link(chat, customer)
        say(world, "one", text="I moved to 5 Pine Street, Springfield, IL 62704")
        say(world, "one", text="yes")
        code = last_code(world) if right else "135790"
        say(world, "two", text="my new email is a.one@example.com")
        say(world, "two", text="cancel")
        say(world, "two", text="I moved to 12 Oak Street")

        say(world, "two", text=code)

        assert code not in kept(world, "two")


def test_while_none_is_awaited_such_a_number_is_an_answer(template: Path, tmp_path: Path) -> None:
    with open_world(template, tmp_path, {}) as world:
        world.link("one", opened(world))
        say(world, "one", text="I moved to 12 Oak Street")

        say(world, "one", text="627041")

        assert "627041" in kept(world, "one")
