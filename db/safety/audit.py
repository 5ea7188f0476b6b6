"""Who changed what and when, over both books, for the administrator: read from the change log and
its chain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from db.errors import BadInput, DeclarationError
from db.model.context import ReadContext
from db.model.declarations import Kind
from db.model.fieldtypes import TYPES
from db.model.sql import OF_CHANGES
from db.model.steps import FIELD
from db.store import journal
from db.store.book import Book

#: Where a change came from, in words; a source not named here is shown as it is kept.
SOURCES = {
    "form": "界面",
    "move": "流程办理",
    "paste": "粘贴",
    "bulk": "批量操作",
    "cli": "命令行",
    "import": "导入",
    "decision": "处理冲突",
    "undo": "撤销",
    "redo": "重做",
    "users": "用户管理",
    "kinds": "台账设置",
    "settings": "单位设置",
    "export": "导出",
    "bulletin": "通报",
    "seal": "封存",
    "setup": "建立台账",
    "demo": "示例数据",
    "repair": "逐条抢救",
    "restore": "恢复备份",
    "seen": "查看隐去的内容",
    "appointment": "导入任免审批表",
}
ACTIONS = {
    "add": "新增", "edit": "修改", "delete": "删除", "restore": "恢复", "undo": "撤销",
    "merge": "合并",
}
_SYSTEM = {"state": "状态", "deleted": "删除", "parent": "所属记录"}


class AuditContext(ReadContext, Protocol):
    """The books with their change logs."""

    @property
    def books(self) -> list[Book]: ...


class Entry(msgspec.Struct, frozen=True):
    """One change of one book: ``kinds`` holds how many records of each kind it wrote, ``undone``
    that it was taken back.

    ``subject`` is the title of the record if it wrote just one.
    """

    book: str
    id: int
    at: str
    by: str
    source: str
    label: str
    kinds: dict[str, int]
    undone: bool
    subject: str


class Detail(msgspec.Struct, frozen=True):
    """One line of a change as people read it. ``kind`` and ``uid`` are empty for a fact that is no
    record's."""

    kind: str
    uid: str
    title: str
    action: str
    field: str
    old: str
    new: str


def entries(
    session: AuditContext,
    *,
    by: str | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
    kind: str | None = None,
    limit: int = 300,
    before: dict[str, int] | None = None,
) -> list[Entry]:
    """The newest changes that match, at most ``limit`` of each book, newest first.

    ``before`` maps a book to a change id: only older ones, for reading on. ``until`` is included.
    ``NotPermitted`` for anyone but an administrator.
    """
    session.require("audit")
    found: list[Entry] = []
    for book in session.books:
        if kind is not None and session.kinds.get(kind).book != book.name:
            continue
        conditions = (
            ("by = ?", by),
            ("at >= ?", since and since.isoformat()),
            ("at < ?", until and (until + dt.timedelta(days=1)).isoformat()),
            ("id < ?", (before or {}).get(book.name)),
            (
                f"EXISTS (SELECT 1 FROM {OF_CHANGES} WHERE c.id = changes.id AND j.kind = ?)",
                kind,
            ),
        )
        parts = ["1", *(text for text, value in conditions if value is not None)]
        parameters = [value for _, value in conditions if value is not None]
        rows = book.connection.execute(
            f"SELECT id, at, by, source, label, undone_by FROM changes WHERE {' AND '.join(parts)}"
            " ORDER BY id DESC LIMIT ?",
            (*parameters, limit),
        ).fetchall()
        counts = _counts(book, [row[0] for row in rows])
        for change, at, who, source, label, undone_by in rows:
            wrote = counts.get(change, {})
            kinds = {name: count for name, (count, _) in wrote.items()}
            undone, subject = undone_by is not None, _subject(session, wrote)
            found.append(Entry(book.name, change, at, who, source, label, kinds, undone, subject))
    return sorted(found, key=lambda e: (e.at, e.id), reverse=True)


def _subject(session: AuditContext, wrote: dict[str, tuple[int, str]]) -> str:
    """The title of the record if a change wrote just one."""
    if sum(count for count, _ in wrote.values()) != 1:
        return ""
    ((name, (_, uid)),) = wrote.items()
    return session.title(name, uid) if name in session.kinds else ""


def _counts(book: Book, changes: list[int]) -> dict[int, dict[str, tuple[int, str]]]:
    """By change and kind: how many records, and one of them."""
    found: dict[int, dict[str, tuple[int, str]]] = {}
    for start in range(0, len(changes), 500):
        part = changes[start : start + 500]
        rows = book.connection.execute(
            f"SELECT c.id, j.kind, count(DISTINCT j.uid), min(j.uid) FROM {OF_CHANGES} WHERE j.uid"
            f" <> '' AND c.id IN ({','.join('?' * len(part))}) GROUP BY c.id, j.kind",
            part,
        )
        for change, kind, count, uid in rows:
            found.setdefault(change, {})[kind] = (count, uid)
    return found


def details(
    session: AuditContext, entry: Entry, limit: int = 500, reports: Mapping[str, str] | None = None
) -> list[Detail]:
    """What a change wrote, record by record and field by field, at most ``limit`` lines; identity
    numbers stay masked. ``reports``: what the reports are called, by their names."""
    session.require("audit")
    book = next(b for b in session.books if b.name == entry.book)
    rows = book.connection.execute(
        f"SELECT j.seq, j.kind, j.uid, j.action, j.before, j.after FROM {OF_CHANGES} WHERE c.id = ?"
        " AND j.action NOT IN ('change', 'versions', 'signature', 'pair') ORDER BY j.seq LIMIT ?",
        (entry.id, limit),
    ).fetchall()
    lines: list[Detail] = []
    for seq, kind, uid, action, before_text, after_text in rows:
        before, after = msgspec.json.decode(before_text or "{}"), msgspec.json.decode(after_text)
        if not uid:
            lines.append(Detail("", "", "", "登记", "", "", str(after.get("text", ""))))
            continue
        declared = session.kinds.get(kind) if kind in session.kinds else None
        title = session.title(kind, uid) if declared else uid
        done = _action(session, declared, uid, action)
        if isinstance(after.get(FIELD), dict):
            before[FIELD], after[FIELD] = _steps(book, seq, kind, uid)
        for name, value in after.items():
            old, new = (
                _code(session, declared, name, each, reports or {})
                or _text(session, declared, name, each)
                for each in (before.get(name), value)
            )
            lines.append(Detail(kind, uid, title, done, _label(declared, name), old, new))
            if len(lines) >= limit:
                return lines
    return lines


def _steps(book: Book, seq: int, kind: str, uid: str) -> tuple[Any, Any]:
    """The whole lists before and after a row of the log, which keeps what came."""
    lines = (
        line for line in journal.history(book.connection, kind, uid, until=seq)
        if line.field == FIELD
    )
    return next(((line.old, line.new) for line in reversed([*lines])), (None, None))


def heads(session: AuditContext) -> dict[str, str]:
    """Each book's chain head (16 hex digits), as it stands on exports and bulletins."""
    return {book.name: book.audit_head for book in session.books}


def _action(session: AuditContext, kind: Kind | None, uid: str, action: str) -> str:
    """An action in words; a step of a lifecycle is kept as move:NAME, also with what hangs under
    the record that took it."""
    step = action.removeprefix("move:")
    if step == action:
        return ACTIONS.get(action, action)
    cycle = session.kinds.lifecycle_of(kind) if kind is not None else None
    if cycle is None and kind is not None:
        record = session.get(kind.name, uid)
        above = session.owner_of(kind, record.parent) if record and record.parent else None
        cycle = session.kinds.lifecycle_of(above.kind) if above is not None else None
    known = (cycle,) if cycle is not None else session.kinds.lifecycles
    return next((a.label for each in known for a in each.actions if a.name == step), step)


def _label(kind: Kind | None, name: str) -> str:
    if name in _SYSTEM:
        return _SYSTEM[name]
    return kind.field(name).label if kind is not None and kind.has(name) else name


def _code(
    session: AuditContext, kind: Kind | None, name: str, value: object, reports: Mapping[str, str]
) -> str:
    """What the program itself keeps in a field, in words; "" for what a person typed."""
    if kind is None or not kind.has(name) or not isinstance(value, str):
        return ""
    field, cycle = kind.field(name), session.kinds.lifecycle_of(kind)
    if cycle is not None and any(action.to == f"field:{name}" for action in cycle.actions):
        return next((state.label for state in cycle.states if state.name == value), value)
    if field.code == "report":
        return reports.get(value, value)
    if field.code == "record":
        found = (session.get(each.name, value) for each in session.kinds if each.book == kind.book)
        return next((session.title_of(item) for item in found if item is not None), "")
    if field.computed and value[:1] in ("{", "["):
        return f"程序所记，{len(value)} 字"
    return ""


def _text(session: AuditContext, kind: Kind | None, name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "deleted":
        return "是" if value else "否"
    if name == "parent" and kind is not None:
        above = session.owner_of(kind, str(value))
        return session.title_of(above) if above is not None else str(value)
    if name == "state" and kind is not None:
        cycle = session.kinds.lifecycle_of(kind)
        try:
            return cycle.state(value).label if cycle else str(value)
        except DeclarationError:
            return str(value)
    if kind is None or not kind.has(name):
        return str(value)
    field = kind.field(name)
    form = TYPES[field.type]
    try:
        # what is secret is hidden even where it is no longer right
        kept = value if form.secret else form.from_json(value, field)
        return form.shown(kept, field, session.names)
    except BadInput:  # written under an older declaration of the field
        return str(value)
