"""The keys of a preview, alike on every page that has one."""

from __future__ import annotations

from desktop.ui.bulletin.preview.file_forms import OTHER_FORMS
from desktop.ui.bulletin.preview.preview import PdfPane
from desktop.ui.kit.commands import Command


def pane_commands(pane: PdfPane, section: str) -> list[Command]:
    """Turning pages and zooming."""
    return [
        Command("上一页", lambda: pane.turn(-1), "Ctrl+PgUp", section, "syy"),
        Command("下一页", lambda: pane.turn(1), "Ctrl+PgDown", section, "xyy"),
        Command("放大", lambda: pane.zoom(1), "Ctrl+=", section, "fd"),
        Command("缩小", lambda: pane.zoom(-1), "Ctrl+-", section, "sx"),
        Command("页宽", pane.fit_width, "Ctrl+0", section, "yk"),
        *(
            Command(
                f"导出 {form.word}", pane.asking_for(suffix), "", section,
                form.initials,
            )
            for suffix, form in OTHER_FORMS.items()
        ),
        Command("整页", pane.fit_page, "Ctrl+9", section, "zy"),
    ]
