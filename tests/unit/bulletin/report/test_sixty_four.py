"""The summary of the year fills every number that such a speech reports, from the made-up office."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from db.session import Session
from desktop.bulletin.report import reports
from desktop.bulletin.report.template_text import unmarked
from tests.report_office import chosen, given_report, opened

COUNTED = {
    "批示": "instructions", "实体清单": "entity_items", "编印的案例": "cases", "在省里刊发的案例": "cases_province",
    "省级以上媒体稿件": "press_provincial_up", "培训班次": "classes", "培训人次": "attendances", "交办": "assigned",
    "例会涉及方面": "regular_meeting_fields", "例会问题": "problems", "指挥部": "headquarters_count",
    "派到指挥部的干部": "posted_headquarters", "培养锻炼的干部": "developed", "首席服务官": "service_officers",
    "奖惩信息": "reward_sanction_rows", "提拔重用的县级干部": "promoted_county", "晋升职级": "promoted_rank",
    "引领型项目": "projects[batch=引领型重大项目]", "引领型项目投资": "investment[batch=引领型重大项目]", "网格员": "grid_workers",
    "包联楼盘的干部": "estate_contacts", "楼盘举措": "estate_measures", "化解的楼盘": "estates_solved", "解决的户数": "households_solved",
    "上级交办积案化解率": "petition_rate_central", "新案化解率": "petition_rate_new",
}  # fmt: skip
INDICATORS = (
    "研究型实验室", "合作高校", "引进创新团队", "驻研研究生", "创新基金规模", "风险补偿资金", "引进高层次人才", "签约意向人才",
    "食品工业增加值增速", "冷链运力占全省比重", "产品标识注册量", "产品标识解析量", "平台带动销售额", "稳增长举措", "补充政策",
    "每万人市场主体", "留抵退税进度", "特色金融产品", "消费券拉动消费", "完成改制的开发区", "全程网办事项比重", "城市提质项目",
    "集中供热覆盖率", "干线提升工程", "新建休闲步道", "达标断面河流", "河流综合达标率", "新投用中小学", "新改扩建公办幼儿园",
    "新增公办学位", "新增高技能人才", "城镇新增就业", "核酸日检能力",
)  # fmt: skip
RANKS = ("留抵退税进度", "营商环境评价得分", "信访积案化解进度")
SHARES = ("新增公办学位", "新增高技能人才")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = opened(tmp_path_factory.mktemp("sixty") / "office")
    yield made
    made.close()


def test_the_summary_fills_sixty_four_of_sixty_four(session: Session) -> None:
    wanted = dict(COUNTED)
    wanted |= {f"{name}的数": f"indicator_value[parent.name={name}]" for name in INDICATORS}
    wanted |= {f"{name}的位次": f"indicator_rank[parent.name={name}]" for name in RANKS}
    wanted |= {f"{name}完成目标": f"indicator_share[parent.name={name}]" for name in SHARES}
    assert len(wanted) == 64
    report = given_report("activity_summary")
    builder = reports.build(session, "activity_summary", **chosen(session, report))
    builder.document()
    by_name = {key.split("|")[0]: number for key, number in builder.used.items() if key.count("|") == 2}
    empty = [what for what, name in wanted.items() if name not in by_name or not by_name[name].value]
    assert empty == []
    text = unmarked(builder.text(report.body))
    assert all(name in text for name in (*INDICATORS, *RANKS)) and "—" not in text
