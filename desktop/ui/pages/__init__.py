"""The pages of the window. To add one, write its class into a module here, a line into `PAGES` and
one into a group of `desktop/ui/app/page_loader.py`. What the window asks of it is
`desktop.ui.kit.page.Page`.
"""

from __future__ import annotations

from dataclasses import dataclass

from db.model.declarations import Kind

ANYONE = ("administrator", "reviewer", "clerk", "personnel", "viewer")


@dataclass(frozen=True)
class Section:
    """One line of the navigation: its pages and ledgers are tabs above what is shown."""

    id: str
    label: str
    icon: str
    families: tuple[str, ...] = ()
    """Families of ledgers that stand here; those that no section names stand under 台账."""
    kinds: tuple[str, ...] = ()
    """Single ledgers that stand here, whatever their family."""


@dataclass(frozen=True)
class PageEntry:
    """A page: in which section it stands and who sees it; one without a section is opened by
    others."""

    id: str
    label: str
    section: str
    roles: tuple[str, ...]
    pinyin: str = ""
    book: str = ""
    """Only for people with the key of this book."""
    renamed_from: tuple[str, ...] = ()
    """What it was called before: found by these names too."""


ADMINISTRATOR, WRITERS = ("administrator",), ("administrator", "reviewer", "clerk", "personnel")
LEDGERS = "ledgers"
"""The section, and its first page, of the ledgers that belong to no other one."""

SECTIONS: tuple[Section, ...] = (
    Section("home", "工作台", "view-dashboard-outline"),
    Section(LEDGERS, "台账", "table-large"),
    Section(
        "reviewing", "交办讲评", "calendar-check-outline",
        kinds=("weekly_assignment", "monthly_review"),
    ),
    Section("meetings", "会议", "account-voice", families=("会议",)),
    Section("charts", "图表", "chart-bar"),
    Section("exchange", "交换", "swap-horizontal"),
    Section("bulletins", "通报", "file-document-outline", families=("通报",)),
    Section("cadres", "干部", "badge-account-outline", families=("干部",)),
    Section("units", "单位和人员", "office-building-outline", families=("组织机构",)),
    Section("system", "系统", "cog-outline"),
    Section("help", "帮助", "help-circle-outline"),
)

PAGES: tuple[PageEntry, ...] = (
    PageEntry("home", "工作台", "home", ANYONE, "gzt"),
    PageEntry("calendar", "日历", "home", ANYONE, "rl"),
    PageEntry("leader", "领导专页", "home", ANYONE, "ldzy", renamed_from=("领导",)),
    PageEntry("search", "全局搜索", "", ANYONE, "qjss"),
    PageEntry(LEDGERS, "全部台账", LEDGERS, ANYONE, "qbtz"),
    PageEntry("weekly", "周交办", "reviewing", ANYONE, "zjb", renamed_from=("每周交办",)),
    PageEntry("review", "月讲评", "reviewing", ANYONE, "yjp", renamed_from=("每月讲评",)),
    PageEntry("reporting", "定期报告", "reviewing", ANYONE, "dqbg"),
    PageEntry("meetings", "开会议事", "meetings", ANYONE, "khys"),
    PageEntry("wallchart", "挂图作战", "charts", ANYONE, "gtzz"),
    PageEntry("charts", "统计图表", "charts", ANYONE, "tjtb"),
    PageEntry("years", "历年对照", "charts", ANYONE, "lndz ndgd", renamed_from=("年度归档",)),
    PageEntry("exchange", "数据交换", "exchange", WRITERS, "sjjh"),
    PageEntry("board", "报送情况", "exchange", ANYONE, "bsqk"),
    PageEntry("conflicts", "冲突", "exchange", WRITERS, "ct"),
    PageEntry("bulletin", "打印拟稿", "bulletins", ANYONE, "dyng", renamed_from=("通报",)),
    PageEntry("drafts", "拟稿档案", "bulletins", ANYONE, "ngda"),
    PageEntry("scheduled", "定期文稿", "bulletins", ANYONE, "dqwg"),
    PageEntry("forms", "文种样式", "bulletins", ("administrator", "reviewer"), "wzys"),
    PageEntry(
        "cadre", "干部档案", "cadres", ("administrator", "personnel"), "gbda", book="personnel"
    ),
    PageEntry("units", "单位变动", "units", ("administrator", "reviewer"), "dwbd"),
    PageEntry("unit_tree", "单位层级", "units", ANYONE, "dwcj"),
    PageEntry("users", "用户", "units", ADMINISTRATOR, "yh"),
    PageEntry("kinds", "台账设置", "system", ADMINISTRATOR, "tzsz"),
    PageEntry("backup", "备份与恢复", "system", WRITERS, "bfyhf"),
    PageEntry("audit", "修改记录", "system", ADMINISTRATOR, "xgjl"),
    PageEntry("recycle", "回收站", "system", WRITERS, "hsz"),
    PageEntry(
        "update", "更新", "system", WRITERS, "gx gengxin", renamed_from=("从 U 盘更新程序",)
    ),
    PageEntry("settings", "设置", "system", ANYONE, "sz"),
    PageEntry("help", "帮助", "help", ANYONE, "bz"),
)
"""Ledgers are not listed here: each declared kind with a family is one."""


_LABELS = frozenset(page.label for page in PAGES)


def label_of(page: str) -> str:
    """What a page is called: its heading and the section of its commands."""
    return next(entry.label for entry in PAGES if entry.id == page)


def section_of(kind: Kind) -> Section:
    """Where a ledger stands."""
    for section in SECTIONS:
        if kind.name in section.kinds:
            return section
    named = (section for section in SECTIONS if kind.family in section.families)
    return next(named, next(section for section in SECTIONS if section.id == LEDGERS))


def ledger_label(kind: Kind) -> str:
    """What the tab of a ledger says: its name, told from a page of that name."""
    return f"{kind.label}台账" if kind.label in _LABELS else kind.label
