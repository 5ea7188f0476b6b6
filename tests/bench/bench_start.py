"""Start: process start to painted login, plus login accepted (key derived) to painted first page, beside a bare PySide6 window.

The key derivation itself is slow on purpose (argon2id); what it adds is shown in a row of its own. Between the two a person
types a password; three seconds are allowed for it, in which the program fetches what it will need. Five runs of each, in
turn; the medians are compared. ZHENGXIAN_BENCH_ITEMS sets the number of ledger items (100,000 by default).
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ITEMS = int(os.environ.get("ZHENGXIAN_BENCH_ITEMS", "100000"))
RUNS = 5
ROOT = Path(__file__).resolve().parent.parent.parent

BARE = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        sys.stdout.write("painted\\n"); sys.stdout.flush()
        QTimer.singleShot(0, app.quit)
app = QApplication([])
window = Window(); window.setCentralWidget(QLabel("窗口")); window.resize(1366, 768); window.show()
app.exec()
"""

FACE = """
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget
from desktop.ui.kit import theme
theme.apply(app, 10.5, "light")
page = QWidget(); box = QFormLayout(page)
for each in (QComboBox, QLineEdit, QLineEdit, QPushButton, QPushButton, QLabel, QLabel, QLabel):
    box.addRow(each())
"""
FLOOR = BARE.replace("window = Window()", FACE + "window = Window()").replace('QLabel("窗口")', "page")
"""What a login cannot do without: our face, colours and style sheet, and some entries."""

OURS = """
import sys, time
from pathlib import Path
from desktop import app as program
from desktop.ui.app import login  # what the program itself takes first
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

def say(text):
    sys.stdout.write(text + "\\n"); sys.stdout.flush()

class Watch:
    '''Tells the first paint of the login and of the first page, and how long the event loop was ever held up.

    The two pages' own paint events tell it, as in the bare window; a filter in Python over all events would be timed itself.
    '''
    shell = None; longest = 0.0; last = None; paged = False
    def tick(self):
        now = time.perf_counter()
        if self.last is not None:
            self.longest = max(self.longest, now - self.last - 0.005)
        self.last = now
    def login_painted(self, page):
        if self.shell is None:
            say("login")
            self.shell = page.window()
            self.timer = QTimer(interval=5, timeout=self.tick); self.timer.start()
            QTimer.singleShot(3000, self.log_in)
    def page_painted(self, page):
        if not self.paged:
            self.paged = True
            say("page")
            QTimer.singleShot(1500, self.end)
    def log_in(self):
        from db.keys.keyfile import KeyFile
        from desktop.ui.pages.home import HomePage  # fetched long ago
        unlock = KeyFile.unlock
        def unlocked(*arguments):
            answer = unlock(*arguments)
            say("derived")
            return answer
        KeyFile.unlock = unlocked
        HomePage.paintEvent = painting(self.page_painted)
        say("accepting")
        self.shell.log_in("clerk", "zhengxian-demo")
    def end(self):
        say(f"held {self.longest:.3f}")
        self.shell.session.close()
        import os
        os._exit(0)

def painting(tell):
    def paintEvent(page, event):
        QWidget.paintEvent(page, event)
        tell(page)
    return paintEvent

watch = Watch()
login.LoginPage.paintEvent = painting(watch.login_painted)
sys.exit(program.run_window(Path(sys.argv[1]), "clerk"))
"""


def _bare(environment: dict[str, str], code: str = BARE) -> float:
    start = time.perf_counter()
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
    assert run.stdout is not None
    run.stdout.readline()
    took = time.perf_counter() - start
    run.wait()
    return took


def _ours(folder: Path, environment: dict[str, str]) -> tuple[float, float, float, float]:
    start = time.perf_counter()
    run = subprocess.Popen([sys.executable, "-c", OURS, str(folder)], stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
    assert run.stdout is not None
    times: dict[str, float] = {}
    held = 0.0
    for line in run.stdout:
        word, _, rest = line.strip().partition(" ")
        times[word] = time.perf_counter()
        if word == "held":
            held = float(rest)
    run.wait()
    return times["login"] - start, times["page"] - times["derived"], times["page"] - times["accepting"], held


def run() -> list[dict[str, Any]]:
    """The rows for the table."""
    from desktop import demo

    home = Path(tempfile.mkdtemp(prefix="zhengxian-bench-"))
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "ZHENGXIAN_CONFIG": str(home / "config"), "PYTHONUTF8": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled
    try:
        demo.make(home / "office", items=ITEMS)
        _ours(home / "office", environment)
        bare, ours, least = [], [], []
        for _ in range(RUNS):
            bare.append(_bare(environment))
            least.append(_bare(environment, FLOOR))
            ours.append(_ours(home / "office", environment))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    floor = statistics.median(bare)
    login, page, typed, held = (statistics.median(each) for each in zip(*ours, strict=True))
    rows: list[dict[str, Any]] = [
        {"name": f"start with {ITEMS:,} items: painted login + key derived to painted page", "peer": "bare PySide6 window",
         "ratio": (login + page) / floor, "seconds": login + page, "limit": 1.3, "memory_mb": None},
        {"name": "floor of it: a window with the program's face, style sheet and eight entries, no book",
         "peer": "bare PySide6 window", "ratio": statistics.median(least) / floor, "seconds": statistics.median(least),
         "limit": None, "memory_mb": None},
        {"name": "of it, painted login", "peer": "bare PySide6 window", "ratio": login / floor, "seconds": login, "limit": None,
         "memory_mb": None},
        {"name": "of it, key derived to painted page", "peer": "bare PySide6 window", "ratio": page / floor, "seconds": page,
         "limit": None, "memory_mb": None},
        {"name": "password sent to painted page, key derivation included", "peer": "bare PySide6 window", "ratio": typed / floor,
         "seconds": typed, "limit": None, "memory_mb": None},
        {"name": "longest the event loop was held up", "peer": "50 ms", "ratio": held / 0.05, "seconds": held, "limit": 1.0,
         "memory_mb": None},
    ]  # fmt: skip
    return rows
