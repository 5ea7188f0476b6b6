"""What stands under the text: 版记 and 页码 (GB/T 9704-2012, 7.4, 7.5)."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from desktop.bulletin.document import Imprint, Role, day_text
from desktop.bulletin.typeset.inline_layout import TextLayout, Typesetter
from desktop.bulletin.typeset.linebreak import Shape
from desktop.bulletin.typeset.page import MM, SIHAO, PageContent, Sheet, baseline_in, text_width
from desktop.bulletin.typeset.pdf_fonts import Face

#: 版记: thick and thin rules, height of its lines.
THICK, THIN = 0.35 * MM, 0.25 * MM
IMPRINT_LINE = 21.5
#: The dashes of the folio stand this far below the type area.
FOLIO_BELOW = 7 * MM


class ImprintPlan(msgspec.Struct):
    """The 版记, measured before it is placed. ``height`` in points, from its first rule to its
    last."""

    # per group: a set text, or texts at left and right
    groups: list[list[tuple[TextLayout | None, str, str]]]
    face: Face
    height: float
    sheet: Sheet
    ruled: bool = True

    def draw(self, page: PageContent) -> None:
        """Draw it so that the last rule's lower edge is the type area's."""
        sheet = self.sheet
        bottom = sheet.bottom - THICK / 2
        y = bottom - self.height
        for index, group in enumerate(self.groups):
            if self.ruled:
                page.rule(sheet.left, y, sheet.right, y, THIN if index else THICK)
            for layout, left, right in group:
                if layout is not None:
                    y = layout.draw_lines(page, sheet.left + SIHAO, y, IMPRINT_LINE)
                    continue
                baseline = baseline_in(y, IMPRINT_LINE, SIHAO)
                taken = page.words(
                    right, self.face.at(SIHAO), sheet.right - SIHAO, baseline, align=1.0
                )
                page.words(
                    left, self.face.at(SIHAO), sheet.left + SIHAO, baseline,
                    within=sheet.measure - 3 * SIHAO - taken,
                )
                y += IMPRINT_LINE
        if self.ruled:
            page.rule(sheet.left, bottom, sheet.right, bottom, THICK)


def imprint_plan(
    imprint: Imprint, typesetter: Typesetter, sheet: Sheet, *, letter: bool = False
) -> ImprintPlan:
    """Measure a 版记: 抄送 (or 报, 送, 发) above, the printing office and the date below. A
    letter's has only the former."""
    role: Role = "fang"
    groups: list[list[tuple[TextLayout | None, str, str]]] = []
    for group in imprint_lines(imprint, letter=letter):
        groups.append([
            (
                typesetter.lay_out(
                    line.label + line.text, role, SIHAO, sheet.measure - 2 * SIHAO,
                    Shape(indent=float(len(line.label))),
                ), "", "",
            )
            if line.label
            else (None, line.text, line.right)
            for line in group
        ])
    lines = sum(len(entry[0].lines) if entry[0] else 1 for group in groups for entry in group)
    return ImprintPlan(groups, typesetter.face(role), lines * IMPRINT_LINE, sheet, not letter)


class ImprintLine(NamedTuple):
    """A line of the 版记: under its label, or at left and right."""

    text: str
    label: str = ""
    right: str = ""


def imprint_lines(imprint: Imprint, *, letter: bool = False) -> list[list[ImprintLine]]:
    """The lines of a 版记 in groups with a rule between them."""
    if letter:
        imprint = replace(imprint, issuer="", date=None, copies=None)
    groups = [[
        ImprintLine(text.rstrip("。；; ") + "。", label)
        for label, text in (
            ("报：", imprint.report_to), ("送：", imprint.send_to),
            ("发：", imprint.distribute_to), ("抄送：", imprint.copy_to),
        )
        if text
    ]]
    right = f"{day_text(imprint.date)}印发" if imprint.date else ""
    # 7.4.3: any other element is parted from the printing office and date by a thin rule
    if imprint.copies is not None:
        groups.append([ImprintLine("", "", f"共印{imprint.copies}份")])
    if imprint.issuer or right:
        groups.append([ImprintLine(imprint.issuer, "", right)])
    return [group for group in groups if group]


def draw_folio(page: PageContent, face: Face, number: int) -> None:
    """— 1 — in 四号 宋体, its dashes 7 mm below the type area; odd pages at the right, even ones at
    the left (7.5).

    A turned page carries it where the other pages do (7.4): along the sheet's short edge.
    """
    sheet = page.sheet
    dash = face["—"]
    ink = dash.font.file.ink_em(dash.font.file.characters[ord("—")])
    dash_top = (ink[3] + dash.font.file.rise_em) * SIHAO
    text = f"{number}"
    size = SIHAO
    width = 2 * size + text_width(text, face) * size + size * 0.5
    if sheet.turned:
        _turned_folio(page, face, text, number, width, dash_top)
        return
    baseline = sheet.bottom + FOLIO_BELOW + dash_top
    x = sheet.right - size - width if number % 2 else sheet.left + size
    page.words("—", face.at(size), x, baseline)
    page.words(text, face.at(size), x + width / 2, baseline, align=0.5)
    page.words("—", face.at(size), x + width, baseline, align=1.0)


def _turned_folio(
    page: PageContent, face: Face, text: str, number: int, width: float, dash_top: float
) -> None:
    """The folio of a turned page: the upright sheet's foot is its left edge, so it is written
    downwards there."""
    sheet = page.sheet
    x = sheet.left - FOLIO_BELOW - dash_top
    start = sheet.bottom - SIHAO - width if number % 2 else sheet.top + SIHAO
    turned = replace(face.at(SIHAO), turn=-1)
    page.words("—", turned, x, start)
    page.words(text, turned, x, start + width / 2, align=0.5)
    page.words("—", turned, x, start + width, align=1.0)
