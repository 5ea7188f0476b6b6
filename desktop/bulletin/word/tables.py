"""Tables of a .docx: real ones, their heads repeated, in the widths and the size that they have on
paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from desktop.bulletin.blocks.column_widths import as_cell
from desktop.bulletin.blocks.table_plan import TablePlan, planned
from desktop.bulletin.document import Cell, Inline, Role, Table, cell_text
from desktop.bulletin.typeset.page import A4, MM, SIHAO
from desktop.bulletin.typeset.titles import break_title
from desktop.bulletin.word.body import Body, Section
from desktop.bulletin.word.markup import fonts, paragraph, twips

LEADING, PADDING = 1.32, 0.28
OUTER, INNER = 7, 4  # rules, in eighths of a point
ALIGN = {"center": "center", "right": "right", "left": "left", "justify": "both"}
#: A cell, the column in which it begins, and whether it goes on from the row above.
Placed = tuple[Cell, int, bool]


def add_table(body: Body, table: Table) -> None:
    """A table with its title, unit of measure, source and notes, on turned pages where it needs
    them."""
    plan = planned(table, body.typesetter, body.sheet)
    if plan.notice:
        body.typesetter.notices.append(plan.notice)
    turned = plan.sheet is not body.sheet
    if turned:
        body.open(Section(plan.sheet))
    for part, widths in plan.parts:
        _add_part(body, part, widths, plan)
    if turned:
        body.open(Section(A4))


def _add_part(body: Body, table: Table, widths: Sequence[float], plan: TablePlan) -> None:
    longest = int(plan.sheet.measure / SIHAO)
    for line in break_title(table.title, longest, body.typesetter.names) if table.title else ():
        body.add(paragraph("caption", body.marks.inline(line)))
    if table.measure:
        label = table.measure if "：" in table.measure else f"单位：{table.measure}"
        body.add(paragraph("measure", body.marks.inline(label)))
    head = table.head or (
        (tuple(column.label for column in table.columns),)
        if any(column.label for column in table.columns)
        else ()
    )
    heads = [
        [replace(as_cell(c), align=as_cell(c).align or "center", face=as_cell(c).face or "hei")
         for c in row] for row in head if row
    ]  # fmt: skip
    rows = [[as_cell(cell) for cell in row] for row in table.rows]
    first_total = len(rows) - table.total
    made = [_row(body, table, placed, widths, plan, head=True) for placed in grid(heads, widths)]
    for at, placed in enumerate(grid(rows, widths)):
        made.append(_row(body, table, placed, widths, plan, total=at >= first_total))
    body.add(table_xml(widths, "".join(made), plan.pad))
    for text in (*([f"数据来源：{table.source}"] if table.source else ()), *table.notes):
        body.add(paragraph("source", body.marks.inline(text)))
    body.tiny(9.0)


def table_xml(
    widths: Sequence[float], rows: str, pad: float, *, ruled: bool = True, place: str = ""
) -> str:
    """A table of fixed widths in points. ``place``: where it floats."""
    total = sum(map(twips, widths))
    sides = (("top", OUTER), ("left", OUTER), ("bottom", OUTER), ("right", OUTER),
             ("insideH", INNER), ("insideV", INNER))  # fmt: skip
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="auto"/>'
        for side, size in sides
    )
    rules = f"<w:tblBorders>{borders}</w:tblBorders>" if ruled else ""
    columns = "".join(f'<w:gridCol w:w="{twips(width)}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr>{place}<w:tblW w:w="{total}" w:type="dxa"/>{rules}'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="{twips(pad)}" w:type="dxa"/>'
        f'<w:right w:w="{twips(pad)}" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>"
    )


def grid(rows: Iterable[Sequence[Cell]], widths: Sequence[float]) -> Iterable[list[Placed]]:
    """Each row's cells with their columns, and those that reach down into it."""
    reaching: dict[int, tuple[Cell, int]] = {}  # column → cell and rows that it still covers
    for row in rows:
        waiting, placed, column = iter(row), list[Placed](), 0
        while column < len(widths):
            held = reaching.get(column)
            if held is not None and held[1] > 0:
                cell, goes_on = held[0], True
                reaching[column] = (cell, held[1] - 1)
            else:
                cell, goes_on = next(waiting, Cell("")), False
                reaching[column] = (cell, cell.down - 1)
            cell = replace(cell, span=min(cell.span, len(widths) - column))
            placed.append((cell, column, goes_on))
            column += cell.span
        yield placed


def row_xml(cells: str, *, head: bool = False, height: float = 0.0) -> str:
    """A row that no page parts."""
    tall = f'<w:trHeight w:val="{twips(height)}" w:hRule="atLeast"/>' if height else ""
    repeated = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{tall}{repeated}</w:trPr>{cells}</w:tr>"


def cell_xml(
    width: float, inside: str, *, span: int = 1, merge: str = "", shade: bool = False,
    borders: str = "", upright: str = "center",
) -> str:
    """A cell. ``merge``: "restart" or "continue" of one that reaches down."""
    wide = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    merged = f'<w:vMerge w:val="{merge}"/>' if merge else ""
    grey = '<w:shd w:val="clear" w:color="auto" w:fill="EDEDED"/>' if shade else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{twips(width)}" w:type="dxa"/>{wide}{merged}{borders}{grey}'
        f'<w:vAlign w:val="{upright}"/></w:tcPr>{inside}</w:tc>'
    )


def _row(
    body: Body, table: Table, placed: Sequence[Placed], widths: Sequence[float], plan: TablePlan,
    *, head: bool = False, total: bool = False,
) -> str:
    cells = []
    for cell, column, goes_on in placed:
        declared = table.columns[column]
        figure = declared.numeric and cell.span == 1 and not head
        align = cell.align or ("right" if figure else declared.align)
        role: Role | None = cell.face or ("hei" if total else None)
        content: Inline = "" if goes_on else cell_text(cell.text)
        size = f'<w:sz w:val="{round(plan.size * 2)}"/>'
        look = (fonts(role) if role else "") + size
        spacing = twips(plan.size * LEADING)
        around = twips(plan.size * PADDING) if not goes_on else 0
        properties = (
            f'<w:spacing w:before="{around}" w:after="{around}" w:line="{spacing}"'
            f' w:lineRule="exact"/><w:jc w:val="{ALIGN[align]}"/>'
        )
        inside = paragraph("cell", body.marks.inline(content, None, look), properties)
        merge = "continue" if goes_on else "restart" if cell.down > 1 else ""
        width = sum(widths[column : column + cell.span])
        cells.append(cell_xml(width, inside, span=cell.span, merge=merge, shade=cell.shade))
    return row_xml("".join(cells), head=head, height=0.0 if head else table.row_height * MM)
