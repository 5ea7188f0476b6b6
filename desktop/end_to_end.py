"""The main job from end to end without a screen: ``python -m desktop.end_to_end FOLDER``.

An item is added, assigned to two units, sent out as a county's workbook, filled in, taken in again,
closed out by a second person, and told of in a circular, each step through the functions that the
window calls. What it made stays in the folder.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from openpyxl import load_workbook  # a spreadsheet program of its own, no part of the exchange

from db.errors import WorkFailed, ZhengxianError
from db.office import is_office, open_office
from desktop import demo
from desktop.bulletin.report.reports import print_report
from desktop.commands.answers import print_answer, print_notice
from desktop.exchange.apply import accept
from desktop.exchange.write.workbook import export

KIND = "rectification"
TITLE = "城区部分学校周边餐饮摊点占道经营"
PROGRESS = "已会同市场监管部门集中整治3次，规范摊点入市经营，周边道路恢复畅通。"
ITEMS = 300


def fill_in(source: Path, target: Path) -> None:
    """What a unit's contact does by hand: open the workbook, type the progress of one item, save it
    under another name."""
    book = load_workbook(source)
    for sheet in book.worksheets:
        heading: dict[str, int] = {}
        for row in sheet.iter_rows():
            texts = {str(cell.value): cell.column for cell in row if cell.value is not None}
            if "进展情况" in texts and "完成进度" in texts:
                heading = texts
            elif heading and TITLE in texts:
                sheet.cell(row[0].row, heading["进展情况"]).value = PROGRESS
                sheet.cell(row[0].row, heading["完成进度"]).value = "100%"
                book.save(target)
                return
    raise WorkFailed("工作簿里没有找到新交办的事项。")


def run(folder: Path) -> tuple[Path, Path]:
    """Do the whole job in ``folder``; the filled workbook and the PDF it made."""
    data = folder / "office"
    if not is_office(data):
        print_notice("正在建一个虚构的示例单位……")
        demo.make(data, items=ITEMS)
    clerk = open_office(data, "clerk", demo.PASSWORD)
    try:
        county, other = [u for u in clerk.names.units().values() if u.name.endswith(("县", "区"))][
            :2
        ]
        uid = clerk.add(
            KIND,
            {
                "title": TITLE, "problem": "早晚高峰学校门口摊点占道，影响通行。",
                "lead_unit": county.uid, "cooperating_units": (other.uid,),
                "deadline": clerk.today + dt.timedelta(days=30),
            },
        )
        clerk.take_step(KIND, uid, "assign")
        print_notice(f"1. 录入员新增事项并交办给 {county.name}（牵头）、{other.name}（配合）。")
        stamp = dt.datetime.now().strftime("%Y%m%d-%H%M%S")
        sent = export(
            clerk, [KIND], folder / f"整改清单-{county.name}-{stamp}.xlsx", unit=county.uid
        )
        print_notice(f"2. 导出 {county.name} 的工作簿，{sent.rows} 行：{sent.file}")
        filled = folder / f"整改清单-{county.name}-{stamp}-已填.xlsx"
        fill_in(sent.file, filled)
        print_notice(f"3. 责任单位在表格程序里填好进展：{filled}")
        plan = accept.plan(clerk, filled)
        for row in plan.rows:
            for cell in row.cells:
                print_notice(
                    f"   {row.sheet} {cell.cell}「{cell.label}」{cell.text_mine or '（空）'} →"
                    f" {cell.text_theirs}"
                )
        result = accept.accept(clerk, plan)
        print_notice(
            f"4. 预检后接受导入：更新 {result.updated} 条，未接受 {len(result.refused)} 处，冲突"
            f" {len(result.conflicts)} 处。"
        )
        clerk.take_step(KIND, uid, "request-close-out", note="整治到位，附现场照片。")
        print_notice("5. 录入员申请销号。")
    finally:
        clerk.close()
    reviewer = open_office(data, "reviewer", demo.PASSWORD)
    try:
        reviewer.take_step(KIND, uid, "close-out", note="现场核实，同意销号。")
        print_notice("6. 审核员（另一个人）审核销号。")
        printed = print_report(
            reviewer, "supervision_circular", folder / f"督办通报-{stamp}.pdf",
            period=str(reviewer.today.year),
        )
        assert printed.file is not None
        print_notice(f"7. 督办通报按版式排好，共 {printed.pages} 页：{printed.file}")
        problems = reviewer.verify()
        if problems:
            raise WorkFailed("；".join(problems))
        print_notice("8. 校验台账通过。")
        return filled, printed.file
    finally:
        reviewer.close()


def main() -> int:
    """Exit code 0 and the two files on standard output; else a sentence on standard error."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "zhengxian-demo").absolute()
    try:
        workbook, circular = run(folder)
    except ZhengxianError as error:
        print_notice(error.message)
        return error.exit_code
    print_answer(f"工作簿：{workbook}")
    print_answer(f"督办通报：{circular}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
