"""Letters and slips on one item go out: each takes the next number of its sort and year, stands in
the item's history from then on, and keeps what it said."""

from __future__ import annotations

import contextlib
import datetime as dt

import msgspec

from db.errors import BadInput, ZhengxianError
from db.model.query import Query, Where
from db.model.records import LETTER, Record
from db.rules import lifecycle
from db.session import Session
from desktop.bulletin.report import layout_file
from desktop.bulletin.report.declaration import Report
from desktop.bulletin.report.filling import Choice
from desktop.bulletin.report.item_view import LETTER_WORDS, ItemView
from desktop.bulletin.report.office_reports import report_of, reports_of
from desktop.bulletin.report.reports import Builder, check_urging, find_item, kinds_for

#: The step that a lifecycle has for a letter.
REMIND = "remind"
#: What hands an item over and closes it; no step of reminding.
SLIPS = frozenset({"assignment", "close_out"})
#: Stands for a letter that is yet to go out.
NEW = ""


def letter_report(session: Session, name: str) -> Report:
    """The report of that name, which must be a letter or a slip."""
    report = report_of(session, name)
    if not report.letter:
        raise BadInput(f"「{report.label}」不是函件、单据，不能编号发出。")
    return report


def sent(session: Session, name: str, item: str) -> list[tuple[str, str]]:
    """Those of its sort that went out on the item, newest first, each by uid and as it is told:
    督办〔2022〕5号（2022年9月5日）."""
    report = letter_report(session, name)
    found = ItemView(session, find_item(session, report, item)).sent([report.letter])
    return [(each.uid, _told(session, report, each)) for each in reversed(found)]


def _told(session: Session, report: Report, letter: Record) -> str:
    view = ItemView(session, letter)
    word = LETTER_WORDS[report.letter]
    return f"{word}〔{view['year']}〕{view['number']}号（{view['issued_on']}）"


def numbered(session: Session, name: str, item: str, number: str) -> str:
    """The letter of that number (5, 2022-5), "新" one that is yet to go out; ``BadInput`` where the
    item has none of it."""
    if number == "新":
        return NEW
    found = sent(session, name, item)
    for uid, _ in found:
        kept = session.must_get(LETTER, uid).values
        if number in (str(kept["number"]), f"{kept['year']}-{kept['number']}"):
            return uid
    there = f"有的是：{'、'.join(label for _, label in found)}。" if found else "还没有发过。"
    raise BadInput(f"这条事项没有编号为 {number} 的函件、单据，{there}", field="letter")


def send(
    session: Session, name: str, item: str, *, note: str = "", reply_by: dt.date | None = None
) -> str:
    """Number the letter and keep it on the item, by the item's own step where it has one, and what
    it says with it. Returns its number as it is printed."""
    session.require("print")
    report = letter_report(session, name)
    record = find_item(session, report, item)
    check_urging(session, report, record)
    with session.atomic("form", f"发出{report.label}"):
        before = {uid for uid, _ in sent(session, name, item)}
        steps = {each.action.name for each in lifecycle.actions_for(session, record)}
        if REMIND in steps and report.letter not in SLIPS:
            ask = {"letter_type": report.letter, **({"reply_by": reply_by} if reply_by else {})}
            session.take_step(record.kind, record.uid, REMIND, note, ask)
        else:
            _number(session, report, record, note, reply_by)
        uid, label = next(each for each in sent(session, name, item) if each[0] not in before)
        _keep(session, report, record.uid, uid)
        return label.partition("（")[0]


def _number(
    session: Session, report: Report, record: Record, note: str, reply_by: dt.date | None
) -> None:
    kind, year = session.kinds.get(LETTER), session.today.year
    where = (Where("letter_type", "eq", report.letter), Where("year", "eq", year))
    taken = session.find(Query(kind=LETTER, where=where, deleted="any"))
    unit = session.kinds.get(record.kind).unit
    session.add_checked(
        kind,
        {
            "letter_type": report.letter, "year": year,
            "number": max((each.values["number"] or 0 for each in taken), default=0) + 1,
            "issued_on": session.today, "issued_by": session.who.user,
            "to_unit": record.values.get(unit) if unit else None, "content": note or None,
            "reply_by": reply_by,
        },
        parent=record.uid,
    )


def freeze_text(session: Session, uid: str) -> None:
    """A letter that was just added, by whatever way, keeps what it says. For ``session.added``: no
    letter is refused because its paper cannot be set."""
    with contextlib.suppress(ZhengxianError):
        letter = session.must_get(LETTER, uid)
        item = session.owner_of(session.kinds.get(LETTER), str(letter.parent))
        for report in reports_of(session):
            fits = report.letter == letter.values["letter_type"]
            if fits and item is not None and item.kind in kinds_for(session, report):
                _keep(session, report, item.uid, uid)
                return


def _keep(session: Session, report: Report, item: str, uid: str) -> None:
    record = find_item(session, report, item)
    builder = Builder(session, report, Choice(item=record, letter=uid))
    if builder.letter is None:  # without a number, or of a day to come: it has not gone out
        return
    document = msgspec.structs.replace(builder.document(), draft="")
    data = layout_file.packed(document, builder.places)
    kept = session.attach(LETTER, data, "发出原文.json.gz")
    session.set_checked(session.must_get(LETTER, uid), {"issued_layout": (kept,)})
