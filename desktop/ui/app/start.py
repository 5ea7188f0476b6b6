"""Makes the Qt application and the shell, in the order that paints soonest."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from PySide6.QtCore import QLocale
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

import resources
from db.model.settings import LOGIN_LOOK, LOGIN_POINTS
from db.store import gc_pause
from desktop.settings import Settings
from desktop.ui.app.shell import Shell
from desktop.ui.kit import theme

TURN_SECONDS = 0.0005
"""How long a worker may keep the interpreter once the window asks for it.

Every call into Qt lets go of the interpreter, so a paint of fifty calls beside a busy worker waits
fifty turns: at the 5 ms that Python sets, a quarter of a second.
"""

WHOLE_WALKS = 1_000_000
"""Rounds of the garbage collector until it walks over all objects by itself, in whatever thread
it happens to be: never.

Such a walk takes 100 ms and the window waits for it, more after a large workbook. It is made when
nobody is at the machine (`AutoLock.rested`), over what has come since the last page was made
(`gc_pause.freeze_objects`), and over everything when the book is closed.
"""


def run(folder: Path, user: str | None, settings: Settings, backup: Path | None = None) -> int:
    """Show the window and run until it is closed; the exit code. A ``backup`` that was opened is
    asked about over the login.

    The style is an argument and the rounding of scale factors (125 % stays 125 %) a variable of the
    environment, since the calls for them would wrap their constants first: 12 and 16 ms. For the
    same reason nothing up to the first paint of the login touches the namespace `Qt`.
    """
    os.environ.setdefault("QT_SCALE_FACTOR_ROUNDING_POLICY", "PassThrough")
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication([*sys.argv[:1], "-style", "fusion"])
    app.setApplicationName("zhengxian")
    app.setApplicationDisplayName("争先台账")
    app.setDesktopFileName("zhengxian")
    theme.apply(app, settings[LOGIN_POINTS], settings[LOGIN_LOOK])
    sys.setswitchinterval(TURN_SECONDS)
    gc.set_threshold(700, 10, WHOLE_WALKS)
    shell = Shell(folder, user, settings)
    shell.first_painted.connect(lambda: _painted(app, shell, backup))
    shell.show()
    return app.exec()


def _painted(app: QApplication, shell: Shell, backup: Path | None) -> None:
    """After the first paint: what nobody waits for."""
    app.setWindowIcon(QIcon(str(resources.path("icons", "zhengxian.png"))))
    QLocale.setDefault(QLocale("zh_CN"))
    theme.load_translations(app)
    # Behind what is fetched ahead: two threads that both first touch a name of Qt trip over it.
    shell.painted(lambda: _fetched(shell, backup))
    app.styleHints().colorSchemeChanged.connect(lambda _: shell.apply_system_look())


def _fetched(shell: Shell, backup: Path | None) -> None:
    gc_pause.begin_freezing()
    if backup is not None:
        shell.restore_from(backup)
