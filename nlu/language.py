"""Which language an utterance is in, and Traditional Chinese folded onto Simplified."""

from __future__ import annotations

import re

from nlu.pinyin import is_pinyin
from nlu.types import Language

_TRADITIONAL = (
    "變换換號電話碼機郵箱聯絡係絡錯誤訂單會員資訊舊經為們嗎個戶證護還沒對請幫轉專線開關問題實寫證銀行帳賬"
    "錢繳費學歷職業離婚結婚姓稱應該現時間裡裏邊點樓層門縣區鄉鎮臺灣國際這樣後來來從於務處員歡謝謝給讓過進"
    "嚴訴訟報警師遞貨運達錄驗識別選擇親愛爺媽爸兒女孫鄰舉隻雙歲動態備註銷續認諾許確訊傳遲過維修壞斷鐘點鍵"
    "據願適見說話聽讀購買賣產頭髮圖體發無與東車馬長風飛啟營術種類紀憶級難聞語譯調談論讓設計誰課張強歸當寧"
    "實寶劃劉劇劍勞勢勝區協卻參雜雞雲電靈頂項順須預領頻顆顏顧顯餐館遷廣廠廳徑徵復惡恆憤懷戀戰擇擔據撥擾擬"
    "攜數樣橋檢櫃歐殺氣決溝溫滿漢濟熱燈爾牆獨現環瑪畫異療盜盡監盤眾睏礙禮積穩窮競筆節範築簡糧約紅純紙細終"
    "組結絕統絲網綠維總縮織繼纖罰羅義習聖聲職腦臉臨臺舊藝蘇藥蘭虛蟲補裝複規視覽觀觸計訪訓託評詞試詢詳誠誤"
    "請諒證議貓負財責貴貸貿費賓賞賠質賴贈趕蹤軟軒較輕載輛輪輸辦農遊遠違遺郵鄭釋針銜鋪錢鎖鐵鑰閉閒閱陽陳陰"
    "煩險隊階隨隱雖離雷霧靜響頁頓題額願類飯飲飾餘駕騎驚鬆鬧魚鮮麥麼黃齊齡龍龐妳甚麽祇囉喔喲"
)
_SIMPLIFIED = (
    "变换换号电话码机邮箱联络系络错误订单会员资讯旧经为们吗个户证护还没对请帮转专线开关问题实写证银行帐账"
    "钱缴费学历职业离婚结婚姓称应该现时间里里边点楼层门县区乡镇台湾国际这样后来来从于务处员欢谢谢给让过进"
    "严诉讼报警师递货运达录验识别选择亲爱爷妈爸儿女孙邻举只双岁动态备注销续认诺许确讯传迟过维修坏断钟点键"
    "据愿适见说话听读购买卖产头发图体发无与东车马长风飞启营术种类纪忆级难闻语译调谈论让设计谁课张强归当宁"
    "实宝划刘剧剑劳势胜区协却参杂鸡云电灵顶项顺须预领频颗颜顾显餐馆迁广厂厅径征复恶恒愤怀恋战择担据拨扰拟"
    "携数样桥检柜欧杀气决沟温满汉济热灯尔墙独现环玛画异疗盗尽监盘众困碍礼积稳穷竞笔节范筑简粮约红纯纸细终"
    "组结绝统丝网绿维总缩织继纤罚罗义习圣声职脑脸临台旧艺苏药兰虚虫补装复规视览观触计访训托评词试询详诚误"
    "请谅证议猫负财责贵贷贸费宾赏赔质赖赠赶踪软轩较轻载辆轮输办农游远违遗邮郑释针衔铺钱锁铁钥闭闲阅阳陈阴"
    "烦险队阶随隐虽离雷雾静响页顿题额愿类饭饮饰余驾骑惊松闹鱼鲜麦么黄齐龄龙庞你什么只啰哦哟"
)
_MORE = (
    "廢废編编僱雇連连併并綁绑暫暂檔档帶带記记剛刚緊紧欄栏匯汇陣阵幾几闆板價价簽签練练諜谍診诊撳按喬乔颱台燒烧醫医華华煉炼銜衔"
    "轄辖嬸婶嬰婴孃娘僑侨儲储兌兑凍冻劑剂勵励匱匮廁厕厭厌啞哑喚唤嘗尝嚇吓囑嘱堅坚場场塊块塵尘墊垫壓压壺壶奪夺奮奋婦妇嬌娇孿孪宮宫屆届屬属嶄崭"
    "帥帅師师幣币廚厨廟庙廬庐彈弹彎弯彥彦徹彻恥耻悅悦惱恼愜惬慘惨慣惯慮虑憂忧懇恳應应懶懒懸悬戲戏戶户拋抛挾挟捲卷掃扫掛挂採采揮挥損损換换"
    "搶抢撿捡擊击擋挡擠挤擴扩擺摆攔拦攝摄敗败敘叙斂敛斬斩暈晕曆历曉晓曠旷曬晒條条棄弃棗枣榮荣樁桩樂乐樓楼標标橫横歷历殘残毀毁況况淚泪淨净淺浅渾浑"
    "湊凑滅灭滬沪滯滞漁渔漲涨潔洁潤润濕湿灣湾爐炉爭争犧牺狀状猶犹獎奖獲获瑣琐產产畢毕畝亩疊叠瘋疯癢痒盜盗睜睁瞭了硃朱確确磚砖祕秘禍祸稅税穀谷穌稣"
    "竄窜籌筹籍籍糾纠納纳紋纹紗纱紡纺紮扎紹绍紳绅累累絡络給给統统絨绒經经緒绪緣缘編编緩缓練练縫缝縮缩績绩繁繁繃绷繞绕繪绘繳缴纏缠罵骂羨羡聯联聰聪肅肃"
    "脅胁脫脱腎肾腫肿膚肤膠胶膽胆臟脏莊庄萬万葉叶蔥葱蕩荡薦荐蘆芦號号蝕蚀術术衛卫衝冲裝装襪袜覆覆覺觉觸触訂订訊讯討讨記记訪访訴诉註注評评詐诈詞词該该"
    "誇夸誌志誕诞誘诱誣诬誰谁諷讽諸诸謊谎謙谦謹谨譜谱讀读讚赞豐丰貝贝貨货貪贪貫贯貼贴賀贺資资賊贼賒赊賤贱賦赋賺赚賽赛贏赢贓赃趙赵跡迹踐践蹟迹軌轨輩辈輯辑"
    "轎轿轟轰辭辞逕径遜逊遞递遲迟遺遗鄧邓鄉乡醜丑醬酱釀酿釋释釣钓鈔钞鈕纽鉛铅銹锈鋒锋鋸锯錘锤錶表鍋锅鍊链鎮镇鏈链鏡镜鐮镰閃闪閏闰閘闸閣阁閱阅闆板闊阔闖闯"
    "隨随險险隱隐隸隶難难雜杂雞鸡離离雲云靂雳韓韩頌颂頒颁頗颇頭头頰颊顛颠顧顾顫颤飄飘飛飞飼饲餅饼餓饿餘余饋馈饑饥馬马馴驯駐驻駛驶騙骗騷骚驕骄驗验驟骤髒脏"
    "鬍胡魯鲁鮑鲍鴨鸭鴿鸽鵝鹅鷹鹰鹹咸鹽盐麵面齣出齪龊龜龟囍喜裏里徵征鑒鉴搵找咁这噉这嘢物冧倒諗想"
    "咗了嘅的冇没佢他哋们嗰那嚟来畀给睇看係是喺在啲些"
)
"""More of them, and Cantonese ones, each before what it is read as."""

_FOLD = str.maketrans(_MORE[::2] + _TRADITIONAL, _MORE[1::2] + _SIMPLIFIED)

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_WORD = re.compile(r"(?<![\w.@/-])[a-z]{2,}(?:['’][a-z]+)?(?![\w@/])", re.IGNORECASE)
_EITHER = frozenset(
    {
        "ok",
        "okay",
        "okey",
        "hi",
        "hello",
        "hey",
        "bye",
        "app",
        "vip",
        "no",
        "email",
        "phone",
        "code",
        "sim",
        "id",
        "pin",
    }
    | {"wifi", "qq", "wechat", "please", "sorry"}
)
_MANY_WORDS = 3


def simplify(text: str) -> str:
    """Fold Traditional characters onto Simplified ones, code point for code point."""
    return text.translate(_FOLD)


def detect_language(text: str, hint: Language | None) -> Language:
    """Decide by what is written; digits, emoji and words used in both languages follow the hint (None: English)."""
    if is_pinyin(text):
        return Language.ZH
    han = len(_HAN.findall(text))
    words = _WORD.findall(text)
    if han and han >= len(words):
        return Language.ZH
    if len(words) >= _MANY_WORDS or any(word.lower() not in _EITHER and word.islower() for word in words):
        return Language.EN
    if words and hint is None:
        return Language.EN
    if han:
        return Language.ZH
    return hint or Language.EN


_CHINESE_REGIONS = frozenset({"CN", "HK", "MO", "TW", "SG"})


def home_region(region: str, language: Language) -> str:
    """The region that numbers and addresses are read in: a company abroad serves its Chinese customers too."""
    return "CN" if language is Language.ZH and region not in _CHINESE_REGIONS else region
