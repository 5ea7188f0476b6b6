"""The files of the appointment form (干部任免审批表): ``.lrmx`` both ways, the older ``.lrm`` with
its ``.pic`` in.

Pure: bytes to texts and back. What the texts mean is ``db/domain/appointment.py``'s, what becomes
of records ``person_import.py``'s. A file may come from anywhere: it is looked at under limits,
without a DTD, entities or deep nesting."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

import msgspec

from db.errors import BadInput

MIB = 1 << 20
FILE_LIMIT, PHOTO_LIMIT = 12 * MIB, 6 * MIB
MOST_ELEMENTS, DEEPEST, MOST_RELATIVES, UNKNOWN_LIMIT = 4_000, 12, 60, 120_000
UNKNOWN_PHOTO = 40_000
ROOT, FAMILY, ITEM, PHOTO = "Person", "JiaTingChengYuan", "Item", "ZhaoPian"
VERSION = "3.2.1.16"
#: Elements in the order in which the form's own program writes them.
ORDER = (
    "XingMing", "XingBie", "ChuShengNianYue", "MinZu", "JiGuan", "ChuShengDi", "RuDangShiJian",
    "CanJiaGongZuoShiJian",
    "JianKangZhuangKuang", "ZhuanYeJiShuZhiWu", "ShuXiZhuanYeYouHeZhuanChang",
    "QuanRiZhiJiaoYu_XueLi", "QuanRiZhiJiaoYu_XueWei",
    "QuanRiZhiJiaoYu_XueLi_BiYeYuanXiaoXi", "QuanRiZhiJiaoYu_XueWei_BiYeYuanXiaoXi",
    "ZaiZhiJiaoYu_XueLi", "ZaiZhiJiaoYu_XueWei",
    "ZaiZhiJiaoYu_XueLi_BiYeYuanXiaoXi", "ZaiZhiJiaoYu_XueWei_BiYeYuanXiaoXi", "XianRenZhiWu",
    "NiRenZhiWu", "NiMianZhiWu", "JianLi",
    "JiangChengQingKuang", "NianDuKaoHeJieGuo", "RenMianLiYou", FAMILY, "ChengBaoDanWei",
    "JiSuanNianLingShiJian", "TianBiaoShiJian", "TianBiaoRen", "ShenFenZheng", PHOTO, "Version",
)  # fmt: skip
FAMILY_TAGS = ("ChengWei", "XingMing", "ChuShengRiQi", "ZhengZhiMianMao", "GongZuoDanWeiJiZhiWu")
#: Lines of relatives that the form's own program leaves room for.
USUAL_ITEMS = 10
#: .lrm: the values in their order; "" is one that nobody here knows.
LRM = (
    "XingMing", "XingBie", "ChuShengNianYue", "MinZu", "JiGuan", "RuDangShiJian",
    "JianKangZhuangKuang", "ChuShengDi",
    "CanJiaGongZuoShiJian", "education", "schools", "ZhuanYeJiShuZhiWu", "", "", "", "",
    "ShuXiZhuanYeYouHeZhuanChang", "JianLi",
    "JiangChengQingKuang", "NianDuKaoHeJieGuo", *(FAMILY_TAGS), "XianRenZhiWu", "NiRenZhiWu",
    "NiMianZhiWu", "RenMianLiYou",
    "ChengBaoDanWei", "JiSuanNianLingShiJian", "TianBiaoRen", "TianBiaoShiJian",
)  # fmt: skip
_DEGREES = (
    "QuanRiZhiJiaoYu_XueLi", "QuanRiZhiJiaoYu_XueWei", "ZaiZhiJiaoYu_XueLi", "ZaiZhiJiaoYu_XueWei",
)  # fmt: skip
_EDUCATION = {"education": _DEGREES, "schools": tuple(f"{t}_BiYeYuanXiaoXi" for t in _DEGREES)}
_FAMILY_FROM = 20
_DATES = ("ChuShengRiQi", "JiSuanNianLingShiJian", "TianBiaoShiJian")
_XML_NAME = re.compile(r"[A-Za-z_\u4e00-\u9fff][\w.\-:]*$")
#: What XML 1.0 cannot hold.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARED = re.compile(r"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.\-]+)[\"']", re.IGNORECASE)
_IMAGES = (b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"BM", "bmp"), (b"GIF8", "gif")


class AppointmentFile(msgspec.Struct, frozen=True):
    """One form: texts by element as written, relatives line by line, and what nobody here knows.

    ``order`` holds the elements of the root as they came: a name, or "#n" for ``unknown[n]`` (XML).
    ``remarks`` are sentences about what could not be read."""

    texts: Mapping[str, str]
    family: Sequence[Mapping[str, str]] = ()
    photo: bytes = b""
    order: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)
    other: Mapping[str, str] = msgspec.field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def read(path: Path) -> AppointmentFile:
    """A file by its ending. Raises ``BadInput`` that says what is wrong with it and what to do."""
    suffix = path.suffix.lower()
    if suffix not in (".lrmx", ".lrm"):
        raise BadInput(f"「{path.name}」不是任免审批表文件，请选择 .lrmx 或 .lrm 文件。")
    try:
        size = path.stat().st_size
        if size > FILE_LIMIT:
            raise BadInput(
                f"「{path.name}」有 {size / MIB:.1f} MB，超过 {FILE_LIMIT // MIB} MB，"
                f"不像任免审批表，没有导入。"
            )
        data = path.read_bytes()
        if suffix == ".lrmx":
            return read_lrmx(data, path.name)
        return read_lrm(data, _photo_beside(path), path.name)
    except OSError as error:
        raise BadInput(
            f"「{path.name}」读不出来（{error.strerror or error}）。请确认 U 盘已插好、"
            "文件没有被别的程序打开。"
        ) from error


def _photo_beside(path: Path) -> bytes:
    """The .pic of an .lrm: b"" where there is none or it is too large to be one."""
    for beside in path.parent.iterdir():
        if beside.stem == path.stem and beside.suffix.lower() == ".pic":
            return beside.read_bytes() if beside.stat().st_size <= PHOTO_LIMIT else b""
    return b""


def image_kind(data: bytes) -> str | None:
    """The ending of an image's file name, by its first bytes; None for what is no image."""
    return next((ending for start, ending in _IMAGES if data.startswith(start)), None)


# -- .lrmx -----------------------------------------------------------------------------------------


def read_lrmx(data: bytes, name: str = "任免审批表") -> AppointmentFile:
    """Read the XML form."""
    root = _tree(_text(data, name), name)
    if root.tag != ROOT:
        raise BadInput(
            f"「{name}」不是任免审批表：最外层应为 {ROOT}，现为 {root.tag[:30]}。"
            f"请用任免审批表程序重新保存。"
        )
    parts = _Parts()
    for child in root:
        parts.take(child)
    if len(parts.family) > MOST_RELATIVES:
        raise BadInput(
            f"「{name}」有 {len(parts.family)} 行家庭成员，超过 {MOST_RELATIVES} 行，没有导入。"
            f"请核对文件。"
        )
    if sum(len(u) for u in parts.unknown) > UNKNOWN_LIMIT:
        raise BadInput(
            f"「{name}」中本程序无法识别的内容太多，原样留存放不下，没有导入。"
            f"请用任免审批表程序重新保存后再试。"
        )
    return AppointmentFile(
        parts.texts, parts.family, parts.photo, tuple(parts.order), tuple(parts.unknown),
        dict(root.attrib), {}, tuple(parts.remarks),
    )  # fmt: skip


class _Parts(msgspec.Struct):
    """What the elements of the root come to, taken one after the other."""

    texts: dict[str, str] = msgspec.field(default_factory=dict)
    family: list[dict[str, str]] = msgspec.field(default_factory=list)
    photo: bytes = b""
    order: list[str] = msgspec.field(default_factory=list)
    unknown: list[str] = msgspec.field(default_factory=list)
    remarks: list[str] = msgspec.field(default_factory=list)

    def take(self, child: ElementTree.Element) -> None:
        tag, text = child.tag, child.text or ""
        if tag not in ORDER or tag in self.order or not _as_the_form_has_it(child):
            child.tail = None
            # A carriage return written plainly would come back as a line feed.
            self._keep(ElementTree.tostring(child, encoding="unicode").replace("\r", "&#13;"))
        elif tag == FAMILY:
            self.order.append(FAMILY)
            self.family = [{cell.tag: cell.text or "" for cell in item} for item in child]
        elif tag == PHOTO:
            self._take_photo(text)
        else:
            self.order.append(tag)
            self.texts[tag] = text

    def _take_photo(self, text: str) -> None:
        self.photo, remark = _photo(text)
        if remark:
            self.remarks.append(remark)
        # kept as it came, and written back; a larger one lies in the file kept
        if remark and len(text) <= UNKNOWN_PHOTO:
            self._keep(f"<{PHOTO}>{_escaped(text)}</{PHOTO}>")
        else:
            self.order.append(PHOTO)

    def _keep(self, element: str) -> None:
        self.order.append(f"#{len(self.unknown)}")
        self.unknown.append(element)


def write_lrmx(form: AppointmentFile) -> bytes:
    """The XML form: known elements where the file had them, the rest in the usual order, unknown
    ones as they came."""
    attributes = "".join(f" {name}={_quoted(value)}" for name, value in form.attributes.items())
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<{ROOT}{attributes}>"]
    for name in _order(form):
        if name.startswith("#"):
            element = form.unknown[int(name[1:])]
            # an unreadable photo gives way to a good one
            if not (form.photo and element.startswith(f"<{PHOTO}>")):
                lines.append("  " + element)
        elif name == FAMILY:
            lines += _family_lines(form)
        elif name == PHOTO:
            lines.append(f"  <{PHOTO}>{base64.b64encode(form.photo).decode('ascii')}</{PHOTO}>")
        else:
            lines.append(f"  <{name}>{_escaped(form.texts[name])}</{name}>")
    lines.append(f"</{ROOT}>\n")
    return "\n".join(lines).encode("utf-8")


def _order(form: AppointmentFile) -> list[str]:
    """The elements in the order in which they are written."""
    there = {*form.texts, FAMILY, PHOTO}
    order = [name for name in form.order if name.startswith("#") or name in there]
    usual = {*form.texts, *(() if form.order else (FAMILY, PHOTO))}
    for tag in ORDER:
        if tag in usual and tag not in order:
            _insert(order, tag)
    needed = [*([FAMILY] if form.family else []), *([PHOTO] if form.photo else [])]
    return list(dict.fromkeys([*order, *needed]))


def _insert(order: list[str], tag: str) -> None:
    """Behind the element that usually stands before it, as far as there is one."""
    before = next((t for t in reversed(ORDER[: ORDER.index(tag)]) if t in order), None)
    order.insert(order.index(before) + 1 if before else 0, tag)


def _family_lines(form: AppointmentFile) -> list[str]:
    items = [
        "".join(f"<{tag}>{_escaped(text)}</{tag}>" for tag, text in item.items())
        for item in form.family
    ]
    return [
        f"  <{FAMILY}>", *(f"    <{ITEM}>{cells}</{ITEM}>" for cells in items), f"  </{FAMILY}>",
    ]  # fmt: skip


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)


#: By hand: the library's own brings the whole of HTTP along.
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_QUOTED = _ESCAPES | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def _escaped(text: str) -> str:
    return _clean(text).translate(_ESCAPES)


def _quoted(text: str) -> str:
    return f'"{_clean(text).translate(_QUOTED)}"'


def _is_family(element: ElementTree.Element) -> bool:
    """Whether relatives stand in it as the form has them; anything else is kept as it came."""
    return _bare(element) and all(map(_is_relative, element))


def _is_relative(item: ElementTree.Element) -> bool:
    """Whether a line of the family holds plain texts alone, each once."""
    if item.tag != ITEM or not _bare(item) or _has_tail(item):
        return False
    once = len({cell.tag for cell in item}) == len(item)
    return once and not any(len(cell) or cell.attrib or _has_tail(cell) for cell in item)


def _has_tail(element: ElementTree.Element) -> bool:
    return bool((element.tail or "").strip())


def _as_the_form_has_it(element: ElementTree.Element) -> bool:
    if element.tag == FAMILY:
        return _is_family(element)
    return not len(element) and not element.attrib


def _bare(element: ElementTree.Element) -> bool:
    return not element.attrib and not (element.text or "").strip()


def _photo(text: str) -> tuple[bytes, str]:
    plain = "".join(text.split())
    if not plain:
        return b"", ""
    try:
        data = base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError):
        return b"", "照片的编码不完整，没有导入照片。"
    if image_kind(data) is None:
        return b"", "照片不是图片（JPG、PNG、BMP），没有导入照片。"
    if len(data) > PHOTO_LIMIT:
        return b"", f"照片有 {len(data) / MIB:.1f} MB，超过 {PHOTO_LIMIT // MIB} MB，没有导入照片。"
    return data, ""


def _text(data: bytes, name: str) -> str:
    """The characters of an XML file: UTF-8 as a rule, what else its head declares, never guessed.
    """
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"),
    ):
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding, name)
    declared = _DECLARED.match(data[:200].decode("ascii", "replace"))
    encoding = declared.group(1).lower() if declared else "utf-8"
    if encoding in ("gb2312", "gbk", "gb18030"):
        encoding = "gb18030"
    elif encoding not in ("utf-8", "utf8"):
        raise BadInput(f"「{name}」的文字编码“{encoding[:20]}”不能读，请用任免审批表程序重新保存。")
    return _decoded(data, encoding, name)


def _decoded(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadInput(
            f"「{name}」的文字读不出来（第 {error.start + 1} 个字节），文件可能已损坏。"
            f"请重新拷贝或重新保存。"
        ) from error


def _tree(text: str, name: str) -> ElementTree.Element:
    """The elements, read without DTD and entities, and not deeper or more than any form is."""
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(encoding="utf-8")
    parser.buffer_text = True
    depth = count = 0

    def refuse(*_: object) -> None:
        raise BadInput(
            f"「{name}」含有任免审批表不该有的声明（DTD 或实体），可能被人做过手脚，没有导入。"
        )

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > DEEPEST or count > MOST_ELEMENTS:
            raise BadInput(f"「{name}」的层次太深或内容太多，不像任免审批表，没有导入。")
        if not _XML_NAME.match(tag):
            raise BadInput(f"「{name}」中有不能识别的标签“{tag[:30]}”，没有导入。")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(text.encode("utf-8"), True)
        return builder.close()
    except expat.ExpatError as error:
        raise BadInput(
            f"「{name}」第 {error.lineno} 行不符合格式，文件可能没有拷贝完整。"
            f"请重新拷贝或重新保存。"
        ) from error


def _shifted(values: Sequence[str]) -> bool:
    """Whether a value that holds the very signs that part values has moved those behind it: more
    values than the form has, and what should be a date is none, or something stands where nothing
    should."""
    if len(values) <= len(LRM):
        return False
    dates = [
        value for at, tag in enumerate(LRM) if tag in _DATES for value in values[at].split("@")
    ]
    return any(value.strip() for value in values[len(LRM) :]) or any(
        re.search(r"[^\d.\-/年月日\s]", value) for value in dates
    )


# -- .lrm ------------------------------------------------------------------------------------------


def read_lrm(data: bytes, photo: bytes = b"", name: str = "任免审批表") -> AppointmentFile:
    """Read the older form: GB2312 text, values in quotes parted by commas."""
    marked = data.startswith(b"\xef\xbb\xbf")
    text = _decoded(data[3:], "utf-8", name) if marked else _decoded(data, "gb18030", name)
    if "\x00" in text:
        raise BadInput(f"「{name}」不是文本，不像任免审批表，没有导入。")
    values = text.strip().removeprefix('"').removesuffix('"').split('","')
    if len(values) < 28:
        raise BadInput(
            f"「{name}」只有 {len(values)} 项内容，任免审批表应有 33 项。文件可能不完整，"
            f"请重新拷贝。"
        )
    if _shifted(values):
        raise BadInput(
            f"「{name}」的内容错了位：有一栏的文字里夹着 \",\" 这样的符号，被当成了两栏，没有导入。"
            "请用任免审批表程序改掉这处符号，或另存为 .lrmx 再导入。"
        )
    texts, other = _lrm_texts(values)
    family = _lrm_family(values, name)
    remarks: tuple[str, ...] = ()
    if photo and image_kind(photo) is None:
        photo, remarks = b"", ("旁边的照片文件（.pic）不是图片，没有导入照片。",)
    return AppointmentFile(texts, family, photo, other=other, remarks=remarks)


def _lrm_texts(values: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Texts by element, and what nobody here knows by its place."""
    texts: dict[str, str] = {}
    other: dict[str, str] = {}
    for at, value in enumerate(values):
        tag = LRM[at] if at < len(LRM) else ""
        if tag in _EDUCATION:
            parts = [half.split("#") for half in value.split("@", 1)]
            for half, pieces in enumerate(parts):
                texts[_EDUCATION[tag][half * 2]] = pieces[0]
                texts[_EDUCATION[tag][half * 2 + 1]] = "".join(pieces[1:])
        elif not tag:
            if value.strip():
                other[str(at)] = value
        elif not _FAMILY_FROM <= at < _FAMILY_FROM + len(FAMILY_TAGS):
            texts[tag] = value.replace("\r\n", "\n")
    return texts, other


def _lrm_family(values: Sequence[str], name: str) -> list[dict[str, str]]:
    """The relatives, whose cells stand column by column."""
    columns = [v.split("@") for v in values[_FAMILY_FROM : _FAMILY_FROM + len(FAMILY_TAGS)]]
    most = max(len(column) for column in columns)
    if most > MOST_RELATIVES:
        raise BadInput(
            f"「{name}」有 {most} 行家庭成员，超过 {MOST_RELATIVES} 行，没有导入。请核对文件。"
        )
    family = [
        {
            tag: column[row] if row < len(column) else ""
            for tag, column in zip(FAMILY_TAGS, columns, strict=True)
        }
        for row in range(most)
    ]
    return [item for item in family if any(v.strip() for v in item.values())]
