"""Pages as pictures: each was looked at against GB/T 9704-2012, and a change of one shows here.

Set ZHENGXIAN_GOLDEN=1 to write the pictures anew, then look at every one that changed before committing it.
"""

from __future__ import annotations

import datetime
import io
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from desktop.bulletin.document import (
    AppointmentForm,
    Article,
    Attachment,
    Bar,
    BriefHead,
    Cell,
    Chart,
    Column,
    Contents,
    Cover,
    Document,
    EditorNote,
    Gantt,
    Gap,
    Imprint,
    LetterHead,
    Paragraph,
    PersonSheet,
    Picture,
    RedHead,
    Relative,
    Run,
    Series,
    SheetGroup,
    SheetLine,
    Signature,
    Table,
    Turned,
    Wide,
)
from desktop.bulletin.masking.mask import Mask
from desktop.bulletin.typed_text import from_text
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.writers import render
from tests.golden.pages import drawn, hold_against

PICTURES = Path(__file__).parent / "bulletin"

D, DAY = Decimal, datetime.date
OFFICE = "云川市能力作风建设年活动办公室"
UNITS = ("安坪县", "霖川区", "清沅县", "畅宁区", "高新区", "经开区")
ISSUED = DAY(2022, 9, 5)
TEXT = (PICTURES / "circular.txt").read_text(encoding="utf-8")
STORY = (PICTURES / "story.txt").read_text(encoding="utf-8")


def review_table() -> Table:
    head = (
        (Cell("排名", down=2), Cell("单位", down=2), Cell("事项", span=3), Cell("比率（%）", span=2), Cell("点评", down=2)),
        ("交办数", "应办结", "逾期未结", "办结率", "按期率"),
    )
    columns = (
        Column("排名", 0.08, "center"), Column("单位"), Column(numeric=True), Column(numeric=True),
        Column(numeric=True), Column(numeric=True), Column(numeric=True), Column("点评", 0.28),
    )
    notes = ("推进有力，位次前移。", "个别事项进展偏慢，需进一步压实责任、倒排工期。")
    rows = [
        [n + 1, UNITS[n % 6], D(60 - n), D(55 - n), D(n // 3), D("98.50") - n, D("95.00") - n, notes[n % 2]] for n in range(20)
    ]
    rows.append(["", "合计", D(1010), D(910), D(57), D("89.00"), D("85.50"), ""])
    return Table(columns, rows, head, "各单位月讲评情况表", "件", "月讲评台账（截至2022年8月31日）", total=1)


def circular() -> Document:
    return Document(
        "关于2022年度重点任务整改落实情况的督办通报", (*from_text(TEXT), review_table()),
        RedHead((OFFICE,), "文件", "云能办〔2022〕12号", secrecy="内部资料"), "各县（区）委、县（区）人民政府，市直各部门",
        ("整改任务清单", "各单位事项办理情况统计表以及需要进一步说明的有关事项和问题台账"), Signature((OFFICE,), ISSUED),
        imprint=Imprint(OFFICE, ISSUED, copies=60,
                        copy_to="市委常委，市人大常委会、市政府、市政协领导同志，市委各部委，市直各单位，各人民团体"),
        appendix=(Attachment("附件1", "整改任务清单"), Paragraph("（清单略）")), author=OFFICE,
    )


def joint() -> Document:
    head = RedHead(("中共云川市委办公室", "云川市人民政府办公室"), "文件", "云办〔2022〕5号", "000001", "机密★1年", "特急",
                   ("赵燚", "王赟"))
    return Document(
        "关于开展能力作风建设年活动有关事项的请示", from_text("现将有关事项请示如下。\n" + STORY), head,
        "省能力作风建设年活动办公室",
        signature=Signature(("中共云川市委办公室", "云川市人民政府办公室"), ISSUED, sealed=True), note="联系人：王赟",
        duplex=True, imprint=Imprint("云川市人民政府办公室", ISSUED, copy_to="省政府办公厅"),
    )


def brief() -> Document:
    picture = Image.new("RGB", (600, 300), (214, 226, 240))
    draw = ImageDraw.Draw(picture)
    draw.polygon([(0, 300), (200, 120), (330, 230), (430, 150), (600, 300)], fill=(150, 170, 150))
    data = io.BytesIO()
    picture.save(data, "PNG")
    month = tuple(f"{m}月" for m in range(1, 9))
    charts = (
        Chart("bars", UNITS, (Series("交办数", tuple(map(D, (86, 64, 55, 43, 30, 12)))),), "各县区交办事项数", "件",
              "周交办台账"),
        Chart("columns", UNITS, (Series("按期率", tuple(map(D, ("98.5", "92", "90.1", "88", "75.2", "60")))),
                                 Series("办结率", tuple(map(D, (99, 95, 93, 90, 85, 80))))), "各县区办结率", "%"),
        Chart("trend", month, (Series("办结率", tuple(D(60 + 4 * m) for m in range(8))),
                               Series("按期率", tuple(D(40 + 5 * m) if m != 4 else None for m in range(8)))), "走势", "%"),
        Chart("share", ("重点项目", "服务企业", "城建交通", "招商引资", "安全稳定"),
              (Series("问题数", tuple(map(D, (40, 30, 20, 15, 5)))),), "例会问题构成", "个"),
    )
    front = (Contents(), EditorNote("编者按：为推动典型经验互学互鉴，现将安坪县等3个县区的做法刊发，供各地学习借鉴。"))
    return Document(
        "", (
            Article("安坪县：清单销号促作风转变", (*from_text(STORY), Picture(data.getvalue(), "图1　安坪县事项办理现场"))),
            Article("霖川区：每周例会解难题", (*from_text(STORY), *charts), "霖川区能力作风建设年活动办公室"),
            Article("清沅县：擂台比武强本领", (
                Paragraph((Run("全县累计开展擂台比武"), Run("12", mark="drills", flagged=True),
                           Run("场", note="数据来源：清沅县练兵比武台账，截至2022年8月31日。"), Run("。"))), *from_text(STORY),
            ), new_page=True),
        ),
        BriefHead("能力作风建设简报", 12, 36, OFFICE, ISSUED, secrecy="内部资料", serial="00012"), front=front, author=OFFICE,
        imprint=Imprint(OFFICE, ISSUED, report_to="省能力作风建设年活动办公室，市委常委",
                        send_to="市人大常委会、市政府、市政协领导同志",
                        distribute_to="各县（区）委、县（区）人民政府，市直各单位", copies=120),
    )


def wide() -> Document:
    labels = ("来源", "事项内容", "牵头领导", "牵头单位", "配合单位", "完成时限", "工作措施", "进展情况", "是否办结")
    columns = tuple(map(Column, labels))
    row = ["书面批示", "加快推进城区老旧管网改造和污水处理厂提标扩容工程建设", "赵燚", "市住房城乡建设局", "市财政局、霖川区",
           "2022年12月31日", "成立工作专班，每周调度，倒排工期。", "已完成管网改造12.5公里，占总任务的83.3%。", "否"]
    bars = tuple(
        Bar(f"{n}{k + 1}期工程建设", DAY(2022, 1 + k, 5), DAY(2022, 6 + k, 20), 0.3 * k if k < 4 else 1.0, unit,
            ("green", "yellow", "red", "blue", "green")[k])
        for unit in UNITS[:5] for k, n in enumerate(("道路", "管网", "学校", "医院", "厂房"))
    )
    return Document("", (
        Turned((Table(columns, [row] * 10, title="重点事项台账", size=10.5),)),
        Wide((Gantt(bars, DAY(2022, 7, 15), "云川市重点项目挂图作战图", "项目台账"),)),
    ))


def booklet() -> Document:
    articles = tuple(Article(f"{unit}：清单销号促作风转变", from_text(STORY), new_page=True) for unit in UNITS[:3])
    return Document("", articles, front=(
        Cover("能力作风建设年活动\n典型案例选编", "（第一辑）", OFFICE, "2022年9月", "内部资料"), Contents(own_page=True),
    ))


def appointment() -> Document:
    resume = (
        ("1993.09—1997.07", "云川工业大学建筑系城市规划专业学习"),
        ("1997.08—2003.05", "安坪县建设局科员（其间：1999.03—1999.12在清沅镇挂职锻炼，任镇长助理）"),
        ("2003.05—2013.06", "安坪县规划局副局长（2008.09—2011.06云川大学公共管理学院在职研究生学习，获公共管理硕士学位）"),
        ("2013.06—", "安坪县住房和城乡建设局党组书记、局长"),
    )
    return Document("", (AppointmentForm(
        "赵　燚", "男", "1975.06\n（47岁）", "汉族", "云川安坪", "云川霖川", "1998.07", "1997.08", "健康", "高级工程师",
        "城市规划与管理", "大学\n工学学士", "云川工业大学建筑系城市规划专业", "研究生\n公共管理硕士", "云川大学公共管理学院",
        "安坪县住房和城乡建设局党组书记、局长", "安坪县人民政府副县长人选", "安坪县住房和城乡建设局局长", resume,
        "2021年记三等功。", "2019年度优秀，2020年度称职，2021年度优秀。",
        "该同志政治坚定，熟悉城建工作，经研究，拟提名为副县长人选。",
        (Relative("妻子", "王　赟", "1977.03", "中共党员", "安坪县第一中学教师"),), "中共安坪县委", filled_by="李　某",
    ),))


def person() -> Document:
    facts = (("性别", "男"), ("出生年月", "1975.06"), ("民族", "汉族"), ("籍贯", "云川安坪"), ("政治面貌", "中共党员"),
             ("入党时间", "1998.07"), ("全日制学历", "大学"), ("全日制学位", "工学学士"), ("所在单位", "安坪县"), ("职级", "一级主任科员"),
             ("全日制毕业院校系及专业", "云川工业大学建筑系城市规划专业"))  # fmt: skip
    rewards = tuple(SheetLine(f"2021.{12 - n:02d}.05", "重点项目攻坚先进个人", "荣誉称号，云川市委") for n in range(9))
    groups = (
        SheetGroup("任职经历", (SheetLine("2013.06—", "党组书记、局长", "乡科级正职"), SheetLine("2003.05—2013.06", "副局长"))),
        SheetGroup("奖惩情况", (SheetLine("2022.08.01", "把关不严", "诫勉，影响期至2023.02.01", "red"), *rewards)),
        SheetGroup("工作实绩", (SheetLine("2022.05.20", "老旧小区改造提前完成", "突出，牵头打通水电气暖联审，居民如期回迁，" * 4),)),
        SheetGroup("年度考核", tuple(SheetLine(str(y), f"{y}年度", "优秀") for y in (2019, 2020, 2021)), True),
    )
    sheet = PersonSheet("干部实绩一览", "赵燚", "安坪县住房和城乡建设局党组书记、局长", facts, groups, corner="内部资料",
                        note="数据来源：云川市能力作风建设年活动办公室台账，截至2022年9月5日。日期前有红竖条的在影响期内。")  # fmt: skip
    return Document("", (sheet,), titled=False)


def letter() -> Document:
    return Document(
        "关于限期报送重点事项整改情况的函",
        from_text("经查，贵单位承办的“城区老旧管网改造”事项已逾期12天，尚未申请销号。请抓紧办理，于2022年9月9日前书面报送进展情况。\n特此函告。"),
        LetterHead(OFFICE, "云能办函〔2022〕5号", urgency="加急"), "市住房城乡建设局",
        signature=Signature((OFFICE,), ISSUED), note="联系人：王赟", imprint=Imprint(copy_to="市委督查室、市政府督查室"),
    )


def minutes() -> Document:
    present = Paragraph((Run("出席：", "hei"), Run("赵燚、王赟、陈喆，市发展改革委、市住房城乡建设局、市财政局、安坪县、霖川区负责同志")),
                        hang=5)
    return Document(
        "重点项目周例会第52次会议纪要", (*from_text(TEXT), Gap(1), present),
        RedHead(("重点项目周例会纪要",), "", "第52期"), signature=Signature((OFFICE,), ISSUED),
        imprint=Imprint(OFFICE, ISSUED, copy_to="各参会单位"),
    )


def supplement() -> Document:
    article = Article("关于安坪县清单销号做法的专报", from_text(STORY))
    front = (EditorNote("编者按：现将安坪县清单销号的做法刊发，供各地学习借鉴。"),)
    return Document(
        "", (article,), BriefHead("能力作风建设简报", 3, None, OFFICE, ISSUED, True, "内部资料"), front=front, duplex=True,
        imprint=Imprint(OFFICE, ISSUED, report_to="市委常委", send_to="市人大常委会、市政府、市政协领导同志", copies=120),
    )


def sealed() -> Document:
    """Four organs with their seals, and between portrait pages a turned one; the 版记 on an even page."""
    organs = ("云川市住房和城乡建设局", "云川市自然资源和规划局", "云川市生态环境局", "云川市城市管理局")
    merged = [
        row for n in range(5)
        for row in ([Cell(UNITS[n], down=2), "交办", "加快推进城区老旧管网改造", D("1286.5")], ["整改", "压实责任、倒排工期", D(3)])
    ]
    table = Table((Column("单位", 0.2, "center"), Column("类别", 0.15), Column("事项"), Column("数", numeric=True)), merged,
                  measure="件", source="重点事项台账")
    return Document(
        "关于联合开展城建领域重点事项专项督查的通知", (*from_text(STORY), Turned((table,)), *from_text("一、有关要求\n" + STORY)),
        RedHead(organs, "文件", "云建〔2022〕5号", "000012", "秘密★1年", "加急", ("赵燚", "王赟", "陈喆")), "各县（区）人民政府",
        signature=Signature(organs, ISSUED, sealed=True), note="此件公开发布", duplex=True,
        imprint=Imprint("云川市住房和城乡建设局办公室", ISSUED, copy_to="市政府办公室"),
    )


DOCUMENTS: dict[str, Callable[[], Document]] = {
    "circular": circular, "joint": joint, "brief": brief, "wide": wide, "booklet": booklet, "letter": letter,
    "minutes": minutes, "appointment": appointment, "person": person, "supplement": supplement, "sealed": sealed,
}


#: What an office knows that has these names in its ledgers; the rest is known by its form.
MASK = Mask(
    units=(*UNITS, OFFICE), places=("云川市", "云川", "安坪"), people=("赵燚", "王赟", "陈喆"),
    forms=frozenset({"units", "places", "people"}), numbers=True,
)


def pictures(document: Document, masked: Mask | None = None) -> list[Image.Image]:
    """The pages in grey."""
    out = io.BytesIO()
    printed = render(document, out, fonts=bundled_fonts(), masked=masked)
    assert printed.missing_characters == ()
    return drawn(out.getvalue())


@pytest.mark.parametrize("edition", ["normal", "masked"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_pages_look_as_they_did(name: str, edition: str, tmp_path: Path) -> None:
    mask = MASK if edition == "masked" else None
    made = pictures(DOCUMENTS[name](), mask)
    stem = name if mask is None else f"{name}_masked"
    if os.environ.get("ZHENGXIAN_GOLDEN"):
        PICTURES.mkdir(exist_ok=True)
        for old in PICTURES.glob(f"{stem}-*.png"):
            old.unlink()
        for number, picture in enumerate(made, 1):
            picture.quantize(16).save(PICTURES / f"{stem}-{number}.png", optimize=True)
        return
    kept = sorted(PICTURES.glob(f"{stem}-*.png"), key=lambda path: int(path.stem.rsplit("-", 1)[1]))
    assert len(kept) == len(made)
    hold_against(kept, made, tmp_path)
