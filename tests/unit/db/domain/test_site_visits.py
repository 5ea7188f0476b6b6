"""Visits to places without an item: what is found becomes an item in one press, or stays a finding with its day."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from db.domain import made_records, planned_rows
from db.errors import BadInput, NotPermitted
from db.metrics import metrics
from db.session import Session
from desktop.bulletin.document import Picture
from desktop.bulletin.report import reports
from tests.samples import as_person, new_office
from tests.unit.bulletin.report.test_true_sentences import whole

TODAY = dt.date(2022, 9, 28)
VISIT, FINDING, ITEM = "site_visit", "site_finding", "rectification"


def day(number: int) -> dt.date:
    return dt.date(2022, 9, number)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    yield from new_office.__wrapped__(tmp_path_factory.mktemp("visits"), TODAY)  # type: ignore[attr-defined]


@pytest.fixture
def visit(session: Session) -> str:
    number = len(session.names.units())
    unit = session.add("unit", {"name": f"单位{number}"})
    leader = session.add("leader", {"name": f"带队人{number}"})
    return session.add(VISIT, {
        "place": f"泵站{number}", "visited_on": day(20), "team": f"第{number}组", "stop_no": 2, "unit": unit, "led_by": leader,
    })  # fmt: skip


def found(session: Session, visit: str, title: str, **values: object) -> str:
    return session.add(FINDING, {"title": title, "found_on": day(20), **values}, parent=visit)


def test_in_one_press_the_problems_become_items_and_the_others_stay(session: Session, visit: str) -> None:
    kind = session.kinds.get(FINDING)
    first = found(session, visit, "值班记录漏签", handling="item", deadline=day(30), detail="三天无人签字。")
    stale = found(session, visit, "电源失灵", handling="item", deadline=day(25))
    found(session, visit, "围挡缺失", handling="deadline", deadline=day(27))
    wanted = [row.uid for row in made_records.not_yet_made(session, session.children(visit, FINDING))]
    assert set(wanted) == {first, stale}
    made, moved = made_records.make(session, kind, wanted)
    assert (len(made), moved) == (2, 1), "one whose day has gone by waits as a draft"
    item = next(r for r in map(lambda u: session.must_get(ITEM, u), made) if r.values["finding"] == first)
    above = session.must_get(VISIT, visit).values
    assert item.state == "assigned" and item.values["deadline"] == day(30) and item.values["problem"] == "三天无人签字。"
    assert (item.values["lead_unit"], item.values["lead_leader"], item.values["source"]) == (above["unit"], above["led_by"], "visit")
    assert session.must_get(FINDING, first).values["listed_on"] == TODAY
    assert made_records.make(session, kind, wanted) == ([], 0), "never twice"
    session.undo_last()
    assert session.must_get(FINDING, first).values["listed_on"] is None and session.must_get(ITEM, made[0]).deleted
    assert set(wanted) == {r.uid for r in made_records.not_yet_made(session, session.children(visit, FINDING))}
    again, _ = made_records.make(session, kind, wanted)
    with pytest.raises(BadInput, match="已另转为「值班记录漏签」"):
        session.restore(ITEM, item.uid)
    session.delete(ITEM, next(uid for uid in again if session.must_get(ITEM, uid).values["finding"] == first))
    session.restore(ITEM, item.uid)


def test_who_may_not_write_makes_nothing_and_nobody_marks_by_hand(session: Session, visit: str) -> None:
    row = found(session, visit, "窗口超时", handling="item", deadline=day(30))
    with as_person(session, "looks", "viewer"), pytest.raises(NotPermitted):
        made_records.make(session, session.kinds.get(FINDING), [row])
    with pytest.raises(BadInput):
        session.set(FINDING, row, {"listed_on": day(21)})
    with pytest.raises(BadInput, match="不能转为别的台账"):
        made_records.make(session, session.kinds.get("unit"), [row])


def test_named_twice_it_is_one_item_and_what_is_binned_is_none(session: Session, visit: str) -> None:
    kind = session.kinds.get(FINDING)
    row, gone = (found(session, visit, title, handling="item", deadline=day(30)) for title in ("一处", "录错的"))
    session.delete(FINDING, gone)
    made, _ = made_records.make(session, kind, [row, row, gone])
    assert len(made) == 1 and session.must_get(ITEM, made[0]).values["finding"] == row
    under = found(session, visit, "随督查删除", handling="item", deadline=day(30))
    session.delete(VISIT, visit)
    assert made_records.make(session, kind, [under]) == ([], 0)


def test_a_finding_stands_by_itself_when_the_visit_is_done(session: Session, visit: str) -> None:
    late = found(session, visit, "物资不符", deadline=day(27))
    listed = found(session, visit, "消防通道堵塞", handling="item", deadline=day(27))
    session.take_step(VISIT, visit, "visit")
    child = session.kinds.get(FINDING)
    assert visit in planned_rows.open_above(session, child, today=False)[VISIT]
    assert session.light(session.must_get(FINDING, late)) == "red"
    made_records.make(session, child, [listed])
    assert session.light(session.must_get(FINDING, listed)) == "blue", "it is the item's now"
    session.set(FINDING, late, {"fixed_on": day(28)})
    assert visit not in planned_rows.open_above(session, child, today=False).get(VISIT, [])
    assert session.must_get(VISIT, visit).values["findings"] == 2, "rows are counted also when it is closed"


def test_figures_are_of_their_day(session: Session, visit: str) -> None:
    unit = session.must_get(VISIT, visit).values["unit"]
    names = ["site_visits", "site_findings", "site_findings_due", "site_findings_overdue", "site_findings_rate", "site_findings_listed"]
    one = found(session, visit, "公示未更新", deadline=day(22))
    found(session, visit, "隐患未复查", deadline=day(24))
    row = found(session, visit, "诉求未答复", handling="item", deadline=day(30))

    def told(as_of: dt.date) -> list[object]:
        counted = metrics.count(session, names, period="2022-09", unit=unit, as_of=as_of)
        return [counted[name].value for name in names]

    assert told(TODAY)[:4] == [0, 3, 2, 2], "a planned visit is none yet; what was found is a fact"
    session.take_step(VISIT, visit, "visit")
    session.set(FINDING, one, {"fixed_on": day(22)})
    made_records.make(session, session.kinds.get(FINDING), [row])
    assert told(TODAY) == [1, 3, 2, 1, 50, 1]
    assert told(day(23)) == [1, 3, 1, 0, 100, 0]
    assert told(day(19)) == [0, 0, 0, 0, None, 0]


def test_rules_of_a_finding(session: Session, visit: str) -> None:
    for said, values in (
        ("列入清单的问题要写整改时限", {"handling": "item"}), ("限期整改的问题要写整改时限", {"handling": "deadline"}),
        ("当场改正的问题要写整改到位时间", {"handling": "on_spot"}), ("整改时限不能早于发现时间", {"deadline": day(1)}),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=said):
            found(session, visit, "问题", **values)


def test_the_route_lists_the_stops_of_a_day_and_team_in_order(session: Session, visit: str) -> None:
    values = session.must_get(VISIT, visit).values
    shared = {"visited_on": day(20), "team": values["team"]}
    session.add(VISIT, {"place": "甲闸站", "stop_no": 3, **shared})
    first = session.add(VISIT, {"place": "乙水厂", "stop_no": 1, **shared})
    session.add(VISIT, {"place": "别组的站", "visited_on": day(20), "team": "另一组"})
    gone = session.add(VISIT, {"place": "取消的站", **shared})
    session.take_step(VISIT, gone, "cancel", "改期")
    text = whole(reports.build(session, "visit_route", item=first).document())
    assert text.index("乙水厂") < text.index(values["place"]) < text.index("甲闸站")
    assert "别组的站" not in text and "取消的站" not in text
    alone = session.add(VISIT, {"place": "无组的站", "visited_on": day(20)})
    text = whole(reports.build(session, "visit_route", item=alone).document())
    assert "无组的站" in text and "乙水厂" not in text, "stops without a team are a route of their own"


def test_the_slip_is_one_page_with_room_to_sign(session: Session, visit: str, tmp_path: Path) -> None:
    empty = reports.print_report(session, "visit_slip", tmp_path / "empty.pdf", item=visit)
    for number in range(5):
        found(session, visit, f"第{number}处消防通道被建材占用，疏散标志损坏", deadline=day(30), requirement="三日内清理到位，建立巡查台账，举一反三。")
    full = reports.print_report(session, "visit_slip", tmp_path / "full.pdf", item=visit)
    assert (empty.pages, full.pages) == (1, 1)
    text = whole(reports.build(session, "visit_slip", item=visit).document())
    assert "被督查单位（签字）" in text and "督查组（签字）" in text and "第4处消防通道" in text


def test_photographs_follow_the_slip_two_a_page_upright_and_small(session: Session, visit: str, tmp_path: Path) -> None:
    def shot(wide: int, high: int, turned: int = 1) -> bytes:
        out, exif = io.BytesIO(), Image.Exif()
        exif[0x0112] = turned
        Image.new("RGB", (wide, high), "gray").save(out, "JPEG", exif=exif.tobytes())
        return out.getvalue()

    files = [session.attach(VISIT, data, name) for data, name in (
        (shot(3000, 2000), "一.jpg"), (shot(2000, 1500, 6), "二.JPG"), (b"nothing", "三.png"), (b"%PDF", "签字.pdf"),
    )]
    session.set(VISIT, visit, {"photos": tuple(files)})
    row = found(session, visit, "围挡缺失", deadline=day(30))
    session.set(FINDING, row, {"fixed_photos": (session.attach(FINDING, shot(400, 300), "改后.jpg"),)})
    blocks = reports.build(session, "visit_slip", item=visit).document().blocks
    pictures = [block for block in blocks if isinstance(block, Picture)]
    sizes = [Image.open(io.BytesIO(each.data)).size if each.data else None for each in pictures]
    assert sizes[0][0] < 1200 and sizes[1][0] < sizes[1][1] and sizes[2] is None and sizes[3] == (400, 300)
    assert [each.caption.partition("．")[2][:5] for each in pictures] == ["现场照片：", "现场照片：", "现场照片：", "整改后照片"]
    assert "读不出来" in pictures[2].caption and "另有 1 个附件不是照片" in whole(reports.build(session, "visit_slip", item=visit).document())
    assert reports.print_report(session, "visit_slip", tmp_path / "photos.pdf", item=visit).pages == 3
    hidden = reports.print_report(session, "visit_slip", tmp_path / "masked.pdf", item=visit, masked=True)
    assert hidden.pages > 1 and b"/DCTDecode" not in (tmp_path / "masked.pdf").read_bytes()
    assert b"/DCTDecode" in (tmp_path / "photos.pdf").read_bytes()
