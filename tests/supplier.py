"""Whoever supplies the program, for tests: the tool that signs packages, and keys for it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from nacl.pwhash import scrypt

from desktop import updates

TOOL = Path(__file__).resolve().parent.parent / "installers" / "sign.py"


@pytest.fixture(name="supplier")
def supplier_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tool that signs, with keys in `keys`; the program has the public one."""
    spec = importlib.util.spec_from_file_location("sign", TOOL)
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    monkeypatch.setattr(scrypt, "OPSLIMIT_SENSITIVE", scrypt.OPSLIMIT_INTERACTIVE)
    monkeypatch.setattr(scrypt, "MEMLIMIT_SENSITIVE", scrypt.MEMLIMIT_INTERACTIVE)
    monkeypatch.setenv("ZHENGXIAN_SIGNING_PASSWORD", "supplier-password")
    monkeypatch.setattr(updates, "KINDS", (".deb",))
    tool.make_keys(tmp_path / "keys")
    there = SimpleNamespace(path=lambda *parts: tmp_path / "keys" / "zhengxian.pub")
    monkeypatch.setattr(updates, "resources", there)
    return tool
