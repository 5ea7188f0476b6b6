"""Commands over open files: hand-out, take-in."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from db.session import Session
from desktop.commands.answers import print_answer, print_notice, write_json
from desktop.open_files import hand_out as handing
from desktop.open_files import take_in as taking


def hand_out(session: Session, options: Namespace) -> int:
    """Everything as open files, in a new folder."""
    done = handing.hand_out(
        session, Path(options.folder).absolute(), personnel=not options.no_personnel,
        days=options.as_of,
    )
    made = done.manifest
    if options.json:
        write_json({
            "folder": str(done.folder), "tables": len(made.tables), "rows": done.rows,
            "attachments": made.attachments, "books": made.books, "as_of": made.days,
            "sha256": done.sha256,
        })
    else:
        print_answer(str(done.folder))
    for note in done.notes:
        print_notice(note)
    print_notice(
        f"已移交 {len(made.tables)} 个表 {done.rows} 行、{made.attachments} 个附件。"
        "这些文件没有加密，请按规定保管。"
    )
    return 0


def take_in(session: Session, options: Namespace) -> int:
    """A folder that was handed out, into this new office."""
    done = taking.take_in(session, Path(options.folder).absolute())
    if options.json:
        write_json({
            "office": done.office, "tables": done.tables, "rows": done.rows,
            "attachments": done.attachments,
        })
    if done.left:
        print_notice(done.left)
    print_notice(
        f"已接收{done.office}移交的 {done.rows} 条记录、{done.attachments} 个附件，"
        f"在 {done.tables} 个台账里。"
    )
    return 0
