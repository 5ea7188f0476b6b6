"""What is wrong is refused with its sentence wherever it is typed: in the form, by the command line, in a workbook."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from db.errors import BadInput
from desktop.commands.declared import parser
from desktop.exchange.write.workbook import export
from tests.gui.stories.hand import Hand


@dataclass(frozen=True)
class Wrong:
    """A record that is there, an entry by its label, what is typed into it, and the sentence that refuses it."""

    name: str
    kind: str
    label: str
    make: Callable[[Any], tuple[str, str | None, str]]
    """Makes the record; (uid, the uid above it, what to type)."""
    sentence: str
    person: str = "admin"


def _born(session: Any) -> tuple[str, str | None, str]:
    return session.add("cadre", {"name": "滕未满", "birth_month": "1990-05"}), None, "1989-04"


def _assigned(session: Any) -> tuple[str, str | None, str]:
    values = {"title": "时限要改早的事项", "lead_unit": _unit(session), "deadline": session.today + dt.timedelta(days=9)}
    uid = session.add("rectification", values)
    session.take_step("rectification", uid, "assign")
    return uid, None, (session.today - dt.timedelta(days=1)).isoformat()


def _livelihood(session: Any) -> tuple[str, str | None, str]:
    return session.add("livelihood", {"title": "集中供暖扩面", "lead_unit": _unit(session)}), None, "120"


def _left(session: Any) -> tuple[str, str | None, str]:
    gone = session.add("unit", {"name": "云川市旧体改办", "abolished_on": dt.date(2020, 1, 1)})
    assert gone in session.names.units()
    return session.add("rectification", {"title": "要给已撤单位的事项", "lead_unit": _unit(session)}), None, "云川市旧体改办"


def _circle(session: Any) -> tuple[str, str | None, str]:
    upper = session.add("headquarters", {"name": "绕圈总指挥部"})
    session.add("headquarters", {"name": "绕圈分指挥部", "superior": upper})
    return upper, None, "绕圈分指挥部"


def _chairs(session: Any) -> tuple[str, str | None, str]:
    meeting = session.add("meeting", {"title": "两位主持人的会", "kind_of_meeting": "special"})
    session.add("attendance", {"name": "滕甲", "role": "chair"}, parent=meeting)
    return session.add("attendance", {"name": "滕乙", "role": "member"}, parent=meeting), meeting, "主持"


def _unit(session: Any) -> str:
    return next(uid for uid, unit in session.names.units().items() if unit.active)


CASES = (
    Wrong("a date before birth", "cadre", "入党时间", _born, "入党时不满18周岁"),
    Wrong("a deadline before the assignment", "rectification", "整改时限", _assigned, "整改时限不能早于交办时间"),
    Wrong("120 per cent", "livelihood", "完成进度", _livelihood, "不能大于 100"),
    Wrong("a unit that left", "rectification", "责任单位", _left, "撤销"),
    Wrong("headquarters in a circle", "headquarters", "上级指挥部", _circle, "绕成了圈"),
    Wrong("two chairs", "attendance", "参会身份", _chairs, "只能有一位主持人"),
)


def in_the_form(at: Hand, case: Wrong, uid: str, above: str | None, typed: str) -> None:
    """Typed over the record on its form, or in the window of a child."""
    if above is not None:
        owner = at.session.owner_of(at.session.kinds.get(case.kind), above)
        at.look(owner.kind, above)
        newest = sorted(at.session.children(above, case.kind), key=lambda r: r.created_at, reverse=True)
        place = [record.uid for record in newest].index(uid)
        at.open_child(at.session.kinds.get(case.kind).label, place, refused=case.sentence, **{case.label: typed})
        return
    at.look(case.kind, uid)
    at.form_tab(0)
    at.fill(at.page.form.fields, {case.label: typed})
    at.save()
    assert case.sentence in at.problems(), at.problems()
    at.press("放弃修改", at.page.form)


def by_command(session: Any, case: Wrong, uid: str, typed: str) -> None:
    """`set KIND UID FIELD=VALUE`: exit 2 with the sentence."""
    name = next(f.name for f in session.kinds.get(case.kind).all_fields if f.label == case.label)
    options = parser().parse_args(["--json", "set", case.kind, uid, f"{name}={typed}"])
    with pytest.raises(BadInput) as refused:
        options.handler(session, options)
    assert case.sentence in refused.value.message and refused.value.exit_code == 2


def in_a_workbook(session: Any, case: Wrong, uid: str, typed: str, folder: Path, capsys: Any) -> None:
    """Typed into the record's line in Excel and taken in: an error at that cell."""
    kind = session.kinds.get(case.kind)
    sent = export(session, [case.kind], folder / "sent.xlsx").file
    book = openpyxl.load_workbook(sent)
    sheet = book[kind.label]
    head = next(row for row in sheet.iter_rows(max_row=12) if case.label in [c.value for c in row])
    column = next(cell.column for cell in head if cell.value == case.label)
    line = next(row[0].row for row in sheet.iter_rows() if row[0].value == uid)
    sheet.cell(line, column).value = typed
    book.save(folder / "typed.xlsx")
    options = parser().parse_args(["--json", "import", str(folder / "typed.xlsx")])
    capsys.readouterr()
    code = options.handler(session, options)
    answer = json.loads(capsys.readouterr().out)
    said = [error["message"] for error in (*answer["errors"], *answer["refused"])]
    assert any(case.sentence in sentence for sentence in said), (code, answer)
    assert answer["updated"] == answer["added"] == 0
