"""Two fraudsters, an honest customer and a company's staff, at random, on a real store.

Nothing that policy forbids is ever applied. The machine knows who holds which phone and mailbox, and who may therefore
know which code; the decisions of the application are judged against that knowledge and against `forbidden`, which is
written from the design (parts 3, 6, 7) and not from the code.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import random
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from bot.verdict import Verdict
from dialogs.offline import Way
from dialogs.request import ChangeRequest, State
from dialogs.types import Conversation
from tests.journeys.walk import CUSTOMERS
from tests.journeys.world import CHANNEL, STAFF, World, make_template, open_world

SEED = int(os.environ.get("TELLONCE_TEST_SEED") or random.SystemRandom().randrange(2**32))
LONG, GATE = bool(os.environ.get("TELLONCE_TEST_LONG")), bool(os.environ.get("CI"))
SHARDS, SEQUENCES, STEPS = 4, (2_500 if LONG else 500 if GATE else 60), (40 if LONG else 15)
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - where there is one, nothing waits for a disk

PHONE, MAILBOX = CUSTOMERS["en"]["phone"], CUSTOMERS["en"]["email"]
E164 = "+12175550144"
ANA_S_NEW_PHONE, ANA_S_NEW_MAILBOX = "+12175550177", "ana.new@example.org"
THEIR_PHONE, THEIR_MAILBOX = "+12175550166", "crook@example.org"

WANTS_OF_ANA = (
    "I moved to 12 Oak Street, Springfield, IL 62704",
    "my new phone number is 217 555 0177",
    "my email is now ana.new@example.org",
)
WANTS_OF_THIEVES = (
    "I moved to 99 Mill Lane, Springfield, IL 62704",
    "my new phone number is 217 555 0166",
    "my email is now crook@example.org",
    "my name is now Carl Crook",
)
HERS = frozenset({"12 Oak Street", ANA_S_NEW_PHONE, ANA_S_NEW_MAILBOX})
ENTERED = (
    ("phone", "217 555 0166"),
    ("email", "crook@example.org"),
    ("address", "99 Mill Lane, Springfield, IL 62704"),
)
WAYS = ("callback", "in person")
THEIRS = frozenset({"99", "Mill Lane", THEIR_PHONE, THEIR_MAILBOX, "Carl Crook", "Carl", "Crook"})
SMALL_TALK = (
    "yes",
    "no",
    "not any more",
    "it works",
    "send again",
    "start over",
    "cancel",
    "replace it",
    "that's wrong",
)
counted = {"sequences": 0, "steps": 0, "requests": 0, "applied": 0, "frozen": 0}


@dataclass(frozen=True)
class Plot:
    """What the fraudsters have got hold of: phones and mailboxes on the victim's record, and the victim's own chat."""

    name: str
    holds: frozenset[str]
    writes_in: tuple[str, ...]


PLOTS = (
    Plot("chat", frozenset(), ("ana", "b")),  # her messenger account is theirs as well
    Plot("recycled", frozenset({E164}), ("b",)),  # her old number was given to one of them
    Plot("mailbox", frozenset({MAILBOX}), ("b",)),
)


@cache
def template() -> Path:
    return make_template(Path(tempfile.mkdtemp(prefix="tellonce-fraud-")))


class Fraud(RuleBasedStateMachine):
    """Ana, who changes her own details; two fraudsters, one in a chat, one at a new number; an agent and two approvers
    who do whatever they are asked."""

    def __init__(self) -> None:
        super().__init__()
        counted["sequences"] += 1
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY)))
        self.world: World = self.stack.enter_context(open_world(template(), folder, {}))
        self.ana = self.world.customer(CUSTOMERS["en"], "US", "en")
        self.world.link("ana", self.ana)
        self.world.forward(dt.timedelta(days=3))
        self.applied: set[str] = set()
        self.frozen = False  # after the last act

    @initialize(plot=st.sampled_from(PLOTS))
    def begins(self, plot: Plot) -> None:
        self.plot = plot

    def teardown(self) -> None:
        counted["requests"] += len(self.world.requests())
        counted["applied"] += len(self.applied)
        self.stack.close()

    # --- Ana -------------------------------------------------------------------------------------------------------

    @rule(words=st.sampled_from(WANTS_OF_ANA))
    def ana_wants(self, words: str) -> None:
        self._send("ana", text=words)

    @rule()
    def ana_goes_on(self) -> None:
        """She agrees to what is hers, and types a code that reached her for a change of hers."""
        here = self._here("ana")
        if here is None or here.draft is None:
            return
        if not all(set(item.value.values()) <= self._hers(item.field) for item in here.draft.items):
            return
        self._go_on("ana", self._reaches_ana())

    @rule(words=st.sampled_from(WANTS_OF_ANA))
    def ana_carries_through(self, words: str) -> None:
        """From the first word to the request, as far as she gets."""
        self.ana_wants(words)
        for _ in range(5):
            self.ana_goes_on()

    # --- the fraudsters --------------------------------------------------------------------------------------------

    @rule(words=st.sampled_from(WANTS_OF_THIEVES), data=st.data())
    def thief_wants(self, words: str, data: st.DataObject) -> None:
        self._send(data.draw(st.sampled_from(self.plot.writes_in)), text=words)

    @rule(words=st.sampled_from(SMALL_TALK), data=st.data())
    def thief_says(self, words: str, data: st.DataObject) -> None:
        self._send(data.draw(st.sampled_from(self.plot.writes_in)), text=words)

    @rule()
    def thief_claims_to_be_ana(self) -> None:
        self._send("b", text=CUSTOMERS["en"]["number"])

    @rule(data=st.data())
    def thief_goes_on(self, data: st.DataObject) -> None:
        self._go_on(data.draw(st.sampled_from(self.plot.writes_in)), self._reaches_thieves())

    @rule(words=st.sampled_from(WANTS_OF_THIEVES), data=st.data())
    def thief_carries_through(self, words: str, data: st.DataObject) -> None:
        chat = data.draw(st.sampled_from(self.plot.writes_in))
        self._send(chat, text=words)
        for _ in range(6):
            self._go_on(chat, self._reaches_thieves())

    @rule(data=st.data())
    def thief_tries_a_code(self, data: st.DataObject) -> None:
        """Any code that ever reached them, or a guess."""
        codes = sorted({code for at in self._reaches_thieves() for code in self.world.codes(at)[-4:]})
        code = data.draw(st.sampled_from([*codes, "246801"]))
        self._send(data.draw(st.sampled_from(self.plot.writes_in)), text=code)

    @rule(address=st.sampled_from(sorted((E164, MAILBOX))), data=st.data())
    def somebody_says_not_me(self, address: str, data: st.DataObject) -> None:
        """Whoever reads there: Ana, who stops a fraud, or a fraudster, who can only delay."""
        if pages := self.world.pages(address):
            self.world.not_me(data.draw(st.sampled_from(pages[-3:])))
            self._look()

    # --- staff -----------------------------------------------------------------------------------------------------

    @rule(chat=st.sampled_from(["ana", "b"]), who=st.sampled_from(("ada", "rita")), how=st.sampled_from(WAYS))
    def agent_vouches(self, chat: str, who: str, how: str) -> None:
        """Fooled or bribed: the proof is recorded although nobody was called or seen."""
        if self._here(chat) is not None:
            self.world.vouch(chat, who, how)
            self._look()

    @rule(who=st.sampled_from(("ada", "rita")), data=st.data())
    def agent_starts_a_change(self, who: str, data: st.DataObject) -> None:
        name, text = data.draw(st.sampled_from(ENTERED))
        if self._here("ana") is not None:
            self.world.staff("ana", who, "takes over", "")
            self.world.start_change("ana", who, name, text)
            self._look()

    @rule(who=st.sampled_from(("ada", "rita")), way=st.sampled_from(list(Way)), data=st.data())
    def agent_enters_what_nobody_asked_for(self, who: str, way: Way, data: st.DataObject) -> None:
        name, text = data.draw(st.sampled_from(ENTERED))
        self.world.enter(self.ana, who, name, text, way, dt.timedelta(hours=1))
        self._look()

    @rule(who=st.sampled_from(("mei", "omar", "vera")))
    def somebody_releases(self, who: str) -> None:
        self.world.settle("ana", "", who, "releases", "It looked all right.")
        self._look()

    @rule(
        chat=st.sampled_from(["ana", "b"]),
        verb=st.sampled_from(["takes over", "hands back", "writes"]),
    )
    def agent_speaks(self, chat: str, verb: str) -> None:
        if self._here(chat) is not None:
            self.world.staff(chat, "ada", verb, "Please read me your code")
            self._look()

    @precondition(lambda self: self.world.requests())
    @rule(who=st.sampled_from(sorted(STAFF)), data=st.data())
    def somebody_approves(self, who: str, data: st.DataObject) -> None:
        request = data.draw(st.sampled_from(self.world.requests()))
        self.world.verdict(request.number, who, Verdict.APPROVE, "")
        self._look()

    @precondition(lambda self: self.world.requests())
    @rule()
    def all_is_approved(self) -> None:
        """All approvers wave everything through."""
        for request in self.world.requests():
            for who in ("mei", "rita", "omar", "sue"):
                self.world.verdict(request.number, who, Verdict.APPROVE, "")
        self._look()

    @rule(wait=st.sampled_from([dt.timedelta(minutes=11), dt.timedelta(hours=5), dt.timedelta(days=4)]))
    def time_passes(self, wait: dt.timedelta) -> None:
        counted["steps"] += 1
        self.world.forward(wait)
        self._look()

    # --- what must hold --------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """After every act: whatever was applied since the last look was not forbidden."""
        for request in self.world.requests():
            if request.applied_version is not None and request.number not in self.applied:
                self.applied.add(request.number)
                why = self._forbidden(request)
                assert why is None, f"{request.number} ({request.field}, plot {self.plot.name}) was applied: {why}"
        self.frozen = self._is_frozen()
        counted["frozen"] += self.frozen

    def _forbidden(self, request: ChangeRequest) -> str | None:
        """Why this should never have gone live; None when it might."""
        checkers = [f"staff:{approval.checker}" for approval in request.approvals]
        if set(checkers) & request.makers:
            return "a maker decided (rule 4)"
        if len(set(checkers)) < (2 if request.importance.value == "important" else 1):
            return "too few approvers"
        if not any(state is State.APPROVED for state, _ in request.history):
            return "never approved"
        if self.frozen and self._is_frozen():
            return "the customer was frozen (part 8)"
        proofs = self._proofs(request)
        if {digest for _, _, digest, _ in proofs} != {request.digest}:
            return "a proof of another change (rule 1)"
        recorded = {person for kind, _, _, person in proofs if kind != "code"}
        if recorded:
            return self._forbidden_although_recorded(request, recorded, checkers)
        if self._is_theirs(request):
            return "the fraudsters' value, although they held no contact that may prove it"
        if not {need for _, need, _, _ in proofs} - {"new_contact"}:
            return "proved by the new contact alone"
        if request.field in ("phone", "email") and "new_contact" not in {need for _, need, _, _ in proofs}:
            return "nothing was sent to the new contact"
        if request.field == "name" and "phone_on_file" not in {need for _, need, _, _ in proofs}:
            return "an important change without a phone"
        return None

    def _forbidden_although_recorded(
        self, request: ChangeRequest, recorded: set[str], checkers: list[str]
    ) -> str | None:
        """A proof that a person recorded: two others decide, every address that survives is told, and a contact that is
        changed on nobody's code but its own (or on none) waits three days."""
        if not recorded <= request.makers:
            return "who recorded the proof is no maker"
        if len(set(checkers) - recorded) < 2:
            return "recorded by one, and not decided by two others"
        told = {address for address, text in self.world.received if "/not-me/" in text}
        if not told & {E164, MAILBOX, ANA_S_NEW_PHONE, ANA_S_NEW_MAILBOX, THEIR_PHONE, THEIR_MAILBOX}:
            return "nobody on record was told"
        at = dict(request.history)
        waited = at[State.APPLIED] - at[State.APPROVED]
        if request.field in ("phone", "email") and waited < dt.timedelta(days=3):
            return f"a contact changed {waited} after its approval"
        return None

    def _proofs(self, request: ChangeRequest) -> list[tuple[str, str, str, str]]:
        marks = ",".join("?" * len(request.proofs))
        sql = f"SELECT kind, need, digest, person FROM proof WHERE id IN ({marks})"
        return self.world.read(lambda uow: uow.run(sql, request.proofs).fetchall())

    def _is_frozen(self) -> bool:
        return self.world.read(lambda uow: uow.protection.is_frozen(self.ana))

    def _is_theirs(self, request: ChangeRequest) -> bool:
        return bool(set(request.value.values()) & THEIRS)

    # --- the rest --------------------------------------------------------------------------------------------------

    def _hers(self, name: str) -> set[str]:
        match name:
            case "phone":
                return {ANA_S_NEW_PHONE}
            case "email":
                return {ANA_S_NEW_MAILBOX}
            case _:
                return {"12", "Oak Street", "Springfield", "IL", "62704", "US", "USA", "United States"}

    def _reaches_ana(self) -> set[str]:
        return ({E164, MAILBOX} - self.plot.holds) | {ANA_S_NEW_PHONE, ANA_S_NEW_MAILBOX}

    def _reaches_thieves(self) -> set[str]:
        return {THEIR_PHONE, THEIR_MAILBOX} | self.plot.holds

    def _go_on(self, chat: str, reachable: set[str]) -> None:
        """What somebody does who wants to get on: agree to the summary, type the code if it came to one of their own
        contacts, say so if it did not."""
        here = self._here(chat)
        if here is None:
            return
        match here.stage.value:
            case "confirming":
                self._send(chat, text="yes")
            case "verifying" | "linking" if here.pending is not None:
                address = next((a for a, _ in reversed(self.world.received) if self.world.codes(a)), "")
                if address in reachable:
                    self._send(chat, text=self.world.codes(address)[-1])
                else:
                    self._send(chat, text="I no longer have that phone")
            case "verifying":
                self._send(chat, text="it works")
            case "linking":
                self._send(chat, text=CUSTOMERS["en"]["number"])
            case _:
                self._send(chat, text="yes")

    def _send(self, chat: str, **content: str) -> None:
        counted["steps"] += 1
        self.world.forward(dt.timedelta(seconds=20))
        self.world.turn(self.world.inbound(chat, **content))
        self._look()

    def _here(self, chat: str) -> Conversation | None:
        return self.world.read(lambda uow: uow.conversations.find(CHANNEL, chat))


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_fraudsters_never_get_a_forbidden_change_applied(
    shard: int, record_property: Callable[[str, object], None]
) -> None:
    counted.update(dict.fromkeys(counted, 0))
    rounds = itertools.count(shard, SHARDS)
    while not counted["sequences"] or (not counted["applied"] and counted["sequences"] < 4 * SEQUENCES):
        run_state_machine_as_test(  # again, should no honest change have been applied by chance
            seed(SEED + next(rounds))(Fraud),
            settings=settings(
                max_examples=SEQUENCES,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
                print_blob=True,
            ),
        )

    told = ", ".join(f"{count} {what}" for what, count in counted.items())
    record_property("cases", f"fraud {shard}: {told}, seed {SEED}")
    assert counted["sequences"] >= SEQUENCES
    assert counted["applied"] > 0
