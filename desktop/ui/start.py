"""Makes the Qt application and the shell, in the order that paints soonest."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

import resources
from desktop.settings import Settings
from desktop.ui import theme
from desktop.ui.shell import Shell


def run(folder: Path, user: str | None, settings: Settings) -> int:
    """Show the window and run until it is closed; the exit code."""
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    app.setApplicationName("zhengxian")
    app.setApplicationDisplayName("争先台账")
    app.setDesktopFileName("zhengxian")
    app.setWindowIcon(QIcon(str(resources.path("icons", "zhengxian.png"))))
    theme.load_translations(app)
    theme.apply(app, settings["login_points"])
    shell = Shell(folder, user, settings)
    shell.show()
    QTimer.singleShot(0, shell.painted)
    return app.exec()
