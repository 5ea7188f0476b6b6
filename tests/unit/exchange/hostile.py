"""A corpus of broken and hostile files, made from a good workbook: name → (bytes, the refusal it must meet, or None)."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Iterator

#: A case: its name, its bytes, the code it must be refused with ("" when any refusal will do, None when it must be read).
Case = tuple[str, bytes, str | None]
SHEET = "xl/worksheets/sheet4.xml"
#: How SheetJS declares binary parts in every workbook that it saves.
BIN_AS_MACROS = b'Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"'


def _members(good: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        return {m.filename: archive.read(m) for m in archive.infolist()}


def packed(members: dict[str, bytes], *, more: list[tuple[str, bytes]] = (), method: int = zipfile.ZIP_DEFLATED) -> bytes:  # type: ignore[assignment]
    out = io.BytesIO()
    import warnings

    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, data in [*members.items(), *more]:
            archive.writestr(name, data)
    return out.getvalue()


def cell_sheet(cells: str) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    return f"{head}<sheetData>{cells}</sheetData></worksheet>".encode()


def corpus(good: bytes) -> Iterator[Case]:
    """All cases."""
    members = _members(good)

    def with_(name: str, change: Callable[[bytes], bytes]) -> bytes:
        return packed({**members, name: change(members[name])})

    sheet = members[SHEET]
    yield "good", good, None
    # what is no workbook at all
    yield "empty", b"", "empty"
    yield "one byte", b"P", "not-workbook"
    yield "zeros", bytes(40_000), "zeroed"
    yield "plain text", "事项,单位\n甲,乙\n".encode(), "not-workbook"
    yield "gbk text", "事项,单位\n甲,乙\n".encode("gbk"), "not-workbook"
    yield "html named xlsx", b"<html><table><tr><td>1</td></tr></table></html>", "web"
    yield "xml spreadsheet 2003", b'<?xml version="1.0"?><Workbook/>', "web"
    yield "pdf", b"%PDF-1.7\n1 0 obj", "not-workbook"
    yield "rtf", b"{\\rtf1\\ansi}", "not-workbook"
    yield "rar", b"Rar!\x1a\x07\x00" + bytes(100), "not-workbook"
    yield "7z", b"7z\xbc\xaf\x27\x1c" + bytes(100), "not-workbook"
    yield "gzip", b"\x1f\x8b\x08" + bytes(100), "not-workbook"
    yield "png", b"\x89PNG\r\n\x1a\n" + bytes(100), "not-workbook"
    yield "exe", b"MZ" + bytes(500), "not-workbook"
    yield "elf", b"\x7fELF" + bytes(500), "not-workbook"
    yield "biff2", b"\t\x00\x04\x00" + bytes(200), "xls"
    yield "ole header alone", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "truncated"
    yield "ole garbage", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 4096, "truncated"
    yield "docx", packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}), "not-workbook"
    yield "pptx", packed({"[Content_Types].xml": b"<Types/>", "ppt/presentation.xml": b"<p/>"}), "not-workbook"
    yield "ods", packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<o/>"}), "ods"
    yield "xlsb", packed({"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b"\x00"}), "xlsb"
    yield "empty zip", b"PK\x05\x06" + bytes(18), "not-workbook"
    yield "some zip", packed({"readme.txt": b"hello"}), "not-workbook"
    # cut off and damaged
    for part in (10, 30, 60, 90, 99):
        yield f"cut at {part} percent", good[: len(good) * part // 100], "truncated"
    yield "last byte gone", good[:-1], "truncated"
    yield "second half zeroed", good[: len(good) // 2] + bytes(len(good) - len(good) // 2), "truncated"
    middle = len(good) // 3
    yield "middle zeroed", good[:middle] + bytes(2_000) + good[middle + 2_000 :], "truncated"
    yield "bytes flipped", bytes(b ^ 0x55 if 3_000 < i < 3_400 else b for i, b in enumerate(good)), "truncated"
    yield "text before the zip cut", b"junk" + good[40:], ""
    yield "workbook.xml gone", packed({k: v for k, v in members.items() if k != "xl/workbook.xml"}), "not-workbook"
    yield "content types gone", packed({k: v for k, v in members.items() if k != "[Content_Types].xml"}), "not-workbook"
    yield "relations gone", packed({k: v for k, v in members.items() if not k.endswith("workbook.xml.rels")}), "truncated"
    yield "a sheet gone", packed({k: v for k, v in members.items() if k != SHEET}), "truncated"
    yield "sheet xml cut", with_(SHEET, lambda d: d[: len(d) // 2]), "broken-xml"
    yield "workbook xml cut", with_("xl/workbook.xml", lambda d: d[: len(d) // 2]), "broken-xml"
    yield "workbook without sheets", with_("xl/workbook.xml", lambda d: b'<workbook xmlns="x"><sheets/></workbook>'), "no-sheets"
    # names and members
    yield "duplicate member", packed(members, more=[(SHEET, sheet)]), "duplicate-member"
    yield "duplicate member in other case", packed(members, more=[(SHEET.upper(), sheet)]), "duplicate-member"
    yield "path upwards", packed(members, more=[("../../evil.xml", b"<a/>")]), "bad-name"
    yield "absolute path", packed(members, more=[("/etc/passwd", b"x")]), "bad-name"
    yield "windows path", packed(members, more=[("C:\\evil.xml", b"x")]), "bad-name"
    yield "backslash path", packed(members, more=[("xl\\..\\..\\evil.xml", b"x")]), "bad-name"
    yield "very many members", packed(members, more=[(f"xl/x{n}.xml", b"<a/>") for n in range(3_100)]), "too-many-members"
    yield "bzip2 members", packed(members, method=zipfile.ZIP_BZIP2), "unknown-compression"
    yield "lzma members", packed(members, method=zipfile.ZIP_LZMA), "unknown-compression"
    yield "encrypted members", _flagged(good), "encrypted-member"
    # active content
    yield "macros", packed(members, more=[("xl/vbaProject.bin", b"\x00" * 100)]), "macro"
    yield "macros by content type", with_(
        "[Content_Types].xml", lambda d: d.replace(b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main")
    ), "macro"
    yield "macros by the content type of all xml", with_("[Content_Types].xml", lambda d: d.replace(
        b'Extension="xml" ContentType="application/xml"',
        b'Extension="xml" ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"')), "macro"
    yield "bin parts declared as macros where there are none", with_("[Content_Types].xml", lambda d: d.replace(
        b"<Default ", b"<Default " + BIN_AS_MACROS + b"/><Default ", 1)), None
    yield "excel 4 macro sheet", packed(members, more=[("xl/macrosheets/sheet1.xml", b"<a/>")]), "macro"
    yield "activex", packed(members, more=[("xl/activeX/activeX1.bin", b"\x00")]), "macro"
    # entities
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    yield "billion laughs in a sheet", with_(SHEET, lambda d: bomb + d.split(b"?>", 1)[1]), "dtd"
    yield "entity in the workbook", with_("xl/workbook.xml", lambda d: bomb + d.split(b"?>", 1)[1]), "dtd"
    external = b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd">'
    yield "external entity in styles", with_("xl/styles.xml", lambda d: external + d.split(b"?>", 1)[1]), "dtd"
    yield "dtd far down a sheet", with_(SHEET, lambda d: d.replace(b"<sheetData>", b" " * 262_140 + b"<!DOCTYPE x><sheetData>")), "dtd"
    yield "utf-16 sheet", with_(SHEET, lambda d: d.decode().replace("UTF-8", "UTF-16").encode("utf-16")), "encoding"
    yield "latin-1 declared", with_(SHEET, lambda d: d.replace(b'encoding="UTF-8"', b'encoding="ISO-8859-1"')), "encoding"
    yield "strict ooxml", with_(
        "xl/workbook.xml", lambda d: d.replace(b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                                               b"http://purl.oclc.org/ooxml/spreadsheetml/main")), "strict"  # fmt: skip
    # cells where no ledger has any
    yield "XFD1048576", packed({**members, SHEET: cell_sheet('<row r="1"><c r="A1"><v>1</v></c></row>'
          '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')}), "address"  # fmt: skip
    yield "XFD1 with single quotes", packed({**members, SHEET: cell_sheet("<row r='1'><c r='XFD1'><v>1</v></c></row>")}), "address"
    yield "ZZZZ9", packed({**members, SHEET: cell_sheet('<row r="9"><c r="ZZZZ9"><v>1</v></c></row>')}), "address"
    yield "row 4294967295", packed({**members, SHEET: cell_sheet('<row r="4294967295"><c r="A4294967295"><v>1</v></c></row>')}), "address"
    prefixed = '<x:row xmlns:x="a" r="1"><x:c r="XFD1"><x:v>1</x:v></x:c></x:row>'
    yield "prefixed far cell", packed({**members, SHEET: cell_sheet(prefixed)}), ""
    # too much
    yield "zip bomb", packed({**members, "xl/media/big.xml": bytes(80 << 20)}), "bomb"
    yield "bomb in a sheet", packed({**members, SHEET: cell_sheet("<row>" + " " * (70 << 20) + "</row>")}), "bomb"
    yield "deep nesting", packed({**members, SHEET: cell_sheet("<a>" * 200_000 + "</a>" * 200_000)}), None
    yield "size lied about", _lying(good), ""
    yield "huge size claimed", _claiming(good), ""
    # our own parts tampered with
    hidden = next(n for n in members if n.startswith("xl/worksheets/") and b"zx</t>" in members[n])
    yield "hidden sheet emptied", with_(hidden, lambda d: cell_sheet("")), None
    yield "hidden sheet cut short", with_(hidden, lambda d: _without_last_rows(d)), "broken-xml"
    yield "hidden sheet not json", with_(hidden, lambda d: d.replace(b"{", b"(")), "broken-xml"
    yield "a later format", with_(hidden, lambda d: re.sub(rb'"format":\d+', b'"format":99', d)), "newer"


def _flagged(good: bytes) -> bytes:
    """The encryption bit set in each member, as zip programs with a password do."""
    data = bytearray(good)
    at = data.find(b"PK\x03\x04")
    while at >= 0:
        data[at + 6] |= 1
        at = data.find(b"PK\x03\x04", at + 4)
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def _directory_of(data: bytearray, name: bytes) -> int:
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        length = struct.unpack_from("<H", data, at + 28)[0]
        if data[at + 46 : at + 46 + length] == name:
            return at
        at = data.find(b"PK\x01\x02", at + 4)
    raise AssertionError(name)


def _lying(good: bytes) -> bytes:
    """A member that says it unpacks to 10 bytes."""
    data = bytearray(good)
    struct.pack_into("<I", data, _directory_of(data, SHEET.encode()) + 24, 10)
    return bytes(data)


def _claiming(good: bytes) -> bytes:
    """A member that says it unpacks to nearly 4 GiB."""
    data = bytearray(good)
    struct.pack_into("<I", data, _directory_of(data, SHEET.encode()) + 24, 0xFFFF0000)
    return bytes(data)


def _without_last_rows(data: bytes) -> bytes:
    rows = data.split(b"<row ")
    return b"<row ".join(rows[:-3]) + b"</sheetData></worksheet>"
