"""What stands against issuing a bulletin: figures that moved and words that would be others now."""

from __future__ import annotations

import dataclasses

from db.model import periods
from db.model.query import Query, Where
from db.model.records import OWN, Record
from db.session import Session
from desktop.bulletin.issue.figures import (
    KIND,
    kept_figures,
    label_of,
    number_json,
    overrides_of,
    shown_kept,
)
from desktop.bulletin.report.conditional_text import changed_texts
from desktop.bulletin.report.filling import Filling


@dataclasses.dataclass(frozen=True)
class Difference:
    """A figure that no longer agrees: as drafted or issued before, and as the ledger has it now."""

    key: str
    label: str
    was: str
    now: str
    where: str
    drafted: bool = True  # False: against an issued bulletin of the period
    figure: bool = True  # False: words that stand only under a condition, or list records

    @property
    def message(self) -> str:
        """The sentence for a list."""
        return f"「{self.label}」{self.where}为{self.was}，台账现为{self.now}"


def against_draft(record: Record, filling: Filling) -> list[Difference]:
    """Figures that moved since the draft was last filled, but those set by hand."""
    before, now = kept_figures(record), {k: number_json(n) for k, n in filling.used.items()}
    by_hand = overrides_of(record)
    found = []
    for key in sorted(before.keys() | now.keys()):
        old, new = before.get(key), now.get(key)
        if old == new or key in by_hand:
            continue
        label = label_of(filling.session, record, key, (old or new or {})["label"] or "")
        found.append(
            Difference(
                key, label, shown_kept(old) if old else "无", shown_kept(new) if new else "无",
                "在草稿中",
            )
        )
    return found


def against_issued(session: Session, record: Record, filling: Filling) -> list[Difference]:
    """The same figure, period and unit in a bulletin that is already out and not withdrawn, however
    the period is written."""
    by_hand = overrides_of(record)
    found: dict[str, Difference] = {}
    issued = Query(
        kind=KIND, where=(Where("state", "eq", "issued"), Where("period_text", "filled"))
    )
    period = filling.choice.period
    if period is None:
        return []
    for other in session.find(issued):
        of_then = periods.parse(other.values["period_text"])
        # What another office issued counts that office's ledgers.
        if other.issuer != OWN or (of_then.first, of_then.last) != (period.first, period.last):
            continue
        kept = {
            key.replace(f"|{of_then.text}|", f"|{period.text}|", 1): number
            for key, number in kept_figures(other).items()
        }
        for key, number in filling.used.items():
            now = number_json(number)
            if key in kept and kept[key] != now and key not in by_hand:
                where = f"在已印发的《{other.values['title']}》中"
                label = label_of(session, record, key, now["label"] or "")
                found[key] = Difference(
                    key, label, shown_kept(kept[key]), shown_kept(now), where, drafted=False
                )
    return list(found.values())


def moved_words(session: Session, record: Record, filling: Filling) -> list[Difference]:
    """Words of the report that would be others now: a condition has turned, a list has other
    records."""
    return [
        Difference(
            f"words|{at}|", "随台账的文字", each.before(session), each.after(session), "在草稿中",
            figure=False,
        )
        for at, each in enumerate(changed_texts(session, record, filling))
    ]


def against(session: Session, record: Record, filling: Filling) -> list[Difference]:
    """The same for a draft that is typed in, whose filling has filled its document already."""
    return (
        against_draft(record, filling)
        + moved_words(session, record, filling)
        + against_issued(session, record, filling)
    )
