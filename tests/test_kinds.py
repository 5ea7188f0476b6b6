"""Every declaration, whichever there are: its table, its form, its values, its life, its steps. A new kind needs no new test here."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from db import office
from db.errors import BadInput, DeclarationError, NotPermitted
from db.metrics import metrics
from db.model import action_sources as steps
from db.model import builtin, computed_fields, declaration_files
from db.model.declarations import Action, Field, Kind, Lifecycle, Lights
from db.model.fieldtypes import TYPES
from db.model.kinds import Kinds
from db.rules import lifecycle
from db.session import Session
from tests import own_ledgers
from tests.samples import Samples, as_person


def _own_ledger(lifecycle: str | None) -> Kind:
    """A ledger as an office makes one on screen: every field type there is, and one of the lifecycles."""
    fields = [
        Field(
            name=f"own_{type_name}",
            label=f"自建{kind_of.label}",
            type=type_name,
            choices=("甲类", "乙类", "丙类") if type_name in ("choice", "choices") else (),
            kind="rectification" if type_name == "reference" else None,
            required=type_name == "text",
        )
        for type_name, kind_of in TYPES.items()
    ]
    name = lifecycle or "plain"
    return Kind(
        name=f"own_{name}", label=f"自建台账{name}", title="own_text", family="自建", fields=tuple(fields), lifecycle=lifecycle,
        unit="own_unit", lights=Lights(deadline="own_date"), source="office",
    )  # fmt: skip


#: The program's declarations and one ledger more, by a file alone.
BUILTIN = own_ledgers.by_file()
OWN = [_own_ledger(name) for name in (None, *(cycle.name for cycle in BUILTIN.lifecycles if steps.fits_any_kind(cycle)))]
OWN += [own_ledgers.on_screen(BUILTIN), own_ledgers.extended(BUILTIN)]
#: The ledgers that come with the program, one by a file, some that an office made itself, one on screen: all must pass the same tests.
KINDS = BUILTIN.with_office(OWN)
NAMES = [kind.name for kind in KINDS]
CYCLED = [kind.name for kind in KINDS if kind.lifecycle]
AWAITED = {u.kind for cycle in KINDS.lifecycles for action in cycle.actions for u in action.updates if u.where}
PASSWORD = "zhengxian-demo"
#: Kinds with a page of their own beside the navigation of ledgers.
OWN_PAGE = {"bulletin", "own_figure", "report_form", "scheduled_paper", "year_closing"}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path_factory.mktemp("kinds") / "office", "云川市活动办", "city", "admin", PASSWORD)
    made.set_kinds(BUILTIN)
    for kind in OWN:
        made.save_kind(kind)
    yield made
    assert made.verify() == []
    made.close()


@pytest.fixture(scope="module")
def samples(session: Session) -> Samples:
    return Samples(session)


# -- what a declaration must say ----------------------------------------------------------------------------------------


def test_labels_are_unique_over_all_kinds() -> None:
    labels = [kind.label for kind in KINDS]
    assert sorted(labels) == sorted(set(labels))


@pytest.mark.parametrize("name", NAMES)
def test_a_kind_can_be_listed_typed_and_printed(name: str) -> None:
    kind = KINDS.get(name)
    title = kind.field(kind.title)
    assert "form" in title.show
    assert "list" in title.show
    assert kind.shown("list"), "nothing to show in a list"
    assert [f for f in kind.shown("form") if not f.computed], "nothing to type into"
    for field in kind.all_fields:
        assert field.label.strip() == field.label != ""
        assert field.width is None or 1 <= field.width <= 40
        assert not field.required or ("form" in field.show and not field.computed), f"{field.name} can never be filled"
        assert field.minimum is None or field.maximum is None or field.minimum < field.maximum
    assert kind.family or kind.parent or name in OWN_PAGE, "neither in the navigation nor under another kind"


@pytest.mark.parametrize("name", NAMES)
def test_choices_are_sane(name: str) -> None:
    for field in KINDS.get(name).all_fields:
        if field.type in ("choice", "choices"):
            assert len(field.options) >= 2
            assert all(o.label.strip() == o.label != "" and "、" not in o.label for o in field.options)
            both = {o.name for o in field.options} & {o.label for o in field.options if o.label != o.name}
            assert not both, f"{field.name}: {both} is one choice's name and another's label"
        else:
            assert not field.options


@pytest.mark.parametrize("cycle", KINDS.lifecycles, ids=lambda c: c.name)
def test_a_lifecycle_has_a_way_in_and_out(cycle: Lifecycle) -> None:
    labels = [s.label for s in cycle.states]
    assert len(set(labels)) == len(labels)
    labels = [a.label for a in cycle.actions]
    assert len(set(labels)) == len(labels)
    assert any(s.closed for s in cycle.states)
    for state in cycle.states:
        leaves = [a for a in cycle.actions if state.name in a.from_ and a.to not in (None, state.name)]
        assert leaves or state.void or state.closed, f"no way out of {state.name}"


# -- the table -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_table_is_made_as_declared(session: Session, name: str) -> None:
    kind = KINDS.get(name)
    connection = session.book_of(name).connection
    columns = {row[1]: row[2] for row in connection.execute(f'PRAGMA table_info("{name}")')}
    for field in kind.all_fields:
        assert columns[field.name] == TYPES[field.type].sql
    indexes = {row[1] for row in connection.execute(f'PRAGMA index_list("{name}")')}
    for wanted in kind.indexes:
        assert f"{name}_by_{'_'.join(wanted)}" in indexes


# -- values --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_values_go_round_through_text_database_and_json(session: Session, samples: Samples, name: str) -> None:
    kind = KINDS.get(name)
    for turn in (0, 1):
        for field in kind.all_fields:
            value = samples.value(field, turn)
            if value is None:
                continue
            kind_of = TYPES[field.type]
            normal = kind_of.normalize(value, field)
            assert kind_of.from_db(kind_of.to_db(normal)) == normal, field.name
            plain = msgspec.json.decode(msgspec.json.encode(kind_of.to_json(normal)))
            assert kind_of.from_json(plain, field) == normal, field.name
            text = kind_of.format(normal, field, session.names)
            assert text
            if field.type not in ("attachment", "steps"):
                assert kind_of.parse(text, field, session.names) == normal, field.name
        assert all(TYPES[f.type].parse("  ", f, session.names) is None for f in kind.all_fields)


@pytest.mark.parametrize("name", NAMES)
def test_a_record_lives_through_add_change_delete_restore_and_undo(session: Session, samples: Samples, name: str) -> None:
    kind = KINDS.get(name)
    uid = samples.add(name)
    record = session.must_get(name, uid)
    assert session.title_of(record) not in ("", "（未命名）")
    written = [f for f in kind.all_fields if record.values[f.name] is not None and not f.computed]
    assert {f.name for f in kind.fields if f.required} <= {f.name for f in written}
    before = dict(record.values)
    plain = ("text", "longtext", "decimal", "choice", "flag", "integer", "month", "date")
    field = min((f for f in written if f.type in plain), key=lambda f: plain.index(f.type))
    changes = samples.values(kind, 1)
    changed = session.set(name, uid, {field.name: _another(record.values[field.name], changes[field.name], field)})
    resting = [f.name for f in kind.all_fields if f.fill and field.name in computed_fields.parse_formula(f.fill)[1]]
    assert changed in ([field.name], [field.name, *resting])
    session.undo_last()
    assert session.must_get(name, uid).values == before
    if name in AWAITED:  # what a step is still to decide is not put into the bin
        with pytest.raises(BadInput, match="还没有审定"):
            session.delete(name, uid)
        assert not session.must_get(name, uid).deleted
        return
    session.delete(name, uid)
    assert session.must_get(name, uid).deleted
    session.restore(name, uid)
    assert session.must_get(name, uid).values == before
    assert [line.action for line in session.history(name, uid)][-2:] == ["delete", "restore"]


def _another(old: Any, new: Any, field: Field) -> Any:
    if old != new:
        return new
    return next((o.name for o in field.options if o.name != old), new)


# -- lives ---------------------------------------------------------------------------------------------------------------


def _way_to(cycle: Lifecycle, wanted: Action) -> list[Action]:
    """The shortest steps from the beginning to a state in which the action may be taken, then the action itself."""
    waiting: deque[tuple[str, list[Action]]] = deque([(cycle.initial, [])])
    seen = {cycle.initial}
    while waiting:
        state, steps = waiting.popleft()
        if state in wanted.from_ and _prepared(cycle, wanted, steps) is not None:
            return [*steps, *(_prepared(cycle, wanted, steps) or []), wanted]
        for action in cycle.actions:
            if state in action.from_ and action.to and not action.to.startswith("field:") and action.to not in seen:
                if any(u.missing for u in action.updates):
                    continue
                seen.add(action.to)
                waiting.append((action.to, [*steps, action]))
    raise AssertionError(f"{cycle.name}: {wanted.name} can never be taken")


def _prepared(cycle: Lifecycle, wanted: Action, steps: list[Action]) -> list[Action] | None:
    """What must be done first for an action that changes children: the step that makes such a child."""
    needed = [u.kind for u in wanted.updates if u.missing]
    made = [a.child.kind for a in steps if a.child]
    first: list[Action] = []
    for kind in needed:
        if kind not in made:
            maker = next((a for a in cycle.actions if a.child and a.child.kind == kind and set(a.from_) & set(wanted.from_)), None)
            if maker is None:
                return None
            first.append(maker)
    return first


@pytest.mark.parametrize("name", CYCLED)
def test_every_step_can_be_taken(session: Session, samples: Samples, name: str) -> None:
    kind = KINDS.get(name)
    cycle = KINDS.lifecycle_of(kind)
    assert cycle is not None
    for wanted in cycle.actions:
        uid = samples.put(kind, _fresh(samples, kind))
        for number, action in enumerate(_way_to(cycle, wanted)):
            before = session.must_get(name, uid)
            assert action.name in {p.action.name for p in lifecycle.actions_for(session, before)}
            with as_person(session, f"person{number}", "administrator"):
                ask = {a.field.name: _given(samples, before, a.field) for a in lifecycle.requested_fields(KINDS, kind, action)}
                session.take_step(name, uid, action.name, note="按要求办理。", ask=ask)
            after = session.must_get(name, uid)
            if action.to is None:
                assert after.state == before.state
            elif not action.to.startswith("field:"):
                assert after.state == action.to
            if action.child is not None:
                children = session.children(uid, action.child.kind)
                assert children, f"{action.name} made no {action.child.kind}"


def _fresh(samples: Samples, kind: Kind) -> dict[str, Any]:
    """A record before its first step: what the steps write themselves is left blank."""
    cycle = KINDS.lifecycle_of(kind)
    assert cycle is not None
    written = {name for action in cycle.actions for name in action.set} - {n for a in cycle.actions for n in a.requires}
    return {
        name: value
        for name, value in samples.values(kind).items()
        if kind.field(name).required
        or (name not in written and (kind.field(name).type != "date" or name.endswith("deadline")))
    }


def _given(samples: Samples, record: Any, field: Field) -> Any:
    """What to give for a field asked: a date after every date of the record, or not after today for one that tells the past."""
    if field.type == "date":
        deadline = [v for n, v in record.values.items() if n.endswith("deadline") and v]
        if field.name.endswith(("deadline", "reply_by")):
            return max([samples.session.today, *deadline]).replace(year=samples.session.today.year + 2)
        return samples.session.today
    if field.type == "attachment":
        return None
    return samples.value(field, 1)


@pytest.mark.parametrize("name", CYCLED)
def test_nobody_checks_their_own_work(session: Session, samples: Samples, name: str) -> None:
    kind = KINDS.get(name)
    cycle = KINDS.lifecycle_of(kind)
    assert cycle is not None
    for wanted in (a for a in cycle.actions if a.not_by):
        uid = samples.put(kind, _fresh(samples, kind))
        for action in _way_to(cycle, wanted):
            record = session.must_get(name, uid)
            ask = {a.field.name: _given(samples, record, a.field) for a in lifecycle.requested_fields(KINDS, kind, action)}
            if action is wanted:
                with pytest.raises(NotPermitted, match="本人"):
                    session.take_step(name, uid, action.name, note="同意。", ask=ask)
                assert session.must_get(name, uid).state == record.state
            else:
                session.take_step(name, uid, action.name, note="按要求办理。", ask=ask)


def test_a_ledger_made_by_the_office_is_counted_like_any_other(session: Session, samples: Samples) -> None:
    before = metrics.count(session, ["assigned"], ledgers=["own_close_out"])["assigned"].value
    unit = samples.units()[0]
    uid = session.add("own_close_out", {"own_text": "自建", "own_unit": unit, "lead_unit": unit, "deadline": session.today})
    session.take_step("own_close_out", uid, "assign")
    assert metrics.count(session, ["assigned"], ledgers=["own_close_out"])["assigned"].value == (before or 0) + 1
    lines = metrics.table(session, ["assigned"], "ledger")
    assert "自建台账close_out" in [line.label for line in lines]


# -- changed declarations ------------------------------------------------------------------------------------------------


def test_a_renamed_field_and_kind_keep_what_was_in_them(tmp_path: Path) -> None:
    made, _ = office.create_office(tmp_path / "office", "云川市活动办", "city", "admin", PASSWORD)
    try:
        old = Kind(name="patrol", label="巡查", title="place", fields=(Field(name="place", label="地点", type="text"),))
        made.take_kinds([old])
        uid = made.add("patrol", {"place": "文澜路口"})
        new = Kind(
            name="inspection_tour", label="巡查登记", title="spot", renamed_from=("patrol",),
            fields=(Field(name="spot", label="点位", type="text", renamed_from=("place",)),),
        )  # fmt: skip
        kinds = Kinds([*(k for k in made.kinds if k.name != "patrol"), new], made.kinds.lifecycles, made.kinds.choice_lists)
        made.set_kinds(kinds)
        assert made.must_get("inspection_tour", uid).values["spot"] == "文澜路口"
        assert kinds.find("patrol") is not None
    finally:
        made.close()


GOOD_KIND = """
name = "patrol"
label = "巡查"
title = "place"
fields = [{ name = "place", label = "地点", type = "text" }, { name = "day", label = "日期", type = "date" }]
"""
BROKEN = {
    "type": (GOOD_KIND.replace('type = "text"', 'type = "words"'), "words"),
    "title": (GOOD_KIND.replace('title = "place"', 'title = "spot"'), "spot"),
    "twice": (GOOD_KIND.replace('name = "day"', 'name = "place"'), "place"),
    "label": (GOOD_KIND.replace('label = "日期"', 'label = "地点"'), "地点"),
    "unknown": (GOOD_KIND + "colour = 1\n", "colour"),
    "system": (GOOD_KIND.replace('name = "day"', 'name = "state"'), "state"),
    "lifecycle": (GOOD_KIND + 'lifecycle = "nowhere"\n', "nowhere"),
    "parent": (GOOD_KIND + 'parent = ["nowhere"]\n', "nowhere"),
    "parents": (GOOD_KIND + 'parent = ["lifecycle:nowhere"]\n', "nowhere"),
    "lights": (GOOD_KIND + 'lights = { deadline = "place" }\n', "place"),
    "days": (GOOD_KIND + 'lights = { deadline = "day", yellow_days = 31 }\n', "yellow_days"),
    "behind": (GOOD_KIND + 'lights = { deadline = "day", yellow_behind = 40 }\n', "yellow_behind"),
    "progress": (GOOD_KIND + 'lights = { by = "progress", deadline = "day", start = "day" }\n', "progress_percent"),
    "rule": (GOOD_KIND + 'rules = [{ left = "day", op = "<=", right = "end", message = "错。" }]\n', "end"),
    "limit": (GOOD_KIND + 'limits = [{ fields = ["end"], message = "错。" }]\n', "end"),
    "index": (GOOD_KIND + 'indexes = [["end"]]\n', "end"),
    "unit": (GOOD_KIND + 'unit = "place"\n', "place"),
    "choices": (GOOD_KIND.replace('type = "text"', 'type = "choice"'), "place"),
    "choices_from": (GOOD_KIND.replace('type = "text"', 'type = "choice", choices_from = "nowhere"'), "nowhere"),
    "reference": (GOOD_KIND.replace('type = "text"', 'type = "reference", kind = "nowhere"'), "nowhere"),
    "parts": (GOOD_KIND + 'parts = ["nowhere"]\n', "nowhere"),
    "part": (GOOD_KIND + 'parts = ["patrol"]\n', "lights.done"),
    "reported": (GOOD_KIND + 'reported = ["day", "end"]\n', "end"),
    "reported on": (GOOD_KIND + 'reported = ["place", "place"]\n', "reported"),
    "toml": ("name = ", "patrol.toml"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_wrong_kind_is_refused_by_file_and_key(tmp_path: Path, case: str) -> None:
    text, key = BROKEN[case]
    for part in ("choices", "lifecycles", "kinds"):
        (tmp_path / part).mkdir()
    (tmp_path / "kinds" / "patrol.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError) as caught:
        builtin.load(tmp_path)
    assert "patrol.toml" in caught.value.message
    assert key in caught.value.message


GOOD_CYCLE: dict[str, Any] = {
    "name": "short",
    "label": "短流程",
    "initial": "new",
    "states": [{"name": "new", "label": "新"}, {"name": "done", "label": "完", "closed": True}],
    "actions": [{"name": "finish", "label": "办完", "from": ["new"], "to": "done", "set": {"day": "today"}}],
    "fields": [{"name": "day", "label": "日期", "type": "date"}],
}
BROKEN_CYCLE: dict[str, tuple[dict[str, Any], str]] = {
    "initial": ({"initial": "nowhere"}, "nowhere"),
    "to": ({"actions": [{"name": "finish", "label": "办完", "from": ["new"], "to": "nowhere"}]}, "nowhere"),
    "source": ({"actions": [{"name": "finish", "label": "办完", "from": ["new"], "to": "done", "set": {"day": "soon"}}]}, "soon"),
    "ask": ({"actions": [{"name": "finish", "label": "办完", "from": ["new"], "to": "done", "set": {"day": "ask:day"}}]}, "ask:day"),
    "field": ({"actions": [{"name": "finish", "label": "办完", "from": ["new"], "to": "done", "set": {"end": "today"}}]}, "end"),
    "not_by": ({"actions": [{"name": "finish", "label": "办完", "from": ["new"], "to": "done", "not_by": "end"}]}, "end"),
    "not_by_writers": ({"actions": [{"name": "finish", "label": "办完", "from": ["new"], "to": "done", "not_by_writers": ["end"]}]}, "end"),
    "edited_to": ({"states": [GOOD_CYCLE["states"][0] | {"edited_to": "gone"}, GOOD_CYCLE["states"][1]]}, "gone"),
    "child": ({"actions": [{"name": "finish", "label": "办完", "from": ["new"], "to": "done", "child": {"kind": "nowhere"}}]}, "nowhere"),
    "unreached": ({"states": [*GOOD_CYCLE["states"], {"name": "lost", "label": "失"}]}, "lost"),
}


@pytest.mark.parametrize("case", BROKEN_CYCLE)
def test_a_wrong_lifecycle_is_refused_by_file_and_key(case: str) -> None:
    change, key = BROKEN_CYCLE[case]
    kind = declaration_files.convert(
        {"name": "patrol", "label": "巡查", "title": "place", "lifecycle": "short",
         "fields": [{"name": "place", "label": "地点", "type": "text"}]}, Kind, "patrol.toml",
    )  # fmt: skip
    cycle = declaration_files.convert(GOOD_CYCLE, Lifecycle, "short.toml")
    assert len(Kinds([kind], [cycle])) == 1
    wrong = declaration_files.convert(GOOD_CYCLE | change, Lifecycle, "short.toml")
    with pytest.raises(DeclarationError, match=key) as caught:
        Kinds([kind], [wrong])
    assert ".toml" in caught.value.message


def test_shared_choices_are_filled_in() -> None:
    groups = KINDS.get("cadre").field("ethnic_group").options
    assert len(groups) == 58
    assert (groups[0].name, groups[0].label) == ("01", "汉族")
