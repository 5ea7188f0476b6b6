"""Wheels pinned by their hashes, in the form that pip reads.

    python pins.py check PINS FOLDER     exit with a sentence unless FOLDER holds just what is
    pinned python pins.py write FOLDER          print the pins of what lies in FOLDER
"""

from __future__ import annotations

import email
import hashlib
import re
import sys
import zipfile
from pathlib import Path


def _pin(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as packed:
        held = next(n for n in packed.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
        about = email.message_from_bytes(packed.read(held))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    name = re.sub(r"[-_.]+", "-", about["Name"]).lower()
    return f"{name}=={about['Version']} --hash=sha256:{digest}"


def main(what: str, *places: str) -> None:
    """See the module."""
    there = {_pin(wheel) for wheel in Path(places[-1]).glob("*.whl")}
    if what == "write":
        print("\n".join(sorted(there)))
        return
    pinned = set(Path(places[0]).read_text(encoding="ascii").split("\n")) - {""}
    if there != pinned:
        odd = ", ".join(sorted(line.partition(" ")[0] for line in there ^ pinned))
        sys.exit(f"not as pinned in {places[0]}: {odd}")


if __name__ == "__main__":
    main(*sys.argv[1:])
