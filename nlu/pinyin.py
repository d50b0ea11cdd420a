"""Chinese typed in Latin letters: only the words that tell of a change, by the letters of `lexicon_zh`."""

from __future__ import annotations

import re

from nlu.tagging import phrases

_FIELD_WORDS = {
    "A": "dizhi, di zhi, zhuzhi, zhu zhi, shouhuo dizhi",
    "P": """shoujihao, shouji hao, shou ji hao, shoujihaoma, shouji haoma, shouji, shou ji, dianhua, dian hua,
        dianhuahao, dianhua haoma, dianhuahaoma, haoma, hao ma""",
    "E": "youxiang, you xiang, dianzi youxiang, youjian",
    "m": "mingzi, ming zi",
    "N": "xingming, xing ming",
    "B": "yinhangka, yinhang ka, yin hang ka, kahao, ka hao, huankuanka, koukuanka, koukuan ka, huankuan ka",
    "I": "shenfenzheng, shen fen zheng, zhengjian, huzhao, jiazhao",
    "K": "lianxiren, lian xi ren, jinji lianxiren, jinjilianxiren, shoujianren, shouhuoren, shou huo ren",
    "D": "ziliao, zi liao, xinxi, geren xinxi, geren ziliao, wo de xinxi",
    "C": "gongsi mingcheng, danwei mingcheng, gongzuo danwei",
    "O": "shengri, xingbie, zhiye",
}
_CHANGE_WORDS = {
    "c": "huan, gai, xiugai, xiu gai, genghuan, geng huan, genggai, geng gai, biangeng, gengxin, huan yixia, gai yixia",
    "h": "huan le, huanle, gai le, gaile, bian le, bianle",
    "r": "huancheng, huan cheng, gaicheng, gai cheng, gaiwei, gai wei",
    "w": "cuo le, cuole, xiecuo le, xiecuole, xie cuo le, tiancuo le, tiancuole, tian cuo le, budui, bu dui",
    "V": "gaiming, gai ming le, gaiming le",
    "e": "banjia, ban jia, banjia le, ban jia le, banjiale, ban le, banle",
}
_OTHER_WORDS = {
    "s": "wo, women, wo de, wode",
    "n": "xin, xin de",
    "z": "bu, mei, meiyou, mei you, bu yao, bie",
    "q": "yao, xiang, xiangyao, bangwo, bang wo, qing, ma, zenme, keyi, neng",
    "_": "le, de, yixia, yi xia, yijing, ye, ba, ne, a, ni hao, nihao, nin hao, gangcai, zuijin, hao",
}
PINYIN = phrases(_FIELD_WORDS | _CHANGE_WORDS | _OTHER_WORDS)

PINYIN_ANSWERS = phrases(
    {
        "a": """shi de, shide, hao de, haode, hao ba, haoba, keyi, ke yi, dui de, duide, dui dui, tongyi, tong yi,
            queren, que ren, mei wenti, meiwenti, wo tongyi""",
        "d": """bu shi, bushi, bu yao, buyao, bu dui, budui, bu yong, buyong, bu xing, buxing, mei you, meiyou,
            bu tongyi, butongyi""",
        "x": "quxiao, qu xiao, suan le, suanle, bu gai le, bu huan le",
        "c": "cuo le, cuole, xie cuo le, xiecuole, da cuo le, dacuole",
        "h": "rengong, ren gong, zhuan rengong, zhuanrengong, zhuan ren gong, kefu",
        "w": "weishenme, wei shenme, weisha, wei sha, gan ma, ganma",
        "r": "chong lai, chonglai, chongxin kaishi, cong tou lai",
        "p": "zai shuo yibian, zai shuo yi bian, shenme, shen me, sha yisi",
        "i": "deng yixia, dengyixia, deng deng, dengdeng, deng xia, dengxia, shao deng, shaodeng",
        "l": "yihou zai shuo, xiaci, xia ci, mingtian",
        "g": "nihao, ni hao, ninhao, nin hao, zai ma, zaima",
        "t": "xiexie, xie xie, duoxie",
    }
)
"""Short answers, by the letters of `acts_en.LETTERS`."""

_KNOWN = frozenset(word for phrase in PINYIN for word in phrase.split(" "))
_TELLING_LENGTH = 5
_TELLING = re.compile(
    r"\b(?:"
    + "|".join(phrase for phrase in phrases(_FIELD_WORDS | _CHANGE_WORDS) if len(phrase) >= _TELLING_LENGTH)
    + r")\b"
)
_WORD = re.compile(r"[a-z]+")
_LONGEST = 120


def is_pinyin(text: str) -> bool:
    """Whether a text in Latin letters consists of such words and no others. It takes two, one of them telling; or it
    is a short answer."""
    if not text.isascii() or len(text) > _LONGEST:
        return False
    words = _WORD.findall(text.lower())
    if " ".join(words) in PINYIN_ANSWERS:
        return True
    return len(words) > 1 and _KNOWN.issuperset(words) and _TELLING.search(text.lower()) is not None
