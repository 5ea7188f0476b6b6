"""Takes the pictures under `tests/golden/ui/`, to be looked at by a person: `python tests/gui/pictures.py [FOLDER]`.

They are not compared pixel by pixel: another version of Qt draws other pixels. A test only says which must be there.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "tests" / "golden" / "ui"
SIZES = {"1366": (1366, 768, 10.5), "1920": (1920, 1080, 10.5), "14pt": (1366, 768, 14.0)}
PAGES = ("login", "home", "ledger", "timeline", "children", "new", "search", "paste")
WIDE = ("home", "ledger")
"""Pages of which a picture of the large screen is kept too."""
NAMES = tuple(f"{page}-{size}.png" for size in SIZES for page in (WIDE if size == "1920" else PAGES))


def take(folder: Path, office: Path) -> Iterator[str]:
    """Take every picture; yields the name of each file written."""
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication, QLabel

    from db.store.query import Where
    from desktop.settings import Settings
    from desktop.ui.app.shell import Shell
    from desktop.ui.kit import theme
    from desktop.ui.lists.paste_dialog import PasteDialog

    app = QApplication.instance() or QApplication([*sys.argv[:1], "-style", "fusion"])
    theme.load_translations(app)

    def pump(until: Callable[[], bool] | None = None, seconds: float = 0.4, patience: float = 30) -> None:
        end = time.monotonic() + patience
        while until is not None and not until() and time.monotonic() < end:
            app.processEvents()
            time.sleep(0.01)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            app.processEvents()
            time.sleep(0.01)

    for size, (width, height, points) in SIZES.items():
        Settings().set("login_points", points)
        Settings(office, "reviewer").set_all({"font_points": points, "backup_daily": False})
        theme.apply(app, points)
        shell = Shell(office, "reviewer", Settings())
        shell.resize(width, height)
        shell.show()
        shell.painted()

        def keep(page: str, widget: Any = None, shell: Any = shell, size: str = size) -> str:
            name = f"{page}-{size}.png"
            if name not in NAMES:
                return ""
            (widget or shell).grab().save(str(folder / name), "PNG", 0)
            return name

        for label in shell.findChildren(QLabel):
            label.setText(label.text().replace(str(office), "D:\\争先台账"))
        pump(seconds=1)
        yield keep("login")
        shell.log_in("reviewer", "zhengxian-demo")
        pump(lambda shell=shell: shell.workspace is not None)
        pump(lambda shell=shell: shell.jobs.idle, seconds=1)
        yield keep("home")
        page = shell.workspace.open("ledger:rectification")
        page.filter.set((Where("state", "in", ["in_progress", "close_out_requested"]),))
        pump(lambda page=page: page.table.rows.loaded and page.table.rows.rowCount() > 0)
        page.table.select_row(1)
        pump(lambda page=page: page.form.uid is not None)
        yield keep("ledger")
        for tab, name in ((1, "timeline"), (2, "children")):
            page.form._tabs.setCurrentIndex(tab)  # noqa: SLF001
            pump()
            yield keep(name)
        page.new()
        page.save()
        pump(seconds=0.8)
        yield keep("new")
        page.form.discard()
        QGuiApplication.clipboard().setText("事项内容\t责任单位\t整改时限\n河道清淤滞后\t禾津县\t2022.9.5\n校园秩序乱\t没有的局\t2022年13月6日\n")
        page.paste()
        pump()
        dialog = page.findChild(PasteDialog)
        yield keep("paste", dialog)
        dialog.reject()
        shell.workspace.search_box.setText("zhili")
        shell.workspace.search_box.returnPressed.emit()
        pump(lambda shell=shell: shell.jobs.idle, seconds=0.6)
        yield keep("search")
        shell._backed_up = True  # noqa: SLF001
        shell.close()
        shell.deleteLater()
        pump(seconds=0.1)


def main() -> None:
    """Make the demo office and take the pictures of it."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.path.insert(0, str(ROOT))
    from desktop import demo

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["ZHENGXIAN_CONFIG"] = str(Path(scratch) / "config")
        demo.make(Path(scratch) / "office", items=600)
        for name in filter(None, take(folder, Path(scratch) / "office")):
            sys.stdout.write(name + "\n")


if __name__ == "__main__":
    main()
