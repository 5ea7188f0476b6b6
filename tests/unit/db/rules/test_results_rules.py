"""Projects and what is held: contradictions of stage, money and dates are refused, each with its sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db import office
from db.errors import BadInput
from db.metrics import metrics
from db.session import Session

TODAY = dt.date(2022, 10, 14)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder: Path = tmp_path_factory.mktemp("results") / "office"
    made, _ = office.create_office(folder, "云川市活动办", "city", "admin", "zhengxian-demo")
    made.fixed_today = TODAY
    yield made
    made.close()


@pytest.mark.parametrize(("values", "says"), [
    ({"stage": "planned", "started_on": TODAY}, "谋划阶段的项目还没有开工"),
    ({"stage": "preparing", "started_on": TODAY}, "前期阶段的项目还没有开工"),
    ({"stage": "signed", "started_on": TODAY}, "签约阶段的项目还没有开工"),
    ({"stage": "started"}, "要填实际开工时间"),
    ({"stage": "planned", "investment": 5, "year_plan": 5000}, "年度计划投资不能多于总投资"),
])  # fmt: skip
def test_a_project_s_stage_dates_and_money_agree(session: Session, values: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        session.add("project", {"name": "水厂", **values})


def test_a_stopped_project_keeps_the_day_on_which_it_was_begun(session: Session) -> None:
    assert session.add("project", {"name": "水厂", "stage": "stopped", "started_on": TODAY, "investment": 5, "year_plan": 5})


NAMED = {"training_class": {"name": "班"}, "lecture": {"title": "讲座", "hall": "great"}, "drill": {"title": "演练", "form": "drill"}}


@pytest.mark.parametrize("kind", NAMED)
def test_nothing_is_held_before_its_day(session: Session, kind: str) -> None:
    tomorrow = TODAY + dt.timedelta(days=1)
    uid = session.add(kind, {**NAMED[kind], "held_on": tomorrow})
    with pytest.raises(BadInput, match="是 2022-10-15，还没有到"):
        session.take_step(kind, uid, "hold")
    with pytest.raises(BadInput, match="还没有到"):
        session.take_step(kind, uid, "hold", ask={"held_on": "2022-10-15"})
    assert session.must_get(kind, uid).state == "planned"
    session.take_step(kind, uid, "hold", ask={"held_on": "2022-10-14"})
    name = {"training_class": "classes", "lecture": "lectures", "drill": "drills"}[kind]
    assert metrics.count(session, [name], period="2022-10")[name].value == 1
