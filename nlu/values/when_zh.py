"""Chinese expressions of time (after `simplified`)."""

from __future__ import annotations

import datetime as dt
import re

from nlu.types import Span, WhenKind
from nlu.values.calendar import made, months_on, nearest, weekday
from nlu.values.chinese import numeral

_N = r"(\d{1,3}|[一二两三四五六七八九十半]{1,3}|几)"
_D = r"(\d{1,2}|[一二三四五六七八九十]{1,3})"
_FULL = re.compile(
    rf"(?:((?:19|20)\d{{2}})年|(今年|明年|后年|去年)){_D}月(?:份)?(?:{_D}[日号])?|((?:19|20)\d{{2}})[-/.](\d{{1,2}})"
    rf"[-/.](\d{{1,2}})"
)
_MONTH_DAY = re.compile(rf"(?<![\d年]){_D}月{_D}[日号]?(?!\d|楼)")
_MONTH_PART = re.compile(rf"(下个?月|这个月|本月|上个?月)(?:的)?(?:{_D}[日号](?!楼)|初|底|中旬)?")
_DAY = re.compile(
    rf"(?<![\d路街弄-])(?:从|自)?{_D}[日号](?:(?=起|开始|之?后|以后|搬|生效|入住|换|改)|(?=[,，。]|$)(?<=日))"
)
_MONTH_ONLY = re.compile(rf"(?<![\d年个第]){_D}月份?(?=起|开始|之?后|以后|搬|生效|就|要|会|我)")
_WEEK = re.compile(r"(下下|下|这|本|上)个?(?:周|星期|礼拜)([一二三四五六日天末])?")
_NAMED = re.compile(r"大前天|前天|昨天|昨日|今天|今日|即日起|马上|立刻|现在起|明天|明日|后天|大后天")
_NAMED_DAYS = {"大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "明天": 1, "明日": 1, "后天": 2, "大后天": 3}
_AFTER = re.compile(rf"(?:过)?{_N}(天|个?星期|个?礼拜|周|个月|年)(之?后|以后|内)|再?过{_N}(天|个?星期|周|个月)")
_BEFORE = re.compile(rf"{_N}(天|个?星期|个?礼拜|周|个月|年)(之?前|以前)")
_NEXT_YEAR = re.compile(r"明年(?:初|年初)?|月底|年底")
_PAST = re.compile(
    r"上个?(?:周|星期|礼拜)(?![一二三四五六日天])|上个?(?:月|季度|学期)|上(?:上|半)(?:周|月|年)|去年|[前头][几两]?[天日]|前[些几两]年|前年|前阵子|前段时间|"
    r"最近|近期|近日|刚刚?(?!好|需|性|巧|柔|刚|才|留|说|填|登)|方才|刚才(?=提交|换|改|更|搬)|不久前|早就|早已|早早|老早|(?<![今明后大尽赶趁及提最一清])早(?=不|没|换|改|变|停|注|销|搬|弃|作废|离|退|丢|忘|拆|过期|用不|被)|"
    r"已经(?!发货|发出|出库|在路|付款|下单|寄出|在配送|不是学生)|(?<!而)已(?=换|改|变|搬|更|迁|办|领)|之前就|年初|才(?:搬|换|改|办|领|到)|"
    r"(?:好久|很久|多年|半年|[一两二三四五六七八九十几百多]{1,3}(?:年|个月|个?星期|天))(?:了|多了|前|没)|快[一两二三四五六七八九十几半]{1,2}个?[年月]了?|"
    r"(?:前两天|昨晚|今早|上午)|新近"
)
_FUTURE = re.compile(
    r"过(?:几天|两天|阵子|段时间|些天|完年|了年)|将(?:要|会|于)|即将|快要|马上要|(?:准备|打算|计划|预备)(?!金|不)|要搬|年后|下(?:半年|个?季度|个?学期|下周)|"
    r"届时|到时候?|以后(?=要是|如果|搬家|真要|辞职)|(?:要是|如果|万一)以后|开春|节后|(?:快|就)要?(?:搬|换|改|离职|毕业|到期换)|等.{1,8}(?:再换|再改|就换)|九月开学|暑假后|毕业后?就?要"
)
_BIRTH = re.compile(r"生日|出生|出世")
"""A date beside such a word is the value itself."""
_TEMPORARY = re.compile(
    rf"暂时(?!不|别|没)|临时(?!身份证|工|起意|号停)|这段时间|这阵子?|这段日子|短期|短住|借住|先住|只住|这几天|(?:这|未来|接下来)(?:的)?{_N}(?:天|"
    rf"个?星期|周|个?礼拜|个月)(?!前|没|就没|老|又|才)|(?:住|待|呆|用|出差|旅游|在外地?|养病)(?:个|上)?{_N}(?:天|个?星期|周|个月)|{_N}(?:天|"
    rf"个?星期|周|个月)(?:之?后|以后)?(?:就|再)?(?:回来|搬回|换回)|假期|寒假|暑假期间|期间|出差[,，到]|坐月子|(?:再|给我)(?:换|改|恢复)回|下周恢复|"
    rf"(?:这|本)(?:个)?(?:周|礼拜|星期|月)(?:我|人|我们|都)?(?:人?都?在|先|出差|不在)|(?:就|只)今天|今天先|先用这个"
)


def temporary_zh(text: str) -> Span | None:
    """Where the text says that the change is for a while only."""
    match = _TEMPORARY.search(text)
    return match.span() if match else None


def vague_zh(text: str) -> tuple[WhenKind, Span] | None:
    """A past or future that names no date."""
    if match := _PAST.search(text):
        return WhenKind.PAST, match.span()
    if match := _FUTURE.search(text):
        return WhenKind.FUTURE, match.span()
    return None


def dated_zh(text: str, today: dt.date) -> tuple[dt.date, Span] | None:
    """The date a text names, and where."""
    if _BIRTH.search(text) is not None:
        return None
    for read in (_full, _within_month, _month_day, _steps, _week, _named, _day):
        if (found := read(text, today)) is not None:
            return found
    return None


def _int(text: str) -> int:
    if text == "几":
        return 3
    plain = numeral(text.replace("两", "二"))
    return int(plain) if plain.isdigit() else 0


def _past(text: str, end: int) -> bool:
    return (
        re.match(
            r"[^,，。]{0,8}(?:搬了|换了|改了|已经(?!发货|发出|出库|在路|付款|下单|寄出|在配送|不是学生)|的时候)",
            text[end:],
        )
        is not None
        or "已经" in text[:end]
    )


def _with(date: dt.date | None, match: re.Match[str]) -> tuple[dt.date, Span] | None:
    return (date, match.span()) if date is not None else None


def _full(text: str, today: dt.date) -> tuple[dt.date, Span] | None:
    match = _FULL.search(text)
    if match is None:
        return None
    if match[5]:
        return _with(made(int(match[5]), int(match[6]), int(match[7])), match)
    year = int(match[1]) if match[1] else today.year + {"今年": 0, "明年": 1, "后年": 2, "去年": -1}[match[2]]
    return _with(made(year, _int(match[3]), _int(match[4]) if match[4] else 1), match)


def _within_month(text: str, today: dt.date) -> tuple[dt.date, Span] | None:
    match = _MONTH_PART.search(text)
    if match is None:
        return None
    first = months_on(today.replace(day=1), {"下": 1, "上": -1}.get(match[1][0], 0))
    if match[2]:
        return _with(made(first.year, first.month, _int(match[2])), match)
    if match.group().endswith("底"):
        return months_on(first, 1) - dt.timedelta(days=1), match.span()
    if match.group().endswith("中旬"):
        return first.replace(day=15), match.span()
    return (first, match.span()) if match[1][0] == "下" else None


def _month_day(text: str, today: dt.date) -> tuple[dt.date, Span] | None:
    if match := _MONTH_DAY.search(text):
        month, day = _int(match[1]), _int(match[2])
        return _with(nearest(today, month, day, past=_past(text, match.end())) if 1 <= month <= 12 else None, match)
    if match := _MONTH_ONLY.search(text):
        month = _int(match[1])
        return _with(nearest(today, month, 1, past=_past(text, match.end())) if 1 <= month <= 12 else None, match)
    return None


def _steps(text: str, today: dt.date) -> tuple[dt.date, Span] | None:
    if match := _AFTER.search(text):
        return _stepped(today, match[1] or match[4], match[2] or match[5], 1), match.span()
    if match := _BEFORE.search(text):
        return _stepped(today, match[1], match[2], -1), match.span()
    if match := _NEXT_YEAR.search(text):
        if match.group() == "月底":
            return months_on(today.replace(day=1), 1) - dt.timedelta(days=1), match.span()
        return (dt.date(today.year, 12, 31) if match.group() == "年底" else dt.date(today.year + 1, 1, 1)), match.span()
    return None


def _stepped(today: dt.date, count: str, unit: str, sign: int) -> dt.date:
    if count == "半":
        return months_on(today, 6 * sign) if unit == "年" else today + dt.timedelta(days=15 * sign)
    number = _int(count) * sign
    if "月" in unit or unit == "年":
        return months_on(today, number * (12 if unit == "年" else 1))
    return today + dt.timedelta(days=number * (1 if unit == "天" else 7))


def _week(text: str, today: dt.date) -> tuple[dt.date, Span] | None:
    match = _WEEK.search(text)
    if match is None or (match[1] in "上这本" and not match[2]):
        return None
    weeks = {"下下": 2, "下": 1, "上": -1}.get(match[1], 0)
    number = "一二三四五六日天末".index(match[2]) if match[2] else 0
    return weekday(today, min(number, 6) if match[2] != "末" else 5, weeks=weeks), match.span()


def _named(text: str, today: dt.date) -> tuple[dt.date, Span] | None:
    match = _NAMED.search(text)
    return (today + dt.timedelta(days=_NAMED_DAYS.get(match.group(), 0)), match.span()) if match else None


def _day(text: str, today: dt.date) -> tuple[dt.date, Span] | None:
    match = _DAY.search(text)
    if match is None or not 1 <= _int(match[1]) <= 31:
        return None
    return _with(nearest(today, None, _int(match[1]), past=_past(text, match.end())), match)
