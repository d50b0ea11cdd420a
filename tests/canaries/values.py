"""Invented people whose every detail occurs nowhere else: where one of their words is found, something leaked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

SYLLABLES = ("quo", "vath", "zel", "mik", "brun", "tov", "rix", "wam", "plo", "dresh", "gif", "lux")
AREAS = ("202", "212", "305", "312", "404", "415", "503", "512", "602", "617", "702", "713", "804", "916")
RARE = "霁蘅棠筱翊芃骞珩璟琬瑄赟昀晔暄皓熠烨曦蕙"
ODD = (
    "%s %(name)s",
    "{0} {text!r}",
    "\\n\\\"'",
    "<b>&amp;</b>",
    "𝔞é✓",
    "\u202eabc",
    "%00%0d",
    "${jndi:x}",
    "';--",
    "\t",
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, repr=False)
class Person:
    """A customer. `on_file` is what the company knows, `says` how each change is told, `more` the answer when something
    is still missing; `sought` is what must be found nowhere."""

    language: str
    on_file: Mapping[str, str]
    says: Mapping[str, str]
    more: Mapping[str, str]
    new: Mapping[str, str]
    words: str
    sought: tuple[str, ...]

    @property
    def addresses(self) -> frozenset[str]:
        """Every phone and mailbox that is theirs, now or later."""
        return frozenset({self.on_file["phone"], self.on_file["email"], self.new["phone"], self.new["email"]})


def _word(parts: list[str]) -> str:
    return "".join(parts).capitalize()


english_words = st.lists(st.sampled_from(SYLLABLES), min_size=3, max_size=3, unique=True).map(_word)
chinese_words = st.lists(st.sampled_from(RARE), min_size=3, max_size=3, unique=True).map("".join)


@st.composite
def english(draw: st.DrawFn) -> Person:
    """Somebody who writes English."""
    first, last, street, company, sister, word = draw(st.lists(english_words, min_size=6, max_size=6, unique=True))
    old_street, old_name = draw(st.lists(english_words, min_size=2, max_size=2, unique=True))
    areas = draw(st.lists(st.sampled_from(AREAS), min_size=3, max_size=3, unique=True))
    lines = draw(st.lists(st.integers(100, 199), min_size=3, max_size=3, unique=True))
    old, new, hers = (f"+1{area}5550{line}" for area, line in zip(areas, lines, strict=True))
    said = draw(st.sampled_from(("({}) {}-{}", "{}-{}-{}", "{} {} {}", "{}.{}.{}")))
    number, bank, licence = (
        draw(st.integers(200, 9999)),
        draw(st.integers(10**9, 10**10 - 1)),
        draw(st.integers(10**7, 10**8 - 1)),
    )
    odd = draw(st.sampled_from(ODD))
    dialled = said.format(new[2:5], new[5:8], new[8:])
    mail = f"{first}.{last}@example.net".lower()
    words = f"{word} {odd} broke her arm"
    return Person(
        "en",
        {
            "name": f"Ada {old_name}",
            "phone": old,
            "email": f"{old_name}@example.org".lower(),
            "address": f"{number} {old_street} Street, Springfield, IL 62701",
        },
        {
            "address": f"Hi, I moved to {number} {street} Street last week, {words}",
            "phone": f"my new phone number is {dialled}",
            "email": f"my new email is {mail}",
            "name": f"Actually I got married, my name is now {first} {last}",
            "bank_account": f"my bank account changed: account {bank}",
            "id_document": f"I have a new driver license, the number is D{licence}",
            "company": f"I changed jobs, I'm now an accountant at {company} Ltd",
            "contact_person": f"emergency contact is now my sister {sister}, {hers[2:5]} {hers[5:8]} {hers[8:]}",
            "other_personal": f"I got divorced, {words}",
        },
        {"address": "Springfield 62704. flat 3 actually", "phone": dialled, "email": mail, "name": f"{first} {last}"},
        {
            "phone": new,
            "email": mail,
            "name": f"{first} {last}",
            "bank_account": f"account {bank}",
            "id_document": f"driver license D{licence}",
            "company": f"{company} Ltd",
            "contact_person": f"my sister {sister}, phone {hers[2:5]} {hers[5:8]} {hers[8:]}",
        },
        words,
        (
            *(first, last, street, company, sister, word, old_street, old_name, mail, f"{old_name}@example.org"),
            *(
                form
                for phone in (old, new, hers)
                for form in (phone, phone[1:], phone[2:], f"{phone[5:8]}-{phone[8:]}")
            ),
            *(dialled, str(bank), str(licence)),
        ),
    )


def resident_number(birth: int, serial: int) -> str:
    """A number of an identity card with its check digit."""
    body = f"310104{19700101 + birth:08d}{serial:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def card_number(digits: int) -> str:
    """A bank card with its check digit (Luhn)."""
    body = f"622202{digits:012d}"
    odd = sum(sum(divmod(int(d) * 2, 10)) for d in body[::-1][::2])
    return body + str(-(odd + sum(map(int, body[::-1][1::2]))) % 10)


@st.composite
def chinese(draw: st.DrawFn) -> Person:
    """Somebody who writes Chinese."""
    given, old_given, road, company, wife, word, old_road = draw(
        st.lists(chinese_words, min_size=7, max_size=7, unique=True)
    )
    given, old_given, wife = f"王{given[:2]}", f"李{old_given[:2]}", f"陈{wife[:2]}"
    numbers = draw(st.lists(st.integers(0, 9999), min_size=3, max_size=3, unique=True))
    old, new, hers = (f"+861390000{number:04d}" for number in numbers)
    mail_word, old_mail = (one.lower() for one in draw(st.lists(english_words, min_size=2, max_size=2, unique=True)))
    house, room = draw(st.integers(100, 999)), draw(st.integers(101, 999))
    card, id = (
        card_number(draw(st.integers(0, 10**12 - 1))),
        resident_number(draw(st.integers(0, 27)), draw(st.integers(1, 999))),
    )
    odd = draw(st.sampled_from(ODD))
    spoken = draw(st.booleans())
    dialled = new[3:].translate(str.maketrans("0123456789", "零幺二三四五六七八九")) if spoken else new[3:]
    mail, words = f"{mail_word}@example.com", f"{word}{odd}摔断了胳膊"
    return Person(
        "zh",
        {
            "name": old_given,
            "phone": old,
            "email": f"{old_mail}@example.org",
            "address": f"上海市徐汇区{old_road}路{house}号2号楼{room}室",
        },
        {
            "address": "我儿子把老房子卖了,我们搬去女儿家了",
            "phone": f"我换手机号了,新手机号是{dialled}",
            "email": f"邮箱换了 新的是{mail}",
            "name": f"我改名了,现在叫{given}",
            "bank_account": f"银行卡换了,新卡号{card},工商银行",
            "id_document": f"我换了新身份证 {id}",
            "company": f"我换工作了 现在在{company}贸易公司当会计",
            "contact_person": f"紧急联系人改成我老婆 {wife} {hers[3:]}",
            "other_personal": f"我离婚了,{words}",
        },
        {
            "address": f"上海市浦东新区{road}路{house}号3号楼{room}室",
            "phone": new[3:],
            "email": mail,
            "name": given,
            "id_document": id,
        },
        {
            "phone": new,
            "email": mail,
            "name": given,
            "bank_account": card,
            "id_document": f"身份证{id}",
            "company": f"{company}贸易公司",
            "contact_person": f"老婆 {wife} {hers[3:]}",
        },
        words,
        (
            *(
                given,
                old_given,
                road,
                company,
                wife,
                word,
                old_road,
                mail,
                mail_word,
                f"{old_mail}@example.org",
                old_mail,
            ),
            *(
                form
                for phone in (old, new, hers)
                for form in (phone, phone[1:], phone[3:], f"{phone[3:6]} {phone[6:10]} {phone[10:]}")
            ),
            *(dialled, card, id),
        ),
    )


people = st.one_of(english(), chinese())
