"""An update from a stick is taken when the supplier signed it and it is newer, and not otherwise."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import desktop
from db.errors import BadInput, WorkFailed
from desktop import updates
from tests.supplier import supplier_fixture  # noqa: F401  (a fixture)

NEWER = "zhengxian_99.0.0_amd64.deb"


def _package(tmp_path: Path, name: str = NEWER, content: bytes = b"package" * 500_000) -> Path:
    (tmp_path / "stick").mkdir(exist_ok=True)
    file = tmp_path / "stick" / name
    file.write_bytes(content)
    return file


def _signed(tool: ModuleType, tmp_path: Path, name: str = NEWER) -> Path:
    package = _package(tmp_path, name)
    tool.main(["sign", str(tmp_path / "keys" / "zhengxian.key"), str(package)])
    return package


def test_a_newer_signed_package_is_copied_and_the_steps_are_told(
    supplier: ModuleType, tmp_path: Path
) -> None:
    package, told = _signed(supplier, tmp_path), []
    found = updates.take(package, tmp_path / "here", lambda done, size: told.append((done, size)))
    assert found.version == "99.0.0"
    assert found.file.read_bytes() == package.read_bytes()
    assert str(found.file) in found.steps and "apt install" in found.steps
    assert told[-1] == (package.stat().st_size, package.stat().st_size)


def _flipped(file: Path) -> None:
    held = bytearray(file.read_bytes())
    held[len(held) // 2] ^= 1
    file.write_bytes(bytes(held))


def _renamed_version(file: Path) -> None:
    sheet = file.with_name(file.name + updates.SIGNATURE)
    sheet.write_text(sheet.read_text("utf-8").replace("version:99.0.0", "version:99.0.1"), "utf-8")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_flipped, "与签名不符"),
        (_renamed_version, "与签名不符"),
        (lambda file: file.with_name(file.name + ".minisig").unlink(), "旁边没有签名文件"),
        (lambda file: file.with_name(file.name + ".minisig").write_bytes(b"x\n"), "不完整"),
    ],
    ids=["package changed", "version changed", "no signature", "signature cut short"],
)
def test_what_is_not_as_signed_is_refused_and_leaves_nothing(
    supplier: ModuleType, tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    package = _signed(supplier, tmp_path)
    harm(package)
    with pytest.raises(BadInput, match=said):
        updates.take(package, tmp_path / "here")
    assert not list((tmp_path / "here").glob("*"))


@pytest.mark.parametrize(
    ("version", "said"), [("0.0.9", "旧"), (desktop.__version__, "不用更新")]
)
def test_an_older_package_and_the_same_are_refused(
    supplier: ModuleType, tmp_path: Path, version: str, said: str
) -> None:
    package = _signed(supplier, tmp_path, f"zhengxian_{version}_amd64.deb")
    with pytest.raises(BadInput, match=said):
        updates.take(package, tmp_path / "here")
    assert not list((tmp_path / "here").glob("*"))


def test_an_old_package_under_a_new_name_is_still_old(supplier: ModuleType, tmp_path: Path) -> None:
    package = _signed(supplier, tmp_path, "zhengxian_0.0.9_amd64.deb")
    renamed = package.rename(package.with_name(NEWER))
    package.with_name(package.name + ".minisig").rename(renamed.with_name(NEWER + ".minisig"))
    with pytest.raises(BadInput, match=r"0\.0\.9"):
        updates.take(renamed, tmp_path / "here")


def test_another_suppliers_package_is_refused(supplier: ModuleType, tmp_path: Path) -> None:
    package = _package(tmp_path)
    supplier.make_keys(tmp_path / "others")
    supplier.main(["sign", str(tmp_path / "others" / "zhengxian.key"), str(package)])
    with pytest.raises(BadInput, match="供应单位"):
        updates.take(package, tmp_path / "here")


def test_a_package_for_other_machines_and_a_program_without_a_key_say_so(
    supplier: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInput, match="不是这台电脑用的"):
        updates.take(_package(tmp_path, "zhengxian-99.0.0-setup.exe"), tmp_path / "here")
    monkeypatch.setattr(updates.resources, "path", lambda *parts: tmp_path / "nothing")
    with pytest.raises(WorkFailed, match="没有供应单位的公钥"):
        updates.take(_signed(supplier, tmp_path), tmp_path / "here")


def test_a_wrong_password_signs_nothing(
    supplier: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = _package(tmp_path)
    monkeypatch.setenv("ZHENGXIAN_SIGNING_PASSWORD", "another-password")
    with pytest.raises(SystemExit, match="密码不对"):
        supplier.main(["sign", str(tmp_path / "keys" / "zhengxian.key"), str(package)])
    assert not package.with_name(NEWER + ".minisig").exists()


def test_minisign_reads_what_is_signed_here(
    supplier: ModuleType, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    package = _signed(supplier, tmp_path)
    public = tmp_path / "keys" / "zhengxian.pub"
    run = subprocess.run(
        [tool("minisign"), "-Vm", package, "-p", public], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "version:99.0.0" in run.stdout


def test_a_backup_named_alone_opens_the_window_with_its_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from desktop import app, cli

    opened: list[tuple[object, ...]] = []
    monkeypatch.setattr(app, "run_window", lambda *given: opened.append(given) or 0)
    (backup := tmp_path / "台账.zxb").write_bytes(b"")
    assert cli.main([str(backup)]) == 0
    assert cli.main(["--data", str(tmp_path), "--user", "admin", str(backup)]) == 0
    assert opened == [(None, None, backup), (tmp_path, "admin", backup)]
    assert cli.main([str(tmp_path / "gone.zxb")]) == 2
    assert "找不到备份" in capsys.readouterr().err
    assert cli.main(["backup", str(backup)]) == 2 and len(opened) == 2
