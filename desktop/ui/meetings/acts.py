"""What is done about one meeting: problems, people, decisions, items, paper."""

from __future__ import annotations

from collections.abc import Sequence

from db.domain import meetings
from db.model.records import Record
from desktop.ui.bulletin.preview.sheet_preview import show_list
from desktop.ui.entries.editors import Surroundings
from desktop.ui.forms import planned
from desktop.ui.forms.children import edit_child
from desktop.ui.forms.grid_dialog import HINT, Grid, ask_rows
from desktop.ui.kit.page import Page, Window
from desktop.ui.kit.work_parts import short_name
from desktop.ui.meetings.one_meeting import Found


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


def raise_problems(page: Page, sitting: meetings.Sitting) -> None:
    """Problems raised at the meeting."""
    session = page.session
    ask_rows(page.window_, Grid(
        f"{sitting.title}：提出问题", "登记",
        meetings.fields(session, meetings.PROBLEM, meetings.PROBLEMS), meetings.PROBLEM,
        lambda rows: meetings.raise_problems(session, sitting.uid, rows),
        lambda made: f"已登记 {len(made)} 个问题。",
        HINT + "写明牵头部门和时限的，登记后就交办下去。", under=sitting.uid,
    ))  # fmt: skip


def invite(page: Page, sitting: meetings.Sitting) -> None:
    """Further people."""
    session = page.session
    ask_rows(page.window_, Grid(
        "添加参会人员", "添加",
        meetings.fields(session, meetings.ATTENDANCE, meetings.PEOPLE), meetings.ATTENDANCE,
        lambda rows: meetings.invite(session, sitting.uid, rows),
        lambda count: f"已添加 {count} 人。", under=sitting.uid,
    ))  # fmt: skip


def invite_as_before(page: Page, sitting: meetings.Sitting) -> None:
    """The people of the session before."""
    session = page.session
    page.write_and_tell(
        lambda: meetings.invite_as_before(session, sitting.uid),
        lambda count: f"已带来 {count} 人。",
        "正在带名单",
    )


def tick(page: Page, uids: list[str], status: str) -> None:
    """How the selected people attended."""
    session = page.session

    def told(count: int) -> None:
        # with nothing written there is nothing to take back: 撤销 would take back the step
        # before
        page.window_.toast(
            f"已登记 {count} 人。" if count else "选中的人已经这样登记了。",
            undo=bool(count),
        )

    page.jobs.write(
        lambda job: meetings.tick(session, uids, status),
        told,
        failed=page.window_.error,
        owner=page,
        label="正在登记",
    )


def decide(page: Page, sitting: meetings.Sitting) -> None:
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


def open_seat(page: Page, sitting: meetings.Sitting, uid: str) -> None:
    """One person's line: another unit, another duty, how they came."""
    session, window = page.session, page.window_
    around = Surroundings(session, page.jobs, window)

    def opened(record: Record | None) -> None:
        if record is not None:
            edit_child(window, around, meetings.ATTENDANCE, sitting.uid, record)

    page.jobs.read(
        lambda job: session.get(meetings.ATTENDANCE, uid),
        opened,
        failed=window.error,
        owner=page,
    )


def print_meeting(window: Window, sitting: meetings.Sitting, found: Found, text: str) -> None:
    """The minutes, where there is a text of them; else the agenda."""
    session = window.session
    if text:
        title, lines, rows = f"{sitting.title}纪要", text.splitlines(), []
    else:
        title, rows = f"{sitting.title}议程", [
            (
                str(n), meetings.PARTS[a.part], a.title, short_name(session, a.unit), a.due,
                a.state[0],
            )
            for n, a in enumerate(found.agenda, start=1)
        ]  # fmt: skip
        day = (
            f"{sitting.day.year}年{sitting.day.month}月{sitting.day.day}日"
            if sitting.day
            else ""
        )
        lines = [f"时间：{day}"] if day else []
    columns = (
        ("序号", 0.07), ("议程", 0.17), ("事项", None), ("责任单位", 0.15), ("时限", 0.14),
        ("情况", 0.11),
    )
    show_list(window, title, lines, columns, rows, size=10.5)
