"""Units, people on record and choices that a foreign table names and nobody here knows: each once,
to be made or to be likened to one that is known, and remembered."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from db.errors import BadInput
from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.model.settings import FOREIGN_VALUES
from db.session import Session
from db.units.names import UNIT_KIND
from desktop.exchange.foreign.unit_roles import roles_in
from desktop.exchange.plan.import_plan import UNKNOWN, CellPlan, Unknown

#: What a person says of a name: that it is a new one.
NEW = "#new"
#: So many of those known that are like it are offered first, from this likeness on.
_NEAR, _LIKE = 3, 0.5
#: So many records are offered at the most.
_MOST = 2_000
_IN_BRACKETS = re.compile(r"[（(][^（）()]*[)）]")


class UnknownNames:
    """Filled while the tables of a file are read. Made once per file and ledger."""

    def __init__(self, session: Session, kind: Kind) -> None:
        self._session, self._kind = session, kind
        self._said = FOREIGN_VALUES.of(session.office).get(kind.name, {})
        self._found: dict[tuple[str, str], list[tuple[str, str]]] = {}

    def meant(self, declared: Field, text: str) -> Any:
        """The value that a person once said a text means; None where nobody did."""
        kept = self._said.get(declared.name, {}).get(_key(text))
        if kept is None:
            return None
        try:
            return type_of(declared).from_json(kept, declared)
        except BadInput:
            return None  # no choice of the ledger any more

    def note(self, declared: Field, text: str, sheet: str, cell: str) -> CellPlan | None:
        """That a cell names somebody or something nobody knows; None where that is not what is
        wrong with it."""
        names = self._names(declared, text)
        for name in names:
            self._found.setdefault((declared.name, name), []).append((sheet, cell))
        if not names:
            return None
        message = _message(self._session, declared, names)
        return CellPlan(
            "error", declared.name, declared.label, cell, message, theirs=text[:200],
            text_theirs=text[:200], code=UNKNOWN,
        )

    def _names(self, declared: Field, text: str) -> list[str]:
        kind_of = type_of(declared)
        if kind_of.names_units:
            return roles_in(text, self._session.names.unit_by_name).unknown
        if kind_of.names_record:
            return [_IN_BRACKETS.sub("", text).strip() or text]
        return [text] if kind_of.one_listed and len(text) <= 30 else []

    def all(self) -> list[Unknown]:
        """Each once, with its cells and those known that are most like it."""
        out = []
        for (name, text), places in self._found.items():
            declared = self._kind.field(name)
            out.append(Unknown(
                name, declared.label, text, tuple(places), self.near(declared, text),
                can_make=self._maker(declared) is not None,
                message=_message(self._session, declared, [text]),
            ))  # fmt: skip
        return out

    def near(self, declared: Field, text: str) -> tuple[str, ...]:
        """The labels of those known that a name is most like."""
        called = self._called(declared)
        like = difflib.get_close_matches(text, called, _NEAR, _LIKE)
        held = [name for name in called if text in name or (len(name) > 2 and name in text)]
        return tuple(dict.fromkeys(called[name] for name in [*held[:_NEAR], *like]))[:_NEAR]

    def _called(self, declared: Field) -> dict[str, str]:
        """What those known are called → their labels: 住建局 is within 市住建局, not within the
        whole name."""
        labels = {label: label for label in known(self._session, declared).values()}
        if not type_of(declared).names_units:
            return labels
        units = (unit for unit in self._session.names.units().values() if unit.active)
        return labels | {unit.short: unit.name for unit in units if unit.short}

    def _maker(self, declared: Field) -> Kind | None:
        return maker(self._session, declared)


def known(session: Session, declared: Field) -> dict[str, str]:
    """What a name may be likened to: value → what it is called."""
    kind_of = type_of(declared)
    if kind_of.names_units:
        return {uid: unit.name for uid, unit in session.names.units().items() if unit.active}
    if kind_of.names_record and declared.kind is not None and session.opens(declared.kind):
        book = session.book_of(declared.kind)
        return {
            record.uid: session.title_of(record)
            for record in islice(book.each(declared.kind, "deleted = 0"), _MOST)
        }
    return {option.name: option.label for option in declared.options}


def maker(session: Session, declared: Field) -> Kind | None:
    """The ledger in which a new one of that name can be made with nothing but its name; None where
    it cannot, or not by this person."""
    name = UNIT_KIND if type_of(declared).names_units else declared.kind
    kind = session.kinds.find(name) if name else None
    if kind is None or not kind.addable or kind.parent or not session.may_write(kind.name):
        return None
    return kind if _needs_only_its_name(kind) else None


def _needs_only_its_name(kind: Kind) -> bool:
    needed = [f.name for f in kind.all_fields if f.required and f.default is None]
    return needed == [kind.title]


def resolve_names(session: Session, kind: Kind, answers: Sequence[tuple[Unknown, str]]) -> None:
    """Make or liken names as a person said: all of them or, when one cannot be, none."""
    with session.atomic("form", "认下别处来的表里的名称"):
        values: dict[str, dict[str, object]] = {}
        for unknown, answer in answers:
            declared = kind.field(unknown.field)
            if answer == NEW:
                made = maker(session, declared)
                if made is None:
                    raise BadInput(f"「{declared.label}」的“{unknown.text}”不能在这里新建。")
                session.add(made.name, {made.title: unknown.text})
            elif type_of(declared).names_units and session.may_write(UNIT_KIND):
                _also_called(session, answer, unknown.text)
            else:
                values.setdefault(unknown.field, {})[_key(unknown.text)] = answer
        if values:
            _remember(session, kind, values)


def answers(
    session: Session, kind: Kind, unknown: Sequence[Unknown], said: Mapping[str, str]
) -> list[tuple[Unknown, str]]:
    """What was said of names in words, as ``resolve_names`` takes it: name → ``NEW``, or what it is
    called here."""
    texts = {each.text for each in unknown}
    if strange := next((text for text in said if text not in texts), ""):
        some = f"：{'、'.join(sorted(texts)[:10])}" if texts else ""
        raise BadInput(f"表里没有登记的名称中没有“{strange}”{some}。")
    return [
        (each, NEW if said[each.text] == NEW else _called(session, kind, each, said[each.text]))
        for each in unknown if each.text in said
    ]


def _called(session: Session, kind: Kind, unknown: Unknown, text: str) -> str:
    """The value of a field that is called so; raises ``BadInput`` where none is."""
    declared = kind.field(unknown.field)
    unit = session.names.unit_by_name(text) if type_of(declared).names_units else None
    found = [unit] if unit else [
        value for value, called in known(session, declared).items() if _key(called) == _key(text)
    ]
    if len(found) != 1:
        what = "有几个叫" if found else "没有"
        raise BadInput(f"「{declared.label}」{what}“{text}”，不知道“{unknown.text}”是哪一个。")
    return found[0]


def _also_called(session: Session, uid: str, text: str) -> None:
    """A further name of a unit, by which everybody knows it from now on."""
    before = session.must_get(UNIT_KIND, uid).values.get("aliases")
    names = [name for name in (before or "").split("、") if name]
    session.set(UNIT_KIND, uid, {"aliases": "、".join(dict.fromkeys([*names, text]))})


def _remember(session: Session, kind: Kind, values: Mapping[str, Mapping[str, object]]) -> None:
    kept = FOREIGN_VALUES.of(session.office)
    of_kind = dict(kept.get(kind.name, {}))
    for name, said in values.items():
        of_kind[name] = {**of_kind.get(name, {}), **said}
    FOREIGN_VALUES.save(session.office, {**kept, kind.name: of_kind})


def _key(text: str) -> str:
    return "".join(text.split())


def _message(session: Session, declared: Field, names: Sequence[str]) -> str:
    kind_of, said = type_of(declared), "、".join(names)
    if kind_of.names_units:
        return f"「{declared.label}」没有这个单位：{said}。请新建，或指明是哪个单位的别名。"
    if kind_of.names_record:
        other = session.kinds.get(declared.kind or "").label
        return f"「{declared.label}」在「{other}」里没有：{said}。请新建，或指明是哪一个。"
    labels = "、".join(option.label for option in declared.options[:12])
    return f"「{declared.label}」没有这个选项：{said}。请指明是哪一个：{labels}。"
