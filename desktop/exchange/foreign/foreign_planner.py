"""Take in a workbook that the program did not make: an office's own ledger, with its own headings,
titles, notes and totals.

The mapping that would be shown in the window is taken by the command line too. A record is known
again by its title and unit. What an earlier such file wrote may be replaced by a later one; what
was changed here since is put to a person.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from db.errors import BadInput
from db.merge.merge import hand_site
from db.model.declarations import Field, Kind
from db.model.fieldtypes import of
from db.model.ids import derived_uid
from db.model.sql import quoted
from db.session import Session
from desktop.exchange.errors import Refused
from desktop.exchange.files.reader import Limits, Progress, Sheet
from desktop.exchange.files.scan import column_letters
from desktop.exchange.foreign import foreign_rows, mapping_memory
from desktop.exchange.foreign.cell_values import factor, ready, unit_above, unit_in
from desktop.exchange.foreign.foreign_rows import (
    BLANK,
    CONTINUED,
    UNDER_HEADING,
    ForeignBook,
    ForeignSheet,
    OurOwn,
    Rows,
    samples,
)
from desktop.exchange.foreign.foreign_rows import number as number_of
from desktop.exchange.foreign.headings import (
    NOT_A_FIELD,
    SEARCH_ROWS,
    Found,
    Matcher,
    at_rows,
    find,
)
from desktop.exchange.foreign.loose_values import (
    about,
    is_deadline,
    loose_date,
    nearest_choice,
    person_name,
    year_of,
)
from desktop.exchange.foreign.table_parts import Part, all_headings, parts
from desktop.exchange.format import exchange_tables
from desktop.exchange.format.cells import parse
from desktop.exchange.format.columns import plain
from desktop.exchange.format.manifest import Hidden
from desktop.exchange.plan.import_plan import CellPlan, Plan, RowPlan
from desktop.exchange.plan.import_planner import examine
from desktop.exchange.plan.merge_planner import Judge, json_text
from desktop.exchange.plan.row_parser import Arrival, is_blank

#: Rows of a sheet that the window shows beside the mapping.
SHOWN_ROWS = 200
#: By so much a sheet must speak more of one ledger than of another (a heading and a half) not to be
#: taken for the other's.
CLEARLY = 1.5
_NUMBERED = re.compile(r"^[（(]?(?:[一二三四五六七八九十]+|\d+)[)）]?[、.．]?")
_COUNTED = re.compile(r"[（(](?:共)?\d+[件项条个][)）]$")
_BETWEEN_UNITS = re.compile(r"[、，,；;/\s]+")
_IN_BRACKETS = re.compile(r"[（(][^（）()]*[)）]")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person said about a foreign workbook. Nothing said: the program's own proposal, as far
    as it has one."""

    #: sheet → heading → field, "" for a column that is not read
    mapping: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: sheet → first and last heading row, from 1
    heads: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    sender: str | None = None
    hidden_too: bool = False


@dataclass(frozen=True, slots=True)
class ProposedColumn:
    """A column of a sheet and what it is taken for: ``score`` 0 to 1, over 1 when a person said so
    before."""

    at: int
    letters: str
    heading: str
    field: str
    score: float
    samples: tuple[str, ...]


@dataclass(slots=True)
class Proposal:
    """How a sheet would be read: the heading rows (from 1, empty when none was found), the columns,
    and why rows are no items."""

    sheet: str
    header_rows: list[int] = field(default_factory=list)
    columns: list[ProposedColumn] = field(default_factory=list)
    #: number (from 1), texts, why it is no item ("" for one)
    rows: list[tuple[int, list[str], str]] = field(default_factory=list)
    total: int = 0
    #: that there are more tables on the sheet than the one whose columns are shown
    note: str = ""


def likely_ledger(session: Session, book: ForeignBook) -> str | None:
    """The ledger whose own labels and synonyms most of a heading's words are; None when none has
    two of them."""
    return likeliest(ledger_scores(session, book.sheets, book.file.stem))


def likeliest(scores: Mapping[str, float]) -> str | None:
    """The ledger of the highest score."""
    return max(scores, key=lambda name: (scores[name], name)) if scores else None


def speaks_of_another(scores: Mapping[str, float], *ledgers: str | None) -> str | None:
    """The ledger of which a sheet clearly speaks more than of any of these; None where one of them
    may well be meant."""
    best = likeliest(scores)
    return (
        best
        if best is not None
        and scores[best] - max(scores.get(name or "", 0) for name in ledgers) >= CLEARLY
        else None
    )


def ledger_scores(
    session: Session, sheets: Sequence[ForeignSheet], stem: str = ""
) -> dict[str, float]:
    """Ledger → how many words of a heading are its own, a little more for its title and for a file
    (``stem``) of its name."""
    best: dict[str, float] = {}
    lines = [
        words
        for each in sheets
        for row in each.rows[:SEARCH_ROWS]
        if len(words := {plain(text) for text in row if text and len(text) <= 20}) >= 2
    ]
    for kind in session.kinds:
        if not kind.family or kind.parent or not session.may_write(kind.name):
            continue
        fields = [f for f in kind.all_fields if not f.computed]
        names = {plain(n) for f in fields for n in (f.label, *f.synonyms)} - NOT_A_FIELD
        title = {plain(n) for n in (kind.field(kind.title).label, *kind.field(kind.title).synonyms)}
        for words in lines:
            hits = len(words & names)
            if hits >= 2:
                score = (
                    hits + 1.5 * bool(words & title) + (kind.label in stem) * 2 - len(fields) / 1000
                )
                best[kind.name] = max(best.get(kind.name, 0), score)
    return best


def sender_of(session: Session, book: ForeignBook) -> str:
    """The unit that the file's name or its title lines name, as it is called; "" when none."""
    names = {}
    for unit in session.names.units().values():
        for text in (unit.name, unit.short):
            if text:
                names[text] = unit.name
    return foreign_rows.said_sender(names, book.file, book.sheets)


def propose(session: Session, kind: Kind, book: ForeignBook, wishes: Wishes) -> list[Proposal]:
    """What would be read of each sheet, for a person to look at and correct. Never refuses."""
    looking = _Foreign(session, kind, Plan(book.file, "", None, ""), wishes, book)
    out = []
    for each in book.sheets:
        found = looking.found(each, forced=True)
        made = Proposal(each.name, total=len(each.rows))
        shown = range(1, min(len(each.rows), SHOWN_ROWS) + 1)
        if found is None:
            made.rows = [(n, each.rows[n - 1], "") for n in shown]
        else:
            read = looking.parts(each, found)
            made.rows = [(n, each.rows[n - 1], _why(read, n)) for n in shown]
            made.header_rows = found.rows
            made.note = "；".join(_more_tables([part for part, _ in read]))
            first = read[0][0].found  # of tables side by side the first stands for all
            made.columns = [looking.column(each, first, at) for at in sorted(first.headings)]
        out.append(made)
    return out


def examine_foreign(
    session: Session,
    file: Path,
    as_kind: str,
    *,
    password: str | None,
    progress: Progress,
    limits: Limits | None = None,
    wishes: Wishes | None = None,
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
            book = foreign_rows.read(file, password=password, progress=progress, limits=limits)
        except OurOwn:
            return examine(session, file, password=password, progress=progress, limits=limits)
    wishes = wishes or Wishes()
    sender = wishes.sender if wishes.sender is not None else sender_of(session, book)
    plan = Plan(file, book.sha256, None, sender or file.stem)
    plan.data = book.data
    plan.foreign_kind, plan.foreign_sender = kind.name, sender
    plan.kept["ledger"] = kind.name
    plan.earlier_import = exchange_tables.earlier_import(session, book.sha256, kind.name)
    _Foreign(session, kind, plan, wishes, book).look()
    return plan


def _numbers(read: Sequence[tuple[Part, Rows]], n: int) -> range:
    """The rows (from 1) that are looked at for one table of a sheet."""
    part = read[n][0]
    if n == 0:
        return range(1, part.last + 1)
    beside = part.found.rows == read[n - 1][0].found.rows
    return range(part.found.rows[-1] + 1 if beside else part.found.rows[0], part.last + 1)


def _why(read: Sequence[tuple[Part, Rows]], number: int) -> str:
    """Why a row is no item of any table; "" where it is one."""
    whys = [rows.why(number) for n, (_, rows) in enumerate(read) if number in _numbers(read, n)]
    return "" if "" in whys else whys[0] if whys else BLANK


def _more_tables(read: Sequence[Part]) -> list[str]:
    """What else stands on a sheet beside its first table."""
    below = dict.fromkeys(
        part.found.rows[0] for part in read if part.found.rows != read[0].found.rows
    )
    beside = sum(
        part.columns is not None and part.found.rows == read[0].found.rows for part in read
    )
    told = [f"左右并排着 {beside} 张同样的表，都读入"] if beside > 1 else []
    return told + [f"第 {row} 行起是另一张表，按它自己的表头读入" for row in below]


class _Foreign:

    def __init__(
        self, session: Session, kind: Kind, plan: Plan, wishes: Wishes, book: ForeignBook
    ) -> None:
        self.session, self.kind, self.plan, self.wishes, self.book = (
            session, kind, plan, wishes, book,
        )
        #: of the sheet being read: what was written loosely (label → cell and reading), units by
        #: heading, the year it is about
        self._eased: dict[str, list[str]] = {}
        self._placed: dict[str, int] = {}
        self._year = session.today.year
        self.judge = Judge(session, session.kinds, kind, Hidden())
        self.judge.export_id = f"foreign:{kind.name}"
        plan.owners[self.judge.book.name] = self.judge.owners
        self._known: dict[tuple[str, str], str] = {}
        self._sender = wishes.sender if wishes.sender is not None else sender_of(session, book)
        tables = mapping_memory.recognise(session, book.sheets, kind=kind.name, sender=self._sender)
        self._tables = {known.sheet: known for known in tables}
        self._earlier = mapping_memory.remembered(session, kind.name, self._sender)
        self._matchers: dict[str, Matcher] = {}

    # -- what the columns are ----------------------------------------------------------------------

    def matcher(self, sheet: str) -> Matcher:
        """What is known of headings in a sheet: general, of this sender, of this very table, said
        just now."""
        held = self._matchers.get(sheet)
        if held is None:
            known = self._tables[sheet].table if sheet in self._tables else None
            table = known.headings if known is not None else {}
            if known is not None and self._sender and known.sender != self._sender:
                # what others leave out, this one may not
                table = {heading: name for heading, name in table.items() if name}
            said = self.wishes.mapping.get(sheet, {})
            held = self._matchers[sheet] = Matcher(self.kind, {**self._earlier, **table, **said})
        return held

    def found(self, each: ForeignSheet, *, forced: bool = False) -> Found | None:
        """The heading of a sheet: where the person put it, where it stood before, or where it is
        found.

        ``forced`` takes what little there is, so that a person has something to correct.
        """
        matcher, merges = self.matcher(each.name), each.sheet.merges
        head = self.wishes.heads.get(each.name)
        if head is None and each.name in self._tables:
            head = self._tables[each.name].rows
        if head is not None and 1 <= head[0] <= head[1] <= len(each.rows):
            found: Found | None = at_rows(each.rows, merges, head[0], head[1], matcher)
        else:
            found = find(each.rows, merges, matcher)
            if found is None and forced:
                found = self._guess(each, matcher)
        said = self.wishes.mapping.get(each.name)
        if found is not None and said is not None:
            chosen = {
                at: said.get(text, found.mapping.get(at, "")) for at, text in found.headings.items()
            }
            taken: set[str] = set()
            found.mapping = {}
            for at, name in sorted(
                chosen.items(), key=lambda pair: found.headings[pair[0]] not in said
            ):
                if name and self.kind.has(name) and name not in taken:
                    found.mapping[at] = name
                    taken.add(name)
        return found

    @staticmethod
    def _guess(each: ForeignSheet, matcher: Matcher) -> Found | None:
        """The first row that looks like headings though it says nothing known: several different
        short texts, no figures."""
        for number, row in enumerate(each.rows[:SEARCH_ROWS], 1):
            texts = [text.strip() for text in row if not is_blank(text)]
            if len(set(texts)) >= 2 and all(len(t) <= 20 and number_of(t) is None for t in texts):
                return at_rows(each.rows, each.sheet.merges, number, number, matcher)
        return None

    def column(self, each: ForeignSheet, found: Found, at: int) -> ProposedColumn:
        """A column with what it is taken for and what stands in it."""
        name, heading = found.mapping.get(at, ""), found.headings[at]
        score = next(
            (score for score, field_ in self.matcher(each.name).scores(heading) if field_ == name),
            0.5 if name else 0.0,
        )
        return ProposedColumn(
            at,
            column_letters(each.sheet.column + at),
            heading,
            name,
            score,
            tuple(samples(each, found, at)),
        )

    # -- the plan ----------------------------------------------------------------------------------

    def look(self) -> None:
        """Every sheet that has headings of this kind."""
        arrivals: list[Arrival] = []
        title = self.kind.field(self.kind.title).label
        others = self._of_others()
        for each in self.book.sheets:
            out = each.name in self.wishes.left_out or each.name in others
            found = None if out else self.found(each)
            why = (
                "没有选这张表"
                if each.name in self.wishes.left_out
                else others.get(each.name, "找不到表头")
            )
            if found is not None and self.kind.title not in found.mapping.values():
                found, why = None, f"没有一列是「{title}」"
            if found is None:
                self.plan.sheets.append({"sheet": each.name, "header_rows": [], "mapping": {}, "unmapped": [],
                                         "skipped_rows": [{"row": 0, "why": why}]})  # fmt: skip
                continue
            arrivals += self._rows(each, found)
        if not any(s["header_rows"] for s in self.plan.sheets):
            raise Refused(
                "no-headings", f"「{self.kind.label}」的表头：至少要有「{title}」一列和另外一列"
            )
        plans, self.plan.unchanged = self.judge.judge(self._once(arrivals))
        self.plan.rows += plans

    def _of_others(self) -> dict[str, str]:
        """Sheets that speak of another ledger, where one speaks of this and nobody said what each
        is; with why they are not read."""
        if self.wishes.mapping or len(self.book.sheets) < 2:
            return {}
        speaks = {each.name: ledger_scores(self.session, [each]) for each in self.book.sheets}
        if all(likeliest(scores) != self.kind.name for scores in speaks.values()):
            return {}
        others = {
            name: speaks_of_another(scores, self.kind.name)
            for name, scores in speaks.items()
            if name not in self._tables
        }
        return {
            name: f"看上去是「{self.session.kinds.get(ledger).label}」的表"
            for name, ledger in others.items()
            if ledger is not None
        }

    def parts(self, each: ForeignSheet, found: Found) -> list[tuple[Part, Rows]]:
        """The tables of a sheet, each with what tells its rows apart."""
        return [
            (
                part,
                Rows(
                    each, part.found, self.kind, hidden_too=self.wishes.hidden_too, last=part.last,
                    columns=part.columns,
                ),
            )
            for part in parts(each, found, self.matcher(each.name), self.kind.title)
        ]

    def _rows(self, each: ForeignSheet, found: Found) -> list[Arrival]:
        sheet = each.sheet
        read = self.parts(each, found)
        skipped: list[dict[str, Any]] = []
        out: list[Arrival] = []
        self._eased, self._placed = {}, {}
        self._year = year_of(
            [text for row in each.rows[: found.rows[0] - 1] for text in row], self.session.today
        )
        for n, (part, rows) in enumerate(read):
            hundred, units = rows.shares(), self._units(each, part.found)
            doubtful = frozenset(rows.signed)
            items: dict[int, Arrival] = {}
            whose = self._unit_named(each.name)
            for number in _numbers(read, n):
                why = rows.why(number)
                if not why:
                    items[number] = self._arrival(
                        sheet, part.found, number, rows.texts(number), hundred, units, whose,
                        doubtful,
                    )
                elif why == UNDER_HEADING:
                    whose = self._unit_named("".join(each.rows[number - 1])) or self._unit_named(
                        each.name
                    )
                elif why == CONTINUED:
                    self._go_on(items.get(rows.goes_on_from(number)), part.found, each, number)
                if why not in ("", BLANK, CONTINUED, "表头"):
                    skipped.append({"row": number, "why": why})
                    self._tell_skipped(each, number, why)
            out += items.values()
        self._remark(each, found, read[0][1])
        self._remark_parts(each, [part for part, _ in read])
        mapping, unmapped = all_headings([part for part, _ in read])
        self.plan.sheets.append({
            "sheet": sheet.name, "header_rows": found.rows, "mapping": mapping, "unmapped": unmapped, "skipped_rows": skipped,
        })  # fmt: skip
        return out

    def _unit_named(self, text: str) -> str | None:
        """The unit that a heading between rows, or the name of a sheet, is: 一、安平县（3件）."""
        plain_text = _COUNTED.sub("", _NUMBERED.sub("", "".join(text.split()))).rstrip("：:")
        return self.session.names.unit_by_name(plain_text) if plain_text else None

    def _go_on(self, item: Arrival | None, found: Found, each: ForeignSheet, number: int) -> None:
        """A further row of one item: its texts are put below those of the first."""
        if item is None:
            return
        for at, name in found.mapping.items():
            text = each.text(number - 1, at)
            before = item.typed.get(name)
            if text and text != before:
                declared = self.kind.field(name)
                joined = (
                    f"{before}{'；' if of(declared).single_line else chr(10)}{text}"
                    if before
                    else text
                )
                with contextlib.suppress(BadInput):
                    item.typed[name] = parse(joined, declared, self.session.names)

    def _remark_parts(self, each: ForeignSheet, read: Sequence[Part]) -> None:
        """More tables on a sheet than one, and what was written loosely."""
        name = each.name
        self.plan.remarks += [f"工作表「{name}」{text}，请核对。" for text in _more_tables(read)]
        if self._placed:
            said = "、".join(
                f"{self.session.unit_name(uid)} {count} 行" for uid, count in self._placed.items()
            )
            self.plan.remarks.append(
                f"工作表「{name}」没有写责任单位的行，按小标题或工作表的名称记作：{said}。请核对。"
            )
        for label, told in self._eased.items():
            some = "、".join(told[:6]) + (f" 等 {len(told)} 处" if len(told) > 6 else "")
            self.plan.remarks.append(f"工作表「{name}」“{label}”写得不确切，读作：{some}。请核对。")

    def _units(self, each: ForeignSheet, found: Found) -> dict[str, str]:
        """What columns of numbers count in, where that is not what their field counts in; told to
        the person."""
        above = unit_above(each.rows[: found.rows[0] - 1])
        out: dict[str, str] = {}
        for at, name in sorted(found.mapping.items()):
            declared = self.kind.field(name)
            unit = unit_in(found.headings[at]) or (above if of(declared).amount else "")
            by = factor(unit, declared) if unit else None
            if by is not None and by != 1:
                out[name] = unit
                self.plan.remarks.append(
                    f"工作表「{each.name}」“{found.headings[at]}”以{unit}计，"
                    f"已换算成{declared.measure}（乘以 {by:f}）。"
                )
        return out

    def _tell_skipped(self, each: ForeignSheet, number: int, why: str) -> None:
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

    def _remark(self, each: ForeignSheet, found: Found, rows: Rows) -> None:
        sheet = each.sheet
        hidden = [n for n in sorted(sheet.hidden_rows) if n > rows.first and n <= len(each.rows)]
        if hidden and (sheet.filtered or self.wishes.hidden_too):
            some = "、".join(map(str, hidden[:8])) + ("…" if len(hidden) > 8 else "")
            word = "被筛选隐藏" if sheet.filtered else "是隐藏行"
            self.plan.remarks.append(
                f"工作表「{sheet.name}」有 {len(hidden)} 行{word}（第 {some} 行），也读入了。"
            )
        known = self._tables.get(sheet.name)
        if known is not None:
            before = {plain(h) for h in known.table.headings}
            fresh = [h for h in found.headings.values() if plain(h) not in before]
            whose = f"{known.table.sender}的" if known.table.sender else ""
            text = (
                f"工作表「{sheet.name}」和 {known.table.at} 导入的{whose}表一样，按上次的对应读入"
            )
            self.plan.remarks.append(
                text + (f"；新出现的列：{'、'.join(fresh[:8])}，请核对。" if fresh else "。")
            )

    def _arrival(
        self, sheet: Sheet, found: Found, number: int, row: Sequence[str], hundred: set[str], units: Mapping[str, str],
        whose: str | None = None, doubtful: frozenset[str] = frozenset(),
    ) -> Arrival:  # fmt: skip
        places = {name: column_letters(sheet.column + at) for at, name in found.mapping.items()}
        arrival = Arrival(
            self.kind.name, "", sheet.name, number, origin="slot",
            address=lambda name, row: f"{places[name]}{row}" if name in places else "",
        )  # fmt: skip
        for at, name in found.mapping.items():
            text = row[at].strip() if at < len(row) else ""
            cell = f"{column_letters(sheet.column + at)}{number}"
            declared = self.kind.field(name)
            note = sheet.notes.get(cell)
            if note is not None and not (
                note.code == "big-number" and of(declared).numeric and not of(declared).is_share
            ):
                what = {"formula": "是没有结果的公式", "error": f"显示为 {note.shown}",
                        "big-number": "被当成数字，15 位以后已经丢失"}[note.code]  # fmt: skip
                message = f"工作表「{sheet.name}」{cell}「{declared.label}」{what}，没有读入。"
                arrival.problems.append(CellPlan("error", name, declared.label, cell, message))
                continue
            if is_blank(text):
                continue
            text = person_name(
                ready(text, declared, units.get(name, ""), share=name in hundred), declared
            )
            if not text:
                continue
            try:
                value = parse(text, declared, self.session.names)
            except BadInput as error:
                if self._ease(arrival, declared, text, cell, units.get(name, "")):
                    continue
                message = f"工作表「{sheet.name}」第 {number} 行{error.message}"
                arrival.problems.append(
                    CellPlan(
                        "error", name, declared.label, cell, message, theirs=text[:200],
                        text_theirs=text[:200],
                    )
                )
                continue
            bare = (
                number_of(row[at])
                if name in doubtful and not row[at].strip().endswith(("%", "％"))
                else None
            )
            if bare is not None and 0 < bare < 1:
                self._eased.setdefault(declared.label, []).append(
                    f"{cell}“{row[at].strip()}”→{value}%"
                )
            if isinstance(value, tuple):  # beside those that the cell of the leading unit named
                value = tuple(dict.fromkeys((*value, *(arrival.typed.get(name) or ()))))
            arrival.typed[name], arrival.cells[name] = value, cell
        arrival.title = str(arrival.typed.get(self.kind.title) or "")
        unit = self.kind.unit
        if (
            whose
            and arrival.title
            and unit is not None
            and unit not in arrival.typed
            and all(p.field != unit for p in arrival.problems)
        ):
            arrival.typed[unit] = (whose,) if of(self.kind.field(unit)).many else whose
            self._placed[whose] = self._placed.get(whose, 0) + 1
        arrival.uid = self._uid(arrival)
        return arrival

    def _ease(self, arrival: Arrival, declared: Field, text: str, cell: str, unit: str) -> bool:
        """Take what is written loosely where it can mean only one thing; told with its cell. False
        where it is an error."""
        name = declared.name
        easier, kind_of = None, of(declared)
        if kind_of.is_day:
            day = loose_date(text, self._year, deadline=is_deadline(self.kind, declared))
            easier = day.isoformat() if day is not None else None
        # an amount of money that is only about right is for a person to say
        elif kind_of.numeric and (kind_of.whole or kind_of.is_share):
            easier = about(text)
            easier = ready(easier, declared, unit) if easier else None
        elif kind_of.one_listed:
            easier = nearest_choice(text, declared)
        elif kind_of.one_unit:
            return self._several_units(arrival, declared, text, cell)
        if not easier:
            return False
        try:
            value = parse(easier, declared, self.session.names)
        except BadInput:
            return False
        arrival.typed[name], arrival.cells[name] = value, cell
        self._eased.setdefault(declared.label, []).append(f"{cell}“{text[:20]}”→{easier}")
        return True

    def _several_units(self, arrival: Arrival, declared: Field, text: str, cell: str) -> bool:
        """Several units in a cell for one: the first leads, the others take part; words in brackets
        are no part of a name."""
        names = [part for part in _BETWEEN_UNITS.split(_IN_BRACKETS.sub("", text)) if part.strip()]
        found = [self.session.names.unit_by_name(part.strip()) for part in names]
        units = [uid for uid in found if uid is not None]
        if not units or len(units) < len(found):
            return False
        others = next(
            (
                n
                for n in self.kind.cooperating
                if self.kind.has(n) and of(self.kind.field(n)).many
            ), None,
        )
        if len(units) > 1 and (declared.name != self.kind.unit or others is None):
            return False
        arrival.typed[declared.name], arrival.cells[declared.name] = units[0], cell
        told = f"{cell}“{' '.join(text.split())[:30]}”→{self.session.unit_name(units[0])}"
        if len(units) > 1 and others is not None:
            kept = arrival.typed.get(others) or ()
            arrival.typed[others] = tuple(dict.fromkeys((*kept, *units[1:])))
            told += f"，其余记作{self.kind.field(others).label}"
        self._eased.setdefault(declared.label, []).append(told)
        return True

    def _uid(self, arrival: Arrival) -> str:
        """A live record of this title and unit, else an id that the same row gets again next month."""
        unit = arrival.typed.get(self.kind.unit) if self.kind.unit else None
        unit_text = json_text(unit)
        title = "".join(arrival.title.split())
        key = (title, unit_text)
        found = self._known.get(key)
        if found is None:
            found = self._here(arrival, unit) or derived_uid("foreign", self.kind.name, *key)
            if title:
                self._known[key] = found
        return found

    def _here(self, arrival: Arrival, unit: Any) -> str | None:
        kind, shape = self.kind, self.judge.shape
        title = arrival.typed.get(kind.title)
        if title is None:
            return None
        where, values = f"{quoted(kind.title)} = ? AND deleted = 0", [
            shape.to_db(kind.title, title)
        ]
        if kind.unit and unit is not None:
            where += f" AND {quoted(kind.unit)} = ?"
            values.append(shape.to_db(kind.unit, unit))
        rows = self.judge.book.connection.execute(
            f"SELECT uid FROM {quoted(kind.name)} WHERE {where} LIMIT 2", values
        ).fetchall()
        return rows[0][0] if len(rows) == 1 else None

    def _once(self, arrivals: list[Arrival]) -> list[Arrival]:
        """Two rows of one title and unit: alike they are one, different ones are two, told apart by
        their place.
        """
        seen: dict[str, Arrival] = {}
        out: list[Arrival] = []
        for arrival in arrivals:
            first = seen.get(arrival.uid)
            if first is None:
                seen[arrival.uid] = arrival
                out.append(arrival)
            elif first.typed != arrival.typed:
                message = (
                    f"工作表「{arrival.sheet}」第 {arrival.row} 行与第 {first.row}"
                    " 行同名同单位而内容不同，没有读入，请核对。"
                )
                arrival.typed.clear()
                arrival.problems.append(
                    CellPlan("error", self.kind.title, self.kind.field(self.kind.title).label,
                             f"A{arrival.row}", message)
                )  # fmt: skip
                arrival.uid = derived_uid("double", arrival.uid, str(arrival.row))
                out.append(arrival)
        mine = self.judge.mine([a.uid for a in out])
        for arrival in out:
            record = mine.get(arrival.uid)
            if record is not None:
                own = self.judge.book.versions_of(record)
                for name in arrival.typed:
                    site = hand_site(
                        self.judge.export_id,
                        arrival.uid,
                        name,
                        json_text(self.judge.shape.to_json(name, record.get(name))),
                    )
                    if (
                        record.get(name) is None
                        or {site, site + self.judge.owners.tag} & own.of(name).keys()
                    ):
                        arrival.on_top[name] = own.of(name)
        return out


__all__ = [
    "Proposal", "ProposedColumn", "Refused", "Wishes", "examine_foreign", "likely_ledger",
    "propose",
]
