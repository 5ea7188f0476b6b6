"""A figure told to people on the command line: measure, parts and day beside it, a dash where there is no value, parts as of the same day."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import pytest

from db.metrics import metrics
from db.session import Session
from desktop.commands import figures
from tests.unit.db.metrics.test_as_of import day, session  # noqa: F401


def told(session: Session, capfd: Any, **asked: object) -> list[str]:  # noqa: F811
    options = {"period": None, "unit": None, "as_of": None, "by": None, "rows": False, "json": False}
    assert figures.figure(session, Namespace(**{**options, **asked})) == 0
    return str(capfd.readouterr().out).splitlines()


def test_a_figure_is_told_with_its_measure_and_day(session: Session, capfd: Any) -> None:  # noqa: F811
    (line,) = told(session, capfd, name="completion_rate", period="2022-10", as_of=day(10, 22))
    assert line.startswith("办结率：28.6％（2/7），截至2022年10月22日（")
    (line,) = told(session, capfd, name="completion_rate", period="2022-07")
    assert line.startswith("办结率：—，截至2022年7月31日（")
    (line,) = told(session, capfd, name="due", period="2022-10")
    assert line.startswith("应办结：6件，截至2022年10月31日（")


@pytest.mark.parametrize("by", ["单位", "台账", "月"])
def test_the_parts_of_a_figure_are_of_the_day_that_is_asked_for(session: Session, capfd: Any, by: str) -> None:  # noqa: F811
    whole = metrics.count(session, ["in_hand"], as_of=day(10, 22))["in_hand"].value
    assert whole != metrics.count(session, ["in_hand"])["in_hand"].value
    first, *lines = told(session, capfd, name="in_hand", by=by, as_of=day(10, 22))
    assert first.startswith(f"在办数：{whole}件，截至2022年10月22日")
    assert sum(int(line.split("\t")[1].removesuffix("件")) for line in lines) == whole
