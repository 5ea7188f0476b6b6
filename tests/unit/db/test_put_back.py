"""A whole folder copied away and put back in place, on the same machine: no counter of a site is ever used twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from db import office
from db.machine import config_dir

PASSWORD = "yunchuan-2022"


def _written(folder: Path, name: str) -> tuple[str, int]:
    """Add a unit; the site that wrote it, and its counter."""
    session = office.open_office(folder, "admin", PASSWORD)
    try:
        session.add("unit", {"name": name})
        book = session.book_of("unit")
        return book.site, int(book.meta("counter") or 0)
    finally:
        session.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    session, _ = office.create_office(tmp_path / "office", "云川市能力作风建设年活动办公室", "city", "admin", PASSWORD)
    session.close()
    return tmp_path / "office"


@pytest.mark.parametrize("emptied", [True, False], ids=["deleted and copied back", "copied over"])
def test_a_folder_put_back_in_place_takes_a_new_site(folder: Path, tmp_path: Path, emptied: bool) -> None:
    site, _ = _written(folder, "安平县")
    assert _written(folder, "清河区")[0] == site
    shutil.copytree(folder, tmp_path / "away")
    assert _written(folder, "云川市教育局")[0] == site  # sent to others, then forgotten here
    if emptied:
        shutil.rmtree(folder)
    shutil.copytree(tmp_path / "away", folder, dirs_exist_ok=True)
    again = _written(folder, "云川市财政局")[0]
    assert again != site
    assert _written(folder, "云川市民政局")[0] == again  # once, not at every opening


def test_a_copy_made_while_the_program_was_open_is_known_too(folder: Path, tmp_path: Path) -> None:
    _written(folder, "安平县")
    session = office.open_office(folder, "admin", PASSWORD)
    session.add("unit", {"name": "清河区"})
    site = session.book_of("unit").site
    shutil.copytree(folder, tmp_path / "away")
    session.add("unit", {"name": "云川市教育局"})
    session.close()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "away", folder)
    assert _written(folder, "云川市财政局")[0] != site


def test_two_people_of_one_machine_keep_one_site(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first, _ = _written(folder, "安平县")
    for turn in range(3):
        for person in ("lihua", "wangjing"):
            monkeypatch.setenv("ZHENGXIAN_CONFIG", str(tmp_path / person))
            assert _written(folder, f"{person}{turn}")[0] == first


def test_nothing_but_two_numbers_is_kept_and_a_broken_file_means_never_seen(folder: Path) -> None:
    site, counter = _written(folder, "安平县")
    files = [file for file in (config_dir() / "books").iterdir() if file.name.endswith("office")]
    assert [len(file.read_text("ascii").split()) for file in files] == [2]
    assert int(files[0].read_text("ascii").split()[1]) == counter
    files[0].write_text("???", "ascii")
    assert _written(folder, "清河区")[0] == site
