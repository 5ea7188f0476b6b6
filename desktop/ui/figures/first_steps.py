"""What a new office does until its first bulletin, each step ticked as it is done."""

from __future__ import annotations

from collections.abc import Iterable

from db.model.declarations import Kind
from db.model.query import Query, Where
from db.session import Session
from desktop.exchange.apply.history import imports
from desktop.ui.figures import overview
from desktop.ui.figures.task_list import FirstStep
from desktop.ui.figures.tasks import BULLETIN
from desktop.ui.kit.used_places import LEDGER


def read(session: Session) -> list[FirstStep]:
    """The steps, in their order; none for who cannot write."""
    ledgers = [k for k in overview.ledgers_of(session) if session.may_write(k.name)]
    if not ledgers:
        return []
    most = ledgers[0]
    return [
        FirstStep(
            "登记责任单位（可以从 Excel 整列粘贴）", session.count(Query(kind="unit")) > 0,
            "登记", LEDGER + "unit",
        ),
        FirstStep(
            "录入第一批事项，或导入现成的台账", any(_any(session, k) for k in ledgers), "录入",
            LEDGER + most.name,
        ),
        FirstStep(
            "点“交办”，把事项交给责任单位", any(_past_draft(session, ledgers)), "交办",
            LEDGER + most.name,
        ),
        FirstStep(
            "导出工作簿发给单位，收回后导入", bool(imports(session)), "导出", "exchange"
        ),
        FirstStep("拟一份通报，核稿后印发", _issued(session), "拟稿", "bulletin"),
    ]


def _any(session: Session, kind: Kind, *where: Where) -> bool:
    return bool(session.find(Query(kind=kind.name, where=where, limit=1)))


def _past_draft(session: Session, kinds: Iterable[Kind]) -> Iterable[bool]:
    for kind in kinds:
        cycle = session.kinds.lifecycle_of(kind)
        if cycle is not None:
            yield _any(session, kind, Where("state", "in", list(cycle.counted_states)))


def _issued(session: Session) -> bool:
    kind = session.kinds.get(BULLETIN)
    cycle = session.kinds.lifecycle_of(kind)
    return cycle is not None and _any(
        session, kind, Where("state", "in", list(cycle.names(closed=True)))
    )
