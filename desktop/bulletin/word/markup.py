"""WordprocessingML as text: runs, paragraphs, fields and the marks of figures."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from desktop.bulletin.document import Inline, Role, Run

#: The faces as official documents name them, and what stands in where they are not installed.
FACES: dict[Role, str] = {
    "fang": "仿宋_GB2312", "kai": "楷体_GB2312", "hei": "黑体", "biaosong": "方正小标宋简体",
    "song": "宋体",
}
INSTEAD = {
    "仿宋_GB2312": "仿宋", "楷体_GB2312": "楷体", "黑体": "SimHei",
    "方正小标宋简体": "方正小标宋_GBK", "宋体": "SimSun",
}
#: What stands before a figure's text as it was written, in the name of its control.
WRITTEN = "数字："
#: Before the digest of the text that a file was made of, in the name of a bookmark.
SOURCE = "zx_of_"
#: Word knows no longer tag of a content control, and no longer name of a bookmark.
LONGEST_TAG = 64
#: What no XML may hold.
FORBIDDEN = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def twips(points: float) -> int:
    """Twentieths of a point, in which Word measures."""
    return round(points * 20)


def fonts(role: Role) -> str:
    """The property of a run in this face."""
    name = FACES[role]
    return (
        f'<w:rFonts w:ascii="{name}" w:hAnsi="{name}" w:eastAsia="{name}" w:cs="{name}"'
        ' w:hint="eastAsia"/>'
    )


def text(content: str) -> str:
    """Characters of a run, line ends and tabs as their marks."""
    parts = []
    for piece in re.split("([\n\t])", FORBIDDEN.sub("", content)):
        if piece:
            parts.append(
                {"\n": "<w:br/>", "\t": "<w:tab/>"}.get(piece)
                or f'<w:t xml:space="preserve">{escape(piece)}</w:t>'
            )
    return "".join(parts)


def run(content: str, properties: str = "") -> str:
    """A run with its properties, in the order that the schema asks for."""
    if not content:
        return ""
    inside = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f"<w:r>{inside}{text(content)}</w:r>"


def field(code: str, shown: str, properties: str = "") -> str:
    """A field that Word works out, with what it shows until then."""
    inside = f"<w:rPr>{properties}</w:rPr>" if properties else ""

    def part(kind: str) -> str:
        return f'<w:r>{inside}<w:fldChar w:fldCharType="{kind}"/></w:r>'

    return (
        f'{part("begin")}<w:r>{inside}<w:instrText xml:space="preserve"> {code} </w:instrText>'
        f'</w:r>{part("separate")}{run(shown, properties)}{part("end")}'
    )


def paragraph(style: str, runs: str, properties: str = "") -> str:
    """A paragraph in a style; ``properties`` in the order that the schema asks for."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{runs}</w:p>'


def tag_of(key: str) -> str:
    """The tag of a figure's control: its key, or as much of it as Word keeps and a digest."""
    if len(key) <= LONGEST_TAG:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return f"{key[: LONGEST_TAG - 17]}~{digest}"


class Marks:
    """The figures of a document, numbered as they come: each an unbound inline control with a
    bookmark around it, which lives on where the control is typed over."""

    def __init__(self, *, kept: bool) -> None:
        self.kept = kept
        self._count = 0
        self._ids = 0

    def figure(self, key: str, shown: str, runs: str) -> str:
        """The runs of a figure, marked; the control's name tells its text as it is written."""
        if not self.kept:
            return runs
        self._count += 1
        name = quoteattr(f"{WRITTEN}{shown}")
        control = (
            f"<w:sdt><w:sdtPr><w:alias w:val={name}/><w:tag w:val={quoteattr(tag_of(key))}/>"
            f'<w:id w:val="{700_000 + self._count}"/></w:sdtPr>'
            f"<w:sdtContent>{runs}</w:sdtContent></w:sdt>"
        )
        return self.bookmark(f"zx_{self._count}", control)

    def bookmark(self, name: str, runs: str) -> str:
        """Runs inside a bookmark."""
        self._ids += 1
        at = self._ids
        return (
            f'<w:bookmarkStart w:id="{at}" w:name={quoteattr(name)}/>{runs}'
            f'<w:bookmarkEnd w:id="{at}"/>'
        )

    def inline(self, content: Inline, role: Role | None = None, properties: str = "") -> str:
        """An inline text; ``role``: its face where that is not the style's."""
        runs: Sequence[Run] = (Run(content),) if isinstance(content, str) else content
        return "".join(self._run(each, role, properties) for each in runs)

    def _run(self, each: Run, role: Role | None, properties: str) -> str:
        face = each.face or role
        look = (fonts(face) if face else "") + properties
        look += '<w:u w:val="single"/>' if each.flagged else ""
        made = run(each.text, look)
        return self.figure(each.mark, each.text, made) if each.mark and made else made


def notes_of(content: Inline) -> Iterable[str]:
    """The footnotes of an inline text."""
    return () if isinstance(content, str) else (each.note for each in content if each.note)
