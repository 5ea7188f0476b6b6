"""The lines of several workbooks as one: looked at, filtered and decided together; each file stays
an import of its own. No widget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from desktop.exchange.plan.import_plan import CellPlan, RowPlan
from desktop.ui.exchange.merge.lines import (
    CHOOSABLE,
    LEAVE,
    TAKE,
    Line,
    Lines,
    count_groups,
    outcome_words,
)

if TYPE_CHECKING:
    from desktop.exchange.plan.import_plan import RowPlan


def refused_line(file_name: str, word: str, message: str) -> Line:
    """A file that could not be read as a line among the others, so that nobody misses it."""
    # late: reading workbooks is not needed to show a page

    cell = CellPlan("error", "", word, "", message)
    return Line(RowPlan("", "", "", 0, file_name, "error"), cell, "error", word, "", "", True)


class ManyLines:
    """What `Lines` offers, and `whose` a line is."""

    def __init__(
        self, files: Mapping[str, Lines], refused: Iterable[tuple[str, Line]] = ()
    ) -> None:
        self.all: list[Line] = []
        self.counts: Counter[str] = Counter()
        self._owner: dict[int, Lines] = {}
        self._whose: dict[int, str] = {}
        self._parts: dict[str, Lines] = {}
        self._refused = tuple(refused)
        self._add(files)
        for name, line in self._refused:
            self.all.append(line)
            self._whose[id(line.row)] = name
        self.counts.update(count_groups(line for _, line in self._refused))

    def _add(self, files: Mapping[str, Lines]) -> None:
        for name, lines in files.items():
            self._parts[name] = lines
            self.all += lines.all
            self.counts.update(count_groups(lines.all))
            for line in lines.all:
                self._owner[id(line.row)] = lines
                self._whose[id(line.row)] = name

    def goes_on(self, files: Mapping[str, Lines]) -> bool:
        """Take up the files behind those that are in it, where that is all there is to do: they are
        read one by one, and there may be 158."""
        before = list(self._parts.items())
        if self._refused or list(files.items())[: len(before)] != before:
            return False
        self._add(dict(list(files.items())[len(before) :]))
        return True

    def whose(self, line: Line) -> str:
        """From which file a line is."""
        return self._whose.get(id(line.row), "")

    @property
    def unchanged(self) -> int:
        """Rows of all files that say nothing new."""
        return sum(lines.unchanged for lines in self._parts.values())

    # -- a line's own file answers

    def decided(self, line: Line) -> str:
        """`TAKE`, `LEAVE` or `WAIT`."""
        owner = self._owner.get(id(line.row))
        return owner.decided(line) if owner is not None else LEAVE

    def word(self, line: Line) -> str:
        """What was decided, in a word."""
        owner = self._owner.get(id(line.row))
        return owner.word(line) if owner is not None else "不改"

    def kind_label(self, name: str) -> str:
        """What a ledger is called."""
        return next(
            (label for lines in self._parts.values() if (label := lines.kind_label(name))), ""
        )

    def fields_of(self, row: RowPlan) -> list[tuple[str, str, str]]:
        """The filled fields of a new record: name, label, text."""
        owner = self._owner.get(id(row))
        return owner.fields_of(row) if owner is not None else []

    def of_row(self, row: RowPlan) -> list[Line]:
        """All lines of a record in its file."""
        owner = self._owner.get(id(row))
        return owner.of_row(row) if owner is not None else []

    def leaves_field(self, row: RowPlan, name: str) -> bool:
        """Whether one field of a new record is left out."""
        owner = self._owner.get(id(row))
        return owner is not None and owner.leaves_field(row, name)

    def leave_field(self, row: RowPlan, name: str, leave: bool) -> None:
        """Take a new record without one of its fields, or with it."""
        if (owner := self._owner.get(id(row))) is not None:
            owner.leave_field(row, name, leave)

    # -- all together

    def decide(self, lines: Iterable[Line], choice: str) -> None:
        """Decide lines, each in its own file."""
        parts: dict[int, tuple[Lines, list[Line]]] = {}
        for line in lines:
            owner = self._owner.get(id(line.row))
            if owner is not None:
                parts.setdefault(id(owner), (owner, []))[1].append(line)
        for owner, some in parts.values():
            owner.decide(some, choice)

    def toggle(self, lines: list[Line]) -> None:
        """Take them or leave them, after what the first of them is."""
        able = [line for line in lines if line.group in CHOOSABLE]
        if able:
            self.decide(able, LEAVE if self.decided(able[0]) == TAKE else TAKE)

    @property
    def brings(self) -> int:
        """How many of the files change anything, as they are decided now."""
        return sum(lines.brings for lines in self._parts.values())

    def outcome_text(self) -> str:
        """What will be done with all files, in words."""
        made: Counter[str] = Counter()
        for lines in self._parts.values():
            made.update(lines.outcome())
        return outcome_words(made)

    def report_head(self) -> list[tuple[str, str]]:
        """Each file with its sender, and each that was not read."""
        head = [
            ("文件", f"{lines.plan.file.name}（{lines.plan.sender or '不明'}）")
            for lines in self._parts.values()
        ]
        return head + [
            ("没有读入", f"{self.whose(line)}：{_message(line)}") for line in self._not_read()
        ]

    def on_paper(self) -> list[tuple[str, ...]]:
        """The lines of all files as a report is printed."""
        return [row for lines in self._parts.values() for row in lines.on_paper()]

    def _not_read(self) -> list[Line]:
        return [line for line in self.all if id(line.row) not in self._owner]

    def report(self) -> str:
        """The reports of all files, one below the other; then the files that were not read."""
        parts = [lines.report() for lines in self._parts.values()]
        left = [f"{self.whose(line)}\t{_message(line)}" for line in self._not_read()]
        if left:
            parts.append("\n".join(["没有读入的文件", *left]))
        return "\n\n".join(parts)



def _message(line: Line) -> str:
    return line.cell.message if line.cell is not None else ""
