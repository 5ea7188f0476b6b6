"""A declared report filled from the ledgers: text, tables and figures become a ``Document``, which
is then set and written."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from db.domain import monthly_review, return_status
from db.errors import BadInput
from db.metrics import metrics, reviews, sealed_figures, sealed_rows
from db.metrics.metric_sql import told_apart
from db.model import periods
from db.model.dates import chinese_date
from db.model.periods import Period
from db.model.records import Record
from db.session import Session
from desktop.bulletin.blocks.render import Printed, render
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
    Run,
    Signature,
    Turned,
)
from desktop.bulletin.redact.ledger_names import mask_for, names_to_mask
from desktop.bulletin.redact.masking import Mask, file_name
from desktop.bulletin.report import appointment_form, report_body, report_tables, template_text
from desktop.bulletin.report.office_reports import report_of, reports_of
from desktop.bulletin.report.report_file import Report
from desktop.bulletin.report.report_item import ItemView, previous

all_reports = reports_of


@dataclasses.dataclass(frozen=True)
class Choice:
    """What a person chose for a report: the period, a unit, an item; ``issue_no`` of its year once
    it is issued."""

    period: Period | None = None
    unit: str | None = None
    item: Record | None = None
    issue_no: int | None = None
    issue_year: int | None = None
    total_issue_no: int | None = None
    supplement: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where in a table or chart a figure stands: its key, the line and the column, and what is
    printed there."""

    key: str
    line: str
    column: str
    shown: str


#: So many records behind a figure are listed in a text at most, whatever it asks for.
MOST_BEHIND = 2_000


class Builder:
    """Fills one report. ``used`` collects the figures that stand in it, each by its key, for chips
    and for issuing.

    A draft has a ``body`` and ``title`` of its own and may have figures set by hand (``overrides``,
    key → text), which are flagged.
    ``day`` is the day its words speak of, ``known`` which figures the person who drafted it could
    see. ``places`` tells where in its tables and charts figures stand.
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
        day: dt.date | None = None,
        known: Mapping[str, bool] | None = None,
    ) -> None:
        self.session, self.report, self.choice = session, report, choice
        self.body = report.body if body is None else body
        self.title = report.title if title is None else title
        self.overrides = dict(overrides or {})
        self._flag = flag
        self._typing = False
        self.day = day or session.today
        self.known = dict(known or {})
        self.used: dict[str, metrics.Number] = {}
        self.places: dict[str, list[Place]] = {}
        #: What was issued: then nothing is worked out anew.
        self.issued: Document | None = None
        #: Kinds of which single records were named by what the text or a part asked for: people in
        #: a table by cadre, say.
        self.named: set[str] = set()
        self._scoring: dict[Period | None, Mapping[str, Any]] = {}
        self.ledgers: Sequence[str] | None = report.ledgers or None

    def key(
        self, name: str, unit: str | None, group: str = "", period: Period | None = None
    ) -> str:
        """A figure's place: name, period and unit; for a line of a table by something else, also
        "group=key"."""
        period = period or self.choice.period
        return "|".join(
            (name, period.text if period else "", unit or "", *((group,) if group else ()))
        )

    def line_key(self, name: str, group: str, key: object, period: Period | None = None) -> str:
        """A figure's place in a table or chart by group: in the line of this key."""
        if group == "unit":
            return self.key(name, str(key), period=period)
        return self.key(name, self.choice.unit, f"{group}={key}", period)

    def take(
        self, group: str, found: Sequence[metrics.Group], names: Sequence[str],
        period: Period | None = None,
    ) -> None:
        """Note the figures of a table or chart by group as used, and whose names its lines are."""
        for name in names:
            self.named |= told_apart(
                self.session.kinds, metrics.declared(self.session).get(name), group
            )
        for line in found:
            if line.key is not None:
                self.used.update({
                    self.line_key(name, group, line.key, period): line.numbers[name]
                    for name in names
                })

    def place(self, part: str, key: str, line: str, column: str, shown: str) -> None:
        """Note where in a table or chart a figure stands."""
        self.places.setdefault(part, []).append(Place(key, line, column, shown))

    def by_hand(self, key: str) -> Run | None:
        """The text that was set for a figure by hand, marked and, in a draft, flagged."""
        return (
            Run(self.overrides[key], mark=key, flagged=self._flag)
            if key in self.overrides
            else None
        )

    def number(self, name: str, unit: str | None = None) -> metrics.Number:
        """A figure over the chosen period and the chosen unit, or over another one."""
        unit = unit or self.choice.unit
        key = self.key(name, unit)
        if key not in self.used:
            found = sealed_figures.count(
                self.session, [name], period=self.choice.period, unit=unit, ledgers=self.ledgers
            )
            self.used[key] = found[name]
        return self.used[key]

    def _marked(self, call: str, name: str, unit: str | None, text: str) -> str:
        if self._typing:
            return template_text.marked(
                f"{call}('{name}', '{unit}')" if unit else f"{call}('{name}')", text
            )
        key = self.key(name, unit or self.choice.unit)
        return template_text.marked(
            key, self.overrides.get(key, text), by_hand=self._flag and key in self.overrides
        )

    def _n(self, name: str, unit: str | None = None) -> str:
        return self._marked(
            "n", name, unit, template_text.number_text(self.number(name, unit).value)
        )

    def _rate(self, name: str, unit: str | None = None) -> str:
        """A share with its numerator and denominator: 96.4％（27/28）."""
        number = self.number(name, unit)
        text = "—"
        if number.denominator:
            parts = f"{template_text.number_text(number.numerator)}/{template_text.number_text(number.denominator)}"
            text = f"{template_text.number_text(number.value)}％（{parts}）"
        return self._marked("rate", name, unit, text)

    def shown(self, call: str, name: str, unit: str | None = None) -> str:
        """A blank's text as it is printed, set by hand or not."""
        return template_text.unmarked(
            self._rate(name, unit) if call == "rate" else self._n(name, unit)
        )

    def typing(self) -> str:
        """The report's body as plain typing: conditions decided, lists written out, its figures
        still blanks."""
        self._typing = True
        try:
            return template_text.to_typing(self.text(self.body))
        finally:
            self._typing = False

    def _can(self, name: str) -> bool:
        """Whether the person may see this figure (the personnel book's need its key)."""
        if name not in self.known:
            self.known[name] = any(f.name == name for f in metrics.visible(self.session))
        return self.known[name]

    def _behind(self, name: str, limit: int = 20) -> list[ItemView]:
        """The records behind a figure, at most ``limit``."""
        found = sealed_rows.behind(
            self.session,
            name,
            period=self.choice.period,
            unit=self.choice.unit,
            ledgers=self.ledgers,
            limit=min(limit, MOST_BEHIND),
        )
        self.named.update(r.kind for r in found.rows)
        return [
            ItemView(self.session, self.session.must_get(r.kind, r.uid))
            for r in found.rows
            if r.counted
        ]

    def _groups(self, name: str, group: str = "unit") -> list[dict[str, Any]]:
        """A figure by group, largest first, without groups that have none."""
        found = sealed_figures.table(
            self.session,
            [name],
            group,
            period=self.choice.period,
            unit=self.choice.unit,
            ledgers=self.ledgers,
        )
        shown = sorted(
            (g for g in found if g.key is not None and g.numbers[name].value),
            key=lambda g: -(g.numbers[name].value or 0),
        )
        self.take(group, shown, [name])
        if group != "unit":
            return [{"label": g.label, "value": g.numbers[name].value} for g in shown]
        return [{"label": g.label, "value": self._n(name, str(g.key))} for g in shown]

    def forerunner(self) -> Record | None:
        """The item before the chosen one in its series: the last meeting."""
        return (
            previous(self.session, self.choice.item, self.report.series)
            if self.choice.item
            else None
        )

    def _missing_units(self) -> list[str]:
        """Units that were given a workbook in the period and have not brought one back; all, or the
        chosen one."""
        rows = report_tables.handin_rows(self)
        return [
            return_status.named(self.session, r) for r in rows if r.status in return_status.WANTED
        ]

    def scoring(self, period: Period | None) -> Mapping[str, Any]:
        """The monthly review's weights that hold for a period."""
        if period not in self._scoring:
            self._scoring[period] = monthly_review.weights_of(self.session, period)
        return self._scoring[period]

    def _remarks(self) -> list[dict[str, str]]:
        """What the month's review says of each unit, best first; none without a review or where
        nothing was written."""
        review = (
            reviews.review_of(self.session, self.choice.period)
            if self.choice.period
            else None
        )
        lines = monthly_review.lines(self.session, review.uid) if review is not None else []
        return [
            {"label": self.session.unit_name(line.unit), "text": line.comment.strip()}
            for line in lines
            if line.comment.strip()
        ]

    def values(self) -> dict[str, Any]:
        """What a template may name."""
        session, choice = self.session, self.choice
        this, last = choice.period.words() if choice.period else ("本期", "上期")
        return {
            "n": self._n,
            "rate": self._rate,
            "can": self._can,
            "value": lambda name: self.number(name).value or 0,
            "behind": self._behind,
            "groups": self._groups,
            "period": choice.period.label if choice.period else "",
            "this": this,
            "last": last,
            "scoring": lambda: monthly_review.rule_of(self.scoring(choice.period)),
            "remarks": self._remarks,
            "office": session.office_name,
            "region": "全市" if session.level == "city" else "全县",
            "today": chinese_date(self.day),
            "until": chinese_date(min(self.day, choice.period.last) if choice.period else self.day),
            "unit": session.unit_name(choice.unit) if choice.unit else "",
            "item": ItemView(session, choice.item) if choice.item else None,
            "previous": ItemView(session, before) if (before := self.forerunner()) else None,
            "missing_units": self._missing_units,
            "given_units": lambda: [
                session.unit_name(r.unit) for r in report_tables.handin_rows(self) if r.given
            ],
            "issue_no": choice.issue_no,
            "issue_year": choice.issue_year,
        }

    def text(self, template: str) -> str:
        """A template filled, its figures still marked."""
        return template_text.fill(template, self.values(), self.report.label)

    def plain(self, template: str) -> str:
        """A template filled, as plain characters."""
        return template_text.unmarked(self.text(template)).strip()

    def blocks(self) -> tuple[Block, ...]:
        """The body, with the parts that its lines name in their places."""
        return report_body.blocks(self, self.text(self.body))

    def form(self, name: str) -> Block:
        """A fixed form of the chosen item: the appointment form, a person's sheet."""
        if name not in appointment_form.FORMS or self.choice.item is None:
            raise BadInput(
                f"文种「{self.report.label}」用到的表单「{name}」不存在，或没有选择人员。"
            )
        return appointment_form.FORMS[name](self.session, self.choice.item)

    def appendix(self) -> tuple[list[str], list[Block]]:
        """Names and blocks of the attachments; one with nothing in it is left out."""
        names: list[str] = []
        blocks: list[Block] = []
        filled = [
            (a, report_tables.table(self, self.report.table(a.table))) for a in self.report.appendix
        ]
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
        if self.issued is not None:
            return self.issued
        report, session = self.report, self.session
        blocks = self.blocks()
        attachments, appendix = self.appendix()
        masthead: RedHead | LetterHead | BriefHead | None = None
        head = report.head
        if head.form == "red":
            masthead = RedHead(
                (self.plain(head.name) or session.office_name,), head.suffix, self.plain(head.number),
                secrecy=self.plain(head.secrecy), urgency=self.plain(head.urgency),
            )  # fmt: skip
        elif head.form == "letter":
            masthead = LetterHead(
                self.plain(head.name) or session.office_name, self.plain(head.number),
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
        front: tuple[Block, ...] = ()
        if report.cover is not None:
            cover, today = report.cover, session.today
            date = self.plain(cover.date) or f"{today.year}年{today.month}月"
            front = (
                Cover(
                    self.plain(cover.title), self.plain(cover.subtitle), session.office_name, date,
                    self.plain(cover.corner),
                ),
                Contents(own_page=True),
            )
        return Document(
            title=self.plain(self.title),
            titled=report.titled and not report.body.lstrip().startswith("@form "),
            front=front,
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
            made_on=self.day,
        )


def choose(
    session: Session, report: Report, period: str | None, unit: str | None, item: str | None
) -> Choice:
    """What was chosen, checked against what the report needs; a period not named is the current
    month."""
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
    return (
        periods.parse(str(session.today.year))
        if report.period == "year"
        else periods.month_of(session.today)
    )


def kinds_for(session: Session, report: Report) -> list[str]:
    """The kinds of whose records a report on one item can be printed."""
    return [
        k.name
        for k in session.visible_kinds()
        if (k.name in report.kinds if report.kinds else k.lifecycle and not k.parent)
    ]


def find_item(session: Session, report: Report, uid: str) -> Record:
    """The item of that uid, of a kind that the report is for."""
    for kind in kinds_for(session, report):
        record = session.get(kind, uid)
        if record is not None:
            cycle = session.lifecycle_of(record)
            if (
                report.open_only
                and cycle is not None
                and record.state
                and cycle.state(record.state).closed
            ):
                raise BadInput(
                    f"「{session.title_of(record)}」{session.text(record, 'state')}，"
                    f"不用再发{report.label}。", uid=uid,
                )
            return record
    raise BadInput(f"找不到编号为 {uid} 的事项，或「{report.label}」不适用于它。", uid=uid)


def build(
    session: Session,
    name: str,
    *,
    period: str | None = None,
    unit: str | None = None,
    item: str | None = None,
) -> Builder:
    """A builder for a report with what was chosen; ``document()`` gives the document, ``used`` its
    figures."""
    report = report_of(session, name)
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
    """Fill a report and write it as a PDF. ``masked`` True hides names and numbers; a ``Mask`` says
    which.

    ``to`` a folder: the file there takes its name from the title, masked like the document.
    """
    document = build(session, name, period=period, unit=unit, item=item).document()
    mask = masked if isinstance(masked, Mask) else mask_for(session) if masked else None
    if isinstance(to, Path) and to.is_dir():
        to = to / file_name(document.title.replace("\n", ""), mask)
    return render(document, to, masked=mask, progress=progress)


__all__ = [
    "Builder", "Choice", "all_reports", "build", "find_item", "kinds_for", "names_to_mask",
    "print_report",
]
