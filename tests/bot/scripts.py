"""What customers say, in which order it arrives, and how often. A script is lived once, disturbed, and what arrived is
written down; then it is replayed, calmly, in that order."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any

from store.customers import NewCustomer
from tests.bot.several import PATIENCE, REVIEWER, Several

NUMBER = re.compile(r"CR-\d{4}-\d{6}")
SENT = frozenset({"code-sent", "code-sent-new"})
TURNS = 10
"""More than a road takes."""


class Kind(StrEnum):
    """How far a chat goes."""

    CONFIRMED = "confirmed"  # filed, approved, applied, sent to the target, "yes, that's right"
    CANCELLED = "cancelled"
    FILED = "filed"
    SUMMARY = "summary"  # and no further


KINDS = tuple(Kind)

WORDS = {
    Kind.CONFIRMED: ("Hi, I moved to {h} Oak Street", "Springfield 62704", "what is this for?", "no, number {k}"),
    Kind.CANCELLED: ("Hi, I moved to {h} Oak Street", "Springfield 62704", "no, number {k}", "how long does it take?"),
    Kind.FILED: ("我搬家了,想改一下地址", "上海市浦东新区世纪大道{h}号", "为什么要问这个?", "3号楼{k}室"),
    Kind.SUMMARY: ("my address is not right any more", "{h} Oak Street, Springfield 62704", "thanks", "flat {k}"),
}
WHOLE = {"en": "{h} Oak Street, Springfield, IL 62704", "zh": "上海市浦东新区世纪大道{h}号3号楼{k}室"}
YES, LATE, CANCEL = {"en": "yes", "zh": "同意"}, {"en": "no, number {h}", "zh": "不对,是{h}号"}, "cancel"


@dataclass(frozen=True)
class Person:
    """A customer on record and what they are about to do."""

    n: int

    @property
    def kind(self) -> Kind:
        return KINDS[self.n % len(KINDS)]

    @property
    def language(self) -> str:
        return "zh" if self.kind is Kind.FILED else "en"

    @property
    def chat(self) -> str:
        return f"chat-{self.n}"

    @property
    def no(self) -> str:
        return f"CUST20250101{self.n:04}"

    @property
    def phone(self) -> str:
        return f"+86138001380{self.n // 4:02}" if self.language == "zh" else f"+1202555{100 + self.n % 100:04}"

    @property
    def email(self) -> str:
        return f"old{self.n}@example.org"

    def words(self, text: str) -> str:
        return text.format(h=12 + self.n, k=614 + self.n)

    def on_record(self) -> NewCustomer:
        """As the company knows them."""
        zh = self.language == "zh"
        home = {"province": "上海市", "city": "上海市", "district": "黄浦区", "road": "南京东路", "number": "4号"}
        house = {"number": "4", "street": "Elm Street", "city": "Springfield", "state": "IL", "postcode": "62701"}
        return NewCustomer(
            name={"full": "王小明" if zh else "Ada Example"},
            phone={"e164": self.phone} if zh or self.n < 100 else None,
            email={"email": self.email},
            address=home if zh else house,
            no=self.no,
            locale="zh-CN" if zh else "en",
        )


@dataclass(frozen=True)
class Act:
    """What arrived. `text` is None for the n-th code and for an answer to the receipt."""

    id: str
    at: dt.datetime
    text: str | None = None
    code: int = 0


@dataclass(frozen=True)
class Approval:
    """A reviewer approves what this chat filed."""


class Chat:
    """One person's chat with one company, lived or replayed."""

    def __init__(self, company: Several, person: Person, start: dt.datetime) -> None:
        self.company, self.person, self.start = company, person, start
        self.stage, self.codes, self.number = "", 0, ""
        self.arrived: list[Act | Approval] = []
        self.count: Counter[str] = Counter()
        self._answers: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}
        self._seen = 0

    def begin(self) -> None:
        """The company's app says whose chat it is."""
        link = {"channel": "api", "chat": self.person.chat, "customer": self.person.no}
        self.company.insist("links", link, key=f"link-{self.person.chat}")

    def replay(self, arrived: Sequence[Act | Approval]) -> None:
        """The same messages in the order in which they arrived elsewhere, each once."""
        self.begin()
        for act in arrived:
            self.approve() if isinstance(act, Approval) else self.hear(act)

    def hear(self, act: Act) -> None:
        """A message arrives and is answered."""
        self._answered(act, self.send(act))

    def send(self, act: Act) -> dict[str, Any]:
        """Post a message; the same id as before gets the same answer."""
        body = {"channel": "api", "chat": self.person.chat, "id": act.id, "at": act.at.isoformat()}
        if act.text is not None:
            body["text"] = act.text
        elif act.code:
            body["text"] = self.company.outside.code(self.address, act.code)
        else:
            body["button"] = f"receipt.right:{self.number}"
        if (before := self._answers.get(act.id)) is not None:
            body = before[0]
        answer = self.company.insist("messages", body)
        known = self._answers.setdefault(act.id, (body, answer["replies"]))
        assert known[1] == answer["replies"], "the same id, the same answer"
        return answer

    @property
    def address(self) -> str:
        """Where this customer's codes go."""
        return self.person.phone if self.person.on_record().phone else self.person.email

    def _answered(self, act: Act, answer: dict[str, Any]) -> None:
        self.arrived.append(act)
        self.stage = answer["conversation"]["stage"]
        for reply in answer["replies"]:
            self._seen = max(self._seen, reply["seq"])
            self.codes += reply["id"] in SENT
            if reply["id"] == "filed":
                self.number = NUMBER.findall(reply["text"])[0]

    def approve(self) -> None:
        """The reviewer looks and approves; the receipt comes."""
        self.arrived.append(Approval())
        path = f"change-requests/{self.number}"
        digest = self.company.insist(path, who=REVIEWER)["digest"]
        decision = {"decision": "approve", "digest": digest}
        self.company.insist(f"{path}/decisions", decision, who=REVIEWER, key=f"approve-{self.person.chat}")
        end = time.monotonic() + PATIENCE
        while not any(one["id"] == "receipt" for one in self.said(self._seen)):
            assert time.monotonic() < end, f"no receipt for {self.person.chat}"
            time.sleep(0.5)

    def said(self, after: int = 0) -> list[dict[str, Any]]:
        """Every message of the chat."""
        found, cursor = list[dict[str, Any]](), str(after)
        while True:
            page = self.company.insist(f"chats/api/{self.person.chat}/messages?after={cursor}")
            if not page["items"]:
                return found
            found += page["items"]
            cursor = page["next"]


class Lively(Chat):
    """A chat as it goes: messages come twice, at the same time, late, in another order than they were written."""

    def __init__(self, company: Several, person: Person, start: dt.datetime, seed: str, seconds: float) -> None:
        super().__init__(company, person, start)
        self._chance = Random(f"{seed}/{person.n}")
        self._begun, self._pace, self._steps = time.monotonic(), seconds / 9, 0
        self._written = 0

    def live(self) -> None:
        """From the first word as far as this person goes."""
        with ThreadPoolExecutor(4) as hands:
            self._hands = hands
            self._wait()
            self.begin()
            self._talk()
            if self.person.kind is Kind.CANCELLED:
                self._deliver(self._write(CANCEL))
            elif self.person.kind is not Kind.SUMMARY:
                self._go_on()
            if self.person.kind is Kind.CONFIRMED:
                self._wait()
                self.approve()
                self._deliver(self._write(None))
            self._again()

    def _write(self, text: str | None, code: int = 0) -> Act:
        """A message is written, ten seconds after the one before."""
        self._written += 1
        at = self.start + dt.timedelta(seconds=10 * self._written)
        return Act(f"m{self._written}", at, None if text is None else self.person.words(text), code)

    def _talk(self) -> None:
        """Four messages, two of which arrive the other way round, or at the same moment."""
        words = [self._write(text) for text in WORDS[self.person.kind]]
        pair, together = self._chance.randrange(3), self._chance.random() < 0.5
        for act in words[:pair]:
            self._deliver(act)
        first, second = words[pair : pair + 2]
        if together:
            self._race(first, second)
        else:
            self._deliver(second)
            self._deliver(first)
            self.count["out of order"] += 1
        for act in words[pair + 2 :]:
            self._deliver(act)

    def _race(self, first: Act, second: Act) -> None:
        """Both at once to whichever server; the order is the one that the database accepted."""
        self._wait()
        posted = {act: self._hands.submit(self.send, act) for act in (first, second)}
        answers = {act: future.result() for act, future in posted.items()}
        spoken = [one["text"] for one in self.said() if one["author"] == "customer"]
        ordered = sorted(answers, key=lambda act: spoken.index(act.text))
        for act in ordered:
            self._answered(act, answers[act])
        self.count["at the same moment"] += 1
        self.count["out of order"] += ordered[0] is second

    def _go_on(self) -> None:
        """Answer what the bot asks until it has filed."""
        late = self._chance.random() < 0.5
        for _ in range(TURNS):
            match self.stage:
                case "confirming":
                    held_up = self._write(LATE[self.person.language]) if late else None
                    self._deliver(self._write(YES[self.person.language]))
                    if held_up is not None and self.stage == "verifying":
                        self._deliver(held_up)
                        self.count["out of order"] += 1
                    late = False
                case "verifying":
                    self._deliver(self._write(None, self.codes))
                case _ if self.number:
                    return
                case _:
                    self._deliver(self._write(WHOLE[self.person.language]))
        raise AssertionError(f"{self.person.chat} was not filed, it is {self.stage}: {self.said()[-6:]}")

    def _deliver(self, act: Act) -> None:
        """A message arrives, perhaps several times at once, perhaps followed by one that was there before."""
        self._wait()
        copies = self._chance.choice((0, 0, 0, 1, 2))
        twins = [self._hands.submit(self.send, act) for _ in range(copies)]
        answer = self.send(act)
        for twin in twins:
            assert twin.result()["replies"] == answer["replies"], "the same id, the same answer"
        self.count["redelivered"] += copies
        self._answered(act, answer)
        if self._chance.random() < 0.4:
            self._again()

    def _again(self) -> None:
        """A message that came before comes once more, after later ones."""
        heard = [act for act in self.arrived if isinstance(act, Act)]
        self.send(self._chance.choice(heard))
        self.count["redelivered"] += 1
        self.count["again, late"] += 1

    def _wait(self) -> None:
        """Until the moment this chat has for its next step; a chat that is behind does not wait."""
        moment = self._begun + self._pace * (self._steps + self._chance.random())
        self._steps += 1
        time.sleep(max(0.0, moment - time.monotonic()))
