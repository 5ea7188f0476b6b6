"""Totals of a roster: worked out while blank, followed from then on; what was typed and says something else stands and is told."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from db import office
from db.errors import DeclarationError
from db.model.declarations import Field, Kind
from db.model.kinds import Kinds
from db.rules import rollups
from db.session import Session
from db.units.reorganisation import RENAME, Wish, carry_out
from tests.samples import not_kept

TODAY = dt.date(2022, 9, 28)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path / "office", "云川市活动办", "city", "admin", "zhengxian-demo")
    made.fixed_today = TODAY
    yield made
    assert made.verify() == []
    made.close()


@pytest.fixture
def unit(session: Session) -> str:
    return session.add("unit", {"name": "安坪县"})


def come(session: Session, held: str, unit: str, name: str, day: int = 5) -> str:
    row = {"name": name, "unit": unit, "attended_on": dt.date(2022, 9, day)}
    return session.add("training_attendance", row, parent=held)


def said(session: Session, held: str, kind: str = "training_class") -> tuple[Any, Any]:
    values = session.must_get(kind, held).values
    return values["people"], values["attendances"]


@pytest.mark.parametrize(("kind", "values"), [("training_class", {"name": "能力提升班"}), ("lecture", {"title": "讲座", "hall": "great"})])
def test_a_blank_total_follows_the_roster(session: Session, unit: str, kind: str, values: dict[str, Any]) -> None:
    held = session.add(kind, values)
    assert said(session, held, kind) == (None, None)
    come(session, held, unit, "赵燚", 5)
    twice = come(session, held, unit, "赵燚", 6)
    assert said(session, held, kind) == (1, 2), "one person, twice"
    other = come(session, held, unit, "王赟")
    assert said(session, held, kind) == (2, 3)
    session.delete("training_attendance", other)
    assert said(session, held, kind) == (1, 2)
    session.restore("training_attendance", other)
    session.set("training_attendance", twice, {"name": "钱喆"})
    assert said(session, held, kind) == (3, 3)
    assert rollups.contradictions_text(session, session.must_get(kind, held)) == ""
    session.undo_last()
    assert said(session, held, kind) == (2, 3), "the row and the totals are one change"


def test_a_class_that_was_held_takes_its_roster_afterwards(session: Session, unit: str) -> None:
    held = session.add("training_class", {"name": "班"})
    session.take_step("training_class", held, "hold")
    come(session, held, unit, "赵燚")
    assert said(session, held) == (1, 1)
    session.undo_last()
    assert said(session, held) == (None, None), "the row is taken back with its total, closed or not"
    session.redo_last()
    assert said(session, held) == (1, 1)


def test_what_was_typed_stands_and_is_told_until_it_agrees(session: Session, unit: str) -> None:
    held = session.add("training_class", {"name": "班", "people": 2, "attendances": 30})
    assert rollups.contradictions_text(session, session.must_get("training_class", held)) == "", "no roster, nothing to hold it against"
    come(session, held, unit, "赵燚")
    assert said(session, held) == (2, 30)
    assert rollups.contradictions_text(session, session.must_get("training_class", held)) == (
        "「参训人数」填的是 2，按参训名单是 1；「参训人次」填的是 30，按参训名单是 1，请核对；清空这一栏即按名单算。"
    )
    come(session, held, unit, "王赟")
    assert rollups.contradictions(session, session.must_get("training_class", held)) == [("attendances", 30, 2)]
    session.set("training_class", held, {"attendances": None})
    assert said(session, held) == (2, 2)
    come(session, held, unit, "钱喆")
    assert said(session, held) == (3, 3)


def test_a_total_that_would_contradict_one_that_was_typed_stays_blank(session: Session, unit: str) -> None:
    held = session.add("training_class", {"name": "班", "people": 40})
    come(session, held, unit, "赵燚")
    assert said(session, held) == (40, None), "40 people cannot have come once in all"


def another_offices(session: Session, kind: str, *uids: str) -> None:
    """As if another office had issued these records."""
    for uid in uids:
        session.office.writer.execute(f"UPDATE {kind} SET issuer = 2 WHERE uid = ?", (uid,))


def test_a_total_of_another_offices_class_is_that_offices_to_state(session: Session, unit: str) -> None:
    """What its roster brings here with an import changes none of its numbers."""
    theirs, mine = (session.add("training_class", {"name": name}) for name in ("县里的班", "市里的班"))
    with not_kept(session, "名单", "import"):
        watch, kind = rollups.Watch(session), session.kinds.get("training_attendance")
        for held in (theirs, mine):
            watch.see(kind, held)
            come(session, held, unit, "赵燚")
        session.office.writer.execute("UPDATE training_class SET people = NULL, attendances = NULL")
        another_offices(session, "training_class", theirs)
        watch.write()
        assert said(session, theirs) == (None, None)
        assert said(session, mine) == (1, 1)


def test_a_new_target_changes_the_shares_of_this_offices_values_alone(session: Session) -> None:
    above = session.add("indicator", {"year": 2022, "name": "招商引资", "target": 200})
    mine, theirs = (session.add("indicator_value", {"month": month, "value": 50}, parent=above) for month in ("2022-07", "2022-08"))

    def shares() -> list[Any]:
        return [session.must_get("indicator_value", uid).values["target_share"] for uid in (mine, theirs)]

    assert shares() == [25, 25]
    with not_kept(session, "目标", "import"):
        another_offices(session, "indicator_value", theirs)
        session.set("indicator", above, {"target": 100})
        assert shares() == [50, 25], "what another office reported stands as it reported it"
    session.set("indicator", above, {"name": "招商引资到位资金"})
    assert shares() == [25, 25]
    session.set("indicator", above, {"target": 100, "higher_is_better": False})
    assert shares() == [150, 150], "both at once"


def test_a_progress_that_was_typed_is_told_beside_what_the_milestones_come_to(session: Session, unit: str) -> None:
    dates = {"assigned_on": dt.date(2022, 9, 1), "deadline": dt.date(2022, 9, 30)}
    uid = session.add("project", {"name": "污水处理厂扩建", "lead_unit": unit, "progress_percent": 80, **dates})
    for reached in (dt.date(2022, 9, 10), None):
        session.add("milestone", {"title": f"节点{reached}", "planned_on": dt.date(2022, 9, 10), "reached_on": reached}, parent=uid)
    assert rollups.contradictions_text(session, session.must_get("project", uid)) == "「形象进度」填的是80%，按节点算是50.0%，请核对；清空这一栏即按节点算。"


def test_people_of_a_renamed_unit_are_counted_once(session: Session, unit: str) -> None:
    held = session.add("training_class", {"name": "班"})
    come(session, held, unit, "赵燚", 5)
    carry_out(session, Wish(RENAME, (unit,), dt.date(2022, 9, 6), ("安坪市",)))
    new = session.names.unit_by_name("安坪市")
    assert new is not None
    come(session, held, new, "赵燚", 7)
    assert said(session, held) == (1, 2)


def test_the_row_of_the_latest_day_says_it() -> None:
    newest, day = rollups._newest, dt.date  # noqa: SLF001
    rows = [{"rank": "一级", "on": day(2022, 1, 1)}, {"rank": "四级", "on": day(2019, 1, 1)}, {"rank": "无", "on": None}]
    assert newest(rows, "rank", "on") == "一级" and newest(rows[1:], "rank", "on") == "四级" and newest(rows[2:], "rank", "on") is None


def test_how_much_of_all_has_its_day() -> None:
    reached, day = rollups._reached, dt.date(2022, 1, 1)  # noqa: SLF001
    rows = [{"on": day, "of": Decimal(1)}, {"on": None, "of": Decimal(2)}, {"on": day, "of": None}]
    assert reached(rows, "on", "of") == Decimal("33.3") and reached([], "on", "of") is None
    assert reached(rows, "on", "") == Decimal("66.7"), "alike where no weight is given"
    assert reached([{"on": None, "of": 0}, {"on": day, "of": 0}, *[{"on": day, "of": None}] * 6], "on", "of") == Decimal("87.5")
    assert reached([{"on": day, "of": 1}, {"on": None, "of": 7999}], "on", "of") == Decimal("0.0")
    assert reached([{"on": day, "of": 1}, {"on": None, "of": 1999}], "on", "of") == Decimal("0.1"), "halves go up"


def test_only_what_counts_rows_below_is_a_total(session: Session) -> None:
    kinds = session.kinds
    assert [f.name for f in rollups.fields_of(kinds.get("training_class"))] == ["people", "attendances"]
    assert [f.name for f in rollups.fields_of(kinds.get("project"), "milestone")] == [f.name for f in rollups.fields_of(kinds.get("project"))]
    assert rollups.fields_of(kinds.get("project"), "evidence") == []
    for kind in kinds:
        assert all(f.fill.split(":")[0] in ("rows", "different", "newest", "reached") for f in rollups.fields_of(kind))


def test_rows_that_name_nobody_known_are_told_apart_by_what_they_say() -> None:
    fields = tuple(Field(name=n, label=n, type="text") for n in ("name", "place"))
    guest, book = Kind(name="guest", label="客", title="name", fields=fields, parent=("camp",)), sqlite3.connect(":memory:")
    book.execute("CREATE TABLE guest (parent, deleted, name, place)")
    rows = [("c", 0, "赵 燚", "甲"), ("c", 0, "赵燚", "甲"), ("c", 0, "赵燚", None), ("c", 1, "王赟", "甲"), ("d", 0, "钱喆", "甲")]
    book.executemany("INSERT INTO guest VALUES (?, ?, ?, ?)", rows)
    session: Any = SimpleNamespace(
        names=SimpleNamespace(succession=SimpleNamespace(same_sql=str)), kinds=SimpleNamespace(person_of=lambda kind: None),
        book_of=lambda name: SimpleNamespace(connection=book),
    )  # fmt: skip
    count = rollups._count  # noqa: SLF001
    assert count(session, guest, "c", ["name"]) == 1 and count(session, guest, "c", ["name", "place"]) == 2
    assert count(session, guest, "c", []) == 3 and count(session, guest, "e", []) is None


def test_what_the_rows_came_to_is_seen_once_before_all_of_a_change(session: Session, unit: str) -> None:
    held, roster = session.add("training_class", {"name": "班"}), session.kinds.get("training_attendance")
    watch = rollups.Watch(session)
    watch.see(roster, held)
    come(session, held, unit, "赵燚")
    watch.see(roster, held)
    assert watch._before == {("training_class", held): {}}  # noqa: SLF001


def test_closing_says_that_all_is_done_but_tells_a_roster_that_differs(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(name: str, state: str | None) -> bool:
        kind = session.kinds.get(name)
        total = rollups.fields_of(kind)[0].name
        monkeypatch.setattr(rollups, "counts_of", lambda *_: {total: 50})
        record: Any = SimpleNamespace(kind=name, uid="u", state=state, values={total: 100})
        return rollups.contradictions(session, record) == [(total, 100, 50)]

    assert [told("livelihood", state) for state in (None, "assigned", "closed_out")] == [True, True, False]
    closed = next(s.name for s in session.kinds.lifecycle_of(session.kinds.get("training_class")).states if s.closed)
    assert told("training_class", closed) and told("training_class", None)


def test_what_rests_on_a_record_is_known_by_its_declarations(session: Session) -> None:
    kinds = session.kinds
    resting = {kind.name for kind in kinds if rollups.rests_on(session, kind)}
    below = [child for kind in kinds for child in kinds.children_of(kind.name) if any("parent." in (f.fill or "") for f in child.all_fields)]
    counted = {"problem_hearing", "milestone", "site_finding", "training_attendance", "rank_history"}
    assert resting == counted | {parent for child in below for parent in child.parent}


@pytest.mark.parametrize(
    "fill", ["rows:nothing", "rows:shoe", "rows:guest,hat", "different:guest.shoe", "different:guest.name,shoe.name", "different:",
             "newest:guest.name"],
)  # fmt: skip
def test_a_declaration_that_counts_what_is_not_there_is_refused(fill: str) -> None:
    named = Field(name="name", label="名称", type="text")
    guest, shoe = (Kind(name=n, label=n, title="name", fields=(named,), parent=p) for n, p in (("guest", ("camp",)), ("shoe", ())))

    def camp(fill: str) -> Kind:
        return Kind(name="camp", label="营", title="name", fields=(named, Field(name="people", label="人数", type="integer", fill=fill)))

    Kinds([camp("rows:guest"), guest, shoe], ())
    Kinds([camp("different:guest.name"), guest, shoe], ())
    with pytest.raises(DeclarationError, match="看不懂"):
        Kinds([camp(fill), guest, shoe], ())
