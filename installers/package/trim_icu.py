"""Leaves in ICU's data what a program that speaks Chinese reads:  python trim_icu.py
libicudata.so.NN

Qt's library links ICU, whose data of all languages are 30 MB. What holds for every language stays,
with the language itself, English and the encodings in use here; ICU falls back on its root for the
rest. The library is linked anew under its name, around the same symbol.
"""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

#: A language other than these has its own file, named by its code, in each of several folders.
LANGUAGE = re.compile(r"(?:\w+/)?(?!zh|en\.|en_US\.|root\.)[a-z]{2,3}(_\w+)?\.res")
#: Rules for turning one script into another, and numbers in words: Qt asks for neither.
UNASKED = re.compile(r"(translit|rbnf)/|.*\.dict$")
#: Encodings are Python's affair here; these are what Qt may be asked for by a clipboard.
CONVERTER = re.compile(r"(?!gb18030|ibm-1386|windows-936|ibm-5348)[\w.,-]+\.cnv")
SOURCE = """.section .rodata
.globl {symbol}
.type {symbol}, @object
.size {symbol}, {size}
.balign 16
{symbol}:
.incbin "{file}"
.section .note.GNU-stack,"",@progbits
"""


def _output(*command: object) -> str:
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=True
    ).stdout


def read(library: Path) -> tuple[str, bytes]:
    """The symbol of the data and the data."""
    found = re.search(
        r"^([0-9a-f]+) g +DO (\S+)\s+([0-9a-f]+)\s.*?(icudt\d+_dat)$",
        _output("objdump", "-T", library), re.MULTILINE,
    )
    if found is None:
        sys.exit(f"{library.name} has no symbol of ICU's data")
    address, section, size, symbol = found.groups()
    headers = _output("objdump", "-h", library)
    held = re.search(rf"{re.escape(section)}\s+\w+\s+(\w+)\s+\w+\s+(\w+)", headers)
    if held is None:
        sys.exit(f"{library.name} has no section {section}")
    start = int(address, 16) - int(held[1], 16) + int(held[2], 16)
    return symbol, library.read_bytes()[start : start + int(size, 16)]


def trimmed(data: bytes) -> bytes:
    """The same archive with the kept items: a header, the number of items, for each the places of
    its name and of its bytes counted from that number, then names and bytes."""
    head = struct.unpack_from("<H", data)[0]
    if data[2:4] != b"\xda\x27" or data[12:16] != b"CmnD":
        sys.exit("these are not ICU's data in the form that is known here")
    count = struct.unpack_from("<I", data, head)[0]
    places = [struct.unpack_from("<II", data, head + 4 + 8 * n) for n in range(count)]
    ends = [place for _, place in places[1:]] + [len(data) - head]
    kept = []
    for (name_at, start), end in zip(places, ends, strict=True):
        name = data[head + name_at : data.index(b"\0", head + name_at)].decode("ascii")
        item = name.partition("/")[2]
        if not any(rule.match(item) for rule in (LANGUAGE, UNASKED, CONVERTER)):
            kept.append((name.encode("ascii") + b"\0", data[head + start : head + end]))
    names_at = 4 + 8 * len(kept)
    at = names_at + sum(len(name) for name, _ in kept)
    table, names, items = struct.pack("<I", len(kept)), b"", b""
    padding = -at % 16
    at += padding
    for name, item in kept:
        item += bytes(-len(item) % 16)
        table += struct.pack("<II", names_at + len(names), at + len(items))
        names += name
        items += item
    return data[:head] + table + names + bytes(padding) + items


def main(library: Path) -> None:
    """Link the library anew in its place."""
    symbol, data = read(library)
    smaller = trimmed(data)
    with tempfile.TemporaryDirectory() as folder:
        held, source = Path(folder) / "data", Path(folder) / "data.s"
        held.write_bytes(smaller)
        source.write_text(SOURCE.format(symbol=symbol, size=len(smaller), file=held))
        subprocess.run(
            [
                "gcc", "-shared", "-nostdlib", "-s", f"-Wl,-soname,{library.name}",
                "-Wl,--build-id=none", "-o", str(library), str(source),
            ],
            check=True,
        )
    print(f"{library.name}: {len(data) >> 10} KB, now {len(smaller) >> 10} KB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
