"""Two ledgers that no program knows: one by a file of declarations alone, one as an office makes it on screen, step by step."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import msgspec

import resources
from db.model import builtin
from db.model.declarations import Field, Kind, Lights
from db.model.kinds import Kinds
from desktop.ui.kinds import kind_changes

BY_FILE, ON_SCREEN, ADDED = "river_patrol", "own_screen", "x_river"
PATROL = """
name = "river_patrol"
label = "河长巡河"
title = "section"
family = "工作台账"
lifecycle = "close_out"
unit = "lead_unit"
cooperating = ["helpers"]
indexes = [["walked_on"]]
lights = { by = "progress", soon = "purple", labels = { purple = "落后" } }
fields = [
    { name = "section", label = "河段", type = "text", required = true, width = 14 },
    { name = "walked_on", label = "巡河时间", type = "date", width = 7 },
    { name = "found", label = "发现问题", type = "longtext", owner = "responsible", width = 18 },
    { name = "level", label = "河段等级", type = "choice", choices = ["一级", "二级", "三级"] },
    { name = "metres", label = "巡查长度", type = "decimal", measure = "公里", minimum = 0 },
    { name = "helpers", label = "协同单位", type = "units" },
]
rules = [{ left = "walked_on", op = "<=", right = "today", message = "巡河时间不能晚于今天，请核对。" }]
"""


def by_file() -> Kinds:
    """The program's declarations with one file more."""
    with tempfile.TemporaryDirectory() as folder:
        for part in ("kinds", "lifecycles", "choices"):
            shutil.copytree(resources.path(part), Path(folder) / part)
        (Path(folder) / "kinds" / f"{BY_FILE}.toml").write_text(PATROL, encoding="utf-8")
        return builtin.load(Path(folder))


def on_screen(kinds: Kinds) -> Kind:
    """What the pages of 台账设置 make of: a name, a lifecycle, some fields, lights by progress."""
    start = kind_changes.Start("校园食堂检查", "民生", "学校", "close_out")
    kind = msgspec.structs.replace(kind_changes.started(start, kinds), name=ON_SCREEN)
    for label, form in (("检查时间", "date"), ("供餐人数", "integer"), ("问题类别", "choice"), ("现场照片", "attachment")):
        choices = kind_changes.choices_of("卫生\n价格、留样") if form == "choice" else ()
        made = Field(name=kind_changes.new_name("x"), label=label, type=form, choices=choices)
        kind = kind_changes.with_field(kind, made)
    kind = msgspec.structs.replace(kind, lights=Lights(by="progress", yellow_behind=5, red_behind=20, closed="green"))
    kind_changes.check(kind, kinds)
    return kind_changes.bare(kind)


def extended(kinds: Kinds) -> Kind:
    """A given ledger with a field of the office's own."""
    kind = kind_changes.with_field(kinds.get("rectification"), Field(name=ADDED, label="所属河段", type="text"))
    return kind_changes.bare(kind)
