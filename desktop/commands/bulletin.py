"""The command ``bulletin``: drafts and issued bulletins, through the same functions as the page."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from db.errors import BadInput
from db.model.records import Record
from db.session import Session
from db.store.disk.atomic_files import write_atomic
from desktop.bulletin.issue import figures, issuing, word_reimport
from desktop.bulletin.report import official_parts
from desktop.bulletin.report.declaration import REPORT_NAME
from desktop.bulletin.writers import require_form
from desktop.commands import masks
from desktop.commands.answers import print_answer, print_notice, table, write_json
from desktop.commands.figures import as_of


def _row(session: Session, record: Record) -> dict[str, object]:
    values = record.values
    return {
        "uid": record.uid, "state": record.state, "report": values[REPORT_NAME],
        "title": values["title"], "period": values["period_text"], "issue_no": values["issue_no"],
        "total_issue_no": values["total_issue_no"], "issued_on": values["issued_on"],
        "sha256": values["issued_sha256"],
    }


def bulletin(session: Session, options: Namespace) -> int:
    """One act on the bulletins."""
    if options.act == "list":
        rows = [
            _row(session, r)
            for r in [*issuing.drafts(session), *issuing.issued(session, options.search or "")]
        ]
        if options.json:
            write_json(rows)
        else:
            table(rows, ["uid", "state", "report", "issue_no", "title"])
        return 0
    if not options.name:
        raise BadInput("请写明文种（new）或通报的编号。")
    if options.act == "new":
        return _new(session, options)
    return _act(session, options)


def _new(session: Session, options: Namespace) -> int:
    unit = session.names.unit_by_name(options.unit) if options.unit else None
    if options.unit and unit is None:
        raise BadInput(f"没有这个单位：{options.unit}。", field="unit")
    uid = issuing.new_draft(
        session, options.name, period=as_of(options), unit=unit, item=options.item
    )
    if options.json:
        write_json({"uid": uid})
    else:
        print_answer(uid)
    return 0


def _act(session: Session, options: Namespace) -> int:
    answer = _done(session, options.name, options)
    record = session.must_get(issuing.KIND, options.name)
    answer = {**_row(session, record), **answer}
    if options.json:
        write_json(answer)
        return 0
    issue = f"，第{answer['issue_no']}期" if answer["issue_no"] else ""
    print_notice(f"《{answer['title']}》{session.text(record, 'state')}{issue}。")
    for line in (*answer.get("differences", ()), *answer.get("changed", ())):
        print_answer(line)
    for line in answer.get("told", ()):
        print_answer(f"{line}。")
    for part in official_parts.PARTS:
        if text := answer.get("parts", {}).get(part.name):
            print_answer(f"{part.label}：{text}")
    return 0


def _done(session: Session, uid: str, options: Namespace) -> dict[str, Any]:
    """The act; what it answers beside the bulletin."""
    answer: dict[str, Any] = {}
    if options.act in ("submit", "check", "return"):
        session.take_step(issuing.KIND, uid, options.act, options.note or "")
    elif options.act == "issue":
        issuing.issue(session, uid, accept_issued=options.correction)
    elif options.act == "withdraw":
        issuing.withdraw(session, uid, options.note or "")
    elif options.act == "refresh":
        answer["changed"] = [d.message for d in issuing.refresh(session, uid)]
    elif options.act == "show":
        answer["differences"] = [d.message for d in issuing.differences(session, uid)]
        answer["figures"] = figures.kept_figures(session.must_get(issuing.KIND, uid))
    elif options.act == "fetch":
        answer.update(_fetch(session, options))
    elif options.act == "parts":
        answer["parts"] = _parts(session, options)
    elif options.act == "print":
        answer.update(_print(session, options))
    return answer


def _fetch(session: Session, options: Namespace) -> dict[str, object]:
    """What was changed in a Word file goes into the draft."""
    if not options.from_:
        raise BadInput("请用 --from 写明在 Word 里改过的文件。", field="from")
    uid = options.name
    back = word_reimport.read_word_edits(session, issuing.draft(session, uid), Path(options.from_))
    issuing.save_text(session, uid, title=back.title, body=back.body)
    return {
        "taken": [{"was": each.before, "now": each.now} for each in back.changed],
        "kept": [{"was": each.before, "now": each.now} for each in back.kept], "told": back.notices,
    }


def _parts(session: Session, options: Namespace) -> dict[str, str]:
    """The parts of the paper beside its text, after those that are set."""
    words = [each.partition("=") for each in options.set]
    if any(not mark for _, mark, _ in words):
        raise BadInput("--set 写成“要素=文字”，例如 --set 密级=内部资料。", field="set")
    if words:
        changed = {official_parts.named(label.strip()): text for label, _, text in words}
        issuing.set_parts(session, options.name, changed)
    return {name: text for name, text in issuing.parts_of(session, options.name).items() if text}


def _print(session: Session, options: Namespace) -> dict[str, object]:
    """The issued file as it is; a draft, or a masked edition, is set anew."""
    if not options.to:
        raise BadInput("请用 --to 写明文件。")
    session.require("print")
    target = Path(options.to).absolute()
    require_form(target)
    record = session.must_get(issuing.KIND, options.name)
    mask = masks.mask_of(session, options)
    if record.values["issued_file"] and mask is None and target.suffix.lower() == ".pdf":
        write_atomic(target, issuing.reprint(session, options.name))
        return {"file": str(target)}
    printed = issuing.preview(session, options.name, target, masked=mask)
    masks.tell_masking(printed)
    return {"file": str(target), "pages": printed.pages, **masks.answer(printed)}
