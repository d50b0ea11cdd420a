"""What an utterance does in the dialog."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nlu.model import built_in_model
from nlu.types import Act, Ask, Expects, Language, Understanding
from nlu.understand import understand

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
YES_NO = Expects(Ask.YES_NO)
SLOT = Expects(Ask.SLOT, "address")
IDLE = Expects()


def read(text: str, expects: Expects = YES_NO, language: Language | None = None) -> Understanding:
    return understand(text, expects=expects, now=NOW, language=language, model=built_in_model())


SAID = {
    Act.AFFIRM: """yes|Yes.|yep|yeah|yup!|ok|OK go ahead|okay, file it|sure|sure thing|correct|that's right
        |that’s correct
        |yes please|yes, go ahead|yes that is my new address|looks good|I agree|go ahead|sounds good to me
        |absolutely|of course|confirm|yes yes|perfect, thanks|do it|y|fine by me|是|是的|对|对的|对对对|好|好的
        |好的。|嗯|嗯嗯|可以|可以的|行|没问题|没错|是的没错|是的,没错|同意|我同意|同意提交|确认|确认提交
        |好的好的|是的谢谢|对,就是这个|行吧|當然可以|可以,請提交""",
    Act.DENY: """no|No.|nope|nah|no thanks|no, thank you|not really|I don't agree|that's not right|don't do it
        |please don't|no no|I'd rather not|no, that's all|skip|不|不是|不是的|不对|不同意|我不同意|不行|不要
        |不用了|不用了,谢谢|不可以|没有|不需要|拒绝|跳过|不想说|不方便透露|不,谢谢|还没有""",
    Act.CANCEL: """cancel|Cancel please|never mind|nevermind|forget it|cancel it|cancel the change please
        |I changed my mind
        |stop|let's forget about it, it is fine as it was|please cancel the whole thing|I want to cancel
        |no, cancel|算了|算了吧|取消|取消吧|我不改了|不改了|还是算了|帮我取消|我改主意了|那算了,不换了
        |取消这次修改|麻烦取消""",
    Act.CORRECT: """no, 14|actually flat 3|flat 3 actually|not 12, 14|I meant 14|sorry, it's 14|oops, wrong number
        |that's wrong|change something|there's a typo|the postcode should be 90210|No, it's Oak Street 14
        |change it to 15|the street is wrong|写错了|不对,是14号|不是12,是14|应该是14号|打错了|改一下|号码错了
        |是502不是520|手机号写错了,应该是13912345678|改成14号|手误|錯了""",
    Act.ASK_HUMAN: """human|agent please|I want to talk to a human|can I speak to a real person|let me talk to someone
        |connect me with an agent please|get me a human|I need a human agent|transfer me to customer service
        |this bot is useless, give me a representative|转人工|人工|我要人工|找客服|转接人工客服|我要找真人
        |帮我转人工服务|能不能让我跟真人说话|轉人工客服|叫你们经理来,我要找经理""",
    Act.ASK_WHY: """why?|why do you ask|why do you need my address|what for?|why do you need that
        |what do you need it for?
        |How come you need this?|为什么|为什么要这个|为什么需要我的地址|要这个干嘛|问这个做什么|为啥要我的手机号
        |有什么用|凭什么要告诉你""",
    Act.HELP: """help|help me please|what can you do?|I don't understand|what do you mean|how does this work
        |what should I do now?|帮助|不懂|你能做什么|什么意思?|看不懂|我该怎么填|不明白你的意思""",
    Act.RESTART: "start over|restart|let's start again|can we start over from the beginning|from scratch please|"
    "重新开始|重来|从头来|从头开始吧|我想重新来一遍",
    Act.REPEAT: """repeat|say that again please|can you repeat that?|what was the question?|sorry, what did you say
        |I didn't get the code|please resend the code|send me a new code|再说一遍|重复一下|没听清|你刚才说什么
        |没收到验证码|重发验证码|再发一次|验证码还没收到""",
    Act.WAIT: "wait|wait a moment|one moment please|hold on|just a sec|let me check|give me a minute|"
    "hang on, I need to look it up|等等|等一下|稍等|请稍等一下|等我看看|我找一下|马上|让我查一下",
    Act.LATER: "later|not now|maybe later|I'm busy|remind me tomorrow|can we do this later|I'll do it later|"
    "I'm driving right now|以后再说|晚点|改天吧|现在没空|下次再说|我在开会,晚点再弄|明天再说|稍后",
    Act.OPT_OUT: "stop asking me|unsubscribe|don't contact me again|please stop messaging me|opt out|"
    "I don't want any more reminders, take me off your list|别再问了|退订|不要再给我发消息了|以后别问了|"
    "别烦我",
    Act.GREET: "hi|hello|Hey there|good morning|hi bot|你好|您好|在吗|早上好|哈喽",
    Act.THANK: "thanks|thank you so much|thx|many thanks!|ok thanks|谢谢|多谢|谢谢你|好的谢谢|感谢",
}


@pytest.mark.parametrize(
    ("act", "text"), [(act, text.strip()) for act, texts in SAID.items() for text in texts.split("|")]
)
def test_common_ways_of_saying_an_act_are_read(act: Act, text: str) -> None:
    expects = SLOT if act is Act.CORRECT and text[0].isalpha() and "flat" in text else YES_NO

    assert act in read(text, expects).acts


@pytest.mark.parametrize(
    "act", [Act.DENY, Act.CANCEL, Act.CORRECT, Act.WAIT, Act.LATER, Act.ASK_WHY, Act.OPT_OUT, Act.ASK_HUMAN]
)
def test_nothing_but_a_yes_is_read_as_consent(act: Act) -> None:
    """A refusal, doubt or delay taken for consent would file a change nobody wanted."""
    for text in SAID[act].split("|"):
        assert Act.AFFIRM not in read(text.strip()).acts, text


@pytest.mark.parametrize("text", [t.strip() for t in SAID[Act.AFFIRM].split("|")])
def test_a_plain_yes_is_only_a_yes(text: str) -> None:
    assert read(text).acts <= {Act.AFFIRM, Act.THANK}


@pytest.mark.parametrize(
    "text",
    [
        "yes I was wondering yesterday whether the shop opens on Sundays",
        "is that ok?",
        "right, so the thing is that I have not decided",
        "yes but change the flat to 4",
        "ok so what happens to my old number",
        "I don't know if that is correct",
        "可以吗?",
        "是吗",
        "好是好,但是门牌号不太对",
        "对了,我的快递到哪了",
        "是不是要等很久",
        "yes, no",
        "好像不对",
    ],
)
def test_a_yes_inside_something_else_is_no_consent(text: str) -> None:
    understood = read(text)

    assert Act.AFFIRM not in understood.acts or text == "yes, no"


def test_no_with_a_value_is_a_denial_and_a_correction_while_a_question_is_open() -> None:
    assert {Act.DENY, Act.CORRECT} <= read("no, 14", SLOT).acts
    assert {Act.DENY, Act.CORRECT} <= read("不对,是14号", YES_NO).acts


def test_no_with_a_value_corrects_nothing_while_no_question_is_open() -> None:
    assert Act.CORRECT not in read("no, 14", IDLE).acts


@pytest.mark.parametrize("text", ["cancel my order", "取消订单", "stop the delivery"])
def test_cancelling_something_else_cancels_no_flow(text: str) -> None:
    assert Act.CANCEL not in read(text).acts


@pytest.mark.parametrize("text", ["I want to change my address", "我要改地址"])
def test_a_wish_is_no_answer(text: str) -> None:
    assert read(text, IDLE).acts <= {Act.PROVIDE}


@pytest.mark.parametrize("text", ["ok", "OK!", "👍", "  ", "...", ""])
@pytest.mark.parametrize("language", list(Language))
def test_undecided_text_keeps_the_language_of_the_conversation(text: str, language: Language) -> None:
    assert read(text, language=language).language is language


def test_ok_affirms_in_either_language() -> None:
    assert Act.AFFIRM in read("ok", language=Language.ZH).acts
    assert Act.AFFIRM in read("ok", language=Language.EN).acts


@pytest.mark.parametrize(
    "text",
    [
        "no, i'd rather not say",
        "I would rather not tell you",
        "I'd prefer not to give it",
        "that's private",
        "no, none of your business",
        "I'm not telling you that",
        "这个不太想说",
        "我不太方便透露",
    ],
)
def test_declining_to_say_is_a_no_and_no_place(text: str) -> None:
    understood = read(text, SLOT)

    assert Act.DENY in understood.acts
    assert understood.candidates == ()


@pytest.mark.parametrize("text", ["hi again", "Hello again!", "hey again", "it's me again"])
def test_a_greeting_again_asks_for_nothing_to_be_repeated(text: str) -> None:
    assert read(text).acts == {Act.GREET}


@pytest.mark.parametrize("text", ["why the code?", "why a code", "why my address?", "why the number?"])
def test_why_with_a_noun_asks_why(text: str) -> None:
    assert read(text).acts == {Act.ASK_WHY}


@pytest.mark.parametrize(
    "text", ["forget the email", "forget about my email", "drop the email", "please cancel the email"]
)
def test_forgetting_a_field_cancels_that_field(text: str) -> None:
    understood = read(text)

    assert Act.CANCEL in understood.acts
    assert understood.chosen == ("email",)


@pytest.mark.parametrize("text", ["I forget the code", "forget my password", "drop the price"])
def test_forgetting_something_else_cancels_nothing(text: str) -> None:
    assert Act.CANCEL not in read(text).acts


def test_declining_is_never_read_while_nothing_is_asked() -> None:
    assert Act.DENY not in read("I'd rather not say why my address changed", IDLE).acts


PROPOSED = Expects(
    Ask.YES_NO,
    "address",
    known={"number": "12", "street": "Oak Street", "city": "Springfield", "state": "IL", "postcode": "62704"},
    about=("address", "name"),
)
CHANGED = Expects(Ask.YES_NO, about=("name",))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("yes, and my email changed too", "email"),
        ("Yes please, and I also changed my phone number", "phone"),
        ("是的，另外我的邮箱也换了", "email"),
    ],
)
def test_a_yes_and_another_change_is_a_yes(text: str, field: str) -> None:
    understood = read(text, PROPOSED)

    assert understood.acts == {Act.AFFIRM}
    assert understood.starts == (field,)


@pytest.mark.parametrize(
    "text",
    [
        "yes, and I moved again",
        "yes, and my name changed too",
        "yes, and my email is now ana@example.org",
        "yes, and the flat is 4",
        "yes, but my email changed too",
        "yes, and my email changed, so wait",
        "yes, and my email changed, and let me think about the rest",
        "yes, and I want to change something else",
        "yes, if my email changed too",
        "yes, and my wife's email changed",
        "yes, and has my email changed?",
        "yes, and my email changed temporarily",
        "是的，不过我的邮箱也换了",
        "好的，我邮箱换了，先等等",
        "是的，我又搬家了",
    ],
)
def test_a_yes_that_says_more_of_the_proposal_is_no_consent(text: str) -> None:
    assert Act.AFFIRM not in read(text, PROPOSED).acts


@pytest.mark.parametrize(
    "text", ["yes, my full name is Ana Garcia", "yes, it's now Ana Garcia", "是的，我现在叫王小红"]
)
def test_a_yes_may_bring_the_value_along(text: str) -> None:
    understood = read(text, CHANGED)

    assert understood.acts == {Act.AFFIRM, Act.PROVIDE}
    assert [candidate.field for candidate in understood.candidates] == ["name"]


@pytest.mark.parametrize("text", ["yes", "yes recently", "yes, last week", "no", "I have no idea", "是的", "最近"])
def test_a_question_about_a_field_takes_no_odd_word_for_its_value(text: str) -> None:
    assert read(text, CHANGED).candidates == ()
