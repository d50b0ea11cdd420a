"""Consent: bound to exactly the change that was shown."""

from __future__ import annotations

import hashlib

from dialogs.consent import digest_of, form_of
from dialogs.effects import RecordConsent, SendCode
from dialogs.replies import ReplyId
from dialogs.types import Asked
from nlu.replaced import replaced
from nlu.types import Act
from tests.dialogs.build import ANA, POLICY, YES, candidate, confirming, read, verifying


def test_the_consent_record_says_what_why_who_and_how() -> None:
    chat = confirming()
    draft = chat.conversation.draft
    (record,) = chat.text(YES).caused(RecordConsent)

    assert isinstance(record, RecordConsent)
    assert draft is not None
    assert record.digest == draft.digest
    assert record.digest == hashlib.sha256(f"{record.nonce}\n{record.form}".encode()).hexdigest()
    assert "12" in record.form
    assert record.purposes == ("purpose-address",)
    assert record.recipients == ("CRM", "Orders", "Logistics")
    assert record.how == "typed"
    assert record.withdraw == ReplyId.CONSENT_WITHDRAW


def test_a_tapped_consent_is_recorded_as_tapped() -> None:
    (record,) = confirming().tap("consent.yes").caused(RecordConsent)

    assert isinstance(record, RecordConsent)
    assert record.how == "button"


def test_every_part_of_the_change_is_in_the_digest() -> None:
    draft = confirming().conversation.draft
    assert draft is not None
    form = form_of(draft, ANA, POLICY)
    (item,) = draft.items
    other = replaced(draft, items=(replaced(item, value={**item.value, "number": "14"}),))

    assert form_of(other, ANA, POLICY) != form
    assert form_of(draft, "customer-bo", POLICY) != form
    assert form_of(replaced(draft, id="another"), ANA, POLICY) != form
    assert digest_of(form, "a") != digest_of(form, "b")


def test_a_stale_consent_button_never_consents() -> None:
    chat = confirming()
    stale = chat.decision.replies[-1].buttons[0].id
    chat.text(read(Act.CORRECT, values=(candidate("address", number="14"),)))

    chat.button(stale)

    assert not chat.ever(RecordConsent)
    assert chat.said == [ReplyId.SUMMARY_CHANGED_SINCE, ReplyId.SUMMARY]


def test_a_consent_button_of_a_finished_change_is_answered_kindly() -> None:
    chat = confirming()
    stale = chat.decision.replies[-1].buttons[0].id
    chat.text(YES).code()

    chat.button(stale)

    assert chat.said == [ReplyId.BUTTON_OVER]
    assert len(chat.ever(RecordConsent)) == 1


def test_a_consent_button_tapped_twice_counts_once() -> None:
    chat = confirming()
    yes = chat.decision.replies[-1].buttons[0].id
    chat.button(yes).button(yes)

    assert len(chat.ever(RecordConsent)) == 1
    assert len(chat.ever(SendCode)) == 1
    assert chat.conversation.question.asked is Asked.CODE


def test_button_ids_are_short_enough_for_every_channel() -> None:
    for chat in (confirming(), verifying()):
        ids = [button.id for reply in chat.decision.replies for button in reply.buttons]
        assert all(len(id.encode()) <= 64 for id in ids)


def test_an_unknown_button_changes_nothing() -> None:
    chat = confirming()
    draft = chat.conversation.draft

    chat.button("no.such:button")

    assert chat.conversation.draft == draft
    assert chat.said == [ReplyId.BUTTON_OVER, ReplyId.SUMMARY]
