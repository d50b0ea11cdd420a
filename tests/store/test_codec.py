"""A conversation survives being written as JSON and read back."""

from __future__ import annotations

import datetime as dt
import json
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.types import Arg, Button, Conversation, Draft, Item, Reply, Term
from nlu.types import Cue, Holder, Language, Operation, Polarity, Value, When, WhenKind
from store.codec import decode, encode, read, written

text = st.text(max_size=20)
moments = st.datetimes(timezones=st.just(dt.UTC))
values: st.SearchStrategy[Value] = st.dictionaries(text, text, max_size=4)
terms = st.builds(Term, text)
args: st.SearchStrategy[Arg] = st.one_of(
    text,
    st.integers(),
    moments,
    st.dates(),
    terms,
    st.lists(terms, max_size=3).map(tuple),
    st.lists(text, max_size=3).map(tuple),
)
replies = st.builds(
    Reply,
    id=text,
    args=st.dictionaries(text, args, max_size=4),
    buttons=st.lists(st.builds(Button, text, text), max_size=3).map(tuple),
    card=st.booleans(),
)
whens = st.builds(When, st.sampled_from(WhenKind), st.none() | st.dates())
st.register_type_strategy(dt.datetime, moments)
st.register_type_strategy(Reply, replies)
st.register_type_strategy(When, whens)
st.register_type_strategy(
    Item,
    st.builds(
        Item,
        field=text,
        operation=st.sampled_from(Operation),
        value=values,
        missing=st.lists(text, max_size=3).map(tuple),
        when=whens,
        holder=st.sampled_from(Holder),
        reason=st.none() | text,
    ),
)
st.register_type_strategy(
    Draft, st.builds(Draft, items=st.lists(st.from_type(Item), max_size=2).map(tuple), restored=values)
)
st.register_type_strategy(
    Cue,
    st.builds(
        Cue,
        field=text,
        operation=st.sampled_from(Operation),
        holder=st.sampled_from(Holder),
        polarity=st.sampled_from(Polarity),
        when=whens,
        confidence=st.floats(0, 1),
        span=st.tuples(st.integers(0, 4096), st.integers(0, 4096)),
    ),
)


@given(st.from_type(Conversation))
def test_every_conversation_comes_back_as_it_was(conversation: Conversation) -> None:
    assert decode(encode(conversation)) == conversation


@given(replies)
def test_arguments_come_back_with_their_types(reply: Reply) -> None:
    (back,) = decode(encode(Conversation("1", "webchat", "c", last=(reply,)))).last

    assert back == reply
    assert {key: type(arg) for key, arg in back.args.items()} == {key: type(arg) for key, arg in reply.args.items()}


def test_cells_kept_since_the_first_version_are_read_and_written_alike() -> None:
    cell = (
        b'{"id":"i","channel":"webchat","chat":"c","stage":"confirming","question":{"asked":"consent"},"customer":"o",'
        b'"draft":{"id":"x","items":[{"field":"address","operation":"changed","value":{"street":"Oak Street"},'
        b'"when":{"kind":"future","date":"2026-04-01"}}],"began_at":"2026-03-02T09:00:00.000005Z","nonce":"n"},'
        b'"last":[{"id":"summary","args":{"field":{"term":"field-address"},"effective":{"on":"2026-04-01"},'
        b'"until":{"at":"2026-03-02T09:00:00.000005+00:00"},"recipients":["CRM"],"fields":[{"term":"a"}],"count":2},'
        b'"buttons":[{"id":"consent.yes:abc","label":"yes"}],"card":true}],"silence":"nudged","version":5}'
    )

    kept = decode(cell)

    assert encode(kept) == cell
    assert kept.draft is not None
    assert kept.draft.items[0].when == When(WhenKind.FUTURE, dt.date(2026, 4, 1))
    assert [type(arg) for arg in kept.last[0].args.values()] == [Term, dt.date, dt.datetime, tuple, tuple, int]


def test_any_mapping_is_kept_and_nothing_else_that_has_no_form() -> None:
    value = MappingProxyType({"street": "Oak Street"})
    item = Item("address", Operation.CHANGED, value)

    assert decode(encode(Conversation("1", "webchat", "c", queue=(item,)))).queue[0].value == dict(value)

    class Marked(str):
        """Text of a library's own kind."""

    assert decode(encode(Conversation("1", "webchat", Marked("c")))).chat == "c"
    with pytest.raises(TypeError, match="object is not kept"):
        written(object())


@pytest.mark.parametrize("text", ["half \ud83d a character", "\udcff"])
def test_half_a_character_comes_back(text: str) -> None:
    conversation = Conversation("1", "webchat", "c", last=(Reply("said", {"text": text}),))

    assert decode(encode(conversation)) == conversation
    assert read(written((text, ()))) == [text, []]


def test_what_equals_its_default_is_not_written() -> None:
    conversation = Conversation("1", "webchat", "c", language=Language.ZH)

    written = json.loads(encode(conversation))

    assert written == {"id": "1", "channel": "webchat", "chat": "c", "language": "zh"}


def test_a_field_that_is_no_longer_known_is_skipped() -> None:
    cell = b'{"id":"1","channel":"webchat","chat":"c","gone":[1,2]}'

    assert decode(cell) == Conversation("1", "webchat", "c")
