"""Command year: years beside one another, a year closed into an archive, what goes on."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from db.domain import years
from db.errors import BadInput
from db.metrics import metrics
from db.session import Session
from desktop.commands.answers import print_answer, print_notice, table, write_json
from desktop.commands.login import password
from desktop.tasks import close_year, year_tables
from desktop.tasks.year_tables import Table

OWN = "ZHENGXIAN_ARCHIVE_PASSWORD"


def year(session: Session, options: Namespace) -> int:
    """One act on the years."""
    if options.act == "figures":
        return _figures(session, options)
    if options.act == "list":
        return _list(session, options)
    if options.year is None:
        last = session.today.year - 1
        raise BadInput(f"请写明哪一年，例如：zhengxian year {options.act} {last}。", field="year")
    if options.act == "close":
        return _close(session, options)
    return (_carried if options.act == "carried" else _check)(session, options)


def _figures(session: Session, options: Namespace) -> int:
    """The figures of every year that has any, or up to one."""
    families = years.families(session)
    if options.family and options.family not in families:
        raise BadInput(f"没有「{options.family}」这类指标，可用的有：{'、'.join(families)}。")
    names = [figure.name for figure in years.figures(session, options.family or "")]
    shown = [y for y in years.known_years(session) if y <= (options.year or y)]
    if not shown:
        raise BadInput(f"{options.year}年和以前没有数字。", field="year")
    lines = years.side_by_side(session, names, shown)
    made = year_tables.of_years(session, lines, shown)
    if options.json:
        write_json([
            {
                "name": line.figure.name, "label": line.figure.label, "unit": line.figure.measure,
                "years": {
                    str(y): {
                        "value": metrics.plain(cell.number.value),
                        "numerator": metrics.plain(cell.number.numerator),
                        "denominator": metrics.plain(cell.number.denominator),
                        "now": metrics.plain(cell.now.value) if cell.now is not None else None,
                    }
                    for y, cell in zip(shown, line.cells, strict=True)
                },
            }
            for line in lines
        ])
        return _write(session, made, options)
    return _told(session, made, options)


def _told(session: Session, made: Table, options: Namespace) -> int:
    if not options.to:
        heads = [head for head, _ in made.heads]
        table([dict(zip(heads, row, strict=True)) for row in made.cells], heads)
        print_notice(made.note)
    return _write(session, made, options)


def _write(session: Session, made: Table, options: Namespace) -> int:
    if options.to:
        file = year_tables.write(session, made, Path(options.to).absolute())
        print_notice(f"已写成 {file}。")
    return 0


def _list(session: Session, options: Namespace) -> int:
    rows = [
        {
            "year": r.values["year"], "closed_on": r.values["closed_on"],
            "closed_by": r.values["closed_by"], "unfinished": r.values["unfinished"],
            "folder": r.values["folder"], "ends": r.values["ends"],
        }
        for r in years.closings(session)
    ]
    if options.json:
        write_json(rows)
    else:
        table(rows, ["year", "closed_on", "closed_by", "unfinished", "folder"])
    return 0


def _carried(session: Session, options: Namespace) -> int:
    made = year_tables.of_carried(session, options.year)
    if options.json:
        write_json([
            {"kind": row.kind, "uid": row.uid, "title": row.title}
            for row in years.unfinished(session, options.year)
        ])
        return _write(session, made, options)
    return _told(session, made, options)


def _close(session: Session, options: Namespace) -> int:
    """The archive in a new folder; under a password of its own where one is asked for."""
    session.require("archive")
    if not options.to:
        raise BadInput("请用 --to 写明归档放在哪个新文件夹。", field="to")
    own = ""
    if options.own_password:
        own = os.environ.get(OWN, "")
        if not own:
            raise BadInput(f"归档另设密码，请设环境变量 {OWN}。", field="own-password")
    for sentence in years.warnings(session, options.year):
        print_notice(sentence)
    folder = Path(options.to).absolute()
    done = close_year.close(session, options.year, folder, password(), own)
    record = session.must_get(years.KIND, done.uid)
    answer = {
        "uid": done.uid, "year": options.year, "folder": str(done.folder),
        "unfinished": record.values["unfinished"], "ends": record.values["ends"],
    }
    if options.json:
        write_json(answer | ({"recovery_key": done.paper} if done.paper else {}))
    else:
        print_answer(str(done.folder))
        if done.paper:
            print_answer(f"归档的恢复密钥（只显示这一次）：{done.paper}")
    print_notice(f"{options.year}年已归档并核对，结转 {record.values['unfinished']} 件接着办。")
    return 0


def _check(session: Session, options: Namespace) -> int:
    """Whether the archive is the one that was made, and whole; with the password of the archive."""
    record = years.closing_of(session, options.year)
    if record is None:
        raise BadInput(f"{options.year}年还没有归档。", field="year")
    given = os.environ.get(OWN, "") if record.values["own_password"] else ""
    moved = Path(options.to).absolute() if options.to else None
    problems = close_year.check(session, record, session.user.name, given or password(), moved)
    if options.json:
        write_json({"ok": not problems, "problems": problems})
    for problem in problems if not options.json else ():
        print_answer(problem)
    print_notice(
        "归档完好，就是当年做的那一份。" if not problems else f"发现 {len(problems)} 个问题。"
    )
    return 1 if problems else 0
