"""One run: customers and staff act, the process dies as often as it is told to, messages come again and again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.crash.customers import Code, Customer, Line, Receipt, Say, Staff, Step, Story
from tests.crash.outcome import left_behind
from tests.crash.process import Host, Life
from tests.crash.scene import START, WORKER_START, Person
from tests.crash.world import World

LEASE = dt.timedelta(seconds=31)
"""A new process sees the time just after its predecessor's leases ran out."""
LATER = [dt.timedelta(minutes=20), dt.timedelta(hours=3), dt.timedelta(days=4), dt.timedelta(days=12), dt.timedelta(20)]
"""When all is said, time passes: nudged, put aside, receipts closed, expired, questions unanswered."""
DEATHS, LATE_DEATHS = 10, 3
"""While people talk, and while time passes: more, and codes would expire."""


@dataclass
class Sent:
    """A message that was sent, with the answer it got."""

    message: dict[str, Any]
    answer: Any = None


@dataclass
class Talk:
    """One customer's story under way."""

    customer: Customer
    story: Story
    step: Step | None = None
    steps: int = 0
    flying: int | None = None
    sent: list[Sent] = field(default_factory=list)

    def advance(self, lines: list[Line]) -> None:
        try:
            self.step = self.story.send(lines) if self.steps else next(self.story)
            self.steps += 1
        except StopIteration:
            self.step = None


@dataclass
class Count:
    """What a run went through."""

    messages: int = 0
    redelivered: int = 0
    staff: int = 0
    deaths: int = 0
    lives: int = 0
    by: dict[str, int] = field(default_factory=dict)


class Run:
    """`chance` decides order, deaths and redelivery; None: an undisturbed run."""

    def __init__(
        self, host: Host, folder: Path, people: list[Person], seed: str, token: str, chance: Random | None
    ) -> None:
        self._host, self._folder, self._seed, self._token = host, folder, seed, token
        self._chance, self._order = chance, Random(f"{seed} order {chance is None}")
        self.world, self.count = World(), Count()
        self.sent: dict[int, frozenset[str]] = {}  # what stood recorded as sent when a life ended
        self.talks = [Talk(customer := Customer(p, Random(f"{seed} {p.no}")), customer.story()) for p in people]
        self._life = Life(None)
        self._born = False
        self._death: tuple[str, int, float] | None = None
        self._clock = WORKER_START
        self._asked: dict[int, tuple[Talk | None, Sent]] = {}
        self._n = 0
        self._until = 0.0

    def go(self, seconds: float) -> None:
        """Everybody to the end of their story; then time passes until nothing is left to be done."""
        self._until = time.monotonic() + seconds
        try:
            for talk in self.talks:
                talk.advance([])
            while any(talk.step is not None for talk in self.talks):
                self._round()
            self._rest()
            for later in LATER:
                self._clock = START + later
                if self._chance is not None and self.count.deaths < DEATHS + LATE_DEATHS:
                    self._death = ("moment", 1 + self._chance.randrange(2), self._chance.uniform(0, 0.05))
                self._ask({"do": "clock", "clock": self._now()})
                self._rest()
            self._life.close()
            assert self._host.ended() == 0, self._host.complaint()
        finally:
            self._host.clear(self._life)
            self.world.close()

    def _round(self) -> None:
        self._live()
        for talk in self._order.sample(self.talks, len(self.talks)):
            if talk.flying is None and talk.step is not None:
                self._take(talk, talk.step)
            if self._chance is not None:
                self._repeat(talk, self._chance)
        self._listen(0.05 if self._asked else 0.01)

    def _take(self, talk: Talk, step: Step) -> None:
        at = (START + dt.timedelta(seconds=min(2 * talk.steps, 80))).isoformat()
        chat, n = talk.customer.person.chat, talk.steps
        match step:
            case Say():
                content = {key: value for key, value in dataclasses.asdict(step).items() if value is not None}
                self._first(talk, {"do": "say", "say": {"chat": chat, "id": f"m{n}", "at": at, **content}})
            case Staff():
                act = {"chat": chat, "at": at, "reason": step.text, **dataclasses.asdict(step)}
                self._first(talk, {"do": "staff", "key": f"{chat}-{n}", "staff": act})
            case Code(nth):
                codes = self.world.codes(talk.customer.addresses)
                if len(codes) >= nth:
                    talk.advance([(0, "", "", codes[nth - 1], [])])
            case Receipt():
                self._first(talk, {"do": "read", "chat": chat})

    def _first(self, talk: Talk, message: dict[str, Any]) -> None:
        """Send a message, or send it again when it was not answered before a death."""
        if not talk.sent or talk.sent[-1].message != message:
            talk.sent.append(Sent(message))
            self.count.messages += message["do"] == "say"
            self.count.staff += message["do"] == "staff"
        else:
            self.count.redelivered += message["do"] != "read"
        talk.flying = self._send(talk, talk.sent[-1])

    def _repeat(self, talk: Talk, chance: Random) -> None:
        """Now and then the channel delivers again what it delivered before: the last message, or any earlier one."""
        candidates = [sent for sent in talk.sent if sent.message["do"] != "read"]
        if not candidates or chance.random() > 0.15:
            return
        again = candidates[-1] if chance.random() < 0.5 else chance.choice(candidates)
        if again is candidates[-1] and talk.flying is None and again.answer is None:
            return
        self.count.redelivered += 1
        self._send(None, again)

    def _send(self, talk: Talk | None, sent: Sent) -> int:
        self._n += 1
        self._asked[self._n] = (talk, sent)
        self._life.say({"n": self._n, **sent.message})
        if self._death is not None and self._death[0] == "moment":
            _, left, seconds = self._death
            self._death = ("moment", left - 1, seconds)
            if left == 1 and self._life.alive:
                time.sleep(seconds)
                self._life.kill()
        return self._n

    def _listen(self, seconds: float) -> None:
        for answer in self._life.hear(seconds):
            talk, sent = self._asked.pop(answer.pop("n"))
            if sent.message["do"] in ("say", "staff"):
                assert sent.answer in (None, answer), f"another answer to {sent.message}: {sent.answer}, now {answer}"
                sent.answer = answer
            if talk is not None:
                talk.flying = None
                self._answered(talk, answer)

    def _answered(self, talk: Talk, answer: dict[str, Any]) -> None:
        lines = [(line[0], line[1], line[2], line[3], line[4]) for line in answer.get("said", ())]
        if isinstance(talk.step, Receipt):
            number = talk.step.request
            if not any(line[2].startswith("receipt") and number in line[3] for line in lines):
                return
        assert answer.get("refused") is None, f"{talk.step} was refused: {answer}"
        talk.advance(lines)

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Ask until a living process answers."""
        while True:
            self._live()
            sent = Sent(message)
            n = self._send(None, sent)
            while self._life.alive and n in self._asked:
                self._check_time()
                for answer in self._life.hear(0.2):
                    self._asked.pop(number := answer.pop("n"))
                    if number == n:
                        return answer

    def _rest(self) -> None:
        """Wait until no job is due."""
        quiet = 0
        while quiet < 2:
            if self._ask({"do": "due"})["due"]:
                quiet = 0
            else:
                quiet += 1
            time.sleep(0.03)

    def _live(self) -> None:
        """See that a process is there; check and bury the one before."""
        self._check_time()
        while not self._life.alive:
            if self._born:
                self._bury()
            self._be_born()

    def _bury(self) -> None:
        self._life.close()
        self.world.interrupt = lambda moment: False
        assert self._host.ended() == -signal.SIGKILL, f"it ended by itself: {self._host.complaint()}"
        self.count.deaths += 1
        how = self._death[0] if self._death is not None else "?"
        self.count.by[how] = self.count.by.get(how, 0) + 1
        left = left_behind(self._folder, self._folder.parent)
        assert left.wrong == []
        self.sent[self.count.lives] = left.sent
        for talk, _ in self._asked.values():
            if talk is not None:
                talk.flying = None
        self._asked.clear()

    def _be_born(self) -> None:
        self.count.lives += 1
        orders = {
            "life": self.count.lives,
            "folder": str(self._folder),
            "http": self.world.port,
            "seed": self._seed,
            "token": self._token,
            "clock": self._now(),
        }
        self._death = None if self._chance is None else self._fate(self._chance)
        if self._death is not None and self._death[0] in ("statements", "progress", "replies"):
            orders[self._death[0]] = self._death[1]
        self._born = True
        self._life = self._host.bear(orders)
        if self._death is not None and self._death[0] in ("before", "after"):
            self._watch(*self._death[:2])

    def _watch(self, when: str, left: int) -> None:
        """Kill the process at the n-th request it makes to the world: before it is answered, or right after."""
        count, pid = [left], self._life.pid

        def interrupt(moment: str) -> bool:
            if moment == when:
                count[0] -= 1
                if count[0] == 0 and pid:
                    os.kill(pid, signal.SIGKILL)
                    return True
            return False

        self.world.interrupt = interrupt

    def _fate(self, chance: Random) -> tuple[str, int, float] | None:
        talking = any(talk.step is not None for talk in self.talks)
        if self.count.deaths >= (DEATHS if talking else DEATHS + LATE_DEATHS):
            return None
        far = int(chance.uniform(1, 8 if talking else 5) ** 3.2)  # near more often than far
        return chance.choice(
            (
                ("moment", chance.randint(1, 40), chance.uniform(0, 0.03)),
                ("moment", chance.randint(1, 10), chance.uniform(0, 0.005)),
                ("statements", far, 0.0),
                ("statements", 2 * far, 0.0),
                ("progress", 2 * far, 0.0),
                ("replies", chance.randint(1, 40), 0.0),
                ("before", chance.randint(1, 4), 0.0),
                ("after", chance.randint(1, 4), 0.0),
            )
        )

    def _now(self) -> str:
        return (self._clock + self.count.lives * LEASE).isoformat()

    def _check_time(self) -> None:
        if time.monotonic() > self._until:
            waiting = {talk.customer.person.chat: talk.step for talk in self.talks if talk.step is not None}
            raise TimeoutError(f"still waiting: {waiting}; {self.count}; {self._host.complaint()}")
