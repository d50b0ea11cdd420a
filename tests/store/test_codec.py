"""A conversation survives being written as JSON and read back."""

from __future__ import annotations

import datetime as dt
import json

from hypothesis import given
from hypothesis import strategies as st

from dialogs.types import Arg, Button, Conversation, Item, Reply, Term
from nlu.types import Cue, Holder, Language, Operation, Polarity, Value, When, WhenKind
from store.codec import decode, encode

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
    assert decode(Conversation, encode(conversation)) == conversation


@given(replies)
def test_arguments_come_back_with_their_types(reply: Reply) -> None:
    back = decode(Reply, encode(reply))

    assert back == reply
    assert {key: type(arg) for key, arg in back.args.items()} == {key: type(arg) for key, arg in reply.args.items()}


def test_what_equals_its_default_is_not_written() -> None:
    conversation = Conversation("1", "webchat", "c", language=Language.ZH)

    written = json.loads(encode(conversation))

    assert written == {"id": "1", "channel": "webchat", "chat": "c", "language": "zh"}


def test_a_field_that_is_no_longer_known_is_skipped() -> None:
    cell = b'{"id":"1","channel":"webchat","chat":"c","gone":[1,2]}'

    assert decode(Conversation, cell) == Conversation("1", "webchat", "c")
