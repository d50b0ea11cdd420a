"""Risk rules: what is met, and what it adds to a change (design, part 6)."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogs.effects import File, Flag, OnFile
from dialogs.facts import Facts
from dialogs.lifecycle import after_approval, apply_due, approvals_missing
from dialogs.policy import RiskPolicy
from dialogs.replies import ReplyId
from dialogs.request import Approval, ChangeRequest, Importance, State
from dialogs.risk import measures
from nlu.replaced import replaced
from tests.dialogs.build import (
    ADDRESS,
    EMAIL,
    LINKED,
    MOVED,
    NEW_EMAIL,
    NEW_PHONE,
    NO,
    NOW,
    PHONE,
    POLICY,
    YES,
    Chat,
    candidate,
    read,
)

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
NEW_NAME = read(starts=("name",), values=(candidate("name", full="Ana Maria Lopez"),))


STRICT = replaced(
    POLICY, risks={**POLICY.risks, "young_link": RiskPolicy(("phone", "email", "name"), within=DAY, add_proof=True)}
)
"""A company that lists the contacts too."""


def knowing(**facts: object) -> Facts:
    return replaced(LINKED, **facts)  # type: ignore[arg-type] # Facts' own fields


def filed(chat: Chat) -> ChangeRequest:
    (file,) = chat.caused(File)
    assert isinstance(file, File)
    return file.requests[0]


def moved(facts: Facts) -> Chat:
    return Chat(facts).text(MOVED).text(YES).code()


# --- a young link --------------------------------------------------------------------------------------------------


def test_in_a_young_chat_a_new_phone_wants_both_contacts_on_file() -> None:
    chat = Chat(knowing(linked_at=NOW - 23 * HOUR), STRICT).text(NEW_PHONE).text(YES).text(YES)
    assert chat.reply(ReplyId.PROOFS_MISSING).args["count"] == 3

    chat.code()
    assert chat.code_sent.destination == OnFile("v-email")

    chat.code().code()
    assert filed(chat).risks == ("young_link",)
    assert filed(chat).importance is Importance.ORDINARY
    assert len(filed(chat).proofs) == 3


def test_without_a_second_contact_a_young_chat_gets_a_second_approver() -> None:
    record = {"phone": PHONE, "address": ADDRESS}
    chat = Chat(knowing(linked_at=NOW - HOUR, record=record), STRICT).text(NEW_PHONE).text(YES).text(YES).code().code()

    assert filed(chat).importance is Importance.IMPORTANT


def test_a_second_contact_said_to_be_gone_gets_a_second_approver() -> None:
    chat = Chat(knowing(linked_at=NOW - HOUR), STRICT).text(NEW_EMAIL).text(YES).code()
    assert chat.said[-1] == ReplyId.ASK_OLD_WORKS

    chat.text(NO).code()
    assert filed(chat).importance is Importance.IMPORTANT


def test_a_day_later_the_link_is_as_any_other() -> None:
    chat = Chat(knowing(linked_at=NOW - DAY), STRICT).text(NEW_PHONE).text(YES).text(YES).code().code()

    assert filed(chat).risks == ()
    assert filed(chat).importance is Importance.ORDINARY


def test_a_rule_that_does_not_name_the_field_is_shown_and_adds_nothing() -> None:
    chat = moved(knowing(linked_at=NOW - HOUR))

    assert filed(chat).risks == ("young_link",)
    assert filed(chat).importance is Importance.ORDINARY


# --- what happened lately ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "importance"), [(0, Importance.ORDINARY), (1, Importance.IMPORTANT)])
def test_the_second_contact_change_within_a_week_gets_a_second_approver(before: int, importance: Importance) -> None:
    chat = Chat(knowing(contact_changes=before)).text(NEW_PHONE).text(YES).text(YES).code().code()

    assert filed(chat).importance is importance


def test_contact_changes_do_not_touch_an_address() -> None:
    assert filed(moved(knowing(contact_changes=5))).risks == ()


def test_both_contacts_at_once_are_two_contact_changes() -> None:
    both = read(starts=("phone", "email"), values=(*NEW_PHONE.candidates, *NEW_EMAIL.candidates))
    chat = Chat().text(both).text(YES).text(YES).code().code().code()

    assert filed(chat).risks == ("contact_changes",)
    assert filed(chat).importance is Importance.IMPORTANT


def test_an_address_soon_after_a_new_phone_wants_the_mailbox_too() -> None:
    chat = Chat(knowing(phone_changed_at=NOW - 6 * DAY)).text(MOVED).text(YES).code()
    assert chat.code_sent.destination == OnFile("v-email")

    chat.code()
    assert filed(chat).risks == ("address_after_phone",)
    assert filed(moved(knowing(phone_changed_at=NOW - 7 * DAY))).risks == ()


def test_many_wrong_codes_get_a_second_approver() -> None:
    assert filed(moved(knowing(failed_codes=4))).importance is Importance.ORDINARY
    assert filed(moved(knowing(failed_codes=5))).importance is Importance.IMPORTANT


# --- the value itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("countries", "risks"),
    [({"US"}, ()), ({"US", "CN"}, ()), ({"CN"}, ("other_country",)), (set(), ())],
)
def test_another_country_than_the_records_is_a_risk(countries: set[str], risks: tuple[str, ...]) -> None:
    chat = moved(knowing(countries=frozenset(countries)))

    assert filed(chat).risks == risks
    assert filed(chat).importance is (Importance.IMPORTANT if risks else Importance.ORDINARY)


def test_a_contact_of_another_customer_is_held_for_a_person_and_reads_like_any_other() -> None:
    plain = Chat().text(NEW_PHONE).text(YES).text(YES).code().code()
    held = Chat(knowing(elsewhere=frozenset({"phone"}))).text(NEW_PHONE).text(YES).text(YES).code().code()

    assert filed(held).importance is Importance.IMPORTANT
    assert [flag.reason for flag in held.caused(Flag) if isinstance(flag, Flag)] == ["risk"]
    assert held.said == plain.said
    assert held.decision.replies[0].args.keys() == plain.decision.replies[0].args.keys()


def test_an_important_change_with_a_risk_stays_important() -> None:
    chat = Chat(knowing(linked_at=NOW - HOUR), STRICT).text(NEW_NAME).text(YES).code().code()

    assert filed(chat).importance is Importance.IMPORTANT
    assert len(filed(chat).proofs) == 2


# --- what was filed stays as strict as it was -----------------------------------------------------------------------


def test_rules_loosened_after_filing_do_not_weaken_a_request() -> None:
    strict = replaced(POLICY, risks={"failed_codes": RiskPolicy(count=5, add_approver=True, cooling_off=DAY)})
    chat = Chat(knowing(failed_codes=9), strict).text(MOVED).text(YES).code()
    loose = replaced(POLICY, risks={})

    one = Approval("rita", "reviewer", filed(chat).digest, NOW)
    approved = replaced(filed(chat), state=State.APPROVED, approvals=(one,))
    assert approvals_missing(approved) is not None

    both = replaced(approved, approvals=(one, replaced(one, checker="omar", role="supervisor")))
    (cooling, *_) = after_approval(both, loose, NOW).effects
    assert cooling.request.state is State.COOLING_OFF  # type: ignore[union-attr] # a Move
    assert not any(type(e).__name__ == "Apply" for e in apply_due(cooling.request, loose, NOW + HOUR).effects)  # type: ignore[union-attr]
    assert any(type(e).__name__ == "Apply" for e in apply_due(cooling.request, loose, NOW + DAY).effects)  # type: ignore[union-attr]


def test_the_longest_wait_counts_and_a_risk_unknown_today_adds_nothing() -> None:
    rules = {"a": RiskPolicy(cooling_off=DAY), "b": RiskPolicy(("phone",), cooling_off=3 * DAY)}
    policy = replaced(POLICY, risks=rules)

    assert measures("phone", ("a", "b", "gone"), policy).cooling_off == 3 * DAY
    assert measures("address", ("a", "b", "gone"), policy).cooling_off == DAY


def test_two_young_contacts_prove_only_once_each() -> None:
    """The same contact again is no second proof."""
    chat = (
        Chat(knowing(linked_at=NOW - HOUR, record={"phone": PHONE, "email": EMAIL}), STRICT)
        .text(NEW_NAME)
        .text(YES)
        .code()
    )

    assert chat.code_sent.destination == OnFile("v-email")
