"""Whether the book is whole: cipher, audit chain and references; and what can be saved when it is
not."""

from __future__ import annotations

import time

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from db.safety import repair
from db.safety.verify import QUICK, Findings, look_up, verify
from db.session import Session
from desktop.ui.kit import theme
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.messages import Dialog, ask
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import Card, button, label
from desktop.ui.kit.waiting import telling, wait_for


class CheckCard(Card):
    """检查台账 and its answer, as a list that can be copied to whoever helps."""

    def __init__(self, session: Session, jobs: Jobs, window: Window) -> None:
        super().__init__(
            "检查台账", "加密文件是否完好，每次修改是不是本人签名、本人有权做的，引用的记录在不在。"
        )
        self.session, self.jobs, self.window_ = session, jobs, window
        self.start = button("检查台账", self.check, icon="clipboard-check-outline")
        quick = button("快速检查", lambda: self.check(quick=True))
        quick.setToolTip("文件的每一页、审计链和签名都查，不把各张表与修改记录逐条核对")
        self.row(self.start, quick)
        self.end = QLineEdit()
        self.end.setPlaceholderText("工作簿、通报上印的审计链末端")
        self.end.setAccessibleName("审计链末端")
        self.end.returnPressed.connect(self.look_up)
        self.row(self.end, button("查这个末端", self.look_up))
        self.answer = self.add(label())
        self.list = QPlainTextEdit()
        self.list.setReadOnly(True)
        self.list.setAccessibleName("检查出的问题")
        self.list.setMinimumHeight(theme.sizes().line * 5)
        self.add(self.list, 1)
        self.copy = button("复制问题清单", self._copy)
        self.salvage_button = button("逐条抢救…", self.salvage, "danger", "lifebuoy")
        self.row(self.copy, self.salvage_button)
        for widget in (self.answer, self.list, self.copy, self.salvage_button):
            widget.hide()
        self.box.addStretch(0)

    def check(self, *, quick: bool = False) -> None:
        """Read everything once; the window stays usable behind, but nothing may be written
        meanwhile. ``quick``: the files and the log alone."""

        def work(job: Job) -> tuple[Findings, str]:
            began = time.monotonic()
            job.step(0, 0, "正在逐页解密")
            progress = telling(job)
            report = verify(
                self.session, lambda book, n, of: progress(f"{book}.db：逐次核对修改和签名", n, of),
                quick=quick,
            )
            words = QUICK if quick else "台账完好，没有发现问题"
            return report, f"{words.rstrip('。')}（用了 {time.monotonic() - began:.1f} 秒）。"

        text = "逐页核对，几十万条记录要一两分钟…"
        wait_for(
            self.window_, self.jobs, "正在检查台账", text, work, self._show_answer,
            self.window_.error, cancellable=True,
        )

    def look_up(self) -> None:
        """An end of the chain that stands on paper: where it is in the log, and whether all is
        whole until there."""
        given = self.end.text()

        def done(result: tuple[str, bool]) -> None:
            text, good = result
            self._say(text, good)
            self.list.hide()

        wait_for(
            self.window_, self.jobs, "正在查末端", "逐次核对修改记录…",
            lambda job: look_up(self.session, given), done, self.window_.error,
        )

    def _say(self, text: str, good: bool) -> None:
        self.answer.show()
        self.answer.setProperty("class", "" if good else "problem")
        self.answer.setStyleSheet(f"color: {theme.TONES['green'][0] if good else theme.DANGER};")
        self.answer.setText(text)

    def _show_answer(self, result: tuple[Findings, str]) -> None:
        report, well = result
        problems = report.problems
        heads = "，".join(book.audit_head for book in self.session.books)
        if problems:
            self._say(f"发现 {len(problems)} 处问题：", False)
        else:
            self._say(f"{well}\n审计链末端：{heads}", True)
        self.list.setPlainText("\n".join([*problems, *report.notes]))
        damaged = bool(problems) and self.session.may("restore")
        for widget, on in (
            (self.list, bool(problems or report.notes)), (self.copy, bool(problems)),
            (self.salvage_button, damaged),
        ):
            widget.setVisible(on)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.list.toPlainText())
        self.window_.toast("问题清单已复制，可以粘贴到别处。")

    # ---- the last resort

    def salvage(self) -> None:
        """Every record that can still be read goes into new files, which take the place of the
        damaged ones."""
        text = (
            "文件坏了的，先试“恢复到这份”，备份是完整的；备份太旧，才用抢救。\n\n"
            "抢救把还能读出的每一条记录读进新文件，读不出的就丢了，坏文件原样另存一份；"
            "做完请重新登录，再检查一次。"
        )
        if not ask(self.window_, "逐条抢救", text, "开始抢救", danger=True):
            return

        def work(job: Job) -> repair.Repaired:
            return repair.repair(
                self.session, lambda what, done: job.step(0, 0, f"{what}：已读出 {done} 行")
            )

        wait_for(
            self.window_, self.jobs, "正在抢救", "请不要关机…", work, self._saved, self._not_saved,
            alone=True,
        )

    def _saved(self, done: repair.Repaired) -> None:
        dialog = Dialog(self.window_, "抢救完了", "重新登录", reject="")
        dialog.say("".join((f"读出 {done.rows} 行。", *done.notices)))
        dialog.say(f"坏文件原样另存在：{done.before}", muted=True)
        dialog.exec()
        dialog.deleteLater()
        self.window_.lock_asked.emit()

    def _not_saved(self, error: Exception) -> None:
        self.window_.error(error)
