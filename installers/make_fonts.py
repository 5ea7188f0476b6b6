#!/usr/bin/env python3
"""Makes the bundled faces, so that a machine without a single font still prints a bulletin.

The made files in ``resources/fonts/`` are committed; this script exists so that anybody can make
them again. It takes the sources from distribution packages (Debian's by ``apt-get download``,
Google's by ``npm pack``), cuts them to the characters an office writes, turns CFF outlines into
TrueType ones (reportlab refuses CFF) and gives every file a name of its own: the OFL forbids a
changed font to carry a reserved name, and a subset must never be taken for the full face of the
same name that may be installed.

Characters: GB 2312, the 8105 of the common standard list (通用规范汉字表) and the symbols of
``SYMBOLS`` below. Names outside the lists are set in two faces more, on a coarser grid and packed:
``ZhengxianKaiWide`` has every other ideograph of the source of 楷体, with all of GBK and Extension
A, and ``ZhengxianRare`` all of Extension B that both lack. A face that only stands in for another
(细楷 for 仿宋) has what that one lacks. Chinese quotation marks, the dash and the middle dot are
brought to a full cell where a source has them narrow.

Usage: python installers/make_fonts.py [--work FOLDER] [--only NAME…]   (needs fonttools; network
for the packages)
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import lzma
import math
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

FONTS = Path(__file__).resolve().parent.parent / "resources" / "fonts"
LIST_FILE = FONTS / "common_standard_list.txt"
VERSION = "1.0"

#: Latin, punctuation, numerals, signs and frames found in offices' papers.
SYMBOLS = (
    range(0x20, 0x7F),
    range(0xA0, 0x100),
    range(0x2010, 0x2028),
    range(0x2030, 0x203C),
    range(0x2070, 0x209F),
    range(0x20A0, 0x20C0),
    range(0x2100, 0x2150),
    range(0x2150, 0x2180),
    range(0x2190, 0x219A),
    range(0x2200, 0x2270),
    range(0x2460, 0x2500),
    range(0x2500, 0x2580),
    range(0x25A0, 0x2600),
    range(0x2600, 0x2670),
    range(0x2713, 0x2718),
    range(0x3000, 0x3040),
    range(0x3200, 0x3300),
    range(0x3380, 0x33E0),
    range(0xFE10, 0xFE50),
    range(0xFF00, 0xFFF0),
)
#: Names seen to fail elsewhere; the build stops when a full face lacks one.
RARE = "䶮㛃堃赟喆燚𬱟𬎆龑"
#: Ideographs: Extension A, the Unified Ideographs, compatibility, and the planes beyond; and
#: Extension B alone.
IDEOGRAPHS = (
    range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x32000),
)
EXTENSION_B = range(0x20000, 0x2A6E0)
#: By which a face is known to stand in its square (``FRAMES`` in desktop/bulletin/typeset).
FRAMES = "国回围固因团园圆困图"


@dataclass(frozen=True)
class Face:
    """One bundled file: where its outlines come from and what it is called here."""

    file: str
    family: str
    family_zh: str
    package: str  # key of PACKAGES
    member: str  # path inside the package
    licence: str  # file name under resources/fonts/
    codes: tuple[range, ...] = ()  # instead of the listed characters
    full: bool = True  # must have every listed character
    behind: tuple[str, ...] = ()  # only what these bundled files, made before, lack
    em: int = 0  # units of its em, when it is set on a coarser grid


PACKAGES = {
    "texlive-lang-chinese": "deb",
    "fonts-lxgw-wenkai": "deb",
    "fonts-hanazono": "deb",
    "unicode-data": "deb",
    "@expo-google-fonts/noto-sans-sc": "npm",
    "@expo-google-fonts/noto-serif-sc": "npm",
}
FANDOL = "usr/share/texlive/texmf-dist/fonts/opentype/public/fandol/FandolFang-Regular.otf"
WENKAI = "usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-"
FACES = (
    Face(
        "ZhengxianFang.ttf", "Zhengxian Fang", "争先仿宋", "texlive-lang-chinese", FANDOL,
        "LICENSE-Fandol-GPL3.txt", full=False,
    ),
    Face(
        "ZhengxianKaiLight.ttf", "Zhengxian Kai Light", "争先楷体 细", "fonts-lxgw-wenkai",
        WENKAI + "Light.ttf", "LICENSE-WenKai-OFL.txt", full=False, behind=("ZhengxianFang.ttf",),
    ),
    Face(
        "ZhengxianKai.ttf", "Zhengxian Kai", "争先楷体", "fonts-lxgw-wenkai",
        WENKAI + "Regular.ttf", "LICENSE-WenKai-OFL.txt",
    ),
    Face(
        "ZhengxianKaiWide.ttf.xz", "Zhengxian Kai Wide", "争先楷体 生僻字", "fonts-lxgw-wenkai",
        WENKAI + "Regular.ttf", "LICENSE-WenKai-OFL.txt", codes=IDEOGRAPHS, full=False,
        behind=("ZhengxianKai.ttf",), em=256,
    ),
    Face(
        "ZhengxianHei.ttf", "Zhengxian Hei", "争先黑体", "@expo-google-fonts/noto-sans-sc",
        "package/500Medium/NotoSansSC_500Medium.ttf", "LICENSE-NotoSansSC-OFL.txt",
    ),
    Face(
        "ZhengxianXiaobiaosong.ttf", "Zhengxian Xiaobiaosong", "争先小标宋",
        "@expo-google-fonts/noto-serif-sc", "package/700Bold/NotoSerifSC_700Bold.ttf",
        "LICENSE-NotoSerifSC-OFL.txt",
    ),
    Face(
        "ZhengxianSong.ttf", "Zhengxian Song", "争先宋体", "@expo-google-fonts/noto-serif-sc",
        "package/400Regular/NotoSerifSC_400Regular.ttf", "LICENSE-NotoSerifSC-OFL.txt",
    ),
    Face(
        "ZhengxianRare.ttf.xz", "Zhengxian Rare", "争先生僻字", "fonts-hanazono",
        "usr/share/fonts/truetype/hanazono/HanaMinB.ttf", "LICENSE-Hanazono-OFL.txt",
        codes=(EXTENSION_B,), full=False, behind=("ZhengxianKai.ttf", "ZhengxianKaiWide.ttf.xz"),
        em=256,
    ),
)
#: Licence texts: (package, member, file); Debian's are gzipped or in the copyright file.
LICENCES = (
    (
        "texlive-lang-chinese", "usr/share/doc/texlive-doc/fonts/fandol/COPYING.gz",
        "LICENSE-Fandol-GPL3.txt",
    ),
    ("fonts-lxgw-wenkai", "usr/share/doc/fonts-lxgw-wenkai/copyright", "LICENSE-WenKai-OFL.txt"),
    ("fonts-hanazono", "usr/share/doc/fonts-hanazono/copyright", "LICENSE-Hanazono-OFL.txt"),
    ("@expo-google-fonts/noto-sans-sc", "package/LICENSE_FONT", "LICENSE-NotoSansSC-OFL.txt"),
    ("@expo-google-fonts/noto-serif-sc", "package/LICENSE_FONT", "LICENSE-NotoSerifSC-OFL.txt"),
)


def say(text: str) -> None:
    """Tell the person at the terminal how far it is."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def fetch(package: str, work: Path) -> Path:
    """Download a package into ``work`` unless it is there; returns the archive."""
    stem = package.lstrip("@").replace("/", "-")
    pattern = f"{stem}_*.deb" if PACKAGES[package] == "deb" else f"{stem}-*.tgz"
    found = sorted(work.glob(pattern))
    if not found:
        command = (
            ["apt-get", "download", package]
            if PACKAGES[package] == "deb"
            else ["npm", "pack", package]
        )
        say(f"fetching {package}")
        subprocess.run(command, cwd=work, check=True, stdout=subprocess.DEVNULL)
        found = sorted(work.glob(pattern))
    return found[-1]


def member(archive: Path, name: str, work: Path) -> bytes:
    """Bytes of one file inside a .deb or .tgz."""
    if archive.suffix == ".deb":
        inner = work / (archive.name + ".tar")
        if not inner.exists():
            with inner.open("wb") as out:
                subprocess.run(["dpkg-deb", "--fsys-tarfile", str(archive)], check=True, stdout=out)
        archive, name = inner, "./" + name
    with tarfile.open(archive) as tar:
        found = tar.extractfile(name)
        if found is None:
            raise SystemExit(f"{archive.name} has no {name}")
        return found.read()


def common_list(work: Path) -> list[int]:
    """The 8105 characters, from the committed list or, without it, from Unihan's field kTGH."""
    if not LIST_FILE.exists():
        packed = member(
            fetch("unicode-data", work), "usr/share/unicode/Unihan_OtherMappings.txt.bz2", work
        )
        numbered = []
        for line in bz2.decompress(packed).decode().splitlines():
            if line.startswith("U+") and "\tkTGH\t" in line:
                code, _, number = line.split("\t")
                numbered.append((int(number.split(":")[1]), chr(int(code[2:], 16))))
        text = "".join(character for _, character in sorted(numbered))
        rows = [text[start : start + 50] for start in range(0, len(text), 50)]
        LIST_FILE.write_text("\n".join(rows) + "\n", encoding="utf-8")
    characters = [ord(c) for c in LIST_FILE.read_text(encoding="utf-8") if c != "\n"]
    if len(set(characters)) != 8105:
        raise SystemExit(
            f"{LIST_FILE.name}: 8105 characters expected, {len(set(characters))} found"
        )
    return characters


def gb2312() -> set[int]:
    """Every character of GB 2312-1980, symbols included."""
    found = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((high, low)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def wanted(work: Path) -> set[int]:
    """The characters every face is cut to."""
    codes = gb2312() | set(common_list(work)) | {ord(c) for c in RARE}
    for block in SYMBOLS:
        codes.update(block)
    return codes


def to_truetype(font: TTFont, max_error: float = 1.0) -> None:
    """Replace CFF outlines by quadratic ones; ``max_error`` is in font units (1000 to the em)."""
    order = font.getGlyphOrder()
    glyphs = font.getGlyphSet()
    drawn = {}
    for name in order:
        pen = TTGlyphPen(glyphs)
        glyphs[name].draw(Cu2QuPen(pen, max_error, reverse_direction=True))
        drawn[name] = pen.glyph()
    font["loca"] = newTable("loca")
    glyf = font["glyf"] = newTable("glyf")
    glyf.glyphOrder = order
    glyf.glyphs = drawn
    del font["CFF "]
    if "VORG" in font:
        del font["VORG"]
    glyf.compile(font)
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    for field in (
        "maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs",
        "maxStackElements", "maxSizeOfInstructions", "maxComponentElements",
    ):
        setattr(maxp, field, 1 if field == "maxZones" else 0)
    font["post"].formatType = 3.0
    font.sfntVersion = "\x00\x01\x00\x00"


def full_cells(font: TTFont) -> None:
    """Bring “”‘’—…· to the width of a Chinese character: the dash is stretched, the others moved in
    their cell."""
    em = font["head"].unitsPerEm
    characters, glyf, metrics = font.getBestCmap(), font["glyf"], font["hmtx"].metrics
    for character in "“”‘’—…·":
        name = characters.get(ord(character))
        if name is None or metrics[name][0] == em:
            continue
        glyph, advance = glyf[name], metrics[name][0]
        if glyph.isComposite() or glyph.numberOfContours <= 0:
            raise SystemExit(f"{character}: a composite or empty outline cannot be moved")
        if character == "—":
            glyph.coordinates.scale((em / advance, 1))
        elif character in "“‘":
            glyph.coordinates.translate((em - advance - em // 20, 0))
        elif character in "”’":
            glyph.coordinates.translate((em // 20, 0))
        else:
            glyph.coordinates.translate(((em - advance) // 2, 0))
        glyph.coordinates.toInt()
        glyph.recalcBounds(glyf)
        metrics[name] = (em, glyph.xMin)


Point = tuple[float, float]
#: How far a curve may leave the outline that it is drawn through, in units of 1024 to the em: a
#: thirtieth of a point in the text's size, less than a dot of a printer.
NEAR, LONG = 2.0, 24


def bow(run: list[Point]) -> Point | None:
    """The control point of one quadratic curve through a run of points, none if it leaves them."""
    lengths = [0.0]
    for (x0, y0), (x1, y1) in pairwise(run):
        lengths.append(lengths[-1] + math.hypot(x1 - x0, y1 - y0))
    (x0, y0), (x2, y2) = run[0], run[-1]
    seen = list(zip(lengths, run, strict=True))
    for (at, (x, y)), (on, (u, v)) in pairwise(tuple(seen)):
        if on - at > LONG:  # a straight piece is no part of a curve
            seen.append(((at + on) / 2, ((x + u) / 2, (y + v) / 2)))
    terms = []
    for at, (x, y) in seen:
        t = at / lengths[-1]
        terms.append((
            2 * t * (1 - t), x - (1 - t) ** 2 * x0 - t * t * x2, y - (1 - t) ** 2 * y0 - t * t * y2
        ))
    weight = sum(w * w for w, _, _ in terms)
    control = sum(w * x for w, x, _ in terms) / weight, sum(w * y for w, _, y in terms) / weight
    far = any(math.hypot(x - w * control[0], y - w * control[1]) > NEAR for w, x, y in terms)
    return None if far else control


def curves(points: list[Point]) -> list[tuple[Point, Point | None]]:
    """A closed polygon as lines and curves: where each ends, and its control point."""
    count = len(points)

    def sharpness(n: int) -> float:
        (x0, y0), (x1, y1), (x2, y2) = points[n - 1], points[n], points[(n + 1) % count]
        a, b = (x1 - x0, y1 - y0), (x2 - x1, y2 - y1)
        return -(a[0] * b[0] + a[1] * b[1]) / math.hypot(*a) / math.hypot(*b)

    start = max(range(count), key=sharpness)
    around = points[start:] + points[: start + 1]
    pieces: list[tuple[Point, Point | None]] = []
    at = 0
    while at < count:
        end, control = at + 1, None
        while end < count and (longer := bow(around[at : end + 2])) is not None:
            end, control = end + 1, longer
        if control is not None:
            (x0, y0), (x1, y1) = around[at], around[end]
            off = (x1 - x0) * (control[1] - y0) - (y1 - y0) * (control[0] - x0)
            if abs(off) <= NEAR * math.hypot(x1 - x0, y1 - y0):
                control = None  # as good as straight
        pieces.append((around[end], control))
        at = end
    return pieces


def smooth(font: TTFont) -> None:
    """Draw outlines that consist of points on the line alone, as a source has them, with curves: a
    third of the points fewer."""
    glyf = font["glyf"]
    for name in font.getGlyphOrder():
        glyph = glyf[name]
        if glyph.numberOfContours <= 0 or not all(on & 1 for on in glyph.flags):
            continue
        pen, start = TTGlyphPen(None), 0
        for end in glyph.endPtsOfContours:
            points = [tuple(point) for point in glyph.coordinates[start : end + 1]]
            points = [point for n, point in enumerate(points) if point != points[n - 1]]
            start = end + 1
            if len(points) < 3:
                continue
            pieces = curves(points)
            pen.moveTo(pieces[-1][0])
            for end_point, control in pieces:
                pen.qCurveTo(control, end_point) if control else pen.lineTo(end_point)
            pen.closePath()
        glyf[name] = pen.glyph(round=round)
        glyf[name].recalcBounds(glyf)


def coarser(font: TTFont, em: int) -> None:
    """Set all outlines on a grid of ``em`` units: a sixteenth of a point in the text's size, which
    no printer shows, and half the bytes."""
    share = em / font["head"].unitsPerEm
    glyf, metrics = font["glyf"], font["hmtx"].metrics
    for name in font.getGlyphOrder():
        glyph = glyf[name]
        if glyph.isComposite():
            raise SystemExit(f"{name}: a composite outline is not set on another grid")
        if glyph.numberOfContours > 0:
            glyph.coordinates.scale((share, share))
            glyph.coordinates.toInt()
            glyph.recalcBounds(glyf)
        metrics[name] = (round(metrics[name][0] * share), getattr(glyph, "xMin", 0))
    font["head"].unitsPerEm = em
    for table, fields in (
        ("hhea", ("ascent", "descent", "lineGap")),
        ("OS/2", ("sTypoAscender", "sTypoDescender", "usWinAscent", "usWinDescent")),
    ):
        for field in fields:
            setattr(font[table], field, round(getattr(font[table], field) * share))


def rename(font: TTFont, face: Face) -> None:
    """Give the file its own name, keep copyright and licence, and say what it was made from."""
    names = font["name"]
    keep = {i: names.getDebugName(i) for i in (0, 13, 14) if names.getDebugName(i)}
    if "OFL" in face.licence:
        keep.setdefault(13, "SIL Open Font License 1.1")
    origin = names.getDebugName(4) or names.getDebugName(1)
    names.names = []
    postscript = face.file.partition(".")[0]
    records = {
        1: face.family, 2: "Regular", 3: f"{VERSION};{postscript}", 4: face.family,
        5: f"Version {VERSION}", 6: postscript,
        10: f"Subset for Zhengxian made from {origin} (package {face.package})", **keep,
    }
    for number, text in records.items():
        names.setName(text, number, 3, 1, 0x409)
    for number in (1, 4):
        names.setName(face.family_zh, number, 3, 1, 0x804)


def opened(file: Path) -> TTFont:
    """A made face, packed or not."""
    data = file.read_bytes()
    return TTFont(io.BytesIO(lzma.decompress(data) if file.suffix == ".xz" else data), lazy=True)


def make(face: Face, codes: set[int], work: Path) -> None:
    """Cut, convert, rename and write one face."""
    source = work / Path(face.member).name
    source.write_bytes(member(fetch(face.package, work), face.member, work))
    font = TTFont(source)
    if font["OS/2"].fsType & 0x0002:
        raise SystemExit(f"{face.member}: its licence bits forbid embedding")
    if face.codes:
        codes = set().union(*face.codes)
    if face.behind:
        had = set().union(*(opened(FONTS / name).getBestCmap() for name in face.behind))
        codes = (codes - had) | {ord(c) for c in FRAMES}
    lacking = codes.intersection(common_list(work)) - set(font.getBestCmap())
    if face.full and lacking:
        raise SystemExit(f"{face.member} lacks {''.join(map(chr, sorted(lacking)))}")
    options = subset.Options()
    options.layout_features = []
    options.drop_tables += [
        "GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG", "STAT", "meta", "MERG",
        "FFTM",
    ]
    options.hinting = False
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.glyph_names = False
    options.legacy_cmap = False
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)
    if "CFF " in font:
        to_truetype(font)
    full_cells(font)
    if face.em:
        smooth(font)
        coarser(font, face.em)
    rename(font, face)
    # fixed, so that making again gives the same bytes
    font["head"].created = font["head"].modified = 3_786_912_000
    font.recalcTimestamp = False
    target = FONTS / face.file
    # what is asked for first stands first: a packed file is read as far as is needed
    made = io.BytesIO()
    font.save(made, reorderTables=True)
    packed = lzma.compress(made.getvalue(), preset=9 | lzma.PRESET_EXTREME)
    target.write_bytes(packed if target.suffix == ".xz" else made.getvalue())
    say(f"{face.file}: {len(font.getBestCmap())} characters, {target.stat().st_size / 1e6:.1f} MB")


def main() -> None:
    """Make all faces, or those named with --only."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, help="folder for downloaded packages (kept)")
    parser.add_argument("--only", nargs="*", default=[], help="file names, e.g. ZhengxianHei.ttf")
    arguments = parser.parse_args()
    FONTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        work = (arguments.work or Path(scratch)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        codes = wanted(work)
        faces = [face for face in FACES if not arguments.only or face.file in arguments.only]
        licences = {face.licence for face in faces}
        for package, name, file in (each for each in LICENCES if each[2] in licences):
            text = member(fetch(package, work), name, work)
            (FONTS / file).write_bytes(gzip.decompress(text) if name.endswith(".gz") else text)
        for face in faces:
            make(face, codes, work)


if __name__ == "__main__":
    main()
