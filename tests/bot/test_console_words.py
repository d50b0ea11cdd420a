"""What the console makes of values, moments and messages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.console.difference import compare, difference
from bot.console.lines import lines_of
from bot.console.times import Times
from bot.wording import LANGUAGES, catalogue
from dialogs.effects import CheckInAnswer, Refusal, StaffNews
from dialogs.flags import FlagReason
from dialogs.policy import Risk
from dialogs.request import State
from dialogs.types import ActorKind, Stage
from nlu.types import Language
from store.said import Said
from store.signals import SignalKind
from store.staff import Role
from store.tasks import TaskKind

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def marked(text: str, other: str) -> list[str]:
    return [one.text for one in compare(text, other)[0] if one.differs]


def test_only_the_words_that_differ_are_marked() -> None:
    assert marked("47 Maple Avenue, Springfield 62701", "12 Maple Avenue, Springfield 62704") == ["47", "62701"]


def test_chinese_is_marked_by_stretches_not_by_single_characters() -> None:
    old, new = "上海市徐汇区漕溪北路398号2号楼1201室", "上海市浦东新区世纪大道100号3号楼502室"

    left, right = compare(old, new)

    assert "".join(one.text for one in left) == old
    assert "".join(one.text for one in right) == new
    assert left[0].text == "上海市"
    assert not left[0].differs
    assert len([one for one in left if one.differs]) <= 2


@pytest.mark.parametrize(("old", "new"), [("", "a b"), ("a b", ""), ("", ""), ("same", "SAME")])
def test_nothing_is_lost_and_width_and_case_do_not_count(old: str, new: str) -> None:
    left, right = compare(old, new)

    assert "".join(one.text for one in left) == old
    assert "".join(one.text for one in right) == new
    assert old.casefold() != new.casefold() or not any(one.differs for one in (*left, *right))


def test_an_address_is_compared_part_by_part() -> None:
    old = {"number": "47", "street": "Maple Avenue", "city": "Springfield", "postcode": "62701"}
    new = {"number": "12", "street": "Maple Avenue", "city": "springfield", "postcode": "62701", "unit": "flat 3"}

    rows = {row.part: row.differs for row in difference("address", old, new, Language.EN).rows}

    assert rows == {"city": False, "postcode": False, "street": False, "number": True, "unit": True}
    assert difference("phone", {"e164": "+12025550147"}, {"e164": "+12025550199"}, Language.EN).rows == ()
    assert difference("address", None, new, Language.EN).old == ()


@pytest.mark.parametrize(
    ("hours", "english", "chinese"),
    [
        (-2, "Overdue by 2 hours", "已超期 2小时"),
        (3, "Due today, 12:00 (in 3 hours)", "今天 12:00 到期（还有3小时）"),
        (26, "Due tomorrow, 11:00", "明天 11:00 到期"),
        (72, "Due Thursday 5 Mar, 09:00", "3月5日 星期四 09:00到期"),
    ],
)
def test_a_deadline_is_said_in_words(hours: int, english: str, chinese: str) -> None:
    moment = NOW + dt.timedelta(hours=hours)

    assert Times("en", "UTC", NOW).due(moment) == english
    assert Times("zh", "UTC", NOW).due(moment) == chinese


def said(seq: int, kind: ActorKind, text: str, *buttons: tuple[str, str]) -> Said:
    return Said(seq, kind, "x", "", text, buttons, NOW)


def test_taps_and_attachments_are_told_in_words() -> None:
    lines = lines_of(
        [
            said(1, ActorKind.BOT, "May I file this?", ("consent.yes:abc", "Yes, file it")),
            said(2, ActorKind.CUSTOMER, "[consent.yes:abc]"),
            said(3, ActorKind.CUSTOMER, "[voice]"),
            said(4, ActorKind.CUSTOMER, "[sic]"),
            said(5, ActorKind.CUSTOMER, "[person.yes]"),
        ],
        Language.EN,
    )

    assert [(line.kind, line.what, line.text) for line in lines] == [
        ("bot", "text", "May I file this?"),
        ("customer", "tap", "Yes, file it"),
        ("customer", "voice", ""),
        ("customer", "text", "[sic]"),
        ("customer", "tap", "A person, please"),
    ]
    assert lines[0].offered == ("Yes, file it",)


ROOT = Path(__file__).parents[2]
ACT = re.compile(r'\.(?:append|trace|mark)\(\s*"([a-z_]+\.[a-z_.]+)"')
SUBJECT = re.compile(r'\.(?:append|trace|mark)\([^)]*?f"([a-z_]+):\{')


def in_the_sources(pattern: re.Pattern[str]) -> set[str]:
    sources = [path.read_text(encoding="utf-8") for part in ("bot", "store") for path in (ROOT / part).rglob("*.py")]
    return {found for text in sources for found in pattern.findall(text)}


def each(prefix: str, members: Iterable[str]) -> set[str]:
    return {f"{prefix}{one}" for one in members}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_act_of_the_trail_has_words(language: str) -> None:
    written, subjects = in_the_sources(ACT), in_the_sources(SUBJECT)
    assert {"customer.exported", "customer.filled", "request.disowned", "token.made"} <= written
    assert {"conversation", "challenge", "customer"} <= subjects
    written |= each("request.", State) | each("flagged.", FlagReason) | each("staff.told.", StaffNews)
    written |= each("signal.", SignalKind) | each("task.", TaskKind) | each("check_in.", CheckInAnswer)
    written |= each("draft.", ("corrected", "cancelled", "restarted", "expired", "relinked"))
    written |= each("chat.linked.", ("token", "code", "api", "vouched")) | {"proof.callback", "proof.in_person"}

    ids = each("console-act-", written) | each("console-subject-", subjects - {"request", "staff"})

    assert ids - set(catalogue(language)) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_member_of_a_set_that_the_console_names_has_words(language: str) -> None:
    ids = each("console-flag-", FlagReason) | each("console-state-", State) | each("console-risk-", Risk)
    ids |= each("console-refusal-", Refusal) | each("console-role-", Role) | each("console-stage-", Stage)
    ids |= each("console-by-", set(ActorKind) - {ActorKind.STAFF})
    ids |= each("console-risk-", ("reverting", "received_offline", "entered_late"))
    ids |= each(
        "console-channel-", ("webchat", "terminal", "api", "offline", "telegram", "whatsapp", "wechat", "wecom")
    )
    ids |= each("records-signal-", SignalKind) | each("records-task-", TaskKind)

    assert ids - set(catalogue(language)) == set()
