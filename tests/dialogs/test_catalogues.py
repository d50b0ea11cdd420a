"""The catalogues: every sentence exists in both languages, with the same arguments, and none is left over."""

from __future__ import annotations

import datetime as dt
import re
from importlib import resources

import pytest

from bot.catalogues import load_catalogues
from dialogs.replies import Label, ReplyId, render
from dialogs.types import Button, Reply, Term
from nlu.types import BUILT_IN_FIELDS, Language

PARTS = {
    "address": (
        "country state province city district town community postcode street road number poi building unit floor room"
        " po_box recipient"
    ),
    "phone": "e164 extension",
    "email": "email",
    "id_document": "number type",
    "name": "full given_name family_name",
    "company": "name title",
    "contact_person": "name relation e164",
    "bank_account": "number bank",
    "other_personal": "text kind",
}
CONTACTS = ("contact-phone", "contact-email", "contact-new-phone", "contact-new-email")
PROOFS = ("proof-on-file", "proof-phone-on-file", "proof-second-on-file", "proof-new-phone", "proof-new-email")
WORDS = {
    *(f"field-{field}" for field in BUILT_IN_FIELDS),
    *(f"purpose-{field}" for field in BUILT_IN_FIELDS),
    *(f"part-{field}-{part}" for field, parts in PARTS.items() for part in parts.split()),
    *CONTACTS,
    *PROOFS,
}
USED = {*(id.value for id in ReplyId), *(label.value for label in Label), *WORDS}


def source(language: Language) -> str:
    return (resources.files("dialogs") / "locales" / f"{language.value}.ftl").read_text(encoding="utf-8")


def entries(language: Language) -> dict[str, str]:
    """Each message's id with its text."""
    parts = re.split(r"^([a-z][\w-]*) = ", source(language), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def referenced(language: Language) -> set[str]:
    """Messages that other messages are made of."""
    return {id for text in entries(language).values() for id in re.findall(r"\{ ([a-z][\w-]*) \}", text)}


def arguments(id: str, language: Language) -> set[str]:
    """The arguments of a message, those of its parts included."""
    text = entries(language)[id]
    own = set(re.findall(r"\$([a-z_]+)", text))
    return own.union(*(arguments(part, language) for part in re.findall(r"\{ ([a-z][\w-]*) \}", text)))


@pytest.mark.parametrize("language", list(Language))
def test_every_id_that_is_used_exists_and_none_is_left_over(language: Language) -> None:
    there = set(entries(language))

    assert USED - there == set()
    assert there - USED - referenced(language) == set()


@pytest.mark.parametrize("id", sorted(USED))
def test_a_sentence_takes_the_same_arguments_in_both_languages(id: str) -> None:
    # "The only one" of an argument may need no word: English marks the first question, Chinese the field.
    assert arguments(id, Language.EN) == arguments(id, Language.ZH)


@pytest.mark.parametrize("language", list(Language))
def test_no_sentence_is_written_in_the_wrong_script(language: Language) -> None:
    for id, text in entries(language).items():
        if language is Language.EN:
            assert not re.search(r"[\u3400-\u9fff\uff00-\uffef]", text), id
        elif id not in {"person-says", "opening"}:
            assert re.search(r"[\u3400-\u9fff]", text) or id in referenced(language), id


@pytest.mark.parametrize(
    ("language", "number", "day", "moment", "words"),
    [
        (Language.EN, "1 working day ", "1 March 2027", "1 March 2027, 09:05", "address, name and email address"),
        (Language.ZH, "1个工作日", "2027年3月1日", "2027年3月1日09:05", "地址、姓名和邮箱"),
    ],
)
def test_numbers_dates_and_lists_are_written_as_the_language_does(
    language: Language, number: str, day: str, moment: str, words: str
) -> None:
    catalogues = load_catalogues()
    filed = Reply(ReplyId.FILED, {"number": "CR-2026-000001", "field": Term("field-address"), "days": 1})
    assert number in render(filed, language, catalogues).text

    def until(at: dt.date) -> str:
        args = {"number": "CR", "field": Term("field-address"), "until": at}
        return render(Reply(ReplyId.REQUEST_SCHEDULED, args), language, catalogues).text

    assert day in until(dt.date(2027, 3, 1))
    assert moment in until(dt.datetime(2027, 3, 1, 9, 5, tzinfo=dt.UTC))
    fields = tuple(Term(f"field-{field}") for field in ("address", "name", "email"))
    assert words in render(Reply(ReplyId.CANCELLED, {"fields": fields}), language, catalogues).text


def test_buttons_are_labelled_in_the_language() -> None:
    reply = Reply(ReplyId.ASK_WHICH_FIELD, {"fields": ()}, (Button("field.pick:phone", "field-phone"),))

    assert render(reply, Language.ZH, load_catalogues()).buttons == (("field.pick:phone", "手机号"),)


def test_an_unknown_id_is_an_error() -> None:
    with pytest.raises(KeyError):
        render(Reply("no-such-sentence"), Language.EN, load_catalogues())


def test_a_sentence_without_its_arguments_is_an_error_that_repeats_no_value() -> None:
    with pytest.raises(ValueError, match="filed"):
        render(Reply(ReplyId.FILED), Language.EN, load_catalogues())
