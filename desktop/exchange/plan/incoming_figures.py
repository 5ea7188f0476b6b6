"""Figures of another office that come along with its ledgers: new ones are taken up by somebody who
may make figures here, each held against the ledgers as they will be; none changes or takes the
place of one that is here."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from db.errors import DeclarationError
from db.metrics import metrics, own_figures, own_figures_store
from db.model.declarations import Figure
from db.model.kinds import Kinds
from db.session import Session

#: So many are read of one workbook.
MOST = 200


def read_figures(
    session: Session, texts: Mapping[str, str], kinds: Kinds
) -> tuple[list[Figure], list[str]]:
    """The figures that would be taken up, and what is to be said of them; ``kinds`` are the
    ledgers once the workbook is taken in."""
    fresh: list[Figure] = []
    remarks: list[str] = []
    for name, text in list(texts.items())[:MOST]:
        try:
            theirs = _read(name, text)
        except DeclarationError as error:
            remarks.append(f"工作簿带来的自定指标用不了，没有读入：{error.message}")
            continue
        mine = metrics.declared(session)
        if theirs.name not in mine and theirs.name not in mine.aside:
            fresh.append(theirs)
        elif theirs.name in mine and _means(mine.get(theirs.name)) != _means(theirs):
            remarks.append(
                f"来件的自定指标「{theirs.label}」与本单位同代号的不同，本单位的没有改。"
                f"来件的算法是：{theirs.formula}。"
            )
    return _fitting(session, fresh, kinds, remarks) if fresh else [], remarks


def _read(name: str, text: str) -> Figure:
    found = own_figures_store.decode(text, name)
    if found.name != name:
        raise DeclarationError(f"声明 {name} 有错：name 写的是「{found.name}」。")
    return msgspec.structs.replace(found, source="office", family=own_figures.FAMILY)


def _means(figure: Figure) -> tuple[object, ...]:
    """What a figure counts, without what follows from its ledgers."""
    plain = msgspec.structs.asdict(figure)
    if figure.share_of:
        return (figure.share_of, figure.places)
    dropped = ("family", "source", "formula", "help", "order")
    return tuple(repr(plain[key]) for key in plain if key not in dropped)


def _fitting(
    session: Session, fresh: list[Figure], kinds: Kinds, remarks: list[str]
) -> list[Figure]:
    """Those that can be counted here and may be made by this person."""
    problems = own_figures.problems(session, fresh, kinds)
    remarks += [f"来件的自定指标没有读入：{problem}" for problem in problems.values()]
    taken = [figure for figure in fresh if figure.name not in problems]
    labels = "、".join(f"「{figure.label}」" for figure in taken)
    if taken and not session.may_write(own_figures.KIND):
        remarks.append(f"工作簿带来了自定指标：{labels}。请管理员或审核员导入，这次没有读入。")
        return []
    if taken:
        remarks.append(f"将新建自定指标：{labels}。")
    return taken
