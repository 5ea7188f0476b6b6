"""The program's declarations come from its own folder alone; their compiled form follows the files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import resources
from db.metrics import figure_registry
from db.model import builtin, declaration_files
from desktop.bulletin.report import declaration


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("kinds", "lifecycles", "choices"):
        shutil.copytree(resources.path(part), tmp_path / "resources" / part)
    return tmp_path / "resources"


def test_the_compiled_form_says_what_the_files_say(folder: Path) -> None:
    first, second = builtin.read(folder), builtin.read(folder)
    assert (folder / builtin.COMPILED).exists()
    assert list(first) == list(second) and first.lifecycles == second.lifecycles and first.choice_lists == second.choice_lists


def test_figures_and_reports_made_ready_are_those_of_the_files(tmp_path: Path) -> None:
    for part in ("figures", "reports"):
        shutil.copytree(resources.path(part), tmp_path / part)
    kinds = builtin.kinds()
    made = [(list(figure_registry.load(tmp_path / "figures", kinds)), declaration.load_reports.__wrapped__(tmp_path / "reports")) for _ in "12"]
    assert (tmp_path / "figures.json").exists() and (tmp_path / "reports.json").exists() and made[0] == made[1]
    file = tmp_path / "figures" / "work.toml"
    file.write_text(file.read_text("utf-8").replace('label = "', 'label = "另', 1), encoding="utf-8")
    changed = [now.label for now, before in zip(figure_registry.load(tmp_path / "figures", kinds), made[0][0], strict=True) if now != before]
    assert changed and all(label.startswith("另") for label in changed)


def test_a_changed_file_is_followed(folder: Path) -> None:
    builtin.read(folder)
    file = folder / "kinds" / "rectification.toml"
    status = file.stat()
    file.write_text(file.read_text("utf-8").replace("整改清单", "整治清单", 1), encoding="utf-8")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert builtin.read(folder).get("rectification").label == "整治清单"


@pytest.mark.parametrize("spoiled", [b"", b"nonsense", None])
def test_a_compiled_form_that_was_changed_counts_for_nothing(folder: Path, spoiled: bytes | None) -> None:
    given = builtin.read(folder)
    file = folder / builtin.COMPILED
    file.write_bytes(file.read_bytes().replace(b'"not_by"', b'"_ot_by"') if spoiled is None else spoiled)
    assert list(builtin.read(folder)) == list(given) and builtin.read(folder).lifecycles == given.lifecycles


def test_a_folder_that_cannot_be_written_is_only_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(declaration_files.tempfile, "mkstemp", refuse)
    assert len(builtin.read(folder)) > 50
    assert sorted(p.name for p in folder.iterdir()) == ["choices", "kinds", "lifecycles"]


def test_no_file_among_the_users_own_changes_a_rule(tmp_path: Path) -> None:
    """The attack: the second person who closes out an item is edited away in the home folder."""
    loose = builtin.read(resources.path())
    cycles = [
        msgspec.structs.replace(c, actions=tuple(msgspec.structs.replace(a, not_by=None, not_by_writers=()) for a in c.actions))
        for c in loose.lifecycles
    ]
    kept = {"kinds": list(loose), "lifecycles": cycles, "lists": dict(loose.choice_lists)}
    env = os.environ | {"HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    ask = [
        sys.executable, "-c",
        "from db.model import builtin; print([a.not_by for a in builtin.kinds().lifecycle('close_out').actions if a.not_by])",
    ]  # fmt: skip
    before = subprocess.run(ask, env=env, capture_output=True, text=True, check=True).stdout
    for folder in {Path(env.get("XDG_CACHE_HOME", "")), tmp_path / ".cache", tmp_path}:
        # by what state earlier programs knew it, too: nothing there is read, whatever it says
        for old in folder.rglob("declarations.json"):
            head, _, _ = old.read_bytes().partition(b"\n")
            old.write_bytes(head + b"\n" + msgspec.json.encode(kept))
    assert subprocess.run(ask, env=env, capture_output=True, text=True, check=True).stdout == before != "[]\n"
