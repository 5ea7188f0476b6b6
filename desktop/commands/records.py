"""Commands over records: kinds, list, show, add, set, move, and search by them."""

from __future__ import annotations

import contextlib
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from db.domain import made_records
from db.errors import BadInput
from db.model import builtin, due_state, lights
from db.model.declarations import Kind
from db.model.fieldtypes import TYPES
from db.model.fieldtypes.base import FieldType
from db.model.kinds import Kinds
from db.model.query import Query, Where, parse_where
from db.model.records import Record
from db.office import is_office, open_office
from db.session import Session
from desktop.commands.answers import print_answer, print_notice, table, write_json
from desktop.commands.login import password
from desktop.paths import data_dir


def record_json(session: Session, record: Record) -> dict[str, object]:
    """A record in the shape of the contract; units and references in ``values`` are uids, ``unit``
    is the unit's name."""
    return _json_of(session, session.kinds.get(record.kind))(record)


def _json_of(session: Session, kind: Kind) -> Callable[[Record], dict[str, object]]:
    """The same for many records of a kind, whose values mostly are their own JSON; also of such
    that were read to be passed on."""
    names = [f.name for f in kind.all_fields]
    others = [
        (f.name, TYPES[f.type].to_json) for f in kind.all_fields
        if type(TYPES[f.type]).to_json is not FieldType.to_json
    ]

    def to_json_values(record: Record) -> dict[str, object]:
        unit = record.values.get(kind.unit) if kind.unit else None
        if isinstance(unit, tuple):
            unit = unit[0]
        values = {name: record.values.get(name) for name in names}
        for name, to_json in others:
            value = values[name]
            values[name] = value if value.__class__ is msgspec.Raw else to_json(value)
        return {
            "uid": record.uid, "kind": record.kind, "state": record.state,
            "light": session.light(record), "unit": session.unit_name(unit) if unit else None,
            "deleted": record.deleted, "values": values,
        }

    return to_json_values


def parse_assignments(
    session: Session, kind_name: str, assignments: Sequence[str]
) -> dict[str, object]:
    """FIELD=VALUE… as values; a field may be named by its label, a value is typed as in a form.
    Blank empties the field."""
    kind = session.kinds.get(kind_name)
    session.book_of(kind_name)  # who may not open it is told so, not that a value is unknown
    by_label = {f.label: f for f in kind.all_fields}
    values: dict[str, object] = {}
    for text in assignments:
        name, mark, typed = text.partition("=")
        if not mark:
            raise BadInput(f"「{text}」应写成 字段=值。")
        field = by_label.get(name.strip()) or kind.field(name.strip())
        values[field.name] = TYPES[field.type].parse(typed, field, session.names)
    return values


def kinds_json(kinds: Kinds) -> list[dict[str, Any]]:
    """Every kind with its fields, in the shape of the contract."""

    def one(kind: Kind) -> dict[str, Any]:
        return {
            "name": kind.name, "label": kind.label, "family": kind.family, "book": kind.book,
            "lifecycle": kind.lifecycle, "title": kind.title,
            "fields": [
                {
                    "name": f.name, "label": f.label, "type": f.type, "required": f.required,
                    "owner": f.owner,
                    "choices": [{"name": o.name, "label": o.label} for o in f.options],
                }
                for f in kind.all_fields
            ],
        }

    return [one(kind) for kind in kinds]


def show_kinds(options: Namespace) -> int:
    """Every kind and its fields: the office's declarations when somebody logs in, else those that
    come with the program."""
    folder = data_dir(options.data)
    if options.user and is_office(folder):
        with contextlib.closing(open_office(folder, options.user, password())) as session:
            answer = kinds_json(session.kinds)
    else:
        answer = kinds_json(builtin.kinds())
    if options.json:
        write_json(answer)
        return 0
    for kind in answer:
        print_answer(f"{kind['name']}\t{kind['label']}")
        for field in kind["fields"]:
            must = "（必填）" if field["required"] else ""
            print_answer(f"    {field['name']}\t{field['label']}\t{field['type']}{must}")
    return 0


def _by_name(session: Session, kind: Kind, where: Where) -> Where:
    """A state or light named by its label too; an unknown one is refused, since "none found" would
    read as an answer."""
    if where.op != "eq" or kind.has(where.field):
        return where
    known = _words(session, kind, where.field)
    if known is None:
        return where
    for name, label in known.items():
        if where.value in (name, label):
            return Where(where.field, where.op, name)
    possible = "、".join(f"{name}（{label}）" for name, label in known.items()) or "无"
    word = "灯" if where.field == "light" else "状态"
    raise BadInput(
        f"「{kind.label}」没有“{where.value}”这种{word}，可用的有：{possible}。", field=where.field
    )


def _words(session: Session, kind: Kind, field: str) -> Mapping[str, str] | None:
    """What a state, a light or how it is due may be, with labels; None for any other field."""
    if field == "state":
        cycle = session.kinds.lifecycle_of(kind)
        return {s.name: s.label for s in cycle.states} if cycle else {}
    if field == "light":
        if kind.lights is None:
            return {}
        tones = dict.fromkeys((*lights.LABELS, *kind.lights.labels))
        return {tone: lights.label(kind, tone) for tone in tones}
    if field == due_state.FIELD:
        return due_state.LABELS if kind.lifecycle else {}
    return None


def list_records(session: Session, options: Namespace) -> int:
    """Records of a kind that meet all conditions."""
    kind = session.kinds.get(options.kind)
    session.book_of(kind.name)
    if options.limit is not None and options.limit < 0:
        raise BadInput("--limit 应是 0 或更大的整数。", field="limit")
    where = tuple(
        _by_name(session, kind, parse_where(text, kind, session.names)) for text in options.where
    )
    found = session.records(
        kind.name,
        session.ids(
            Query(kind=kind.name, where=where, search=options.search or "", limit=options.limit)
        ),
        passed_on=options.json,
    )
    if options.json:
        write_json(list(map(_json_of(session, kind), found)))
        return 0
    shown = [f for f in kind.shown("list") if f.name != kind.title][:6]
    rows = [
        {
            "uid": r.uid, kind.field(kind.title).label: session.title_of(r),
            "状态": session.text(r, "state"), **{f.label: session.text(r, f.name) for f in shown},
        }
        for r in found
    ]
    table(rows, ["uid", kind.field(kind.title).label, "状态", *(f.label for f in shown)])
    print_notice(f"共 {len(found)} 条。")
    return 0


def show_record(session: Session, options: Namespace) -> int:
    """One record with its children and its history."""
    kind = session.kinds.get(options.kind)
    record = session.must_get(options.kind, options.uid)
    answer = record_json(session, record)
    children = session.children(record.uid, of=kind.name)
    history = session.history(options.kind, options.uid)
    if options.json:
        answer["children"] = [record_json(session, c) for c in children]
        answer["history"] = [
            {
                "at": h.at, "by": h.by, "field": h.field, "old": h.old, "new": h.new,
                "source": h.source,
            }
            for h in history
        ]
        write_json(answer)
        return 0
    state, light = session.text(record, "state"), session.light_label(record)
    print_answer(f"{kind.label}\t{record.uid}\t{state}\t{light}")
    for field in kind.all_fields:
        text = session.text(record, field.name)
        if text:
            print_answer(f"    {field.label}：{text}")
    for child in children:
        print_answer(f"    · {session.kinds.get(child.kind).label}：{session.title_of(child)}")
    print_answer(f"    共 {len(history)} 项修改记录")
    return 0


def add_record(session: Session, options: Namespace) -> int:
    """A new record; prints its uid."""
    values = parse_assignments(session, options.kind, options.values)
    with session.atomic("cli", f"新增{session.kinds.get(options.kind).label}"):
        uid = session.add(options.kind, values, parent=options.parent)
    if options.json:
        write_json({"uid": uid})
    else:
        print_answer(uid)
    return 0


def _changed(session: Session, options: Namespace, changed: list[str]) -> int:
    record = session.must_get(options.kind, options.uid)
    if options.json:
        write_json({"uid": record.uid, "state": record.state, "changed": changed})
    else:
        kind = session.kinds.get(options.kind)
        labels = [kind.field(n).label if kind.has(n) else n for n in changed if n != "state"]
        state = session.text(record, "state")
        now = f"，状态：{state}" if state else ""
        edits = f"，改动：{'、'.join(labels)}" if labels else ""
        print_notice(f"已保存{now}{edits}。")
    return 0


def set_record(session: Session, options: Namespace) -> int:
    """Change fields of a record."""
    values = parse_assignments(session, options.kind, options.values)
    with session.atomic("cli", f"修改{session.kinds.get(options.kind).label}"):
        changed = session.set(options.kind, options.uid, values)
    return _changed(session, options, changed)


def delete_record(session: Session, options: Namespace) -> int:
    """Put a record into the recycle bin, or bring it back."""
    with session.atomic("cli", "回收站"):
        (session.restore if options.back else session.delete)(options.kind, options.uid)
    return _changed(session, options, ["deleted"])


def make_items(session: Session, options: Namespace) -> int:
    """Rows become items of the ledger that their kind declares, each once."""
    kind = session.kinds.get(options.kind)
    with session.atomic("cli", made_records.declared(kind).label):
        made, assigned = made_records.make(session, kind, options.uids)
    if options.json:
        write_json({"made": made, "assigned": assigned})
    else:
        for uid in made:
            print_answer(uid)
        print_notice(f"新增 {len(made)} 件，其中 {assigned} 件已交办。")
    return 0


def move_record(session: Session, options: Namespace) -> int:
    """Take a step of the record's lifecycle."""
    ask: dict[str, str] = {}
    for text in options.values:
        name, mark, typed = text.partition("=")
        if not mark:
            raise BadInput(f"「{text}」应写成 字段=值。")
        ask[name.strip()] = typed
    changed = session.take_step(
        options.kind, options.uid, options.action, options.note or "", ask, options.on
    )
    return _changed(session, options, changed)
