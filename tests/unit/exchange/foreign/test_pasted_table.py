"""Lists of units as offices keep them, pasted: the names, and what stands beside each, by title."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest

from db.model import builtin
from db.model.fieldtypes.base import NoNames
from desktop.ui.lists import pasted_records

KINDS = builtin.kinds()
KNOWN = SimpleNamespace(names=NoNames(), kinds=KINDS, today=dt.date(2026, 11, 29))

CONTACTS = """云川市市直单位通讯录\t\t\t\t\t
序号\t单位全称\t简称\t联络员\t职务\t手机号码
1\t云川市财政局\t市财政局\t甲小乙\t办公室主任\t13900000001
2\t云川市教育局\t市教育局\t丙二丁\t科长\t13900000002
3\t安坪县人民政府\t安坪县\t戊三己\t副主任\t0399-0000003
合计\t3个\t\t\t\t
"""
GROUPED = """序号\t单位名称\t备注
一、市直部门（2个）\t\t
1\t市财政局\t
2\t市教育局\t牵头
二、县（市、区）（2个）\t\t
1\t安坪县\t
2\t临苇区\t
三、企事业单位\t\t
1\t市水务集团\t
"""
BESIDE = """责任单位名单\t\t\t
序号\t单位名称\t序号\t单位名称
1\t市财政局\t4\t安坪县
2\t市教育局\t5\t临苇区
3\t市公安局\t\t
"""
TOWNSHIPS = """县区\t乡镇（街道）\t负责人
安坪县\t东关镇\t甲乙
\t西河乡\t丙丁
临苇区\t苇口街道\t戊己
"""
CODES = """机构编码\t机构名称\t机构类别\t级别\t统一社会信用代码
001\t市委办公室\t党群部门\t正县\t11990000000000001X
002\t市财政局\t政府部门\t正县\t11990000000000002X
003\t安坪县\t县区\t正县\t11990000000000003X
"""
TWO_LINES = """附件1\t\t\t
全市责任单位一览表\t\t\t
序号\t单位\t\t联系人
\t全称\t简称\t
1\t云川市财政局\t市财政局\t甲乙
2\t云川市教育局\t市教育局\t丙丁
注：名单截至本月底。\t\t\t
"""
TRUTH: dict[str, tuple[str, dict[str, dict[str, str]]]] = {
    "names only": ("市财政局\n市教育局\n\n安坪县\n", {"市财政局": {}, "市教育局": {}, "安坪县": {}}),
    "a contact list with a title and a total": (CONTACTS, {
        "云川市财政局": {"short_name": "市财政局", "contact": "甲小乙", "phone": "13900000001"},
        "云川市教育局": {"short_name": "市教育局", "contact": "丙二丁", "phone": "13900000002"},
        "安坪县人民政府": {"short_name": "安坪县", "contact": "戊三己", "phone": "0399-0000003"},
    }),
    "numbered anew under each group": (GROUPED, {
        "市财政局": {"category": "bureau"}, "市教育局": {"category": "bureau", "note": "牵头"},
        "安坪县": {"category": "county"}, "临苇区": {"category": "county"},
        "市水务集团": {"category": "enterprise"},
    }),
    "side by side": (BESIDE, {n: {} for n in ("市财政局", "市教育局", "市公安局", "安坪县", "临苇区")}),
    "numbers within the names": (
        "1.市财政局\n2.市教育局\n3．市公安局\n（4）安坪县\n", {n: {} for n in ("市财政局", "市教育局", "市公安局", "安坪县")},
    ),
    "spaced out, blanks drawn": (
        "单位\t电话\n财　政　局\t0399-0000001\n教 育 局\t—\n公安局 \t/\n",
        {"财政局": {"phone": "0399-0000001"}, "教育局": {}, "公安局": {}},
    ),
    "in one line of a document": (
        "市直单位：市财政局、市教育局、市公安局。\n县区：安坪县、临苇区等2个单位。\n",
        {"市财政局": {"category": "bureau"}, "市教育局": {"category": "bureau"}, "市公安局": {"category": "bureau"},
         "安坪县": {"category": "county"}, "临苇区": {"category": "county"}},
    ),
    "townships under merged counties": (TOWNSHIPS, {
        "东关镇": {"superior": "安坪县", "contact": "甲乙"}, "西河乡": {"superior": "安坪县", "contact": "丙丁"},
        "苇口街道": {"superior": "临苇区", "contact": "戊己"},
    }),
    "codes and classes of the registry": (CODES, {
        "市委办公室": {"category": "bureau"}, "市财政局": {"category": "bureau"}, "安坪县": {"category": "county"},
    }),
    "no heading, numbered, with telephones": (
        "1\t市财政局\t甲一\t0399-0000001\n2\t市教育局\t乙二\t0399-0000002\n3\t安坪县\t丙三\t0399-0000003\n",
        {"市财政局": {"phone": "0399-0000001"}, "市教育局": {"phone": "0399-0000002"}, "安坪县": {"phone": "0399-0000003"}},
    ),
    "a heading of two lines and a note": (TWO_LINES, {
        "云川市财政局": {"short_name": "市财政局", "contact": "甲乙"},
        "云川市教育局": {"short_name": "市教育局", "contact": "丙丁"},
    }),
    "one column under its heading": ("责任单位\n市财政局\n市教育局\n", {"市财政局": {}, "市教育局": {}}),
}  # fmt: skip


def pasted(text: str) -> pasted_records.Pasted:
    return pasted_records.read(text, KINDS.get("unit"), KNOWN, add_parents=True)


@pytest.mark.parametrize("which", TRUTH)
def test_a_list_is_taken_as_it_is_meant(which: str) -> None:
    text, truth = TRUTH[which]
    found = pasted(text)
    assert not found.problems, [cell.wrong for row in found.rows for cell in row if cell.wrong]
    rows = [found.values(row) | found.parents(row) for row in found.rows]
    assert {str(row.pop("name")): row for row in rows} == truth
    assert len(found.rows) == len(truth)


def test_what_cannot_be_taken_is_left_blank_or_its_row_out() -> None:
    found = pasted("名称\t类别\n市财政局\t哪一类\n市财政局\t县区\n安坪县\t县区\n填表人：某某\t\n")
    assert found.problems == 2 and found.unusable == 1 and found.table.notes == 1
    usable = [found.values(row) for row in found.rows if found.usable(row)]
    assert usable == [{"name": "市财政局"}, {"name": "安坪县", "category": "county"}]


def test_a_number_of_a_case_is_no_numeral_before_a_name() -> None:
    found = pasted_records.read("案号\t信访事项\n（2026）信1号\t反映工资拖欠\n", KINDS.get("petition"), KNOWN)
    assert found.values(found.rows[0])["case_no"] == "（2026）信1号"


def test_names_spread_over_their_cell_are_one_name_each() -> None:
    found = pasted("财　　政　　局\n市教育局  市公安局\n")
    assert [row[0].value for row in found.rows] == ["财政局", "市教育局", "市公安局"]


def test_what_has_only_its_name_among_full_rows_is_a_record_and_the_line_above_is_none() -> None:
    found = pasted("责任单位通讯录\t\n市财政局\t财政局\n市教育局\t\n")
    assert [found.values(row)["name"] for row in found.rows] == ["市财政局", "市教育局"] and found.table.notes == 1


def test_nothing_hangs_under_itself() -> None:
    found = pasted("单位名称\t上级单位\n安坪县\t安坪县\n东关镇\t安坪县\n")
    assert [found.parents(row) for row in found.rows] == [{}, {"superior": "安坪县"}] and not found.added_parents


def test_money_stands_in_the_fields_own_measure() -> None:
    money = next(
        (kind, f) for kind in KINDS for f in kind.all_fields
        if f.measure == "亿元" and not f.computed and not kind.parent and "sheet" in f.show
    )  # fmt: skip
    kind, field = money
    title = kind.field(kind.title).label
    found = pasted_records.read(f"{title}\t{field.label}（万元）\n城东污水处理厂扩建工程\t12500\n", kind, KNOWN)
    assert found.values(found.rows[0])[field.name] == Decimal("1.25")


def test_rows_copied_without_their_heading_keep_the_order_of_the_form() -> None:
    kind = KINDS.get("unit")
    first, second = pasted_records.fillable(kind)[:2]
    found = pasted_records.read("市财政局\t财政局\n市教育局\t教育局\n", kind, KNOWN)
    assert not found.table.headed and [f and f.name for f in found.fields] == [first.name, second.name]
