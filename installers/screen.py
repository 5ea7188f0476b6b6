"""A display of its own, with a window manager, on which a program is started, typed into and looked
at: what a built program is checked with."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from PIL import Image, ImageChops, ImageGrab, ImageStat

T = TypeVar("T")
SIZE = (1366, 768)
RULES = """<openbox_config xmlns="http://openbox.org/3.4/rc"><applications>
<application type="normal"><decor>no</decor><maximized>yes</maximized></application>
</applications><keyboard><keybind key="A-F4"><action name="Close"/></keybind></keyboard>
</openbox_config>"""
"""A window fills the display without a frame, so that its parts stand at known places."""
CLIPBOARD = """from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
print(app.clipboard().text())
"""
TICK = 0.1
"""Seconds between two looks at the display: nothing seen on it is known more exactly."""
INK, FAINT = 60, 40
"""How far a pixel stands out from the ground behind it to be drawn upon; how much two pictures of
one icon may differ on average, of 255."""


class Screen:
    """What stands on the display, and hands to type with."""

    def __init__(self, name: str) -> None:
        self.name = name

    def hands(self, *words: str) -> str:
        """What xdotool answers."""
        run = subprocess.run(
            ["xdotool", *words],
            env={**os.environ, "DISPLAY": self.name}, capture_output=True, text=True, check=False,
        )
        return run.stdout.strip()

    def window(self, title: str) -> str:
        """The number of the window that shows such a title, "" when none does."""
        return self.hands("search", "--onlyvisible", "--name", title).partition("\n")[0]

    def wait_for(self, title: str, patience: float = 600) -> str:
        """The window's number, as soon as it is there."""
        return until(lambda: self.window(title), f"a window called {title}", patience)

    def type(self, text: str, *keys: str) -> None:
        """Letters, then keys by their names."""
        if text:
            self.hands("type", "--delay", "30", text)
        for key in keys:
            self.hands("key", key)

    def clipboard(self) -> str:
        """The text that was copied last, as any other program on the display gets it."""
        run = subprocess.run(
            [sys.executable, "-c", CLIPBOARD],
            env={**os.environ, "DISPLAY": self.name, "QT_QPA_PLATFORM": "xcb"},
            capture_output=True, text=True, check=False,
        )
        return run.stdout

    def picture(self) -> Image.Image:
        """The whole display."""
        return ImageGrab.grab(xdisplay=self.name).convert("RGB")

    def settled(self, kept: Path, seconds: float = 60) -> Image.Image:
        """The display once it stays as it is for three seconds, kept as a file as well."""
        last, same = self.picture(), 0
        end = time.monotonic() + seconds
        while same < 6 and time.monotonic() < end:
            time.sleep(0.5)
            now = self.picture()
            same = same + 1 if now.tobytes() == last.tobytes() else 0
            last = now
        kept.parent.mkdir(parents=True, exist_ok=True)
        last.save(kept)
        return last


def until(said: Callable[[], T], what: str, patience: float = 600) -> T:
    """The first true answer; AssertionError when there is none in time."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := said():
            return found
        time.sleep(TICK)
    raise AssertionError(f"waited in vain for {what}")


@contextmanager
def _display() -> Iterator[str]:
    with ExitStack() as stack:
        read, write = os.pipe()
        server = subprocess.Popen(
            # without -noreset it begins anew, and refuses who comes, when nobody is left on it
            ["Xvfb", "-noreset", "-displayfd", str(write), "-screen", "0",
             "x".join(map(str, (*SIZE, 24)))],
            pass_fds=[write], stderr=subprocess.DEVNULL,
        )
        stack.callback(server.wait)
        stack.callback(server.terminate)
        os.close(write)
        with os.fdopen(read) as told:
            yield f":{told.readline().strip()}"


@contextmanager
def _manager(rules: Path, shown: Screen) -> Iterator[bool]:
    """A window manager, once it answers; False when the display refused it, as one may that has
    only just begun. Without one no window gets the keyboard, or is closed by a key."""
    manager = subprocess.Popen(
        ["openbox", "--config-file", str(rules)],
        env={**os.environ, "DISPLAY": shown.name}, stderr=subprocess.DEVNULL,
    )
    try:
        until(
            lambda: manager.poll() is not None or shown.hands("get_desktop"),
            "the window manager", 60,
        )
        yield manager.poll() is None
    finally:
        manager.terminate()
        manager.wait()


@contextmanager
def screen() -> Iterator[Screen]:
    """A display that is there for as long as the block lasts: the one that ZHENGXIAN_DISPLAY names,
    or one of its own."""
    with ExitStack() as stack:
        shown = Screen(os.environ.get("ZHENGXIAN_DISPLAY") or stack.enter_context(_display()))
        folder = stack.enter_context(TemporaryDirectory())
        (rules := Path(folder) / "rules.xml").write_text(RULES)
        until(lambda: stack.enter_context(_manager(rules, shown)), "the window manager", 60)
        yield shown


def icons(column: Image.Image) -> list[tuple[int, int, int, int]]:
    """Where something is drawn in a narrow column, one below the other; what runs on to the right
    is text."""
    ink = _ink(column)
    # a row that touches drawn ones belongs to them: some icons have a gap
    rows = [ink.crop((0, y - 2, ink.width, y + 3)).getbbox() is not None for y in range(ink.height)]
    found, y = [], 0
    for drawn, run in groupby(rows):
        height = len(list(run))
        box = ink.crop((0, y, ink.width, y + height)).getbbox() if drawn else None
        if box and box[2] < ink.width:
            found.append((box[0], y + box[1], box[2], y + box[3]))
        y += height
    return found


def alike(one: Image.Image, other: Image.Image, box: tuple[int, int, int, int]) -> bool:
    """Whether two columns show one icon at a place, be it drawn half a pixel or two otherwise."""
    around = (max(0, box[0] - 3), max(0, box[1] - 3), box[2] + 3, box[3] + 3)
    there = _ink(other).crop(around).getbbox()
    if there is None:
        return False
    left, top = around[:2]
    place = (left + there[0], top + there[1], left + there[2], top + there[3])
    drawn, again = one.convert("L").crop(box), other.convert("L").crop(place)
    if max(abs(drawn.width - again.width), abs(drawn.height - again.height)) > 2:
        return False
    # another system draws thin lines between other pixels
    tries = [again.resize(drawn.size)] + [
        other.convert("L").transform(
            drawn.size, Image.Transform.AFFINE, (1, 0, place[0] + x, 0, 1, place[1] + y),
            resample=Image.Resampling.BILINEAR,
        )
        for x in (-0.5, 0, 0.5) for y in (-0.5, 0, 0.5)
    ]
    differences = [ImageChops.difference(drawn, each) for each in tries]
    return min(ImageStat.Stat(each).mean[0] for each in differences) <= FAINT


def _ink(column: Image.Image) -> Image.Image:
    """White where a pixel stands out from the ground."""
    grey = column.convert("L")
    ground = max(grey.getcolors(1 << 16) or [(1, 255)])[1]
    return grey.point(lambda level: 255 if abs(level - ground) > INK else 0)
