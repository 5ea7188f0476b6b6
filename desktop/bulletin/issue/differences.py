"""What stands against issuing a bulletin: figures that moved and words that would be others now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from db.model import periods
from db.model.dates import chinese_date
from db.model.periods import Period
from db.model.query import Query, Where
from db.model.records import OWN, Record
from db.session import Session
from desktop.bulletin.document import Document, Paragraph
from desktop.bulletin.issue.figures import (
    ITEM_UID,
    KIND,
    NumberJson,
    kept_figures,
    label_of,
    number_json,
    overrides_of,
    shown_kept,
)
from desktop.bulletin.report.conditional_text import changed_texts
from desktop.bulletin.report.declaration import REPORT_NAME
from desktop.bulletin.report.filling import ReportFilling


class Difference(msgspec.Struct, frozen=True):
    """A figure that no longer agrees: as drafted or issued before, and as the ledger has it now."""

    key: str
    label: str
    before: str
    now: str
    where: str
    drafted: bool = True  # False: against an issued bulletin of the period
    figure: bool = True  # False: words that stand only under a condition, or list records
    said: str = ""  # the whole sentence, where it is another
    other: str = ""  # the issued bulletin that it differs from

    @property
    def message(self) -> str:
        """The sentence for a list."""
        if self.said:
            return self.said
        return f"「{self.label}」{self.where}为{self.before}，台账现为{self.now}"


def against_draft(record: Record, filling: ReportFilling) -> list[Difference]:
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


def against_issued(session: Session, record: Record, filling: ReportFilling) -> list[Difference]:
    """The same figure, period and unit in a bulletin that is already out and not withdrawn, however
    the period is written."""
    found: dict[str, Difference] = {}
    period = filling.choice.period
    if period is None:
        return []
    again: list[Difference] = []
    for other, of_then in _of_period(session, period):
        kept = {
            key.replace(f"|{of_then.text}|", f"|{period.text}|", 1): number
            for key, number in kept_figures(other).items()
        }
        now = {key: number_json(number) for key, number in filling.used.items()}
        for key in [key for key in now if key in kept and kept[key] != now[key]]:
            found[key] = _otherwise(session, record, other, key, (kept[key], now[key]))
        if kept == now:
            again += _again(record, other)
    by_hand = overrides_of(record)
    return [*(d for key, d in found.items() if key not in by_hand), *again]


def _otherwise(
    session: Session, record: Record, other: Record, key: str,
    numbers: tuple[NumberJson, NumberJson],
) -> Difference:
    """A figure that another bulletin gave differently: then and now."""
    then, now = numbers
    label = label_of(session, record, key, now["label"] or "")
    where = f"在已印发的《{other.values['title']}》中"
    return Difference(
        key, label, shown_kept(then), shown_kept(now), where, drafted=False, other=other.uid
    )


def _of_period(session: Session, period: Period) -> Iterator[tuple[Record, Period]]:
    """What this office issued of the period and has not withdrawn, in the order of issue; what
    another office issued counts that office's ledgers."""
    issued = Query(
        kind=KIND, where=(Where("state", "eq", "issued"), Where("period_text", "filled")),
        sort=(("issued_on", False), ("total_issue_no", False)),
    )
    for other in session.find(issued):
        if other.values["period_text"].startswith("@"):
            continue  # of a day, without a period
        of_then = periods.parse(other.values["period_text"])
        if other.issuer == OWN and (of_then.first, of_then.last) == (period.first, period.last):
            yield other, of_then


def _again(record: Record, other: Record) -> list[Difference]:
    """That the same paper is out already: the same report and words over the same figures."""
    same = (REPORT_NAME, "about_unit", ITEM_UID, "title", "body_text", "is_supplement")
    if any((record.values.get(name) or None) != (other.values.get(name) or None) for name in same):
        return []
    called = issue_of(other)
    return [
        Difference(
            f"again|{other.uid}|", "同一份通报", called, "再印一期", "已经印发", drafted=False,
            figure=False, said=f"这一份与已经印发的{called}文字、数字都相同",
        )
    ]


def issue_of(record: Record) -> str:
    """An issued bulletin as another one names it: 2022年9月5日印发的《…》（第3期）."""
    day, number = record.values.get("issued_on"), record.values["issue_no"]
    on = f"{chinese_date(day)}印发的" if day is not None else ""
    extra = "增刊" if record.values["is_supplement"] else ""
    return f"{on}《{record.values['title']}》（{extra}第{number}期）"


def as_correction(session: Session, document: Document, found: Iterable[Difference]) -> Document:
    """The document as what it is: where its figures differ from what is issued, 更正 in its title,
    and first of all what it corrects."""
    uids = dict.fromkeys(each.other for each in found if each.other)
    others = [session.must_get(KIND, uid) for uid in uids]
    if not others:
        return document
    named = "、".join(map(issue_of, others))
    note = Paragraph(f"更正：{named}中的有关数字有误，以本期为准。")
    return msgspec.structs.replace(
        document, title=f"{document.title}（更正）", blocks=(note, *document.blocks)
    )


def moved_words(session: Session, record: Record, filling: ReportFilling) -> list[Difference]:
    """Words of the report that would be others now: a condition has turned, a list has other
    records."""
    return [
        Difference(
            f"words|{at}|", "随台账的文字", each.before(session), each.after(session), "在草稿中",
            figure=False,
        )
        for at, each in enumerate(changed_texts(session, record, filling))
    ]


def differences_of(session: Session, record: Record, filling: ReportFilling) -> list[Difference]:
    """The same for a draft that is typed in, whose filling has filled its document already."""
    return (
        against_draft(record, filling)
        + moved_words(session, record, filling)
        + against_issued(session, record, filling)
    )
