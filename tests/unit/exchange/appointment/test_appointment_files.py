"""The appointment form's files: read under limits, written back as they came, refused with a sentence."""

from __future__ import annotations

import base64
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.domain import resume
from db.errors import BadInput
from desktop.exchange.appointment.lrmx import (
    FAMILY_TAGS,
    ORDER,
    AppointmentFile,
    read,
    read_lrm,
    read_lrmx,
    write_lrmx,
)
from tests.unit.exchange import forms


def elements(data: bytes | str) -> list[object]:
    """A form as plain lists, to compare two of them."""

    def plain(element: ElementTree.Element) -> list[object]:
        laid_out = element.tag in ("Person", "JiaTingChengYuan", "Item")
        text = "" if laid_out and len(element) else element.text or ""
        if element.tag == "ZhaoPian":
            text = "".join(text.split())
        inner = [[plain(child), "" if laid_out else child.tail or ""] for child in element]
        return [element.tag, dict(element.attrib), text, inner]

    return plain(ElementTree.fromstring(data))


def test_a_form_is_read_whole() -> None:
    form = read_lrmx(forms.lrmx().encode())
    assert form.texts["XingMing"] == "赵燚"
    assert form.texts["JianLi"] == forms.RESUME
    assert [item["XingMing"] for item in form.family][:3] == ["王赟", "赵喆", ""]
    assert len(form.family) == 10
    assert form.photo == forms.png()
    assert len(form.unknown) == 2
    assert "甲&lt;乙" in form.unknown[1]
    assert form.remarks == ()


def test_it_is_written_back_as_it_came() -> None:
    text = forms.lrmx()
    assert elements(write_lrmx(read_lrmx(text.encode()))) == elements(text)


@pytest.mark.parametrize("encode", [
    lambda t: t.encode("utf-8-sig"), lambda t: t.replace("UTF-8", "GB2312").encode("gb18030"),
    lambda t: b"\xff\xfe" + t.encode("utf-16-le"),
], ids=["bom", "gbk", "utf-16"])  # fmt: skip
def test_encodings_that_programs_write(encode: object) -> None:
    assert read_lrmx(encode(forms.lrmx())).texts["XingMing"] == "赵燚"  # type: ignore[operator]


BOMB = '<!DOCTYPE Person [<!ENTITY a "啊啊啊啊"><!ENTITY b "&a;&a;&a;&a;">]>'
HOSTILE = {
    "bomb": (forms.lrmx().replace("<Person>", BOMB + "<Person>").encode(), "DTD 或实体"),
    "outside": (b'<!DOCTYPE Person SYSTEM "file:///etc/passwd"><Person/>', "DTD 或实体"),
    "deep": (b"<Person>" + b"<a>" * 50 + b"</a>" * 50 + b"</Person>", "层次太深"),
    "many": (b"<Person>" + b"<a/>" * 5000 + b"</Person>", "内容太多"),
    "cut": (forms.lrmx().encode()[:-200], "不符合格式"),
    "other": (b"<Workbook/>", "不是任免审批表"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\xff\xfe", "读不出来"),
    "entity": (b"<Person><XingMing>&unknown;</XingMing></Person>", "不符合格式"),
    "encoding": (b'<?xml version="1.0" encoding="utf-7"?><Person/>', "文字编码"),
    "unknown": (b"<Person><X>" + b"x" * 130_000 + b"</X></Person>", "无法识别的内容太多"),
    "family": (b"<Person><JiaTingChengYuan>" + b"<Item/>" * 61 + b"</JiaTingChengYuan></Person>", "超过 60 行"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_broken_file_is_refused_with_a_sentence(name: str) -> None:
    data, says = HOSTILE[name]
    with pytest.raises(BadInput, match=says):
        read_lrmx(data, "某人.lrmx")


def test_a_photo_that_cannot_be_read_is_said_and_written_back() -> None:
    for bad in ("不是编码", base64.b64encode(b"<html>").decode()):
        text = forms.lrmx().replace(base64.b64encode(forms.png()).decode(), bad)
        form = read_lrmx(text.encode())
        assert form.photo == b""
        assert "没有导入照片" in form.remarks[0]
        assert elements(write_lrmx(form)) == elements(text)


def test_the_older_form_with_its_picture(tmp_path: Path) -> None:
    (tmp_path / "钱堃.lrm").write_bytes(forms.lrm())
    (tmp_path / "钱堃.PIC").write_bytes(forms.png())
    form = read(tmp_path / "钱堃.lrm")
    assert form.photo == forms.png()
    assert (form.texts["XingMing"], form.texts["MinZu"], form.texts["ZaiZhiJiaoYu_XueWei"]) == ("钱堃", "回族", "法学硕士")
    assert form.texts["ZaiZhiJiaoYu_XueLi_BiYeYuanXiaoXi"] == "云川大学法学院"
    assert [item["ChengWei"] for item in form.family] == ["丈夫", "女儿"]
    assert form.family[1]["GongZuoDanWeiJiZhiWu"] == "学生"
    assert form.texts["TianBiaoShiJian"] == "20220906"
    assert form.other == {"15": "甲"}
    assert "青石县委办公室干事" in form.texts["JianLi"]


@pytest.mark.parametrize(
    ("place", "last"), [("公文写作", True), ("公文写作", False), ("2021年度称职。", False), ("青石县委办公室副主任", True)]
)
def test_signs_that_part_values_inside_one_are_no_shift_unseen(place: str, last: bool) -> None:
    """公文","写作 would put the rest into the next cells: the resume into the rewards, the rewards into the assessments."""
    text = forms.lrm().decode("gb18030")
    if not last:  # nothing at the end that would show it
        text = text.replace("20220906", "").replace("周某", "")
    half = len(place) // 2
    with pytest.raises(BadInput, match="错了位"):
        read_lrm(text.replace(place, f'{place[:half]}","{place[half:]}').encode("gb18030"))


def test_quotes_commas_and_line_breaks_inside_a_value_stay_there() -> None:
    said = '起草"十四五"规划,参与\r\n"放管服"改革'
    form = read_lrm(forms.lrm().decode("gb18030").replace("公文写作", said).encode("gb18030"))
    assert form.texts["ShuXiZhuanYeYouHeZhuanChang"] == said.replace("\r\n", "\n")
    assert form.texts["TianBiaoShiJian"] == "20220906"


@pytest.mark.parametrize("spoil", ["!{}", "{}A"])
def test_a_large_photo_that_cannot_be_read_keeps_nobody_out(spoil: str) -> None:
    large = base64.b64encode(forms.png() + b"x" * 300_000).decode()
    good = base64.b64encode(forms.png()).decode()
    form = read_lrmx(forms.lrmx().replace(good, spoil.format(large)).encode())
    assert form.photo == b"" and form.texts["XingMing"] == "赵燚"
    assert form.remarks == ("照片的编码不完整，没有导入照片。",)


@pytest.mark.parametrize(("data", "says"), [(b'"a","b"', "只有 2 项"), (b"\x00\x01" * 50, "不是文本|只有"), (b"\xff\xff\xff", "读不出来")])
def test_a_broken_older_form_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_lrm(data)


def test_files_of_other_kinds_and_sizes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="不是任免审批表文件"):
        read(tmp_path / "x.doc")
    with pytest.raises(BadInput, match="读不出来"):
        read(tmp_path / "none.lrmx")
    large = tmp_path / "large.lrmx"
    with large.open("wb") as file:
        file.truncate(13 << 20)
    with pytest.raises(BadInput, match="超过 12 MB"):
        read(large)


XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t\r"), max_size=30)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.\-]{0,8}", fullmatch=True).filter(lambda n: n not in ORDER and not n.lower().startswith("xml"))


@st.composite
def unknown_elements(draw: st.DrawFn, depth: int = 3) -> ElementTree.Element:
    made = ElementTree.Element(draw(NAMES), draw(st.dictionaries(NAMES, XML_TEXT, max_size=2)))
    made.text = draw(XML_TEXT)
    for _ in range(draw(st.integers(0, 2)) if depth else 0):
        child = draw(unknown_elements(depth=depth - 1))
        child.tail = draw(XML_TEXT)
        made.append(child)
    return made


@st.composite
def any_forms(draw: st.DrawFn) -> AppointmentFile:
    tags = draw(st.permutations([t for t in ORDER if t not in ("JiaTingChengYuan", "ZhaoPian")]))[: draw(st.integers(0, 30))]
    texts = {tag: draw(XML_TEXT) for tag in tags}
    made = draw(st.lists(unknown_elements(), max_size=3))
    unknown = tuple(ElementTree.tostring(e, encoding="unicode").replace("\r", "&#13;") for e in made)
    family = draw(st.lists(st.fixed_dictionaries({t: XML_TEXT for t in FAMILY_TAGS}), max_size=4))
    photo = draw(st.sampled_from([b"", forms.png()]))
    mixed = draw(st.permutations([*tags, *("#" for _ in unknown), "JiaTingChengYuan", "ZhaoPian"]))
    numbers = iter(range(len(unknown)))
    order = tuple(f"#{next(numbers)}" if name == "#" else name for name in mixed)
    attributes = draw(st.dictionaries(NAMES, XML_TEXT, max_size=2))
    return AppointmentFile(texts, family, photo, order, unknown, attributes)


@settings(max_examples=80)
@given(form=any_forms())
def test_any_form_comes_back_from_its_file(form: AppointmentFile) -> None:
    data = write_lrmx(form)
    again = read_lrmx(data)
    assert dict(again.texts) == dict(form.texts)
    assert [dict(i) for i in again.family] == [dict(i) for i in form.family]
    assert (again.photo, again.order, dict(again.attributes)) == (form.photo, form.order, dict(form.attributes))
    assert [elements(u) for u in again.unknown] == [elements(u) for u in form.unknown]
    assert write_lrmx(again) == data


MONTHS = st.builds(lambda y, m: f"{y}-{m:02d}", st.integers(1950, 2029), st.integers(1, 12))
PLAIN = st.text(st.sampled_from("安坪县局长副科员其间在职学习（）：，、"), min_size=1, max_size=30)


@given(st.lists(st.builds(resume.ResumeLine, MONTHS, st.none() | MONTHS, PLAIN), max_size=8).map(tuple))
def test_a_resume_comes_back_from_its_text(lines: tuple[resume.ResumeLine, ...]) -> None:
    fitting = tuple(line for line in lines if not line.text.startswith(("，", "：")))
    assert resume.parse(resume.format_lines(fitting)) == fitting


@pytest.mark.parametrize(("text", "since", "until", "does"), [
    ("1997.08--2003.05  安坪县建设局科员", "1997-08", "2003-05", "安坪县建设局科员"),
    ("1997年8月至2003年5月，安坪县建设局科员", "1997-08", "2003-05", "安坪县建设局科员"),
    ("2013.06—        局长", "2013-06", None, "局长"), ("2013.6起  局长", "2013-06", None, "局长"),
    ("2013.06——至今 局长", "2013-06", None, "局长"), ("无法识别的一行", None, None, "无法识别的一行"),
])  # fmt: skip
def test_ways_in_which_periods_are_written(text: str, since: str | None, until: str | None, does: str) -> None:
    assert resume.parse(text) == (resume.ResumeLine(since, until, does),)


def test_a_turned_line_goes_on_and_schooling_is_no_post() -> None:
    lines = resume.parse(forms.RESUME)
    assert len(lines) == 4
    assert lines[1].text.endswith("挂职锻炼，任镇长助理）")
    assert [line.is_study for line in lines] == [True, False, False, False]
