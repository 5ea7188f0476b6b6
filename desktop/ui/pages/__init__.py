"""The pages of the window. To add one, add one line to `PAGES`; its module is imported ahead while
the password is typed.

A page is a QWidget made by `factory(session, jobs, window)`. It may have any of these methods, all
optional:
`shown()` when it comes to the front, `commands() -> list[Command]` while it is in front, `leave()
-> bool` before another page or a lock takes its place (False keeps it), `refresh(change)` after
each change of the book. Its heading is
`label_of(__name__)`, so that a page is called alike wherever it is named.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ANYONE = ("administrator", "reviewer", "clerk", "personnel", "viewer")


@dataclass(frozen=True)
class Page:
    """A page: where it stands in the navigation, who sees it, and `module:function` that makes it."""

    id: str
    label: str
    icon: str
    section: str
    roles: tuple[str, ...]
    maker: str
    pinyin: str = ""
    listed: bool = True
    book: str = ""
    """Only for people with the key of this book."""

    @property
    def module(self) -> str:
        """The full name of the module that makes the page."""
        return f"{__name__}.{self.maker.partition(':')[0]}"

    def factory(self) -> Callable[[Any, Any, Any], Any]:
        """The function that makes the page; importing its module waits until now."""
        return getattr(importlib.import_module(self.module), self.maker.partition(":")[2])


ADMINISTRATOR, WRITERS = ("administrator",), ("administrator", "reviewer", "clerk", "personnel")

PAGES: tuple[Page, ...] = (
    Page("home", "工作台", "view-dashboard-outline", "", ANYONE, "home:make", "gzt"),
    Page("search", "全局搜索", "magnify", "", ANYONE, "search:make", "qjss", listed=False),
    Page("weekly", "每周交办", "calendar-check-outline", "", ANYONE, "weekly:make", "mzjb"),
    Page("review", "每月讲评", "podium", "", ANYONE, "review:make", "myjp"),
    Page("meetings", "开会议事", "account-voice", "", ANYONE, "meetings:make", "khys"),
    Page("board", "报送情况", "clipboard-check-multiple-outline", "", ANYONE, "board:make", "bsqk"),
    Page("wallchart", "挂图作战", "chart-gantt", "", ANYONE, "wallchart:make", "gtzz"),
    Page("charts", "统计图表", "chart-bar", "", ANYONE, "charts:make", "tjtb"),
    Page("exchange", "数据交换", "swap-horizontal", "", ANYONE, "exchange:make", "sjjh"),
    Page("conflicts", "冲突", "source-merge", "", WRITERS, "conflicts:make", "ct"),
    Page("bulletin", "通报", "file-document-outline", "", ANYONE, "bulletin:make", "tb"),
    Page(
        "cadre", "干部档案", "badge-account-outline", "干部", ("administrator", "personnel"),
        "cadre:make", "gbda", book="personnel",
    ),
    Page(
        "units", "单位变动", "office-building-cog-outline", "组织机构",
        ("administrator", "reviewer"), "units:make", "dwbd",
    ),
    Page("drafts", "拟稿档案", "file-document-edit-outline", "", ANYONE, "drafts:make", "ngda"),
    Page("recycle", "回收站", "trash-can-outline", "管理", ANYONE, "recycle:make", "hsz"),
    Page("users", "用户", "account-group-outline", "管理", ADMINISTRATOR, "users:make", "yh"),
    Page("kinds", "台账设置", "table-cog", "管理", ADMINISTRATOR, "kinds:make", "tzsz"),
    Page(
        "forms", "文种样式", "file-cog-outline", "管理", ("administrator", "reviewer"),
        "forms:make", "wzys",
    ),
    Page("backup", "备份与恢复", "shield-check-outline", "管理", WRITERS, "backup:make", "bfyhf"),
    Page("audit", "修改记录", "history", "管理", ADMINISTRATOR, "audit:make", "xgjl"),
    Page("settings", "设置", "cog-outline", "管理", ANYONE, "settings:make", "sz"),
    Page("help", "帮助", "help-circle-outline", "管理", ANYONE, "help:make", "bz"),
)
"""Ledgers are not listed here: each declared kind with a family is one, made by `ledger:make`."""


def label_of(module: str) -> str:
    """What the page that a module (its `__name__`) makes is called: its heading and the section of
    its commands."""
    return next(page.label for page in PAGES if page.module == module)
