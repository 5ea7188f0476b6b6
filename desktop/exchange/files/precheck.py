"""Look at a workbook as a zip before any parser opens it: some files make parsers take gigabytes or
abort the process.

Runs in the child process (``reader_process.py``). Nothing here trusts what the file says about
itself: sizes are counted while unpacking, and kinds of file are told by their first bytes, never by
their name.
"""

from __future__ import annotations

import contextlib
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from xml.etree import ElementTree

import msgspec
import olefile

from desktop.exchange.errors import Refused
from desktop.exchange.files.cell_looks import Looks, cell_looks
from desktop.exchange.files.xml_row_count import MAX_NAMED, SheetFacts, SheetScan

MIB = 1 << 20
#: A workbook of 100,000 rows × 20 columns with its hidden sheet takes about 60 MiB, unpacked about
#: 400 MiB.
MAX_FILE = 200 * MIB
MAX_UNPACKED = 1_200 * MIB
MAX_MEMBERS = 3_000
#: Above this size a member that unpacks to more than 400 times its packed size is no text that
#: people typed.
BOMB_FROM, BOMB_RATIO = 32 * MIB, 400
_CHUNK = 1 << 20
#: what a file of plain text is called; only the import of foreign tables looks into it
TEXT = "文本文件"
#: who writes the comments of a marked workbook
OWN_COMMENTS = "争先台账"

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_KNOWN = (
    (b"%PDF", "PDF 文件"), (b"{\\rtf", "RTF 文档"), (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"), (b"\x89PNG", "图片"), (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"MZ", "可执行程序"), (b"\x7fELF", "可执行程序"),
)  # fmt: skip
#: Tables that other programs save under the name .xls: pages of the web, and workbooks of before
#: 1995.
_WEB = ((b"<html", "网页"), (b"<!doctype", "网页"), (b"<table", "网页"), (b"<?xml", "XML"))
_OLD = (b"\t\x08", b"\t\x04", b"\t\x02", b"\t\x00\x04")
_TYPES = "[Content_Types].xml"
_MANIFEST = "META-INF/manifest.xml"
_OFFICE = (("word", "Word 文档"), ("ppt", "PPT 文档"))
_MACRO = re.compile(r"(?i)(^|/)(vbaproject[^/]*\.bin|macrosheets/|dialogsheets/|activex/.*\.bin)")
#: A part of the workbook declared as one with macros. SheetJS declares so of all .bin parts in
#: every file, and has none.
_MACRO_TYPE = re.compile(
    rb"(?i)<(?:\w+:)?(?:Override|Default(?![^>]*Extension\s*=\s*[\"']bin[\"']))\s[^>]*macroEnabled"
)
_DTD = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)")
_ENCODING = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)[\"']")
_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_STRICT = b"http://purl.oclc.org/ooxml/"


class Checked(msgspec.Struct):
    """What the precheck learnt: facts by sheet name, in the order of the workbook, and the defined
    names."""

    sheets: dict[str, SheetFacts] = msgspec.field(default_factory=dict)
    names: dict[str, str] = msgspec.field(default_factory=dict)
    external_links: bool = False
    #: (sheet, cell, text) of comments that people wrote
    comments: list[tuple[str, str, str]] = msgspec.field(default_factory=list)


def kind_of(path: Path) -> str:
    """``zip``, ``ole`` or a refusal, told by the first bytes."""
    head = _head(path)
    if head.startswith(_ZIP):
        return "zip"
    if head.startswith(OLE):
        return "ole"
    if not head.strip(b"\x00"):
        raise Refused("zeroed")
    lead = head.lstrip(b"\xef\xbb\xbf \r\n\t") if not head.startswith(b"\t") else head
    raise _other_kind(head, lead)


def _other_kind(head: bytes, lead: bytes) -> Refused:
    """What a file is that is no workbook, by its first bytes."""
    if lead.startswith(_OLD):
        return Refused("xls")
    for code, starts in (("web", _WEB), ("not-workbook", _KNOWN)):
        what = next((what for start, what in starts if _begins(lead, start)), "")
        if what:
            return Refused(code, what)
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return Refused("not-workbook", TEXT if wide or b"\x00" not in head else "内容无法识别")


def _begins(lead: bytes, start: bytes) -> bool:
    """Whatever the case of a page's letters."""
    return lead[: len(start)].lower() == start.lower()


def _head(path: Path) -> bytes:
    """The first bytes of a file that is neither empty nor too large."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(8192)
    except FileNotFoundError as error:
        raise Refused("missing") from error
    except OSError as error:
        raise Refused("unreadable", error.strerror or "读取出错") from error
    if size == 0:
        raise Refused("empty")
    if size > MAX_FILE:
        raise Refused("too-big", f"{size // MIB} MB")
    return head


def ole_kind(path: Path) -> str:
    """``encrypted``, ``xls`` or ``other``: what an OLE file holds."""
    try:
        with olefile.OleFileIO(str(path)) as ole:
            names = {"/".join(entry).lower() for entry in ole.listdir()}
    except Exception as error:  # olefile lets through whatever a damaged file makes of its parsing
        raise Refused("truncated", "文件头之后读不下去") from error
    if "encryptedpackage" in names:
        return "encrypted"
    return "xls" if names & {"workbook", "book"} else "other"


def check(path: Path | BinaryIO) -> Checked:
    """Check an unencrypted .xlsx; raises ``Refused``. Reads every member once, in pieces."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _check(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Refused("truncated", "压缩包读到一半就断了") from error
    except (NotImplementedError, RuntimeError) as error:  # zipfile's words for what it cannot undo
        raise Refused("unknown-compression", str(error)[:40]) from error
    except (OSError, ValueError, OverflowError) as error:
        raise Refused("truncated", "压缩包的目录已损坏") from error


def check_open_document(path: Path) -> None:
    """Check an .ods likewise; raises ``Refused``."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(members)
            budget = MAX_UNPACKED
            for member in members:
                if member.filename.startswith(("Basic/", "Scripts/")):
                    raise Refused("macro", member.filename[:40])
                if not member.filename.endswith("/"):
                    keep: list[bytes] | None = [] if member.filename == _MANIFEST else None
                    budget = _read_through(archive, member, budget, None, keep)
                    if keep and b"encryption-data" in b"".join(keep):
                        raise Refused("ods", "设有打开密码的 ODF（.ods）")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise Refused("truncated", "压缩包读到一半就断了") from error
    except (NotImplementedError, RuntimeError) as error:  # as above
        raise Refused("unknown-compression", str(error)[:40]) from error


def _check(archive: zipfile.ZipFile) -> Checked:
    members = archive.infolist()
    _check_members(members)
    names = {m.filename for m in members}
    _check_format(names)
    out = Checked(external_links=any(n.startswith("xl/externalLinks/") for n in names))
    types = b""
    budget = MAX_UNPACKED
    sheet_of = _sheet_files(archive, out)
    looks = cell_looks(_small_xml(archive, "xl/styles.xml")) if _has_styles(archive) else Looks()
    for member in members:
        name = member.filename
        if name.endswith("/"):
            continue
        scan = SheetScan(looks) if name in sheet_of else None
        keep: list[bytes] | None = [] if name == _TYPES else None
        budget = _read_through(archive, member, budget, scan, keep)
        if scan is not None:
            out.sheets[sheet_of[name]] = _facts(scan, name, sheet_of[name])
        types = b"".join(keep) if keep else types
    if _MACRO_TYPE.search(types):
        raise Refused("macro", "启用宏的工作簿")
    for file, sheet in sheet_of.items():
        out.comments += [(sheet, *each) for each in _comments(archive, file)]
        if file not in names:
            raise Refused("truncated", f"缺少工作表「{sheet}」的内容")
    return out


def _check_format(names: set[str]) -> None:
    """Refuse what is no .xlsx by the members that it has."""
    if "mimetype" in names and "content.xml" in names:
        raise Refused("ods", "ODF（.ods）")
    if "xl/workbook.bin" in names:
        raise Refused("xlsb")
    if _TYPES not in names or "xl/workbook.xml" not in names:
        folders = {name.partition("/")[0] for name in names if "/" in name}
        others = (what for folder, what in _OFFICE if folder in folders)
        raise Refused("not-workbook", next(others, "压缩包里没有工作表"))


def _facts(scan: SheetScan, member: str, sheet: str) -> SheetFacts:
    facts = scan.finish()
    facts.member = member
    if facts.beyond_sane():
        raise Refused("address", sheet)
    return facts


def _has_styles(archive: zipfile.ZipFile) -> bool:
    """Whether there are styles, small enough to be looked at."""
    with contextlib.suppress(KeyError):
        return archive.getinfo("xl/styles.xml").file_size <= 4 * MIB
    return False


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise Refused("too-many-members", str(len(members)))
    seen: set[str] = set()
    for member in members:
        name = member.filename
        if _leads_outside(name):
            raise Refused("bad-name", name[:60])
        if name.lower() in seen:
            raise Refused("duplicate-member", name[:60])
        seen.add(name.lower())
        _check_member(member)
    total = sum(member.file_size for member in members)
    if total > MAX_UNPACKED:
        raise Refused("bomb", f"{total // MIB} MB")


def _leads_outside(name: str) -> bool:
    """Whether a member would be written elsewhere than under a folder, on some system."""
    return (
        name.startswith("/") or ".." in PurePosixPath(name).parts
        or any(sign in name for sign in ("\\", ":", "\x00"))
    )  # fmt: skip


def _check_member(member: zipfile.ZipInfo) -> None:
    if _MACRO.search(member.filename):
        raise Refused("macro", PurePosixPath(member.filename).name)
    if member.flag_bits & 0x1:
        raise Refused("encrypted-member")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("unknown-compression", str(member.compress_type))
    packed = max(member.compress_size, 1)
    if member.file_size > BOMB_FROM and member.file_size / packed > BOMB_RATIO:
        raise Refused("bomb", f"{member.file_size // MIB} MB")


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack by hand, so that a member that says it is small and is not is told."""
    left = member.file_size
    with archive.open(member) as file:
        while piece := file.read(_CHUNK):
            left -= len(piece)
            yield piece
    if left:
        raise Refused("truncated", PurePosixPath(member.filename).name)


def _read_through(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: int, scan: SheetScan | None,
    keep: list[bytes] | None,
) -> int:
    name = member.filename
    is_xml = name.endswith((".xml", ".rels", ".vml"))
    tail = b""
    for first, piece in _numbered(_pieces(archive, member)):
        budget -= len(piece)
        if budget < 0:
            raise Refused("bomb", f"超过 {MAX_UNPACKED // MIB} MB")
        if is_xml:
            # what other programs add beside it (customXml …) is never parsed
            if first and name.startswith("xl/"):
                _check_start(name, piece)
            _check_declarations(name, piece, tail)
            tail = piece[-16:]
        if scan is not None:
            scan.feed(piece)
        if keep is not None and len(keep) < 64:
            keep.append(piece)
    return budget


def _check_declarations(name: str, piece: bytes, tail: bytes) -> None:
    """Refuse a DTD; ``tail`` is the end of the piece before."""
    if b"!" in piece and (b"<!" in piece or tail.endswith(b"<")) and _DTD.search(tail + piece):
        raise Refused("dtd", PurePosixPath(name).name)


def _numbered(pieces: Iterator[bytes]) -> Iterator[tuple[bool, bytes]]:
    first = True
    for piece in pieces:
        yield first, piece
        first = False


def _check_start(name: str, piece: bytes) -> None:
    if piece.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00")):
        raise Refused("encoding", PurePosixPath(name).name)
    declared = _ENCODING.match(piece[:300].lstrip(b"\xef\xbb\xbf"))
    if declared and declared.group(1).lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        raise Refused("encoding", PurePosixPath(name).name)
    if name.startswith("xl/work") and _STRICT in piece[:4096]:
        raise Refused("strict")


def _small_xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    member = archive.getinfo(name)
    if member.file_size > 4 * MIB:
        raise Refused("bomb", f"{PurePosixPath(name).name} {member.file_size // MIB} MB")
    data = b"".join(_pieces(archive, member))
    _check_start(name, data)
    if _DTD.search(data):  # before the parser sees it: entities are expanded while parsing
        raise Refused("dtd", PurePosixPath(name).name)
    try:
        return ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise Refused("broken-xml", PurePosixPath(name).name) from error


def _comments(archive: zipfile.ZipFile, member: str) -> list[tuple[str, str]]:
    """The comments of a sheet, without those that the program wrote into a marked workbook."""
    try:
        root = _small_xml(archive, _comments_part(archive, PurePosixPath(member)))
    except (KeyError, StopIteration, Refused):
        return []
    authors = [a.text for a in root.iter() if a.tag.endswith("}author")]
    own = {str(at) for at, author in enumerate(authors) if author == OWN_COMMENTS}
    comments = (each for each in root.iter() if each.tag.endswith("}comment"))
    texts = ((e.get("ref", ""), _text_of(e)) for e in comments if e.get("authorId") not in own)
    return list(islice(((ref, text[:200]) for ref, text in texts if text), MAX_NAMED))


def _comments_part(archive: zipfile.ZipFile, sheet: PurePosixPath) -> str:
    """The member that holds the comments of a sheet; ``StopIteration`` where it has none."""
    rels = _small_xml(archive, f"{sheet.parent}/_rels/{sheet.name}.rels")
    kept = (r for r in rels.iter(_REL) if r.get("Type", "").endswith("/comments"))
    part = next(kept).get("Target", "")
    return part.lstrip("/") if part[:1] == "/" else posixpath.normpath(f"{sheet.parent}/{part}")


def _text_of(comment: ElementTree.Element) -> str:
    return "".join(t.text or "" for t in comment.iter() if t.tag.endswith("}t")).strip()


def _sheet_files(archive: zipfile.ZipFile, out: Checked) -> dict[str, str]:
    """Member name → sheet name, for the worksheets that the workbook names; also collects its
    defined names."""
    book = _small_xml(archive, "xl/workbook.xml")
    target = _targets(archive)
    found: dict[str, str] = {}
    for element in book.iter():
        tag = _local(element.tag)
        if tag == "sheet":
            rid = next((v for k, v in element.attrib.items() if _local(k) == "id"), "")
            file = _worksheet(target.get(rid, ""))
            if file:
                found[file] = element.get("name", "")
        elif tag == "definedName" and element.get("name"):
            out.names[element.get("name", "")] = element.text or ""
    if not found:
        raise Refused("no-sheets")
    return found


def _worksheet(where: str) -> str:
    """The member that a relation leads to, "" where it is no worksheet."""
    if not where or where.startswith(("chartsheets/", "/xl/chartsheets/")):
        return ""
    return where.lstrip("/") if where.startswith("/") else f"xl/{where}"


def _targets(archive: zipfile.ZipFile) -> dict[str, str]:
    """Where the parts of the workbook lie, by the id of their relation."""
    try:
        rels = _small_xml(archive, "xl/_rels/workbook.xml.rels")
    except KeyError as error:
        raise Refused("truncated", "缺少工作表目录") from error
    return {
        r.get("Id", ""): r.get("Target", "") for r in rels.iter(_REL)
        if r.get("TargetMode") != "External"
    }


def _local(tag: str) -> str:
    """The name of an element or attribute without its namespace."""
    return tag.rsplit("}", 1)[-1]
