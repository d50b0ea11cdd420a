"""A company and a position in it."""

from __future__ import annotations

import re

from nlu.types import Candidate, Span

_COMPANY = (
    re.compile(
        r"(?:公司|单位|雇主|工作单位|任职于|就职于|跳槽到|入职了?|换到|加入了?)(?:名称?|名字)?(?:现在|已经)?"
        r"(?:改|换|变更|更)?名?(?:了|成|为|到|是|叫|在|:|,|，| )*(?:现在)?(?:叫|是|在)?\s?"
        r"(?P<name>[\u4e00-\u9fffa-z0-9()（） ]{2,40})"
    ),
    re.compile(
        r"(?:现在|目前|以后|如今|新工作|新公司|新单位)(?:是|就)?(?:在|去了?|到了?|加入了?)\s?"
        r"(?P<name>[\u4e00-\u9fffa-z0-9()（）·&\-]{2,30}?)(?=当|做|担?任|上班|工作|就职|干|[,，。；;!！?？\s了]|$)"
    ),
    re.compile(r"(?P<name>[\u4e00-\u9fff]{2,20}(?:有限公司|集团|股份公司|事务所|研究院|银行|大学))"),
    re.compile(
        r"\b(?:company(?: name)?(?: is| has changed| changed| has been)?(?: now)?(?: renamed)?(?: to)?|"
        r"work(?:ing)? (?:at|for|with)(?: now)?|employed (?:by|at)|employer is(?: now)?|(?:just |have |'ve )?joined|"
        r"(?:new job|new position|starting|started) (?:at|with)|renamed to|now called|hired by|moved to a job at|"
        r"(?:i'?m|i am|now|started as an? [a-z ]{3,30}) (?:now )?(?:at|with)|"
        r"(?:i'?m|i am|as)(?: now)? an? [a-z][a-z \-]{2,30}? (?:at|for|with))[ :]{1,2}"
        r"(?P<name>[a-z0-9&.'’\- ]{2,60})"
    ),
)
_OLD = re.compile(r"(?:no longer (?:work(?:ing)?|employed)|left|quit|不在|离开了?|从)\b[^,.;，。；]{0,24}$")
_NO_COMPANY = re.compile(
    r"(?:(?:that|this|the|my|a|an|another|any|your|their|home|from|there|here|somewhere|for|in|it|other|has|have|had|"
    r"was|is|changed|moved|details|name|address|number|info\w*)\b"
    r"(?! \w{3,} (?:inc|ltd|llc|group))|信息|资料|名称?[有错变改]|[有没变改换错不吗呢的地电]|我|这|那|家|新)"
)
_TITLE = re.compile(
    r"\b(?:job title|title|position|role) (?:is|to|now|as|has changed to|changed to)(?: now)? (?P<named>[a-z \-]{2,40})"
    r"|\b(?:i'?m|i am|as)(?: now)? an? (?P<held>[a-z][a-z \-]{2,30}?)(?= (?:at|for|with|now)\b|[,.;!]|$)"
    r"|(?:职位|职务|岗位)(?:是|为|改成|变成|换成|:)+(?P<post>[\u4e00-\u9fff]{2,10})"
    r"|(?:当上?了?|做|担任|出任|升职?为|升任|晋升为|现在是|升职了[,， ]?(?:现在)?(?:是|当))(?:一名|个|了)?"
    r"(?P<does>[\u4e00-\u9fff]{1,8}?(?:师|员|计|理|管|监|长|总裁|主任|书|问|授|工|生|士|护|编|导|顾问|合伙人|司机|厨|老板))"
    r"(?![\u4e00-\u9fff])"
)
_NO_TITLE = re.compile(r"(?:customer|client|member|user|resident|bit|little|student of)\b")
_CUT_EN = re.compile(r"[,;!?]|\.(?:\s|$)| (?:and|but|please|now|instead|as|since|from|starting|thanks|because|so|if)\b")
_CUT_ZH = re.compile(r"[,，。；;！!？?]|谢谢|了$|(?<!有限)(?:当|做|担任|任职)|工作|上班|请|吧$|,")
_ANSWER = re.compile(
    r"(?:(?:it'?s|it is|the name is|now|at|i'?m (?:now )?(?:at|with)|yes|"
    r"现在|目前|我|就|是|叫|在|到|去了?|嗯|好的?)?[\s,，]+|现在|目前|我|就|是|叫|在|到|去了?)*"
)
_LONGEST = 60


def find_companies(raw: str, text: str, answer: str | None) -> list[Candidate]:
    """Find a company name and a position in an utterance about them; `answer` is the text where a bare one counts."""
    value: dict[str, str] = {}
    span, old = None, False
    for pattern in _COMPANY:
        match = pattern.search(text)
        if match is None or _NO_COMPANY.match(text, match.start("name")):
            continue
        if (span := _cut(text, match.span("name"))) is not None:
            value["name"] = raw[span[0] : span[1]]
            old = _OLD.search(text, max(0, span[0] - 48), span[0]) is not None
            break
    if (title := _TITLE.search(text)) is not None and not old:
        at = _cut(text, title.span(title.lastgroup or 0))
        if at is not None and not _NO_TITLE.match(text, at[0]):
            value["title"] = raw[at[0] : at[1]]
            span = (min(span[0], at[0]), max(span[1], at[1])) if span else at
    if span is None and answer is not None:
        span = _bare(answer)
        value = {"name": raw[span[0] : span[1]]} if span else {}
    return [Candidate("company", raw[span[0] : span[1]], span, value, role="old" if old else "new")] if span else []


def _bare(text: str) -> Span | None:
    """The whole of an answer that is short and no question."""
    opening = _ANSWER.match(text)
    start = opening.end() if opening else 0
    span = _cut(text, (start, min(len(text), start + _LONGEST)))
    if span is None or text.rstrip().endswith(("?", "？")) or len(text.strip()) > _LONGEST or _REFUSES.search(text):
        return None
    return span


_REFUSES = re.compile(
    r"\b(?:cancel|stop|why|what|how|don'?t|not|never|no|yes|help|human|person|agent|wait|later|repeat|sorry|ok|okay|thanks?)\b"
    r"|取消|为什么|不|人工|等|稍|算了|没|好的|谢|怎么|什么|干嘛|再说"
)


def _cut(text: str, span: Span) -> Span | None:
    start, end = span
    if (opening := re.match(r"(?:现在|目前|我|在|去|到|了|叫|是|新的?| )+", text[start:end])) is not None:
        start += opening.end()
    for pattern in (_CUT_EN, _CUT_ZH):
        if (stop := pattern.search(text, start, end)) is not None:
            end = stop.start()
    while end > start and text[end - 1] in " .":
        end -= 1
    return (start, end) if end - start >= 2 else None
