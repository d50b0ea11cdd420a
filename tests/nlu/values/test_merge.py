"""A known value and a newer part."""

from __future__ import annotations

from nlu.values.merge import merge, missing

OAK = {"number": "12", "street": "Oak Street", "unit": "flat 3", "city": "Springfield", "postcode": "62704"}


def test_newer_component_wins_and_the_rest_stays() -> None:
    assert merge("address", OAK, {"number": "14"}) == {**OAK, "number": "14"}


def test_flat_of_the_old_house_does_not_move_along() -> None:
    merged = merge("address", OAK, {"number": "9", "street": "Elm Street"})

    assert "unit" not in merged
    assert merged["city"] == "Springfield"


def test_district_of_the_old_city_does_not_move_along() -> None:
    assert merge("address", {"city": "上海市", "district": "浦东新区"}, {"city": "杭州市"}) == {"city": "杭州市"}


def test_phone_and_email_are_replaced_whole() -> None:
    assert merge("phone", {"e164": "+15555550142", "extension": "2"}, {"e164": "+15555550143"}) == {
        "e164": "+15555550143"
    }


def test_family_name_joins_the_known_given_name() -> None:
    known = {"full": "Anna Schmidt", "given_name": "Anna", "family_name": "Schmidt"}

    assert merge("name", known, {"family_name": "Miller"})["full"] == "Anna Miller"


def test_po_box_needs_no_street() -> None:
    assert missing("address", {"po_box": "PO Box 12", "city": "Salem", "postcode": "97301"}, region="US") == ()


def test_house_on_a_road_needs_no_room_but_a_compound_does() -> None:
    house = {"city": "上海市", "district": "徐汇区", "road": "天平路", "number": "8号"}

    assert missing("address", house, region="CN") == ()
    assert missing("address", {**house, "poi": "城南小区"}, region="CN") == ("building", "room")


def test_city_without_districts_is_not_asked_for_one() -> None:
    assert missing("address", {"city": "东莞市", "road": "振兴路", "number": "9号"}, region="CN") == ()


def test_district_that_implies_its_city_is_enough() -> None:
    assert missing("address", {"district": "浦东新区", "road": "天平路", "number": "8号"}, region="CN") == ()
    assert missing("address", {"district": "鼓楼区", "road": "天平路", "number": "8号"}, region="CN") == ("city",)


def test_chinese_reader_of_an_english_address_follows_its_own_form() -> None:
    assert missing("address", OAK, region="CN") == ()


def test_required_components_of_the_other_fields() -> None:
    assert missing("phone", {"partial": "1381234"}, region="CN") == ("e164",)
    assert missing("name", {"family_name": "Miller"}, region="US") == ("full",)
    assert missing("shoe_size", {}, region="US") == ("value",)
