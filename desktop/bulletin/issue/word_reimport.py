"""A draft that was edited in an office program comes back: what was changed there goes into the
draft by lines, its figures stay those of the ledger, and what was done to a figure is told."""

from __future__ import annotations

import difflib
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from db.model.records import Record
from db.session import Session
from desktop.bulletin.document import (
    Article,
    Block,
    EditorNote,
    Heading,
    Paragraph,
    Turned,
    Wide,
    plain,
)
from desktop.bulletin.issue import issuing
from desktop.bulletin.issue.editor_view import pieces
from desktop.bulletin.report import template_text, template_words
from desktop.bulletin.report.conditional_text import merged
from desktop.bulletin.report.reports import SOURCE, Builder
from desktop.bulletin.typed_text import from_text
from desktop.bulletin.word.markup import tag_of
from desktop.bulletin.word.reader import Figure, Line, read_file
from desktop.bulletin.word.styles import STYLES

#: Around a blank that stands for a figure while lines are compared.
OPEN, CLOSE = "\ufdd0", "\ufdd1"
BOUND = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
#: Styles of what stands around the text: the form's and the ledger's, not the draft's.
AROUND = frozenset(style.name for style in STYLES.values()) - {
    STYLES[key].name for key in ("body", "h1", "h2", "h3", "h4", "editor")
}
APPENDIX, TITLE = "附件", "公文标题"
#: So many earlier texts of a draft are tried as the one that was written to the file.
EARLIER = 12


class Changed(msgspec.Struct, frozen=True):
    """A passage that was changed in the file: as it was and as it is now, in words."""

    before: str
    now: str


class WordEdits(msgspec.Struct):
    """What came back. ``body``, ``title``: the draft with it; ``changed``: what was changed there;
    ``kept``: passages that were changed here as well, and stay as they are here; ``notices``: what
    happened to figures."""

    title: str
    body: str
    changed: list[Changed] = msgspec.field(default_factory=list)
    kept: list[Changed] = msgspec.field(default_factory=list)
    notices: list[str] = msgspec.field(default_factory=list)


def read_word_edits(session: Session, record: Record, path: Path) -> WordEdits:
    """The draft (with what is typed and not kept yet, if its record has it) and the file put
    together; nothing is written. Raises ``BadInput`` for what is no .docx."""
    builder = issuing.report_builder(session, record)
    document = builder.document()
    known = _Known(builder, record.values["body_text"] or "")
    read = read_file(path)
    lines = read.lines
    upper = itertools.takewhile(lambda line: line.style != APPENDIX, lines)
    title = "".join(line.text for line in upper if line.style == TITLE).replace("\t", "")
    notices: list[str] = []
    made = Counter(_lines(document.blocks)) - Counter(known.shown(builder.body))
    texts = []
    for line in _own(lines):
        text = known.bound(line, notices)
        if made[text] > 0:  # an article, or what stands for an empty table
            made[text] -= 1
        else:
            texts.append(text)
    mine = record.values["body_text"] or ""
    bodies = _bodies(session, record, mine)
    same = [body for body in bodies if _digest(body) == read.source]
    base = max(same or bodies, key=lambda body: _alike(known.shown(body), texts))
    theirs = _rewritten(base, known, texts)
    changes = _changes(known.shown(base), texts)
    _tell_figures(known, base, texts, notices)
    body = theirs if base == mine else merged(base, mine, theirs)
    back = WordEdits(title or record.values["title"], body, notices=list(dict.fromkeys(notices)))
    own = known.shown(body)
    for was, now in changes:
        taken = all(line in own for line in now) and not any(
            line in own and line not in now and texts.count(line) < own.count(line) for line in was
        )
        passage = Changed(known.words(session, was), known.words(session, now))
        (back.changed if taken else back.kept).append(passage)
    return back


def _lines(blocks: Iterable[Block]) -> Iterator[str]:
    """The paragraphs of a document as a file shows them."""
    for block in blocks:
        if isinstance(block, Article | Turned | Wide):
            yield from _lines(block.blocks)
        elif isinstance(block, Heading):
            yield plain(block.text) + plain(block.rest)
        elif isinstance(block, Paragraph | EditorNote):
            yield plain(block.text)


def _own(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines of the draft's own text, up to the first attachment."""
    for line in lines:
        if line.style == APPENDIX:
            return
        if line.style not in AROUND:
            yield line


class _Known:
    """The figures of a draft, and how its typing reads as lines of a file."""

    def __init__(self, builder: Builder, body: str) -> None:
        self.builder = builder
        #: By the tag of its control: the blanks that show it, each with its text now.
        self.blanks: dict[str, list[tuple[str, str]]] = {}
        self.labels: dict[str, str] = {}
        for piece in pieces(body, None):
            self._learn(piece.source, piece.figure)

    def _learn(self, source: str, call: tuple[str, str, str] | None) -> None:
        if call is None or source in self.labels:
            return
        word, name, unit = call
        builder = self.builder
        key = builder.key(name, unit or builder.choice.unit)
        shown = builder.shown(word, name, unit or None)
        self.blanks.setdefault(tag_of(key), []).append((source, shown))
        number = builder.used.get(key)
        self.labels[source] = number.figure.label if number is not None else name

    def shown(self, body: str) -> list[str]:
        """The lines of typing as a file shows them, each figure as its blank."""
        lines: list[str] = []
        for line in body.splitlines():
            if not line.strip().startswith("@"):
                lines += self.line(line)
        return lines

    def line(self, typed: str) -> list[str]:
        """A line of typing as a file shows it; none of a blank one."""
        for piece in pieces(typed, None):
            self._learn(piece.source, piece.figure)
        text = "".join(
            f"{OPEN}{piece.source}{CLOSE}" if piece.figure
            else piece.shown if piece.typed else self._filled(piece.source)
            for piece in pieces(typed, None)
        )
        found = []
        for block in from_text(text):
            if isinstance(block, Heading):
                found.append(plain(block.text) + plain(block.rest))
            elif isinstance(block, Paragraph | EditorNote):
                found.append(plain(block.text))
        return found

    def _filled(self, source: str) -> str:
        return self.builder.plain(source) if template_words.BLANK.fullmatch(source) else source

    def bound(self, line: Line, notices: list[str]) -> str:
        """A line that came back, its figures as their blanks; what was done to one is told."""
        return "".join(
            template_text.escape_blanks(part)
            if isinstance(part, str)
            else self._bound(part, notices)
            for part in line.parts
        ).strip(" \t\u3000\u00a0")

    def _bound(self, figure: Figure, notices: list[str]) -> str:
        known = self.blanks.get(figure.tag)
        if not known:
            return template_text.escape_blanks(figure.shown)
        source = next((blank for blank, shown in known if shown == figure.written), known[0][0])
        label, blank = self.labels[source], f"{OPEN}{source}{CLOSE}"
        if figure.shown == figure.written:
            return blank
        before, found, after = figure.shown.partition(figure.written)
        if found and not (before[-1:].isdigit() or after[:1].isdigit()):
            notices.append(f"数字「{label}」的标记里多了文字“{before}{after}”，已移到标记外面")
            outside = (template_text.escape_blanks(each) for each in (before, after))
            return blank.join(outside)
        notices.append(
            f"数字「{label}」在文件里由 {figure.written} 改成了 {figure.shown or '空'}，没有取回，"
            "仍用台账的数；确要改的请手工改数"
        )
        return blank

    def words(self, session: Session, lines: Sequence[str]) -> str:
        """Lines as people read them: figures by their values now."""
        shown = {source: text for known in self.blanks.values() for source, text in known}
        return BOUND.sub(lambda m: shown.get(m.group(1), m.group(1)), "\n".join(lines))


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:SOURCE]


def _bodies(session: Session, record: Record, mine: str) -> list[str]:
    """The draft's text and earlier ones, newest first: one of them was written to the file."""
    found = dict.fromkeys([mine])
    for line in reversed(session.history(record.kind, record.uid)):
        if line.field == "body_text":
            found |= dict.fromkeys(each for each in (line.new, line.old) if isinstance(each, str))
    return list(found)[:EARLIER]


def _alike(base: Sequence[str], texts: Sequence[str]) -> tuple[int, float]:
    """How much of a text stands in the file as it is: whole lines, then the rest by characters."""
    same = Counter(texts) & Counter(base)
    old, new = ("".join(line for line in lines if line not in same) for lines in (base, texts))
    ratio = difflib.SequenceMatcher(None, old, new, autojunk=False).ratio()
    return sum(same.values()) * 2 - len(base), ratio


def _changes(base: Sequence[str], now: Sequence[str]) -> list[tuple[list[str], list[str]]]:
    matcher = difflib.SequenceMatcher(None, base, now, autojunk=False)
    return [
        (list(base[a:b]), list(now[c:d]))
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    ]


def _rewritten(base: str, known: _Known, texts: Sequence[str]) -> str:
    """The typing with its lines as they came back; lines that no file shows (tables, blank ones)
    stay where they are."""
    typed = base.splitlines()
    # each shown line, and the line of typing that it comes from
    shown: list[str] = []
    origin: list[int] = []
    for at, line in enumerate(typed):
        if not line.strip().startswith("@"):
            for each in known.line(line):
                shown.append(each)
                origin.append(at)
    result: dict[int, list[str]] = {at: [line] for at, line in enumerate(typed)}
    first: list[str] = []
    matcher = difflib.SequenceMatcher(None, shown, list(texts), autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        new = [BOUND.sub(r"\1", text) for text in texts[c:d]]
        for at in origin[a:b]:
            result[at] = []
        if b > a:
            result[origin[a]] = new
        elif a:
            result[origin[a - 1]] = [*result[origin[a - 1]], *new]
        else:
            first = new
    return "\n".join([*first, *(line for at in range(len(typed)) for line in result[at])])


def _tell_figures(known: _Known, base: str, texts: Sequence[str], notices: list[str]) -> None:
    """Figures whose mark is gone or stands there more often than it did."""
    before = Counter(blank for line in known.shown(base) for blank in BOUND.findall(line))
    now = Counter(blank for line in texts for blank in BOUND.findall(line))
    for blank, count in before.items():
        label = known.labels.get(blank, blank)
        if now[blank] < count:
            lost = count - now[blank]
            notices.append(f"数字「{label}」有 {lost} 处没有标记了：改写的句子里的数字不再随台账变")
        elif now[blank] > count:
            notices.append(f"数字「{label}」多出 {now[blank] - count} 处（复制的句子），都随台账变")
