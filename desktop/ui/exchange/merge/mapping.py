"""A foreign workbook: which ledger it is, where its heading stands, which column is which field.
Proposed, shown, corrected."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSplitter,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from db.model import fieldtypes
from db.model.declarations import Kind
from db.session import Session
from desktop.exchange.foreign import constants, ledger_detection, several_ledgers
from desktop.exchange.foreign.ledger_detection import likeliest
from desktop.exchange.foreign.proposal import propose
from desktop.exchange.foreign.several_ledgers import other_ledgers
from desktop.exchange.foreign.sheet_mapping import Wishes
from desktop.exchange.foreign.states import history_columns
from desktop.ui.exchange.merge.constants_entry import ConstantsEntry
from desktop.ui.exchange.merge.foreign_sheet import SheetTable
from desktop.ui.kit import entry_button, theme
from desktop.ui.kit.cut_label import CutLabel
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page_parts import button, label, scrolled

if TYPE_CHECKING:
    from desktop.exchange.foreign.proposal import Proposal, ProposedColumn
    from desktop.exchange.foreign.several_ledgers import Speaks
    from desktop.exchange.foreign.sheet_mapping import Wishes
    from desktop.ui.exchange.merge.incoming_file import IncomingFile

NONE = "（不读入）"


class MappingDialog(Dialog):
    """What is said here is remembered for the sender's next workbook of this kind."""

    def __init__(
        self, parent: QWidget, session: Session, jobs: Jobs, file: IncomingFile, ledger: str | None
    ) -> None:
        super().__init__(parent, f"别处来的表：{file.path.name}", "按这样读")
        assert file.book is not None  # else there is nothing to map
        self._session, self._jobs, self._file, self._book = session, jobs, file, file.book
        wishes = file.wishes
        self._said: dict[str, dict[str, str]] = {}
        self._heads: dict[str, tuple[int, int]] = dict(wishes.heads) if wishes is not None else {}
        if wishes is not None:
            self._said = {sheet: dict(columns) for sheet, columns in wishes.mapping.items()}
        self._left_out: set[str] | None = (
            set(wishes.left_out) if wishes is not None and wishes.mapping else None
        )
        self._made: dict[str, Proposal] = {}
        self._filling = False
        self._which: tuple[str, ...] = ()
        self.entries: dict[str, QComboBox] = {}
        self._build(ledger)
        if wishes is not None and wishes.constants:
            self.constants.offer(constants.fields_for(session, self.kind), ())
            self.constants.set_values(wishes.constants)
        self.ledger.setFocus()
        whole = parent.window()
        self.resize(round(whole.width() * 0.94), round(whole.height() * 0.9))
        self._split.setSizes([self.width() * 2 // 5, self.width() * 3 // 5])
        self._propose()

    # ---- building

    def _build(self, ledger: str | None) -> None:
        size = theme.sizes()
        self.setMinimumSize(size.chars(48), size.line * 20)
        self.ledger = QComboBox()
        self.ledger.setAccessibleName("是哪本台账")
        for kind in self._session.visible_kinds():
            if kind.family and self._session.may_write(kind.name):
                self.ledger.addItem(kind.label, kind.name)
        self.ledger.setCurrentIndex(max(0, self.ledger.findData(ledger)))
        self.ledger.currentIndexChanged.connect(self._other_ledger)
        self.from_unit = QComboBox()
        self.from_unit.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.from_unit.setAccessibleName("来自哪个单位")
        self.from_unit.addItem("")
        self.from_unit.addItems(
            [unit.name for unit in self._session.names.units().values() if unit.active]
        )
        typed = QLineEdit()
        self.from_unit.setLineEdit(typed)
        typed.setPlaceholderText("单位名称，可不填")
        self.from_unit.setCurrentText(self._first_sender())
        self.from_unit.currentIndexChanged.connect(lambda _: self._propose())
        typed.editingFinished.connect(self._propose)
        self.hidden_too = QCheckBox("隐藏的行也读入(&H)")
        self.hidden_too.setChecked(
            bool(self._file.wishes is not None and self._file.wishes.hidden_too)
        )
        self.hidden_too.toggled.connect(lambda _: self._propose())
        first = QHBoxLayout()
        first.setSpacing(size.gap)
        for text, entry in (("台账(&K)", self.ledger), ("来自(&F)", self.from_unit)):
            head = QLabel(text)
            head.setBuddy(entry)
            first.addWidget(head)
            entry.setMinimumWidth(size.chars(11))
            first.addWidget(entry)
            first.addSpacing(size.gap)
        first.addWidget(self.hidden_too)
        first.addStretch(1)
        self._row(first)
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for each in self._book.sheets:
            self.tabs.addTab(each.name)
        self.tabs.setVisible(self.tabs.count() > 1)
        self.tabs.currentChanged.connect(lambda _: self._show())
        self.wanted = QCheckBox("读入这张表(&R)")
        self.wanted.toggled.connect(self._tick)
        self.wanted.setVisible(self.tabs.count() > 1)
        second = QHBoxLayout()
        second.setSpacing(size.gap)
        second.addWidget(self.tabs)
        second.addWidget(self.wanted)
        second.addStretch(1)
        self._row(second)
        self.begin, self.end = entry_button.spin_box(), entry_button.spin_box()
        for row, name in ((self.begin, "表头从第几行"), (self.end, "表头到第几行")):
            row.setRange(1, 1_000)
            row.setAccessibleName(name)
            row.valueChanged.connect(self._other_head)
        third = QHBoxLayout()
        third.setSpacing(size.gap)
        head = QLabel("表头(&T) 第")
        head.setBuddy(self.begin)
        for widget in (head, self.begin, QLabel("行 到 第"), self.end, QLabel("行")):
            third.addWidget(widget)
        third.addWidget(
            button("用右边选中的行作表头", self._head_from_row, "link", tip="也可以双击那一行")
        )
        third.addStretch(1)
        self._row(third)
        self.counts = label("", "muted")
        self.add(self.counts)
        self._columns = QWidget()
        self._grid = QGridLayout(self._columns)
        self._grid.setContentsMargins(0, 0, size.gap, 0)
        self._grid.setHorizontalSpacing(size.gap)
        self._grid.setVerticalSpacing(size.gap // 2)
        self.table = SheetTable()
        self.table.head_chosen.connect(self._head_at)
        self._split = split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(size.gap)
        split.setChildrenCollapsible(False)
        self.constants = ConstantsEntry()
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._columns)
        column.addWidget(self.constants)
        column.addStretch(1)
        self._area = scrolled(below)
        split.addWidget(self._area)
        split.addWidget(self.table)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        self._area.setMinimumWidth(size.chars(26))
        self.add(split, 1)
        self.problem = self.problem_line()

    def _row(self, row: QHBoxLayout) -> None:
        holder = QWidget()
        row.setContentsMargins(0, 0, 0, 0)
        holder.setLayout(row)
        self.add(holder)

    def _first_sender(self) -> str:
        said = self._file.wishes.sender if self._file.wishes is not None else None
        return said if said is not None else ledger_detection.sender_of(self._session, self._book)

    # ---- proposing

    @property
    def kind(self) -> Kind:
        """The chosen ledger."""
        return self._session.kinds.get(self.ledger.currentData())

    @property
    def sheet(self) -> str:
        """The sheet that is shown."""
        return str(self._book.sheets[max(self.tabs.currentIndex(), 0)].name)

    def _so_far(self) -> Wishes:
        return Wishes(
            mapping=self._said, heads=self._heads, sender=self.from_unit.currentText().strip(),
            hidden_too=self.hidden_too.isChecked(),
        )

    def _propose(self) -> None:
        """Have the program look at the sheets with what was said so far."""
        session, book, kind, wishes = self._session, self._book, self.kind, self._so_far()

        def work(job: Job) -> tuple[list[Proposal], Speaks]:
            return propose(session, kind, book, wishes), (
                several_ledgers.speaks_of(session, book) if len(book.sheets) > 1 else {}
            )

        self.ok.setEnabled(False)
        self._jobs.read(
            work, self._proposed, failed=self._failed, owner=self, key=("mapping", id(self))
        )

    def _failed(self, error: Exception) -> None:
        self._say(str(error))

    def _proposed(self, answer: tuple[list[Proposal], Speaks]) -> None:
        found, speaks = answer
        self._made = {made.sheet: made for made in found}
        title = self.kind.title
        if self._left_out is None:
            with_title = {made.sheet for made in found if title in {c.field for c in made.columns}}
            fits = [at for at, made in enumerate(found) if made.sheet in with_title]

            best = next(
                (at for at in fits if likeliest(speaks.get(found[at].sheet, {})) == self.kind.name),
                fits[0] if fits else 0,
            )
            self._left_out = {made.sheet for made in found} - with_title if with_title else set()
            if with_title:
                # of another ledger, which is offered after this one
                self._left_out |= other_ledgers(speaks, {found[best].sheet})
            self.tabs.blockSignals(True)
            self.tabs.setCurrentIndex(best)
            self.tabs.blockSignals(False)
        self.ok.setEnabled(True)
        self._show()

    def _show(self) -> None:
        made = self._made.get(self.sheet)
        if made is None:
            return
        self._filling = True
        rows = made.header_rows or [next((n for n, row, _ in made.rows if any(row)), 1)]
        for entry, value in ((self.begin, rows[0]), (self.end, rows[-1])):
            entry.setMaximum(max(made.total, 1))
            entry.setValue(value)
        self.wanted.setChecked(self._left_out is None or self.sheet not in self._left_out)
        self._filling = False
        cycle = self._session.kinds.lifecycle_of(self.kind)
        fields = (*self.kind.all_fields, *history_columns(self.kind, cycle))
        labels = {field.name: field.label for field in fields}
        self.table.show_sheet(made, labels)
        counted = Counter(why or "事项" for _, _, why in made.rows)  # adds up to them all
        more = "" if made.total <= len(made.rows) else f"（前 {len(made.rows)} 行）"
        self.counts.setText(
            f"共 {made.total:,} 行{more}："
            + "，".join(f"{word} {n}" for word, n in counted.most_common())
        )
        if made.note:
            self.counts.setText(f"{self.counts.text()}；{made.note}")
        self._fill_columns(made)
        self.constants.offer(constants.fields_for(self._session, self.kind), self._missing(made))
        self._check()

    def _missing(self, made: Proposal) -> list[str]:
        """The fields that are needed and that no column fills."""
        used = {column.field for column in made.columns}
        return [
            field.name for field in self.kind.all_fields
            if field.required and field.default is None and not field.computed
            and field.name not in used and field.name != self.kind.title
        ]

    def _fill_columns(self, made: Proposal) -> None:
        """A line for each column; where the same columns stand there already, only what they are
        taken for is told anew."""
        which = (self.kind.name, made.sheet, *(c.heading for c in made.columns))
        if which == self._which:
            said = self._said.get(made.sheet, {})
            for line, column in enumerate(made.columns, 1):
                entry = self.entries[column.heading]
                entry.blockSignals(True)
                entry.setCurrentIndex(max(0, entry.findData(column.field)))
                entry.blockSignals(False)
                self._tell_why(self._sure(line), column, column.heading in said)
            return
        self._which = which
        while self._grid.count():
            taken = self._grid.takeAt(0)
            widget = taken.widget() if taken is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        size = theme.sizes()
        self.entries = {}
        for at, (text, stretch) in enumerate(
            (("表里的列", 3), ("样例", 4), (f"「{self.kind.label}」的栏", 0), ("", 0))
        ):
            self._grid.addWidget(label(text, "muted", wrap=False), 0, at)
            self._grid.setColumnStretch(at, stretch)
        cycle = self._session.kinds.lifecycle_of(self.kind)
        fields = [
            field for field in self.kind.all_fields
            if not field.computed and not fieldtypes.type_of(field).holds_files
        ] + list(history_columns(self.kind, cycle))
        said = self._said.get(made.sheet, {})
        for line, column in enumerate(made.columns, 1):
            entry = QComboBox()
            entry.setAccessibleName(column.heading)
            entry.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            entry.addItem(NONE, "")
            for field in fields:
                entry.addItem(field.label, field.name)
            entry.setCurrentIndex(max(0, entry.findData(column.field)))
            entry.setFixedWidth(size.chars(9))
            entry.currentIndexChanged.connect(
                lambda _, c=column, e=entry: self._chosen(c.heading, e)
            )
            words = CutLabel(column.heading)
            words.setToolTip(f"{column.letters} 列　{column.heading}")
            shown = CutLabel("；".join(column.samples))
            shown.setProperty("class", "muted")
            shown.setToolTip("\n".join(column.samples))
            sure = label("", "muted", wrap=False)
            self._tell_why(sure, column, column.heading in said)
            for place, widget in enumerate((words, shown, entry, sure)):
                self._grid.addWidget(widget, line, place)
            self.entries[column.heading] = entry

    @staticmethod
    def _tell_why(words: QLabel, column: ProposedColumn, said: bool) -> None:
        """In a word how sure the proposal is; on what it rests when the mouse is over it."""
        why = "您选的" if said else column.why if column.field else ""
        words.setText(why.partition("，")[0])
        words.setToolTip(why)

    # ---- what the person does

    def _other_ledger(self) -> None:
        self._said, self._left_out = {}, None
        self._propose()

    def _other_head(self) -> None:
        if not self._filling:
            first = self.begin.value()
            self._heads[self.sheet] = (first, max(first, self.end.value()))
            self._propose()

    def _head_at(self, row: int) -> None:
        self._heads[self.sheet] = (row, row)
        self._propose()

    def _head_from_row(self) -> None:
        """The selected rows of the sheet are the heading."""
        chosen = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        if chosen:
            numbers = [self.table.model_.rows[at][0] for at in (chosen[0], chosen[-1])]
            self._heads[self.sheet] = (numbers[0], numbers[1])
            self._propose()

    def _tick(self, on: bool) -> None:
        if not self._filling and self._left_out is not None:
            (self._left_out.discard if on else self._left_out.add)(self.sheet)
            self._check()

    def _chosen(self, heading: str, entry: QComboBox) -> None:
        said, name = self._said.setdefault(self.sheet, {}), entry.currentData()
        for other in [h for h, field in said.items() if name and field == name]:
            said[other] = ""  # a field is filled from one column: the one pointed out last
        said[heading] = name
        self._propose()

    def _sure(self, line: int) -> QLabel:
        item = self._grid.itemAtPosition(line, 3)
        assert item is not None
        found = item.widget()
        assert isinstance(found, QLabel)
        return found

    # ---- the outcome

    def _sheets(self) -> list[Proposal]:
        return [
            made for made in self._made.values()
            if self._left_out is None or made.sheet not in self._left_out
        ]

    def _check(self) -> bool:
        """Say what is still missing; whether nothing is."""
        kind, chosen = self.kind, self._sheets()
        title = kind.field(kind.title).label
        word = "" if chosen else "请至少选一张表读入。"
        for made in chosen:
            where = f"工作表「{made.sheet}」" if len(self._made) > 1 else ""
            used = {column.field for column in made.columns if column.field}
            if kind.title not in used:
                word = (
                    word
                    or f"{where}还没有哪一列对应「{title}」，请指出来；表头不对的，"
                        f"先改表头在第几行。"
                )
            elif len(used) < 2:
                word = word or f"{where}至少要有两列对上，请再指一列。"
        self._say(word)
        return not word

    def _say(self, text: str) -> None:
        self.problem.say(text)

    def wishes(self) -> Wishes:
        """All of it, as the plan takes it."""
        chosen = self._sheets()
        return Wishes(
            mapping={made.sheet: {c.heading: c.field for c in made.columns} for made in chosen},
            heads={
                made.sheet: (made.header_rows[0], made.header_rows[-1]) for made in chosen
                if made.header_rows and not made.turned
            },
            left_out=frozenset(self._left_out or ()), sender=self.from_unit.currentText().strip(),
            hidden_too=self.hidden_too.isChecked(), constants=self.constants.values(),
        )

    def accept(self) -> None:
        if self.ok.isEnabled() and self._check():
            super().accept()
