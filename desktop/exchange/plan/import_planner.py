"""Make the plan of an import: read the file, find out which record each row is, hold it against the
book. Writes nothing."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from db.access import roles
from db.model.attached_files import is_program, shown
from db.model.dates import parse_date
from db.model.declarations import Kind
from db.model.fieldtypes import Attachment, type_of
from db.model.ids import is_uid
from db.model.kinds import Kinds
from db.session import Session
from db.units.names import UNIT_KIND
from desktop.exchange.errors import Refused
from desktop.exchange.files.read_ahead import Opening, taken
from desktop.exchange.files.reader import Batch, End, Progress, Sheet
from desktop.exchange.format import exchange_tables, unit_steps
from desktop.exchange.format.columns import Column, Header
from desktop.exchange.format.cover import FILLED_BY
from desktop.exchange.format.cover import NAME as COVER
from desktop.exchange.format.incoming import Incoming
from desktop.exchange.format.manifest import LISTS, Hidden
from desktop.exchange.plan import (
    deduplicate,
    forwarded_conflicts,
    left_over,
    parents,
    provenance,
)
from desktop.exchange.plan.accidents import (
    column_scale,
    moved_columns,
    new_rows,
    replaced_texts,
    reused_rows,
    shifted_cells,
)
from desktop.exchange.plan.import_plan import Accident, CellPlan, Ignored, Plan
from desktop.exchange.plan.incoming_figures import read_figures
from desktop.exchange.plan.incoming_kinds import read_kinds
from desktop.exchange.plan.kind_state import KindState
from desktop.exchange.plan.left_over import StrangeSheet
from desktop.exchange.plan.merge_planner import MergePlanner
from desktop.exchange.plan.parsed_row import DEFERRED, ParsedRow, Place
from desktop.exchange.plan.progress_reports import CellReports
from desktop.exchange.plan.requested_steps import RequestedSteps
from desktop.exchange.plan.row_parser import Layout, SheetReader
from desktop.exchange.plan.sheet_identity import has_ids, kind_of_sheet
from desktop.exchange.plan.write_authority import WriteAuthority

_CHUNK = 2_000


def plan_import(session: Session, file: Path, opening: Opening) -> Plan:
    """Read a workbook that the program made and say what taking it in would do."""
    session.require("import")
    with taken(file, opening) as found:
        importing = ImportPlanner(session, file, opening.progress)
        plan = importing.plan
        plan.sha256 = found.sha256
        plan.earlier_import = exchange_tables.earlier_import(session, plan.sha256)
        with Incoming(found, opening) as incoming:
            for batch in importing.identified(incoming, found.local):
                importing.read(batch)
            importing.account(incoming.facts)
        importing.finish()
        plan.data = found.data
    for authority in list(plan.authorities.values())[:1]:
        plan.claims = tuple(authority.offices.claims())
        plan.remarks += authority.offices.remarks()
    plan.rows.sort(key=lambda r: (not r.sheet, r.sheet, r.row))
    for row in plan.rows:
        row.title = row.title or "（未命名）"
    return plan


def _warn_hidden(parsed: ParsedRow) -> None:
    """What was typed into a sheet that was hidden afterwards may be meant, or not."""
    message = (
        f"第 {parsed.row} 行填在被隐藏的工作表「{parsed.sheet}」里，没有读入。要用的，请取消隐藏"
        "或采用。"
    )
    steps = [f"{unit_steps.MARK}{action}" for action in parsed.steps or ()]
    for name in ("",) if parsed.base is None else (*parsed.typed, *steps):
        parsed.warn(name, "hidden_sheet", message)


class ImportPlanner:
    """One file being looked at."""

    def __init__(self, session: Session, file: Path, progress: Progress) -> None:
        self.session, self.file, self.progress = session, file, progress
        self.kinds: Kinds = session.kinds
        self.plan = Plan(file, "", None, "")
        self.hidden = Hidden()
        #: what the cover says of who filled it in
        self.filler: dict[str, str] = {}
        self.done = 0
        self._planners: dict[str, MergePlanner] = {}
        self._not_writable: set[str] = set()
        self._sheet: Sheet | None = None
        self._reader: SheetReader | None = None
        self._readers: dict[str, SheetReader] = {}
        self._every_reader: list[SheetReader] = []
        self._strange: dict[str, StrangeSheet] = {}
        #: sheets of ledgers that this person may not write, with their filled cells
        self._not_read: dict[str, int] = defaultdict(int)
        #: by kind: rows that say something, and that do not
        self._touched: dict[str, list[ParsedRow]] = defaultdict(list)
        self._untouched: dict[str, list[ParsedRow]] = defaultdict(list)
        #: by kind and uid: the row where it stands first, and those where it stands again
        self._first_row: dict[str, dict[str, Place]] = defaultdict(dict)
        self._copies: dict[str, dict[str, list[Place]]] = defaultdict(lambda: defaultdict(list))
        #: by kind: titles of rows that are new in this file, with their ids
        self._fresh: dict[str, dict[str, str]] = {}

    # -- what the workbook is ----------------------------------------------------------------------

    def identified(self, incoming: Incoming, path: Path) -> Iterator[Batch]:
        """The batches of the sheets. The hidden sheet comes first, so they are looked at as they
        come; without it they are kept back until the export is known by other marks."""
        waiting: list[Batch | End] = []
        known = False
        for item in incoming.batches():
            waiting.append(item)
            if not known and incoming.hidden is not None and incoming.hidden.manifest is not None:
                self.hidden = incoming.hidden
                self._identify(path, "")
                known = True
            elif not known and isinstance(item, End):
                with contextlib.suppress(Refused):
                    self._identify(path, self._export_id(waiting))
                    known = True
            if known:
                yield from (each for each in waiting if isinstance(each, Batch))
                waiting = []
        if not known:
            raise Refused("not-ours")

    def _identify(self, path: Path, export_id: str) -> None:
        """The hidden sheet, or when it is gone the copy kept under the export's id."""
        hidden, plan = self.hidden, self.plan
        if hidden.manifest is None:
            kept = provenance.kept_copy(self.session, export_id, path) if export_id else None
            if kept is None:
                raise Refused("not-ours")
            hidden = kept
            plan.remarks.append("工作簿里的隐藏表不见了，已用发出时留存的副本对照。")
        elif not hidden.complete:
            raise Refused("broken-xml", "隐藏工作表不完整")
        else:
            hidden, remarks = provenance.checked(self.session, hidden, path, plan.sha256)
            plan.remarks += remarks
        manifest, self.hidden = hidden.manifest, hidden
        assert manifest is not None
        plan.kept = {provenance.DIGEST: hidden.digest.hex()}
        plan.manifest, plan.sender = manifest, manifest.unit_name or manifest.office
        self._require_rights(manifest.kinds)
        incoming = read_kinds(self.session, hidden)
        self.kinds, plan.new_kinds = incoming.kinds, incoming.made
        plan.remarks += incoming.remarks
        self._not_writable |= incoming.conflicting
        plan.new_figures, figure_remarks = read_figures(self.session, hidden.figures, self.kinds)
        plan.remarks += figure_remarks
        elsewhere = manifest.office_id != self.session.office_id
        if manifest.unit and elsewhere and self.session.own_unit is None:
            plan.remarks.append(
                f"这是发给“{manifest.unit_name}”的工作簿。要在本台账里填报进展、申请销号，"
                "请管理员先在“设置”页的“本单位设置”里选定本单位。"
            )
        plan.blobs = hidden.blob_bytes()

    def _require_rights(self, kinds: list[str]) -> None:
        """A workbook of a book this person has no key for is not looked into at all."""
        known = [name for name in kinds if name in self.session.kinds]
        for name in known:
            self.session.book_of(name)
        if known and not any(self.session.may_write(name) for name in known):
            roles.check_write(self.session.role, self.session.kinds.get(known[0]))

    def _export_id(self, items: list[Batch | End]) -> str:
        """From the corner cell, from slot ids, from the file's name."""
        first: dict[str, list[list[str]]] = {}
        for item in items:
            if isinstance(item, Batch):
                first.setdefault(item.sheet.name, item.rows)
        for rows in first.values():
            corner = rows[0][0].strip() if rows and rows[0] else ""
            if is_uid(corner):
                return corner
            for row in rows:
                if row and row[0].startswith("+") and is_uid(row[0][1:21]):
                    return row[0][1:21]
        parts = self.file.stem.replace("_", "-").split("-")
        return next((part for part in parts if is_uid(part)), "")

    # -- who plans a kind --------------------------------------------------------------------------

    def _kind(self, name: str) -> Kind | None:
        """The kind as it will be once the plan is accepted."""
        return self.kinds.get(name) if name in self.kinds else None

    def planner_for(self, kind: Kind | None) -> MergePlanner | None:
        """Who plans a kind; None, and a remark once, when this person may not write it."""
        if kind is None or kind.name in self._not_writable:
            return None
        found = self._planners.get(kind.name)
        if found is None:
            new = kind.name not in self.session.kinds
            if not new and not self.session.may_write(kind.name) and kind.name != UNIT_KIND:
                self._not_writable.add(kind.name)
                self._add_refused_kind(kind)
                return None
            book = self.session.office if new else self.session.book_of(kind.name)
            authority = self.plan.authorities.get(book.name)
            if authority is None:
                authority = self.plan.authorities[book.name] = WriteAuthority(
                    self.session, self.kinds, book, self.hidden
                )
            state = KindState(self.session, self.kinds, kind, self.hidden, authority)
            found = self._planners[kind.name] = MergePlanner(state, self._reports(kind, authority))
        return found

    def _reports(self, kind: Kind, authority: WriteAuthority) -> CellReports | None:
        """What makes reports of the progress that a unit types."""
        manifest, filled = self.plan.manifest, self._filled_by()
        if manifest is None or filled is None:
            return None
        by, on = filled
        return CellReports(self.kinds, kind, manifest.export_id, by=by, on=on, tag=authority.tag)

    def _filled_by(self) -> tuple[str, dt.date] | None:
        """Who filled a unit's workbook in and when, as its cover says; a day in the future is none.
        None for one that was not made for a unit."""
        manifest = self.plan.manifest
        if manifest is None or manifest.unit is None:
            return None
        by = self.filler.get(FILLED_BY[1]) or manifest.unit_name
        day, today = parse_date(self.filler.get(FILLED_BY[3], "")), self.session.today
        return by, day if day is not None and day <= today else today

    def _add_refused_kind(self, kind: Kind) -> None:
        uid = next(iter(self.hidden.rows.get(kind.name, ())), "")
        row = self.hidden.row(kind.name, uid)
        asked = self.plan.manifest.kinds if self.plan.manifest else []
        if kind.name in asked or (row is not None and row.shown):
            message = f"您的角色不能修改「{kind.label}」，这张表没有读入，请由有权限的人导入。"
            self.plan.problems.append(CellPlan("refused", "", kind.label, "", message))

    # -- sheets ------------------------------------------------------------------------------------

    def read(self, batch: Batch) -> None:
        """Take in consecutive rows of a sheet."""
        sheet = batch.sheet
        if sheet is not self._sheet:
            self._sheet = sheet
            self._reader = self._reader_for(batch) if sheet.name != LISTS else None
        if sheet.name == LISTS:
            return
        filled = sum(len(row) - row.count("") for row in batch.rows)
        self.plan.filled += filled
        if self._reader is not None:
            for parsed in self._reader.read(batch):
                if not sheet.visible:
                    _warn_hidden(parsed)
                self._take(parsed)
            self.done += len(batch.rows)
            self.progress(self.done, 0, f"正在读工作表「{sheet.name}」")
        elif sheet.name in self._strange:
            self._strange[sheet.name].take(batch.first_row, sheet.column, batch.rows)
        elif sheet.name == COVER:
            self.plan.same += filled
        else:
            self._not_read[sheet.name] += filled

    def _reader_for(self, batch: Batch) -> SheetReader | None:
        """How a visible sheet is to be read, or None when it is none of ours."""
        sheet, rows = batch.sheet, batch.rows
        if sheet.name == COVER:
            self._read_cover(rows)
            return None
        columns = self._columns()
        found = kind_of_sheet(sheet.name, rows, self.hidden, columns)
        if found is None:
            self._strange[sheet.name] = StrangeSheet(sheet.name, not sheet.visible)
            return None
        kind, header = self.kinds.get(found[0]), found[1]
        if self.planner_for(kind) is None:
            return None
        if header.moved and kind.name in self._readers:
            header = self._readers[kind.name].header.beside(header)
        self._remark_columns(sheet, header, columns[kind.name])
        layout = Layout(kind, columns[kind.name], header)
        filler, names = self.filler.get(FILLED_BY[0], ""), self.session.names
        reader = SheetReader(sheet, layout, self.hidden, self.kinds, names, filler)
        if not has_ids(rows, header, self.hidden.rows.get(kind.name, {})):
            reader.lose_ids()
        self._readers[kind.name] = reader
        self._every_reader.append(reader)
        return reader

    def _read_cover(self, rows: list[list[str]]) -> None:
        for row in rows:
            cells = [c.strip() for c in row]
            for at, text in enumerate(cells):
                value = next((c for c in cells[at + 1 :] if c), "")
                if text in FILLED_BY and value:
                    self.filler[text] = value

    def _columns(self) -> dict[str, list[Column]]:
        """The columns of each visible sheet as exported."""
        out: dict[str, list[Column]] = {}
        for name, sheet in self.hidden.sheets.items():
            kind = self._kind(name)
            if kind is None or not sheet.columns:
                continue
            out[name] = [
                Column(n, heading, kind.field(n) if kind.has(n) else None, locked, 0.0)
                for n, heading, locked in sheet.columns
            ]
        return out

    def _remark_columns(self, sheet: Sheet, header: Header, columns: list[Column]) -> None:
        missing = [
            c.heading for c in columns if c.field and not c.locked and c.name in header.missing
        ]
        if missing:
            self.plan.remarks.append(
                f"工作表「{sheet.name}」少了列：{'、'.join(missing)}；这些内容按没有改动处理。"
            )
        if header.extra:
            extra = "、".join(header.extra.values())
            self.plan.remarks.append(f"工作表「{sheet.name}」里多出的列没有读入：{extra[:200]}。")

    def account(self, facts: Mapping[str, object]) -> None:
        """What was left in the file beside its tables, and which of its sheets are not there any
        more."""
        plan = self.plan
        for strange in self._strange.values():
            if strange.count:
                plan.ignored.append(strange.as_ignored())
                plan.remarks.append(f"工作表「{strange.name}」不是本程序发出的，没有读入。")
        for name, count in self._not_read.items():
            why = f"您的角色不能修改这张表的台账，没有读入（{count} 格）。"
            plan.ignored.append(Ignored(name, "A1", "", why, count))
        for reader in self._every_reader:
            plan.same += reader.same
            plan.filled += reader.unseen
            plan.ignored += left_over.outside(reader)
            if reader.lost is not None:
                plan.remarks.insert(0, reader.lost.summary(reader.sheet.name))
            for label, read in reader.readings.items():
                plan.remarks.append(
                    f"工作表「{reader.sheet.name}」「{label}」有 {len(read)} 格不是规定的写法，"
                    f"已按通常的意思读，请核对：{'；'.join(read[:5])}{'等' if read[5:] else ''}。"
                )
        plan.ignored += left_over.marks(facts, [each.sheet.name for each in self._every_reader])
        self._remark_several()
        for name, sent in self.hidden.sheets.items():
            kind = self._kind(name)
            gone = sent.columns and kind is not None and name not in self._readers
            if gone and self.planner_for(kind) is not None:
                message = (
                    f"工作表「{sent.sheet}」不见了（删了，或标题行无法识别），里面的内容没有读入。"
                    "没有要改的可以不管；有的请在原文件上补回这张表。"
                )
                plan.accidents.append(Accident("missing_sheet", sent.sheet, (), "", "", message))

    def _remark_several(self) -> None:
        """Sheets of one ledger beside each other: rows that were moved into a sheet of their own,
        or a copy that was kept."""
        sheets: dict[str, list[str]] = defaultdict(list)
        for reader in self._every_reader:
            sheets[reader.kind.name].append(reader.sheet.name)
        for kind, names in sheets.items():
            twice = any(
                place[0] != self._first_row[kind][uid][0]
                for uid, places in self._copies[kind].items() for place in places
            )
            if len(names) > 1:
                said = "和".join(f"「{name}」" for name in (*names[1:], names[0]))
                self.plan.remarks.append(f"工作表{said}是同一本台账的，都读了" + (
                    "；同一条事项在两张上不一样的不会采用，请把多出来的一张删去再导入。" if twice
                    else "。"
                ))

    # -- rows --------------------------------------------------------------------------------------

    def _take(self, parsed: ParsedRow) -> None:
        """Collect; rows of one id are looked at side by side at the end."""
        kind = parsed.kind
        seen = self._first_row[kind]
        if parsed.uid in seen:
            self._copies[kind][parsed.uid].append(parsed.place)
            self._defer(parsed)
            return
        seen[parsed.uid] = parsed.place
        if parsed.says_something or parsed.base is None:
            self._defer(parsed)
        else:
            self._untouched[kind].append(parsed)
            if len(self._untouched[kind]) >= _CHUNK:
                self._plan_rows(kind, self._untouched.pop(kind))

    def _defer(self, parsed: ParsedRow) -> None:
        """Until all rows are known; as little of it as will do, there may be 100,000."""
        if parsed.base is not None:
            parsed.base = DEFERRED
        self._touched[parsed.kind].append(parsed)

    def _plan_rows(self, kind: str, parsed_rows: list[ParsedRow]) -> None:
        """Takes them out of the list as it goes, so that plans and rows are not there both."""
        planner = self.planner_for(self._kind(kind))
        if planner is None:
            return
        while parsed_rows:
            part = parsed_rows[:_CHUNK]
            del parsed_rows[:_CHUNK]
            for parsed in part:
                if parsed.base is DEFERRED:
                    parsed.base = self._readers[kind].base(parsed.uid)
            plans, unchanged = planner.plan(part)
            self.plan.rows += plans
            self.plan.unchanged += unchanged

    def finish(self) -> None:
        """Plan what was kept back, then the records that came along without a visible row, then the
        values that wait for another office."""
        for kind in list(self._untouched):
            self._plan_rows(kind, self._untouched.pop(kind))
        self._fresh = {
            kind: {row.title: row.uid for row in rows if row.base is None and row.title}
            for kind, rows in self._touched.items()
        }
        for kind in list(self._touched):
            self._plan_touched(kind, self._touched.pop(kind))
        for kind in self.hidden.rows:
            self._plan_hidden(kind)
        for kind, uid, wait in self.hidden.waits:
            planner = self.planner_for(self._kind(kind))
            if planner is not None and (not planner.state.known or self.session.may_write(kind)):
                self.plan.rows += forwarded_conflicts.planned(planner, uid, wait, self.plan.rows)
        self.plan.same += sum(planner.known_cells for planner in self._planners.values())
        self._remark_settled()
        self._remark_missing_files()
        self._remark_programs()

    def _plan_touched(self, kind: str, parsed_rows: list[ParsedRow]) -> None:
        """The way of the rows of one kind that a person typed into: what looks like an accident is
        taken out, then each is held against the book (``MergePlanner``)."""
        planner = self.planner_for(self._kind(kind))
        if planner is None:
            return
        hidden, declared = self.hidden, planner.state.kind
        rows = deduplicate.without_displaced_rows(hidden, declared, parsed_rows)
        rows = shifted_cells.without_shifted_cells(hidden, declared, rows)
        if copies := self._copies.get(kind):
            written = sum(parsed.written for parsed in rows)
            rows = deduplicate.without_copies(
                hidden, declared, rows, self._first_row[kind], copies
            )
            self.plan.same += written - sum(parsed.written for parsed in rows)
        moved_columns.look_at_columns(hidden, declared, rows, self._first_row[kind])
        replaced_texts.look_at_replaced(declared, rows)
        column_scale.look_at_scale(hidden, declared, rows)
        parents.find_parents(planner.state, rows, self._fresh)
        new_rows.look_at_new_rows(planner.state, rows)
        for each in self._every_reader:
            if each.lost is not None:
                each.lost.hold(row for row in rows if row.sheet == each.sheet.name)
        reused_rows.look_at_reused_rows(planner.state, rows)
        steps, reader = self._steps(planner), self._readers.get(kind)
        asked = steps.look_at(rows, reader.base) if steps is not None and reader else []
        self._plan_rows(kind, rows)
        if steps is not None:
            self.plan.rows += steps.plans(asked, self.planner_for)

    def _steps(self, planner: MergePlanner) -> RequestedSteps | None:
        """What a unit does in a workbook that was made for it."""
        filled = self._filled_by()
        return None if filled is None else RequestedSteps(planner, by=filled[0], on=filled[1])

    def _plan_hidden(self, kind: str) -> None:
        """Records that came along without a visible row."""
        rows = [
            ParsedRow(kind, uid, base=row, origin="hidden")
            for uid, row in self.hidden.hidden_only(kind, self._first_row[kind])
        ]
        planner = self.planner_for(self._kind(kind)) if rows else None
        if planner is None:
            return
        plans, _ = planner.plan(rows)
        if not self.session.may_write(kind):
            # so that references have something to point to
            plans = [p for p in plans if p.status == "added"]
        self.plan.rows += plans

    def _remark_settled(self) -> None:
        """What was done on both sides and needs no question, since the steps say what stands."""
        for planner in self._planners.values():
            if planner.settled_rows:
                fields = "、".join(f"「{planner.state.label(name)}」" for name in planner.settled)
                self.plan.remarks.append(
                    f"「{planner.state.kind.label}」有 {planner.settled_rows} 条两边都办理过："
                    f"两边的步骤合在一起，{fields}按办理先后定，不用裁定，另一边的留在办理步骤里。"
                )

    def _remark_missing_files(self) -> None:
        """Attachments that rows speak of but that neither came along nor are here."""
        blobs = self.plan.blobs
        missing = {
            shown(file.name) for kind, file in self._files()
            if file.sha256 not in blobs and not self._has_file(kind, file.sha256)
        }
        if missing:
            some = "、".join(sorted(missing)[:5])
            self.plan.remarks.append(
                f"有 {len(missing)} 个附件没有随工作簿传来（{some}），请向发出单位另要。"
            )

    def _remark_programs(self) -> None:
        """Attachments that are programs, by name or by what is in them."""
        blobs = self.plan.blobs
        programs = sorted({
            shown(file.name) for _, file in self._files()
            if file.sha256 in blobs and is_program(file.name, blobs[file.sha256][:16])
        })
        if programs:
            self.plan.remarks.append(
                f"工作簿带来的附件里有 {len(programs)} 个是程序（{'、'.join(programs[:5])}）。"
                f"它们不会在这里打开；不明来历的不要另存、不要运行，请向发出单位核实。"
            )

    def _files(self) -> Iterator[tuple[Kind, Attachment]]:
        """The attachments of the rows that arrive."""
        holding: dict[str, tuple[Kind, list[str]]] = {}
        for name in {row.kind for row in self.plan.rows}:
            kind = self._kind(name)
            fields = [f.name for f in kind.all_fields if type_of(f).holds_files] if kind else []
            if kind is not None and fields:
                holding[name] = kind, fields
        for row in self.plan.rows if holding else ():
            if row.theirs is not None and row.kind in holding:
                kind, fields = holding[row.kind]
                for each in fields:
                    for file in row.theirs.values.get(each) or ():
                        yield kind, file

    def _has_file(self, kind: Kind, sha256: str) -> bool:
        if kind.name not in self.session.kinds:
            return False
        connection = self.session.book_of(kind.name).connection
        return (
            connection.execute("SELECT 1 FROM blobs WHERE sha256 = ?", (sha256,)).fetchone()
            is not None
        )
