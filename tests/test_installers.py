"""The scripts that install, run, test and pack the program hold together on both systems."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import subprocess
import tomllib
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from desktop import __version__

INSTALLERS = Path(__file__).resolve().parent.parent / "installers"
SHELL = sorted(INSTALLERS.glob("*.sh"))


@pytest.mark.parametrize("script", SHELL, ids=lambda path: path.name)
def test_a_shell_script_is_plain_posix_sh(script: Path, tool: Callable[[str], str]) -> None:
    run = subprocess.run([tool("sh"), "-n", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert b"\r" not in script.read_bytes()


@pytest.mark.parametrize("name", ["run", "test", "build"])
def test_each_script_has_its_twin_for_windows(name: str) -> None:
    both = [(INSTALLERS / f"{name}.{end}").read_text(encoding="utf-8") for end in ("sh", "bat")]
    called = [set(re.findall(r"python -m ([\w.]+)", text, re.IGNORECASE)) for text in both]
    assert called[0] == called[1]


@pytest.mark.parametrize("script", sorted(INSTALLERS.glob("*.bat")), ids=lambda path: path.name)
def test_a_batch_file_jumps_only_to_labels_that_it_has(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    labels = {name.lower() for name in re.findall(r"^:(\w+)", text, re.MULTILINE)}
    assert {name.lower() for name in re.findall(r"\b(?:goto|call) :(\w+)", text)} <= labels
    assert text.startswith("@echo off")
    assert not re.search(r"^[^\x00-\x7f]", text, re.MULTILINE)


def test_a_second_run_installs_nothing(tmp_path: Path, tool: Callable[[str], str]) -> None:
    """The stamp is keyed by pyproject.toml and the lock: the same ones pass over pip, a changed one calls it."""
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    python = tmp_path / "venv" / "bin" / "python"
    python.write_text('#!/bin/sh\ncase "$*" in *pip*) echo "$*" >>pip.log ;; *) echo 3.12 ;; esac\n')
    python.chmod(0o755)
    (tmp_path / "pyproject.toml").write_text("one")
    lock = tmp_path / "installers" / "lock"
    lock.mkdir(parents=True)
    for name in ("plain", "test"):
        (lock / f"{name}.txt").write_text("one")
    command = f". '{INSTALLERS / '_setup.sh'}'; install_project venv test"

    def installed() -> list[str]:
        subprocess.run([tool("sh"), "-euc", command], cwd=tmp_path, check=True, capture_output=True)
        return (tmp_path / "pip.log").read_text().splitlines()

    first = installed()
    assert [line.split("--quiet ")[1] for line in first] == [
        "--require-hashes -r installers/lock/test.txt", "--no-deps --no-build-isolation -e .",
    ]
    assert installed() == first
    (tmp_path / "pyproject.toml").write_text("two")
    assert len(installed()) == 4
    (lock / "plain.txt").write_text("two")
    assert len(installed()) == 6


@pytest.mark.parametrize(
    "said, calls",
    [
        pytest.param("No matching distribution found for pyside6", 3, id="no file for this system"),
        pytest.param("No matching distribution found for pyside6", 1, id="what is carried to others"),
        pytest.param("No matching distribution found for cffi (from versions: none)", 2, id="no index"),
        pytest.param("THESE PACKAGES DO NOT MATCH THE HASHES", 2, id="another file than the locked one"),
    ],
)
def test_what_is_locked_is_left_only_where_no_file_fits(tmp_path: Path, tool: Callable[[str], str], said: str, calls: int) -> None:
    """And never for a package; the versions taken instead are named."""
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    python = tmp_path / "venv" / "bin" / "python"
    python.write_text(
        '#!/bin/sh\ncase "$*" in *pip*) echo "$*" >>pip.log ;; *) echo 3.12 ;; esac\n'
        'case "$*" in *freeze*) echo Some_Thing==2; echo other==1 ;; esac\n'
        f'case "$*" in *require-hashes*) echo "{said}" >&2; exit 1 ;; esac\n'
    )
    python.chmod(0o755)
    lock = tmp_path / "installers" / "lock"
    lock.mkdir(parents=True)
    for name in ("pyproject.toml", "installers/lock/plain.txt", "installers/lock/test.txt"):
        (tmp_path / name).write_text("some-thing==1 \\\nother==1 ; x\n")
    only = "locked_only=yes; " if calls == 1 else ""
    command = f"{only}. '{INSTALLERS / '_setup.sh'}'; install_project venv test"
    run = subprocess.run([tool("sh"), "-euc", command], cwd=tmp_path, check=False, capture_output=True, text=True)
    log = (tmp_path / "pip.log").read_text().splitlines()
    assert len(log) == calls
    if calls == 3:
        assert run.returncode == 0 and log[1].endswith("-e .[test]")
        assert "some-thing==2" in run.stderr and "other==1" not in run.stderr and "没有核对哈希" in run.stderr
    else:
        assert run.returncode == 1 and said in run.stderr and not any("-e ." in line for line in log)


def test_the_lock_has_everything_with_hashes_and_no_place() -> None:
    """What it pins is what pyproject.toml allows; `python installers/make_lock.py` makes it anew."""
    from packaging.utils import canonicalize_name

    project = tomllib.loads((INSTALLERS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    plain = (INSTALLERS / "lock" / "plain.txt").read_text(encoding="utf-8")
    for name, wanted in (("plain", []), ("test", extras["test"]), ("build", extras["build"])):
        text = (INSTALLERS / "lock" / f"{name}.txt").read_text(encoding="utf-8")
        assert "://" not in text and "file:" not in text and "--index" not in text
        blocks = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)*)", text, re.MULTILINE)
        assert len(blocks) == text.count("==") - text.count(" == ") and all("--hash=" in rest for _, _, rest in blocks)
        pinned = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", plain + text, re.MULTILINE))
        for line in project["dependencies"] + wanted:
            asked = Requirement(line)
            assert asked.specifier.contains(pinned[canonicalize_name(asked.name)]), line


def test_without_rights_a_missing_library_is_named(tmp_path: Path, tool: Callable[[str], str]) -> None:
    command = f". '{INSTALLERS / '_setup.sh'}'; need_system 'libnosuch.so.9:libnosuch9|libnosuch8'"
    run = subprocess.run(
        [tool("sh"), "-euc", command], cwd=tmp_path, env={"PATH": "/usr/sbin:/usr/bin:/bin", "ZHENGXIAN_NO_APT": "1"},
        capture_output=True, text=True, encoding="utf-8", check=False,
    )
    assert run.returncode == 1
    assert "sudo apt-get install libnosuch8\n" in run.stderr


@pytest.mark.parametrize(
    "known, asked",
    [
        pytest.param({"python3": "3.9.2-3"}, "", id="too old"),
        pytest.param({"python3": "3.10.12", "python3.11": "3.11.0"}, "python3.11 python3.11-venv libnosuch8", id="one beside it"),
    ],
)
def test_nobody_is_sent_for_what_would_not_do(tmp_path: Path, tool: Callable[[str], str], known: dict[str, str], asked: str) -> None:
    """The one sentence that an administrator gets names a Python that fits and packages that the system knows."""
    lines = "".join(f"{name}) printf 'Package: {name}\\nVersion: {version}\\n' ;; " for name, version in known.items())
    (lists := tmp_path / "apt-cache").write_text(f'#!/bin/sh\ncase "$2" in {lines}*) echo "Package: x$2" ;; esac\n')
    lists.chmod(0o755)
    command = f". '{INSTALLERS / '_setup.sh'}'; find_python() {{ return 1; }}; need_system 'libnosuch.so.9:libnosuch9|libnosuch8'"
    run = subprocess.run(
        [tool("sh"), "-euc", command], cwd=tmp_path, env={"PATH": f"{tmp_path}:/usr/sbin:/usr/bin:/bin", "ZHENGXIAN_NO_APT": "1"},
        capture_output=True, text=True, encoding="utf-8", check=False,
    )
    assert run.returncode == 1
    if asked:
        assert f"sudo apt-get install {asked}\n" in run.stderr
    else:
        assert "安装包" in run.stderr and "apt-get" not in run.stderr


def test_the_windows_installer_compiles(tmp_path: Path, tool: Callable[[str], str]) -> None:
    built = tmp_path / "built"
    (built / "_internal").mkdir(parents=True)
    for name in ("zhengxian.exe", "zhengxianw.exe", "_internal/base.dll"):
        (built / name).write_bytes(b"MZ")
    setup = tmp_path / "zhengxian-setup.exe"
    run = subprocess.run(
        [
            tool("makensis"), "-V2", "-WX", "-INPUTCHARSET", "UTF8", "-DVERSION=" + __version__, f"-DSOURCE={built}",
            f"-DOUTPUT={setup}", INSTALLERS / "windows.nsi",
        ],
        capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert setup.read_bytes().startswith(b"MZ")


def test_the_version_stands_in_one_place_and_heads_the_changelog() -> None:
    root = INSTALLERS.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" in project["project"]["dynamic"]
    headings = re.findall(r"^## ([\d.]+)", (root / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == __version__
    numbers = [tuple(map(int, heading.split("."))) for heading in headings]
    assert numbers == sorted(set(numbers), reverse=True)


def test_the_page_about_the_program_shows_version_and_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop.ui.help import about

    assert f"{__version__}（从源代码运行）" in about.about_text()
    (tmp_path / "build.txt").write_text("2022-09-05 0a1b2c3", encoding="utf-8")
    monkeypatch.setattr(about.resources, "path", lambda *parts: tmp_path.joinpath(*parts))
    assert about.versions()[0] == ("争先台账", f"{__version__}（2022-09-05 0a1b2c3）")


@pytest.mark.parametrize("system", ["linux", "windows"])
def test_every_dependency_is_pinned_for_packages(system: str) -> None:
    project = tomllib.loads((INSTALLERS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {re.split(r"[^\w.-]", line)[0].lower() for line in project["project"]["dependencies"]}
    pins = (INSTALLERS / "pins" / f"{system}.txt").read_text(encoding="ascii").split("\n")
    assert wanted <= {line.partition("==")[0] for line in pins}
    assert all("--hash=sha256:" in line for line in pins if line)


def test_a_package_leaves_out_no_library_that_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by the program nor, after what it says of itself, by a library of it."""
    monkeypatch.syspath_prepend(str(INSTALLERS / "package"))
    import contents

    root = INSTALLERS.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    sources = [file for name in ("db", "desktop") for file in (root / name).rglob("*.py")]
    imported = {
        found
        for file in sources
        for found in re.findall(r"^\s*(?:import|from) ([\w.]+)", file.read_text("utf-8"), re.MULTILINE)
    }
    needed, waiting = set[str](), [Requirement(line) for line in project["dependencies"]]
    while waiting:
        each = waiting.pop()
        # its font alone is taken, and nothing of it is called
        if each.name.lower() in needed | {"qtawesome"} or (each.marker and not each.marker.evaluate({"extra": ""})):
            continue
        needed.add(each.name.lower())
        waiting += map(Requirement, distribution(each.name).requires or ())
    # sqlite-utils installs plugins of its own command with pip, cffi reads declarations in C, which
    # a compiled binding has no more
    needed -= {"pip", "pycparser"}
    assert "lxml" in needed
    assert not {name for name in imported | needed if name.startswith(contents.EXCLUDED)}


def test_what_the_recipe_and_the_installers_import_of_the_program_is_there() -> None:
    """They run where no test does: a module that was renamed would be missed only when a package is built."""
    asked = [
        (path.name, node.module, each.name)
        for path in (INSTALLERS.parent / "build_spec.spec", *sorted(INSTALLERS.rglob("*.py")))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("db", "desktop", "resources")
        for each in node.names
    ]
    assert asked
    for path, module, name in asked:
        found = importlib.import_module(module)
        assert hasattr(found, name) or importlib.util.find_spec(f"{module}.{name}"), f"{path}: {module}.{name}"
