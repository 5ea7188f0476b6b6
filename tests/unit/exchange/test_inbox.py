"""A folder of files: each is recognised; damaged, doubled and left-over ones are named; who has not handed in is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from desktop.exchange import inbox
from desktop.exchange.apply import accept


def test_a_folder_is_looked_through_and_nothing_stops_it(city: Any, hand: Any, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    (stick / "安平县").mkdir(parents=True)
    book = hand(city.export("a.xlsx", unit="安平县人民政府").file)
    good = book.write(book.row("第1项 窗口排队时间长"), "整改措施", "增设窗口").save("交回.xlsx")
    data = good.read_bytes()
    (stick / "安平县" / "交回.xlsx").write_bytes(data)
    (stick / "又一份.xlsx").write_bytes(data)
    (stick / "坏的.xlsx").write_bytes(data[:900])
    (stick / "~$交回.xlsx").write_bytes(b"x")
    (stick / "空的.xlsx").write_bytes(b"")
    state = city.state()
    found = {a.file.name: a for a in inbox.look_through(city.session, stick)}
    assert city.state() == state
    plans = [a for a in found.values() if a.plan is not None]
    assert len(plans) == 1 and plans[0].plan.updated == 1
    assert any("同一个文件" in a.message for a in found.values())
    assert "不完整" in found["坏的.xlsx"].message and "空文件" in found["空的.xlsx"].message
    accept.accept(city.session, plans[0].plan)
    again = [a for a in inbox.look_through(city.session, stick) if a.plan is not None]
    assert "已导入过" in again[0].message and again[0].plan.updated == 0


def test_who_has_not_handed_in(city: Any, hand: Any) -> None:
    first = city.export("a.xlsx", unit="安平县人民政府").file
    city.export("b.xlsx", unit="临湖区人民政府")
    city.take(first)
    found = [(o.name, o.returned_at is not None) for o in inbox.outstanding(city.session)]
    assert found == [("临湖区人民政府", False), ("安平县人民政府", True)]
