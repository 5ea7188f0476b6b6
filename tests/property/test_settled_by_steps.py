"""The laws of what steps settle, over random steps of three offices: whoever takes in what, in whatever order and however often, all end
with the same values, the steps of everybody are there, and no question is asked of what steps alone wrote."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from db.merge.merge import Bounds, Row, RowMerge, merge_row
from db.merge.versions import RowVersions
from db.model import builtin, steps
from db.model.records import RowShape
from db.model.steps import FIELD, StepTaken

KINDS = builtin.kinds()
KIND = KINDS.get("rectification")
SETTLING = KINDS.settling(KIND)
assert SETTLING is not None
CYCLE = KINDS.lifecycle_of(KIND)
assert CYCLE is not None
NAMES = ("state", "acknowledged_on", "progress", "difficulty", FIELD)
BOUNDS = Bounds(joins=RowShape(KIND).joins, settles=SETTLING.resolve)
START = dt.date(2026, 9, 1)


class Office:
    """One record as an office holds it, with steps as the lifecycle takes them."""

    def __init__(self, name: str, values: dict[str, Any], versions: RowVersions) -> None:
        self.name, self.counter = name, 0
        self.row = Row(values, versions)

    def write(self, written: dict[str, Any]) -> None:
        values: Any = self.row.values
        changed = {n: v for n, v in written.items() if values.get(n) != v}
        self.counter += 1
        self.row = Row({**values, **changed}, self.row.versions.with_write(changed, self.name, self.counter), self.row.waiting)

    def step(self, name: str, days: int, content: str) -> None:
        values: Any = self.row.values
        action = next(a for a in CYCLE.actions if a.name == name)
        stood = steps.not_undone(values[FIELD])
        on = max(START + dt.timedelta(days=days), stood[-1].day if stood else START)
        if values["state"] not in action.from_:
            return
        written: dict[str, Any] = {"state": action.to}
        if name == "transfer":
            written["acknowledged_on"] = None
        elif values["acknowledged_on"] is None and name != "assign":
            written["acknowledged_on"] = on
        if name == "report" and content:
            written["progress"] = content
        at = max([f"{on}T09:{self.counter:02d}:00", *(s.at for s in stood if s.on == on.isoformat())])
        taken = StepTaken(
            f"{self.name}{self.counter}", name, on.isoformat(), at, "甲", str(action.to), self.name,
            place=len(stood), gave=SETTLING.given(_Record(values), written),  # type: ignore[union-attr,arg-type]
        )
        self.write({**written, FIELD: steps.ordered((*(values[FIELD] or ()), taken))})

    def take(self, other: Row) -> RowMerge:
        found = merge_row("u", self.row, Row(other.values, other.versions), NAMES, bounds=BOUNDS)
        values = {**self.row.values, **{n: v for n, (v, _) in found.changes.items()}}  # type: ignore[dict-item]
        self.row = Row(values, found.applied(self.row.versions), {**self.row.waiting, **found.pending})
        return found

    def asked(self) -> set[str]:
        return {name for name, each in self.row.waiting.items() if each}


class _Record:
    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values


def offices() -> list[Office]:
    first = Office("a", dict.fromkeys(NAMES), RowVersions({"a": 0}))
    first.write({"state": "drafted"})
    first.step("assign", 0, "")
    values: Any = first.row.values
    return [first, *(Office(name, dict(values), first.row.versions.copy()) for name in "bc")]


acts = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["report", "report", "acknowledge", "transfer"]), st.integers(0, 2), st.integers(0, 9), st.sampled_from(["", "一", "二", "三"])),
        st.tuples(st.just("take"), st.integers(0, 2), st.integers(0, 2), st.just("")),
    ),
    max_size=14,
)
typed = st.lists(st.tuples(st.just("type"), st.integers(0, 2), st.just(0), st.sampled_from(["改一", "改二"])), max_size=2)


def play(made: list[Office], story: list[tuple[str, int, int, str]]) -> None:
    for what, who, number, content in story:
        if what == "take":
            if who != number:
                made[who].take(made[number].row)
        elif what == "type":
            made[who].write({"progress": content})
        else:
            made[who].step(what, number, content)


def meet(made: list[Office], order: list[int]) -> None:
    for _ in range(4):
        for here in order:
            for there in order:
                if here != there:
                    made[here].take(made[there].row)


@settings(max_examples=100, deadline=None)
@given(acts, st.permutations([0, 1, 2]))
def test_what_steps_alone_wrote_ends_the_same_everywhere_without_a_question(story: Any, order: list[int]) -> None:
    made = offices()
    play(made, story)
    taken = {step.id for office in made for step in office.row.values.get(FIELD) or ()}
    meet(made, order)
    for office in made:
        values: Any = office.row.values
        assert {step.id for step in values[FIELD]} == taken  # nobody's step is lost
        assert not office.asked() - {"state"}
        assert {n: values[n] for n in NAMES if n != "state"} == {n: made[0].row.values.get(n) for n in NAMES if n != "state"}
    reports = [s for s in made[0].row.values.get(FIELD) or () if "progress" in s.gave]
    if reports:
        assert steps.mark(made[0].row.values.get("progress")) == reports[-1].gave["progress"]
    before = [(o.row.values, o.row.versions) for o in made]
    meet(made, order[::-1])
    assert before == [(o.row.values, o.row.versions) for o in made]  # taken in again it changes nothing


@settings(max_examples=60, deadline=None)
@given(acts)
def test_two_offices_settle_alike_whoever_asks(story: Any) -> None:
    made = offices()
    play(made, story)
    one, other = made[0].row, made[1].row
    made[0].take(other), made[1].take(one)
    for name in NAMES:
        if name not in made[0].asked() | made[1].asked():
            assert made[0].row.values.get(name) == made[1].row.values.get(name), name
            assert made[0].row.versions.of(name) == made[1].row.versions.of(name), name


@settings(max_examples=60, deadline=None)
@given(acts, typed, st.randoms(use_true_random=False))
def test_what_somebody_typed_is_never_settled_away(story: Any, more: Any, chance: Any) -> None:
    """Whoever typed a value has it still, or was overruled by one who had seen it, or is asked."""
    made = offices()
    story = [*story, *more]
    chance.shuffle(story)
    play(made, story)
    ours = [(o, o.row.values.get("progress"), dict(o.row.versions.of("progress"))) for o in made]
    meet(made, [0, 1, 2])
    for _, value, vector in ours:
        if not str(value or "").startswith("改"):
            continue
        for office in made:
            knows = all(office.row.versions.of("progress").get(s, 0) >= n for s, n in vector.items())
            waits = any(p.value == value for p in office.row.waiting.get("progress", ()))
            kept = office.row.values.get("progress") == value
            overruled = any(v != vector and all(v.get(s, 0) >= n for s, n in vector.items()) for _, _, v in ours)
            assert kept or waits or overruled or not knows


def test_a_step_that_somebody_made_up_settles_nothing_and_breaks_nothing() -> None:
    """What a workbook made by hand says of a step: a day that is none, a state that there is not."""

    def taken(name: str, action: str, minute: int, to: str, gave: dict[str, Any], void: bool = False) -> StepTaken:
        return StepTaken(name, action, "2026-09-02", f"2026-09-02T09:{minute:02d}:00", "甲", to, name, void=void, gave=gave)

    days = {"a": dt.date(2026, 9, 2), "b": dt.date(2026, 9, 3)}
    own = taken("own", "report", 2, "assigned", {"acknowledged_on": "2026-09-02"})
    later = taken("later", "transfer", 3, "assigned", {"acknowledged_on": "2026-09-03"})
    for wrong in ("2026-02-31", 7, ["x"], {"x": 1}):
        made_up = taken("made", "acknowledge", 1, "nowhere", {"acknowledged_on": wrong})
        mine = {FIELD: (own, replace(later, void=True)), "acknowledged_on": days["a"], "state": "assigned"}
        theirs = {FIELD: (made_up, later), "acknowledged_on": days["b"], "state": "assigned"}
        assert SETTLING.resolve("acknowledged_on", mine, theirs) is None
        assert SETTLING.resolve("state", mine, theirs) is None
