"""Change requests: nothing without consent and proof, nobody alone, no change of a request unseen."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogs.effects import Decision, File, Move, NewContact, OnFile
from dialogs.request import State
from dialogs.types import Need
from nlu.replaced import replaced
from store.requests import StaleRequest, UnknownRequest
from store.uow import RefusedByDatabaseError
from tests.store.kit import NOW
from tests.store.road import NEW_ADDRESS, NEW_PHONE, PHONE, STAFF, Road, inbound


def test_a_filed_request_comes_back_as_it_was(road: Road) -> None:
    customer = road.customer()
    conversation = road.agreed(road.linked(customer))
    conversation = road.proven(road.sent(conversation, OnFile(road.version(customer, "email"))))
    conversation = road.proven(road.sent(conversation, NewContact("phone", NEW_PHONE), Need.NEW_CONTACT))
    filed = replaced(road.request_of(conversation), risks=("young_link",), cooling_off=dt.timedelta(days=3))

    road.commit(Decision(conversation, effects=(File((filed,)),)))

    assert road.load(filed.number) == filed
    assert len(filed.proofs) == 2


def test_an_unknown_number_is_an_error(road: Road) -> None:
    with pytest.raises(UnknownRequest):
        road.load("CR-2026-000404")


def test_the_database_refuses_a_request_without_proof(road: Road) -> None:
    conversation = road.agreed(road.linked(road.customer()))
    unproven = road.request_of(conversation)

    with pytest.raises(RefusedByDatabaseError):
        road.commit(Decision(conversation, effects=(File((unproven,)),)))

    assert road.rows("SELECT number FROM change_request") == []


def test_the_database_refuses_a_request_proven_by_the_new_contact_alone(road: Road) -> None:
    conversation = road.agreed(road.linked(road.customer()))
    conversation = road.proven(road.sent(conversation, NewContact("phone", NEW_PHONE), Need.NEW_CONTACT))

    with pytest.raises(RefusedByDatabaseError):
        road.commit(Decision(conversation, effects=(File((road.request_of(conversation),)),)))


@pytest.mark.parametrize("changed", [{"digest": "ab" * 32}, {"consent": "another"}])
def test_the_database_refuses_another_change_than_was_proven(road: Road, changed: dict[str, str]) -> None:
    customer = road.customer()
    conversation = road.agreed(road.linked(customer))
    conversation = road.proven(road.sent(conversation, OnFile(road.version(customer, "email"))))
    other = replaced(road.request_of(conversation), **changed)  # type: ignore[arg-type]  # texts

    with pytest.raises(RefusedByDatabaseError):
        road.commit(Decision(conversation, effects=(File((other,)),)))


def test_the_database_refuses_approval_by_a_maker(road: Road) -> None:
    customer = road.customer()
    conversation = road.agreed(road.linked(customer))
    conversation = road.proven(road.sent(conversation, OnFile(road.version(customer, "email"))))
    request = road.request_of(conversation)
    helped = replaced(request, makers=request.makers | {"staff:rita"})
    road.commit(Decision(conversation, effects=(File((helped,)),)))
    reviewed = road.moved(road.load(request.number), State.IN_REVIEW)

    with pytest.raises(RefusedByDatabaseError):
        road.moved(reviewed, State.APPROVED, ("rita", "reviewer"))


def test_the_database_refuses_an_important_change_approved_by_one(road: Road) -> None:
    request = road.filed(road.customer(), {"full": "Ada King"}, "name")
    reviewed = road.moved(request, State.IN_REVIEW)

    with pytest.raises(RefusedByDatabaseError):
        road.moved(reviewed, State.APPROVED, ("rita", "reviewer"))
    with pytest.raises(RefusedByDatabaseError):
        road.moved(reviewed, State.APPROVED, ("rita", "reviewer"), ("rita", "supervisor"))


def test_two_checkers_approve_an_important_change(road: Road) -> None:
    request = road.filed(road.customer(), {"full": "Ada King"}, "name")

    second = road.moved(road.moved(request, State.IN_REVIEW), State.IN_SECOND_REVIEW, ("rita", "reviewer"))
    approved = road.moved(second, State.APPROVED, ("sue", "supervisor"))

    assert [(given.checker, given.role) for given in approved.approvals] == [
        ("rita", "reviewer"),
        ("sue", "supervisor"),
    ]
    assert [state for state, _ in approved.history] == ["filed", "in_review", "in_second_review", "approved"]


def test_an_approval_does_not_outlive_a_return_to_the_customer(road: Road) -> None:
    request = road.filed(road.customer(), {"full": "Ada King"}, "name")
    second = road.moved(road.moved(request, State.IN_REVIEW), State.IN_SECOND_REVIEW, ("rita", "reviewer"))

    returned = road.moved(replaced(second, approvals=()), State.RETURNED)
    again = road.moved(road.moved(returned, State.IN_REVIEW), State.IN_SECOND_REVIEW, ("ron", "reviewer"))

    assert returned.approvals == ()
    assert [given.checker for given in again.approvals] == ["ron"]


def test_whoever_moves_a_request_second_must_load_it_again(road: Road) -> None:
    request = road.filed(road.customer())
    road.moved(request, State.IN_REVIEW)

    with pytest.raises(StaleRequest):
        road.moved(request, State.WITHDRAWN)

    assert road.load(request.number).state is State.IN_REVIEW


def test_a_request_may_move_several_times_in_one_commit(road: Road) -> None:
    request = road.moved(road.filed(road.customer()), State.IN_REVIEW)
    first = replaced(request, state=State.EXPIRED)
    second = replaced(request, state=State.WITHDRAWN)

    road.commit(Decision(effects=(Move(first, State.IN_REVIEW), Move(second, State.EXPIRED))))

    loaded = road.load(request.number)
    assert (loaded.state, loaded.version) == (State.WITHDRAWN, request.version + 2)


def test_requests_are_paged_by_number_and_state(road: Road) -> None:
    customer = road.customer()
    for n in (1, 2, 3):
        other = road.customer()
        road.write(lambda uow: uow.run("UPDATE conversation SET channel = id"))
        road.filed(other, number=f"CR-2026-00000{n}")
    road.moved(road.load("CR-2026-000002"), State.IN_REVIEW)

    def numbers(state: State | None, after: str = "") -> list[str]:
        return [r.number[-1] for r in road.write(lambda uow: uow.requests.page(state, after))]

    assert numbers(None) == ["1", "2", "3"]
    assert numbers(State.FILED) == ["1", "3"]
    assert numbers(State.FILED, "CR-2026-000001") == ["3"]
    assert road.write(lambda uow: uow.requests.open_of(customer)) == []


def test_evidence_shows_old_and_new_consent_proofs_and_conversation_and_is_audited(road: Road) -> None:
    customer = road.customer()
    conversation = road.linked(customer)
    road.commit(Decision(conversation), inbound("my number is new"))
    request = road.filed(customer)

    evidence = road.write(lambda uow: uow.requests.evidence(request.number, STAFF, NOW))

    assert (evidence.old, evidence.new) == (PHONE, NEW_PHONE)
    assert evidence.request == request
    assert evidence.live == request.against
    assert (evidence.consent.id, evidence.consent.recipients) == (request.consent, ("crm",))
    (proof,) = evidence.proofs
    assert (proof.kind, proof.field, proof.person) == ("code", "email", f"customer:{customer}")
    assert [said.text for said in evidence.said] == ["my number is new"]
    assert [event.state for event in evidence.events] == [State.FILED]
    (opened,) = (e for e in road.write(lambda uow: uow.audit.for_customer(customer)) if e.act == "request.opened")
    assert (opened.actor, opened.subject) == ("rita", f"request:{request.number}")


def test_evidence_of_a_field_that_had_no_value_has_no_old_one(road: Road) -> None:
    customer = road.customer(address=None)
    request = road.filed(customer, NEW_ADDRESS, "address")

    evidence = road.write(lambda uow: uow.requests.evidence(request.number, STAFF, NOW))

    assert (evidence.old, evidence.live, evidence.new) == (None, None, NEW_ADDRESS)


def test_evidence_shows_nothing_from_when_the_chat_was_another_customers(road: Road) -> None:
    former = road.linked(road.customer())
    road.commit(Decision(former), inbound("words of the former one"))
    road.now += dt.timedelta(days=1)
    customer = road.customer()
    road.commit(Decision(road.linked(customer)), inbound("words of the present one", id="m2"))
    request = road.filed(customer)

    evidence = road.write(lambda uow: uow.requests.evidence(request.number, STAFF, NOW))

    assert [said.text for said in evidence.said] == ["words of the present one"]
