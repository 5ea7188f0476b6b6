"""What is done about one meeting: problems, people, decisions, items, paper."""

from __future__ import annotations

from collections.abc import Sequence

from db.domain import meetings
from db.model.records import Record
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.kit.messages import ask_text
from desktop.ui.kit.page import Page
from desktop.ui.record_form import planned
from desktop.ui.record_form.children import edit_child
from desktop.ui.record_form.grid_dialog import HINT, Grid, ask_rows


def remove(page: Page, kind: str, uids: list[str]) -> None:
    """The selected lines into the recycle bin, at once, with a way back."""
    session, label = page.session, page.session.kinds.get(kind).label

    def delete() -> int:
        with session.atomic("form", f"删除{label} {len(uids)} 条"):
            for uid in uids:
                session.delete(kind, uid)
        return len(uids)

    if uids:
        page.write_and_tell(delete, lambda count: f"已删除{label} {count} 条。", "正在删除")


def raise_problems(page: Page, sitting: meetings.Meeting) -> None:
    """Problems raised at the meeting."""
    session = page.session
    ask_rows(page.window_, Grid(
        f"{sitting.title}：提出问题", "登记",
        meetings.fields(session, meetings.PROBLEM, meetings.PROBLEMS), meetings.PROBLEM,
        lambda rows: meetings.raise_problems(session, sitting.uid, rows),
        lambda made: f"已登记 {len(made)} 个问题。",
        HINT + "写明牵头部门和时限的，登记后就交办下去。", under=sitting.uid,
    ))  # fmt: skip


def invite(page: Page, sitting: meetings.Meeting) -> None:
    """Further people."""
    session = page.session
    ask_rows(page.window_, Grid(
        "添加参会人员", "添加",
        meetings.fields(session, meetings.ATTENDANCE, meetings.PEOPLE), meetings.ATTENDANCE,
        lambda rows: meetings.invite(session, sitting.uid, rows),
        lambda count: f"已添加 {count} 人。", under=sitting.uid,
    ))  # fmt: skip


def invite_as_before(page: Page, sitting: meetings.Meeting) -> None:
    """The people of the session before."""
    session = page.session
    page.write_and_tell(
        lambda: meetings.invite_as_before(session, sitting.uid),
        lambda count: f"已带来 {count} 人。",
        "正在带名单",
    )


def tick(page: Page, uids: list[str], status: str) -> None:
    """How the selected people attended; of those on leave, why."""
    session, reason = page.session, None
    if status == meetings.LEAVE:
        said = f"{len(uids)} 人请假的事由（可以不写；代会人员双击那一行填）："
        reason = ask_text(page.window_, "请假", said, "登记请假", required=False)
        if reason is None:
            return

    def done(count: int) -> None:
        # with nothing written there is nothing to take back: 撤销 would take back the step
        # before
        page.window_.toast(
            f"已登记 {count} 人。" if count else "选中的人已经这样登记了。",
            undo=bool(count),
        )

    page.jobs.write(
        lambda job: meetings.tick(session, uids, status, reason),
        done,
        failed=page.window_.error,
        owner=page,
        label="正在登记",
    )


def tick_rest(page: Page, sitting: meetings.Meeting) -> None:
    """Everybody else was there."""
    session = page.session
    page.write_and_tell(
        lambda: meetings.tick_rest(session, sitting.uid),
        lambda count: f"其余 {count} 人登记为到会。", "正在登记",
    )


def decide(page: Page, sitting: meetings.Meeting) -> None:
    """What was decided, line by line."""
    session = page.session
    ask_rows(page.window_, Grid(
        f"{sitting.title}：登记决定", "登记",
        meetings.fields(session, meetings.DECISION, meetings.DECISIONS), meetings.DECISION,
        lambda rows: meetings.decide(session, sitting.uid, rows),
        lambda made: f"已登记 {len(made)} 项决定。", under=sitting.uid,
    ))  # fmt: skip


def make_items(page: Page, decided: Sequence[meetings.Decided]) -> None:
    """Decisions become assigned items: the selected ones, or all that have none."""
    session = page.session
    wanted = [d.uid for d in decided if not d.made]
    if not wanted:
        return

    kind = session.kinds.get(meetings.DECISION)
    page.write_and_tell(
        lambda: meetings.make_items(session, wanted),
        lambda done: planned.made_words(kind, *done), "正在转交办",
    )


def open_seat(page: Page, sitting: meetings.Meeting, uid: str) -> None:
    """One person's line: another unit, another duty, how they came."""
    session, window = page.session, page.window_
    context = EditorContext(session, page.jobs, window)

    def opened(record: Record | None) -> None:
        if record is not None:
            edit_child(window, context, meetings.ATTENDANCE, sitting.uid, record)

    page.jobs.read(
        lambda job: session.get(meetings.ATTENDANCE, uid),
        opened,
        failed=window.error,
        owner=page,
    )
