"""A bulletin from draft to issue: figures kept with the draft, numbers without gaps, the issued
file frozen.

A bulletin is a record like any other (kind ``bulletin``), so that it has a history, rights and a
place in the search. Issuing is one change: figures are counted anew and held against the draft's
and against issued bulletins of the same period, the number is drawn, the PDF is made and kept in
the book, and only then the state moves. A reprint is those bytes.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from db.access import roles
from db.errors import BadInput, Problem
from db.metrics import metrics
from db.model import periods
from db.model.query import Query, Where
from db.model.records import OWN, Record
from db.session import Session
from desktop.bulletin.issue import issued_numbers, layout_file
from desktop.bulletin.redact.masking import Mask
from desktop.bulletin.report.conditional_text import Base, base_of, moved_sentences, taken_over
from desktop.bulletin.report.declaration import Report
from desktop.bulletin.report.filling import Place
from desktop.bulletin.report.office_reports import report_of
from desktop.bulletin.report.reports import Builder, choose
from desktop.bulletin.report.validation import read_kinds
from desktop.bulletin.typeset.fonts import FontSet
from desktop.bulletin.writers import Printed, render

KIND = "bulletin"
#: Stands in every page's upper margin until the bulletin is issued.
DRAFT = "草稿　未签发"


@dataclasses.dataclass(frozen=True)
class Difference:
    """A figure that no longer agrees: as drafted or as issued before, and as the ledger has it now."""

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


@dataclasses.dataclass(frozen=True)
class Override:
    """A figure set by hand, with the reason; marked in every draft until the bulletin is issued."""

    text: str
    reason: str
    by: str
    at: str


def _number_json(number: metrics.Number) -> dict[str, Any]:
    def plain(value: int | Decimal | None) -> str | None:
        return None if value is None else str(value)

    return {
        "label": number.figure.label,
        "value": plain(number.value),
        "numerator": plain(number.numerator),
        "denominator": plain(number.denominator),
    }


def _shown(entry: Mapping[str, Any]) -> str:
    value = entry["value"] if entry["value"] is not None else "无"
    return (
        f"{value}（{entry['numerator']}/{entry['denominator']}）"
        if entry["denominator"] is not None
        else str(value)
    )


def shown(number: metrics.Number) -> str:
    """A figure in words, as differences tell it."""
    return _shown(_number_json(number))


def overrides_of(record: Record) -> dict[str, Override]:
    """The figures set by hand in a draft, by key."""
    kept = json.loads(record.values.get("hand_figures") or "{}")
    return {key: Override(**value) for key, value in kept.items()}


def kept_figures(record: Record) -> dict[str, dict[str, Any]]:
    """The figures as they were when the draft was last filled, by key."""
    found: dict[str, dict[str, Any]] = json.loads(record.values.get("figure_stub") or "{}")
    return found


def builder_of(session: Session, record: Record, *, final: bool = False) -> Builder:
    """The builder of a draft: its own text, its figures set by hand (flagged until it is
    ``final``), its number once it has one."""
    base = base_of(session, record)
    report = base.report
    choice = choose(
        session, report, record.values["period_text"], record.values["about_unit"],
        record.values["item_uid"],
    )
    choice = dataclasses.replace(
        choice,
        issue_no=record.values["issue_no"],
        issue_year=record.values["series_year"] if record.values["issue_no"] else None,
        total_issue_no=record.values["total_issue_no"],
        supplement=bool(record.values["is_supplement"]),
    )
    texts = {key: each.text for key, each in overrides_of(record).items()}
    builder = Builder(
        session, report, choice, body=record.values["body_text"], title=record.values["title"], overrides=texts, flag=not final,
        known=base.known,
    )  # fmt: skip
    if record.values.get("issued_layout"):
        _as_issued(session, record, builder)
    return builder


def _as_issued(session: Session, record: Record, builder: Builder) -> None:
    """What was issued says what it said: its document, its figures and where they stand, whatever
    the ledger holds now."""
    data = session.attachment_bytes(KIND, record.values["issued_layout"][0].sha256)
    builder.issued, places = layout_file.unpacked(data)
    builder.places = {name: [Place(*each) for each in found] for name, found in places.items()}
    for key, kept in kept_figures(record).items():
        number = number_kept(session, key, kept)
        if number is not None:
            builder.used[key] = number


def number_kept(session: Session, key: str, kept: Mapping[str, Any]) -> metrics.Number | None:
    """A kept figure as a number; None for a figure that the program does not know any more."""
    known, name = metrics.declared(session), key.split("|")[0]
    parts = (_number(kept[part]) for part in ("value", "numerator", "denominator"))
    return metrics.Number(known.get(name), *parts) if name in known else None


def _number(text: str | None) -> int | Decimal | None:
    return None if text is None else Decimal(text) if "." in text else int(text)


def new_draft(
    session: Session,
    name: str,
    *,
    period: str | None = None,
    unit: str | None = None,
    item: str | None = None,
) -> str:
    """A draft of a report with its text and its figures of now; returns its uid."""
    report = report_of(session, name)
    choice = choose(session, report, period, unit, item)
    _open_to_all(session, report, read_kinds(session, report))
    first = Builder(session, report, choice)
    body = first.typing().strip("\n")
    builder = Builder(session, report, choice, body=body, known=first.known)
    document = builder.document()
    _open_to_all(session, report, first.named | builder.named)
    kind = session.kinds.get(KIND)
    values = {
        "title": document.title.replace("\n", ""),
        "report_name": report.name,
        "period_text": choice.period.text if choice.period else None,
        "about_unit": unit,
        "item_uid": item,
        "body_text": body,
        "drafted_from": Base(report, body, session.today.isoformat(), first.known).text(),
        **_stub(builder),
    }
    roles.check_write(session.role, kind)
    with session.atomic("form", f"拟稿：{values['title']}"):
        return session.add_checked(kind, values)


def _open_to_all(session: Session, report: Report, kinds: Iterable[str]) -> None:
    """A bulletin is kept where everybody reads it: raises ``BadInput`` when records of another book
    stand in it one by one."""
    if any(session.kinds.get(kind).book != session.kinds.get(KIND).book for kind in kinds):
        raise BadInput(f"「{report.label}」含干部人事内容，只能打印，不能拟成通报印发。")


def _stub(builder: Builder) -> dict[str, Any]:
    taken = {key: _number_json(number) for key, number in sorted(builder.used.items())}
    return {
        "figure_stub": json.dumps(taken, ensure_ascii=False, separators=(",", ":")),
        "figures_as_of": dt.datetime.now().isoformat(timespec="minutes"),
    }


def draft(session: Session, uid: str) -> Record:
    """The bulletin, which must still be open for work; ``BadInput`` otherwise."""
    record = session.must_get(KIND, uid)
    if record.state in ("issued", "withdrawn"):
        raise BadInput("已经印发的通报不能再改。确有错误的，请撤回后另印一期。", uid=uid)
    return record


def save_text(
    session: Session, uid: str, *, title: str | None = None, body: str | None = None
) -> None:
    """Keep what was typed. The text is tried first, so that a broken blank is told before it is
    kept."""
    record = draft(session, uid)
    values = {k: v for k, v in (("title", title), ("body_text", body)) if v is not None}
    trial = dataclasses.replace(record, values={**record.values, **values})
    builder = builder_of(session, trial)
    builder.document()
    with session.atomic("form", "修改通报"):
        changed = session.set(KIND, uid, values)
        session.set_checked(session.must_get(KIND, uid), _stub(builder))
        if changed:
            _to_be_checked_again(session, uid)


def refresh(session: Session, uid: str) -> list[Difference]:
    """Take the figures of now into a draft, and the words that hang on them where nobody has typed
    over them.

    Returns what changed. A draft already checked has to be checked again.
    """
    record = draft(session, uid)
    builder = builder_of(session, record)
    builder.document()
    changed = _against_draft(record, builder) + _words(session, record, builder)
    body, base = taken_over(session, record, builder)
    with session.atomic("form", "更新数字"):
        values: dict[str, Any] = {"drafted_from": base.text()} if base is not None else {}
        if body != record.values["body_text"]:
            record = dataclasses.replace(record, values={**record.values, "body_text": body})
            builder = builder_of(session, record)
            builder.document()
            values["body_text"] = body
        session.set_checked(session.must_get(KIND, uid), {**values, **_stub(builder)})
        if changed:
            _to_be_checked_again(session, uid)
    return changed


def _to_be_checked_again(session: Session, uid: str) -> None:
    """What was sent for checking or checked is a draft again once it says something else."""
    record = session.must_get(KIND, uid)
    if record.state in ("submitted", "checked"):
        session.set_checked(record, {"state": "drafted"})


def override(session: Session, uid: str, key: str, text: str | None, reason: str = "") -> None:
    """Set a figure by hand, or (``text`` None) give it back to the ledger. Without a reason it is
    refused."""
    record = draft(session, uid)
    kept = {k: dataclasses.asdict(v) for k, v in overrides_of(record).items()}
    if text is None:
        kept.pop(key, None)
    else:
        if not reason.strip():
            raise BadInput("手工改数要写明理由，请填写后再保存。", field="reason")
        at = dt.datetime.now().isoformat(timespec="minutes")
        kept[key] = {
            "text": text.strip(), "reason": reason.strip(), "by": session.who.user, "at": at,
        }
    with session.atomic("form", "手工改数"):
        session.set_checked(
            record, {"hand_figures": json.dumps(kept, ensure_ascii=False) if kept else None}
        )
        _to_be_checked_again(session, uid)


def label_of(session: Session, record: Record, key: str, label: str) -> str:
    """A figure's label, with the unit and the period it is of where they are not the whole
    bulletin's."""
    _, period, unit, *_ = key.split("|")
    told = [session.unit_name(unit)] if unit and unit != record.values["about_unit"] else []
    if period and record.values["period_text"] and period != record.values["period_text"]:
        told.append(periods.parse(period).label)
    return f"{label}（{'，'.join(told)}）" if told else label


def _against_draft(record: Record, builder: Builder) -> list[Difference]:
    before, now = kept_figures(record), {k: _number_json(n) for k, n in builder.used.items()}
    by_hand = overrides_of(record)
    found = []
    for key in sorted(before.keys() | now.keys()):
        old, new = before.get(key), now.get(key)
        if old == new or key in by_hand:
            continue
        label = label_of(builder.session, record, key, (old or new or {})["label"])
        found.append(
            Difference(
                key, label, _shown(old) if old else "无", _shown(new) if new else "无", "在草稿中"
            )
        )
    return found


def _against_issued(session: Session, record: Record, builder: Builder) -> list[Difference]:
    """The same figure, period and unit in a bulletin that is already out and not withdrawn, however
    the period is written."""
    by_hand = overrides_of(record)
    found: dict[str, Difference] = {}
    issued = Query(
        kind=KIND, where=(Where("state", "eq", "issued"), Where("period_text", "filled"))
    )
    period = builder.choice.period
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
        for key, number in builder.used.items():
            now = _number_json(number)
            if key in kept and kept[key] != now and key not in by_hand:
                where = f"在已印发的《{other.values['title']}》中"
                label = label_of(session, record, key, now["label"])
                found[key] = Difference(
                    key, label, _shown(kept[key]), _shown(now), where, drafted=False
                )
    return list(found.values())


def differences(session: Session, uid: str) -> list[Difference]:
    """What stands against issuing: figures that moved since the draft, or differ from an issued
    bulletin of the period."""
    record = session.must_get(KIND, uid)
    builder = builder_of(session, record)
    builder.document()
    return against(session, record, builder)


def against(session: Session, record: Record, builder: Builder) -> list[Difference]:
    """The same for a draft that is typed in, whose builder has filled its document already."""
    return (
        _against_draft(record, builder)
        + _words(session, record, builder)
        + _against_issued(session, record, builder)
    )


def _words(session: Session, record: Record, builder: Builder) -> list[Difference]:
    """Words of the report that would be others now: a condition has turned, a list has other
    records."""
    return [
        Difference(
            f"words|{at}|", "随台账的文字", each.was_shown(session), each.now_shown(session),
            "在草稿中", figure=False,
        )
        for at, each in enumerate(moved_sentences(session, record, builder))
    ]


def next_numbers(session: Session, report: str, year: int, *, supplement: bool) -> tuple[int, int]:
    """The next number of the year and the next total number of a series of this office; 增刊 are
    numbered apart. Withdrawn ones keep theirs, also those that a restored backup has forgotten;
    what came from another office has that office's number."""
    where = (
        Where("report_name", "eq", report), Where("issue_no", "filled"),
        Where("is_supplement", "eq" if supplement else "ne", True),
    )
    taken = [
        r for r in session.find(Query(kind=KIND, where=where, deleted="any")) if r.issuer == OWN
    ]
    in_year = [r.values["issue_no"] for r in taken if r.values["series_year"] == year]
    totals = [r.values["total_issue_no"] or 0 for r in taken]
    given = issued_numbers.given(session, report, year, supplement=supplement)
    return max([*in_year, given[0]]) + 1, max([*totals, given[1]]) + 1


def issue(
    session: Session, uid: str, *, fonts: FontSet | None = None, accept_issued: bool = False
) -> Record:
    """Issue a checked bulletin. Refused (``BadInput`` with every difference) when a figure no
    longer agrees.

    ``accept_issued`` issues although an earlier bulletin of the period differs, which then is a
    correction of it.
    """
    session.require("issue")
    # A source of its own: what has been issued is withdrawn, never taken back by Ctrl+Z with its
    # number given anew.
    with session.atomic("bulletin", "印发通报"):
        record = draft(session, uid)
        if record.state != "checked":
            raise BadInput("印发之前要先送审并由另一人核稿。", uid=uid)
        builder = builder_of(session, record)
        builder.document()
        _open_to_all(session, builder.report, builder.named)
        found = _against_draft(record, builder) + _words(session, record, builder)
        if not accept_issued:
            found += _against_issued(session, record, builder)
        if found:
            text = "；".join(d.message for d in found)
            raise BadInput(f"有 {len(found)} 处与台账不符，未印发：{text}。请更新数字、"
                f"重新核稿后再印发。", uid=uid,
                           problems=[Problem(d.key, d.message) for d in found])  # fmt: skip
        year = session.today.year
        number, total = next_numbers(
            session, record.values["report_name"], year,
            supplement=bool(record.values["is_supplement"]),
        )
        session.set_checked(
            record, {"issue_no": number, "total_issue_no": total, "series_year": year}
        )
        record = session.must_get(KIND, uid)
        builder = builder_of(session, record, final=True)
        out = io.BytesIO()
        document = dataclasses.replace(builder.document(), made_on=session.today)
        printed = render(document, out, fonts=fonts)
        if printed.missing_characters:
            raise BadInput(
                f"缺字：{'、'.join(printed.missing_characters)}，未印发。请改用别的字，"
                f"或安装有这些字的字体。",
                uid=uid,
            )
        name = f"{record.values['title']}.pdf"
        session.set_checked(
            record,
            {
                "issued_file": (session.attach(KIND, out.getvalue(), name),),
                "issued_sha256": printed.sha256,
                "issued_layout": (
                    session.attach(
                        KIND, layout_file.packed(document, builder.places), "印发版面.json.gz"
                    ),
                ),
                "figure_evidence": (
                    session.attach(KIND, _evidence(session, record, builder), "数据存根.json.gz"),
                ),
                **_stub(builder),
            },
        )
        session.move(KIND, uid, "issue")
        record = session.must_get(KIND, uid)
    supplement = bool(record.values["is_supplement"])
    issued_numbers.remember(
        session, record.values["report_name"], year, number, total, supplement=supplement
    )
    return record


def _evidence(session: Session, record: Record, builder: Builder) -> bytes:
    """Every figure with the records behind it and their versions at this moment, and who set it by
    hand, as compressed JSON."""
    found: dict[str, Any] = {}
    by_hand = overrides_of(record)
    for key in sorted(builder.used):
        rows = rows_of(session, key, builder.ledgers).rows
        versions = [(r.kind, r.uid, r.counted, _versions(session, r.kind, r.uid)) for r in rows]
        found[key] = {**_number_json(builder.used[key]), "rows": versions}
        if key in by_hand:
            found[key]["by_hand"] = {
                "text": by_hand[key].text, "reason": by_hand[key].reason, "by": by_hand[key].by,
            }
    text = json.dumps(
        {"head": session.office.audit_head, "figures": found}, ensure_ascii=False,
        separators=(",", ":"),
    )
    return gzip.compress(text.encode("utf-8"), mtime=0)


def rows_when_issued(session: Session, record: Record, key: str) -> metrics.Behind | None:
    """The records that were behind a figure when its bulletin was issued, and what became of them
    since; None where none are kept."""
    kept = record.values.get("figure_evidence")
    if not kept:
        return None
    read = json.loads(gzip.decompress(session.attachment_bytes(KIND, kept[0].sha256)))[
        "figures"
    ].get(key)
    if read is None:
        return None
    rows, changed, gone = [], 0, 0
    for kind, uid, counted, versions in read["rows"]:
        found = (
            session.get(kind, uid)
            if session.kinds.find(kind) is not None and session.opens(kind)
            else None
        )
        gone += found is None or found.deleted
        changed += (
            found is not None and not found.deleted and _versions(session, kind, uid) != versions
        )
        if found is not None:
            rows.append(metrics.Row(kind, uid, session.title_of(found), counted))
    since = "、".join(
        text
        for count, text in ((changed, f"{changed} 条印发后改过"), (gone, f"{gone} 条已删除"))
        if count
    )
    return metrics.Behind(
        rows, f"下列是印发时的 {len(read['rows'])} 条记录{f'，其中 {since}' if since else ''}。"
    )


def rows_of(session: Session, key: str, ledgers: Sequence[str] | None) -> metrics.Behind:
    """The records behind a figure by its key, those of then where its month is sealed; in a line of
    a table by something, only those of the line."""
    name, period, unit, *group = key.split("|")
    within = None
    if group:
        line = _line(session, key, ledgers)
        within = (group[0].partition("=")[0], line.key if line is not None else None)
    return metrics.rows(
        session, name, period=period or None, unit=unit or None, ledgers=ledgers, group=within
    )


def number_of(session: Session, key: str, ledgers: Sequence[str] | None) -> metrics.Number:
    """A figure by its key as the ledger has it now. Raises ``BadInput`` for a line of a table that
    is not there any more."""
    name, period, unit, *group = key.split("|")
    if not group:
        return metrics.count(
            session, [name], period=period or None, unit=unit or None, ledgers=ledgers
        )[name]
    line = _line(session, key, ledgers)
    if line is None:
        raise BadInput("台账里已经没有这一行了，请更新数字。")
    return line.numbers[name]


def _line(session: Session, key: str, ledgers: Sequence[str] | None) -> metrics.Group | None:
    name, period, unit, group = key.split("|")
    by, _, wanted = group.partition("=")
    lines = metrics.table(
        session, [name], by, period=period or None, unit=unit or None, ledgers=ledgers
    )
    return next((line for line in lines if str(line.key) == wanted), None)


def _versions(session: Session, kind: str, uid: str) -> str:
    record = session.must_get(kind, uid)
    return session.book_of(kind).versions_of(record).to_portable()


def withdraw(session: Session, uid: str, reason: str) -> None:
    """Withdraw an issued bulletin; it keeps its number and stays visible."""
    session.require("issue")
    session.move(KIND, uid, "withdraw", reason)


def reprint(session: Session, uid: str) -> bytes:
    """The issued file, byte for byte; ``BadInput`` for one that was never issued."""
    record = session.must_get(KIND, uid)
    if not record.values["issued_file"]:
        raise BadInput("这份通报还没有印发，没有原件可以重印。", uid=uid)
    data = session.attachment_bytes(KIND, record.values["issued_file"][0].sha256)
    if hashlib.sha256(data).hexdigest() != record.values["issued_sha256"]:
        raise BadInput("存档的原件与印发时的校验码不符，请从备份恢复。", uid=uid)
    return data


def preview(
    session: Session, uid: str, to: Any, *, masked: Mask | None = None, fonts: FontSet | None = None
) -> Printed:
    """A draft (or an issued one, masked) set anew, with figures set by hand underlined while it is
    a draft."""
    record = session.must_get(KIND, uid)
    final = record.state in ("issued", "withdrawn")
    document = builder_of(session, record, final=final).document()
    if not final:
        document = dataclasses.replace(
            document, draft=DRAFT, made_on=dt.date.fromisoformat(record.updated_at[:10])
        )
    return render(document, to, masked=masked, fonts=fonts)


def issued(session: Session, text: str = "") -> list[Record]:
    """The archive: issued and withdrawn bulletins, newest first, found by any word."""
    where = (Where("state", "in", ["issued", "withdrawn"]),)
    return session.find(
        Query(
            kind=KIND, where=where, search=text,
            sort=(("issued_on", True), ("total_issue_no", True)),
        )
    )


def drafts(session: Session) -> list[Record]:
    """What is being worked on, newest first."""
    where = (Where("state", "in", ["drafted", "submitted", "checked"]),)
    return session.find(Query(kind=KIND, where=where, sort=(("updated_at", True),)))
