"""Where the pages come from. Each is imported by the function that needs it, so that the window
starts before they are; while the password is typed, all are imported ahead."""

from __future__ import annotations

from collections.abc import Callable

from desktop.ui.kit.page import PageMaker


def _home() -> PageMaker:
    from desktop.ui.pages.home import HomePage

    return HomePage


def _search() -> PageMaker:
    from desktop.ui.pages.search import SearchPage

    return SearchPage


def _weekly() -> PageMaker:
    from desktop.ui.pages.weekly import WeeklyPage

    return WeeklyPage


def _review() -> PageMaker:
    from desktop.ui.pages.review import ReviewPage

    return ReviewPage


def _meetings() -> PageMaker:
    from desktop.ui.pages.meetings import MeetingsPage

    return MeetingsPage


def _board() -> PageMaker:
    from desktop.ui.pages.board import BoardPage

    return BoardPage


def _wallchart() -> PageMaker:
    from desktop.ui.pages.wallchart import WallPage

    return WallPage


def _charts() -> PageMaker:
    from desktop.ui.pages.charts import ChartsPage

    return ChartsPage


def _exchange() -> PageMaker:
    from desktop.ui.pages.exchange import ExchangePage

    return ExchangePage


def _conflicts() -> PageMaker:
    from desktop.ui.pages.conflicts import ConflictsPage

    return ConflictsPage


def _bulletin() -> PageMaker:
    from desktop.ui.pages.bulletin import BulletinPage

    return BulletinPage


def _cadre() -> PageMaker:
    from desktop.ui.pages.cadre import CadrePage

    return CadrePage


def _units() -> PageMaker:
    from desktop.ui.pages.units import UnitsPage

    return UnitsPage


def _drafts() -> PageMaker:
    from desktop.ui.pages.drafts import DraftsPage

    return DraftsPage


def _recycle() -> PageMaker:
    from desktop.ui.pages.recycle import RecyclePage

    return RecyclePage


def _users() -> PageMaker:
    from desktop.ui.pages.users import UsersPage

    return UsersPage


def _kinds() -> PageMaker:
    from desktop.ui.pages.kinds import KindsPage

    return KindsPage


def _forms() -> PageMaker:
    from desktop.ui.pages.forms import FormsPage

    return FormsPage


def _backup() -> PageMaker:
    from desktop.ui.pages.backup import BackupPage

    return BackupPage


def _audit() -> PageMaker:
    from desktop.ui.pages.audit import AuditPage

    return AuditPage


def _settings() -> PageMaker:
    from desktop.ui.pages.settings import SettingsPage

    return SettingsPage


def _help() -> PageMaker:
    from desktop.ui.pages.help import HelpPage

    return HelpPage


MAKERS: dict[str, Callable[[], PageMaker]] = {
    "home": _home,
    "search": _search,
    "weekly": _weekly,
    "review": _review,
    "meetings": _meetings,
    "board": _board,
    "wallchart": _wallchart,
    "charts": _charts,
    "exchange": _exchange,
    "conflicts": _conflicts,
    "bulletin": _bulletin,
    "cadre": _cadre,
    "units": _units,
    "drafts": _drafts,
    "recycle": _recycle,
    "users": _users,
    "kinds": _kinds,
    "forms": _forms,
    "backup": _backup,
    "audit": _audit,
    "settings": _settings,
    "help": _help,
}
"""By the id of the page in `desktop.ui.pages.PAGES`."""


def ledger(kind: str) -> PageMaker:
    """The page of one kind."""
    from desktop.ui.pages.ledger import LedgerPage

    return lambda window: LedgerPage(window, kind)
