"""The pages of the window. To add one, write its class into a module here, a line into `PAGES` and
one into a group of `desktop/ui/app/page_loader.py`. What the window asks of it is
`desktop.ui.kit.page.Page`.
"""

from __future__ import annotations

from dataclasses import dataclass

ANYONE = ("administrator", "reviewer", "clerk", "personnel", "viewer")


@dataclass(frozen=True)
class PageEntry:
    """A page as the navigation lists it: where it stands and who sees it."""

    id: str
    label: str
    icon: str
    section: str
    roles: tuple[str, ...]
    pinyin: str = ""
    listed: bool = True
    book: str = ""
    """Only for people with the key of this book."""


ADMINISTRATOR, WRITERS = ("administrator",), ("administrator", "reviewer", "clerk", "personnel")

PAGES: tuple[PageEntry, ...] = (
    PageEntry("home", "工作台", "view-dashboard-outline", "", ANYONE, "gzt"),
    PageEntry("search", "全局搜索", "magnify", "", ANYONE, "qjss", listed=False),
    PageEntry("weekly", "每周交办", "calendar-check-outline", "", ANYONE, "mzjb"),
    PageEntry("review", "每月讲评", "podium", "", ANYONE, "myjp"),
    PageEntry("meetings", "开会议事", "account-voice", "", ANYONE, "khys"),
    PageEntry("board", "报送情况", "clipboard-check-multiple-outline", "", ANYONE, "bsqk"),
    PageEntry("wallchart", "挂图作战", "chart-gantt", "", ANYONE, "gtzz"),
    PageEntry("charts", "统计图表", "chart-bar", "", ANYONE, "tjtb"),
    PageEntry("exchange", "数据交换", "swap-horizontal", "", ANYONE, "sjjh"),
    PageEntry("conflicts", "冲突", "source-merge", "", WRITERS, "ct"),
    PageEntry("bulletin", "通报", "file-document-outline", "", ANYONE, "tb"),
    PageEntry(
        "cadre",
        "干部档案",
        "badge-account-outline",
        "干部",
        ("administrator", "personnel"),
        "gbda",
        book="personnel",
    ),
    PageEntry(
        "units",
        "单位变动",
        "office-building-cog-outline",
        "组织机构",
        ("administrator", "reviewer"),
        "dwbd",
    ),
    PageEntry("drafts", "拟稿档案", "file-document-edit-outline", "", ANYONE, "ngda"),
    PageEntry("recycle", "回收站", "trash-can-outline", "管理", ANYONE, "hsz"),
    PageEntry("users", "用户", "account-group-outline", "管理", ADMINISTRATOR, "yh"),
    PageEntry("kinds", "台账设置", "table-cog", "管理", ADMINISTRATOR, "tzsz"),
    PageEntry(
        "forms", "文种样式", "file-cog-outline", "管理", ("administrator", "reviewer"), "wzys"
    ),
    PageEntry("backup", "备份与恢复", "shield-check-outline", "管理", WRITERS, "bfyhf"),
    PageEntry("audit", "修改记录", "history", "管理", ADMINISTRATOR, "xgjl"),
    PageEntry("settings", "设置", "cog-outline", "管理", ANYONE, "sz"),
    PageEntry("help", "帮助", "help-circle-outline", "管理", ANYONE, "bz"),
)
"""Ledgers are not listed here: each declared kind with a family is one."""


def label_of(page: str) -> str:
    """What a page is called: its heading and the section of its commands."""
    return next(entry.label for entry in PAGES if entry.id == page)
