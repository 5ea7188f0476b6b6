"""A person at the window: goes to a page in the navigation, types into forms by their labels, presses buttons by their words.

Nothing here calls the session to change anything; what was done is read back from the window, and from the book only to name it.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pypdfium2
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from db.metrics.metrics import count
from db.model.query import Query
from desktop.ui.app.paper_dialog import PaperDialog
from desktop.ui.app.shell import Shell
from desktop.ui.bulletin.preview.sheet_preview import SheetPreview
from desktop.ui.entries.date_entry import DateEditor
from desktop.ui.entries.editors import Editor, FlagEditor
from desktop.ui.figures.row_list import RowsDialog
from tests.gui.conftest import PATIENCE_MS, answer, log_in, type_chinese

PLAIN = "plain"
"""The sheet with every field and what hangs under a record, for which no report is made."""


class Hand:
    """Drives one window; `person` says who sits before it."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.qtbot: Any = None
        self.person = ""
        self.name = ""
        self.people = 0
        self.made: list[tuple[str, str]] = []
        """Kind and uid of what the story made, in its order."""

    # ---- the window -----------------------------------------------------------------------------------------

    @property
    def window(self) -> Any:
        return self.shell.workspace

    @property
    def session(self) -> Any:
        return self.shell.session

    @property
    def page(self) -> Any:
        return self.window.page

    def wait(self, said: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(said()), timeout=PATIENCE_MS)

    def quiet(self) -> None:
        """Until nothing is read or written any more."""
        self.wait(lambda: self.shell.jobs.idle)
        QApplication.processEvents()

    def sit(self, person: str) -> Hand:
        """This person logs in, after a lock when another sat there."""
        if self.person != person:
            if self.person:
                assert self.shell.lock()
            log_in(self.qtbot, self.shell, person)
            self.person = person
        self.quiet()
        return self

    def go(self, key: str) -> Any:
        """Click a section of the navigation, then a tab or a line of what has none."""
        navigation, tabs = self.window.navigation, self.window.tabs
        section = navigation.section_of(key)
        if navigation.section_of(self.window.front) != section:
            self.click(navigation.viewport(), navigation.visualItemRect(navigation.item_of(section)).center())
            self.wait(lambda: navigation.section_of(self.window.front) == section)
        keys = [entry.key for entry in tabs.shown]
        if key in keys and tabs.isVisible():
            self.click(tabs.bar, tabs.bar.tabRect(keys.index(key)).center())
        elif key != self.window.front:
            next(action for action in tabs.menu.actions() if action.data() == key).trigger()
        self.wait(lambda: self.window.front == key)
        page = self.page
        if hasattr(page, "table") and hasattr(page, "form"):
            self.wait(lambda: page.table.rows.loaded)
            page.filter.clear()
        self.quiet()
        return page

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at or widget.rect().center())

    def press(self, word: str, within: QWidget | None = None) -> None:
        """Click the button with this word (or tool button of the bar above)."""
        button = self.button(word, within)
        assert button.isEnabled(), f"{word}：{button.toolTip()}"
        self.click(button)
        self.quiet()

    def button(self, word: str, within: QWidget | None = None) -> QPushButton:
        found = [b for b in (within or self.page).findChildren(QPushButton) if b.text() == word and b.isVisible()]
        assert found, f"no button {word}"
        return found[0]

    # ---- typing -----------------------------------------------------------------------------------------

    def fill(self, fields: Any, values: dict[str, Any]) -> None:
        """Type into entries by their labels; yes and no are pressed."""
        by_label = {editor.field.label: editor for editor in fields.editors.values()}
        for label, value in values.items():
            assert label in by_label, f"no entry {label}, there are {list(by_label)}"
            self.type(by_label[label], value)

    def type(self, editor: Editor, value: Any) -> None:
        if isinstance(editor, FlagEditor):
            button = next(b for b in editor.findChildren(QPushButton) if b.text() == ("是" if value else "否"))
            button.click()
            return
        entry = editor.findChild(QLineEdit) or editor.findChild(QPlainTextEdit)
        assert entry is not None and not entry.isReadOnly(), editor.field.label
        entry.setFocus()
        entry.selectAll()
        text = value.isoformat() if hasattr(value, "isoformat") else str(value)
        if isinstance(editor, DateEditor):
            QTest.keyClicks(entry, text)
        else:
            type_chinese(entry, text)
        entry.clearFocus()

    # ---- a ledger -----------------------------------------------------------------------------------------

    def new(self, **values: Any) -> str:
        """Press 新建, type, press 保存; the record's uid once the form shows it. What is refused stands in `problems`."""
        page = self.page
        self.click(self.window._buttons["new"])  # noqa: SLF001  (the tool bar's own button)
        self.wait(lambda: page.form.is_new)
        self.quiet()
        self.fill(page.form.fields, values)
        self.save()
        assert not self.problems(), self.problems()
        self.wait(lambda: page.form.uid is not None and not page.form.is_new)
        self.quiet()
        self.made.append((page.kind.name, page.form.uid))
        return page.form.uid

    def save(self) -> None:
        self.press("保存", self.page.form)

    def change(self, **values: Any) -> None:
        """Type over the record shown, and save."""
        self.page.form._tabs.setCurrentIndex(0)  # noqa: SLF001
        self.fill(self.page.form.fields, values)
        self.save()
        assert not self.problems(), self.problems()

    def problems(self) -> str:
        """The sentences in red beside the entries, and the one above the page."""
        fields = self.page.form.fields
        said = [label.text() for label in fields._problems.values() if label.isVisible()]  # noqa: SLF001
        if self.window.errors.isVisible():
            said.append(self.window.errors.text)
        return "；".join(said)

    def refused(self, word: str, **values: Any) -> None:
        """A new record with these values is refused with a sentence that has this word, and given up."""
        page = self.page
        self.click(self.window._buttons["new"])  # noqa: SLF001
        self.wait(lambda: page.form.is_new)
        self.quiet()
        self.fill(page.form.fields, values)
        self.save()
        assert word in self.problems(), self.problems()
        self.press("放弃新建", page.form)

    def shown(self, label: str) -> str:
        """What the form says at this label."""
        fields = self.page.form.fields
        by_label = {editor.field.label: editor for editor in fields.editors.values()}
        if label in by_label:
            entry = by_label[label].findChild(QLineEdit) or by_label[label].findChild(QPlainTextEdit)
            if isinstance(by_label[label], FlagEditor):
                return {True: "是", False: "否", None: ""}[by_label[label].value()]
            return entry.text() if isinstance(entry, QLineEdit) else entry.toPlainText()
        return next(fact.text() for head, fact in fields._facts.values() if head.text() == label)  # noqa: SLF001

    def state(self) -> str:
        """The state as it stands on the form."""
        page = self.page
        record = page.form._shown.record  # noqa: SLF001
        return self.session.text(record, "state")

    def look(self, kind: str, uid: str) -> None:
        """Open a record in its ledger, as a hit of the search or a row of any list does."""
        self.window.open_record(kind, uid)
        self.wait(lambda: self.page.form.uid == uid)
        self.quiet()

    def step(self, word: str, note: str = "", **values: Any) -> None:
        """Press a step's button, or take it from 更多办理, and answer what it asks."""
        bar = self.page.form.action_bar

        def say(dialog: Any) -> None:
            for fields in dialog._fields:
                mine = {k: v for k, v in values.items() if k in {e.field.label for e in fields.editors.values()}}
                self.fill(fields, mine)
            if note:
                type_chinese(dialog._note, note)  # noqa: SLF001
            self.click(dialog.ok)

        answered = answer(say)
        direct = [b for b in bar.findChildren(QPushButton) if b.text() == word and b.isVisible()]
        if direct:
            assert direct[0].isEnabled(), direct[0].toolTip()
            self.click(direct[0])
        else:
            menu = next(b.menu() for b in bar.findChildren(QPushButton) if b.text() == "更多办理")
            assert isinstance(menu, QMenu)
            action = next(a for a in menu.actions() if a.text().startswith(word))
            assert action.isEnabled(), action.text()
            action.trigger()
        self.wait(lambda: answered)
        self.quiet()
        assert not self.window.errors.isVisible(), self.window.errors.text

    def barred(self, word: str) -> str:
        """Why a step is not to be had."""
        found = next(b for b in self.page.form.action_bar.findChildren(QPushButton) if b.text() == word)
        assert not found.isEnabled()
        return found.toolTip()

    # ---- what hangs under a record -------------------------------------------------------------------------

    def add_child(self, label: str, refused: str = "", **values: Any) -> str:
        """The tab of children, 添加 at this kind, type, 保存. With ``refused`` the dialog must say so, and is left."""
        form = self.page.form
        form._tabs.setCurrentIndex(2)  # noqa: SLF001
        self.quiet()
        button = next(b for b in form.findChildren(QPushButton) if b.accessibleName() == f"添加{label}")
        assert button.isVisible(), f"{label} cannot be added"
        button.click()
        self._answer_child(values, refused)
        if refused:
            return ""
        kind = next(k for k in self.session.kinds if k.label == label)
        newest = max(self.session.children(form.uid, kind.name), key=lambda r: r.id)
        assert any(label in line for line in self.children_told()), "not in the list of children"
        self.made.append((kind.name, newest.uid))
        return newest.uid

    def press_child(self, name: str) -> None:
        """A button over the list of children of a kind, by its accessible name."""
        form = self.page.form
        form._tabs.setCurrentIndex(2)  # noqa: SLF001
        self.quiet()
        button = next(b for b in form.findChildren(QPushButton) if b.accessibleName() == name)
        assert button.isVisible() and button.isEnabled(), name
        button.click()
        self.quiet()

    def children_told(self) -> list[str]:
        """The headings of the lists of children that have some."""
        lists = self.page.form.children_lists._lists.values()  # noqa: SLF001
        return [each._head.text() for each in lists if each.records]  # noqa: SLF001

    def dialog(self, name: str) -> Any:
        found = [w for w in QApplication.topLevelWidgets() if type(w).__name__ == name and w.isVisible()]
        return found[0] if found else None

    def open_child(self, label: str, at: int, refused: str = "", **values: Any) -> None:
        """Open a child from its list, type over it, save. With ``refused`` the dialog must say so, and is left."""
        form = self.page.form
        form._tabs.setCurrentIndex(2)  # noqa: SLF001
        self.quiet()
        kind = next(k for k in self.session.kinds if k.label == label)
        table = form.children_lists._lists[kind.name]._table  # noqa: SLF001
        table.itemActivated.emit(table.item(at, 0))
        self._answer_child(values, refused)

    def _answer_child(self, values: dict[str, Any], refused: str) -> None:
        """Type into the dialog of a child and save it, or leave it where it must refuse."""
        self.wait(lambda: self.dialog("ChildDialog"))
        dialog = self.dialog("ChildDialog")
        self.fill(dialog.fields, values)
        self.click(dialog.ok)
        self.quiet()
        if refused:
            said = "；".join(p.text() for p in dialog.fields._problems.values() if p.isVisible()) + dialog._problem.text()  # noqa: SLF001
            assert refused in said, said
            dialog.reject()
        self.wait(lambda: self.dialog("ChildDialog") is None)
        self.quiet()

    def grid(self, lines: list[dict[str, Any]]) -> None:
        """Fill the window with several lines at once, and press its button."""
        self.wait(lambda: self.dialog("GridDialog"))
        dialog = self.dialog("GridDialog")
        for row, values in zip(dialog.grid.rows, lines, strict=False):
            by_label = {editor.field.label: editor for editor in row.values()}
            for label, value in values.items():
                self.type(by_label[label], value)
        self.click(dialog.ok)
        self.wait(lambda: self.dialog("GridDialog") is None or dialog.grid.problem.isVisible())
        assert self.dialog("GridDialog") is None, dialog.grid.problem.text()
        self.quiet()

    def review(self, back: int = 0) -> Any:
        """每月讲评 of a month, made anew where there is none."""
        page = self.go("review")
        for _ in range(back):
            page._step(-1)  # noqa: SLF001  (Alt+←)
            self.quiet()
        if page.found is None or page.found.review is None:
            page.new()
            self.quiet()
        self.wait(lambda: page.found is not None and page.found.review is not None and bool(page.table.rows))
        self.made.append(("monthly_review", page.found.review.uid))
        return page

    def offered(self, word: str) -> bool:
        """Whether a step's button stands there and may be pressed."""
        found = [b for b in self.page.form.action_bar.findChildren(QPushButton) if b.text() == word]
        return bool(found) and found[0].isEnabled()

    # ---- people ----

    def cadre(self) -> str:
        """A new cadre of a name nobody has, made in the ledger; `name` is theirs."""
        self.people += 1
        self.name = "甄" + "甲乙丙丁戊己庚辛壬癸子丑"[self.people] + "安"
        self.go("ledger:cadre")
        values = {"出生年月": "1982-03", "参加工作时间": "2004-07", "所在单位": self.unit(), "现任职务": "科长"}
        return self.new(姓名=self.name, 性别="男", 民族="汉族", **values)

    def persons_page(self) -> str:
        """The words on the page of the cadre made first, opened by the ledger's own command."""
        uid = next(uid for kind, uid in self.made if kind == "cadre")
        self.look("cadre", uid)
        self.wait(lambda: self.page.table.current() is not None and self.page.table.current().uid == uid)
        next(c for c in self.page.commands() if c.label == "打开个人页").run()
        self.wait(lambda: hasattr(self.page, "life") and self.page.uid == uid)
        self.quiet()
        self.wait(lambda: self.page.life.events)
        return "".join(f"{event}" for event in self.page.life.events)

    # ---- names and days ---------------------------------------------------------------------------------

    def units(self) -> list[str]:
        """Names of the units that are there, in their order."""
        return [unit.name for unit in self.session.names.units().values() if unit.active]

    def unit(self) -> str:
        return self.units()[0]

    def some(self, kind: str) -> str:
        """The title of the first record of a kind whose title nobody shares."""
        titles = [self.session.title_of(record) for record in self.session.find(Query(kind=kind, limit=60))]
        return next(title for title in titles if titles.count(title) == 1)

    def day(self, ahead: int) -> dt.date:
        return self.session.today + dt.timedelta(days=ahead)

    def number(self, name: str) -> Any:
        """A figure over the whole year with its parts."""
        return count(self.session, [name], period=str(self.session.today.year))[name]

    # ---- paper and figures ----------------------------------------------------------------------------------

    def list_on_paper(self) -> str:
        """打印预览 of the list in front: its text."""
        self.click(self.window._buttons["print"])  # noqa: SLF001
        return self.preview()

    def record_on_paper(self, report: str = "") -> str:
        """打印这一条: the sheet of the record in front, as this report."""

        page = self.page
        self.window.services.print_record(page.kind.name, page.form.uid, report)
        self.quiet()
        if report == PLAIN:
            paper = self._paper().page
            paper.list.selectRow(0)
            assert paper.list.line().data.label.startswith("登记表")
        return self.preview()

    def _paper(self) -> PaperDialog | None:
        """What is printed stands over the page from which it was asked."""
        found = [dialog for dialog in self.window.findChildren(PaperDialog) if dialog.isVisible()]
        return found[-1] if found else None

    def preview(self) -> str:
        """The text on paper; the dialog is closed, and one is where one was."""
        dialog = self._paper()
        text = self._preview_of((dialog.page if dialog is not None else self.page).pane)
        if dialog is not None:
            dialog.close()
            self.quiet()
        return text

    def _preview_of(self, pane: Any) -> str:
        self.quiet()
        self.wait(lambda: pane.ready)
        return pdf_text(pane.data)

    def sheet(self) -> str:
        """The text of the sheet that was opened for printing; closes it."""
        self.wait(lambda: self.sheets() and self.sheets()[0].pane.ready)
        sheet = self.sheets()[0]
        text = pdf_text(sheet.pane.data)
        sheet.reject()
        self.quiet()
        return text

    @staticmethod
    def sheets() -> list[SheetPreview]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, SheetPreview) and w.isVisible()]

    def figure(self, name: str, by: str = "") -> dict[str, str]:
        """统计图表 on this figure, told apart by this column: label → text of each bar; "" is the whole."""
        page = self.go("charts")
        page.shape.setCurrentIndex(page.shape.findData("year"))
        page.shape.activated.emit(page.shape.currentIndex())
        page.figure.setCurrentIndex(page.figure.findData(name))
        assert page.choice.name == name, f"{name} cannot be chosen"
        page.figure.activated.emit(page.figure.currentIndex())
        if by:
            at = page.group.findText(f"按{by}")
            assert at >= 0, f"{name} is not told apart by {by}"
            page.group.setCurrentIndex(at)
            page.group.activated.emit(at)
        self.quiet()
        self.wait(lambda: page.found is not None and page.found.name == name)
        return {"": page.found.words, **{p.label: p.text for p in page.bars.points}}

    def rows_of_figure(self, label: str = "") -> RowsDialog:
        """The rows behind the bar of this label, or behind the whole."""
        page = self.page
        if label:
            page.bars.opened.emit(next(p for p in page.bars.points if p.label == label))
        else:
            self.click(page.rows_button)
        self.wait(lambda: self.dialog("RowsDialog") and self.dialog("RowsDialog").list.lines)
        return self.dialog("RowsDialog")

    def report(self, name: str, item: str = "") -> str:
        """Choose a report on the page of bulletins: its text."""
        page = self.page
        self.wait(lambda: bool(page.list.lines))
        page.list.selectRow(next(at for at, line in enumerate(page.list.lines) if line.key == name))
        return self.preview()

    def counted(self, name: str) -> Any:
        """A figure over the whole year, as the window counts it."""
        return count(self.session, [name], period=str(self.session.today.year))[name].value

    def leave(self, dialog: QDialog) -> None:
        dialog.reject()
        self.quiet()


def pdf_text(data: bytes) -> str:
    """All words of a PDF without spaces and line ends."""
    pdf = pypdfium2.PdfDocument(io.BytesIO(data))
    try:
        return "".join("".join(pdf[at].get_textpage().get_text_range().split()) for at in range(len(pdf)))
    finally:
        pdf.close()


def whole(text: str) -> int:
    """The whole number a text begins with: 1,234人 → 1234."""
    digits = "".join(c for c in text.split()[0].replace(",", "") if c.isdigit() or c == ".")
    return int(float(digits or 0))
