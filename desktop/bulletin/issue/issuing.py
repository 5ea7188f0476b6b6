"""A bulletin from draft to issue: figures kept with the draft, numbers without gaps, the issued
file frozen.

A bulletin is a record like any other (kind ``bulletin``), so that it has a history, rights and a
place in the search. Issuing is one change: figures are counted anew and held against the draft's
and against issued bulletins of the same period, the number is drawn, the PDF is made and kept in
the book, and only then the state moves. A reprint is those bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from db.access import roles
from db.errors import BadInput, Problem
from db.model.query import Query, Where
from db.model.records import OWN, Record
from db.session import Session
from desktop.bulletin.issue import issued_numbers
from desktop.bulletin.issue.differences import (
    Difference,
    against_draft,
    against_issued,
    as_correction,
    differences_of,
    moved_words,
)
from desktop.bulletin.issue.evidence import evidence
from desktop.bulletin.issue.figures import (
    ITEM_UID,
    kept_figures,
    number_json,
    number_kept,
    overrides_of,
)
from desktop.bulletin.issue.figures import KIND as KIND
from desktop.bulletin.masking.mask import Mask
from desktop.bulletin.report import layout_file, official_parts
from desktop.bulletin.report.conditional_text import Base, base_of, updated_body
from desktop.bulletin.report.declaration import REPORT_NAME, Report
from desktop.bulletin.report.filling import Own
from desktop.bulletin.report.missing_characters import with_character_places
from desktop.bulletin.report.office_reports import report_of
from desktop.bulletin.report.reports import Builder, choose
from desktop.bulletin.report.validation import read_kinds
from desktop.bulletin.typeset.fonts import FontSet
from desktop.bulletin.writers import Printed, render

#: Parts that say nothing of the matter: a change needs no second person.
COUNTED = frozenset({"copy_no", "copies"})
#: Stands in every page's upper margin until the bulletin is issued.
DRAFT = "草稿　未签发"


def report_builder(session: Session, record: Record, *, final: bool = False) -> Builder:
    """The builder of a draft: its own text, its figures set by hand (flagged until it is
    ``final``), its number once it has one."""
    base = base_of(session, record)
    report = base.report
    choice = choose(
        session, report, record.values["period_text"], record.values["about_unit"],
        record.values[ITEM_UID],
    )
    choice = msgspec.structs.replace(
        choice, issue_no=record.values["issue_no"],
        issue_year=record.values["series_year"] if record.values["issue_no"] else None,
        total_issue_no=record.values["total_issue_no"],
        supplement=bool(record.values["is_supplement"]),
    )
    texts = {key: each.text for key, each in overrides_of(record).items()}
    own = Own(
        record.values["body_text"], record.values["title"], texts, flagged=not final,
        known=base.known, parts=own_parts(record),
    )
    builder = Builder(session, report, choice, own)
    if record.values.get("issued_layout"):
        _as_issued(session, record, builder)
    return builder


def _as_issued(session: Session, record: Record, builder: Builder) -> None:
    """What was issued says what it said: its document, its figures and where they stand, whatever
    the ledger holds now."""
    data = session.attachment_bytes(KIND, record.values["issued_layout"][0].sha256)
    builder.issued, builder.places = layout_file.unpacked(data)
    for key, kept in kept_figures(record).items():
        number = number_kept(session, key, kept)
        if number is not None:
            builder.used[key] = number


def new_draft(
    session: Session, name: str, *, period: str | None = None, unit: str | None = None,
    item: str | None = None, uid: str | None = None,
) -> str:
    """A draft of a report with its text and its figures of now; returns its uid, a new one where
    none is given."""
    report = report_of(session, name)
    choice = choose(session, report, period, unit, item)
    _open_to_all(session, report, read_kinds(session, report))
    first = Builder(session, report, choice)
    body = first.typing().strip("\n")
    builder = Builder(session, report, choice, Own(body, known=first.known))
    document = builder.document()
    _open_to_all(session, report, first.named | builder.named)
    kind = session.kinds.get(KIND)
    values = {
        "title": document.title.replace("\n", ""), REPORT_NAME: report.name,
        "period_text": choice.when, "about_unit": unit,
        ITEM_UID: item, "body_text": body,
        "drafted_from": Base(report, body, session.today.isoformat(), first.known).text(),
        **_stub(builder),
    }
    roles.check_write(session.role, kind)
    with session.atomic("form", f"拟稿：{values['title']}"):
        return session.add_checked(kind, values, uid=uid)


def _open_to_all(session: Session, report: Report, kinds: Iterable[str]) -> None:
    """A bulletin is kept where everybody reads it: raises ``BadInput`` when records of another book
    stand in it one by one."""
    if any(session.kinds.get(kind).book != session.kinds.get(KIND).book for kind in kinds):
        raise BadInput(f"「{report.label}」含干部人事内容，只能打印，不能拟成通报印发。")


def _stub(builder: Builder) -> dict[str, Any]:
    taken = {key: number_json(number) for key, number in sorted(builder.used.items())}
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
    trial = msgspec.structs.replace(record, values={**record.values, **values})
    builder = report_builder(session, trial)
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
    builder = report_builder(session, record)
    builder.document()
    changed = against_draft(record, builder) + moved_words(session, record, builder)
    body, base = updated_body(session, record, builder)
    with session.atomic("form", "更新数字"):
        values: dict[str, Any] = {"drafted_from": base.text()} if base is not None else {}
        if body != record.values["body_text"]:
            record = msgspec.structs.replace(record, values={**record.values, "body_text": body})
            builder = report_builder(session, record)
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
    kept = {k: msgspec.structs.asdict(v) for k, v in overrides_of(record).items()}
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


def own_parts(record: Record) -> dict[str, str]:
    """The parts of an official document that a bulletin has of its own, by name."""
    kept: dict[str, str] = json.loads(record.values.get("official_parts") or "{}")
    return kept


def set_parts(session: Session, uid: str, parts: Mapping[str, str]) -> None:
    """Set parts of a draft (份号, 密级, 签发人 …) by name; those not named stay. One that says what
    the report's declaration says is none of its own."""
    record = draft(session, uid)
    before = own_parts(record)
    kept = before | official_parts.checked(parts)
    builder = report_builder(session, msgspec.structs.replace(
        record, values={**record.values, "official_parts": None}
    ))
    given = builder.parts()
    own = {name: text for name, text in kept.items() if given.get(name, "") != text}
    with session.atomic("form", "公文要素"):
        session.set_checked(
            record, {"official_parts": json.dumps(own, ensure_ascii=False) if own else None}
        )
        if any(before.get(name) != own.get(name) for name in {*own, *before} - COUNTED):
            _to_be_checked_again(session, uid)


def parts_of(session: Session, uid: str) -> dict[str, str]:
    """All parts of a bulletin as they are printed, by name."""
    return report_builder(session, session.must_get(KIND, uid)).parts()


class IssuePreview(NamedTuple):
    """With what a bulletin would go out now: its number in words, and its parts by name."""

    number: str
    parts: dict[str, str]


def going_out(session: Session, uid: str) -> IssuePreview:
    """What stands on a bulletin that is issued now; nothing is drawn or kept yet."""
    record = session.must_get(KIND, uid)
    year, supplement = session.today.year, bool(record.values["is_supplement"])
    number, total = next_numbers(session, record.values[REPORT_NAME], year, supplement=supplement)
    words = f"{year}年{'增刊' if supplement else ''}第{number}期（总第{total}期）"
    given = {"issue_no": number, "total_issue_no": total, "series_year": year}
    numbered = msgspec.structs.replace(record, values={**record.values, **given})
    return IssuePreview(words, report_builder(session, numbered).parts())


def differences(session: Session, uid: str) -> list[Difference]:
    """What stands against issuing: figures that moved since the draft, or differ from an issued
    bulletin of the period."""
    record = session.must_get(KIND, uid)
    builder = report_builder(session, record)
    builder.document()
    return differences_of(session, record, builder)


def next_numbers(session: Session, report: str, year: int, *, supplement: bool) -> tuple[int, int]:
    """The next number of the year and the next total number of a series of this office; 增刊 are
    numbered apart. Withdrawn ones keep theirs, also those that a restored backup has forgotten;
    what came from another office has that office's number."""
    where = (
        Where(REPORT_NAME, "eq", report), Where("issue_no", "filled"),
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
        others = _refuse_moved(session, record, accept_issued=accept_issued)
        year, supplement = session.today.year, bool(record.values["is_supplement"])
        number, total = next_numbers(
            session, record.values[REPORT_NAME], year, supplement=supplement
        )
        session.set_checked(
            record, {"issue_no": number, "total_issue_no": total, "series_year": year}
        )
        record = session.must_get(KIND, uid)
        builder = report_builder(session, record, final=True)
        out = io.BytesIO()
        document = msgspec.structs.replace(
            as_correction(session, builder.document(), others), made_on=session.today, draft="",
            audit=session.office.audit_head,
        )
        printed = render(document, out, fonts=fonts, archive=True)
        if printed.missing_characters:
            missing = "、".join(printed.missing_characters)
            found = "；".join(with_character_places(session, printed).notices)
            raise BadInput(
                f"缺字：{missing}，未印发{f'（{found}）' if found else ''}。请改用别的字，"
                "或安装有这些字的字体。", uid=uid
            )
        layout = layout_file.packed(document, builder.places)
        rows = evidence(session, record, builder)

        def attach(data: bytes, name: str) -> tuple[object, ...]:
            return (session.attach(KIND, data, name),)

        session.set_checked(
            record,
            {
                "issued_file": attach(out.getvalue(), f"{record.values['title']}.pdf"),
                "issued_sha256": printed.sha256,
                "issued_layout": attach(layout, "印发版面.json.gz"),
                "figure_evidence": attach(rows, "数据存根.json.gz"), **_stub(builder),
            },
        )
        session.take_step(KIND, uid, "issue")
        record = session.must_get(KIND, uid)
    issued_numbers.remember(
        session, record.values[REPORT_NAME], year, (number, total), supplement=supplement
    )
    return record


def _refuse_moved(session: Session, record: Record, *, accept_issued: bool) -> list[Difference]:
    """``BadInput`` with every difference when a figure no longer agrees. Returns what differs from
    issued ones and is accepted."""
    builder = report_builder(session, record)
    builder.document()
    _open_to_all(session, builder.report, builder.named)
    found = against_draft(record, builder) + moved_words(session, record, builder)
    others = against_issued(session, record, builder)
    if not accept_issued:
        found += others
    if found:
        text = "；".join(d.message for d in found)
        raise BadInput(
            f"有 {len(found)} 处与台账不符，未印发：{text}。请更新数字、重新核稿后再印发。",
            uid=record.uid, problems=[Problem(d.key, d.message) for d in found],
        )
    return others


def withdraw(session: Session, uid: str, reason: str) -> None:
    """Withdraw an issued bulletin; it keeps its number and stays visible."""
    session.require("issue")
    session.take_step(KIND, uid, "withdraw", reason)


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
    session: Session, uid: str, to: Path | IO[bytes], *, masked: Mask | None = None,
    fonts: FontSet | None = None,
) -> Printed:
    """A draft (or an issued one, masked) set anew, with figures set by hand underlined while it is
    a draft."""
    record = session.must_get(KIND, uid)
    final = record.state in ("issued", "withdrawn")
    builder = report_builder(session, record, final=final)
    document = builder.document()
    if not final:
        others = against_issued(session, record, builder)
        document = msgspec.structs.replace(
            as_correction(session, document, others), draft=DRAFT,
            made_on=dt.date.fromisoformat(record.updated_at[:10]),
        )
    # as it is kept, where it is issued and nothing is hidden
    archive = final and masked is None
    printed = render(document, to, masked=masked, fonts=fonts, archive=archive)
    return with_character_places(session, printed)


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
