"""What the line of buttons below the merge view says and offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.ui.exchange.merge.incoming_file import FOREIGN, READY, SAME, IncomingFile
from desktop.ui.exchange.merge.many_files import ManyLines

ACCEPT, NOTE = "接受并导入", "登记为已交回"
"""What the button says; the second where a file changes nothing: whose it is has handed in, and the
board of who has not must know."""


@dataclass(frozen=True)
class Foot:
    """`brings`: whether accepting changes anything, so that the button calls for a decision."""

    outcome: str
    accept: str
    brings: bool
    can_accept: bool
    accept_all: str = ""
    """What accepting each of several files is called; nothing where it is not offered."""
    drop: bool | None = None
    """Whether the file in front may be left out; None where that is not offered."""


def _ready(files: Sequence[IncomingFile]) -> list[IncomingFile]:
    return [file for file in files if file.state in (READY, SAME)]


def foot_together(lines: ManyLines, files: Sequence[IncomingFile], still: bool) -> Foot:
    """Of all files in front; ``still``: some are being read."""
    ready, brings = len(_ready(files)), lines.brings
    text = lines.outcome_text() if ready else ""
    if text and 0 < brings < ready:
        text += f"；另 {ready - brings} 份没有变化"
    if not ready:
        return Foot(text, ACCEPT, True, False)
    accept = f"接受全部 {ready} 份" if brings else f"登记 {ready} 份为已交回"
    return Foot(text, accept, bool(brings), not still)


def foot_of(file: IncomingFile | None, files: Sequence[IncomingFile]) -> Foot:
    """Of one file in front."""
    ready = _ready(files)
    news = any(each.lines is not None and each.lines.brings for each in ready)
    every = ("接受全部文件" if news else f"全部{NOTE}") if len(ready) > 1 else ""
    if file is None or file.lines is None or file not in ready:
        part = file is not None and bool(file.part) and file.state == FOREIGN
        return Foot("", "", True, False, every, part)
    brings = file.lines.brings
    return Foot(file.lines.outcome_text(), ACCEPT if brings else NOTE, brings, True, every, True)
