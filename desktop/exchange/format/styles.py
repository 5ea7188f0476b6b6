"""How the workbook looks: formats, widths, print set-up. Measured in Chinese characters; one is
about two of Excel's width units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

FONT = "宋体"
INK, GREY, LINE, LOCKED, HEAD, OPEN_HEAD, STEP_HEAD, ACCENT = (
    "#1F2933", "#6B7280", "#BFC5CD", "#ECEEF1", "#D5DAE1", "#DCE9F7", "#D9EEDC", "#1F5FA8",
)  # fmt: skip
PAPER_A4 = 9
#: Excel's width of one Chinese character in the default font, and what the cell's margins add.
PER_CHARACTER, MARGIN = 2.05, 0.8


class Formats(msgspec.Struct):
    """Every format of a workbook, made once."""

    title: Format
    hint: Format
    machine: Format
    head_locked: Format
    head_open: Format
    head_step: Format
    open: Format
    locked: Format
    number: Format
    fresh: Format
    #: laid over a cell in which nothing is to be written at present
    closed: Format
    key: Format
    text: Format
    guide: Format
    input: Format
    plain_head: Format
    link: Format


def formats(book: Workbook) -> Formats:
    """Make them in an XlsxWriter workbook."""

    def made(**more: object) -> Format:
        return book.add_format(
            {"font_name": FONT, "font_size": 10.5, "font_color": INK, "valign": "vcenter", **more}
        )

    body = {
        "num_format": "@", "border": 1, "border_color": LINE, "text_wrap": True, "valign": "top",
    }
    head = {
        "bold": True, "border": 1, "border_color": LINE, "text_wrap": True, "align": "center",
        "num_format": "@",
    }
    return Formats(
        title=made(bold=True, font_size=16, align="left"),
        hint=made(font_size=10, font_color=GREY, text_wrap=True),
        machine=made(font_size=8, font_color=GREY, num_format="@"),
        head_locked=made(bg_color=HEAD, **head), head_open=made(bg_color=OPEN_HEAD, **head),
        head_step=made(bg_color=STEP_HEAD, **head), closed=book.add_format({"bg_color": LOCKED}),
        open=made(locked=False, **body), locked=made(bg_color=LOCKED, **body),
        number=made(bg_color=LOCKED, align="center", **{**body, "text_wrap": False}),
        fresh=made(locked=False, **body), key=made(bold=True, num_format="@"),
        text=made(text_wrap=True, num_format="@"),
        guide=made(text_wrap=True, num_format="@", font_size=12),
        input=made(locked=False, **{**body, "bottom_color": ACCENT}),
        plain_head=made(bg_color=HEAD, **head),
        link=made(bg_color=LOCKED, underline=1, **{**body, "font_color": ACCENT}),
    )


def excel_width(characters: float) -> float:
    """The column width that holds so many Chinese characters."""
    return round(min(max(characters, 2.5), 60) * PER_CHARACTER + MARGIN, 1)


def for_printing(
    sheet: Worksheet, head_rows: tuple[int, int], last_row: int, last_column: int, day: str
) -> None:
    """A4 landscape, one page wide, the head on each page; rows and columns from 0. ``day``: printed
    below, as it is."""
    sheet.set_paper(PAPER_A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(*head_rows)
    sheet.print_area(0, 1, last_row, last_column)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.set_footer(f"&L&A&C第 &P 页，共 &N 页&R{day}")  # &D would follow the PC's locale
    sheet.center_horizontally()


#: What people may still do on a protected sheet; there is no password, the lock only keeps fingers
#: off.
PROTECTION = {
    "format_cells": True, "format_columns": True, "format_rows": True, "insert_rows": True,
    "delete_rows": True,
    "sort": True, "autofilter": True, "select_locked_cells": True, "select_unlocked_cells": True,
    "objects": False,
}  # fmt: skip
