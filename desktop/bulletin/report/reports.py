"""A declared report filled from the ledgers: text, tables and figures become a ``Document``, which
is then set and written."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from db.errors import BadInput, Damaged
from db.model import due_state, periods
from db.model.periods import Period
from db.model.query import Query
from db.model.records import LETTER, Record
from db.session import Session
from desktop.bulletin.document import (
    Attachment,
    Block,
    BriefHead,
    Contents,
    Cover,
    Document,
    Imprint,
    LetterHead,
    RedHead,
    Signature,
    Turned,
)
from desktop.bulletin.masking.ledger_names import mask_for
from desktop.bulletin.masking.mask import Mask, file_name
from desktop.bulletin.report import body_blocks, layout_file, official_parts, one_page, tables
from desktop.bulletin.report.declaration import Report
from desktop.bulletin.report.filling import Choice, ReportFilling
from desktop.bulletin.report.item_view import ItemView
from desktop.bulletin.report.missing_characters import rendered
from desktop.bulletin.report.office_reports import report_of
from desktop.bulletin.typeset.words import LONGEST_WHOLE
from desktop.bulletin.writers import Printed

#: So many digits of a text's digest tell it from others of its draft.
SOURCE = 16
#: Who is named in the 版记.
RECEIVERS = ("copy_to", "report_to", "send_to", "distribute_to")
#: Stands in the upper margin of what looks like an issued paper and is none.
UNISSUED = "未签发"
#: Stands there on a letter of an earlier day of which nobody kept what it said.
NOT_KEPT = "补印件　发出时未留存原文"
NOT_KEPT_TOLD = "这份{}发出时没有留存原文，现按台账今天的记载排印，页眉已注明"
DAMAGED_TOLD = "这份{}发出时留存的原文已经损坏，现按台账今天的记载排印，页眉已注明，请从备份恢复"


class Builder(ReportFilling):
    """Makes the document of a report."""

    #: What was issued: then nothing is worked out anew.
    issued: Document | None = None
    #: What a person must know of a letter that is printed again.
    notices: tuple[str, ...] = ()

    def blocks(self) -> tuple[Block, ...]:
        """The body, with the parts that its lines name in their places."""
        return body_blocks.blocks(self, self.text(self.body))

    def parts(self) -> dict[str, str]:
        """The parts of an official document, filled; those that the paper has of its own as they
        are."""
        declared = official_parts.declared(self.report)
        filled = {name: self.plain(text) for name, text in declared.items()}
        if filled["addressee"] == "：":
            filled["addressee"] = ""  # the item has no unit
        return filled | self.own_parts

    def appendix(self, more: Sequence[str] = ()) -> tuple[list[str], list[Block]]:
        """Names and blocks of the attachments, then names of those that lie beside the paper; one
        with nothing in it is left out."""
        names: list[str] = []
        blocks: list[Block] = []
        filled = [(a, tables.table(self, self.report.table(a.table))) for a in self.report.appendix]
        present = [(a, t) for a, t in filled if t is not None]
        for place, (declared, table) in enumerate(present):
            title = self.plain(declared.title)
            names.append(title)
            alone = len(present) + len(more) == 1
            head = Attachment("附件" if alone else f"附件{place + 1}", title)
            if self.report.table(declared.table).landscape:
                blocks.append(Turned((head, table)))
            else:
                blocks += [head, table]
        return [*names, *more], blocks

    def document(self) -> Document:
        """The whole document."""
        if self.issued is not None:
            return self.issued
        if any(table.shrinks for table in self.report.tables):
            return one_page.fitted(self._with_room)
        return self._filled()

    def _with_room(self, rows: int) -> Document:
        self.room = rows
        return self._filled()

    def _filled(self) -> Document:
        report, session = self.report, self.session
        blocks, parts = self.blocks(), self.parts()
        attachments, appendix = self.appendix(official_parts.listed(parts["attached"]))
        return Document(
            title=self.plain(self.title),
            titled=report.titled and not report.body.lstrip().startswith("@form "),
            front=self._front(), blocks=blocks, masthead=self._masthead(parts),
            addressee=parts["addressee"], signature=self._signature(parts), note=parts["note"],
            attachments=tuple(attachments), appendix=tuple(appendix), imprint=self._imprint(parts),
            duplex=report.duplex, author=session.office_name, subject=report.label,
            made_on=self.day, draft=self._unissued(), names=whole_names(session),
            source=hashlib.sha256(self.body.encode()).hexdigest()[:SOURCE],
        )

    def _unissued(self) -> str:
        """A paper with a head says that it is not issued: a letter or a slip until it is on record,
        others until they are issued as a bulletin."""
        if self.letter is not None:
            return NOT_KEPT if self.day < self.session.today else ""
        headed = self.report.head.form != "none" or bool(self.report.letter)
        return UNISSUED if headed else ""

    def as_sent(self) -> None:
        """A letter that went out says what it said, whatever the ledger holds now."""
        kept = self.letter.raw("issued_layout") if self.letter is not None else None
        notice = NOT_KEPT_TOLD if self.letter is not None and self.day < self.session.today else ""
        if isinstance(kept, tuple) and kept:
            try:
                data = self.session.attachment_bytes(LETTER, kept[0].sha256)
                self.issued, self.places = layout_file.unpacked(data)
                return
            except Damaged:
                notice = DAMAGED_TOLD
        self.notices = (notice.format(self.report.label),) if notice else ()

    def _organs(self, parts: Mapping[str, str]) -> tuple[str, ...]:
        return official_parts.listed(parts["organs"]) or (self.session.office_name,)

    def _signature(self, parts: Mapping[str, str]) -> Signature | None:
        if not self.report.signed:
            return None
        return Signature(self._organs(parts), self.day, bool(parts[official_parts.SEALED]))

    def _masthead(self, parts: Mapping[str, str]) -> RedHead | LetterHead | BriefHead | None:
        head, name = self.report.head, self.plain(self.report.head.name)
        organs = self._organs(parts) if parts["organs"] or not name else (name,)
        copy_no, secrecy, urgency = parts["copy_no"], parts["secrecy"], parts["urgency"]
        match head.form:
            case "red":
                signers = official_parts.listed(parts["signers"])
                return RedHead(
                    organs, head.suffix, parts["number"], copy_no, secrecy, urgency, signers
                )
            case "letter":
                return LetterHead(organs[0], parts["number"], copy_no, secrecy, urgency)
            case "brief":
                return BriefHead(
                    name or self.report.label, self.choice.issue_no, self.choice.total_issue_no,
                    self.session.office_name, self.session.today, self.choice.supplement, secrecy,
                    copy_no,
                )
        return None

    def _imprint(self, parts: Mapping[str, str]) -> Imprint | None:
        own = any(self.own_parts.get(name) for name in (*RECEIVERS, "copies"))
        if self.report.imprint is None and not own:
            return None
        session = self.session
        to = {name: parts.get(name, "") for name in RECEIVERS}
        return Imprint(session.office_name, session.today, copies=parts["copies"] or None, **to)

    def _front(self) -> tuple[Block, ...]:
        cover, today = self.report.cover, self.session.today
        if cover is None:
            return ()
        date = self.plain(cover.date) or f"{today.year}年{today.month}月"
        page = Cover(
            self.plain(cover.title), self.plain(cover.subtitle), self.session.office_name, date,
            self.plain(cover.corner),
        )
        return page, Contents(own_page=True)


def whole_names(session: Session) -> tuple[str, ...]:
    """Short names of units, and leaders: no line of a title or a cell parts them."""
    units = [session.unit_name(uid) for uid in session.names.units()]
    leaders = [session.title_of(each) for each in session.find(Query(kind="leader"))]
    return tuple(sorted({name for name in (*units, *leaders) if 1 < len(name) <= LONGEST_WHOLE}))


def choose(
    session: Session, report: Report, period: str | None, unit: str | None, item: str | None,
    letter: str | None = None,
) -> Choice:
    """What was chosen, checked against what the report needs; a period not named is the current
    month. Behind an "@" stands the day as of which it is counted. ``letter`` as in ``Choice``."""
    require_book(session, report)
    wanted: Period | None = None
    named, mark, day = (period or "").partition("@")
    as_of = periods.parse(day).last if mark else None
    if "period" in report.needs or named:
        wanted = periods.parse(named) if named else _current(report, as_of or session.today)
        wanted = wanted.seen_on(as_of)
    if "unit" in report.needs and unit is None:
        raise BadInput(f"打印「{report.label}」要选一个单位。", field="unit")
    record = None
    if "item" in report.needs:
        if item is None:
            raise BadInput(f"打印「{report.label}」要选一条事项。", field="item")
        record = find_item(session, report, item)
        chosen = {} if letter is None else {report.letter: letter}
        if ItemView(session, record, None, chosen).letter(report.letter) is None:
            check_urging(session, report, record)
    return Choice(wanted, unit, record, as_of=None if wanted is not None else as_of, letter=letter)


def require_book(session: Session, report: Report) -> None:
    """``NotPermitted`` for a person without the key of the book that the report is about."""
    if report.kinds and not any(session.opens(kind) for kind in report.kinds):
        session.book_of(report.kinds[0])


def _current(report: Report, day: dt.date) -> Period:
    """The period a report is about when nobody says another: the week, month or year of a day."""
    if report.period == "week":
        return periods.week_of(day)
    return periods.parse(str(day.year)) if report.period == "year" else periods.month_of(day)


def kinds_for(session: Session, report: Report) -> list[str]:
    """The kinds of whose records a report on one item can be printed: a letter's, those that it
    stands under."""
    if report.kinds:
        return [k.name for k in session.visible_kinds() if k.name in report.kinds]
    found = [k.name for k in session.visible_kinds() if k.lifecycle and not k.parent]
    under = session.kinds.children_of
    return [
        name for name in found
        if not report.letter or any(child.name == LETTER for child in under(name))
    ]


def find_item(session: Session, report: Report, uid: str) -> Record:
    """The item of that uid, of a kind that the report is for."""
    for kind in kinds_for(session, report):
        record = session.get(kind, uid)
        if record is not None:
            return record
    raise BadInput(f"找不到编号为 {uid} 的事项，或「{report.label}」不适用于它。", uid=uid)


def check_urging(session: Session, report: Report, record: Record) -> None:
    """``BadInput`` for a letter that would urge nobody."""
    if report.open_only and (why := nothing_to_urge(session, record)):
        message = f"「{session.title_of(record)}」{why}，不用再发{report.label}。"
        raise BadInput(message, uid=record.uid)


def nothing_to_urge(session: Session, record: Record) -> str:
    """Why nobody is to be urged about a record: it is done, or the unit asked in time and waits;
    "" where somebody is."""
    kind, cycle = session.kinds.get(record.kind), session.lifecycle_of(record)
    stands = due_state.of(record, kind, cycle, session.today)
    if stands == "pending":
        return "在时限内已经申请销号，等待审核"
    return session.text(record, "state") if stands in ("on_time", "late") else ""


def build(
    session: Session, name: str, *, period: str | None = None, unit: str | None = None,
    item: str | None = None, letter: str | None = None,
) -> Builder:
    """A builder for a report with what was chosen; ``document()`` gives the document, ``used`` its
    figures."""
    report = report_of(session, name)
    builder = Builder(session, report, choose(session, report, period, unit, item, letter))
    builder.as_sent()
    return builder


def print_report(
    session: Session, name: str, to: Path | IO[bytes], *, period: str | None = None,
    unit: str | None = None, item: str | None = None, letter: str | None = None,
    masked: bool | Mask = False, progress: Callable[[int, int], None] | None = None,
) -> Printed:
    """Fill a report and write it as a PDF. ``masked`` True hides names and numbers; a ``Mask`` says
    which. A letter that went out says what it said then.

    ``to`` a folder: the file there takes its name from the title, masked like the document.
    """
    builder = build(session, name, period=period, unit=unit, item=item, letter=letter)
    document = builder.document()
    mask = masked if isinstance(masked, Mask) else mask_for(session) if masked else None
    if isinstance(to, Path) and to.is_dir():
        to = to / file_name(document.title.replace("\n", ""), mask)
    printed = rendered(session, document, to, masked=mask, progress=progress)
    return msgspec.structs.replace(printed, notices=(*builder.notices, *printed.notices))
