"""The body of a .docx as it grows: paragraphs and tables, in sections by sheet and folio."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from desktop.bulletin.typeset.fonts import FontSet
from desktop.bulletin.typeset.inline_layout import Typesetter
from desktop.bulletin.typeset.page import A4, MM, Sheet
from desktop.bulletin.word.markup import Marks, twips

#: From the sheet's edge to the folio's foot and to the word of what is not issued.
FOOTER, HEADER = 23 * MM, 12 * MM
#: A paragraph that is there because the form of the file asks for one.
TINY = (
    '<w:p><w:pPr><w:pStyle w:val="blank"/>{properties}<w:spacing w:line="{line}"'
    ' w:lineRule="exact"/><w:rPr><w:sz w:val="2"/></w:rPr></w:pPr></w:p>'
)


class Section(msgspec.Struct, frozen=True):
    """Pages of one sheet, with folio or without. ``first``: its folios begin at 1."""

    sheet: Sheet = A4
    folio: bool = True
    first: bool = False

    def properties(self, *, breaks: bool = True) -> str:
        """The section's properties, without its headers and footers."""
        sheet = self.sheet
        turned = ' w:orient="landscape"' if sheet.width > sheet.height else ""
        kind = '<w:type w:val="nextPage"/>' if breaks else ""
        start = '<w:pgNumType w:start="1"/>' if self.first else ""
        right = sheet.width - sheet.left - sheet.measure
        below = sheet.height - sheet.top - sheet.depth
        return (
            f'<w:sectPr>{kind}<w:pgSz w:w="{twips(sheet.width)}" w:h="{twips(sheet.height)}"'
            f'{turned}/><w:pgMar w:top="{twips(sheet.top)}" w:right="{twips(right)}"'
            f' w:bottom="{twips(below)}" w:left="{twips(sheet.left)}" w:header="{twips(HEADER)}"'
            f' w:footer="{twips(min(FOOTER, below * 0.65))}" w:gutter="0"/>{start}'
            '<w:docGrid w:type="lines" w:linePitch="579"/></w:sectPr>'
        )


class Body:
    """What is written of a document. ``picture(data, width, height, alt)`` puts a picture into the
    file and gives its run."""

    def __init__(
        self, marks: Marks, typesetter: Typesetter, fonts: FontSet,
        picture: Callable[[bytes, float, float, str], str],
    ) -> None:
        self.marks, self.typesetter, self.fonts, self.picture = marks, typesetter, fonts, picture
        self.parts: list[str] = []
        self.sections: list[Section] = []
        self.entries: list[str] = []  # what the contents list
        self.pages: dict[int, str] = {}  # and the pages that these begin on, on paper
        self._section: Section | None = None
        self._wanted = Section()
        self._fresh = False

    @property
    def sheet(self) -> Sheet:
        """The sheet that comes next."""
        return self._wanted.sheet

    def open(self, section: Section) -> None:
        """What follows stands on pages of this section; nothing is opened for nothing."""
        before = [*self.sections, *([self._section] if self._section else [])]
        first = section.folio and bool(before) and not any(each.folio for each in before)
        self._wanted = replace(section, first=first)
        self._fresh = self._section is not None

    def stay(self) -> None:
        """What follows stands on the pages that are open."""
        self._wanted, self._fresh = self._section or self._wanted, False

    def keep_last(self, count: int) -> None:
        """Tie the last paragraphs to what follows, so that no signature has a page to itself."""
        for at in range(max(len(self.parts) - count, 0), len(self.parts)):
            if self.parts[at].startswith("<w:p>") and "<w:sectPr>" not in self.parts[at]:
                self.parts[at] = re.sub(
                    r"(<w:pStyle [^>]*/>)(?!<w:keepNext/>)", r"\1<w:keepNext/>", self.parts[at],
                    count=1,
                )

    def break_page(self) -> None:
        """What follows begins a page."""
        self._fresh = self._section is not None

    def add(self, part: str) -> None:
        """A paragraph or a table."""
        if self._section is not None and self._section != self._wanted:
            self._close()
            self._fresh = False
        self._section = self._wanted
        if self._fresh:
            self._fresh = False
            if part.startswith("<w:p>"):
                part = re.sub(r"(<w:pStyle [^>]*/>)", r"\1<w:pageBreakBefore/>", part, count=1)
            else:
                self.parts.append(TINY.format(properties="<w:pageBreakBefore/>", line=20))
        self.parts.append(part)

    def tiny(self, points: float = 1.0) -> None:
        """A paragraph of little height."""
        self.add(TINY.format(properties="", line=twips(points)))

    def _close(self) -> None:
        """End the section: its properties stand in its last paragraph."""
        assert self._section is not None
        if not self.parts[-1].startswith("<w:p>"):
            self.parts.append(TINY.format(properties="", line=20))
        last = self.parts[-1]
        at = last.index("</w:pPr>")
        self.parts[-1] = last[:at] + self._section.properties() + last[at:]
        self.sections.append(self._section)

    def finished(self) -> str:
        """The whole body, its last section's properties at its end."""
        if not self.parts:
            self.tiny()
        section = self._section or self._wanted
        self.sections.append(section)
        return "".join([*self.parts, section.properties(breaks=len(self.sections) > 1)])
