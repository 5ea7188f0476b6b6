"""The masked edition: names in every guise, figures in every writing, and nothing of them anywhere in the file."""

from __future__ import annotations

import dataclasses
import datetime
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pypdfium2
import pytest

from db import office
from db.model.query import Query
from db.session import Session
from desktop import demo
from desktop.bulletin.document import (
    BriefHead,
    Cell,
    Document,
    Gantt,
    Imprint,
    Paragraph,
    Run,
    Signature,
    Table,
)
from desktop.bulletin.masking import ledger_names
from desktop.bulletin.masking.mask import Mask, file_name
from desktop.bulletin.report import reports
from desktop.bulletin.report.declaration import load_reports
from desktop.bulletin.report.office_reports import report_of
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.writers import render
from tests.report_office import chosen, opened

NAMES = [r.name for r in load_reports()]
#: What a bureau of a made-up city would know.
KNOWN = Mask(
    units=("云川市财政局", "市财政局", "财政局", "云川市能力作风建设年活动办公室"), places=("云川市", "云川", "安坪县", "安坪", "ABC园区"),
    people=("赵燚", "王赟", "欧阳若谷", "封季同"), kept=("平安坪平台",), forms=frozenset({"places", "people"}),
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("由赵　燚同志负责", "由**同志负责"),
        ("赵\n燚、王 赟", "**、**"),
        ("安坪的做法", "**的做法"),
        ("安坪\n县委", "**委"),
        ("平安坪平台上线", "平安坪平台上线"),  # a word that the office keeps, though a name is in it
        ("云川市财政局、市财政局和财政局", "**、**和**"),
        ("入驻ＡＢＣ园区", "入驻**"),
        ("赵书记、王某到场", "**书记、**某到场"),
        ("季同同志带队", "**同志带队"),
        ("云能办〔2022〕5号", "**〔2022〕5号"),
        ("到梧汀镇调研", "到**调研"),  # in no ledger: known by its form
        ("县长李明强调", "县长**强调"),
        ("驻村干部和邻村交换账本，包村到户，家乡变了样，在下芦村开会", "驻村干部和邻村交换账本，包村到户，家乡变了样，在**开会"),
        ("各乡镇要抓好落实，全县干部和农村党员参加", "各乡镇要抓好落实，全县干部和农村党员参加"),
        ("欧阳若谷", "**"),
        ("参加：赵燚、钱多、孙方圆等", "参加：**、**、**等"),  # in one row with a person who is known
        ("包括龑某、孙方圆、赵燚、钱多等", "包括龑某、**、**、**等"),  # the row begins among others that are no names
        ("高校、马路、周边等", "高校、马路、周边等"),
        ("王赟、马路、方案。", "**、马路、方案。"),
        ("负责人：郑守正，记录：佟思。", "负责人：**，记录：**。"),
        ("责任人：高校", "责任人：高校"),
        ("郑守正、佟思齐负责", "郑守正、佟思齐负责"),  # nobody known, no caption: told, not hidden
    ],
)
def test_names_are_found_in_every_guise(text: str, masked: str) -> None:
    assert KNOWN.text(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("累计交办一百八十六件，办结率百分之九十一点二", "累计交办**件，办结率**"),
        ("交办１８６件，办结１,２８６件，占９１.２％", "交办**件，办结**件，占**"),
        ("三个专班、十二名干部、两家企业，约占三成", "**个专班、**名干部、**家企业，约占**"),
        ("五分之三的事项，三十余户", "**的事项，**户"),
        ("投资壹佰贰拾万元", "投资**元"),
        ("电话0399-6612345", "电话**-**"),
        ("进一步统一思想，一是抓落实，二要从严，第一时间上报", "进一步统一思想，一是抓落实，二要从严，第一时间上报"),
        ("十分重要，千方百计，十四五规划", "十分重要，千方百计，十四五规划"),
        ("1-8月投资23.5亿元，9月5日8时30分", "1-8月投资**亿元，9月5日8时30分"),
        ("身份证990000197506011234，20—30人", "身份证**，**—**人"),
        ("一、总体情况", "一、总体情况"),
        ("（二）督办情况", "（二）督办情况"),
        ("1.思想认识", "1.思想认识"),
        ("第12期，云能办〔2022〕5号，附件2", "第12期，云能办〔2022〕5号，附件2"),
        ("2022年9月5日前，9月底，2022-09-05，1975.06", "2022年9月5日前，9月底，2022-09-05，1975.06"),
        ("投入1975.06万元", "投入**万元"),
        ("排第三名、第15位", "排**名、第**位"),
        ("居全省第一，列第二", "居全省**，列**"),
        ("第一时间、勇争第一", "第一时间、勇争第一"),
        ("近百户、数十户、百余名、上千件、过半", "**户、**户、**名、**件、**"),
        ("＋3.5", "**"),
        ("推进“三个一批”，创建“三零”，用好“百千万”，迎接二十大", "推进“三个一批”，创建“三零”，用好“百千万”，迎接二十大"),
        ("涉及“三十二户”、“三十二个项目”", "涉及“**户”、“**个项目”"),
        ("千家万户，百年大计", "千家万户，百年大计"),
        ("列出四十一个节点，二十一件，一百零一个", "列出**个节点，**件，**个"),
        ("一户一策，一楼一案，一个都不能少，第二天回话", "一户一策，一楼一案，一个都不能少，第二天回话"),
        ("投资翻两番", "投资翻**番"),
        ("十一月，三月底", "十一月，三月底"),
        ("一月一讲评", "一月一讲评"),
        ("微信wx13900000004，豫A00000", "微信wx**，豫A**"),
        ("PM2.5、G107、XF2022-00031、整改-2022-0031", "PM2.5、G107、XF2022-00031、整改-**-**"),
    ],
)
def test_figures_are_found_in_every_writing(text: str, masked: str) -> None:
    assert Mask((), numbers=True).text(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("青梧装备：专班驻点跑出加速度", "**：专班驻点跑出加速度"),
        ("棠棣雅苑：从烂尾楼到安居房", "**：从烂尾楼到安居房"),
        ("走访稻湾粮油并解决用工缺口，协调青梧装备铁路专用线接入", "走访**并解决用工缺口，协调**铁路专用线接入"),
        ("安坪化工：绿色转型", "**：绿色转型"),  # of which the place is known
        ("关于澜桥花园业主诉求办理情况的汇报", "关于**业主诉求办理情况的汇报"),
        ("在阳光花园小区召开现场会", "在**召开现场会"),
        ("推进文澜路快速化改造，棠棣街背街小巷照明不亮", "推进**快速化改造，**背街小巷照明不亮"),
        ("金桥建设集团有限公司中标，向明德小学捐赠", "**中标，**捐赠"),
        ("市人社局、县民政局，安坪县公安局，云川市审计局，市纪委监委、发改委", "**、**，**，**，**、**"),
        ("发挥组织部门作用，打开教育局面，报国家发改委、省财政厅", "发挥组织部门作用，打开教育局面，报国家发改委、省财政厅"),
        ("老旧小区改造，污水处理厂扩容，建设精神家园，走出乡村振兴路", "老旧小区改造，污水处理厂扩容，建设精神家园，走出乡村振兴路"),
        ("大力发展绿色化工、高端装备，加强食品安全", "大力发展绿色化工、高端装备，加强食品安全"),
        ("国有公司、各中小学校、大街小巷、公路铁路，永远在路上", "国有公司、各中小学校、大街小巷、公路铁路，永远在路上"),
        ("县长：李明，钱伟（副县长）", "县长：**，**（副县长）"),
        ("市住房城乡建设局牵头打通水电气暖联审，任镇长助理", "**牵头打通水电气暖联审，任镇长助理"),
    ],
)
def test_names_in_no_ledger_are_known_by_how_they_end(text: str, masked: str) -> None:
    every = dataclasses.replace(KNOWN, forms=frozenset({"units", "places", "people"}))
    assert every.text(text) == masked
    assert dataclasses.replace(every, kept=("青梧装备",)).text("青梧装备：加速度") == "青梧装备：加速度"


def test_each_choice_hides_only_its_own_endings() -> None:
    text = "青梧装备在澜桥花园旁边，市人社局"
    assert Mask(forms=frozenset({"units"})).text(text) == "**在澜桥花园旁边，**"
    assert Mask(forms=frozenset({"places"})).text(text) == "青梧装备在**旁边，市人社局"


def test_half_a_word_is_no_unit() -> None:
    mask = Mask(units=("组织部", "市委办", "信访局"))
    assert mask.text("组织部、市委办、信访局") == "**、**、**"
    assert mask.text("组织部门、市委办理、信访局面") == "组织部门、市委办理、信访局面"


@pytest.mark.parametrize(
    "text",
    ["2022年9月5日", "2022年", "9月5日", "2022-09-05", "2022.9.5", "1975.06", "二〇二二年九月五日", "9月上旬", "２０２２年９月",
     "十一月", "三月底",
     "9月5日至7日"],
)
def test_dates_are_a_choice_of_their_own(text: str) -> None:
    assert Mask((), dates=True).text(f"于{text}完成8件") == "于**完成8件"
    assert Mask((), numbers=True).text(f"于{text}完成8件") == f"于{text}完成**件"
    assert Mask((), numbers=True, dates=True).text(f"于{text}完成8件") == "于**完成**件"


def test_a_name_that_begins_in_one_run_and_ends_in_the_next() -> None:
    masked = KNOWN.document(Document("", (Paragraph((Run("由安"), Run("坪县", "hei"), Run("牵头", note="赵燚统计"))),)))
    runs = masked.blocks[0].text
    assert [run.text for run in runs] == ["由**", "", "牵头"]
    assert runs[2].note == "**统计"


def test_dates_kept_as_dates_are_hidden_too() -> None:
    day = datetime.date(2022, 9, 5)
    document = Document(
        "", (Gantt((), day),), BriefHead("简报", 3, date=day), signature=Signature(("某办",), day), imprint=Imprint("某办", day, copies=60),
    )
    masked = Mask((), dates=True, numbers=True).document(document)
    assert masked.masthead.date == masked.signature.date == masked.imprint.date == masked.imprint.copies == "**"
    assert masked.blocks[0].hidden


def test_what_is_hidden_and_what_is_left_is_told() -> None:
    text = "安坪县在澜桥花园召开现场会，由郑守正、佟思齐负责，预计9月底在书院里完成。"
    document = Document("安坪县情况", (Paragraph(text), Table((), [[Cell("安坪县")]])))
    _, told = dataclasses.replace(KNOWN, numbers=True).apply(document)
    assert told.hidden["places", "安坪县"] == 3
    assert [(e.sort, e.text) for e in told.left.values()] == [("people", "郑守正"), ("people", "佟思齐")]
    assert [(e.sort, e.text) for e in told.guessed.values()] == [("places", "澜桥花园")]
    assert told.sentence() == (
        "隐去地名 4 处，其中 1 个名称台账里没有，是按字样隐去的；另有 2 处像是人名、地名或数字而没有隐去，请逐条核对。"
    )
    assert Mask((), numbers=True).apply(document)[1].left == {}


# -- over the made-up office ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = opened(tmp_path_factory.mktemp("masks") / "office")
    yield made
    made.close()


@pytest.fixture(scope="module")
def secrets(session: Session) -> dict[str, set[str]]:
    """What may not be in the file, by choice, read from the records themselves and not by the code that is tested."""
    units = session.find(Query(kind="unit"))
    counties = {u.values["name"] for u in units if u.values["category"] == "county"}
    return {
        "units": {u.values[f] for u in units for f in ("name", "short_name") if u.values[f]} | {session.office_name},
        "places": counties | {name[:-1] for name in counties} | {"云川"},
        "people": {r.values["name"] for kind in ("leader", "cadre") for r in session.find(Query(kind=kind))},
    }


def streams(data: bytes) -> bytes:
    """The file with every stream unpacked beside it."""
    parts, view = [data], memoryview(data)
    for match in re.finditer(rb"(?<!end)stream\r?\n", data):
        try:
            parts.append(zlib.decompressobj().decompress(view[match.end() :]))
        except zlib.error:
            continue  # a stream that is not packed stands in the file as it is
    return b"\n".join(parts)


def shown(data: bytes) -> str:
    pdf = pypdfium2.PdfDocument(data)
    try:
        pages = [page.get_textpage().get_text_range() for page in pdf]
        outline = [item.get_title() for item in pdf.get_toc()]
        return "\n".join([*pages, *outline, *(pdf.get_metadata_dict() or {}).values()])
    finally:
        pdf.close()


def coded(raw: bytes) -> set[str]:
    """Every character that a font of the unpacked file can be copied out as."""
    found: set[str] = set()
    for block in re.findall(rb"begin(?:bfchar|bfrange)(.*?)endbf", raw, re.DOTALL):
        for code in re.findall(rb"<([0-9A-Fa-f]{4,8})>\s*[\r\n]", block):
            found.add(bytes.fromhex(code.decode()).decode("utf-16-be", "replace"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_what_was_hidden_is_in_the_file(session: Session, secrets: dict[str, set[str]], name: str) -> None:
    """Each choice by itself: not in the text, nor in properties, outline, packed streams, nor as a glyph that could be copied out."""
    document = msgspec.structs.replace(reports.build(session, name, **chosen(session, report_of(session, name))).document(), audit="")
    whole = io.BytesIO()
    render(document, whole, fonts=bundled_fonts())
    before = shown(whole.getvalue())
    joined = re.sub(r"\s", "", before)
    for choice in ("units", "places", "people", "numbers"):
        mask, out = ledger_names.mask_for(session, {choice}), io.BytesIO()
        render(document, out, fonts=bundled_fonts(), masked=mask)
        after, raw = re.sub(r"\s", "", shown(out.getvalue())), streams(out.getvalue())
        if choice == "numbers":
            hidden = set(re.findall(r"\d+\.\d%|(?<![\d年月第〔.-])\d{3,}(?=[件项个人次户名])", before))
        else:
            hidden = {each for each in secrets[choice] if len(each) > 1 and each in joined}
            assert not [each for each in hidden if each.encode("utf-16-be") in raw or each.encode() in raw]
        assert not [each for each in hidden if each in after], choice
        characters = coded(raw)
        assert len(characters) > 20
        assert characters <= set(after) | {" ", "\u3000", "\u00a0"}
        assert not any(each in file_name(document.title, mask) for each in hidden)


def test_a_rank_is_a_figure_and_a_row_s_number_is_none(session: Session) -> None:
    ranked = reports.build(session, "supervision_circular", **chosen(session, report_of(session, "supervision_circular"))).document()
    tables = [block for block in Mask(numbers=True).document(ranked).blocks if isinstance(block, Table)]
    by_label = {column.label: [row[at] for row in table.rows if len(row) == len(table.columns)]
                for table in tables for at, column in enumerate(table.columns)}  # fmt: skip
    assert set(by_label["排名"]) <= {"**", ""} and by_label["序号"][:2] == ["1", "2"]


def test_the_choices_differ(session: Session) -> None:
    """What one choice hides, another leaves: else a test of each would say nothing."""
    document = reports.build(session, "monthly_review", **chosen(session, report_of(session, "monthly_review"))).document()
    told = {choice: ledger_names.mask_for(session, {choice}).apply(document)[1] for choice in ledger_names.CHOICES}
    assert all({sort for sort, _ in each.hidden} == {choice} for choice, each in told.items() if choice != "people")


# -- who may not open the personnel book ----------------------------------------------------------------------------------


def test_without_the_key_names_of_the_personnel_book_are_hidden_but_cannot_be_read(session: Session, tmp_path: Path) -> None:
    folder = session.folder
    session.close()
    clerk = office.open_office(folder, "clerk", demo.PASSWORD)
    assert ledger_names.mask_for(clerk, {"people"}).apply(Document("通报"))[1].sentence().endswith("请组织人事员登录一次再印。")
    clerk.close()
    session = office.open_office(folder, "personnel", demo.PASSWORD)
    cadre = "佟无咎"  # whom no ledger of the office names
    session.add("cadre", {"name": cadre})
    count = ledger_names.remember_people(session)
    assert count > 20
    kept = session.office.setting("masked_people")
    assert cadre not in kept and cadre.encode("unicode-escape").decode() not in kept
    session.close()
    clerk = office.open_office(folder, "clerk", demo.PASSWORD)
    try:
        assert not clerk.opens("cadre")
        mask = ledger_names.mask_for(clerk, {"people"})
        assert cadre not in mask.people
        assert mask.text(f"经研究，{cadre}任组长") == "经研究，**任组长"
        assert mask.caution == "" and ledger_names.remember_people(clerk) == 0
    finally:
        clerk.close()


def test_what_units_and_leaders_were_called_before_is_hidden_too(tmp_path: Path) -> None:
    """What was issued before a county became a district says the county still."""
    made = opened(tmp_path / "office", items=20)
    try:
        county = next(u for u in made.find(Query(kind="unit")) if u.values["category"] == "county")
        leader = made.find(Query(kind="leader"))[0]
        old, name = county.values["name"], leader.values["name"]
        made.set("unit", county.uid, {"name": "新禾市", "short_name": "新禾"})
        made.set("leader", leader.uid, {"name": "佟无咎"})
        text = f"{old}、{old[:-1]}、新禾市由{name}、佟无咎牵头"
        assert ledger_names.mask_for(made, {"places"}).text(text) == f"**、**、**由{name}、佟无咎牵头"
        assert ledger_names.mask_for(made, {"people"}).text(text) == f"{old}、{old[:-1]}、新禾市由**、**牵头"
        assert old in ledger_names.mask_for(made, {"units"}).units
    finally:
        made.close()


def test_words_are_remembered(tmp_path: Path) -> None:
    made = opened(tmp_path / "office", items=20)
    try:
        ledger_names.remember_word(made, "老粮库")
        ledger_names.remember_word(made, "平安坪平台", "keep")
        ledger_names.remember_word(made, "老粮库")
        mask = ledger_names.mask_for(made, {"numbers"})
        assert mask.text("老粮库片区12户接入平安坪平台") == "**片区**户接入平安坪平台"
        ledger_names.remember_word(made, "老粮库", "keep")
        assert ledger_names.mask_for(made, {"numbers"}).text("老粮库片区") == "老粮库片区"
    finally:
        made.close()
