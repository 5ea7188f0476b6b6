"""历年对照: the figures of several years beside one another, what goes on into the next, and the
archives of the years that were closed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from PySide6.QtWidgets import QComboBox

from db.domain import years
from db.domain.years import Cell
from db.domain.years import Line as YearLine
from db.model.declarations import Figure
from db.model.records import Record
from db.model.settings import LAST_FOLDER
from db.office import is_office
from db.store.journal import Change
from desktop.tasks import year_tables
from desktop.tasks.year_tables import Table
from desktop.ui.bulletin.preview.sheet_preview import show_list
from desktop.ui.exchange.destinations import folder_text, show_file
from desktop.ui.figures.row_list import open_figure
from desktop.ui.kit import file_dialogs, theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import LATER, Job
from desktop.ui.kit.messages import ask
from desktop.ui.kit.page import ShownNumber, Window
from desktop.ui.kit.page_parts import in_order
from desktop.ui.kit.work_parts import Part, WorkPage
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.office.closing_dialog import ClosingDialog
from desktop.ui.pages import label_of
from desktop.ui.safety.recovery_key import show_recovery_key

NAME = label_of("years")
FORM = "Excel 工作簿 (*.xlsx)"
WAITS = "…"
YearTable = tuple[list[int], list[YearLine], list[Record]]
Begun = tuple[list[int], list[Figure], list[Record]]


class YearsPage(WorkPage):
    """Figures above, one line each; below what was closed."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME)
        session = self.session
        self.found: YearTable | None = None
        """What stands there, once all of it was counted."""
        self._cells: dict[int, dict[str, Cell]] = {}
        self._counted: dict[int, dict[str, Cell]] = {}
        """Those of them that hold: counted on this day, and nothing was changed since."""
        self._counted_on: dt.date | None = None
        self.family = QComboBox()
        self.family.setAccessibleName("指标类别")
        for family in years.families(session):
            self.family.addItem(family, family)
        self.family.addItem("全部指标", "")
        self.family.activated.connect(lambda _: self.load())
        this = session.today.year
        self.years = list(range(this - years.MOST + 1, this + 1))
        self.year = QComboBox()
        self.year.setAccessibleName("年度")
        for year in reversed(self.years):
            self.year.addItem(f"{year}年", year)
        self.year.setCurrentIndex(1)
        self.year.activated.connect(lambda _: self._enable())
        for entry in (self.family, self.year):
            self.head.addWidget(entry)
        self.head.addStretch()
        self.carried_button = self.act(
            "结转事项…", self.show_carried, tip="所选年度年末没有销号、转入下一年的"
        )
        self.export_button = self.act("导出…", self.export, icon="export")
        self.print_button = self.act("打印…", self.print_preview, icon="printer-outline")
        self.close_button = self.act("归档…", self.close_year, "primary", "", "把所选年度归档")
        by_year = (ListColumn(f"{year}年", 8, "number", keep=True) for year in self.years)
        self.list = ShortList(NAME, (ListColumn("指标", 10, stretch=True), *by_year))
        self.list.when_empty("没有数字", "")
        upper = Part("各年截至当年最后一天，今年截至今天")
        self.heading = upper.title
        upper.put(self.list)
        self.archives = ShortList(
            "已经归档的年度",
            (
                ListColumn("年度", 4, keep=True), ListColumn("归档时间", 7, keep=True),
                ListColumn("归档人", 5), ListColumn("结转", 3.4, "number", keep=True),
                ListColumn("文件夹", 18, stretch=True), ListColumn("密码", 5, "muted"),
            ),
        )
        self.archives.when_empty("还没有归档的年度", "一年过完，选好年度，点“归档…”。")
        lower = Part("已经归档的年度")
        self.home_button = lower.button("回到台账", self.go_home, "primary")
        self.open_button = lower.button("打开归档…", self.open_archive, tip="只能查看、打印")
        lower.put(self.archives)
        self.archives.setMinimumHeight(theme.sizes().row * 4)
        self.body.addWidget(upper, 3)
        self.body.addWidget(lower, 1)
        in_order(
            self.family, self.year, self.carried_button, self.export_button, self.print_button,
            self.close_button, self.list, self.home_button, self.open_button, self.archives,
        )
        self.list.opened.connect(self._open_rows)
        self.archives.chosen.connect(lambda _: self._enable())
        self.archives.opened.connect(self.open_archive)
        self.home_button.setVisible(bool(session.archived))
        self.close_button.setVisible(session.may("archive") and not session.archived)
        self.export_button.setVisible(session.may("export"))
        self.starts_at(self.list)
        self._enable()

    # ---- what the window asks of a page

    def commands(self) -> list[Command]:
        return [Command("结转事项", self.show_carried, "", NAME, "jzsx")]

    def offers(self, what: str) -> bool:
        return what in ("print_preview", "export")

    def shown_numbers(self) -> list[ShownNumber]:
        shown, lines, _ = self.found or ([], [], [])
        return [
            ShownNumber(year_tables.cell_text(cell), line.figure.name, {"period": str(year)})
            for line in lines
            for year, cell in zip(shown, line.cells, strict=True)
            if cell.now is None
        ]

    # ---- reading

    def refresh(self, change: Change | None) -> None:
        self._counted_on = None
        super().refresh(change)

    def load(self) -> None:
        """Read which years there are, then year by year, the newest first: a hundred thousand items
        take seconds, and other pages are read in between."""
        session, family = self.session, self.family.currentData()

        def read(job: Job) -> Begun:
            shown = [year for year in years.known_years(session) if year in self.years]
            return shown, years.figures(session, family), years.closings(session)

        def begin(begun: Begun) -> None:
            shown, figures, closings = begun
            if self.found is None or [line.figure for line in self.found[1]] != figures:
                self.found, self._cells, self._counted_on = None, {}, None
            if self._counted_on != session.today:
                self._counted, self._counted_on = {}, session.today
            self.list.show_columns({0, *(self.years.index(year) + 1 for year in shown)})
            self.archives.fill([
                Line(r.uid, year_tables.closing_cells(session, r), r) for r in closings
            ])
            self._fill(figures)
            self._count(begun, self._counted)

        self.jobs.read(read, begin, failed=self.window_.error, owner=self, key="years")

    def _count(self, begun: Begun, cells: dict[int, dict[str, Cell]]) -> None:
        """The next year of those that are not counted yet."""
        session, (shown, figures, closings) = self.session, begun
        left = [year for year in shown if year not in cells]
        if not left:
            self.found = (
                shown,
                [YearLine(f, tuple(cells[year][f.name] for year in shown)) for f in figures],
                closings,
            )
            self.heading.setText(self._table().note)
            self._fill(figures)
            return

        def take(found: dict[str, Cell]) -> None:
            self._cells[left[-1]] = cells[left[-1]] = found
            self._fill(figures)
            self._count(begun, cells)

        names = [figure.name for figure in figures]
        self.jobs.read(
            lambda job: years.of_year(session, names, left[-1]), take,
            failed=self.window_.error, owner=self, key="years", order=LATER,
        )

    def _fill(self, figures: list[Figure]) -> None:
        self.list.fill([
            Line(figure.name, (figure.label, *(self._text(figure, year) for year in self.years)),
                 figure)
            for figure in figures
        ])
        self._enable()

    def _text(self, figure: Figure, year: int) -> str:
        cell = self._cells.get(year, {}).get(figure.name)
        return year_tables.cell_text(cell) if cell is not None else WAITS

    def _table(self) -> Table:
        shown, lines, _ = self.found or ([self.session.today.year], [], [])
        return year_tables.of_years(self.session, lines, shown)

    def _enable(self) -> None:
        closed = [line.data.values["year"] for line in self.archives.lines]
        over = self._chosen < self.session.today.year
        self.close_button.setEnabled(over and self._chosen not in closed)
        self.open_button.setEnabled(self.archives.line() is not None)

    @property
    def _chosen(self) -> int:
        return int(self.year.currentData())

    # ---- doing

    def _open_rows(self) -> None:
        """The records behind the figure of the chosen year."""
        line = self.list.line()
        if line is not None:
            title = f"{self._chosen}年　{line.data.label}"
            open_figure(self.window_, self, line.key, title, period=str(self._chosen))

    def show_carried(self) -> None:
        """The items that go on from the chosen year, to be looked at and printed."""
        session, year = self.session, self._chosen
        self.jobs.read(
            lambda job: year_tables.of_carried(session, year), self._show_table,
            failed=self.window_.error, owner=self, key="years.carried",
        )

    def _show_table(self, table: Table) -> None:
        show_list(self.window_, table.title, [table.note], table.heads, table.cells, size=10.5)

    def _counted_table(self) -> Table | None:
        """What goes out: only once every year is counted, which is said."""
        if self.found is None:
            self.window_.toast("还在统计，各年的数字出齐以后再打印、导出。")
            return None
        return self._table()

    def print_preview(self) -> None:
        if (table := self._counted_table()) is not None:
            self._show_table(table)

    def export(self) -> None:
        table, session = self._counted_table(), self.session
        if table is None:
            return
        to = file_dialogs.save_file(
            self, "export", "导出历年数字", f"{table.title}.xlsx", FORM, replaces=False
        )
        if to is None:
            return

        def done(file: Path) -> None:
            self.window_.toasts.show_text(
                f"已导出 {file.name} 到{folder_text(file.parent)}", "打开", lambda: show_file(file),
                12
            )

        self.jobs.write(
            lambda job: year_tables.write(session, table, to), done, failed=self.window_.error,
            owner=self, label="正在导出",
        )

    def close_year(self) -> None:
        """Ask where to, then close the chosen year."""
        dialog = ClosingDialog(self.window_, self._chosen)
        dialog.accepted.connect(lambda: self._closed(dialog))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _closed(self, dialog: ClosingDialog) -> None:
        done = dialog.result_of_work
        if done.paper:
            show_recovery_key(self.window_, f"{self.session.office_name}归档", done.paper)
        self.window_.toast(f"已归档并核对，放在 {done.folder}。")
        self.load()

    def open_archive(self) -> None:
        """Close these books and log in to the archive's, wherever it is now."""
        line = self.archives.line()
        if line is None:
            return
        values = line.data.values
        folder = Path(values["folder"])
        if not is_office(folder):
            title = f"{folder} 里没有，请选{values['year']}年归档现在的文件夹"
            chosen = file_dialogs.folder(self, "archive", title)
            if chosen is None:
                return
            folder = chosen
        if not is_office(folder):
            self.window_.error(f"文件夹 {folder} 里没有归档，请插好移动硬盘，或换一个文件夹。")
            return
        text = "先退出现在的台账，再用归档时的密码登录。归档只能查看、打印；看完点“回到台账”。"
        if ask(self.window_, "打开归档", text, "打开"):
            self.window_.folder_asked.emit(folder)

    def go_home(self) -> None:
        """From an archive back to the office that was opened last."""
        self.window_.folder_asked.emit(Path(self.window_.settings[LAST_FOLDER]))
