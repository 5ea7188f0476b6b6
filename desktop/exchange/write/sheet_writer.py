"""Put the records of an export into the sheets of its workbook."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from db.errors import BadInput
from db.model.dates import chinese_date
from db.model.declarations import Kind, encode
from db.model.fieldtypes import Attachment, of, row_unit
from db.model.ids import new_uid
from db.model.records import Record
from db.model.sql import quoted
from db.session import Session
from db.units import people
from desktop.exchange.files.reader import Progress
from desktop.exchange.format import manifest, styles
from desktop.exchange.format.columns import NUMBER, PARENT, STATE, UID, Column, columns_of
from desktop.exchange.format.cover import Cover, Line
from desktop.exchange.format.manifest import Meta, SheetMeta
from desktop.exchange.format.row import RowTexts
from desktop.exchange.format.seal import seal
from desktop.exchange.write import dependencies
from desktop.exchange.write.pour import SAMPLE, Spool, pour
from desktop.exchange.write.tables import (
    FIRST_ROW,
    HEAD_ROW,
    HINT_OFFICE,
    HINT_UNIT,
    LedgerSheet,
    Lists,
)

#: Beyond this a sheet would come near Excel's 1,048,576 rows; units get their own workbooks long
#: before.
MAX_RECORDS = 900_000
#: Up to here records are put in order (open first, by deadline) and counted for the cover.
ORDERED = 20_000
_STEP = 500
#: Attachments beyond this many bytes in all stay out of a workbook, which would be too slow to
#: open.
ATTACHMENTS_LIMIT = 20 * 1024 * 1024


@dataclass(slots=True)
class Scope:
    """Which records go out: the kinds asked for, and for one unit only its rows."""

    session: Session
    unit: str | None

    def where(self, kind: Kind) -> tuple[str, list[Any]]:
        """SQL of the program's own, with its parameters."""
        if self.unit is None:
            return "1", []
        parts: list[str] = []
        values: list[Any] = []
        for name in (kind.unit, *kind.cooperating):
            if name is None:
                continue
            if of(kind.field(name)).one_unit:
                parts.append(f"{quoted(name)} = ?")
                values.append(self.unit)
            else:
                parts.append(f"instr({quoted(name)}, ?) > 0")
                values.append(f'"{self.unit}"')
        taken, states = self._taken(kind)
        if taken:
            parts.append(
                f"{quoted(str(kind.unit))} IN ({_marks(taken)}) AND state IN ({_marks(states)})"
            )
            values += [*taken, *states]
        return (" OR ".join(parts), values) if parts else ("1", [])

    def _taken(self, kind: Kind) -> tuple[list[str], list[str]]:
        """Units that this one took over, and the states in which their rows are still to be done:
        those are its own now, as in every list; what was done stays with whom it was."""
        cycle = self.session.kinds.lifecycle_of(kind)
        if self.unit is None or cycle is None or row_unit(kind) is None:
            return [], []
        taken = [unit for unit in self.session.taken_over(self.unit) if unit != self.unit]
        return taken, [state.name for state in cycle.states if not (state.closed or state.void)]

    def children(self, child: Kind, parents: Sequence[Kind]) -> tuple[str, list[Any]]:
        """Children of what goes out, of these parent kinds."""
        parts, values = [], []
        for parent in parents:
            where, more = self.where(parent)
            parts.append(f"parent IN (SELECT uid FROM {quoted(parent.name)} WHERE {where})")
            values += more
        return " OR ".join(parts), values


@dataclass(slots=True)
class _Ledger:
    kind: Kind
    child: bool
    columns: list[Column]
    sheet: LedgerSheet


class Writer:
    """One export, from the records of a session to a finished file."""

    def __init__(
        self,
        session: Session,
        kinds: Sequence[Kind],
        scope: Scope,
        blank_rows: int,
        progress: Progress,
    ) -> None:
        self.session, self.kinds, self.scope = session, kinds, scope
        self.blank_rows, self.progress = blank_rows, progress
        self.export_id = new_uid()
        self.count = 0
        self.lines: list[Line] = []
        self._written = 0
        self._digest = manifest.Digest()
        self._titles: dict[str, str] = {}
        self._people: dict[str, dict[str, str]] = {}
        self.remarks: list[str] = []
        #: uid → version text of what somebody has already been sent
        self.leave_out: dict[str, str] = {}
        self._waits: dict[str, list[manifest.WaitMeta]] = {}
        self._files: dict[str, tuple[Attachment, str]] = {}
        self._file_fields: dict[str, list[str]] = {}
        self._carry = dependencies.Dependencies(session, kinds[0].book)
        self._children = self._find_children()
        self._total = sum(self._count(k, *scope.where(k)) for k in kinds)
        if self._total > MAX_RECORDS:
            raise BadInput(f"共有 {self._total} 条，一个工作表放不下，请按单位分开导出。")

    def _find_children(self) -> list[tuple[Kind, list[Kind]]]:
        """Kinds that hang under what goes out, each with its parents; grandchildren are not left
        behind."""
        asked = {k.name for k in self.kinds}
        found: dict[str, list[Kind]] = {}
        for parent in self.kinds:
            for child in self.session.kinds.children_of(parent.name):
                if (
                    child.name not in asked
                    and self.session.opens(child.name)
                    and child.book == parent.book
                ):
                    found.setdefault(child.name, []).append(parent)
        return [(self.session.kinds.get(name), parents) for name, parents in found.items()]

    def _count(self, kind: Kind, where: str, values: Sequence[Any]) -> int:
        connection = self.session.book_of(kind.name).connection
        sql = f"SELECT count(*) FROM {quoted(kind.name)} WHERE ({where}) AND deleted = 0"
        return int(connection.execute(sql, values).fetchone()[0])

    def write(self, path: Path, folder: Path) -> None:
        """Write the file; ``folder`` takes XlsxWriter's temporary files."""
        import xlsxwriter

        made = folder / "made.xlsx"
        book = xlsxwriter.Workbook(
            str(made),
            {
                "constant_memory": True, "tmpdir": str(folder), "strings_to_formulas": False,
                "strings_to_urls": False,
            },
        )
        office = self.session.office_name
        unit = self.session.unit_name(self.scope.unit) if self.scope.unit else ""
        book.set_properties({
            "title": f"{office} 争先台账", "author": office,
            "comments": f"zhengxian {self.export_id}",
        })
        book.set_custom_property("zhengxian_export", self.export_id)
        formats = styles.formats(book)
        cover = Cover(book, formats)
        lists = Lists(book)
        hidden = book.add_worksheet(manifest.SHEET)
        hidden.very_hidden()
        hidden.write_string(0, 0, SAMPLE)
        self._hidden = Spool(folder / "hidden.rows")
        spools = {_member(book): self._hidden}
        self._waits = dependencies.waiting_values(self.session, self.kinds[0].book)
        for uid in self._waits:
            self.leave_out.pop(uid, None)
        ledgers = self._ledgers(book, formats, lists, office, unit, folder, spools)
        self._head(office, unit)
        for ledger in ledgers:
            where = self._where_of(ledger)
            self._fill(ledger, *where)
        visible = {ledger.kind.name for ledger in ledgers}
        for child, parents in self._children:
            if child.name not in visible:
                self._hide(child, *self.scope.children(child, parents))
        for kind, records in self._carry.records():
            self._declare(kind)
            self._hide_records(kind, records)
        self._attach()
        if self._people:
            self._line(*manifest.line_of("people", value=self._people))
        self._hidden.add(
            ["end", str(self._written), seal(self.session, self._digest.value())]
        )
        for number, ledger in enumerate(ledgers, 1):
            suffix = "" if number == 1 else f"_{number}"
            book.define_name(f"{manifest.RANGE_NAME}{suffix}", f"='{ledger.sheet.name}'!$A$1")
        lists.write()
        cover.write(office=office, unit=unit, export_id=self.export_id, at=self.session.today.isoformat(),
                    audit=self.session.office.audit_head, lines=self.lines)  # fmt: skip
        if ledgers:
            ledgers[0].sheet.activate()
        book.close()
        pour(made, path, spools)
        for spool in spools.values():
            spool.close()

    def _where_of(self, ledger: _Ledger) -> tuple[str, list[Any]]:
        if not ledger.child:
            return self.scope.where(ledger.kind)
        parents = next(p for c, p in self._children if c.name == ledger.kind.name)
        return self.scope.children(ledger.kind, parents)

    def _ledgers(
        self, book: Any, formats: styles.Formats, lists: Lists, office: str, unit: str, folder: Path,
        spools: dict[str, Spool],
    ) -> list[_Ledger]:  # fmt: skip
        shown = [(kind, False) for kind in self.kinds]
        shown += [
            (c, True)
            for c, parents in self._children
            if self._count(c, *self.scope.children(c, parents))
        ]
        units = [u.name for u in self.session.names.units().values() if u.active]
        out = []
        for (kind, child), name in zip(
            shown, _sheet_names([k.label for k, _ in shown]), strict=True
        ):
            for_unit = self.scope.unit is not None
            columns = columns_of(
                kind,
                for_unit=for_unit,
                has_states=kind.lifecycle is not None,
                child=child,
                blank=self._blank(kind, child),
            )
            if child and for_unit:
                columns = [dataclasses.replace(c, locked=True) for c in columns]
            spool = Spool(folder / f"{kind.name}.rows")
            sheet = LedgerSheet(
                book, name, kind, columns, formats, lists, spool=spool, export_id=self.export_id,
                title=f"{unit or office}　{kind.label}", hint_text=HINT_UNIT if for_unit else HINT_OFFICE, units=units,
            )  # fmt: skip
            spools[_member(book)] = spool
            out.append(_Ledger(kind, child, columns, sheet))
        return out

    def _blank(self, kind: Kind, child: bool) -> frozenset[str]:
        """Fields of a sheet that no record fills in."""
        where, values = self.scope.where(kind) if not child else self.scope.children(
            kind, next(parents for each, parents in self._children if each.name == kind.name)
        )  # fmt: skip
        names = [field.name for field in kind.shown("sheet")]
        if not names:
            return frozenset()
        counts = ", ".join(f"max({quoted(name)} IS NOT NULL)" for name in names)
        sql = f"SELECT {counts} FROM {quoted(kind.name)} WHERE ({where}) AND deleted = 0"
        found = self.session.book_of(kind.name).connection.execute(sql, values).fetchone()
        return frozenset(name for name, filled in zip(names, found, strict=True) if not filled)

    # -- the hidden sheet --------------------------------------------------------------------------

    def _line(self, *cells: str) -> None:
        self._hidden.add(list(cells))
        self._digest.add(cells)
        self._written += 1

    def _head(self, office: str, unit: str) -> None:
        session = self.session
        sites = {
            book.name: {
                str(number): name
                for number, name in book.connection.execute("SELECT id, name FROM sites")
            }
            for book in session.books
        }
        facts = Meta(
            export_id=self.export_id, office_id=session.office_id, office=office, level=session.level,
            site=session.office.reached[0], at=session.today.isoformat(), by=session.user.display,
            unit=self.scope.unit, unit_name=unit, kinds=[k.name for k in self.kinds], sites=sites,
            audit=session.office.audit_head, blank_rows=self.blank_rows,
            offices={book.name: {str(o.number): (o.uid, o.name, o.unit or "") for o in book.offices.every()}
                     for book in session.books},
            site_offices={book.name: {str(book.site_number(site)): str(number) for site, number in book.offices.sites().items()}
                          for book in session.books},
        )  # fmt: skip
        self._line(*manifest.line_of("zx", value=facts))

    def _declare(self, kind: Kind) -> None:
        bare = msgspec.structs.replace(kind, lifecycle_fields=(), lifecycle_rules=())
        self._line("kind", kind.name, *manifest.cells_of(msgspec.Raw(encode(bare).encode())))
        cycle = self.session.kinds.lifecycle_of(kind)
        if cycle is not None and kind.source == "office":
            self._line("cycle", cycle.name, *manifest.cells_of(msgspec.Raw(encode(cycle).encode())))

    def _row(self, kind: str, uid: str, row: manifest.RowMeta) -> None:
        self._line("row", kind, uid, *manifest.cells_of(row))
        for each in self._waits.get(uid, ()):
            self._line("wait", kind, uid, *manifest.cells_of(each))

    # -- records -----------------------------------------------------------------------------------

    def _records(self, kind: Kind, where: str, values: Sequence[Any]) -> Iterator[Record]:
        book = self.session.book_of(kind.name)
        if self._total > ORDERED:
            yield from book.each(kind.name, f"({where})", values)
            return
        cycle = self.session.kinds.lifecycle_of(kind)
        done = {s.name for s in cycle.states if s.closed or s.void} if cycle else set()
        deadline = kind.lights.deadline if kind.lights else None

        def place(record: Record) -> tuple[bool, str, int]:
            due = record.values.get(deadline) if deadline else None
            return record.state in done, due.isoformat() if due else "9999", record.id

        yield from sorted(book.each(kind.name, f"({where})", values), key=place)

    def _fill(self, ledger: _Ledger, where: str, values: Sequence[Any]) -> None:
        kind, sheet, columns = ledger.kind, ledger.sheet, ledger.columns
        session = self.session
        cycle = session.kinds.lifecycle_of(kind)
        fields = [f.name for f in kind.all_fields]
        texts = RowTexts(kind, columns, session.names, cycle, fields)
        self._declare(kind)
        self._line(*manifest.line_of("sheet", kind.name, value=SheetMeta(
            sheet=sheet.name, columns=[(c.name, c.heading, c.locked) for c in columns], fields=fields,
            head_row=HEAD_ROW + 1,
        )))  # fmt: skip
        parent_at = next((at for at, c in enumerate(columns) if c.name == PARENT), None)
        line = Line(kind.label, sheet.name)
        done = {s.name for s in cycle.states if s.closed or s.void} if cycle else set()
        has_children = not ledger.child and any(kind in parents for _, parents in self._children)
        for record in self._records(kind, where, values):
            if self.leave_out.get(record.uid) == record.versions:
                if has_children:
                    self._titles[record.uid] = session.title_of(record)
                continue
            shown = not record.deleted
            row = texts.meta(record, shown)
            self._row(kind.name, record.uid, row)
            self._follow(kind, record)
            if not shown:
                continue
            cells = texts.texts(row)
            if parent_at is not None and record.parent:
                cells[parent_at] = self._titles.get(record.parent, "")
            if has_children:
                self._titles[record.uid] = session.title_of(record)
            sheet.write(record.uid, cells)
            self.count += 1
            line.rows += 1
            line.open += bool(cycle) and record.state not in done
            if self._total <= ORDERED and kind.lights is not None:
                light = session.light(record)
                line.soon += light == kind.lights.soon
                line.overdue += light == kind.lights.overdue
            if self.count % _STEP == 0:
                self.progress(self.count, self._total, f"正在导出「{kind.label}」")
        if sheet.count:
            sheet.sample()
        filled = sheet.row
        if not ledger.child:
            closed = frozenset(
                {NUMBER, STATE, UID}
                | {
                    c.name
                    for c in columns
                    if c.field and (c.field.computed or of(c.field).holds_files)
                }
            )
            for number in range(1, self.blank_rows + 1):
                sheet.blank(f"+{self.export_id}-{kind.name}-{number:03d}", closed)
            line.blank = self.blank_rows
        freeze = next((at + 1 for at, c in enumerate(columns) if c.name == kind.title), 2)
        sheet.finish(freeze_at=freeze if freeze <= 5 else 2, filled=min(filled + 4, sheet.row - 1),
                     day=chinese_date(session.today))  # fmt: skip
        self.lines.append(line)

    def _attach(self) -> None:
        """The bytes of attachments, smallest first, up to the limit; what is left out is said."""
        left = ATTACHMENTS_LIMIT
        out = 0
        for file, book in sorted(self._files.values(), key=lambda each: each[0].size):
            if file.size > left:
                out += 1
                continue
            left -= file.size
            self._line(
                "blob", file.sha256,
                *manifest.blob_cells(self.session.attachment_bytes(book, file.sha256)),
            )
        if out:
            self.remarks.append(
                f"有 {out} 个附件没有放进工作簿（总量超过 {ATTACHMENTS_LIMIT // 1048576} MB），"
                f"请另行拷贝。"
            )

    def _follow(self, kind: Kind, record: Record) -> None:
        """What a record points to goes along: records, files, and what the people are called whose
        login names it keeps."""
        self._carry.need(kind, record)
        self._need_files(kind, record)
        for office, called in people.mentioned(self.session, kind, record).items():
            self._people.setdefault(office, {}).update(called)

    def _need_files(self, kind: Kind, record: Record) -> None:
        for name in self._file_fields.setdefault(
            kind.name, [f.name for f in kind.all_fields if of(f).holds_files]
        ):
            for file in record.values.get(name) or ():
                self._files.setdefault(file.sha256, (file, kind.name))

    def _hide(self, kind: Kind, where: str, values: Sequence[Any]) -> None:
        records = self.session.book_of(kind.name).each(kind.name, f"({where})", values)
        first = next(records, None)
        if first is not None:
            self._declare(kind)
            self._hide_records(kind, [first])
            self._hide_records(kind, records, declared=True)

    def _hide_records(self, kind: Kind, records: Any, *, declared: bool = False) -> None:
        fields = [f.name for f in kind.all_fields]
        if not declared:
            self._line(
                *manifest.line_of(
                    "sheet", kind.name,
                    value=SheetMeta(sheet="", columns=[], fields=fields, head_row=0),
                )
            )
        texts = RowTexts(kind, (), self.session.names, None, fields)
        for record in records:
            if self.leave_out.get(record.uid) == record.versions:
                continue
            self._row(kind.name, record.uid, texts.meta(record, False))
            self._follow(kind, record)


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _member(book: Any) -> str:
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


__all__ = ["FIRST_ROW", "Scope", "Writer"]
