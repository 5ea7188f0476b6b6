"""Careless edits of a workbook of ours, from a seed, each with its truth: what must not be written before a person says
so, and what else in the same file is meant and must be."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .honest import TITLES, person, words

#: A record and one of its fields; of what is meant, the value as it is kept.
Place = tuple[str, str]
_FIELDS = {
    "整改事项": "title", "责任人": "responsible_person", "联系电话": "phone", "整改措施": "measures", "整改时限": "deadline",
    "完成进度": "progress_percent", "备注": "note", "责任单位": "lead_unit", "问题表现": "problem", "删除标记": "deleted",
}  # fmt: skip


@dataclass
class Truth:
    """What of a file is meant, and what is an accident."""

    meant: dict[Place, object] = field(default_factory=dict)
    #: what may be taken though it stands beside an accident: a person could have meant it
    either: set[Place] = field(default_factory=set)
    names: list[str] = field(default_factory=list)


class Table:
    """The sheet of an export, while somebody works in it."""

    def __init__(self, rng: random.Random, book: Any) -> None:
        self.rng, self.book, self.truth = rng, book, Truth()
        self.rows = [r for r in range(book.head + 1, book.sheet.max_row + 1) if len(str(book.sheet.cell(r, 1).value)) == 20]
        self.uids = {r: str(book.sheet.cell(r, 1).value) for r in self.rows}
        self._free = set(self.rows)

    def block(self, many: int) -> list[int]:
        """Rows below one another in which nobody has done anything yet."""
        starts = [r for r in self.rows if all(r + n in self._free for n in range(many))]
        first = self.rng.choice(starts or self.rows[:1])
        found = [first + n for n in range(many)]
        self._free -= set(found)
        return found

    def values(self, rows: Iterable[int], heading: str) -> list[Any]:
        return [self.book.cell(row, heading).value for row in rows]

    def put(self, rows: Iterable[int], heading: str, values: Iterable[Any]) -> None:
        for row, value in zip(rows, values, strict=True):
            self.book.write(row, heading, value)

    def either(self, rows: Iterable[int], *headings: str) -> None:
        self.truth.either |= {(self.uids[row], _FIELDS[h]) for row in rows for h in headings}


def meant(table: Table) -> None:
    """What a person did on purpose, beside the accidents."""
    for row in table.block(2):
        text = words(table.rng, 7)
        table.book.write(row, "整改措施", text)
        table.truth.meant[table.uids[row], "measures"] = text


def one_column_sorted(table: Table) -> None:
    rows = table.block(6)
    values = table.values(rows, "责任人")
    table.put(rows, "责任人", sorted(values, reverse=values == sorted(values)))


def shifted_down(table: Table) -> None:
    rows = table.block(6)
    table.put(rows[1:], "联系电话", table.values(rows[:-1], "联系电话"))


def shifted_up(table: Table) -> None:
    rows = table.block(6)
    table.put(rows[:-1], "整改措施", table.values(rows[1:], "整改措施"))


def block_shifted(table: Table) -> None:
    rows = table.block(5)
    for heading in ("责任人", "联系电话"):
        table.put(rows[1:], heading, table.values(rows[:-1], heading))


def dragged_numbers(table: Table) -> None:
    """A telephone dragged down counts on."""
    rows, first = table.block(5), table.rng.randrange(10**6, 9 * 10**6)
    table.put(rows, "联系电话", [f"0000-{first + n}" for n in range(5)])
    table.either(rows[:1], "联系电话")


def dragged_days(table: Table) -> None:
    """So does a day."""
    rows = table.block(6)
    table.put(rows, "整改时限", [(dt.date(2030, 3, 1) + dt.timedelta(days=n)).isoformat() for n in range(6)])
    table.either(rows[:1], "整改时限")


def dragged_text(table: Table) -> None:
    """And a text that ends in a number."""
    rows = table.block(5)
    table.put(rows, "整改措施", [f"落实责任分工，推进第{n}阶段" for n in range(3, 8)])
    table.either(rows[:1], "整改措施")


def dragged_deletion(table: Table) -> None:
    """删除 dragged over many lines."""
    table.put(table.block(8), "删除标记", ["删除"] * 8)


def merged(table: Table) -> None:
    rows = table.block(3)
    at = table.book.column("责任人")
    table.book.sheet.merge_cells(start_row=rows[0], end_row=rows[-1], start_column=at, end_column=at)


def ditto(table: Table) -> None:
    rows = table.block(3)
    table.put(rows[1:], "责任人", [table.rng.choice(("同上", "〃", "—", "”", "……"))] * 2)


def emptied(table: Table) -> None:
    rows = table.block(6)
    for heading in ("责任人", "联系电话", "整改措施"):
        table.put(rows, heading, [None] * 6)


def share_of_one(table: Table) -> None:
    for row in table.block(2):
        table.book.write(row, "完成进度", table.rng.choice((0.77, "0.35", 0.6)))


def note_below(table: Table) -> None:
    text = table.rng.choice(("以上数据截至9月底", "填表人：李某", "合计", "注：逾期的用红字标出", "（此页无正文）"))
    table.book.write(table.book.blank_row(table.rng.randint(2, 4)), "整改事项", text)


def said_again(table: Table) -> None:
    """An item that is there already, in a blank row."""
    (row,) = table.block(1)
    blank = table.book.blank_row(1)
    for heading in ("整改事项", "责任单位"):
        table.book.write(blank, heading, table.book.cell(row, heading).value)


def said_again_with_a_stop(table: Table) -> None:
    """The same with a full stop behind it."""
    (row,) = table.block(1)
    blank = table.book.blank_row(5)
    table.book.write(blank, "整改事项", f"{table.book.cell(row, '整改事项').value}。 ")
    table.book.write(blank, "责任单位", table.book.cell(row, "责任单位").value)


def row_over_row(table: Table) -> None:
    """One line pasted over another, all but the hidden id."""
    a, b = table.block(2)
    for column in range(3, table.book.sheet.max_column + 1):
        table.book.sheet.cell(b, column).value = table.book.sheet.cell(a, column).value


def two_columns_swapped(table: Table) -> None:
    rows = table.block(4)
    people, phones = table.values(rows, "责任人"), table.values(rows, "联系电话")
    table.put(rows, "责任人", phones)
    table.put(rows, "联系电话", people)


def wrong_column(table: Table) -> None:
    """Measures pasted into the column beside theirs."""
    rows = table.block(4)
    table.put(rows, "备注", table.values(rows, "整改措施"))
    table.put(rows, "整改措施", [None] * 4)


def far_year(table: Table) -> None:
    (row,) = table.block(1)
    table.book.write(row, "整改时限", table.rng.choice(("2062-12-31", "2003-05-01", "1930-01-02", "22-9-5年")))


def placeholder(table: Table) -> None:
    (row,) = table.block(1)
    table.book.write(row, "责任人", table.rng.choice(("待定", "XX", "xxx", "***", "李某某", "？", "张×", "/")))


def digits_for_a_name(table: Table) -> None:
    (row,) = table.block(1)
    table.book.write(row, "责任人", table.rng.choice(("0000-1234567", "2030-09-05", "75%", "3")))


def number_typed_over(table: Table) -> None:
    for row in table.block(2):
        table.book.write(row, "序号", table.rng.choice(("★", "重点", "99")))


def beside_the_table(table: Table) -> None:
    (row,) = table.block(1)
    table.book.sheet.cell(row, table.book.sheet.max_column + 2).value = "请王科长核"


def own_sheet(table: Table) -> None:
    """Lines copied into a sheet of one's own."""
    own = table.book.book.create_sheet(f"摘录{table.rng.randrange(100)}")
    for at, row in enumerate(table.block(2), 1):
        for cell in table.book.sheet[row]:
            own.cell(at, cell.column).value = cell.value


def formula(table: Table) -> None:
    (row,) = table.block(1)
    table.book.write(row, "整改措施", "=#REF!")


def line_emptied(table: Table) -> None:
    (row,) = table.block(1)
    for column in range(3, table.book.sheet.max_column + 1):
        table.book.sheet.cell(row, column).value = None


def line_copied(table: Table) -> None:
    """A line copied with its id, then written on."""
    (row,) = table.block(1)
    blank = table.book.blank_row(6)
    for column in range(1, table.book.sheet.max_column + 1):
        table.book.sheet.cell(blank, column).value = table.book.sheet.cell(row, column).value
    table.book.write(blank, "整改措施", words(table.rng, 5))


def cut_short(table: Table) -> None:
    """Long texts pasted through a field that takes few characters."""
    rows = table.block(4)
    table.put(rows, "整改措施", [str(value)[:6] for value in table.values(rows, "整改措施")])


def truncated_phone(table: Table) -> None:
    (row,) = table.block(1)
    table.book.write(row, "联系电话", "0000-12")


def name_and_phone(table: Table) -> None:
    (row,) = table.block(1)
    table.book.write(row, "责任人", f"{person(table.rng)} 0000-7654321")


def title_gone(table: Table) -> None:
    (row,) = table.block(1)
    table.book.write(row, "整改事项", None)


def all_units_one(table: Table) -> None:
    """One unit dragged over the lines of others."""
    rows = table.block(7)
    table.put(rows, "责任单位", [table.values(rows[:1], "责任单位")[0]] * 7)
    table.either(rows, "责任单位")  # seven may well be given to one


def dragged_years(table: Table) -> None:
    rows = table.block(5)
    table.put(rows, "整改时限", [f"{2030 + n}-06-30" for n in range(5)])
    table.either(rows[:1], "整改时限")


def column_deleted(table: Table) -> None:
    at = table.book.column("问题类别")
    for area in list(table.book.sheet.merged_cells.ranges):
        table.book.sheet.unmerge_cells(str(area))
    table.book.sheet.delete_cols(at)


def header_overwritten(table: Table) -> None:
    """The heading of a column typed over with another one's."""
    (row,) = table.block(1)
    table.book.write(row, "备注", "请抓紧")
    table.book.cell(table.book.head, "备注").value = "联系电话"


def told_below_the_title(table: Table) -> None:
    """A remark in the title's own cell."""
    table.book.sheet.cell(1, 2).value = f"{table.book.sheet.cell(1, 2).value}（第二稿）"


def units_of_nowhere(table: Table) -> None:
    (row,) = table.block(1)
    table.book.write(row, "责任单位", table.rng.choice(("市自来水公司", "各县区", "有关单位", "同上")))


def words_for_a_day(table: Table) -> None:
    (row,) = table.block(1)
    table.book.write(row, "整改时限", table.rng.choice(("尽快", "长期坚持", "已完成", "2030-02-30", "立行立改")))


def over_a_hundred(table: Table) -> None:
    (row,) = table.block(1)
    table.book.write(row, "完成进度", table.rng.choice(("120%", "-5", "1000", "七八成")))


def another_over_an_old_row(table: Table) -> None:
    """Another item typed over one that is done with, but for the hidden id."""
    (row,) = table.block(1)
    book = table.book.write(row, "整改事项", table.rng.choice(TITLES)).write(row, "整改时限", "2031-05-06")
    book.write(row, "整改措施", "逐户上门核查，限期清退").write(row, "责任人", person(table.rng))
    book.write(row, "联系电话", "0000-7000001")
    if table.rng.random() < 0.5:
        book.write(row, "责任单位", "临湖区人民政府").write(row, "问题表现", "群众多次投诉，无人过问。")


def another_in_its_first_cells(table: Table) -> None:
    """The same by somebody who left the old measures standing."""
    (row,) = table.block(1)
    unit = next(u for u in ("安坪县人民政府", "临湖区人民政府") if u != table.book.cell(row, "责任单位").value)
    table.book.write(row, "整改事项", table.rng.choice(TITLES)).write(row, "责任单位", unit).write(row, "整改时限", "2031-05-06")


def another_after_clearing(table: Table) -> None:
    """The same in a row whose cells were emptied first."""
    (row,) = table.block(1)
    for heading in ("责任人", "联系电话", "整改措施", "整改时限"):
        table.book.write(row, heading, None)
    table.book.write(row, "整改事项", table.rng.choice(TITLES))


def figures_replaced(table: Table) -> None:
    """One figure swapped for another in the telephones and all that stands beside them."""
    rows = table.block(7)
    for heading in ("整改措施", "联系电话"):
        table.put(rows, heading, [str(value).replace("1", "2") for value in table.values(rows, heading)])


def replaced_twice(table: Table) -> None:
    """A word put before another wherever it stands, where it stood there in places already."""
    rows = table.block(7)
    for row, text in zip(rows, table.values(rows, "整改措施"), strict=True):
        table.book.write(row, "整改措施", str(text).replace("台账", "证照台账"))
        if "证照台账" not in str(text):
            table.either([row], "整改措施")


ACCIDENTS: tuple[Callable[[Table], None], ...] = (
    one_column_sorted, shifted_down, shifted_up, block_shifted, dragged_numbers, dragged_days, dragged_text,
    dragged_deletion, merged, ditto, emptied, share_of_one, note_below, said_again, said_again_with_a_stop, row_over_row,
    two_columns_swapped, wrong_column, far_year, placeholder, digits_for_a_name, number_typed_over, beside_the_table,
    own_sheet, formula, line_emptied, line_copied, cut_short, truncated_phone, name_and_phone, title_gone, all_units_one,
    dragged_years, column_deleted, header_overwritten, told_below_the_title, units_of_nowhere,
    words_for_a_day, over_a_hundred, another_over_an_old_row, another_in_its_first_cells, another_after_clearing,
    figures_replaced, replaced_twice,
)  # fmt: skip


def edit(seed: int, book: Any) -> Truth:
    """Three to eight accidents in a workbook, and what was meant beside them."""
    rng = random.Random(seed)
    table = Table(rng, book)
    chosen = rng.sample(ACCIDENTS, rng.randint(3, 8))
    meant(table)
    for each in sorted(chosen, key=(*ACCIDENTS, own_sheet, header_overwritten, column_deleted)[::-1].index, reverse=True):
        each(table)
    table.truth.names = [each.__name__ for each in chosen]
    return table.truth


def silent(plan: Any, truth: Truth) -> list[str]:
    """What the plan would write though nobody meant it, and what was meant and would not be written."""
    from desktop.exchange.plan import cell_accounting

    rows = {(row.sheet, row.uid): row for row in plan.rows}
    taken: dict[Place, object] = {}
    for line in cell_accounting.cell_report(plan)["taken"]:
        row = rows[line["sheet"], line["uid"]]
        taken[line["uid"], line["field"]] = row.theirs.values.get(line["field"]) if row.theirs is not None else None
    wrong = [f"{name} = {value!r}" for (uid, name), value in taken.items()
             if truth.meant.get((uid, name)) != value and (uid, name) not in truth.either]  # fmt: skip
    return wrong + [f"lost: {name} = {value!r}" for (uid, name), value in truth.meant.items() if taken.get((uid, name)) != value]
