"""The pictures that were looked at stand in the repository, each of the size it is named for."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage

from tests.gui.pictures import GOLDEN, NAMES, SIZES


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_there(name: str) -> None:
    picture = QImage(str(GOLDEN / name))
    assert not picture.isNull(), f"{name} is missing: run python tests/gui/pictures.py and look at it"
    if not name.startswith("paste"):
        width, height, _ = SIZES[name.rsplit("-", 1)[1].removesuffix(".png")]
        assert (picture.width(), picture.height()) == (width, height)
