"""A draft as its editor shows it: typing and blanks taken apart, what each blank says now, was when
drafted, and is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

import msgspec

from db.errors import BadInput, DeclarationError
from db.metrics import metrics
from db.model.records import Record
from db.session import Session
from desktop.bulletin.document import Document
from desktop.bulletin.issue import differences, evidence, figures, issuing
from desktop.bulletin.masking.mask import Mask
from desktop.bulletin.report import reports, template_text, template_words
from desktop.bulletin.report.body_blocks import PARTS
from desktop.bulletin.report.conditional_text import base_of
from desktop.bulletin.report.declaration import Report
from desktop.bulletin.writers import Printed, render

_LINE = re.compile(
    rf"^[ \t\u3000]*((?:{'|'.join(map(re.escape, PARTS))}|@end)(?:[ \t]+\S+)?|@article(?=[ \t]))["
    r" \t]*", re.MULTILINE,
)
#: What the lines of a body that are no typing are called.
WORDS = {
    "@table": "表格", "@chart": "图表", "@form": "表单", "@gantt": "挂图", "@contents": "目录",
    "@articles": "自动收入的文章", "@photos": "照片", "@article": "文章", "@end": "文章到此为止",
}


class Piece(msgspec.Struct, frozen=True):
    """A part of a body: typing (``source`` and ``shown`` alike), or what cannot be typed into.
    ``figure``: call, name, unit."""

    source: str
    shown: str = ""
    figure: tuple[str, str, str] | None = None
    typed: bool = True


class Figure(msgspec.Struct, frozen=True):
    """A figure of a draft. ``shown``: its text now; ``before``: differently when drafted, else
    empty; ``by_hand``: its reason."""

    key: str
    label: str
    shown: str
    before: str = ""
    by_hand: str = ""


class TableFigure(msgspec.Struct, frozen=True):
    """A figure that stands in a table or a chart of the draft: which one, its line and column."""

    part: str
    line: str
    column: str
    figure: Figure


class View(msgspec.Struct, frozen=True):
    """A draft as it stands: its figures by blank, those in its tables and charts, what stands
    against issuing, the document to set.

    ``parts``: what each table and chart is called, by its name, in the order of the document.
    """

    figures: dict[str, Figure]
    differences: tuple[differences.Difference, ...]
    document: Document
    table_figures: tuple[TableFigure, ...] = ()
    parts: dict[str, str] = msgspec.field(default_factory=dict)


class Facts(msgspec.Struct, frozen=True):
    """What is behind a figure: how it is worked out and the records (the first of ``count``).

    ``before``: what it was when drafted, where that differs; of what is issued, which shows what
    was issued, what the ledger has now.

    ``ledgers``: each ledger that can be opened with the uids to show there; a record under another
    one stands for that. ``note``: what has to be said of the records, of a sealed month.
    """

    key: str
    label: str
    value: str
    parts: str
    formula: str
    as_of: str
    before: str
    override: figures.Override | None
    rows: tuple[metrics.Row, ...]
    count: int = 0
    issued: bool = False
    ledgers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    note: str = ""


def pieces(body: str, report: Report | None, session: Session | None = None) -> list[Piece]:
    """A body taken apart, in order; the sources joined are the body. With a session blanks are told
    in words."""
    found: list[Piece] = []
    at = 0
    marks = sorted(
        [*template_words.BLANK.finditer(body), *_LINE.finditer(body)], key=lambda m: m.start()
    )
    for match in marks:
        if match.start() < at:
            continue
        if match.start() > at:
            text = body[at : match.start()]
            found.append(Piece(text, text))
        found.append(_piece(match.group(), report, session))
        at = match.end()
    if at < len(body):
        found.append(Piece(body[at:], body[at:]))
    return found


def _piece(source: str, report: Report | None, session: Session | None) -> Piece:
    call = template_words.CALL.fullmatch(source)
    if call:
        return Piece(
            source, template_words.words(session, source),
            (call.group(1), call.group(2), call.group(3) or ""), typed=False,
        )
    word, _, name = source.strip().partition(" ")
    if word in WORDS:
        title = _title(report, word, name.strip(), session)
        return Piece(source, WORDS[word] + (f"：{title}" if title else ""), typed=False)
    return Piece(source, template_words.words(session, source), typed=False)


def _title(report: Report | None, word: str, name: str, session: Session | None) -> str:
    """What a part that the report declares is called."""
    if report is None or word not in ("@table", "@chart", "@gantt", "@articles"):
        return ""
    try:
        return template_words.part_title(session, report.part(word, name))
    except DeclarationError:  # told when the draft is set
        return name


def blank(name: str, *, share: bool) -> str:
    """The blank that puts a figure into a body; a share is written with its parts."""
    return "{{ " + f"{'rate' if share else 'n'}('{name}')" + " }}"


def words(body: str) -> int:
    """字数 as office programs count it: characters of Chinese text one each, a run of letters or
    digits as one; blanks count as one."""
    text = template_words.BLANK.sub("0 ", _LINE.sub(" ", body))
    return len(re.findall(r"[A-Za-z0-9.,%]+|[^\sA-Za-z0-9]", text))


def trial(record: Record, title: str, body: str) -> Record:
    """The draft with what is typed and not kept yet."""
    return msgspec.structs.replace(
        record, values={**record.values, "title": title, "body_text": body}
    )


def look(session: Session, record: Record) -> View:
    """The draft over the ledger of now. ``BadInput`` for a blank that is broken."""
    final = record.state in ("issued", "withdrawn")
    builder = issuing.report_builder(session, record, final=final)
    document = builder.document()
    found = () if final else tuple(differences.differences_of(session, record, builder))
    if not final:
        document = msgspec.structs.replace(
            differences.as_correction(session, document, found), draft=issuing.DRAFT
        )
    turned = {d.key: d.before for d in found if d.drafted}
    by_hand = figures.overrides_of(record)

    def figure(key: str, text: str) -> Figure:
        hand = by_hand.get(key)
        return Figure(
            key, builder.used[key].figure.label, text, turned.get(key, ""),
            hand.reason if hand else "",
        )

    shown: dict[str, Figure] = {}
    for piece in pieces(record.values["body_text"] or "", None):
        if piece.figure is None:
            continue
        call, name, unit = piece.figure
        key = builder.key(name, unit or builder.choice.unit)
        if key in builder.used:
            shown[piece.source] = figure(key, builder.shown(call, name, unit or None))
    standing = [
        TableFigure(part, place.line, place.column, figure(place.key, place.shown))
        for part, places in builder.places.items()
        for place in places
    ]
    return View(shown, found, document, tuple(standing), _told_apart(builder.places, builder))


def _told_apart(names: Iterable[str], builder: reports.Builder) -> dict[str, str]:
    """Names of tables and charts for a list: an attachment goes by its own title, charts are told
    from tables."""
    attached = {each.table: builder.plain(each.title) for each in builder.report.appendix}
    charts = {chart.name for chart in builder.report.charts}
    found = {}
    for name in names:
        word = "@chart" if name in charts else "@table"
        found[name] = f"{WORDS[word]}：" + (
            attached.get(name) or _title(builder.report, word, name, builder.session) or name
        )
    return found


def facts(session: Session, record: Record, key: str, limit: int = 500) -> Facts:
    """What is behind one figure of a draft or of an issued bulletin."""
    name = key.split("|")[0]
    ledgers = base_of(session, record).report.ledgers or None
    kept = figures.kept_figures(record).get(key)
    issued = record.state in ("issued", "withdrawn")
    then = figures.number_kept(session, key, kept) if kept else None
    now: metrics.Number | None = None
    try:
        now = figures.number_of(session, key, ledgers)
    except BadInput:  # a figure that is there no more; what was issued stays what it was
        if not issued or then is None:
            raise
    number = then if issued and then is not None else now
    other = now if issued else then
    assert number is not None
    parts = ""
    if number.denominator is not None:
        parts = (
            f"{template_text.number_text(number.numerator)} ÷"
            f" {template_text.number_text(number.denominator)}"
        )
    behind = (
        evidence.rows_when_issued(session, record, key) if issued else None
    ) or figures.rows_of(session, key, ledgers)
    rows = behind.rows
    shown, apart = figures.shown(number), figures.shown(other) if other is not None else ""
    return Facts(
        key, figures.label_of(session, record, key, number.figure.label),
        f"{template_text.number_text(number.value)}{number.measure}", parts,
        metrics.formula(session, name), record.values.get("figures_as_of") or "",
        "" if apart == shown else apart, figures.overrides_of(record).get(key), tuple(rows[:5000]),
        len(rows), issued, _in_ledgers(session, rows), behind.note,
    )


def _in_ledgers(
    session: Session, rows: Sequence[metrics.Row]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The ledgers where these rows can be seen, and as which records: a child is seen at the record
    it hangs under."""
    found: dict[str, dict[str, None]] = {}
    for row in rows[:5000]:
        kind, uid = session.kinds.get(row.kind), row.uid
        while kind.parent:
            record = session.get(kind.name, uid)
            above = (
                session.owner_of(kind, record.parent)
                if record is not None and record.parent
                else None
            )
            if above is None:
                break
            kind, uid = session.kinds.get(above.kind), above.uid
        if kind.family and not kind.parent:
            found.setdefault(kind.name, {})[uid] = None
    return tuple((name, tuple(uids)) for name, uids in found.items())


def print_view(view: View, to: IO[bytes] | Path, masked: Mask | None = None) -> Printed:
    """Set the draft as it stands."""
    return render(view.document, to, masked=masked)
