"""Random conversations against the rules that never break (design, part 3): 1 proof, 2 only what is needed,
7 silence while a person speaks, 9 nothing disclosed."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.catalogues import load_catalogues
from dialogs import handoff
from dialogs.consent import digest_of, form_of
from dialogs.decide import decide
from dialogs.effects import File, Link, NewContact, Purpose, RecordConsent, RecordProof, SendCode, VoidDraft
from dialogs.facts import CodeOutcome, Facts, OpenReceipt, TokenOutcome
from dialogs.replies import ReplyId, render
from dialogs.silence import EXPIRE, NUDGE, PARK, on_silence
from dialogs.types import Attachment, Draft, Need, Stage
from nlu.replaced import replaced
from nlu.types import Act, Alarm, Candidate, Language, Operation, Problem
from tests.dialogs.build import ANA, LINKED, OAK, PHONE, POLICY, UNLINKED, Chat, candidate, cue, read

FIELDS = ("address", "phone", "email", "name", "bank_account", "company")
VALUES = (
    candidate("address", **OAK),
    candidate("address", number="14"),
    candidate("address", street="Elm Street"),
    candidate("phone", e164="+12175550142"),
    candidate("phone", e164="+12175550199"),
    candidate("phone", Problem.TOO_SHORT, partial="1381234"),
    candidate("email", email="new@example.com"),
    candidate("name", full="Ana Lopez"),
    candidate("bank_account", number="123456789"),
)
STALE = tuple(f"consent.yes:{digit * 16}" for digit in "0a")
BARE_IDS = ("code.resend", "code.other", "old.works", "old.gone", "person.yes", "person.no", "resume.yes", "resume.no",
            "cancel", "field.pick:email", "changed.yes:phone", "next.no:email", "replace.yes:CR-2026-000007",
            "receipt.right:CR-2026-000001", "checkin.changed:k-1", "nonsense")  # fmt: skip
SECRETS = ("4417", "••47", "a•••@•••")
WHOLE_ASKS = {
    ReplyId.ASK_ADDRESS: "address",
    ReplyId.ASK_PHONE: "phone",
    ReplyId.ASK_EMAIL: "email",
    ReplyId.ASK_NAME: "name",
    ReplyId.ASK_BANK_ACCOUNT: "bank_account",
}


class Conversations(RuleBasedStateMachine):
    """A customer who says anything, a store that answers anything, and staff who come and go."""

    @initialize(linked=st.booleans())
    def begin(self, linked: bool) -> None:
        self.chat = Chat(LINKED if linked else UNLINKED, last_inbound_at=None)
        self.buttons: list[str] = []
        self.live: dict[str, RecordConsent] = {}
        self.proofs: dict[str, RecordProof] = {}

    @rule(
        acts=st.frozensets(st.sampled_from(list(Act)), max_size=2),
        starts=st.lists(st.sampled_from(FIELDS), max_size=2, unique=True),
        asks=st.lists(st.sampled_from((*FIELDS, "any")), max_size=1),
        values=st.lists(st.sampled_from(VALUES), max_size=2),
        alarms=st.frozensets(st.sampled_from(list(Alarm)), max_size=1),
        operation=st.sampled_from([Operation.CHANGED, Operation.CHANGED, Operation.REMOVE, Operation.UNREACHABLE]),
        chosen=st.lists(st.sampled_from(FIELDS), max_size=1),
        language=st.sampled_from(list(Language)),
        rare=st.integers(0, 9),
    )
    def says(
        self,
        acts: frozenset[Act],
        starts: list[str],
        asks: list[str],
        values: list[Candidate],
        alarms: frozenset[Alarm],
        operation: Operation,
        chosen: list[str],
        language: Language,
        rare: int,
    ) -> None:
        self.says_words(
            replaced(
                read(
                    *acts,
                    starts=tuple(starts),
                    asks=tuple(asks) if rare > 6 else (),
                    cues=tuple(cue(field, operation) for field in starts),
                    values=tuple(values),
                    alarms=tuple(alarms) if rare == 0 else (),
                    chosen=tuple(chosen),
                ),
                language=language,
            ),
            {"same_as_record": frozenset({"phone"})} if rare == 1 else {},
        )

    @rule(value=st.sampled_from(VALUES))
    def moves(self, value: Candidate) -> None:
        self.says_words(read(starts=(value.field,), values=(value,)), {})

    @rule()
    def agrees(self) -> None:
        self.says_words(read(Act.AFFIRM), {})

    def says_words(self, understanding: object, facts: dict[str, object]) -> None:
        self._expect_rule_9(understanding, facts)
        self.chat.text(understanding, "hello there", **facts)  # type: ignore[arg-type] # an Understanding
        self._after()

    @rule(number=st.booleans())
    def gives_a_customer_number(self, number: bool) -> None:
        known = {"named_customer": ANA, "named_contacts": (PHONE,)} if number else {}
        self.chat.text(read(number="CUST1"), **known)
        self._after()

    @rule(data=st.data())
    def taps(self, data: st.DataObject) -> None:
        self.chat.button(data.draw(st.sampled_from([*self.buttons, *BARE_IDS, *STALE])))
        self._after()

    @precondition(lambda self: self.chat.conversation.pending is not None)
    @rule(right=st.booleans(), outcome=st.sampled_from(list(CodeOutcome)), looked_up=st.booleans())
    def types_a_code(self, right: bool, outcome: CodeOutcome, looked_up: bool) -> None:
        pending = self.chat.conversation.pending
        known: dict[str, object] = {}
        if looked_up and pending is not None and pending.customer:
            known = {"customer": pending.customer, "record": LINKED.record}
        self.chat.code(CodeOutcome.MATCH if right else outcome, **known)
        self._after()

    @rule(outcome=st.sampled_from(list(TokenOutcome)))
    def opens_a_link(self, outcome: TokenOutcome) -> None:
        whose = ANA if outcome is TokenOutcome.VALID else None
        self.chat.token(token=outcome, token_customer=whose)
        self._after()

    @rule(kind=st.sampled_from(list(Attachment)))
    def sends_something(self, kind: Attachment) -> None:
        self.chat.sends(kind)
        self._after()

    @rule(kind=st.sampled_from([NUDGE, PARK, EXPIRE]), hours=st.sampled_from([0.1, 1, 3, 200]))
    def is_silent(self, kind: str, hours: float) -> None:
        self.chat.waits(hours=hours)
        decision = on_silence(self.chat.conversation, kind, POLICY, self.chat.now)
        assert decision.conversation is not None
        assert not (self.chat.conversation.owner and decision.replies)
        self.chat.decision, self.chat.conversation = decision, decision.conversation
        self.chat.effects += decision.effects
        self._after()

    @rule(back=st.booleans())
    def a_person_comes_or_goes(self, back: bool) -> None:
        act = handoff.hand_back if back else handoff.take_over
        decision = act(self.chat.conversation, "mei", self.chat.now)
        if decision.conversation is not None:
            self.chat.conversation = decision.conversation

    def _expect_rule_9(self, understanding: object, facts: dict[str, object]) -> None:
        """ "Already used by somebody" reads like any other answer."""
        chat = self.chat
        known: Facts = replaced(chat.facts, **facts)  # type: ignore[arg-type] # Facts' own fields
        other = replaced(known, elsewhere=frozenset({"phone", "email"}))
        plain, risky = (self._peek(understanding, f) for f in (known, other))
        assert plain == risky

    def _peek(self, understanding: object, facts: Facts) -> object:
        from dialogs.facts import Fresh
        from dialogs.types import Inbound

        inbound = Inbound("web", "chat-1", "peek", self.chat.now, text="hello there")
        fresh = Fresh(tuple("abcdef"), ("123456",), "0" * 64)
        now = self.chat.now
        return decide(self.chat.conversation, inbound, understanding, facts, POLICY, fresh, now).replies  # type: ignore[arg-type]

    def _after(self) -> None:
        """Check what this turn caused, in the order of its effects."""
        chat = self.chat
        if chat.conversation.owner is not None:
            assert all(reply.card for reply in chat.decision.replies), "rule 7"
        for effect in chat.decision.effects:
            match effect:
                case RecordConsent():
                    self.live[effect.draft] = effect
                    assert effect.digest == digest_of(effect.form, effect.nonce)
                case VoidDraft():
                    self.live.pop(effect.draft, None)
                case SendCode(purpose=Purpose.CHANGE):
                    agreed = {consent.digest for consent in self.live.values()}
                    assert effect.digest in agreed
                    if isinstance(effect.destination, NewContact):
                        assert any(p.digest == effect.digest and p.contact != "new" for p in self.proofs.values())
                case RecordProof():
                    self.proofs[effect.id] = effect
                case File():
                    self._check_filed(effect)
                case Link():
                    chat.facts = replaced(LINKED, receipts=(OpenReceipt("CR-2026-000001", "email"),))
                case _:
                    pass
        self.buttons += [button.id for reply in chat.decision.replies for button in reply.buttons]

    def _check_filed(self, file: File) -> None:
        """Rule 1: consent and proof bound to the digest of exactly this change, and a contact on file among them."""
        for request in file.requests:
            (consent,) = [c for c in self.live.values() if c.id == request.consent]
            proofs = [self.proofs[id] for id in request.proofs]
            assert consent.digest == request.digest
            assert {proof.digest for proof in proofs} == {request.digest}
            assert any(proof.need is not Need.NEW_CONTACT for proof in proofs)
            agreed = {item["field"]: item["value"] for item in json.loads(consent.form)["items"]}
            assert agreed[request.field] == dict(request.value)
            assert f"customer:{self.chat.conversation.customer}" in request.makers

    @invariant()
    def every_reply_can_be_said(self) -> None:
        for language in Language:
            for reply in self.chat.decision.replies:
                assert render(reply, language, load_catalogues()).text

    @invariant()
    def rule_2_only_fields_that_were_mentioned_are_asked_for(self) -> None:
        draft = self.chat.conversation.draft
        for reply in self.chat.decision.replies:
            if reply.id in WHOLE_ASKS:
                assert draft is not None
                item = next(item for item in draft.items if item.field == WHOLE_ASKS[ReplyId(reply.id)])
                assert item.missing
                assert not item.value

    @invariant()
    def rule_9_nothing_on_record_is_said_in_an_unlinked_chat(self) -> None:
        if self.chat.conversation.customer is None:
            said = str([reply.args for reply in self.chat.decision.replies])
            assert not any(secret in said for secret in SECRETS)

    @invariant()
    def what_is_proposed_is_what_its_digest_says(self) -> None:
        draft: Draft | None = self.chat.conversation.draft
        if draft is not None and draft.digest is not None and draft.nonce is not None:
            form = form_of(draft, self.chat.conversation.customer or "", POLICY)
            assert draft.digest == digest_of(form, draft.nonce)
        if draft is not None and draft.digest is None:
            assert draft.consent is None
            assert draft.proofs == ()
        if draft is None:
            assert self.chat.conversation.stage in (Stage.IDLE, Stage.LINKING, Stage.FILED)


TestConversations = Conversations.TestCase
TestConversations.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
