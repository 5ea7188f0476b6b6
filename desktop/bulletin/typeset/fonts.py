"""Chooses the faces a document is set in: the office's official ones when installed, else the
bundled set.

Every character has a chain: official face → bundled face → its fallback → 楷体 → 宋体 → faces of
rare characters, this machine's before the bundled one (all of Extension B); what no face has is
reported by name before printing, never printed as a silent blank. Faces are found by their name
records, not by file names, since offices rename font files.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import resources
from desktop.bulletin.document import Role
from desktop.bulletin.typeset.truetype import FontFile, NotTrueType, faces_in, read_names

ROLES: tuple[Role, ...] = ("fang", "kai", "hei", "biaosong", "song")

#: Official faces by role, most wanted first; any of a face's names may match.
OFFICIAL: dict[Role, tuple[tuple[str, ...], ...]] = {
    "fang": (
        ("仿宋_GB2312", "FangSong_GB2312"), ("方正仿宋_GBK", "FZFangSong-Z02"),
        ("仿宋", "FangSong"), ("STFangsong", "华文仿宋"),
        ("Zhuque Fangsong", "Zhuque Fangsong (technical preview)", "朱雀仿宋"),
    ), "kai": (("楷体_GB2312", "KaiTi_GB2312"), ("方正楷体_GBK", "FZKai-Z03"), ("楷体", "KaiTi")),
    "hei": (("黑体", "SimHei"),),
    "biaosong": (
        ("方正小标宋_GBK", "FZXiaoBiaoSong-B05"), ("方正小标宋简体", "FZXiaoBiaoSong-B05S"),
    ), "song": (("宋体", "SimSun"),),
}
#: Bundled files by role: the face itself, then what stands in for a character it lacks.
KAI = ("ZhengxianKai.ttf", "ZhengxianKaiWide.ttf.xz")
BUNDLED: dict[Role, tuple[str, ...]] = {
    "fang": ("ZhengxianFang.ttf", "ZhengxianKaiLight.ttf", *KAI, "ZhengxianSong.ttf"),
    "kai": (*KAI, "ZhengxianSong.ttf"),
    "hei": ("ZhengxianHei.ttf", *KAI, "ZhengxianSong.ttf"),
    "biaosong": ("ZhengxianXiaobiaosong.ttf", *KAI, "ZhengxianSong.ttf"),
    "song": ("ZhengxianSong.ttf", *KAI),
}
#: Faces for characters outside every list, tried last when installed: SimSun's extensions come with
#: Windows.
EXTENDED = (
    ("SimSun-ExtB", "宋体-ExtB"), ("SimSun-ExtG", "宋体-ExtG"),
    ("FZSongS-Extended", "方正宋体S-超大字符集"),
    ("FZSongS-Extended(SIP)", "方正宋体S-超大字符集(SIP)"), ("HanaMinA", "花园明朝A"),
    ("HanaMinB", "花园明朝B"),
)
#: The bundled face of rare characters, the last of every chain.
RARE = "ZhengxianRare.ttf.xz"
#: Drawn for a character that no face has: the printers' own mark for a missing type.
MISSING_MARK = "〓"
#: Never drawn and never missing: line ends, zero-width and directional marks, variation selectors.
INVISIBLE = frozenset([
    *range(0x20), 0x7F, *range(0x80, 0xA0), 0xAD, *range(0x200B, 0x2010), *range(0x2028, 0x202F),
    *range(0x2060, 0x2070), 0xFEFF, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0),
])


def font_folders() -> list[Path]:
    """Folders where an office's fonts are installed, WPS Office's own among them."""
    home = Path.home()
    found: list[Path] = []
    if sys.platform == "win32":
        windows, local = os.environ.get("WINDIR"), os.environ.get("LOCALAPPDATA")
        if windows:
            found.append(Path(windows, "Fonts"))
        if local:
            found.append(Path(local, "Microsoft", "Windows", "Fonts"))
            found.extend(sorted(Path(local, "Kingsoft", "WPS Office").glob("*/office6/fonts")))
        return found
    if sys.platform == "darwin":
        found += [Path("/Library/Fonts"), Path("/System/Library/Fonts"), home / "Library" / "Fonts"]
    found += [
        Path("/usr/share/fonts"), Path("/usr/local/share/fonts"),
        home / ".local" / "share" / "fonts", home / ".fonts",
        Path("/opt/kingsoft/wps-office/office6/fonts"),
    ]
    return found


def _installed(folders: Iterable[Path]) -> Iterator[tuple[frozenset[str], Path, int]]:
    """Names, file and number of every readable TrueType face; others are passed over."""
    for folder in folders:
        for where, _, files in os.walk(folder):
            for name in sorted(files):
                if not name.lower().endswith((".ttf", ".ttc", ".otf")):
                    continue
                path = Path(where, name)
                try:
                    for number in range(faces_in(path)):
                        yield read_names(path, number), path, number
                except (OSError, NotTrueType, struct.error, KeyError):
                    continue


@lru_cache(maxsize=256)
def open_font(path: Path, number: int = 0) -> FontFile:
    """A face, read once per process."""
    return FontFile(path, number)


@dataclass(frozen=True)
class FontSet:
    """The faces of a document: for each role a chain, most wanted first. Immutable, shared by
    threads."""

    chains: dict[Role, tuple[FontFile, ...]] = field(compare=False)

    def chain(self, role: Role) -> tuple[FontFile, ...]:
        """Faces to try for a character, in order."""
        return self.chains[role]

    def missing(self, text: str, role: Role = "fang") -> list[str]:
        """Characters of a text that no face of the role's chain has, in order of appearance, each
        once."""
        return [
            character
            for character in dict.fromkeys(text)
            if ord(character) not in INVISIBLE
            and not any(ord(character) in font.characters for font in self.chains[role])
        ]


def _bundled(*names: str) -> tuple[FontFile, ...]:
    return tuple(open_font(resources.path("fonts", name)) for name in names)


@lru_cache(maxsize=1)
def bundled_fonts() -> FontSet:
    """The bundled set alone: the same bytes on every machine."""
    return FontSet({role: _bundled(*BUNDLED[role], RARE) for role in ROLES})


def find_fonts(folders: Sequence[Path] | None = None) -> FontSet:
    """The office's official faces where installed and embeddable, then the bundled ones.

    ``folders``: where to look, by default :func:`font_folders`. Takes some milliseconds per hundred
    files: call it off the window's thread, once.
    """
    best: dict[Role, tuple[int, FontFile]] = {}
    last: dict[int, FontFile] = {}
    for names, path, number in _installed(font_folders() if folders is None else folders):
        for role, rank in _ranks(names):
            if role not in best or rank < best[role][0]:
                font = _usable(path, number)
                if font is not None and 0x4E00 in font.characters:
                    best[role] = (rank, font)
        for rank in _extended_ranks(names) - set(last):
            font = _usable(path, number)
            if font is not None:
                last[rank] = font
    tail = (*(last[rank] for rank in sorted(last)), *_bundled(RARE))
    return FontSet({
        role: ((best[role][1],) if role in best else ()) + _bundled(*BUNDLED[role]) + tail
        for role in ROLES
    })


@lru_cache(maxsize=1)
def _wanted() -> dict[str, tuple[Role, int]]:
    return {
        name.lower(): (role, rank)
        for role in ROLES
        for rank, names in enumerate(OFFICIAL[role])
        for name in names
    }


def _ranks(names: Iterable[str]) -> set[tuple[Role, int]]:
    """The roles for which a face of these names is wanted, and its place among the others."""
    return {_wanted()[name] for name in names if name in _wanted()}


def _extended_ranks(names: Iterable[str]) -> set[int]:
    """Its place among the faces of rare characters."""
    known = {name.lower(): rank for rank, wanted in enumerate(EXTENDED) for name in wanted}
    return {known[name] for name in names if name in known}


def _usable(path: Path, number: int) -> FontFile | None:
    """A face of this machine that may be embedded and has characters; None for any other file."""
    try:
        font = open_font(path, number)
        return font if font.embeddable and font.characters else None
    except (OSError, NotTrueType, struct.error, KeyError):
        return None


def describe_missing(characters: Sequence[str]) -> str:
    """What to tell the person before printing, naming each character; empty when nothing is
    missing."""
    if not characters:
        return ""
    named = "、".join(f"{character}（U+{ord(character):04X}）" for character in characters)
    return (
        f"下列字符没有可用的字体，将印成“{MISSING_MARK}”：{named}。请安装含有这些字的字体，"
        "或改用其他写法。"
    )


@lru_cache(maxsize=1)
def default_fonts() -> FontSet:
    """What :func:`find_fonts` found on this machine, looked for once."""
    return find_fonts()
