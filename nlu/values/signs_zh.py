"""What the parts of a Chinese address look like: the ends of roads and places, numbers of houses, floors and rooms."""

from __future__ import annotations

import re

HAN = r"[\u4e00-\u9fff]"
NUMERAL = r"[一二三四五六七八九十]{1,4}"
CALLED = (
    r"(?:更新|新|现)?的?(?:家庭|家里|家|居住|联系|通讯|邮寄|寄送|配送|快递|送货|收货|收件|公司|单位)?的?(?:地址|住址)"
)
"""What an address is called, right in front of it: "新地址上海市…"."""
SEPARATOR = re.compile(rf"[\s,，_\-—、/|.()（）\[\]]{{0,8}}(?:{CALLED}[\s:：,，]{{0,3}})?")
ROAD_AHEAD = re.compile(
    r"[东西南北中]?[一二三四五六七八九十]?(?:路|街|大道|大街|巷|弄|胡同|道|桥|大厦|广场|小区|公司|花园|公园|新村|"
    r"村|苑|镇|乡(?!街道)|大学|医院|银行|工业|经济|科技|产业|里(?=小区|社区|[\d一二三四五六七八九十东西南北中]?[号区]))"
)
OTHER_DIVISION = re.compile(rf"({HAN}{{1,7}}?(?:自治州|自治县|自治旗|地区|新区|市|区|县|旗))")
NOT_DIVISION = re.compile(
    r"(?:^[东西南北中]|[小社园校厂城一二三四五六七八九十]|工业|开发|管理|住宅|生活|度假|服务|商业|"
    r"景)区$|[路街巷弄村镇乡号道]|(?:菜|超|商|夜|都|集|城)市$"
)
TOWN = re.compile(
    rf"((?:(?!路(?!街道)|大道|巷|弄|号|小区|社区){HAN}){{1,6}}?(?:街道办事处|街道|(?:镇|乡(?!镇))(?![东西南北前后中老新]?(?:路|"
    rf"街|大道|村))|苏木|办事处))"
)
VILLAGE = re.compile(
    rf"((?:(?!路(?!村)|街(?!村)|大道|巷(?!村)|弄|号|小区|花园|市场|公司){HAN}){{1,8}}?(?:村民委员会|村委会|居委会|"
    rf"社区|嘎查|(?<![新])村))(?!{HAN}?[苑府]|路|街|大道|口)"
)
VILLAGE_END = re.compile(r"村|社区")
ROAD = re.compile(
    r"(?:大道|大街|胡同|公路|国道|省道|环路|路(?!村)|街(?!道|村)|巷(?!村)|道(?=[甲乙丙]?\d|$))"
    r"(?:[东西南北中一二三四五六七八九十\d]{1,2}段|[东西南北中](?=[甲乙丙]?\d))?"
)
NUMBERED_ROAD = re.compile(rf"({HAN}{{0,5}}(?:\d{{1,3}}|{NUMERAL})号?(?:大街|大道|路|街)(?!道))")
PLACE = (
    "工业园区|产业园区|科技园区|工业园|科技园|产业园|创业园|创意园|软件园|物流园|工业区|开发区|"
    "住宅区|度假区|园区|小区|社区|花园|花苑|嘉苑|佳苑|家园(?!林)|园林|人家|公寓|别墅|山庄|新村|新苑|豪苑|"
    "名苑|名府|名园|名城|雅园|嘉园|和园|锦园|半岛|"
    "大厦|大楼|综合楼|商务楼|写字楼|广场|中心|商城|商厦|百货|市场|超市|酒店|宾馆|饭店|医院|学校|"
    "小学|中学|大学|学院|幼儿园|有限公司|公司|集团|银行|邮局|邮政局|车站|机场|厂房|"
    "家属院|宿舍|大院|公馆|国贸|世家|名邸|华庭|豪庭|雅苑|丽苑|华府|御府|产业基地|基地|"
    "(?:商贸|贸易|小商品|轻纺|建材|服装|家居|家具|汽配|五金|皮革|模具|电子|数码|文化|物流|食品|灯具|鞋|国际)城|新城|大学城|鞋都|"
    "商铺|门市部|食府|驿站|事务所|加油站|卫生院|卫生所|诊所|药店|门诊部|敬老院|派出所|法院|营业厅|营业部|工作室|"
    "旗舰店|专卖店|专柜|商行|商场|厂区|车间|仓库|会所|公园|体育馆|博物馆|展览馆|图书馆|码头|政府|[工制染纸酒布化机件具品械]厂"
)
STRONG_PLACE = re.compile(
    rf"(?:{PLACE})(?:[东南西北中a-z一二三四五六七八九十\d]{{1,2}}[区期])?|[一二三四五六七八九十东南西北a-z\d]区(?!{HAN}{{0,3}}路)"
)
LONG_STEM = re.compile(
    rf"({HAN}{{3,8}}?){HAN}(?![东西南北中一二三四五六七八九十]){HAN}[东西南北中]?(?:[一二三四五六七八九十]{{1,2}})?[路街]$"
)
"""A road whose name is longer than roads have: a place stands before it, "荷叶塘凯旋北路"."""
HAMLET = re.compile(r"[塘埭桥湾里埠堰浜坞岙圩坝屯寨庄店家坑坪畈渡塔墩滩岭沟洼]$")
SMALL = r"[一二三四五六七八九零〇\d]"
COMPONENT = re.compile(
    rf"\d(?!\d?[区期])|{NUMERAL}(?:号楼|幢|栋|座|单元|楼|层|室)|[a-z]{{1,2}}-?\d{{0,4}}(?:座|幢|栋|楼|室|单元)|"
    rf"[a-z]\d{{1,5}}|负[一二三]|[东西南北][楼座幢](?=\d|单元|$)|[东西南北中甲乙丙丁]单元|[甲乙丙丁]\d{{1,4}}号|"
    rf"{SMALL}{{2,4}}[室户号]"
)
GROUP = re.compile(
    rf"((?:\d{{1,3}}|{NUMERAL}|(?:(?![路街巷号村]){HAN}){{1,4}})(?:村民小组|小组|组)|(?:\d{{1,3}}|{NUMERAL})(?:大队|队|社))(?!{HAN}?[路街])"
)
"""A group of households within a village."""
WHO = r"(?:\d{1,5}|[a-z]{1,2}-?\d{0,3}|\d{1,3}[a-z]|" + NUMERAL + r") ?"
BUILDING = re.compile(
    rf"(?:第)?({WHO}(?:号(?:宿舍|教学|办公|住宅|公寓|综合)?楼|幢|栋|座|#楼?)|[a-z]\d{{0,2}}楼|[东西南北][楼座幢](?=\d|单元|$))"
)
UNIT = re.compile(rf"({WHO}单元|[东西南北中甲乙丙丁]单元)")
DOOR = re.compile(r"(\d{1,2}(?:单元|门))(?=\d)")
"""A staircase is a door in Tianjin: "12号楼4门302"."""
FLOOR = re.compile(rf"((?:\d{{1,3}}|{NUMERAL}|负[一二三\d]|b\d) ?(?:[楼层]|f(?![a-z])))")
ROOM = re.compile(
    rf"([a-z]{{0,2}}-?\d{{1,5}}[a-z]?(?:-\d{{1,5}}[a-z]?){{0,2}} ?(?:号?房间?|室|户)|{SMALL}{{2,4}}(?:号?房间?|室|户))"
)
NUMBER = re.compile(
    rf"([附甲乙丙丁]?\d{{1,5}}[甲乙丙丁a-z]?(?:[\-—/]\d{{1,5}}){{0,2}} ?(?:号院?)"
    rf"(?!楼|房|线|地铁|[宿教办住公综]{HAN}楼)"
    rf"(?:之{SMALL}{{1,2}}|附\d{{1,3}}号?)?)"
)
LANE = re.compile(r"(\d{1,5}弄)(?=(?:\d|$)?)|(\d{1,5}巷(?:\d{1,5}弄)?)")
TRIPLE = re.compile(r"(\d{1,4}[a-z]?)-(\d{1,3}|[a-z])-([a-z]?\d{1,5})(?!\d)")
PAIR = re.compile(r"([a-z]?\d{1,5})-([a-z]?\d{1,5})(?!\d)")
HOUSE_WITH_ROOM = re.compile(r"(\d{1,2}[a-z])(\d{3,4})(?!\d)")
ESTATE = re.compile(r"开发区$")
"""Places that number their plots as a road does."""
ZONE = re.compile(
    rf"((?:(?![路街巷号村]){HAN}){{1,6}}?(?:管理区|示范区|管委会|经济(?:技术)?开发区|高新(?:技术)?(?:产业)?(?:开发)?区|经开区|保税区|(?<!工业)开发区))(?={HAN}{{2}})"
)
"""A zone that stands where a town would."""
OFFICE = re.compile(r"(?:大厦|大楼|写字楼|商务楼|综合楼|中心|广场|步行街)$")
NO_TOWN_BEFORE = re.compile(
    rf"{PLACE}|管理|新区|[一二三四五六七八九十东西南北中]{{1,2}}[区期]|国际|商务|中央|世纪|时代|财富|科技|创业|工业|商业|购物|文化|创意|电子|软件|金融|人民(?![东西南北中路街大])|中心|第[一二三四五六七八九十]"
)
"""What no name of a place begins with when a town stands before it: "浦沿园区" is a place of its own."""
PAIR_IN_PLACE = re.compile(r"(\d{1,4})-(\d{1,4}号)")
BARE = re.compile(r"([a-z]{0,2}\d{1,5}[甲乙丙丁]?[a-z]?\d{0,4})")
TAIL = re.compile(
    r"(?:电联|对面的?|旁边的?|附近|门口|隔壁|旁|内|里面?|后面?|前台?|上|下|谢谢|哈|吧|了|啊|呢|"
    r"的|哦|呀|这里|那里|那边|这边|住|请.{0,10}|路口|口)$"
)
STOP = re.compile(rf"{COMPONENT.pattern}|[\s,，_\-—、/|。()（）\[\]]")
ENDS = tuple("市区县")
OTHER_SUFFIX = re.compile(rf"[市区县](?={HAN}|$)(?!区|场|民|政|中心|一|二|三|政府)")
CHATTER = re.compile(
    r"[我你您他她它吗呢]|[想要请](?:[把改换问换帮你您]|$)|不[用是对知]|等一|应该|修改|更改|地址|"
    r"没有|搬[家到去了]|谢谢|知道|取消|"
    r"这个|那个|转人工|人工客服|客服|一样|什么|怎么|算了|帮忙|刚才|刚刚|收货|改[成为]"
)
NO_NAME = re.compile(
    r"[我你您他她它这那哪吗呢嘛吧啊哎唉呃哦噢呀哈嗯咯啦了的是不没等还再又就也很错谢请]|提交|赶紧|快点|哎呀|马上|立刻|麻烦"
)
"""Characters of talk: a bare name with one of them, and without the ending of a place, is no place."""
STREET_LEVEL = ("road", "number", "poi", "building", "unit", "floor", "room", "community")
