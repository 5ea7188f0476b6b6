"""Declarations that come along: ledgers and fields that this office does not have yet are taken up
by an administrator, else named; fields of one name that mean different things are not read."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import msgspec

from db.errors import BadInput, DeclarationError
from db.model import builtin, declaration_files, office_kinds
from db.model.declarations import Field, Kind
from db.model.fieldtypes import TYPES, type_of
from db.model.kinds import Kinds
from db.session import Session
from desktop.exchange.format.manifest import Hidden


class IncomingKinds(msgspec.Struct):
    """The kinds as they will be once the plan is accepted, those that are new or have new fields,
    and what is to be said of them."""

    kinds: Kinds
    made: list[Kind] = msgspec.field(default_factory=list)
    remarks: list[str] = msgspec.field(default_factory=list)
    #: names that two offices gave to ledgers of their own: nothing of theirs is read into mine
    conflicting: set[str] = msgspec.field(default_factory=set)


def read_kinds(session: Session, hidden: Hidden) -> IncomingKinds:
    """What the declarations in a hidden sheet come to."""
    out = IncomingKinds(session.kinds)
    made, unreadable = _new_in(session, hidden, out)
    reduced = {name: _without(session.kinds.get(name), names) for name, names in unreadable.items()}
    if reduced:
        with contextlib.suppress(DeclarationError, BadInput):  # a rule may look at such a field
            out.kinds = session.kinds.with_office(list(reduced.values()))
    if made:
        whole = reduced | {k.name: _without(k, unreadable.get(k.name, frozenset())) for k in made}
        _take_up(session, out, made, whole)
    return out


def _new_in(
    session: Session, hidden: Hidden, out: IncomingKinds
) -> tuple[list[Kind], dict[str, frozenset[str]]]:
    """Kinds that are new here or have new fields, and the fields by kind that mean something else
    here."""
    unreadable: dict[str, frozenset[str]] = {}
    made: list[Kind] = []
    for name, text in hidden.kinds.items():
        theirs = _declared(out, name, text)
        if theirs is None:
            continue
        if name not in session.kinds:
            if _may_be_new(session, out, theirs):
                made.append(_without_past(theirs))
            continue
        mine = session.kinds.get(name)
        if _another(session, mine, theirs):
            out.conflicting.add(name)
            out.remarks.append(
                f"工作表「{theirs.label}」与本单位的「{mine.label}」用了同一个名称（{name}），"
                "却不是同一本台账，这张表没有读入。请其中一家另建一本，换一个名称。"
            )
            continue
        if different := _different_fields(mine, theirs):
            unreadable[name] = frozenset(each.name for each, _ in different)
            out.remarks += [_unreadable(session, hidden, mine, *pair) for pair in different]
        if fresh := _fresh(out, mine, theirs):
            made.append(msgspec.structs.replace(mine, fields=mine.fields + fresh))
    return made, unreadable


def _another(session: Session, mine: Kind, theirs: Kind) -> bool:
    """Whether two offices made it, each for itself: another label, and columns of which neither
    ledger has all of the other's. One that was only renamed, or has grown, is the same."""
    columns = [{(f.name, f.label) for f in kind.fields} for kind in (mine, theirs)]
    return (
        mine.name not in session.kinds.given and mine.label != theirs.label
        and not columns[0] <= columns[1] and not columns[1] <= columns[0]
    )


def _fresh(out: IncomingKinds, mine: Kind, theirs: Kind) -> tuple[Field, ...]:
    return tuple(f for f in theirs.fields if not mine.has(f.name) and _may_add(out, mine, f))


def _declared(out: IncomingKinds, name: str, text: str) -> Kind | None:
    """A declaration as it came; None, and a remark, where it cannot be read or is not the one that
    it is said to be."""
    try:
        found = declaration_files.decode(text, Kind, name)
        if found.name != name:
            raise DeclarationError(f"声明 {name} 有错：name 写的是「{found.name}」。")
    except DeclarationError as error:
        out.remarks.append(f"工作簿带来的台账声明用不了，没有读入：{error.message}")
        return None
    return msgspec.structs.replace(found, source="office", lifecycle_fields=(), lifecycle_rules=())


def _may_be_new(session: Session, out: IncomingKinds, theirs: Kind) -> bool:
    """Whether a ledger that is new here takes nothing from one that is not; a workbook renames
    nothing."""
    names = {old for old in theirs.renamed_from if old in session.kinds}
    try:
        office_kinds.check_new(theirs, session.kinds.given)
        if names:
            raise DeclarationError(
                f"{theirs.name}.toml：renamed_from「{min(names)}」是本单位已有的台账，"
                f"不能由别的台账顶替。"
            )
    except DeclarationError as error:
        out.remarks.append(_unusable(theirs, error))
        return False
    return True


def _without_past(kind: Kind) -> Kind:
    """What is new here was never called anything else here."""
    fields = tuple(msgspec.structs.replace(f, renamed_from=()) for f in kind.fields)
    return msgspec.structs.replace(kind, renamed_from=(), fields=fields)


def _may_add(out: IncomingKinds, mine: Kind, field: Field) -> bool:
    """Whether a further field of a ledger of mine leaves its columns what they are."""
    if not field.renamed_from:
        return True
    out.remarks.append(
        f"工作表「{mine.label}」的栏目「{field.label}」要顶替别的栏目"
        f"（{mine.name} 的 {field.name}，renamed_from「{'、'.join(field.renamed_from)}」），"
        f"这一栏没有读入。请发来的单位另建一栏，再重新导出。"
    )
    return False


def _unusable(kind: Kind, error: BadInput) -> str:
    return (
        f"工作表「{kind.label}」的台账声明用不了，这张表没有读入：{error.message}"
        f"请告诉发来工作簿的单位。"
    )


def _take_up(
    session: Session, out: IncomingKinds, made: list[Kind], whole: Mapping[str, Kind],
) -> None:
    labels = "、".join(f"「{k.label}」" for k in made)
    if not session.may("kinds"):
        out.remarks.append(
            f"工作簿带来了本单位没有的台账或字段：{labels}。请管理员导入，这些内容这次没有读入。"
        )
        return
    try:
        out.kinds = session.try_kinds(list(whole.values()))
    except BadInput as error:
        out.remarks.append(
            _unusable(made[0], error) if len(made) == 1
            else f"工作簿带来的台账声明（{labels}）用不了，没有读入：{error.message}"
        )
        return
    out.made = made
    out.remarks.append(f"将新建或扩充台账：{labels}。")


def _without(kind: Kind, names: frozenset[str]) -> Kind:
    left = tuple(each for each in kind.fields if each.name not in names)
    return msgspec.structs.replace(kind, fields=left) if names else kind


def _different_fields(mine: Kind, theirs: Kind) -> list[tuple[Field, Field]]:
    """Fields (theirs, mine) of one name that the two offices made for different things."""
    given = builtin.kinds()
    found = []
    for each in theirs.fields:
        own = mine.field(each.name) if mine.has(each.name) else None
        if (
            own is None
            or type_of(own) is type_of(each)
            or (type_of(own).plain_text and type_of(each).plain_text)
        ):
            continue
        if not (mine.name in given and given.get(mine.name).has(each.name)):
            found.append((each, own))
    return found


def _unreadable(session: Session, hidden: Hidden, mine: Kind, theirs: Field, own: Field) -> str:
    office = hidden.manifest.office if hidden.manifest else ""
    here, there = TYPES[own.type].label, TYPES[theirs.type].label
    return (
        f"「{mine.label}」的「{theirs.label}」在“{office}”填的是{there}，"
        f"在本单位（“{session.office_name}”）填的是{here}，合不到一起，"
        "这一栏没有读入。请两家商定用哪一种，由另一家在“台账设置”里去掉这一栏、"
        "按商定的另加一栏，再重新导出。"
    )
