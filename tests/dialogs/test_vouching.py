"""A person vouches for a customer: who may, for what, and what follows."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogs import freezing, handoff, lost_contact, offline, on_behalf, reverting
from dialogs.approval import Checker
from dialogs.effects import (
    Decision,
    File,
    Flag,
    Freeze,
    KeepReceipt,
    Move,
    RecordConsent,
    RecordStaffProof,
    Refusal,
    Release,
    SendCode,
    Timer,
    Warn,
)
from dialogs.facts import Facts, Fresh, OnRecord
from dialogs.flags import FlagReason
from dialogs.lost_contact import Callback, InPerson, Place
from dialogs.offline import Received, Way
from dialogs.request import ChangeRequest, Importance, Role, State
from dialogs.silence import EXPIRE, NUDGE, on_silence
from dialogs.step import Turn
from dialogs.types import Conversation, Inbound, Item, Stage
from nlu.replaced import replaced
from nlu.types import Act, Operation
from tests.dialogs import requests
from tests.dialogs.build import ANA, LINKED, NEW_PHONE, NOTHING, NOW, OAK, PHONE, POLICY, RECORD, YES, Chat
from tests.dialogs.requests import of

ADA = Checker("ada", Role.AGENT)
HERSELF = Checker("ana", Role.AGENT, frozenset({f"customer:{ANA}"}))
FORM = "f0" * 32
SEEN, CALLED = InPerson(Place.VIDEO, FORM), Callback("v-phone")
ONLY_PHONE = replaced(LINKED, record={"phone": PHONE})
MOVED = Item("address", Operation.CHANGED, OAK)
NEW_NUMBER = Item("phone", Operation.CHANGED, {"e164": "+12175550142"})


def turn(facts: Facts = LINKED, now: dt.datetime = NOW) -> Turn:
    """A turn of staff: nobody says anything."""
    fresh = Fresh(tuple(f"s-{n}" for n in range(6)), ("551188",), "ab" * 32)
    return Turn(Inbound("web", "chat-1", "staff", now, text=""), NOTHING, facts, POLICY, fresh, now)


def lost() -> Chat:
    """A new number was agreed to; the old one, the only contact, is gone."""
    return Chat(ONLY_PHONE).text(NEW_PHONE).text(YES).tap("old.gone")


def here(decision: Decision) -> Conversation:
    assert decision.refused is None, decision.refused
    assert decision.conversation is not None
    return decision.conversation


def digest(conversation: Conversation) -> str:
    assert conversation.draft is not None
    return conversation.draft.digest or ""


# --- lost contact


def test_the_draft_waits_for_a_person_with_the_consent_that_was_given() -> None:
    chat = lost()

    assert chat.said == ["no-reachable-contact"]
    assert chat.conversation.flagged == FlagReason.NO_REACHABLE_CONTACT
    assert chat.conversation.draft is not None
    assert chat.conversation.draft.consent is not None
    assert not chat.ever(File)


def test_who_waits_for_us_is_not_nudged_and_the_draft_ends_after_a_week() -> None:
    conversation = replaced(lost().conversation, last_inbound_at=NOW)

    nudged = on_silence(conversation, NUDGE, POLICY, NOW + dt.timedelta(hours=1))
    ended = on_silence(conversation, EXPIRE, POLICY, NOW + dt.timedelta(days=8))

    assert nudged.replies == ()
    assert [timer.kind for timer in of(nudged, Timer)] == [EXPIRE]
    assert here(ended).draft is None


@pytest.mark.parametrize("vouched", [SEEN, CALLED], ids=["seen", "called"])
def test_after_a_person_vouched_only_the_new_contact_is_still_to_prove(vouched: lost_contact.Vouched) -> None:
    before = lost().conversation

    decision = lost_contact.record(before, ADA, vouched, digest(before), turn(ONLY_PHONE))

    (kept,) = of(decision, RecordStaffProof)
    assert (kept.staff, kept.digest) == ("ada", digest(before))
    assert [reply.id for reply in decision.replies] == ["person-vouched", "code-sent-new"]
    assert all(reply.card for reply in decision.replies)  # said also while a person speaks
    assert [send.need for send in of(decision, SendCode)] == ["new_contact"]
    assert here(decision).helpers == ("ada",)
    assert here(decision).flagged is None


@pytest.mark.parametrize(
    ("staff", "vouched", "changed", "refusal"),
    [
        (HERSELF, SEEN, {}, Refusal.OWN_RECORD),
        (ADA, Callback("v-email"), {}, Refusal.NUMBER_NOT_OFFERED),
        (ADA, InPerson(Place.COUNTER, "no hash"), {}, Refusal.FORM_NEEDED),
        (ADA, SEEN, {"owner": "bob"}, Refusal.OWNED_BY_OTHER),
        (ADA, SEEN, {"draft": None}, Refusal.NOT_AGREED),
    ],
)
def test_not_everybody_vouches_and_not_by_everything(
    staff: Checker, vouched: lost_contact.Vouched, changed: dict[str, object], refusal: Refusal
) -> None:
    before = lost().conversation
    conversation = replaced(before, **changed)  # type: ignore[arg-type] # Conversation's own fields

    decision = lost_contact.record(conversation, staff, vouched, digest(before), turn(ONLY_PHONE))

    assert decision == Decision(refused=refusal)


def test_a_person_vouches_for_exactly_what_was_agreed_to_and_only_when_no_code_can() -> None:
    before = lost().conversation

    assert lost_contact.record(before, ADA, SEEN, "0" * 64, turn(ONLY_PHONE)).refused is Refusal.DIGEST_CHANGED
    assert lost_contact.record(before, ADA, SEEN, digest(before), turn()).refused is Refusal.CONTACT_REACHABLE
    frozen = replaced(ONLY_PHONE, frozen=True)
    assert lost_contact.record(before, ADA, SEEN, digest(before), turn(frozen)).refused is Refusal.FROZEN


@pytest.mark.parametrize(("days", "offered"), [(29, False), (30, True), (400, True)])
def test_a_number_is_called_back_only_after_thirty_days(days: int, offered: bool) -> None:
    phone = replaced(PHONE, since=NOW - dt.timedelta(days=days))

    assert bool(lost_contact.callable_numbers({"phone": phone}, (), NOW, NOW)) is offered
    assert lost_contact.callable_numbers({"phone": phone}, (), phone.since, NOW) == ()  # not before this began
    assert lost_contact.callable_numbers({"phone": phone}, ("v-phone",), NOW, NOW) == ()


def test_what_a_person_vouched_for_is_filed_for_two_and_told_everywhere() -> None:
    chat = lost()
    decision = lost_contact.record(chat.conversation, ADA, SEEN, digest(chat.conversation), turn(ONLY_PHONE))
    chat.conversation = here(decision)

    chat.code()

    (filed,) = chat.caused(File)
    assert isinstance(filed, File)
    (request,) = filed.requests
    assert request.importance is Importance.IMPORTANT
    assert "lost_contact" in request.risks
    assert "staff:ada" in request.makers
    assert [warning.request.number for warning in of(chat.decision, Warn)] == [request.number]


def test_a_correction_voids_what_a_person_recorded() -> None:
    chat = lost()
    decision = lost_contact.record(chat.conversation, ADA, SEEN, digest(chat.conversation), turn(ONLY_PHONE))
    chat.conversation = here(decision)

    chat.text(replaced(NEW_PHONE, acts=frozenset({Act.CORRECT}), candidates=(
        replaced(NEW_PHONE.candidates[0], value={"e164": "+12175550199"}),
    )))  # fmt: skip

    assert chat.conversation.draft is not None
    assert chat.conversation.draft.proofs == ()
    assert chat.conversation.draft.consent is None


# --- on behalf of the customer


MINE = Conversation("c-1", "web", "chat-1", customer=ANA, owner="ada", last_inbound_at=NOW)


def test_whoever_starts_a_change_only_shows_the_summary() -> None:
    decision = on_behalf.start(MINE, MOVED, ADA, turn())

    assert [reply.id for reply in decision.replies] == ["summary"]
    assert here(decision).stage is Stage.CONFIRMING
    assert here(decision).helpers == ("ada",)
    assert here(decision).last == decision.replies
    assert not of(decision, RecordConsent)
    assert not of(decision, File)


@pytest.mark.parametrize(
    ("changed", "staff", "facts", "refusal"),
    [
        ({"owner": None}, ADA, LINKED, Refusal.NOT_OWNER),
        ({"owner": "bob"}, ADA, LINKED, Refusal.OWNED_BY_OTHER),
        ({"customer": None}, ADA, LINKED, Refusal.NOT_LINKED),
        ({"owner": "ana"}, HERSELF, LINKED, Refusal.OWN_RECORD),
        ({}, ADA, replaced(LINKED, open_requests={"address": "CR-1"}), Refusal.OPEN_REQUEST),
        ({"draft": lost().conversation.draft}, ADA, LINKED, Refusal.DRAFT_OPEN),
    ],
)
def test_not_everybody_starts_a_change_everywhere(
    changed: dict[str, object], staff: Checker, facts: Facts, refusal: Refusal
) -> None:
    conversation = replaced(MINE, **changed)  # type: ignore[arg-type] # Conversation's own fields

    assert on_behalf.start(conversation, MOVED, staff, turn(facts)) == Decision(refused=refusal)


# --- from outside the chat


PAPER = Conversation("c-9", offline.CHANNEL, ANA, customer=ANA)


@pytest.mark.parametrize(
    ("way", "vouched", "how"),
    [
        (Way.COUNTER, SEEN, "signed"),
        (Way.HOTLINE, CALLED, "spoken"),
        (Way.LETTER, CALLED, "signed"),
    ],
)
def test_what_came_in_outside_the_chat_is_filed_with_consent_and_proof(
    way: Way, vouched: lost_contact.Vouched, how: str
) -> None:
    decision = offline.enter(PAPER, MOVED, vouched, Received(way, NOW - dt.timedelta(hours=2)), ADA, turn())

    (consent,) = of(decision, RecordConsent)
    (proof,) = of(decision, RecordStaffProof)
    (request,) = of(decision, File)[0].requests
    assert (consent.how, consent.digest, proof.digest) == (how, request.digest, request.digest)
    assert request.importance is Importance.IMPORTANT
    assert request.makers == {f"customer:{ANA}", "staff:ada"}
    assert request.risks == ("received_offline",)
    assert [receipt.request for receipt in of(decision, KeepReceipt)] == [request.number]
    assert decision.replies == ()


def test_a_new_contact_that_no_code_proved_is_marked_and_late_entry_too() -> None:
    late = Received(Way.COUNTER, NOW - dt.timedelta(hours=24, seconds=1))

    decision = offline.enter(PAPER, NEW_NUMBER, SEEN, late, ADA, turn())

    (request,) = of(decision, File)[0].requests
    assert set(request.risks) == {"received_offline", "entered_late", "new_contact_unproven"}


@pytest.mark.parametrize(
    ("staff", "vouched", "ago", "facts", "refusal"),
    [
        (HERSELF, SEEN, 1, LINKED, Refusal.OWN_RECORD),
        (ADA, SEEN, -1, LINKED, Refusal.NOT_YET_RECEIVED),
        (ADA, Callback("v-email"), 1, LINKED, Refusal.NUMBER_NOT_OFFERED),
        (ADA, SEEN, 1, replaced(LINKED, open_requests={"address": "CR-1"}), Refusal.OPEN_REQUEST),
        (ADA, SEEN, 1, replaced(LINKED, same_as_record=frozenset({"address"})), Refusal.SAME_AS_RECORD),
    ],
)
def test_what_is_not_proven_or_not_new_is_not_entered(
    staff: Checker, vouched: lost_contact.Vouched, ago: int, facts: Facts, refusal: Refusal
) -> None:
    received = Received(Way.COUNTER, NOW - dt.timedelta(hours=ago))

    assert offline.enter(PAPER, MOVED, vouched, received, staff, turn(facts)) == Decision(refused=refusal)


# --- disputes


NEW_LIVE = OnRecord("v-new", "phone", "••• ••• 0142", NOW - dt.timedelta(days=1), NOW)
AFTER = replaced(LINKED, record=RECORD | {"phone": NEW_LIVE})
OLD_VALUE = {"e164": "+12175554417"}
DISPUTED: ChangeRequest = replaced(
    requests.ORDINARY, customer=ANA, conversation="c-1", state=State.DISPUTED, against="v-phone",
    old_contact="v-phone", applied_version="v-new", filed_at=NOW - dt.timedelta(days=2),
    makers=frozenset({f"customer:{ANA}", "staff:mike"}),
)  # fmt: skip


def test_putting_back_shows_a_masked_value_and_asks_a_third_contact() -> None:
    asked = reverting.start(MINE, DISPUTED, OLD_VALUE, ADA, turn(AFTER))
    chat = Chat(AFTER)
    chat.conversation = here(asked)

    chat.tap("consent.yes")

    (summary,) = asked.replies
    assert summary.id == "summary"
    assert "5554417" not in str(summary.args)
    assert "4417" in str(summary.args["new"])
    assert chat.conversation.pending is not None
    assert chat.conversation.pending.contact == "v-email"

    chat.code()
    (request,) = [one for effect in chat.caused(File) if isinstance(effect, File) for one in effect.requests]
    assert request.reverts == DISPUTED.number
    assert request.value == OLD_VALUE
    assert request.importance is Importance.IMPORTANT
    assert {"staff:ada", "staff:mike"} < request.makers


def test_a_value_corrected_on_the_way_back_is_a_change_like_any_other() -> None:
    chat = Chat(AFTER)
    chat.conversation = here(reverting.start(MINE, DISPUTED, OLD_VALUE, ADA, turn(AFTER)))
    chat.conversation = replaced(chat.conversation, owner=None)

    chat.text(NEW_PHONE).text(YES).code()

    draft = chat.conversation.draft
    assert draft is not None
    assert not draft.puts_back
    assert chat.conversation.pending is not None
    assert chat.conversation.pending.contact == "new"  # and so its own code is asked for


def test_in_person_a_request_of_its_own_is_filed() -> None:
    decision = reverting.file_in_person(PAPER, DISPUTED, OLD_VALUE, SEEN, ADA, turn(AFTER))

    (request,) = of(decision, File)[0].requests
    assert (request.reverts, request.importance) == (DISPUTED.number, Importance.IMPORTANT)
    assert "lost_contact" not in request.risks


def test_what_had_no_value_before_is_removed_again() -> None:
    decision = reverting.file_in_person(PAPER, DISPUTED, None, SEEN, ADA, turn(AFTER))

    (request,) = of(decision, File)[0].requests
    assert (request.operation, dict(request.value)) == (Operation.REMOVE, {})


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.REVERTED, State.REJECTED, State.FROZEN])
def test_only_what_was_applied_is_put_back(state: State) -> None:
    held = replaced(DISPUTED, state=state)

    assert reverting.file_in_person(PAPER, held, OLD_VALUE, SEEN, ADA, turn(AFTER)).refused is Refusal.ILLEGAL_MOVE
    assert reverting.start(MINE, held, OLD_VALUE, ADA, turn(AFTER)).refused is Refusal.ILLEGAL_MOVE


def test_a_dispute_is_settled_by_somebody_else_with_a_reason() -> None:
    assert reverting.uphold(DISPUTED, requests.MAKER, "right", NOW).refused is Refusal.MAKER_IS_CHECKER
    assert reverting.uphold(DISPUTED, ADA, "right", NOW).refused is Refusal.WRONG_ROLE
    assert reverting.uphold(DISPUTED, requests.RITA, " ", NOW).refused is Refusal.REASON_NEEDED
    decision = reverting.uphold(DISPUTED, requests.RITA, "right", NOW)
    assert [move.request.state for move in of(decision, Move)] == [State.CONFIRMED]


# --- freezing


WAITS = requests.in_state(replaced(requests.IMPORTANT, due_at=NOW + dt.timedelta(days=1)), State.IN_REVIEW)


def test_a_freeze_stops_what_is_open_and_reverts_nothing() -> None:
    disowned = requests.in_state(requests.ORDINARY, State.SYNCED)

    decision = freezing.freeze(disowned, (WAITS,), "f1", requests.POLICY, NOW)

    assert of(decision, Freeze) == [Freeze("f1", "c1", disowned.number)]
    (moved,) = of(decision, Move)
    assert (moved.request.number, moved.request.state) == (WAITS.number, State.FROZEN)
    assert moved.request.due_at is None
    assert [flag.reason for flag in of(decision, Flag)] == [FlagReason.NOT_ME]


def test_a_release_reviews_afresh_and_is_given_by_no_maker() -> None:
    frozen = freezing.Frozen("f1", "c1", requests.ORDINARY.number, NOW)
    stopped = of(freezing.freeze(requests.ORDINARY, (WAITS,), "f1", requests.POLICY, NOW), Move)[0].request

    def release(by: Checker, reason: str = "looked") -> Decision:
        return freezing.release(frozen, requests.ORDINARY, (stopped,), by, reason, requests.POLICY, NOW)

    assert release(requests.MAKER).refused is Refusal.MAKER_IS_CHECKER
    assert release(Checker("x", Role.SUPERVISOR, frozenset({"customer:c1"}))).refused is Refusal.MAKER_IS_CHECKER
    assert release(requests.RITA).refused is Refusal.WRONG_ROLE
    assert release(requests.SUE, " ").refused is Refusal.REASON_NEEDED
    decision = release(Checker("vera", Role.SECURITY_OFFICER))
    assert of(decision, Release) == [Release("f1", "c1", "looked")]
    assert [(move.came_from, move.request.state) for move in of(decision, Move)] == [(State.FROZEN, State.IN_REVIEW)]


def test_no_code_is_sent_for_a_frozen_record() -> None:
    chat = Chat(replaced(LINKED, frozen=True)).text(replaced(NOTHING, starts=("address",), candidates=()))
    chat.conversation = here(on_behalf.start(MINE, MOVED, ADA, turn()))

    chat.tap("consent.yes")

    assert chat.said == ["no-code-now"]
    assert not chat.caused(SendCode)
    assert chat.conversation.flagged == FlagReason.FROZEN


# --- whoever speaks and falls silent


IDLE = dt.timedelta(minutes=30)


def test_whoever_does_nothing_for_half_an_hour_is_released_and_a_person_is_called_again() -> None:
    taken = handoff.watched(handoff.take_over(Conversation("c", "web", "x"), "ada", NOW), "ada", IDLE, NOW)
    wrote = handoff.watched(handoff.write(here(taken), "ada", "hello", NOW + IDLE / 2), "ada", IDLE, NOW + IDLE / 2)

    early = handoff.release_idle(here(wrote), IDLE, NOW + IDLE)
    late = handoff.release_idle(here(wrote), IDLE, NOW + IDLE * 1.5)
    gone = handoff.release_idle(here(late), IDLE, NOW + IDLE * 3)

    assert [timer.due for timer in of(taken, Timer)] == [NOW + IDLE]
    assert here(early).owner == "ada"
    assert [timer.due for timer in of(early, Timer)] == [NOW + IDLE * 1.5]
    assert here(late).owner is None
    assert here(late).flagged == FlagReason.OWNER_IDLE
    assert [reply.id for reply in late.replies] == ["person-left"]
    assert gone == Decision(here(late))


# --- "it wasn't me"


@pytest.mark.parametrize(
    "words",
    ["this wasn't me", "It was not me!", "I didn’t change that", "I never asked for this", "not my request",
     "不是我改的", "这不是本人操作", "我没改过", "不是我", "我没有申请过"],
)  # fmt: skip
def test_whoever_disowns_a_change_is_heard(words: str) -> None:
    from dialogs.receipts import disowns

    assert disowns(words)


@pytest.mark.parametrize(
    "words", ["that's right", "call me", "it is me", "my number changed", "对的", "是我", "我改了"]
)
def test_other_words_disown_nothing(words: str) -> None:
    from dialogs.receipts import disowns

    assert not disowns(words)
