"""Appointment forms on the command line: ``import`` and ``export`` hand over here when the file is
one."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from db.errors import BadInput
from db.session import Session
from desktop.commands.answers import say, tell, write_json
from desktop.exchange.appointment import person_export, person_import


def import_form(session: Session, options: Namespace) -> int:
    """Take an appointment form in, or show what it would change; ``--item`` says who it is where
    the file does not tell."""
    proposal = person_import.preview(session, Path(options.file).absolute(), options.item)
    if options.preview:
        answer = proposal.to_json()
    else:
        taken = person_import.accept(session, proposal, choose=options.item)
        answer = {
            "uid": taken.uid, "import_id": taken.import_id, "changed": taken.fields,
            "relatives": taken.relatives, "posts": taken.posts,
        }  # fmt: skip
    if options.json:
        write_json(answer)
        return 0
    for line in proposal.lines:
        say(f"{line.label}\t{line.old}\t{line.new}")
    for row in proposal.relatives:
        say(f"家庭成员\t{row.old}\t{row.text}")
    for row in proposal.posts:
        say(f"任职\t\t{row.text}")
    for remark in (*proposal.remarks, *(p.message for p in proposal.problems)):
        tell(remark)
    tell(
        f"{'将写入' if options.preview else '已写入'}干部{proposal.name}：{len(proposal.lines)} "
        f"项。"
    )
    return 0


def export_form(session: Session, options: Namespace) -> int:
    """The appointment form of one cadre as a file."""
    if not options.item:
        raise BadInput("导出任免审批表要用 --item 写明是哪名干部。", field="item")
    target = Path(options.to).absolute()
    digest = person_export.export(session, options.item, target)
    if options.json:
        write_json({"file": str(target), "rows": 1, "sha256": digest})
    else:
        say(str(target))
    return 0
