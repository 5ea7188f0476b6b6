"""Faces: what the bundled ones cover, how official ones are found, what is embedded, and names that others lose."""

from __future__ import annotations

import io
import lzma
import shutil
import subprocess
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from fontTools.ttLib import TTFont

import resources
from desktop.bulletin.document import Document, Paragraph
from desktop.bulletin.typeset.fonts import (
    BUNDLED,
    ROLES,
    FontSet,
    bundled_fonts,
    describe_missing,
    find_fonts,
)
from desktop.bulletin.typeset.fonts import RARE as RARE_FACE
from desktop.bulletin.typeset.truetype import FontFile, NotTrueType, read_names

RARE = "䶮㛃堃赟喆燚𬱟𬎆"
FILES = sorted({name for names in BUNDLED.values() for name in names} | {RARE_FACE})
#: All ideographs of Extensions A and B.
EXTENSIONS = [chr(code) for block in (range(0x3400, 0x4DC0), range(0x20000, 0x2A6E0)) for code in block]


def unpacked(path: Path) -> BinaryIO:
    data = path.read_bytes()
    return io.BytesIO(lzma.decompress(data) if path.suffix == ".xz" else data)


def official(fonts: FontSet) -> dict[str, str]:
    """Roles set in an installed face, with its file's name."""
    first = {role: chain[0].path.name for role, chain in fonts.chains.items()}
    return {role: name for role, name in first.items() if name not in BUNDLED[role]}


def common_list() -> str:
    return resources.path("fonts", "common_standard_list.txt").read_text(encoding="utf-8").replace("\n", "")


def gb2312() -> set[str]:
    found = set()
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(bytes((high, low)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return found


def test_the_list_is_whole() -> None:
    assert len(common_list()) == len(set(common_list())) == 8105


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_every_listed_character(role: Any) -> None:
    fonts = bundled_fonts()
    assert fonts.missing(common_list() + "".join(sorted(gb2312())) + RARE, role) == []
    assert fonts.missing("，。、；：？！“”‘’（）《》〔〕—…·①⑳％‰℃★〇〓 0123456789ABCabc", role) == []


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_all_of_extensions_a_and_b(role: Any) -> None:
    chain = bundled_fonts().chain(role)
    drawn = {code for font in chain for code, glyph in font.characters.items() if font.outline(glyph)}
    assert len(EXTENSIONS) == 6_592 + 42_720 and [c for c in EXTENSIONS if ord(c) not in drawn] == []


def test_names_of_rare_characters_are_drawn_copied_out_and_cut_to_what_is_used(read: Any) -> None:
    pages = read(Document("", (Paragraph("请㐱某、𠀀某、𠮷某、𪛖某到会。"), Paragraph("王𤳖、李𡃁、赵𦈡", face="hei"))))
    assert pages.printed.missing_characters == () and "〓" not in pages.text
    assert all(name in pages.text for name in ("㐱某", "𠀀某", "𠮷某", "𪛖某", "王𤳖", "李𡃁", "赵𦈡"))
    assert len(pages.data) < 60_000  # of twenty megabytes what is printed
    wide = {c["text"]: c["width"] for c in pages.chars() if c["text"] in "㐱𠀀𠮷𪛖"}
    assert len(wide) == 4 and all(abs(width - 16) < 0.2 for width in wide.values())  # a full cell each
    image = pages.pages[0].to_image(resolution=100).original.convert("L")
    for char in (c for c in pages.chars() if c["text"] in "㐱𠀀𠮷𪛖𤳖"):
        box = tuple(round(v * 100 / 72) for v in (char["x0"], char["top"], char["x1"], char["bottom"]))
        assert image.crop(box).getextrema()[0] < 120  # ink, no blank


@pytest.mark.parametrize("name", FILES)
def test_bundled_files_are_embeddable_and_named_apart(name: str) -> None:
    path = resources.path("fonts", name)
    font = FontFile(path)
    assert font.embeddable
    assert all("lxgw" not in n and "霞鹜" not in n and "noto" not in n and "fandol" not in n and "hana" not in n for n in font.names)
    with TTFont(unpacked(path), lazy=True) as peer:
        licence = peer["name"].getDebugName(13) or ""
        assert "Open Font License" in licence or "Fandol" in (peer["name"].getDebugName(0) or "")


@pytest.mark.parametrize("name", FILES)
def test_tables_are_read_as_fonttools_reads_them(name: str) -> None:
    path = resources.path("fonts", name)
    font = FontFile(path)
    with TTFont(unpacked(path), lazy=True) as peer:
        glyphs = peer.getBestCmap()
        assert set(font.characters) == set(glyphs)
        order = peer.getReverseGlyphMap()
        for code in list(glyphs)[::97]:
            glyph = order[glyphs[code]]
            assert font.characters[code] == glyph
            assert font.advance_em(glyph) * font.units_per_em == pytest.approx(peer["hmtx"][glyphs[code]][0])


def test_a_subset_is_a_font_with_the_same_outlines(tmp_path: Path) -> None:
    font = FontFile(resources.path("fonts", "ZhengxianHei.ttf"))
    wanted = [0, *(font.characters[ord(c)] for c in "台账Áé龘é一" if ord(c) in font.characters)]
    path = tmp_path / "subset.ttf"
    path.write_bytes(font.subset(wanted))
    with TTFont(path) as subset, TTFont(font.path) as whole:
        names, old = subset.getGlyphOrder(), whole.getGlyphOrder()
        for new, glyph in enumerate(wanted):
            ours = subset["glyf"][names[new]].getCoordinates(subset["glyf"])[0]
            theirs = whole["glyf"][old[glyph]].getCoordinates(whole["glyf"])[0]
            assert list(ours) == list(theirs)
            assert subset["hmtx"][names[new]][0] == whole["hmtx"][old[glyph]][0]


def renamed(source: str, target: Path, family: str, *, drop: str = "", fs_type: int = 0) -> None:
    """A stand-in for an office's font: a bundled one under another name."""
    with TTFont(resources.path("fonts", source)) as font:
        names = font["name"]
        names.names = []
        names.setName("Stand-in", 1, 3, 1, 0x409)
        names.setName(family, 1, 3, 1, 0x804)
        names.setName("StandIn", 6, 3, 1, 0x409)
        font["OS/2"].fsType = fs_type
        for table in font["cmap"].tables:
            for character in drop:
                table.cmap.pop(ord(character), None)
        font.save(target)


def test_official_faces_are_found_by_name_in_any_file(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    renamed("ZhengxianHei.ttf", tmp_path / "deep" / "abc123.TTF", "仿宋_GB2312", drop="某𬱟")
    renamed("ZhengxianHei.ttf", tmp_path / "locked.ttf", "楷体_GB2312", fs_type=2)
    (tmp_path / "broken.ttf").write_bytes(b"\0\1\0\0nonsense")
    (tmp_path / "cff.otf").write_bytes(b"OTTO" + b"\0" * 20)
    fonts = find_fonts([tmp_path])
    assert official(fonts) == {"fang": "abc123.TTF"}  # the locked one may not be embedded
    assert fonts.missing("某𬱟字") == []  # the bundled faces stand in, character by character


def test_a_better_official_face_wins(tmp_path: Path) -> None:
    renamed("ZhengxianHei.ttf", tmp_path / "a.ttf", "方正仿宋_GBK")
    renamed("ZhengxianHei.ttf", tmp_path / "b.ttf", "仿宋_GB2312")
    assert official(find_fonts([tmp_path])) == {"fang": "b.ttf"}


def test_what_is_not_truetype_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ttf").write_bytes(b"OTTO" + b"\0" * 60)
    with pytest.raises(NotTrueType):
        read_names(tmp_path / "a.ttf")


def test_missing_characters_are_named_and_marked(read: Any) -> None:
    pages = read(Document("", (Paragraph("王\U00031200同志，李\U0003106D同志"),)))
    assert pages.printed.missing_characters == ("\U00031200", "\U0003106D")
    assert "王〓同志" in pages.text
    assert read(Document("", (Paragraph("王某\u200b\ufeff"),))).printed.missing_characters == ()


@pytest.mark.parametrize("official", [False, True])
def test_rare_names_come_back_out(tmp_path: Path, official: bool) -> None:
    import io

    import pdfplumber

    from desktop.bulletin.writers import render

    fonts = bundled_fonts()
    if official:
        renamed("ZhengxianHei.ttf", tmp_path / "x.ttf", "仿宋_GB2312", drop=RARE[:6])
        fonts = find_fonts([tmp_path])
    path = tmp_path / "rare.pdf"
    text = "、".join(c + "某" for c in RARE) + "等8人"
    printed = render(Document("", (Paragraph(text),)), path, fonts=fonts)
    assert printed.missing_characters == ()
    with pdfplumber.open(io.BytesIO(path.read_bytes())) as pdf:
        assert text in "".join(c["text"] for c in pdf.pages[0].chars)
    if shutil.which("pdftotext"):
        out = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True).stdout.decode()
        assert text in out.replace("\n", "")
    if shutil.which("pdffonts"):
        out = subprocess.run(["pdffonts", str(path)], capture_output=True, check=True, text=True).stdout
        rows = [line.split() for line in out.splitlines()[2:]]
        assert rows
        assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in rows), out
    if shutil.which("qpdf"):
        done = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_collection_and_an_old_cmap(tmp_path: Path) -> None:
    """SimSun comes in a collection, and old faces map characters by format 4 alone."""
    from fontTools.ttLib import TTCollection

    renamed("ZhengxianHei.ttf", tmp_path / "one.ttf", "某黑体")
    renamed("ZhengxianSong.ttf", tmp_path / "two.ttf", "宋体")
    collection = TTCollection()
    for name in ("one.ttf", "two.ttf"):
        font = TTFont(tmp_path / name)
        font["cmap"].tables = [table for table in font["cmap"].tables if table.format == 4]
        collection.fonts.append(font)
    folder = tmp_path / "fonts"
    folder.mkdir()
    collection.save(folder / "simsun.ttc")
    for font in collection.fonts:
        font.close()
    fonts = find_fonts([folder])
    assert official(fonts) == {"song": "simsun.ttc"}
    song = fonts.chain("song")[0]
    assert song.number == 1
    with TTFont(folder / "simsun.ttc", fontNumber=1) as peer:
        glyphs, order = peer.getBestCmap(), peer.getReverseGlyphMap()
        assert song.characters == {code: order[name] for code, name in glyphs.items()}
        assert len(song.characters) > 9000


def test_extended_faces_are_the_last_resort(tmp_path: Path) -> None:
    """A character that only an installed extension has is printed from it."""
    renamed("ZhengxianHei.ttf", tmp_path / "simsunb.ttf", "SimSun-ExtB")
    with TTFont(tmp_path / "simsunb.ttf") as font:
        for table in font["cmap"].tables:
            if table.format == 12:
                table.cmap = {0x31200: "glyph00050"}
        font["cmap"].tables = [table for table in font["cmap"].tables if table.format == 12]
        font.save(tmp_path / "simsunb.ttf")
    fonts = find_fonts([tmp_path])
    assert official(fonts) == {}
    assert all(fonts.missing("\U00031200字", role) == [] for role in ROLES)


def test_missing_characters_are_told_by_name() -> None:
    assert describe_missing(()) == ""
    assert "\U00031200（U+31200）" in describe_missing(["\U00031200"])
