"""What is done with all rows under a record at once: planned ones are begun from the ledger's
template, kept as it, moved on together; what may become a record of its own does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QMenu, QWidget

from db.domain import made_records, planned_rows
from db.model.declarations import Kind
from db.model.records import Record
from db.model.steps import FIELD, not_undone
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.kit import entry_button
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.messages import Dialog

MOST_DAYS = 3_660


def moves(kind: Kind, record: Record) -> str:
    """How a planned row came to its day, for its form; empty where it never was moved."""
    due = kind.lights.deadline if kind.planned and kind.lights is not None else ""
    moved = [(s.was[due], s.on) for s in not_undone(record.values.get(FIELD)) if due in s.was]
    if not moved:
        return ""
    said = "，".join(f"{on} 前是 {was}" for was, on in moved)
    label = kind.field(due).label
    return f"{label}改过 {len(moved)} 次：{said}。截至以前日子的数，按当时的计划算。"


def made_words(kind: Kind, made: int, moved: int) -> str:
    """What came of one press."""
    waiting = f"，其中 {made - moved} 件缺单位、时限或时限已过，留在拟办" if made > moved else ""
    return f"已{made_records.declared(kind).label} {made} 件{waiting}。"


def make_all(context: EditorContext, kind: Kind, rows: Sequence[Record]) -> None:
    """Those of the rows that may become records of another ledger become ones, in one press."""
    session = context.session

    def write(job: Job) -> tuple[list[str], int]:
        wanted = made_records.not_yet_made(session, rows)
        return made_records.make(session, kind, [row.uid for row in wanted])

    def finished(done: tuple[list[str], int]) -> None:
        if done[0]:
            context.window.toast(made_words(kind, len(done[0]), done[1]), undo=True)
        else:
            context.window.toast(f"没有要转的{kind.label}：{_which(kind)}都已经转了，或者没有。")

    context.jobs.write(write, finished, failed=context.window.error, label="正在转")


def _which(kind: Kind) -> str:
    """Which rows may become records, in words: 处理方式是“列入整改清单”的."""
    said = (
        f"{kind.field(name).label}是“{option.label}”的"
        for name, value in made_records.declared(kind).where.items()
        for option in kind.field(name).options if option.name == value
    )
    return "、".join(said)


def menu(parent: QWidget, context: EditorContext, record: Record, kind: Kind, count: int) -> QMenu:
    """The acts over the ``count`` rows of a kind under a record; what cannot be done is grey."""
    session = context.session
    kept = len(planned_rows.template(session, session.kinds.get(record.kind), kind))
    made = QMenu(parent)

    def carry_out(write: Callable[[Job], int], said: str) -> None:
        context.jobs.write(
            write, lambda number: context.window.toast(said.format(number), undo="模板" not in said)
        )

    begin = made.addAction(f"套用模板（{kept} 个{kind.label}）" if kept else "套用模板（还没有）")
    begin.setEnabled(bool(kept))
    begin.triggered.connect(lambda: carry_out(
        lambda job: planned_rows.begin(session, record, kind), f"已添加 {{}} 个{kind.label}"
    ))  # fmt: skip
    keep = made.addAction(f"存为这个台账的{kind.label}模板")
    keep.setEnabled(bool(count) and session.may("kinds"))
    keep.triggered.connect(lambda: carry_out(
        lambda job: planned_rows.save_template(session, record, kind),
        f"已存为模板，共 {{}} 个{kind.label}",
    ))  # fmt: skip
    move = made.addAction("未完成的顺延…")
    move.setEnabled(bool(count))
    move.triggered.connect(lambda: _ask_days(parent, context, record, kind, carry_out))
    return made


def _ask_days(
    parent: QWidget, context: EditorContext, record: Record, kind: Kind,
    carry_out: Callable[[Callable[[Job], int], str], None],
) -> None:
    session = context.session
    dialog = Dialog(parent, f"{kind.label}顺延", "顺延")
    dialog.say(f"没有完成的{kind.label}，计划时间一起往后推；填负数是往前提。")
    days = entry_button.spin_box()
    days.setRange(-MOST_DAYS, MOST_DAYS)
    days.setSuffix(" 天")
    days.setAccessibleName("顺延的天数")
    days.setValue(planned_rows.proposed_days(session, record))
    dialog.add(days)

    def move_on() -> None:
        # The worker must not read the box: the dialog may be gone by then.
        moved = days.value()
        carry_out(
            lambda job: planned_rows.move_on(session, record, kind, moved),
            f"{{}} 个{kind.label}已顺延 {moved} 天",
        )

    dialog.accepted.connect(move_on)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
