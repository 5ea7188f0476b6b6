"""What a folder of programs asks of the system that it is put on:  python needed.py FOLDER [FLOOR]

Prints two lines, for the fields of a Debian package: the newest version of the C library that any
file asks for (`2.28`), and the packages of the libraries that are not in the folder. Exits with a
sentence when a library is unknown, or when a version of FLOOR is passed, naming file and symbol
version.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

#: Soname of a library that is left to the system, and the packages that bring it; the C library's
#: own parts come with it. Drivers and the system's services must be those of the machine.
PACKAGES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libOpenGL.so.0": "libopengl0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libz.so.1": "zlib1g",
    "libstdc++.so.6": "libstdc++6",
    "libgcc_s.so.1": "libgcc-s1 | libgcc1",
    "libglib-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libdrm.so.2": "libdrm2",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libsqlite3.so.0": "libsqlite3-0",
    "libcups.so.2": "",  # printing works without it, through files: recommended
    "libwayland-client.so.0": "",  # there on whatever desktop is one of Wayland
    "libwayland-cursor.so.0": "",
    "libwayland-egl.so.1": "",
}
OF_LIBC = re.compile(r"(lib(c|m|dl|rt|pthread|util|resolv)|ld-linux[-\w]*)\.so")


def read(file: Path) -> tuple[set[str], set[tuple[int, ...]]]:
    """The libraries that a file names, and the versions of the C library's symbols in it."""
    said = subprocess.run(
        ["objdump", "-p", str(file)], capture_output=True, text=True, check=False
    ).stdout
    needed = set(re.findall(r"^  NEEDED +(\S+)", said, re.MULTILINE))
    versions = {
        tuple(map(int, number.split("."))) for number in re.findall(r"\bGLIBC_([\d.]+)", said)
    }
    return needed, versions


def main(folder: Path, floor: str = "") -> None:
    """Print the two lines, or exit with what is wrong."""
    files = [
        file for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.is_symlink() and file.open("rb").read(4) == b"\x7fELF"
    ]
    there = {file.name for file in folder.rglob("*") if ".so" in file.name}
    newest, outside = (0,), dict[str, Path]()
    for file in files:
        needed, versions = read(file)
        top = max(versions, default=(0,))
        newest = max(newest, top)
        if floor and top > tuple(map(int, floor.split("."))):
            sys.exit(f"{file.relative_to(folder)} asks for GLIBC_{'.'.join(map(str, top))}")
        outside |= {name: file for name in needed - there if not OF_LIBC.match(name)}
    if unknown := outside.keys() - PACKAGES.keys():
        told = ", ".join(f"{name} ({outside[name].relative_to(folder)})" for name in unknown)
        sys.exit(f"neither in the folder nor in the list of needed.py: {told}")
    print(".".join(map(str, newest)))
    print(", ".join(sorted({PACKAGES[name] for name in outside} - {""})))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
