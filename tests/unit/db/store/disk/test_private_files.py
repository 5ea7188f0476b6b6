"""Books, keys, backups and copies are nobody else's to read or copy."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from db import office
from db.safety import restore

pytestmark = pytest.mark.skipif(os.name == "nt", reason="rights by mode are not Windows'")
PASSWORD = "zhengxian-demo"


def modes(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): stat.S_IMODE(p.stat().st_mode) for p in (folder, *folder.rglob("*"))}


def all_private(folder: Path) -> bool:
    return all(mode & 0o077 == 0 for mode in modes(folder).values())


@pytest.fixture(autouse=True)
def usual_mask() -> object:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_what_an_office_keeps_is_its_own(tmp_path: Path) -> None:
    folder, stick = tmp_path / "office", tmp_path / "stick"
    folder.mkdir(mode=0o755)
    stick.mkdir(mode=0o755)
    session, _ = office.create_office(folder, "云川市作风办", "city", "admin", PASSWORD)
    session.add("unit", {"name": "清禾区政府"})
    backup = office.make_backup(session, stick)
    office.make_backup(session)
    session.close()
    assert all_private(folder), modes(folder)
    assert stat.S_IMODE(backup.path.stat().st_mode) == 0o600
    other = tmp_path / "restored"
    restore.restore_office(backup.path, other, "admin", PASSWORD)
    office.open_office(other, "admin", PASSWORD).close()
    assert all_private(other), modes(other)


@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022])
def test_what_is_made_under_any_mask_is_its_own(tmp_path: Path, mask: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHENGXIAN_CONFIG", str(tmp_path / "config"))
    tmp_path.chmod(0o777)
    os.umask(mask)
    session, _ = office.create_office(tmp_path / "office", "云川市作风办", "city", "admin", PASSWORD)
    session.add("unit", {"name": "清禾区政府"})
    office.make_backup(session)
    session.close()
    for folder in ("office", "config"):
        assert all_private(tmp_path / folder), modes(tmp_path / folder)


def test_an_open_folder_of_before_is_closed_when_it_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    session, _ = office.create_office(folder, "云川市作风办", "city", "admin", PASSWORD)
    office.make_backup(session)
    session.close()
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o755 if path.is_dir() else 0o644)
    office.open_office(folder, "admin", PASSWORD).close()
    assert all_private(folder), modes(folder)


def test_a_folder_that_a_group_writes_in_stays_the_groups(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    office.create_office(folder, "云川市作风办", "city", "admin", PASSWORD)[0].close()
    folder.chmod(0o775)
    office.open_office(folder, "admin", PASSWORD).close()
    assert modes(folder)["."] == 0o770 and modes(folder)["office.db"] == 0o660
