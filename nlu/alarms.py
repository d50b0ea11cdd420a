"""Tones and subjects that a person should look at."""

from __future__ import annotations

import re

from nlu.types import Alarm

_LONGEST_READ = 1500
_HEAD = 4
"""English signs are the first letters of words; a shape is searched only where one of its signs is present."""

_Table = tuple[tuple[Alarm, frozenset[str], re.Pattern[str]], ...]

_ENGLISH: _Table = (
    (
        Alarm.DISPLEASURE,
        frozenset(
            [
                "ridi",
                "unac",
                "outr",
                "disg",
                "path",
                "appa",
                "terr",
                "wors",
                "usel",
                "sick",
                "fed",
                "angr",
                "furi",
                "piss",
                "fuck",
                "shit",
                "bull",
                "damn",
                "godd",
                "bloo",
                "wtf",
                "stup",
                "idio",
                "moro",
                "inco",
                "wast",
                "comp",
                "horr",
                "many",
                "thir",
                "four",
                "fift",
                "tent",
                "hund",
                "last",
                "scam",
                "rip",
                "ripo",
                "agai",
            ]
        ),
        re.compile(
            r"\b(?:ridiculous|unacceptable|outrageous|disgusting|pathetic|appalling|terrible service|useless|fed up|"
            r"worst (?:service|company|bank|bot)|sick of|sick and tired|angry|furious|pissed|fuck\w{0,6}|shit\w{0,4}|"
            r"bullshit|damn (?:it|you|bot)|goddamn\w{0,2}|bloody|wtf|stupid (?:bot|machine|thing|system)|"
            r"idiots?|morons?|"
            r"incompetent|waste of (?:my )?time|(?:file|make) a complaint|i want to complain|"
            r"complain about you|horrible|"
            r"how many times (?:do|must|have)|for the (?:third|fourth|fifth|tenth|hundredth|last) time|scam(?:mers)?|"
            r"rip-?off|never again)\b"
        ),
    ),
    (
        Alarm.DISTRESS,
        frozenset(
            [
                "kill",
                "suic",
                "die",
                "self",
                "self-",
                "hurt",
                "take",
                "cope",
                "desp",
                "scar",
                "pani",
                "dang",
                "dome",
                "abus",
                "stal",
                "thre",
                "cryi",
                "hope",
                "shel",
                "life",
                "go",
            ]
        ),
        re.compile(
            r"\b(?:kill myself|suicid\w{1,3}|end my life|want to die|self[- ]harm|hurt myself|in danger|"
            r"desperate|abusive|"
            r"can'?t (?:go on|take it anymore|cope)|i'?m (?:so )?(?:scared|terrified|panicking)|"
            r"domestic (?:violence|abuse)|"
            r"stalk(?:er|ing|ed)|being threatened|i'?m crying|hopeless|(?:emergency|women'?s) shelter)\b"
        ),
    ),
    (
        Alarm.DEATH,
        frozenset(["pass", "died", "dece", "deat", "late", "wido", "fune", "bere", "esta", "exec", "prob"]),
        re.compile(
            r"\b(?:passed away|has died|have died|just died|deceased|funeral|bereave\w{1,5}|estate of|executor|probate|"
            r"(?:husband|wife|mother|father|mom|mum|dad|son|daughter|brother|sister|he|she|customer|parent|grandmother|"
            r"grandfather|spouse|partner|holder|aunt|uncle) (?:just |recently |sadly )?died|widow(?:ed|er)?|"
            r"death (?:certificate|in the family|of my)|late (?:husband|wife|mother|father))\b"
        ),
    ),
    (
        Alarm.LEGAL,
        frozenset(
            [
                "lawy",
                "atto",
                "soli",
                "sue",
                "suin",
                "laws",
                "lega",
                "cour",
                "subp",
                "powe",
                "guar",
                "clai",
                "ombu",
                "regu",
                "gdpr",
                "prot",
                "repo",
                "rest",
                "bank",
                "garn",
                "thef",
                "iden",
                "stol",
            ]
        ),
        re.compile(
            r"\b(?:lawyers?|attorneys?|solicitors?|sue (?:you|them|your)|suing|lawsuit|legal action|take you to court|"
            r"court order|subpoena|power of attorney|guardianship|small claims|ombudsman|regulator|gdpr complaint|"
            r"data protection authority|police report|(?:restraining|protection) order|bankruptcy|garnish\w{0,5}|"
            r"identity theft|stole my identity)\b"
        ),
    ),
)
_CHINESE: _Table = (
    (
        Alarm.DISPLEASURE,
        frozenset("气差垃投烦破骗坑傻混无受忍过离态耍病废滚妈搞浪次"),
        re.compile(
            r"气死|太差|差劲|垃圾|投诉|烦死|什么破|坑人|骗子|骗人|傻[逼x叉]|混蛋|无语|受够|忍无可忍|"
            r"太过分|离谱|服务态度|耍我|有病吧|神经病|废物|"
            r"滚(?!动|轮)|妈的(?!手|电|地|号|名|卡|邮)|他妈的|差评|岂有此理|搞什么鬼|浪费(?:我的?)?时间|"
            r"第[三四五六七八九十]次了"
        ),
    ),
    (
        Alarm.DISTRESS,
        frozenset("杀活死轻绝崩暴跟威救怕撑投"),
        re.compile(
            r"自杀|不想活|活不下去|想死|轻生|绝望|崩溃(?!了?[吗么重])|家暴|被跟踪|被威胁|救命|害怕极了|"
            r"撑不下去|走投无路"
        ),
    ),
    (
        Alarm.DEATH,
        frozenset("世故亡在葬丧遗已走"),
        re.compile(
            r"去世|过世|逝世|离世|病逝|身故|死亡证明|(?:爸|妈|父亲|母亲|老公|老婆|丈夫|妻子|爷爷|奶奶|"
            r"本人|老人|他|她)(?:已经)?不在了|葬礼|丧事|遗产|遗嘱|"
            r"已故|老人走了"
        ),
    ),
    (
        Alarm.LEGAL,
        frozenset("律诉院庭官告仲讼警所监消商权公传冻打拨"),
        re.compile(
            r"律师|起诉|法院|法庭|打官司|告你们|仲裁|诉讼|报警|派出所|银保监|消协|工商局|监护权|授权委托|"
            r"公证|[打拨找向]\s?123[14]5(?!\d)|传票|冻结令"
        ),
    ),
)


def find_alarms(text: str) -> frozenset[Alarm]:
    """Find alarms in a normalised, simplified text; both languages are read, since people mix them."""
    read = text[:_LONGEST_READ]
    heads = frozenset(word[:_HEAD] for word in read.split())
    alarms = {alarm for alarm, signs, shape in _ENGLISH if not heads.isdisjoint(signs) and shape.search(read)}
    if not read.isascii():
        characters = frozenset(read)
        alarms |= {alarm for alarm, signs, shape in _CHINESE if not characters.isdisjoint(signs) and shape.search(read)}
    return frozenset(alarms)
