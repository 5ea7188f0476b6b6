"""Writes the manual's chapter on where each of the 49 things is: `python tests/gui/stories/chapter.py`.

Labels of ledgers, pages, figures and reports are taken from their declarations, so that the chapter cannot call them otherwise.
A test compares the file with what this would write.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent.parent
sys.path.insert(0, str(ROOT))

import resources  # noqa: E402
from db.metrics.metrics import load  # noqa: E402
from db.model.builtin import kinds  # noqa: E402
from desktop.bulletin.report.declaration import load_reports  # noqa: E402
from desktop.ui.kit.used_places import LEDGER  # noqa: E402
from desktop.ui.pages import PAGES, SECTIONS, ledger_label, section_of  # noqa: E402
from tests.gui.stories.told import Row, rows  # noqa: E402

LABELS = {report.name: report.label for report in load_reports()}
FILE = resources.path("help") / "where.md"
HEAD = """# 四十九项工作在哪里

能力作风建设年活动的每一项工作，在窗口的哪里办、怎么办、打印什么、数字看哪个。左边点“在哪里”一栏的前一个词，上面的标签点后一个；标签里没有的在“更多…”里。

- **工作簿**：每一本台账都能“导出 Excel”，下级记录（成员、督办、专班、评定……）是同一个工作簿里的另一张表。
- **打印**：清单按 Ctrl+P；一条右键“打印这一条…”；数字背后的记录在“查看明细”里打印。下表只写另有专门文种的。
- **数字**：在“统计图表”里选，括号里是可以按什么分开数；命令行是 `zhengxian figure 名称`。
"""


def chapter() -> str:
    """The whole text."""
    known, figures = kinds(), load(resources.path("figures"), kinds())
    parts: dict[str, list[str]] = {}
    for row in rows():
        told = [figures.get(name).label for name in row.figures]
        numbers = "、".join(told) + (f"（可按{'、'.join(row.by)}）" if row.by else "")
        papers = "、".join(LABELS[name] for name in row.reports) or "清单、登记表"
        command = f"`list {row.kinds[0]}`、`figure {row.figures[0]}`"
        line = f"| {row.number}　{row.name} | **{place(row)}**　{row.how} | 数字：{numbers}。打印：{papers}。命令：{command} |"
        parts.setdefault(row.part, []).append(line)
        assert all(name in known for name in row.kinds)
    text = [HEAD]
    for part, lines in parts.items():
        text += [f"## {part}\n", "| 工作 | 在哪里、怎么办 | 数字、打印、命令行 |", "|---|---|---|", *lines, ""]
    return "\n".join(text)


def place(row: Row) -> str:
    """Where it stands in the navigation: the section and the tab."""
    if row.place.startswith(LEDGER):
        kind = kinds().get(row.place.removeprefix(LEDGER))
        return f"{section_of(kind).label} › {ledger_label(kind)}"
    page = next(page for page in PAGES if page.id == row.place)
    section = next(section for section in SECTIONS if section.id == page.section)
    return f"{section.label} › {page.label}"


if __name__ == "__main__":
    FILE.write_text(chapter(), encoding="utf-8")
