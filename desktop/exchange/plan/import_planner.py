"""Make the plan of an import: read the file, find out which record each row is, hold it against the
book. Writes nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from db.access import roles
from db.access.unit_claims import Claim
from db.errors import BadInput, DeclarationError
from db.model import builtin, declarations
from db.model.dates import parse_date
from db.model.declarations import Kind
from db.model.fieldtypes import TYPES, of
from db.model.ids import is_uid
from db.model.kinds import Kinds
from db.session import Session
from db.units.names import UNIT_KIND
from desktop.exchange.errors import Refused
from desktop.exchange.files.reader import Batch, End, Limits, Progress, Sheet
from desktop.exchange.files.removable_media import taken
from desktop.exchange.format import exchange_tables
from desktop.exchange.format.columns import UID, Column
from desktop.exchange.format.cover import FILLED_BY
from desktop.exchange.format.cover import NAME as COVER
from desktop.exchange.format.incoming import Incoming
from desktop.exchange.format.manifest import SHEET, Hidden
from desktop.exchange.plan import deduplicate, forwarded_conflicts, provenance, shifted_cells
from desktop.exchange.plan.import_plan import CellPlan, Plan, RowPlan
from desktop.exchange.plan.merge_planner import Judge
from desktop.exchange.plan.progress_reports import CellReports
from desktop.exchange.plan.row_parser import HELD, Arrival, SheetReader, is_blank, kind_of_sheet
from desktop.exchange.plan.write_authority import Owners

_CHUNK = 2_000


class Examination:
    """One file being looked at."""

    def __init__(self, session: Session, file: Path, progress: Progress) -> None:
        self.session, self.file, self.progress = session, file, progress
        self.kinds: Kinds = session.kinds
        self.plan = Plan(file, "", None, "")
        self.hidden = Hidden()
        self.judges: dict[str, Judge] = {}
        self.filler: dict[str, str] = {}
        self._touched: dict[str, list[Arrival]] = defaultdict(list)
        self._readers: dict[str, SheetReader] = {}
        self._first_row: dict[str, dict[str, int]] = defaultdict(dict)
        self._plain: dict[str, list[Arrival]] = defaultdict(list)
        self._copies: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._shut: set[str] = set()
        self.done = 0

    # -- what the workbook is ----------------------------------------------------------------------

    def identify(
        self, path: Path, first_rows: dict[str, list[list[str]]], names: dict[str, str]
    ) -> None:
        """The hidden sheet, or when it is gone the copy kept under the export's id."""
        hidden = self.hidden
        if hidden.meta is None:
            export_id = self._export_id(first_rows)
            kept = provenance.kept_copy(self.session, export_id, path) if export_id else None
            if kept is None:
                raise Refused("not-ours")
            self.hidden = hidden = kept
            self.plan.remarks.append("工作簿里的隐藏表不见了，已用发出时留存的副本对照。")
        elif not hidden.complete:
            raise Refused("broken-xml", "隐藏工作表不完整")
        else:
            self.hidden, remarks = provenance.checked(self.session, hidden, path, self.plan.sha256)
            self.plan.remarks += remarks
            hidden = self.hidden
        assert hidden.meta is not None
        self.plan.kept = {provenance.DIGEST: hidden.digest.hex()}
        self.plan.meta = hidden.meta
        self.plan.sender = hidden.meta.unit_name or hidden.meta.office
        self._require_rights(hidden.meta.kinds)
        self._take_declarations()
        if (
            hidden.meta.unit
            and hidden.meta.office_id != self.session.office_id
            and self.session.own_unit is None
        ):
            self.plan.remarks.append(
                f"这是发给“{hidden.meta.unit_name}”的工作簿。要在本台账里填报进展、申请销号，"
                "请管理员先在“设置”页的“本单位设置”里选定本单位。"
            )
        self.plan.blobs = hidden.blob_bytes()

    def _require_rights(self, kinds: list[str]) -> None:
        """A workbook of a book this person has no key for is not looked into at all."""
        known = [name for name in kinds if name in self.session.kinds]
        for name in known:
            self.session.book_of(name)
        if known and not any(self.session.may_write(name) for name in known):
            roles.check_write(self.session.role, self.session.kinds.get(known[0]))

    def _export_id(self, first_rows: dict[str, list[list[str]]]) -> str | None:
        """From the corner cell, from slot ids, from the file's name."""
        for rows in first_rows.values():
            for row in rows[:1]:
                if row and is_uid(row[0].strip()):
                    return row[0].strip()
            for row in rows:
                if row and row[0].startswith("+") and is_uid(row[0][1:21]):
                    return row[0][1:21]
        for part in self.file.stem.replace("_", "-").split("-"):
            if is_uid(part):
                return part
        return None

    def _take_declarations(self) -> None:
        """Kinds and fields that this office does not have yet: taken up by an administrator, else
        told."""
        made: list[Kind] = []
        without: list[Kind] = []
        cycles = [
            declarations.decode(text, declarations.Lifecycle, name)
            for name, text in self.hidden.cycles.items()
        ]
        for name, text in self.hidden.kinds.items():
            theirs = declarations.decode(text, Kind, name)
            if name not in self.session.kinds:
                made.append(theirs)
                continue
            mine = self.session.kinds.get(name)
            fresh = tuple(f for f in theirs.fields if not mine.has(f.name))
            if apart := self._apart(mine, theirs):
                without.append(
                    msgspec.structs.replace(
                        mine, fields=tuple(f for f in mine.fields if f.name not in apart)
                    )
                )
            if fresh:
                made.append(msgspec.structs.replace(mine, fields=mine.fields + fresh))
        if without:
            # a rule looks at it: then each of its cells is told
            with contextlib.suppress(DeclarationError, BadInput):
                self.kinds = self.session.kinds.with_office(without)
        if not made:
            return
        labels = "、".join(f"「{k.label}」" for k in made)
        if not self.session.may("kinds"):
            self.plan.remarks.append(
                f"工作簿带来了本单位没有的台账或字段：{labels}。请管理员导入，"
                f"这些内容这次没有读入。"
            )
            return
        try:
            self.kinds = (
                self.kinds.with_office(made, cycles)
                if not without
                else self._both(made, without, cycles)
            )
        except (DeclarationError, BadInput) as error:
            self.plan.remarks.append(f"工作簿带来的台账声明用不了，没有读入：{error.message}")
            return
        self.plan.new_kinds = made
        self.plan.remarks.append(f"将新建或扩充台账：{labels}。")

    def _apart(self, mine: Kind, theirs: Kind) -> frozenset[str]:
        """Fields of one name that the two offices made for different things: nothing of them is
        read, and it is said once."""
        found = []
        for field in theirs.fields:
            own = mine.field(field.name) if mine.has(field.name) else None
            if (
                own is None
                or of(own) is of(field)
                or (of(own).plain_text and of(field).plain_text)
                or _given(mine.name, field.name)
            ):
                continue
            found.append(field.name)
            office = self.plan.meta.office if self.plan.meta else ""
            here, there = TYPES[own.type].label, TYPES[field.type].label
            self.plan.remarks.append(
                f"「{mine.label}」的「{field.label}」在“{office}”填的是{there}，"
                f"在本单位（“{self.session.office_name}”）填的是{here}，合不到一起，"
                "这一栏没有读入。请两家商定用哪一种，由另一家在“台账设置”里去掉这一栏、"
                "按商定的另加一栏，再重新导出。"
            )
        return frozenset(found)

    def _both(
        self, made: list[Kind], without: list[Kind], cycles: list[declarations.Lifecycle]
    ) -> Kinds:
        """The kinds as they will be, less the fields that cannot be read."""
        less = {kind.name: {f.name for f in kind.fields} for kind in without}
        whole = {kind.name: kind for kind in made}
        mine = {
            kind.name: {f.name for f in self.session.kinds.get(kind.name).fields}
            for kind in without
        }
        rest = [whole.get(kind.name, kind) for kind in without] + [
            kind for kind in made if kind.name not in less
        ]
        return self.session.kinds.with_office(
            [
                (
                    msgspec.structs.replace(
                        k,
                        fields=tuple(
                            f
                            for f in k.fields
                            if f.name in less[k.name] or f.name not in mine[k.name]
                        ),
                    )
                    if k.name in less
                    else k
                )
                for k in rest
            ],
            cycles,
        )

    def kind(self, name: str) -> Kind | None:
        """The kind as it will be once the plan is accepted."""
        return self.kinds.get(name) if name in self.kinds else None

    def judge_of(self, kind: Kind) -> Judge | None:
        """Who judges a kind; None, and a remark once, when this person may not write it."""
        if kind.name in self._shut:
            return None
        found = self.judges.get(kind.name)
        if found is None:
            new = kind.name not in self.session.kinds
            if not new and not self.session.may_write(kind.name) and kind.name != UNIT_KIND:
                self._shut.add(kind.name)
                self._remark_refused(kind)
                return None
            book = self.session.office if new else self.session.book_of(kind.name)
            owners = self.plan.owners.get(book.name)
            if owners is None:
                owners = self.plan.owners[book.name] = Owners(
                    self.session, self.kinds, book, self.hidden
                )
            found = self.judges[kind.name] = Judge(
                self.session, self.kinds, kind, self.hidden, owners
            )
            if self.plan.meta is not None and self.plan.meta.unit is not None:
                found.reports = CellReports(
                    self.kinds,
                    kind,
                    self.plan.meta.export_id,
                    by=self._filled_by(),
                    on=self._filled_on(),
                    tag=owners.tag,
                )
        return found

    def _filled_by(self) -> str:
        """Who filled the workbook in, as the cover says; else the unit it was made for."""
        return self.filler.get(FILLED_BY[1]) or (self.plan.meta.unit_name if self.plan.meta else "")

    def _filled_on(self) -> dt.date:
        """The day the cover says, when it is one and not in the future; else today."""
        day = parse_date(self.filler.get(FILLED_BY[3], ""))
        return day if day is not None and day <= self.session.today else self.session.today

    def _remark_refused(self, kind: Kind) -> None:
        if any(row.shown for _, row in self._some(kind)) or kind.name in (
            self.plan.meta.kinds if self.plan.meta else []
        ):
            message = f"您的角色不能修改「{kind.label}」，这张表没有读入，请由有权限的人导入。"
            self.plan.problems.append(CellPlan("refused", "", kind.label, "", message))

    def _some(self, kind: Kind) -> Iterator[tuple[str, Any]]:
        for uid in list(self.hidden.rows.get(kind.name, {}))[:1]:
            row = self.hidden.row(kind.name, uid)
            if row is not None:
                yield uid, row

    # -- rows --------------------------------------------------------------------------------------

    def columns(self) -> dict[str, list[Column]]:
        """The columns of each visible sheet as exported."""
        out: dict[str, list[Column]] = {}
        for name, sheet in self.hidden.sheets.items():
            kind = self.kind(name)
            if kind is None or not sheet.columns:
                continue
            out[name] = [
                Column(n, heading, kind.field(n) if kind.has(n) else None, locked, 0.0)
                for n, heading, locked in sheet.columns
            ]
        return out

    def reader_for(self, sheet: Sheet, rows: list[list[str]]) -> SheetReader | None:
        """How a visible sheet is to be read, or None when it is none of ours."""
        if sheet.name == COVER:
            for row in rows:
                cells = [c.strip() for c in row]
                for at, text in enumerate(cells):
                    if text in FILLED_BY:
                        value = next((c for c in cells[at + 1 :] if c), "")
                        if value:
                            self.filler[text] = value
            return None
        columns = self.columns()
        found = kind_of_sheet(sheet.name, rows, self.hidden, columns)
        if found is None:
            if any(not is_blank(c) for row in rows for c in row):
                self.plan.remarks.append(f"工作表「{sheet.name}」不是本程序发出的，没有读入。")
            return None
        name, header = found
        kind = self.kind(name)
        assert kind is not None
        if self.judge_of(kind) is None:
            return None
        if UID not in header.names.values():
            raise Refused("no-ids", sheet.name)
        missing = [
            c.heading
            for c in columns[name]
            if c.field and not c.locked and c.name in header.missing
        ]
        if missing:
            self.plan.remarks.append(
                f"工作表「{sheet.name}」少了列：{'、'.join(missing)}；这些内容按没有改动处理。"
            )
        if header.extra:
            extra = "、".join(header.extra.values())
            self.plan.remarks.append(f"工作表「{sheet.name}」里多出的列没有读入：{extra[:200]}。")
        if kind.name in self._readers:
            first = self._readers[kind.name].sheet.name
            self.plan.remarks.append(
                f"工作表「{sheet.name}」和「{first}」是同一本台账的两张，"
                "都读了；同一条事项在两张上不一样的不会采用，请把多出来的一张删去再导入。"
            )
        assert self.hidden.meta is not None
        reader = self._readers[kind.name] = SheetReader(
            sheet, kind, self.kinds.lifecycle_of(kind), columns[name], header, self.hidden, self.session.names,
            unit=self.hidden.meta.unit, filler=self.filler.get(FILLED_BY[0], ""),
            above=[k for k in self.kinds if kind in self.kinds.children_of(k.name)] if kind.parent else (),
        )  # fmt: skip
        return reader

    def take(self, arrival: Arrival) -> None:
        """Collect; rows of one id are looked at together at the end."""
        kind = arrival.kind
        seen = self._first_row[kind]
        if arrival.uid in seen:
            self._copies[kind][arrival.uid].append(arrival.row)
            self._hold(arrival)
            return
        seen[arrival.uid] = arrival.row
        if arrival.says_something or arrival.base is None:
            self._hold(arrival)
        else:
            self._plain[kind].append(arrival)
            if len(self._plain[kind]) >= _CHUNK:
                self._judge(kind, self._plain.pop(kind))

    def _hold(self, arrival: Arrival) -> None:
        """Until all rows are known; as little of it as will do, there may be 100,000."""
        if arrival.base is not None:
            arrival.base = HELD
        self._touched[arrival.kind].append(arrival)

    def _judge(self, kind: str, arrivals: list[Arrival]) -> None:
        """Takes them out of the list as it goes, so that plans and arrivals are not there both."""
        declared = self.kind(kind)
        judge = self.judge_of(declared) if declared else None
        if judge is None:
            return
        while arrivals:
            part = arrivals[:_CHUNK]
            del arrivals[:_CHUNK]
            for arrival in part:
                if arrival.base is HELD:
                    arrival.base = self._readers[kind].base(arrival.uid)
            plans, unchanged = judge.judge(part)
            self.plan.rows += plans
            self.plan.unchanged += unchanged

    def finish(self) -> None:
        """Judge what was held back, then the records that came along without a visible row."""
        for kind in list(self._plain):
            self._judge(kind, self._plain.pop(kind))
        for kind in list(self._touched):
            self._judge(kind, self._settle(kind, self._touched.pop(kind)))
        for kind in self.hidden.rows:
            declared = self.kind(kind)
            if declared is None:
                continue
            carried = [
                Arrival(kind, uid, base=row, origin="carried")
                for uid, row in self.hidden.hidden_only(kind)
                if uid not in self._first_row[kind]
            ]
            if carried and (judge := self.judge_of(declared)) is not None:
                plans, _ = judge.judge(carried)
                if not self.session.may_write(kind):
                    # so that references have something to point to
                    plans = [p for p in plans if p.status == "added"]
                self.plan.rows += plans
        for kind, uid, wait in self.hidden.waits:
            declared = self.kind(kind)
            judge = self.judge_of(declared) if declared is not None else None
            if judge is not None and (not judge.known or self.session.may_write(kind)):
                self.plan.rows += forwarded_conflicts.planned(judge, uid, wait, self.plan.rows)
        self._missing_files()

    def tell_of_offices(self) -> None:
        """What the sender newly says of itself, and who says he is a unit that somebody else is."""
        plan = self.plan
        for owners in list(plan.owners.values())[:1]:
            plan.claims = tuple(owners.claims())
            plan.remarks += owners.news_of_sender()
            if owners.strange:
                plan.remarks.append(STRANGE)
            for claim in plan.claims:
                plan.remarks.append(claim_text(claim, owners.unit_name(claim.unit)))

    def _missing_files(self) -> None:
        """Attachments that rows speak of but that neither came along nor are here."""
        missing: set[str] = set()
        for row in self.plan.rows:
            kind = self.kind(row.kind)
            if row.theirs is None or kind is None:
                continue
            for field in kind.all_fields:
                if of(field).holds_files:
                    for file in row.theirs.values.get(field.name) or ():
                        if file.sha256 not in self.plan.blobs and not self._has_file(
                            kind, file.sha256
                        ):
                            missing.add(file.name)
        if missing:
            some = "、".join(sorted(missing)[:5])
            self.plan.remarks.append(
                f"有 {len(missing)} 个附件没有随工作簿传来（{some}），请向发出单位另要。"
            )

    def _has_file(self, kind: Kind, sha256: str) -> bool:
        if kind.name not in self.session.kinds:
            return False
        connection = self.session.book_of(kind.name).connection
        return (
            connection.execute("SELECT 1 FROM blobs WHERE sha256 = ?", (sha256,)).fetchone()
            is not None
        )

    def _settle(self, kind: str, arrivals: list[Arrival]) -> list[Arrival]:
        """Copied rows, rows whose id has slipped, rows without an id that may be there already."""
        declared = self.kind(kind)
        assert declared is not None
        judge = self.judge_of(declared)
        if judge is None:
            return []
        arrivals = shifted_cells.without_slipped_columns(
            self.hidden, declared, deduplicate.without_slipped(self.hidden, declared, arrivals)
        )
        arrivals = deduplicate.without_copies(
            self.hidden, declared, arrivals, self._first_row[kind], self._copies.get(kind, {})
        )
        loose = [a for a in arrivals if a.origin == "none"]
        known = judge.mine([a.uid for a in loose]) if loose else {}
        doubles = deduplicate.same_title(judge, (a for a in loose if a.uid not in known))
        for arrival in loose:
            if arrival.uid in doubles:
                deduplicate.row_problem(
                    arrival, declared,
                    f"「{arrival.title[:30]}」与台账中已有的一条同名同单位，没有新增。"
                    f"如确是另一件，请改一下「{declared.field(declared.title).label}」再导入。",
                )
                arrival.typed.clear()
        return arrivals


def _given(kind: str, field: str) -> bool:
    """Whether a field comes with the program."""
    given = builtin.kinds()
    return kind in given and given.get(kind).has(field)


STRANGE = (
    "隐藏页里说有的台账编号是本单位的，本单位却没有用过。署着它的修改按发出单位写的看待，"
    "请向发出单位核实工作簿是不是被人动过。"
)


def claim_text(claim: Claim, unit: str) -> str:
    """For the preview: that two say they are the same unit, and what becomes of it."""
    rest = (
        f"它以“{unit}”名义填报的内容先不接受，"
        "列在“不予采用”里；管理员或审核员在“设置”页的“往来单位”里确认后，再导入一次就会采用。"
    )
    if claim.denied:
        return (
            f"“{claim.name}”说自己就是“{unit}”，本单位没有承认，它以这个名义填报的内容不接受。"
            "要改，请到“设置”页的“往来单位”。"
        )
    return (
        f"“{claim.name}”说自己就是“{unit}”，"
        f"可{'、'.join(_quoted(h) for h in claim.holders[:3])}也是。{rest}"
    )


def _quoted(name: str) -> str:
    return name if name == "本单位" else f"“{name}”"


def examine(
    session: Session,
    file: Path,
    *,
    password: str | None,
    progress: Progress,
    limits: Limits | None = None,
) -> Plan:
    """Read a workbook that the program made and say what taking it in would do."""
    session.require("import")
    with taken(file) as (local, sha256):
        looking = Examination(session, file, progress)
        looking.plan.sha256 = sha256
        looking.plan.earlier_import = exchange_tables.earlier_import(session, sha256)
        _read(looking, local, password, limits)
        looking.finish()
        looking.plan.data = local.read_bytes()
    looking.tell_of_offices()
    _order(looking.plan.rows)
    for row in looking.plan.rows:
        if row.kind in looking.judges and not row.title:
            row.title = "（未命名）"
    return looking.plan


def _order(rows: list[RowPlan]) -> None:
    rows.sort(key=lambda r: (not r.sheet, r.sheet, r.row))


def _read(looking: Examination, path: Path, password: str | None, limits: Limits | None) -> None:
    """The hidden sheet comes first, so visible rows are looked at as they come; without it the rows
    are held until the export is known by other marks.
    """
    with Incoming(path, password=password, limits=limits) as incoming:
        reader: SheetReader | None = None
        current: Sheet | None = None
        held: list[Batch | End] = []
        identified = False
        for item in incoming.batches():
            if not identified:
                if incoming.hidden is not None and incoming.hidden.meta is not None:
                    looking.hidden = incoming.hidden
                    looking.identify(path, {}, incoming.defined_names)
                    identified = True
                else:
                    held.append(item)
                    first: dict[str, list[list[str]]] = {}
                    for each in held:
                        if isinstance(each, Batch):
                            first.setdefault(each.sheet.name, each.rows)
                    if isinstance(item, End):
                        with contextlib.suppress(Refused):
                            looking.identify(path, first, incoming.defined_names)
                            identified = True
                    if not identified:
                        continue
                    for each in held:
                        current, reader = _step(looking, each, current, reader)
                    continue
            if item.sheet.name != SHEET:
                current, reader = _step(looking, item, current, reader)
        if not identified:
            raise Refused("not-ours")


def _step(
    looking: Examination, item: Batch | End, current: Sheet | None, reader: SheetReader | None
) -> tuple[Sheet | None, SheetReader | None]:
    if isinstance(item, End):
        return current, reader
    if item.sheet is not current:
        current = item.sheet
        reader = looking.reader_for(item.sheet, item.rows) if item.sheet.visible else None
    if reader is not None:
        for arrival in reader.read(item):
            looking.take(arrival)
        looking.done += len(item.rows)
        looking.progress(looking.done, 0, f"正在读工作表「{item.sheet.name}」")
    return current, reader

