"""The process of its own in which workbooks are checked and read, so that a file that breaks a
parser breaks only this.

Asked by a msgpack message on standard input, it answers with frames on standard output: each four
bytes of length and, in a frame, a msgpack list, whose first item says what it is. Nothing in a
frame is ever executed (no pickle). After a file that was in order it waits for the next; after any
other it ends, so that no file is read by a parser that a broken one has been through::

    ["facts", {…}]                    what the precheck learnt
    ["sheet", name, visible, column, merges, hidden_rows, filtered]
                                      the rows that follow are of this sheet; their first cell
                                      stands in this column
                                      (from 1); the last three only for foreign workbooks
    ["notes", [[cell, code, shown]]]  cells whose text is not to be trusted (a number that lost
    digits, an error …) ["rows", first_row, [[text]]]     consecutive rows, numbered from 1; cells
    are texts, "" where blank ["end", rows_with_a_value]        of this sheet ["done"]  or 
    ["refused", code, what]
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import io
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import msgspec

from desktop.exchange.errors import Refused
from desktop.exchange.files import deflate
from desktop.exchange.files.memory_limit import limit_memory
from desktop.exchange.files.xml_row_count import SheetFacts, area, column_letters
from desktop.exchange.files.xml_row_recount import rows_with_values

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

    from desktop.exchange.files.precheck import Checked

BATCH = 1_000
#: A double keeps 15 digits; the 18 of an identity number are already wrong when they arrive as a
#: number.
BIG_NUMBER = 1e15


class Request(msgspec.Struct):
    """What the parent asks: which file, with which password, under which memory limit; which sheets
    first, or which alone."""

    path: str
    password: str | None = None
    memory_mb: int = 450
    first: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    foreign: bool = False


def child_command() -> list[str]:
    """The command that starts this process: the interpreter, or the built program with a hidden
    argument."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--exchange-child"]
    return [
        sys.executable, "-I", "-c", _START.format(root=str(Path(__file__).resolve().parents[3])),
    ]


# -I keeps the current folder and the environment out of the path; the package's own folder is put
# back.
_START = (
    "import sys; sys.path.insert(0, {root!r});"
    " from desktop.exchange.files.reader_process import main; main()"
)


class _Out:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._encode = msgspec.msgpack.Encoder().encode

    def send(self, *frame: Any) -> None:
        data = self._encode(frame)
        self._stream.write(len(data).to_bytes(4, "big"))
        self._stream.write(data)
        self._stream.flush()


def main() -> None:
    """Entry of the process. Whatever happens, the last frame says how it ended."""
    gc.disable()  # rows come and go by the thousand, and none refers to itself
    out = _Out(sys.stdout.buffer)
    out.send("ready")  # a busy machine, or one that looks for viruses, starts slowly
    limited = 0
    try:
        while size := int.from_bytes(sys.stdin.buffer.read(4), "big"):
            request = msgspec.msgpack.decode(sys.stdin.buffer.read(size), type=Request)
            if request.memory_mb != limited:
                limited = request.memory_mb
                with contextlib.suppress(ValueError, OSError):  # below what is in use already
                    limit_memory(limited)
            serve(request, out.send)
            out.send("done")
    except Refused as error:
        out.send("refused", error.code, error.what)
    except MemoryError:
        out.send("refused", "memory", "")
    except RecursionError:
        out.send("refused", "broken-xml", "嵌套过深")


def serve(request: Request, send: Callable[..., None]) -> None:
    """Check and read one file; the frames go to ``send``."""
    from desktop.exchange.files import csv_text, precheck

    path = Path(request.path)
    try:
        kind = precheck.kind_of(path)
    except Refused as error:
        if request.foreign and error.code == "not-workbook":
            return csv_text.read(path, error, send)
        raise
    source = _opened(path, request, precheck.ole_kind(path)) if kind == "ole" else path
    if source is None:
        return _read_plain(path, request, send)
    try:
        checked = precheck.check(source)
    except Refused as error:
        if request.foreign and error.code == "ods" and isinstance(source, Path):
            precheck.check_open_document(path)
            return _read_plain(path, request, send)
        raise
    send("facts", {
        "names": checked.names, "external_links": checked.external_links,
        "left": _left(checked),
    })
    _read(source, checked.sheets, request, send)


def read_back(
    path: Path, password: str | None, sheet: str, take: Callable[[list[list[str]]], None]
) -> None:
    """Hands on all rows of a sheet of a file that this program has just written, some at a time so
    that the window is not held up, each member held against its checksum. In this process: nothing
    in the file is anybody else's."""
    source = path if password is None else decrypt(path, password)
    try:
        with zipfile.ZipFile(source) as archive:
            bad = deflate.first_bad(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Refused("truncated", str(error)) from error
    if bad is not None:
        raise Refused("truncated", bad)

    def sent(what: str, *rest: Any) -> None:
        if what == "rows":
            take(rest[1])

    _read(source, None, Request(str(path), only=(sheet,)), sent)


def _left(checked: Checked) -> list[tuple[str, str, str, str]]:
    """Text struck through, and comments: sheet, cell, which of the two, and what it says."""
    left = [
        (name, cell, "struck", "") for name, facts in checked.sheets.items()
        for cell in facts.struck
    ]  # fmt: skip
    return left + [(name, cell, "comment", text) for name, cell, text in checked.comments]


def _opened(path: Path, request: Request, ole: str) -> io.BytesIO | None:
    """The workbook in an encrypted file; None for one of the old format. ``ole``: what is in it."""
    if ole == "encrypted" and request.password is None:
        raise Refused("encrypted")
    if ole == "encrypted":
        return decrypt(path, request.password or "")
    if ole != "xls":
        raise Refused("not-workbook", "Word 或其他旧格式文档")
    if not request.foreign or request.password is not None:
        raise Refused("xls")
    return None


def _read_plain(path: Path, request: Request, send: Callable[..., None]) -> None:
    """A workbook of another format (.xls, .et, .ods), told by its bytes, whatever it is called."""
    send("facts", {"names": {}, "external_links": False})
    _read(io.BytesIO(path.read_bytes()), None, request, send)


def decrypt(path: Path, password: str) -> io.BytesIO:
    """ECMA-376 agile encryption, its HMAC checked, into memory: no plain copy lies on a disk."""
    import msoffcrypto.exceptions

    exceptions = msoffcrypto.exceptions
    plain = io.BytesIO()
    try:
        with path.open("rb") as file:
            office = msoffcrypto.OfficeFile(file)
            office.load_key(password=password, verify_password=True)
            office.decrypt(plain, verify_integrity=True)
    except exceptions.InvalidKeyError as error:
        raise Refused("wrong-password") from error
    except (
        exceptions.DecryptionError, exceptions.FileFormatError, exceptions.ParseError, ValueError,
        KeyError, IndexError, TypeError,
    ) as error:  # fmt: skip
        raise Refused("truncated", "加密部分已损坏") from error
    plain.seek(0)
    return plain


def _read(
    source: io.BytesIO | Path, facts: dict[str, SheetFacts] | None, request: Request,
    send: Callable[..., None],
) -> None:
    import python_calamine as calamine

    try:
        book = _workbook(calamine.CalamineWorkbook, source)
        sheets = {
            meta.name: meta.visible == calamine.SheetVisibleEnum.Visible
            for meta in book.sheets_metadata if meta.typ == calamine.SheetTypeEnum.WorkSheet
        }
        for name in _in_turn(list(sheets), request):
            if facts is None or name in facts:
                sheet, of_sheet = book.get_sheet_by_name(name), facts[name] if facts else None
                foreign = request.foreign or facts is None
                _read_sheet(sheet, sheets[name], source, of_sheet, send, foreign=foreign)
    except calamine.PasswordError as error:
        raise Refused("encrypted") from error
    except calamine.CalamineError as error:
        raise Refused("broken-xml", str(error)[:60]) from error


def _workbook(made: type[CalamineWorkbook], source: io.BytesIO | Path) -> CalamineWorkbook:
    if isinstance(source, Path):
        return made.from_path(str(source))
    source.seek(0)
    return made.from_filelike(source)


def _in_turn(sheets: list[str], request: Request) -> list[str]:
    """The sheets that are asked for, those that are wanted first ahead."""
    first = [name for name in request.first if name in sheets]
    names = dict.fromkeys([*first, *sheets])
    return [name for name in names if request.only is None or name in request.only]


def _read_sheet(
    sheet: CalamineSheet, visible: bool, source: io.BytesIO | Path, facts: SheetFacts | None,
    send: Callable[..., None], *, foreign: bool,
) -> None:
    _, before = sheet.start or (0, 0)
    column = before + 1
    areas = _merged(sheet, facts, foreign)
    merges = [[r1, c1 - before, r2, c2 - before] for r1, c1, r2, c2 in areas]
    hidden = facts.hidden_rows if foreign and facts else []
    send("sheet", sheet.name, visible, column, merges, hidden, bool(facts and facts.filtered))
    notes = _notes(facts)
    percent = facts.percent if facts is not None else set()
    batch: list[list[str]] = []
    first_row, filled, join = 1, 0, "".join
    for row_number, row in enumerate(cast("Iterable[list[str]]", sheet.iter_rows()), 1):
        texts = row
        try:
            filled += join(row) != ""
        except TypeError:  # not only texts
            texts = _texts(row, row_number, column, notes, percent)
            filled += any(texts)
        batch.append(texts)
        if len(batch) == BATCH:
            notes = _send_rows(send, notes, first_row, batch)
            first_row, batch = row_number + 1, []
    _send_rows(send, notes, first_row, batch)
    if facts is not None and not _counted_alike(filled, facts, source):
        raise Refused("rows-differ", sheet.name)
    send("end", filled)


def _counted_alike(filled: int, facts: SheetFacts, source: io.BytesIO | Path) -> bool:
    return filled == facts.rows or filled == rows_with_values(source, facts.member)


def _merged(sheet: CalamineSheet, facts: SheetFacts | None, foreign: bool) -> list[list[int]]:
    """The merged cells: first row and column, last row and column."""
    if foreign:
        return [[*first, *last] for first, last in (sheet.merged_cell_ranges or ())[:20_000]]
    return [area(ref) for ref in facts.merges] if facts is not None else []


def _notes(facts: SheetFacts | None) -> list[tuple[str, str, str]]:
    if facts is None:
        return []
    return [
        *((cell, "error", shown) for cell, shown in facts.errors.items()),
        *((cell, "formula", shown) for cell, shown in facts.without_value.items()),
    ]


def _texts(
    row: Sequence[object], number: int, column: int, notes: list[tuple[str, str, str]],
    percent: set[str],
) -> list[str]:  # fmt: skip
    return [
        cell if isinstance(cell, str) else _text(cell, number, column + i, notes, percent)
        for i, cell in enumerate(row)
    ]


def _send_rows(
    send: Callable[..., None], notes: list[tuple[str, str, str]], first_row: int,
    batch: list[list[str]],
) -> list[tuple[str, str, str]]:
    """The notes on cells go ahead of their rows; returns an empty list for the next ones."""
    if notes:
        send("notes", notes)
    if batch:
        send("rows", first_row, batch)
    return []


def _text(
    cell: object, row: int, column: int, notes: list[tuple[str, str, str]], percent: set[str]
) -> str:
    """What a person would read in a cell that is not text."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float | int):
        if percent and f"{column_letters(column)}{row}" in percent:
            return format(cell * 100, ".12g") + "%"
        text = _digits(cell)
        if abs(cell) >= BIG_NUMBER:
            notes.append((f"{column_letters(column)}{row}", "big-number", text))
        return text
    if isinstance(cell, dt.datetime):
        return (
            cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "seconds")
        )
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell)


def _digits(cell: float) -> str:
    """A number as Excel shows it, never with an exponent."""
    text = format(cell, ".15g") if isinstance(cell, float) else str(cell)
    if "e" not in text:
        return text
    return f"{cell:.0f}" if abs(cell) >= 1 else format(cell, "f")


if __name__ == "__main__":
    main()
