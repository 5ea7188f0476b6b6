"""Command define: a kind, figure or report that the office makes itself, from a file."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from db.errors import BadInput, DeclarationError
from db.metrics import metrics, own_figures
from db.model import declaration_files
from db.model.declarations import Figure, Kind
from db.session import Session
from desktop.bulletin.report import office_report_changes
from desktop.bulletin.report.declaration import Report
from desktop.commands.answers import print_answer, print_notice, write_json

#: What a file declares, by a key that nothing else has.
SORTS = {"fields": "kind", "body": "report"}
_LABELS = {"kind": "台账", "report": "文种", "figure": "指标"}


def define(session: Session, options: Namespace) -> int:
    """Take up a declaration; refused with file, line and key, nothing changed."""
    path = Path(options.file)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        why = f"{path.name} 无法读取：不是 UTF-8 编码，请用编辑器另存为 UTF-8。"
        raise BadInput(why) from error
    except OSError as error:
        why = "请看文件名写得对不对" if not path.is_file() else "请看能不能用编辑器打开它"
        raise BadInput(f"读不出文件 {path}，{why}。", field="file") from error
    try:
        data = declaration_files.read(text, path.name)
        sort = next((sort for key, sort in SORTS.items() if key in data), "figure")
        answer = {"defined": sort, **_TAKERS[sort](session, data, path.name)}
    except BadInput as error:
        raise _placed(error, text, path.name) from error
    if options.json:
        write_json(answer)
    else:
        print_answer(str(answer["name"]))
        print_notice(f"{_LABELS[sort]}「{answer['label']}」已定义。{answer.get('formula', '')}")
    return 0


def _figure(session: Session, data: Mapping[str, object], where: str) -> dict[str, object]:
    figure = declaration_files.convert(data, Figure, where)
    own_figures.save(session, own_figures.as_stored(session, figure))
    return {
        "name": figure.name, "label": figure.label,
        "formula": metrics.formula(session, figure.name),
    }


def _kind(session: Session, data: Mapping[str, object], where: str) -> dict[str, object]:
    kind = declaration_files.convert(data, Kind, where)
    own = session.kinds.given.find(kind.name)
    if (
        own is not None
        and own.name == kind.name
        and kind.label != session.kinds.get(own.name).label
    ):
        label = session.kinds.get(own.name).label
        text = f"name「{kind.name}」是程序自带的「{label}」；给它加栏目时 label 也写「{label}」。"
        raise DeclarationError(text, field="name")
    own_figures.save_kind(session, kind)
    return {"name": kind.name, "label": kind.label}


def _report(session: Session, data: Mapping[str, object], where: str) -> dict[str, object]:
    report = declaration_files.convert(data, Report, where)
    office_report_changes.save(session, report)
    return {"name": report.name, "label": report.label}


_TAKERS = {"figure": _figure, "kind": _kind, "report": _report}


def _placed(error: BadInput, text: str, name: str) -> DeclarationError:
    """The refusal with file, line and key."""
    message = error.message.removeprefix(f"声明 {name} 有错：")
    at, key = _place(text, message, error.field or "")
    if message.startswith("声明文件"):
        return DeclarationError(f"{name}：{message}", field=error.field)
    where = f"第 {at} 行" + (f"（{key}）" if key else "")
    return DeclarationError(f"{name} {where}：{message}", field=key or error.field)


def _place(text: str, message: str, key: str) -> tuple[int, str]:
    """The line that a refusal is about, and its key: where the path or the words that it quotes
    stand."""
    lines = text.splitlines()
    path = re.search(r"（在 (\S+?)）", message)
    if path:
        key = path[1]
    names = [part for part in re.split(r"[.\[\]]+", key) if part and not part.isdigit()]
    spots = [n for n, line in enumerate(lines, 1) if any(_has_key(line, name) for name in names)]
    first = min(spots, default=1)
    for word in _quoted(message):
        said = [n for n, line in enumerate(lines, 1) if n >= first and word in line]
        if said:
            return next((n for n in said if n in spots), said[0]), key
    return next(iter(spots), 1), key


def _quoted(message: str) -> list[str]:
    """The words that a refusal is about, the last first, whole values before parts of them."""
    missing = re.findall(r"(?:缺少|没有) (\w+)(?: 这个键)?", message)
    words = [*re.findall(r"[「`“]([^」`”]+)[」`”]", message), *missing]
    return [form for each in reversed(words) for form in (f'"{each}"', each)]


def _has_key(line: str, name: str) -> bool:
    return re.search(rf"(^|[\s{{,\[.\"]){re.escape(name)}\"?\s*(=|\]|\.)", line) is not None
