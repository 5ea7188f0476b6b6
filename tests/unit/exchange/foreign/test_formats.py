"""Files of other formats, told by their first bytes: .xls, .et, .ods, .csv in the encodings of offices."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop.exchange.errors import Refused
from desktop.exchange.plan import cell_accounting
from tests.ledgers import measure, shapes

ODS = "application/vnd.oasis.opendocument.spreadsheet"


@pytest.fixture
def office(new_office: Callable[..., Any]) -> Any:
    made = new_office(units=False)
    measure.furnish(made.session)
    return made


def test_old_and_other_workbooks_are_read_like_new_ones(office: Any, tmp_path: Path, tool: Callable[[str], str]) -> None:
    """Saved by a real program as .xls and .ods, and renamed to what they are not."""
    ledger = next(each for each in shapes.read(shapes.TUNED) if each.name.startswith("两行表头"))
    file = ledger.write(tmp_path / "台账.xlsx")
    for ending in ("xls", "ods"):
        subprocess.run(
            [tool("soffice"), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", ending, "--outdir",
             str(tmp_path), str(file)], check=True, capture_output=True, timeout=150,
        )  # fmt: skip
    shutil.copy(tmp_path / "台账.xls", tmp_path / "金山.et")
    shutil.copy(tmp_path / "台账.ods", tmp_path / "改名.xlsx")
    shutil.copy(file, tmp_path / "改名.xls")
    wanted = office.plan(file, as_kind=ledger.kind)
    for name in ("台账.xls", "台账.ods", "金山.et", "改名.xlsx", "改名.xls"):
        plan = office.plan(tmp_path / name, as_kind=ledger.kind)
        assert plan.lines("error") == [], name
        assert [row.theirs.values for row in plan.rows] == [row.theirs.values for row in wanted.rows], name
        assert cell_accounting.cell_report(plan)["cells"]["unchanged"] == 0, name


def test_an_old_format_with_a_password_or_of_another_sort_says_what_to_do(office: Any, tmp_path: Path) -> None:
    for name, data, code in (
        ("很旧.xls", b"\t\x08\x08\x00\x00\x05\x10\x00" + b"\x01" * 200, "xls"), ("网页.xls", b"<html><table></table></html>" * 9, "web"),
        ("宏.ods", packed({"mimetype": ODS.encode(), "content.xml": b"<o/>", "Basic/Standard/Module1.xml": b"<m/>"}), "macro"),
        ("加密.ods", packed({"mimetype": ODS.encode(), "content.xml": b"<o/>", "META-INF/manifest.xml": b"<m:encryption-data/>"}), "ods"),
        ("实体.ods", packed({"mimetype": ODS.encode(), "content.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><o/>"}), "dtd"),
        ("断了.ods", packed({"mimetype": ODS.encode(), "content.xml": b"<o/>"})[:60], "truncated"),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(data)
        with pytest.raises(Refused) as refused:
            office.plan(tmp_path / name, as_kind="rectification")
        assert refused.value.code == code, name
        assert "另存为" in refused.value.message or code in ("macro", "dtd", "truncated")


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_text_tables_whatever_their_marks(office: Any, tmp_path: Path, encoding: str, mark: str) -> None:
    rows = [
        ["序号", "整改事项", "整改措施", "责任单位", "完成时限"], ["1", "窗口排队，群众意见大", "增窗口,增人手,增时段,延时", "安坪县", "2022年9月5日"],
        ["2", "材料多", "一次告知", "青石县", "2022.9.6"],
    ]  # fmt: skip
    text = "\r\n".join(mark.join(f'"{cell}"' if mark in cell else cell for cell in row) for row in rows)
    (tmp_path / "台账.csv").write_bytes(text.encode(encoding))
    plan = office.plan(tmp_path / "台账.csv", as_kind="rectification")
    assert [row.title for row in plan.rows] == ["窗口排队，群众意见大", "材料多"] and plan.lines("error") == []
    assert plan.rows[0].theirs.values["measures"] == "增窗口,增人手,增时段,延时"
