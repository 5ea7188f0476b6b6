"""Ledger items that go through their lifecycles day by day, by the declared steps themselves."""

from __future__ import annotations

import datetime as dt
import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from decimal import Decimal
from operator import itemgetter
from typing import Any

import msgspec

from db.model.declarations import Action, Field, Kind, Lifecycle
from db.model.fieldtypes.base import Names
from db.model.ids import derived_uid
from db.model.lineage import Succession
from db.model.records import Record
from db.rules import step_values
from db.units import unit_assignment
from desktop.sample.ledgers import LEDGERS, Ledger
from desktop.sample.maker import DAY, Maker

#: When in the day each step is taken, so that a day's history reads in order.
HOURS = {
    "assign": "09:00:00", "acknowledge": "10:00:00", "transfer": "10:30:00", "remind": "11:00:00",
    "suspend": "11:10:00", "resume": "11:20:00", "cancel": "11:30:00", "report": "15:00:00",
    "request-extension": "15:20:00",
    "grant-extension": "15:40:00", "refuse-extension": "15:40:00", "carry-over": "15:50:00",
    "request-close-out": "16:00:00",
    "return": "16:30:00", "close-out": "17:00:00", "archive": "17:10:00", "reopen": "17:20:00",
}  # fmt: skip
#: The made-up units stay as they are.
_NO_SUCCESSION = Succession({})


class Desk(msgspec.Struct):
    """The day and the person of a step; numbers of letters are counted here."""

    today: dt.date
    user_name: str
    names: Names
    at: str = ""
    office: str = ""
    numbers: dict[tuple[Any, ...], int] = msgspec.field(default_factory=dict)

    def next_number(self, owner: Kind, target: Field, alike: Mapping[str, Any]) -> int:
        """One more than the last."""
        key = (owner.name, target.name, *alike.values())
        self.numbers[key] = self.numbers.get(key, 0) + 1
        return self.numbers[key]


class Item(msgspec.Struct):
    """An item on its way."""

    record: Record
    kind: Kind
    cycle: Lifecycle
    clock: str
    children: list[Record] = msgspec.field(default_factory=list)

    @property
    def deadline(self) -> dt.date:
        found: dt.date = self.record.values["deadline"]
        return found


class Plan(msgspec.Struct, frozen=True):
    """An item to be made: its ledger and the day it is drawn up."""

    ledger: Ledger
    day: dt.date


#: States in which an item has come somewhere.
#: Days from which on work has milestones, and is reported on in a rhythm.
LONG = 30
_STEPPED = frozenset(("in_progress", "close_out_requested", "closed_out", "archived"))


class LedgerItems:
    """Makes items of all ledgers in their shares, oldest first."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker
        self.desk = Desk(maker.today, "clerk", maker.names)
        self._actions: dict[str, dict[str, Action]] = {
            cycle.name: {a.name: a for a in cycle.actions} for cycle in maker.kinds.lifecycles
        }
        #: How well each unit keeps its deadlines, so that a ranking has something to rank.
        #: Chance of its own, so that the rest of the office is the same with milestones or without.
        self._planned, self._in_steps = random.Random(maker.seed), list[Item]()
        self._instructed: list[Item] = []
        self._gaps: list[Item] = []
        #: Items that come from a problem found at a place, with the day on which it was found.
        self.from_visits: list[tuple[Record, dt.date]] = []
        self._classes, self._split = random.Random(maker.seed), random.Random(maker.seed)
        self._diligence = {uid: 0.78 + 0.22 * maker.random.random() for uid in maker.units}

    def plans(self, items: int) -> Iterator[Plan]:
        """As many plans as asked, every ledger at least once, in the order of their days."""
        ledgers = list(LEDGERS[: items or None]) if items < len(LEDGERS) else list(LEDGERS)
        total = sum(ledger.share for ledger in LEDGERS)
        while len(ledgers) < items:
            at = self.maker.random.random() * total
            for ledger in LEDGERS:
                at -= ledger.share
                if at < 0:
                    break
            ledgers.append(ledger)
        plans = [
            Plan(ledger, self.maker.workday(self._begun(number, ledger)))
            for number, ledger in enumerate(ledgers[:items])
        ]
        plans.sort(key=lambda plan: plan.day)
        yield from plans

    def _begun(self, number: int, ledger: Ledger) -> dt.date:
        """The day an item is drawn up. While the year is young, one of each ledger and every
        twelfth besides belong to it: an office made in January would have nothing this year."""
        young = self.maker.today.timetuple().tm_yday - 1
        if young < ledger.past // 12 and (number < len(LEDGERS) or number % 12 == 0):
            return self.maker.day(0, young)
        return self.maker.day(0, ledger.past)

    def earlier(self, items: int, years: int) -> Iterator[Plan]:
        """Work of the years before, of chance of its own, the oldest first: most of it is done long
        ago, some goes on."""
        chance, last = random.Random(self.maker.seed), self.maker.today.year - 1
        for year in range(last - years + 1, last + 1):
            days = sorted(dt.date(year, 1, 4) + DAY * chance.randrange(355) for _ in range(items))
            for day in days:
                yield Plan(chance.choice(LEDGERS[:4]), self.maker.workday(day))

    def make(self, plan: Plan) -> None:
        """Draw the item up and take it as far as it has come by today."""
        maker, ledger = self.maker, plan.ledger
        kind = maker.kinds.get(ledger.kind)
        cycle = maker.kinds.lifecycle_of(kind)
        assert cycle is not None
        day = min(plan.day, maker.today)
        unit = maker.pick(maker.units)
        span = ledger.days(maker, day)
        values = ledger.values(maker, day, unit)
        values.update(lead_unit=unit, deadline=day + DAY * span)
        if cycle.rhythm_by and span > LONG and self._classes.random() < 0.3:
            values[cycle.rhythm_by] = self._classes.choice("abbccc")
        record = maker.record(ledger.kind, values)
        if values.get("source") == "visit" and kind.has("finding"):
            called = f"finding {record.uid}"
            record.values["finding"] = derived_uid("demo", str(maker.seed), called)
            self.from_visits.append((record, day))
        item = Item(record, kind, cycle, f"{day.isoformat()}T08:30:00")
        maker.chronicle.add(record, item.clock, "clerk", f"新增{kind.label}")
        maker.known.setdefault(ledger.kind, []).append(record.uid)
        if not maker.chance(0.02):
            self._live(item, day, span)
        if kind.has("times_heard"):
            self._hear(item)
        if kind.parts and self._split.random() < 0.35:
            self._instructed.append(item)
        if ledger.kind == "training_gap":
            self._gaps.append(item)
        if span > LONG and kind.has("progress_percent") and self._planned.random() < 0.25:
            self._in_steps.append(item)

    def _hear(self, item: Item) -> None:
        """The sessions that a problem went before until it was solved."""
        values, maker, write = item.record.values, self.maker, self.maker.chronicle
        until = values.get("closed_out_on") or values.get("cancelled_on") or maker.today
        first = bisect_left(maker.known_meetings, values["raised_on"], key=itemgetter(1))
        last = bisect_right(maker.known_meetings, until, key=itemgetter(1))
        heard = [
            (uid, day) for uid, day, key in maker.known_meetings[first:last]
            if key == values["meeting_type"]
        ]
        for time, (uid, day) in enumerate(heard, 1):
            row = maker.record(
                "problem_hearing", {"meeting": uid, "heard_on": day, "time_no": time},
                item.record.uid, called=f"heard {item.record.uid} {time}",
            )
            write.add(row, f"{day.isoformat()}T17:40:00", "clerk", "已举办")
        if heard:
            at = max(item.clock, f"{heard[-1][1].isoformat()}T17:40:00")
            write.change(item.record, {"times_heard": len(heard)}, at, "clerk", "已举办")

    def milestones(self) -> None:
        """Last of all: the milestones of some longer items, of weights that say what their progress
        says."""
        for item in self._in_steps:
            self._milestones_of(item, item.record.values)
        self._in_steps.clear()
        for item in self._instructed:
            self._parts_of(item)
        for gap in self._gaps:
            self._trainees_of(gap)

    def _parts_of(self, item: Item) -> None:
        """An instruction in parts to two or three units, all done where it is."""
        values, cycle = item.record.values, item.cycle
        given = values.get("assigned_on")
        if given is None or cycle.state(item.record.state or "").void:
            return
        done = cycle.state(item.record.state or "").closed or item.record.state in (
            cycle.asked_states
        )
        last = min(dt.date.fromisoformat(item.clock[:10]), self.maker.today)
        texts = ("拿出分管领域的整改方案", "排查同类问题", "落实资金和用地")
        for title in texts[: self._planned.randint(2, 3)]:
            due = given + (item.deadline - given) * self._planned.randint(2, 4) // 4
            ready = done or self._planned.random() < 0.4
            on = max(given, min(due - DAY * self._planned.randint(-2, 3), last))
            self.maker.add("instruction_part", {
                "title": title, "unit": self._planned.choice(self.maker.units), "deadline": due,
                "reported_on": on if ready else None, "closed_on": on if ready else None,
                "result": "已办结并报送材料。" if ready else None,
            }, given, parent=item.record.uid, time="16:35:00")
        if done:
            self._read(item, last)

    def _read(self, item: Item, last: dt.date) -> None:
        """What came of it, presented to whoever instructed it: now and then sent back once."""
        again = self._split.random() < 0.3 and last - DAY * 5 >= item.record.values["assigned_on"]
        for day, outcome in ((last - DAY * 5, "again"), (last, "agreed")):
            if outcome == "again" and not again:
                continue
            said = "再核实一次，尽快补齐。" if outcome == "again" else "同意。"
            values = {
                "leader": item.record.values["instructed_by"], "presented_on": day,
                "read_on": day, "outcome": outcome, "opinion": said,
            }
            at = f"reading {outcome} {item.record.uid}"
            row = self.maker.record("instruction_reading", values, item.record.uid, called=at)
            text = f"{day.isoformat()}T16:50:00"
            self.maker.chronicle.add(row, text, "clerk", "新增呈阅情况")

    def _trainees_of(self, gap: Item) -> None:
        """Whom a gap is about: some who were in its class, and one who was not."""
        roster = self.maker.rosters.get(str(gap.record.values.get("training_class"))) or []
        named = {(row["name"], row["unit"]): row for row in roster}
        chosen = self._planned.sample(sorted(named), min(3, len(named)))
        for name, unit in [*chosen, ("沈知行", self.maker.units[0])]:
            values = {
                "name": name, "unit": unit, "duty": named.get((name, unit), {}).get("duty"),
                "planned_on": gap.deadline,
            }
            on = gap.record.values.get("assigned_on") or self.maker.today
            self.maker.add("trainee", values, on, parent=gap.record.uid, time="16:40:00")

    def _milestones_of(self, item: Item, values: dict[str, Any]) -> None:
        reached, begun = int(values.get("progress_percent") or 0), values.get("assigned_on")
        if not reached or begun is None or item.record.state not in _STEPPED:
            return
        last = dt.date.fromisoformat(item.clock[:10])
        parts = [reached // 2, reached - reached // 2, 100 - reached]
        texts: list[str] = self.maker.texts["milestones"]
        picked = sorted(self._planned.sample(range(len(texts)), len(parts)))
        for n, (weight, place) in enumerate(zip(parts, picked, strict=True), 1):
            planned = begun + (item.deadline - begun) * n * 3 // (len(parts) * 4)
            if n == len(parts) and self._planned.random() < 0.4:
                late = self.maker.today - DAY * self._planned.randint(2, 12)
                planned = max(begun, min(planned, late))
            done = min(planned + DAY * self._planned.randint(-6, 4), last, self.maker.today)
            if weight:
                self.maker.add("milestone", {
                    "title": texts[place], "planned_on": planned, "weight": Decimal(weight),
                    "reached_on": max(done, begun) if n < len(parts) else None,
                    "unit": values["lead_unit"],
                }, begun, parent=item.record.uid, time="16:30:00")

    # -- the life of an item

    def _live(self, item: Item, day: dt.date, span: int) -> None:
        maker = self.maker
        if not self._step(item, "assign", day, "reviewer" if maker.chance(0.5) else "clerk"):
            return
        fate = maker.random.random()
        taken = maker.workday(day + DAY * maker.pick((0, 1, 1, 2, 3) if span > 7 else (0, 0, 1)))
        if fate < 0.01:
            self._step(item, "cancel", taken, "reviewer", maker.text("cancelled"))
            return
        if not self._step(item, "acknowledge", taken, "clerk"):
            return
        if fate < 0.03 and "transfer" in self._actions[item.cycle.name]:
            other = maker.pick([u for u in maker.units if u != item.record.values["lead_unit"]])
            taken = maker.workday(taken + DAY)
            if not self._step(
                item, "transfer", taken, "reviewer", maker.text("transferred"), lead_unit=other
            ):
                return
            taken = maker.workday(taken + DAY)
            if not self._step(item, "acknowledge", taken, "clerk"):
                return
        finish = self._finish(item, taken)
        last = self._reports(item, taken, min(finish, maker.today), span)
        last = self._visit(item, last)
        last = self._extension(item, last)
        if 0.03 <= fate < 0.045 and self._actions[item.cycle.name].get("suspend"):
            last = maker.workday(last + DAY)
            if not self._step(
                item, "suspend", last, "reviewer", maker.text("suspended")
            ) or maker.chance(0.5):
                return
            last = maker.workday(last + DAY * 10)
            if not self._step(item, "resume", last, "reviewer"):
                return
        self._reminder(item, min(finish, maker.today))
        self._close(item, maker.workday(max(finish, last)))

    def _finish(self, item: Item, taken: dt.date) -> dt.date:
        """When the unit is done: before the deadline, late, or not yet."""
        maker = self.maker
        left = max(
            (item.deadline - taken).days - (1 if item.cycle.name == "answer_in_week" else 4), 0
        )
        luck = maker.random.random() / self._diligence.get(item.record.values["lead_unit"], 0.9)
        if luck < 0.95:
            return taken + DAY * maker.number(left // 2, left)
        if luck < 1.12:
            return item.deadline + DAY * maker.number(1, 12)
        return maker.today + DAY * 30

    def _reports(self, item: Item, start: dt.date, end: dt.date, span: int) -> dt.date:
        maker, last = self.maker, start
        wanted = maker.number(0, 2) if span <= 60 else maker.number(2, 5)
        length = (end - start).days
        for number in range(1, wanted + 1):
            day = maker.workday(start + DAY * (length * number // (wanted + 1)))
            if day > end:
                break
            given: dict[str, Any] = {"content": maker.text("progress", "texts")}
            if item.kind.has("progress_percent"):
                gone = (day - start).days * 100 // max(span, 1)
                given["percent"] = Decimal(max(0, min(95, gone + maker.number(-25, 15))))
            if maker.chance(0.15):
                given["difficulty"] = maker.text("progress", "difficulties")
            if not self._step(item, "report", day, "clerk", **given):
                break
            last = day
        return last

    def _visit(self, item: Item, last: dt.date) -> dt.date:
        maker = self.maker
        if not maker.chance(0.04):
            return last
        day = maker.workday(last + DAY)
        if day > maker.today:
            return last
        fix_by = day + DAY * 10
        fixed = day + DAY * maker.number(3, 12)
        done = fixed <= maker.today and maker.chance(0.8)
        values = {
            "visited_on": day, "led_by": maker.pick(maker.leaders),
            "visitors": "、".join(maker.person() for _ in range(2)),
            "place": maker.filled("{town}"), "unit": item.record.values["lead_unit"],
            "finding": maker.text("findings"), "requirement": "限十日内整改到位。",
            "fix_by": fix_by, "fixed_on": fixed if done else None,
            "result": maker.text("fixes") if done else None,
        }
        child = maker.record("supervision_visit", values, item.record.uid)
        self._add_child(item, child, f"{day.isoformat()}T14:00:00", "clerk")
        return day

    def _extension(self, item: Item, last: dt.date) -> dt.date:
        maker = self.maker
        if "request-extension" not in self._actions[item.cycle.name] or not maker.chance(0.07):
            return last
        day = maker.workday(max(last, item.deadline - DAY * 5))
        longer = item.deadline + DAY * maker.pick((7, 10, 15, 20, 30))
        reason = maker.text("extension_reasons")
        if not self._step(
            item, "request-extension", day, "clerk", reason, requested_deadline=longer
        ):
            return last
        decided = maker.workday(day + DAY)
        if maker.chance(0.7):
            self._step(item, "grant-extension", decided, "reviewer", "同意延期。")
        elif maker.chance(0.8):
            self._step(item, "refuse-extension", decided, "reviewer", maker.text("refused"))
        return decided if decided <= maker.today else day

    def _reminder(self, item: Item, end: dt.date) -> None:
        maker = self.maker
        late = maker.workday(item.deadline + DAY)
        if late < end and maker.chance(0.4):
            kind = maker.pick(("reminder", "reminder", "notice", "blue", "orange", "red"))
            reply = late + DAY * 3
            self._step(
                item, "remind", late, "clerk", maker.text("reminders"), letter_type=kind,
                reply_by=reply,
            )

    def _close(self, item: Item, day: dt.date) -> None:
        maker = self.maker
        if not self._step(item, "request-close-out", day, "clerk", content=maker.text("evidence")):
            return
        if maker.chance(0.03) and not self._step(
            item, "request-close-out", day, "clerk", content=maker.text("evidence")
        ):
            return
        checked = maker.workday(day + DAY * maker.pick((0, 0, 0, 1)))
        if maker.chance(0.08):
            if not self._step(item, "return", checked, "reviewer", maker.text("returned")):
                return
            checked = maker.workday(checked + DAY * maker.number(1, 4))
            if not self._step(
                item, "request-close-out", checked, "clerk", content=maker.text("evidence")
            ):
                return
            checked = maker.workday(checked + DAY)
        if not self._step(item, "close-out", checked, "reviewer", maker.text("opinions")):
            return
        if maker.chance(0.012):
            later = maker.workday(checked + DAY * 20)
            self._step(
                item, "reopen", later, "reviewer", maker.text("reopened"),
                **self._new_deadline(item, later),
            )
        elif maker.chance(0.5):
            self._step(item, "archive", maker.workday(checked + DAY * 60), "clerk")

    def _new_deadline(self, item: Item, day: dt.date) -> dict[str, Any]:
        action = self._actions[item.cycle.name]["reopen"]
        return {"deadline": day + DAY * 20} if "deadline" in action.offer else {}

    # -- one step

    def _step(
        self, item: Item, name: str, day: dt.date, by: str, note: str = "", **given: Any
    ) -> bool:
        """Take a declared step on that day; False when the day has not come yet or the item is
        elsewhere."""
        action = self._actions[item.cycle.name].get(name)
        record, kinds = item.record, self.maker.kinds
        if action is None or day > self.maker.today or record.state not in action.from_:
            return False
        at = item.clock = max(f"{day.isoformat()}T{HOURS[name]}", item.clock)
        self.desk.today, self.desk.user_name, self.desk.at = day, by, at
        if given:
            given = {n: v for n, v in given.items() if n in action.ask or n in action.offer}
        matching = [
            [
                c for c in item.children
                if c.kind == u.kind and u.where.items() <= c.values.items()
            ]
            for u in action.updates
        ]
        step = step_values.Step(self.desk, item.kind, record, note, given)
        outcome = step_values.step_outcome(step, action, item.cycle, kinds, matching)
        label = f"{action.label}：{note}" if note and action.note == "required" else action.label
        write = self.maker.chronicle
        for child, values in outcome.updates:
            write.change(child, values, max(at, child.updated_at), by, label, f"move:{name}")
        if outcome.child is not None:
            kind, values = outcome.child
            self._add_child(item, self.maker.record(kind.name, values, record.uid), at, by, label)
        written = outcome.values
        if item.kind.unit in written:
            written |= unit_assignment.transfer_values(
                kinds, _NO_SUCCESSION, item.kind, record.values, written, day, by_step=True
            )
        write.change(record, written, at, by, label, f"move:{name}")
        return True

    def _add_child(self, item: Item, child: Record, at: str, by: str, label: str = "") -> None:
        item.clock = max(at, item.clock)
        item.children.append(child)
        self.maker.chronicle.add(
            child, item.clock, by, label or f"新增{self.maker.kinds.get(child.kind).label}"
        )
