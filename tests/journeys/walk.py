"""Walks a journey: a YAML file that a non-programmer can read and write (README.md says how)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.verdict import Verdict
from dialogs.offline import Way
from dialogs.request import ChangeRequest
from dialogs.types import Attachment, Conversation, Inbound
from nlu.replaced import replaced
from nlu.types import Language
from nlu.values.present import present
from store.conversations import ClaimConflict
from store.said import Said
from tests.journeys.world import CHANNEL, World

CUSTOMERS = {
    "en": {
        "name": "Ana Lopez",
        "number": "CUST202601010001",
        "phone": "+1 217 555 0144",
        "email": "ana@example.com",
        "address": "47 Elm Street, Springfield, IL 62701",
    },
    "zh": {
        "name": "王小明",
        "number": "CUST202601010002",
        "phone": "13800004417",
        "email": "wang@example.com",
        "address": "上海市徐汇区漕溪北路398号2号楼1201室",
    },
}
REGIONS = {"en": "US", "zh": "CN"}
VERDICTS = {"approves": Verdict.APPROVE, "rejects": Verdict.REJECT, "returns": Verdict.RETURN}
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
ACTIONS = ("customer", "tap", "code", "sends", "opens link", "shares", "again", "later", "staff", "check-ins",
           "elsewhere", "targets", "now", "not me", "burst", "same id", "process")  # fmt: skip
CHECKS = ("frozen", "risks", "reverted", "bot", "says", "never", "stage", "owner", "flagged", "request", "requests",
          "shown", "hidden", "record", "waiting", "notice", "draft", "language", "reason given")  # fmt: skip


def read_journey(path: Path) -> dict[str, Any]:
    """The journey in a file."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def settings_of(journey: Mapping[str, Any]) -> dict[str, object]:
    """The configuration that a journey wants."""
    language = journey["language"]
    return {"locale": language, "region": REGIONS[language], **journey.get("settings", {})}


class Walk:
    """One journey on its way. What was heard since the last thing that happened is what a step's checks look at."""

    def __init__(self, journey: Mapping[str, Any], world: World) -> None:
        self.journey, self.world, self.language = journey, world, Language(journey["language"])
        self.transcript: list[str] = []
        self.heard: list[Said] = []
        self.seen: dict[str, int] = {}
        self.buttons: list[tuple[str, str]] = []
        self.typed: list[str] = []
        self.tokens: list[str] = []
        self.others: list[str] = []
        self.last: Inbound | None = None
        self.notices = 0
        region = REGIONS[journey["language"]]
        given = CUSTOMERS[journey["language"]] | journey.get("customer", {})
        self.given = {key: value for key, value in given.items() if value is not None}
        self.customer = world.customer(self.given, region, journey["language"])
        for other in journey.get("others", ()):
            self.others.append(world.customer({"name": "Somebody Else"} | other, region, journey["language"]))
        self.known = self._contacts()
        if journey.get("linked", True):
            world.link("here", self.customer)
        world.forward(span(journey.get("linked since", "3d")))
        self._listen("here")
        self.heard = []

    def run(self) -> None:
        """Every step; a failure shows the transcript."""
        for number, step in enumerate(self.journey["steps"], 1):
            unknown = set(step) - {*ACTIONS, *CHECKS, "chat", "text", "reason", "refused", "of", "by", "ago", "sent"}
            assert not unknown, f"step {number}: nobody knows {sorted(unknown)}"
            try:
                self._act(step)
                for check in CHECKS:
                    if check in step:
                        getattr(self, f"_check_{check.replace(' ', '_')}")(step[check], step.get("chat", "here"))
            except Exception as failure:
                told = "\n".join(self.transcript)
                raise AssertionError(f"step {number} {step}\n{failure!r}\n{failure}\n--- so far\n{told}") from failure
        self._nothing_leaked()

    # --- what happens ----------------------------------------------------------------------------------------------

    def _act(self, step: Mapping[str, Any]) -> None:
        (action,) = [name for name in ACTIONS if name in step]
        given, chat = step[action], step.get("chat", "here")
        if action not in ("later", "now"):
            self.world.forward(dt.timedelta(seconds=20))
        self.heard, self.notices = [], len(self.world.received)
        self._tell("--" if action in ("later", "staff") else "customer", f"{action}: {given} {step.get('text', '')}")
        act: dict[str, Callable[[], object]] = {
            "customer": lambda: self._send(chat, sent=step.get("sent"), text=given),
            "burst": lambda: [self._send(chat, text=text) for text in given],
            "same id": lambda: self._same_id(given),
            "process": self.world.restart,
            "tap": lambda: self._send(chat, button=self._button(given)),
            "code": lambda: self._send(chat, text=self._code(given)),
            "sends": lambda: self._send(chat, attachment=Attachment(given)),
            "shares": lambda: self._send(chat, vouched=self._number(given)),
            "opens link": lambda: self._send(chat, link_token=self._token(given)),
            "again": self._again,
            "later": lambda: self.world.forward(span(given)),
            "now": lambda: None,
            "staff": lambda: self._staff(given, step, chat),
            "check-ins": self.world.plan_check_ins,
            "elsewhere": lambda: self._elsewhere(given),
            "not me": lambda: self._not_me(given),
            "targets": lambda: setattr(self.world, "refusing", given == "refuse"),
        }
        act[action]()
        self._listen(chat)

    def _send(self, chat: str, *, sent: str | None = None, **content: Any) -> None:
        inbound = self.world.inbound(chat, **content)
        self.last = inbound if sent is None else replaced(inbound, at=inbound.at - span(sent))
        self.world.turn(self.last)

    def _again(self) -> None:
        """The channel delivers the last message once more: same answer, no other effect."""
        assert self.last is not None
        chat = self.last.chat
        before = (self.world.said(chat), len(self.world.requests()), len(self.world.received))
        answer = self.world.turn(self.last)
        assert (self.world.said(chat), len(self.world.requests()), len(self.world.received)) == before
        self.heard = list(answer)

    def _same_id(self, text: str) -> None:
        """The channel uses the id of the last message for another body: refused, and nothing happens."""
        assert self.last is not None
        before = (self.world.said(self.last.chat), len(self.world.requests()), len(self.world.received))
        with pytest.raises(ClaimConflict):
            self.world.turn(replaced(self.last, text=text, button=None, attachment=None))
        assert (self.world.said(self.last.chat), len(self.world.requests()), len(self.world.received)) == before

    def _button(self, wanted: str) -> str:
        """The latest button with this label; "old LABEL" is the one of the same label before that."""
        label = wanted.removeprefix("old ")
        found = [id for id, text in self.buttons if label in (text, id, id.partition(":")[0])]
        assert found, f"there is no button {label!r} among {self.buttons}"
        return list(dict.fromkeys(reversed(found)))[1] if wanted != label else found[-1]

    def _code(self, which: str) -> str:
        """The code as the customer reads it: phone, email, new (the latest new contact), wrong, old PLACE, same."""
        if which == "same":
            return self.typed[-1]
        place = which.removeprefix("old ")
        addresses = {"phone": self.known.get("phone"), "email": self.known.get("email")}
        if place == "new":
            news = [address for address, _ in self.world.received if address not in self.known.values()]
            addresses["new"] = news[-1] if news else None
        if which == "wrong":
            sent = {code for address, _ in self.world.received for code in self.world.codes(address)}
            code = next(c for c in ("135791", "135792", "135793") if c not in sent)
        else:
            codes = self.world.codes(addresses[place] or "")
            assert codes, f"no code came to {place}"
            code = codes[-2] if which != place else codes[-1]
        self.typed.append(code)
        return code

    def _number(self, which: str) -> str:
        """The number that the messenger vouches for: the one on file, or any other."""
        return self.known["phone"] if which == "phone" else which

    def _token(self, which: str) -> str:
        if which == "forged":
            return "A" * 43
        if which == "same":
            return self.tokens[-1]
        hours, whose = dt.timedelta(hours=24), self.others[0] if which == "of another" else self.customer
        token = self.world.write(lambda uow: uow.customers.link_token(whose, self.world.now, hours))
        if which == "expired":
            self.world.forward(hours)
        self.tokens.append(token)
        return token

    def _staff(self, given: str, step: Mapping[str, Any], chat: str) -> None:
        name, _, verb = given.partition(" ")
        settles = verb in ("upholds", "reverts", "reverts in person", "releases")
        if settles:
            number = self._latest(step.get("of")).number if verb != "releases" else ""
            decision = self.world.settle(chat, number, name, verb, step.get("reason", ""))
        elif verb in ("calls back", "sees in person"):
            decision = self.world.vouch(chat, name, "callback" if verb == "calls back" else "in person")
        elif verb.startswith("starts "):
            decision = self.world.start_change(chat, name, verb.removeprefix("starts "), step["text"])
        elif verb.startswith("enters "):
            ago, way = span(step.get("ago", "1h")), Way(step["by"])
            decision = self.world.enter(self.customer, name, verb.removeprefix("enters "), step["text"], way, ago)
        elif verb in VERDICTS:
            number = self._latest(step.get("of")).number
            decision = self.world.verdict(number, name, VERDICTS[verb], step.get("reason", ""))
        else:
            decision = self.world.staff(chat, name, verb, step.get("text", ""))
        refused = decision.refused.value if decision.refused is not None else None
        assert refused == step.get("refused"), f"refused: {refused}"

    def _not_me(self, given: str) -> None:
        """The button on the page that came with the latest notice to the phone or mailbox; "again PLACE" is pressed
        once more, and nothing comes of it."""
        place = given.removeprefix("again ")
        pages = self.world.pages(self.known[place])
        assert pages, f"no page came to {place}"
        assert self.world.not_me(pages[-1]) is (place == given)

    def _elsewhere(self, given: Mapping[str, str]) -> None:
        for field, text in given.items():
            value = self.world.standard(field, text, REGIONS[self.language.value])
            self.world.another_change(self.customer, field, value)

    # --- what is checked -------------------------------------------------------------------------------------------

    def _check_bot(self, ids: list[str], chat: str) -> None:
        said = [line.id for line in self.heard]
        if "intro" not in ids:
            said = [id for id in said if id != "intro"]
        assert said == ids, f"the bot said {said}"

    def _check_says(self, fragments: list[str], chat: str) -> None:
        for fragment in fragments:
            assert fragment in self._words(), f"nobody said {fragment!r}"

    def _check_never(self, fragments: list[str], chat: str) -> None:
        for fragment in fragments:
            assert fragment not in self._words(), f"the bot said {fragment!r}"

    def _words(self) -> str:
        return "\n".join(
            (*(line.text for line in self.heard), *(text for line in self.heard for _, text in line.buttons))
        )

    def _check_shown(self, fragments: list[str], chat: str) -> None:
        """What the customer's own channel shows; staff never read it."""
        words = "\n".join(line.text for line in self.world.shown(chat))
        for fragment in fragments:
            assert fragment in words, words
        self._check_hidden(fragments, chat)

    def _check_hidden(self, fragments: list[str], chat: str) -> None:
        """What staff cannot read anywhere in the chat."""
        for fragment in fragments:
            assert not any(fragment in line.text for line in self.world.said(chat)), f"staff read {fragment!r}"

    def _check_stage(self, stage: str, chat: str) -> None:
        assert self._here(chat).stage == stage, self._here(chat).stage

    def _check_owner(self, owner: str | None, chat: str) -> None:
        assert self._here(chat).owner == owner, self._here(chat).owner

    def _check_flagged(self, reason: str | None, chat: str) -> None:
        assert self._here(chat).flagged == reason, self._here(chat).flagged

    def _check_language(self, language: str, chat: str) -> None:
        assert self._here(chat).language == language

    def _check_draft(self, fields: list[str], chat: str) -> None:
        draft = self._here(chat).draft
        held = [item.field for item in draft.items] if draft is not None else []
        assert held == fields, f"the draft is of {held}"

    def _check_waiting(self, fields: list[str], chat: str) -> None:
        held = [item.field for item in self._here(chat).queue]
        assert held == fields, f"waiting: {held}"

    def _check_frozen(self, frozen: bool, chat: str) -> None:
        held = self.world.read(lambda uow: uow.protection.is_frozen(self.customer))
        assert held is frozen, f"frozen: {held}"

    def _check_reverted(self, wanted: Mapping[str, str], chat: str) -> None:
        """The state of the request before the latest one of a field: the one that was put back."""
        for field, state in wanted.items():
            found = [request for request in self.world.requests() if request.field == field]
            assert found[-2].state == state, found[-2].state

    def _check_risks(self, wanted: Mapping[str, list[str]], chat: str) -> None:
        for field, risks in wanted.items():
            assert list(self._latest(field).risks) == risks, self._latest(field).risks

    def _check_request(self, wanted: Mapping[str, str], chat: str) -> None:
        for field, state in wanted.items():
            assert self._latest(field).state == state, f"{field}: {self._latest(field).state}"

    def _check_reason_given(self, wanted: Mapping[str, str | None], chat: str) -> None:
        """The reason that the customer volunteered, as the checkers read it."""
        for field, reason in wanted.items():
            assert self._latest(field).reason == reason, self._latest(field).reason

    def _check_requests(self, count: int, chat: str) -> None:
        assert len(self.world.requests()) == count, len(self.world.requests())

    def _check_record(self, wanted: Mapping[str, str | None], chat: str) -> None:
        for field, text in wanted.items():
            value = self.world.on_record(self.customer, field)
            shown = None if value is None else present(field, value, language=self.language)
            assert shown == text, f"on record: {shown!r} {value}"

    def _check_notice(self, wanted: Mapping[str, list[str]], chat: str) -> None:
        """What arrived, in this step, at the old phone or mailbox, or at a "new" one."""
        arrived = self.world.received[self.notices :]
        for place, fragments in wanted.items():
            texts = [
                text
                for address, text in arrived
                if address == self.known.get(place) or (place == "new" and address not in self.known.values())
            ]
            assert texts, f"nothing arrived at {place}: {arrived}"
            for fragment in fragments:
                assert any(fragment in text for text in texts), texts

    def _nothing_leaked(self) -> None:
        """A code is never kept where staff can read it, and nothing waits that could not be done."""
        for chat in self.seen:
            for line in self.world.said(chat):
                assert not any(code in line.text for code in self.typed), "a code is shown to staff"
        parked = self.world.read(lambda uow: uow.jobs.page("parked"))
        assert not [job for job in parked if job.kind != "sync"], parked

    # --- the rest --------------------------------------------------------------------------------------------------

    def _here(self, chat: str) -> Conversation:
        return self.world.conversation(chat)

    def _latest(self, field: str | None) -> ChangeRequest:
        found = [request for request in self.world.requests() if field in (None, request.field)]
        assert found, f"there is no request for {field}"
        return found[-1]

    def _contacts(self) -> dict[str, str]:
        part = {"phone": "e164", "email": "email"}
        return {f: value[part[f]] for f in part if (value := self.world.on_record(self.customer, f)) is not None}

    def _listen(self, chat: str) -> None:
        for line in self.world.said(chat, self.seen.get(chat, 0)):
            self.seen[chat] = line.seq
            if line.author_kind.value == "customer":
                self._tell("", f"(kept: {line.text})")
                continue
            self.heard.append(line)
            self.buttons += line.buttons
            self._tell(line.author, f"[{line.id}] {line.text} {[text for _, text in line.buttons] or ''}")

    def _tell(self, who: str, what: str) -> None:
        self.transcript.append(f"{self.world.now:%d %H:%M:%S} {who:9} {what}")


def span(text: str) -> dt.timedelta:
    """ "3d", "90m" """
    found = re.fullmatch(r"(\d+)([smhd])", text)
    assert found, text
    return dt.timedelta(**{UNITS[found[2]]: int(found[1])})


__all__ = ["CHANNEL", "Walk", "read_journey", "settings_of"]
