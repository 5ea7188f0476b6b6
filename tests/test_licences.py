"""No library that the program loads may put it under the GPL: read from the installed packages' own metadata."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from desktop.ui.help.about import LIBRARIES

#: Offered under the LGPL as well; loaded as separate shared libraries, unchanged, which the LGPL allows.
LGPL_BY_CHOICE = frozenset({"pyside6", "pyside6-essentials", "pyside6-addons", "shiboken6"})
FREE = re.compile(r"MIT|BSD|Apache|ISC|PSF|zlib|MPL|Mozilla|Public Domain|HPND|as-is", re.IGNORECASE)


def _needed(name: str, found: dict[str, Distribution]) -> None:
    """Gather what `name` brings along on this machine, extras left out."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in found:
        return
    found[key] = installed = distribution(name)
    for line in installed.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            _needed(requirement.name, found)


def _licence(installed: Distribution) -> str:
    """What the package says of its licence: expression, field, classifiers, else the head of its licence file."""
    meta = installed.metadata
    said = [meta.get("License-Expression") or "", (meta.get("License") or "")[:200]]
    said += [each for each in meta.get_all("Classifier") or [] if each.startswith("License")]
    if not any(said):
        files = [file for file in installed.files or () if "licen" in file.name.lower()]
        said += [file.read_text()[:600] for file in files[:1]]
    return " ".join(said)


def test_nothing_the_program_loads_is_under_the_gpl() -> None:
    found: dict[str, Distribution] = {}
    try:
        _needed("zhengxian", found)
    except PackageNotFoundError as missing:
        pytest.fail(f"{missing} is not installed; run installers/test.sh")
    del found["zhengxian"]
    bad = {}
    for name, installed in found.items():
        said = _licence(installed)
        if name in LGPL_BY_CHOICE:
            if "LGPL" not in said:
                bad[name] = said
        elif "GPL" in said or "GNU" in said or not FREE.search(said):
            bad[name] = said
    assert len(found) > 20
    assert not bad


def test_the_page_about_the_program_names_each_library_it_asks_for(checkout: Path) -> None:
    project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]
    asked = {Requirement(line).name.lower() for line in project["dependencies"]}
    assert {name.lower() for name, _, _ in LIBRARIES} == asked
