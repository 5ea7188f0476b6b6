"""The declarations that a book keeps: those its office made or took from a workbook.

One that does not work, because it was kept by a program that looked less closely or written past
the program, is set aside: the office opens without it, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from db.errors import DeclarationError, WorkFailed
from db.model import declaration_files, office_kinds
from db.model.declarations import Kind, Lifecycle
from db.model.kinds import Kinds

if TYPE_CHECKING:
    from db.store.book import Book

Named = TypeVar("Named", Kind, Lifecycle)


def load(book: Book, kinds: Kinds) -> tuple[Kinds, list[str]]:
    """The program's kinds and those that the book keeps; and a sentence for each set aside."""
    made, aside = _read(book, "office_kinds", Kind)
    cycles, broken = _read(book, "office_lifecycles", Lifecycle)
    if not made and not cycles:
        return kinds, aside + broken
    for kind in list(made):
        try:
            office_kinds.check(kind, kinds.given)
        except DeclarationError as error:
            made.remove(kind)
            aside.append(_sentence(kind.label, error))
    try:
        return kinds.with_office(made, cycles), aside + broken
    except DeclarationError:
        full, more = one_by_one(kinds, made, cycles, lambda _: None)
        return full, aside + broken + more


def changed_past_the_log(book: Book, noted: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each declaration that is not as somebody kept it, by the signed log
    (``noted``): an editor wrote it, or took it away."""
    there = dict(book.connection.execute("SELECT name, declaration FROM office_kinds"))
    for name in sorted(noted.keys() | there.keys()):
        if noted.get(name) != there.get(name):
            label = book.kinds.get(name).label if name in book.kinds else name
            yield f"台账「{label}」的声明（栏目、规则）被改动过，不是由程序写入的，请核对。"
    for (name,) in book.connection.execute("SELECT name FROM office_lifecycles"):
        yield f"流程「{name}」的声明不是由程序写入的，请核对。"


def migrate_system_tables(book: Book) -> None:
    """Bring a book of an earlier program to the present form, with what it declares itself, as far
    as that works."""
    given = book.kinds
    full, _ = load(book, given)
    book.kinds = full
    if book.needs_migration():
        try:
            book.migrate_tables()
        except (DeclarationError, WorkFailed):
            book.kinds, _ = without_unusable([book], given, full)
            book.migrate_tables()


def without_unusable(books: Iterable[Book], kinds: Kinds, full: Kinds) -> tuple[Kinds, list[str]]:
    """Of the declarations of ``full`` those whose tables can be made, when they cannot all be.
    Raises what stands in the way of the program's own."""
    opened = list(books)

    def try_out(candidate: Kinds) -> None:
        for book in opened:
            book.try_out(candidate)

    try_out(kinds)
    made = [k for k in full if k.name not in kinds or k.source == "office"]
    cycles = [c for c in full.lifecycles if c.name not in {g.name for g in kinds.lifecycles}]
    return one_by_one(kinds, made, cycles, try_out)


def one_by_one(
    kinds: Kinds, made: Sequence[Kind], cycles: Sequence[Lifecycle],
    try_out: Callable[[Kinds], None],
) -> tuple[Kinds, list[str]]:
    """As many as work, in rounds, since one may lean on another; and a sentence for each of the
    others."""
    left: list[Kind | Lifecycle] = [*cycles, *made]
    while True:
        failed: list[tuple[Kind | Lifecycle, DeclarationError | WorkFailed]] = []
        for each in left:
            try:
                grown = (
                    kinds.with_office([each]) if isinstance(each, Kind)
                    else kinds.with_office((), [each])
                )
                try_out(grown)
            except (DeclarationError, WorkFailed) as error:
                failed.append((each, error))
            else:
                kinds = grown
        if len(failed) in (0, len(left)):
            return kinds, [_sentence(each.label, error) for each, error in failed]
        left = [each for each, _ in failed]


def _read(book: Book, table: str, shape: type[Named]) -> tuple[list[Named], list[str]]:
    found: list[Named] = []
    aside: list[str] = []
    connection = book.connection
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)).fetchone():
        return found, aside
    for name, text in connection.execute(f"SELECT name, declaration FROM {table} ORDER BY name"):
        try:
            each = declaration_files.decode(text, shape, name)
            if each.name != name:
                raise DeclarationError(f"声明 {name} 有错：name 写的是「{each.name}」。")
            found.append(each)
        except DeclarationError as error:
            aside.append(_sentence(name, error))
    return found, aside


def _sentence(label: str, error: DeclarationError | WorkFailed) -> str:
    return (
        f"台账「{label}」的声明用不了，已经搁置，它的内容还在、暂时看不到；其余台账照常使用。"
        f"原因：{error.message}请联系发来它的单位，或把这句话告诉维护人员。"
    )
