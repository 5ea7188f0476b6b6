"""What a role may do, asked in the write path and by every page: the one place that knows.

Reading personnel records needs no rule here: who has no key for that book cannot open it, whatever
the program says.
"""

from __future__ import annotations

from db.errors import NotPermitted
from db.model.declarations import Action, Kind
from db.model.roles import ROLES, called

#: Roles that write records of a kind whose declaration names none.
OFFICE_WRITERS = ("administrator", "reviewer", "clerk")
PERSONNEL_WRITERS = ("administrator", "personnel")

#: Further acts and who may do them.
ACTS: dict[str, tuple[str, ...]] = {
    "export": ("administrator", "reviewer", "clerk", "personnel"),
    # into the ledgers that the role may write
    "import": ("administrator", "reviewer", "clerk", "personnel"),
    "decide": ("administrator", "reviewer", "clerk", "personnel"),
    "undo-import": ("administrator", "reviewer"),
    "issue": ("administrator", "reviewer"),
    "print": tuple(ROLES),
    "users": ("administrator",),
    "kinds": ("administrator",),
    "settings": ("administrator",),
    "units": ("administrator", "reviewer"),
    "backup": ("administrator", "reviewer", "clerk", "personnel"),
    "restore": ("administrator",),
    # the administrator all that their keys open, the personnel officer the cadres' book
    "hand-out": ("administrator", "personnel"),
    "take-in": ("administrator", "personnel"),
    "audit": ("administrator",),
    "archive": ("administrator",),
}
ACT_LABELS = {
    "export": "导出工作簿",
    "import": "导入工作簿",
    "decide": "处理冲突",
    "undo-import": "撤销导入",
    "issue": "印发通报",
    "print": "打印",
    "users": "管理用户",
    "kinds": "修改台账设置",
    "settings": "修改单位设置",
    "units": "确认往来单位",
    "backup": "备份",
    "restore": "恢复备份",
    "hand-out": "移交数据",
    "take-in": "接收数据",
    "audit": "查看全部修改记录",
    "archive": "年度归档",
}


def writers(kind: Kind) -> tuple[str, ...]:
    """Roles that may add and change records of a kind."""
    return kind.writers or (PERSONNEL_WRITERS if kind.book == "personnel" else OFFICE_WRITERS)


def may_write(role: str, kind: Kind) -> bool:
    """Whether a role may add and change records of a kind."""
    return role in writers(kind)


def check_write(role: str, kind: Kind) -> None:
    """Raises ``NotPermitted`` with who could do it."""
    if not may_write(role, kind):
        who = "、".join(called(each) for each in writers(kind) if each in ROLES)
        raise NotPermitted(f"{called(role)}不能修改「{kind.label}」，请由{who}操作。")


def may_take_step(role: str, action: Action) -> bool:
    """Whether a step is for this role; who may take it now and here, ``step_checks`` says."""
    return role in action.roles


def may_undo_import(role: str, book: str) -> bool:
    """Undoing what came into the personnel book is its writers' work, else that of whom the act is
    given to."""
    return role in PERSONNEL_WRITERS if book == "personnel" else may(role, "undo-import")


def may(role: str, act: str) -> bool:
    """Whether a role may do one of ``ACTS``."""
    return role in ACTS[act]


def require(role: str, act: str) -> None:
    """Raises ``NotPermitted`` with who could do it."""
    if not may(role, act):
        who = "、".join(called(each) for each in ACTS[act])
        raise NotPermitted(f"{called(role)}不能{ACT_LABELS[act]}，请由{who}操作。")
