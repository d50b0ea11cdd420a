"""Which details an utterance says have changed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from nlu.model import built_in_model
from nlu.types import ANY, Cue, Holder, Operation, Polarity, Understanding, WhenKind
from nlu.understand import understand

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CORPUS = yaml.safe_load((Path(__file__).parent / "corpus_cues.yml").read_text(encoding="utf-8"))
ROWS = [(fields, text) for fields, texts in CORPUS.items() for text in texts]


def read(text: str) -> Understanding:
    return understand(text, now=NOW, model=built_in_model())


def cue(text: str, field: str) -> Cue:
    return next(cue for cue in read(text).cues if cue.field == field)


@pytest.mark.parametrize(("fields", "text"), ROWS)
def test_invented_utterances_are_read(fields: str, text: str) -> None:
    understood = read(text)
    said = {*understood.starts, *understood.asks}

    if fields == "nothing":
        assert not understood.starts
    elif fields == ANY:
        assert said
    else:
        assert set(fields.split(",")) <= said


def test_few_harmless_utterances_are_even_asked_about() -> None:
    harmless = CORPUS["nothing"]

    asked = [text for text in harmless if read(text).asks]

    assert len(asked) <= len(harmless) * 0.03


@pytest.mark.parametrize(
    "text",
    [
        "My friend moved",
        "I haven't moved",
        "if I moved",
        "where is my order",
        "I lost my phone",
        "change my PIN",
        "换手机不是换手机号",
        "地址没错",
        "no, my address is the same",
        "what if I changed my name?",
        "我朋友搬家了",
        "我没有搬家",
        "如果我搬家了",
    ],
)
def test_what_changes_nothing_starts_and_asks_nothing(text: str) -> None:
    understood = read(text)

    assert understood.starts == ()
    assert understood.asks == ()


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Hi, I moved to 12 Oak Street last week", "address"),
        ("we moved", "address"),
        ("how do I change my address?", "address"),
        ("我儿子把老房子卖了,我们搬去女儿家了", "address"),
        ("新手机号是1381234", "phone"),
    ],
)
def test_sentences_of_the_design_start_a_flow(text: str, field: str) -> None:
    assert read(text).starts == (field,)


@pytest.mark.parametrize("text", ["call me on 13812345678", "you can reach me at 415 555 0132", "打13812345678联系我"])
def test_a_value_without_a_word_of_change_is_asked_about(text: str) -> None:
    understood = read(text)

    assert understood.starts == ()
    assert understood.asks == ("phone",)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("my wife's new number is 415 555 0132", "phone"),
        ("my brother's address has changed", "address"),
        ("change the email of my colleague", "email"),
        ("her phone number changed", "phone"),
        ("我老婆的手机号换了", "phone"),
        ("同事的邮箱改了", "email"),
    ],
)
def test_somebody_elses_detail_is_kept_but_starts_nothing(text: str, field: str) -> None:
    understood = read(text)

    assert understood.starts == ()
    assert cue(text, field).holder is Holder.OTHER


@pytest.mark.parametrize("text", ["my wife and I moved", "my family relocated to Austin"])
def test_the_household_moves_together(text: str) -> None:
    assert read(text).starts == ("address",)
    assert cue(text, "address").holder is Holder.HOUSEHOLD


@pytest.mark.parametrize(
    ("text", "polarity"),
    [
        ("I moved", Polarity.ASSERTED),
        ("I haven't moved", Polarity.NEGATED),
        ("if I moved", Polarity.HYPOTHETICAL),
        ("did you change my address?", Polarity.QUESTION),
        ("how do I change my address?", Polarity.ASSERTED),
        ("my address hasn't changed", Polarity.NEGATED),
        ("I don't want to change my address", Polarity.NEGATED),
        ("我搬家了", Polarity.ASSERTED),
        ("我没搬家", Polarity.NEGATED),
        ("如果我搬家了", Polarity.HYPOTHETICAL),
        ("我不想改地址", Polarity.NEGATED),
    ],
)
def test_polarity_follows_the_clause(text: str, polarity: Polarity) -> None:
    assert cue(text, "address").polarity is polarity


@pytest.mark.parametrize(
    ("text", "field", "operation"),
    [
        ("I want to update my email", "email", Operation.WANTS_CHANGE),
        ("my address has changed", "address", Operation.CHANGED),
        ("my last name is misspelled", "name", Operation.WRONG_ON_RECORD),
        ("please delete my old phone number", "phone", Operation.REMOVE),
        ("add a second phone number", "phone", Operation.ADD),
        ("I no longer have access to that email", "email", Operation.UNREACHABLE),
        ("我想改手机号", "phone", Operation.WANTS_CHANGE),
        ("手机号换了", "phone", Operation.CHANGED),
        ("地址写错了", "address", Operation.WRONG_ON_RECORD),
        ("以前的手机号停用了", "phone", Operation.UNREACHABLE),
    ],
)
def test_the_operation_is_read(text: str, field: str, operation: Operation) -> None:
    assert cue(text, field).operation is operation


def test_several_fields_in_one_message_all_start() -> None:
    assert set(read("please update my email, phone and mailing address").starts) == {"email", "phone", "address"}
    assert set(read("我想改一下手机号和地址").starts) == {"phone", "address"}


def test_a_wish_without_a_field_asks_which() -> None:
    assert read("I need to update my details").asks == (ANY,)
    assert read("我要修改个人资料").asks == (ANY,)


def test_a_named_field_makes_the_vague_wish_superfluous() -> None:
    understood = read("I moved and need to change my details")

    assert understood.starts == ("address",)
    assert understood.asks == ()


def test_a_denied_half_leaves_the_other_half() -> None:
    assert read("I haven't moved, but my phone number has changed").starts == ("phone",)
    assert read("手机号没换，地址换了").starts == ("address",)


@pytest.mark.parametrize(
    "text", ["chnage my adress", "updte my emial adress", "my addrress is wrong", "跟换手机号码", "换手机好了"]
)
def test_typos_are_understood(text: str) -> None:
    understood = read(text)

    assert understood.starts or understood.asks


@pytest.mark.parametrize("text", ["我換了電話號碼", "請幫我更改地址", "電子郵箱寫錯了", "聯絡電話要更新"])
def test_traditional_chinese_is_understood(text: str) -> None:
    assert read(text).starts


def test_a_field_that_is_switched_off_is_not_read() -> None:
    model = built_in_model(("phone",))

    understood = understand("I moved and changed my phone number", now=NOW, model=model)

    assert understood.starts == ("phone",)
    assert {cue.field for cue in understood.cues} == {"phone"}


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("my address is now 5 Elm St", "address"),
        ("my name is now Jane Jones", "name"),
        ("my email will be jane@example.com", "email"),
        ("my number changed to 415-555-0132", "phone"),
        ("我们要到下个月3号才搬", "address"),
        ("暂时住在朋友家", "address"),
    ],
)
def test_a_value_put_as_new_starts_a_flow(text: str, field: str) -> None:
    assert field in read(text).starts


@pytest.mark.parametrize(
    "text",
    [
        "I'm temporarily living in Boston",
        "temporary address until June: 5 Elm St",
        "手机号不是13812345678，是13912345678",
    ],
)
def test_what_may_be_a_change_is_asked_about(text: str) -> None:
    understood = read(text)

    assert understood.starts == ()
    assert understood.asks


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("楼栋号填岔了，帮我改过来", "address"),
        ("老房子退租了，东西别再往那边寄，改寄新家", "address"),
        ("公司座机拆了，以后登记我的手机号", "phone"),
        ("老号被回收了，想绑新号", "phone"),
        ("留的号早就不用了", "phone"),
        ("邮箱后缀少了个字母", "email"),
        ("姓写成同音字了，名字要改", "name"),
        ("身份证续期了，新的怎么上传", "id_document"),
        ("我们单位换名称了，单位名称要改", "company"),
        ("紧急联系人还是我前夫，换掉", "contact_person"),
        ("收货人写我妈妈", "contact_person"),
        ("提现的银行卡销户了，换成另一张", "bank_account"),
        ("把旧的银行卡解绑", "bank_account"),
        ("婚姻状况还是旧的", "other_personal"),
        ("账单从纸质改成电子版", "other_personal"),
        ("聯絡電話換咗，想更新", "phone"),
        ("我哋搬咗屋，地址要改", "address"),
        ("jinji lianxiren yao gai", "contact_person"),
    ],
)
def test_chinese_ways_to_say_so_are_understood(text: str, field: str) -> None:
    understood = read(text)

    assert field in {*understood.starts, *understood.asks}


@pytest.mark.parametrize(
    ("text", "field", "polarity"),
    [
        ("收件地址更新好了没", "address", Polarity.QUESTION),
        ("上个礼拜的邮箱改成功了吗", "email", Polarity.QUESTION),
        ("你们是不是把我的手机号换了", "phone", Polarity.QUESTION),
        ("有人改了我的邮箱吗", "email", Polarity.QUESTION),
        ("要是以后地址变了，会员还有效吗", "address", Polarity.HYPOTHETICAL),
        ("换号的话积分会清零吗", "phone", Polarity.HYPOTHETICAL),
        ("想改手机号，算了不改了", "phone", Polarity.NEGATED),
        ("没让你们动我的收货人，别改", "contact_person", Polarity.NEGATED),
        ("我没换工作", "company", Polarity.NEGATED),
        ("要是换了手机号，怎么更新", "phone", Polarity.ASSERTED),
        ("如果还没发货，把地址改成公司的", "address", Polarity.ASSERTED),
    ],
)
def test_chinese_words_around_a_change_decide_how_it_is_put(text: str, field: str, polarity: Polarity) -> None:
    assert cue(text, field).polarity is polarity


@pytest.mark.parametrize(
    ("text", "field", "holder"),
    [
        ("全家下个月搬家", "address", Holder.HOUSEHOLD),
        ("我哋搬咗屋", "address", Holder.HOUSEHOLD),
        ("孩子的证件号登记错了", "id_document", Holder.HOUSEHOLD),
        ("我们公司的地址变了", "address", Holder.SELF),
        ("室友的邮箱换了", "email", Holder.OTHER),
        ("快递员的号码换了", "phone", Holder.OTHER),
        ("紧急联系人换成我弟弟", "contact_person", Holder.SELF),
    ],
)
def test_chinese_words_say_whose_detail_it_is(text: str, field: str, holder: Holder) -> None:
    assert cue(text, field).holder is holder


@pytest.mark.parametrize(
    "text",
    [
        "换卡槽要多少钱",
        "发票抬头改一下",
        "配送时间改到下午",
        "换个手机壳",
        "软件更新以后闪退",
        "电视剧里女主换了号码",
        "您可以在设置里修改地址",
        "有没有搬家服务",
        "手机号没换，地址也没变",
    ],
)
def test_chinese_words_that_only_look_alike_start_nothing(text: str) -> None:
    assert read(text).starts == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("刚搬完家", WhenKind.PAST),
        ("手机号早就换了", WhenKind.PAST),
        ("地址要改一下", WhenKind.NOW),
        ("改名以后银行卡怎么办", WhenKind.NOW),
        ("过完年搬家，地址到时候改", WhenKind.FUTURE),
        ("出差这两周，收货地址先改一下，回来再换回来", WhenKind.TEMPORARY),
    ],
)
def test_chinese_words_say_when(text: str, kind: WhenKind) -> None:
    assert {cue.when.kind for cue in read(text).cues} == {kind}


def test_the_date_of_birth_is_no_time_of_a_change() -> None:
    assert cue("生日登记错了，改成五月六号", "other_personal").when.kind is WhenKind.NOW
