"""Does `timer` jobs: a silent conversation, a request whose time has come. What no longer applies does nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from bot.checkins import CheckIns
from bot.live import CONSOLE
from bot.worker import Work, Write
from dialogs import handoff, lifecycle, silence
from dialogs.checkin import CheckInTimer
from dialogs.deadline import RequestTimer
from dialogs.policy import Policy
from dialogs.types import Actor, ActorKind
from nlu.replaced import replaced
from store.conversations import UnknownConversation
from store.jobs import Lease
from store.requests import UnknownRequest
from store.uow import UnitOfWork

ACTOR = Actor(ActorKind.SYSTEM, "timer")
OF_CONVERSATIONS = frozenset({silence.NUDGE, silence.PARK, silence.EXPIRE, handoff.OWNER_IDLE})
OF_REQUESTS = frozenset(RequestTimer)
OF_CHECK_INS = frozenset(CheckInTimer)


class Timers:
    """Loads the timer's subject, asks the core what follows, commits it in the transaction that ends the job."""

    def __init__(self, policy: Policy, clock: Callable[[], dt.datetime], check_ins: CheckIns) -> None:
        self._policy, self._clock, self._check_ins = policy, clock, check_ins

    def work(self) -> Work:
        """Everything happens in one transaction, so a failure leaves nothing behind and is simply tried again."""
        return Work(self.run, slots=4, attempts=12)

    async def run(self, lease: Lease) -> Write:
        """Fire the timer."""
        kind, subject = str(lease.payload["kind"]), str(lease.payload["subject"])

        def write(uow: UnitOfWork) -> Iterable[str]:
            return self.fire(uow, kind, subject)

        return write

    def fire(self, uow: UnitOfWork, kind: str, subject: str) -> Iterable[str]:
        """What follows now; returns the topics that changed. A kind that nobody knows any more does nothing."""
        if kind in OF_CONVERSATIONS:
            return self._conversation(uow, kind, subject)
        if kind in OF_REQUESTS:
            return self._request(uow, RequestTimer(kind), subject)
        if kind in OF_CHECK_INS:
            return self._check_ins.fire(uow, CheckInTimer(kind), subject)
        return ()

    def _conversation(self, uow: UnitOfWork, kind: str, subject: str) -> Iterable[str]:
        now = self._clock()
        try:
            conversation = uow.conversations.by_id(subject)
        except UnknownConversation:
            return ()
        if kind == handoff.OWNER_IDLE:
            decision = handoff.release_idle(conversation, self._policy.owner_idle, now)
        else:
            decision = silence.on_silence(conversation, kind, self._policy, now)
        if decision.conversation == conversation and not decision.replies:
            if not decision.effects:
                return ()
            decision = replaced(decision, conversation=None)  # it only waits on: nothing in the chat changed
        uow.commit(decision, ACTOR, now)
        return (subject, CONSOLE)

    def _request(self, uow: UnitOfWork, kind: RequestTimer, number: str) -> Iterable[str]:
        now = self._clock()
        try:
            request = uow.requests.load(number)
        except UnknownRequest:
            return ()
        if kind is RequestTimer.APPLY and uow.requests.moved_on(request):
            decision = lifecycle.went_stale(request, now)
        else:
            on_record = uow.customers.record(request.customer).get(request.field)
            masked = on_record.masked if on_record else ""
            decision = lifecycle.on_timer(kind, request, self._policy, now, masked=masked)
        if decision.refused is not None or not decision.effects:
            return ()
        uow.commit(decision, ACTOR, now)
        return (request.conversation, CONSOLE)
