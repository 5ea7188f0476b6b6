"""Cells of CSV files: how a value is written so that a spreadsheet runs nothing, and read back
equal.

RFC 4180, UTF-8 with the mark that Excel needs (both engines pass over it with the heading line).
A text that a spreadsheet would take for a formula, or that begins with an apostrophe, gets one
apostrophe before it; so does a line that psql before version 18 takes for the end of the file. The
schemas and the reading take it away again.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import TracebackType

from db.errors import BadInput, WorkFailed
from db.model.declarations import Field
from db.model.fieldtypes import type_of
from db.store.disk.disk_errors import disk_errors
from db.store.disk.private_files import create_private
from desktop.open_files.tables import Column, Table, form_of

ENCODING = "utf-8-sig"
MARK = "'"
#: What spreadsheet programs take for the beginning of a formula, the full-width signs too.
RISKY = frozenset("=+-@\t\r\n＝＋－＠" + MARK)
#: A line within a text that is taken for the end, and one that got an apostrophe.
_END, _ENDED = re.compile(r"\n('*\\\.)"), re.compile(r"\n'('*\\\.)")
#: Characters of one cell: a long text, or what one change wrote.
_LONGEST = 1 << 28
_CHUNK = 1 << 20
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,4})?")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def guarded(text: str | None) -> str | None:
    """A text that no spreadsheet runs, and psql reads to its end."""
    if not text:
        return text
    if "\n" in text:
        text = _END.sub(r"\n'\1", text)
    return MARK + text if text[0] in RISKY else text


def unguarded(text: str) -> str:
    """The text as it was."""
    text = text.removeprefix(MARK)
    return _ENDED.sub(r"\n\1", text) if "\n" in text else text


def _plain(value: object) -> object:
    return value


def written(form: str) -> Callable[[object], object]:
    """How a value of a form is written: None is an empty cell."""
    return {
        "text": lambda value: guarded(None if value is None else str(value)),
        "number": lambda value: None if value is None else f"{Decimal(str(value)):f}",
        "flag": lambda value: None if value is None else ("true" if value else "false"),
    }.get(form, _plain)


def from_row(field: Field) -> Callable[[object], object]:
    """How what a table of the book keeps of a field is written."""
    kind, form = type_of(field), form_of(field) or "text"
    write = written(form)
    if form in ("number", "flag"):
        return lambda cell: write(kind.from_db(cell))
    return write


class Writer:
    """One file in the making, with its rows counted and its digest; a context manager."""

    def __init__(self, folder: Path, table: Table) -> None:
        self.table, self.rows = table, 0
        self._path = folder / table.file
        self._path.parent.mkdir(exist_ok=True)
        create_private(self._path)
        self._file = self._path.open("w", encoding=ENCODING, newline="")
        self._writer = csv.writer(self._file)
        self._ways = [written(column.form) for column in table.columns]
        self._writer.writerow([column.name for column in table.columns])

    def row(self, *cells: object) -> None:
        """A row of values."""
        self.cells([way(cell) for way, cell in zip(self._ways, cells, strict=True)])

    def cells(self, cells: Sequence[object]) -> None:
        """A row of what is written already."""
        self._writer.writerow(cells)
        self.rows += 1

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())
        finally:
            self._file.close()


class Reader:
    """The rows of a file as plain values (JSON), with the line at which each begins. What cannot be
    read is refused with file, line and column."""

    def __init__(self, folder: Path, table: Table) -> None:
        self.table, self._path = table, folder / table.file
        #: The columns that the file has, in its order; known once reading has begun.
        self.columns: list[Column] = []

    def __iter__(self) -> Iterator[tuple[int, list[object]]]:
        csv.field_size_limit(_LONGEST)
        line = 1
        try:
            with disk_errors(self.table.file), self._path.open(encoding=ENCODING, newline="") as f:
                rows = csv.reader(f, strict=True)
                self.columns = self._headed(next(rows, []))
                line = rows.line_num + 1
                for cells in rows:
                    yield line, self._values(line, cells)
                    line = rows.line_num + 1
        except UnicodeDecodeError as error:
            raise self.wrong(line, "不是 UTF-8 编码的文字") from error
        except csv.Error as error:
            raise self.wrong(line, "引号不成对，或一格太长") from error
        except WorkFailed as error:
            if self._path.exists():
                raise
            raise BadInput(f"文件夹里没有 {self.table.file}，请找全后再试。") from error

    def wrong(self, line: int, what: str, column: Column | None = None) -> BadInput:
        """The refusal to raise."""
        place = ""
        if column is not None:
            at = self.columns.index(column) + 1 if column in self.columns else 0
            place = f"第 {at} 列「{column.label}」（{column.name}）"
        name = column.name if column is not None else None
        said = what.rstrip("。")
        return BadInput(f"{self.table.file} 第 {line} 行{place}{said}。", field=name)

    def _headed(self, names: Sequence[str]) -> list[Column]:
        known = _by_any_name(self.table)
        found: list[Column] = []
        for at, name in enumerate(names, start=1):
            if name not in known or known[name] in found:
                what = f"第 {at} 列的栏名“{name[:40]}”不是「{self.table.label}」的栏目，或重复了"
                raise self.wrong(1, what)
            found.append(known[name])
        for column in self.table.columns:
            if column.required and column not in found:
                raise self.wrong(1, f"缺少栏目「{column.label}」（{column.name}）")
        return found

    def _values(self, line: int, cells: Sequence[str]) -> list[object]:
        if len(cells) != len(self.columns):
            raise self.wrong(line, f"有 {len(cells)} 格，应有 {len(self.columns)} 格")
        found: list[object] = []
        for column, cell in zip(self.columns, cells, strict=True):
            if not cell:
                if column.required:
                    raise self.wrong(line, "不能空着", column)
                found.append(None)
                continue
            try:
                found.append(_READ[column.form](cell))
            except (ValueError, InvalidOperation, RecursionError) as error:
                said = cell if len(cell) <= 40 else cell[:40] + "…"
                what = f"应为{_WORDS[column.form]}：{said}"
                raise self.wrong(line, what, column) from error
        return found


def _by_any_name(table: Table) -> dict[str, Column]:
    """Columns by their names and by those that they had before."""
    before = {
        old: column for column in table.columns if column.field is not None
        for old in column.field.renamed_from
    }
    return before | {column.name: column for column in table.columns}


def _matched(form: re.Pattern[str], text: str) -> str:
    if form.fullmatch(text) is None:
        raise ValueError(text)
    return text


def _flag(text: str) -> bool:
    return {"true": True, "false": False}[text] if text in ("true", "false") else _refuse(text)


def _refuse(text: str) -> bool:
    raise ValueError(text)


def _moment(text: str) -> str:
    dt.datetime.fromisoformat(text)
    return text


_READ: dict[str, Callable[[str], object]] = {
    "text": unguarded,
    "integer": lambda text: int(_matched(_INTEGER, text)),
    "number": lambda text: Decimal(_matched(_NUMBER, text)),
    "flag": _flag,
    "day": lambda text: dt.date.fromisoformat(text).isoformat(),
    "month": lambda text: _matched(_MONTH, text),
    "moment": _moment,
    "json": json.loads,
}
_WORDS = {
    "text": "文字", "integer": "整数", "number": "最多四位小数的数", "flag": " true 或 false",
    "day": "日期，写成 2022-09-05", "month": "月份，写成 2022-09",
    "moment": "时刻，写成 2022-09-05T08:30:00", "json": " JSON",
}


def sha256(path: Path, progress: Callable[[], object] = lambda: None) -> str:
    """The digest of a file, read in pieces; ``progress`` hears of each and may raise to cancel."""
    digest = hashlib.sha256()
    with disk_errors(path.name), path.open("rb") as file:
        while piece := file.read(_CHUNK):
            progress()
            digest.update(piece)
    return digest.hexdigest()


def digest(data: bytes) -> str:
    """The digest of bytes."""
    return hashlib.sha256(data).hexdigest()
