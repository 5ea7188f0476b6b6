"""What offices call their columns: the words of a heading brought to what they mean, so that
时间节点 is a deadline and 目前进展 is progress in whatever ledger."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import lru_cache

from db.model.late_pattern import lazy_regex
from desktop.exchange.foreign.unit_roles import HELPS, LEADS

#: What may be called the matter that a ledger is about.
_MATTER = lazy_regex(
    r"事[项由件务]|问题|任务|工[作程]|项目|案[件例]|隐患|风险|提案|建议|线索|议[题案]|清单|内容"
    r"|实事|文|措施|指标"
    r"|活动|课|(?<!专)班|(?<![协商])会|题"
)
#: 小区名; never 姓名, 签名.
_CALLED = "(?<![姓签署报排提命更])名"
_NAMES_A_MATTER = lazy_regex(
    rf"(?:事[项由件]|名称|{_CALLED}|全称|标题|题目|主题|[议课]题|案[件由]|隐患|风险点?|实事|项目"
    rf"|问题|指标|线索|纠纷|短板)$"
)
#: Longer texts are no headings.
LONGEST = 40
#: Names less alike than this have nothing to do with one another.
LEAST = 0.6
#: A heading over this many characters says no single thing any more.
_SAYS_ONE_THING = 16
_BRACKETS = lazy_regex(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>")
#: 承办单位（协办）: what a unit is there for stands behind.
_ROLE_BEHIND = lazy_regex(rf"^[^()]*(单位|部门)\(({LEADS}|{HELPS})(?:单位|部门)?\)$")
_NUMERAL = lazy_regex(r"^(?:[一二三四五六七八九十]+、|\d+[.、])")
#: What a column of sums says before what it counts: 1-9月完成, 截至9月底完成, 其中专职.
_SO_FAR = lazy_regex(
    r"^(?:(?:截至|截止)(?:目前|\d{1,2}月(?:份|底|末)?)|\d{1,2}[-—~至]\d{1,2}月(?:份|底|末)?"
    r"|其中[:,]?)"
    r"(?=.{2})"
)
_TIER = lazy_regex(r"^([一二三四五])级(指标|目标|任务|事项|项目|分类|类别|问题)(?:名称)?$")
#: What was done from month to month of a year is no sum of several years.
_FROM_MONTH = lazy_regex(r"^(\d{1,2}[-—~至]\d{1,2}月(?:份|底|末)?)累计(?=完成)")
#: 批示日, 交办日: what follows something done.
_ON = lazy_regex(r"(?<=[\u4e00-\u9fff]{2})日$")
_UNIT_BEHIND = lazy_regex(r"[/:](?:[十百千万亿]*元|%|个|人|户|亩|件|项)$")
_MONTH = lazy_regex(r"^(?:20\d\d年?)?(?:\d{1,2}|[一二三四五六七八九十]{1,2})月(?:份)?(?:末|底)?$")
_DAY = "(?:时间|日期|时[点刻]|年月)"
#: 干什么, 谁来干, 怎么干, 干到什么程度, 什么时候干完: headings that ask.
_WHEN = "何时|哪天|几时|啥时|什么时[候间]"
_WHAT = "(?:什么|啥)"
#: How the work on an item ends.
_OVER = "办结|完成|销[号账]|[完了清]结|结案|解决|整改|化解|息访|清零|闭环"

_A_DAY = lazy_regex(r"^(?:20\d\d[年./-])?\d{1,2}(?:月\d{1,2}[日号]|[./-]\d{1,2})$")

#: 其他单位, 相关部门: with whom the work is done.
_OTHERS = "(?:其[他它]|相关|有关|共同|次责|次要|辅助|支持|联合|会同)"
#: What units are there for: 配合整改责任单位.
_FOR_WHAT = "责任|落实|承办|办理|整改|解决|化解|推进|推动|服务|改革|管控|实施"
#: 计划数, 任务数: what is to be reached.
_PLANNED = "(?:计划|目标|任务|指标)"
#: 二级指标, 监测指标; 用地指标 is what a project lacks.
_INDICATOR = "^(?:[一二三四五]级|考核|评价|监测|主要|具体|预期|任务|目标|工作)?指标$"
_RATIO = (
    "(?:完成|达成|实现|办结|整改|化解|销号|解决|推进|落实|任务|目标|投资|进度|执行)率$"
    "|(?<!投资)(?:比例|百分比|占比|比重)"
)
#: Who stands beside the work: who writes it down, looks at it, asks for it, is heard.
_BESIDE = (
    "填[表报]|录入|记录|登记|联络|信息|统计|审[核查批定]|复核|签[收发]|接收|验收|核查|核实|回访"
    "|信访|[上来走]访|当事|反映|诉求"
    "|提出|申请|举报|投诉|主持|汇报|[交转]办|参[会加]|列席|评[价估议]|监督|督[办查导]|抽查|检查"
    "|上报|报送|见证"
    "|受益|编制|制表|反馈|协办"
)
_BESIDE_UNITS = (
    "抄送|主送|参会|列席|审[批核查定]|会签|来源|提供|受益|监理|勘察|施工|设计|总包|中标|评[价议]"
    "|考核"
    "|督[办查]|统计"
)
_THIS_YEAR = "^(?:20\\d\\d年|[本当今全]年|年)度?"
#: Before what is to be, not what was.
_NOT_YET = "(?<!计划整改)(?<!计划)(?<!预计整改)(?<!预计)(?<!拟整改)(?<!拟)(?<!要求整改)(?<!要求)"

#: What a column means → how it is called; the first that fits is what it means most. What is no
#: field of any ledger begins with "-".
_MEANINGS: tuple[tuple[str, str, str], ...] = (
    ("-number", r"^(?:序号?|项次|行号|顺序号?|no|编号序号|合计|小计|亮灯|红绿灯|灯号)$", ""),
    # which of several sittings or lots
    ("-session", r"(?:届|期|轮|场)次$|^(?:期数|届数|轮数)$|^第?[几哪][次届期轮]", "会"),
    ("-next", r"下一?步|打算|后续|(?<!眼)下一?个?(?:阶段|[月周年期次]|季度?)", "措施|怎[么样]"),
    # what was before this list, what was to be until somebody changed it, and what a part of the
    # year, or a step on the way, holds: neither is the year's
    ("-earlier", r"上一?个?(?:[周月期]|季度|次)|上年|去年|往年|以前年度|同期|^同比|基期"
     rf"|^原(?:定|计划|来)?(?:的)?(?:完成|办结|整改|化解|竣工|交办)?(?:[时期]限|{_DAY})",
     "经济|交办"),
    ("-part", r"(?:[一二三四1-4]季度|[上下]半年|月度|本?季度).*(?:投资|目标|任务|计划|安排)"
     r"|^[本当这]个?(?:月|周|季度?|旬)(?:计划|目标|投资|新增|完成(?:投资|数|量|额|值)?)$"
     r"|^[本当]月.*投资|^(?:第?[一二三四1-4]季度|[上下]半年)(?:节点)?$|里程碑"
     r"|^第?[一二三四]阶段(?:目标|计划|任务|时[限间])?$|^节点(?:目标|计划|任务)?$"
     r"|阶段性?(?:目标|任务|计划)"
     r"|(?:设备|土建|征[地迁拆]|流动|研发|环保)(?:资金|投资)",
     "(?:半年|季度).*(?:完成|累计|实际)"),
    # of something else than the item
    ("-others", r"(?:信用|合同|图斑|地块|关联|父级|上级|机构|身份|税务?|车牌)"
     r"(?:编号|代码|编码|号码?)|^(?:原|子|.*(?:平台|系统))编号$", ""),
    # how far it should be by now, not how far it is
    ("-scheduled", r"序时|时序|应(?:达|完成)(?:进度|比例)|(?:计划|目标)进度|时间进度$", ""),
    ("-all", r"(?:小区|楼盘|项目|规划)总(?:户|套|栋)数$", ""),
    ("-photo", r"^(?:照片|图片|签字|签名|盖章)|(?:照片|图片|影像|签字|签名|签章|盖章)$", ""),
    ("-funds", r"资金(?:来源|渠道)|到位资金"
     r"|(?:开工|投资|支付|拨付|到位|支出|满意)(?:进度|率|比例)$", ""),
    ("-amount", r"金额$", ""),
    # whose part is to look at the work of others, to hear or to tell of it
    ("-watch", r"(?:督[导办查]|监[督理]|检查|验收|指导|[审复考]核|评估|认定|挂牌|汇报|列席|勘察"
     r"|提供|填[报表]|值班|带班)(?:责任|联系)?(?:单位|部门|机构|机关|领导|科室|人)$", "被"),
    ("-who", r"(?:诉求|信访|投诉|举报|来电|来信|申请|上访)人(?:姓名)?$", ""),
    ("-recorded", r"(?:填[报表]|验收|更新|录入|审核|登记|归档|认定)(?:时间|日期)$", ""),
    # what became of those at fault
    ("-sanction", r"(?:移送|问责|追责|处分|处罚).*(?:情况|结果)?$", ""),
    ("-money share", rf"(?:投资|资金).*(?:{_RATIO})", ""),
    ("bystander", rf"(?:{_BESIDE})(?:人|人员|者|员|代表)$|(?<!被)(?:{_BESIDE_UNITS})"
     r"(?:责任)?(?:单位|部门|机构|处室|企业)|(?:主持|签发|审[批定]|协助|协管|配合|第二(?:牵头)?"
     r"|陪同|交办|派单)"
     r"[市县区]?级?(?:领导|负责人)$|^(?:专家|户主|法人|法定代表人|群众)(?:姓名|代表)?$"
     r"|(?:企业|公司|商户|施工)方?(?:联系人|负责人|代表|法人)", ""),
    ("with", rf"(?:{HELPS}|参.)(?:{_FOR_WHAT})*"
     rf"(?:单位|部门|科室|处室|局|方|县区)|^(?:配合|协办)$|谁来?(?:{HELPS})"
     rf"|{_OTHERS}[的各]?(?:{_FOR_WHAT})*(?:单位|部门|科室|处室|县区)", "牵头|主办|主责"),
    ("assigner", r"(?:交办|布置|派[单发活工]|来文|来函|发文|行文|下达|提[出请交报]|反映|来件"
     r"|报件|报送|呈[报批送文])(?:问题)?的?(?:单位|部门|机关)"
     r"|哪个?(?:单位|部门)(?:交办|提|派)|谁(?:交办|提|派)", ""),
    ("builder", r"(?<!行)业主|(?:建设|承建|代建|项目|投资|实施|申报)(?:单位|主体|企业|方)"
     r"|项目法人|企业名称", ""),
    ("member", r"创建单位|对口.*(?:单位|部门)", ""),
    ("signer", r"(?:批示|签批|批办|圈阅).*(?:领导|人|同志)$", ""),
    ("leader", r"领导|(?:负责|责任)(?:市|县|区)长|[市县区]级(?:负责|责任)同志|常委$|副?[市县区]长$"
     r"|链长|总指挥",
     r"小组|领导.*(?:批示|协调|解决|支持|帮助)|意见|单位"),
    ("phone", r"电话|手机|联系方式",
     r"监督|举报|投诉|值班|[信来上]访|当事|户主|企业|领导|提案|申请"),
    ("duty", r"职务|职位|职衔|身份(?!证)", "参会|人(?:员|姓名)?[及和与、/]+职务"),
    ("place", r"地点|点位|位置|地址|坐落|所在地|场所|场地|在哪|哪里|何[处地]",
     "毛病|问题|差距|不足|卡在"),
    ("state", r"^是否(?:已经?|全部|均|按[时期]|如期)*"
     rf"(?:{_OVER}|到位|落实|停访|罢访|完毕|任务|工作|问题|事项|[,、/])+是?$|(?:办结|销[号账]"
     rf"|[完了]结|息访|闭环)情况|状态$"
     rf"|^(?:办结|销[号账])$"
     rf"|^(?:{_OVER})(?:与否|[否没]|了没有?|了吗)$|(?:{_OVER})与否$"
     rf"|^(?:{_OVER})?打[√✓勾对]$", ""),
    ("end", rf"^(?:结束|结业|止|至)(?:{_DAY})?$", ""),
    ("limit", rf"时限|期限|截止|截至|节点|限[期时办改]|(?:要求|应|拟|预计|计划|规定|承诺).*{_DAY}"
     rf"|^(?:预计|计划|拟|要求)?(?:竣工|完工|建成|投产|投用|交付){{1,2}}$|{_DAY}(?:进度)?(?:要求"
     rf"|安排|表)|{_WHEN}|完成{_DAY}|完成期"
     rf"|(?:竣工|完工|建成|投产|投用|启用|结束|交卷|补救|化解|解决|整改|落实|办理|收官|交[付账]"
     rf"|见效|兑现"
     rf"|限定|目标){_DAY}|时效|到期",
     rf"^原|实际|开工|动工|开建|开竣|开始|启动|动手|交办|发[生现]|{_NOT_YET}到位{_DAY}"
     rf"|^(?:起|自|始)(?!止)|(?:[时期]限|期|{_DAY})(?:起始?|自|始)$"),
    ("rectified", rf"到位{_DAY}|完成(?:整改|治理|整治){_DAY}"
     rf"|实际.*(?:完成|整改|到位){_DAY}|^实际(?:整?改|完成)?到位$", "要求|应|计划|预计|拟|规定"),
    ("closed", rf"完成(?:化解|解决|办理|整改|治理){_DAY}"
     rf"|(?:销[号账]|办结|结案|完结|结办|结项|闭环).*{_DAY}|^(?:销[号账]|办结)$|实际(?:办结|完成"
     rf"|销号|竣工)|(?:办妥|息访){_DAY}",
     "要求|应|计划|预计|拟|规定|投资"),
    ("assigned", rf"(?:交办|布置|下达|下发|分办|派[单发活工]|下单|转办|移交|转交|部署|安排"
     rf"|立项|转(?:责任|承办|办理)(?:单位|部门)).*{_DAY}", ""),
    ("received", rf"(?:签收|接收|领受).*{_DAY}", ""),
    ("start plan", rf"(?:计划|拟|预计)(?:开工|开始|启动|动工|开建)(?:{_DAY})?", ""),
    ("start", rf"(?:开工|开始|起始|启动|开建|动工|开班|开课|开讲)(?:{_DAY})?$|^[起自]$"
     rf"|(?:[时期]限|期|{_DAY})(?:起始?|自|始)$", ""),
    ("met", rf"(?:会议|开会|召开|上会|议[定决]|研究|审议|决[定策]){_DAY}", ""),
    ("happened", r"发生.*哪天|[哪何]年|[哪几]月|(?:发生|发现|查[出找]|排查"
     r"|检查|研判|提[出报请]|收到|受理|接访|登记|批示|签批|批办|圈阅"
     rf"|会议|开会|召开|统计|验收).*{_DAY}", ""),
    ("invested plan", rf"{_THIS_YEAR}(?:预计|预期|目标|任务)?投资(?:额|目标|任务|数)?$", ""),
    ("invested plan", r"年.*(?:计划|安排)(?:完成)?(?!.*(?:完成|累计)).*(?:投资|$)"
     r"|计划.*年.*投资|投资.*年.*计划|投资计划", rf"{_DAY}|总|批次|目标|情况|任务"),
    # all that was ever invested is neither what was in this year nor what is to be
    ("invested ever", r"(?:以来|累计).*(?:投资|资金)|投资.*累计", rf"年|^[^(]*总投资|{_RATIO}"),
    ("invested", r"(?:完成|累计|实际|到位).*投资|投资.*(?:完成|累计|实际)"
     r"|^(?:本|当|今)?年(?:度|内)?(?:已)?完成$", rf"^(?=.*累计)(?!.*年)|{_RATIO}"),
    ("investment", r"投资|概算|造价|(?:资金)?(?:计划|预计|概算|预算|总)投入$"
     r"|资金(?:规模|安排|投入|预算|需求|总[额量])"
     r"|(?:所需|预算|投入|总)资金", rf"主体|单位|人|情况|方|剩余|尚需|{_RATIO}|占"),
    # of what was to be reached; where a ledger keeps no such share, of the work
    ("ratio", rf"{_RATIO}|^(?:完成|占)(?:全?年度?|总)(?:目标|任务)", "投资|资金"),
    # of something else than the work: 满意率, 增长率
    ("rate", r"率$|比$|时序|时间进度|(?:支付|拨付|投入)进度", ""),
    ("share", rf"{_RATIO}|(?:完成|推进|进展|进度|落实|工作)程?度|进度$|进度条|序时", "投资|资金"),
    ("progress", r"进展|现状|动态$|已(?:开展|完成|做|推进)的?(?:主要)?工作"
     r"|(?:当前|目前|最新)(?:状况|情况|形象)|成效|进度$"
     r"|(?:推进|落实|办[理结]|承办|完成|整改|化解|解决|进度|工作|开展|处[置理]|推动|调度|实施|执行"
     r"|督办|跟踪|稳控|帮扶|建设|治理|[管防]控|防范|整治)"
     r"(?:情况|[状实近]况|结果|成效|进程|过程|描述|说明)|(?:答复|回复)(?:情况|内容|意见)"
     r"|反馈(?:情况|结果|要点|内容)?$|哪一?步|怎么?样了|得(?:怎么?|如何)样?|到哪|^[近现实]况$"
     r"|工程形象"
     r"|(?:办理|整改|解决|化解|落实|工作|推进)进度",
     r"^(?:前期|用地|环评)?手续|资金|用地|环评|招投?标|经费|签收"),
    ("measures", r"措施|举措|办法|做法|对策|方案$|路线图|路径$|思路$|步骤$|抓手$|方法$"
     r"|(?:拟办|处[理置]|整改|解决)意见$"
     r"|(?:推进|工作|整改|实施|化解)计划$|工作安排$"
     r"|(?:怎[么样]|咋|如何)(?:[干办做抓改整补]|化解|解决)", ""),
    ("difficulty", r"困难|难点|卡在哪|堵点|卡点|症结|痛点|梗阻|毛病|瓶颈|制约"
     r"|(?:问题|差距|不足)在哪"
     r"|(?:需|[提恳]请|请求|待).*(?:协调|解决|支持|帮助)"
     r"|存在(?:的)?(?:主要)?问题|(?:遇到|面临)的?(?:主要)?问题|问题[及和与]建议|^(?:支持)?需求事项$"
     r"|(?:未|[逾超延]期|滞后).*原因", "类[型别]"),
    ("person", r"(?:责任|负责|联系|经办|承办|主抓|牵头|具体|包联|包保|包抓|包干|挂联|对接|跟踪|办理"
     r"|主管|落实|整改|工作|服务)(?:人|人员|同志|干部)|负责同志|专管?员$|^专人$|责任[科处股]长"
     r"|谁", rf"谁来?(?:牵头|{HELPS})|[派交分]给谁"),
    ("measure", r"^(?:计量|指标)单位$|^计量$", ""),
    # about whom it is; who does the work where no other says so
    ("about", r"^(?:被[^被]{1,4}|涉及的?|涉事|相对|监管|推荐)(?:单位|部门|主体|乡镇)", ""),
    ("overseer", r"主管(?:单位|部门)", ""),
    ("lead", r"单位|部门|主体|属地|责任(?:地方|村|镇|乡)|县区"
     r"|局办|局委|委[办局]|[科处部]室|车间|班组"
     r"|站所|乡镇|镇街|街道|主责|责任方"
     r"|^(?:牵头|主办|承办)$|谁",
     rf"谁来?(?:{HELPS})|(?<!单位)(?<!部门)名称|^对口.*部门|类|计量|问题(?!.*(?:单位|部门))"),
    ("measure", r"计量单位|^单位$|^量纲$", ""),
    ("decided", r"(?:议定|决[定策议]|审议|研究|会议)(?:内容|意见|结论|情况|结果|决定)", ""),
    ("opinion", r"(?:批示|签批|批办)(?:内容|意见|要求|原[文话]|精神|摘要)|领导批示|批语"
     r"|(?:反馈|督[导查办])意见", ""),
    ("requirement", rf"要求|.标准$|(?:整改|工作)建议|{_WHAT}(?:程度|标准|样)", _DAY),
    ("goal", rf"目标|^(?:全年|年度|年内|年底).*{_WHAT}(?:程度|样|标准|$)"
     rf"|{_PLANNED}(?:值|数|量|总数)$|^(?:全年|年度)(?:任务|计划)$",
     rf"名称|{_RATIO}|^(?:完成|占)(?:全年|年度|总)目标"),
    ("done", r"(?:实际|累计|已)完成(?:值|数|量|额|总数)?$|完成(?:值|数|量|总数)$"
     r"|^(?:实际值|完成|实绩)$", ""),
    ("problem", r"表现|描述|表述|详情|事例"
     r"|(?:具体|详细|简要|基本)情[况形]|问题情况$|来龙去脉|[始原]末|原委|(?:问题|事情)经过$"
     r"|(?:情况|问题|事项|隐患)说明|简述", ""),
    ("outcome", r"(?:结果|效果|成果|成绩|收获)(?:评[估价])?$", ""),
    ("reason", r"原因|为(?:什么|啥|何)", ""),
    ("source", r"来源|渠道|途径$|出处", ""),
    ("way", r"方式", ""),
    ("category", r"类别|类型|分类|种类|性质|(?:问题|工作|任务)方面$|[大小]类$|板块$", ""),
    ("area", r"领域|行业|产业|条线", ""),
    ("tier", r"层级|^级别$", ""),
    ("level", r"等级|级别|程度|^级$", "完成|推进|进展|进度|落实|工作"),
    ("tier", r"级别$", ""),  # where a ledger has tiers and no level
    ("stage", r"阶段", ""),
    ("grade", r"等次|评价|评定|认定", rf"{_DAY}|单位|部门|人|标准|内容|指标|满意"),
    ("note", r"备注|备考|附注|^说明$|(?:有关|相关|补充)(?:情况)?说明$|^其[他它](?:说明)?$", ""),
    ("document", r"(?<![收办])文号|(?<!编)字号|(?:公文|文件)编号", ""),
    ("meeting", r"会议(?:名称|[届期]次)?$|例会(?:名称|[届期]次)$|^会次$|[哪何][次个]?会", ""),
    ("code", r"编号|案号|(?<=[收办])文号|代码|(?<![证机账序户文字斑销])号$", "来文|发文|^原|归档"),
    ("title", rf"名称|(?<=..){_CALLED}$|全称|事项|任务|标题|题目|主题|议题"
     r"|事由|问题|内容|^(?:重点|建设|工程)?项目$"
     r"|风险点|隐患|诉求|实事|案[件由情]|线索|短板|(?:^|主要|具体|重[点要大]|本周|当周"
     r"|交办)工作(?:要点)?$|清单$"
     rf"|{_INDICATOR}|业绩|实绩|事迹|风险因素|矛盾纠纷|^(?:工作|民生|惠民|考核|目标|实施|产业|改革"
     rf"|攻坚)项目$"
     rf"|^(?:要|该)?[干做办抓]成?了?{_WHAT}(?:事|活)?$|要[干做办抓]的(?:事|活|工作)$",
     "领导|编号|数|类|方面|详[情细]|[成原]因|根源|依据|人$"),
    ("difficulty", r"^(?:主要)?(?:问题|短板弱项|短板不足|短板)$", ""),
    ("stage", r"^(?:项目|工程|建设)状态$", ""),
    ("rectified", rf"^(?:整改)?完成{_DAY}$", ""),
    # where the thing itself has a column of its own
    ("goal", r"^(?:主要)?(?:建设|计划|年度|任务)(?:任务|指标|内容)(?:及规模)?$", ""),
    ("invested plan", r"^(?:[本当今]年|年度|本年度)任务$", ""),  # where it holds amounts
)
#: What leaves nothing else that a heading could mean.
_ALONE = frozenset({"bystander", "signer", "rate", "invested", "invested ever"})
_A_PERSON = lazy_regex(r"(?:人员?|同志|干部|[者员])$")
_COMPILED = tuple((name, lazy_regex(is_), lazy_regex(no) if no else None)
                  for name, is_, no in _MEANINGS)  # fmt: skip
#: The last word of a heading is what it is; what comes before only tells of which: 问题金额 is no
#: problem, 隐患照片 no danger. These may stand behind without making it something else.
_TAIL = lazy_regex(
    r"^(?:[及和与或、/|·\d].*|的.+|所在|方向|[值数额量目项员置限改止]|单位|总额|规模|事项|因素|问题"
    r"|任务|日期|时间|效果"
    r"|内容|要求|标准|姓名|名称|情况|说明|摘要|要点|概述|概要|概况|简述|描述|详情|提要|剖析|分析"
    r"|亮点|形式|[类分种门]类|类[型别]|评[定估价]"
    r"|项目|计划|号码|分解|清单|表|一览|指标|目标|进度|牵头|牵头解决|交卷|清零|干完|完成|办结"
    r"|化解)$"
)
#: 谁来干, 何时完成, 干到哪一步了: headings that ask say more behind.
_ASKS = lazy_regex(rf"谁|{_WHEN}|{_WHAT}|咋|怎|哪")
#: What many names end in and is said by none.
_ENDS = ("时间", "单位", "领导", "人数")
_WHETHER = "是否"
_TELLING_OF_IT = ("设定", "设置", "描述", "说明", "简述", "概述")
_TELLING_LITTLE = ("工作", "情况", "内容", "要求", "事项", "问题", "任务", "主要", "具体")
#: What is told in a column when its ledger has none for just that.
_NEXT_TO = {
    "problem": ("requirement", "goal", "difficulty"), "title": ("goal",),
    "requirement": ("measures",), "measures": ("requirement", "goal"),
    "goal": ("requirement",), "progress": ("outcome",),
    "情况": ("progress",), "问题": ("problem",), "内容": ("problem", "requirement"),
    "任务": ("requirement",),
}  # fmt: skip
_NAME = lazy_regex(rf"名称$|全称$|标题$|题目$|题名$|(?<=..){_CALLED}$")
#: Words in which many headings end, so that they say little of which.
SAY_LITTLE = frozenset({
    "情况", "时间", "日期", "单位", "部门", "人员", "数量", "名称", "内容", "问题", "事项", "要求",
    "说明", "编号", "类别", "类型", "方式", "领导", "结果", "备注", "意见", "附件", "措施", "任务",
})
#: What stands for nothing but what it says.
_NEAR_NOTHING = lazy_regex(r"标准$|基本情况|情况说明")
#: 用地情况, 问责情况: how matters stand with something else than the work.
_NOT_OF_WORK = lazy_regex(
    r"^总|基本|[问追]责|资金|用地|分工|得分|人员|经费|预算|投资|环评|规划|家庭|概况|背景|历史|产权"
    r"|签收|公示|评分|满意"
    r"|手续|证照|入[库统]|纳统|合同|招投?标|机构|队伍|装备|物资|编制|变[动更]|配备|验收"
)
#: The word that a name shares with another says little.
_COMMON = str.maketrans("", "", "的与及和、,/")
#: What says nothing before and behind what a column is called.
_FILLING = lazy_regex(r"^(?:所属|所在|具体|主要|有关|相关)|名称$")
#: Words that offices use for one another in headings; the first stands for all.
_WORDS = (
    ("措施", "办法", "举措", "做法", "对策"), ("时限", "期限"), ("时间", "日期", "时点"),
    ("单位", "部门"), ("责任人", "负责人", "主抓人", "牵头人"),
    ("进展情况", "进度情况", "推进情况", "完成情况", "落实情况", "办理情况"), ("困难", "难点"),
    ("电话", "联系方式", "手机号"), ("整改", "整治"), ("事项", "任务"),
    ("解决", "化解"), ("次数", "第几次", "几次"),
    ("描述", "表现", "具体情况"), ("批示人", "批示领导"), ("原因分析", "主要原因"),
    ("人数", "人员数", "人口"), ("受益人数", "受益群众", "惠及人数", "惠及群众"), ("补救", "弥补"),
    ("年度", "本年度", "当年", "本年", "今年", "年内", "年份"),
("摘要", "提要", "概要"), ("开始", "起始"),
     ("投资", "投资额"), ("工程", "项目"), ("竣工", "完工"),
    ("对象", "人员范围"), ("情景", "场景", "情境", "情形", "场合"), ("编号", "编码"),
)  # fmt: skip


@lru_cache(maxsize=4096)
def clean(heading: str) -> str:
    """A heading without what people add: blanks, brackets with explanations, units, numerals."""
    text = "".join(unicodedata.normalize("NFKC", heading).split()).lower()
    text = _BRACKETS.sub("", _ROLE_BEHIND.sub(r"\2\1", text)).strip(":*.-、")
    text = _FROM_MONTH.sub(r"\1", _NUMERAL.sub("", _UNIT_BEHIND.sub("", text)))
    return _ON.sub("日期", _SO_FAR.sub("", text))


@lru_cache(maxsize=4096)
def meanings(heading: str) -> tuple[str, ...]:
    """What a heading means, most likely first; a long text means nothing."""
    text = clean(heading)
    if not text or len(text) > _SAYS_ONE_THING:
        return ()
    asks = _ASKS.search(text) is not None
    said = tuple(
        name for name, is_, no in _COMPILED
        if is_.search(text) and not (no and no.search(text))
        and (asks or name.startswith("-") or _is_head(text, is_))
    )
    return said[:1] if _is_alone(text, *said[:1]) else said


def _is_alone(text: str, first: str = "") -> bool:
    """Whether what a heading means most leaves nothing else."""
    return first in _ALONE or (first == "person" and _A_PERSON.search(text) is not None)


def _is_head(text: str, word: re.Pattern[str]) -> bool:
    """Whether a word is what a heading is, not what it tells of."""
    tail = text[max(found.end() for found in word.finditer(text)) :]
    return not tail or _TAIL.match(tail) is not None


def next_to(heading: str) -> tuple[str, ...]:
    """What a heading may tell of where nothing else does that it means itself."""
    text = clean(heading)
    said = ("" if _NEAR_NOTHING.search(text) else (*meanings(heading), "")[0],
            "" if _NOT_OF_WORK.search(text) else text[-2:])  # fmt: skip
    return tuple(near for each in said for near in _NEXT_TO.get(each, ()))


def share_a_telling_word(text: str, name: str) -> bool:
    """The same, of words that say what something is about: 批示抄清 and 批示内容, never 工作背景
    and 工作要求."""
    words = {text[n : n + 2] for n in range(len(text) - 1)}
    return any(word in name for word in words - {*_ENDS, *_TELLING_LITTLE})


def share_a_word(text: str, name: str) -> bool:
    """Whether two names share a word that is not one of those in which many end: 作出批示的领导 and
    批示人."""
    words = {text[n : n + 2] for n in range(len(text) - 1)} - set(_ENDS)
    return any(word in name for word in words)


def is_name(heading: str) -> bool:
    """Whether a heading says that its column names a thing: 小区名称, 案例标题."""
    return _NAME.search(clean(heading)) is not None


def names_a_matter(heading: str) -> bool:
    """Whether a heading ends in a word for what an item is, 事项, 名称, not for what is said of it,
    内容, 任务."""
    return _NAMES_A_MATTER.search(clean(heading)) is not None


def names_an_object(heading: str, title: str) -> bool:
    """Whether a heading names a thing to which something happens, where a ledger's title is a
    matter: 河湖名称 is no 整改事项."""
    text, matter = clean(heading), not is_name(title) and _MATTER.search(title) is not None
    named = text.endswith("名称") and len(text) > 2
    return matter and named and _MATTER.search(text[:-2]) is None


def asks(heading: str) -> bool:
    """Whether a heading is a question: 在什么场合看的."""
    return _ASKS.search(clean(heading)) is not None


def asks_whether(heading: str) -> bool:
    """Whether a heading asks if something is so."""
    return clean(heading).startswith(_WHETHER)


def is_month(heading: str) -> bool:
    """Whether a heading only names a month."""
    return _MONTH.match(clean(heading)) is not None


def is_moment(heading: str) -> bool:
    """Whether a heading only names a day or a month."""
    return is_month(heading) or is_day(heading)


def is_day(heading: str) -> bool:
    """Whether a heading only names a day."""
    return _A_DAY.match("".join(unicodedata.normalize("NFKC", heading).split())) is not None


def tier(heading: str) -> tuple[int, str]:
    """Which of several levels of one thing a heading names, from the widest down, and the thing:
    二级指标; 0 where it names none."""
    found = _TIER.match(clean(heading))
    return ("一二三四五".index(found.group(1)) + 1, found.group(2)) if found else (0, "")


@lru_cache(maxsize=4096)
def same_words(text: str) -> str:
    """A name in the words that stand for all that are used for one another."""
    for first, *others in _WORDS:
        for word in others:
            text = text.replace(word, first)
    text = text.translate(_COMMON)
    bare = _FILLING.sub("", text)
    return bare if len(bare) >= 2 else text


@lru_cache(maxsize=65536)
def likeness(text: str, name: str) -> float:
    """How alike two names are, 0 to 1: equal, the same words, one within the other, or letters in
    common. Both ``clean``."""
    if text == name:
        return 1.0
    a, b = same_words(text), same_words(name)
    if a == b:
        return 0.95
    if len(a) >= 3 and sorted(a) == sorted(b):
        return 0.93
    if len(b) > 1 and a.startswith(b) and a[len(b) :] in _TELLING_OF_IT:
        return 0.8  # 情景设定 where the ledger says 情景
    if a.endswith(b) and len(a) <= len(b) + 2:
        return 0.8  # 会议地点 where the ledger says 地点
    return _part_of(a, b) or _letters_in_common(a, b)


def _letters_in_common(a: str, b: str) -> float:
    """Cheap to know where they have too few: rows of data are asked as well."""
    if 2 * sum(letter in b for letter in a) < LEAST * (len(a) + len(b)):
        return 0.0
    if a.startswith(_WHETHER) and b.startswith(_WHETHER):
        a, b = a[2:], b[2:]  # 是否督办 and 是否办结 are not alike for both asking
    for end in _ENDS:
        if a.endswith(end) and b.endswith(end) and len(a) > len(end) < len(b):
            # 收文时间 and 签收时间 are not alike for both being times
            if _ratio(a[: -len(end)], b[: -len(end)]) < LEAST:
                return 0.0
            break
    return _ratio(a, b) * 0.9


def _ratio(a: str, b: str) -> float:
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()


def _part_of(text: str, name: str) -> float:
    """How alike two names are of which one holds the other; 0 where none does."""
    if len(name) >= 3 and name in text and len(text) <= len(name) + 6:
        least = 0.82 if text.endswith(name) else 0.72  # 督查组意见 is an opinion
        return least + 0.1 * len(name) / len(text)
    if len(text) >= 3 and text in name:
        return 0.76 + 0.12 * len(text) / len(name)
    return 0.0
