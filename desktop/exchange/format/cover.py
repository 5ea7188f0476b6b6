"""The first sheet: for whom, from whom, what is inside with the unit's own figures, how to fill it
in, who filled it in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from desktop.exchange.format import styles

if TYPE_CHECKING:
    from xlsxwriter import Workbook

NAME = "填报说明"
FILLED_BY = ("填报单位", "填报人", "联系电话", "填报日期")
_GUIDE = (
    "1. 每个台账一张工作表，在窗口下方点表名切换。白色格可填，灰色格由程序维护。",
    "2. 日期写成 2022-09-05 或 2022年9月5日；月份写成 2022-09；有下拉箭头的格请从表中选。",
    "3. 新增的写在各表末尾的空行里，一行一件；空行用完，可接着往下写。",
    "4. 可以筛选、排序、调整列宽；请不要删行、不要改动隐藏的列和表。没有填的行不受影响。",
    "5. 用 Excel、WPS、LibreOffice 都可以，保存时仍存为 .xlsx。填好后把这个文件交回发出单位即可。",
)
_UNIT_GUIDE = (
    "1. 先在上面写明填报人、电话和填报日期。再点台账名称，逐张填写。白色格可填，灰色格不用填。",
    "2. 签收：在右边绿色标题的“签收时间”里写收到的日期。",
    "3. 进展：在“进展情况”等白色格里写现在的情况，旧内容改写即可，以前报的都留有记录。",
    "4. 办完的：填绿色标题下的申请日期、“完成情况”和“佐证说明”，佐证材料另行报送。",
    "5. 来不及的：填“申请延至”和“延期理由”，两格都要填。",
    "6. 批不批由发出单位定，下一次发来的表上看得到。还没批的销号申请要收回，填“撤回申请日期”。",
    "7. 指标：在“指标数据”表里，各月后面的白色格填到本月为止的累计数。没有这张表的不用填。",
    "8. 日期写成 2022-09-05 或 9月5日，月份写成 2022-09；有下拉箭头的格从表中选。",
    "9. 新增的事项写在各表末尾的空行里，一行一件。不要删行，也不要改动隐藏的列和表。",
    "10. 用 Excel、WPS、LibreOffice 都可以，存为 .xlsx 交回。填错了，改好后把这个文件再交一次。",
)


class Line(msgspec.Struct):
    """One ledger on the cover."""

    label: str
    sheet: str
    rows: int = 0
    open: int = 0
    soon: int = 0
    overdue: int = 0
    blank: int = 0


class Cover:
    """Made first, so that it stands first; written last, when the figures are known."""

    def __init__(self, book: Workbook, formats: styles.Formats) -> None:
        self._sheet = book.add_worksheet(NAME)
        self._formats = formats

    def write(
        self, *, office: str, unit: str, export_id: str, at: str, audit: str, lines: Sequence[Line]
    ) -> None:
        """Everything at once."""
        sheet, f = self._sheet, self._formats
        sheet.hide_gridlines(2)
        for column, characters in enumerate((1.0, 9.0, 14.0, 6.0, 6.0, 6.0, 6.0, 6.0)):
            sheet.set_column(column, column, styles.excel_width(characters), f.text)
        sheet.set_row(0, 36)
        sheet.merge_range(0, 1, 0, 7, f"{office}　填报工作簿", f.title)
        row = 2
        facts = (
            ("发出单位", office), ("发给", unit or "（其他单位）"), ("发出日期", at),
            ("导出编号", export_id), ("审计链首", audit),
        )  # fmt: skip
        for key, value in facts:
            sheet.set_row(row, 20)
            sheet.write_string(row, 1, key, f.key)
            sheet.merge_range(row, 2, row, 7, value, f.text)
            row += 1
        row = self._write_ledgers(row + 1, lines)
        for key in FILLED_BY:
            sheet.set_row(row, 24)
            sheet.write_string(row, 1, key, f.key)
            sheet.merge_range(row, 2, row, 4, unit if key == FILLED_BY[0] else "", f.input)
            row += 1
        sheet.set_row(row, 30)
        sheet.write_string(row, 1, "怎样填报", f.key)
        for below, text in enumerate(_UNIT_GUIDE if unit else _GUIDE, row + 1):
            sheet.set_row(below, 27)
            sheet.merge_range(below, 1, below, 7, text, f.guide)
        sheet.set_paper(styles.PAPER_A4)
        sheet.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
        sheet.center_horizontally()
        sheet.fit_to_pages(1, 1)
        sheet.protect("", styles.PROTECTION)

    def _write_ledgers(self, row: int, lines: Sequence[Line]) -> int:
        """The table of ledgers from this row on; the row for what follows."""
        sheet, f = self._sheet, self._formats
        sheet.merge_range(row, 1, row, 2, "台账（点名称打开）", f.plain_head)
        for column, head in enumerate(("条数", "未办结", "临近或滞后", "逾期", "空行"), 3):
            sheet.write_string(row, column, head, f.plain_head)
        for at, line in enumerate(lines, row + 1):
            sheet.set_row(at, 22)
            sheet.merge_range(at, 1, at, 2, line.label, f.link)
            quoted = line.sheet.replace("'", "''")
            sheet.write_url(at, 1, f"internal:'{quoted}'!B1", f.link, line.label)
            numbers = (line.rows, line.open, line.soon, line.overdue, line.blank)
            for column, number in enumerate(numbers, 3):
                sheet.write_string(at, column, str(number), f.number)
        return row + len(lines) + 2
