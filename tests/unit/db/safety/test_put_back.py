"""A whole folder copied away and put back in place, on the same machine: no counter of a site is ever used twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from db import office
from db.safety import restore
from db.store.disk.platform_folders import config_dir

PASSWORD = "qingshan-lvshui-7"


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
    site, _ = _written(folder, "安坪县")
    assert _written(folder, "清禾区")[0] == site
    shutil.copytree(folder, tmp_path / "away")
    assert _written(folder, "云川市教育局")[0] == site  # sent to others, then forgotten here
    if emptied:
        shutil.rmtree(folder)
    shutil.copytree(tmp_path / "away", folder, dirs_exist_ok=True)
    again = _written(folder, "云川市财政局")[0]
    assert again != site
    assert _written(folder, "云川市民政局")[0] == again  # once, not at every opening


def test_a_copy_made_while_the_program_was_open_is_known_too(folder: Path, tmp_path: Path) -> None:
    _written(folder, "安坪县")
    session = office.open_office(folder, "admin", PASSWORD)
    session.add("unit", {"name": "清禾区"})
    site = session.book_of("unit").site
    shutil.copytree(folder, tmp_path / "away")
    session.add("unit", {"name": "云川市教育局"})
    session.close()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "away", folder)
    assert _written(folder, "云川市财政局")[0] != site


def test_two_people_of_one_machine_keep_one_site(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first, _ = _written(folder, "安坪县")
    for turn in range(3):
        for person in ("lihua", "wangjing"):
            monkeypatch.setenv("ZHENGXIAN_CONFIG", str(tmp_path / person))
            assert _written(folder, f"{person}{turn}")[0] == first


def test_nothing_but_two_numbers_is_kept_and_a_broken_file_means_never_seen(folder: Path) -> None:
    site, counter = _written(folder, "安坪县")
    files = [file for file in (config_dir() / "books").iterdir() if file.name.endswith("office")]
    assert [len(file.read_text("ascii").split()) for file in files] == [3]
    assert int(files[0].read_text("ascii").split()[1]) == counter
    files[0].write_text("???", "ascii")
    assert _written(folder, "清禾区")[0] == site


def test_what_was_seen_is_the_counter_of_the_book_after_each_write(folder: Path) -> None:
    session = office.open_office(folder, "admin", PASSWORD)
    (seen,) = [file for file in (config_dir() / "books").iterdir() if file.name.endswith("office")]
    book = session.office

    def kept() -> tuple[int, int]:
        return int(seen.read_text("ascii").split()[1]), int(book.meta("counter") or 0)

    try:
        session.add("unit", {"name": "安坪县"})
        assert kept()[0] == kept()[1] > 0
        with pytest.raises(RuntimeError), session.atomic("form", "写到一半"):
            session.add("unit", {"name": "清禾区"})
            raise RuntimeError
        with session.atomic("form", "什么也没写"):
            pass
        assert kept()[0] == kept()[1]
        with book.atomic("admin"):
            book.next_counter(5)
        assert kept()[0] == kept()[1]
        book.renew_site("admin")
        assert kept()[0] == kept()[1]
        session.add("unit", {"name": "云川市教育局"})
        assert kept()[0] == kept()[1]
    finally:
        session.close()


@pytest.mark.parametrize("keep", [0.0, 0.5], ids=["gone", "cut in half"])
def test_a_log_whose_tail_was_cut_is_told_once_and_by_verify(folder: Path, tmp_path: Path, keep: float) -> None:
    """The program died with its log not yet taken into the file, and the log's end was lost on the way."""
    _written(folder, "安坪县")
    session = office.open_office(folder, "admin", PASSWORD)
    session.office.writer.execute("PRAGMA wal_autocheckpoint = 0")
    for name in ("清禾区", "云川市教育局", "云川市水利局"):
        session.add("unit", {"name": name})
    shutil.copytree(folder, tmp_path / "as it lay")
    session.close()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "as it lay", folder)
    log = folder / "office.db-wal"
    data = log.read_bytes()
    log.write_bytes(data[: int(len(data) * keep)])
    again = office.open_office(folder, "admin", PASSWORD)
    try:
        assert again.office.shortfall.startswith("office.db 比在这台电脑上最后一次看到的少了")
        assert again.verify() == [again.office.shortfall]
        again.add("unit", {"name": "云川市民政局"})
        assert again.office.connection.execute("SELECT count(*) FROM journal WHERE action = 'shortfall'").fetchone() == (1,)
    finally:
        again.close()
    session = office.open_office(folder, "admin", PASSWORD)
    assert session.office.shortfall == "" and session.verify() == []  # said once; it stands in the log of changes
    session.close()


def test_how_many_changes_are_gone_is_counted(folder: Path, tmp_path: Path) -> None:
    session = office.open_office(folder, "admin", PASSWORD)
    session.add("unit", {"name": "安坪县"})
    shutil.copytree(folder, tmp_path / "away")
    for name in ("清禾区", "云川市教育局"):
        session.add("unit", {"name": name})
    session.close()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "away", folder)
    again = office.open_office(folder, "admin", PASSWORD)
    assert "少了2 次修改" in again.office.shortfall
    again.close()


def test_a_whole_book_a_restore_and_a_copy_elsewhere_miss_nothing(folder: Path, tmp_path: Path) -> None:
    _written(folder, "安坪县")
    session = office.open_office(folder, "admin", PASSWORD)
    made = office.make_backup(session, reason="by-hand").path
    session.add("unit", {"name": "清禾区"})
    session.close()
    session = office.open_office(folder, "admin", PASSWORD)
    assert session.office.shortfall == ""
    session.close()
    restore.restore_office(made, folder, "admin", PASSWORD)
    session = office.open_office(folder, "admin", PASSWORD)
    assert session.office.shortfall == "" and session.verify() == []
    session.add("unit", {"name": "云川市教育局"})
    session.close()
    shutil.copytree(folder, tmp_path / "elsewhere")
    for place in (folder, tmp_path / "elsewhere"):
        session = office.open_office(place, "admin", PASSWORD)
        assert session.office.shortfall == ""
        session.close()


def _told(folder: Path) -> str:
    session = office.open_office(folder, "admin", PASSWORD)
    try:
        assert session.verify() == ([session.office.shortfall] if session.office.shortfall else [])
        return session.office.shortfall
    finally:
        session.close()


@pytest.mark.parametrize("mark", ["outside", "forged", "beside", "excused"])
def test_a_mark_that_is_gone_or_forged_is_told_once(folder: Path, mark: str) -> None:
    _written(folder, "安坪县")
    assert _told(folder) == ""
    (seen,) = (config_dir() / "books").glob("*-office")
    if mark == "outside":
        seen.unlink()
    elif mark == "forged":
        seen.write_text(f"{0:012d} {0:018d} {'0' * 32}\n", "ascii")
    elif mark == "beside":
        (folder / "office.opening").unlink()
    else:  # an older book, and a flag as an earlier program's restore left it
        shutil.copytree(folder, folder.parent / "away")
        _written(folder, "清禾区")
        shutil.copytree(folder.parent / "away", folder, dirs_exist_ok=True)
        (folder / "new-site-required").write_text("made up", "ascii")
    assert _told(folder)
    _written(folder, "云川市教育局")
    assert _told(folder) == ""  # once; it stands in the log of changes


def test_pages_torn_while_the_log_was_taken_in_are_no_damage(folder: Path, tmp_path: Path) -> None:
    """A power cut during a checkpoint: the file's pages are half written, the log has them whole."""
    session = office.open_office(folder, "admin", PASSWORD)
    session.office.writer.execute("PRAGMA wal_autocheckpoint = 0")
    session.add("unit", {"name": "清禾区"})
    shutil.copytree(folder, tmp_path / "as it lay")
    session.close()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "as it lay", folder)
    torn, log = bytearray((folder / "office.db").read_bytes()), (folder / "office.db-wal").read_bytes()
    for frame in range(32, len(log), 24 + 4096):
        page = (int.from_bytes(log[frame : frame + 4], "big") - 1) * 4096
        torn[page + 1024 : page + 1536] = log[frame + 24 + 1024 : frame + 24 + 1536]
    (folder / "office.db").write_bytes(torn)
    session = office.open_office(folder, "admin", PASSWORD)
    assert session.verify() == [] and session.office.count("unit") == 1
    session.close()
