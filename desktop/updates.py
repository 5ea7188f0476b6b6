"""An update that came on a stick: a package, and beside it the signature of the office's supplier.

The signature is a file of minisign (the package's name with ``.minisig``), made by its program or
by ``installers/sign.py``: Ed25519 over the BLAKE2b digest of the package, and once more over that
and the comment, which names the version. What is verified is a copy on this machine, so that a
stick which is changed or drawn afterwards changes nothing; the program installs nothing itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

import desktop
import resources
from db.errors import BadInput, WorkFailed
from db.store.disk.disk_errors import disk_errors

KEY = "supplier.pub"
"""In resources: the supplier's public key, put there where the program is packed."""
SIGNATURE = ".minisig"
KINDS = ("-setup.exe",) if sys.platform == "win32" else (".deb", ".tar.xz")
FILTER = f"争先台账安装包 ({' '.join(f'*{kind}' for kind in KINDS)})"
_VERSION = re.compile(r"\bversion:(\d+(?:\.\d+)*)(?!\S)")
_CHUNK = 1 << 20


class Update(msgspec.Struct, frozen=True):
    """A package that was verified, and where its copy lies."""

    version: str
    file: Path

    @property
    def steps(self) -> str:
        """What the person does next; the program cannot replace itself while it runs."""
        if self.file.name.endswith(".exe"):
            return f"请关闭本程序，双击“{self.file}”，按提示一路“下一步”。台账不用动。"
        if self.file.name.endswith(".deb"):
            return (
                f"请关闭本程序，双击“{self.file}”，点“安装”，输入管理员密码；"
                f"或请管理员运行：sudo apt install {self.file}。台账不用动。"
            )
        return f"请关闭本程序，解开“{self.file}”，换掉原来的程序文件夹。台账不用动。"


def take(package: Path, folder: Path, step: Callable[[int, int], None] | None = None) -> Update:
    """Copy a package into ``folder`` and verify the copy. ``step`` is told bytes done and in all.

    Raises ``BadInput`` for what is not an update for this machine, not signed by the supplier, or
    not newer than this program (no copy stays), ``WorkFailed`` when this program has no key.
    """
    if not package.name.endswith(KINDS):
        kinds = "、".join(KINDS)
        raise BadInput(f"“{package.name}”不是这台电脑用的安装包，文件名应以 {kinds} 结尾。")
    key = _public_key()
    sheet = package.with_name(package.name + SIGNATURE)
    if not sheet.is_file():
        raise BadInput(f"“{package.name}”旁边没有签名文件“{sheet.name}”，请一起拷来，放在一起。")
    with disk_errors(sheet.name):
        signature = sheet.read_bytes()[:4096]
    copy = folder / package.name
    part = folder / f"{package.name}.part"
    try:
        with disk_errors(package.name):
            digest = _copied(package, part, step)
        version = _signed_version(key, digest, signature, package.name)
        _require_newer(version, package.name)
        with disk_errors(copy.name):
            part.replace(copy)
    finally:
        part.unlink(missing_ok=True)
    return Update(version, copy)


def _copied(package: Path, target: Path, step: Callable[[int, int], None] | None) -> bytes:
    """Copy and digest in one pass: what is digested is what was written."""
    size, done, digest = package.stat().st_size, 0, hashlib.blake2b()
    target.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(target.parent).free < size + _CHUNK:
        raise WorkFailed(f"磁盘空间不足，没有拷贝安装包：需要约 {-(-size // _CHUNK)} MB。")
    with package.open("rb") as read, target.open("wb") as write:
        while chunk := read.read(_CHUNK):
            write.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            if step is not None:
                step(done, size)
    return digest.digest()


def _public_key() -> tuple[bytes, VerifyKey]:
    """The key's number and the key."""
    file = resources.path(KEY)
    if not file.is_file():
        raise WorkFailed(
            "这个程序里没有供应单位的公钥，核对不了安装包。请向给您程序的单位当面要新的安装包，"
            "用系统的软件安装程序安装。"
        )
    held = _decoded(file.read_bytes().split(b"\n")[1:2], 42)
    if held is None or held[:2] != b"Ed":
        raise WorkFailed("程序里供应单位的公钥坏了，请重新安装程序。")
    return held[2:10], VerifyKey(held[10:])


def _decoded(lines: list[bytes], size: int) -> bytes | None:
    """What stands in one line of base64, if it is just so long."""
    try:
        found = base64.b64decode(lines[0].strip(), validate=True) if lines else b""
    except binascii.Error:
        return None
    return found if len(found) == size else None


def _signed_version(
    key: tuple[bytes, VerifyKey], digest: bytes, signature: bytes, name: str
) -> str:
    """The version that the supplier signed this package as."""
    lines = signature.replace(b"\r\n", b"\n").split(b"\n")
    first, second = _decoded(lines[1:2], 74), _decoded(lines[3:4], 64)
    comment = lines[2].removeprefix(b"trusted comment: ") if len(lines) > 2 else b""
    if first is None or second is None or first[:2] != b"ED":
        raise BadInput(f"“{name}”的签名文件不完整，没有采用。请重新拷贝安装包和签名。")
    number, public = key
    if first[2:10] != number:
        raise BadInput(f"“{name}”不是这个程序的供应单位签的，没有采用。请勿安装。")
    try:
        public.verify(digest, first[10:])
        public.verify(first[10:] + comment, second)
    except BadSignatureError:
        raise BadInput(
            f"“{name}”与签名不符：拷贝时坏了，或被改动过，没有采用。请重新拷贝。"
        ) from None
    found = _VERSION.search(comment.decode("utf-8", "replace"))
    if found is None:
        raise BadInput(f"“{name}”的签名没有写明版本，没有采用。请告诉供应单位。")
    return found[1]


def _require_newer(version: str, name: str) -> None:
    now = desktop.__version__
    if _numbers(version) == _numbers(now):
        raise BadInput(f"“{name}”就是正在用的 {now} 版，不用更新。")
    if _numbers(version) < _numbers(now):
        raise BadInput(f"“{name}”是 {version} 版，比正在用的 {now} 版旧，没有采用。")


def _numbers(version: str) -> tuple[int, ...]:
    found = [int(part) for part in version.split(".")]
    while found and not found[-1]:
        found.pop()
    return tuple(found)
