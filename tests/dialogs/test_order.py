"""Messages that were sent earlier and arrive later."""

from __future__ import annotations

import datetime as dt

from dialogs import order
from dialogs.types import Conversation, Inbound
from nlu.replaced import replaced
from nlu.types import Act
from tests.dialogs.build import NOW, read

EARLIER, LATER = NOW - dt.timedelta(seconds=30), NOW + dt.timedelta(days=300)
HERE = Conversation("c-1", "webchat", "ana", last_sent_at=NOW)


def sent(at: dt.datetime) -> Inbound:
    return Inbound("webchat", "ana", "m", at, text="yes")


def test_a_message_is_late_only_when_a_later_one_was_heard() -> None:
    assert order.sent_before(HERE, sent(EARLIER))
    assert not order.sent_before(HERE, sent(NOW))
    assert not order.sent_before(replaced(HERE, last_sent_at=None), sent(EARLIER))


def test_a_clock_that_runs_ahead_makes_no_later_message_late() -> None:
    assert order.latest(HERE, sent(LATER), NOW) == NOW


def test_a_late_message_does_not_take_back_what_was_heard_last() -> None:
    assert order.latest(HERE, sent(EARLIER), NOW) == NOW


def test_a_late_message_answers_nothing_and_still_asks() -> None:
    late = order.without_answers(read(Act.AFFIRM, Act.CANCEL, Act.RESTART, Act.ASK_HUMAN))

    assert late.acts == {Act.ASK_HUMAN}
