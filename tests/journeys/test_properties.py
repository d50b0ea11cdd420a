"""Random conversations on a real store, against the rules that never break (design, part 3): 1, 2, 3, 4, 7 and 9."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.verdict import Verdict
from dialogs.consent import SHOWN, digest_of
from dialogs.request import ChangeRequest, Importance
from dialogs.transitions import OPEN
from dialogs.types import Attachment, Conversation, Inbound
from nlu.types import Language
from nlu.values.present import present
from store.crypto import customer_key
from store.said import Said
from store.uow import UnitOfWork
from tests.journeys.walk import CUSTOMERS
from tests.journeys.world import CHANNEL, STAFF, World, codes_in, make_template, open_world

LONG = bool(os.environ.get("TELLONCE_TEST_LONG"))
SEED = int(os.environ.get("TELLONCE_TEST_SEED") or random.SystemRandom().randrange(2**32))
EXAMPLES, STEPS = (1500, 60) if LONG else (60, 40)

# What people say, and the fields that each speaks of.
SAYINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("I moved to 12 Oak Street last week", ("address",)),
    ("I moved to 12 Oak Street, Springfield, IL 62704", ("address",)),
    ("Springfield 62704. flat 3 actually", ("address",)),
    ("sorry, the number is 14, not 12", ()),
    ("my new phone number is 217 555 0188", ("phone",)),
    ("call me on 217 555 0199", ("phone",)),
    ("217-555-0188", ()),
    ("my email is now ana.l@example.org", ("email",)),
    ("ana.lopez@example.org", ()),
    ("i need to change my name", ("name",)),
    ("Ana Garcia", ()),
    ("I moved to 5 Pine Street, Springfield, IL 62704 and my email is now a.l@example.org", ("address", "email")),
    ("I want to change something", ()),
    ("the email", ("email",)),
    ("we will move to 9 Hill Road, Springfield, IL 62704 on 20 April", ("address",)),
    ("yes", ()), ("yes please", ()), ("no", ()), ("that's wrong", ()), ("cancel", ()), ("start over", ()), ("why?", ()),
    ("help", ()), ("repeat", ()), ("one moment", ()), ("later", ()), ("a person please", ()), ("blorp wibble", ()),
    ("it works", ()), ("not any more", ()), ("send again", ()), ("replace it", ()), ("stop asking", ()), ("thanks", ()),
    ("I lost my phone", ()), ("my friend moved", ()), ("my wife's new number is 217 555 0123", ()),
    ("我搬到上海市浦东新区世纪大道100号3号楼502室了", ("address",)),
    ("世纪大道100号3号楼502", ()), ("不对，是503室", ()),
    ("新手机号是1381234", ("phone",)), ("手机号换成13900001234", ("phone",)), ("13812345678", ()),
    ("邮箱换成xm@example.org了", ("email",)), ("想改个名字", ("name",)), ("王大明", ()),
    ("同意", ()), ("不同意", ()), ("取消", ()), ("重新开始", ()), ("为什么要问", ()), ("转人工", ()), ("没收到", ()),
    ("能收到", ()), ("收不到了", ()), ("替换", ()), ("换手机不是换手机号", ()), ("嗯", ()), ("呜啦啦", ()),
    ("CUST202601010001", ()), ("CUST202601010002", ()), ("CUST209901010001", ()),
)  # fmt: skip
ASKS = {"ask-address": "address", "ask-phone": "phone", "ask-email": "email", "ask-name": "name"}
BESIDE_A_PERSON = (
    "summary", "code-", "proof", "ask-old-works", "filed", "receipt", "no-reachable-contact", "link-code",
    "button-over", "request-", "withdrawn", "withdraw-",
)  # fmt: skip
"""Ids of what may be said while a person speaks: what belongs to the proof, and news of a request (rule 7)."""
OTHERS = {"name": "Ben Hale", "number": "CUST202601010009", "phone": "+1 217 555 0199", "email": "ben@example.com"}
SECRETS = (
    "Elm Street", "62701", "ana@example.com", "555 0144", "555-0144", "5550144", "Ana Lopez", "漕溪", "1201", "王小明",
    "wang@example.com", "13800004417", "0000 4417", "Ben", "ben@",
)  # fmt: skip
WAITS = ("1m", "11m", "3h", "26h", "8d", "100d")
counted = {"cases": 0, "steps": 0}


MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - where there is one, nothing waits for a disk


@cache
def template() -> Path:
    return make_template(Path(tempfile.mkdtemp(prefix="tellonce-properties-")))


class Company(RuleBasedStateMachine):
    """Two customers in three chats, four members of staff, and time."""

    def __init__(self) -> None:
        super().__init__()
        counted["cases"] += 1
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY)))
        self.world: World = self.stack.enter_context(open_world(template(), folder, {}))
        self.customers = {
            "ana": self.world.customer(CUSTOMERS["en"], "US", "en"),
            "wang": self.world.customer(CUSTOMERS["zh"], "CN", "zh"),
            "ben": self.world.customer(OTHERS, "US", "en"),
        }
        self.world.link("ana", self.customers["ana"])
        self.world.link("wang", self.customers["wang"])
        self.world.forward(dt.timedelta(days=3))
        self.buttons: dict[str, list[str]] = {"ana": [], "wang": [], "new": []}
        self.seen = {chat: len(self.world.said(chat)) for chat in self.buttons}
        self.mentioned: dict[str, set[str]] = {chat: set() for chat in self.buttons}
        self.shown: dict[str, str] = {}  # first digits of a digest → every word of its summary
        self.latest: dict[str, str] = {}  # chat → first digits of the summary shown last
        self.codes_of: dict[str, set[str]] = {chat: set() for chat in self.buttons}
        self.typed: dict[str, set[str]] = {chat: set() for chat in self.buttons}  # in the very chat they were sent from
        self.sent: list[tuple[Inbound, tuple[Said, ...], str | None]] = []  # and whose it is, once that is known
        self.stood: set[str] = set()  # requests whose consent and proofs were looked at; those never change
        self.consents = 0

    def teardown(self) -> None:
        self.stack.close()

    # --- what happens ----------------------------------------------------------------------------------------------

    @rule(chat=st.sampled_from(["ana", "wang", "new"]), saying=st.sampled_from(SAYINGS))
    def says(self, chat: str, saying: tuple[str, tuple[str, ...]]) -> None:
        self.mentioned[chat].update(saying[1])
        self._send(chat, text=saying[0])

    @rule(chat=st.sampled_from(["ana", "wang", "new"]), data=st.data())
    def goes_on(self, chat: str, data: st.DataObject) -> None:
        """What a customer who wants to get somewhere would do next."""
        conversation = self._here(chat)
        code = self._live_code(conversation)
        if code in self.codes_of[chat]:
            self.typed[chat].add(str(code))
        match conversation.stage if conversation else None:
            case "verifying" | "linking" if code is not None:
                self._send(chat, text=code)
            case "confirming" | "verifying" if self.buttons[chat]:
                self._tap(chat, self.buttons[chat][-3 if conversation.stage == "confirming" else -2])  # type: ignore[union-attr]
            case "linking":
                self._send(chat, text="CUST202601010001")
            case _:
                self.says(chat, data.draw(st.sampled_from([s for s in SAYINGS if s[1]])))

    @precondition(lambda self: any(self.buttons.values()))
    @rule(data=st.data())
    def taps(self, data: st.DataObject) -> None:
        """Any button ever shown in this chat."""
        chat = data.draw(st.sampled_from(sorted(chat for chat, ids in self.buttons.items() if ids)))
        self._tap(chat, data.draw(st.sampled_from(self.buttons[chat])))

    @rule(chat=st.sampled_from(["ana", "wang", "new"]), data=st.data())
    def types_some_code(self, chat: str, data: st.DataObject) -> None:
        """Wrong, old, or one that was sent to somebody else."""
        codes = sorted({code for address, _ in self.world.received for code in self.world.codes(address)})
        code = data.draw(st.sampled_from([*codes[-6:], "135791"]))
        if code in self.codes_of[chat]:
            self.typed[chat].add(code)
        self._send(chat, text=code)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def is_delivered_again(self, data: st.DataObject) -> None:
        """Rule 3: the same message, however often and late, gets the same answer and does nothing. When the chat became
        another customer's in between, the answer is not for them, and there is none."""
        inbound, answer, whose = data.draw(st.sampled_from(self.sent))
        before = self._everything()
        here = self._here(inbound.chat)
        theirs = whose is not None and here is not None and here.customer != whose
        assert self.world.turn(inbound) == (() if theirs else answer)
        assert self._everything() == before

    @rule(chat=st.sampled_from(["ana", "new"]), kind=st.sampled_from(list(Attachment)))
    def sends_something(self, chat: str, kind: Attachment) -> None:
        self._send(chat, attachment=kind)

    @rule(whose=st.sampled_from(["ana", "wang"]))
    def opens_a_link(self, whose: str) -> None:
        hours = dt.timedelta(hours=1)
        customer = self.customers[whose]
        token = self.world.write(lambda uow: uow.customers.link_token(customer, self.world.now, hours))
        self._send("new", link_token=token)

    @rule(
        chat=st.sampled_from(["ana", "wang"]),
        who=st.sampled_from(["mei", "ada"]),
        verb=st.sampled_from(["takes over", "hands back", "hands back", "writes"]),
    )
    def staff_speak(self, chat: str, who: str, verb: str) -> None:
        counted["steps"] += 1
        self.world.staff(chat, who, verb, "Hello from a person")
        self._listen(chat, owned=False)

    @precondition(lambda self: self.world.requests())
    @rule(who=st.sampled_from(sorted(STAFF)), verdict=st.sampled_from([*Verdict, Verdict.APPROVE]), data=st.data())
    def staff_decide(self, who: str, verdict: Verdict, data: st.DataObject) -> None:
        """Rule 4: whoever it is, no maker decides, and nobody twice."""
        counted["steps"] += 1
        request = data.draw(st.sampled_from(self.world.requests()))
        decision = self.world.verdict(request.number, who, verdict, "because")
        if f"staff:{who}" in request.makers or STAFF[who] == "agent":
            assert decision.refused is not None
        self._listen_all()

    @rule(wait=st.sampled_from(WAITS))
    def time_passes(self, wait: str) -> None:
        counted["steps"] += 1
        for chat in ("ana", "wang"):
            conversation = self._here(chat)
            if wait.endswith("d") and conversation is not None and conversation.owner is not None:
                self.world.staff(chat, conversation.owner, "hands back", "")  # nobody speaks for days
        unit = {"m": "minutes", "h": "hours", "d": "days"}[wait[-1]]
        self.world.forward(dt.timedelta(**{unit: int(wait[:-1])}))
        self._listen_all()

    @rule()
    def check_ins_are_planned(self) -> None:
        self.world.plan_check_ins()
        self._listen_all()

    # --- after each of them ----------------------------------------------------------------------------------------

    def _send(self, chat: str, **content: object) -> None:
        counted["steps"] += 1
        self.world.forward(dt.timedelta(seconds=20))
        self._listen_all()
        before, shown = self._here(chat), self.latest.get(chat)
        inbound = self.world.inbound(chat, **content)  # type: ignore[arg-type]
        received = len(self.world.received)
        answer = self.world.turn(inbound)
        after = self._here(chat)
        self.sent.append((inbound, answer, None))
        if (
            after is not None and after.customer is not None
        ):  # and what was said before anybody's was known becomes theirs
            self.sent = [
                (one, said, after.customer if whose is None and one.chat == chat else whose)
                for one, said, whose in self.sent
            ]
        for _, text in self.world.received[received:]:
            self.codes_of[chat].update(codes_in(text))
        self._consented(inbound, shown)
        self._listen(chat, owned=before is not None and before.owner is not None)
        self._listen_all()

    def _tap(self, chat: str, button: str) -> None:
        verb, _, subject = button.partition(":")
        if verb in ("field.pick", "changed.yes", "next.yes"):
            self.mentioned[chat].add(subject)
        if verb == "checkin.changed":
            self.mentioned[chat] |= {"phone", "email", "address"}
        self._send(chat, button=button)

    def _consented(self, inbound: Inbound, shown: str | None) -> None:
        """Rule 1: consent is to the summary that was shown last, by a "yes" or by its own button."""
        rows = self._rows("SELECT digest, how FROM consent ORDER BY audit")
        for digest, how in rows[self.consents :]:
            if how == "button":
                assert inbound.button == f"consent.yes:{digest[:SHOWN]}"
            assert digest[:SHOWN] == shown
        self.consents = len(rows)

    def _listen_all(self) -> None:
        for chat in self.buttons:
            conversation = self._here(chat)
            self._listen(chat, owned=conversation is not None and conversation.owner is not None)

    def _listen(self, chat: str, *, owned: bool) -> None:
        lines = self.world.said(chat, self.seen[chat])
        self.seen[chat] += len(lines)
        bot = [line for line in lines if line.author_kind.value == "bot"]
        summary = "\n".join(line.text for line in bot if line.id.startswith("summary"))
        for line in bot:
            assert not owned or line.id.startswith(BESIDE_A_PERSON), f"rule 7: {line.id}"
            self._asks_only_what_is_needed(chat, line)
            self._discloses_nothing(chat, line)
            self.buttons[chat] += [id for id, _ in line.buttons]
            for id, _ in line.buttons:
                if id.startswith("consent.yes:"):
                    self.latest[chat] = id.partition(":")[2]
                    self.shown[self.latest[chat]] = summary
        for line in lines:
            assert not any(code in line.text for code in self.typed[chat]), "a code is kept where staff can read it"

    def _asks_only_what_is_needed(self, chat: str, line: Said) -> None:
        """Rule 2."""
        if line.id in ASKS:
            assert ASKS[line.id] in self.mentioned[chat], f"rule 2: {line.id} after {self.mentioned[chat]}"

    def _discloses_nothing(self, chat: str, line: Said) -> None:
        """Rule 9: nobody in these chats ever types one of the first values, so nobody is ever shown one."""
        if line.id == "request-returned":
            return
        assert not [secret for secret in SECRETS if secret in line.text], f"rule 9: {line.text}"
        conversation = self._here(chat)
        if conversation is None or conversation.customer is None:
            assert not [part for part in ("0144", "4417", "••") if part in line.text], f"rule 9: {line.text}"

    @invariant()
    def every_request_keeps_the_rules(self) -> None:
        """Looked at in one go: a snapshot costs more than what is looked at."""

        def look(uow: UnitOfWork) -> None:
            requests = uow.requests.page()
            for request in requests:
                if request.number not in self.stood:
                    self._stands_on_consent_and_proof_of_exactly_its_change(uow, request)
                self._nobody_decided_alone(request)
            undecided = [(request.customer, request.field) for request in requests if request.state in OPEN]
            assert len(set(undecided)) == len(undecided)
            live = uow.run("SELECT customer, field FROM value_version WHERE valid_to IS NULL").fetchall()
            assert len(set(live)) == len(live)
            assert not uow.jobs.page("parked")
            self.stood |= {request.number for request in requests}

        self.world.read(look)

    def _stands_on_consent_and_proof_of_exactly_its_change(self, uow: UnitOfWork, request: ChangeRequest) -> None:
        row = uow.run("SELECT digest, form, nonce FROM consent WHERE id = ?", (request.consent,)).fetchone()
        digest, form, nonce = (
            row[0],
            *(
                uow.seal.open(customer_key(request.customer), sealed, f"consent.{name}", request.consent).decode()
                for name, sealed in (("form", row[1]), ("nonce", row[2]))
            ),
        )
        assert request.digest == digest == digest_of(form, nonce)
        agreed = json.loads(form)
        assert agreed["customer"] == request.customer
        (item,) = [item for item in agreed["items"] if item["field"] == request.field]
        assert item["value"] == dict(request.value)
        words = self.shown[digest[:SHOWN]]
        assert any(present(request.field, request.value, language=language) in words for language in Language)

        marks = ",".join("?" * len(request.proofs))
        proofs = uow.run(f"SELECT digest, need, contact FROM proof WHERE id IN ({marks})", request.proofs).fetchall()
        assert {proof[0] for proof in proofs} == {digest}
        needs = {proof[1] for proof in proofs}
        assert needs - {"new_contact"}, "proved by the new contact alone"
        assert request.field not in ("phone", "email") or "new_contact" in needs
        assert request.field != "name" or "phone_on_file" in needs

    def _nobody_decided_alone(self, request: ChangeRequest) -> None:
        """Rule 4."""
        checkers = [f"staff:{approval.checker}" for approval in request.approvals]
        assert not set(checkers) & request.makers
        assert len(set(checkers)) == len(checkers)
        assert all(approval.digest == request.digest for approval in request.approvals)
        if request.applied_version is not None:
            assert len(checkers) >= (2 if request.importance is Importance.IMPORTANT else 1)

    # --- the rest --------------------------------------------------------------------------------------------------

    def _here(self, chat: str) -> Conversation | None:
        return self.world.read(lambda uow: uow.conversations.find(CHANNEL, chat))

    def _rows(self, sql: str) -> list[tuple[str, ...]]:
        return self.world.read(lambda uow: uow.run(sql).fetchall())

    def _everything(self) -> tuple[object, ...]:
        tables = ("message", "change_request", "consent", "proof", "challenge", "notice", "audit_entry", "job")
        counts = tuple(self._rows(f"SELECT COUNT(*) FROM {table}")[0] for table in tables)
        return (*counts, len(self.world.received))

    def _live_code(self, conversation: Conversation | None) -> str | None:
        """The code that was sent last, as the customer reads it; None when none is awaited."""
        if conversation is None or conversation.pending is None or not self.world.received:
            return None
        codes = self.world.codes(self.world.received[-1][0])
        if not codes:
            return None
        if codes[-1] not in set().union(*self.codes_of.values()):
            return None
        return codes[-1]


@pytest.mark.slow
def test_random_conversations_break_no_rule(record_property: Callable[[str, object], None]) -> None:
    run_state_machine_as_test(
        seed(SEED)(Company),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            print_blob=True,
        ),
    )

    told = f"random conversations: {counted['cases']} cases, {counted['steps']} steps, seed {SEED}"
    record_property("cases", told)
    assert counted["cases"] >= EXAMPLES
