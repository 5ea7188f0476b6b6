"""One visible worksheet: title, hint, the hidden row of machine names, headings, rows, blank rows
to fill.

Written with XlsxWriter in constant memory, everything as text, so that nothing a person typed is
ever taken for a formula, and in UTF-8 (openpyxl with lxml writes rare characters as numeric
references, which SheetJS breaks). The rows of records are poured in afterwards
(``fast_rows.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from db.model.fieldtypes import type_of
from desktop.exchange.files.xml_row_count import column_letters
from desktop.exchange.format import styles
from desktop.exchange.format.cells import hint, options
from desktop.exchange.format.columns import (
    DELETE,
    DELETE_WORD,
    FORM_SAYS,
    NUMBER,
    PARENT,
    STATE,
    UID,
    Column,
)
from desktop.exchange.format.manifest import LISTS
from desktop.exchange.write.fast_rows import SAMPLE, Spool

if TYPE_CHECKING:
    from xlsxwriter import Workbook

TITLE_ROW, HINT_ROW, MACHINE_ROW, HEAD_ROW, FIRST_ROW = range(5)
#: Drop-downs and hints reach so many rows beyond the blank ones.
BEYOND = 500
#: A drop-down written into the sheet may hold 255 characters; longer ones refer to the hidden sheet
#: of lists.
LIST_LIMIT = 255

HINT_UNIT = (
    f"{FORM_SAYS}由责任单位填写，灰色格不用改。日期写成 2022-09-05。新增事项写在末尾的空行里；"
    "不要删行，也不要改动隐藏的列。填好后保存，把文件交回即可。"
)
HINT_STEPS = "签收、申请等填在最右边绿色标题的几列里。"
HINT_OFFICE = (
    f"{FORM_SAYS}可以修改，灰色格由程序维护。日期写成 2022-09-05。新增的写在末尾的空行里；"
    "要删除的在最后一列选“删除”，不要直接删行。"
)


STEP_HINT = "要办这一步才填：哪天办的写哪天，不写日期的按封面的填报日期算。灰色的不用填。"


class Lists:
    """The hidden sheet that holds the choices of long drop-downs, one column each."""

    NAME = LISTS

    def __init__(self, book: Workbook) -> None:
        self._sheet = book.add_worksheet(self.NAME)
        self._sheet.very_hidden()
        self._columns: list[tuple[str, ...]] = []

    def source(self, entries: Sequence[str]) -> list[str] | str:
        """What a validation takes as its source."""
        if len(",".join(entries)) <= LIST_LIMIT and not any("," in e for e in entries):
            return list(entries)
        key = tuple(entries)
        if key not in self._columns:
            self._columns.append(key)
        letter = _letters(self._columns.index(key))
        return f"='{self.NAME}'!${letter}$1:${letter}${len(key)}"

    def write(self) -> None:
        """Rows must come in order in constant memory, so all columns are written at the end,
        together."""
        for row in range(max((len(c) for c in self._columns), default=0)):
            for column, entries in enumerate(self._columns):
                if row < len(entries):
                    self._sheet.write_string(row, column, entries[row])


def _letters(column: int) -> str:
    return column_letters(column + 1)


class WorkbookParts(msgspec.Struct, frozen=True):
    """What the sheets of one workbook share: it, its formats and lists, its id, what stands under
    each title, and the names of units to choose from."""

    book: Workbook
    formats: styles.Formats
    lists: Lists
    export_id: str
    hint_text: str
    units: Sequence[str]


class LedgerSheet:
    """Writes one kind's sheet row by row."""

    def __init__(
        self, parts: WorkbookParts, name: str, columns: Sequence[Column], spool: Spool, title: str,
    ) -> None:
        self.name, self.columns, self.formats = name, columns, parts.formats
        self._parts, self._spool = parts, spool
        self._sheet = parts.book.add_worksheet(name)
        self.row = FIRST_ROW
        self.count = 0
        self._parents: list[str] = []
        #: columns of steps → the states in which they may be taken
        self._open_in: dict[str, tuple[str, ...]] = {}
        formats = parts.formats
        self._columns(parts.export_id, title, parts.hint_text)
        self._formats = [
            formats.number if c.name == NUMBER else formats.locked if c.locked else formats.open
            for c in columns
        ]

    def _columns(self, export_id: str, title: str, hint_text: str) -> None:
        sheet, formats = self._sheet, self.formats
        last = self._last_printed
        if last < len(self.columns) - 1:
            hint_text += HINT_STEPS
        for at, column in enumerate(self.columns):
            body = (
                formats.number if column.name == NUMBER
                else formats.locked if column.locked else formats.open
            )
            if column.name == UID:
                sheet.set_column(at, at, 3, formats.machine, {"hidden": True})
            else:
                sheet.set_column(at, at, styles.excel_width(column.width), body)
        sheet.set_row(TITLE_ROW, 30)
        sheet.write_string(TITLE_ROW, 0, export_id, formats.machine)
        sheet.merge_range(TITLE_ROW, 1, TITLE_ROW, last, title, formats.title)
        wide = sum(c.width for c in self.columns[1 : last + 1])
        lines = max(1, -(-len(hint_text) // max(int(wide), 20)))
        sheet.set_row(HINT_ROW, 16 * lines + 4)
        sheet.merge_range(HINT_ROW, 1, HINT_ROW, last, hint_text, formats.hint)
        sheet.set_row(MACHINE_ROW, None, None, {"hidden": True})
        for at, column in enumerate(self.columns):
            sheet.write_string(MACHINE_ROW, at, column.name, formats.machine)
        tall = max(
            (-(-len(c.heading) // max(int(c.width), 1)) for c in self.columns[1:]), default=1
        )
        sheet.set_row(HEAD_ROW, 16 * max(tall, 1) + 10)
        for at, column in enumerate(self.columns):
            sheet.write_string(
                HEAD_ROW, at, column.heading,
                formats.head_locked if column.locked
                else formats.head_step if at > last else formats.head_open,
            )

    @property
    def _last_printed(self) -> int:
        """The last column but those of steps, which stand behind what is printed."""
        ends = [at for at, c in enumerate(self.columns) if c.name in (STATE, DELETE)]
        return ends[-1] if ends else len(self.columns) - 1

    def sample(self) -> None:
        """The row whose styles those of the records take; they stand in its place
        (``fast_rows.py``)."""
        self._sheet.write_string(FIRST_ROW, 0, SAMPLE, self.formats.machine)
        for at, style in enumerate(self._formats[1:], 1):
            self._sheet.write_blank(FIRST_ROW, at, None, style)

    def write(self, uids: Sequence[str], texts: Mapping[int, Sequence[str]]) -> None:
        """Records, by the texts of their columns."""
        many = len(uids)
        numbers = list(map(str, range(self.count + 1, self.count + many + 1)))
        blank = [""] * many
        columns = [texts.get(at, blank) for at in range(len(self._formats))]
        self._spool.extend([uids, numbers, *columns[2:]])
        self.count += many
        self.row += many

    def blank(self, slot: str, closed: frozenset[str]) -> None:
        """A row to fill in; all but computed columns (``closed``) are open in it, whoever owns the
        field."""
        sheet, row = self._sheet, self.row
        sheet.write_string(row, 0, slot, self.formats.machine)
        for at, column in enumerate(self.columns[1:], 1):
            fixed = column.name in closed
            sheet.write_blank(row, at, None, self.formats.locked if fixed else self.formats.fresh)
        self.row += 1

    def ready(self, slot: str, texts: Mapping[str, str], open_: frozenset[str]) -> None:
        """A row with some cells written already, of which others are to be filled in."""
        sheet, row, formats = self._sheet, self.row, self.formats
        sheet.write_string(row, 0, slot, formats.machine)
        for at, column in enumerate(self.columns[1:], 1):
            style = formats.fresh if column.name in open_ else formats.locked
            sheet.write_string(row, at, texts.get(column.name, ""), style)
        self.row += 1

    def open_in(self, states: Mapping[str, tuple[str, ...]]) -> None:
        """Columns of steps that are to be filled in these states only."""
        self._open_in = dict(states)

    @property
    def step_columns(self) -> frozenset[str]:
        """The columns into which steps are written."""
        return frozenset(self._open_in)

    def offer_parents(self, titles: list[str]) -> None:
        """The records from which a new row of a child sheet names its own."""
        self._parents = titles

    def activate(self) -> None:
        """The sheet that is seen when the workbook is opened."""
        self._sheet.activate()

    def finish(self, *, freeze_at: int, filled: int, day: str) -> None:
        """Drop-downs, hints, filter, frozen head, print set-up, protection."""
        sheet = self._sheet
        last_row, last = self.row - 1, len(self.columns) - 1
        bottom = max(last_row, FIRST_ROW) + BEYOND
        for at, column in enumerate(self.columns):
            rule = self._step_rule(at, bottom) if column.name in self._open_in else None
            rule = rule or self._rule(column)
            if rule:
                sheet.data_validation(FIRST_ROW, at, bottom, at, rule)
        sheet.autofilter(HEAD_ROW, 0, max(last_row, FIRST_ROW), last)
        sheet.freeze_panes(FIRST_ROW, freeze_at)
        styles.for_printing(
            sheet, (TITLE_ROW, HEAD_ROW), max(filled, FIRST_ROW), self._last_printed, day
        )
        sheet.ignore_errors({"number_stored_as_text": f"A1:{_letters(last)}{bottom + 1}"})
        sheet.protect("", styles.PROTECTION)

    def _step_rule(self, at: int, bottom: int) -> dict[str, Any] | None:
        """A step's cell is grey, and takes nothing, where the step cannot be taken."""
        column = self.columns[at]
        state = next((n for n, c in enumerate(self.columns) if c.name == STATE), None)
        if state is None:
            return None
        here = f"${_letters(state)}{FIRST_ROW + 1}"
        labels = self._open_in[column.name]
        possible = "OR(" + ",".join(f'{here}="{label}"' for label in labels) + ")"
        self._sheet.conditional_format(FIRST_ROW, at, bottom, at, {
            "type": "formula", "criteria": f"=NOT({possible})", "format": self.formats.closed,
        })  # fmt: skip
        states = "、".join(labels)
        return {
            "validate": "custom", "value": f"={possible}", "error_title": column.heading[:32],
            "error_message": f"状态是{states}的事项才能填这一格。"[:255],
            "input_title": column.heading[:32], "input_message": STEP_HINT,
        }  # fmt: skip

    def _rule(self, column: Column) -> dict[str, Any] | None:
        if column.name == DELETE:
            return {"validate": "list", "source": [DELETE_WORD], "error_title": "删除标记",
                    "error_message": "只能选“删除”，或者留空。"}  # fmt: skip
        if column.name == PARENT and self._parents:
            return {"validate": "list", "source": self._parts.lists.source(self._parents),
                    "error_type": "warning", "error_title": column.heading,
                    "error_message": "这个工作簿里没有这一条，确定要这样写吗？",
                    "input_title": column.heading,
                    "input_message": "新增的一行，在这里选它属于哪一条。"}  # fmt: skip
        if column.field is None:
            return None
        field, text = column.field, hint(column.field)
        rule: dict[str, Any] = {"validate": "any"}
        if entries := options(field):
            rule = {
                "validate": "list", "source": self._parts.lists.source(entries),
                "error_title": field.label[:32], "error_message": "请从下拉表中选一项。",
            }  # fmt: skip
        elif type_of(field).one_unit and self._parts.units:
            rule = {
                "validate": "list", "source": self._parts.lists.source(self._parts.units),
                "error_type": "warning", "error_title": field.label[:32],
                "error_message": "单位表中没有这个名称，确定要这样写吗？",
            }  # fmt: skip
        if text:
            rule |= {"input_title": field.label[:32], "input_message": text}
        return rule if len(rule) > 1 else None
