"""A small made-up office for the pages of administration: four people, a dozen items, some of them deleted."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from db import office

PASSWORD = "yunchuan-2022"
UNITS = ("云川市发展改革委", "云川市教育局", "云川市住房城乡建设局", "安平县", "清河区", "云川市信访局")
PROBLEMS = (
    "部分乡镇台账更新不及时",
    "老旧小区改造进度滞后",
    "政务服务窗口排队时间偏长",
    "企业反映的用水问题答复不具体",
    "学校周边道路照明不足",
    "督办件超期未报进展",
    "会议议定事项没有明确责任人",
    "项目开工手续办理环节重复",
)


def fill(folder: Path) -> Any:
    """The office, with its administrator logged in."""
    session, _ = office.create_office(folder, "云川市能力作风建设年活动办公室", "city", "admin", PASSWORD, display="陈思远")
    units = [session.add("unit", {"name": name}) for name in UNITS]
    office.add_user(session, "lihua", "李华", "clerk", PASSWORD, units[0])
    office.add_user(session, "wangjing", "王静", "reviewer", PASSWORD, units[0])
    office.add_user(session, "zhaogang", "赵刚", "personnel", PASSWORD)
    kind = session.kinds.get("rectification")
    first = dt.date(2022, 9, 1)
    made = []
    for at, problem in enumerate(PROBLEMS):
        values: dict[str, Any] = {kind.title: problem}
        for declared in kind.fields:
            if declared.name in values or declared.computed:
                continue
            if declared.name == kind.unit:
                values[declared.name] = units[at % len(units)]
            elif declared.required:
                values[declared.name] = _plausible(declared, at, first)
        made.append(session.add(kind.name, values))
    for uid in made[5:]:
        session.delete(kind.name, uid)
    return session


def _plausible(declared: Any, at: int, first: dt.date) -> Any:
    if declared.type == "date":
        return first + dt.timedelta(days=at)
    if declared.options:
        return declared.options[at % len(declared.options)].name
    if declared.type == "unit":
        return None
    return f"{declared.label}{at + 1}"
