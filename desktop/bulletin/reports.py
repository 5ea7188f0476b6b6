"""A declared report filled from the ledgers: text, tables and figures become a ``Document``, which is then set and written."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from db import figures, periods
from db.dates import chinese_date
from db.errors import BadInput
from db.periods import Period
from db.query import Query
from db.records import Record
from db.session import Session
from desktop.bulletin import appointmentform, blanks, reporttables
from desktop.bulletin.blocks import from_text
from desktop.bulletin.document import (
    Attachment,
    Block,
    BriefHead,
    Document,
    Imprint,
    Paragraph,
    RedHead,
    Signature,
    Turned,
)
from desktop.bulletin.masking import Mask
from desktop.bulletin.render import Printed, render
from desktop.bulletin.reportfile import Report, load_reports, report_named

all_reports = load_reports


@dataclasses.dataclass(frozen=True)
class Choice:
    """What a person chose for a report: the period, a unit, an item; ``issue_no`` once it is issued."""

    period: Period | None = None
    unit: str | None = None
    item: Record | None = None
    issue_no: int | None = None
    total_issue_no: int | None = None
    supplement: bool = False


class ItemView:
    """One record in a template: ``item["deadline"]`` is the field's text; also its title, unit and state."""

    def __init__(self, session: Session, record: Record) -> None:
        self._session, self._record = session, record
        self.uid = record.uid
        self.title = session.title_of(record)
        kind = session.kinds.get(record.kind)
        self.ledger = kind.label
        self.state = session.text(record, "state")
        self.light = session.light_label(record)
        self.unit = session.text(record, kind.unit) if kind.unit else ""

    def __getitem__(self, name: str) -> str:
        kind = self._session.kinds.get(self._record.kind)
        if not kind.has(name):
            return ""
        value = self._record.values.get(name)
        if isinstance(value, dt.date):
            return chinese_date(value)
        return self._session.text(self._record, name)

    def label(self, name: str) -> str:
        """A field's label."""
        kind = self._session.kinds.get(self._record.kind)
        return kind.field(name).label if kind.has(name) else ""

    def children(self, kind: str) -> list[ItemView]:
        """Child records of a kind, oldest first."""
        return [ItemView(self._session, c) for c in self._session.children(self._record.uid, kind)]


class Builder:
    """Fills one report. ``used`` collects the figures that stand in it, each by its key, for chips and for issuing.

    A draft has a ``body`` and ``title`` of its own and may have figures set by hand (``overrides``, key → text), which are flagged.
    """

    def __init__(
        self,
        session: Session,
        report: Report,
        choice: Choice,
        *,
        body: str | None = None,
        title: str | None = None,
        overrides: Mapping[str, str] | None = None,
        flag: bool = True,
    ) -> None:
        self.session, self.report, self.choice = session, report, choice
        self.body = report.body if body is None else body
        self.title = report.title if title is None else title
        self.overrides = dict(overrides or {})
        self._flag = flag
        self.used: dict[str, figures.Number] = {}
        self.ledgers: Sequence[str] | None = report.ledgers or None

    def key(self, name: str, unit: str | None) -> str:
        """A figure's place: name, period and unit."""
        return "|".join((name, self.choice.period.text if self.choice.period else "", unit or ""))

    def number(self, name: str) -> figures.Number:
        """A figure over the chosen period and unit."""
        key = self.key(name, self.choice.unit)
        if key not in self.used:
            found = figures.count(
                self.session, [name], period=self.choice.period, unit=self.choice.unit, ledgers=self.ledgers
            )
            self.used[key] = found[name]
        return self.used[key]

    def _marked(self, name: str, text: str) -> str:
        key = self.key(name, self.choice.unit)
        return blanks.marked(key, self.overrides.get(key, text), by_hand=self._flag and key in self.overrides)

    def _n(self, name: str) -> str:
        return self._marked(name, blanks.number_text(self.number(name).value))

    def _rate(self, name: str) -> str:
        """A share with its numerator and denominator: 96.4％（27/28）."""
        number = self.number(name)
        if not number.denominator:
            return self._marked(name, "—")
        text = f"{blanks.number_text(number.value)}％（{blanks.number_text(number.numerator)}/{blanks.number_text(number.denominator)}）"
        return self._marked(name, text)

    def _can(self, name: str) -> bool:
        """Whether the person may see this figure (the personnel book's need its key)."""
        return any(f.name == name for f in figures.visible(self.session))

    def _behind(self, name: str, limit: int = 20) -> list[ItemView]:
        """The records behind a figure, at most ``limit``."""
        found = figures.rows_behind(
            self.session, name, period=self.choice.period, unit=self.choice.unit, ledgers=self.ledgers, limit=limit
        )
        return [ItemView(self.session, self.session.must_get(r.kind, r.uid)) for r in found if r.counted]

    def _groups(self, name: str, group: str = "unit") -> list[dict[str, Any]]:
        """A figure by group, largest first, without groups that have none."""
        found = figures.table(
            self.session, [name], group, period=self.choice.period, unit=self.choice.unit, ledgers=self.ledgers
        )
        valued = [(g.numbers[name].value, g.label) for g in found]
        rows = sorted(((v, label) for v, label in valued if v), key=lambda each: -each[0])
        return [{"label": label, "value": value} for value, label in rows]

    def values(self) -> dict[str, Any]:
        """What a template may name."""
        session, choice = self.session, self.choice
        return {
            "n": self._n,
            "rate": self._rate,
            "can": self._can,
            "value": lambda name: self.number(name).value or 0,
            "behind": self._behind,
            "groups": self._groups,
            "period": choice.period.label if choice.period else "",
            "office": session.office_name,
            "region": "全市" if session.level == "city" else "全县",
            "today": chinese_date(session.today),
            "until": chinese_date(min(session.today, choice.period.last) if choice.period else session.today),
            "unit": session.unit_name(choice.unit) if choice.unit else "",
            "item": ItemView(session, choice.item) if choice.item else None,
            "issue_no": choice.issue_no,
        }

    def text(self, template: str) -> str:
        """A template filled, its figures still marked."""
        return blanks.fill(template, self.values(), self.report.label)

    def plain(self, template: str) -> str:
        """A template filled, as plain characters."""
        return blanks.unmarked(self.text(template)).strip()

    def blocks(self) -> tuple[Block, ...]:
        """The body: paragraphs and headings from plain typing, tables where a line names them."""
        found: list[Block] = []
        lines: list[str] = []

        def flush() -> None:
            found.extend(blanks.with_runs(from_text("\n".join(lines))))
            lines.clear()

        for line in self.text(self.body).splitlines():
            if line.strip().startswith("@table "):
                flush()
                declared = self.report.table(line.strip()[7:].strip())
                table = reporttables.table(self, declared)
                if table is not None:
                    found.append(Turned((table,)) if declared.landscape else table)
                elif declared.empty:
                    found.append(Paragraph(declared.empty))
            elif line.strip().startswith("@form "):
                flush()
                found.append(self.form(line.strip()[6:].strip()))
            elif line.strip().startswith("@chart "):
                flush()
                chart = reporttables.chart(self, self.report.chart(line.strip()[7:].strip()))
                if chart is not None:
                    found.append(chart)
            else:
                lines.append(line)
        flush()
        return tuple(found)

    def form(self, name: str) -> Block:
        """A fixed form of the chosen item: the appointment form, a person's sheet."""
        if name not in appointmentform.FORMS or self.choice.item is None:
            raise BadInput(f"文种「{self.report.label}」用到的表单「{name}」不存在，或没有选择人员。")
        return appointmentform.FORMS[name](self.session, self.choice.item)

    def appendix(self) -> tuple[list[str], list[Block]]:
        """Names and blocks of the attachments; one with nothing in it is left out."""
        names: list[str] = []
        blocks: list[Block] = []
        filled = [(a, reporttables.table(self, self.report.table(a.table))) for a in self.report.appendix]
        present = [(a, t) for a, t in filled if t is not None]
        for place, (declared, table) in enumerate(present):
            title = self.plain(declared.title)
            names.append(title)
            head = Attachment("附件" if len(present) == 1 else f"附件{place + 1}", title)
            if self.report.table(declared.table).landscape:
                blocks.append(Turned((head, table)))
            else:
                blocks += [head, table]
        return names, blocks

    def document(self) -> Document:
        """The whole document."""
        report, session = self.report, self.session
        blocks = self.blocks()
        attachments, appendix = self.appendix()
        masthead: RedHead | BriefHead | None = None
        head = report.head
        if head.form == "red":
            masthead = RedHead(
                (self.plain(head.name) or session.office_name,), head.suffix, self.plain(head.number),
                secrecy=self.plain(head.secrecy), urgency=self.plain(head.urgency),
            )  # fmt: skip
        elif head.form == "brief":
            masthead = BriefHead(
                self.plain(head.name) or report.label, self.choice.issue_no, self.choice.total_issue_no,
                issuer=session.office_name, date=session.today, secrecy=self.plain(head.secrecy),
                supplement=self.choice.supplement,
            )  # fmt: skip
        imprint = None
        if report.imprint is not None:
            imprint = Imprint(
                issuer=session.office_name,
                date=session.today,
                copy_to=self.plain(report.imprint.copy_to),
                report_to=self.plain(report.imprint.report_to),
                send_to=self.plain(report.imprint.send_to),
                distribute_to=self.plain(report.imprint.distribute_to),
            )
        return Document(
            title=self.plain(self.title),
            titled=not report.body.lstrip().startswith("@form "),
            blocks=blocks,
            masthead=masthead,
            addressee=self.plain(report.addressee),
            signature=Signature((session.office_name,), session.today) if report.signed else None,
            attachments=tuple(attachments),
            appendix=tuple(appendix),
            imprint=imprint,
            duplex=report.duplex,
            author=session.office_name,
            subject=report.label,
            audit=session.office.audit_head,
        )


def choose(session: Session, report: Report, period: str | None, unit: str | None, item: str | None) -> Choice:
    """What was chosen, checked against what the report needs; a period not named is the current month."""
    require_book(session, report)
    wanted: Period | None = None
    if "period" in report.needs or period:
        wanted = periods.parse(period) if period else _current(session, report)
    if "unit" in report.needs and unit is None:
        raise BadInput(f"打印「{report.label}」要选一个单位。", field="unit")
    record = None
    if "item" in report.needs:
        if item is None:
            raise BadInput(f"打印「{report.label}」要选一条事项。", field="item")
        record = find_item(session, report, item)
    return Choice(wanted, unit, record)


def require_book(session: Session, report: Report) -> None:
    """``NotPermitted`` for a person without the key of the book that the report is about."""
    if report.kinds and not any(session.opens(kind) for kind in report.kinds):
        session.book_of(report.kinds[0])


def _current(session: Session, report: Report) -> Period:
    """The period a report is about when nobody says another: this week, month or year."""
    if report.period == "week":
        return periods.week_of(session.today)
    return periods.parse(str(session.today.year)) if report.period == "year" else periods.month_of(session.today)


def kinds_for(session: Session, report: Report) -> list[str]:
    """The kinds of whose records a report on one item can be printed."""
    return [k.name for k in session.visible_kinds() if (k.name in report.kinds if report.kinds else k.lifecycle and not k.parent)]


def find_item(session: Session, report: Report, uid: str) -> Record:
    """The item of that uid, of a kind that the report is for."""
    for kind in kinds_for(session, report):
        record = session.get(kind, uid)
        if record is not None:
            return record
    raise BadInput(f"找不到编号为 {uid} 的事项，或「{report.label}」不适用于它。", uid=uid)


def names_to_mask(session: Session) -> tuple[str, ...]:
    """Names of units, places and people that a masked edition hides: units with their short names, leaders, this office."""
    found: set[str] = {session.office_name}
    for unit in session.names.units().values():
        found.update(n for n in (unit.name, unit.short) if n)
    for kind in session.visible_kinds():
        if kind.name in ("leader", "cadre"):
            found.update(session.title_of(r) for r in session.find(Query(kind=kind.name)))
    return tuple(sorted(n for n in found if len(n) > 1))


def build(
    session: Session, name: str, *, period: str | None = None, unit: str | None = None, item: str | None = None
) -> Builder:
    """A builder for a report with what was chosen; ``document()`` gives the document, ``used`` its figures."""
    report = report_named(name)
    return Builder(session, report, choose(session, report, period, unit, item))


def print_report(
    session: Session,
    name: str,
    to: Path | IO[bytes],
    *,
    period: str | None = None,
    unit: str | None = None,
    item: str | None = None,
    masked: bool | Mask = False,
    progress: Callable[[int, int], None] | None = None,
) -> Printed:
    """Fill a report and write it as a PDF. ``masked`` True hides names and numbers; a ``Mask`` says which."""
    document = build(session, name, period=period, unit=unit, item=item).document()
    mask = masked if isinstance(masked, Mask) else Mask(names_to_mask(session), numbers=True) if masked else None
    return render(document, to, masked=mask, progress=progress)


__all__ = ["Builder", "Choice", "all_reports", "build", "find_item", "kinds_for", "print_report"]
