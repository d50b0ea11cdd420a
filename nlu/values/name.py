"""Personal names, kept as written; split into given and family name where the language tells how."""

# ruff: noqa: SIM905 - lists of words read better as text

from __future__ import annotations

import re

from nlu.replaced import replaced
from nlu.types import Candidate, Span, Value
from nlu.values.chinese import simplified

_WORD = r"[a-z\u00c0-\u024f][a-z\u00c0-\u024f'’.\-]{0,24}"
_LEAD_EN = re.compile(
    r"(?:\b(?P<kind>full|legal|last|family|first|given|sur|maiden|married|new|middle)? ?(?:legal "
    r"|last |full |family |first |given )?(?:name|surname)"
    r"(?: (?:is|to|as|now|should be|should read|will be|has changed|changed|was changed|on (?:my|"
    r"the) [a-z]{2,12}|of|be|it's|spelled|:))*[ :,]{1,3}"
    r"|\b(?:call me|known as|(?:i'?m|i am|it is|it's|its|this is|goes by|go by|spelled|married "
    r"name)(?: now| called)?|changed? it to|(?:it|that) should (?:be|read|say))[ :,]{1,2})"
)
_FAMILY_ONLY = re.compile(r"\b(?:last|family|maiden|married)\b.{0,12}name|surname|maiden name")
_GIVEN_ONLY = re.compile(r"\b(?:first|given) name")
_STOP = frozenset(
    "change update make use and or but ssn no number my is the with account ac pwd password pin phone email last first "
    "four digits are it i now not please thanks thank card at "
    "from to in on for social security zip code address dob date birth because since after which "
    "that sir madam as of was has have will can could need want "
    "instead rather so also a an still going calling anymore any more here living looking trying just wrong changed "
    "correct spelled misspelled incorrect married divorced"
    " hello hi hey yes yeah no nope ok okay sure certainly course why who what when where how "
    "cancel stop restart quit skip later wait moment second agent"
    " human operator right same before done good great fine nothing none never mind start over "
    "repeat again maybe don't know help that's it's"
    " looks sounds perfect exactly somebody someone anything everything back do does did is".split()
)
_OPENERS = frozenset(
    (
        "yes yeah sure certainly of course ok okay hi hello hey no it's its it is that's so well "
        "um uh the my name actually sorry mr"
    ).split()
)
_TITLES = frozenset(
    (
        "mr mrs ms miss dr prof professor sir madam mayor judge rev reverend hon captain capt sgt lt president senator"
    ).split()
)
_SUFFIXES = frozenset("md m.d do d.o phd ph.d jr sr ii iii iv esq dds rn cpa".split())
_PARTICLES = frozenset("van von de der den del della di da la le du dos mac mc bin ibn al el ter st saint".split())

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔贺赖龚文"
    "庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺"
)
_COMPOUND = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "夏侯",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "令狐",
    "司徒",
    "东方",
    "南宫",
    "端木",
    "长孙",
    "宇文",
)
_NAME_ZH = r"(?:[\u4e00-\u9fff]{1,8}(?:[·•・][\u4e00-\u9fff]{1,10}){1,2}|[\u4e00-\u9fff]{2,5}|[a-z][a-z .'\-]{1,40})"
_LEAD_ZH = re.compile(
    r"(?:(?:新?(?:姓名|名字)|我|现在|大名|户名|实名|全名|姓氏)?(?:已经|现在|应该|也|都|正确的)?(?:改名|"
    r"更名|改|换|变更|更改|叫做|叫|是|为|应为|写)(?:成|为|叫|做|了|是|到)?了?(?:叫|为|是|:)?|姓名|"
    r"名字|叫|:)\s?"
)
_FAMILY_ZH = rf"(?:{'|'.join(_COMPOUND)}|[\u4e00-\u9fff])"
_SURNAME_ZH = re.compile(
    rf"姓(?:氏)?(?:从|由)?(?:(?<=[从由])(?P<old>{_FAMILY_ZH}))?(?:已经|现在|应该)?(?:改成|改为|换成|变成|变更为|是|为|改|写成)?"
    rf"(?P<new>{_FAMILY_ZH})(?:[,，]?(?:而?不是?姓?)(?P<not>{_FAMILY_ZH}))?(?![\u4e00-\u9fff]|(?<=姓)名)"
)
_OLD_ZH = re.compile(
    r"(?:不叫|不是|不再叫|原来叫|原名|曾用名|以前叫|之前叫|本来叫|从)(?:是|叫|:)?\s?(" + _NAME_ZH + r")"
)
_NOT_NAME_ZH = re.compile(
    r"[的了吗呢吧我你他她它要想请把是不没和与改换叫这那个有在名字错对写户号码地址电话手机邮箱身份证信息资料谢帮忙怎么可以什么为啥]|"
    r"姓名|婚|更新|变更|修改|办理|需要|因为|但是"
)


def find_names(raw: str, text: str, *, expected: bool) -> list[Candidate]:
    """Find personal names in an utterance about a name; `expected` takes a bare answer."""
    if re.search(r"[\u4e00-\u9fff]", text):
        return _chinese(raw, text, expected=expected)
    if both := _from_to(raw, text):
        return both
    if expected and (turned := _FAMILY_FIRST.fullmatch(text.strip())) and turned[1] not in _OPENERS | _STOP:
        return [_family_first(raw, text)]
    found: list[Candidate] = []
    for lead in _LEAD_EN.finditer(text):
        if span := _run(text, lead.end()):
            role = "old" if _REFUSED.search(text, max(0, lead.start() - 12), lead.start()) else "new"
            found.append(replaced(_english(raw, text, span, lead.group()), role=role))
            if role == "new":
                return found
    if found:
        return found
    if expected and not text.rstrip().endswith("?") and (span := _run(text, _after_openers(text))):
        return [_english(raw, text, span, "")]
    return []


_FROM = re.compile(r"\b(?:name|surname)\b[^.,;]{0,30}?\bfrom ")
_TO = re.compile(r" ?,? ?(?:to|into) ")
_FAMILY_FIRST = re.compile(rf"({_WORD}), ({_WORD})(?: {_WORD})?")


def _from_to(raw: str, text: str) -> list[Candidate]:
    """The old and the new name of "my last name changes from Miller to Moretti"; empty when it is not said so."""
    lead = _FROM.search(text)
    old = _run(text, lead.end()) if lead is not None else None
    if lead is None or old is None or (to := _TO.match(text, old[1])) is None or (new := _run(text, to.end())) is None:
        return []
    kind = text[max(0, lead.start() - 12) : lead.end()]
    return [
        replaced(_english(raw, text, old, kind), role="old"),
        _english(raw, text, new, kind),
    ]


def _family_first(raw: str, text: str) -> Candidate:
    start = len(text) - len(text.lstrip())
    written = raw[start : len(text.rstrip())]
    family, _, given = written.partition(", ")
    value = {"full": f"{given} {family}", "given_name": given, "family_name": family}
    return Candidate("name", written, (start, start + len(written)), value)


def _after_openers(text: str) -> int:
    at = 0
    for match in re.finditer(r"[^\s,.!]+[\s,.!]*", text[:80]):
        if match.group().strip(" ,.!") not in _OPENERS:
            break
        at = match.end()
    return at


def _run(text: str, start: int) -> Span | None:
    """The run of name words from `start`; None when the first word is none."""
    end, count = start, 0
    for match in re.finditer(rf"(?:[\s,]{{0,2}}['’\"]{{0,2}})({_WORD})['’\"]{{0,2}}", text[start : start + 160]):
        if start + match.start() != end and count:
            break
        if count == 0 and match.start() > 2:
            return None
        word = match.group(1).strip(".'’")
        gap = match.group()[: match.start(1) - match.start()]
        if word in _STOP or (count == 6 and len(word) > 1) or (("," in gap) and word not in _SUFFIXES):
            break
        count += 1
        end = start + match.end()
        if text[end : end + 1] == "." and word not in _TITLES and len(word) > 1:
            break
    return (start, end) if count else None


def _english(raw: str, text: str, span: Span, lead: str) -> Candidate:
    start, end = span
    while text[start] in " ,'’\"":
        start += 1
    while text[end - 1] in " ,.":
        end -= 1
    written = raw[start:end]
    return Candidate("name", written, (start, end), _split(written, lead))


_SPELLED = re.compile(r"[^\W\d_](?:[ .-]{1,2}[^\W\d_]){2,24}")
"""A name spelled letter by letter."""


def _split(written: str, lead: str) -> Value:
    if spelled := _SPELLED.fullmatch(written):
        written = re.sub(r"[ .-]", "", spelled.group()).capitalize()
    if _FAMILY_ONLY.search(lead):
        return {"family_name": written}
    if _GIVEN_ONLY.search(lead):
        return {"given_name": written}
    names = [word.strip(",") for word in written.split() if not re.fullmatch(r"['’\"]{1,2}.*['’\"]{1,2}", word)]
    while names and names[0].strip(".").lower() in _TITLES and len(names) > 1:
        names = names[1:]
    while len(names) > 1 and names[-1].strip(".").lower() in _SUFFIXES:
        names = names[:-1]
    if len(names) < 2:
        return {"full": written}
    at = len(names) - 1
    while at > 1 and names[at - 1].lower() in _PARTICLES:
        at -= 1
    return {"full": written, "given_name": names[0].strip(","), "family_name": " ".join(names[at:])}


def chinese_name(text: str, span: Span) -> Span | None:
    """The part of `span` that is a Chinese name beginning with a family name; None when there is none."""
    return _trim_zh(text, span)


def _chinese(raw: str, text: str, *, expected: bool) -> list[Candidate]:
    text = simplified(text)
    found: list[Candidate] = []
    if surname := _surname_zh(raw, text):
        return surname
    old, read_to = _OLD_ZH.search(text), 0
    if old is not None and (span := _trim_zh(text, old.span(1))) is not None:
        read_to = span[1]
        found.append(Candidate("name", raw[span[0] : span[1]], span, _split_zh(raw[span[0] : span[1]]), role="old"))
    for lead in _LEAD_ZH.finditer(text):
        if old is not None and old.start() <= lead.start() < (read_to or old.end()):
            continue
        name = re.compile(_NAME_ZH).match(text, lead.end())
        strange = (expected and "叫" in lead.group()) or "名" in lead.group()
        if name is not None and (span := _trim_zh(text, name.span(), strange=strange)) is not None:
            return [*found, Candidate("name", raw[span[0] : span[1]], span, _split_zh(raw[span[0] : span[1]]))]
    if expected and (bare := re.fullmatch(rf"(?:嗯|好的?|是|我)?[,， ]{{0,2}}({_NAME_ZH})[。！!\s]{{0,2}}", text)):
        span = _trim_zh(text, bare.span(1))
        if span is not None:
            found.append(Candidate("name", raw[span[0] : span[1]], span, _split_zh(raw[span[0] : span[1]])))
    return found


def _surname_zh(raw: str, text: str) -> list[Candidate]:
    """A change of the family name alone: "姓从张改为章", "我姓章不姓张"."""
    found: list[Candidate] = []
    if (change := _SURNAME_ZH.search(text)) is None:
        return found
    for part, role in (("old", "old"), ("new", "new"), ("not", "old")):
        start, end = change.span(part)
        if end > start and (text[start:end] in _COMPOUND or text[start:end] in _SURNAMES):
            found.append(
                Candidate("name", raw[start:end], (start, end), {"family_name": raw[start:end]}, ("full",), role=role)
            )
    return found if any(one.role == "new" for one in found) else []


_REFUSED = re.compile(r"\b(?:don'?t|do not|stop|not|never|no longer)[ ,]{1,2}(?:calling |to )?$")


_LONGEST = 4
_LONGEST_STRANGE = 5
_SHORTEST_STRANGE = 3
"""A name without a Chinese family name, such as 尼玛次仁, is believed from three characters on."""


def _trim_zh(text: str, span: Span, *, strange: bool = False) -> Span | None:
    start, end = span
    if re.match(r"[a-z]", text[start]):
        while end > start and text[end - 1] in " .-'":
            end -= 1
        return (start, end)
    bad = _NOT_NAME_ZH.search(text, start, end)
    if bad is not None:
        end = bad.start()
    if "·" not in text[start:end]:
        end = min(end, start + (_LONGEST_STRANGE if strange else _LONGEST))
    strange = strange and end - start >= _SHORTEST_STRANGE
    named = strange or text[start] in _SURNAMES or text[start : start + 2] in _COMPOUND or "·" in text[start:end]
    return (start, end) if end - start >= 2 and named else None


def _split_zh(written: str) -> Value:
    if not re.fullmatch(r"[\u4e00-\u9fff]{2,4}", written):
        return _split(written, "") if " " in written else {"full": written}
    cut = 2 if written.startswith(_COMPOUND) and len(written) > 2 else 1
    if cut == 1 and written[0] not in _SURNAMES:
        return {"full": written}
    return {"full": written, "given_name": written[cut:], "family_name": written[:cut]}
