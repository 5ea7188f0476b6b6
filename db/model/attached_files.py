"""What may be done with a file from outside: its name shown without tricks, its true ending,
whether it may be opened, how large a picture may be.

"佐证<RLO>fdp.exe" reads like a document; the marks that turn text around are shown instead.
"""

from __future__ import annotations

import unicodedata

#: Endings of the documents and pictures that people send each other, none of which runs by itself.
_DOCUMENTS = """pdf ofd doc docx xls xlsx ppt pptx wps et dps odt ods odp rtf txt csv jpg jpeg png
    gif bmp tif tiff webp heic heif"""
OPENABLE = frozenset(_DOCUMENTS.split())
#: Endings that a system runs, installs or follows.
_PROGRAMS = """apk app appimage appref-ms bat chm cmd com command cpl deb desktop dll docm dotm exe
    gadget hta inf ins iso jar jnlp jse js lnk msc msi msix msp ocx pif ppam ppsm pptm ps1 psm1 py
    pyw reg rpm run scf scr settingcontent-ms sh so sys url vb vbe vbs vhd vhdx website wsf wsh xlam
    xlsm xltm"""
PROGRAMS = frozenset(_PROGRAMS.split())
#: How the file of a program begins: Windows, Linux, macOS, a script.
_PROGRAM_STARTS = (
    b"MZ", b"\x7fELF", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!",
    b"L\x00\x00\x00\x01\x14\x02\x00", b"[Desktop Entry]",
)
#: Pixels of a picture that are decoded at most: one of 13,000 × 13,000 takes 1.7 GB.
MOST_PIXELS = 50_000_000
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})


def _turns(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN


def shown(name: str) -> str:
    """The name with what cannot be seen, or turns its letters around, written out."""
    return "".join(f"〔U+{ord(c):04X}〕" if _turns(c) else c for c in name)


def ending(name: str) -> str:
    """The ending by which a system chooses what to do with a file, in small letters."""
    plain = "".join(c for c in name if not _turns(c)).rstrip(". 　")
    return plain.rpartition(".")[2].casefold() if "." in plain else ""


def opens(name: str, start: bytes = b"") -> bool:
    """Whether another program may be asked to open it. ``start``: the file's first bytes."""
    return ending(name) in OPENABLE and not start.startswith(_PROGRAM_STARTS)


def is_program(name: str, start: bytes = b"") -> bool:
    """Whether it is a program, by its ending or as it begins, whatever it is called."""
    return ending(name) in PROGRAMS or start.startswith(_PROGRAM_STARTS)
