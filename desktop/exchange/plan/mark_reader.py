"""What is written into the columns that are no field's: the mark that deletes, the steps of units,
the state, the record above.
"""

from __future__ import annotations

from functools import cached_property

from msgspec.structs import replace

from db.model.declarations import Action, Kind
from db.model.fieldtypes import type_of
from db.model.fieldtypes.base import Names
from db.model.kinds import Kinds
from desktop.exchange.files.reader import Sheet
from desktop.exchange.format import unit_steps
from desktop.exchange.format.columns import DELETE, DELETE_WORD, PARENT, STATE
from desktop.exchange.format.manifest import ExportedRow, Hidden
from desktop.exchange.format.unit_steps import Entry
from desktop.exchange.plan.cell_reader import BAD, CellReader, Layout
from desktop.exchange.plan.parsed_row import ParsedRow, is_blank


class MarkReader(CellReader):
    """Reads those cells of a sheet, too."""

    def __init__(
        self, sheet: Sheet, layout: Layout, hidden: Hidden, names: Names, kinds: Kinds
    ) -> None:
        super().__init__(sheet, layout, hidden, names)
        self.unit = hidden.manifest.unit if hidden.manifest else None
        #: kinds under whose records this one's hang
        self._above = kinds.parents_of(self.kind.name)
        self._titles, self._every_title = dict[str, str](), frozenset[str]()
        self._entries: dict[str, tuple[Action, Entry]] = {
            entry.column: (action, entry)
            for action, entry in unit_steps.entries_of(kinds, self.kind.name)
        } if self.unit else {}

    def _mark(self, parsed: ParsedRow, base: ExportedRow, name: str, text: str, shown: str) -> bool:
        """What was written into a column that is no field's; whether it says anything."""
        theirs = text.strip()
        if name == DELETE:
            self._delete(parsed, theirs)
        elif name in self._entries:
            self._step(parsed, name, text)
        elif name == STATE and theirs != shown:
            message = "「状态」由程序维护，不能在表格中改。"
            self._tell(parsed, "refused", STATE, message, mine=shown, theirs=theirs)
        elif name == PARENT and base.parent and self._names_another(base.parent, text):
            message = (
                f"「{self._columns[name].heading}」不能在表格中改，没有接受。"
                "要换到另一条之下，请在程序里另填一条。"
            )
            mine = self._titles[base.parent]
            self._tell(parsed, "refused", PARENT, message, mine=mine, theirs=theirs)
        else:
            return False
        return True

    def _delete(self, parsed: ParsedRow, text: str) -> None:
        """What was written into the column that deletes."""
        if text == DELETE_WORD:
            parsed.typed["deleted"] = True
            parsed.cells["deleted"] = self.address(DELETE, parsed.row)
        else:
            message = f"「删除标记」只能填“删除”，现为：{text[:20]}。"
            self._tell(parsed, "error", DELETE, message)

    def _step(self, parsed: ParsedRow, name: str, text: str) -> None:
        """What was written into a step's column."""
        action, entry = self._entries[name]
        column = replace(self._columns[name], field=entry.field)
        if self._distrusted(parsed, column):
            return
        value = self._value(parsed, column, text)
        if value is not BAD and value is not None:
            parsed.steps = parsed.steps or {}
            said = parsed.steps.setdefault(action.name, {})
            said[entry.asked] = (value, self.address(name, parsed.row))

    def _names_another(self, parent: str, text: str) -> bool:
        """Whether the cell that names what a record hangs under names another of the workbook's
        records."""
        own = self._titles.get(parent)
        if own is None:
            own = self._titles[parent] = next(
                (title for kind in self._above if (title := self._title(kind, parent))), ""
            ) or self._carried.get(parent, "")
        if not own or text.strip() == own or is_blank(text):
            return False
        if not self._every_title:
            uids = (
                (kind, uid) for kind in self._above for uid in self.hidden.rows.get(kind.name, ())
            )
            sent = frozenset(self._title(kind, uid) for kind, uid in uids)
            self._every_title = sent.union(self._carried.values())
        return text.strip() in self._every_title

    @cached_property
    def _carried(self) -> dict[str, str]:
        return self.hidden.carried(self.kind.name)

    def _title(self, kind: Kind, uid: str) -> str:
        """The title under which a record was sent; "" for one that was not, or whose title is no
        text."""
        row, sheet = self.hidden.row(kind.name, uid), self.hidden.sheets.get(kind.name)
        if row is None or sheet is None or kind.title not in sheet.fields:
            return ""
        value = row.values[sheet.fields.index(kind.title)]
        return (
            value.strip() if isinstance(value, str) and type_of(kind.field(kind.title)).single_line
            else ""
        )
