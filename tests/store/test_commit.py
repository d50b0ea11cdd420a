"""Commit: every effect becomes rows and leaves a trace, in one transaction; no personal value is ever in clear."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from dialogs.effects import (
    REPLACED,
    AnswerReceipt,
    Apply,
    Decision,
    Flag,
    Link,
    Move,
    NewContact,
    Note,
    Notify,
    Nowhere,
    OnFile,
    SpendChallenge,
    StaffNews,
    Tell,
    TellStaff,
    Timer,
    VoidDraft,
    Withdraw,
)
from dialogs.request import Role, State
from dialogs.types import Asked, Need, Question, Reply, Stage
from nlu.replaced import replaced
from nlu.types import Language, Operation, Understanding
from store.challenges import ChallengeSpentError
from store.commit_chat import LinkTokenUsedError
from store.uow import RefusedByDatabaseError, UnitOfWork
from tests.store.kit import NOW
from tests.store.road import (
    ADDRESS,
    CHAT,
    CODE,
    EMAIL,
    NAME,
    NEW_ADDRESS,
    NEW_PHONE,
    PHONE,
    STAFF,
    Road,
    inbound,
)


def acts(road: Road) -> list[str]:
    """The trace so far, oldest first."""
    return [entry.act for entry in road.write(lambda uow: uow.audit.page(limit=1000))]


def test_a_turn_leaves_one_commitment_to_the_new_state(road: Road) -> None:
    conversation = road.chat()

    road.commit(Decision(conversation, (Reply("hello"),)), inbound("Hi"))

    (entry,) = road.write(lambda uow: uow.audit.for_subject(f"conversation:{conversation.id}"))
    assert entry.act == "conversation.saved"
    assert len(entry.digest) == 64


def test_a_failing_effect_leaves_nothing(road: Road) -> None:
    conversation = road.chat()
    before = acts(road)

    with pytest.raises(ChallengeSpentError):
        road.commit(Decision(conversation, (Reply("hello"),), (Note(conversation.id, "x"), SpendChallenge("none"))))

    assert acts(road) == before
    assert road.write(lambda uow: uow.conversations.notes(conversation.id)) == []


def test_a_code_is_kept_as_a_hash_and_its_text_only_in_the_sealed_notice(road: Road) -> None:
    customer = road.customer()
    conversation = road.agreed(road.linked(customer))

    sent = road.sent(conversation, OnFile(road.version(customer, "email")))

    assert sent.pending is not None
    challenge = sent.pending.challenge
    notice = road.write(lambda uow: uow.notices.load(challenge))
    assert notice is not None
    assert (notice.kind, notice.address) == ("email", EMAIL["email"])
    assert CODE in notice.text
    assert road.rows("SELECT payload FROM job WHERE kind = 'notice'") == [(f'{{"notice":"{challenge}"}}',)]
    assert road.rows("SELECT state, contact FROM challenge") == [("live", sent.pending.contact)]


def test_a_code_to_the_new_contact_goes_there(road: Road) -> None:
    conversation = road.agreed(road.linked(road.customer()))

    sent = road.sent(conversation, NewContact("phone", NEW_PHONE), Need.NEW_CONTACT)

    assert sent.pending is not None
    challenge = sent.pending.challenge
    notice = road.write(lambda uow: uow.notices.load(challenge))
    assert notice is not None
    assert (notice.kind, notice.address) == ("phone", NEW_PHONE["e164"])


def test_a_code_to_nowhere_is_a_challenge_without_a_notice(road: Road) -> None:
    road.sent(road.chat(), Nowhere(), need=None)

    assert road.rows("SELECT contact, customer, destination FROM challenge") == [("nowhere", None, None)]
    assert road.rows("SELECT id FROM notice") == []
    assert road.rows("SELECT id FROM job WHERE kind = 'notice'") == []


def test_a_new_code_voids_the_one_before_and_takes_its_notice_back(road: Road) -> None:
    customer = road.customer()
    first = road.sent(road.agreed(road.linked(customer)), OnFile(road.version(customer, "email")))

    road.sent(first, OnFile(road.version(customer, "phone")), code="111222")

    assert road.rows("SELECT state FROM challenge ORDER BY state DESC") == [("void",), ("live",)]
    assert road.rows("SELECT text IS NULL FROM notice ORDER BY text IS NULL DESC") == [(1,), (0,)]


def test_a_proof_spends_its_challenge_and_proves_the_contact(road: Road) -> None:
    customer = road.customer()
    version = road.version(customer, "email")
    sent = road.sent(road.agreed(road.linked(customer)), OnFile(version))

    road.proven(sent)

    assert road.rows("SELECT state FROM challenge") == [("spent",)]
    assert road.write(lambda uow: uow.customers.record(customer))["email"].proven_at == NOW
    assert road.rows("SELECT kind, contact, standing FROM proof") == [("code", version, "held")]
    with pytest.raises(ChallengeSpentError):
        road.proven(sent)


def test_a_challenge_nobody_tried_proves_nothing(road: Road) -> None:
    sent = road.sent(road.chat(), Nowhere(), need=None)
    assert sent.pending is not None

    with pytest.raises(RefusedByDatabaseError):
        road.effects(sent, SpendChallenge(sent.pending.challenge))


def test_voiding_a_draft_voids_consent_proofs_and_codes(road: Road) -> None:
    customer = road.customer()
    conversation = road.agreed(road.linked(customer))
    conversation = road.proven(road.sent(conversation, OnFile(road.version(customer, "email"))))
    conversation = road.sent(conversation, NewContact("phone", NEW_PHONE), Need.NEW_CONTACT)
    assert conversation.draft is not None

    road.effects(conversation, VoidDraft(conversation.draft.id, "corrected"))

    assert road.rows("SELECT standing FROM consent") == [("void",)]
    assert road.rows("SELECT standing FROM proof") == [("void",)]
    assert sorted(road.rows("SELECT state FROM challenge")) == [("spent",), ("void",)]
    with pytest.raises(RefusedByDatabaseError):
        road.write(lambda uow: uow.requests.file(road.request_of(conversation), STAFF, NOW))


def test_what_was_filed_keeps_its_consent_and_proofs(road: Road) -> None:
    request = road.filed(road.customer())
    ((draft,),) = road.rows("SELECT draft FROM consent")

    road.effects(road.chat(), VoidDraft(str(draft), "cancelled"))

    assert road.rows("SELECT standing FROM consent") == [("given",)]
    assert road.load(request.number) == request


def test_an_applied_change_closes_the_old_version_and_opens_a_new_one(road: Road) -> None:
    customer = road.customer()
    request = road.filed(customer)
    approved = road.approved(request)
    live = replaced(approved, state=State.APPLIED)

    road.commit(Decision(effects=(Move(live, State.APPROVED), Apply(live))), actor=STAFF)

    old, new = road.write(lambda uow: uow.customers.history(customer, "phone"))
    assert (old.id, old.until, old.origin) == (request.against, NOW, "import")
    assert (new.until, new.origin, new.request, new.proven_at) == (None, "request", request.number, NOW)
    assert road.write(lambda uow: uow.customers.value_of(new.id)).value == NEW_PHONE
    assert road.load(request.number).applied_version == new.id


def test_every_target_of_the_field_learns_of_it_in_order_per_customer_and_target(road: Road) -> None:
    customer = road.customer()
    live = replaced(road.approved(road.filed(customer)), state=State.APPLIED)

    road.commit(Decision(effects=(Move(live, State.APPROVED), Apply(live))), actor=STAFF)

    deliveries = road.rows("SELECT target, idempotency_key, id FROM delivery ORDER BY target")
    order = [f"{customer}/{row[0]}" for row in deliveries]
    assert [row[:2] for row in deliveries] == [("crm", f"{live.number}/crm"), ("orders", f"{live.number}/orders")]
    jobs = road.rows("SELECT key, payload FROM job WHERE kind = 'sync' ORDER BY id")
    payloads = [json.dumps({"delivery": row[2]}, separators=(",", ":")) for row in deliveries]
    assert jobs == list(zip(order, payloads, strict=True))


def test_a_removed_value_is_closed_and_nothing_opens(road: Road) -> None:
    customer = road.customer()
    request = road.approved(road.filed(customer))
    live = replaced(request, state=State.APPLIED, operation=Operation.REMOVE, value={})

    road.commit(Decision(effects=(Move(live, State.APPROVED), Apply(live))), actor=STAFF)

    assert "phone" not in road.write(lambda uow: uow.customers.record(customer))
    assert road.load(request.number).applied_version == request.against


def test_a_withdrawn_request_and_an_answered_receipt_follow_the_lifecycle(road: Road) -> None:
    customer = road.customer()
    first = road.filed(customer)
    road.effects(road.chat(), Withdraw(first.number, "replaced"))
    assert road.load(first.number).state is State.WITHDRAWN
    assert road.load(first.number).decided_reason == "replaced"

    second = road.approved(road.filed(customer, NEW_ADDRESS, "address", number="CR-2026-000002"))
    road.moved(road.moved(second, State.APPLIED), State.SYNCED)
    conversation = road.effects(road.chat(), AnswerReceipt(second.number, False))

    assert road.load(second.number).state is State.DISPUTED
    assert conversation.flagged == "dispute"


def test_a_sentence_for_another_chat_is_said_there_and_opens_its_question(road: Road) -> None:
    here, there = road.chat("here"), road.chat("there", "telegram")
    question = Question(Asked.RECEIPT, "CR-2026-000001")

    road.commit(Decision(here, (Reply("hello"),), (Tell(there.id, Reply("receipt", {"masked": "99"}), question),)))

    (said,) = road.write(lambda uow: uow.conversations.messages(there.id))
    assert said.id == "receipt"
    assert road.again(there).question == question
    assert [s.id for s in road.write(lambda uow: uow.conversations.messages(here.id))] == ["hello"]
    assert road.rows("SELECT key FROM job WHERE kind = 'deliver'") == [(there.id,)]


def test_an_open_question_is_not_replaced_by_another(road: Road) -> None:
    asked = Question(Asked.CODE, "v")
    there = road.effects(replaced(road.chat(), question=asked))

    road.commit(Decision(effects=(Tell(there.id, Reply("receipt"), Question(Asked.RECEIPT, "CR")),)))

    assert road.again(there).question == asked


def test_a_sentence_for_the_chat_of_the_turn_belongs_to_its_answer(road: Road) -> None:
    conversation = road.chat()

    said = road.commit(Decision(conversation, (Reply("a"),), (Tell(conversation.id, Reply("b")),)), inbound("Hi"))

    assert [line.id for line in said] == ["a", "b"]


def test_a_flag_reaches_its_conversation_in_and_out_of_a_turn(road: Road) -> None:
    here = road.effects(road.chat(), Flag("legal"))
    there = road.chat("there")
    road.commit(Decision(effects=(Flag("dispute", "phone", there.id),)), actor=STAFF)

    assert (here.flagged, here.flagged_at) == ("legal", NOW)
    assert road.again(there).flagged == "dispute"


def test_the_old_contact_is_told_in_the_customers_language(road: Road) -> None:
    customer = road.customer(locale="zh-CN")
    version = road.version(customer, "phone")

    road.commit(Decision(effects=(Notify(customer, version, Reply("notice-old-contact")),)), actor=STAFF)

    ((id,),) = road.rows("SELECT id FROM notice")
    notice = road.write(lambda uow: uow.notices.load(str(id)))
    assert notice is not None
    assert (notice.kind, notice.address) == ("phone", PHONE["e164"])
    assert notice.text.startswith("zh:")


def test_one_timer_per_kind_and_subject_moves_and_is_cancelled(road: Road) -> None:
    conversation = road.chat()
    for minutes in (5, 10):
        conversation = road.effects(conversation, Timer("nudge", conversation.id, NOW + dt.timedelta(minutes=minutes)))
    timers = road.rows("SELECT payload FROM job WHERE kind = 'timer'")
    conversation = road.effects(conversation, Timer("nudge", conversation.id, None))

    assert timers == [(f'{{"kind":"nudge","subject":"{conversation.id}"}}',)]
    assert road.rows("SELECT payload FROM job WHERE kind = 'timer'") == []


def test_staff_news_are_in_the_trace(road: Road) -> None:
    road.commit(Decision(effects=(TellStaff(Role.SUPERVISOR, "CR-2026-000001", StaffNews.OVERDUE),)), actor=STAFF)

    assert acts(road) == ["staff.told.overdue"]


def test_a_token_links_one_chat_only(road: Road) -> None:
    customer = road.customer()
    token = road.write(lambda uow: uow.customers.link_token(customer, NOW, dt.timedelta(hours=1)))
    opened = replaced(inbound(None), link_token=token)
    road.commit(Decision(road.chat(), effects=(Link(customer, "token"),)), opened)

    with pytest.raises(LinkTokenUsedError):
        road.commit(Decision(road.chat("thief"), effects=(Link(customer, "token"),)), opened)

    assert road.chat("thief").customer is None


@pytest.mark.parametrize("text", [CODE, f"it is {CODE}", "493 022"])
def test_a_code_that_was_typed_is_never_shown_to_staff(road: Road, text: str) -> None:
    customer = road.customer()
    sent = road.sent(road.agreed(road.linked(customer)), OnFile(road.version(customer, "email")))

    def turn(uow: UnitOfWork, code: str | None) -> None:
        conversation = uow.conversations.by_id(sent.id)
        message = inbound(text, id=f"m{code}")
        uow.facts(conversation, message, Understanding(Language.EN, code=code), NOW)
        uow.commit(Decision(conversation), STAFF, NOW, message)

    road.write(lambda uow: turn(uow, CODE))
    road.write(lambda uow: turn(uow, None))

    expected, out_of_turn = (said.text for said in road.write(lambda uow: uow.conversations.messages(sent.id)))
    assert expected == "••••••"
    assert CODE not in out_of_turn.replace(" ", "")
    assert "••••••" in out_of_turn


def test_no_personal_value_is_in_the_clear_anywhere_in_the_files(road: Road, file: Path) -> None:
    customer = road.customer()
    conversation = road.chat(channel="telegram")
    road.commit(Decision(conversation, (Reply("hello"),)), inbound("I am Ada Lovelace of Quillfeather Lane"))
    request = road.filed(customer, NEW_ADDRESS, "address")
    live = replaced(road.approved(request), state=State.APPLIED)
    road.commit(Decision(effects=(Move(live, State.APPROVED, "Thistlewick is real"), Apply(live))), actor=STAFF)
    told = Reply("receipt", {"masked": "Thistlewick"})
    version = road.version(customer, "phone")
    effects = (
        Tell(request.conversation, told),
        Notify(customer, version, told),
        Note(request.conversation, "Ada again"),
    )
    road.commit(Decision(replaced(road.chat(), stage=Stage.IDLE), (told,), effects), inbound("Thistlewick!", id="m2"))
    road.write(lambda uow: uow.customers.reveal(customer, "name", STAFF, "Ada asked on +12025550147", NOW))

    written = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))

    assert file.with_name(file.name + "-wal").stat().st_size > 0
    assert request.number.encode() in written  # what is plain can be found
    secrets = [*NAME.values(), *PHONE.values(), *EMAIL.values(), ADDRESS["street"], NEW_ADDRESS["street"]]
    secrets += ["Ada", "Thistlewick", "2025550147", CODE, CHAT, "moved in with my daughter"]
    for secret in secrets:
        for encoding in ("utf-8", "utf-16-le"):
            assert secret.encode(encoding) not in written, secret


def test_a_consent_is_marked_withdrawn_once_no_open_request_stands_on_it(road: Road) -> None:
    filed = road.filed(road.customer())
    reviewed = road.moved(filed, State.IN_REVIEW)
    road.commit(Decision(effects=(Withdraw(reviewed.number, REPLACED),)))
    assert road.rows("SELECT withdrawn_at FROM consent") == [(None,)]

    other = road.moved(road.filed(road.customer(no="CUST9"), number="CR-2026-000009"), State.IN_REVIEW)
    road.commit(Decision(effects=(Withdraw(other.number, "consent withdrawn by the customer"),)))

    assert road.load(other.number).state is State.WITHDRAWN
    shown = road.write(lambda uow: uow.requests.outline(other.number)).consent
    assert shown.withdrawn_at == road.now
    withdrawn = dict(road.rows("SELECT id, withdrawn_at IS NOT NULL FROM consent"))
    assert withdrawn == {filed.consent: 0, other.consent: 1}
