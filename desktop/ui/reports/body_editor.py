"""The text of a report's form: typing with blanks in words, or as it is written; blanks, tables and
conditions are put in from a menu."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QMenu, QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from db.session import Session
from desktop.bulletin.report import template_words
from desktop.bulletin.report.declaration import Report
from desktop.ui.bulletin.editor.editor import CHIP, SOURCE, BodyEditor
from desktop.ui.bulletin.editor.figures import DraftFigures
from desktop.ui.bulletin.editor.parts import FindBar
from desktop.ui.kit import theme
from desktop.ui.kit.flow_layout import Flow
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.messages import ask_text
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import button
from desktop.ui.reports.report_changes import Part, parts_of, word_of


class FormBody(BodyEditor):
    """Typing with chips: figures blue, conditions purple, other blanks grey. A click on one changes
    it."""

    blank_asked = Signal(str)

    def chip(self, source: str, shown: str) -> tuple[str, str, bool]:
        if source.lstrip().startswith("{%"):
            return shown, "purple", False
        return shown, "blue" if source.lstrip().startswith("{{") else "grey", False

    def _opens(self, source: str) -> str:
        said = template_words.words(self.session, source) if source else ""
        return f"{said}　点开修改" if said else ""

    def _ask(self, source: str) -> None:
        if source:
            self.blank_asked.emit(source)

    def replace_beside_cursor(self, source: str, other: str) -> None:
        """Put other writing in the place of the chip beside the cursor."""
        cursor = self.textCursor()
        for step in (0, 1):
            probe = self.textCursor()
            if step:
                probe.movePosition(probe.MoveOperation.NextCharacter)
            if self._chip_source(probe) == source:
                cursor = probe
                break
        cursor.movePosition(cursor.MoveOperation.PreviousCharacter, cursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.insert_blank(other)

    @staticmethod
    def _chip_source(cursor: QTextCursor) -> str:
        format = cursor.charFormat()
        return str(format.property(SOURCE)) if format.objectType() == CHIP else ""


class FormText(QWidget):
    """The body and what is put into it. `changed` when a person changed it; `body()` is the
    template."""

    changed = Signal()

    def __init__(self, session: Session, jobs: Jobs, window: Window) -> None:
        super().__init__()
        size = theme.sizes()
        self.report: Report
        self._figures = DraftFigures(
            self, session, jobs, window, lambda then: then(), lambda uid: None
        )
        self.chips = FormBody()
        self.chips.session = session
        self.chips.textChanged.connect(self.changed)
        self.chips.insert_asked.connect(self.insert_figure)
        self.chips.blank_asked.connect(self._change_blank)
        self.written = QPlainTextEdit()
        self.written.setAccessibleName("正文的写法")
        self.written.setTabChangesFocus(True)
        self.written.textChanged.connect(self.changed)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.chips)
        self.stack.addWidget(self.written)
        self.find_bar = FindBar(self.chips)
        self.chips.find_asked.connect(self.find_bar.open)
        self.figure_button = button("插入数字", self.insert_figure, tip="Ctrl+J")
        self.word_button = button("插入…", lambda: None)
        self._menu = QMenu(self.word_button)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.word_button.setMenu(self._menu)
        self.condition_button = button(
            "加条件", self.insert_condition, tip="选中的文字只在一个数字不为零时印"
        )
        self.source_button = button("看写法", self._switch, tip="整段按花括号的写法看和改")
        self.source_button.setCheckable(True)
        tools = QWidget()
        flow = Flow(tools, size.gap)
        for each in (
            self.figure_button, self.word_button, self.condition_button, self.source_button,
        ):
            flow.addWidget(each)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, size.gap, 0, 0)
        box.setSpacing(size.gap)
        box.addWidget(tools)
        box.addWidget(self.find_bar)
        box.addWidget(self.stack, 1)

    @property
    def _as_written(self) -> bool:
        return self.stack.currentWidget() is self.written

    def show_report(self, report: Report) -> None:
        """Show a report's body; the cursor stays where only parts of it changed."""
        self.report = self.chips.report = report
        if self.body() != report.body.strip("\n"):
            self._put(report.body.strip("\n"))

    def _put(self, body: str) -> None:
        self.chips.set_body(body)
        self.written.blockSignals(True)
        self.written.setPlainText(body)
        self.written.blockSignals(False)

    def body(self) -> str:
        """The template as it stands."""
        return self.written.toPlainText() if self._as_written else self.chips.body()

    def _switch(self) -> None:
        body = self.body()
        self.stack.setCurrentWidget(self.written if self.source_button.isChecked() else self.chips)
        self._put(body)
        for each in (self.figure_button, self.word_button, self.condition_button):
            each.setEnabled(not self._as_written)
        (self.written if self._as_written else self.chips).setFocus()

    def go_to_line(self, line: int) -> None:
        """Put the cursor at a line of the text, the first being 1."""
        edit = self.written if self._as_written else self.chips
        cursor = edit.textCursor()
        cursor.movePosition(cursor.MoveOperation.Start)
        cursor.movePosition(cursor.MoveOperation.NextBlock, n=max(0, line - 1))
        edit.setTextCursor(cursor)
        edit.setFocus()

    # ---- what is put in

    def _fill_menu(self) -> None:
        # late: composing is not needed to show a page

        self._menu.clear()
        for name, word in template_words.PLAIN.items():
            head = name.partition(".")[0]
            if head in ("each", "previous") or (
                head == "item" and "item" not in (*self.report.needs, *self.report.optional)
            ):
                continue
            self._menu.addAction(word, partial(self.chips.insert_blank, "{{ " + name + " }}"))
        parts = parts_of(self.report)
        if parts:
            self._menu.addSeparator()
        for part in parts:
            shown = template_words.part_title(self.chips.session, part) or part.name
            self._menu.addAction(f"表格图表：{shown}", partial(self._put_part, part))

    def _put_part(self, part: Part) -> None:
        """A part stands in a line of its own."""
        cursor = self.chips.textCursor()
        before = "" if cursor.atBlockStart() else "\n"
        self.chips.insert_blank(f"{before}{word_of(part)} {part.name}\n")

    def insert_figure(self) -> None:
        """Ask which figure, and put it in at the cursor."""
        if not self._as_written:
            self._figures.ask(self.chips.insert_blank)

    def insert_condition(self) -> None:
        """The selected words only where a figure is not nothing."""
        # late: composing is not needed to show a page

        cursor = self.chips.textCursor()
        first, last = cursor.selectionStart(), cursor.selectionEnd()

        def put(blank: str) -> None:
            call = template_words.CALL.fullmatch(blank)
            if call is None:
                return
            held = self.chips.selected_source(first, last) or "写在这里"
            cursor.setPosition(first)
            cursor.setPosition(last, cursor.MoveMode.KeepAnchor)
            self.chips.setTextCursor(cursor)
            self.chips.insert_blank(
                "{% if value('" + call.group(2) + "') %}" + held + "{% endif %}"
            )

        self._figures.ask(put)

    def _change_blank(self, source: str) -> None:
        """Other writing for one blank."""
        if source.strip().startswith("@"):
            return
        if template_words.is_figure(source):
            self._figures.ask(lambda other: self.chips.replace_beside_cursor(source, other))
            return
        text = ask_text(self, "修改", "这个空的写法：", "改好了", text=source)
        if text and text != source:
            self.chips.replace_beside_cursor(source, text)
