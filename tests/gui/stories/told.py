"""The rows of `resources/help/rows.toml`, and the register of stories: one function for each number."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import resources

Story = Callable[[Any], None]
STORIES: dict[int, Story] = {}


@dataclass(frozen=True)
class Row:
    """One thing an office does: what it is called, where it stands, what it is made of, how it is done."""

    number: int
    name: str
    part: str
    place: str
    how: str
    kinds: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    by: tuple[str, ...] = ()


def rows() -> list[Row]:
    """All rows in their order."""
    told = tomllib.loads(resources.path("help", "rows.toml").read_text("utf-8"))["rows"]
    return [Row(**{name: tuple(v) if isinstance(v, list) else v for name, v in row.items()}) for row in told]


def story(number: int) -> Callable[[Story], Story]:
    """Says that this function does the row of that number."""

    def keep(function: Story) -> Story:
        assert number not in STORIES, f"two stories for row {number}"
        STORIES[number] = function
        return function

    return keep
