"""Reads the text of a .docx that came back: its paragraphs with their styles, and the figures that
are still marked. What was struck out under 修订 is no text of it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
from lxml import etree

from db.errors import BadInput
from desktop.bulletin.word.markup import SOURCE, WRITTEN

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: No draft is larger, unpacked.
LARGEST = 40_000_000
#: An old Word file, and any other compound file, begins so.
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Of what was moved or struck out only the new place counts; fields count by what they show.
LEFT_OUT = frozenset(W + name for name in ("del", "moveFrom", "instrText", "delText", "pPr", "rPr"))


class Figure(msgspec.Struct, frozen=True):
    """A figure that is still marked: the tag of its control, its text as written, and as it came
    back."""

    tag: str
    written: str
    shown: str


class Line(msgspec.Struct, frozen=True):
    """A paragraph outside tables: its style's name, and its texts and figures in order."""

    style: str
    parts: tuple[str | Figure, ...]

    @property
    def text(self) -> str:
        """The characters, figures as they came back."""
        return "".join(part if isinstance(part, str) else part.shown for part in self.parts)


class Read(msgspec.Struct, frozen=True):
    """The lines of a file, and the digest of the text that it was made of; "" for none."""

    lines: list[Line]
    source: str


def read_file(path: Path) -> Read:
    """The paragraphs of a .docx. Raises ``BadInput`` with what to do for any other file."""
    root, names = _opened(path)
    body = root.find(f"{W}body")
    if body is None:
        raise BadInput(f"“{path.name}”里没有正文，请换一个文件。")
    marks = (str(mark.get(f"{W}name")) for mark in body.iter(f"{W}bookmarkStart"))
    source = next((name.removeprefix(SOURCE) for name in marks if name.startswith(SOURCE)), "")
    return Read([line for line in _paragraphs(body, names) if line.text.strip()], source)


def _opened(path: Path) -> tuple[etree._Element, dict[str, str]]:
    try:
        with path.open("rb") as file:
            if file.read(8) == COMPOUND:
                raise BadInput(
                    f"“{path.name}”是旧格式的 Word 文件（.doc）或加了密码，"
                    "请在 Word、WPS 里另存为不加密的 .docx 再取回。"
                )
        with zipfile.ZipFile(path) as package:
            parts = [package.getinfo(f"word/{name}.xml") for name in ("document", "styles")]
            if sum(part.file_size for part in parts) > LARGEST:
                raise BadInput(f"“{path.name}”太大，不像一份稿子，没有取回。")
            document, styles = (_parsed(package.read(part)) for part in parts)
    except (OSError, KeyError, zipfile.BadZipFile, etree.XMLSyntaxError) as error:
        raise BadInput(
            f"“{path.name}”不是 .docx 文件或已损坏，请在 Word、WPS 里另存为 .docx 再取回。"
        ) from error
    return document, {
        str(style.get(f"{W}styleId")): str(name.get(f"{W}val"))
        for style in styles.iter(f"{W}style")
        if (name := style.find(f"{W}name")) is not None
    }


def _parsed(data: bytes) -> etree._Element:
    if b"<!DOCTYPE" in data[:2000]:
        raise etree.XMLSyntaxError("a document type", 0, 0, 0)
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))


def _paragraphs(element: etree._Element, names: dict[str, str]) -> Iterator[Line]:
    """Paragraphs in order; those of tables are the ledger's."""
    for child in element:
        if child.tag == f"{W}p":
            style = child.find(f"{W}pPr/{W}pStyle")
            name = names.get(str(style.get(f"{W}val")), "") if style is not None else ""
            yield Line(name, tuple(_joined(_parts(child))))
        elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}moveTo"):
            yield from _paragraphs(child, names)


def _parts(element: etree._Element) -> Iterator[str | Figure]:
    for child in element:
        if child.tag in LEFT_OUT or not isinstance(child.tag, str):
            continue
        if child.tag == f"{W}t":
            yield child.text or ""
        elif child.tag == f"{W}tab":
            yield "\t"
        elif child.tag == f"{W}sdt" and (figure := _figure(child)):
            yield figure
        else:
            yield from _parts(child)


def _figure(control: etree._Element) -> Figure | None:
    """The figure of a control; None for another program's."""
    alias, tag = control.find(f"{W}sdtPr/{W}alias"), control.find(f"{W}sdtPr/{W}tag")
    written = str(alias.get(f"{W}val")) if alias is not None else ""
    if tag is None or not written.startswith(WRITTEN):
        return None
    content = control.find(f"{W}sdtContent")
    parts = _parts(content) if content is not None else ()
    shown = "".join(part if isinstance(part, str) else part.shown for part in parts)
    return Figure(str(tag.get(f"{W}val")), written.removeprefix(WRITTEN), shown)


def _joined(parts: Iterator[str | Figure]) -> Iterator[str | Figure]:
    """The same with texts beside one another in one."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield text
        text = ""
        yield part
    if text:
        yield text
