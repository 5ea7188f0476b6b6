"""A plan of an import as lines that a person goes through, and what was decided for each. No
widget, no file.

A line is one field of one record, or a whole new record. Nothing decided means: changes are taken,
conflicts wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from db.model.fieldtypes import TYPES
from db.session import Session
from desktop.exchange.format import like_cells
from desktop.exchange.plan import cell_accounting
from desktop.exchange.plan.import_plan import REUSED, UNKNOWN, CellPlan, Plan, RowPlan

if TYPE_CHECKING:
    from desktop.exchange.apply.accept import Choice, Choices

GROUPS: dict[str, tuple[str, str]] = {
    "danger": ("危险", "red"),
    "warned": ("可疑", "orange"),
    "each": ("逐处", "orange"),
    "proposed": ("申报", "blue"),
    "added": ("新增", "green"),
    "changed": ("修改", "blue"),
    "correction": ("更正", "purple"),
    "conflict": ("冲突", "orange"),
    "elsewhere": ("待裁定", "grey"),
    "refused": ("不予采用", "grey"),
    "error": ("有错", "red"),
    "skipped": ("跳过", "grey"),
    "ignored": ("没有采用", "grey"),
}
"""What a line is → its word and tone, in the order of the filters. `elsewhere`: another office
decides, so nothing is asked here. `proposed`: a step that a unit took by workbook. `each`: one of
the like cells that a line above tells of at once."""

TAKE: Final = "theirs"
LEAVE: Final = "mine"
WAIT: Final = ""
BOTH: Final = "both"
"""What was decided for a line; `WAIT` is for conflicts only, and what they start with."""

SUSPECT = frozenset({"danger", "warned", "each"})
"""Lines that look like an accident: nothing of them is written until a person takes them."""
ASKING = frozenset({"correction", "conflict"}) | SUSPECT
_NAMED = 12
_FATES = (
    "proposed", "added", "changed", "decided", "accepted", "both", "waiting", "held", "left",
)
"""What becomes of lines; of all but the last two something is written."""
CHOOSABLE = frozenset({"proposed", "added", "changed"}) | ASKING
"""Lines that wait for a person unless decided here."""


@dataclass(slots=True)
class Line:
    """One line: `cell` is None for a whole new record. `first` begins a record. `members`: the like
    cells that it tells of."""

    row: RowPlan
    cell: CellPlan | None
    group: str
    label: str
    mine: str
    theirs: str
    first: bool
    members: tuple[Line, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        whole = self.cell is None or (self.group in SUSPECT and "" in self.row.warned)
        return self.row.uid, "" if whole or self.cell is None else self.cell.field

    @property
    def where(self) -> str:
        """Sheet and cell, as one finds them in the workbook."""
        cell = self.cell.cell if self.cell is not None and self.cell.cell else ""
        if cell:
            return cell if len(cell) <= 40 else cell[:40].rpartition("、")[0] + " 等"
        return f"第 {self.row.row} 行" if self.row.row else ""


class Lines:
    """All lines of a plan with what was decided."""

    def __init__(self, plan: Plan, session: Session) -> None:
        self.plan = plan
        self._session = session
        self._kinds = {kind.name: kind for kind in plan.new_kinds}
        self.all: list[Line] = []
        #: names that nobody knows and that were told
        self._unknown: set[tuple[str, str]] = set()
        self._decided: dict[tuple[str, str], str] = {}
        for row in plan.rows:
            self._add_row(row)
        for cell in plan.problems:
            blank = _whole_file(cell)
            self.all.append(
                Line(blank, cell, cell.status, cell.label, cell.text_mine, cell.text_theirs, True)
            )
        self._tell_together()
        self._fold()
        for row in plan.skipped:
            self.all += [Line(row, cell, "skipped", cell.label, "", "", True) for cell in row.cells]
        self.all += [
            Line(_whole_file(cell), cell, "ignored", cell.label, "", text, True)
            for cell, text in _left_over(plan)
        ]
        self.counts = count_groups(self.all)
        #: how many cells of the file became what
        self.cells = cell_accounting.in_words(plan)
        self._of_row: dict[int, list[Line]] = {}
        for line in self.all:
            self._of_row.setdefault(id(line.row), []).append(line)
        self._made = Counter(
            _fate(line.group, line.group in ASKING, self.decided(line)) for line in self.all
            if line.group in CHOOSABLE and not line.members
        )

    def _tell_together(self) -> None:
        """What looks like an accident stands first, the dangerous before the others, and one line
        tells of all that are alike."""
        alike: dict[tuple[str, ...], list[Line]] = {}
        for line in self.all:
            if line.group in SUSPECT and line.cell is not None:
                alike.setdefault(cell_accounting.like(line.row, line.cell), []).append(line)
        if not alike:
            return
        heads: list[Line] = []
        for lines in alike.values():
            heads.append(_head(lines) if len(lines) > 1 else lines[0])
            if len(lines) > 1:
                for line in lines:
                    line.group = "each"
                heads += lines
        head_ids = {id(line) for line in heads}
        dangerous = {
            id(member) for line in heads if line.group == "danger"
            for member in (line, *line.members)
        }
        heads.sort(key=lambda line: id(line) not in dangerous)
        self.all = heads + [line for line in self.all if id(line) not in head_ids]

    def _told_once(self, cells: Iterable[CellPlan]) -> Iterator[CellPlan]:
        """Without those that name what an earlier one named that nobody knows."""
        for cell in cells:
            named = (cell.field, cell.message)
            if cell.code != UNKNOWN or named not in self._unknown:
                yield cell
            if cell.code == UNKNOWN:
                self._unknown.add(named)

    def _fold(self) -> None:
        """Many refusals or errors for one reason are one line."""

        def key(line: Line) -> object:
            if line.cell is None or line.group not in ("refused", "error"):
                return id(line)
            reason = cell_accounting.same_reason(line.cell)
            return (line.group, line.row.kind, line.row.sheet, *reason)

        self.all = [
            _folded(same) if len(same) > 1 else same[0]
            for same in like_cells.together(self.all, key)
        ]

    def _add_row(self, row: RowPlan) -> None:
        first = True
        if row.status == "added" and "" not in row.warned:
            step = row.steps[0].label if row.steps else ""
            group = "proposed" if step else "added"
            self.all.append(Line(row, None, group, step or "整条", "", self._summary(row), True))
            first = False
        for cell in self._told_once(row.cells):
            if row.status == "added" and cell.status == "changed":
                continue
            label, theirs = cell.label or cell.field or "整行", cell.text_theirs
            if cell.status == "warned" and not cell.decider and "" in row.warned:
                label, theirs = "整条", self._summary(row) or theirs
            group = _group(row, cell)
            self.all.append(Line(row, cell, group, label, cell.text_mine, theirs, first))
            first = False

    @property
    def news(self) -> bool:
        """Whether there is anything but rows that were passed over and what a foreign table has
        beside its items: sheets and columns that nobody wanted stand in it month after month."""
        beside = {"skipped": self.counts["skipped"]}
        if self.plan.foreign_kind is not None:
            beside["ignored"] = len(self.plan.ignored)
        return any(count > beside.get(group, 0) for group, count in self.counts.items())

    @property
    def unchanged(self) -> int:
        """Rows that say nothing new."""
        return self.plan.unchanged

    # -- what the lines say

    def kind_label(self, name: str) -> str:
        """What a ledger is called."""
        if name in self._kinds:
            return str(self._kinds[name].label)
        return str(self._session.kinds.get(name).label) if name in self._session.kinds else ""

    def fields_of(self, row: RowPlan) -> list[tuple[str, str, str]]:
        """The filled fields of a new record: name, label, text."""
        kind = self._kinds.get(row.kind)
        if kind is None and row.kind in self._session.kinds:
            kind = self._session.kinds.get(row.kind)
        if row.theirs is None or kind is None:
            return []
        found = []
        for field in kind.all_fields:
            value = row.theirs.values.get(field.name)
            if value is not None:
                found.append((
                    field.name, field.label,
                    TYPES[field.type].format(value, field, self._session.names),
                ))
        return found

    def _summary(self, row: RowPlan) -> str:
        parts = [f"{label}：{text}" for _, label, text in self.fields_of(row) if text != row.title]
        return "；".join(" ".join(part.split())[:40] for part in parts[:8])

    # -- deciding

    def decided(self, line: Line) -> str:
        """`TAKE`, `LEAVE` or `WAIT`."""
        if line.group not in CHOOSABLE:
            return LEAVE
        if line.members:
            every = {self.decided(member) for member in line.members}
            return every.pop() if len(every) == 1 else WAIT
        return self._decided.get(line.key, WAIT if line.group in ASKING else TAKE)

    def decide(self, lines: Iterable[Line], choice: str) -> None:
        """Decide lines; a change that cannot wait is taken instead. Quick enough for 100,000 of
        them at once."""
        held, made = self._decided, self._made
        for line in (each for head in lines for each in head.members or (head,)):
            group = line.group
            if group not in CHOOSABLE or (choice == BOTH and not may_be_two(line)):
                continue
            asking = group in ASKING
            standard = WAIT if asking else TAKE
            wanted = TAKE if choice == WAIT and not asking else choice
            key = line.key
            before = held.get(key, standard)
            if before == wanted:
                continue
            if wanted == standard:
                del held[key]
            else:
                held[key] = wanted
            made[_fate(group, asking, before)] -= 1
            made[_fate(group, asking, wanted)] += 1

    def toggle(self, lines: list[Line]) -> None:
        """Take them or leave them, after what the first of them is."""
        able = [line for line in lines if line.group in CHOOSABLE]
        if able:
            self.decide(able, LEAVE if self.decided(able[0]) == TAKE else TAKE)

    def leaves_field(self, row: RowPlan, name: str) -> bool:
        """Whether one field of a new record is left out."""
        return self._decided.get((row.uid, name)) == LEAVE

    def leave_field(self, row: RowPlan, name: str, leave: bool) -> None:
        """Take a new record without one of its fields, or with it."""
        if leave:
            self._decided[row.uid, name] = LEAVE
        else:
            self._decided.pop((row.uid, name), None)

    def kept(self) -> list[list[str]]:
        """What was decided otherwise than proposed, as plain data without any content."""
        return [[uid, name, choice] for (uid, name), choice in self._decided.items()]

    def restore(self, kept: Iterable[object]) -> None:
        """Take up decisions of before, as far as their lines are still there."""
        by_key = {line.key: line for line in self.all}
        for each in kept:
            if not isinstance(each, list) or len(each) != 3 or each[2] not in (TAKE, LEAVE, BOTH):
                continue
            uid, name, choice = each
            line = by_key.get((uid, name))
            if line is not None:
                self.decide([line], choice)
            elif (uid, "") in by_key and choice == LEAVE:
                self._decided[uid, name] = LEAVE  # a field left out of a new record

    def of_row(self, row: RowPlan) -> list[Line]:
        """All lines of a record."""
        return self._of_row.get(id(row), [])

    def choices(self) -> Choices:
        """As `apply.accept` takes them."""
        found: dict[str | tuple[str, str], Choice] = {}
        for (uid, name), choice in self._decided.items():
            left: Choice = LEAVE if name else "skip"
            found[(uid, name) if name else uid] = TAKE if choice == TAKE else left
        for line in self._kept_both():
            found.pop(line.key, None)
            found[line.row.uid] = BOTH
        skipped = {line.key for line in self.all if self._is_left_change(line)}
        accepted, added = self._accepted(), self._added()
        skipped |= {
            key for key in found
            if isinstance(key, tuple) and key[0] in added and key not in accepted
        }
        return found | dict.fromkeys(skipped, "skip")

    def _kept_both(self) -> list[Line]:
        """The lines of rows of which both things are kept: the whole row, or none of it."""
        two = [line for line in self.all if may_be_two(line)]
        apart = {line.row.uid for line in two if self.decided(line) != BOTH}
        return [line for line in two if line.row.uid not in apart]

    def _is_left_change(self, line: Line) -> bool:
        """Whether a plain change is not to be written."""
        changes = line.group == "changed" or (line.group == "proposed" and line.key[1])
        return bool(changes) and self._decided.get(line.key) == LEAVE

    def _accepted(self) -> set[tuple[str, str]]:
        """The suspicious values that are to be written all the same."""
        suspects = (line for line in self.all if line.group in SUSPECT)
        return {line.key for line in suspects if self.decided(line) == TAKE}

    def _added(self) -> set[str]:
        """The records that come as a whole."""
        whole = (line for line in self.all if line.cell is None)
        return {line.row.uid for line in whole if line.group in ("added", "proposed")}

    def outcome(self) -> dict[str, int]:
        """How many lines will be taken, left and kept waiting."""
        return {name: self._made[name] for name in _FATES}

    @property
    def brings(self) -> bool:
        """Whether taking it in, as it is decided now, changes anything beyond noting that it was
        handed in."""
        additions = self.counts["elsewhere"] or self.plan.new_kinds or self.plan.new_figures
        return bool(additions) or any(self._made[name] for name in _FATES[:-2])

    def outcome_text(self) -> str:
        """The same in words, for the line beside the button."""
        return outcome_words(self.outcome())

    # -- the report

    def report_head(self) -> list[tuple[str, str]]:
        """What stands above the lines of a report: which file, from whom, the totals, remarks."""
        plan = self.plan
        counted = [
            f"{word} {self.counts[name]}" for name, (word, _) in GROUPS.items() if self.counts[name]
        ]
        total = "，".join([*counted, f"没有变化 {plan.unchanged} 行"])
        head = [("文件", plan.file.name), ("来自", plan.sender or "（不明）"), ("合计", total)]
        head += [("格子", self.cells)] if self.cells else []
        return head + [("说明", remark) for remark in plan.remarks]

    def report(self) -> str:
        """Everything as text with tabs, to be pasted into a message or a sheet."""
        lines = [f"{name}\t{text}" for name, text in self.report_head()]
        lines.append("")
        lines.append(
            "\t".join((
                "类别", "台账", "事项", "栏目", "发出时", "我方现在", "对方交来", "位置", "决定",
                "说明",
            ))
        )
        for line in self.all:
            cell = line.cell
            cells = (
                GROUPS[line.group][0], self.kind_label(line.row.kind), line.row.title, line.label,
                cell.text_base if cell is not None else "", line.mine, line.theirs,
                f"{line.row.sheet} "
                f"{line.where}".strip(), self.word(line), cell.message if cell is not None else "",
            )  # fmt: skip
            lines.append("\t".join(" ".join(text.split()) for text in cells))
        return "\n".join(lines)

    def on_paper(self) -> list[tuple[str, ...]]:
        """The lines as a report is printed: sort, item, field, mine, theirs (or what is wrong),
        where, decided."""
        found: list[tuple[str, ...]] = []
        for line in self.all:
            message = (
                line.cell.message
                if line.cell is not None
                and line.group in ("error", "refused", "skipped", "elsewhere", "ignored", *SUSPECT)
                else ""
            )
            theirs = "；".join(text for text in (line.theirs, message) if text)
            found.append((
                GROUPS[line.group][0], line.row.title, line.label, line.mine, theirs, line.where,
                self.word(line),
            ))
        return found

    def word(self, line: Line) -> str:
        """What was decided, in a word."""
        if line.group == "elsewhere":
            return "待裁定"
        if line.group not in CHOOSABLE:
            return "不改"
        choice = self.decided(line)
        if choice in (WAIT, BOTH):
            return "都留" if choice else "待定"
        if line.group in ASKING - SUSPECT:
            return "用对方" if choice == TAKE else "用我方"
        return "采用" if choice == TAKE else "不采用"


def may_be_two(line: Line) -> bool:
    """Whether a line belongs to a row that may be another thing than the record here."""
    cell = line.cell
    return line.row.both is not None and cell is not None and (
        line.group in ("correction", "conflict") or cell.code == REUSED
    )


def count_groups(lines: Iterable[Line]) -> Counter[str]:
    """How many cells and records there are of each sort."""
    counts: Counter[str] = Counter()
    for line in lines:
        folded = line.group in ("refused", "error") and len(line.members)
        counts[line.group] += folded or 1
    return counts


def _folded(lines: list[Line]) -> Line:
    """The one line for many refusals or errors that have one reason."""

    first = lines[0]
    assert first.cell is not None
    cells = [line.cell.cell for line in lines if line.cell is not None]
    message = like_cells.sentence(first.cell.message, first.cell.text_theirs, cells)
    cell = replace(first.cell, cell=like_cells.ranges(cells), message=message)
    return _of_many(lines, cell, f"{first.label}，共 {len(lines)} 处")


def outcome_words(made: Mapping[str, int]) -> str:
    """What will be done, in words."""
    parts = [
        f"{word} {made[name]:,} {unit}"
        for name, word, unit in (
            ("proposed", "登记申报", "件"), ("added", "新增", "条"), ("changed", "修改", "处"),
            ("decided", "定下冲突", "处"),
            ("accepted", "采用可疑的", "处"), ("both", "两条都留", "处"),
            ("waiting", "留待处理", "处"),
            ("held", "可疑的不写", "处"), ("left", "不采用", "处"),
        )
        if made[name]
    ]  # fmt: skip
    return "将" + "，".join(parts) if parts else "没有要改的内容"


def _fate(group: str, asking: bool, choice: str) -> str:
    """What will become of a line, of `_FATES`."""
    if choice == BOTH:
        return "both"
    if group in SUSPECT and choice != LEAVE:
        return "held" if choice == WAIT else "accepted"
    if choice == WAIT:
        return "waiting"
    if asking and group not in SUSPECT:
        return "decided"
    return group if choice == TAKE else "left"


def _group(row: RowPlan, cell: CellPlan) -> str:
    """What a cell's line is."""
    if cell.decider:
        return "elsewhere"
    if cell.status == "warned":
        return _suspicion(cell)
    dated = any(cell.field == step.field for step in row.steps)
    return "proposed" if cell.status == "changed" and dated else cell.status


def _suspicion(cell: CellPlan) -> str:
    return "danger" if cell.code in cell_accounting.DANGEROUS else "warned"


def _head(lines: list[Line]) -> Line:
    """The one line for cells that are alike."""
    first = lines[0]
    assert first.cell is not None
    cells = [line.cell for line in lines if line.cell is not None]
    places = "、".join(cell.cell for cell in cells[:_NAMED]) + (
        " 等" if len(cells) > _NAMED else ""
    )
    cell = replace(first.cell, cell=places, message=cell_accounting.together(cells))
    return _of_many(lines, cell, f"{cell_accounting.CODES.get(cell.code, '')}，共 {len(lines)} 处")


def _of_many(lines: list[Line], cell: CellPlan, title: str) -> Line:
    """A line that tells of many, with what stands in the first of them."""
    first, some = lines[0], lines[:_NAMED]
    bases = (line.cell.text_base for line in some if line.cell is not None)
    base, mine, theirs = (
        "；".join(dict.fromkeys(filter(None, texts)))
        for texts in (bases, (line.mine for line in some), (line.theirs for line in some))
    )
    return Line(
        replace(first.row, title=title), replace(cell, text_base=base), first.group, first.label,
        mine, theirs, True, tuple(lines),
    )


def _left_over(plan: Plan) -> list[tuple[CellPlan, str]]:
    """What is not taken, and sheets that are not there, each with its sentence."""
    found = [(CellPlan("skipped", "", a.sheet, "", a.message), "") for a in plan.accidents]
    return found + [(CellPlan("skipped", "", i.sheet, i.cell, i.why), i.text) for i in plan.ignored]


def _whole_file(cell: CellPlan) -> RowPlan:
    return RowPlan("", "", cell.label, 0, "（整个文件）", "refused")
