"""What a customer asks besides: where the code went, something that is no business of this bot, another language."""

from __future__ import annotations

import re

from nlu.types import Language

_QUESTION = re.compile(
    r"[?？]\W*$|^\W*(?:(?:and|so|but|ok|okay|hey|hi|hello|well|um|please|pls|also)\W+){0,2}"
    r"(?:where|when|what|which|who|whose|how|can|could|do|does|did|is|are|will|would|may|should|have|has)(?:'s|s)?\b"
    r"|[吗呢么嘛]\W*$|什么|怎么|哪[里儿个些]|到哪|几点|几天|多少|多久|谁|何时|有没有|能不能|可不可以|是不是|会不会"
)
_WHERE_SENT = re.compile(
    r"\b(?:which|what|where)\b.{0,30}\b(?:phones?|numbers?|emails?|sent|send|code|it)\b"
    r"|发(?:送)?到?了?(?:哪|什么)|哪个(?:手机|号码?|邮箱|电话)"
)
_CHINESE = r"(?:simplified |mandarin )?(?:chinese|mandarin)"
_ZHONGWEN = r"(?:简体)?(?:中文|汉语|普通话|国语|华语)"
_YINGWEN = r"(?:英文|英语)"
_SPOKEN = r"\b(?:in|to|into|speak|talk|use|write|prefer|want|try)\s+"
_NOT = re.compile(r"\b(?:don't|dont|do not|can't|cant|cannot|can not|not|no)\b[^,.;]{0,24}$|(?:不|没)[^,，。]{0,6}$")
_LANGUAGES = {
    Language.ZH: re.compile(
        rf"{_SPOKEN}{_CHINESE}\b|^\W*{_CHINESE}(?: please| pls)?\W*$"
        rf"|(?:说|讲|用|换|换成|换回|改成|切换到?|切换成|要|会|懂|看)一?下?{_ZHONGWEN}"
        rf"|^\W*{_ZHONGWEN}(?:吧|谢谢|可以吗|好吗|行吗|可以么)?\W*$"
    ),
    Language.EN: re.compile(
        rf"{_SPOKEN}english\b|^\W*english(?: please| pls)?\W*$"
        rf"|(?:说|讲|用|换|换成|换回|改成|切换到?|切换成|要|会|懂|看)一?下?{_YINGWEN}"
        rf"|^\W*{_YINGWEN}(?:吧|谢谢|可以吗|好吗|行吗|可以么)?\W*$"
    ),
}
_LONGEST = 80


def asks_something(text: str) -> bool:
    """Whether a text is put as a question."""
    return _QUESTION.search(text.casefold()) is not None


def asks_where_sent(text: str) -> bool:
    """Whether the customer, of whom a code is awaited, wants to know where it went."""
    return len(text) <= _LONGEST and _WHERE_SENT.search(text.casefold()) is not None


def asked_language(text: str) -> Language | None:
    """The language the customer asks to go on in; None when they ask for none. "I don't speak English" asks for the
    other one."""
    if len(text) > _LONGEST:
        return None
    plain = text.casefold().replace("’", "'")
    for language, shape in _LANGUAGES.items():
        if (found := shape.search(plain)) is not None:
            if _NOT.search(plain[: found.start()]):
                return next(other for other in Language if other is not language)
            return language
    return None
