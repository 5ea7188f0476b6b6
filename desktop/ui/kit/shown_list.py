"""A list as it stands on the screen, for whoever exports or prints it: which rows in which order,
which columns, what it is narrowed by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from db.model.declarations import Kind
from db.session import Session
from desktop import file_names

OPEN_BOOK = "office"
"""The book that needs no key of its own: a file's name may say what its lists are narrowed by."""
IN_NAME = 16
"""Characters of the conditions in the name of a file."""


@dataclass(frozen=True)
class ShownList:
    """Taken from a list at one moment; `picked`: of its rows only those chosen."""

    kind: Kind
    keys: tuple[str, ...]
    """Of the columns, from left to right."""
    ids: Sequence[int]
    words: str
    """What it is narrowed by; empty when by nothing."""
    picked: bool = False

    def note(self, session: Session) -> str:
        """What stands under the title."""
        chosen = f"选中的 {len(self.ids):,} 条" if self.picked else f"共 {len(self.ids):,} 条"
        narrowed = f"筛选：{self.words}；" if self.words else ""
        return f"{narrowed}{chosen}；截至：{session.today.isoformat()}"

    def file_name(self, session: Session) -> str:
        """The name proposed for a file: what, narrowed by what, when; of a book with a key of its
        own nothing that its records say."""
        words = self.words.replace("：", " ") if self.kind.book == OPEN_BOOK else ""
        short = words
        while len(short) > IN_NAME:  # whole conditions as far as there is room
            short = short.rpartition("；")[0] or f"{short[: IN_NAME - 1]}…"
        short += "等" if short != words and not short.endswith("…") else ""
        name = "_".join(filter(None, (self.kind.label, short, f"{session.today:%Y%m%d}")))
        return file_names.plain(name)
