"""Take in a workbook that the program did not make: an office's own ledger, with its own headings,
titles, notes and totals.

The mapping that would be shown in the window is taken by the command line too. A record is known
again by its title and unit. What an earlier such file wrote may be replaced by a later one; what
was changed here since is put to a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from db.errors import BadInput
from db.merge.merge import typed_site
from db.model.declarations import Kind
from db.model.ids import derived_uid
from db.session import Session
from db.store.journal import dumps
from desktop.exchange.errors import Refused
from desktop.exchange.files.read_ahead import Opening
from desktop.exchange.foreign import foreign_rows
from desktop.exchange.foreign.column_matching import ENOUGH
from desktop.exchange.foreign.constants import Constants
from desktop.exchange.foreign.fitting_defaults import FittingDefaults
from desktop.exchange.foreign.foreign_rows import (
    BLANK,
    CONTINUED,
    UNDER_HEADING,
    ForeignBook,
    ForeignSheet,
    NotForeign,
    Rows,
    may_be_item,
)
from desktop.exchange.foreign.headings import Headings
from desktop.exchange.foreign.ledger_detection import (
    ledger_scores,
    likeliest,
    sender_of,
    speaks_of_another,
)
from desktop.exchange.foreign.loose_reading_notes import Readings
from desktop.exchange.foreign.mapping_memory import Table
from desktop.exchange.foreign.sheet_mapping import SheetMapping, Wishes
from desktop.exchange.foreign.table_parts import Part, all_headings, more_tables, positions, rows_of
from desktop.exchange.foreign.table_reader import TableReader, whose
from desktop.exchange.foreign.unknown_names import UnknownNames
from desktop.exchange.foreign.unread_cells import SheetAccount, filled, whole_sheet
from desktop.exchange.format import exchange_tables
from desktop.exchange.format.columns import plain
from desktop.exchange.format.loose_values import named_year, until_of, year_of
from desktop.exchange.format.manifest import Hidden
from desktop.exchange.plan import left_over
from desktop.exchange.plan.history_steps import find_past
from desktop.exchange.plan.import_plan import CellPlan, Plan, RowPlan
from desktop.exchange.plan.import_planner import plan_import
from desktop.exchange.plan.kind_state import KindState
from desktop.exchange.plan.merge_planner import MergePlanner
from desktop.exchange.plan.parsed_row import ParsedRow, is_blank


def plan_foreign_import(
    session: Session, file: Path, as_kind: str, opening: Opening, wishes: Wishes | None = None,
    book: ForeignBook | None = None,
) -> Plan:
    """The plan for a foreign workbook. ``book``: the file where it was read before."""
    session.require("import")
    kind = session.kinds.find(as_kind) or session.kinds.get(as_kind)
    session.book_of(kind.name)
    if not session.may_write(kind.name):
        raise BadInput(f"您的角色不能修改「{kind.label}」，请由有权限的人导入。")
    if book is None:
        try:
            book = foreign_rows.read(
                file, password=opening.password, progress=opening.progress, limits=opening.limits
            )
        except NotForeign:
            return plan_import(session, file, opening)
    wishes = wishes or Wishes()
    sender = wishes.sender if wishes.sender is not None else sender_of(session, book)
    plan = Plan(file, book.sha256, None, sender or file.stem)
    plan.data = book.data
    plan.foreign_kind, plan.foreign_sender = kind.name, sender
    plan.kept["ledger"] = kind.name
    plan.earlier_import = exchange_tables.earlier_import(session, book.sha256, kind.name)
    ForeignPlanner(session, kind, plan, wishes, book).plan_sheets()
    return plan


class _Sheet(msgspec.Struct):
    """A sheet as it stands and as a table, with its heading, or why it is not read."""

    whole: ForeignSheet
    table: ForeignSheet
    found: Headings | None
    why: str

    @property
    def columns(self) -> int:
        """How many are read."""
        return len(self.found.mapping) if self.found is not None else 0

    def names(self, title: str) -> bool:
        """Whether a column is called like the title, not only put in its place."""
        found = self.found
        return found is not None and any(
            name == title and found.scores.get(at, 1.0) >= ENOUGH
            for at, name in found.mapping.items()
        )


#: A table of so many times fewer columns than another of its file.
_SMALL = 3


class ForeignPlanner:
    """One file being looked at as one ledger."""

    def __init__(
        self, session: Session, kind: Kind, plan: Plan, wishes: Wishes, book: ForeignBook
    ) -> None:
        self.session, self.kind, self.plan, self.wishes = session, kind, plan, wishes
        self.book, self.mapping = book, SheetMapping(session, kind, wishes, book)
        self.state = KindState(session, session.kinds, kind, Hidden())
        self.state.export_id = f"foreign:{kind.name}"
        plan.authorities[self.state.book.name] = self.state.authority
        self._constants = Constants(session, kind, wishes.constants)
        self._defaults = FittingDefaults(kind, self.state.defaults, session.today)
        self._unknown = UnknownNames(session, kind)
        #: what became of the cells of each sheet; of which sheet a row is
        self._every_account: list[SheetAccount] = []
        self._accounts: dict[int, SheetAccount] = {}
        #: title and unit → uid
        self._known: dict[tuple[str, str], str] = {}

    def plan_sheets(self) -> None:
        """Every sheet that has headings of this kind."""
        parsed_rows: list[ParsedRow] = []
        for sheet in self._sheets():
            if sheet.found is None:
                self._pass_over(sheet.whole, sheet.why)
            else:
                account = SheetAccount(sheet.table, sheet.whole)
                parsed_rows += self._rows(sheet.table, sheet.found, account)
        self._account_beside()
        title = self.kind.field(self.kind.title).label
        if not any(s["header_rows"] for s in self.plan.sheets):
            raise Refused(
                "no-headings", f"「{self.kind.label}」的表头：至少要有「{title}」一列和另外一列"
            )
        if self._constants.remark:
            self.plan.remarks.append(self._constants.remark)
        rows = self._once(parsed_rows)
        for account in self._every_account:
            self.plan.aside += account.aside()
            self.plan.ignored += account.ignored()
        self._note_own_writes(rows)
        self.plan.rows += self._planned(rows)
        self.plan.unknown = self._unknown.all()

    def _pass_over(self, each: ForeignSheet, why: str) -> None:
        self.plan.sheets.append({
            "sheet": each.name, "header_rows": [], "mapping": {}, "unmapped": [], "columns": [],
            "skipped_rows": [{"row": 0, "why": why}],
        })  # fmt: skip
        ignored = whole_sheet(each, why)
        self.plan.ignored += [ignored] if ignored is not None else []

    def _account_beside(self) -> None:
        """How many cells the file has; hidden sheets, comments and text struck through."""
        plan, book = self.plan, self.book
        plan.filled = sum(map(filled, (*book.sheets, *book.hidden)))
        ignored = (whole_sheet(each, "工作表是隐藏的") for each in book.hidden)
        plan.ignored += filter(None, ignored)
        names = {each.name for each in (*book.sheets, *book.hidden)}
        plan.ignored += left_over.marks(book.facts, names)

    def _planned(self, rows: list[ParsedRow]) -> list[RowPlan]:
        """The rows held against the book, with the steps that their items took."""
        past = find_past(self.state)
        known = self.state.mine([parsed.uid for parsed in rows]) if past is not None else {}
        if past is not None:
            past.check_all(rows, known)
        plans, self.plan.unchanged = MergePlanner(self.state).plan(rows)
        if past is not None:
            fresh = past.plan_all(rows, known, plans)
            self.plan.unchanged -= len(fresh)
            plans += fresh
            self.plan.remarks += past.remarks()
        for row in plans:
            _mark_blanks(row)
        planned = {row.uid for row in plans}
        self.plan.known = {
            (parsed.sheet, cell) for parsed in rows if parsed.uid not in planned
            for cell in parsed.cells.values() if cell
        }
        return plans

    def _sheets(self) -> list[_Sheet]:
        """Each sheet with its heading, or why it is not read."""
        sheets, others = [], self._of_others()
        for each in self.book.sheets:
            table, found = each, None
            if each.name in self.wishes.left_out:
                why = "没有选这张表"
            elif each.name in others:
                why = others[each.name]
            else:
                table = self.mapping.upright(each)
                found, why = self._found(table)
            sheets.append(_Sheet(each, table, found, why))
        self._leave_small_tables(sheets)
        return sheets

    def _leave_small_tables(self, sheets: Sequence[_Sheet]) -> None:
        """A sheet of a few columns in which nothing is called like the title, beside one that is
        such a ledger (批次, 文号 and 金额 beside the projects), is none."""
        read = [each for each in sheets if each.found is not None]
        named = [each.columns for each in read if each.names(self.kind.title)]
        for each in read:
            small = each.columns * _SMALL <= max(named, default=0)
            asked = each.whole.name in self.wishes.mapping or each.whole.name in self.mapping.tables
            if small and not asked and not each.names(self.kind.title):
                each.found, each.why = None, self._without_title()

    def _without_title(self) -> str:
        return f"没有一列是「{self.kind.field(self.kind.title).label}」"

    def _found(self, each: ForeignSheet) -> tuple[Headings | None, str]:
        """The heading of a sheet, or why there is none."""
        found = self.mapping.found(each)
        if found is not None and self.kind.title not in found.mapping.values():
            return None, self._without_title()
        return found, "找不到表头"

    def _of_others(self) -> dict[str, str]:
        """Sheets that speak of another ledger, where one speaks of this and nobody said what each
        is; with why they are not read."""
        if self.wishes.mapping or len(self.book.sheets) < 2:
            return {}
        speaks = {each.name: ledger_scores(self.session, [each]) for each in self.book.sheets}
        if all(likeliest(scores) != self.kind.name for scores in speaks.values()):
            return {}
        others = {
            name: speaks_of_another(scores, self.kind.name) for name, scores in speaks.items()
            if name not in self.mapping.tables
        }
        return {
            name: f"看上去是「{self.session.kinds.get(ledger).label}」的表"
            for name, ledger in others.items() if ledger is not None
        }

    # -- the rows of a sheet -----------------------------------------------------------------------

    def _rows(
        self, each: ForeignSheet, found: Headings, account: SheetAccount
    ) -> list[ParsedRow]:
        read = self.mapping.parts(each, found)
        parts = [part for part, _ in read]
        above = [text for row in each.rows[: found.rows[0] - 1] for text in row]
        inside = (text for row in each.rows for text in row)
        notes = (
            text for row in each.rows[found.rows[-1] :] if not may_be_item(row) for text in row
        )
        year = year_of(above, self.session.today, inside, (each.name, self.plan.file.stem, *notes))
        named = named_year(above, found.mapped)
        readings = Readings(year, until_of(above, self.session.today), self._unknown, named)
        skipped: list[dict[str, object]] = []
        out: list[ParsedRow] = []
        for n, (part, rows) in enumerate(read):
            reader = TableReader(self.session, self.kind, each, rows, part.found, readings)
            self.plan.remarks += reader.remarks
            out += self._table(each, reader, parts, n, skipped, account)
        self._every_account.append(account)
        self._remark(each, found, read[0][1])
        self.plan.remarks += [
            f"工作表「{each.name}」{text}，请核对。"
            for text in (*more_tables(parts), *self._readings(readings))
        ]
        mapping, unmapped = all_headings(parts)
        self.plan.sheets.append({
            "sheet": each.name, "header_rows": found.rows, "mapping": mapping,
            "unmapped": unmapped, "skipped_rows": skipped,
            "columns": [
                {
                    "column": each.letters(part.found.rows[-1] - 1, at), "heading": text,
                    "field": part.found.mapping.get(at, ""), "why": part.found.why.get(at, ""),
                }
                for part in parts for at, text in sorted(part.found.headings.items())
            ],
        })  # fmt: skip
        return out

    def _table(
        self, each: ForeignSheet, reader: TableReader, parts: Sequence[Part], n: int,
        skipped: list[dict[str, object]], account: SheetAccount,
    ) -> list[ParsedRow]:
        """The items of one table; why other rows are none goes to ``skipped``."""
        items: dict[int, ParsedRow] = {}
        sheets_unit = under = whose(self.session, each.name)
        found, below = parts[n].found, _read_below(each, reader)
        for number in rows_of(parts, n):
            why = reader.rows.why(number)
            places = positions(each.rows[number - 1], parts, n, heading=number <= found.rows[-1])
            if not why:
                parsed = items[number] = reader.read(number, under)
                self._constants.fill(parsed)
                parsed.uid = self._uid(parsed)
            elif why == UNDER_HEADING:
                heading = "".join(each.rows[number - 1])
                under = whose(self.session, heading) or sheets_unit
            elif why == CONTINUED:
                reader.go_on(items.get(reader.rows.goes_on_from(number)), number)
            item = items.get(reader.rows.goes_on_from(number) if why == CONTINUED else number)
            if item is not None:
                account.item(number, item, places, found.headings, found.mapping)
                continue
            account.passed(number, _without(places, below.get(number, set())), why)
            if why not in (BLANK, CONTINUED, "表头"):
                skipped.append({"row": number, "why": why})
                self._add_skipped(each, number, why)
        for parsed in items.values():
            self._accounts[id(parsed)] = account
        return list(items.values())

    def _readings(self, readings: Readings) -> list[str]:
        """What was read otherwise than it is written, as the rest of a sentence."""
        out = []
        if readings.years:
            out.append(f"没有写年度的 {readings.years} 行，按标题或表头记作 {readings.named} 年")
        if readings.by_heading:
            said = "、".join(
                f"{self.session.unit_name(uid)} {count} 行"
                for uid, count in readings.by_heading.items()
            )
            out.append(f"没有写责任单位的行，按小标题或工作表的名称记作：{said}")
        loose = {f"“{label}”写得不确切，读作": cells for label, cells in readings.loose.items()}
        undated = {"写着签收、办理、申请，没有日期，只记到交办，要在台账里接着办": readings.further}
        for said, cells in (loose | undated).items():
            some = "、".join(cells[:6]) + (f" 等 {len(cells)} 处" if len(cells) > 6 else "")
            out += [f"{said}：{some}"] if cells else []
        return out

    def _add_skipped(self, each: ForeignSheet, number: int, why: str) -> None:
        """A row that is passed over is shown like any other line, so that nobody misses an item."""
        text = "　".join(" ".join(t.split()) for t in each.rows[number - 1] if not is_blank(t))[
            :200
        ]
        message = f"工作表「{each.name}」第 {number} 行是{why}，没有读入。"
        self.plan.skipped.append(
            RowPlan(
                self.kind.name, "", each.name, number, text, "refused",
                [CellPlan("skipped", "", why, "", message, text_theirs=text)],
            )
        )

    def _remark(self, each: ForeignSheet, found: Headings, rows: Rows) -> None:
        self._remark_hidden(each, rows)
        known = self.mapping.tables.get(each.sheet.name)
        if known is not None:
            self._remark_known(known.table, each.sheet.name, found)

    def _remark_hidden(self, each: ForeignSheet, rows: Rows) -> None:
        sheet = each.sheet
        hidden = [n for n in sorted(sheet.hidden_rows) if n > rows.first and n <= len(each.rows)]
        if hidden and (sheet.filtered or self.wishes.hidden_too):
            some = "、".join(map(str, hidden[:8])) + ("…" if len(hidden) > 8 else "")
            word = "被筛选隐藏" if sheet.filtered else "是隐藏行"
            self.plan.remarks.append(
                f"工作表「{sheet.name}」有 {len(hidden)} 行{word}（第 {some} 行），也读入了。"
            )

    def _remark_known(self, table: Table, sheet: str, found: Headings) -> None:
        before = {plain(h) for h in table.headings}
        fresh = [h for h in found.headings.values() if plain(h) not in before]
        whose = f"{table.sender}的" if table.sender else ""
        text = f"工作表「{sheet}」和 {table.at} 导入的{whose}表一样，按上次的对应读入"
        self.plan.remarks.append(
            text + (f"；新出现的列：{'、'.join(fresh[:8])}，请核对。" if fresh else "。")
        )

    # -- which records they are --------------------------------------------------------------------

    def _uid(self, parsed: ParsedRow) -> str:
        """A live record of this title and unit, else an id that the same row gets again next
        month."""
        if not parsed.title:  # nothing tells which item it is
            return derived_uid("untitled", self.kind.name, parsed.sheet, str(parsed.row))
        unit = parsed.typed.get(self.kind.unit) if self.kind.unit else None
        unit_text = dumps(unit)
        title = "".join(parsed.title.split())
        key = (title, unit_text)
        found = self._known.get(key)
        if found is None:
            typed = parsed.typed.get(self.kind.title)
            here = self.state.same_title(typed, unit) if typed is not None else []
            new = derived_uid("foreign", self.kind.name, *key)
            found = here[0] if len(here) == 1 else self._without_unit(title, unit) or new
            if title:
                self._known[key] = found
        return found

    def _without_unit(self, title: str, unit: object) -> str | None:
        """The item that an earlier table brought before its unit was known."""
        before = derived_uid("foreign", self.kind.name, title, dumps(None))
        record = self.state.mine([before]).get(before) if unit is not None else None
        blank = record is not None and not record.deleted and (
            self.kind.unit is None or record.values.get(self.kind.unit) is None
        )
        return before if blank else None

    def _once(self, parsed_rows: list[ParsedRow]) -> list[ParsedRow]:
        """Two rows of one title and unit: alike they are one, different ones are two, remarks apart
        by their place."""
        seen: dict[str, ParsedRow] = {}
        out: list[ParsedRow] = []
        for parsed in parsed_rows:
            first = seen.get(parsed.uid)
            if first is None:
                seen[parsed.uid] = parsed
                out.append(parsed)
            elif first.typed == parsed.typed and not parsed.problems:
                self._accounts[id(parsed)].same(parsed, first)
            else:
                message = (
                    f"工作表「{parsed.sheet}」第 {parsed.row} 行与第 {first.row}"
                    " 行同名同单位而内容不同，没有读入，请核对。"
                )
                parsed.typed.clear()
                parsed.problems.append(
                    CellPlan("error", self.kind.title, self.kind.field(self.kind.title).label,
                             parsed.cell_of(self.kind.title), message)
                )  # fmt: skip
                parsed.uid = derived_uid("double", parsed.uid, str(parsed.row))
                out.append(parsed)
        return out

    def _note_own_writes(self, parsed_rows: Sequence[ParsedRow]) -> None:
        """What an earlier file of this ledger wrote, and what stands blank, may be replaced."""
        state = self.state
        mine = state.mine([parsed.uid for parsed in parsed_rows])
        for parsed in parsed_rows:
            record = mine.get(parsed.uid)
            if record is None:
                self._defaults.fit(parsed)
                continue
            own = state.own_versions(record)
            for name in parsed.typed:
                text = dumps(state.shape.to_json(name, record.get(name)))
                site = typed_site(state.export_id, parsed.uid, name, text)
                written = {site, site + state.authority.tag} & own.of(name).keys()
                if record.get(name) is None or written:
                    parsed.on_top = {**parsed.on_top, name: own.of(name)}


def _read_below(each: ForeignSheet, reader: TableReader) -> dict[int, set[int]]:
    """Row that is no item (from 1) → its columns whose cells are merged with items below, which
    tell of them: 第35周 of a hidden row."""
    out: dict[int, set[int]] = {}
    for r1, c1, r2, _ in each.sheet.merges:
        whys = [*map(reader.rows.why, range(r1 + 1, r2 + 2))] if c1 in reader.found.mapping else []
        if any(whys[:1]) and not all(whys):
            out.setdefault(r1 + 1, set()).add(c1)
    return out


def _without(places: Iterable[int], some: set[int]) -> list[int]:
    return [at for at in places if at not in some]


def _mark_blanks(row: RowPlan) -> None:
    """What is told at a cell in which nothing stands is none of the cells of the file."""
    filled = set(row.said.values())
    for cell in row.cells:
        cell.blank = cell.blank or not (cell.cell in filled or cell.text_theirs)
