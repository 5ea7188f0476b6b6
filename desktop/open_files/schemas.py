"""The tables as two engines make and fill them, and the dictionary that people read: all from the
same columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import resources
from db.model.fieldtypes import type_of
from desktop.open_files.tables import FORMS, OWN, Column, Table

POSTGRES, DUCKDB = "schema_postgresql.sql", "schema_duckdb.sql"
#: Names of the file that people read.
GUIDE = "dictionary.md"

_HEAD = """-- 争先台账移交的数据，{engine}
-- 在本文件夹里运行：{command}
-- 建表、装入各个 CSV、去掉防公式的撇号{more}，一次做完。
"""


#: The same for lines of a text (``cells.guarded``).
_LINES = (
    "UPDATE {table} SET {name} = regexp_replace({name}, chr(10) || '''(''*\\\\\\.)', chr(10) ||"
    " '\\1', 'g') WHERE strpos({name}, chr(10) || '''') > 0;"
)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _text(words: str) -> str:
    return "'" + words.replace("'", "''").replace("\n", " ") + "'"


def _flows(tables: Sequence[Table]) -> Iterator[str]:
    """A view over all ledgers of a lifecycle: most figures count over them together."""
    flows: dict[str, list[Table]] = {}
    for table in tables:
        if table.kind is not None and table.kind.lifecycle:
            flows.setdefault(table.kind.lifecycle, []).append(table)
    for flow, members in flows.items():
        names = ", ".join(_common(members))
        parts = [
            f"  SELECT {_text(table.name)} AS \"kind\", {names} FROM {_quoted(table.name)}"
            for table in members
        ]
        name = _quoted(f"{OWN}all_{flow}")
        said = f"同走这个流程的全部台账共有的栏目：{'、'.join(t.label for t in members)}"
        yield f"CREATE VIEW {name} AS\n" + "\n  UNION ALL\n".join(parts) + ";"
        yield f"COMMENT ON VIEW {name} IS {_text(said)};\n"


def _common(members: Sequence[Table]) -> Iterator[str]:
    """The columns that all of them have."""
    shared = set.intersection(*({(c.name, c.form) for c in table.columns} for table in members))
    return (_quoted(c.name) for c in members[0].columns if (c.name, c.form) in shared)


def postgres(tables: Sequence[Table]) -> str:
    """For PostgreSQL, run by psql. Keys refer ``NOT VALID``: what is here is taken as it is, what
    is written later is held to it."""
    lines = [
        _HEAD.format(
            engine="PostgreSQL（12 及以后）", command=f"psql -v ON_ERROR_STOP=1 -f {POSTGRES} 库名",
            more="、加引用",
        ),
        "SET client_encoding = 'UTF8';", "SET standard_conforming_strings = on;", "BEGIN;", "",
    ]
    for table in tables:
        lines += _made(table, lambda column: FORMS[column.form].postgres)
    lines += _flows(tables)
    for table in tables:
        lines.append(
            f"\\copy {_quoted(table.name)} FROM '{table.file}' WITH (FORMAT csv, HEADER true)"
        )
        lines += _unmarked(table)
    lines += ["", *_references(tables), "COMMIT;", ""]
    return "\n".join(lines)


def duckdb(tables: Sequence[Table]) -> str:
    """For DuckDB, which holds keys against each row as it comes: what a column refers to stands in
    its comment."""
    lines = [
        _HEAD.format(
            engine="DuckDB（1.1 及以后）", command=f"duckdb 库名.duckdb < {DUCKDB}", more=""
        ),
        "BEGIN;", "",
    ]
    for table in tables:
        lines += _made(table, lambda column: FORMS[column.form].duckdb)
    lines += _flows(tables)
    for table in tables:
        lines.append(
            f"COPY {_quoted(table.name)} FROM '{table.file}' (FORMAT csv, HEADER true, DELIMITER"
            " ',', QUOTE '\"', ESCAPE '\"', NULLSTR '');"
        )
        lines += _unmarked(table)
    return "\n".join([*lines, "COMMIT;", ""])


def _made(table: Table, type_of: Callable[[Column], str]) -> Iterator[str]:
    parts = [f"  {_quoted(c.name)} {type_of(c)}" + " NOT NULL" * c.required for c in table.columns]
    if table.key:
        parts.append(f"  PRIMARY KEY ({', '.join(map(_quoted, table.key))})")
    yield f"CREATE TABLE {_quoted(table.name)} (\n" + ",\n".join(parts) + "\n);"
    said = "：".join(filter(None, (table.label, table.about)))
    yield f"COMMENT ON TABLE {_quoted(table.name)} IS {_text(said)};"
    for column in table.columns:
        place = f"{_quoted(table.name)}.{_quoted(column.name)}"
        yield f"COMMENT ON COLUMN {place} IS {_text(_told(column))};"
    yield ""


def _told(column: Column) -> str:
    """What a column says, in one line."""
    parts = [
        column.label,
        f"单位：{column.measure}" if column.measure else "",
        f"指向 {column.refers}.uid" if column.refers else "",
        f"选项：{_choices(column)}" if column.choices else "",
        column.about,
    ]
    return "；".join(filter(None, parts))


def _choices(column: Column) -> str:
    return "、".join(name if name == label else f"{name}={label}" for name, label in column.choices)


def _unmarked(table: Table) -> Iterator[str]:
    """Takes the apostrophes away again that stand before what looks like a formula."""
    free = [_quoted(c.name) for c in table.columns if c.form == "text" and c.name not in table.key]
    if free:
        marked = [f"{name} LIKE '''%'" for name in free]
        sets = ", ".join(
            f"{name} = CASE WHEN {at} THEN substr({name}, 2) ELSE {name} END"
            for name, at in zip(free, marked, strict=True)
        )
        yield f"UPDATE {_quoted(table.name)} SET {sets} WHERE {' OR '.join(marked)};"
    for column in table.columns:
        if column.field is not None and type_of(column.field).multiline:
            yield _LINES.format(table=_quoted(table.name), name=_quoted(column.name))


def _references(tables: Sequence[Table]) -> Iterator[str]:
    there = {table.name for table in tables}
    for table in tables:
        for column in table.columns:
            if column.refers in there and column.form == "text":
                yield (
                    f"ALTER TABLE {_quoted(table.name)} ADD FOREIGN KEY ({_quoted(column.name)})"
                    f" REFERENCES {_quoted(column.refers)} (\"uid\") NOT VALID;"
                )


# -- the dictionary --------------------------------------------------------------------------------

HEADINGS = ("表", "表名", "字段", "名称", "类型", "必填", "选项", "计量单位", "指向", "说明")


def dictionary(tables: Sequence[Table]) -> Iterator[tuple[str, ...]]:
    """One line a column, under ``HEADINGS``."""
    for table in tables:
        for column in table.columns:
            yield (
                table.name, table.label, column.name, column.label, FORMS[column.form].label,
                "是" if column.required else "", _choices(column), column.measure, column.refers,
                column.about,
            )



def guide(tables: Sequence[Table], rows: dict[str, int], **facts: str) -> str:
    """The dictionary to be read by people."""
    head = resources.path("open_files", "guide.md").read_text(encoding="utf-8")
    parts = [head.format(postgres=POSTGRES, duckdb=DUCKDB, **facts)]
    for table in tables:
        parts.append(f"\n### {table.label} `{table.file}`（{rows[table.name]} 行）\n")
        if table.about:
            parts.append(f"{_cell(table.about)}\n")
        parts.append("| 字段 | 名称 | 类型 | 必填 | 说明 |\n|---|---|---|---|---|")
        for column in table.columns:
            said = _told(column).removeprefix(column.label).removeprefix("；")
            parts.append(
                f"| {column.name} | {_cell(column.label)} | {FORMS[column.form].label} |"
                f" {'是' if column.required else ''} | {_cell(said)} |"
            )
    return "\n".join(parts) + "\n"


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")
