"""What looks like a date, a figure, a place or a person by its form alone: for the masked edition,
and for telling what it left.

Places and people have strong forms, which a masked edition hides without knowing the name, and weak
ones, which are only told: a masked edition rather hides a word too many than one too few, but a
text must stay readable.
"""

from __future__ import annotations

import re

from db.model.late_pattern import lazy_regex

HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
DIGIT = "0-9０-９"
#: Numerals as they are written out; the grand ones (壹贰叁) stand in sums of money.
ONES, TENS = "零〇一二三四五六七八九两壹贰叁肆伍陆柒捌玖", "十百千万亿拾佰仟"
NUMERAL = ONES + TENS
MEASURES = (
    "件|个|项|名|人|户|次|家|处|条|起|宗|套|亩|公里|平方米|米|吨|篇|场|期|天|周|年|小时|分钟|元"
    "|万元|亿元|倍|例|份|批|轮|支|所|"
    "座|栋|台|辆|位|类|种|岁|部门|单位|县|区|乡|镇|村|街道|专班|工作日|百分点"
)
#: Not figures though they begin with a numeral: said of anything. In 四十一个 there is none.
IDIOMS = lazy_regex(
    f"(?<![{NUMERAL}])(?:"
    # 办结一件、销号一件: each as it comes
    f"一件(?=、[{HAN}]{{2}}一件)|(?<=一件、[{HAN}]{{2}})一件|"
    f"一[{HAN}]一[策案档表卡码牌议]|第二天|是一次|一[周月季年]一|(?:十[六七八九]"
    f"|二十)(?:大(?![多量型])|届)|"
    # what a campaign is called: “三个一批”, “三零”
    f"(?<=[“‘])(?:[{ONES}十百千万]个[{HAN}]{{2,4}}|[{ONES}十百千万]{{2,3}})(?=[”’])|"
    "一次性|一个个|一件件|一项项|一条条|一对一|一体化?|一系列|一些|一定|一起(?!案|事)|一致|一般"
    "|一律|一直|一线|一流|一手|一把手|一方面|一盘棋|一张网|一竿子|"
    "一以贯之|一如既往|一抓到底|一票否决|一岗双责|一事一议|一企一策|一口清|一站式|一网通办|一件事"
    "|一门式|"
    "进一步|下一步|上一步|(?<![省市县区国列居排名])第一(?!季度|名|位)|统一|唯一|每一|任一|同一|逐一"
    "|不一|专一|单一|之一|万一|另一|某一|其一|"
    "一是|二是|三是|四是|五是|六是|七是|八是|九是|十是|一要|二要|三要|四要|五要|十分(?!之)|三农"
    "|两会|四个意识|两个维护|两个确立|三重一大|"
    "一个(?!月|工作日|县|区|乡|镇|村|单位|部门|专班)|一半以上|再一次|又一次|一并|一经|一旦|一贯"
    "|一再|一道|一步|一层|一面|一边|一样|一心|一切|一批(?!次)|百姓|千方百计|万众|两委|三定|"
    "十[三四五六]五(?=规划|时期|期间)|一二三产业?|[一二三]产|七一(?=前|期间|表彰|讲话)|五一"
    "|[一二三五]年行动|七上八下|五星支部|四上企业|双百"
    ")"
)
#: How a line or a heading is numbered: 一、 （一） 1. （1） 第三章.
NUMBERING = lazy_regex(
    rf"(?m)^\s*(?:[{ONES}{TENS}]{{1,3}}、|[（(][{ONES}{TENS}]{{1,3}}[)）]|[{DIGIT}]{{1,3}}[.．、"
    rf"](?![{DIGIT}])|[（(][{DIGIT}]{{1,3}}[)）])"
)
#: The number of a document, an issue, an attachment or a model is a name of it, not a figure.
CALLED = lazy_regex(
    rf"〔[{DIGIT}]{{4}}〕[{DIGIT}]+号|（?总?第[{DIGIT}]+期|第[{ONES}{TENS}]+(?:期|条|章|款|届)"
    rf"|[附图表]件?[{DIGIT}]+|★[{DIGIT}]+(?:年|个月)"
    r"|(?:GB|DB|GB/T|DB/T)\s?\d+(?:[.-]\d+)*|[A-Za-z]+-?\d{4}-\d+"
    r"|[A-Za-z]+/?[A-Za-z]*\s?\d{1,3}(?:\.\d+)?(?!\d)(?:-\d+)*"
)
_D, _CN = f"[{DIGIT}]", "〇零一二三四五六七八九十"
DATE = lazy_regex(
    # a week of a year, and a limit in workdays, are dates too
    rf"{_D}{{4}}\s?年第{_D}{{1,2}}周|{_D}{{1,2}}个工作日(?=内)"
    rf"|{_D}{{4}}\s?年(?:度|\s?{_D}{{1,2}}\s?月(?:份|\s?{_D}{{1,2}}\s?[日号])?)?"
    rf"(?:至{_D}{{1,2}}[日号])?"
    rf"|(?<!{_D}){_D}{{1,2}}[-—~至]{_D}{{1,2}}月(?:份)?|(?<!{_D}){_D}{{1,2}}时(?:{_D}{{1,2}}分)?"
    rf"|(?<!{_D}){_D}{{1,2}}月(?:份|{_D}{{1,2}}[日号](?:至(?:{_D}{{1,2}}月)?{_D}{{1,2}}[日号])?|底"
    rf"|初|[上中下]旬|(?!{_D}))"
    rf"|(?<![{DIGIT}第个]){_D}{{1,2}}日"
    rf"|(?<!{_D})(?:19|20)\d{{2}}[-./]\d{{1,2}}[-./]\d{{1,2}}(?!\d)"
    rf"|(?<![\d.,])(?:19|20)\d{{2}}[.-](?:0[1-9]|1[0-2])(?![\d.%％]|\s?[万亿千百元个件人])"
    rf"|[{_CN}]{{4}}年(?:[{_CN}]{{1,3}}月(?:[{_CN}]{{1,3}}日)?)?|[{_CN}]{{1,3}}月[{_CN}]{{1,3}}日"
    rf"|[{_CN}]{{1,2}}月份"
    r"|(?<![一二三四五六七八九十百])(?:十[一二]?|[一二三四五六七八九])月(?:底|初|末"
    r"|[上中下]旬)?(?!一[讲次调考评报通])"
    rf"|(?:{_D}{{1,2}}[:：]){_D}{{2}}(?!{_D})|^\s*(?:19|20)\d{{2}}\s*$"
)
FIGURE = lazy_regex(
    rf"(?:^[+＋−－])?(?<![{DIGIT}.．])(?:{_D}{{1,3}}(?:[,，"
    rf"]{_D}{{3}})+|{_D}+)(?:[.．]{_D}+)?(?:[Xx](?![A-Za-z]))?(?:\s?[%％‰])?"
    rf"|百分之[{NUMERAL}点]+|[{NUMERAL}]+分之[{NUMERAL}]+"
    rf"|[{NUMERAL}]+点[{NUMERAL}]+|第?(?=[{NUMERAL}]{{2,}})[{NUMERAL}]+(?:[多余几](?=[{HAN}]))?"
    rf"|第?[{ONES}十](?=(?:余|多)?(?:{MEASURES}))|[{ONES}]成(?:[{ONES}])?(?![员立为果效本功绩])"
    rf"|第[{ONES}十](?=季度|名|位|轮|批|次)"
    rf"|(?<=[省市县区国列居排名])第[{ONES}十]{{1,3}}(?![线书季时代产])|(?<=翻)[{ONES}](?=番)"
    rf"|(?<=翻了)[{ONES}](?=番)|过半数|过半|半数|一半"
    rf"|[上近数几逾][{TENS}]+[余多]?(?=万?亿?(?:{MEASURES}))|[{TENS}]+[余多](?=(?:万"
    rf"|亿)?(?:{MEASURES}))"
)
#: Two numerals in a row that are no figure: 三五成群, 一二 and the like are rare; these are common.
NOT_FIGURES = lazy_regex("一一|千万(?=不|要|别)|百千万工程|三三制|万千|八九不离十|万亿级|千百")

# -- places ----------------------------------------------------------------------------------------

_STEM = f"[{HAN}]"
#: What stands before a township's suffix and is no name: 各乡镇, 三个镇, 城镇, 农村, 示范村.
_NO_STEM = (
    "乡镇|各|全|本|该|每|我|城|农|新|老|小|大|重点|特色|示范|中心|行政|自然|贫困|帮扶|建制|试点"
    "|所属|相关|有关|部分|个别|市县|区县|城乡|"
    "社区|村镇|街镇|集镇|古镇|县乡|所在|辖区|本地|外地|偏远|先进|后进|文明|美丽|数字|智慧|法治|基层"
    "|有的|一些|其他|等|和|及|与|"
    "在|到|对|由|至|是|推进|建设|多个|几个|两个|三个|四个|五个|六个|七个|八个|九个|十个|个|进"
)
STRONG_PLACE = lazy_regex(
    rf"(?:(?<=[^{HAN}])|^|(?<=[在到对由至于是和与及县区市年月日]))(?!(?:{_NO_STEM})){_STEM}{{1,3}}?"
    rf"(?:街道办事处|街道|社区|镇|乡|村)(?![级务民容庄企]|(?<=乡)村(?!民|委))"
    rf"|(?!(?:{_NO_STEM}))(?!{_STEM}(?:{_NO_STEM})){_STEM}{{2}}(?:街道办事处|街道|镇|乡"
    rf"|社区)(?![级务村镇民愁土])"
)
WEAK_PLACE = lazy_regex(
    rf"(?![在到对由至和与及的是为于将把向]){_STEM}{{2,4}}(?:县|区|镇|乡|村|街道|社区|路|街|巷|大道"
    rf"|小区|花园|公馆|家园|苑|里(?=[：:，"
    r"。、]|$)|广场|工业园|产业园|开发区|水库|河|桥)(?!级)"
    rf"|{_STEM}{{2,10}}(?:公司|集团|厂(?!房)|学校(?!舍)|中学|小学(?!校)|幼儿园|医院|银行|合作社"
    rf"|大厦|新材料|木业|轻纺|冷链)"
)
#: How a word ends that ends like a place and is none.
NO_PLACE = lazy_regex(
    "^(?:驻|邻|包|联|入|进|下|返|回|还|家|故|异|同|他|逐|哪|某|多|整|空心|城中|城郊|后进|薄弱|邻近"
    "|周边|原|任|时任|曾任|现任|拟任|兼任|担任|副)(?:村|乡|镇|街道|社区)$|"
    "(?:城乡|背街|小巷|大街小巷|县区|市区|城区|辖区|园区|片区|老旧小区|^小区|^社区|城镇|乡镇|农村"
    "|小镇|[全各]县|[全各]区|道路|公路|铁路|思路|出路|网路|线路|管路|引路|之路|半路|"
    "示范区|^产业园|^工业园|上街|整区|地区|乡村|镇村|行政村|处理厂|水厂|电厂|中小学校?|党校"
    "|[各全本该][市直]*公司|集团公司|国有公司)$"
)

# -- people ----------------------------------------------------------------------------------------

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏"
    "薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆"
    "郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文欧闵柯岑臧佟阮封祁樊嵇邬奚褚桑晏祝"
    "骆卓"
)
TITLES = (
    "(?:副)?(?:书记|县长|区长|市长|省长|镇长|乡长|局长|部长|主任|主席|科长|处长|厅长|秘书长|组长"
    "|队长|院长|校长|所长|站长|经理|董事长|检察长|政委|参谋长|常委|"
    "专员|督学|调研员|主任科员|科员)|同志|先生|女士|老师"
)
_NO_NAME = (
    "委会局办部处科室政府院校县区市镇乡村街道省党副职等员人大单位组织和与及的是在为由对将把被了各全"
    "本该一二三四五六七八九十"
    "名个级任务主要领导工作会议"
)
STRONG_PERSON = lazy_regex(
    rf"(?<![{HAN}])[{SURNAMES}](?![{_NO_NAME}])[{HAN}](?:(?![{_NO_NAME}])[{HAN}])?(?={TITLES}"
    rf"|[（(][{HAN}]{{0,12}}{TITLES}[）)、，])"
    rf"|(?:(?<=书记)|(?<=[县区市镇乡局部科处厅院校所站组队]长)|(?<=主任)|(?<=主席)"
    rf"|(?<=经理))[{SURNAMES}](?![{_NO_NAME}])[{HAN}](?:(?![{_NO_NAME}])[{HAN}])?"
    rf"(?=[、，。；：（）)\s]|同志|带队|主持|出席|牵头|强调|指出|要求|率|到|赴|陪同|参加|$)"
)
#: What a name does not go on with: what people do comes behind it.
_NO_MORE = f"{_NO_NAME}负牵带主出参强指要表介担兼陪说讲去到来反谈没接听"
#: Surnames of two characters leave no doubt; nor do names parted by a point: 买买提·艾合买提.
_PART = rf"(?:(?![{_NO_MORE}])[{HAN}]){{2,5}}"
COMPOUND_PERSON = lazy_regex(
    "(?:欧阳|上官|司马|诸葛|皇甫|尉迟|慕容|令狐|长孙|宇文|司徒|夏侯|端木|南宫|澹台|公孙|轩辕|闻人)"
    rf"(?:(?![{_NO_MORE}])[{HAN}]){{1,2}}"
    rf"|(?:(?<=[由据给请到和在送人是见对向与及])|(?<![“《‘{HAN}])){_PART}"
    rf"(?:[·•・]{_PART})+(?![”》’])"
)
POINTED_PERSON = lazy_regex(rf"[{HAN}]{{2,5}}(?:[·•・][{HAN}]{{2,5}})+(?![”》’])")
#: 老闵, 小嵇: a surname behind what colleagues say, and then no word goes on.
CALLED_PERSON = lazy_regex(
    rf"(?<![大年古衰从弱中幼窄])[老小][{SURNAMES}](?=[，。；：、？！）)\s]|$|同志"
    rf"|[说讲在到去来带把被和与负牵反的谈没])"
)
#: Where one can be reached, and the plate of a car: they name their owner.
MAIL = lazy_regex(r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.?)*")
SITE = lazy_regex(
    r"(?:https?://)?(?:[A-Za-z0-9-]+\.)+(?:cn|com|net|org|gov|edu|top|vip|cc)(?:/[\w./?=&%#-]*)?",
    re.ASCII,
)
PLATE = lazy_regex(
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-Z]"
    "(?:[·•]?[A-HJ-NP-Z0-9]{5,6})?(?![A-Za-z0-9])"
)
#: Short words for organs that only insiders say.
INSIDER_UNIT = lazy_regex(
    "两办|发改(?!委|局)|住建(?!局|厅|部)|工信(?!局|厅|部)|教体(?!局)|卫健(?!委)|文旅(?!局|厅|部"
    "|融合|产业)|政数(?!局)"
)
#: Words that begin like a name and are none.
NO_PERSON = lazy_regex(
    "高[校质效标度级新位]|方[案面式法可]|任[务职免何]|金[融额]|石[油化]|江河|黄[灯牌色]"
    "|常[委态务见规]|武装|文[件明化字旅号本艺]|马[上路]|万[元人户亿]|于是|"
    "陈[述列]|程[序度]|余[额下]|周[交例报一二三四五六日期边末调]|夏季|许可|封[面闭]|卓[越有]"
    "|康[复养]|贺信|杜绝|范[围本]|龙头|段落|易[地于]|时[限间]|白天|田间|史料"
)
#: Two or three characters that can be a name; by themselves they can be anything.
NAME = rf"[{SURNAMES}](?:(?![{_NO_NAME}])[{HAN}]){{1,2}}"
#: What stands behind such a caption is a name: 主持人：钱多, 记录：方圆.
_CAPTION = "(?:(?<=[人者长任记席员][：:])|(?<=(?:记录|签发|校对|执笔|主持)[：:]))"
CAPTIONED = lazy_regex(rf"{_CAPTION}{NAME}(?=[，。；、\s　）)]|$)")
#: One after another, parted by marks of enumeration, they are all names or none.
ENUMERATION = lazy_regex(
    rf"(?:(?<=[、，。；：:（(\s　])|^){NAME}(?:、{NAME})+(?=[、，。；：）)\s　]|等|$)"
)
WEAK_PERSON = lazy_regex(
    r"(?:(?<=[、，：:（(；\s>。"
    rf"由请向与和及对给派])|^)[{SURNAMES}](?:(?![{_NO_NAME}])[{HAN}]){{1,2}}?"
    r"(?=[、，。"
    rf"；：（）()\s]|$|{TITLES}|等|负责|牵头|带队|主持|出席|参加|强调|指出|要求|表示|介绍|担任|兼任"
    rf"|陪同)"
)
