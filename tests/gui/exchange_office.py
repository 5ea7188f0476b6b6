"""A made-up city office for the pages of exchange and print, and a window over it without the login."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
from PySide6.QtWidgets import QApplication

from db import office
from db.model.query import Query
from desktop.exchange.write import workbook
from tests.gui.pages_office import window_over as window_over

PASSWORD = "qingshan-lvshui-7"
TODAY = dt.date(2022, 9, 20)
UNITS = (
    ("云川市发展改革委", "市发改委"), ("云川市教育局", "市教育局"), ("云川市住房城乡建设局", "市住建局"), ("安坪县", None),
    ("清禾区", None), ("云川市信访局", "市信访局"), ("荷口镇", None), ("云川市行政审批局", "市审批局"),
)  # fmt: skip
ITEMS = (
    ("部分乡镇台账更新不及时", "安坪县", "建立每周五更新、每月抽查制度，专人负责。", 6),
    ("老旧小区改造进度滞后", "云川市住房城乡建设局", "倒排工期，11 个小区分三批进场。", -5),
    ("政务服务窗口排队时间偏长", "云川市行政审批局", "增设潮汐窗口，推行预约办理。", 12),
    ("企业反映的用水问题答复不具体", "清禾区", "由分管领导带队上门，逐条答复。", 2),
    ("学校周边道路照明不足", "云川市教育局", "会同城管部门补装路灯 46 盏。", 20),
    ("督办件超期未报进展", "安坪县", "实行超期说明制，超期件由主要负责人签字。", -9),
    ("会议议定事项没有明确责任人", "荷口镇", "议定事项当场明确责任人和时限。", 15),
    ("项目开工手续办理环节重复", "云川市行政审批局", "合并三个环节，材料一次提交。", 9),
    ("信访事项答复意见书格式不统一", "云川市信访局", "统一文书模板并组织培训。", 30),
    ("农村道路养护经费拨付偏慢", "安坪县", "按季度预拨，年底清算。", 4),
    ("重点项目周调度材料不实", "云川市发展改革委", "现场核验后再报，弄虚作假的通报。", -2),
    ("窗口人员业务不熟", "清禾区", "每周一小时业务学习，每月一测。", 18),
)


def fill(folder: Path) -> Any:
    """The office with its administrator logged in: units, a reviewer and a clerk, items in several states."""
    session, _ = office.create_office(folder, "云川市能力作风建设年活动办公室", "city", "admin", PASSWORD, display="陈思远")
    session.fixed_today = TODAY
    units = {}
    for at, (name, short) in enumerate(UNITS):
        level = "county" if name.endswith(("县", "区")) else "township" if name.endswith("镇") else "bureau"
        units[name] = session.add("unit", {"name": name, "short_name": short, "category": level, "sort_order": at + 1})
    office.add_user(session, "lihua", "李华", "clerk", PASSWORD, units["云川市发展改革委"])
    office.add_user(session, "wangjing", "王静", "reviewer", PASSWORD, units["云川市发展改革委"])
    for at, (title, unit, measures, days) in enumerate(ITEMS):
        uid = session.add("rectification", {
            "item_no": f"ZG{at + 1:03}", "title": title, "lead_unit": units[unit], "measures": measures,
            "deadline": TODAY + dt.timedelta(days=days), "assigned_on": dt.date(2022, 9, 1), "responsible_person": "周明",
        })  # fmt: skip
        if at < 11:
            session.take_step("rectification", uid, "assign")
        if at % 3 != 2 and at < 11:
            session.take_step("rectification", uid, "report", ask={"content": "已制定方案并开始落实。", "percent": 30})
        if at % 4 == 0:
            session.take_step("rectification", uid, "request-close-out", ask={"content": "整改到位，附验收单。"})
    return session


def unit_workbook(session: Any, folder: Path, **options: Any) -> Path:
    """The workbook of 安坪县, as it is sent."""
    unit = session.names.unit_by_name("安坪县")
    made = workbook.export(session, ["rectification"], folder / "安坪县_整改清单_20220920.xlsx", unit=unit, **options)
    return made.file


def fill_by_hand(path: Path) -> None:
    """What a contact of the unit types: progress, a person, a new item; and two cells that cannot be taken."""
    book = openpyxl.load_workbook(path)
    sheet = book["整改清单"]
    head = next(row for row in sheet.iter_rows(max_row=10) if "进展情况" in [cell.value for cell in row])
    column = {cell.value: cell.column for cell in head}
    rows = {sheet.cell(at, column["整改事项"]).value: at for at in range(head[0].row + 1, sheet.max_row + 1)}
    blank = next(at for at in range(head[0].row + 1, sheet.max_row + 1) if not sheet.cell(at, column["整改事项"]).value)
    for title, heading, text in (
        (ITEMS[0][0], "进展情况", "已对 9 个乡镇逐一抽查，台账更新到 9 月 18 日，制度已印发。"),
        (ITEMS[0][0], "整改到位时间", "2022.13.1"),
        (ITEMS[5][0], "责任人", "周明、刘敏"),
        (ITEMS[5][0], "进展情况", "三件超期事项已由主要负责人签字说明，两件已办结。"),
        (ITEMS[9][0], "整改时限", "2022-10-31"),
        (ITEMS[9][0], "整改措施", "按月预拨，年底清算；养护经费列入专户。"),
    ):
        sheet.cell(rows[title], column[heading]).value = text
    for heading, text in (
        ("整改事项", "村级公示栏内容长期不更新"), ("问题表现", "抽查 12 个村，8 个村三个月以上没有更新。"),
        ("整改措施", "每月 5 日前更新，拍照留存。"), ("整改时限", "2022年10月30日"),
    ):  # fmt: skip
        sheet.cell(blank, column[heading]).value = text
    book.save(path)


def ask_by_hand(path: Path) -> None:
    """A contact that receives, asks for close-out and more time; many cells that are not the unit's, and an accident."""
    book = openpyxl.load_workbook(path)
    sheet = book["整改清单"]
    head = next(row for row in sheet.iter_rows(max_row=10) if "进展情况" in [cell.value for cell in row])
    column = {cell.value: cell.column for cell in head}
    rows = [at for at in range(head[0].row + 1, sheet.max_row + 1) if sheet.cell(at, column["整改事项"]).value]
    by_state = {sheet.cell(at, column["状态"]).value: at for at in rows}
    asking = by_state.get("办理中") or by_state["已交办"]
    for heading, text in (
        ("申请销号日期", "2022-09-19"), ("申请销号：完成情况", "超期说明制已印发，三件超期事项全部办结。"), ("佐证说明", "安政办〔2022〕18号"),
        ("申请延至", "2022-10-31"), ("延期理由", "汛期影响，路面不能施工。"), ("完成进度", "约70%"),
    ):
        sheet.cell(asking, column[heading]).value = text
    if "已交办" in by_state and by_state["已交办"] != asking:
        sheet.cell(by_state["已交办"], column["签收时间"]).value = "2022-09-18"
    for at in rows:
        sheet.cell(at, column["整改措施"]).value = "同上" if at % 2 else "逐条整改"
        sheet.cell(at, column["整改时限"]).value = "2022-12-31"
    book.save(path)


def foreign_workbook(path: Path) -> Path:
    """An office's own table: titles, a heading over two lines with merged cells, a part heading, a hidden row, a total, a note."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "问题台账"
    for row in (
        ["清禾区能力作风建设问题台账"], ["填报单位：清禾区", None, None, None, None, None, "填报日期：2022.9.28"],
        ["序号", "查摆问题", "问题描述", "责任", None, "整改", None, "备注"],
        [None, None, None, "责任单位", "责任人", "完成时限", "整改办法", None],
        ["一、窗口服务"],
        ["1", "门诊叫号系统常断", "每周断两三次", "清禾区", "周明", "2022年11月1日", "更换设备。", ""],
        ["2", "窗口午间无人", "群众反映集中", "清禾区", "刘敏", "2022.10.15", "排午间班。", "已排班"],
        ["二、食堂管理"],
        ["3", "食堂留样记录不全", "缺 8 天", "清禾区", "刘敏", "2022/10/20", "补齐记录，专人签字。", ""],
        ["4", "冷库温度没有登记", "", "清禾区", "周明", "20221101", "", ""],
        ["合计", "4"], ["注：本表按月更新。"],
    ):
        sheet.append(row)
    for area in ("A1:H1", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:G3", "H3:H4", "A5:H5", "A8:H8"):
        sheet.merge_cells(area)
    sheet.row_dimensions[10].hidden = True
    book.save(path)
    return path


def disagree(session: Any) -> str:
    """Write the progress of the first item here as well, after it was sent: the return will be a conflict."""
    record = session.find(Query(kind="rectification", search=ITEMS[0][0]))[0]
    session.take_step("rectification", record.uid, "return", note="请补充抽查记录")
    session.set("rectification", record.uid, {"progress": "已制定方案，9 个乡镇完成抽查，6 个乡镇更新到位。"})
    return record.uid


def settle(qtbot: Any, window: Any, until: Callable[[], bool] = lambda: True, timeout: int = 20_000) -> None:
    """Let workers and timers come to rest."""
    qtbot.waitUntil(lambda: window.jobs.idle and not window.area.coming and until(), timeout=timeout)
    QApplication.processEvents()
