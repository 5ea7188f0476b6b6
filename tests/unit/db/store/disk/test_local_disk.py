"""A book lies on a disk of this machine, and nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from db.errors import BadInput
from db.store.disk import local_disk
from db.store.disk.local_disk import Place, classify_windows, look_linux, require_local

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="made-up /proc and /sys")


def _mounts(room: Path, *lines: str) -> Path:
    path = room / "mounts"
    path.write_text("/dev/sda1 / ext4 rw 0 0\n" + "\n".join(lines) + "\n", "utf-8")
    return path


def _disk(
    room: Path, where: str, number: str, *, removable: str = "0", part: str = "", kind: str = ""
) -> Path:
    """A made-up /sys with one disk (and a partition of it)."""
    sys_root = room / "sys"
    disk = sys_root / "devices" / where
    disk.mkdir(parents=True)
    (disk / "removable").write_text(f"{removable}\n")
    if kind:
        (disk / "device").mkdir()
        (disk / "device" / "type").write_text(f"{kind}\n")
    real = disk
    if part:
        real = disk / part
        real.mkdir()
    (sys_root / "dev" / "block").mkdir(parents=True, exist_ok=True)
    (sys_root / "dev" / "block" / number).symlink_to(real)
    return sys_root


@pytest.mark.parametrize(
    "line",
    ["//server/share {p} cifs rw 0 0", "server:/home {p} nfs4 rw 0 0", "me@host:/ {p} fuse.sshfs rw 0 0"],
)
def test_network_shares_are_known(tmp_path: Path, line: str) -> None:
    share = tmp_path / "share" / "台账"
    share.mkdir(parents=True)
    mounts = _mounts(tmp_path, line.format(p=tmp_path / "share"))
    assert look_linux(share, mounts, device="9:9").kind == "network"
    assert look_linux(share / "not" / "yet", mounts, device="9:9").kind == "network"
    assert look_linux(tmp_path, mounts, device="9:9").kind == "local"


def test_a_mount_point_with_spaces_and_a_mount_over_a_mount(tmp_path: Path) -> None:
    point = tmp_path / "my share"
    point.mkdir()
    name = str(point).replace(" ", "\\040")
    assert look_linux(point, _mounts(tmp_path, f"srv:/a {name} nfs rw 0 0"), device="9:9").kind == "network"
    over = _mounts(tmp_path, f"srv:/a {name} nfs rw 0 0", f"/dev/sdb1 {name} ext4 rw 0 0")
    assert look_linux(point, over, device="9:9").kind == "local"


def test_a_stick_says_removable(tmp_path: Path) -> None:
    sys_root = _disk(tmp_path, "pci0000:00/ata9/sdz", "9:1", removable="1", part="sdz1")
    assert look_linux(tmp_path, _mounts(tmp_path), sys_root, device="9:1").kind == "removable"


def test_a_usb_hard_disk_does_not_say_so_but_is(tmp_path: Path) -> None:
    sys_root = _disk(tmp_path, "pci0000:00/usb2/2-1/host6/block/sdz", "9:1", part="sdz1", kind="0")
    assert look_linux(tmp_path, _mounts(tmp_path), sys_root, device="9:1").kind == "removable"


@pytest.mark.parametrize(("kind", "expected"), [("SD", "removable"), ("MMC", "local")])
def test_a_memory_card_is_carried_about_a_soldered_one_is_not(
    tmp_path: Path, kind: str, expected: str
) -> None:
    sys_root = _disk(
        tmp_path, "platform/mmc_host/mmc0/mmc0:1/block/mmcblk0", "9:1", part="mmcblk0p1", kind=kind
    )
    assert look_linux(tmp_path, _mounts(tmp_path), sys_root, device="9:1").kind == expected


def test_an_encrypted_stick_is_seen_through(tmp_path: Path) -> None:
    sys_root = _disk(tmp_path, "pci0000:00/usb1/1-1/block/sdz", "9:1")
    mapped = sys_root / "devices" / "virtual" / "block" / "dm-0"
    (mapped / "slaves").mkdir(parents=True)
    (mapped / "slaves" / "sdz").symlink_to(sys_root / "devices/pci0000:00/usb1/1-1/block/sdz")
    (sys_root / "dev" / "block" / "253:0").symlink_to(mapped)
    assert look_linux(tmp_path, _mounts(tmp_path), sys_root, device="253:0").kind == "removable"


def test_an_internal_disk_is_local_and_fat_is_not(tmp_path: Path) -> None:
    sys_root = _disk(tmp_path, "pci0000:00/ata1/host0/block/sda", "9:1", part="sda1", kind="0")
    assert look_linux(tmp_path, _mounts(tmp_path), sys_root, device="9:1").kind == "local"
    fat = _mounts(tmp_path, f"/dev/sda9 {tmp_path} vfat rw 0 0")
    assert look_linux(tmp_path, fat, sys_root, device="9:1").kind == "fat"


def test_what_cannot_be_found_out_is_local(tmp_path: Path) -> None:
    assert look_linux(tmp_path, tmp_path / "none", tmp_path / "none").kind == "local"
    assert look_linux(tmp_path, _mounts(tmp_path), tmp_path / "none", device="9:9").kind == "local"


@pytest.mark.parametrize(
    ("drive", "system", "expected"),
    [
        (3, "NTFS", "local"),
        (2, "NTFS", "removable"),
        (4, "", "network"),
        (5, "CDFS", "removable"),
        (3, "FAT32", "fat"),
        (3, "exFAT", "fat"),
        (6, "NTFS", "local"),
    ],
)
def test_drives_of_windows(drive: int, system: str, expected: str) -> None:
    assert classify_windows(drive, "E:\\", system).kind == expected


@pytest.mark.parametrize(
    ("kind", "reason"), [("network", "网络共享"), ("removable", "U 盘"), ("fat", "格式")]
)
def test_the_reason_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, reason: str) -> None:
    monkeypatch.setattr(local_disk, "look", lambda folder: Place(kind, "/", "vfat"))
    with pytest.raises(BadInput, match=reason) as refused:
        require_local(tmp_path)
    assert "本机硬盘" in refused.value.message


def test_this_machines_disk_is_taken(tmp_path: Path) -> None:
    require_local(tmp_path)
