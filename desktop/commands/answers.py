"""How answers are given: one JSON document with --json, else plain lines. Every start passes here,
the window's too."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from db.errors import BadInput, ZhengxianError


def write_json(answer: object) -> None:
    """One JSON document on standard output, and nothing else."""
    data = msgspec.json.format(msgspec.json.encode(answer, enc_hook=_plain), indent=1)
    sys.stdout.buffer.write(data + b"\n")
    sys.stdout.flush()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def print_answer(text: str) -> None:
    """A line of an answer on standard output."""
    sys.stdout.write(text + "\n")


def print_notice(text: str) -> None:
    """A message for the person, on standard error."""
    sys.stderr.write(text + "\n")


def table(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
    """Rows as lines parted by tabs, with a heading; for people and for cut(1)."""
    print_answer("\t".join(columns))
    for row in rows:
        print_answer(
            "\t".join(
                "" if row.get(c) is None else str(row[c]).replace("\t", " ").replace("\n", " ")
                for c in columns
            )
        )


def error_json(error: ZhengxianError) -> dict[str, object]:
    """An error for scripts: the sentence, and each problem with its field."""
    answer: dict[str, object] = {"error": error.message}
    if isinstance(error, BadInput) and error.problems:
        answer["problems"] = [{"field": p.field, "message": p.message} for p in error.problems]
    return answer


def why(error: BaseException) -> str:
    """The sentence for an error that nobody foresaw: its type only, since its text may hold
    personal data."""
    return (
        error.message
        if isinstance(error, ZhengxianError)
        else f"程序内部出错（{type(error).__name__}），没有改动数据。"
    )
