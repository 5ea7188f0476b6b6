"""People on the command line: appointment forms, to which ``import`` and ``export`` hand over when
the file is one, and which of them the rows of rosters are."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from db.domain import roster_people
from db.errors import BadInput
from db.session import Session
from desktop.commands.answers import print_answer, print_notice, table, write_json
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
        print_answer(f"{line.label}\t{line.old}\t{line.new}")
    for row in proposal.relatives:
        print_answer(f"家庭成员\t{row.old}\t{row.text}")
    for row in proposal.posts:
        print_answer(f"任职\t\t{row.text}")
    for remark in (*proposal.remarks, *(p.message for p in proposal.problems)):
        print_notice(remark)
    print_notice(
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
        print_answer(str(target))
    return 0


def rosters(session: Session, options: Namespace) -> int:
    """The rows of rosters that name a cadre, and whom it is decided that they are."""
    match options.act:
        case "match":
            done = roster_people.match(session)
        case "decide" if len(options.uids) > 1:
            done = roster_people.decide(session, options.uids[0], options.uids[1:])
        case "undecide" if options.uids:
            done = roster_people.undecide(session, options.uids)
        case "list":
            return _rosters(session, options)
        case _:
            raise BadInput("请写明编号：decide 干部编号 名单行编号…，undecide 名单行编号…。")
    if options.json:
        write_json({"changed": done})
    print_notice(f"{'撤销认定' if options.act == 'undecide' else '已认定'} {done} 行。")
    return 0


def _rosters(session: Session, options: Namespace) -> int:
    found = roster_people.named(session, options.uids[0] if options.uids else None)
    rows = [
        {
            "uid": each.row.uid, "kind": each.roster.kind.name, "title": session.title_of(each.row),
            "unit": session.text(each.row, "unit"), "on": each.row.values[each.roster.moment.on],
            "under": each.under, "cadre": each.person, "sure": each.sure,
            "decided": each.whose,
        }
        for each in found
    ]
    if options.json:
        write_json(rows)
    else:
        table(rows, ["uid", "title", "unit", "on", "under", "cadre", "sure", "decided"])
    return 0
