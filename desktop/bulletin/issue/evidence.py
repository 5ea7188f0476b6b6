"""The records behind the figures of an issued bulletin, as they were then."""

from __future__ import annotations

import gzip
import json
from typing import Any

from db.metrics import metrics
from db.model.records import Record
from db.session import Session
from desktop.bulletin.issue.figures import KIND, number_json, overrides_of, rows_of
from desktop.bulletin.report.filling import ReportFilling


def evidence(session: Session, record: Record, filling: ReportFilling) -> bytes:
    """Every figure with the records behind it and their versions at this moment, and who set it by
    hand, as compressed JSON."""
    found: dict[str, Any] = {}
    by_hand = overrides_of(record)
    for key in sorted(filling.used):
        rows = rows_of(session, key, filling.ledgers).rows
        versions = [(r.kind, r.uid, r.counted, _versions(session, r.kind, r.uid)) for r in rows]
        found[key] = {**number_json(filling.used[key]), "rows": versions}
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
        known = session.kinds.find(kind) is not None and session.opens(kind)
        found = session.get(kind, uid) if known else None
        if found is not None:
            rows.append(metrics.Row(kind, uid, session.title_of(found), counted))
        if found is None or found.deleted:
            gone += 1
        elif _versions(session, kind, uid) != versions:
            changed += 1
    counts = ((changed, f"{changed} 条印发后改过"), (gone, f"{gone} 条已删除"))
    since = "、".join(text for count, text in counts if count)
    return metrics.Behind(
        rows, f"下列是印发时的 {len(read['rows'])} 条记录{f'，其中 {since}' if since else ''}。"
    )


def _versions(session: Session, kind: str, uid: str) -> str:
    record = session.must_get(kind, uid)
    return session.book_of(kind).versions_of(record).to_portable()
