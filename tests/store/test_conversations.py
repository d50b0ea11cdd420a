"""Conversations: one claim per message, one state per chat, everything sealed under the right key."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogs.effects import Decision, Link, Note
from dialogs.types import ActorKind, Asked, Conversation, Question, Reply, Stage
from nlu.replaced import replaced
from nlu.types import Language
from store.conversations import ClaimConflict, ClaimedMeanwhile, StaleConversation, UnknownConversation
from store.crypto import KeyDestroyedError
from store.uow import RefusedByDatabaseError
from tests.store.kit import NOW
from tests.store.road import CHAT, STAFF, Road, inbound

HELLO = Decision(replies=(Reply("hello", {"company": "Acme"}), Reply("help")))


def test_a_chat_has_one_conversation_which_comes_back_as_it_was(road: Road) -> None:
    conversation = road.chat()
    changed = replaced(
        conversation, stage=Stage.LINKING, language=Language.ZH, question=Question(Asked.CUSTOMER_NUMBER)
    )

    road.commit(Decision(changed))

    assert road.chat() == replaced(changed, version=1)
    assert road.chat("another").id != conversation.id
    assert road.write(lambda uow: uow.conversations.find("telegram", CHAT)) is None


def test_an_unknown_conversation_is_an_error(road: Road) -> None:
    with pytest.raises(UnknownConversation):
        road.write(lambda uow: uow.conversations.by_id("none"))


def test_the_same_message_again_gets_the_same_answer(road: Road) -> None:
    message = inbound("Hi, I moved")
    assert road.write(lambda uow: uow.conversations.earlier(message)) is None
    said = road.commit(replaced(HELLO, conversation=road.chat()), message)

    again = road.write(lambda uow: uow.conversations.earlier(message))

    assert again == said
    assert road.write(lambda uow: uow.conversations.claim(message, NOW)) == said
    assert [line.id for line in said] == ["hello", "help"]
    assert said[0].text == "en: hello Acme"


def test_a_message_that_was_answered_with_silence_is_so_again(road: Road) -> None:
    message = inbound("thanks")
    road.commit(Decision(road.chat()), message)

    assert road.write(lambda uow: uow.conversations.earlier(message)) == ()


def test_a_linked_chat_gets_the_same_answer_again_too(road: Road) -> None:
    conversation, message = road.linked(road.customer()), inbound("Hi, I moved", id="m2")
    said = road.commit(replaced(HELLO, conversation=conversation), message)

    assert road.write(lambda uow: uow.conversations.earlier(message)) == said
    with pytest.raises(ClaimConflict):
        road.write(lambda uow: uow.conversations.earlier(replaced(message, text="I did not")))


def test_of_two_turns_that_both_found_a_message_new_one_can_answer_it(road: Road) -> None:
    message = inbound("Hi, I moved")
    road.commit(replaced(HELLO, conversation=road.chat()), message)

    with pytest.raises(ClaimedMeanwhile):
        road.commit(replaced(HELLO, conversation=road.chat()), message)

    conversation = road.chat()
    assert len(road.write(lambda uow: uow.conversations.messages(conversation.id))) == 3


@pytest.mark.parametrize("other", [inbound("I did not move"), replaced(inbound(None), button="moved")])
def test_the_same_id_with_another_body_is_a_conflict(road: Road, other: object) -> None:
    road.write(lambda uow: uow.conversations.claim(inbound("I moved"), NOW))

    with pytest.raises(ClaimConflict):
        road.write(lambda uow: uow.conversations.claim(other, NOW))  # type: ignore[arg-type]  # an Inbound


def test_ids_of_different_chats_and_channels_are_different_messages(road: Road) -> None:
    messages = [inbound(), inbound(chat="other"), inbound(channel="telegram"), inbound(id="m2")]

    assert [road.write(lambda uow, m=m: uow.conversations.claim(m, NOW)) for m in messages] == [None] * 4


def test_a_claim_whose_turn_fails_is_free_again(road: Road) -> None:
    def crash(uow: object) -> None:
        uow.conversations.claim(inbound(), NOW)  # type: ignore[attr-defined]  # a unit of work
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        road.write(crash)

    assert road.write(lambda uow: uow.conversations.claim(inbound(), NOW)) is None


def test_whoever_saves_second_must_load_again(road: Road) -> None:
    seen = road.chat()
    road.commit(Decision(seen))

    with pytest.raises(StaleConversation):
        road.commit(Decision(seen, (Reply("hello"),)))

    assert road.write(lambda uow: uow.conversations.messages(seen.id)) == []


def test_messages_are_numbered_and_say_who_spoke(road: Road) -> None:
    conversation = road.chat()
    road.commit(replaced(HELLO, conversation=conversation), inbound("Hi"))
    person = Decision(road.again(conversation), (Reply("person-says", {"text": "I am Rita"}),))
    road.commit(person, actor=STAFF)

    said = road.write(lambda uow: uow.conversations.messages(conversation.id))

    assert [(line.seq, line.author_kind) for line in said] == [
        (1, ActorKind.CUSTOMER),
        (2, ActorKind.BOT),
        (3, ActorKind.BOT),
        (4, ActorKind.STAFF),
    ]
    assert said[0].text == "Hi"
    assert said[3].author == "rita"
    after = road.write(lambda uow: uow.conversations.messages(conversation.id, after=2, limit=1))
    assert after == said[2:3]


def test_only_push_channels_get_a_delivery_job_for_what_the_bot_says(road: Road) -> None:
    for channel in ("webchat", "telegram"):
        conversation = road.chat(channel=channel)
        road.commit(replaced(HELLO, conversation=conversation), inbound("Hi", channel=channel))

    jobs = road.rows("SELECT key, payload FROM job WHERE kind = 'deliver' ORDER BY id")

    assert jobs == [(conversation.id, f'{{"conversation":"{conversation.id}","seq":{seq}}}') for seq in (2, 3)]


def test_linking_moves_the_chat_under_the_customers_key(road: Road) -> None:
    customer, conversation = road.customer(), road.chat()
    road.commit(replaced(HELLO, conversation=conversation), inbound("my old words"))
    road.commit(Decision(effects=(Note(conversation.id, "seems lost"),)), actor=STAFF)
    before = road.write(lambda uow: uow.conversations.messages(conversation.id))

    linked = road.effects(road.again(conversation), Link(customer, "api"))

    assert linked.customer == customer
    assert road.write(lambda uow: uow.conversations.messages(conversation.id)) == before
    assert [note.text for note in road.write(lambda uow: uow.conversations.notes(conversation.id))] == ["seems lost"]
    assert road.rows("SELECT holder FROM data_key WHERE kind = 'conversation'") == []
    (link,) = road.write(lambda uow: uow.customers.links(customer))
    assert (link.conversation, link.how) == (conversation.id, "api")
    assert road.write(lambda uow: uow.conversations.of_customer(customer)) == [linked]


def test_with_the_customers_key_the_chat_is_gone(road: Road) -> None:
    customer = road.customer()
    conversation = road.linked(customer)
    road.commit(replaced(HELLO, conversation=conversation))
    road.write(lambda uow: uow.customers.record(customer))

    road.write(lambda uow: uow.run("DELETE FROM data_key WHERE kind = 'customer'"))

    with pytest.raises(KeyDestroyedError):
        road.write(lambda uow: uow.conversations.messages(conversation.id))
    with pytest.raises(KeyDestroyedError):  # although the state is remembered
        road.write(lambda uow: uow.conversations.by_id(conversation.id))
    with pytest.raises(KeyDestroyedError):  # and so is what is shown of the record
        road.write(lambda uow: uow.customers.record(customer))


def test_flagged_conversations_are_listed_longest_waiting_first(road: Road) -> None:
    chats: list[Conversation] = []
    for n, minutes in enumerate((30, 10, 20)):
        waiting = NOW.replace(minute=minutes)
        flagged = replaced(road.chat(f"chat-{n}"), flagged="dispute", flagged_at=waiting)
        road.commit(Decision(flagged))
        chats.append(flagged)
    quiet = road.chat("quiet")

    first = road.write(lambda uow: uow.conversations.page(True, limit=2))
    rest = road.write(lambda uow: uow.conversations.page(True, after=first[-1].id))

    assert [line.id for line in (*first, *rest)] == [chats[n].id for n in (1, 2, 0)]
    assert [line.id for line in road.write(lambda uow: uow.conversations.page(False))] == [quiet.id]
    assert len(road.write(lambda uow: uow.conversations.page(None))) == 4


def test_what_was_said_stays_with_the_customer_whose_chat_it_was(road: Road) -> None:
    first, second = road.customer(), road.customer(no="CUST2")
    chat = road.linked(first)
    road.commit(Decision(chat, (Reply("hello"),)), inbound("of the first", id="m7"))
    road.effects(road.again(chat), Note(chat.id, "of the first"))

    switched = road.effects(replaced(road.again(chat), customer=second), Link(second, "token"))
    road.commit(Decision(switched, (Reply("hello"),)), inbound("of the second", id="m8"))

    said = road.write(lambda uow: uow.conversations.messages(chat.id))
    assert [line.text for line in said] == ["of the second", "en: hello"]
    assert road.write(lambda uow: uow.conversations.notes(chat.id)) == []
    earlier = road.write(lambda uow: uow.conversations.said.of_customer(chat.id, first, 0, 99))
    assert [line.text for line in earlier] == ["of the first", "en: hello"]
    assert len(road.write(lambda uow: uow.conversations.last_messages(chat.id))) == 2


def test_every_link_of_a_chat_is_kept_and_one_stands(road: Road) -> None:
    first, second = road.customer(), road.customer(no="CUST2")
    road.linked(first)
    road.now += dt.timedelta(days=1)
    road.linked(second)
    road.now += dt.timedelta(days=1)
    chat = road.linked(first)

    links = road.write(lambda uow: uow.customers.links(first))
    assert [link.ended_at is None for link in links] == [False, True]
    assert len(road.rows("SELECT 1 FROM link WHERE conversation = ?", chat.id)) == 3
    with pytest.raises(RefusedByDatabaseError):  # two that stand
        road.write(lambda uow: uow.run("UPDATE link SET ended_at = NULL"))
