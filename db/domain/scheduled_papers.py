"""Papers that an office prints in a rhythm: on which days each is due, which period it is about,
and what became of each."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from db.metrics.report_due_days import span_of
from db.model import periods
from db.model.query import Query
from db.model.workdays import Workdays

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.records import Record

KIND = "scheduled_paper"
#: Of so many of the last due days of a paper what was missed is offered; what is older has no
#: readers, but for whoever asks for it.
MOST_MISSED = 6
#: For so many days what was drafted of a due day is told, and for how many it is kept.
SHOWN_DAYS, KEPT_DAYS = 40, 400
_WEEKDAYS = "一二三四五六日"
_SPANS = {"weekly": "每周", "ten_days": "每旬", "monthly": "每月", "quarterly": "每季",
          "half_yearly": "每半年", "yearly": "每年"}  # fmt: skip


class PaperSlot(msgspec.Struct, frozen=True):
    """A day on which a paper is due, and the period it is then about ("@" and the day as of
    which); ``first`` and ``last``: the stretch in which it is due once. ``idle``: the stretch has
    no workday at all, and ``due`` is its last day."""

    due: dt.date
    period: str
    label: str
    first: dt.date
    last: dt.date
    idle: bool = False


class DuePaper(msgspec.Struct, frozen=True):
    """What became of a paper that was due: ``state`` is "overdue", "today", "drafted", "skipped",
    or "idle" where nothing was due for want of a workday; ``drafts`` are the uids."""

    paper: Record
    slot: PaperSlot
    state: str
    drafts: tuple[str, ...] = ()


def papers(session: ReadContext) -> list[Record]:
    """The office's list."""
    return session.find(Query(kind=KIND, sort=(("title", False),)))


def papers_due(session: ReadContext, *, older: bool = False) -> list[DuePaper]:
    """What is due and not drafted, the oldest first; then what was drafted lately, or passed over,
    the newest first. ``older``: all that was missed, as far back as it is known."""
    open_ones: list[DuePaper] = []
    done: list[DuePaper] = []
    shown = session.today - dt.timedelta(days=SHOWN_DAYS)
    for paper in papers(session):
        kept = drafted(paper)
        every = list(slots(paper.values, session.workdays, session.today))
        offered = [slot.due for slot in every if not slot.idle][-MOST_MISSED:]
        for slot in every:
            uids = _kept(kept, slot, paper.values["from_on"])
            late = not older and slot.due not in offered
            if uids is None and slot.idle:
                uids, late = [], True
            if uids is not None and slot.due >= shown:
                done.append(DuePaper(paper, slot, _became(slot, uids), tuple(uids)))
            if uids is None and not late and not paper.values["stopped"]:
                state = "today" if slot.due == session.today else "overdue"
                open_ones.append(DuePaper(paper, slot, state))
    open_ones.sort(key=lambda each: each.slot.due)
    done.sort(key=lambda each: each.slot.due, reverse=True)
    return [*open_ones, *done]


def _became(slot: PaperSlot, uids: Sequence[str]) -> str:
    if uids:
        return "drafted"
    return "idle" if slot.idle else "skipped"


def undrafted(session: ReadContext, *, older: bool = False) -> list[DuePaper]:
    """What is due and not drafted."""
    return [each for each in papers_due(session, older=older) if each.state in ("overdue", "today")]


def drafted(paper: Record) -> dict[str, list[str]]:
    """Due day → the drafts that were made of it; none where it was left out."""
    found: dict[str, list[str]] = json.loads(paper.values["drafted"] or "{}")
    return found


def _kept(kept: Mapping[str, list[str]], slot: PaperSlot, since: dt.date) -> list[str] | None:
    """What was drafted of a due day; of another day of its stretch where the day was moved since
    (the paper's, or by the calendar of workdays)."""
    first, last = max(slot.first, since).isoformat(), slot.last.isoformat()
    moved = (kept[day] for day in sorted(kept, reverse=True) if first <= day <= last)
    return kept.get(slot.due.isoformat(), next(moved, None))


def with_drafted(paper: Record, slot: PaperSlot, uids: list[str]) -> dict[str, Any]:
    """The values that keep what was drafted of one more due day."""
    oldest = (slot.due - dt.timedelta(days=KEPT_DAYS)).isoformat()
    kept = {day: held for day, held in drafted(paper).items() if day >= oldest}
    return {"drafted": json.dumps({**kept, slot.due.isoformat(): uids}, sort_keys=True)}


def slots(values: Mapping[str, Any], workdays: Workdays, until: dt.date) -> Iterator[PaperSlot]:
    """The days on which a paper is due, from the one it begins with until a day."""
    since = values["from_on"]
    if since < until - dt.timedelta(days=KEPT_DAYS):
        since = until - dt.timedelta(days=KEPT_DAYS)
    first, last = span_of(values["rhythm"], since)
    while first <= until:
        day = _due_day(values, workdays, first, last)
        if since <= (day or last) <= until:
            found = _slot(values, day or last, first, last)
            yield found if day is not None else msgspec.structs.replace(found, idle=True)
        first, last = span_of(values["rhythm"], last + dt.timedelta(days=1))


def next_due(values: Mapping[str, Any], workdays: Workdays, day: dt.date) -> dt.date | None:
    """The first day after this one on which it is due again."""
    far = day + dt.timedelta(days=KEPT_DAYS)
    found = (slot.due for slot in slots(values, workdays, far) if not slot.idle)
    return next((each for each in found if each > day), None)


def _due_day(
    values: Mapping[str, Any], workdays: Workdays, first: dt.date, last: dt.date
) -> dt.date | None:
    """The day of a stretch that was chosen, at most its other end; None where a stretch has no
    workday at all."""
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    how = values["counted"]
    if how.startswith("workdays"):
        days = [day for day in days if workdays.is_workday(day)]
    if how.endswith("from_end"):
        days.reverse()
    return days[min(values["number"], len(days)) - 1] if days else None


def _slot(values: Mapping[str, Any], day: dt.date, first: dt.date, last: dt.date) -> PaperSlot:
    covers, rhythm, stretch = values["covers"], values["rhythm"], (first, last)
    if covers == "previous":
        first, last = span_of(rhythm, first - dt.timedelta(days=1))
    period = {
        "month": periods.month_of(day), "year": periods.parse(str(day.year)),
    }.get(covers) or _named(rhythm, first, last)
    seen = period.seen_on(day if day < period.last else None)
    return PaperSlot(day, seen.text, period.label, *stretch)


def _named(rhythm: str, first: dt.date, last: dt.date) -> periods.Period:
    if rhythm == "weekly":
        return periods.week_of(first)
    forms = {
        "monthly": f"{first:%Y-%m}", "quarterly": f"{first.year}-Q{(first.month + 2) // 3}",
        "half_yearly": f"{first:%Y-%m}/{last:%Y-%m}", "yearly": f"{first.year}",
    }
    return periods.parse(forms.get(rhythm, f"{first.isoformat()}/{last.isoformat()}"))


def rhythm_words(values: Mapping[str, Any]) -> str:
    """When it is due, as people say it: 每周一, 每月最后一个工作日, 每季第2天."""
    rhythm, number = values["rhythm"], values["number"]
    span, how = _SPANS[rhythm], values["counted"]
    if rhythm == "weekly" and how.startswith("days"):
        at = min(number, 7) - 1
        return span + _WEEKDAYS[at if how == "days_from_start" else 6 - at]
    what = "个工作日" if how.startswith("workdays") else "天"
    if how.endswith("from_end"):
        return f"{span}最后一{what}" if number == 1 else f"{span}倒数第{number}{what}"
    if rhythm == "monthly" and what == "天":
        return f"{span}{number}日"
    return f"{span}第{number}{what}"
