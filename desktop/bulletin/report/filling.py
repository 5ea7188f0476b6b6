"""A report in the filling: what was chosen, the figures that its text, tables and charts take, and
the words that a template may name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec

from db.domain import leader_work, monthly_review, return_status
from db.domain.leader_work import LeaderWork
from db.errors import BadInput
from db.metrics import metrics, narrowed, reviews
from db.model.dates import chinese_date
from db.model.groups import area_of
from db.model.periods import Period
from db.model.query import Query, Where
from db.model.records import Record
from db.session import Session
from db.units import tree
from desktop.bulletin.document import Run
from desktop.bulletin.report import template_text
from desktop.bulletin.report.declaration import Report
from desktop.bulletin.report.item_view import ItemView, previous
from desktop.bulletin.report.table_records import agenda_of, records_of


class Choice(msgspec.Struct, frozen=True):
    """What a person chose for a report: the period, a unit, an item; ``issue_no`` of its year once
    it is issued. ``as_of``: the day of a report without a period. ``letter``: which of the item's
    letters of its sort, by its uid; the newest that went out for None, one yet to go out for "".
    """

    period: Period | None = None
    unit: str | None = None
    item: Record | None = None
    issue_no: int | None = None
    issue_year: int | None = None
    total_issue_no: int | None = None
    supplement: bool = False
    as_of: dt.date | None = None
    letter: str | None = None

    @property
    def when(self) -> str | None:
        """The period as it is written, or "@" and the day of a report without one."""
        if self.period is not None:
            return self.period.text
        return f"@{self.as_of.isoformat()}" if self.as_of is not None else None


class Place(msgspec.Struct, frozen=True):
    """Where in a table or chart a figure stands: its key, the line and the column, and what is
    printed there."""

    key: str
    line: str
    column: str
    shown: str


class Own(msgspec.Struct, frozen=True):
    """What a draft has of its own: text, title, figures set by hand (key → text), whether these are
    flagged, and which figures the person who drafted it could see."""

    body: str | None = None
    title: str | None = None
    overrides: Mapping[str, str] = msgspec.field(default_factory=dict)
    flagged: bool = True
    known: Mapping[str, bool] = msgspec.field(default_factory=dict)
    #: Its parts of an official document, by name (``official_parts``), where they are not the
    #: report's.
    parts: Mapping[str, str] = msgspec.field(default_factory=dict)


#: By an office's level: all its units together, the places below it, its own bureaus, its leaders.
AROUND = {
    "province": ("全省", "各市（州）", "省直各有关单位", "有关省领导"),
    "city": ("全市", "各县区", "市直各有关单位", "有关市领导"),
    "county": ("全县", "各乡镇（街道）", "县直各有关单位", "有关县领导"),
    "township": ("全镇", "各村（社区）", "镇直各有关单位", "有关镇领导"),
}
#: 一 to 二十: what headings are numbered by.
_NUMBERS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")


def _numbering() -> dict[str, Callable[[], str]]:
    """Numbers of headings in the order in which they come to stand, so that one may be left out."""
    at = [0, 0]

    def number(of: int) -> str:
        tens, ones = divmod(of, 10)
        return ("十" if tens else "") + (_NUMBERS[ones - 1] if ones else "")

    def chapter() -> str:
        at[:] = at[0] + 1, 0
        return f"{number(at[0])}、"

    def section() -> str:
        at[1] += 1
        return f"（{number(at[1])}）"

    return {"chapter": chapter, "section": section}


#: What may be asked of an indicator, and the figure that tells it.
INDICATOR = {
    "value": "indicator_value", "target": "indicator_target", "share": "indicator_share",
    "rank": "indicator_rank", "change": "indicator_growth",
}


def indicator_figure(name: str, part: str) -> str:
    """The figure that tells this of an indicator. Raises ``BadInput`` for a part that none has."""
    if part not in INDICATOR:
        raise BadInput(f"指标没有“{part}”，可写：{'、'.join(INDICATOR)}。")
    return narrowed.format_name(INDICATOR[part], {"parent.name": name})


#: So many records behind a figure are listed in a text at most, whatever it asks for.
MOST_BEHIND = 2_000


class ReportFilling:
    """A report being filled: its figures, counted once, and its texts. ``used`` collects the
    figures that stand in it, each by its key, for chips and for issuing.

    ``day`` is the day its words speak of. ``places`` tells where in its tables and charts figures
    stand.
    """

    def __init__(
        self, session: Session, report: Report, choice: Choice, own: Own | None = None,
        day: dt.date | None = None,
    ) -> None:
        own = own or Own()
        self.session, self.report, self.choice = session, report, choice
        self.body = report.body if own.body is None else own.body
        self.title = report.title if own.title is None else own.title
        self.overrides = dict(own.overrides)
        self.own_parts = dict(own.parts)
        self._flag = own.flagged
        self._typing = False
        self.day = day or session.today
        #: The letter on the item that is printed, once it went out; its words are of its day.
        self.letter: ItemView | None = None
        if report.letter and choice.item is not None:
            self.letter = ItemView(session, choice.item, None, self._chosen).letter(report.letter)
            sent = self.letter.raw("issued_on") if self.letter is not None else None
            self.day = sent if isinstance(sent, dt.date) else self.day
        self.known = dict(own.known)
        self.used: dict[str, metrics.Number] = {}
        self.places: dict[str, list[Place]] = {}
        #: Kinds of which single records were named by what the text or a part asked for: people in
        #: a table by cadre, say.
        self.named: set[str] = set()
        self._scoring: dict[Period | None, Mapping[str, Any]] = {}
        self.ledgers: Sequence[str] | None = report.ledgers or None

    #: So many rows a table that shrinks may have; None while all of them fit.
    room: int | None = None

    @cached_property
    def work(self) -> LeaderWork | None:
        """What the item, a leader, leads; None where the item is none."""
        item, roster = self.choice.item, self.session.kinds.leader_roster
        if item is None or roster is None or item.kind != roster.name:
            return None
        return leader_work.read(self.session, item.uid, self.choice.as_of)

    def key(
        self, name: str, unit: str | None, group: str = "", period: Period | None = None
    ) -> str:
        """A figure's place: name, period and unit; for a line of a table by something else, also
        "group=key"."""
        when = period.text if period is not None else self.choice.when or ""
        return "|".join((name, when, unit or "", *((group,) if group else ())))

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
            self.named |= metrics.named_by(self.session, name, group)
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
        """A figure over the chosen period and the chosen unit, or over another one; of a leader's
        page, that leader's."""
        unit = unit or self.choice.unit
        key = self._key(name, unit)
        if self.work is not None and name in self.work.numbers:
            self.used[key] = self.work.numbers[name]
        elif key not in self.used:
            asked: metrics.ScopeKeywords = {**self.scope, "unit": unit}
            found = metrics.count(self.session, [name], **asked)
            self.used[key] = found[name]
        return self.used[key]

    def _key(self, name: str, unit: str | None) -> str:
        """A figure's place in the text."""
        item, work = self.choice.item, self.work
        if item is not None and work is not None and name in work.numbers:
            return self.line_key(name, leader_work.LEADER, item.uid)
        return self.key(name, unit)

    def _marked(self, call: str, name: str, unit: str | None, text: str) -> str:
        if self._typing:
            return template_text.marked(
                f"{call}('{name}', '{unit}')" if unit else f"{call}('{name}')", text
            )
        key = self._key(name, unit or self.choice.unit)
        return template_text.marked(
            key, self.overrides.get(key, text), by_hand=self._flag and key in self.overrides
        )

    def _n(self, name: str, unit: str | None = None, scale: str = "", **conditions: object) -> str:
        """A figure's value, narrowed by conditions (field=what a person would type) and in 万 or 亿
        where asked."""
        name = narrowed.format_name(name, conditions, scale)
        number = self.number(name, unit)
        value = number.value
        if isinstance(value, Decimal) and number.figure.measured_by:
            value = Decimal(f"{value.normalize():f}")  # in a text each has its own decimals
        return self._marked("n", name, unit, template_text.number_text(value))

    def _indicator(self, name: str, part: str = "value", unit: str | None = None) -> str:
        """What an indicator says of the year up to the period's end: its value, target, share of
        the target, rank in the province or change on last year."""
        return self._n(indicator_figure(name, part), unit)

    def _indicators(self, category: str = "") -> list[dict[str, str]]:
        """The year's indicators that have a value, of a category or all: each with its value, its
        share of the target and its rank, "" for what it has not."""
        period, unit = self.choice.period, self.choice.unit
        year = (period.last if period is not None else self.day).year
        where = [Where("year", "eq", year)]
        where += [Where("group_name", "eq", category)] if category else []
        where += [Where("lead_unit", "eq", unit)] if unit else []
        found = []
        asked = Query(kind="indicator", where=tuple(where), as_of=self.as_of)
        for record in self.session.find(asked):
            name = str(record.values["name"])
            if any(mark in name for mark in "[]|&='"):
                continue  # no blank can name it
            indicator = {"label": name, "measure": str(record.values["measure"] or "")}
            for part in ("value", "share", "rank"):
                number = self.number(indicator_figure(name, part))
                indicator[part] = self._indicator(name, part) if number.value is not None else ""
            found += [indicator] if indicator["value"] else []
        return found

    def _rate(self, name: str, unit: str | None = None, **conditions: object) -> str:
        """A share with its numerator and denominator: 96.4％（27/28）."""
        name = narrowed.format_name(name, conditions)
        number = self.number(name, unit)
        text = "—"
        if number.value is not None:
            value, part, whole = map(
                template_text.number_text, (number.value, number.numerator, number.denominator)
            )
            text = f"{value}％（{part}/{whole}）"
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

    def _some(self, *names: str) -> bool:
        """Whether one of these figures has something to say: a count that is not zero, a share of
        something."""
        found = [self.number(name) for name in names]
        return any(
            number.value if number.figure.denominator is None else number.value is not None
            for number in found
        )

    def _has(self, name: str) -> bool:
        """Whether the table of that name lists anything."""
        declared = self.report.table(name)
        return bool((agenda_of if declared.agenda else records_of)(self, declared))

    def _can(self, name: str) -> bool:
        """Whether the person may see this figure (the personnel book's need its key)."""
        if name not in self.known:
            self.known[name] = any(f.name == name for f in metrics.visible(self.session))
        return self.known[name]

    def _behind(self, name: str, limit: int = 20) -> list[ItemView]:
        """The records behind a figure, at most ``limit``."""
        found = metrics.rows(self.session, name, limit=min(limit, MOST_BEHIND), **self.scope)
        self.named.update(r.kind for r in found.rows)
        return [
            ItemView(self.session, record)
            for record in self.records_as_of([
                self.session.must_get(r.kind, r.uid) for r in found.rows if r.counted
            ])
        ]

    def _groups(self, name: str, group: str = "unit") -> list[dict[str, Any]]:
        """A figure by group, largest first, without groups that have none."""
        found = metrics.table(self.session, [name], group, **self.scope)
        shown = sorted(
            (g for g in found if g.key is not None and g.numbers[name].value),
            key=lambda g: -(g.numbers[name].value or 0),
        )
        self.take(group, shown, [name])
        if group != "unit":
            return [{"label": g.label, "value": g.numbers[name].value} for g in shown]
        return [{"label": g.label, "value": self._n(name, str(g.key))} for g in shown]

    def _areas(self, group: str) -> bool:
        """Whether there are units of the level by which a group tells apart."""
        return bool(tree.areas(self.session, area_of(group)))

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
        rows = self.return_status_rows()
        return [
            return_status.named(self.session, r) for r in rows if r.status in return_status.WANTED
        ]

    def return_status_rows(self) -> list[return_status.UnitBoard]:
        """Which units handed in their workbook in the chosen week: all, or the chosen unit."""
        if self.choice.period is None:
            return []
        period = self.choice.period
        found = return_status.board(self.session, period, period.as_of)
        return [row for row in found if self.choice.unit in (None, row.unit)]

    def scoring(self, period: Period | None) -> Mapping[str, Any]:
        """The monthly review's weights that hold for a period."""
        if period not in self._scoring:
            self._scoring[period] = monthly_review.weights_of(self.session, period)
        return self._scoring[period]

    def _remarks(self) -> list[dict[str, str]]:
        """What the month's review says of each unit, best first; none without a review or where
        nothing was written."""
        review = reviews.review_of(self.session, self.choice.period) if self.choice.period else None
        lines = monthly_review.lines(self.session, review.uid) if review is not None else []
        return [
            {"label": self.session.unit_name(line.unit), "text": line.comment.strip()}
            for line in lines
            if line.comment.strip()
        ]

    def _until(self) -> dt.date:
        """The day up to which the numbers go."""
        period = self.choice.period
        if period is None:
            return min(self.day, self.choice.as_of or self.day)
        return min(self.day, metrics.counted_as_of(self.session, period))

    @property
    def as_of(self) -> dt.date:
        """The day as of which its records and figures are."""
        return metrics.counted_as_of(self.session, self.choice.period, self.choice.as_of)

    @property
    def scope(self) -> metrics.ScopeKeywords:
        """Over what its figures are asked."""
        choice = self.choice
        return {
            "period": choice.period, "unit": choice.unit, "ledgers": self.ledgers,
            "as_of": choice.as_of,
        }

    def records_as_of(self, records: Sequence[Record]) -> list[Record]:
        """Records as they were on the day that is asked for."""
        return metrics.records_as_of(self.session, records, self.choice.period, self.choice.as_of)

    def _item(self) -> ItemView | None:
        """The chosen item, as it was on the day that is asked for."""
        if self.choice.item is None:
            return None
        item = self.records_as_of([self.choice.item])[0]
        return ItemView(self.session, item, self.day, self._chosen)

    @property
    def _chosen(self) -> dict[str, str]:
        """Which letter it is about, by its sort, where that was chosen."""
        letter = self.choice.letter
        return {} if letter is None else {self.report.letter: letter}

    def values(self) -> dict[str, Any]:
        """What a template may name."""
        session, choice = self.session, self.choice
        asked = choice.period.as_of if choice.period is not None else choice.as_of
        this, last = choice.period.words() if choice.period else ("本期", "上期")
        unit = session.unit_name(choice.unit) if choice.unit else ""
        around = AROUND.get(session.level, AROUND["city"])
        return {
            "n": self._n, "rate": self._rate, "indicator": self._indicator,
            "indicators": self._indicators, "can": self._can,
            "value": lambda name: self.number(name).value or 0, "behind": self._behind,
            "some": self._some, "has": self._has, **_numbering(),
            "groups": self._groups, "areas": self._areas,
            "period": choice.period.label if choice.period else "",
            "this": this, "last": last,
            "scoring": lambda: monthly_review.rule_of(self.scoring(choice.period)),
            "remarks": self._remarks, "office": session.office_name,
            # of one unit it says nothing of all
            "region": unit or around[0], "below": around[1], "bureaus": around[2],
            "leaders": around[3],
            "today": chinese_date(asked or self.day),
            "until": chinese_date(self._until()),
            "unit": unit,
            "item": self._item(),
            "now": self.day == session.today,
            "previous": ItemView(session, before) if (before := self.forerunner()) else None,
            "missing_units": self._missing_units,
            "given_units": lambda: [
                session.unit_name(r.unit) for r in self.return_status_rows() if r.given
            ], "issue_no": choice.issue_no, "issue_year": choice.issue_year,
        }

    def text(self, template: str) -> str:
        """A template filled, its figures still marked."""
        return template_text.fill(template, self.values(), self.report.label)

    def plain(self, template: str) -> str:
        """A template filled, as plain characters."""
        return template_text.unmarked(self.text(template)).strip()
