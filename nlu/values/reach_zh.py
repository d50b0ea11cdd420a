"""Where in a Chinese utterance an address may stand."""

from __future__ import annotations

import re

from nlu.types import Span
from nlu.values.signs_zh import CALLED

_HAN = re.compile(r"[\u4e00-\u9fff]")
ANNOUNCED = re.compile(
    r"(?:地址|住址|住处|新家|新房|收货地|公司|单位|家|户|房子|门牌号?|搬|迁|住|寄|送|发|派|快递|"
    r"现居|位于)(?:已经|现在|目前|我|也|都|全部)?(?:改|换|变|变更|更新|更改|修改|搬|填|写|应该|"
    r"应|迁|更正|调整)?"
    r"(?:成(?!都)|为|到|在|去|至|往|是|于|了|给|:|这里)+(?:了|公司地址|新地址|:|\s)*(?:是|在|:)?|(?:改|"
    r"换|变更|更新|更改|修改|搬|更正)(?:成(?!都)|为|到|至)了?|(?:应该|现在|就|正确的(?:应该)?)(?:是|"
    r"为)|^地址|地址[:\s]"
)
"""Words that announce an address."""
_END_ZH = re.compile(
    r"[。!?;\n]|(?:,|\s)?(?:电话|手机|联系|邮箱|姓名|收件人|收货人|订单|谢谢|请|麻烦|帮我|帮忙|"
    r"可以|能不|能否|怎么|不要|不是|而不|之前|原来|了,|吗|的话|搬家|邮编|是(?=[^,]{2,30}(?:路|街|巷|号|村|小区)))"
    r"|(?:改|换|变|变更|更改|更正|搬|迁)(?:成|为|到|至|去)|而是|应该是"
)
_FILLER_ZH = re.compile(
    rf"(?:{CALLED}|不对|不是|错了|应该是|是的?|嗯+|哦|好的|对的|对(?=[,。 ])|你好|您好|那个|我的?|新的|就是|改成|改为|"
    r"改|更正|补充|还有|路名|街道名|小区名|现在|住|在|到|搬|了|呃|啊|请|把|将|从|由|不是|:|,|。|\s)+"
)
_CLAUSE_ZH = re.compile(r"[,。!;\n]|(?<=[\u4e00-\u9fff]) ")
"""Where a clause ends; in a chat a space often stands for the comma."""


def stretches_zh(text: str, *, expected: bool) -> list[Span]:
    """Where an address may stand: behind the last few words that announce one, and at the start of each clause."""
    starts = [m.end() for m in ANNOUNCED.finditer(text)][-6:]
    if expected or not starts:
        skipped = _FILLER_ZH.match(text)
        starts += [skipped.end() if skipped else 0, 0]
    starts += [m.end() for m in _CLAUSE_ZH.finditer(text)][:6]
    if (han := _HAN.search(text)) is not None:
        starts.append(han.start())  # behind words of another language
    starts = [filler.end() if (filler := _FILLER_ZH.match(text, start)) else start for start in starts]
    stretches: list[Span] = []
    for start in sorted(set(starts)):
        limit = min(len(text), start + 160)
        match = _END_ZH.search(text, start, limit)
        end = match.start() if match else limit
        if end > start:
            stretches.append((start, end))
    return stretches
