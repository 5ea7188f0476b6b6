"""Shares of two other figures: each part is counted, or kept by a sealed review, as itself, and
divided here. Every question goes through; one about other figures is passed on as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Unpack

from msgspec.structs import replace

from db.errors import BadInput
from db.metrics import narrowed, own_figures_store, sealed_figures, sealed_rows
from db.metrics.figure_registry import Figures, Group, Number, Row, declared, share
from db.metrics.scope import ScopeKeywords
from db.metrics.sealed_rows import Behind

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.declarations import Figure


def component_figures(known: Figures, names: Iterable[str]) -> list[str]:
    """The figures that are counted for these, each once."""
    found: dict[str, None] = {}
    for name in names:
        parts = known.get(name).share_of
        found.update(dict.fromkeys(component_figures(known, parts) if parts else [name]))
    return list(found)


def _leaves(session: ReadContext, known: Figures, names: Sequence[str]) -> list[str]:
    """Likewise; one of the office's that was taken away is told by its label."""
    try:
        return component_figures(known, names)
    except BadInput as error:
        for base in (narrowed.parse_name(name)[0] for name in names):
            title = own_figures_store.removed(session, base) if base not in known else ""
            if title:
                raise BadInput(
                    f"自定指标「{title}」已经删除，请从回收站恢复，或换一个指标。", field="name"
                ) from error
        raise


def count(
    session: ReadContext, names: Sequence[str], **asked: Unpack[ScopeKeywords]
) -> dict[str, Number]:
    """As ``sealed_figures.count``."""
    known = declared(session)
    counted = sealed_figures.count(session, _leaves(session, known, names), **asked)
    return {name: _number(known, name, counted) for name in names}


def table(
    session: ReadContext, names: Sequence[str], group: str, **asked: Unpack[ScopeKeywords]
) -> list[Group]:
    """As ``sealed_figures.table``."""
    known = declared(session)
    lines = sealed_figures.table(session, _leaves(session, known, names), group, **asked)
    return [
        Group(line.key, line.label, {n: _number(known, n, line.numbers) for n in names})
        for line in lines
    ]


def count_of(session: ReadContext, figure: Figure, **asked: Unpack[ScopeKeywords]) -> Number:
    """A share of two figures that is not kept yet."""
    above, below = (count(session, [part], **asked)[part].value for part in figure.share_of)
    return _share(figure, above, below)


def _number(known: Figures, name: str, counted: Mapping[str, Number]) -> Number:
    figure = known.get(name)
    if not figure.share_of:
        return counted[name]
    above, below = (_number(known, part, counted).value for part in figure.share_of)
    return _share(figure, above, below)


def _share(figure: Figure, above: int | Decimal | None, below: int | Decimal | None) -> Number:
    if above is None or below is None:
        return Number(figure, None, above, below)
    return Number(figure, share(Decimal(above), below, figure.places), above, below)


def rows(
    session: ReadContext, name: str, *, limit: int | None = None,
    group: tuple[str, Any] | None = None, **asked: Unpack[ScopeKeywords],
) -> Behind:
    """As ``sealed_rows.rows``; of a share of two figures the records of both, those of the one
    above as counted."""
    parts = declared(session).get(name).share_of
    if not parts:
        return sealed_rows.rows(session, name, limit=limit, group=group, **asked)
    above, below = (rows(session, part, group=group, **asked) for part in parts)
    found: dict[tuple[str, str], Row] = {}
    for counted, behind in ((False, below), (True, above)):
        for row in behind.rows:
            if row.counted:
                found[row.kind, row.uid] = replace(row, counted=counted)
    notes = dict.fromkeys(behind.note for behind in (above, below) if behind.note)
    return Behind(list(found.values())[:limit], "".join(notes))
