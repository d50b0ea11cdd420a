"""Words that say nothing of which field an example is about, and things that belong to a field without being it."""

# ruff: noqa: SIM905 - lists of words read better as text

from __future__ import annotations

import re

FUNCTION_EN = frozenset(
    (
        "a an the this that these those my our your his her their its me us you i we he she they it them i'm i've "
        "i'd i'll we've we're we'd it's that's what's there's don't doesn't didn't isn't wasn't can't won't "
        "haven't hasn't is are was were be been being am has have had having do does did done will would can "
        "could should shall may might must to of for on in at by with from into onto about as and or but so "
        "because since if when while where which who what how why than then too also not no yes please just "
        "recently now today yesterday tomorrow soon already again still only new old another different other same "
        "previous former latest current correct right wrong incorrect change changes changed changing update "
        "updates updated updating replace replaced replacing switch switched switching swap swapped set put get "
        "got gotten getting give gave given take took use using used want wants wanted need needs needed like "
        "would'd prefer make made keep let know tell told say said record records system file amend amended edit "
        "edited correcting corrected fix fixed register registered enter entered add added adding remove bought "
        "sold lost stolen found buy sell broke broken expired issued received receive sent send sends bring "
        "bringing hi hello hey thanks thank dear sorry ok okay longer any more anymore instead going forward on "
        "onwards here there help able possible after before last week month year up out off over down all every "
        "each some one ones number's have've mine ours yours people everyone somebody someone became become went "
        "go goes come came"
    ).split()
)
COMMON_EN = frozenset(
    (
        "preferred usual main default primary number numbers no id code codes card cards detail details info "
        "information account accounts one thing things time times date day days car cars vehicle vehicles van "
        "house home phone mobile email mail address name order orders delivery deliveries service company member "
        "membership customer client preference preferences option plan type kind shop store app website online "
        "profile details data form message contact person bank new status"
    ).split()
)
ASPECTS_EN = (
    "points point balance app design pin password discount discounts statement program programme scheme "
    "website offer offers voucher vouchers benefit benefits status tier level history reward terms fee fees "
    "holder colour color picture photo barcode expiry screws screw frame light cover policy rules charge "
    "charges cost price recognition camera check lookup team desk hotline questions question reader machine "
    "day transaction transactions"
).split()

BREAKS_ZH = re.compile(
    r"[^\u4e00-\u9fff]+|我们的?|我的|我家的?|你们的?|您的?|现在|已经|最近|刚刚?|以后|之后|从今|今后|都|就|想要?|需要|希望|"
    r"麻烦|请|帮忙?|给|把|将|换成|换为|改成|改为|变成|变为|更换|更新|修改|变更|登记|记录|系统|里|上|错误|错了?|不对|写|填|"
    r"换|改|变|新的?|旧的?|老的?|原来的?|之前的?|以前的?|一张|一个|一下|个|张|块|是|有|在|到|要|了|的|和|跟|与|也|还|再|不|没|丢|补办?|"
    r"办|拿|领|买|卖|用|成|为|吧|吗|呢|啊|哦|过|能|可以|我|你|他|她"
)
COMMON_ZH = frozenset(
    (
        "号码 号 卡号 卡 卡片 信息 资料 电话 手机 手机号 地址 姓名 名字 时间 日期 车 汽车 车子 会员 客户 账号 "
        "编号 方式 东西 最好 通常 一直 平时 方便 比较 银行卡 邮箱 公司 单位 通知 联系 前 后 天 今天 昨天 上周 "
        "下周 上个月 下个月"
    ).split()
)
ASPECTS_ZH = (
    "积分 余额 密码 等级 权益 优惠 活动 年费 照片 图片 颜色 有效期 怎么用 优惠券 折扣 小程序 条款 规则 费用 "
    "违章 螺丝 框 架 灯 限行 摇号 识别 查询 竞拍 价格 客服 热线 兑换 消费 记录 额度 尾气"
).split()
