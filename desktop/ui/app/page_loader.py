"""Where the pages come from. Each group is imported by the function that needs it, so that the
window starts before they are; while the password is typed, all are imported ahead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from desktop.ui.kit.page import PageMaker
from desktop.ui.kit.used_places import LEDGER

if TYPE_CHECKING:
    from desktop.ui.pages.ledger import LedgerPage

Makers = Mapping[str, PageMaker]


def _first() -> Makers:
    from desktop.ui.pages import home, ledgers, search

    return {"home": home.HomePage, "ledgers": ledgers.LedgersPage, "search": search.SearchPage}


def _work() -> Makers:
    from desktop.ui.pages import (
        board,
        calendar,
        charts,
        leader,
        meetings,
        reporting,
        review,
        wallchart,
        weekly,
        years,
    )

    return {
        "calendar": calendar.CalendarPage, "leader": leader.LeaderPage,
        "weekly": weekly.WeeklyPage, "review": review.ReviewPage,
        "reporting": reporting.ReportingPage, "meetings": meetings.MeetingsPage,
        "board": board.BoardPage, "wallchart": wallchart.WallPage, "charts": charts.ChartsPage,
        "years": years.YearsPage,
    }


def _exchange() -> Makers:
    from desktop.ui.pages import conflicts, exchange

    return {"exchange": exchange.ExchangePage, "conflicts": conflicts.ConflictsPage}


def _papers() -> Makers:
    from desktop.ui.pages import bulletin, drafts, report_templates, scheduled

    return {
        "bulletin": bulletin.BulletinPage, "drafts": drafts.DraftsPage,
        "forms": report_templates.FormsPage, "scheduled": scheduled.ScheduledPage,
    }


def _people() -> Makers:
    from desktop.ui.pages import cadre, unit_tree, units, users

    return {
        "cadre": cadre.CadrePage, "units": units.UnitsPage, "users": users.UsersPage,
        "unit_tree": unit_tree.UnitTreePage,
    }


def _keeping() -> Makers:
    from desktop.ui.pages.keeping import audit, backup, help, kinds, recycle, settings, update

    return {
        "recycle": recycle.RecyclePage, "kinds": kinds.KindsPage, "backup": backup.BackupPage,
        "audit": audit.AuditPage, "settings": settings.SettingsPage,
        "update": update.UpdatePage, "help": help.HelpPage,
    }


GROUPS: Mapping[Callable[[], Makers], tuple[str, ...]] = {
    _first: ("home", "ledgers", "search"),
    _work: (
        "calendar", "leader", "weekly", "review", "reporting", "meetings", "board", "wallchart",
        "charts", "years",
    ),
    _exchange: ("exchange", "conflicts"),
    _papers: ("bulletin", "drafts", "forms", "scheduled"),
    _people: ("cadre", "units", "users", "unit_tree"),
    _keeping: ("recycle", "kinds", "backup", "audit", "settings", "update", "help"),
}
"""Which group brings which pages, by their ids in `desktop.ui.pages.PAGES`."""


_there: set[Callable[[], object]] = set()
"""What is imported: groups, and what ledgers are made of."""


def _group(key: str) -> Callable[[], Makers]:
    return next(group for group, keys in GROUPS.items() if key in keys)


def at_hand(key: str) -> bool:
    """Whether a page or ledger can be made without importing anything first."""
    return (ledger_page if key.startswith(LEDGER) else _group(key)) in _there


def page(key: str) -> PageMaker:
    """The page of that id, or a ledger; in any thread."""
    if key.startswith(LEDGER):
        return ledger(key.removeprefix(LEDGER))
    group = _group(key)
    made = group()[key]
    _there.add(group)
    return made


def ledger_page() -> type[LedgerPage]:
    """What every page of one kind is."""
    from desktop.ui.pages.ledger import LedgerPage

    _there.add(ledger_page)
    return LedgerPage


def ledger(kind: str) -> PageMaker:
    """The page of one kind."""
    made = ledger_page()
    return lambda window: made(window, kind)
