"""Words of a draft that hang on the ledger: what stands only under a condition, and lists of
records.

They are decided when the draft is written. What the report would say now is held against what it
said then, line by line; what a person has typed over since is never written over. Days ("截至…")
are those of the drafting until the draft is brought up to date.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from db.errors import ZhengxianError
from db.model.records import Record
from db.session import Session
from desktop.bulletin.report import office_reports, template_words
from desktop.bulletin.report.declaration import REPORT_NAME, Report
from desktop.bulletin.report.filling import Own, ReportFilling

_SENTENCE = re.compile(r"[^。\n]+。?")

SHOWN = 40
"""Characters of a changed line that a list of differences shows."""


class Base(msgspec.Struct, frozen=True):
    """What a draft was written from: the report as it was, the typing it gave, the day, and which
    figures its writer could see.

    A draft keeps the report that it was drafted with, so that a change of the office's form changes
    no draft and no issued bulletin.
    """

    report: Report
    typing: str
    day: str
    known: dict[str, bool]

    def text(self) -> str:
        """As it is kept with the draft."""
        form = json.loads(office_reports.encode(self.report))
        kept = {"form": form, "typing": self.typing, "day": self.day, "known": self.known}
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def base_of(session: Session, record: Record) -> Base:
    """What a draft was written from; one of an older version of the program goes by the report of
    now."""
    kept: dict[str, Any] = json.loads(record.values.get("drafted_from") or "{}")
    if not kept:
        return Base(office_reports.report_of(session, record.values[REPORT_NAME]), "", "", {})
    report = office_reports.decode(json.dumps(kept["form"]), f"《{record.values['title']}》的样式")
    return Base(report, kept["typing"], kept["day"], kept["known"])


class ChangedText(msgspec.Struct, frozen=True):
    """Lines that would be others now; one of the two may be empty."""

    was: str
    now: str

    def before(self, session: Session) -> str:
        """As it was, in few words: where it differs."""
        return _shown(session, self.was, self.now)

    def after(self, session: Session) -> str:
        """As it would be now."""
        return _shown(session, self.now, self.was)


def _shown(session: Session, text: str, other: str) -> str:
    if not text.strip():
        return "没有这一段"
    first = next(
        (at for at, (a, b) in enumerate(zip(text, other, strict=False)) if a != b),
        min(len(text), len(other)),
    )
    first = max(0, first - 8)
    if text.rfind("{", 0, first) > text.rfind("}", 0, first):  # never from the middle of a blank
        first = text.rfind("{", 0, first) - 1
    words = template_words.readable(session, text[max(first, 0) :]).replace("\n", "")
    return f"“{'…' if first > 0 else ''}{words[:SHOWN]}{'…' if len(words) > SHOWN else ''}”"


def _now(
    session: Session, record: Record, filling: ReportFilling, base: Base, day: dt.date
) -> ReportFilling:
    """The report filled anew as typing, with figures that ``filling`` has counted already."""
    fresh = ReportFilling(session, base.report, filling.choice, Own(known=base.known), day)
    fresh.used = dict(filling.used)
    return fresh


def changed_texts(session: Session, record: Record, filling: ReportFilling) -> list[ChangedText]:
    """What the report would say otherwise now, were it drafted on the same day."""
    base = base_of(session, record)
    if not base.day:
        return []
    try:
        now = (
            _now(session, record, filling, base, dt.date.fromisoformat(base.day))
            .typing()
            .strip("\n")
        )
    # what it needs is gone (a kind, a figure): setting the draft tells of it
    except ZhengxianError:
        return []
    was = base.typing
    before, after = was.splitlines(), now.splitlines()
    return [
        part
        for a, b, c, d in _changes(before, after)
        if any(line.strip() for line in (*before[a:b], *after[c:d]))
        for part in _by_sentence("\n".join(before[a:b]), "\n".join(after[c:d]))
    ]


def _by_sentence(was: str, now: str) -> list[ChangedText]:
    """A passage that changed in several sentences tells each, so that none is cut off; sentences
    that came or went stay together."""
    old, new = _SENTENCE.findall(was), _SENTENCE.findall(now)
    found: list[ChangedText] = []
    for a, b, c, d in _changes(old, new):
        if b - a == d - c:
            found += map(ChangedText, old[a:b], new[c:d])
        else:
            found.append(ChangedText("".join(old[a:b]), "".join(new[c:d])))
    return found


def _changes(before: list[str], after: list[str]) -> list[tuple[int, int, int, int]]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return [(a, b, c, d) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]


def updated_body(
    session: Session, record: Record, filling: ReportFilling
) -> tuple[str, Base | None]:
    """The body with the words of now wherever the person left the old ones as they were, and what
    it is written from now."""
    base, body = base_of(session, record), record.values["body_text"] or ""
    if not base.day:
        return body, None
    fresh = _now(session, record, filling, base, session.today)
    now = fresh.typing().strip("\n")
    return merged(base.typing, body, now), Base(
        base.report, now, session.today.isoformat(), fresh.known
    )


def merged(base: str, mine: str, now: str) -> str:
    """Three texts by lines: each change of ``now`` goes into ``mine`` where the lines it replaces
    still stand."""
    old, own, new = base.splitlines(), mine.splitlines(), now.splitlines()
    place: dict[int, int] = {}
    for block in difflib.SequenceMatcher(None, old, own, autojunk=False).get_matching_blocks():
        place.update({block.a + at: block.b + at for at in range(block.size)})
    place[-1], place[len(old)] = -1, len(own)
    for first, last, begin, end in reversed(_changes(old, new)):
        at = _stands_at(place, first, last)
        if at is not None:
            own[at : at + last - first] = new[begin:end]
    return "\n".join(own)


def _stands_at(place: Mapping[int, int], first: int, last: int) -> int | None:
    """Where some lines of the old text stand in mine, one after the other; for no lines, where they
    would; None where they do not."""
    there = [place[at] for at in range(first, last) if at in place]
    if last > first:
        whole = len(there) == last - first and there == list(range(there[0], there[0] + len(there)))
        return there[0] if whole else None
    before = place.get(first - 1)
    return place.get(last) if before is None else before + 1


__all__ = ["Base", "ChangedText", "base_of", "changed_texts", "merged", "updated_body"]
