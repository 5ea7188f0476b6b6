"""Commands that print a report at once: reports, print."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from db.errors import BadInput
from db.session import Session
from desktop.bulletin.issue import letters
from desktop.bulletin.report import reports as declared
from desktop.bulletin.report.office_reports import reports_of
from desktop.bulletin.typeset.fonts import describe_missing
from desktop.bulletin.writers import require_form
from desktop.commands import masks
from desktop.commands.answers import print_answer, print_notice, table, write_json
from desktop.commands.figures import as_of, unit_of


def keep_letter(session: Session, uid: str) -> int:
    """A letter that a command adds keeps what it says."""
    letters.freeze_text(session, uid)
    return 0


def reports(session: Session, options: Namespace) -> int:
    """Which bulletins can be printed."""
    rows = [{"name": r.name, "label": r.label} for r in reports_of(session)]
    if options.json:
        write_json(rows)
    else:
        table(rows, ["name", "label"])
    return 0


def print_report(session: Session, options: Namespace) -> int:
    """A bulletin in the form that the file's name asks for."""
    require_form(Path(options.to))
    session.require("print")
    if options.send:
        if not options.item:
            raise BadInput("编号发出要用 --item 写明事项。", field="item")
        letters.send(session, options.report, options.item, note=options.note or "")
    letter = None
    if options.letter:
        if not options.item:
            raise BadInput("--letter 要用 --item 写明事项。", field="item")
        letter = letters.numbered(session, options.report, options.item, options.letter)
    made = declared.print_report(
        session, options.report, Path(options.to).absolute(), period=as_of(options),
        unit=unit_of(session, options.unit), item=options.item, letter=letter,
        masked=masks.mask_of(session, options) or False,
    )  # fmt: skip
    answer = {
        "file": str(made.file), "pages": made.pages, "sha256": made.sha256,
        "missing_characters": list(made.missing_characters), "notes": list(made.notices),
    }
    answer |= masks.answer(made)
    if options.json:
        write_json(answer)
    else:
        print_answer(str(made.file))
        notices = "".join(f"{each}。" for each in made.notices)
        pages = f"共 {made.pages} 页。" if made.pages else ""  # a form without fixed pages has none
        if words := f"{pages}{describe_missing(made.missing_characters)}{notices}":
            print_notice(words)
        masks.tell_masking(made)
    return 0
