"""What this person should do now: one line a sort of work, the most pressing first. Read in the
reader, from declarations: which steps wait for whom is said by the lifecycles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from db.access import roles
from db.domain import planned_rows, return_status, scheduled_papers
from db.metrics import metrics
from db.model import periods
from db.model.declarations import Kind
from db.model.query import Query, Where
from db.safety import kept_backups
from db.session import Session
from desktop.exchange.apply import conflicts
from desktop.exchange.apply.import_history import imports
from desktop.ui.home import overview
from desktop.ui.home.next_steps import Waiting, kinds_with_steps, waiting_steps
from desktop.ui.home.task_list import FirstStep, Task
from desktop.ui.kit.used_places import LEDGER

BULLETIN, REVIEW = "bulletin", "monthly_review"
OLD_BACKUP_DAYS, MOST = 7, 500
TONES = ("red", "yellow", "blue")
"""Left to this person to decide, over its day or due today; to be taken on; everything else."""


def read(session: Session) -> list[Task]:
    """All lines of this person; in the archive of a year nothing is to be done."""
    if session.archived:
        return []
    found = [
        *_steps(session), *_requests(session), *_conflicts(session), *_deadlines(session),
        *_planned(session), *_reports(session), *_scheduled(session), *_whole(session),
        *_to_be_made(session), *_returns(session), *_review(session), *_backup(session),
    ]
    return sorted(found, key=lambda task: TONES.index(task.tone))


def _steps(session: Session) -> Iterator[Task]:
    """Everything that stands in one state for one step, over all ledgers, is one line."""
    groups: dict[str, list[tuple[int, Waiting]]] = {}
    for kind in kinds_with_steps(session):
        for each in waiting_steps(session, kind):
            count = session.count(Query(kind=kind.name, where=each.where))
            action = each.action.label
            text = f"还没有{action}" if each.state.draft else f"{each.state.label}，待{action}"
            if count:
                groups.setdefault(text, []).append((count, each))
    for text, parts in groups.items():
        parts.sort(key=lambda part: -part[0])
        most = parts[0][1]
        yield Task(
            text, sum(count for count, _ in parts), most.action.label,
            "blue" if most.state.draft else "red",
            _listed((each.kind.label, count) for count, each in parts),
            parts=tuple((each.kind.name, each.where) for _, each in parts),
            draft=_first(session, most) if most.kind.name == BULLETIN else "",
        )


def _first(session: Session, waits: Waiting) -> str:
    """The one of these that has waited longest."""
    found = session.find(Query(kind=waits.kind.name, where=waits.where, limit=1))
    return found[0].uid if found else ""


def _conflicts(session: Session) -> Iterator[Task]:
    if session.may("decide") and (open_ones := conflicts.count_own(session)):
        yield Task("导入的冲突等待定夺", open_ones, "定夺", "red", page="conflicts")


def _deadlines(session: Session) -> Iterator[Task]:
    """What is over its day, and what is due today."""
    for text, listed in (("今天到期，还没有办结", "today"), ("逾期未结", "overdue")):
        found = []
        for kind in overview.ledgers_of(session):
            where = overview.wheres(session, kind, listed)
            found.append((kind.label, session.count(Query(kind=kind.name, where=where))))
        if total := sum(count for _, count in found):
            found.sort(key=lambda part: -part[1])
            yield Task(text, total, "查看", "red", _listed(found), listed=listed)


def _planned(session: Session) -> Iterator[Task]:
    """Work that goes on, of which something planned for a day (a milestone) is over its day, or due
    today: for who may fill it in."""
    for child in session.visible_kinds():
        if not child.planned or not session.may_write(child.name):
            continue
        for text, today in (("逾期未完成", False), ("今天到期", True)):
            found = planned_rows.open_above(session, child, today=today)
            if found:
                count = sum(map(len, found.values()))
                yield Task(
                    f"有{child.label}{text}的事项", count, "办理", "red",
                    _listed((session.kinds.get(k).label, len(uids)) for k, uids in found.items()),
                    parts=tuple((k, (Where("uid", "in", uids),)) for k, uids in found.items()),
                )


def _whole(session: Session) -> Iterator[Task]:
    """Work in parts that are all done, and that nobody has asked to close."""
    for kind in overview.ledgers_of(session):
        found = planned_rows.all_done(session, kind) if session.may_write(kind.name) else []
        if found:
            label = session.kinds.get(kind.parts[0]).label
            titles = "、".join(session.title(kind.name, uid) for uid in found[:3])
            yield Task(
                f"{label}都已办结，还没有申请销号的{kind.label}", len(found), "申请销号", "yellow",
                titles, parts=((kind.name, (Where("uid", "in", found),)),), asks=kind.name,
            )


def _to_be_made(session: Session) -> Iterator[Task]:
    """What was found and is to become an item, and has not yet."""
    for child in session.visible_kinds():
        if child.becomes is None or not child.becomes.where or not session.may_write(child.name):
            continue
        chosen = (Where(name, "eq", held) for name, held in child.becomes.where.items())
        asked = Query(
            kind=child.name, where=(*chosen, Where(child.becomes.marked, "blank")), limit=MOST
        )
        if found := session.find(asked):
            above: dict[str, list[str]] = {}
            for row in found:
                owner = session.owner_of(child, row.parent) if row.parent else None
                if owner is not None and not owner.deleted:
                    above.setdefault(owner.kind, []).append(owner.uid)
            yield Task(
                f"{child.label}还没有{child.becomes.label}", len(found), "办理", "yellow",
                parts=tuple((kind, (Where("uid", "in", uids),)) for kind, uids in above.items()),
            )


def _keeps_ledgers(session: Session) -> bool:
    """Whether work with deadlines is this person's to keep and to ask the units for."""
    ledgers = overview.ledgers_of(session)
    return session.may("export") and any(session.may_write(kind.name) for kind in ledgers)


def _reports(session: Session) -> Iterator[Task]:
    """Reports in a rhythm that have not come, and those that are due today."""
    if not _keeps_ledgers(session):
        return
    numbers = metrics.count(session, ["reports_missing", "reports_waiting"])
    for name, text in (("reports_missing", "定期报告过期未报的事项"),
                       ("reports_waiting", "今天应报告、还没有报告的事项")):
        if count := int(numbers[name].value or 0):
            tone = "red" if name == "reports_missing" else "blue"
            yield Task(text, count, "催报", tone, page="reporting")


def _scheduled(session: Session) -> Iterator[Task]:
    """Papers that come in a rhythm: those over their day, and those due today."""
    if not session.may_write(BULLETIN):
        return
    due = scheduled_papers.undrafted(session)
    for state, text, tone in (
        ("overdue", "定期文稿过期未拟", "red"), ("today", "今天要拟的定期文稿", "blue"),
    ):
        names = [str(each.paper.values["title"]) for each in due if each.state == state]
        if names:
            detail = "、".join(dict.fromkeys(names))
            yield Task(text, len(names), "拟稿", tone, detail, page="scheduled")


def _requests(session: Session) -> Iterator[Task]:
    """What hangs under an item and waits for a step of this person (an extension that was asked
    for), as the steps say what they need."""
    wanted: dict[tuple[str, str], Query] = {}
    for kind in overview.ledgers_of(session):
        cycle = session.kinds.lifecycle_of(kind)
        for action in cycle.actions if cycle is not None and session.may_write(kind.name) else ():
            if action.tone == "red" or not roles.may_take_step(session.role, action):
                continue
            for update in action.updates:
                if update.missing and update.kind in session.kinds:
                    where = tuple(Where(name, "eq", value) for name, value in update.where.items())
                    asked = Query(kind=update.kind, where=where, limit=MOST)
                    wanted.setdefault((update.kind, action.label), asked)
    for (name, label), asked in wanted.items():
        child = session.kinds.get(name)
        above = [session.owner_of(child, r.parent) for r in session.find(asked) if r.parent]
        uids: dict[str, list[str]] = {}
        for parent in above:
            if parent is not None and not parent.deleted:
                uids.setdefault(parent.kind, []).append(parent.uid)
        if uids:
            yield Task(
                f"{child.label}申请，待{label}", sum(map(len, uids.values())), "办理", "red",
                _listed((session.kinds.get(kind).label, len(ids)) for kind, ids in uids.items()),
                parts=tuple((kind, (Where("uid", "in", ids),)) for kind, ids in uids.items()),
            )


def _returns(session: Session) -> Iterator[Task]:
    """Units that were given a workbook this week and have not brought it back."""
    if not _keeps_ledgers(session):
        return
    week = periods.week_of(session.today)
    missing = [
        row for row in return_status.board(session, week) if row.status in return_status.WANTED
    ]
    if missing:
        names = "、".join(overview.short_unit(session, row.unit) for row in missing[:3])
        more = " 等" if len(missing) > 3 else ""
        yield Task("本周还没有报送的单位", len(missing), "催报", "blue", names + more, page="board")


def _review(session: Session) -> Iterator[Task]:
    """The review of last month, where this office holds reviews."""
    if REVIEW not in session.kinds or not session.may_write(REVIEW):
        return
    month = periods.month_of(session.today.replace(day=1) - dt.timedelta(days=1))
    held = session.find(Query(kind=REVIEW, limit=1000))
    cycle = session.kinds.lifecycle_of(session.kinds.get(REVIEW))
    if not held or cycle is None:
        return
    sealed = {r.values["month"] for r in held if r.state in cycle.names(closed=True)}
    if str(month) not in sealed:
        yield Task(f"{month.first.month}月的月讲评还没有封存", 0, "讲评", "blue", page="review")


def _backup(session: Session) -> Iterator[Task]:
    """No good backup for a week."""
    if not session.may("backup"):
        return
    good = [
        b.made_at for b in kept_backups.of_office(session.folder)
        if not b.problem and b.made_at is not None
    ]
    if not good:
        yield Task("还没有做过备份", 0, "备份", "blue", page="backup")
        return
    days = (session.today - good[0].date()).days
    if days >= OLD_BACKUP_DAYS:
        yield Task(f"已经 {days} 天没有备份", 0, "备份", "blue", page="backup")


def _listed(parts: Iterable[tuple[str, int]], most: int = 3) -> str:
    """Where they are, the ledgers with most first."""
    found = [(label, count) for label, count in parts if count]
    said = "、".join(f"{label} {count}" for label, count in found[:most])
    return said + (" 等" if len(found) > most else "")


def first_steps(session: Session) -> list[FirstStep]:
    """The steps, in their order; none for who cannot write."""
    ledgers = [k for k in overview.ledgers_of(session) if session.may_write(k.name)]
    if not ledgers:
        return []
    most = ledgers[0]
    return [
        FirstStep(
            "登记责任单位（可以从 Excel 整列粘贴）", session.count(Query(kind="unit")) > 0,
            "登记", LEDGER + "unit",
        ),
        FirstStep(
            "录入第一批事项，或导入现成的台账", any(_has(session, k) for k in ledgers), "录入",
            LEDGER + most.name,
        ),
        FirstStep(
            "点“交办”，把事项交给责任单位", any(_past_draft(session, ledgers)), "交办",
            LEDGER + most.name,
        ),
        FirstStep(
            "导出工作簿发给单位，收回后导入", bool(imports(session)), "导出", "exchange"
        ),
        FirstStep("拟一份通报，核稿后印发", _issued(session), "拟稿", "bulletin"),
    ]


def _has(session: Session, kind: Kind, *where: Where) -> bool:
    return bool(session.find(Query(kind=kind.name, where=where, limit=1)))


def _past_draft(session: Session, kinds: Iterable[Kind]) -> Iterable[bool]:
    for kind in kinds:
        cycle = session.kinds.lifecycle_of(kind)
        if cycle is not None:
            yield _has(session, kind, Where("state", "in", list(cycle.counted_states)))


def _issued(session: Session) -> bool:
    kind = session.kinds.get(BULLETIN)
    cycle = session.kinds.lifecycle_of(kind)
    return cycle is not None and _has(
        session, kind, Where("state", "in", list(cycle.names(closed=True)))
    )
