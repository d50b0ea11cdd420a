"""English addresses: whole, in parts, corrected."""

from __future__ import annotations

import pytest

from nlu.types import Value
from nlu.values.merge import merge, missing
from tests.nlu.values.conftest import Find

COMPLETE: list[tuple[str, Value]] = [
    (
        "12 Oak Street, Flat 3, Springfield 62704",
        {"number": "12", "street": "Oak Street", "unit": "Flat 3", "city": "Springfield", "postcode": "62704"},
    ),
    (
        "please use 48 n willow creek rd apt 5b cedar grove wi 53013",
        {
            "number": "48",
            "street": "n willow creek rd",
            "unit": "apt 5b",
            "city": "cedar grove",
            "state": "wi",
            "postcode": "53013",
        },
    ),
    ("PO Box 778, Fairview TX 75069", {"po_box": "PO Box 778", "city": "Fairview", "state": "TX", "postcode": "75069"}),
    (
        "Flat 2, 10 Harbour Lane, Bristol BS1 4QQ",
        {"unit": "Flat 2", "number": "10", "street": "Harbour Lane", "city": "Bristol", "postcode": "BS1 4QQ"},
    ),
    (
        "301-55 Maple Street West, Toronto, ON M4W 1A5",
        {"number": "301-55", "street": "Maple Street West", "city": "Toronto", "state": "ON", "postcode": "M4W 1A5"},
    ),
    (
        "5 Wattle St, Melbourne VIC 3000",
        {"number": "5", "street": "Wattle St", "city": "Melbourne", "state": "VIC", "postcode": "3000"},
    ),
    (
        "600 6th Avenue #1203, New York, NY 10011, USA",
        {
            "number": "600",
            "street": "6th Avenue",
            "unit": "#1203",
            "city": "New York",
            "state": "NY",
            "postcode": "10011",
            "country": "USA",
        },
    ),
]


@pytest.mark.parametrize(("text", "value"), COMPLETE)
def test_complete_address_is_read_into_components(find: Find, text: str, value: Value) -> None:
    (candidate,) = find(text, expects="address")

    assert dict(candidate.value) == dict(value)
    assert candidate.missing == ()


def test_address_in_a_sentence_is_read_and_what_lacks_is_named(find: Find) -> None:
    text = "Hi, I moved to 12 Oak Street last week"

    (candidate,) = find(text, "address")

    assert dict(candidate.value) == {"number": "12", "street": "Oak Street"}
    assert text[slice(*candidate.span)] == candidate.raw == "12 Oak Street"
    assert candidate.missing == ("city", "postcode")


def test_answer_completes_the_address_of_the_first_seed(find: Find) -> None:
    known = {"number": "12", "street": "Oak Street"}

    (candidate,) = find(
        "Springfield 62704. flat 3 actually", expects="address", missing=("city", "postcode"), known=known
    )

    assert dict(candidate.value) == {"city": "Springfield", "postcode": "62704", "unit": "flat 3"}
    assert missing("address", merge("address", known, candidate.value), region="US") == ()


@pytest.mark.parametrize(
    ("text", "part", "value"),
    [
        ("no, number 14", "number", "14"),
        ("flat 3", "unit", "flat 3"),
        ("the flat number is 5", "unit", "5"),
        ("make it 14", "number", "14"),
        ("Sorry, wrong zip, 62705", "postcode", "62705"),
        ("actually it's Elm Street not Oak Street", "street", "Elm Street"),
        ("sorry, it's 14", "number", "14"),
        ("the postcode is 62705", "postcode", "62705"),
        ("the city is Salem", "city", "Salem"),
    ],
)
def test_correction_of_one_part_yields_only_that_part(find: Find, text: str, part: str, value: str) -> None:
    known = {"number": "12", "street": "Oak Street", "city": "Springfield", "postcode": "62704"}

    (candidate,) = find(text, expects="address", known=known)

    assert dict(candidate.value) == {part: value}
    assert candidate.missing == ()


def test_bare_number_answers_the_open_house_number(find: Find) -> None:
    (candidate,) = find("14", expects="address", missing=("number",), known={"street": "Oak Street"})

    assert dict(candidate.value) == {"number": "14"}


def test_replaced_number_is_old_and_the_other_new(find: Find) -> None:
    old, new = find("not 12, 14", expects="address", known={"number": "12", "street": "Oak Street"})

    assert (old.role, dict(old.value)) == ("old", {"number": "12"})
    assert (new.role, dict(new.value)) == ("new", {"number": "14"})


def test_from_one_address_to_another(find: Find) -> None:
    old, new = find("I moved from 12 Oak Street, Springfield to 9 Elm Street, Portland OR 97201", "address")

    assert (old.role, old.value["street"]) == ("old", "Oak Street")
    assert (new.role, new.value["street"], new.value["city"]) == ("new", "Elm Street", "Portland")


@pytest.mark.parametrize(
    ("text", "code"), [("b s 1 4 q q", "BS1 4QQ"), ("bravo sierra one 4 quebec quebec", "BS1 4QQ")]
)
def test_spelled_postcode_is_put_together(find: Find, text: str, code: str) -> None:
    (candidate,) = find(text, expects="address", missing=("postcode",))

    assert dict(candidate.value) == {"postcode": code}


def test_spoken_house_number_and_zip(find: Find) -> None:
    (candidate,) = find(
        "my new address is four two seven Birch Lane, Salem, Oregon, nine seven three zero one", "address"
    )

    assert candidate.value["number"] == "427"
    assert candidate.value["postcode"] == "97301"


@pytest.mark.parametrize(
    "text", ["yes", "why do you ask?", "cancel", "wait a moment", "I don't know", "i need to change my address", "help"]
)
def test_chatter_is_no_address(find: Find, text: str) -> None:
    assert find(text, expects="address") == ()


@pytest.mark.parametrize(
    "text",
    ["12 was right", "no wait, 12 was right", "the 12 was fine", "number 12 was right after all", "12 is correct"],
)
def test_a_number_that_was_right_has_no_street(find: Find, text: str) -> None:
    (candidate,) = find(text, expects="address", known=KNOWN_14)

    assert dict(candidate.value) == {"number": "12"}


@pytest.mark.parametrize("text", ["14 is wrong", "everything is correct", "14 isn't it"])
def test_a_verb_begins_no_street(find: Find, text: str) -> None:
    assert all("street" not in c.value and "city" not in c.value for c in find(text, expects="address", known=KNOWN_14))


KNOWN_14 = {"number": "14", "street": "Oak Street", "city": "Springfield", "state": "IL", "postcode": "62704"}
