"""The papers that an office prints in a rhythm: the list it keeps, and the one step that drafts all
that are due, ready to be checked. Nothing is issued by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from db.access import immutability, roles
from db.domain import scheduled_papers
from db.domain.scheduled_papers import KIND, DuePaper
from db.errors import BadInput, ZhengxianError
from db.metrics import metrics
from db.model.ids import derived_uid
from db.model.query import Query
from db.model.records import Record
from db.rules import validate
from db.session import Session
from desktop import file_names
from desktop.bulletin.issue import issuing
from desktop.bulletin.report.declaration import REPORT_NAME, Report
from desktop.bulletin.report.office_reports import report_of, reports_of

Progress = Callable[[int, int, str], None]


class Target(NamedTuple):
    """Whom one draft of a paper is about: a unit, a record, or (both None) everything."""

    unit: str | None = None
    item: str | None = None


class Done(NamedTuple):
    """What one step made: the drafts, the files beside them, and what could not be made, in
    sentences."""

    drafts: list[str]
    files: list[Path]
    notices: list[str]


def reports(session: Session) -> list[Report]:
    """The reports that can be drafted in a rhythm: those about everything, a unit, or each record
    of a ledger that has no steps (each leader)."""
    return [report for report in reports_of(session) if not _why_not(session, report)]


def labels(session: Session, papers: Sequence[Record]) -> dict[str, str]:
    """What the report of each paper is called; one that is gone by its name."""
    known = {report.name: report.label for report in reports_of(session)}
    names = {paper.uid: str(paper.values[REPORT_NAME]) for paper in papers}
    return {uid: known.get(name, name) for uid, name in names.items()}


def _why_not(session: Session, report: Report) -> str:
    if report.letter:
        return "是发给一件事项的函件"
    if "item" not in report.needs:
        return ""
    kinds = [session.kinds.get(name) for name in report.kinds]
    if not kinds or any(kind.lifecycle or kind.book != "office" for kind in kinds):
        return "是为一件事项、一个人写的"
    return ""


def save(session: Session, values: Mapping[str, object], uid: str | None = None) -> str:
    """A new paper in the list, or another look for one; returns its uid. ``BadInput`` for what it
    cannot be."""
    kind = session.kinds.get(KIND)
    roles.check_write(session.role, kind)
    given = validate.normalized(kind, values)
    old = session.must_get(KIND, uid) if uid is not None else None
    immutability.refuse_if_computed(kind, given, old)
    name = given.get(REPORT_NAME) or (old.values[REPORT_NAME] if old is not None else None)
    if not isinstance(name, str):
        raise BadInput("请写明文种。", field=REPORT_NAME)
    unit = given["about_unit"] if "about_unit" in given else old and old.values["about_unit"]
    if old is None or (name, unit) != (old.values[REPORT_NAME], old.values["about_unit"]):
        _check(session, report_of(session, name), bool(unit))
    if old is not None:
        session.set(KIND, old.uid, given | _goes_on(old, given))
        return old.uid
    given.setdefault("title", report_of(session, name).label)
    given.setdefault("from_on", session.today)
    with session.atomic("form", f"列入定期文稿：{given['title']}"):
        return session.add_checked(kind, given)


def _check(session: Session, report: Report, of_unit: bool) -> None:
    """``BadInput`` for a report that cannot be drafted in a rhythm, or not of one unit."""
    if why := _why_not(session, report):
        raise BadInput(f"「{report.label}」{why}，不能列入定期文稿。", field=REPORT_NAME)
    if of_unit and "unit" not in (*report.needs, *report.optional):
        raise BadInput(f"「{report.label}」不分单位，请不要填“只限单位”。", field="about_unit")


def _goes_on(old: Record, given: Mapping[str, object]) -> dict[str, object]:
    """In another rhythm it goes on after what was drafted last: no week is printed twice."""
    since, kept = old.values["from_on"], scheduled_papers.drafted(old)
    other = given.get("rhythm", old.values["rhythm"]) != old.values["rhythm"]
    if not other or not kept or given.get("from_on", since) != since:
        return {}
    return {"from_on": max(since, dt.date.fromisoformat(max(kept)) + dt.timedelta(days=1))}


def run(
    session: Session, chosen: Sequence[DuePaper] | None = None, progress: Progress | None = None
) -> Done:
    """Draft what is due: of these, or all; again pressed makes nothing twice. All drafts are one
    change. What one report refuses is told, and stays due."""
    roles.check_write(session.role, session.kinds.get(issuing.KIND))
    roles.check_write(session.role, session.kinds.get(KIND))
    due = _still(session, chosen)
    if not due:
        return Done([], [], [])
    notices: list[str] = []
    made: list[tuple[DuePaper, list[str]]] = []
    with session.atomic("form", "定期文稿拟稿"):
        for at, each in enumerate(due):
            if progress is not None:
                progress(at, len(due), f"正在拟{each.paper.values['title']}（{each.slot.label}）")
            uids, problems = _draft(session, each)
            notices += problems
            if not problems:
                _keep(session, each, uids)
            made.append((each, uids))
    files = _print(session, made, notices) if session.may("print") else []
    return Done([uid for _, uids in made for uid in uids], files, notices)


def skip(session: Session, chosen: Sequence[DuePaper]) -> int:
    """Leave papers out this time; returns how many."""
    roles.check_write(session.role, session.kinds.get(KIND))
    due = _still(session, chosen)
    with session.atomic("form", "定期文稿：本期不印"):
        for each in due:
            _keep(session, each, [])
    return len(due)


def _still(session: Session, chosen: Sequence[DuePaper] | None) -> list[DuePaper]:
    """What is due now, of these: somebody else may have drafted it since."""
    now = scheduled_papers.undrafted(session, older=chosen is not None)
    if chosen is None:
        return now
    wanted = {(each.paper.uid, each.slot.due) for each in chosen}
    return [each for each in now if (each.paper.uid, each.slot.due) in wanted]


def _keep(session: Session, each: DuePaper, uids: list[str]) -> None:
    paper = session.must_get(KIND, each.paper.uid)
    session.set_checked(paper, scheduled_papers.with_drafted(paper, each.slot, uids))


def _draft(session: Session, each: DuePaper) -> tuple[list[str], list[str]]:
    """The drafts of one paper, and what stood against others."""
    paper, uids = each.paper, list[str]()
    try:
        report = report_of(session, paper.values[REPORT_NAME])
        for target in _targets(session, report, each):
            uid = _uid(session, each, target)
            if session.get(issuing.KIND, uid) is None:
                issuing.new_draft(
                    session, report.name, period=_period(report, each), unit=target.unit,
                    item=target.item, uid=uid,
                )
            uids.append(uid)
    except ZhengxianError as error:
        said = error.message.rstrip("。")
        return uids, [f"{paper.values['title']}（{each.slot.label}）没有拟全：{said}"]
    return uids, []


def _uid(session: Session, each: DuePaper, target: Target) -> str:
    """The same draft wherever it is made; another where the one before lies in the recycle bin
    (taken back, and asked for again)."""
    parts = [KIND, each.paper.uid, each.slot.due.isoformat(), *map(str, target)]
    uid = derived_uid(*parts)
    while (there := session.get(issuing.KIND, uid)) is not None and there.deleted:
        parts.append("again")
        uid = derived_uid(*parts)
    return uid


def _period(report: Report, each: DuePaper) -> str:
    """The period of the paper; one that knows none is of its day."""
    if "period" in (*report.needs, *report.optional):
        return each.slot.period
    return f"@{each.slot.due.isoformat()}"


def _targets(session: Session, report: Report, each: DuePaper) -> list[Target]:
    values = each.paper.values
    if "item" in report.needs:
        return [
            Target(item=record.uid)
            for name in report.kinds
            for record in session.find(Query(kind=name, limit=10_000))
        ]
    if values["about_unit"]:
        return [Target(values["about_unit"])]
    by_unit = "unit" in report.needs or (values["each"] and "unit" in report.optional)
    if not by_unit:
        return [Target()]
    groups = metrics.table(session, ["in_hand"], "unit", as_of=_past(session, each.slot.due))
    return [Target(g.key) for g in groups if g.key and g.numbers["in_hand"].value]


def _past(session: Session, day: dt.date) -> dt.date | None:
    return day if day < session.today else None


def _print(
    session: Session, made: Sequence[tuple[DuePaper, list[str]]], notices: list[str]
) -> list[Path]:
    """A PDF of each draft, marked as not issued, where its paper names a folder."""
    files: list[Path] = []
    for each, uids in made:
        if not uids or not each.paper.values["folder"]:
            continue
        folder = Path(each.paper.values["folder"])
        try:
            if not folder.is_absolute():
                raise OSError
            folder.mkdir(exist_ok=True)
            for uid in uids:
                title = session.must_get(issuing.KIND, uid).values["title"]
                stem = file_names.plain(f"{title}_{each.slot.due:%Y%m%d}")[:80]
                path = file_names.free(folder, stem, ".pdf")
                issuing.preview(session, uid, path)
                files.append(path)
        except (OSError, ZhengxianError):
            title = each.paper.values["title"]
            notices.append(f"{title}已拟稿，PDF 没有存成，请看文件夹 {folder} 在不在、能不能写")
    return files
