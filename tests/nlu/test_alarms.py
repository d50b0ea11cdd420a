"""Tones and subjects that a person should look at."""

from __future__ import annotations

import pytest

from nlu.alarms import find_alarms
from nlu.types import Alarm


@pytest.mark.parametrize(
    ("text", "alarm"),
    [
        ("this is ridiculous, third call today", Alarm.DISPLEASURE),
        ("i want to file a complaint", Alarm.DISPLEASURE),
        ("你们服务太差了,我要投诉", Alarm.DISPLEASURE),
        ("i can't cope, i want to die", Alarm.DISTRESS),
        ("我快活不下去了", Alarm.DISTRESS),
        ("my husband passed away in march", Alarm.DEATH),
        ("我父亲去世了,要改户名", Alarm.DEATH),
        ("you will hear from my lawyer", Alarm.LEGAL),
        ("我要起诉你们", Alarm.LEGAL),
        ("我要打12345", Alarm.LEGAL),
    ],
)
def test_an_alarm_is_raised(text: str, alarm: Alarm) -> None:
    assert alarm in find_alarms(text)


@pytest.mark.parametrize(
    "text",
    [
        "i moved to 12 oak street",
        "call me on 13812345678",
        "我搬家了",
        "手机滚动很慢",
        "不在了那个地址",
        "late payment",
        "springfield 12345",
    ],
)
def test_ordinary_messages_raise_none(text: str) -> None:
    assert find_alarms(text) == frozenset()
