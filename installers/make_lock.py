#!/usr/bin/env python3
"""Writes installers/lock/: the exact versions, with hashes, of everything that an install brings
along.

`plain.txt` is what the program needs (and what packs it), `test.txt` and `build.txt` what their
extras add. One file serves every supported Python and system: what only some of them need carries a
marker. A second run keeps the versions that stand there; `--upgrade` takes the newest that
pyproject.toml allows. Afterwards each of the systems below is asked whether all of it can be
installed there without a compiler.

Usage: python installers/make_lock.py [--upgrade]
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "installers" / "lock"
EXTRAS = ("test", "build")
PYTHONS = ("3.11", "3.12", "3.13")
SYSTEMS = ("x86_64-manylinux_2_34", "aarch64-manylinux_2_39", "x86_64-pc-windows-msvc")
"""With the oldest C library that the locked Qt is built for; older systems are installed unlocked
(`_setup.sh`)."""
TOOL = "uv>=0.8,<1"


def tool(scratch: Path) -> list[str]:
    """The resolver, in an environment of its own, so that it leaves no trace in the checkout's."""
    venv.create(scratch, with_pip=True)
    folder, end = ("Scripts", ".exe") if sys.platform == "win32" else ("bin", "")
    python = str(scratch / folder / f"python{end}")
    subprocess.run([python, "-m", "pip", "install", "--quiet", TOOL], check=True)
    return [str(scratch / folder / f"uv{end}"), "pip"]


def resolved(
    uv: list[str], wanted: list[str], extras: list[str], kept: str, upgrade: bool, scratch: Path
) -> dict[str, str]:
    """Name → its lines, as resolved; versions that ``kept`` names stay unless ``upgrade``."""
    asked, made = scratch / "asked.txt", scratch / "made.txt"
    asked.write_text("\n".join(wanted) + "\n", encoding="utf-8")
    made.write_text(kept, encoding="utf-8")
    command = [
        *uv, "compile", "pyproject.toml", str(asked), "--universal", "--generate-hashes",
        "--python-version", PYTHONS[0], "--no-header", "--no-annotate", "--quiet", "-o", str(made),
        *(part for extra in extras for part in ("--extra", extra)),
        *(["--upgrade"] if upgrade else []),
    ]  # fmt: skip
    subprocess.run(command, cwd=ROOT, check=True)
    found: dict[str, str] = {}
    for block in re.split(r"\n(?=\S)", made.read_text(encoding="utf-8").strip()):
        head = block.partition(" \\")[0]
        found[head] = block
    return found


def check(uv: list[str], name: str, scratch: Path) -> list[str]:
    """Systems on which a lock cannot be installed from built packages alone, with what is said."""
    failed = []
    for system in SYSTEMS:
        for python in PYTHONS:
            run = subprocess.run(
                [
                    *uv, "install", "--dry-run", "--quiet", "--require-hashes", "--no-deps",
                    "--only-binary", ":all:", "--target", str(scratch / "nowhere"),
                    "--python-platform", system, "--python-version", python,
                    "-r", str(LOCK / f"{name}.txt"),
                ],
                cwd=ROOT, check=False, capture_output=True, text=True,
            )  # fmt: skip
            if run.returncode:
                failed.append(f"{name} on {system}, Python {python}: {run.stderr.strip()}")
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description="Write installers/lock/.")
    parser.add_argument(
        "--upgrade", action="store_true", help="the newest versions that are allowed"
    )
    upgrade = parser.parse_args().upgrade
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packing = project["build-system"]["requires"]
    LOCK.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        uv = tool(scratch / "tool")
        kept = "\n".join(path.read_text(encoding="utf-8") for path in sorted(LOCK.glob("*.txt")))
        kept = re.sub(r"^(#|-r).*\n", "", kept, flags=re.MULTILINE)
        whole = resolved(uv, packing, list(EXTRAS), kept, upgrade, scratch)
        pins = "\n".join(whole.values()) + "\n"
        plain = resolved(uv, packing, [], pins, False, scratch)
        _write("plain", "", plain)
        for extra in EXTRAS:
            found = resolved(uv, packing, [extra], pins, False, scratch)
            more = {head: block for head, block in found.items() if head not in plain}
            twice = {head.split("==")[0] for head in more} & {head.split("==")[0] for head in plain}
            if twice:
                sys.exit(f"locked apart in plain.txt and {extra}.txt: {', '.join(sorted(twice))}")
            _write(extra, "-r plain.txt\n", more)
        failed = [line for name in ("plain", *EXTRAS) for line in check(uv, name, scratch)]
    for line in failed:
        sys.stderr.write(line + "\n")
    return int(bool(failed))


def _write(name: str, head: str, found: dict[str, str]) -> None:
    text = f"# Made by installers/make_lock.py\n{head}" + "\n".join(found.values()) + "\n"
    (LOCK / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
