"""From the rows of a sheet to what each of them says: which record, and which cells were typed
over.

The row's id says which record it is, the hidden sheet what its cells held when it was sent. Only
cells that differ from that are looked at as typed; everything else is the sender's exported state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest
from typing import TypeAlias

from db.model.fieldtypes.base import Names
from db.model.ids import derived_uid, is_uid
from db.model.kinds import Kinds
from desktop.exchange.files.reader import Batch, Sheet
from desktop.exchange.format.columns import FORM_SAYS, NUMBER, PARENT, UID
from desktop.exchange.format.manifest import ExportedRow, Hidden, ReadyRow
from desktop.exchange.format.row import RowTexts
from desktop.exchange.plan.cell_reader import BAD
from desktop.exchange.plan.cell_reader import Layout as Layout
from desktop.exchange.plan.mark_reader import MarkReader
from desktop.exchange.plan.parsed_row import ParsedRow, is_blank
from desktop.exchange.plan.sheet_identity import LostIds

#: So many records are told at once.
_PART = 2_000


#: A cell that is to be looked at: its position, its column, what stood there.
Other: TypeAlias = tuple[int, str, str]


class SheetReader(MarkReader):
    """Reads one visible sheet that the program made. Fed with batches; gives parsed_rows."""

    def __init__(
        self, sheet: Sheet, layout: Layout, hidden: Hidden, kinds: Kinds, names: Names, filler: str,
    ) -> None:
        kind, columns, header = layout.kind, layout.columns, layout.header
        super().__init__(sheet, layout, hidden, names, kinds)
        self.filler = filler
        self.export_id = hidden.manifest.export_id if hidden.manifest else ""
        self._order = [c.name for c in columns]
        fields = [n for n in self._foreign_order if kind.has(n)]
        self._texts = RowTexts(kind, columns, names, kinds.lifecycle_of(kind), fields)
        self._known = [f.name for f in self._texts.fields]
        self._same_order = self._known == self._foreign_order
        self._uid_at = header.uid_at
        self._checked = [
            (at, name) for at, name in header.names.items()
            if name in self._columns and name != NUMBER
        ]
        self._marks = [at for at, name in header.names.items() if name in (UID, NUMBER)]
        self._number_at = self._at.get(NUMBER)
        self._sent_numbers: dict[str, str] = {}
        #: where the ids of the rows are gone: what they are known by instead
        self.lost: LostIds | None = None
        self._input = [at for at, name in self._checked if self._columns[name].field is not None]
        self._compared = [(at, name) for at, name in self._checked if name != UID]
        self._title_at = self._at.get(self.kind.title)
        self._place = {name: n for n, name in enumerate(self._order)}
        #: position → cells that stand in no column of ours: (row, text)
        self.outside: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self._outside_of: dict[int, list[int]] = {}
        #: (row, position) under a merged cell → that cell; what stands in it
        self._under = {
            (row + 1, at): (r1 + 1, c1)
            for r1, c1, r2, c2 in sheet.merges if r1 >= header.row and (r2 - r1 or c2 - c1)
            for row in range(r1, r2 + 1) for at in range(c1, c2 + 1) if (row, at) != (r1, c1)
        }
        #: filled cells that are as they were sent, those of the form among them
        self.same = 0
        self._over: dict[tuple[int, int], str] = dict.fromkeys(self._under.values(), "")

    def read(self, batch: Batch) -> Iterator[ParsedRow]:
        """The rows of a batch that are not blank."""
        known, other = self._exported(batch)
        for number, row in enumerate(batch.rows, batch.first_row):
            if self._under:
                self._note_merged(number, row)
            for at in self._no_columns(len(row)):
                if not is_blank(row[at]):
                    self.outside[at].append((number, row[at].strip()))
                elif row[at]:
                    self.same += 1
            if number > self.header.row:
                parsed = known.get(number)
                if parsed is None:
                    parsed = self._row(number, row)
                else:
                    self._of_export(row, parsed, other.get(number, ()))
                if parsed is not None:
                    yield parsed
            else:
                self._count_head(number, row)

    def _exported(self, batch: Batch) -> tuple[dict[int, ParsedRow], dict[int, list[Other]]]:
        """By number, the rows that hold exported records, column by column held against what was
        sent; and of those with cells that are to be looked at, these."""
        rows, found, other = batch.rows, dict[int, ParsedRow](), dict[int, list[Other]]()
        if not rows or not self.hidden.rows.get(self.kind.name):
            return found, other
        bases: list[ExportedRow] = []
        known_rows: list[list[str]] = []
        skip = max(self.header.row + 1 - batch.first_row, 0)
        for number, row in enumerate(rows[skip:], batch.first_row + skip):
            mark = self._mark_of(number, row)
            base = self.base(mark) if is_uid(mark) else None
            if base is not None:
                found[number] = ParsedRow(
                    self.kind.name, mark, self.sheet.name, number, base, address=self.address
                )
                bases.append(self._ordered(base))
                known_rows.append(row)
                self._look_at_number(number, row, mark)
        expected = self._texts.texts(bases)
        blank = [""] * len(found)
        looked_at = bool(self.sheet.notes or self._under)
        columns = list(zip_longest(*known_rows, fillvalue=""))
        columns += [tuple(blank)] * (1 + max(at for at, _ in self._compared) - len(columns))
        for at, name in self._compared:
            texts, sent = columns[at], tuple(expected.get(self._place[name], blank))
            if looked_at or texts != sent:
                for number, text, shown in zip(found, texts, sent, strict=True):
                    if looked_at or text != shown:
                        other.setdefault(number, []).append((at, name, shown))
        return found, other

    def _mark_of(self, number: int, row: list[str]) -> str:
        """The id of a row, or what it is known by without one."""
        if self.lost is not None:
            texts = {name: row[at] for at, name in self.header.names.items() if at < len(row)}
            return self.lost.find((self.sheet.name, number), texts)
        at = self._uid_at
        return row[at].strip() if at is not None and at < len(row) else ""

    def lose_ids(self) -> None:
        """The rows are known by what else stands in them, since their ids are gone."""
        self.lost = LostIds(self.kind, self._sent_texts())

    def _sent_texts(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Every record that was sent in a visible row, in its order, by its texts."""
        shown = ((uid, row) for uid, row in self.hidden.each(self.kind.name) if row.shown)
        while part := list(islice(shown, _PART)):
            columns = self._texts.texts([self._ordered(row) for _, row in part])
            for n, (uid, _) in enumerate(part):
                yield uid, {self._order[at]: texts[n] for at, texts in columns.items()}

    def _look_at_number(self, number: int, row: list[str], uid: str) -> None:
        """What was typed over the number of a line, which says where it stood when it was sent."""
        at = self._number_at
        text = row[at].strip() if at is not None and at < len(row) else ""
        if at is None or not text or text == str(number - self.header.row):
            return
        if not self._sent_numbers:
            rows = self.hidden.each(self.kind.name)
            self._sent_numbers = {
                each: str(n) for n, each in enumerate((u for u, sent in rows if sent.shown), 1)
            }
        if text != self._sent_numbers.get(uid):
            self.outside[at].append((number, text))
            self.same -= 1

    def _of_export(self, row: list[str], parsed: ParsedRow, other: Sequence[Other]) -> None:
        """Read a row that holds an exported record."""
        assert parsed.base is not None
        title_at = self._title_at
        parsed.title = row[title_at].strip() if title_at is not None and title_at < len(row) else ""
        if not other:
            self.same += len(row) - row.count("") - self._filled_outside(row)
        elif is_blank(parsed.title) and not self._is_filled(row) and any(parsed.base.values):
            message = "的内容被整行清空，没有改动。要删除请用“删除标记”，不要清空。"
            self._tell(parsed, "error", "", message)
            self._count_form(row)
            self.same -= 1  # the cell at which it is told
        else:
            self._compare(parsed, row, other)

    def _filled_outside(self, row: list[str]) -> int:
        return sum([row[at] != "" for at in self._no_columns(len(row))])

    def _is_filled(self, row: list[str]) -> bool:
        """Whether anything stands in a column that people fill in."""
        width = len(row)
        return any(at < width and not is_blank(row[at]) for at in self._input)

    def _note_merged(self, number: int, row: list[str]) -> None:
        for at, text in enumerate(row):
            if (number, at) in self._over:
                self._over[number, at] = text

    def _of_merged(self, parsed: ParsedRow, name: str, at: int, over: tuple[int, int]) -> str:
        """What a cell under a merged one stands for: the same, where it is one column."""
        text = self._over[over] if over[1] == at else ""
        parsed.warn(name, "merged", (
            f"第 {parsed.row} 行「{self._columns[name].heading}」被合并到第 {over[0]} 行的格子里，"
            + (f"按这一行也填“{text.strip()[:30]}”算" if text else "这一格成了空白")
            + "，没有读入。请取消合并、逐行填写，或采用。"
        ))  # fmt: skip
        return text

    def _no_columns(self, width: int) -> list[int]:
        """Positions in a row of this width that are no columns of ours."""
        found = self._outside_of.get(width)
        if found is None:
            known = self.header.names
            found = self._outside_of[width] = [at for at in range(width) if at not in known]
        return found

    def _count_form(self, row: Sequence[str]) -> None:
        """A row that is part of the form: a title, the headings, a row that is ready."""
        known = self.header.names
        self.same += sum(1 for at, text in enumerate(row) if text and at in known)

    def _count_head(self, number: int, row: Sequence[str]) -> None:
        """A row above the table: what somebody wrote over its title is told."""
        if (number == self.header.row and not self.header.moved) or UID in row:
            self._count_form(row)
            return
        for at, text in enumerate(row):
            own = self.header.names.get(at)  # in the hidden row of names, without its id column
            if own is None or is_blank(text) or text == own or self._is_of_form(text):
                self.same += bool(text) and at in self.header.names
            else:
                self.outside[at].append((number, text.strip()))

    def _is_of_form(self, text: str) -> bool:
        sent = self.hidden.sheets.get(self.kind.name)
        labels = (self.kind.label, sent.sheet if sent is not None else self.kind.label)
        return text == self.export_id or text.startswith(FORM_SAYS) or text.endswith(labels)

    def base(self, uid: str) -> ExportedRow | None:
        """The exported state of a record, as it was sent."""
        return self.hidden.row(self.kind.name, uid)

    def _row(self, number: int, row: list[str]) -> ParsedRow | None:
        width = len(row)
        at = self._uid_at
        mark = row[at].strip() if at is not None and at < width else ""
        if self.lost is not None:
            mark = self._ready_mark(row)
        ready = self.hidden.slots.get(mark)
        if ready is not None and self._as_sent(row, ready):
            self._count_form(row)
            return None
        if not self._is_filled(row):
            self._note_beside(number, row)
            return None
        if self._is_heading(row, width):
            self._count_form(row)
            return None
        self._count_marks(number, row)
        return self._new(number, row, width, mark)

    def _count_marks(self, number: int, row: Sequence[str]) -> None:
        """The id and the number of a line, which nobody fills in; a new line may be numbered."""
        width = len(row)
        for at in self._marks:
            if at < width and row[at]:
                if at == self._number_at and not row[at].strip().isdigit():
                    self.outside[at].append((number, row[at].strip()))
                else:
                    self.same += 1

    def _as_sent(self, row: list[str], ready: ReadyRow) -> bool:
        """Whether a row that was ready was left as it was."""
        return all(
            (row[at] if at < len(row) else "").strip() == ready.texts.get(name, "")
            for at, name in self._checked if self._columns[name].field is not None
        )

    def _ready_mark(self, row: list[str]) -> str:
        """The mark of the row that was ready whose texts stand in this one."""
        said = {name: row[at].strip() for name, at in self._at.items() if at < len(row)}
        return next((
            mark for mark, ready in self.hidden.slots.items() if f"-{self.kind.name}-" in mark
            and all(said.get(name) == text for name, text in ready.texts.items() if text)
        ), "")

    def _note_beside(self, number: int, row: list[str]) -> None:
        """A remark below the table that stands in a column which people do not fill in."""
        for at, name in self.header.names.items():
            text = row[at] if at < len(row) else ""
            if is_blank(text) or name == UID or (name == NUMBER and text.strip().isdigit()):
                self.same += bool(text)
            else:
                self.outside[at].append((number, text.strip()))

    def _is_heading(self, row: list[str], width: int) -> bool:
        """Whether a row says again what its columns are called: sorted in among the others, or
        pasted along."""
        said = [
            (row[at].strip(), self._columns[name].heading) for at, name in self._checked
            if at < width and not is_blank(row[at])
        ]
        return len(said) >= 3 and sum(text == heading for text, heading in said) * 2 > len(said)

    def _ordered(self, base: ExportedRow) -> ExportedRow:
        """Values in the order of the fields that this program knows; an older or newer declaration
        may have others."""
        known = self._known
        if self._same_order:
            return base
        given = dict(zip(self._foreign_order, base.values, strict=False))
        texts = {
            str(known.index(name)): text for place, text in base.texts.items()
            if place.isdigit() and int(place) < len(self._foreign_order)
            and (name := self._foreign_order[int(place)]) in known
        }
        values = [given.get(n) for n in known]
        return ExportedRow(
            values, base.versions, base.state, base.deleted, base.parent, base.shown, texts,
            base.issuer,
        )

    def _compare(self, parsed: ParsedRow, row: list[str], other: Sequence[Other]) -> None:
        """Cells that are not as they were sent, or not to be trusted: position, column, what was
        sent."""
        base, width = parsed.base, len(row)
        assert base is not None
        filled = [at for at, _, _ in other if at < width and row[at]]
        same = width - row.count("") - self._filled_outside(row) - len(filled)
        for at, name, shown in other:
            text = row[at] if at < width else ""
            if self._under and (over := self._under.get((parsed.row, at))) and not text:
                text = self._of_merged(parsed, name, at, over)
                parsed.emptied |= {name}  # nothing stands in the cell itself
            if text == shown and not self.sheet.notes:
                same += text != "" and name not in parsed.emptied
                continue
            column = self._columns[name]
            if column.field is not None:
                as_sent = self._cell(parsed, column, text, shown)
                same += as_sent and name not in parsed.emptied
            elif is_blank(text) or not self._mark(parsed, base, name, text, shown):
                same += text != ""
        self.same += same
        if self.kind.title in parsed.typed:
            parsed.texts = {name: row[at].strip() for at, name in self._checked if at < width}

    def _new(self, number: int, row: list[str], width: int, mark: str) -> ParsedRow | None:
        """A row that was not exported: a blank row filled in, a row inserted, or one pasted from
        elsewhere."""
        parsed = ParsedRow(self.kind.name, "", self.sheet.name, number, address=self.address)
        for at, name in self._checked:
            column = self._columns[name]
            text = row[at] if at < width else ""
            if name in self._entries and not is_blank(text):
                message = f"是新填的，交办以后才能填「{column.heading}」，没有接受。"
                self._tell(parsed, "refused", name, message, theirs=text.strip()[:200])
            if column.field is None:
                self._mark_of_new(parsed, at, name, text)
                continue
            if self._distrusted(parsed, column):
                continue
            value = self._value(parsed, column, text)
            if value is not BAD and value is not None:
                self._keep(parsed, column.field, text, value, None)
            elif value is None:
                self.same += bool(text)
        parsed.texts = {name: row[at].strip() for at, name in self._checked if at < width}
        parsed.parent_text = parsed.texts.get(PARENT, "")
        ready = self.hidden.slots.get(mark)
        if ready is not None and parsed.parent_text in ("", ready.texts.get(PARENT, "")):
            parsed.parent = ready.parent
        parsed.title = str(parsed.typed.get(self.kind.title) or "")
        whose = self._whose(parsed)
        if mark.startswith("+"):
            parsed.origin, parsed.uid = "slot", derived_uid("slot", mark, whose)
        elif is_uid(mark):
            parsed.origin, parsed.uid = "foreign", mark
        else:
            parsed.origin = "none"
            title = "".join(parsed.title.split()) or f"{self.sheet.name}{number}"
            parsed.uid = derived_uid("row", self.export_id, self.kind.name, whose, title)
        return parsed

    def _mark_of_new(self, parsed: ParsedRow, at: int, name: str, text: str) -> None:
        """A cell of a new row that is no field's: the record it hangs under, or a state or mark
        that is not for a person to write there."""
        if name == UID or name in self._entries or is_blank(text):
            self.same += bool(text) and name != UID
        elif name == PARENT:
            parsed.cells["parent"] = self.address(PARENT, parsed.row)
        else:
            self.outside[at].append((parsed.row, text.strip()))

    def _whose(self, parsed: ParsedRow) -> str:
        """The unit whose row it is; one template is copied to many units, so the id is derived from
        it too."""
        own = parsed.typed.get(self.kind.unit) if self.kind.unit else None
        if isinstance(own, tuple):
            own = "、".join(own)
        return str(own or self.unit or self.filler)
