"""The workbooks of a folder written in portions: each an import of its own as if it came alone, and where one cannot be written,
those before it are and none after it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from db.errors import Cancelled, WorkFailed
from db.office import open_office
from desktop.exchange.apply import accept
from desktop.exchange.files import sent_copies
from desktop.exchange.plan.import_plan import Plan
from tests.unit.exchange.conftest import KIND, PASSWORD, SHEET, UNITS, Office


@pytest.fixture
def plans(city: Office, hand: Any, tmp_path: Path) -> list[Plan]:
    """What three counties typed, each at its own items."""
    made = []
    for number, name in enumerate(UNITS):
        sheet = hand(city.export(f"{number}.xlsx", unit=city.units[name]).file, SHEET)
        for record in city.session.office.each(KIND):
            if record.values["lead_unit"] == city.units[name]:
                sheet.write(sheet.row(record.values["title"], "整改事项"), "整改措施", f"{name}的措施")
        made.append(city.plan(shutil.move(sheet.save(), tmp_path / f"{name}.xlsx")))
    return made


def _measures(city: Office) -> dict[str, int]:
    found = dict.fromkeys(UNITS, 0)
    for record in city.session.office.each(KIND):
        said = (record.values["measures"] or "").removesuffix("的措施")
        found[said] = found.get(said, 0) + 1
    return {name: found[name] for name in UNITS}


def test_each_is_an_import_of_its_own_that_can_be_taken_back(city: Office, plans: list[Plan]) -> None:
    several = accept.accept_several(city.session, [(plan, {}) for plan in plans])
    assert several.error is None and [result.updated for result in several.results] == [3, 3, 3]
    assert _measures(city) == dict.fromkeys(UNITS, 3)
    entries = accept.imports(city.session)
    assert {entry.import_id for entry in entries} == {result.import_id for result in several.results}
    accept.undo_import(city.session, several.results[1].import_id)
    assert list(_measures(city).values()) == [3, 0, 3]
    assert city.session.verify() == []


def test_it_comes_out_as_one_by_one(city: Office, plans: list[Plan], tmp_path: Path) -> None:
    shutil.copytree(city.session.folder, tmp_path / "alone")
    alone = open_office(tmp_path / "alone", "admin", PASSWORD)
    for plan in plans:
        accept.accept(alone, accept.plan(alone, plan.file))
    several = accept.accept_several(city.session, [(plan, {}) for plan in plans])
    assert len(several.results) == 3
    said = [
        [each.to_json() | {"import_id": "", "at": ""} for each in accept.imports(session)] for session in (alone, city.session)
    ]
    values = [[(r.uid, r.values, r.state) for r in session.office.each(KIND)] for session in (alone, city.session)]
    logged = [
        session.office.connection.execute(
            "SELECT kind, uid, action, before, after FROM journal WHERE kind = ? ORDER BY seq", (KIND,)
        ).fetchall() for session in (alone, city.session)
    ]
    assert said[0] == said[1] and values[0] == values[1] and logged[0] == logged[1] and len(logged[0]) > 9
    assert alone.verify() == city.session.verify() == []
    alone.close()


def test_what_two_of_them_say_otherwise_of_one_item_waits_and_is_told(city: Office, hand: Any, tmp_path: Path) -> None:
    """Neither plan knows of it: both were made before either was written."""
    made = []
    for name in ("甲", "乙"):
        sheet = hand(city.export(f"{name}.xlsx").file, SHEET)
        title = next(city.session.office.each(KIND)).values["title"]
        sheet.write(sheet.row(title, "整改事项"), "整改措施", f"{name}说的措施")
        made.append(city.plan(shutil.move(sheet.save(), tmp_path / f"{name}-回.xlsx")))
    several = accept.accept_several(city.session, [(plan, {}) for plan in made])
    assert [(result.updated, len(result.conflicts)) for result in several.results] == [(1, 0), (0, 1)]
    (told,), (waits,) = several.results[1].conflicts, accept.conflicts(city.session)
    assert (told.conflict_id, told.theirs, told.sheet) == (waits.conflict_id, "乙说的措施", SHEET) and told.cell
    assert accept.count_own(city.session) == 1 and city.session.verify() == []


@pytest.mark.parametrize("error", [Cancelled, WorkFailed])
def test_where_one_cannot_be_written_those_before_it_are(
    city: Office, plans: list[Plan], monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    before = city.session.office.connection.execute("SELECT count(*) FROM changes").fetchone()[0]

    def progress(_done: int, _total: int, _text: str) -> None:
        raise error("够了") if error is WorkFailed else error()

    real = accept.accept

    def stopped(session: Any, made: Plan, choices: Any, **more: Any) -> Any:
        if made is plans[1]:
            with session.atomic("import", "写到一半"):
                city.session.set(KIND, next(city.session.office.each(KIND)).uid, {"measures": "写了一半"})
                progress(0, 0, "")
        return real(session, made, choices, **more)

    monkeypatch.setattr(accept, "accept", stopped)
    several = accept.accept_several(city.session, [(plan, {}) for plan in plans])
    assert len(several.results) == 1 and isinstance(several.error, error)
    assert list(_measures(city).values()) == [3, 0, 0]
    after = city.session.office.connection.execute("SELECT count(*) FROM changes").fetchone()[0]
    assert after == before + 1 and city.session.verify() == []


def test_where_none_gets_to_the_disk_none_is_said_to_be_there_and_all_can_be_taken_again(
    city: Office, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = accept.accept

    def full(session: Any, made: Plan, choices: Any, **more: Any) -> Any:
        result = real(session, made, choices, **more)
        if made is plans[-1]:
            session.office.writer.execute("ROLLBACK")
        return result

    monkeypatch.setattr(accept, "accept", full)
    with pytest.raises(WorkFailed, match="都没有写入"):
        accept.accept_several(city.session, [(plan, {}) for plan in plans])
    monkeypatch.undo()
    assert accept.imports(city.session) == [] and _measures(city) == dict.fromkeys(UNITS, 0)
    several = accept.accept_several(city.session, [(plan, {}) for plan in plans])
    assert len(several.results) == 3 and _measures(city) == dict.fromkeys(UNITS, 3)
    for plan in plans:  # kept under a key that the book still has
        assert sent_copies.load(city.session.office, city.session.folder, sent_copies.TAKEN, plan.sha256) == plan.data
    assert city.session.verify() == []


def _plan(rows: int, kinds: int = 0) -> Plan:
    made = Plan(Path("甲.xlsx"), "", None, "")
    made.rows, made.new_kinds = [None] * rows, [None] * kinds  # type: ignore[list-item]
    return made


@pytest.mark.parametrize(("sizes", "wanted"), [
    ([], []), ([(0, 0)] * 3, [3]), ([(3_000, 0), (2_000, 0), (1, 0)], [2, 1]), ([(9_000, 0), (9_000, 0)], [1, 1]),
    ([(1, 0), (1, 1), (1, 0), (1, 0)], [1, 1, 2]), ([(1, 2)], [1]), ([(5_001, 1), (1, 1)], [1, 1]),
])  # fmt: skip
def test_portions_are_small_and_one_with_ledgers_of_its_own_goes_by_itself(
    sizes: list[tuple[int, int]], wanted: list[int]
) -> None:
    assert list(accept.portions([_plan(*each) for each in sizes])) == wanted
