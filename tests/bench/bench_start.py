"""Start: process start to painted login, plus login accepted (key derived) to painted first page, beside a bare PySide6 window.

Processor time of each process, up to the paint: the same on a busy machine. The key derivation itself is slow on purpose (argon2id)
and left out. Between the two a person types a password; three seconds are allowed for it, or what it takes on a busy machine until
the program has fetched what it will need. Five runs of each, in turn; the medians are compared. Below stands where it goes, step by
step, and the floor of each step that has one: what Qt and SQLCipher alone take for it (Qt imported as the program does, which is
sooner than the bare window does). How long the event loop was held up is told
by the clock too, which says something on a machine at rest only. ZHENGXIAN_BENCH_ITEMS sets the number of ledger items (100,000),
ZHENGXIAN_BENCH_OFFICE takes a demo office that was made before.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ITEMS = int(os.environ.get("ZHENGXIAN_BENCH_ITEMS", "100000"))
OFFICE = os.environ.get("ZHENGXIAN_BENCH_OFFICE", "")
RUNS = 5
LIMIT = 1.3
ROOT = Path(__file__).resolve().parent.parent.parent

BARE = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        sys.stdout.write(f"painted {time.process_time()}\\n"); sys.stdout.flush()
        QTimer.singleShot(0, then)
then = lambda: app.quit()
app = QApplication([])
window = Window(); window.setCentralWidget(QLabel("窗口")); window.resize(1366, 768); window.show()
app.exec()
"""

SOONER = BARE.replace("import sys, time", "import sys, time\nimport desktop.ui")
"""Without PySide's spelling of signatures, as the program imports it."""

DRESSED = SOONER.replace("window = Window()", """
from desktop.ui.kit import theme
theme.apply(app, 10.5, "light")
window = Window()""")
"""The program's face, colours and style sheet."""

FORM = """
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget
page = QWidget(); box = QFormLayout(page)
for each in (QComboBox, QLineEdit, QLineEdit, QPushButton, QPushButton, QLabel, QLabel, QLabel):
    box.addRow(each())
"""
ENTRIES = DRESSED.replace("\nwindow = Window()", FORM + "window = Window()").replace('QLabel("窗口")', "page")
"""And the entries that a login has."""

PAGE = ENTRIES.replace("then = lambda: app.quit()", """
def then():
    from PySide6.QtWidgets import (QFrame, QListWidget, QSplitter, QStackedWidget, QTableWidget, QTabBar, QToolButton)
    start = time.process_time()
    front, rows = QSplitter(), []
    for make, count in ((QWidget, 36), (QToolButton, 15), (QFrame, 10), (QLabel, 13), (QPushButton, 10), (QTableWidget, 3),
                        (QListWidget, 1), (QTabBar, 1), (QLineEdit, 1)):
        row = QWidget(); box = QVBoxLayout(row); rows.append(row)
        for _ in range(count):
            box.addWidget(make())
        front.addWidget(row)
    class Shown(QStackedWidget):
        def paintEvent(self, event):
            super().paintEvent(event)
            sys.stdout.write(f"page {time.process_time() - start}\\n"); sys.stdout.flush()
            QTimer.singleShot(0, app.quit)
    stack = Shown(); stack.addWidget(front)
    window.setCentralWidget(stack)
""")
"""And then as many widgets of Qt as the first page and the window around it have, in the same style sheet."""

BOOK = """
import sys, time
from pathlib import Path
from db.keys.keyfile import KeyFile
from db.store.connect import connect_raw
folder = Path(sys.argv[1])
who = KeyFile.load(folder).unlock("clerk", "zhengxian-demo")
start = time.process_time()
connect_raw(folder / "office.db", who.book_keys["office"])
sys.stdout.write(f"book {time.process_time() - start}\\n")
"""
"""SQLCipher alone opens the book."""

OURS = """
import sys, time
from pathlib import Path
from desktop import app as program
from desktop.ui.app import login  # what the program itself takes first
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

def say(text):
    sys.stdout.write(f"{text} {time.process_time()}\\n"); sys.stdout.flush()

class Watch:
    '''Tells the first paint of the login and of the first page, and how long the event loop was ever held up.

    The two pages' own paint events tell it, as in the bare window; a filter in Python over all events would be timed itself.
    '''
    shell = None; longest = worked = 0.0; last = None; paged = False
    def tick(self):
        now = time.perf_counter(), time.thread_time()
        if self.last is not None:
            self.longest = max(self.longest, now[0] - self.last[0] - 0.005)
            self.worked = max(self.worked, now[1] - self.last[1])
        self.last = now
    def login_painted(self, page):
        if self.shell is None:
            say("login")
            self.shell = page.window()
            self.timer = QTimer(interval=5, timeout=self.tick); self.timer.start()
            QTimer.singleShot(3000, self.log_in_when_ready)
    def page_painted(self, page):
        if not self.paged:
            self.paged = True
            say("page")
            QTimer.singleShot(1500, self.end)
    def log_in_when_ready(self):  # on a busy machine three seconds are fewer
        if self.shell.jobs.idle:
            self.log_in()
        else:
            QTimer.singleShot(100, self.log_in_when_ready)
    def log_in(self):
        from db.keys.keyfile import KeyFile
        from desktop.ui.pages.home import HomePage  # fetched long ago
        from db import office
        from desktop.ui.app.shell import Shell
        for owner, name, word in ((KeyFile, "unlock", "derived"), (office, "open_office", "opened"), (Shell, "_enter", "entered")):
            setattr(owner, name, told(getattr(owner, name), word))
        HomePage.paintEvent = painting(self.page_painted)
        say("accepting")
        self.shell.log_in("clerk", "zhengxian-demo")
    def end(self):
        say(f"held {self.longest:.3f}")
        say(f"worked {self.worked:.3f}")
        self.shell.session.close()
        import os
        os._exit(0)

def told(call, word):
    def calling(*arguments, **named):
        answer = call(*arguments, **named)
        say(word)
        return answer
    return calling

def painting(tell):
    def paintEvent(page, event):
        QWidget.paintEvent(page, event)
        tell(page)
    return paintEvent

watch = Watch()
login.LoginPage.paintEvent = painting(watch.login_painted)
sys.exit(program.run_window(Path(sys.argv[1]), "clerk"))
"""


def _times(code: str, environment: dict[str, str], *arguments: str) -> dict[str, float]:
    """What a process says of itself: a word and seconds of the processor."""
    command = [sys.executable, "-c", code, *arguments]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT, check=False)
    found: dict[str, float] = {}
    for line in run.stdout.splitlines():
        word, _, seconds = line.partition(" ")
        found.setdefault(word, float(seconds.split()[0]))
    return found


def measured(folder: Path, environment: dict[str, str]) -> dict[str, float]:
    """Medians of each step."""
    _times(OURS, environment, str(folder))  # declarations made ready, modules compiled
    runs: list[dict[str, float]] = []
    for _ in range(RUNS):
        bare, sooner, dressed = (_times(code, environment) for code in (BARE, SOONER, DRESSED))
        entries, page = _times(ENTRIES, environment), _times(PAGE, environment)
        ours = _times(OURS, environment, str(folder))
        runs.append({
            "bare": bare["painted"], "sooner": sooner["painted"], "dressed": dressed["painted"], "entries": entries["painted"], "widgets": page["page"],
            "cipher": _times(BOOK, environment, str(folder))["book"],
            "login": ours["login"], "opened": ours["opened"] - ours["derived"], "entered": ours["entered"] - ours["opened"],
            "page": ours["page"] - ours["entered"], "typed": ours["page"] - ours["accepting"], "held": ours["held"],
            "worked": ours["worked"],
        })  # fmt: skip
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def run() -> list[dict[str, Any]]:
    """The rows for the table."""
    from desktop import demo

    home = Path(tempfile.mkdtemp(prefix="zhengxian-bench-"))
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "ZHENGXIAN_CONFIG": str(home / "config"), "PYTHONUTF8": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled
    try:
        if OFFICE:
            shutil.copytree(OFFICE, home / "office")
        else:
            demo.make(home / "office", items=ITEMS)
        took = measured(home / "office", environment)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return rows(took)


def rows(took: dict[str, float]) -> list[dict[str, Any]]:
    """The whole, then its steps, each beside the bare window."""
    all_of_it = took["login"] + took["opened"] + took["entered"] + took["page"]
    least = took["entries"] + took["cipher"] + took["widgets"]
    told = [
        (f"start with {ITEMS:,} items: painted login + key derived to painted page, CPU", all_of_it, LIMIT),
        ("the floor of it: Qt in our style sheet, SQLCipher, nothing of ours", least, None),
        ("  0 the bare window, PySide imported as the program does", took["sooner"], None),
        ("  1 the face, colours and style sheet of the program around one label", took["dressed"], None),
        ("  2 and eight entries", took["entries"], None),
        ("  3 the login as it is: settings, users, the shell, its imports", took["login"], None),
        ("  4 key derived to book opened, its seal and marks checked", took["opened"], None),
        ("  5 to the window built: navigation, toolbar, commands, status", took["entered"], None),
        ("  6 to the first page painted", took["page"], None),
        ("  floor of 4: SQLCipher opens the file", took["cipher"], None),
        ("  floor of 5 and 6: as many bare widgets in the style sheet, painted", took["widgets"], None),
        ("password sent to painted page, key derivation included", took["typed"], None),
    ]
    made: list[dict[str, Any]] = [
        {"name": name, "peer": "bare PySide6 window", "ratio": seconds / took["bare"], "seconds": seconds, "limit": limit,
         "memory_mb": None}
        for name, seconds, limit in told
    ]  # fmt: skip
    turns = (("longest turn of the event loop, its own CPU", "worked"),
             ("longest the event loop was held up, by the clock: on a machine at rest", "held"))  # fmt: skip
    return made + [
        {"name": name, "peer": "50 ms", "ratio": took[key] / 0.05, "seconds": took[key], "limit": 1.0, "memory_mb": None}
        for name, key in turns
    ]
