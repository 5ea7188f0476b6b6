"""Each page of administration fits a small screen, also in large letters."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QDialog

from db import office
from db.units.reorganisation import SPLIT
from desktop.ui.kinds.dialogs import FieldDialog, LightsDialog, NewKindDialog
from desktop.ui.kit import theme
from desktop.ui.office.user_dialog import UserDialog
from desktop.ui.safety.recovery_key import RecoveryKeyDialog
from desktop.ui.safety.restore_open import RestoreDialog
from desktop.ui.units.unit_change import ChangeDialog
from tests.gui.pages_office import PASSWORD, fill, settle, window_over
from tests.gui.pictures import keep

WIDTH, HEIGHT = 1366, 768
KEY = "ABCDE-FGHJK-01234-56789-ABCDE-FGHJK-01234-56789"
DAYS = "2031年1月1日至1月3日 休 元旦\n1月22日至1月28日 休 春节\n2月9日 班"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "office"
    session = fill(folder)
    office.make_backup(session)
    office.make_backup(session, reason="daily")
    session.close()
    return folder


@pytest.fixture(params=[10.5, 14.0], ids=["10.5pt", "14pt"])
def window(request: Any, filled: Path, tmp_path: Path, qtbot: Any) -> Iterator[Any]:
    folder = tmp_path / "office"
    shutil.copytree(filled, folder)
    session = office.open_office(folder, "admin", PASSWORD)
    with window_over(session, request.param, WIDTH, HEIGHT) as made:
        made.points = request.param
        yield made
    session.close()
    theme.apply(QApplication.instance(), 10.5)


def _calendar(page: Any) -> None:
    page.calendar.text.setPlainText(DAYS)


def _search(page: Any) -> None:
    page.search.setText("恢复密钥")


def _ledger(page: Any) -> None:
    page.list.selectRow(next(i for i, line in enumerate(page.list.lines) if line.key == "rectification"))


PAGES: dict[str, Callable[[Any], object]] = {
    "recycle": lambda page: None,
    "users": lambda page: page.list.selectRow(1),
    "units": lambda page: page.list.selectRow(2),
    "kinds": _ledger,
    "backup": lambda page: page.checking.check(),
    "audit": lambda page: page.list.selectRow(4),
    "settings": _calendar,
    "update": lambda page: None,
    "help": _search,
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits(window: Any, qtbot: Any, name: str, tmp_path: Path) -> None:
    page = window.open(name)
    settle(qtbot, window)
    PAGES[name](page)
    qtbot.wait(350)
    settle(qtbot, window)
    assert not window.errors.text
    assert window.width() == WIDTH, f"{name} asks for {window.minimumSizeHint().width()} px"
    assert window.minimumSizeHint().height() <= HEIGHT
    keep(window, name, window.points)


DIALOGS: dict[str, Callable[[Any], QDialog]] = {
    "user": lambda window: UserDialog(window, window.session, window.jobs, None),
    "recovery-key": lambda window: RecoveryKeyDialog(window, window.session.office_name, KEY),
    "new-ledger": lambda window: NewKindDialog(window, window.session.kinds),
    "field": lambda window: FieldDialog(window, window.session.kinds, window.session.kinds.get("regret"), None, False),
    "lights": lambda window: LightsDialog(window, window.session.kinds, window.session.kinds.get("rectification")),
    "unit-change": lambda window: ChangeDialog(window, SPLIT, next(iter(window.session.names.units()))),
    "restore": lambda window: RestoreDialog(window, window.session, _newest(window)),
}


def _newest(window: Any) -> Any:
    from db.safety import kept_backups

    return kept_backups.of_office(window.session.folder)[0]


@pytest.mark.parametrize("name", DIALOGS)
def test_a_dialog_fits(window: Any, qtbot: Any, name: str, tmp_path: Path) -> None:
    dialog = DIALOGS[name](window)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    assert dialog.height() <= HEIGHT - 40 and dialog.width() <= WIDTH, (dialog.width(), dialog.height())
    keep(dialog, f"dialog-{name}", window.points)
    dialog.setResult(0)
    dialog.hide()
