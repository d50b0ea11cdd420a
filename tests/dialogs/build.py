"""Values to test the dialog with, and a chat that keeps the facts a store would."""

from __future__ import annotations

import datetime as dt

from dialogs.decide import decide
from dialogs.effects import Decision, Effect, SendCode
from dialogs.expects import expects
from dialogs.facts import CodeOutcome, Facts, Fresh, OnRecord
from dialogs.policy import FieldPolicy, Policy
from dialogs.request import Importance
from dialogs.types import Attachment, Conversation, Inbound, Need, Reply
from nlu.replaced import replaced
from nlu.types import (
    Act,
    Alarm,
    Candidate,
    Cue,
    Holder,
    Language,
    Operation,
    Polarity,
    Problem,
    Understanding,
    When,
)

NOW = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)
LONG_AGO = NOW - dt.timedelta(days=400)
ANA = "customer-ana"
TWO_PROOFS = (Need.ON_FILE, Need.NEW_CONTACT)

POLICY = Policy(
    company="Acme",
    fields={
        "address": FieldPolicy("address", recipients=("CRM", "Orders", "Logistics")),
        "phone": FieldPolicy("phone", proofs=TWO_PROOFS, recipients=("CRM",)),
        "email": FieldPolicy("email", proofs=TWO_PROOFS, recipients=("CRM",)),
        "name": FieldPolicy("name", importance=Importance.IMPORTANT, proofs=(Need.PHONE_ON_FILE,)),
        "bank_account": FieldPolicy(
            "bank_account", importance=Importance.IMPORTANT, sensitive=True, proofs=(Need.PHONE_ON_FILE,)
        ),
        "company": FieldPolicy("company", enabled=False),
    },
)
PHONE = OnRecord("v-phone", "phone", "••• ••• 4417", LONG_AGO, NOW - dt.timedelta(days=10))
EMAIL = OnRecord("v-email", "email", "a•••@•••", LONG_AGO, NOW - dt.timedelta(days=10))
ADDRESS = OnRecord("v-address", "address", "••47", LONG_AGO, None)
RECORD = {"phone": PHONE, "email": EMAIL, "address": ADDRESS}
LINKED = Facts(customer=ANA, record=RECORD, sends_left=5, attempts_left=4, linked_at=LONG_AGO, next_number=123)
UNLINKED = Facts(sends_left=5, attempts_left=4)

OAK = {"number": "12", "street": "Oak Street", "city": "Springfield", "postcode": "62704"}


def cue(field: str, operation: Operation = Operation.CHANGED, **more: object) -> Cue:
    """An asserted cue of the customer's own."""
    bare = Cue(field, operation, Holder.SELF, Polarity.ASSERTED, When(), 0.95, (0, 1))
    return replaced(bare, **more)  # type: ignore[arg-type] # the keywords are Cue's own fields


def candidate(field: str, problem: Problem | None = None, **value: str) -> Candidate:
    """A value found in the text."""
    return Candidate(field, "", (0, 0), value, (), problem)


def read(
    *acts: Act,
    starts: tuple[str, ...] = (),
    asks: tuple[str, ...] = (),
    cues: tuple[Cue, ...] | None = None,
    values: tuple[Candidate, ...] = (),
    alarms: tuple[Alarm, ...] = (),
    chosen: tuple[str, ...] = (),
    number: str | None = None,
    language: Language = Language.EN,
) -> Understanding:
    """What was understood; a field that starts has a cue unless `cues` says otherwise."""
    return Understanding(
        language=language,
        acts=frozenset(acts),
        cues=tuple(cue(field) for field in starts) if cues is None else cues,
        candidates=values,
        starts=starts,
        asks=asks,
        alarms=frozenset(alarms),
        chosen=chosen,
        customer_number=number,
    )


YES, NO = read(Act.AFFIRM), read(Act.DENY)
NOTHING = read()
MOVED = read(starts=("address",), values=(candidate("address", **OAK),))
NEW_PHONE = read(starts=("phone",), values=(candidate("phone", e164="+12175550142"),))
NEW_EMAIL = read(starts=("email",), values=(candidate("email", email="new@example.com"),))


class Chat:
    """One chat: says things, keeps the conversation, and plays the store's part in comparing codes."""

    def __init__(self, facts: Facts = LINKED, policy: Policy = POLICY, **conversation: object) -> None:
        self.facts, self.policy, self.now = facts, policy, NOW
        start: dict[str, object] = {"customer": facts.customer, "last_inbound_at": LONG_AGO, **conversation}
        self.conversation = Conversation("c-1", "web", "chat-1", **start)  # type: ignore[arg-type] # Conversation's own
        self.effects: list[Effect] = []
        self.decision = Decision()
        self.turns = 0

    def text(self, understanding: Understanding, words: str = "…", **facts: object) -> Chat:
        return self._turn(understanding, facts, text=words)

    def button(self, id: str, **facts: object) -> Chat:
        return self._turn(NOTHING, facts, button=id)

    def tap(self, verb: str, **facts: object) -> Chat:
        """Tap the button with this verb under what the bot said last."""
        ids = [b.id for r in self.conversation.last for b in r.buttons if b.id.partition(":")[0] == verb]
        return self.button(ids[-1], **facts)

    def sends(self, attachment: Attachment) -> Chat:
        return self._turn(NOTHING, {}, attachment=attachment)

    def shares(self, understanding: Understanding = NOTHING, **facts: object) -> Chat:
        """The sender's own contact card."""
        return self._turn(understanding, facts, vouched="+12175550144")

    def token(self, **facts: object) -> Chat:
        return self._turn(NOTHING, facts, link_token="t")

    def code(self, outcome: CodeOutcome = CodeOutcome.MATCH, **facts: object) -> Chat:
        typed = replaced(NOTHING, code="493022")
        return self._turn(typed, {"code": outcome, **facts}, text="493022")

    def waits(self, **delta: float) -> Chat:
        self.now += dt.timedelta(**delta)
        return self

    def _turn(self, understanding: Understanding, facts: dict[str, object], **content: object) -> Chat:
        self.turns += 1
        expects(self.conversation)
        known = replaced(self.facts, **facts)  # type: ignore[arg-type] # Facts' own fields
        inbound = Inbound("web", "chat-1", f"m{self.turns}", self.now, **content)  # type: ignore[arg-type] # Inbound's own
        fresh = Fresh(tuple(f"{self.turns}-{n}" for n in range(6)), ("493022", "118822"), f"{self.turns:064x}")
        decision = decide(self.conversation, inbound, understanding, known, self.policy, fresh, self.now)
        assert decision.conversation is not None
        self.decision, self.conversation = decision, decision.conversation
        self.effects += decision.effects
        return self

    @property
    def said(self) -> list[str]:
        return [reply.id for reply in self.decision.replies]

    def reply(self, id: str) -> Reply:
        return next(reply for reply in self.decision.replies if reply.id == id)

    def caused(self, kind: type) -> list[Effect]:
        """This turn's effects of one kind."""
        return [effect for effect in self.decision.effects if isinstance(effect, kind)]

    def ever(self, kind: type) -> list[Effect]:
        """All effects of one kind so far."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def code_sent(self) -> SendCode:
        sent = self.caused(SendCode)[-1]
        assert isinstance(sent, SendCode)
        return sent


def confirming() -> Chat:
    """An address was given and the summary shown."""
    return Chat().text(MOVED)


def verifying() -> Chat:
    """Consent was given and the code sent."""
    return confirming().text(YES)
