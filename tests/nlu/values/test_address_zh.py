"""Chinese addresses: divisions, down to the room, corrected."""

from __future__ import annotations

import pytest

from nlu.types import Language, Problem, Value
from nlu.values.merge import merge, missing
from nlu.values.present import present
from tests.nlu.values.conftest import Find


def test_compound_alone_is_ambiguous_and_the_rest_is_named(find: Find) -> None:
    (candidate,) = find("沪浦东新区城南小区", expects="address")

    assert dict(candidate.value) == {"city": "上海市", "district": "浦东新区", "poi": "城南小区"}
    assert candidate.problem is Problem.AMBIGUOUS
    assert candidate.missing == ("road", "number", "building", "room")


def test_second_answer_completes_the_chinese_address(find: Find) -> None:
    known = {"city": "上海市", "district": "浦东新区", "poi": "城南小区"}

    (candidate,) = find(
        "世纪大道100号3号楼502", expects="address", missing=("road", "number", "building", "room"), known=known
    )
    whole = merge("address", known, candidate.value)

    assert candidate.problem is None
    assert missing("address", whole, region="CN") == ()
    assert present("address", whole, language=Language.ZH) == "上海市浦东新区世纪大道100号城南小区3号楼502室"


@pytest.mark.parametrize("start", ["沪", "上海", "上海市"])
def test_every_way_to_write_a_city_gives_one_form(find: Find, start: str) -> None:
    (candidate,) = find(f"{start}徐汇区天平路8号", expects="address")

    assert candidate.value["city"] == "上海市"
    assert candidate.value["district"] == "徐汇区"


WRITTEN: list[tuple[str, Value]] = [
    (
        "地址改成广东省深圳市南山区学府路1号创想大厦A座1201室",
        {
            "province": "广东省",
            "city": "深圳市",
            "district": "南山区",
            "road": "学府路",
            "number": "1号",
            "poi": "创想大厦",
            "building": "A座",
            "room": "1201室",
        },
    ),
    (
        "我搬到了北京朝阳区望花路88号院5号楼2单元1003",
        {
            "city": "北京市",
            "district": "朝阳区",
            "road": "望花路",
            "number": "88号院",
            "building": "5号楼",
            "unit": "2单元",
            "room": "1003",
        },
    ),
    (
        "浙江金华义乌市春江镇柳荫村36号",
        {
            "province": "浙江省",
            "city": "金华市",
            "district": "义乌市",
            "town": "春江镇",
            "community": "柳荫村",
            "number": "36号",
        },
    ),
    ("上虞市曙光路20号", {"district": "上虞区", "road": "曙光路", "number": "20号"}),
    (
        "廣東省東莞市長安鎮振興路9號",
        {"province": "广东省", "city": "东莞市", "town": "長安鎮", "road": "振興路", "number": "9号"},
    ),
]


@pytest.mark.parametrize(("text", "value"), WRITTEN[:4])
def test_address_is_read_into_components(find: Find, text: str, value: Value) -> None:
    (candidate,) = find(text, "address")

    assert dict(candidate.value) == dict(value)
    assert candidate.missing == ()


def test_traditional_script_finds_the_same_divisions(find: Find) -> None:
    (candidate,) = find("廣東省東莞市長安鎮振興路9號", "address")

    assert candidate.value["province"] == "广东省"
    assert candidate.value["city"] == "东莞市"
    assert candidate.missing == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("应该是3号楼", {"building": "3号楼"}),
        ("门牌号改成15号", {"number": "15号"}),
        ("路名是天平路", {"road": "天平路"}),
        ("错了,是徐汇区", {"district": "徐汇区"}),
        ("502室", {"room": "502室"}),
        ("门牌号是14", {"number": "14"}),
    ],
)
def test_correction_yields_only_its_part(find: Find, text: str, value: Value) -> None:
    known = {
        "city": "上海市",
        "district": "浦东新区",
        "road": "世纪大道",
        "number": "12号",
        "poi": "城南小区",
        "building": "2号楼",
    }

    (candidate,) = find(text, expects="address", known=known)

    assert dict(candidate.value) == dict(value)


def test_not_that_number_but_this(find: Find) -> None:
    old, new = find("不是12号,是14号", expects="address", known={"number": "12号"})

    assert (old.role, new.role) == ("old", "new")
    assert dict(new.value) == {"number": "14号"}


@pytest.mark.parametrize(
    "text",
    [
        "我儿子把老房子卖了,我们搬去女儿家了",
        "我要改地址",
        "不用了",
        "等一下",
        "怎么修改地址",
        "转人工",
        "为什么要问这个",
    ],
)
def test_chatter_is_no_address(find: Find, text: str) -> None:
    assert find(text, "address", expects="address") == ()


@pytest.mark.parametrize(
    "lead",
    [
        "我搬家了，新地址",
        "搬家了 新地址",
        "新的收货地址",
        "更新地址",
        "我的家庭住址",
        "现住址",
        "搬家了，地址：",
        "新地址是",
    ],
)
def test_what_an_address_is_called_is_no_part_of_its_road(find: Find, lead: str) -> None:
    (whole,) = find(f"{lead}上海市浦东新区世纪大道100号3号楼502室", "address")
    (road,) = find(f"{lead}世纪大道100号", "address")

    assert (whole.value["city"], whole.value["road"]) == ("上海市", "世纪大道")
    assert dict(road.value) == {"road": "世纪大道", "number": "100号"}
