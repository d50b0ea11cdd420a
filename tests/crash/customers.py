"""Customers who go the whole road, each in their own way: what they do next depends on the seed and what they read."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from random import Random

from tests.crash.scene import AGENT, REVIEWER, SUPERVISOR, Person

Line = tuple[int, str, str, str, list[tuple[str, str]]]
"""One message of a chat: seq, author, sentence, text, buttons."""

NUMBER = re.compile(r"CR-\d{4}-\d{6}")
SENT = ("code-sent", "code-sent-new")
GIVES_UP = frozenset({"no-reachable-contact", "code-limit", "code-failed"})
PATIENCE = 24


@dataclass(frozen=True)
class Say:
    """A message to the bot; answered with what the bot said."""

    text: str | None = None
    button: str | None = None
    attachment: str | None = None
    link_token: str | None = None


@dataclass(frozen=True)
class Staff:
    """An act of a member of staff."""

    act: str
    name: str
    role: str = ""
    request: str = ""
    text: str = ""


@dataclass(frozen=True)
class Code:
    """Wait for the n-th code sent to this customer; answered with the code."""

    n: int


@dataclass(frozen=True)
class Receipt:
    """Wait until the bot has asked "is this right?" about this request."""

    request: str


Step = Say | Staff | Code | Receipt
Story = Generator[Step, list[Line], None]

NOISE = {
    "en": ["help", "why do you need that?", "thanks", "hm, wait a moment", "repeat that please", "blorp frandle"],
    "zh": ["帮助", "为什么要问这个?", "谢谢", "等一下", "再说一遍", "咕噜咕噜"],
}
WRITTEN = {"en": "Hello, this is Ann. May I help?", "zh": "您好,我是安,需要帮忙吗?"}
FIELDS = ("address", "phone", "email", "name", "address+phone")


class Customer:
    """One person and the chat they write in."""

    def __init__(self, person: Person, chance: Random) -> None:
        self.person, self._chance = person, chance
        self._n = int(person.no[-4:])
        self._codes = 0
        self._new: dict[str, str] = {}
        self.addresses = frozenset({person.phone, person.email, *(self._phone(k)[0] for k in range(2)), self._email()})

    def story(self) -> Story:
        """From the first word to the confirmed receipt, once or twice."""
        if self._chance.random() < 0.6:
            yield Say(link_token=self.person.link)
        fields = self._chance.sample(FIELDS, k=self._chance.choice((1, 1, 2)))
        for n, field in enumerate(fields):
            yield from self._change(field, n)

    def _change(self, field: str, n: int) -> Story:
        said = yield Say(text=self._opening(field, n))
        corrected = False
        for _ in range(PATIENCE):
            if self._chance.random() < 0.15:
                yield from self._noise()
            ids, buttons = {line[2] for line in said}, [button for line in said for button, _ in line[4]]
            if numbers := [found for line in said if line[2].startswith("filed") for found in NUMBER.findall(line[3])]:
                yield from self._decided(sorted(set(numbers)), field)
                return
            if ids & GIVES_UP:
                return
            if "link-code-sent" in ids or ids & set(SENT):
                said = yield from self._code()
            elif "ask-customer-number" in ids:
                said = yield Say(text=self.person.no)
            elif yes := next((button for button in buttons if button.startswith("consent.yes")), None):
                if not corrected and self._chance.random() < 0.3:
                    corrected = True
                    said = yield Say(text=self._correction(field))
                elif self._chance.random() < 0.08:
                    yield Say(text="cancel" if self.person.language == "en" else "取消")
                    return
                else:
                    typed = "yes" if self.person.language == "en" else "同意"
                    said = yield (Say(button=yes) if self._chance.random() < 0.6 else Say(text=typed))
            elif choice := next((b for b in buttons if b.split(":")[0] in _GOOD), None):
                said = yield Say(button=choice)
            else:
                said = yield Say(text=self._value(field, n))

    def _code(self) -> Generator[Step, list[Line], list[Line]]:
        self._codes += 1
        if self._chance.random() < 0.2:
            yield from self._takeover()
        lines = yield Code(self._codes)
        code = lines[0][3]
        if self._chance.random() < 0.25:
            yield Say(text=f"{(int(code) + 1) % 10**6:06d}")
        return (yield Say(text=code))

    def _takeover(self) -> Story:
        yield Staff("take_over", AGENT)
        yield Staff("write", AGENT, text=WRITTEN[self.person.language])
        yield Say(text=self._chance.choice(NOISE[self.person.language]))
        yield Staff("hand_back", AGENT)

    def _noise(self) -> Story:
        if self._chance.random() < 0.2:
            yield Say(attachment="voice")
        else:
            yield Say(text=self._chance.choice(NOISE[self.person.language]))

    def _decided(self, numbers: list[str], field: str) -> Story:
        for number in numbers:
            fate = self._chance.random()
            if fate < 0.1:
                yield Staff("return", REVIEWER, "reviewer", number, "Which floor, please?")
                continue
            if fate < 0.2:
                yield Staff("reject", REVIEWER, "reviewer", number, "Not convincing")
                continue
            yield Staff("approve", REVIEWER, "reviewer", number)
            if field == "name":
                yield Staff("approve", SUPERVISOR, "supervisor", number)
            yield Receipt(number)
            answer = self._chance.random()
            if answer < 0.8:
                yield Say(button=f"receipt.{'right' if answer < 0.65 else 'wrong'}:{number}")

    def _opening(self, field: str, n: int) -> str:
        en = self.person.language == "en"
        if field == "address":
            return f"Hi, I moved to {self._house(n)} Oak Street last week" if en else "我搬家了,想改一下地址"
        if field == "phone":
            return (
                f"my new phone number is {self._phone(n)[1]}" if en else f"我换手机号了,新手机号是{self._phone(n)[1]}"
            )
        if field == "email":
            return f"my new email is {self._email()}" if en else f"我的邮箱换成{self._email()}了"
        if field == "name":
            return "I got married, my name is now " + self._name() if en else f"我改名了,新名字是{self._name()}"
        both = f"I moved to {self._value('address', n)} and my new phone number is {self._phone(n)[1]}"
        return both if en else f"我搬到了{self._value('address', n)},手机号也换成{self._phone(n)[1]}了"

    def _value(self, field: str, n: int) -> str:
        match field:
            case "phone":
                return self._phone(n)[1]
            case "email":
                return self._email()
            case "name":
                return self._name()
        if self.person.language == "en":
            return f"{self._house(n)} Oak Street, Flat {self._n + 1}, Springfield 62704"
        return f"上海市浦东新区世纪大道{self._house(n)}号{self._n + 1}号楼502室"

    def _correction(self, field: str) -> str:
        en = self.person.language == "en"
        if field.startswith("address"):
            return "no, flat 9" if en else "不对,是601室"
        return "actually, wait, what happens then?" if en else "等一下,然后呢?"

    def _house(self, n: int) -> int:
        return 12 + 10 * n + self._n

    def _phone(self, n: int) -> tuple[str, str]:
        if self.person.language == "en":
            last = 50 + 3 * self._n + n
            return f"+120255501{last}", f"202-555-01{last}"
        digits = f"1391234{self._n:02d}{n}8"
        return f"+86{digits}", digits

    def _email(self) -> str:
        return f"new{self._n}@example.net"

    def _name(self) -> str:
        return (
            f"Ada Newname {chr(65 + self._n)}" if self.person.language == "en" else f"李小{'东南西北中'[self._n % 5]}"
        )


_GOOD = ("old.works", "replace.yes", "next.yes", "changed.yes", "resume.yes", "person.no", "field.pick")
