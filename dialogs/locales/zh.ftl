# 机器人说的每一句话(简体中文)。编号不变,列表见 dialogs/replies.py。

## 开场

intro = 您好，我是{ $company }的自动助手，帮您更新登记的资料。您随时可以说“转人工”。
hello = 请问您有什么资料变了？比如：“我搬家了，新地址是……”或“我换手机号了”。
welcome = 不客气。以后资料有变动，直接在这里告诉我就好。
what-changed = 请问您的哪项资料变了？用您自己的话告诉我就行。
help = 我是自动助手，不是真人。我可以帮您更新登记的地址、手机号、邮箱、姓名等资料。您用自己的话告诉我就行；我只问还缺的内容，提交前会把要登记的内容完整给您看，没有您的同意和验证码不会提交。您随时可以说“取消”“重新开始”“再说一遍”“为什么”或“转人工”。
not-understood = 不好意思，我没太明白您的意思。
not-understood-idle = 不好意思，我没太明白您的意思。我负责更新您登记的资料，您可以这样说：“我搬家了”或“我的新邮箱是 new@example.com”。也可以说“转人工”。
no-change-noted = 好的，那就不用改，您的资料保持不变。
take-your-time = 好的，您慢慢来，我在这里等您。
nothing-to-repeat = 还没有可以重复的内容。您有什么资料变了，直接告诉我就好。
button-over = 这个按钮属于之前的问题，所以我没有做任何改动。
overtaken = 这条消息是在您上一条之前发的，刚刚才到，所以以您最后说的为准。
not-my-subject = 不好意思，这个问题我这里答不了，我只负责更新登记的资料。需要的话请说“转人工”。
how-long = 您同意并输入验证码之后，我们会在{ $days }个工作日内处理，并在这里告诉您结果。
opted-out = 好的，以后不再主动请您核对资料。资料有变动时，您随时可以在这里告诉我。

## 附件

attachment-voice = 我听不了语音，这条语音也没有保存。麻烦您打字告诉我，好吗？
attachment-photo = 我看不了图片，这张图片也没有保存。麻烦您打字告诉我，好吗？
attachment-location = 我读不了定位，这个定位也没有保存。麻烦您把地址打出来，好吗？
attachment-contact = 这是一张联系人名片，我没有保存。如果是您自己的新号码，麻烦您把号码打出来。
attachment-edited = 我看到您修改了一条消息。我以最初发送的内容为准；需要更正的话，请直接再发一条。
attachment-other = 这个内容我打不开，也没有保存。麻烦您打字告诉我，好吗？

## 人工

person-coming = 好的，已为您通知人工同事，会在这里回复您。
person-offer = 不好意思，我还是没弄明白。需要人工同事帮您吗？我已经告知同事了。
person-declined = 好的。资料有变动时随时告诉我。
person-joined = { $name }已接入，现在由{ $name }为您服务。
person-left = { $name }已把对话交还给我，我是自动助手，继续为您服务。
person-says = { $text }
sorry-displeasure = 给您添麻烦了，非常抱歉。我已请同事来处理。
sorry-distress = 听到这些我很难过。我已请同事专门来帮您。
sorry-death = 请您节哀。您不需要在这里填写什么，同事会亲自与您联系。
legal-matter = 这件事需要人工处理，我已转给同事，会在这里回复您。
somebody-else = 我只能更新您本人的资料，不能更改他人的资料。
somebody-else-flagged = 在这个对话里我不能更改他人的登记资料，请对方本人与我们联系。我已告知同事，以便需要时协助您。
temporary = 听起来是临时变动：{ $fields }。这种情况由人工同事安排更合适，需要帮您转人工吗？
field-not-here = 在这个对话里我不能更改您的{ $field }，人工同事可以。需要帮您转人工吗？

## 关联身份

opening = { $first ->
    [yes] { "好的，我来帮您更新。" }
   *[no] { "" }
}
ask-customer-number = { opening }为了找到您的档案，请发给我您的客户编号（账单和信函上有）。
customer-number-help = 客户编号印在我们的账单和信函上。您也可以登录我们的App或网站后打开这个对话，我就知道您是谁了；或者由人工同事帮您。
link-code-sent = 谢谢。如果这个编号在我们的系统里，{ $digits }位验证码已经发往它登记的联系方式，请在{ $minutes }分钟内在这里输入。
link-code-waiting = 请输入发往该客户编号登记联系方式的验证码。
link-number-unknown = 谢谢。用这个号码没能确定您的档案，所以这个对话还没有关联，这个号码也没有保存。
link-failed = 没有验证成功，这个对话还没有关联到档案。您可以重新发送客户编号，或说“转人工”；我已告知同事。
linked = 谢谢，已找到您的档案。
linked-already = 这个对话已经关联到您的档案了。
ask-switch = 这个对话已经关联到另一个账户，而您打开的链接属于别的账户。要把对话切换过去吗？切换后，之前的内容不再显示。
not-switched = 好的，这个对话保持不变。
link-token-over = 这个链接已经不能用了，请从我们的App或网站重新打开。
link-code-message = 【{ $company }】{ $code }，您正在将聊天关联到您的客户档案，{ $minutes }分钟内有效。我们绝不会打电话索要验证码。如非本人操作，请忽略。
shall-we-go-on = 我们继续更新{ $fields }，好吗？

## 收集

ask-changed = 请问您的{ $field }变了吗？
ask-which-field = 好的。请问是哪一项变了：{ $fields }？
ask-address = { $first ->
    [yes] { "好的，我来帮您更新地址。" }
   *[no] { "" }
}请告诉我新地址：省市区、街道、门牌号（到室）。
ask-phone = { opening }请告诉我您的新手机号。
ask-email = { opening }请告诉我您的新邮箱地址。
ask-name = { opening }请告诉我您现在的姓名（全名）。
ask-id-document = { opening }请告诉我新证件的类型（如身份证、护照）和号码。
ask-company = { opening }请告诉我您现在的公司名称。
ask-contact-person = { opening }请告诉我联系人的姓名和电话。
ask-bank-account = { opening }请告诉我您的新银行账号和开户行。
ask-other-personal = { opening }请告诉我具体变成了什么。
ask-field = { opening }请告诉我您的新{ $field }。
ask-choice = { opening }请选择您的{ $field }。
ask-several = { opening }请告诉我新的{ $fields }。
ask-parts = { opening }已记下：{ $value }。请再补充{ $parts }。
ask-parts-ambiguous = { opening }“{ $value }”可能不止一处，请补充{ $parts }。
problem-phone-short = 这个号码位数不够（手机号为11位）。请再发一次完整号码。
problem-phone-long = 这个号码位数多了（手机号为11位）。请再发一次完整号码。
check-email = 我读到的是“{ $value }”，不太确定拼写是否正确。请核对后把完整邮箱再发一次。
problem-email = 这个邮箱地址好像不完整。请再发一次，例如 name@example.com。
problem-id-document = 这个证件号码校验不通过，可能有一位写错了。请核对后再发一次。
problem-id-length = 这个号码的位数不对。居民身份证号是18位，以前的15位号码已经不能使用了。请发一下现在证件上的号码。
problem-bank-account = 这个账号校验不通过，可能有一位写错了。请核对后再发一次。
problem-value = 这个内容我没法登记为您的{ $field }。请再发一次完整的。
kept-earlier = 您的{ $field }我先保留为：{ $value }。
slot-needed = 明白。不过缺少{ $parts }就没法更新您的{ $field }。您可以稍后再发、取消，或转人工；在此之前不会有任何改动。
noted-for-later = 我还记下了：{ $fields }。这项办完就接着办。
same-as-record = 您登记的就是这个（{ $fields }），不需要更改。
ask-replace = 您的{ $field }已有一个待处理的申请：{ $number }。要用新的替换它吗？
kept-open-request = 好的，{ $number }保持不变。
ask-next = 您刚才还提到了{ $field }，要一起更新吗？
left-as-is = 好的，您的{ $field }保持不变。
cancelled = 已取消，没有做任何改动：{ $fields }。
cancelled-fields = 已去掉：{ $fields }。其余的继续办理。
nothing-to-cancel = 目前没有正在办理的更改，您的资料没有任何改动。
cancel-filed = { $count ->
    [one] 您有一个已提交、尚未生效的申请：{ $numbers }（{ $fields }）。要撤回吗？
   *[other] 您有已提交、尚未生效的申请：{ $numbers }（{ $fields }）。要撤回哪一个，还是全部？
}
withdrawn = { $count ->
    [one] 已撤回：{ $numbers }（{ $fields }），不再办理，您的登记资料保持原样。
   *[other] 已撤回：{ $numbers }（{ $fields }），均不再办理，您的登记资料保持原样。
}
withdraw-kept = 好的，没有撤回任何申请。
withdraw-over = 这个申请已经结束或已经生效，不能再撤回。如果现在有不对的地方，请告诉我应该是什么，我来帮您更改，也可以说“转人工”。
withdraw-person = { $count ->
    [one] { $numbers } 是由人工同事办理的，不是在这个聊天里提交的，所以不能在这里撤回或替换。已通知同事查看，会在这里回复您。
   *[other] { $numbers } 都是由人工同事办理的，不是在这个聊天里提交的，所以不能在这里撤回或替换。已通知同事查看，会在这里回复您。
}
withdraw-nothing = 目前没有可以撤回的申请。已经生效的更改不能撤回，但可以更正：请告诉我哪里不对、应该改成什么，也可以说“转人工”。
restarted = 好的，我们重新开始，之前说的内容都不算。

## 确认

summary-old = { $old ->
    [none] { "" }
   *[other] （原登记：{ $old }）
}
summary-effective = { $effective ->
    [none] { "" }
   *[other] ，自{ $effective }起
}
summary-recipients = { $count ->
    [0] { "" }
   *[other] 将同步到：{ $recipients }。
}
summary-item = { $operation ->
    [remove] 将从档案中删除您的{ $field }{ summary-old }{ summary-effective }
   *[change] 将把您的{ $field }改为：{ $new }{ summary-old }{ summary-effective }
}
summary = { summary-item }
    用途：{ $purpose }。{ summary-recipients }
    同意提交吗？
summary-several = 用途：{ $purposes }。{ summary-recipients }
    同意把以上内容一起提交吗？
summary-sensitive = { summary-item }
    用途：{ $purpose }。{ summary-recipients }
    这是敏感信息，需要您单独授权。同意提交吗？
summary-changed-since = 这个按钮属于之前的内容，所以我没有当作您已同意。现在的内容是：
what-to-correct = 请问哪一项不对：{ $fields }？您也可以直接发正确的内容。
what-instead = 请问您的{ $field }应该改成什么？
consent-withdraw = 您可以随时在这个对话里撤回同意；更改生效之前撤回的，我们会停止办理。

## 验证

proofs-missing = 为确认是您本人，需要{ $count }个验证码：{ $missing }。
proof-accepted = 谢谢，验证码正确。还差：{ $missing }。
ask-old-works = { $kind } { $masked } 现在还能收到消息吗？
code-sent = 我已向{ $kind } { $masked } 发送{ $digits }位验证码，{ $minutes }分钟内有效。请在这里输入。
code-sent-new = 我已向{ $kind } { $masked } 发送{ $digits }位验证码，{ $minutes }分钟内有效。请在这里输入。
code-waiting = 请输入发往{ $kind } { $masked } 的验证码。
code-wrong = 验证码不对。{ $left ->
    [0] 这个验证码不能再试了。
   *[other] 还可以再试{ $left }次。
}
code-expired = 这个验证码已经过期。要重新发送吗？
code-failed = 验证码不对，而且不能再试了。您的资料没有任何改动。我已请同事来看。
code-limit = 暂时不能再发送验证码了。您的资料没有改动，申请也没有提交。我已请同事在这里帮您。
code-none-live = 目前没有有效的验证码。要重新发送吗？
code-alone = 验证码是对的，不过您还说了别的，所以我还没有提交。要继续，请只发验证码；要修改，请告诉我应该改成什么。
code-over = 这个验证码已经失效，没有用它做任何改动。
code-trouble = 还没收到吗？我可以重新发送、换一个联系方式，或请同事帮您。
no-reachable-contact = 您登记的联系方式里已经没有能接收验证码的了，所以暂时不能提交。您的资料没有任何改动，您同意的内容会保留。我已请同事来核实是您本人：拨打您早先登记的号码回访，或者通过视频、在柜台当面查验您的证件。请不要把验证码告诉给您打电话的人。
no-code-now = 您的资料目前不能发送验证码，所以没有提交，也没有任何改动。需要同事先核查，会在这里回复您。
person-vouched = { $name } 已核实是您本人，仅限您同意的这一项更改。
code-message = 【{ $company }】{ $code }，您正在更改登记的{ $what }，{ $minutes }分钟内有效。请只在您提出更改的对话中输入，我们绝不会打电话索要验证码。如非本人操作，请忽略。

## 你们有我哪些资料

disclose-first-link = 好的，我先确认一下哪份档案是您的。
disclose-afterwards = 等这项更改办完或取消之后，我就可以给您看登记的资料。
disclose-no-contact = 给您看资料之前需要向已登记的联系方式发送验证码，但目前没有可以接收的。我已请同事在这里帮您。
disclose-code-sent = 给您看登记的资料之前，我已向{ $kind } { $masked } 发送{ $digits }位验证码，{ $minutes }分钟内有效。请在这里输入。
disclose-code-message = 【{ $company }】{ $code }，您正在对话中查看自己的登记资料，不会做任何更改，{ $minutes }分钟内有效。我们绝不会打电话索要验证码。如非本人操作，请忽略。
disclose-failed = 验证码不对，而且不能再试了。我没有显示任何资料。我已请同事来看。
disclosed-first = 您在我们这里登记的资料如下：
disclosed = 您的{ $field }：{ $value }
disclosed-last = 如果有不对的地方，直接告诉我应该是什么。资料如何使用，同事可以为您说明。
disclosed-nothing = 除了客户编号，我们没有登记您的其他资料。

## 提交及之后

filed = 已提交，编号 { $number }（{ $field }）。我们会在{ $days }个工作日内处理，并在这里告诉您结果；在此之前资料不会变动。
filed-several = 已提交，编号 { $numbers }（{ $fields }）。我们会在{ $days }个工作日内处理，并在这里告诉您结果；在此之前资料不会变动。
receipt = 已办好：您的{ $field }现在登记为 { $masked }（{ $number }）。请问对吗？
receipt-removed = 已办好：您的{ $field }已从档案中删除（{ $number }）。请问对吗？
receipt-thanks = 谢谢您的核对。{ $number } 已办结，您的{ $field }在各处都已更新。
receipt-disputed = 非常抱歉。已记录 { $number } 中的{ $field }有误，并请同事核查，会在这里回复您。
receipt-over = { $number } 之前已经确认过了，谢谢您。
request-cooling-off = 您的申请 { $number }（{ $field }）已批准。为保护您的账户，将于{ $until }生效，届时我会在这里告诉您。
request-scheduled = 您的申请 { $number }（{ $field }）已批准，将于{ $until }生效，届时我会在这里告诉您。
request-outstanding = 您的{ $field }已更改（{ $number }），但以下系统还没有收到：{ $targets }。同事正在处理。
request-rejected = 您的申请 { $number } 未获批准，{ $field }保持原样。如需了解，请说“转人工”。
request-returned = 关于您的申请 { $number }（{ $field }），同事想请问您：{ $question }
answer-passed-on = 谢谢，已转告同事。{ $number } 继续审核，有结果我会在这里告诉您。
request-expired = 您的申请 { $number } 已过期，{ $field }保持原样。如仍需更改，请直接告诉我。
request-stale = 您的{ $field }在此期间已有变动，{ $number } 不再适用，已关闭。如仍有不对，请直接告诉我。
request-frozen = 您的申请 { $number }（{ $field }）已暂停：有人通过您档案里的联系方式表示这不是本人操作。同事核查之前不会有任何改动。
request-released = 同事已经核查，{ $number }（{ $field }）重新进入审核，结果会在这里告诉您。
dispute-upheld = 同事已再次核对 { $number }：您的{ $field }保持已登记的内容。如需进一步沟通，请找人工服务。
notice-changed = 【{ $company }】您客户档案中的{ $field }已更改。如非本人操作，请打开链接告诉我们，我们会立即暂停一切变更，待人工核查：{ $link }
notice-filed = 【{ $company }】有人经我们的员工核验身份后，申请更改您的客户档案（{ $fields }）。如非本人操作，请打开链接告诉我们，我们会立即暂停，待人工核查：{ $link }
notice-linked = 【{ $company }】有一个聊天已关联到您的客户档案。如非本人操作，请立即与我们联系。

## 资料核对

check-in = 跟您核对一下：您的{ $field } { $masked } 还对吗？
check-in-still = 谢谢，已记下。
check-in-later = 没问题，我改天再问您。
check-in-stop = 好的，以后不再询问。资料有变动时，您随时可以告诉我。
check-in-over = 谢谢，这个问题已经处理过了。

## 没有回应时

nudge = 您还在吗？我们正在更新{ $fields }，要继续吗？
parked = 您的更改（{ $fields }）我先放在一边，目前还没有提交。{ $days }天内随时回复，我们接着办。
parked-by-customer = 没问题，我替您保留{ $days }天，随时回复，我们接着办。目前还没有提交。
expired = 之前没办完的更改（{ $fields }）已经取消，您的资料没有任何改动。需要时随时可以重新开始。
welcome-back = 欢迎回来。我们上次在更新{ $fields }，目前还没有提交。

## 为什么要问

why-field = 需要您的{ $field }，是为了{ $purpose }。除此之外我不会多问。
why-customer-number = 这样才能确保改的是您本人的档案。在证明身份之前，我不会透露档案里的任何内容。
why-code = 这样只有您本人才能更改档案。验证码只对这一次更改、在这个对话里有效。
why-general = 我只问这次更改需要的内容，提交前都会说明用途。

purpose-address = 让信件和包裹准确送达
purpose-phone = 能打电话联系到您
purpose-email = 让邮件准确送达
purpose-name = 让信函和合同上的姓名准确
purpose-id_document = 依法核实您的身份
purpose-company = 让信函和发票上的公司名称准确
purpose-contact_person = 知道可以联系谁
purpose-bank_account = 让款项打到正确的账户
purpose-other_personal = 让我们登记的信息准确

## 词语

field-address = 地址
field-phone = 手机号
field-email = 邮箱
field-name = 姓名
field-id_document = 证件
field-company = 公司
field-contact_person = 联系人
field-bank_account = 银行账户
field-other_personal = 个人信息

contact-phone = 您的手机
contact-email = 您的邮箱
contact-new-phone = 您的新手机号
contact-new-email = 您的新邮箱

proof-on-file = 发到已登记联系方式的验证码
proof-second-on-file = 发到另一个已登记联系方式的验证码
proof-phone-on-file = 发到已登记手机的验证码
proof-new-phone = 发到新手机号的验证码
proof-new-email = 发到新邮箱的验证码

part-address-country = 国家
part-address-state = 州
part-address-province = 省份
part-address-city = 城市
part-address-district = 区县
part-address-town = 街道或乡镇
part-address-community = 社区
part-address-postcode = 邮编
part-address-street = 街道
part-address-road = 路名
part-address-number = 门牌号
part-address-poi = 小区或大厦名称
part-address-building = 楼栋
part-address-unit = 单元
part-address-floor = 楼层
part-address-room = 室号
part-address-po_box = 邮政信箱
part-address-recipient = 收件人
part-phone-e164 = 手机号
part-phone-extension = 分机号
part-email-email = 邮箱地址
part-id_document-number = 证件号码
part-id_document-type = 证件类型
part-name-full = 全名
part-name-given_name = 名
part-name-family_name = 姓
part-company-name = 公司名称
part-company-title = 职务
part-contact_person-name = 姓名
part-contact_person-relation = 与您的关系
part-contact_person-e164 = 电话号码
part-bank_account-number = 账号
part-bank_account-bank = 开户行
part-other_personal-text = 新的信息
part-other_personal-kind = 信息种类

## 按钮

button-yes = 是
button-no = 否
button-cancel = 取消
button-consent-yes = 同意，提交
button-consent-change = 修改内容
button-code-resend = 重新发送
button-code-other = 换个联系方式
button-replace-yes = 替换
button-replace-no = 保留原申请
button-old-works = 能收到
button-old-gone = 收不到了
button-receipt-right = 对
button-receipt-wrong = 不对
button-checkin-still = 没有变化
button-checkin-changed = 有变化
button-checkin-later = 以后再说
button-checkin-stop = 不再询问
button-person-yes = 转人工
button-person-no = 不用了
button-resume-yes = 继续
button-switch-yes = 切换
button-switch-no = 不切换
button-withdraw = 撤回申请
button-withdraw-no = 都不撤回
button-contact-share = 发送我的手机号
