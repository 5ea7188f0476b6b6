"""Pictures are taken when somebody wants to look at them; the tree carries only those that a test compares."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from desktop import demo
from tests.gui.pictures import NAMES, SIZES, sheet, take

MOST_BYTES = 4_000_000


def test_each_picture_of_the_main_job_is_taken(qtbot: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHENGXIAN_CONFIG", str(tmp_path / "config"))
    demo.make(tmp_path / "office", items=60)
    shown = tmp_path / "pictures"
    shown.mkdir()
    taken = list(filter(None, take(shown, tmp_path / "office", ["14pt"])))
    assert taken and set(taken) == {name for name in NAMES if name.endswith("-14pt.png")}
    for name in taken:
        with Image.open(shown / name) as picture:
            assert name.startswith("paste") or picture.size == SIZES["14pt"][:2]
    with Image.open(sheet(shown, columns=3, wide=200)) as whole:
        assert whole.width == 600 and whole.height > 300


def test_the_pictures_under_tests_stay_small(checkout: Path) -> None:
    found = list((checkout / "tests").rglob("*.png"))
    assert found and sum(path.stat().st_size for path in found) <= MOST_BYTES
