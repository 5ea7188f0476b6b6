"""What declarations that the program does not bring itself may say.

They come from this office's own screens and files, and in workbooks from anybody. Tables of the
book, names that SQL knows and what the program declares are not theirs to name.
"""

from __future__ import annotations

from db.errors import DeclarationError
from db.model.declarations import SYSTEM_COLUMNS, Field, Kind
from db.model.kinds import Kinds

#: Tables of a book that are no kind's (``store/migrations.py``; a test compares them).
_TABLES = """meta settings sites changes journal conflicts imports exports blobs office_kinds
    office_lifecycles search_kinds search search_waiting search_config search_content search_data
    search_docsize search_idx offices spans"""
SYSTEM_TABLES = frozenset(_TABLES.split())
#: What the program may come to need itself.
_SYSTEM_PREFIXES = ("search_", "zx_")
#: Words of SQL that could be a name by their form (https://www.sqlite.org/lang_keywords.html).
_SQL = """
    abort action add after all alter always analyze and as asc attach autoincrement before begin
    between by cascade case cast check collate column commit conflict constraint create cross
    current current_date current_time current_timestamp database default deferrable deferred delete
    desc detach distinct do drop each else end escape except exclude exclusive exists explain fail
    filter first following for foreign from full generated glob group groups having if ignore
    immediate in index indexed initially inner insert instead intersect into is isnull join key last
    left like limit match materialized natural no not nothing notnull null nulls of offset on or
    order others outer over partition plan pragma preceding primary query raise range recursive
    references regexp reindex release rename replace restrict returning right rollback row rows
    savepoint select set table temp temporary then ties to transaction trigger unbounded union
    unique update using vacuum values view virtual when where window with without"""
_KEYWORDS = frozenset(_SQL.split())
#: Names of fields that SQLite takes for the number of a row.
_ROW_NUMBERS = frozenset({"oid", "rowid"})


def check(kind: Kind, given: Kinds) -> None:
    """Raises ``DeclarationError`` where a declaration names what is not an office's; ``given`` are
    the program's own."""
    where = f"{kind.name}.toml"
    if kind.name in SYSTEM_TABLES or kind.name.startswith("sqlite_"):
        raise _taken(kind)
    if taken := set(kind.renamed_from) & (SYSTEM_TABLES | {k.name for k in given}):
        raise DeclarationError(
            f"{where}：renamed_from「{min(taken)}」是程序自带的，不能由别的台账顶替。"
        )
    theirs = {f.name for f in given.get(kind.name).all_fields} if kind.name in given else set()
    present = {f.name for f in kind.all_fields} | theirs
    for field in kind.fields:
        if field.name not in theirs:
            _check_field(field, present, where)


def check_new(kind: Kind, given: Kinds) -> None:
    """The same, stricter for one that no book holds yet: its name must also be free for what the
    program may come to need."""
    if kind.name not in given:
        if _reserved(kind.name, given):
            raise _taken(kind)
        if any(kind.label == k.label for k in given):
            raise DeclarationError(
                f"{kind.name}.toml：label「{kind.label}」是程序自带的台账，请换一个。"
            )
    check(kind, given)


def _reserved(name: str, given: Kinds) -> bool:
    """Words of SQL, names of the program's lists and lifecycles, of its indexes, and what it may
    come to need."""
    words = {cycle.name for cycle in given.lifecycles} | _KEYWORDS | given.choice_lists.keys()
    indexes = tuple(f"{k.name}_by_" for k in given)
    deleted = {f"{k.name}_deleted" for k in given}
    return name in words | deleted or name.startswith(_SYSTEM_PREFIXES + indexes)


def _taken(kind: Kind) -> DeclarationError:
    return DeclarationError(
        f"{kind.name}.toml：name「{kind.name}」是程序自用的名称，请给台账换一个。"
    )


def _check_field(field: Field, present: set[str], where: str) -> None:
    if field.name in _ROW_NUMBERS:
        raise DeclarationError(f"{where}：字段名「{field.name}」不可用。", field=field.name)
    for old in field.renamed_from:
        if old in SYSTEM_COLUMNS or old in present - {field.name}:
            raise DeclarationError(
                f"{where}：字段 {field.name} 的 renamed_from「{old}」还在用，不能由它顶替。",
                field=field.name,
            )
