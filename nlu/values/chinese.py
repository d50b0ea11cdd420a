"""Chinese script: traditional characters read as simplified, spoken digits as digits."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TRADITIONAL = (
    "區区縣县號号樓楼鄉乡鎮镇灣湾臺台東东廣广門门島岛慶庆遼辽寧宁蘇苏龍龙陽阳陰阴陝陕貴贵雲云蘭兰濟济濱滨漢汉瀘泸瀋沈鄭郑開开華华橋桥園园莊庄"
    "場场廈厦層层單单戶户間间衛卫榮荣興兴實实業业電电話话郵邮編编碼码機机訊讯個个換换變变為为後后從从來来這这們们請请説说說说現现舊旧"
    "時时間间當当錯错確确應应該该對对沒没給给還还進进過过遷迁運运達达遠远邊边連连達达頭头頂顶領领題题願愿類类顧顾馬马駐驻鵬鹏麗丽黃黄"
    "齊齐塗涂溝沟滿满漁渔潔洁潤润澤泽澳澳燈灯營营爾尔獅狮瑪玛環环甌瓯畢毕盧卢監监礦矿禮礼種种積积競竞節节築筑紅红約约級级紹绍終终結结絡络統统綠绿維维線线總总績绩續续"
    "羅罗義义聖圣聯联聲声職职腦脑臨临舉举與与艙舱蓋盖蓮莲藝艺處处蝦虾術术裡里補补製制複复見见視视親亲觀观記记設设許许訴诉診诊註注評评試试詢询詳详認认語语誠诚誤误調调談谈諾诺謝谢證证識识譯译議议護护讀读變变"
    "豐丰財财責责貨货貴贵買买費费資资賀贺賓宾賣卖質质賬账贊赞車车軍军軟软較较載载輛辆輝辉農农選选鄰邻醫医釋释鋼钢錄录錢钱鍋锅鐘钟鐵铁長长閉闭閘闸閣阁閩闽關关陣阵陳陈陸陆際际隊队階阶隨随險险隱隐雖虽雙双雜杂離离難难靈灵靜静響响須须預预頻频顯显風风飛飞館馆饒饶駕驾騎骑驗验魚鱼鮮鲜鳥鸟鳳凤鹽盐麥麦點点黨党齡龄"
    "傳传債债傷伤價价億亿儀仪優优兒儿兩两冊册務务動动勝胜勞劳勢势勵励協协參参問问員员圍围圖图團团堅坚報报塊块壞坏夠够奪夺婦妇媽妈孫孙學学寬宽審审寫写專专將将尋寻導导屆届屬属嶺岭川川師师帳帐帶带幫帮幹干庫库廟庙廠厂張张強强彎弯彙汇徑径復复恆恒愛爱態态慣惯戰战戲戏戶户拋抛掃扫捨舍損损據据擁拥擇择擊击擔担據据擴扩攝摄數数斷断於于昇升曆历會会條条棟栋極极樂乐標标樣样樹树檢检櫃柜權权歐欧歡欢歲岁歷历歸归殘残殺杀殼壳氣气決决況况淺浅減减湯汤準准滬沪滅灭漲涨潛潜澗涧濕湿瀏浏灘滩無无煙烟熱热牆墙獎奖獨独獻献產产畝亩畫画異异疊叠療疗瘋疯發发盜盗盡尽眾众碩硕礎础祿禄稅税稱称穩稳窩窝窮穷範范籃篮籍籍糧粮紀纪純纯紙纸細细組组經经綜综網网緊紧緒绪緣缘縮缩繁繁織织繞绕繼继罰罚罷罢羣群習习聞闻聽听肅肃脫脱腳脚臉脸興兴艦舰莞莞葉叶蒼苍蔣蒋蕭萧薩萨藍蓝藥药蘆芦虛虚號号補补裝装覽览訂订計计訓训託托訪访誌志論论諮咨謀谋譚谭貝贝負负販贩貫贯貸贷賢贤賴赖趙赵跡迹踐践輕轻輪轮轉转辦办辭辞邏逻鄧邓釣钓鈴铃銀银銷销鋪铺錦锦鍵键鎖锁鏡镜鑫鑫閱阅闊阔隴陇韓韩頁页順顺項项頓顿顏颜飯饭飲饮飾饰餅饼養养餘余魯鲁鴻鸿鶴鹤龐庞龜龟"
    "亞亚佔占侖仑倉仓偉伟備备傑杰傢家僅仅僑侨劉刘區区厲厉吳吴嗎吗喬乔嘆叹國国壢坜夾夹奧奥妳你姍姗嬌娇岡冈峽峡崗岗嶼屿巖岩幣币廳厅彥彦徵征惠惠慮虑憲宪懷怀戀恋撥拨撤撤擬拟晉晋暫暂書书曉晓東东柵栅楊杨構构槍枪樑梁橫横檔档櫻樱毀毁沖冲沒没洩泄涼凉淚泪淨净淵渊測测渾浑湧涌溫温滾滚漸渐濃浓瀨濑煉炼煩烦爭争爺爷牽牵狀状狹狭猶犹獲获璽玺瓊琼硯砚磚砖祕秘禦御稟禀穀谷筆笔筍笋簡简簽签糾纠紋纹納纳紡纺紮扎綁绑綱纲緬缅緯纬縱纵繡绣罵骂翹翘聰聪肇肇臟脏舖铺蔭荫薦荐蘋苹蠟蜡衝冲裏里褲裤覺觉詞词詩诗該该譽誉豬猪賞赏賠赔購购贈赠趕赶躍跃遊游違违遙遥遞递遲迟遺遗邁迈鄖郧鄺邝醬酱鉅巨銅铜銘铭鋒锋錶表鏈链鑒鉴鑰钥閒闲闖闯陝陕陞升隻只雞鸡霧雾靂雳韻韵頌颂頒颁頗颇頸颈頻频顆颗額额飄飘飼饲餐餐騰腾騷骚驚惊驢驴髮发鬆松鬥斗鬧闹魏魏鯉鲤鯨鲸鳴鸣鴨鸭鵝鹅鷹鹰"
)
_SIMPLE: Mapping[int, str] = {
    ord(_TRADITIONAL[i]): _TRADITIONAL[i + 1] for i in range(0, len(_TRADITIONAL) - len(_TRADITIONAL) % 2, 2)
}

_DIGITS = dict(zip("幺一二两三四五六七八九零〇洞", "11223456789000", strict=True))
_PAUSES = {ord(pause): " " for pause in ",，、"}
_SPOKEN = re.compile(r"[幺一二两三四五六七八九零〇洞0-9](?:[ \-,，、]?[幺一二两三四五六七八九零〇洞0-9]){4,40}")
_NUMERAL = re.compile(r"[一二三四五六七八九十百]{1,5}")


def simplified(text: str) -> str:
    """Read traditional characters as simplified ones, keeping the length."""
    return text if text.isascii() else text.translate(_SIMPLE)


_MISTYPED = re.compile(
    r"(?<=[\u4e00-\u9fff])大到(?=\d)|(?<=\d)好(?=楼|[a-z]?\d|$)|(?<=[\u4e00-\u9fff])接(?=\d{1,4}号)|(?<=\d)洞(?=\d)|(?<=\d)单圆(?=\d)"
)
_MEANT = {"大到": "大道", "好": "号", "接": "街", "洞": "栋", "单圆": "单元"}


def mended(text: str) -> str:
    """Read what a pinyin keyboard makes of the parts of an address ("大到100好") as meant, keeping the length."""
    return text if text.isascii() else _MISTYPED.sub(lambda typo: _MEANT[typo.group()], text)


def spoken_digits(text: str) -> str:
    """Write spoken digits ("幺三八…", five or more in a row) as digits, keeping the length."""
    if not any(char in _DIGITS for char in text):
        return text
    return _SPOKEN.sub(lambda run: "".join(_DIGITS.get(char, char) for char in run.group().translate(_PAUSES)), text)


def numeral(text: str) -> str:
    """Write a Chinese numeral below a thousand ("十二" → "12"); anything else stays as it is."""
    if not _NUMERAL.fullmatch(text):
        return text
    total, digit = 0, 0
    for char in text:
        if char in "十百":
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
        else:
            digit = "一二三四五六七八九".index(char) + 1 + (digit * 10 if digit else 0)
    return str(total + digit)
