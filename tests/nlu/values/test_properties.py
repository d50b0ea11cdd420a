"""Truths that hold for every text and every value."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.normalise import folded, normalise
from nlu.types import BUILT_IN_FIELDS, Ask, Expects, Language
from nlu.values.canonical import canonical
from nlu.values.find import find_values
from nlu.values.merge import merge, missing
from nlu.values.present import mask, present
from nlu.values.when import find_when

NOW = dt.datetime(2026, 2, 11, tzinfo=dt.UTC)
PIECES = [
    "12 Oak Street",
    "flat 3",
    "Springfield",
    "62704",
    ", ",
    ". ",
    "from ",
    "to ",
    "not ",
    "+1 555 555 0142",
    "138 0000 4417",
    "a@b",
    "li@example.com",
    "@",
    "上海市",
    "浦东新区",
    "世纪大道",
    "100号",
    "3号楼",
    "502室",
    "城南小区",
    "不是",
    "改成",
    "我叫",
    "王小明",
    "my name is ",
    "Anna",
    "PO Box ",
    "#",
    "一二三",
    "幺三八",
    " ",
    "\n",
    "½",
    "１２",
    "(",
    ")",
    "-",
    "号",
    "路",
    "next ",
    "month",
    "3月",
    "1日",
    "from 1 March",
    "31",
    "30 February",
    "double five",
    "one two three",
    "İ",
    "ß",
    "\u200d",
    "😀",
    "[x]",
    "\\",
    "%s",
    "公司",
    "银行",
    "6222",
    "x",
    "at",
    "dot",
    "艾特",
    "点com",
    "弄",
    "3组",
    "五常街道",
    "濮院",
    "东单元",
    "甲3号",
    "姓从张改为章",
    "s-m-i-t-h",
    "jalan ",
    "rose cottage ",
    "Dublin 2",
    "ana@gmial.com",
    "０１３",
]
TEXT = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
FIELDS = st.sampled_from(BUILT_IN_FIELDS)
PARTS = st.sampled_from(
    [
        "country",
        "state",
        "city",
        "postcode",
        "street",
        "number",
        "unit",
        "building",
        "floor",
        "po_box",
        "province",
        "district",
        "town",
        "community",
        "road",
        "poi",
        "room",
        "e164",
        "extension",
        "email",
        "full",
        "given_name",
        "family_name",
        "name",
        "text",
        "bank",
        "partial",
    ]
)
VALUES = st.dictionaries(PARTS, st.text(min_size=1, max_size=16), max_size=6)


@settings(max_examples=120, deadline=None)
@given(
    TEXT,
    st.sampled_from(Language),
    st.sampled_from(["US", "GB", "CN", "ZZ"]),
    st.frozensets(FIELDS),
    st.none() | FIELDS,
)
def test_nothing_raises_and_spans_index_the_text(
    text: str, language: Language, region: str, fields: frozenset[str], expected: str | None
) -> None:
    expects = Expects(Ask.SLOT, expected) if expected else Expects()

    for candidate in find_values(text, language=language, region=region, now=NOW, expects=expects, fields=fields):
        start, end = candidate.span
        assert 0 <= start < end <= len(text)
        assert text[start:end] == candidate.raw
        assert candidate.role in {"old", "new"}
        assert candidate.value
        assert present(candidate.field, candidate.value, language=language)
        assert isinstance(missing(candidate.field, candidate.value, region=region), tuple)


@settings(max_examples=100, deadline=None)
@given(TEXT, st.sampled_from(Language), st.dates(dt.date(2000, 1, 1), dt.date(2090, 12, 31)))
def test_time_never_raises_and_its_span_indexes_the_text(text: str, language: Language, day: dt.date) -> None:
    found = find_when(text, language=language, now=dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC))

    if found is not None:
        start, end = found[1]
        assert 0 <= start < end <= len(text)


@given(st.text(max_size=80))
def test_folding_keeps_every_position(text: str) -> None:
    assert len(normalise(text)) == len(folded(text)) == len(text)


@given(FIELDS, VALUES)
def test_mask_discloses_at_most_four_characters(field: str, value: dict[str, str]) -> None:
    assert sum(char not in "•@. " for char in mask(field, value)) <= 4


@settings(deadline=None)
@given(FIELDS, VALUES, VALUES)
def test_newer_components_win(field: str, known: dict[str, str], new: dict[str, str]) -> None:
    merged = merge(field, known, new)

    assert all(merged[part] == text for part, text in new.items() if not (field == "name" and part == "full"))
    assert merge(field, merged, new) == merged
    assert merge(field, {}, new) == new


@settings(deadline=None)
@given(FIELDS, VALUES)
def test_canonical_form_ignores_case_and_order(field: str, value: dict[str, str]) -> None:
    turned = dict(reversed(value.items()))

    assert canonical(field, value) == canonical(field, turned)
    assert isinstance(present(field, value, language=Language.EN), str)


@pytest.mark.parametrize(
    "piece",
    ["12 oak street, ", "我住在", "公司改为", "1234 ", "a@", "address is ", "1-", "(", "改成A1", "上海", "one "],
)
def test_longest_message_is_bounded(piece: str) -> None:
    text = (piece * 4096)[:4096]
    started = time.process_time()

    for field in BUILT_IN_FIELDS:
        find_values(
            text, language=Language.ZH, region="CN", now=NOW, expects=Expects(Ask.SLOT, field), fields=frozenset()
        )

    assert time.process_time() - started < 1.5
