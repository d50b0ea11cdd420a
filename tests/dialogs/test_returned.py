"""A colleague's question about a request: what the customer answers, and what is no answer."""

from __future__ import annotations

import pytest

from dialogs.effects import AnswerReturned
from dialogs.replies import ReplyId
from dialogs.types import Asked, Question
from nlu.types import Act, Understanding
from tests.dialogs.build import NO, Chat, read

NUMBER = "CR-2026-000123"
ASKED = Question(Asked.RETURNED, NUMBER)


@pytest.mark.parametrize("words", [read(), NO, read(Act.PROVIDE)])
@pytest.mark.parametrize("question", [ASKED, Question()])
def test_any_words_answer_a_colleagues_question(words: Understanding, question: Question) -> None:
    chat = Chat(question=question).text(words, returned=(NUMBER,))

    assert chat.caused(AnswerReturned) == [AnswerReturned(NUMBER)]
    assert chat.said == [ReplyId.ANSWER_PASSED_ON]
    assert chat.conversation.question.asked is Asked.NOTHING


@pytest.mark.parametrize("words", [read(Act.GREET), read(Act.THANK), read(Act.HELP), read(Act.ASK_WHY)])
def test_courtesy_is_no_answer(words: Understanding) -> None:
    chat = Chat(question=ASKED).text(words, returned=(NUMBER,))

    assert not chat.caused(AnswerReturned)


def test_a_new_change_is_no_answer() -> None:
    chat = Chat(question=ASKED).text(read(starts=("email",)), returned=(NUMBER,))

    assert not chat.caused(AnswerReturned)
    assert chat.conversation.draft is not None


def test_a_question_that_was_answered_elsewhere_is_not_answered_again() -> None:
    assert not Chat(question=ASKED).text(read(), returned=()).caused(AnswerReturned)
