"""The programs with which people save a workbook before they hand it in, among the offices of a random history.

SheetJS and ExcelJS run in one process that is asked line by line and ends with ours; LibreOffice, which starts slowly, is asked
seldom.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections import Counter
from pathlib import Path

#: One workbook in so many is saved by SheetJS or ExcelJS; one history in so many has one saved by LibreOffice.
ONE_IN, SELDOM = 12, 25
SCRIPT = Path(__file__).with_name("editors.js")


class Editors:
    """Made once per process; ``packages`` is the folder in which npm has put both programs, None where there is none."""

    def __init__(self, packages: Path | None, folder: Path) -> None:
        self._folder, self._packages = folder, packages
        self._node: subprocess.Popen[str] | None = None
        self._rnd = random.Random(0)
        self._office = False
        self.used: Counter[str] = Counter()

    def begin(self, history: int) -> None:
        """The choices of this history are always the same."""
        self._rnd.seed(history)
        self._office = history % SELDOM == 0 and shutil.which("soffice") is not None

    def saved(self, file: Path) -> Path:
        """The workbook as it is handed in: as it was, or as a program has saved it."""
        if self._office and self._rnd.random() < 0.3:
            self._office = False
            return self._by_libreoffice(file)
        if self._packages is None or self._rnd.randrange(ONE_IN):
            return file
        return self._by_node(self._rnd.choice(["SheetJS", "ExcelJS"]), file)

    def _target(self, program: str) -> Path:
        self.used[program] += 1
        return self._folder / f"{program}-{self.used[program]}.xlsx"

    def _by_node(self, program: str, file: Path) -> Path:
        target = self._target(program)
        if self._node is None:
            environment = {**os.environ, "NODE_PATH": f"{self._packages}/node_modules"}
            self._node = subprocess.Popen(
                ["node", str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
            )  # fmt: skip
        assert self._node.stdin is not None and self._node.stdout is not None
        asked = {"program": program, "source": str(file), "target": str(target)}
        self._node.stdin.write(json.dumps(asked) + "\n")
        self._node.stdin.flush()
        told = self._node.stdout.readline().strip()
        assert told == "saved", f"{program}: {told}"
        return target

    def _by_libreoffice(self, file: Path) -> Path:
        target, profile = self._target("LibreOffice"), self._folder / "profile"
        source = shutil.copy(file, target.with_suffix(".in.xlsx"))
        subprocess.run(
            ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
             "--outdir", str(self._folder / "out"), str(source)],
            check=True, timeout=300, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return Path(shutil.move(self._folder / "out" / Path(source).name, target))


#: Those of the history that is played; nobody in the suite.
present: Editors | None = None
