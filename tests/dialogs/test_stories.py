"""The two stories of the design, part 4, step by step."""

from __future__ import annotations

from bot.catalogues import load_catalogues
from dialogs.effects import File, RecordConsent, RecordProof, SendCode
from dialogs.facts import TokenOutcome
from dialogs.replies import render
from dialogs.types import Stage
from nlu.types import Language, Problem
from tests.dialogs.build import ANA, LINKED, OAK, UNLINKED, YES, Chat, candidate, read


def in_words(chat: Chat) -> str:
    """Everything the bot said in the last turn."""
    messages = [render(reply, chat.conversation.language, load_catalogues()) for reply in chat.decision.replies]
    return "\n".join(message.text for message in messages)


def test_the_english_story_runs_from_first_word_to_filed() -> None:
    street = candidate("address", number="12", street="Oak Street")
    chat = Chat().text(read(starts=("address",), values=(street,)), "Hi, I moved to 12 Oak Street last week")
    assert in_words(chat).startswith("Thanks for telling us. I have 12 Oak Street")
    assert "city and postcode" in in_words(chat)

    chat.text(read(values=(candidate("address", city="Springfield", postcode="62704", unit="3"),)), "flat 3 actually")
    assert chat.conversation.stage is Stage.CONFIRMING
    assert "••47" in in_words(chat)
    assert "It goes to: CRM, Orders and Logistics." in in_words(chat)

    chat.text(YES, "yes")
    assert chat.caused(RecordConsent)
    assert chat.caused(SendCode)
    assert "6-digit code to your phone ••• ••• 4417" in in_words(chat)

    chat.code()
    assert chat.caused(RecordProof)
    (filed,) = chat.caused(File)
    assert isinstance(filed, File)
    assert filed.requests[0].number == "CR-2026-000123"
    assert in_words(chat).startswith("Filed as CR-2026-000123")
    assert chat.conversation.stage is Stage.FILED


def test_the_chinese_story_runs_from_first_word_to_filed() -> None:
    said = read(starts=("address",), language=Language.ZH)
    chat = Chat().text(said, "我儿子把老房子卖了，我们搬去女儿家了")
    assert in_words(chat).startswith("好的，我来帮您更新地址。请告诉我新地址")

    estate = candidate("address", Problem.AMBIGUOUS, city="上海市", district="浦东新区", poi="城南小区")
    chat.text(read(values=(estate,), language=Language.ZH), "沪浦东新区城南小区")
    assert "可能不止一处，请补充" in in_words(chat)

    place = candidate("address", road="世纪大道", number="100号", building="3号楼", room="502")
    chat.text(read(values=(place,), language=Language.ZH), "世纪大道100号3号楼502")
    assert "将把您的地址改为：" in in_words(chat)

    chat.text(read(*YES.acts, language=Language.ZH), "同意")
    assert "6位验证码" in in_words(chat)

    chat.code()
    assert "CR-2026-000123" in in_words(chat)
    assert "1个工作日" in in_words(chat)


def test_an_unlinked_chat_is_linked_first_and_then_goes_on() -> None:
    chat = Chat(UNLINKED).text(read(starts=("address",)))
    assert chat.conversation.stage is Stage.LINKING

    chat.token(token=TokenOutcome.VALID, token_customer=ANA)
    assert chat.conversation.customer == ANA
    assert chat.conversation.stage is Stage.COLLECTING

    chat.facts = LINKED
    chat.text(read(values=(candidate("address", **OAK),)))
    assert chat.conversation.stage is Stage.CONFIRMING
