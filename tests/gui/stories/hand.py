"""A person at the window with the keyboard alone: goes to a page by Ctrl+K, types into forms by their labels, comes to buttons
by Tab and presses them.

Nothing here calls the session or a widget to change anything; what was done is read back from the window, and from the book only
to name it.
"""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pypdfium2
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from db.metrics.metrics import count
from db.model.query import Query
from desktop.ui.app.paper_dialog import PaperDialog
from desktop.ui.app.shell import Shell
from desktop.ui.bulletin.preview.sheet_preview import SheetPreview
from desktop.ui.field_editors.editors import Editor, FlagEditor
from desktop.ui.figures.row_list import RowsDialog
from desktop.ui.kit.used_places import LEDGER
from tests.gui.conftest import PASSWORD
from tests.gui.stories.keyboard import ALT, CTRL, KEY, Keyboard

PLAIN = "plain"
"""The sheet with every field and what hangs under a record, for which no report is made."""


class Hand(Keyboard):
    """Drives one window; `person` says who sits before it."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
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

    def quiet(self) -> None:
        """Until nothing is read or written any more, and no page is on its way."""
        self.wait(lambda: self.shell.jobs.idle and not (self.shell.workspace and self.shell.workspace.area.coming))
        QApplication.processEvents()

    def sit(self, person: str) -> Hand:
        """This person logs in, after a lock when another sat there."""
        if self.person != person:
            if self.person:
                self.key(KEY.Key_L, CTRL)
                self.wait(lambda: self.shell.session is None)
            front = self.shell.front
            self.wait(lambda: front.isVisible() and front.isEnabled())
            self.reach(front.user)
            self.write(person)
            self.key(KEY.Key_Return)
            self.write(PASSWORD)
            self.key(KEY.Key_Return)
            self.wait(lambda: self.shell.workspace is not None)
            self.person = person
        self.quiet()
        return self

    def go(self, key: str) -> Any:
        """Ctrl+K, the name of the page or ledger, Enter; all rows of a ledger."""
        if key != self.window.front:
            entries = (entry for section in self.window._sections.values() for entry in section.entries)  # noqa: SLF001
            word = next(entry.label for entry in entries if entry.key == key)

            def look(palette: Any) -> None:
                self.write(word)
                found = palette._list  # noqa: SLF001
                labels = [found.model().index(at, 0).data().split("    ")[0] for at in range(found.model().rowCount())]
                self.to_row(found, labels.index(f"打开 {word}"))
                self.key(KEY.Key_Return)

            chosen = self.meanwhile(look)
            self.key(KEY.Key_K, CTRL)
            self.wait(lambda: chosen and self.window.front == key)
        page = self.page
        if hasattr(page, "table") and hasattr(page, "form"):
            self.wait(lambda: page.table.rows.loaded)
            self.see_all(page)
        self.quiet()
        return page

    def see_all(self, page: Any) -> None:
        """Ctrl+Shift+X: back to what is open, and once more to everything."""
        for _ in range(2):
            if hasattr(page, "filter") and page.filter.narrowed:
                self.key(KEY.Key_X, CTRL | Qt.KeyboardModifier.ShiftModifier)

    def press(self, word: str, within: QWidget | None = None) -> None:
        """The button with this word."""
        self.press_button(self.button(word, within))
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
            self.reach(button)
            if not button.isChecked():
                self.key(KEY.Key_Space)
            return
        entry = editor.findChild(QLineEdit) or editor.findChild(QPlainTextEdit)
        assert entry is not None and not entry.isReadOnly(), editor.field.label
        self.reach(entry)
        self.write(value.isoformat() if hasattr(value, "isoformat") else str(value))

    # ---- a ledger -----------------------------------------------------------------------------------------

    def new(self, **values: Any) -> str:
        """Press 新建, type, press 保存; the record's uid once the form shows it. What is refused stands in `problems`."""
        page = self.page
        self.key(KEY.Key_N, CTRL)
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
        self.key(KEY.Key_S, CTRL)
        self.quiet()

    def change(self, **values: Any) -> None:
        """Type over the record shown, and save."""
        self.form_tab(0)
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
        self.key(KEY.Key_N, CTRL)
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

    def form_tab(self, at: int) -> None:
        """内容, 办理经过 or 下级记录 of the record in front."""
        self.tab(self.page.form._tabs, at)  # noqa: SLF001

    def look(self, kind: str, uid: str) -> None:
        """A record in its ledger, found by its title: Ctrl+Shift+F, the title, and down the list to it."""
        page = self.go(LEDGER + kind)
        place = self.session.get(kind, uid).id
        self.key(KEY.Key_F, CTRL | Qt.KeyboardModifier.ShiftModifier)
        rows, word = page.table.rows, self.session.title(kind, uid)
        self.write(word)
        self.key(KEY.Key_Return)
        self.wait(lambda: rows.query.search == word and rows.loaded)
        self.quiet()
        if place not in rows.ids:  # a month is no word
            self.see_all(page)
            self.wait(lambda: place in rows.ids)
        self.row(page.table, list(rows.ids).index(place))
        self.wait(lambda: page.form.uid == uid)
        self.quiet()

    def step(self, word: str, note: str = "", **values: Any) -> None:
        """Press a step's button, or take it from 更多办理, and answer what it asks."""
        bar = self.page.form.action_bar

        def say(dialog: Any) -> None:
            for fields in dialog._fields:
                mine = {k: v for k, v in values.items() if k in {e.field.label for e in fields.editors.values()}}
                self.fill(fields, mine)
            if note:
                self.reach(dialog._note)  # noqa: SLF001
                self.write(note)
            self.accept(dialog)
            said = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
            assert not dialog.isVisible(), f"{word} is not taken: {said}"
            answered.append(word)

        answered: list[str] = []
        direct = [b for b in bar.findChildren(QPushButton) if b.text() == word and b.isVisible()]
        if direct:
            self.meanwhile(say)
            self.press_button(direct[0])
        else:
            more = next(b for b in bar.findChildren(QPushButton) if b.text() == "更多办理")
            self.reach(more)
            self.choose_in_menu(word, lambda: self.key(KEY.Key_Space), lambda: self.meanwhile(say))
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
        self.form_tab(2)
        self.quiet()
        button = next(b for b in form.findChildren(QPushButton) if b.accessibleName() == f"添加{label}")
        assert button.isVisible(), f"{label} cannot be added"
        self.press_button(button)
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
        self.form_tab(2)
        self.quiet()
        kind = next(k for k in self.session.kinds if k.label == label)
        table = form.children_lists._lists[kind.name]._table  # noqa: SLF001
        self.row(table, at)
        self.key(KEY.Key_Return)
        self._answer_child(values, refused)

    def _answer_child(self, values: dict[str, Any], refused: str) -> None:
        """Type into the dialog of a child and save it, or leave it where it must refuse."""
        self.wait(lambda: self.dialog("ChildDialog"))
        dialog = self.dialog("ChildDialog")
        self.fill(dialog.fields, values)
        self.accept(dialog)
        self.quiet()
        if refused:
            said = "；".join(p.text() for p in dialog.fields._problems.values() if p.isVisible()) + dialog._problem.text()  # noqa: SLF001
            assert refused in said, said
            self.key(KEY.Key_Escape)
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
        self.press_button(dialog.ok)
        self.wait(lambda: self.dialog("GridDialog") is None or dialog.grid.problem.isVisible())
        assert self.dialog("GridDialog") is None, dialog.grid.problem.text()
        self.quiet()

    def review(self, back: int = 0) -> Any:
        """每月讲评 of a month, made anew where there is none."""
        page = self.go("review")
        for _ in range(back):
            self.key(KEY.Key_Left, ALT)
            self.quiet()
        if page.found is None or page.found.review is None:
            self.key(KEY.Key_N, CTRL)
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
        self.key(KEY.Key_D, CTRL | Qt.KeyboardModifier.ShiftModifier)
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
        self.key(KEY.Key_P, CTRL)
        return self.preview()

    def record_on_paper(self, report: str = "") -> str:
        """打印这一条: the sheet of the record in front, as this report."""

        self.key(KEY.Key_2, ALT)
        self.choose_in_menu("打印这一条", self.menu_key)
        self.wait(lambda: self._paper() and self._paper().page.list.lines)
        self.quiet()
        paper = self._paper().page
        if report == PLAIN:
            self.row(paper.list, 0)
            assert paper.list.line().data.label.startswith("登记表")
        elif report:
            self.row(paper.list, [line.key for line in paper.list.lines].index(report))
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
            self.leave(dialog)
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
        self.leave(sheet)
        return text

    @staticmethod
    def sheets() -> list[SheetPreview]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, SheetPreview) and w.isVisible()]

    def figure(self, name: str, by: str = "") -> dict[str, str]:
        """统计图表 on this figure, told apart by this column: label → text of each bar; "" is the whole."""
        page = self.go("charts")
        self.choose(page.shape, page.shape.findData("year"))
        self.choose(page.figure, page.figure.findData(name))
        at = page.group.findText(f"按{by}") if by else -1
        assert at >= 0 or not by, f"{name} is not told apart by {by}"
        if by and page.group.currentIndex() != at:
            self.choose(page.group, at)
        self.quiet()
        self.wait(lambda: page.found is not None and page.found.name == name)
        return {"": page.found.words, **{p.label: p.text for p in page.bars.points}}

    def rows_of_figure(self, label: str = "") -> RowsDialog:
        """The rows behind the bar of this label, or behind the whole."""
        page = self.page
        if label:
            self.reach(page.bars)
            self.key(KEY.Key_Home)
            self.key(KEY.Key_Down, times=[p.label for p in page.bars.points].index(label))
            self.key(KEY.Key_Return)
        else:
            self.press_button(page.rows_button)
        self.wait(lambda: self.dialog("RowsDialog") and self.dialog("RowsDialog").list.lines)
        return self.dialog("RowsDialog")

    def report(self, name: str, item: str = "") -> str:
        """Choose a report on the page of bulletins: its text."""
        page = self.page
        self.wait(lambda: bool(page.list.lines))
        self.row(page.list, [line.key for line in page.list.lines].index(name))
        return self.preview()

    def counted(self, name: str) -> Any:
        """A figure over the whole year, as the window counts it."""
        return count(self.session, [name], period=str(self.session.today.year))[name].value

    def leave(self, dialog: QWidget) -> None:
        super().leave(dialog)
        self.wait(lambda: self.dialog(type(dialog).__name__) is None)
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
