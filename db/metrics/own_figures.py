"""Figures that the office makes itself: kept once they can be counted, changed, taken away.

Nothing is kept of one that does not work; what uses a figure is named before it goes.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec
import sqlcipher3.dbapi2 as sqlcipher

from db.access import roles
from db.errors import BadInput, DeclarationError
from db.metrics import (
    charts,
    current_figures,
    figure_words,
    metrics,
    narrowed,
    own_figure_checks,
    own_figures_store,
    ratios,
)
from db.metrics.figure_registry import Figures, Number, given
from db.metrics.own_figures_store import FAMILY, KIND
from db.metrics.scope import Scope
from db.metrics.sources import Source, sources
from db.model import declaration_files, periods
from db.model.condition_words import option_labels
from db.model.context import ReadContext, WriteContext
from db.model.declarations import Field, Figure, Filter, Kind
from db.model.fieldtypes import type_of
from db.model.ids import is_uid
from db.model.query import UNITS, Query
from db.model.records import Record

if TYPE_CHECKING:
    from db.model.kinds import Kinds

__all__ = [
    "FAMILY", "KIND", "Own", "as_stored", "called", "every", "fresh_name", "groupings",
    "of_kinds", "problems", "remove", "save", "save_kind", "trial", "users", "without",
]


class Own(msgspec.Struct, frozen=True):
    """A figure of the office's own; ``problem``: why it cannot be counted, then ``figure`` may be
    None."""

    record: Record
    figure: Figure | None
    problem: str = ""

    @property
    def label(self) -> str:
        return self.figure.label if self.figure is not None else str(self.record.values["title"])


def every(session: ReadContext) -> list[Own]:
    """All that the office made and this person may see, those that do not work too."""
    known = metrics.declared(session)
    found = []
    for record in session.find(Query(kind=KIND, sort=(("title", False),))):
        try:
            figure = own_figures_store.decode(record.values["declaration"] or "", KIND)
        except DeclarationError as error:
            found.append(Own(record, None, error.message))
            continue
        problem = known.aside.get(figure.name)
        if problem is not None or _visible(session, known.get(figure.name)):
            found.append(Own(record, figure, problem.message if problem is not None else ""))
    return found


def _visible(session: ReadContext, figure: Figure) -> bool:
    return all(session.opens(s.kind.name) for s in sources(session.kinds, figure))


def called(session: ReadContext, name: str) -> str:
    """The label of any figure, narrowed or not; of one that is gone or does not work too."""
    known = metrics.declared(session)
    if name in known:
        return known.get(name).label
    base = narrowed.parse_name(name)[0]
    record = own_figures_store.record(session, base)
    if record is not None:
        return f"{record.values['title']}（用不了）"
    title = own_figures_store.removed(session, base)
    return f"{title}（已删除）" if title else name


def fresh_name() -> str:
    """A name for one that is made on screen, where nobody types names."""
    return f"own_{secrets.token_hex(4)}"


def save(session: WriteContext, figure: Figure, note: str = "") -> None:
    """Keep a new figure, or another form of one that is there. Raises ``DeclarationError`` with one
    sentence, ``NotPermitted``; nothing is changed then."""
    kind = session.kinds.get(KIND)
    roles.check_write(session.role, kind)
    figure = _complete(session, figure)
    known = _tried(session, figure)
    for source in sources(session.kinds, known.get(figure.name)):
        session.book_of(source.kind.name)
    _count(session, known.get(figure.name))
    if not figure.formula:
        words = figure_words.formula(session, known, known.get(figure.name))
        figure = msgspec.structs.replace(figure, formula=words)
    values = {
        "title": figure.label, "figure_name": figure.name,
        "declaration": declaration_files.encode(figure), "note": note or None,
    }
    with session.atomic("form", f"自定指标：{figure.label}"):
        old = own_figures_store.record(session, figure.name)
        if old is None:
            session.add_checked(kind, values)
        else:
            session.set_checked(old, values)


def as_stored(session: ReadContext, figure: Figure) -> Figure:
    """With the values of its conditions as they are kept, where they were written as people write
    them: names of units, labels of choices."""
    read = sources(session.kinds, figure) if all(n in session.kinds for n in figure.kinds) else []

    def one(asked: Filter) -> Filter:
        if asked.op in ("all", "any"):
            return msgspec.structs.replace(asked, filters=tuple(map(one, asked.filters)))
        value = asked.value
        if isinstance(value, list):
            value = [_stored(session, read, asked, each) for each in value]
        elif isinstance(value, str):
            value = _stored(session, read, asked, value)
        return msgspec.structs.replace(asked, value=value)

    return msgspec.structs.replace(
        figure, where=tuple(map(one, figure.where)), numerator=tuple(map(one, figure.numerator)),
        denominator=None if figure.denominator is None else tuple(map(one, figure.denominator)),
    )


def _stored(session: ReadContext, read: list[Source], asked: Filter, value: object) -> object:
    if not isinstance(value, str) or is_uid(value) or value == "today":
        return value
    field = next((f for source in read if (f := source.field(asked.field)) is not None), None)
    if field is not None:
        return _of_field(session, field, asked, value)
    if asked.field not in UNITS:
        return _by_label(session, read, asked.field, value)
    uid = session.names.unit_by_name(value)
    if uid is None:
        raise DeclarationError(f"没有这个单位：「{value}」。", field="where")
    return uid


def _of_field(session: ReadContext, field: Field, asked: Filter, value: str) -> object:
    kind_of = type_of(field)
    if kind_of.plain_text and asked.op == "contains":
        return value
    try:
        parsed = kind_of.parse(value, field, session.names)
    except BadInput as error:
        raise DeclarationError(f"条件“{value}”有错：{error.message}", field="where") from error
    if kind_of.many:
        return parsed[0] if len(parsed or ()) == 1 else parsed
    found: object = kind_of.to_json(parsed)
    return found


def _by_label(session: ReadContext, read: list[Source], name: str, value: str) -> str:
    """A state or light by its label."""
    for source in read:
        labels = option_labels(name, source.kind, session.kinds) or []
        found = next((key for key, label in labels if label == value), None)
        if found is not None:
            return found
    return value


class Declaring(ReadContext, Protocol):
    """Who may change the declarations of ledgers."""

    def try_kinds(self, made: Sequence[Kind]) -> Kinds: ...
    def save_kind(self, kind: Kind) -> None: ...


def save_kind(session: Declaring, kind: Kind) -> None:
    """Keep the declaration of a ledger. Raises ``DeclarationError`` where a figure that can be
    counted now could not be any more."""
    session.require("kinds")
    bare = msgspec.structs.replace(kind, source="office", lifecycle_fields=(), lifecycle_rules=())
    _check_kinds(session, session.try_kinds([bare]))
    session.save_kind(kind)


def _check_kinds(session: ReadContext, kinds: Kinds) -> None:
    own = own_figures_store.decoded(own_figures_store.kept(session))
    before = metrics.declared(session).aside
    for name, problem in given(kinds).with_own(own).aside.items():
        if name not in before:
            raise DeclarationError(f"{problem.message}请先改这个自定指标，再改台账。")


def problems(session: ReadContext, fresh: Sequence[Figure], kinds: Kinds) -> dict[str, str]:
    """Why some of these figures of another office cannot be taken up beside those that are here,
    by name; ``kinds`` are the ledgers as they will be."""
    mine = own_figures_store.decoded(own_figures_store.kept(session))
    known = given(kinds).with_own([*mine, *fresh])
    return {f.name: why for f in fresh if (why := _why_not(session, known, f))}


def _why_not(session: ReadContext, known: Figures, figure: Figure) -> str:
    """Why a figure of another office is none here; "" where it may be."""
    problem = known.aside.get(figure.name)
    if problem is not None:
        return problem.message
    if any(f.label == figure.label and f.name != figure.name for f in known):
        return f"指标名称「{figure.label}」本单位已经在用。"
    here = all(kind in session.kinds for kind in figure.kinds)
    if here and not _visible(session, known.get(figure.name)):
        return f"指标「{figure.label}」的台账您没有密钥。"
    return ""


def trial(session: ReadContext, figure: Figure) -> tuple[str, Number]:
    """The formula of a figure that is being made, and what it is this year. Raises as ``save``."""
    figure = _complete(session, figure)
    known = _tried(session, figure)
    whole = known.get(figure.name)
    return figure_words.formula(session, known, whole), _count(session, whole)


def _count(session: ReadContext, figure: Figure) -> Number:
    """What it is this year; one that the book cannot count is refused."""
    year = periods.parse(str(session.today.year)) if figure.period else None
    try:
        if figure.share_of:
            return ratios.count_of(session, figure, period=year)
        return current_figures.count_of(session, figure, Scope(year))
    except sqlcipher.DatabaseError as error:
        raise DeclarationError(
            f"指标「{figure.label}」数不出来，请减少条件。", field="where"
        ) from error


def groupings(session: ReadContext, figure: Figure) -> list[charts.Grouping]:
    """By what a figure that is being made can be told apart."""
    figure = _complete(session, figure)
    return charts.groupings_of(session, _tried(session, figure).get(figure.name))


def _complete(session: ReadContext, figure: Figure) -> Figure:
    """With what is not asked: whose it is, its family, its unit of measure."""
    measure = "％" if figure.share_of else figure.measure
    return msgspec.structs.replace(
        figure, source="office", family=figure.family or FAMILY, measure=measure,
        label=figure.label.strip(), name=figure.name or fresh_name(),
    )


def _tried(session: ReadContext, figure: Figure) -> Figures:
    """All figures with this one; what stands in its way is raised."""
    own = own_figures_store.decoded(own_figures_store.kept(session))
    others = [each for each in own if each.name != figure.name]
    known = given(session.kinds).with_own([figure, *others])
    worked = {each.name for each in others} - metrics.declared(session).aside.keys()
    for name in (figure.name, *sorted(worked)):
        if problem := known.aside.get(name):
            raise problem
    own_figure_checks.check_parts(figure, [known.get(name) for name in figure.share_of])
    if taken := next((f for f in known if f.label == figure.label and f.name != figure.name), None):
        whose = "本单位自定的" if taken.source == "office" else "随程序的"
        raise DeclarationError(
            f"指标名称「{figure.label}」已经有{whose}指标在用，请换一个名称。", field="label"
        )
    return known


def users(session: ReadContext, name: str) -> list[Figure]:
    """The office's figures that are a share of this one."""
    return [
        figure for figure in metrics.declared(session)
        if any(narrowed.parse_name(part)[0] == name for part in figure.share_of)
    ]


def without(session: ReadContext, name: str) -> Record:
    """The record of a figure that may go: ``BadInput`` where another is a share of it."""
    record = own_figures_store.record(session, name)
    if record is None:
        raise BadInput(f"没有名为「{name}」的自定指标。")
    if using := users(session, name):
        labels = "、".join(f"「{figure.label}」" for figure in using)
        raise BadInput(
            f"指标「{record.values['title']}」还不能删除：自定指标{labels}要用它算。"
            "请先改那些指标。"
        )
    return record


def remove(session: WriteContext, name: str) -> None:
    """Take one away, into the recycle bin."""
    record = without(session, name)
    session.delete(KIND, record.uid)


def of_kinds(session: ReadContext, names: Sequence[str]) -> list[Figure]:
    """The office's figures that count records of these kinds alone, and what they are shares of."""
    known = metrics.declared(session)
    wanted: dict[str, Figure] = {}

    def take(figure: Figure) -> None:
        for part in figure.share_of:
            take(known.get(narrowed.parse_name(part)[0]))
        if figure.source == "office":
            wanted[figure.name] = figure

    for figure in known:
        if figure.source == "office" and all(
            s.kind.name in names or s.ledger.name in names
            for s in sources(session.kinds, figure)
        ):
            take(figure)
    return list(wanted.values())
