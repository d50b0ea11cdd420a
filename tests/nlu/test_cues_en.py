"""English kinds of saying that a detail changed, and of saying something else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nlu.model import built_in_model
from nlu.types import Cue, Holder, Polarity, Understanding, WhenKind
from nlu.understand import understand

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def read(text: str) -> Understanding:
    return understand(text, now=NOW, model=built_in_model())


def cue(text: str, field: str) -> Cue:
    return next(cue for cue in read(text).cues if cue.field == field)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        # post that goes where nobody lives any more, and where it should go
        ("your letters keep going to my old house", "address"),
        ("please redirect everything to my office", "address"),
        ("we vacated that place in spring", "address"),
        # a detail that is dead, lost or somebody else's now
        ("I can't access my old inbox", "email"),
        ("that landline was disconnected ages ago", "phone"),
        ("the mobile number you have isn't mine any more", "phone"),
        # what it ought to be
        ("my surname should be spelt with two Ts, you've got it wrong", "name"),
        ("postcode is out of date on your letters", "address"),
        # money goes elsewhere
        ("send my refund to a different account", "bank_account"),
        ("the card you take the premium from has expired", "bank_account"),
        ("I switched banks", "bank_account"),
        # papers of the state
        ("my licence was renewed, where can I upload it?", "id_document"),
        ("residence permit expired, I have a fresh one", "id_document"),
        # people to call
        ("make my sister my emergency contact", "contact_person"),
        ("take my ex off as next of kin", "contact_person"),
        # firms and jobs
        ("we rebranded", "company"),
        ("I went self-employed", "other_personal"),
        # how statements come
        ("I'd like to go back to paper bills", "other_personal"),
        ("stop sending letters, e-statements only", "other_personal"),
    ],
)
def test_signs_that_stand_apart_are_at_least_asked_about(text: str, field: str) -> None:
    understood = read(text)

    assert field in {*understood.starts, *understood.asks}


@pytest.mark.parametrize(
    "text",
    [
        "change my card PIN",
        "I want to rename my savings pot",
        "name on the gift card please",
        "we moved past that already",
        "the number of my order is 5521",
        "switch my phone plan",
        "that film about a family moving house",
        "is there a fee for changing an address?",
        "where do I find my statements",
        "my iPhone screen is broken",
    ],
)
def test_what_only_sounds_like_a_detail_starts_and_asks_nothing(text: str) -> None:
    understood = read(text)

    assert (understood.starts, understood.asks) == ((), ())


@pytest.mark.parametrize(
    ("text", "field", "polarity"),
    [
        ("I kept my surname when I got married", "name", Polarity.NEGATED),
        ("leave my address as it is", "address", Polarity.NEGATED),
        ("same number as before", "phone", Polarity.NEGATED),
        ("I never asked for my email to be changed", "email", Polarity.NEGATED),
        ("new handset but I kept the number", "phone", Polarity.NEGATED),
        ("my address isn't Elm Road any more", "address", Polarity.ASSERTED),
        ("I don't use that email any longer", "email", Polarity.ASSERTED),
        ("the app won't let me change my address", "address", Polarity.ASSERTED),
        ("would a change of address cost me anything?", "address", Polarity.HYPOTHETICAL),
        ("what happens if I change my number?", "phone", Polarity.HYPOTHETICAL),
        ("say I moved next year, what then?", "address", Polarity.HYPOTHETICAL),
        ("I changed my email on Monday, did you get it?", "email", Polarity.QUESTION),
        ("I sent you my new address. Has it been saved?", "address", Polarity.QUESTION),
        ("has my surname been corrected?", "name", Polarity.QUESTION),
        ("when should I change my address?", "address", Polarity.ASSERTED),
    ],
)
def test_kinds_of_denial_supposition_and_question_are_told_apart(text: str, field: str, polarity: Polarity) -> None:
    assert cue(text, field).polarity is polarity


@pytest.mark.parametrize(
    ("text", "field", "holder"),
    [
        ("we are moving in June", "address", Holder.HOUSEHOLD),
        ("our landline was cancelled", "phone", Holder.HOUSEHOLD),
        ("my husband and I changed our surname", "name", Holder.HOUSEHOLD),
        ("our company has a new name", "company", Holder.SELF),
        ("we rebranded", "company", Holder.SELF),
        ("the dentist's address has changed", "address", Holder.OTHER),
        ("my brother moved to Leeds", "address", Holder.OTHER),
        ("she got a new number", "phone", Holder.OTHER),
        ("a mate of mine switched banks", "bank_account", Holder.OTHER),
        ("I moved in with my partner", "address", Holder.SELF),
    ],
)
def test_whose_change_it_is(text: str, field: str, holder: Holder) -> None:
    assert cue(text, field).holder is holder


@pytest.mark.parametrize(
    ("text", "field", "kind"),
    [
        ("I just got married and took his name", "name", WhenKind.PAST),
        ("we moved ages ago", "address", WhenKind.PAST),
        ("I changed banks in the summer", "bank_account", WhenKind.PAST),
        ("my number has already changed", "phone", WhenKind.PAST),
        ("I'm going to change my email soon", "email", WhenKind.FUTURE),
        ("we are moving next month", "address", WhenKind.FUTURE),
        ("use my mum's address until Easter please, I'm staying there", "address", WhenKind.TEMPORARY),
        ("a different number while I'm abroad", "phone", WhenKind.TEMPORARY),
        ("please change my address", "address", WhenKind.NOW),
        ("my email is wrong, I just want it fixed", "email", WhenKind.NOW),
    ],
)
def test_when_it_happens(text: str, field: str, kind: WhenKind) -> None:
    assert cue(text, field).when.kind is kind
