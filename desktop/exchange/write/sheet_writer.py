"""Put the records of an export into the sheets of its workbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from db.errors import BadInput
from db.metrics import own_figures
from db.model import due_state
from db.model.dates import chinese_date
from db.model.declarations import Kind, Lifecycle
from db.model.fieldtypes import Attachment, type_of
from db.model.ids import new_uid
from db.model.records import Record
from db.model.sql import quoted
from db.session import Session
from db.units import people
from desktop.exchange.files.reader import Progress
from desktop.exchange.format import manifest, styles, unit_steps
from desktop.exchange.format.columns import NUMBER, PARENT, STATE, UID, Column, columns_of
from desktop.exchange.format.cover import Cover, Line
from desktop.exchange.format.manifest import ExportedRow, ExportedSheet, Manifest, ReadyRow
from desktop.exchange.format.row import RowTexts
from desktop.exchange.format.seal import seal
from desktop.exchange.write import dependencies, prepared_rows
from desktop.exchange.write.fast_rows import SAMPLE, Spool, pour
from desktop.exchange.write.hidden_sheet import HiddenSheet
from desktop.exchange.write.parent_titles import ParentTitles, picked
from desktop.exchange.write.prepared_rows import may_fill
from desktop.exchange.write.scope import Scope, Where
from desktop.exchange.write.worksheet import (
    HEAD_ROW,
    HINT_OFFICE,
    HINT_UNIT,
    LedgerSheet,
    Lists,
    WorkbookParts,
)

if TYPE_CHECKING:
    from xlsxwriter import Workbook

#: Beyond this a sheet would come near Excel's 1,048,576 rows; units get their own workbooks long
#: before.
MAX_RECORDS = 900_000
#: Up to here records are put in order (open first, by deadline) and counted for the cover.
ORDERED = 20_000
_STEP = 500
#: Attachments beyond this many bytes in all stay out of a workbook, which would be too slow to
#: open.
ATTACHMENTS_LIMIT = 20 * 1024 * 1024


class _Ledger(msgspec.Struct):
    """One visible sheet being filled."""

    kind: Kind
    where: Where
    #: whether it hangs under another that goes out, and another under it
    child: bool
    has_children: bool
    #: what its rows hang under, where that does not go out
    above: ParentTitles | None
    columns: list[Column]
    sheet: LedgerSheet
    line: Line
    #: states in which nothing is left to do
    done: frozenset[str]


def _outermost(session: Session, kinds: Sequence[Kind]) -> list[Kind]:
    """Without what hangs under another of them that hangs under none."""
    def below(some: Sequence[Kind]) -> set[str]:
        return {child.name for kind in some for child in session.kinds.children_of(kind.name)}

    hanging = below([kind for kind in kinds if kind.name not in below(kinds)])
    return [kind for kind in kinds if kind.name not in hanging]


class Writer:
    """One export, from the records of a session to a finished file."""

    def __init__(
        self, session: Session, kinds: Sequence[Kind], scope: Scope, blank_rows: int,
        progress: Progress,
    ) -> None:
        #: what was asked for; of it what hangs under another of it goes out as its child
        self._asked = {kind.name for kind in kinds}
        self.kinds = _outermost(session, kinds)
        self.session, self.scope = session, scope
        self.blank_rows, self.progress = blank_rows, progress
        self.export_id = new_uid()
        self.count = 0
        self.lines: list[Line] = []
        self.remarks: list[str] = []
        #: uid → version text of what somebody has already been sent
        self.leave_out: dict[str, str] = {}
        self._titles: dict[str, str] = {}
        self._people: dict[str, dict[str, str]] = {}
        self._files: dict[str, tuple[Attachment, str]] = {}
        self._dependencies = dependencies.Dependencies(session, kinds[0].book)
        self._children = self._find_children()
        self._total = sum(self._count(kind, scope.where(kind)) for kind in kinds)
        if self._total > MAX_RECORDS:
            raise BadInput(f"共有 {self._total} 条，一个工作表放不下，请按单位分开导出。")

    def _find_children(self) -> list[tuple[Kind, list[Kind]]]:
        """Kinds that hang under what goes out, each with its parents; grandchildren are not left
        behind."""
        asked = {kind.name for kind in self.kinds}
        found: dict[str, list[Kind]] = {}
        for parent in self.kinds:
            for child in self.session.kinds.children_of(parent.name):
                if (
                    child.name not in asked and self.session.opens(child.name)
                    and child.book == parent.book
                ):
                    found.setdefault(child.name, []).append(parent)
        return [(self.session.kinds.get(name), parents) for name, parents in found.items()]

    def _count(self, kind: Kind, where: Where) -> int:
        connection = self.session.book_of(kind.name).connection
        sql = f"SELECT count(*) FROM {quoted(kind.name)} WHERE ({where[0]}) AND deleted = 0"
        return int(connection.execute(sql, where[1]).fetchone()[0])

    @property
    def digest(self) -> bytes:
        """Of what the hidden sheet says, once it has been written."""
        return self._hidden.digest

    def write(self, path: Path, folder: Path) -> None:
        """Write the file; ``folder`` takes XlsxWriter's temporary files."""
        made = folder / "made.xlsx"
        office = self.session.office_name
        unit = self.session.unit_name(self.scope.unit) if self.scope.unit else ""
        book = self._workbook(made, folder, office)
        formats = styles.formats(book)
        cover, lists = Cover(book, formats), Lists(book)
        hidden_sheet = book.add_worksheet(manifest.SHEET)
        hidden_sheet.very_hidden()
        hidden_sheet.write_string(0, 0, SAMPLE)
        self._hidden = HiddenSheet(folder / "hidden.rows", self.session.kinds)
        spools = {_member(book): self._hidden.spool}
        hint = HINT_UNIT if self.scope.unit is not None else HINT_OFFICE
        units = [u.name for u in self.session.names.units().values() if u.active]
        parts = WorkbookParts(book, formats, lists, self.export_id, hint, units)
        ledgers = self._ledgers(parts, unit or office, folder, spools)
        self._write_records(ledgers, self._facts(office, unit))
        for number, ledger in enumerate(ledgers, 1):
            suffix = "" if number == 1 else f"_{number}"
            book.define_name(f"{manifest.RANGE_NAME}{suffix}", f"='{ledger.sheet.name}'!$A$1")
        lists.write()
        cover.write(
            office=office, unit=unit, export_id=self.export_id,
            at=self.session.today.isoformat(), audit=self.session.office.audit_head,
            lines=self.lines,
        )  # fmt: skip
        if ledgers:
            ledgers[0].sheet.activate()
        book.close()
        pour(made, path, spools)
        for spool in spools.values():
            spool.close()

    def _workbook(self, made: Path, folder: Path, office: str) -> Workbook:
        book = new_workbook(made, folder)
        book.set_properties({
            "title": f"{office} 争先台账", "author": office,
            "comments": f"zhengxian {self.export_id}",
        })
        book.set_custom_property("zhengxian_export", self.export_id)
        return book

    def _write_records(self, ledgers: Sequence[_Ledger], facts: Manifest) -> None:
        """All that the hidden sheet says, and the visible rows with it."""
        hidden = self._hidden
        hidden.waiting = dependencies.waiting_values(self.session, self.kinds[0].book)
        for uid in hidden.waiting:
            self.leave_out.pop(uid, None)
        hidden.head(facts)
        for ledger in ledgers:
            self._fill(ledger)
        visible = {ledger.kind.name for ledger in ledgers}
        for figure in own_figures.of_kinds(self.session, sorted(visible)):
            hidden.figure(figure)
        for child, parents in self._children:
            if child.name not in visible:
                where, values = self.scope.children(child, parents)
                book = self.session.book_of(child.name)
                self._hide(child, book.each(child.name, f"({where})", values))
        for kind, records in self._dependencies.records():
            self._hide(kind, records)
        self._attach()
        hidden.people(self._people)
        hidden.end(seal(self.session, hidden.digest))

    def _ledgers(
        self, parts: WorkbookParts, title: str, folder: Path, spools: dict[str, Spool]
    ) -> list[_Ledger]:
        shown = [(kind, self.scope.where(kind), False) for kind in self.kinds]
        for below, parents in self._children:
            where = self.scope.children(below, parents)
            due = self.scope.unit is not None and below.periodic
            if due or below.name in self._asked or self._count(below, where):
                shown.append((below, where, True))
        names = _sheet_names([kind.label for kind, _, _ in shown])
        out = []
        for (kind, where, child), name in zip(shown, names, strict=True):
            columns = self._columns(kind, where, child)
            spool = Spool(folder / f"{kind.name}.rows")
            sheet = LedgerSheet(parts, name, columns, spool, f"{title}　{kind.label}")
            spools[_member(parts.book)] = spool
            done = _done(self.session.kinds.lifecycle_of(kind))
            has_children = not child and any(kind in parents for _, parents in self._children)
            above = ParentTitles(self.scope, kind, where) if kind.parent and not child else None
            line = Line(kind.label, name)
            out.append(_Ledger(kind, where, child, has_children, above, columns, sheet, line, done))
        return out

    def _columns(self, kind: Kind, where: Where, child: bool) -> list[Column]:
        for_unit = self.scope.unit is not None
        columns = columns_of(
            kind, for_unit=for_unit, has_states=kind.lifecycle is not None, child=bool(kind.parent),
            blank=self._blank(kind, where),
        )
        if child and for_unit:
            return [
                msgspec.structs.replace(c, locked=not (kind.periodic and may_fill(c, kind)))
                for c in columns
            ]
        return unit_steps.with_steps(self.session.kinds, kind, columns) if for_unit else columns

    def _blank(self, kind: Kind, where: Where) -> frozenset[str]:
        """Fields of a sheet that no record fills in."""
        names = [field.name for field in kind.shown("sheet")]
        if not names:
            return frozenset()
        counts = ", ".join(f"max({quoted(name)} IS NOT NULL)" for name in names)
        sql = f"SELECT {counts} FROM {quoted(kind.name)} WHERE ({where[0]}) AND deleted = 0"
        found = self.session.book_of(kind.name).connection.execute(sql, where[1]).fetchone()
        return frozenset(name for name, filled in zip(names, found, strict=True) if not filled)

    def _facts(self, office: str, unit: str) -> Manifest:
        session = self.session
        sites = {
            book.name: {
                str(number): name
                for number, name in book.connection.execute("SELECT id, name FROM sites")
            }
            for book in session.books
        }
        offices = {
            book.name: {str(o.number): (o.uid, o.name, o.unit or "") for o in book.offices.every()}
            for book in session.books
        }
        site_offices = {
            book.name: {
                str(book.site_number(site)): str(number)
                for site, number in book.offices.sites().items()
            }
            for book in session.books
        }
        return Manifest(
            export_id=self.export_id, office_id=session.office_id, office=office,
            level=session.level, site=session.office.reached[0],
            at=session.today.isoformat(), by=session.user.display, unit=self.scope.unit,
            unit_name=unit, kinds=[k.name for k in self.kinds], sites=sites,
            audit=session.office.audit_head, blank_rows=self.blank_rows, offices=offices,
            site_offices=site_offices,
        )  # fmt: skip

    # -- records -----------------------------------------------------------------------------------

    def _records(self, ledger: _Ledger) -> Iterator[Record]:
        """Open ones first, by deadline, where they are not too many to be put in order."""
        kind, (where, values) = ledger.kind, ledger.where
        found = self.session.book_of(kind.name).each(kind.name, f"({where})", values)
        if self._total > ORDERED:
            yield from found
            return
        deadline = kind.lights.deadline if kind.lights else None

        def place(record: Record) -> tuple[bool, str, int]:
            due = record.values.get(deadline) if deadline else None
            return record.state in ledger.done, due.isoformat() if due else "9999", record.id

        yield from sorted(found, key=place)

    def _left_out(self, record: Record) -> bool:
        return self.leave_out.get(record.uid) == record.versions

    def _fill(self, ledger: _Ledger) -> None:
        kind, columns, session = ledger.kind, ledger.columns, self.session
        fields = [f.name for f in kind.all_fields]
        cycle = session.kinds.lifecycle_of(kind)
        texts = RowTexts(kind, columns, session.names, cycle, fields)
        self._hidden.declare(kind)
        self._hidden.sheet(kind, ExportedSheet(
            sheet=ledger.sheet.name, columns=[(c.name, c.heading, c.locked) for c in columns],
            fields=fields, head_row=HEAD_ROW + 1,
        ))  # fmt: skip
        for part in _parts(self._records(ledger)):
            if ledger.has_children:
                self._titles |= {
                    r.uid: session.title_of(r) for r in part if not r.deleted or self._left_out(r)
                }
            part = [record for record in part if not self._left_out(record)]
            rows = texts.exported(part, True)
            self._hide_rows(kind, part, rows)
            here = [at for at, record in enumerate(part) if not record.deleted]
            self._show(ledger, [part[at] for at in here], texts.texts([rows[at] for at in here]))
        self._finish(ledger)

    def _show(
        self, ledger: _Ledger, records: Sequence[Record], columns: dict[int, Sequence[str]]
    ) -> None:
        """Visible rows, counted for the cover."""
        kind, line = ledger.kind, ledger.line
        if not records:
            return
        titles = ledger.above.titles if ledger.above is not None else self._titles
        if ledger.child or ledger.above is not None:
            at = next(at for at, c in enumerate(ledger.columns) if c.name == PARENT)
            columns[at] = [titles.get(record.parent or "", "") for record in records]
        ledger.sheet.write([record.uid for record in records], columns)
        self.count += len(records)
        line.rows += len(records)
        if kind.lifecycle is not None:
            line.open += sum(record.state not in ledger.done for record in records)
        if self._total <= ORDERED and kind.lights is not None:
            self._count_lights(kind, line, records)
        self.progress(self.count, self._total, f"正在导出「{kind.label}」")

    def _count_lights(self, kind: Kind, line: Line, records: Sequence[Record]) -> None:
        assert kind.lights is not None
        pressing = (kind.lights.soon, kind.lights.overdue)
        for record in records:
            cycle = self.session.lifecycle_of(record)
            late = due_state.of(record, kind, cycle, self.session.today) == "overdue"
            line.overdue += late
            line.soon += not late and self.session.light(record) in pressing

    def _add_blank_rows(self, ledger: _Ledger) -> None:
        fields = (c.field for c in ledger.columns if c.field)
        fixed = {f.name for f in fields if f.computed or type_of(f).holds_files}
        closed = frozenset({NUMBER, STATE, UID} | fixed | ledger.sheet.step_columns)
        for number in range(1, self.blank_rows + 1):
            ledger.sheet.blank(f"+{self.export_id}-{ledger.kind.name}-{number:03d}", closed)
        ledger.line.blank = self.blank_rows

    def _add_ready_rows(self, ledger: _Ledger, unit: str) -> None:
        """One for each value that is due (``prepared_rows.py``)."""
        kind, number, name = ledger.kind, 0, self.session.unit_name(unit)
        parents = next((found for each, found in self._children if each is kind), [])
        open_ = frozenset(c.name for c in ledger.columns if may_fill(c, kind))
        for parent in parents if kind.periodic else ():
            where, values = self.scope.where(parent)
            book = self.session.book_of(parent.name)
            for record in book.each(parent.name, f"({where}) AND deleted = 0", values):
                title = self.session.title_of(record)
                for period in prepared_rows.owed(self.session, kind, parent, record, unit):
                    number += 1
                    slot = f"+{self.export_id}-{kind.name}-{number:03d}"
                    texts = prepared_rows.texts(ledger.columns, kind, title, period, name)
                    ledger.sheet.ready(slot, texts, open_)
                    self._hidden.slot(kind.name, slot, ReadyRow(parent=record.uid, texts=texts))
        ledger.line.blank = number

    def _finish(self, ledger: _Ledger) -> None:
        """Blank rows to fill in, and all that needs the number of rows."""
        kind, sheet, columns = ledger.kind, ledger.sheet, ledger.columns
        if sheet.count:
            sheet.sample()
        filled = sheet.row
        if self.scope.unit is not None and not ledger.child:
            sheet.open_in(unit_steps.open_states(self.session.kinds, kind))
        if ledger.child and self.scope.unit is not None:
            self._add_ready_rows(ledger, self.scope.unit)
            filled = sheet.row
        else:
            if ledger.above is not None:
                ledger.above.carry(self._hidden, kind)
            if ledger.child or ledger.above is not None:
                sheet.offer_parents(picked(ledger.above.offered if ledger.above else self._titles))
            self._add_blank_rows(ledger)
        freeze = next((at + 1 for at, c in enumerate(columns) if c.name == kind.title), 2)
        sheet.finish(freeze_at=freeze if freeze <= 5 else 2, filled=min(filled + 4, sheet.row - 1),
                     day=chinese_date(self.session.today))  # fmt: skip
        self.lines.append(ledger.line)

    def _hide(self, kind: Kind, records: Iterable[Record]) -> None:
        """Records that go along without a visible row; nothing where there are none."""
        fields = [f.name for f in kind.all_fields]
        texts = RowTexts(kind, (), self.session.names, None, fields)
        declared = False
        for part in _parts(records):
            if not declared:
                self._hidden.declare(kind)
                self._hidden.sheet(
                    kind, ExportedSheet(sheet="", columns=[], fields=fields, head_row=0)
                )
                declared = True
            part = [record for record in part if not self._left_out(record)]
            self._hide_rows(kind, part, texts.exported(part, False))

    # -- what goes along ---------------------------------------------------------------------------

    def _hide_rows(
        self, kind: Kind, records: Sequence[Record], rows: Sequence[ExportedRow]
    ) -> None:
        """Lines of the hidden sheet. What a record points to goes along: records, files, and what
        the people are called whose login names it keeps."""
        self._hidden.rows(kind.name, [record.uid for record in records], rows)
        self._dependencies.need(kind, records)
        files = [f.name for f in kind.all_fields if type_of(f).holds_files]
        for file in (f for r in records for name in files for f in r.values.get(name) or ()):
            self._files.setdefault(file.sha256, (file, kind.name))
        for record in records if any(type_of(f).names_user for f in kind.all_fields) else ():
            for office, called in people.mentioned(self.session, kind, record).items():
                self._people.setdefault(office, {}).update(called)

    def _attach(self) -> None:
        """The bytes of attachments, smallest first, up to the limit; what is left out is said."""
        left = ATTACHMENTS_LIMIT
        out = 0
        for file, book in sorted(self._files.values(), key=lambda each: each[0].size):
            if file.size > left:
                out += 1
                continue
            left -= file.size
            self._hidden.blob(file.sha256, self.session.attachment_bytes(book, file.sha256))
        if out:
            self.remarks.append(
                f"有 {out} 个附件没有放进工作簿（总量超过 {ATTACHMENTS_LIMIT // 1048576} MB），"
                f"请另行拷贝。"
            )


def _parts(records: Iterable[Record]) -> Iterator[list[Record]]:
    """As many at a time as are put into columns together."""
    each = iter(records)
    while part := list(islice(each, _STEP)):
        yield part


def _member(book: Workbook) -> str:
    """The part of the file that the sheet added last will be."""
    return f"xl/worksheets/sheet{len(book.worksheets())}.xml"


def _sheet_names(labels: Sequence[str]) -> list[str]:
    """Names that Excel takes: 31 characters, none of []:*?/\\, none twice."""
    out: list[str] = []
    for label in labels:
        name = "".join("－" if c in "[]:*?/\\'" else c for c in label)[:28].strip() or "台账"
        number, unique = 1, name
        while unique in out:
            number += 1
            unique = f"{name}{number}"
        out.append(unique)
    return out


def _done(cycle: Lifecycle | None) -> frozenset[str]:
    """The states in which nothing is left to do."""
    return frozenset(s.name for s in cycle.states if s.closed or s.void) if cycle else frozenset()


def new_workbook(made: Path, folder: Path) -> Workbook:
    """An XlsxWriter workbook whose rows are written in their order; ``folder`` takes what is half
    made. Texts stay texts."""
    import xlsxwriter  # late: it is not needed to take something in

    return xlsxwriter.Workbook(
        str(made),
        {
            "constant_memory": True, "tmpdir": str(folder), "strings_to_formulas": False,
            "strings_to_urls": False,
        },
    )
