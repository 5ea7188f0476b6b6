"""定期文稿: what the office prints every week, month or quarter; what is due is drafted by one
press."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from db.domain import scheduled_papers
from db.domain.scheduled_papers import KIND, MOST_MISSED, DuePaper
from db.model.records import Record
from db.session import Session
from desktop.bulletin.issue import issuing
from desktop.tasks import draft_due_papers
from desktop.ui.bulletin.schedule_dialog import ScheduleDialog
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import in_order
from desktop.ui.kit.work_parts import Part, WorkPage
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.pages import label_of

NAME = label_of("scheduled")
OPEN = ("overdue", "today")
WORDS = {
    "overdue": ("过期未拟", "red"), "today": ("今天到期", "yellow"),
    "skipped": ("本期不印", "grey"), "idle": ("没有工作日", "grey"),
}
Listed = tuple[DuePaper, str, str, tuple[str, str]]
"""A due paper or one draft of it, its uid, its title, how it stands with a tone."""
PaperLists = tuple[list[Listed], list[Record], dict[str, str]]


class ScheduledPage(WorkPage):
    """Above what is due and what was drafted, below the list that the office keeps."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME)
        self.head.addStretch()
        may = self.session.may_write("bulletin") and self.session.may_write(KIND)
        self.run_button = self.act(
            "到期的全部拟稿", self.run, "primary", "",
            "把到期没有拟的都拟成草稿，等待核稿；再点一次不会重复",
        )
        self.due = ShortList(
            "各期文稿",
            (
                ListColumn("文稿", 16, stretch=True), ListColumn("应拟", 5, keep=True),
                ListColumn("内容时段", 13), ListColumn("报送", 8, "muted"),
                ListColumn("情况", 6, keep=True),
            ),
            several=True,
        )
        self.due.when_empty("没有到期的文稿", "到期的列在这里，一次拟成草稿；拟好的留 40 天。")
        upper = Part("到期的和拟好的")
        upper.put(self.due)
        self.older_button = upper.button(
            "更早没拟的", self.load, tip=f"平时只列最近 {MOST_MISSED} 期，按下列出一年以内的"
        )
        self.older_button.setCheckable(True)
        self.open_button = upper.button("打开草稿", self.open_draft, tip="回车或双击也一样")
        self.some_button = upper.button("拟选中的", lambda: self.run(self._chosen()))
        self.skip_button = upper.button("这期不印", self.skip, tip="选中的不再提醒")
        self.papers = ShortList(
            "定期清单",
            (
                ListColumn("名称", 12, stretch=True), ListColumn("文种", 8, "muted"),
                ListColumn("什么时候", 9, keep=True), ListColumn("内容时段", 6),
                ListColumn("报送", 9), ListColumn("存放文件夹", 8, "muted"),
                ListColumn("下一次", 5, keep=True),
            ),
        )
        self.papers.when_empty("还没有定期文稿", "点“新增…”，写明哪种文稿、什么时候印、给谁。")
        lower = Part("定期清单")
        lower.put(self.papers)
        add = lower.button("新增…", lambda: self.edit(None), icon="plus")
        add.setVisible(may)
        self.edit_button = lower.button("修改…", lambda: self.edit(self._paper()))
        self.delete_button = lower.button("删除", self.delete)
        for each in (
            self.run_button, self.some_button, self.skip_button, self.edit_button,
            self.delete_button,
        ):
            each.setVisible(may)
        self.body.addWidget(upper, 3)
        self.body.addWidget(lower, 2)
        in_order(
            self.run_button, self.older_button, self.open_button, self.some_button,
            self.skip_button, self.due, add,
            self.edit_button, self.delete_button, self.papers,
        )
        self.due.opened.connect(self.open_draft)
        self.due.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self.papers.chosen.connect(lambda _: self._enable())
        if may:
            self.papers.opened.connect(lambda: self.edit(self._paper()))
        self.starts_at(self.due)
        self._enable()

    # ---- what the window asks of a page

    def offers(self, what: str) -> bool:
        return what == "new" and bool(self.session.may_write(KIND))

    def new(self) -> None:
        self.edit(None)

    def commands(self) -> list[Command]:
        return [
            Command("到期的全部拟稿", self.run, "", NAME, "dqdqbng"),
            Command("新增定期文稿", self.new, "", NAME, "xzdqwg"),
        ]

    # ---- reading

    def load(self) -> None:
        session, older = self.session, self.older_button.isChecked()

        def read(job: Job) -> PaperLists:
            listed: list[Listed] = []
            for each in scheduled_papers.papers_due(session, older=older):
                title = str(each.paper.values["title"])
                if each.state != "drafted":
                    listed.append((each, "", title, WORDS[each.state]))
                for uid in each.drafts:
                    listed.append((each, uid, *_stands(session, uid, title)))
            papers = scheduled_papers.papers(session)
            return listed, papers, draft_due_papers.labels(session, papers)

        self.jobs.read(read, self._fill, failed=self.window_.error, owner=self, key="scheduled")

    def _fill(self, found: PaperLists) -> None:
        listed, papers, names = found
        self.due.fill([
            Line(
                f"{each.paper.uid}{each.slot.due}{uid}",
                (title, _day(each.slot.due), each.slot.label, each.paper.values["recipient"] or "",
                 stands),
                (each, uid),
            )
            for each, uid, title, stands in listed
        ])  # fmt: skip
        workdays, today = self.session.workdays, self.session.today
        self.papers.fill([
            Line(
                record.uid,
                (
                    record.values["title"],
                    names[record.uid],
                    scheduled_papers.rhythm_words(record.values),
                    str(self.session.text(record, "covers")), record.values["recipient"] or "",
                    record.values["folder"] or "",
                    "停用" if record.values["stopped"]
                    else _day(scheduled_papers.next_due(record.values, workdays, today)),
                ), record,
            )
            for record in papers
        ])
        self._enable()

    def _enable(self) -> None:
        waiting = [line for line in self.due.lines if line.data[0].state in OPEN]
        self.run_button.setEnabled(bool(waiting))
        self.some_button.setEnabled(bool(self._chosen()))
        self.skip_button.setEnabled(bool(self._chosen()))
        line = self.due.line()
        self.open_button.setEnabled(line is not None and bool(line.data[1]))
        for each in (self.edit_button, self.delete_button):
            each.setEnabled(self._paper() is not None)

    def _chosen(self) -> list[DuePaper]:
        """What is selected and waits to be drafted."""
        return [line.data[0] for line in self.due.selected() if line.data[0].state in OPEN]

    def _paper(self) -> Record | None:
        line = self.papers.line()
        return line.data if line is not None else None

    # ---- doing

    def run(self, chosen: Sequence[DuePaper] | None = None) -> None:
        """Draft what is due, all or some; the drafts then stand in the list to be opened."""
        if not self.run_button.isEnabled():
            return

        def done(made: draft_due_papers.Done) -> None:
            if made.notices:
                self.window_.error("；".join(each.rstrip("。") for each in made.notices) + "。")
            saved = f"，PDF 存了 {len(made.files)} 份" if made.files else ""
            if made.drafts:
                self.window_.toast(f"已拟 {len(made.drafts)} 份，等待核稿{saved}。", undo=True)
            self.load()

        self.jobs.write(
            lambda job: draft_due_papers.run(self.session, chosen, job.step), done,
            failed=self.window_.error, owner=self, label="正在拟稿",
        )

    def skip(self) -> None:
        """The selected ones are not wanted this time."""
        chosen = self._chosen()
        self.write_and_tell(
            lambda: draft_due_papers.skip(self.session, chosen), lambda n: f"{n} 期不印，已记下。",
            "正在保存",
        )

    def open_draft(self) -> None:
        """The draft of the line in the editor; one that is due is drafted first."""
        line = self.due.line()
        if line is not None and line.data[1]:
            self.window_.services.show_draft(line.data[1])

    def edit(self, record: Record | None) -> None:
        """A new paper, or another look for one."""
        dialog = ScheduleDialog(self.window_, record)
        dialog.finished.connect(dialog.deleteLater)
        dialog.accepted.connect(self.load)
        dialog.open()

    def delete(self) -> None:
        """Out of the list, into the recycle bin; what was drafted stays."""
        record = self._paper()
        if record is not None:
            self.write_and_tell(
                lambda: self.session.delete(KIND, record.uid),
                lambda _: f"已删除“{record.values['title']}”，拟好的稿子还在。", "正在删除",
            )


def _stands(session: Session, uid: str, title: str) -> tuple[str, tuple[str, str]]:
    """What a draft is called and how far it is."""
    draft = session.get(issuing.KIND, uid)
    cycle = session.lifecycle_of(draft) if draft is not None else None
    if draft is None or draft.deleted or cycle is None or draft.state is None:
        return title, ("在回收站", "grey")
    state = cycle.state(draft.state)
    return str(draft.values["title"]), (state.label, state.tone)


def _day(day: dt.date | None) -> str:
    return f"{day.month}月{day.day}日" if day is not None else ""
