"""Where a book may lie: on a disk of this machine. Never on a stick or a network share, and the
reason is said.

A stick is pulled out while the book is open, FAT keeps no promise about what was flushed, and on a
network share the locks that keep two machines apart do not hold; each has cost people whole
databases.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from pathlib import Path

import msgspec

from db.errors import BadInput

_NETWORK = frozenset(
    {
        "nfs",
        "nfs3",
        "nfs4",
        "cifs",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "coda",
        "ceph",
        "glusterfs",
    }
    | {
        "lustre",
        "gfs2",
        "ocfs2",
        "beegfs",
        "davfs",
        "davfs2",
        "orangefs",
        "pvfs2",
        "fuse.sshfs",
        "fuse.davfs",
    }
    | {
        "fuse.davfs2",
        "fuse.glusterfs",
        "fuse.ceph",
        "fuse.gvfsd-fuse",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.mfs",
    }
    | {"fuse.curlftpfs", "fuse.smbnetfs"}
)
_FAT = frozenset({"vfat", "msdos", "fat", "exfat", "fuse.exfat", "umsdos", "texfat"})

_ADVICE = "请把台账建在本机硬盘上（如“文档”文件夹），需要带走时用“备份”或“导出”。"


class Place(msgspec.Struct, frozen=True):
    """What a path lies on; ``kind`` is local, removable, network or fat."""

    kind: str
    mount_point: str = ""
    file_system: str = ""


def require_local(folder: Path) -> None:
    """``BadInput`` with the reason when the folder lies on a stick, a network share, or a FAT file
    system."""
    place = look(folder)
    name = f"“{folder}”"
    if place.kind == "network":
        raise BadInput(
            f"{name}在网络共享（{place.file_system}）上，多台电脑同时写会损坏台账，"
            f"不能放在这里。{_ADVICE}",
            field="folder",
        )
    if place.kind == "removable":
        raise BadInput(
            f"{name}在 U 盘或移动硬盘上，拔出时会损坏台账，不能放在这里。{_ADVICE}", field="folder"
        )
    if place.kind == "fat":
        raise BadInput(
            f"{name}所在磁盘的格式是 {place.file_system}，断电时会丢失已保存的内容，"
            f"不能放在这里。{_ADVICE}",
            field="folder",
        )


def look(folder: Path) -> Place:
    """What the folder (which need not exist yet) lies on. What cannot be found out counts as
    local."""
    if sys.platform == "win32":  # pragma: no cover
        return _look_windows(folder)
    return look_linux(folder)


_PORTABLE = re.compile(r"usb\d+|mmc_host|ieee1394|firewire")


def look_linux(
    folder: Path,
    mounts: Path = Path("/proc/self/mounts"),
    sys_root: Path = Path("/sys"),
    *,
    device: str | None = None,
) -> Place:
    """The same on Linux, from the table of mounts and what the kernel tells of the block device.

    ``device`` ("major:minor") stands in for the folder's own in tests.
    """
    existing = Path(os.path.realpath(folder))  # links in a circle are no path, and no fault
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    mounted = _mount_of(existing, mounts)
    if mounted is None:
        return Place("local")
    point, kind, source = mounted
    if kind in _NETWORK:
        return Place("network", point, kind)
    if device is None:
        device = _number(existing, source)
    if device != _number(Path("/"), "") and _removable(
        sys_root / "dev" / "block" / device, depth=0
    ):
        return Place("removable", point, kind)
    if kind in _FAT:
        return Place("fat", point, kind)
    return Place("local", point, kind)


def _mount_of(existing: Path, mounts: Path) -> tuple[str, str, str] | None:
    """The mount that holds a folder: its point, kind and source."""
    try:
        table = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    best: tuple[str, str, str] | None = None
    for line in table:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m.group(1), 8)), parts[1])
        inside = Path(point) in (existing, *existing.parents)
        # Of two mounts on the same point the later one covers the earlier.
        if inside and (best is None or len(point) >= len(best[0])):
            best = (point, parts[2], parts[0])
    return best


def _number(path: Path, source: str) -> str:
    """The block device as "major:minor": the mount's source, as btrfs and FUSE number their files
    otherwise."""
    number = path.stat().st_dev
    with contextlib.suppress(OSError):
        if source.startswith("/dev/") and Path(source).is_block_device():
            number = Path(source).stat().st_rdev
    return f"{os.major(number)}:{os.minor(number)}"


def _removable(block: Path, depth: int) -> bool:
    """Whether a block device, the disk it is a part of, or (encrypted, LVM) a device under it can
    be pulled out."""
    if depth > 4 or not block.exists():
        return False
    real = block.resolve()
    # A card reader's disk and a USB hard disk say "removable: 0", yet they are carried about; a
    # soldered eMMC is on the mmc bus too and says so by its type.
    if any(map(_PORTABLE.fullmatch, real.parts)) and _device_type(real) != "MMC":
        return True
    if any(_text(p / "removable") == "1" for p in (real, real.parent)):
        return True
    slaves = real / "slaves"
    if not slaves.is_dir():
        return False
    return any(_removable(slave, depth + 1) for slave in slaves.iterdir())


def _device_type(real: Path) -> str | None:
    """What the nearest device above says that it is; None where none does."""
    for place in (real, *real.parents):
        if (place / "device" / "type").exists():
            return _text(place / "device" / "type")
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""


if sys.platform == "win32":  # pragma: no cover
    import ctypes

    def _look_windows(folder: Path) -> Place:
        existing = folder.absolute()
        while not existing.exists() and existing != existing.parent:
            existing = existing.parent
        resolved = existing.resolve()  # a mapped drive resolves to its \\server\share
        if str(resolved).startswith("\\\\") and not str(resolved).startswith("\\\\?\\"):
            return Place("network", str(resolved.anchor), "SMB")
        kernel = ctypes.windll.kernel32
        # The volume the folder lies on: a stick can be mounted in a folder of C:.
        volume = ctypes.create_unicode_buffer(1024)
        found = kernel.GetVolumePathNameW(ctypes.c_wchar_p(str(resolved)), volume, len(volume))
        root = volume.value if found else str(resolved.anchor)
        system = ctypes.create_unicode_buffer(64)
        kernel.GetVolumeInformationW(
            ctypes.c_wchar_p(root), None, 0, None, None, None, system, len(system)
        )
        return classify_windows(kernel.GetDriveTypeW(ctypes.c_wchar_p(root)), root, system.value)


def classify_windows(drive_type: int, root: str, file_system: str) -> Place:
    """A drive type of ``GetDriveTypeW`` (2 removable, 3 fixed, 4 remote, 5 CD-ROM, 6 RAM disk) and
    a file system."""
    if drive_type == 4:
        return Place("network", root, file_system or "SMB")
    if drive_type in (2, 5):
        return Place("removable", root, file_system)
    if file_system.upper() in ("FAT", "FAT12", "FAT16", "FAT32", "EXFAT"):
        return Place("fat", root, file_system)
    return Place("local", root, file_system)
