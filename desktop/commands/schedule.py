"""Command schedule: the papers that the office prints in a rhythm, and their drafts."""

from __future__ import annotations

from argparse import Namespace

from db.domain import scheduled_papers
from db.domain.scheduled_papers import KIND, DuePaper
from db.errors import BadInput
from db.model.records import Record
from db.session import Session
from desktop.bulletin.issue import issuing
from desktop.bulletin.report.declaration import REPORT_NAME
from desktop.commands.answers import print_answer, print_notice, table, write_json
from desktop.commands.records import parse_assignments
from desktop.tasks import draft_due_papers

STATES = {"overdue": "过期未拟", "today": "今天到期", "drafted": "已拟稿", "skipped": "本期不印",
          "idle": "没有工作日，不印"}


def schedule(session: Session, options: Namespace) -> int:
    """One act on the papers that come in a rhythm."""
    if options.act in ("due", "list"):
        return _list(session, options)
    if options.act in ("run", "skip"):
        return _run(session, options)
    if not options.name:
        raise BadInput("请写明文种（add）或定期文稿的编号（set）。")
    values = parse_assignments(session, KIND, options.values)
    if options.act == "add":
        uid = draft_due_papers.save(session, {**values, REPORT_NAME: options.name})
    else:
        uid = draft_due_papers.save(session, values, options.name)
    if options.json:
        write_json(_paper(session, session.must_get(KIND, uid)))
    else:
        print_answer(uid)
    return 0


def _paper(session: Session, record: Record) -> dict[str, object]:
    values = record.values
    ahead = scheduled_papers.next_due(values, session.workdays, session.today)
    return {
        "uid": record.uid, "title": values["title"], "report": values[REPORT_NAME],
        "rhythm": scheduled_papers.rhythm_words(values), "covers": session.text(record, "covers"),
        "unit": values["about_unit"], "recipient": values["recipient"], "folder": values["folder"],
        "from_on": values["from_on"], "next_on": None if values["stopped"] else ahead,
        "stopped": bool(values["stopped"]),
    }


def _due(each: DuePaper) -> dict[str, object]:
    return {
        "uid": each.paper.uid, "title": each.paper.values["title"],
        "report": each.paper.values[REPORT_NAME], "due_on": each.slot.due,
        "period": each.slot.period, "state": each.state, "drafts": list(each.drafts),
    }


def _list(session: Session, options: Namespace) -> int:
    if options.act == "list":
        rows = [_paper(session, each) for each in scheduled_papers.papers(session)]
        columns = ["uid", "title", "report", "rhythm", "covers", "recipient", "next_on"]
    else:
        rows = [_due(each) for each in scheduled_papers.papers_due(session, older=options.older)]
        columns = ["uid", "due_on", "title", "period", "state"]
    if options.json:
        write_json(rows)
    else:
        table(rows, columns)
    return 0


def _run(session: Session, options: Namespace) -> int:
    """All that is due, or of one paper alone."""
    due = scheduled_papers.undrafted(session, older=options.older)
    if options.name:
        session.must_get(KIND, options.name)
        due = [each for each in due if each.paper.uid == options.name]
    if options.act == "skip":
        if not options.name:
            raise BadInput("请写明哪一种定期文稿这期不印，编号用 schedule list 查看。")
        count = draft_due_papers.skip(session, due)
        if options.json:
            write_json({"skipped": count})
        print_notice(f"{count} 期不印，已记下。")
        return 0
    done = draft_due_papers.run(session, due)
    titles = [session.must_get(issuing.KIND, uid).values["title"] for uid in done.drafts]
    rows = [{"uid": uid, "title": title} for uid, title in zip(done.drafts, titles, strict=True)]
    if options.json:
        write_json({"drafts": rows, "files": list(map(str, done.files)), "told": done.notices})
    else:
        table(rows, ["uid", "title"])
    for sentence in done.notices:
        print_notice(f"{sentence.rstrip('。')}。")
    print_notice(f"已拟 {len(rows)} 份，等待核稿。" if rows else "没有到期要拟的定期文稿。")
    return 1 if done.notices else 0
