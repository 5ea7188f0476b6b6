"""The sheets of a workbook that the program did not make: read once, its rows told apart (heading,
total, note, item …)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from db.model.declarations import Kind
from db.model.fieldtypes import type_of
from desktop.exchange.errors import Refused
from desktop.exchange.files.reader import Batch, Limits, Progress, Reader, Sheet
from desktop.exchange.files.removable_media import local_copy
from desktop.exchange.files.xml_row_count import column_letters
from desktop.exchange.foreign.headings import Headings
from desktop.exchange.foreign.states import STATE
from desktop.exchange.format.columns import plain
from desktop.exchange.format.manifest import SHEET
from desktop.exchange.plan.parsed_row import is_blank

_TOTALS = re.compile(
    r"^(?:[一二三四五六七八九十]+、|\d+[.、])?(?:本月|本页|本表|全市|全县|以上|总|单位)?"
    r"(?:合计|总计|小计|累计|共计|平均|总数)(?:[:：]|[(（共]?\d*[件项条个次处][)）]?"
    r"|[(（].*[)）])*$"
    r"|^[^，。；：,;:]{2,10}小计(?:[(（].*[)）])?$"
)
_NOTES = (
    "注:", "注：", "备注:", "备注：", "说明:", "说明：", "填表说明", "填表人", "填报人", "制表",
    "审核人", "填报单位", "填报日期", "※", "单位（盖章）", "单位(盖章)", "填表", "填报时间",
    "统计日期", "报送日期", "联系人", "报送单位", "报送时间", "负责人签字", "单位负责人",
)  # fmt: skip
#: Several who sign under a table, or what is said of all of it.
_SIGNED = re.compile(
    r"^(?:制表|填表|填报|审核|审批|复核|签批|联系|经办|报送|统计|负责|分管|主要)"
    r"(?:人|单位|日期|时间|领导|签字)*[:：]"
)
_NOTE = re.compile(
    r"^(?:\*|※|附件?\d*[:：]|以上|上述|本表|此表|[（(]?(?:注|备注|说明)[)）]?\d*[:：、.])"
)
_CHAPTER = re.compile(r"^[(（]?[一二三四五六七八九十]{1,3}[)）]?[、.]?$")
_CHAPTER_NAMED = re.compile(r"^[(（]?[一二三四五六七八九十]{1,3}[)）]?[、.].*[\u4e00-\u9fff]{2}")
BLANK, HIDDEN, CONTINUED, UNDER_HEADING = "空行", "隐藏行", "接上行", "小标题"
#: How people say that a cell holds what the one above it holds.
_DITTO = frozenset({"同上", "〃", "″", "“", "”", "''"})
_GOES_ON = re.compile(r"^[（(]?(?:接上|续上|续|上接|同上)[行表页]?[)）]?$")


class NotForeign(Exception):
    """The workbook is one of the program's own after all."""


class ForeignSheet(msgspec.Struct):
    """A visible sheet with its rows; the first row of a sheet is rows[0]."""

    sheet: Sheet
    rows: list[list[str]] = msgspec.field(default_factory=list)
    #: where its cells stand in the file, of what was turned into a table: (row, column) from 0
    places: dict[tuple[int, int], tuple[int, int]] = msgspec.field(default_factory=dict)

    @property
    def name(self) -> str:
        """The sheet's name in its workbook."""
        return self.sheet.name

    def place(self, row: int, at: int) -> tuple[int, int]:
        """Where a cell (both from 0) stands in the file."""
        return self.places.get((row, at), (row, at))

    def letters(self, row: int, at: int) -> str:
        """The column in which a cell stands in the file."""
        return column_letters(self.sheet.column + self.place(row, at)[1])

    def address(self, row: int, at: int) -> str:
        """The same as people write it."""
        return f"{self.letters(row, at)}{self.place(row, at)[0] + 1}"

    def text(self, row: int, at: int) -> str:
        """A cell (both from 0), "" beyond the edge."""
        return (
            self.rows[row][at].strip() if row < len(self.rows) and at < len(self.rows[row]) else ""
        )


class ForeignBook(msgspec.Struct):
    """A file of another program, read: the visible sheets, and the file as it came in."""

    file: Path
    sha256: str
    data: bytes
    sheets: list[ForeignSheet]
    #: sheets that do not show; what people left beside the cells (comments, struck-through text)
    hidden: list[ForeignSheet] = msgspec.field(default_factory=list)
    facts: Mapping[str, object] = msgspec.field(default_factory=dict)


def read(
    file: Path, *, password: str | None = None, progress: Progress | None = None,
    limits: Limits | None = None,
) -> ForeignBook:
    """Read every visible sheet. Raises ``Refused``, and ``NotForeign`` for a workbook that has the
    program's hidden sheet."""
    with local_copy(file) as (local, sha256):
        sheets: list[ForeignSheet] = []
        hidden: list[ForeignSheet] = []
        with Reader(local, password=password, limits=limits, foreign=True) as reader:
            for item in reader:
                if item.sheet.name == SHEET:
                    raise _no_foreign(local, password)
                if isinstance(item, Batch):
                    _take(sheets if item.sheet.visible else hidden, item, progress)
        if len(sheets) == 1 and sheets[0].name == local.stem:
            # a text file has no sheets: the one it makes is called like the file
            sheets[0].sheet.name = file.stem
        return ForeignBook(
            file, sha256, local.read_bytes(), [s for s in sheets if any(map(any, s.rows))],
            hidden, reader.facts,
        )


def _no_foreign(local: Path, password: str | None) -> Exception:
    if password is None and local.read_bytes()[:2] != b"PK":
        # ours, saved in the old format: what it carries is not read from there
        return Refused("xls")
    return NotForeign()


def _take(sheets: list[ForeignSheet], batch: Batch, progress: Progress | None) -> None:
    if not sheets or sheets[-1].sheet is not batch.sheet:
        sheets.append(ForeignSheet(batch.sheet))
    sheets[-1].rows += batch.rows
    if progress is not None:
        progress(sum(len(s.rows) for s in sheets), 0, f"正在读工作表「{batch.sheet.name}」")


def may_be_item(row: Sequence[str]) -> bool:
    """Whether a row can hold an item at all: several cells, no total."""
    texts = ["".join(text.split()) for text in row if not is_blank(text)]
    return len(texts) >= 2 and not says_total(texts) and not _counts_columns(texts)


def says_total(texts: Sequence[str]) -> bool:
    """Whether a row sums up others."""
    return any(_TOTALS.match(t) for t in texts[:3])


def is_note(texts: Sequence[str]) -> bool:
    """Whether a row says something of the table, or who signs for it."""
    if sum(_SIGNED.match(text) is not None for text in texts) * 2 >= len(texts):
        return True
    begins = texts[0].startswith(_NOTES) or _NOTE.match(texts[0]) is not None
    return begins and len(texts) <= 4


def _counts_columns(texts: Sequence[str]) -> bool:
    """Whether the cells only number the columns: 1, 2, 3 …"""
    if len(texts) < 3 or not all(t.isdigit() for t in texts):
        return False
    return [int(t) for t in texts] == list(range(1, len(texts) + 1))


def _shares_of_one(texts: Sequence[str]) -> bool:
    """Whether the numbers among the texts all lie between 0 and 1, and not only at the ends."""
    known = [n for text in texts if not is_blank(text) and (n := number(text)) is not None]
    return all(0 <= n <= 1 for n in known) and any(0 < n < 1 for n in known)


class Rows:
    """Tells the rows of one sheet apart, once its heading rows and columns are known."""

    def __init__(
        self, each: ForeignSheet, found: Headings, kind: Kind, *, hidden_too: bool = False,
        last: int | None = None, columns: range | None = None,
    ) -> None:  # fmt: skip
        self._each, self._found, self._kind, self._hidden_too = each, found, kind, hidden_too
        self._last, self._columns = len(each.rows) if last is None else last, columns
        self._labels = {
            plain(name) for f in kind.all_fields for name in (f.label, *f.synonyms) if len(name) > 2
        }
        self._own = {"".join(h.split()) for h in found.headings.values()}
        self.first = found.rows[-1]
        """The number of the last heading row (from 1): rows below it are looked at."""
        #: where what stands under a merged cell is written: (row, column) → row, from 0
        self._written: dict[tuple[int, int], int] = {}
        self._merged = self._filled_down()
        #: percent fields whose column has a sign in some cells
        self.signed: set[str] = set()
        self._continued = self._same_item()

    def why(self, number: int) -> str:
        """Why a row (from 1) is no item, or "": a title, the heading, a total …"""
        row = self._each.rows[number - 1]
        if number < self._found.rows[0]:
            return BLANK if all(map(is_blank, row)) else "标题"
        if number <= self.first:
            return "表头"
        filled = self._filled(row)
        if not filled:
            return BLANK
        if self._left_out(number):
            return HIDDEN
        if number in self._continued:
            return CONTINUED
        return self._by_texts(filled)

    def _filled(self, row: Sequence[str]) -> list[tuple[int, str]]:
        """The cells of this table that hold something."""
        return [
            (at, text.strip()) for at, text in enumerate(row)
            if not is_blank(text) and (self._columns is None or at in self._columns)
        ]

    def _left_out(self, number: int) -> bool:
        """Whether the row was hidden by hand; what a filter hides is read."""
        sheet = self._each.sheet
        return number in sheet.hidden_rows and not sheet.filtered and not self._hidden_too

    def _by_texts(self, filled: Sequence[tuple[int, str]]) -> str:
        texts = ["".join(text.split()) for _, text in filled]
        if len(texts) == 1 and texts[0].isdigit() and filled[0][0] not in self._found.mapping:
            return BLANK  # a number that was put there for a row to come
        if says_total(texts):
            return "合计"
        if is_note(texts):
            return "说明"
        if group := self._group(filled, texts):
            return group
        if self._repeats_heading(texts):
            return "重复的表头"
        return self._by_title(filled) or self._by_columns(filled)

    def _group(self, filled: Sequence[tuple[int, str]], texts: Sequence[str]) -> str:
        """What a row is that is about those below it, or ""."""
        if self._is_chapter(filled, texts):
            return UNDER_HEADING
        return "小计" if self._sums_up(filled, texts) else ""

    def _is_chapter(self, filled: Sequence[tuple[int, str]], texts: Sequence[str]) -> bool:
        """Whether a row only says under what the next ones stand: 一 | 产业发展类."""
        if len(filled) == 2 and len(self._found.headings) > 3:
            return _CHAPTER.match(texts[0]) is not None
        return False

    def _sums_up(self, filled: Sequence[tuple[int, str]], texts: Sequence[str]) -> bool:
        """Whether a row sums up those below it, which have numbers of another sort:
        一 | 工业项目（2个） | 50000 over 1, 2."""
        at = filled[0][0]
        if len(texts) < 3 or at in self._found.mapping:
            return False
        named = _CHAPTER_NAMED.match(texts[0]) is not None  # 一、续建项目（3个）
        if not named and (_CHAPTER.match(texts[0]) is None or number(texts[1]) is not None):
            return False
        below = (self._each.text(row, at) for row in range(self.first, self._last))
        return any(text.isdigit() for text in below) and all(
            number(text.replace(",", "")) is not None for text in texts[2 - named :]
        )

    def _repeats_heading(self, texts: Sequence[str]) -> bool:
        return len(texts) >= 2 and sum(t in self._own for t in texts) * 2 >= len(texts)

    def _by_title(self, filled: Sequence[tuple[int, str]]) -> str:
        """What the cells under the title's column say that no title says."""
        titles = [text for at, text in filled if self._found.mapping.get(at) == self._kind.title]
        if any(plain(text) in self._labels for text in titles):
            return "栏目名称"  # a form, with what is asked for beside each cell
        if _counts_columns(["".join(text.split()) for _, text in filled]):
            return "列号"
        if any(_GOES_ON.match("".join(text.split())) for text in titles):
            return "续行"
        return ""

    def _by_columns(self, filled: Sequence[tuple[int, str]]) -> str:
        """Whether there is anything under the columns that are read."""
        found, alone = self._found, len(filled) == 1
        unread = bool(found.mapping) and not any(at in found.mapping for at, _ in filled)
        if unread or (alone and len(found.headings) > 2):
            return UNDER_HEADING if alone else "没有可读入的内容"
        return ""

    def texts(self, number: int) -> list[str]:
        """The cells of a row (from 1), with what a cell merged over several rows says in each of
        them."""
        row = self._each.rows[number - 1]
        return [
            self._above(number - 1, at)
            if "".join(text.split()) in _DITTO and at in self._found.mapping
            else text if not is_blank(text) else self._merged.get((number - 1, at), "")
            for at, text in enumerate(row)
        ]  # fmt: skip

    def spread(self, at: int) -> int:
        """How many cells of a column are merged over several rows, each of which has what they
        say."""
        return len({first for (_, column), first in self._written.items() if column == at})

    def address(self, number: int, at: int) -> str:
        """The cell in which a row's value is written: of what is merged over several rows, the
        first."""
        row = number - 1
        if not self._each.text(row, at):
            row = self._written.get((row, at), row)
        return self._each.address(row, at)

    def _above(self, row: int, at: int) -> str:
        """What stands over a cell that says 同上."""
        for above in range(row - 1, self.first - 1, -1):
            text = self._each.text(above, at) or self._merged.get((above, at), "").strip()
            if text and "".join(text.split()) not in _DITTO:
                return text
        return ""

    def goes_on_from(self, number: int) -> int:
        """The row of the item to which a row marked ``CONTINUED`` belongs."""
        return self._continued[number]

    def _same_item(self) -> dict[int, int]:
        """Rows of one item that is written over several: its title is one merged cell, and what
        they add is text. Row → first row."""
        title = next(
            (at for at, name in self._found.mapping.items() if name == self._kind.title), None
        )
        if title is None:
            return {}
        out: dict[int, int] = {}
        for r1, c1, r2, c2 in self._each.sheet.merges:
            if c1 <= title <= c2 and self.first <= r1 < r2:
                rows = range(r1 + 1, min(r2, self._last - 1) + 1)
                out |= {row + 1: r1 + 1 for row in rows if self._adds_text(row)}
        return out

    def _adds_text(self, row: int) -> bool:
        """Whether a row (from 0) holds something, and nothing but text."""
        said = [name for at, name in self._found.mapping.items() if self._each.text(row, at)]
        return bool(said) and all(
            name != STATE.name and type_of(self._kind.field(name)).worded for name in said
        )

    def _filled_down(self) -> dict[tuple[int, int], str]:
        rows = self._each.rows
        out: dict[tuple[int, int], str] = {}
        for r1, c1, r2, c2 in self._each.sheet.merges:
            if r1 < self.first or c1 != c2 or r1 >= len(rows) or c1 >= len(rows[r1]):
                continue
            for row in range(r1 + 1, r2 + 1):
                out[row, c1] = rows[r1][c1]
                self._written[row, c1] = r1
        return out

    def shares(self) -> set[str]:
        """Percent fields whose column holds nothing above 1, beside what has its sign: cells in a
        percent format arrive as 0.85."""
        out: set[str] = set()
        self.signed = set()
        for at, name in self._found.mapping.items():
            if name == STATE.name or not type_of(self._kind.field(name)).is_share:
                continue
            rows = self._each.rows[self.first : self._last]
            texts = [unicodedata.normalize("NFKC", r[at]) for r in rows if at < len(r)]
            bare = [text for text in texts if "%" not in text]
            if len(bare) < len(texts):
                self.signed.add(name)
            if _shares_of_one(bare):
                out.add(name)
        return out


def samples(each: ForeignSheet, found: Headings, at: int) -> list[str]:
    """Three different texts of a column below the heading."""
    out: dict[str, None] = {}
    for row in each.rows[found.rows[-1] :]:
        text = " ".join(row[at].split()) if at < len(row) else ""
        if not is_blank(text):
            out[text[:40]] = None
            if len(out) == 3:
                break
    return list(out)


def number(text: str) -> float | None:
    """A number as typed, its percent sign dropped; None when it is none."""
    try:
        return float(text.strip().rstrip("%"))
    except ValueError:
        return None


def said_sender(units: Mapping[str, str], file: Path, sheets: Sequence[ForeignSheet]) -> str:
    """The unit (uid) that the file's name or the lines above its heading name, or "". ``units``:
    name → uid.

    The longest name wins: 禾津县教育局 is not 禾津县."""
    def named(places: Sequence[str]) -> str:
        for text in places:
            hits = sorted((name for name in units if len(name) >= 2 and name in text), key=len)
            if hits:
                return units[hits[-1]]
        return ""

    said = {
        named([
            text for row in each.rows[:4] for text in row if text and len(row) - row.count("") <= 4
        ])
        for each in sheets
    } - {""}
    # a sheet for each county is from none of them
    return named([file.stem]) or (said.pop() if len(said) == 1 else "")
